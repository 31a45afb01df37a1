// The conversation on screen: rows by their numbers, what is on its way, who types, and how far the reader is.

import { now } from "#lib/clock.js";
import { Days, onNewDay, renewMarks } from "#lib/days.js";
import { linked } from "#lib/links.js";

const SAME_BREATH_S = 300;
const AT_THE_END_PX = 48;
const TYPING_MS = 5_000;

// In the customer's own zone.
const days = new Days();

// What happened, in the customer's words; null: nothing to tell.
function inWords(row) {
  switch (row.type) {
    case "conversation.agent_joined":
      // An agent who was away for a moment only has been there all the time.
      if (row.came === "at_once") return null;
      if (row.came === "back") return row.who ? `${row.who} is back` : "Your agent is back";
      return row.who ? `${row.who} joined the chat` : "Somebody joined the chat";
    case "conversation.agent_left":
      return row.passed_on ? "You are being connected to a colleague" : null;
    case "conversation.ended":
      return "The conversation has ended";
    case "conversation.timed_out":
      return "We did not hear from you. Write to go on";
    default:
      return null;
  }
}

export class Log {
  upto = 0;
  #parts;
  #last = null;
  #passedOn = null; // what says that a colleague comes, until one does
  #stick = true;
  #missed = 0;
  #typingTimer = 0;

