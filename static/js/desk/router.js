// The frames between the desk and the server: the first ones on a new line, how far conversations were read, and what
// each frame of the server is for.

import { now } from "#lib/time_labels.js";
import { pageTimers } from "#lib/timers.js";

const HELLO_TIMEOUT_MS = 10_000;
// As many as the server takes in one `hello`; the desk follows the others one by one once it is welcome.
const MAX_RESUMED = 100;
const READ_AFTER_MS = 400;
// Changed settings show within 2 s, but not all desks ask at the same moment.
const SETTINGS_SPREAD_MS = 700;

// `hello`: which conversations the page has, and up to where. Until the server welcomes the desk nothing else can be
// believed, so a refusal or silence is said on the page, and the line is begun anew. Events: "failed", "welcome".
export class Handshake extends EventTarget {
  #connection;
  #timers;
  #timer = 0;
  #resumed = new Set();

  constructor(connection, timers = pageTimers) {
    super();
    this.#connection = connection;
    this.#timers = timers;
    connection.addEventListener("down", () => timers.cancel(this.#timer));
  }

  begin(conversations) {
    const resumed = conversations.slice(0, MAX_RESUMED);
    this.#resumed = new Set(resumed.map(({ id }) => id));
    this.#timers.cancel(this.#timer);
    this.#timer = this.#timers.after(HELLO_TIMEOUT_MS, () => this.failed());
    this.#connection.send({ t: "hello", resume: Object.fromEntries(resumed.map(({ id, upto }) => [id, upto])) });
  }

  // Did the last `hello` say how far the page has this conversation?
  hasResumed(id) {
    return this.#resumed.has(id);
  }

  welcome() {
    this.#timers.cancel(this.#timer);
    this.dispatchEvent(new Event("welcome"));
  }

  failed() {
    this.#timers.cancel(this.#timer);
    this.dispatchEvent(new Event("failed"));
    this.#connection.restart();
  }
}

// Tells the server how far conversations were read: a moment later, once for a run of messages. What the line could not
// take is told when it is back.
export class Reading {
  #connection;
  #timers;
  #untold = new Map(); // conversation to the number of its row
  #timer = 0;

  constructor(connection, timers = pageTimers) {
    this.#connection = connection;
    this.#timers = timers;
  }

  // The agent has this conversation on screen, up to this row.
  seen(conversation, upto) {
    if ((this.#untold.get(conversation) ?? 0) >= upto) return;
    this.#untold.set(conversation, upto);
    this.#timer ||= this.#timers.after(READ_AFTER_MS, () => this.tell());
  }

  tell() {
    this.#timers.cancel(this.#timer);
    this.#timer = 0;
    for (const [conversation, upto] of this.#untold) {
      if (!this.#connection.send({ t: "read", conversation, upto })) return;
      this.#untold.delete(conversation);
    }
  }
}

export class Router {
  #desk;
  #timers;
  #handlers = {
    welcome: (frame) => this.#welcome(frame),
    cards: (frame) => this.#cards(frame),
    rows: (frame, conversation) => conversation && this.#rows(conversation, frame),
    read: (frame, conversation) => this.#read(frame, conversation),
    offers: (frame) => this.#desk.composer.showOffers(frame),
    found: (frame) => this.#desk.composer.showFound(frame),
    typing: (frame, conversation) => conversation && this.#typing(frame, conversation),
    stored: (frame, conversation) => this.#stored(frame, conversation),
    refused: (frame) => this.#refused(frame),
    draft: (frame) => this.#desk.drafting.takeDraft(frame),
    word: (frame) => this.#word(frame),
    settings: (frame) => this.#settings(frame),
    error: (frame) => this.#error(frame),
  };

  constructor(desk, timers = pageTimers) {
    this.#desk = desk;
    this.#timers = timers;
    this.handshake = new Handshake(desk.connection);
    this.reading = new Reading(desk.connection);
    desk.connection.addEventListener("up", () => this.handshake.begin(desk.conversations.live));
    desk.connection.addEventListener("frame", ({ detail }) => {
      this.#handlers[detail.t]?.(detail, desk.conversations.get(detail.conversation));
    });
  }

  #welcome(frame) {
    const { conversations, outgoing, dictionary, composer } = this.#desk;
    const before = conversations.all;
    this.handshake.welcome();
    this.#desk.applyState(frame);
    // The server does not know yet how far the page has these.
    for (const conversation of before) if (!this.handshake.hasResumed(conversation.id)) this.#desk.follow(conversation);
    this.reading.tell();
    outgoing.saveDrafts();
    outgoing.deliver();
    dictionary.resend();
    if (conversations.open) composer.ask();
  }

  #cards(frame) {
    this.#desk.applyState(frame);
    document.body.dispatchEvent(new Event("desk:queue")); // slots and the queue have moved with them
  }

  #read({ upto }, conversation) {
    conversation?.readUpto(upto);
    this.#desk.showCards();
  }

  #typing({ text }, conversation) {
    conversation.setTyping(text, performance.now());
    this.#desk.transcript.showTyping(conversation);
  }

