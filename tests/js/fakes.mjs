// What the modules get in tests in place of the browser: a clock with timers, storage, a connection, a socket, a window.

import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto; // Node 18 has no global one

// Time that passes only by `advance`. Timers run in the order of their moments.
export class FakeTime {
  nowMs = 1_000_000;
  #timers = new Map();
  #lastId = 0;

  clock = () => this.nowMs;

  timers = {
    after: (ms, callback) => {
      this.#lastId += 1;
      this.#timers.set(this.#lastId, { at: this.nowMs + ms, callback });
      return this.#lastId;
    },
    cancel: (id) => this.#timers.delete(id),
  };

  get pending() {
    return this.#timers.size;
  }

  advance(ms) {
    const end = this.nowMs + ms;
    for (let next = this.#next(end); next; next = this.#next(end)) {
      const [id, { at, callback }] = next;
      this.#timers.delete(id);
      this.nowMs = at;
      callback();
    }
    this.nowMs = end;
  }

  #next(end) {
    const due = [...this.#timers].filter(([, { at }]) => at <= end);
    return due.sort(([, one], [, other]) => one.at - other.at)[0];
  }
}

// A Web Storage. `isFull`: writing throws, as in a browser; `isOff`: everything does.
export class FakeStorage {
  values = new Map();
  isFull = false;
  isOff = false;

  get length() {
    this.#check();
    return this.values.size;
  }

  key(index) {
    return [...this.values.keys()][index];
  }

  getItem(key) {
    this.#check();
    return this.values.get(key) ?? null;
  }

  setItem(key, value) {
    this.#check();
    if (this.isFull) throw new Error("QuotaExceededError");
    this.values.set(key, value);
  }

  removeItem(key) {
    this.#check();
    this.values.delete(key);
  }

  #check() {
    if (this.isOff) throw new Error("SecurityError");
  }
}

// A line to the server that notes what is sent.
export class FakeConnection extends EventTarget {
  isUp = true;
  sent = [];

  send(frame) {
    if (!this.isUp) return false;
    this.sent.push(frame);
    return true;
  }

  goDown() {
    this.isUp = false;
    this.dispatchEvent(new Event("down"));
  }

  restart() {
    this.sent.push("restart");
  }
}

// A window: its events, and a document that can be hidden.
export class FakePage extends EventTarget {
  document = Object.assign(new EventTarget(), { visibilityState: "visible" });

  tell(name, fields = {}) {
    this.dispatchEvent(Object.assign(new Event(name), fields));
  }

  show(visibilityState) {
    this.document.visibilityState = visibilityState;
    this.document.dispatchEvent(new Event("visibilitychange"));
  }
}

// A WebSocket whose server is the test.
export class FakeSocket extends EventTarget {
  readyState = 0;
  sent = [];
  isClosed = false;

  open() {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  say(frame) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(frame) }));
  }

  // The page closes it; the browser's own event may come much later.
  close() {
    this.isClosed = true;
    this.readyState = 3;
  }

  drop(code = 1006) {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

// Notes the events of a target: `noted(target, "up", "down")` returns a growing list of [name, detail].
export function noted(target, ...names) {
  const events = [];
  for (const name of names) target.addEventListener(name, ({ detail }) => events.push([name, detail]));
  return events;
}
