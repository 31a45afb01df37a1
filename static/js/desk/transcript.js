// The conversation as it stands: rows by their numbers, what is still on its way, and what the customer is typing.

const SAME_BREATH_S = 300;
const AT_THE_END_PX = 48;
const TYPING_MS = 5_000;

// What staff reads of events that are no message; others show nothing.
const EVENTS = {
  "conversation.queued": "The customer waits in the queue",
  "conversation.agent_joined": "An agent joined",
  "conversation.agent_left": "An agent left",
  "conversation.customer_authenticated": "The customer signed in",
  "conversation.ended": "The conversation ended",
};

// Days and times as the company counts them, like those that the server writes.
const timeZone = document.querySelector("[data-time-zone]")?.dataset.timeZone || undefined;
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone });
const day = new Intl.DateTimeFormat("en-CA", { dateStyle: "short", timeZone });
const dayName = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone });

const dayOf = (seconds) => day.format(seconds * 1000);

function dayInWords(seconds) {
  const now = Date.now() / 1000;
  if (dayOf(seconds) === dayOf(now)) return "Today";
  if (dayOf(seconds) === dayOf(now - 86_400)) return "Yesterday";
  return dayName.format(seconds * 1000);
}

// The rows of one conversation that this desk has seen: without gaps from `from` + 1 to `upto`.
export class Talk {
  rows = [];
  pending = [];
  typing = { text: "", until: 0 };

  constructor(card) {
    this.card = card;
    // Only the end is fetched at first; what is older stands behind "Show earlier".
    this.from = Math.max(0, card.upto - 200);
    this.upto = this.from;
    this.read = card.upto;
  }

  // The rows that are new here.
  take(rows, upto) {
    const fresh = rows.filter((row) => row.sequence > this.upto);
    this.rows.push(...fresh);
    this.upto = Math.max(this.upto, upto);
    return fresh;
  }

  // How many messages of the customer nobody has looked at.
  get unread() {
    return this.rows.filter((row) => row.sequence > this.read && row.message?.role === "customer").length;
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
    this.#root.addEventListener("scroll", () => this.#atEnd() && this.#seen(), { passive: true });
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
    if (!this.#last || dayOf(this.#last.at) !== dayOf(at)) marks.push(this.#mark("day", dayInWords(at)));
    if (this.#newFrom && row.sequence > this.#newFrom && row.message?.role === "customer") {
      marks.push(this.#mark("day day--new", "New"));
      this.#newFrom = 0;
    }
    this.#last = { at, of: row.message ? this.#sender(row.message) : "" };
    return marks;
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
    const close = last && last.of === this.#sender(message) && dayOf(last.at) === dayOf(message.sent_at);
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
    time.textContent = clock.format(message.sent_at * 1000);
    line.querySelector(".message__text").textContent = message.text;
    return line;
  }

  #event(row) {
    const words = EVENTS[row.type];
    if (!words) return null;
    const line = document.createElement("li");
    line.className = "happening";
    line.dataset.sequence = row.sequence;
    line.textContent = `${words} · ${clock.format(row.at * 1000)}`;
    return line;
  }

  #onItsWay(message) {
    const line = this.#line({ ...message, role: "agent", sender: this.#me });
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
