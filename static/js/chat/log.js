// The conversation on the chat page: its rows, what is on its way, and who types, all in the customer's words.

import {
  addState,
  continues,
  dayMark,
  EndFollower,
  fillBubble,
  fillText,
  happening,
  renewDayMarks,
  sentState,
} from "#lib/message_view.js";
import { waited } from "#lib/outbox.js";
import { Days, now, onNewDay } from "#lib/time_labels.js";

const TYPING_MS = 5_000;

// In the customer's own zone.
const days = new Days();

const nameOf = ({ role, who }) => {
  if (role === "customer") return "You";
  return who || (role === "agent" ? "Support" : "");
};

export class Log {
  upto = 0;
  #part;
  #follower;
  #templates;
  #last = null;
  #passedOn = null; // the line that says that a colleague comes, until one does
  #sent = sentState();
  #typingTimer = 0;

  // `decide(what, clientId)`: the customer has pressed a button of a message that was not sent.
  constructor(root, decide) {
    this.#part = (name) => root.querySelector(`[data-${name}]`);
    this.#templates = { message: this.#part("message"), unsent: this.#part("unsent") };
    this.#follower = new EndFollower(this.#part("scroll"), this.#part("newer"));
    this.#part("newer").addEventListener("click", () => this.#part("scroll").focus());
    this.#part("pending").addEventListener("click", ({ target }) => {
      const choice = target.closest("[data-do]");
      if (choice) decide(choice.dataset.do, choice.closest("[data-client-id]").dataset.clientId);
    });
    onNewDay(days, () => renewDayMarks(days, this.#part("rows")));
  }

  // Another conversation: begin with nothing.
  clear() {
    this.#part("rows").replaceChildren();
    this.#part("log").setAttribute("aria-live", "off");
    this.upto = 0;
    this.#last = null;
    this.#follower.reset();
  }

  // From here on what comes is news.
  isComplete() {
    this.#part("log").setAttribute("aria-live", "polite");
  }

  // Show the rows that are new here; returns them.
  add(rows, upto) {
    const fresh = rows.filter((row) => row.sequence > this.upto);
    this.upto = Math.max(this.upto, upto);
    const lines = document.createDocumentFragment();
    for (const row of fresh) lines.append(...this.#linesOf(row));
    this.#part("rows").append(lines);
    this.#showSent();
    const isOwn = fresh.some((row) => row.message?.role === "customer");
    this.#follower.came(fresh.filter((row) => row.message).length, isOwn);
    return fresh;
  }

  // What is not stored yet, in order.
  pending(messages, isOnline) {
    this.#part("pending").replaceChildren(...messages.map((message) => this.#unsent(message, isOnline)));
    this.#showSent();
    this.#follower.follow();
  }

  // The agent types. Forgotten where nobody says so again.
  typing(who) {
    clearTimeout(this.#typingTimer);
    this.#part("typing-who").textContent = `${who || "Somebody"} is typing`;
    this.#part("typing").hidden = false;
    this.#typingTimer = setTimeout(() => this.typed(), TYPING_MS);
    this.#follower.follow();
  }

  typed() {
    clearTimeout(this.#typingTimer);
    this.#part("typing").hidden = true;
  }

  toEnd() {
    this.#follower.toEnd();
  }

  // The line of a row, after the mark of its day where that begins; none where there is nothing to tell.
  #linesOf(row) {
    const { message } = row;
    const said = { at: message?.sent_at ?? row.at, of: message ? `${message.role} ${message.who}` : "" };
    const line = message ? this.#message(message, said) : this.#event(row);
    if (!line) return [];
    const isSameDay = this.#last && days.of(this.#last.at) === days.of(said.at);
    this.#last = said;
    return isSameDay ? [line] : [dayMark(days, said.at), line];
  }

  #event(row) {
    // Who passed the conversation on has taken it back: nobody else comes.
    if (row.came === "at_once") this.#passedOn?.remove();
    if (row.type === "conversation.agent_joined") this.#passedOn = null;
    if (!row.words) return null;
    const line = happening(row.words);
    if (row.passed_on) this.#passedOn = line;
    return line;
  }

  #message(message, said) {
    const line = this.#bubble(message, message.sent_at);
    line.classList.toggle("message--continues", continues(this.#last, said, days));
    line.id = `message-${message.id}`;
    const { later } = message;
    if (later) setTimeout(() => fillText(line, later.text), later.in * 1000);
    return line;
  }

  #bubble(message, sentAt) {
    const line = this.#templates.message.content.firstElementChild.cloneNode(true);
    line.classList.add(`message--${message.role}`);
    line.classList.toggle("message--own", message.role === "customer");
    return fillBubble(line, { speaker: nameOf(message), sentAt, text: message.text }, days);
  }

  #unsent(message, isOnline) {
    // When it was written, by the server's clock: for how long it has waited this computer knows.
    const line = this.#bubble({ ...message, role: "customer" }, now() - waited(message));
    line.classList.add("message--pending");
    const { refused } = message;
    const reason = isOnline ? "Sending" : "Waiting for the connection";
    return addState(line, this.#templates.unsent, message, refused ? `Not sent. ${refused.message}` : reason);
  }

  // "Sent" stands below the newest of the customer's own messages, and below no other.
  #showSent() {
    this.#sent.remove();
    const last = this.#part("rows").lastElementChild;
    if (last?.classList.contains("message--customer") && !this.#part("pending").childElementCount)
      last.append(this.#sent);
  }
}

// How the conversation stands. `place`: in the queue, from 1, or null.
export function statusLabel({ status, agent, place }) {
  if (status === "ended") return "Conversation ended";
  if (status === "paused") return "Paused. Write to go on";
  if (status === "live") return agent ? `${agent} is with you` : "You are connected";
  if (place === 1) return "You are next";
  if (place) return `${place - 1} ${place === 2 ? "person" : "people"} before you`;
  return "We will be with you soon";
}

const BANNERS = {
  disconnected: "No connection. What you write is kept and goes out later.",
  reconnecting: "Reconnecting",
  connected: "Connected",
  "too-fast":
    "Too much came from this page at once. It comes back in a moment. What you write is kept and goes out later.",
  elsewhere: "This chat is open in other tabs. It goes on here when you come back to this tab.",
  crowded: "Too many chats are open from your network. Trying again soon. What you write is kept and goes out later.",
};

// What the banner of the connection says; "" for nothing.
export const bannerLabel = (state) => BANNERS[state] ?? "";
