// The conversation on screen: rows by their numbers, what is on its way, who types, and how far the reader is.

const SAME_BREATH_S = 300;
const AT_THE_END_PX = 48;
const TYPING_MS = 5_000;
const DAY_S = 86_400;

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const dayName = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

function dayOf(seconds) {
  return new Date(seconds * 1000).toDateString();
}

function dayInWords(seconds) {
  const now = Date.now() / 1000;
  if (dayOf(seconds) === dayOf(now)) return "Today";
  if (dayOf(seconds) === dayOf(now - DAY_S)) return "Yesterday";
  return dayName.format(seconds * 1000);
}

// What happened, in the customer's words; null: nothing to tell.
function inWords(row) {
  switch (row.type) {
    case "conversation.agent_joined":
      return row.who ? `${row.who} joined the chat` : "Somebody joined the chat";
    case "conversation.agent_left":
      return "You are being connected to somebody else";
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
    if (this.#last && dayOf(this.#last.at) === dayOf(at)) return [];
    const mark = document.createElement("li");
    mark.className = "day";
    mark.textContent = dayInWords(at);
    this.#last = null;
    return [mark];
  }

  #event(row) {
    const words = inWords(row);
    if (!words) return null;
    const line = document.createElement("li");
    line.className = "happening";
    line.textContent = words;
    return line;
  }

  #message(message) {
    const line = this.#line(message);
    const last = this.#last;
    const close = last && last.of === `${message.role} ${message.who}` && dayOf(last.at) === dayOf(message.sent_at);
    line.classList.toggle("message--continues", Boolean(close && message.sent_at - last.at < SAME_BREATH_S));
    line.id = `message-${message.id}`;
    const { later } = message;
    if (later) setTimeout(() => (line.querySelector(".message__text").textContent = later.text), later.in * 1000);
    return line;
  }

  #line(message) {
    const line = this.#parts.message.content.firstElementChild.cloneNode(true);
    const own = message.role === "customer";
    line.classList.add(`message--${message.role}`);
    line.querySelector(".message__who").textContent = own ? "You" : message.who || (message.role === "agent" ? "Support" : "");
    const time = line.querySelector("time");
    time.dateTime = new Date(message.sent_at * 1000).toISOString();
    time.textContent = clock.format(message.sent_at * 1000);
    line.querySelector(".message__text").textContent = message.text;
    return line;
  }

  #unsent(message, online) {
    const line = this.#line({ ...message, role: "customer" });
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
