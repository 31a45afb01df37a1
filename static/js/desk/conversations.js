// The conversations of the agent: which there are, as the server says, which one is open, and those that have left.
//
// Whatever the server takes away, the page stays where the agent is: only the agent opens and closes conversations.

const FIRST_ROWS = 200;
const TYPING_MS = 5_000;

// One conversation as this desk has it: its card, its rows without gaps from `from` + 1 to `upto`, and what is on its way.
export class ConversationState {
  rows = [];
  pending = [];
  editor = null; // the `EditorState` of what the agent writes
  older; // the rows above the first one, as the server rendered them
  above; // the address of what is above those: unknown until the first page came, "" at the beginning
  #typing = { text: "", untilMs: 0 };

  constructor(card, me) {
    this.card = card;
    this.me = me;
    // Only the end is fetched at first; what is older stands behind "Earlier messages".
    this.from = Math.max(0, card.upto - FIRST_ROWS);
    this.upto = this.from;
    this.read = card.read ?? 0;
    this.left = card.left; // how it left the desk, or null while it is the agent's
    this.rungUpto = card.upto; // the bell has rung for messages up to here
    this.lateRung = null; // the moment of lateness that the bell has rung for
  }

  get id() {
    return this.card.id;
  }

  // What the agent has written and not sent.
  get draft() {
    return this.editor?.text ?? "";
  }

  // Returns the rows that are new here; null where rows between are missing.
  add(rows, upto) {
    if (rows[0]?.sequence > this.upto + 1) return null;
    const fresh = rows.filter((row) => row.sequence > this.upto);
    this.rows.push(...fresh);
    this.upto = Math.max(this.upto, upto);
    return fresh;
  }

  // How many messages of the customer neither this agent has read nor another one has answered.
  get unread() {
    let count = 0;
    for (const { sequence, message } of [...this.rows].reverse()) {
      if (sequence <= this.read) break;
      if (message?.kind !== "chat") continue;
      if (message.role === "agent" && message.sender !== this.me) break;
      if (message.role === "customer") count += 1;
    }
    return count;
  }

  readUpto(sequence) {
    this.read = Math.max(this.read, sequence);
  }

  // The card says what was said last, before the server sends a new card. `tooLongS`: the longest wait of a customer.
  setLast({ role, sender, text, created_at }, tooLongS) {
    const { card } = this;
    card.preview = text;
    const isCustomer = role === "customer";
    if (isCustomer) card.speaker = "";
    else card.speaker = sender === this.me ? "You" : (card.people[sender] ?? "System");
    if (role === "agent") Object.assign(card, { waits_since: null, late_at: null });
    if (!isCustomer || card.waits_since !== null) return;
    card.waits_since = created_at;
    card.late_at = created_at + tooLongS;
  }

  // Has the customer waited too long? `now` in seconds since the epoch.
  isLate(now) {
    return this.card.late_at !== null && now >= this.card.late_at;
  }

  setTyping(text, nowMs) {
    this.#typing = { text, untilMs: nowMs + TYPING_MS };
  }

  stopTyping() {
    this.#typing.untilMs = 0;
  }

  // What the customer is typing, and for how many milliseconds that is still true.
  typing(nowMs) {
    const leftMs = this.#typing.untilMs - nowMs;
    return { text: leftMs > 0 ? this.#typing.text : "", leftMs };
  }

  // It is not the agent's any more. `left`: how, as the server says it.
  leave(left) {
    Object.assign(this.card, { left: null, greeting: null, waits_since: null, late_at: null });
    this.left ??= left;
    this.stopTyping();
  }
}

export class Conversations {
  #all = new Map();
  #openId = "";
  #finished = new Set(); // conversations that a form of this page has ended or handed on
  #me;
  #hooks;

  // `hooks`, each with a conversation: joined, renewed, returned, left (not with the agent any more), shown (or null; and
  // the one before), closed, follow (ask for rows above `upto`).
  constructor(me, hooks) {
    this.#me = me;
    this.#hooks = hooks;
  }

  get all() {
    return [...this.#all.values()];
  }

  // Those that can be answered.
  get live() {
    return this.all.filter((conversation) => !conversation.left);
  }

  // The one on screen, or null.
  get open() {
    return this.#all.get(this.#openId) ?? null;
  }

  get(id) {
    return this.#all.get(id);
  }

  // The conversation after the one on screen that can be answered; undefined: there is none.
  get next() {
    const { all } = this;
    const at = all.findIndex(({ id }) => id === this.#openId);
    return [...all.slice(at + 1), ...all.slice(0, at + 1)].find(({ left, id }) => !left && id !== this.#openId);
  }

  // The id of the conversation `by` steps after the one on screen; "": there is none.
  idAfter(by) {
    const ids = [...this.#all.keys()];
    return ids.length ? ids[(ids.indexOf(this.#openId) + by + ids.length) % ids.length] : "";
  }

  // Take what the agent has now, as the server says. `left`: how those left that are gone, by id.
  applyState(cards, left = {}) {
    const present = new Set(cards.map(({ id }) => id));
    for (const conversation of this.all) {
      if (!present.has(conversation.id)) this.#leave(conversation, left[conversation.id] ?? {});
    }
    for (const card of cards) {
      const conversation = this.#all.get(card.id);
      if (conversation) this.#renew(conversation, card);
      else this.#join(card);
    }
  }

  #join(card) {
    const conversation = new ConversationState(card, this.#me);
    this.#all.set(card.id, conversation);
    this.#hooks.joined(conversation);
  }

  #renew(conversation, card) {
    const before = conversation.left;
    conversation.card = card;
    conversation.left = card.left;
    conversation.readUpto(card.read ?? 0);
    const isBack = Boolean(before) && !card.left;
    if (isBack) this.#finished.delete(card.id);
    this.#hooks.renewed(conversation, { hasLeft: Boolean(card.left) && !before, isBack });
  }

  // A conversation that has left stays until the agent closes it: where it is on screen, its words stay in reach.
  #leave(conversation, left) {
    if (conversation.left && !conversation.card.left) return; // it left before, and nothing waits for a wrap-up
    const isWrappedUp = Boolean(conversation.card.left);
    conversation.leave(left);
    const isOpen = conversation.id === this.#openId;
    const isFinishedHere = this.#finished.delete(conversation.id);
    if (isFinishedHere || (!isOpen && (isWrappedUp || left.by === "me"))) this.close(conversation.id);
    else this.#hooks.left(conversation, isWrappedUp);
  }

  // A form of this page has ended the conversation or handed it on. The server's cards may say so before or after this.
  finish(id) {
    const { left, card } = this.#all.get(id);
    if (left && !card.left) this.close(id);
    else this.#finished.add(id);
  }

  // The agent is done with a conversation that has left, or has just ended it.
  close(id) {
    const conversation = this.#all.get(id);
    if (!conversation) return;
    this.#all.delete(id);
    this.#hooks.closed(conversation, id === this.#openId);
  }

  // Open this one; an id of none of them opens none. Returns the one that is open now, or null.
  choose(id) {
    const before = this.#openId;
    this.#openId = this.#all.has(id) ? id : "";
    if (before !== this.#openId) this.#hooks.shown(this.open);
    return this.open;
  }

  // Show the rows that came. Returns those that are new here; null where they do not follow on those that are here.
  addRows(conversation, { rows, upto }) {
    const fresh = conversation.add(rows, upto);
    if (!fresh) this.#hooks.follow(conversation); // all rows in order, or none
    return fresh;
  }
}
