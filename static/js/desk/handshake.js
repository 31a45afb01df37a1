// The first frames on a new line: which conversations the page has, and up to where. Until the server has welcomed the
// desk nothing else can be believed, so a refusal or silence is said on the page, and the line is begun anew.
//
// Events: "failed", "welcome".

const ANSWER_MS = 10_000;
// As many as the server takes in one `hello`; the others are followed one by one once it has answered.
const MOST_RESUMED = 100;

export class Handshake extends EventTarget {
  #line;
  #timer = 0;
  #resumed = new Set();

  constructor(line) {
    super();
    this.#line = line;
    line.addEventListener("down", () => clearTimeout(this.#timer));
  }

  // `talks`: what the page has.
  begin(talks) {
    const resumed = talks.slice(0, MOST_RESUMED);
    this.#resumed = new Set(resumed.map((talk) => talk.card.id));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.failed(), ANSWER_MS);
    this.#line.say({ t: "hello", resume: Object.fromEntries(resumed.map((talk) => [talk.card.id, talk.upto])) });
  }

  // Did the last `hello` say how far the page has this conversation?
  hasResumed(id) {
    return this.#resumed.has(id);
  }

  welcome() {
    clearTimeout(this.#timer);
    this.dispatchEvent(new Event("welcome"));
  }

  failed() {
    clearTimeout(this.#timer);
    this.dispatchEvent(new Event("failed"));
    this.#line.restart();
  }
}
