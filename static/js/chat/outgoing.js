// What leaves the chat page: messages, for one conversation once the server has said which one it is, and reports of what
// is being typed.

import { MessageQueue } from "#lib/outbox.js";
import { pageTimers } from "#lib/timers.js";

const ANSWER_TIMEOUT_MS = 10_000;
const REPORT_EVERY_MS = 1_000;

export class Outgoing extends MessageQueue {
  #conversation = "";
  #isWelcome = false;
  #random;

  // `tools`: storage, timers, clock, random number and window, where tests inject them.
  constructor(owner, connection, tools = {}) {
    super(owner, connection, {
      ...tools,
      answerTimeoutMs: ANSWER_TIMEOUT_MS,
      mayGo: ({ conversation }) => this.#isWelcome && conversation === this.#conversation,
    });
    this.#random = tools.random ?? Math.random;
    connection.addEventListener("down", () => {
      this.#isWelcome = false;
      this.forgetAnswers();
    });
    // Messages of other tabs are in the same outbox.
    (tools.page ?? window).addEventListener("storage", () => this.changed(this.#conversation));
  }

  get all() {
    return this.outbox.all();
  }

  // Messages are written for this conversation. They go out once the line is up.
  begin(conversation) {
    this.#conversation = conversation;
  }

  // The line is up and the server has said which conversation this is.
  resume(conversation) {
    this.#isWelcome = true;
    this.#conversation = conversation;
    for (const message of this.all) {
      if (message.conversation === conversation || message.refused) continue;
      this.outbox.change(message.client_id, { refused: { code: "ended", message: "That conversation had ended." } });
    }
    this.forgetAnswers();
    this.deliver();
  }

  write(text) {
    this.add({ conversation: this.#conversation, text });
    this.deliver();
  }

  // Send a refused one again: as the newest, for it may be another conversation by now.
  retry(clientId) {
    const message = this.outbox.remove(clientId);
    if (message) this.write(message.text);
  }

  drop(clientId) {
    this.outbox.remove(clientId);
    this.changed(this.#conversation);
  }

  refused(frame) {
    if (frame.code !== "too_fast") {
      super.refused({ conversation: this.#conversation, ...frame });
      return;
    }
    this.postpone({ conversation: this.#conversation, ...frame }, frame.retry_after * 1000 + this.#random() * 500);
  }
}

// Tells the agent what is being typed: at once, then at most once a second, the last time with what stands there.
export class TypingReports {
  #report;
  #timers;
  #clock;
  #timer = 0;
  #reportedAt = -REPORT_EVERY_MS;

  // `report()`: tells the agent. The timers and the clock in milliseconds are what tests inject.
  constructor(report, { timers = pageTimers, clock = () => performance.now() } = {}) {
    this.#report = report;
    this.#timers = timers;
    this.#clock = clock;
  }

  typed() {
    if (this.#timer) return;
    this.#timer = this.#timers.after(Math.max(0, this.#reportedAt + REPORT_EVERY_MS - this.#clock()), () => {
      this.#timer = 0;
      this.#reportedAt = this.#clock();
      this.#report();
    });
  }

  // The words were sent.
  stop() {
    this.#timers.cancel(this.#timer);
    this.#timer = 0;
  }
}
