// The socket between a page and the server: sends and receives frames, finds out when the line is dead, and reconnects.
//
// Events: "frame" (detail: the frame), "up", "down", "out" (detail: why the server wants the page to stay away), "banner"
// (detail: "offline", "disconnected", "reconnecting", "connected", "" or a value of HELD).
//
// The timers run on while the page is hidden. After a restart of the server a desk in another tab reconnects within
// moments, not after the minute in which its agent's conversations would go back to their queues.

import { workerTimers } from "#lib/timers.js";

const ECHO_EVERY_MS = 17_000;
const ECHO_TIMEOUT_MS = 6_000;
const GRACE_MS = 5_000;
const BRIEFLY_MS = 3_000;
const OPENING_TIMEOUT_MS = 8_000;
const RETRY_MS = [200, 500, 1_000, 2_000, 4_000, 8_000];
const HOLD_MS = [5_000, 10_000, 20_000, 40_000, 60_000];
// The server wants less of this page: the page waits longer each time.
const HELD = { 1008: "too-fast", 4409: "elsewhere", 4429: "crowded" };
const isHold = (banner) => Object.values(HELD).includes(banner);
const STAY_OUT = { 4401: "signed-out", 4403: "not-allowed", 4404: "not-here" };

// How long to wait before the next try. Random, so that not all pages come back at the same moment after a restart.
export class BackOff {
  #random;
  #tries = 0;
  #holds = 0;

  constructor(random = Math.random) {
    this.#random = random;
  }

