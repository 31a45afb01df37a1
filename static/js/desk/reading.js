// How far conversations were read on this desk: said to the server a moment later, once for a run of messages. What the
// line could not take is said when it is back.

const SAY_AFTER_MS = 400;

export class Reading {
  #line;
  #unsaid = new Map(); // conversation to the number of its row
  #timer = 0;

  constructor(line) {
    this.#line = line;
  }

  // The agent has this conversation on screen, up to this row.
  seen(conversation, upto) {
    if ((this.#unsaid.get(conversation) ?? 0) >= upto) return;
    this.#unsaid.set(conversation, upto);
    this.#timer ||= setTimeout(() => this.say(), SAY_AFTER_MS);
  }

  say() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    for (const [conversation, upto] of this.#unsaid) {
      if (!this.#line.say({ t: "read", conversation, upto })) return;
      this.#unsaid.delete(conversation);
    }
  }
}
