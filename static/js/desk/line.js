// The desk's one line to the server: frames both ways, echoes, and coming back after it was lost.
//
// Events: "frame" (detail: the frame), "up", "down", "out" (detail: why the server wants us to stay out), "banner"
// (detail: "offline", "disconnected", "reconnecting", "connected", "" or one of HELD).
//
// Its timers go on while the page is hidden: after a restart of the server a desk in another tab is back in moments, not
// after the minute in which its agent's conversations would go back to their queues.

import { after, cancel, useTimerWorker } from "#lib/timers.js";

const ECHO_EVERY_MS = 17_000;
const ECHO_TIMEOUT_MS = 6_000;
const GRACE_MS = 5_000;
const BRIEFLY_MS = 3_000;
const OPENING_TIMEOUT_MS = 8_000;
const BACK_OFF_MS = [200, 500, 1_000, 2_000, 4_000, 8_000];
// The server wants less of this page: it comes back later, each time later than before.
const HELD = { 1008: "too-fast", 4409: "elsewhere", 4429: "crowded" };
const HELD_MS = [5_000, 10_000, 20_000, 40_000, 60_000];
const STAY_OUT = { 4401: "signed-out", 4403: "not-allowed", 4404: "not-here" };

export class Line extends EventTarget {
  #url;
  #socket = null;
  #tries = 0;
  #holds = 0;
  #heldUntil = 0;
  #echoed = 0;
  #timers = {};
  #shown = "";
  #isOut = false;

  // `timerWorker`: the address of `lib/timer_worker.js`.
  constructor(url, timerWorker) {
    super();
    this.#url = url;
    useTimerWorker(timerWorker);
    addEventListener("offline", () => this.#isOffline());
    addEventListener("online", () => this.#isOnline());
    // A laptop that slept finds its line dead without anybody saying so: ask at once.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.isUp ? this.#echo() : this.#hurry();
    });
    addEventListener("focus", () => this.#shown === "elsewhere" && this.#hurry());
  }

  get isUp() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  open() {
    cancel(this.#timers.retry);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#timers.opening = after(OPENING_TIMEOUT_MS, () => socket.close());
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

  // The line is up and of no use: begin anew, after a while that grows.
  restart() {
    const socket = this.#socket;
    if (!socket) return;
    socket.close();
    this.#isClosed(socket, 0);
  }

  #isOpen(socket) {
    cancel(this.#timers.opening);
    if (socket !== this.#socket) return;
    clearTimeout(this.#timers.grace);
    this.#echoLater();
    this.#timers.calm = setTimeout(() => (this.#holds = 0), HELD_MS.at(-1));
    this.#tell("up");
    // One that was held is let in when the server says something.
    if (this.#shown && !this.#isHeld) this.#banner("connected", "");
  }

  get #isHeld() {
    return Object.values(HELD).includes(this.#shown);
  }

  #isClosed(socket, code) {
    cancel(this.#timers.opening);
    if (socket !== this.#socket) return;
    cancel(this.#timers.echo);
    cancel(this.#timers.echoTimeout);
    clearTimeout(this.#timers.calm);
    this.#socket = null;
    this.#tell("down");
    if (code in STAY_OUT) {
      this.#isOut = true;
      this.#tell("out", STAY_OUT[code]);
      return;
    }
    if (code in HELD) {
      this.#hold(HELD[code]);
      return;
    }
    if (!this.#shown || this.#shown === "connected") {
      clearTimeout(this.#timers.grace);
      this.#timers.grace = setTimeout(() => this.#banner("disconnected", "reconnecting"), GRACE_MS);
    }
    const wait = BACK_OFF_MS[Math.min(this.#tries, BACK_OFF_MS.length - 1)];
    this.#tries += 1;
    // Not all desks at the same moment after a restart of the server.
    this.#timers.retry = after(wait * (0.5 + Math.random()), () => this.open());
  }

  #hold(reason) {
    clearTimeout(this.#timers.grace);
    clearTimeout(this.#timers.banner);
    this.#shown = reason;
    this.#tell("banner", reason);
    // The page that is looked at has the line; this one takes it when it is looked at again.
    if (reason === "elsewhere") return;
    const wait = HELD_MS[Math.min(this.#holds, HELD_MS.length - 1)] * (0.75 + Math.random() / 2);
    this.#holds += 1;
    this.#heldUntil = performance.now() + wait;
    this.#timers.retry = after(wait, () => this.open());
  }

  #hurry() {
    if (this.#socket || this.#isOut || performance.now() < this.#heldUntil) return;
    this.#tries = 0;
    this.open();
  }

  #echoLater() {
    cancel(this.#timers.echo);
    this.#timers.echo = after(ECHO_EVERY_MS, () => {
      this.#echo();
      this.#echoLater();
    });
  }

  // The browser says so long before an echo is missed. A server in the same house may still answer: that is asked, too.
  #isOffline() {
    if (this.#isOut) return;
    clearTimeout(this.#timers.grace);
    this.#banner("offline", "offline");
    this.#echo();
  }

  // At once: a try that began without a network may hang until it times out.
  #isOnline() {
    if (this.#isOut) return;
    if (this.isUp) {
      this.#echo();
      return;
    }
    const stuck = this.#socket;
    cancel(this.#timers.opening);
    this.#socket = null;
    stuck?.close();
    if (this.#shown) this.#banner("reconnecting", "reconnecting");
    this.#hurry();
  }

  #echo() {
    const socket = this.#socket;
    if (!this.say({ t: "echo", n: (this.#echoed += 1) })) return;
    cancel(this.#timers.echoTimeout);
    this.#timers.echoTimeout = after(ECHO_TIMEOUT_MS, () => {
      // A dead line may take minutes to close by itself: do not wait for it.
      socket.close();
      this.#isClosed(socket, 0);
    });
  }

  #hear(frame) {
    if (frame.t !== "error") this.#tries = 0;
    cancel(this.#timers.echoTimeout);
    if (this.#isHeld) this.#banner("connected", "");
    if (frame.t !== "echo") this.#tell("frame", frame);
    else if (frame.n === this.#echoed && this.#shown && this.#shown !== "connected") this.#banner("connected", "");
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