  // Milliseconds before the next try after a lost connection.
  retryMs() {
    const wait = RETRY_MS[Math.min(this.#tries, RETRY_MS.length - 1)];
    this.#tries += 1;
    return wait * (0.5 + this.#random());
  }

  // Milliseconds before the next try after the server asked for less.
  holdMs() {
    const wait = HOLD_MS[Math.min(this.#holds, HOLD_MS.length - 1)];
    this.#holds += 1;
    return wait * (0.75 + this.#random() / 2);
  }

  // The server has answered, or the user looks at the page again.
  resetRetries() {
    this.#tries = 0;
  }

  resetHolds() {
    this.#holds = 0;
  }
}

export class Connection extends EventTarget {
  #url;
  #createSocket;
  #timers;
  #clock;
  #page;
  #backOff;
  #socket = null;
  #heldUntil = 0;
  #echoes = 0;
  #waits = {};
  #shown = "";
  #isOut = false;

  // The options are what tests inject: the transport, timers as in `timers.js`, a clock in milliseconds, a random
  // number, and the window whose events tell about the network.
  constructor(url, options = {}) {
    super();
    this.#url = url;
    this.#createSocket = options.createSocket ?? ((address) => new WebSocket(address));
    this.#timers = options.timers ?? workerTimers;
    this.#clock = options.clock ?? (() => performance.now());
    this.#page = options.page ?? window;
    this.#backOff = new BackOff(options.random);
    this.#listen();
  }

  #listen() {
    const page = this.#page;
    page.addEventListener("offline", () => this.#isOffline());
    page.addEventListener("online", () => this.#isOnline());
    // A laptop that slept finds its line dead, and no event says so.
    page.document.addEventListener("visibilitychange", () => {
      if (page.document.visibilityState !== "visible") return;
      if (this.isUp) this.#echo();
      else this.#hurry();
    });
    page.addEventListener("focus", () => {
      if (this.#shown === "elsewhere") this.#hurry();
    });
  }

  get isUp() {
    return this.#socket?.readyState === 1; // WebSocket.OPEN
  }

  open() {
    this.#stop("retry");
    const socket = this.#createSocket(this.#url);
    this.#socket = socket;
    this.#start("opening", OPENING_TIMEOUT_MS, () => socket.close());
    socket.addEventListener("open", () => this.#opened(socket));
    socket.addEventListener("message", (event) => this.#received(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.#closed(socket, event.code));
  }

  // Returns false where the line is down and the frame was not sent.
  send(frame) {
    if (!this.isUp) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  // The line is up and of no use: connect again, after a wait that grows.
  restart() {
    const socket = this.#socket;
    if (!socket) return;
    socket.close();
    this.#closed(socket, 0);
  }

  #opened(socket) {
    this.#stop("opening");
    if (socket !== this.#socket) return;
    this.#stop("grace");
    this.#echoLater();
    this.#start("calm", HOLD_MS.at(-1), () => this.#backOff.resetHolds());
    this.#emit("up");
    // A page that was held is let in when the server says something.
    if (this.#shown && !isHold(this.#shown)) this.#banner("connected", "");
  }

  #closed(socket, code) {
    this.#stop("opening");
    if (socket !== this.#socket) return;
    for (const name of ["echo", "echoTimeout", "calm"]) this.#stop(name);
    this.#socket = null;
    this.#emit("down");
    if (code in STAY_OUT) {
      this.#isOut = true;
      this.#emit("out", STAY_OUT[code]);
      return;
    }
    if (code in HELD) {
      this.#hold(HELD[code]);
      return;
    }
    if (!this.#shown || this.#shown === "connected") {
      this.#start("grace", GRACE_MS, () => this.#banner("disconnected", "reconnecting"));
    }
    this.#start("retry", this.#backOff.retryMs(), () => this.open());
  }

  #hold(reason) {
    this.#stop("grace");
    this.#stop("banner");
    this.#shown = reason;
    this.#emit("banner", reason);
    // The page that the user looks at has the line; this one connects when the user looks at it again.
    if (reason === "elsewhere") return;
    const wait = this.#backOff.holdMs();
    this.#heldUntil = this.#clock() + wait;
    this.#start("retry", wait, () => this.open());
  }

  #hurry() {
    if (this.#socket || this.#isOut || this.#clock() < this.#heldUntil) return;
    this.#backOff.resetRetries();
    this.open();
  }

  #echoLater() {
    this.#start("echo", ECHO_EVERY_MS, () => {
      this.#echo();
      this.#echoLater();
    });
  }

  // The browser says so long before an echo is missed. A server in the same house may still answer, so an echo asks it.
  #isOffline() {
    if (this.#isOut) return;
    this.#stop("grace");
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
    this.#stop("opening");
    this.#socket = null;
    stuck?.close();
    if (this.#shown) this.#banner("reconnecting", "reconnecting");
    this.#hurry();
  }

  #echo() {
    const socket = this.#socket;
    this.#echoes += 1;
    if (!this.send({ t: "echo", n: this.#echoes })) return;
    this.#start("echoTimeout", ECHO_TIMEOUT_MS, () => {
      // A dead line may take minutes to close by itself.
      socket.close();
      this.#closed(socket, 0);
    });
  }

  #received(frame) {
    if (frame.t !== "error") this.#backOff.resetRetries();
    this.#stop("echoTimeout");
    if (isHold(this.#shown)) this.#banner("connected", "");
    if (frame.t !== "echo") this.#emit("frame", frame);
    else if (frame.n === this.#echoes && this.#shown && this.#shown !== "connected") this.#banner("connected", "");
  }

  // Show `first` for a moment, then `then`.
  #banner(first, then) {
    this.#shown = first;
    this.#emit("banner", first);
    this.#start("banner", BRIEFLY_MS, () => {
      this.#shown = then;
      this.#emit("banner", then);
    });
  }

  // One timer for each name: a new one takes the place of the old one.
  #start(name, ms, callback) {
    this.#stop(name);
    this.#waits[name] = this.#timers.after(ms, callback);
  }

  #stop(name) {
    this.#timers.cancel(this.#waits[name]);
  }

  #emit(name, detail) {
    this.dispatchEvent(Object.assign(new Event(name), { detail }));
  }
}
