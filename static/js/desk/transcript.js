// The conversation as it stands: rows by their numbers, what is still on its way, and what the customer is typing.

import { now } from "#lib/clock.js";
import { Days } from "#lib/days.js";
import { linked } from "#lib/links.js";
import { waited } from "#desk/kept.js";

const SAME_BREATH_S = 300;
const AT_THE_END_PX = 48;
// Who scrolls up to here is shown what is above.
const NEAR_THE_TOP_PX = 160;
const TYPING_MS = 5_000;
const HANDED_ON = "Note for the next agent, only staff see it";

// Days and times as the company counts them, like those that the server writes.
const timeZone = document.querySelector("[data-time-zone]")?.dataset.timeZone || undefined;
const days = new Days(timeZone);
export const timeOfDay = (seconds) => days.time(seconds);

// The rows of one conversation that this desk has seen: without gaps from `from` + 1 to `upto`.
export class Talk {
  rows = [];
  pending = [];
  typing = { text: "", until: 0 };

  // How it left the desk, or null while it is the agent's.
  left = null;

  constructor(card, me) {
    this.card = card;
    this.me = me;
    // Only the end is fetched at first; what is older stands behind "Show earlier".
    this.from = Math.max(0, card.upto - 200);
    this.upto = this.from;
    this.read = card.read ?? 0;
  }

  // The rows that are new here.
  take(rows, upto) {
    const fresh = rows.filter((row) => row.sequence > this.upto);
    this.rows.push(...fresh);
    this.upto = Math.max(this.upto, upto);
    return fresh;
  }

  // How many messages of the customer neither this agent has read nor another one has answered.
  get unread() {
    let count = 0;
    for (let place = this.rows.length - 1; place >= 0; place -= 1) {
      const { sequence, message } = this.rows[place];
      if (sequence <= this.read) break;
      if (message?.kind !== "chat") continue;
      if (message.role === "agent" && message.sender !== this.me) break;
      if (message.role === "customer") count += 1;
    }
    return count;
  }
}

export class Transcript {
  #root;
  #older;
  #rows;
  #pending;
  #typing;
  #more;
  #templates;
  #talk = null;
  #last = null;
  #missed = 0;
  #top = 0;
  #newFrom = 0;
  #me;
  #sent = document.createElement("p");

  constructor(root, templates, me) {
    this.#root = root.querySelector("[data-transcript]");
    this.#older = root.querySelector("[data-older]");
    this.#rows = root.querySelector("[data-rows]");
    this.#pending = root.querySelector("[data-pending]");
    this.#typing = root.querySelector("[data-typing]");
    this.#more = root.querySelector("[data-more]");
    this.#templates = templates;
    this.#me = me;
    this.#sent.className = "message__state";
    this.#sent.textContent = "Sent";
    this.#more.addEventListener("click", () => this.toEnd());
    this.#root.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#stick && this.toEnd()).observe(this.#root);
  }

  #stick = true;

  // Show this conversation; null: none.
  show(talk) {
    this.#talk = talk;
    this.#rows.replaceChildren();
    this.#older.replaceChildren();
    this.#last = null;
    this.#missed = 0;
    if (!talk) return;
    if (talk.older) this.showOlder(talk);
    this.#newFrom = talk.unread ? talk.read : 0;
    this.#append(talk.rows);
    this.pending(talk);
    this.typing(talk);
    this.toEnd();
  }

  // Rows that came for the conversation on screen.
  add(rows) {
    const stick = this.#stick || rows.some((row) => this.#isMine(row));
    this.#append(rows);
    if (stick) this.toEnd();
    else this.#miss(rows.filter((row) => row.message && !this.#isMine(row)).length);
  }

  // Older rows than the desk was sent, as the server rendered them; outside the live region.
  showOlder(talk) {
    const before = this.#root.scrollHeight;
    this.#older.innerHTML = talk.older ?? "";
    this.#root.scrollTop += this.#root.scrollHeight - before;
  }

