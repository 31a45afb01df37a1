// The desk: makes its parts, and lets each know what the others have to do with it.

import { Actions } from "#desk/actions.js";
import { Composer } from "#desk/composer.js";
import { Conversations } from "#desk/conversations.js";
import { Dictionary } from "#desk/corrections.js";
import { DepartedView } from "#desk/departed.js";
import { Drafting } from "#desk/drafting.js";
import { Layout } from "#desk/layout.js";
import { Outgoing } from "#desk/outgoing.js";
import { Panes } from "#desk/panes.js";
import { Router } from "#desk/router.js";
import { Sheet } from "#desk/sheet.js";
import { ANY_CONVERSATION, Transcript } from "#desk/transcript.js";
import { Connection } from "#lib/connection.js";
import { Preferences } from "#lib/storage.js";
import { Days, setServerTime } from "#lib/time_labels.js";
import { useTimerWorker } from "#lib/timers.js";

class Desk {
  #root = document.querySelector("[data-desk]");
  me = this.#root.dataset.agent;
  tooLongS = Number(this.#root.dataset.tooLong); // the longest wait of a customer
  #isTouched = false; // a key or the pointer was pressed on this page
  #isFailing = false; // the server does not welcome this desk
  hasBegun = false; // the first welcome of this page has come
  part = (name) => this.#root.querySelector(`[data-${name}]`);
  templates = Object.fromEntries(
    [...document.querySelectorAll("template[data-template]")].map((one) => [one.dataset.template, one]),
  );

  constructor() {
    const { dataset } = this.#root;
    const days = new Days(dataset.timeZone || undefined);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.connection = new Connection(`${scheme}://${location.host}${dataset.socket}`);
    useTimerWorker(dataset.timerWorker);
    this.preferences = new Preferences(this.me);
    this.dictionary = new Dictionary((frame) => this.connection.send(frame));
    this.outgoing = new Outgoing(this.me, this.connection);
    this.conversations = new Conversations(this.me, this.#hooksOfConversations());
    this.panes = new Panes(this.#root, this.preferences, {
      shown: () => this.#markRead(),
      notesAsked: () => this.actions.loadNotes(this.me),
    });
    const close = (id) => this.conversations.close(id);
    this.layout = new Layout(this.#root, this.templates, (id) => this.choose(id, true), close);
    const refused = () => this.layout.alert("This chat is not with you any more.");
    this.departed = new DepartedView(this.#root, (seconds) => days.time(seconds), refused);
    this.transcript = new Transcript(this.#root, this.templates, days, this.me, dataset.earlier);
    this.composer = new Composer(this.#root, this.templates, this.dictionary, {
      send: () => this.drafting.send(),
      changed: () => this.drafting.written(this.conversations.open),
      ask: (frame) => this.connection.send(frame),
      announce: (text) => this.layout.announce(text),
      preference: (name) => this.preferences.get(name),
    });
    this.drafting = new Drafting(this);
    this.router = new Router(this);
    this.actions = new Actions(this.#root, this);
    this.sheet = new Sheet(this);
    this.#listen();
    this.panes.applyPreferences();
    this.connection.open();
    setInterval(() => this.#tick(), 1_000);
  }

  #listen() {
    const { connection, router } = this;
    router.handshake.addEventListener("failed", () => this.#showFailing(true));
    router.handshake.addEventListener("welcome", () => this.#showFailing(false));
    connection.addEventListener("banner", ({ detail }) => {
      if (!this.#isFailing) this.layout.showBanner(detail);
    });
    connection.addEventListener("out", ({ detail }) => {
      if (detail === "signed-out") location.assign(this.#root.dataset.signIn);
      else this.layout.showBanner("disconnected");
    });
    for (const kind of ["keydown", "pointerdown"]) {
      document.addEventListener(kind, () => (this.#isTouched = true), { capture: true, once: true });
    }
    document.addEventListener("visibilitychange", () => {
      this.transcript.renewDays();
      this.showCards();
    });
    document.addEventListener("htmx:configRequest", ({ detail }) => {
      detail.path = detail.path.replace(ANY_CONVERSATION, this.conversations.open?.id ?? ANY_CONVERSATION);
    });
  }

  #showFailing(isFailing) {
    if (isFailing || this.#isFailing) this.layout.showBanner(isFailing ? "unwelcome" : "");
    this.#isFailing = isFailing;
  }

  // --- what the agent has ----------------------------------------------------------------------------------------------

  // The state of the desk as the server says it.
  applyState({ now: serverTime, cards, words, left }) {
    setServerTime(serverTime);
    this.dictionary.set(words);
    this.conversations.applyState(cards, left);
    this.outgoing.tidyDrafts(new Set(cards.map(({ id }) => id)));
    if (!this.hasBegun) this.#begin(cards);
    this.showAll();
  }

  // After a reload the same conversation is open again; on a phone none, so that the list can be seen.
  #begin(cards) {
    this.hasBegun = true;
    const { isWide } = this.panes;
    const before = cards.find(({ id }) => id === location.hash.slice(1));
    const first = before ?? (isWide ? cards.find(({ left }) => !left) : null);
    this.choose(first?.id ?? "", false);
    // Keys that come already are on their way to somewhere else.
    if (first && isWide && !this.#isTouched && document.activeElement === document.body) this.composer.focus();
  }

  #hooksOfConversations() {
    return {
      joined: (conversation) => this.#joined(conversation),
      renewed: (conversation, change) => this.#renewed(conversation, change),
      left: (conversation, isWrappedUp) => this.#left(conversation, isWrappedUp),
      shown: (conversation) => this.#shown(conversation),
      closed: (conversation, wasOpen) => this.#closed(conversation, wasOpen),
      follow: (conversation) => this.follow(conversation),
    };
  }

  #joined(conversation) {
    const { card, id } = conversation;
    conversation.pending = this.outgoing.of(id);
    conversation.editor = this.outgoing.restoreDraft(id, card.draft);
    this.router.ringForNew(conversation, this.hasBegun); // what is there when the desk opens is no news
    this.follow(conversation);
  }

  #renewed(conversation, { hasLeft, isBack }) {
    const { card } = conversation;
    if (card.draft) this.drafting.takeDraft({ conversation: card.id, ...card.draft });
    if (hasLeft) this.#sayLeft(conversation);
    if (isBack) {
      this.follow(conversation); // from what the page has: rows came while it was away
      this.layout.announce(`The chat with ${card.customer} is with you again`);
    }
    if (conversation === this.conversations.open) this.composer.lock(Boolean(card.left));
  }

  #left(conversation, isWrappedUp) {
    if (conversation === this.conversations.open) this.composer.lock(true);
    if (!isWrappedUp) this.#sayLeft(conversation);
  }

  // Politely, and in the sheet that is open for it.
  #sayLeft(conversation) {
    const words = conversation.draft.trim() ? " What you wrote is kept and was not sent." : "";
    this.layout.announce(`${this.departed.sentence(conversation)}.${words}`);
    if (conversation === this.conversations.open) this.transcript.showTyping(conversation);
    this.departed.tellSheet(this.sheet.dialog, conversation);
  }

  // Its words, if there are any, go to "Not sent".
  #closed(conversation, wasOpen) {
    this.drafting.closed(conversation);
    if (wasOpen) {
      const { activeElement } = document;
      const hadFocus = activeElement === document.body || this.panes.pane("talk").contains(activeElement);
      this.choose("", false);
      // Where it was the agent could press nothing by mistake.
      if (hadFocus) this.panes.pane(this.panes.isWide ? "talk" : "list").focus();
    }
    this.showAll();
  }

  follow({ id, upto }) {
    this.connection.send({ t: "follow", conversation: id, after: upto });
  }

  // --- choosing --------------------------------------------------------------------------------------------------------

  choose(id, mayFocus) {
    const conversation = this.conversations.choose(id);
    if (!conversation) this.composer.lock(true);
    else if (mayFocus) this.composer.focus();
    this.panes.show(conversation && mayFocus ? "talk" : this.panes.current);
    if (!conversation) this.panes.show("list");
    this.showCards();
    this.showHead();
  }

  step(by) {
    const id = this.conversations.idAfter(by);
    if (id) this.choose(id, true);
  }

  #shown(conversation) {
    this.showHead();
    history.replaceState(null, "", conversation ? `#${conversation.id}` : location.pathname);
    this.transcript.show(conversation);
    if (!conversation) return;
    this.panes.refreshSide();
    this.composer.open(conversation.id, conversation.editor, Boolean(conversation.left));
  }

  // What is on screen is read.
  #markRead() {
    const { open } = this.conversations;
    const isSeen = this.panes.showsConversation && document.visibilityState === "visible";
    if (!open || !isSeen || open.read >= open.upto) return;
    open.readUpto(open.upto);
    this.router.reading.seen(open.id, open.upto);
  }

  // --- what is on screen -----------------------------------------------------------------------------------------------

  showHead() {
    const { open, next } = this.conversations;
    this.layout.showHead(open, open && this.transcript.mayShowEarlier(open));
    this.departed.show(open, next);
    this.layout.maySend(this.composer.maySend);
  }

  showCards() {
    this.#markRead();
    this.layout.showCards(this.conversations.all, this.conversations.open);
  }

  showAll() {
    this.showCards();
    this.showHead();
    this.drafting.showUnsent();
  }

  #tick() {
    this.transcript.renewDays();
    this.router.ringForTheLate();
    const { open } = this.conversations;
    if (!open) return;
    this.layout.showGreeting(open);
    this.layout.showTimes(open);
  }
}

new Desk();