  #stored(frame, conversation) {
    this.#desk.outgoing.stored(frame);
    if (!conversation) return;
    // The row comes in its place among the others, unless it is the very next one.
    const { row } = frame;
    if (row.sequence === conversation.upto + 1) this.#rows(conversation, { rows: [row], upto: row.sequence });
    if (conversation === this.#desk.conversations.open) this.#desk.composer.ask();
  }

  #refused(frame) {
    this.#desk.drafting.refused(frame);
    this.#desk.layout.alert(frame.message);
  }

  async #word(frame) {
    const { dictionary, layout } = this.#desk;
    if (!dictionary.answered(frame)) layout.alert("Your dictionary is full. Take words out of it first.");
    if (document.querySelector("[data-words-dialog]").open) (await import("#desk/dialogs.js")).showWords(this.#desk);
  }

  // Settings have changed: those of the agent, or wider ones, with which all desks of the company ask the server anew.
  #settings({ names, own }) {
    this.#timers.after(own ? 0 : Math.random() * SETTINGS_SPREAD_MS, () => {
      const { conversations, composer, panes } = this.#desk;
      if (conversations.open) composer.ask();
      if (names.includes("desk.slots")) document.body.dispatchEvent(new Event("desk:queue"));
      if (!own) panes.renewSide("autopilot"); // its form shows already what the agent has just saved
    });
  }

  #error(frame) {
    if (frame.of === "send") this.#desk.outgoing.failed(frame);
    if (frame.of === "hello") this.handshake.failed();
  }

  // --- rows ------------------------------------------------------------------------------------------------------------

  #rows(conversation, frame) {
    const { conversations, transcript, composer, panes, layout } = this.#desk;
    const fresh = conversations.addRows(conversation, frame);
    if (!fresh) return;
    const { rungUpto, card } = conversation;
    for (const { sequence, message } of fresh)
      if (message) this.#message(conversation, message, sequence > rungUpto && sequence);
    if (conversation === conversations.open) {
      transcript.add(fresh);
      transcript.showTyping(conversation);
      if (fresh.some((row) => row.message)) composer.ask();
      if (fresh.some((row) => row.message?.kind === "note")) panes.refreshSide("notes");
    } else if (fresh.some((row) => row.message?.role === "customer" && row.sequence > conversation.read)) {
      layout.announce(`New message from ${card.customer}`);
    }
    this.#desk.showCards();
    this.#desk.showHead();
  }

  // `occasion`: the number of its row where it is news, else false.
  #message(conversation, message, occasion) {
    const isCustomer = message.role === "customer";
    if (isCustomer && occasion) void this.#ring("message", conversation, occasion, message.text);
    if (message.client_id) this.#desk.outgoing.arrived(message.client_id);
    if (isCustomer) conversation.stopTyping();
    if (message.kind === "chat") conversation.setLast(message, this.#desk.tooLongS);
  }

  // --- the bell --------------------------------------------------------------------------------------------------------

  // For an agent who looks elsewhere. `occasion` tells one ring of a conversation from the next, in all tabs.
  async #ring(kind, { id, card }, occasion, text = "") {
    const { conversations, preferences, me } = this.#desk;
    const isOpen = id === conversations.open?.id;
    const isSeen = kind === "message" && isOpen && document.visibilityState === "visible";
    const bell = await import("#desk/bell.js").catch(() => null); // the line is gone before the bell was fetched
    const about = { kind, id: `${id}:${occasion}`, name: card.customer, text, conversation: id, isSeen };
    await bell?.ring(preferences, me, about);
  }

  // A conversation has come. `isNews`: it was not there when the desk opened.
  ringForNew(conversation, isNews) {
    const { card } = conversation;
    conversation.lateRung = conversation.isLate(now()) ? card.late_at : null;
    if (isNews) void this.#ring("conversation", conversation, card.joined_at);
  }

  ringForTheLate() {
    for (const conversation of this.#desk.conversations.all) {
      const { late_at: lateAt } = conversation.card;
      if (!conversation.isLate(now()) || conversation.lateRung === lateAt) continue;
      conversation.lateRung = lateAt;
      void this.#ring("late", conversation, lateAt);
    }
  }
}