  pending(talk) {
    if (talk !== this.#talk) return;
    this.#pending.replaceChildren(...talk.pending.map((message) => this.#onItsWay(message)));
    if (this.#stick) this.toEnd();
  }

  typing(talk) {
    if (talk !== this.#talk) return;
    const rest = talk.typing.until - performance.now();
    const text = rest > 0 ? talk.typing.text : "";
    this.#typing.hidden = rest <= 0;
    this.#typing.querySelector("[data-typing-who]").textContent = `${talk.card.customer} is typing`;
    this.#typing.querySelector("[data-typing-text]").textContent = text;
    if (rest > 0) setTimeout(() => this.typing(talk), rest + 20);
    if (this.#stick) this.toEnd();
  }

  toEnd() {
    this.#root.scrollTop = this.#root.scrollHeight;
    this.#seen();
  }

  #scrolled() {
    if (this.#atEnd()) this.#seen();
    const isUp = this.#root.scrollTop < this.#top;
    this.#top = this.#root.scrollTop;
    const earlier = this.#root.querySelector("[data-earlier]");
    if (isUp && this.#top < NEAR_THE_TOP_PX && !earlier.hidden) earlier.firstElementChild.click();
  }

  #atEnd() {
    const end = this.#root.scrollHeight - this.#root.clientHeight - this.#root.scrollTop < AT_THE_END_PX;
    this.#stick = end;
    return end;
  }

  #seen() {
    this.#stick = true;
    this.#missed = 0;
    this.#more.hidden = true;
  }

  #miss(count) {
    if (!count) return;
    this.#missed += count;
    this.#more.hidden = false;
    this.#more.textContent = this.#missed === 1 ? "1 new message" : `${this.#missed} new messages`;
  }

  #append(rows) {
    const made = document.createDocumentFragment();
    for (const row of rows) {
      const line = row.message ? this.#message(row) : this.#event(row);
      if (line) made.append(...this.#marks(row), line);
    }
    this.#rows.append(made);
    for (const row of rows) if (row.type === "conversation.transferred") this.#nameNote(row);
    this.#showSent(rows.findLast((row) => row.message?.kind === "chat"));
  }

  // The newest message says that it is stored, where it is the agent's own.
  #showSent(row) {
    if (!row) return;
    this.#sent.remove();
    if (this.#isMine(row)) document.getElementById(`message-${row.message.id}`).append(this.#sent);
  }

  // The marks before a row: the day where it changes, and where the unread ones begin.
  #marks(row) {
    const marks = [];
    const at = row.message?.sent_at ?? row.at;
    if (!this.#last || days.of(this.#last.at) !== days.of(at)) marks.push(this.#day(at));
    if (this.#newFrom && row.sequence > this.#newFrom && row.message?.role === "customer") {
      marks.push(this.#mark("day day--new", "New"));
      this.#newFrom = 0;
    }
    this.#last = { at, of: row.message ? this.#sender(row.message) : "" };
    return marks;
  }

  #day(at) {
    const mark = this.#mark("day", days.inWords(days.of(at)));
    mark.dataset.at = at;
    return mark;
  }

  // "Today" is true until midnight.
  renewDays() {
    for (const mark of this.#rows.querySelectorAll("[data-at]")) {
      const words = days.inWords(days.of(Number(mark.dataset.at)));
      if (mark.firstChild.textContent !== words) mark.firstChild.textContent = words;
    }
  }

  #mark(name, text) {
    const mark = document.createElement("li");
    mark.className = name;
    mark.append(document.createElement("span"));
    mark.firstChild.textContent = text;
    return mark;
  }

  #message(row) {
    const message = row.message;
    const line = this.#line(message);
    const last = this.#last;
    const close = last && last.of === this.#sender(message) && days.of(last.at) === days.of(message.sent_at);
    line.classList.toggle("message--continues", Boolean(close && message.sent_at - last.at < SAME_BREATH_S));
    line.id = `message-${message.id}`;
    line.dataset.sequence = row.sequence;
    return line;
  }

  #line(message) {
    const line = this.#templates.message.content.firstElementChild.cloneNode(true);
    const side = message.kind === "chat" ? message.role : "staff";
    line.className = `message message--${side}`;
    const kind = line.querySelector(".message__kind");
    if (side === "staff") kind.textContent = `${message.kind === "whisper" ? "Whisper" : "Note"}, only staff see it`;
    else kind.remove();
    line.querySelector(".message__speaker").textContent = this.#speaker(message);
    const time = line.querySelector("time");
    time.dateTime = new Date(message.sent_at * 1000).toISOString();
    time.textContent = days.time(message.sent_at);
    line.querySelector(".message__text").replaceChildren(...linked(message.text));
    return line;
  }

  #event(row) {
    if (!row.words) return null;
    const line = document.createElement("li");
    line.className = "happening";
    line.dataset.sequence = row.sequence;
    line.textContent = `${row.words} · ${days.time(row.at)}`;
    return line;
  }

  // The note before a transfer is for the next agent.
  #nameNote({ sequence }) {
    const note = this.#rows.querySelector(`.message--staff[data-sequence="${sequence - 1}"] .message__kind`);
    if (note) note.textContent = HANDED_ON;
  }

  #onItsWay(message) {
    const line = this.#line({ ...message, sent_at: now() - waited(message), role: "agent", sender: this.#me });
    line.classList.add("message--pending");
    line.dataset.clientId = message.client_id;
    const state = this.#templates.pending.content.cloneNode(true);
    const refused = message.refused;
    state.querySelector("[data-state]").textContent = refused
      ? `Not sent: ${refused.message}`
      : message.offline
        ? "Not sent yet: goes out when the line is back"
        : "Sending";
    state.querySelector("[data-choices]").hidden = !refused;
    line.classList.toggle("message--refused", Boolean(refused));
    line.append(state);
    return line;
  }

  #sender(message) {
    return `${message.kind}:${message.role}:${message.sender}`;
  }

  #isMine(row) {
    return row.message?.role === "agent" && row.message.sender === this.#me;
  }

  #speaker(message) {
    if (message.role === "customer") return this.#talk.card.customer;
    if (message.role !== "agent") return "System";
    if (message.sender === this.#me) return "You";
    return this.#talk.card.people[message.sender] ?? message.sender;
  }
}

export function customerTypes(talk, text) {
  talk.typing = { text, until: performance.now() + TYPING_MS };
}