  constructor(root) {
    const part = (name) => root.querySelector(`[data-${name}]`);
    this.#parts = {
      scroll: part("scroll"),
      log: part("log"),
      rows: part("rows"),
      pending: part("pending"),
      typing: part("typing"),
      who: part("typing-who"),
      newer: part("newer"),
      message: part("message"),
      unsent: part("unsent"),
    };
    const { scroll, newer, pending } = this.#parts;
    scroll.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    newer.addEventListener("click", () => {
      this.toEnd();
      scroll.focus();
    });
    pending.addEventListener("click", (event) => this.#pressed(event));
    new ResizeObserver(() => this.#stick && this.toEnd()).observe(scroll);
    onNewDay(days, () => renewMarks(days, this.#parts.rows.querySelectorAll(".day")));
  }

  // Another conversation: begin with nothing.
  clear() {
    this.#parts.rows.replaceChildren();
    this.#parts.log.setAttribute("aria-live", "off");
    this.upto = 0;
    this.#last = null;
    this.#seen();
  }

  // From here on what comes is news.
  isComplete() {
    this.#parts.log.setAttribute("aria-live", "polite");
  }

  // Show rows that are new here; returns them.
  take(rows, upto) {
    const fresh = rows.filter((row) => row.sequence > this.upto);
    this.upto = Math.max(this.upto, upto);
    const stick = this.#stick || fresh.some((row) => row.message?.role === "customer");
    const made = document.createDocumentFragment();
    for (const row of fresh) {
      const line = row.message ? this.#message(row.message) : this.#event(row);
      if (line) made.append(...this.#day(row.message?.sent_at ?? row.at), line);
      if (line) this.#last = { at: row.message?.sent_at ?? row.at, of: row.message ? `${row.message.role} ${row.message.who}` : "" };
    }
    this.#parts.rows.append(made);
    this.#markLastSent();
    if (stick) this.toEnd();
    else this.#miss(fresh.filter((row) => row.message).length);
    return fresh;
  }

  // What is not stored yet, in order.
  pending(messages, online) {
    this.#parts.pending.replaceChildren(...messages.map((message) => this.#unsent(message, online)));
    this.#markLastSent();
    if (this.#stick) this.toEnd();
  }

  // The agent types: to be forgotten if nobody says so again.
  typing(who) {
    clearTimeout(this.#typingTimer);
    this.#parts.who.textContent = `${who || "Somebody"} is typing`;
    this.#parts.typing.hidden = false;
    this.#typingTimer = setTimeout(() => this.typed(), TYPING_MS);
    if (this.#stick) this.toEnd();
  }

  typed() {
    clearTimeout(this.#typingTimer);
    this.#parts.typing.hidden = true;
  }

  toEnd() {
    this.#parts.scroll.scrollTop = this.#parts.scroll.scrollHeight;
    this.#seen();
  }

  #scrolled() {
    const { scrollHeight, clientHeight, scrollTop } = this.#parts.scroll;
    this.#stick = scrollHeight - clientHeight - scrollTop < AT_THE_END_PX;
    if (this.#stick) this.#seen();
  }

  #seen() {
    this.#stick = true;
    this.#missed = 0;
    this.#parts.newer.hidden = true;
  }

  #miss(count) {
    if (!count) return;
    this.#missed += count;
    this.#parts.newer.hidden = false;
    this.#parts.newer.textContent = this.#missed === 1 ? "1 new message" : `${this.#missed} new messages`;
  }

  #day(at) {
    const day = days.of(at);
    if (this.#last && days.of(this.#last.at) === day) return [];
    const mark = document.createElement("li");
    mark.className = "day";
    mark.dataset.day = day;
    mark.textContent = days.inWords(day);
    this.#last = null;
    return [mark];
  }

  #event(row) {
    // Who passed the conversation on has taken it back: nobody else comes.
    if (row.came === "at_once") this.#passedOn?.remove();
    if (row.type === "conversation.agent_joined") this.#passedOn = null;
    const words = inWords(row);
    if (!words) return null;
    const line = document.createElement("li");
    line.className = "happening";
    line.textContent = words;
    if (row.passed_on) this.#passedOn = line;
    return line;
  }

  #message(message) {
    const line = this.#line(message);
    const last = this.#last;
    const close = last && last.of === `${message.role} ${message.who}` && days.of(last.at) === days.of(message.sent_at);
    line.classList.toggle("message--continues", Boolean(close && message.sent_at - last.at < SAME_BREATH_S));
    line.id = `message-${message.id}`;
    const { later } = message;
    if (later) setTimeout(() => line.querySelector(".message__text").replaceChildren(...linked(later.text)), later.in * 1000);
    return line;
  }

  #line(message) {
    const line = this.#parts.message.content.firstElementChild.cloneNode(true);
    const own = message.role === "customer";
    line.classList.add(`message--${message.role}`);
    line.querySelector(".message__who").textContent = own ? "You" : message.who || (message.role === "agent" ? "Support" : "");
    const time = line.querySelector("time");
    time.dateTime = new Date(message.sent_at * 1000).toISOString();
    time.textContent = days.time(message.sent_at);
    line.querySelector(".message__text").replaceChildren(...linked(message.text));
    return line;
  }

  #unsent(message, online) {
    // When it was written, by the server's clock: how long ago that was this computer knows, too.
    const sent_at = now() - Math.max(0, Date.now() / 1000 - message.sent_at);
    const line = this.#line({ ...message, role: "customer", sent_at });
    line.classList.add("message--unsent");
    line.dataset.clientId = message.client_id;
    const state = this.#parts.unsent.content.cloneNode(true);
    const { refused } = message;
    const reason = refused ? `Not sent. ${refused.message}` : online ? "Sending" : "Waiting for the connection";
    state.querySelector("[data-reason]").textContent = reason;
    state.querySelector("[data-choices]").hidden = !refused;
    line.classList.toggle("message--refused", Boolean(refused));
    line.append(state);
    return line;
  }

  // "Sent" stands below the newest of the customer's own messages, and below no other.
  #markLastSent() {
    const { rows, pending } = this.#parts;
    rows.querySelector(".message__sent")?.remove();
    const last = rows.lastElementChild;
    if (!last?.classList.contains("message--customer") || pending.childElementCount) return;
    const state = document.createElement("p");
    state.className = "message__state message__sent";
    state.textContent = "Sent";
    last.append(state);
  }

  #pressed(event) {
    const choice = event.target.closest("[data-do]");
    if (!choice) return;
    const { clientId } = choice.closest("[data-client-id]").dataset;
    const detail = { do: choice.dataset.do, client_id: clientId };
    this.#parts.scroll.dispatchEvent(new CustomEvent("unsent", { bubbles: true, detail }));
  }
}
