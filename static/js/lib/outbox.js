// Messages on their way: kept in the browser until the server has stored them, and sent again where no answer comes.
//
// A message is {client_id, conversation, text, sent_at, refused: {code, message} or null} and what the page adds. Its
// `client_id` stays the same in every try, so the server stores it once.

import { browserStorage } from "#lib/storage.js";
import { pageTimers } from "#lib/timers.js";

// A random id of 32 or 36 characters: letters, digits and "-". Browsers have `randomUUID` in secure contexts only.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// For how many seconds the message has waited, by this browser's clock at both ends: the server knows the time.
export const waited = ({ sent_at }, nowMs = Date.now()) => Math.max(0, nowMs / 1000 - sent_at);

// The messages of one owner in the order in which they were written. Each has a key of its own, so that two tabs never
// write over each other's.
export class Outbox {
  #prefix;
  #storage;
  #nowMs;
  #count = 0;

  constructor(owner, { storage = browserStorage, nowMs = Date.now } = {}) {
    this.#prefix = `desk:${owner}:out:`;
    this.#storage = storage;
    this.#nowMs = nowMs;
  }

  add(message) {
    this.#count += 1;
    // By this computer's clock, whatever the message says: the server's may become known between two messages.
    const order = `${this.#nowMs()}`.padStart(14, "0") + `${this.#count}`.padStart(6, "0");
    this.#storage.write(`${this.#prefix}${order}:${message.client_id}`, message);
  }

  all() {
    return this.#storage
      .keys(this.#prefix)
      .map((key) => this.#storage.read(key))
      .filter(Boolean);
  }

  of(conversation) {
    return this.all().filter((message) => message.conversation === conversation);
  }

  // The message, or null.
  find(clientId) {
    const key = this.#key(clientId);
    return key ? this.#storage.read(key) : null;
  }

  change(clientId, fields) {
    const key = this.#key(clientId);
    if (key) this.#storage.write(key, { ...this.#storage.read(key), ...fields });
  }

  // Returns the message that left, or null.
  remove(clientId) {
    const key = this.#key(clientId);
    if (!key) return null;
    const message = this.#storage.read(key);
    this.#storage.remove(key);
    return message;
  }

  #key(clientId) {
    return this.#storage.keys(this.#prefix).find((key) => key.endsWith(`:${clientId}`));
  }
}

// Sends the messages of an outbox: of each conversation one at a time, in order, each until the server has answered.
// Event "changed" (detail: the conversation): what is on its way there has changed.
export class MessageQueue extends EventTarget {
  #connection;
  #timers;
  #nowMs;
  #answerTimeoutMs;
  #frameOf;
  #mayGo;
  #awaited = new Map(); // conversation to {clientId, timer} of the message whose answer is awaited

  // `frameOf(message)`: what a frame says beside id, conversation and text. `mayGo(message)`: false holds it back.
  constructor(owner, connection, { answerTimeoutMs, frameOf = () => ({}), mayGo = () => true, ...tools }) {
    super();
    this.#connection = connection;
    this.#timers = tools.timers ?? pageTimers;
    this.#nowMs = tools.nowMs ?? Date.now;
    this.outbox = new Outbox(owner, { storage: tools.storage, nowMs: this.#nowMs });
    this.#answerTimeoutMs = answerTimeoutMs;
    this.#frameOf = frameOf;
    this.#mayGo = mayGo;
  }

  // Keep the message until the server has it. Returns its id; throws where the browser cannot keep it.
  add(message) {
    const clientId = newId();
    this.outbox.add({ client_id: clientId, sent_at: this.#nowMs() / 1000, refused: null, ...message });
    this.changed(message.conversation);
    return clientId;
  }

  // Send the oldest message of each conversation that waits for no answer.
  deliver() {
    const tried = new Set(this.#awaited.keys());
    for (const message of this.outbox.all()) {
      const { conversation, client_id } = message;
      if (message.refused || tried.has(conversation) || !this.#mayGo(message)) continue;
      tried.add(conversation);
      if (!this.#connection.send(this.#frame(message))) return;
      this.#await(conversation, client_id, this.#answerTimeoutMs);
    }
  }

  // The row of this message is here. Returns true where the message was on its way.
  arrived(clientId) {
    const message = this.outbox.remove(clientId);
    if (message) this.changed(message.conversation);
    return Boolean(message);
  }

  stored({ conversation, client_id }) {
    this.#answered(conversation, client_id);
    this.outbox.remove(client_id);
    this.changed(conversation);
    this.deliver();
  }

  // The message stays with the reason until the user decides. `isTaken(message)`: true where the page takes its words
  // back instead.
  refused({ conversation, client_id, code, message: reason }, isTaken = () => false) {
    this.#answered(conversation, client_id);
    const message = this.outbox.find(client_id);
    if (message && isTaken(message)) this.outbox.remove(client_id);
    else this.outbox.change(client_id, { refused: { code, message: reason } });
    this.changed(conversation);
    this.deliver();
  }

  // The server wants this message later. No other message of its conversation overtakes it.
  postpone({ conversation, client_id }, ms) {
    this.#await(conversation, client_id, ms);
  }

  // The line is down: no answer will come.
  forgetAnswers() {
    for (const { timer } of this.#awaited.values()) this.#timers.cancel(timer);
    this.#awaited.clear();
  }

  changed(conversation) {
    this.dispatchEvent(Object.assign(new Event("changed"), { detail: conversation }));
  }

  #frame(message) {
    const { client_id, conversation, text } = message;
    const waited_s = waited(message, this.#nowMs());
    return { t: "send", conversation, client_id, text, waited_s, ...this.#frameOf(message) };
  }

  #await(conversation, clientId, ms) {
    this.#timers.cancel(this.#awaited.get(conversation)?.timer);
    const timer = this.#timers.after(ms, () => {
      this.#awaited.delete(conversation);
      this.deliver();
    });
    this.#awaited.set(conversation, { clientId, timer });
  }

  #answered(conversation, clientId) {
    const awaited = this.#awaited.get(conversation);
    if (awaited?.clientId !== clientId) return;
    this.#timers.cancel(awaited.timer);
    this.#awaited.delete(conversation);
  }
}
