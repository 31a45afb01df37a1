// The conversation on screen: its rows, what is on its way, older rows above them, and what the customer is typing.

import {
  addState,
  continues,
  dayMark,
  EndFollower,
  fillBubble,
  happening,
  mark,
  renewDayMarks,
  sentState,
} from "#lib/message_view.js";
import { waited } from "#lib/outbox.js";
import { now } from "#lib/time_labels.js";

// Stands in the page's addresses for the conversation that is open.
export const ANY_CONVERSATION = "0".repeat(26);
// A reader who scrolls up to here is shown what is above.
const NEAR_THE_TOP_PX = 160;
const HANDED_ON = "Note for the next agent, only staff see it";

const senderOf = ({ kind, role, sender }) => `${kind}:${role}:${sender}`;

export class Transcript {
  #root;
  #older;
  #rows;
  #pending;
  #typing;
  #follower;
  #templates;
  #days;
  #me;
  #earlier;
  #conversation = null;
  #last = null;
  #top = 0;
  #newFrom = 0;
  #sent = sentState();
  #forgetTyping = 0;

  // `days`: of the company's zone, like those that the server writes. `me`: the agent. `earlier`: the address of what is
  // above the first row.
  constructor(root, templates, days, me, earlier) {
    this.#root = root.querySelector("[data-transcript]");
    this.#older = root.querySelector("[data-older]");
    this.#rows = root.querySelector("[data-rows]");
    this.#pending = root.querySelector("[data-pending]");
    this.#typing = root.querySelector("[data-typing]");
    this.#follower = new EndFollower(this.#root, root.querySelector("[data-more]"));
    this.#templates = templates;
    this.#days = days;
    this.#me = me;
    this.#earlier = earlier;
    this.#root.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  // Show this conversation; null: none.
  show(conversation) {
    this.#conversation = conversation;
    this.#rows.replaceChildren();
    this.#older.replaceChildren();
    this.#last = null;
    this.#follower.reset();
    if (!conversation) return;
    if (conversation.older) this.#showOlder(conversation);
    this.#newFrom = conversation.unread ? conversation.read : 0;
    this.#append(conversation.rows);
    this.showPending(conversation);
    this.showTyping(conversation);
    this.toEnd();
  }

  // Rows that came for the conversation on screen.
  add(rows) {
    this.#append(rows);
    const others = rows.filter((row) => row.message && !this.#isMine(row));
    this.#follower.came(
      others.length,
      rows.some((row) => this.#isMine(row)),
    );
  }

  showPending(conversation) {
    if (conversation !== this.#conversation) return;
    this.#pending.replaceChildren(...conversation.pending.map((message) => this.#onItsWay(message)));
    this.#follower.follow();
  }

  showTyping(conversation) {
    if (conversation !== this.#conversation) return;
    clearTimeout(this.#forgetTyping);
    const { text, leftMs } = conversation.typing(performance.now());
    this.#typing.hidden = leftMs <= 0;
    this.#typing.querySelector("[data-typing-who]").textContent = `${conversation.card.customer} is typing`;
    this.#typing.querySelector("[data-typing-text]").textContent = text;
    if (leftMs > 0) this.#forgetTyping = setTimeout(() => this.showTyping(conversation), leftMs + 20);
    this.#follower.follow();
  }

  toEnd() {
    this.#follower.toEnd();
  }

  renewDays() {
    renewDayMarks(this.#days, this.#rows);
  }

  // --- older rows ------------------------------------------------------------------------------------------------------

  mayShowEarlier(conversation) {
    return Boolean(this.#addressAbove(conversation));
  }

  // Where to ask for what stands above all that is shown; "" for nothing.
  #addressAbove({ id, card, from, above }) {
    if (above !== undefined) return above;
    return from > 0 || card.earlier ? `${this.#earlier.replace(ANY_CONVERSATION, id)}?before=${from + 1}` : "";
  }

  // Fetch one page of older rows at a time, whatever asks for it: the button, or a reader who scrolls up. Returns false
  // where they did not load.
  async showEarlier(conversation) {
    if (conversation.isAsking) return true;
    conversation.isAsking = true;
    let html = "";
    try {
      do {
        const answer = await fetch(this.#addressAbove(conversation)).catch(() => null);
        if (!answer?.ok) return false;
        conversation.above = answer.headers.get("X-Earlier");
        html = (await answer.text()).trim();
      } while (!html && conversation.above);
    } finally {
      conversation.isAsking = false;
    }
    conversation.older = html + (conversation.older ?? "");
    if (conversation === this.#conversation) this.#showOlder(conversation);
    return true;
  }

  // As the server rendered them; outside the live region.
  #showOlder(conversation) {
    const before = this.#root.scrollHeight;
    this.#older.innerHTML = conversation.older ?? "";
    this.#root.scrollTop += this.#root.scrollHeight - before;
  }

  #scrolled() {
    const isUp = this.#root.scrollTop < this.#top;
    this.#top = this.#root.scrollTop;
    const earlier = this.#root.querySelector("[data-earlier]");
    if (isUp && this.#top < NEAR_THE_TOP_PX && !earlier.hidden) earlier.firstElementChild.click();
  }

  // --- rows ------------------------------------------------------------------------------------------------------------

  #append(rows) {
    const lines = document.createDocumentFragment();
    for (const row of rows) lines.append(...this.#linesOf(row));
    this.#rows.append(lines);
    for (const row of rows) if (row.type === "conversation.transferred") this.#nameNote(row);
    this.#showSent(rows.findLast((row) => row.message?.kind === "chat"));
  }

  // The line of a row after its marks: the day where it changes, and where the unread ones begin.
  #linesOf(row) {
    const { message } = row;
    const said = { at: message?.sent_at ?? row.at, of: message ? senderOf(message) : "" };
    const line = message ? this.#message(row, said) : this.#event(row);
    if (!line) return [];
    const lines = [line];
    if (this.#newFrom && row.sequence > this.#newFrom && message?.role === "customer") {
      lines.unshift(mark("day day--new", "New"));
      this.#newFrom = 0;
    }
    if (!this.#last || this.#days.of(this.#last.at) !== this.#days.of(said.at))
      lines.unshift(dayMark(this.#days, said.at));
    this.#last = said;
    return lines;
  }

  #message({ sequence, message }, said) {
    const line = this.#bubble(message);
    line.classList.toggle("message--continues", continues(this.#last, said, this.#days));
    line.id = `message-${message.id}`;
    line.dataset.sequence = sequence;
    return line;
  }

  #bubble(message) {
    const line = this.#templates.message.content.firstElementChild.cloneNode(true);
    const side = message.kind === "chat" ? message.role : "staff";
    line.className = `message message--${side}`;
    line.classList.toggle("message--own", side === "agent" || side === "staff");
    const kind = line.querySelector(".message__kind");
    if (side === "staff") kind.textContent = `${message.kind === "whisper" ? "Whisper" : "Note"}, only staff see it`;
    else kind.remove();
    const { sent_at: sentAt, text } = message;
    return fillBubble(line, { speaker: this.#speaker(message), sentAt, text }, this.#days);
  }

  #event(row) {
    if (!row.words) return null;
    const line = happening(`${row.words} · ${this.#days.time(row.at)}`);
    line.dataset.sequence = row.sequence;
    return line;
  }

  // The newest message says that it is stored, where it is the agent's own.
  #showSent(row) {
    if (!row) return;
    this.#sent.remove();
    if (this.#isMine(row)) document.getElementById(`message-${row.message.id}`).append(this.#sent);
  }

  // The note before a transfer is for the next agent.
  #nameNote({ sequence }) {
    const note = this.#rows.querySelector(`.message--staff[data-sequence="${sequence - 1}"] .message__kind`);
    if (note) note.textContent = HANDED_ON;
  }

  #onItsWay(message) {
    const line = this.#bubble({ ...message, sent_at: now() - waited(message), role: "agent", sender: this.#me });
    line.classList.add("message--pending");
    const { refused } = message;
    const reason = message.offline ? "Not sent yet: goes out when the line is back" : "Sending";
    return addState(line, this.#templates.pending, message, refused ? `Not sent: ${refused.message}` : reason);
  }

  #isMine(row) {
    return row.message?.role === "agent" && row.message.sender === this.#me;
  }

  #speaker(message) {
    const { card } = this.#conversation;
    if (message.role === "customer") return card.customer;
    if (message.role !== "agent") return "System";
    if (message.sender === this.#me) return "You";
    return card.people[message.sender] ?? message.sender;
  }
}
