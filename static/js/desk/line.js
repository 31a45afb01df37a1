// The desk's one line to the server: frames both ways, echoes, and coming back after it was lost.
//
// Events: "frame" (detail: the frame), "up", "down", "out" (detail: why the server wants us to stay out), "banner"
// (detail: "disconnected", "reconnecting", "connected" or "").

const ECHO_EVERY_MS = 17_000;
const ECHO_TIMEOUT_MS = 6_000;
const GRACE_MS = 5_000;
const BRIEFLY_MS = 3_000;
const OPENING_TIMEOUT_MS = 8_000;
const BACK_OFF_MS = [200, 500, 1_000, 2_000, 4_000, 8_000];
const STAY_OUT = { 4401: "signed-out", 4403: "not-allowed", 4404: "not-here" };

export class Line extends EventTarget {
  #url;
  #socket = null;
  #tries = 0;
  #echoed = 0;
  #timers = {};
  #shown = "";

  constructor(url) {
    super();
    this.#url = url;
    addEventListener("online", () => this.#hurry());
    // A laptop that slept finds its line dead without anybody saying so: ask at once.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.isUp ? this.#echo() : this.#hurry();
    });
  }

  get isUp() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  open() {
    clearTimeout(this.#timers.retry);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#timers.opening = setTimeout(() => socket.close(), OPENING_TIMEOUT_MS);
    socket.addEventListener("open", () => this.#isOpen(socket));
    socket.addEventListener("message", (event) => this.#hear(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.#isClosed(socket, event.code));
  }

  // False: the line is down and the frame was not sent.
  say(frame) {
    if (!this.isUp) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #isOpen(socket) {
    clearTimeout(this.#timers.opening);
    if (socket !== this.#socket) return;
    clearTimeout(this.#timers.grace);
    this.#timers.echo = setInterval(() => this.#echo(), ECHO_EVERY_MS);
    this.#tell("up");
    if (this.#shown) this.#banner("connected", "");
  }

  #isClosed(socket, code) {
    clearTimeout(this.#timers.opening);
    if (socket !== this.#socket) return;
    clearInterval(this.#timers.echo);
    clearTimeout(this.#timers.echoTimeout);
    this.#socket = null;
    this.#tell("down");
    if (code in STAY_OUT) {
      this.#tell("out", STAY_OUT[code]);
      return;
    }
    if (!this.#shown || this.#shown === "connected") {
      clearTimeout(this.#timers.grace);
      this.#timers.grace = setTimeout(() => this.#banner("disconnected", "reconnecting"), GRACE_MS);
    }
    const wait = BACK_OFF_MS[Math.min(this.#tries, BACK_OFF_MS.length - 1)];
    this.#tries += 1;
    // Not all desks at the same moment after a restart of the server.
    this.#timers.retry = setTimeout(() => this.open(), wait * (0.5 + Math.random()));
  }

  #hurry() {
    if (this.#socket) return;
    this.#tries = 0;
    this.open();
  }

  #echo() {
    const socket = this.#socket;
    if (!this.say({ t: "echo", n: (this.#echoed += 1) })) return;
    clearTimeout(this.#timers.echoTimeout);
    this.#timers.echoTimeout = setTimeout(() => {
      // A dead line may take minutes to close by itself: do not wait for it.
      socket.close();
      this.#isClosed(socket, 0);
    }, ECHO_TIMEOUT_MS);
  }

  #hear(frame) {
    this.#tries = 0;
    clearTimeout(this.#timers.echoTimeout);
    if (frame.t !== "echo") this.#tell("frame", frame);
  }

  // Show this for a moment, then that.
  #banner(first, then) {
    clearTimeout(this.#timers.banner);
    this.#shown = first;
    this.#tell("banner", first);
    this.#timers.banner = setTimeout(() => {
      this.#shown = then;
      this.#tell("banner", then);
    }, BRIEFLY_MS);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
