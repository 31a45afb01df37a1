// Sends what stands in the outbox: one message at a time, in order, each until the server has answered for it.

import { Outbox, waited } from "#desk/kept.js";
import { newId } from "#lib/fallbacks.js";

const ANSWER_WITHIN_MS = 10_000;

export class Outgoing extends EventTarget {
  #line;
  #outbox;
  #conversation = "";
  #waiting = null; // the id of the message that an answer is awaited for
  #timer = 0;
  #isWelcome = false;

  constructor(line, place) {
    super();
    this.#line = line;
    this.#outbox = new Outbox(place);
    line.addEventListener("down", () => {
      this.#isWelcome = false;
      this.#settle();
    });
    // Another tab's messages stand here as well.
    addEventListener("storage", () => this.#changed());
  }

  get all() {
    return this.#outbox.all();
  }

  // The conversation that messages are written for; they go out once the line is up.
  begin(conversation) {
    this.#conversation = conversation;
  }

  // The line is up and the server has said which conversation this is.
  resume(conversation) {
    this.#isWelcome = true;
    this.#conversation = conversation;
    for (const message of this.all) {
      if (message.conversation !== conversation && !message.refused) {
        this.#outbox.change(message.client_id, { refused: { code: "ended", message: "That conversation had ended." } });
      }
    }
    this.#settle();
    this.#next();
  }

  add(text) {
    this.#outbox.add({
      client_id: newId(),
      conversation: this.#conversation,
      text,
      sent_at: Date.now() / 1000,
      refused: null,
    });
    this.#changed();
    this.#next();
  }

  // Send a refused one again: as the newest, for it may be another conversation by now.
  retry(client_id) {
    const message = this.#outbox.remove(client_id);
    if (message) this.add(message.text);
  }

  drop(client_id) {
    const message = this.#outbox.remove(client_id);
    this.#changed();
    return message;
  }

  // Stored, whether this tab sent it or another one.
  stored(client_id) {
    if (client_id && this.#outbox.remove(client_id)) this.#changed();
    if (client_id === this.#waiting) this.#settle();
    this.#next();
  }

  refused(frame) {
    if (frame.client_id === this.#waiting) this.#settle();
    if (frame.code === "too_fast") {
      this.#waiting = frame.client_id; // nothing overtakes it
      this.#timer = setTimeout(() => {
        this.#settle();
        this.#next();
      }, frame.retry_after * 1000 + Math.random() * 500);
      return;
    }
    this.#outbox.change(frame.client_id, { refused: { code: frame.code, message: frame.message } });
    this.#changed();
    this.#next();
  }

  #next() {
    if (this.#waiting || !this.#isWelcome) return;
    const message = this.all.find((one) => !one.refused && one.conversation === this.#conversation);
    if (!message) return;
    const { client_id, conversation, text } = message;
    if (!this.#line.say({ t: "send", conversation, client_id, text, waited_s: waited(message) })) return;
    this.#waiting = client_id;
    this.#timer = setTimeout(() => {
      this.#settle();
      this.#next();
    }, ANSWER_WITHIN_MS);
  }

  #settle() {
    clearTimeout(this.#timer);
    this.#waiting = null;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
