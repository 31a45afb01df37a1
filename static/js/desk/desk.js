// The desk: what comes over the line goes to the cards, the transcript and the composer; what the agent does goes back.

import { now, setServerTime } from "#lib/clock.js";
import { copyText } from "#lib/fallbacks.js";
import { isVisible, trimmed } from "#lib/text.js";
import { Composer } from "#desk/composer.js";
import { Frame } from "#desk/frame.js";
import { Handshake } from "#desk/handshake.js";
import { Preferences } from "#desk/kept.js";
import { LeftView, sheetIsAbout } from "#desk/left.js";
import { Line } from "#desk/line.js";
import { Notes } from "#desk/notes.js";
import { Outgoing } from "#desk/outgoing.js";
import "#desk/panel.js";
import { Reading } from "#desk/reading.js";
import { Sheet } from "#desk/sheet.js";
import { Talk, Transcript, customerTypes, timeOfDay } from "#desk/transcript.js";
import { Writing } from "#desk/writing.js";

// Stands in the page's addresses for the conversation that is open.
const ANY_CONVERSATION = "0".repeat(26);
const WIDE = matchMedia("(min-width: 60rem)");
// Three panes beside each other; where there is less room the side lies over the conversation, when it is wanted.
const ROOMY = matchMedia("(min-width: 75rem)");
const ALT_LETTERS = "ETPS"; // see keys.js

class Desk {
  #root = document.querySelector("[data-desk]");
  #me = this.#root.dataset.agent;
  #talks = new Map();
  #writings = new Map();
  #sent = new Map(); // what was written, by the id of the message that it became; until that is stored
  #open = "";
  #hasBegun = false; // the first welcome of this page has come
  #isTouched = false; // a key or the pointer was pressed on this page
  #isFailing = false; // the server does not welcome this desk
  #noted = null; // the words of which conversation go into the notes of its wrap-up
  #finished = new Set(); // conversations that a form of this page has ended or handed on
  words = new Set();
  #undone = new Map(); // words whose correction was taken back here, and whether the server has heard of it
  #mayRing = false; // what is there when the desk opens is no news
  templates = Object.fromEntries(
    [...document.querySelectorAll("template[data-template]")].map((one) => [one.dataset.template, one]),
  );

  constructor() {
    this.part = (name) => this.#root.querySelector(`[data-${name}]`);
    this.preferences = new Preferences(this.#me);
    this.line = new Line(
      `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${this.#root.dataset.socket}`,
      this.#root.dataset.timerWorker,
    );
    this.outgoing = new Outgoing(this.#me, this.line);
    this.handshake = new Handshake(this.line);
    this.reading = new Reading(this.line);
    this.frame = new Frame(this.#root, this.templates, (id) => this.choose(id, true), (id) => this.closeLeft(id));
    this.left = new LeftView(this.#root, timeOfDay, () => this.frame.alert("This chat is not with you any more."));
    this.transcript = new Transcript(this.#root, this.templates, this.#me);
    this.composer = new Composer(this.#root, this.templates, {
      send: () => this.send(),
      changed: () => this.#written(),
      ask: (frame) => this.line.say(frame),
      word: (word) => this.#neverAgain(word),
      correctAgain: (word) => this.#correctAgain(word),
      mayCorrect: (word) => !this.words.has(word.toLowerCase()) && !this.#undone.has(word.toLowerCase()),
      announce: (text) => this.announce(text),
      preference: (name) => this.preferences.get(name),
    });
    this.notes = new Notes(this.#root, this.#me, (conversation, text) => this.#sendNote(conversation, text));
    new Sheet(() => this.#sheetFilled());
    this.#listen();
    this.#prefer();
    this.line.open();
    setInterval(() => this.#tick(), 1_000);
  }

  #listen() {
    this.line.addEventListener("up", () => this.handshake.begin(this.live));
    this.handshake.addEventListener("failed", () => this.#isNotWelcome(true));
    this.handshake.addEventListener("welcome", () => this.#isNotWelcome(false));
    for (const kind of ["keydown", "pointerdown"]) {
      document.addEventListener(kind, () => (this.#isTouched = true), { capture: true, once: true });
    }
    this.line.addEventListener("frame", (event) => this.#hear(event.detail));
    this.line.addEventListener("banner", (event) => this.#isFailing || this.frame.banner(event.detail));
    this.line.addEventListener("out", (event) => this.#out(event.detail));
    this.outgoing.addEventListener("changed", (event) => this.#showPending(event.detail));
    this.outgoing.addEventListener("given-back", (event) => this.#giveBack(event));
    this.outgoing.addEventListener("draft", (event) => this.#draftElsewhere(event.detail));
    this.#root.addEventListener("click", (event) => this.#pressed(event));
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("visibilitychange", () => {
      this.transcript.renewDays();
      this.#showCards();
    });
    document.addEventListener("htmx:configRequest", ({ detail }) => {
      detail.path = detail.path.replace(ANY_CONVERSATION, this.#open || ANY_CONVERSATION);
    });
    document.addEventListener("desk:done", ({ detail }) => this.#done(detail));
    this.preferences.heed(() => this.#prefer());
    ROOMY.addEventListener("change", () => this.#prefer());
  }

  // --- the line -------------------------------------------------------------------------------------------------------

  #isNotWelcome(isFailing) {
    if (isFailing || this.#isFailing) this.frame.banner(isFailing ? "unwelcome" : "");
    this.#isFailing = isFailing;
  }

  #welcome(frame) {
    const before = this.talks;
    this.handshake.welcome();
    this.#take(frame);
    // Of these the server does not know yet how far the page has them.
    for (const talk of before) if (!this.handshake.hasResumed(talk.card.id)) this.#follow(talk);
  }

  #hear(frame) {
    const talk = this.#talks.get(frame.conversation);
    switch (frame.t) {
      case "welcome":
        setServerTime(frame.now);
        this.#welcome(frame);
        this.reading.say();
        this.outgoing.saveDrafts();
        this.outgoing.sendWaiting();
        for (const [word, isHeard] of this.#undone) if (!isHeard) this.#neverAgain(word);
        if (this.#open) this.composer.ask();
        break;
      case "cards":
        this.#take(frame);
        document.body.dispatchEvent(new Event("desk:queue")); // slots and the queue have moved with them
        break;
      case "rows":
        if (talk) this.#rows(talk, frame);
        break;
      case "read":
        if (talk) talk.read = Math.max(talk.read, frame.upto);
        this.#showCards();
        break;
      case "offers":
        this.composer.offers(frame);
        break;
      case "found":
        this.composer.found(frame);
        break;
      case "typing":
        if (talk) {
          customerTypes(talk, frame.text);
          this.transcript.typing(talk);
        }
        break;
      case "stored":
        this.#stored(talk, frame);
        break;
      case "refused":
        this.outgoing.refused(frame);
        this.#sent.delete(frame.client_id);
        this.frame.alert(frame.message);
        break;
      case "draft":
        this.#draftElsewhere(frame);
        break;
      case "word":
        this.#word(frame);
        break;
      case "error":
        if (frame.of === "send") this.outgoing.failed(frame);
        if (frame.of === "hello") this.handshake.failed();
        break;
    }
  }

  // What the agent has now, as the server says. Whatever it is, the page stays where the agent is.
  #take({ cards, words, left = {} }) {
    this.words = new Set(words);
    const here = new Set(cards.map((card) => card.id));
    for (const [id, talk] of this.#talks) if (!here.has(id)) this.#leaves(talk, left[id] ?? {});
    for (const card of cards) {
      const talk = this.#talks.get(card.id);
      if (!talk) this.#join(card);
      else this.#renew(talk, card);
    }
    this.outgoing.tidyDrafts(here);
    this.#mayRing = true;
    if (!this.#hasBegun) this.#begin(cards);
    this.#showCards();
    this.#showHead();
    this.#showUnsent();
  }

  // After a reload the same one is open again; on a phone none, so that the list can be seen.
  #begin(cards) {
    this.#hasBegun = true;
    const before = location.hash.slice(1);
    const first = cards.find((card) => card.id === before) ?? (WIDE.matches && cards.find((card) => !card.left));
    this.choose(first?.id ?? "", false);
    // Keys that come already are on their way to somewhere else.
    const isFree = !this.#isTouched && document.activeElement === document.body;
    if (first && isFree && WIDE.matches) this.composer.focus();
  }

  #renew(talk, card) {
    const wasLeft = talk.left;
    talk.card = card;
    talk.left = card.left;
    talk.read = Math.max(talk.read, card.read ?? 0);
    if (card.draft) this.#draftElsewhere({ conversation: card.id, ...card.draft });
    if (card.left && !wasLeft) this.#says(talk);
    if (wasLeft && !card.left) {
      this.#finished.delete(card.id);
      this.#follow(talk); // from what the page has: rows came while it was away
      this.announce(`The chat with ${card.customer} is with you again`);
    }
    if (card.id === this.#open) this.composer.lock(Boolean(card.left));
  }

  // It is not the agent's any more. It stays until the agent closes it: where it is on screen, the words stay in reach.
  #leaves(talk, left) {
    const { id } = talk.card;
    if (talk.left && !talk.card.left) return;
    const isWrappedUp = Boolean(talk.card.left);
    Object.assign(talk.card, { left: null, greeting: null, waits_since: null, late_at: null });
    talk.left = talk.left ?? left;
    talk.typing.until = 0;
    const isDoneHere = this.#finished.delete(id);
    if (isDoneHere || (id !== this.#open && (isWrappedUp || left.by === "me"))) {
      this.closeLeft(id);
      return;
    }
    if (id === this.#open) this.composer.lock(true);
    if (!isWrappedUp) this.#says(talk);
  }

  // Politely, and in the sheet that is open for it.
  #says(talk) {
    const words = talk.draft?.trim() ? " What you wrote is kept and was not sent." : "";
    this.announce(`${this.left.sentence(talk)}.${words}`);
    if (talk.card.id === this.#open) this.transcript.typing(talk);
    this.left.tellSheet(document.querySelector("[data-sheet]"), talk);
  }

  // The agent is done with one that has left, or has just ended it. Its words, if there are any, go to "Not sent".
  closeLeft(id) {
    if (!this.#talks.delete(id)) return;
    if (this.#noted?.isKept && this.#noted.id === id) this.outgoing.emptied(id, this.#writings.get(id));
    this.#writings.delete(id);
    if (id === this.#open) {
      const isHere = document.activeElement === document.body || this.#pane("talk").contains(document.activeElement);
      this.choose("", false);
      // Where it was is nothing to press by mistake.
      if (isHere) this.#pane(WIDE.matches ? "talk" : "list").focus();
    }
    this.#showCards();
    this.#showHead();
    this.#showUnsent();
  }

  #follow(talk) {
    this.line.say({ t: "follow", conversation: talk.card.id, after: talk.upto });
  }

  #join(card) {
    const talk = new Talk(card, this.#me);
    talk.left = card.left;
    talk.pending = this.outgoing.of(card.id);
    this.#talks.set(card.id, talk);
    talk.rungUpto = card.upto;
    talk.lateRung = this.#isLate(talk) ? card.late_at : null;
    if (this.#mayRing) this.#ring("conversation", talk, card.joined_at);
    this.#follow(talk);
    this.#writings.set(card.id, this.#writingOf(card));
    talk.draft = this.#writings.get(card.id).text;
  }

  // What was written here before, in this tab, in this browser or on another machine.
  #writingOf(card) {
    const here = this.#writings.get(card.id);
    const { draft, isNews } = this.outgoing.draftFor(card.id, card.draft);
    if (here?.text || !draft) return here ?? new Writing();
    const cursor = Math.min(draft.cursor, draft.text.length);
    const writing = new Writing(draft.revision, draft.text, cursor, draft.usage);
    if (isNews) this.outgoing.saveLater(card.id, writing);
    return writing;
  }

  #rows(talk, frame) {
    if (frame.rows[0]?.sequence > talk.upto + 1) {
      this.#follow(talk); // rows between are missing: all of them in order, or none
      return;
    }
    const fresh = talk.take(frame.rows, frame.upto);
    for (const { sequence, message } of fresh) {
      if (!message) continue;
      if (message.role === "customer" && sequence > talk.rungUpto) this.#ring("message", talk, sequence, message.text);
      if (message.client_id) this.outgoing.arrived(message.client_id);
      if (message.role === "customer") talk.typing.until = 0;
      if (message.kind === "chat") this.#lastLine(talk, message);
    }
    if (talk.card.id === this.#open) {
      this.transcript.add(fresh);
      this.transcript.typing(talk);
      if (fresh.some((row) => row.message)) this.composer.ask();
      if (fresh.some((row) => row.message?.kind === "note")) this.#refreshSide("notes");
    } else if (fresh.some((row) => row.message?.role === "customer" && row.sequence > talk.read)) {
      this.announce(`New message from ${talk.card.customer}`);
    }
    this.#showCards();
    this.#showHead();
  }

  // For the agent who looks elsewhere. `occasion` tells one ring of a conversation from the next, in all tabs.
  async #ring(kind, { card }, occasion, text = "") {
    const isSeen = kind === "message" && card.id === this.#open && document.visibilityState === "visible";
    const bell = await import("#desk/bell.js").catch(() => null); // the line is gone before the bell was fetched
    const id = `${card.id}:${occasion}`;
    await bell?.ring(this.preferences, this.#me, { kind, id, name: card.customer, text, conversation: card.id, isSeen });
  }

  #isLate({ card }) {
    return card.late_at !== null && now() >= card.late_at;
  }

  #ringForTheLate() {
    for (const talk of this.#talks.values()) {
      if (!this.#isLate(talk) || talk.lateRung === talk.card.late_at) continue;
      talk.lateRung = talk.card.late_at;
      this.#ring("late", talk, talk.card.late_at);
    }
  }

  // The card says what was said last, before the server sends a new one.
  #lastLine({ card }, message) {
    const customer = message.role === "customer";
    card.preview = message.text;
    card.speaker = customer ? "" : message.sender === this.#me ? "You" : (card.people[message.sender] ?? "System");
    if (!customer && message.role === "agent") Object.assign(card, { waits_since: null, late_at: null });
    if (customer && card.waits_since === null) {
      card.waits_since = message.created_at;
      card.late_at = message.created_at + Number(this.#root.dataset.tooLong);
    }
  }

  #stored(talk, frame) {
    this.outgoing.stored(frame);
    this.#sent.delete(frame.client_id);
    // The row itself comes in its place among the others, unless it is the very next one.
    if (talk && talk.upto + 1 === frame.row.sequence) this.#rows(talk, { rows: [frame.row], upto: frame.row.sequence });
    if (talk && frame.conversation === this.#open) this.composer.ask();
  }

  // The server may be slow to learn it, or away: it holds here at once.
  #neverAgain(word) {
    this.#undone.set(word.toLowerCase(), false);
    this.line.say({ t: "word", word, do: "add" });
  }

  // The agent wants this word corrected after all.
  #correctAgain(word) {
    this.#undone.delete(word.toLowerCase());
    this.words.delete(word.toLowerCase());
    this.line.say({ t: "word", word, do: "remove" });
  }

  async #word({ word, do: what, kept }) {
    if (this.#undone.has(word.toLowerCase())) this.#undone.set(word.toLowerCase(), true);
    if (what === "remove") {
      this.words.delete(word.toLowerCase());
      this.#undone.delete(word.toLowerCase());
    } else if (kept) this.words.add(word.toLowerCase());
    else this.frame.alert("Your dictionary is full. Take words out of it first.");
    if (document.querySelector("[data-words-dialog]").open) (await import("#desk/palette.js")).showWords(this);
  }

  #out(why) {
    if (why === "signed-out") location.assign(this.#root.dataset.signIn);
    else this.frame.banner("disconnected");
  }

  // --- choosing -------------------------------------------------------------------------------------------------------

  choose(id, focus) {
    const talk = this.#talks.get(id);
    const before = this.#open;
    this.#open = talk ? id : "";
    this.#showHead();
    if (before !== this.#open) {
      history.replaceState(null, "", this.#open ? `#${this.#open}` : location.pathname);
      this.transcript.show(talk ?? null);
      this.#refreshSide();
    }
    if (talk) {
      if (before !== this.#open) this.composer.open(id, this.#writings.get(id), Boolean(talk.left));
      if (focus) this.composer.focus();
    } else {
      this.composer.lock(true);
    }
    this.pane(talk && focus ? "talk" : this.#root.dataset.pane);
    if (!talk) this.pane("list");
    this.#showCards();
    this.#showHead();
  }

  step(by) {
    const ids = [...this.#talks.keys()];
    if (ids.length) this.choose(ids[(ids.indexOf(this.#open) + by + ids.length) % ids.length], true);
  }

  // The next one that can be answered, after the one on screen; undefined: there is none.
  get #next() {
    const talks = this.talks;
    const here = talks.findIndex((talk) => talk.card.id === this.#open);
    return [...talks.slice(here + 1), ...talks.slice(0, here + 1)].find((talk) => !talk.left && talk.card.id !== this.#open);
  }

  #pane(name) {
    return this.#root.querySelector(`[data-pane-name=${name}]`);
  }

  // Which pane a phone shows.
  pane(name) {
    this.#root.dataset.pane = name;
    this.#looks();
  }

  // What is on screen is read.
  #looks() {
    const talk = this.#talks.get(this.#open);
    const isShown = WIDE.matches || this.#root.dataset.pane === "talk";
    if (!talk || !isShown || document.visibilityState !== "visible" || talk.read >= talk.upto) return;
    talk.read = talk.upto;
    this.reading.seen(talk.card.id, talk.upto);
  }

  get talks() {
    return [...this.#talks.values()];
  }

  // Those that can be answered.
  get live() {
    return this.talks.filter((talk) => !talk.left);
  }

  get open() {
    return this.#open;
  }

  // Fetch what the chosen tab shows, for the conversation that is open. `only`: if that is the tab.
  #refreshSide(only = "") {
    const tab = this.part("side").querySelector("[role=tab][aria-selected=true]");
    if (!this.#open || (only && tab.id !== `tab-${only}`)) return;
    htmx.trigger(tab, "refresh");
  }

  // --- sending --------------------------------------------------------------------------------------------------------

  send() {
    const talk = this.#talks.get(this.#open);
    if (!talk || talk.left || !this.composer.maySend) return;
    const { id, customer } = talk.card;
    const { writing } = this.composer;
    const [revision, usage] = [writing.revision, writing.usage.report()];
    const text = trimmed(writing.text);
    const message = this.#keep({ conversation: id, customer, text, kind: "chat", revision, usage });
    if (!message) return;
    // The outbox has it: only now may the field forget it.
    const next = new Writing(revision);
    this.outgoing.emptied(id, next);
    this.#write(id, next);
    this.#sent.set(message, writing);
    this.outgoing.sendWaiting();
    this.#showCards();
    this.#showHead();
    this.transcript.toEnd();
  }

  // The id of the message in the outbox; "" where it could not be put there: then the words are still where they were.
  #keep(message) {
    try {
      return this.outgoing.add(message);
    } catch (error) {
      this.frame.alert("That could not be sent. Your words are still in the field: copy them, and reload the page.");
      console.error(error);
      return "";
    }
  }

  // Go on with this writing in the conversation.
  #write(id, writing) {
    this.#writings.set(id, writing);
    const talk = this.#talks.get(id);
    if (talk) talk.draft = writing.text;
    if (id === this.#open) this.composer.go(writing);
  }

  // Words that may not be sent go back to where they were written, with their history, if nothing else is there by now.
  #giveBack(event) {
    const { message, frame } = event.detail;
    const id = frame.conversation;
    const now = this.#writings.get(id);
    if (!this.#talks.has(id) || now.text || (id === this.#open && this.composer.isComposing) || frame.code !== "profanity" || message.kind !== "chat") return;
    event.preventDefault();
    // After a reload nobody knows how it was made.
    const writing = this.#sent.get(message.client_id) ?? new Writing(now.revision, message.text);
    writing.revision = now.revision;
    this.#write(id, writing);
    if (id === this.#open) this.composer.block(frame.spans ?? []);
    this.#written(id);
  }

  #showPending(id) {
    const talk = this.#talks.get(id);
    if (talk) {
      talk.pending = this.outgoing.of(id);
      this.transcript.pending(talk);
    }
    this.#showUnsent();
  }

  #showUnsent() {
    if (this.#hasBegun) this.frame.unsent(this.outgoing.lost(new Set(this.#talks.keys())));
  }

  #decide(what, id) {
    const message = this.outgoing.decide(what, id);
    if (message && what === "copy") this.#copy(message.text);
    this.#showUnsent();
  }

  async #copy(text) {
    if (await copyText(text)) this.announce("Copied");
    else this.frame.alert("The browser does not let this page copy. Select the words and press Ctrl+C.");
  }

  // Words that were written to somebody who is gone.
  #dropWords() {
    const id = this.#open;
    const next = new Writing(this.#writings.get(id).revision);
    this.outgoing.emptied(id, next);
    this.#write(id, next);
    this.#showCards();
    this.#showHead();
    this.composer.focus();
  }

  // They go into the notes of the wrap-up, which opens for that.
  #noteWords() {
    this.#noted = { id: this.#open, text: this.composer.writing.text.trim() };
    this.part("end").click();
  }

  // --- what is written ------------------------------------------------------------------------------------------------

  #written(id = this.#open) {
    const writing = this.#writings.get(id);
    const talk = this.#talks.get(id);
    if (!writing || !talk) return;
    this.outgoing.keep(id, writing, talk.card.customer);
    talk.draft = writing.text;
    this.frame.maySend(this.composer.maySend);
    // The keystroke itself stops the greeting on the server; here it goes at once.
    if (writing.text && id === this.#open) this.#stopGreeting(talk);
  }

  // Another desk of this agent wrote later: its words are the newer ones.
  #draftElsewhere({ conversation, text, cursor, revision, usage }) {
    const writing = this.#writings.get(conversation);
    if (!writing) this.#showUnsent();
    if (!writing || revision <= writing.revision) return;
    writing.revision = revision;
    if (text === writing.text) return;
    const place = Math.min(cursor, text.length);
    if (conversation === this.#open) this.composer.put(text, place, usage);
    else writing.put(text, place, usage);
    const talk = this.#talks.get(conversation);
    if (talk) talk.draft = text;
    this.#showCards();
  }

  #stopGreeting(talk) {
    if (!talk.card.greeting) return;
    talk.card.greeting = null;
    this.frame.greeting(talk);
    this.#showCards();
  }

  // --- what is on screen ----------------------------------------------------------------------------------------------

  #tick() {
    this.transcript.renewDays();
    this.#ringForTheLate();
    const talk = this.#talks.get(this.#open);
    if (!talk) return;
    this.frame.greeting(talk);
    this.frame.times(talk);
  }

  #showHead() {
    const talk = this.#talks.get(this.#open) ?? null;
    this.frame.head(talk, talk && this.#above(talk));
    this.left.show(talk, this.#next);
    this.frame.maySend(this.composer.maySend);
  }

  #showCards() {
    this.#looks();
    this.frame.cards(this.talks, this.#open);
  }

  announce(text) {
    this.frame.announce(text);
  }

  // --- pressing -------------------------------------------------------------------------------------------------------

  #pressed(event) {
    const choice = event.target.closest("[data-do]");
    if (choice) this.#decide(choice.dataset.do, choice.closest("[data-client-id]").dataset.clientId);
    const button = event.target.closest("[data-act]");
    if (!button) return;
    const talk = this.#talks.get(this.#open);
    const acts = {
      send: () => this.send(),
      back: () => this.pane("list"),
      side: () => this.pane(this.#root.dataset.pane === "side" ? "talk" : "side"),
      "toggle-side": () => this.#toggleSide(),
      earlier: () => this.#showEarlier(talk),
      keys: () => this.help(),
      palette: () => this.palette(),
      copy: () => this.#copy(button.dataset.copy),
      "save-response": () => this.saveResponse(button.closest(".message")),
      "dismiss-alert": () => this.frame.dismiss(),
      next: () => this.choose(this.#next?.card.id, true),
      "close-left": () => this.closeLeft(this.#open),
      "copy-words": () => this.#copy(this.composer.writing.text),
      "note-words": () => this.#noteWords(),
      "drop-words": () => this.#dropWords(),
      "greeting-send": () => this.line.say({ t: "greeting", conversation: this.#open, do: "send" }),
      "greeting-cancel": () => {
        this.line.say({ t: "greeting", conversation: this.#open, do: "cancel" });
        this.#stopGreeting(talk);
        this.composer.focus();
      },
      insert: () => {
        this.pane("talk");
        if (talk?.left) this.frame.alert(`${this.left.sentence(talk)}. Nothing more can be written.`);
        else this.composer.insert(button.dataset);
      },
    };
    acts[button.dataset.act]?.();
  }

  #sendNote(conversation, text) {
    const customer = this.#talks.get(conversation)?.card.customer ?? "";
    if (!isVisible(text)) return false;
    if (!this.#keep({ conversation, customer, text: trimmed(text), kind: "note", revision: 0, usage: null })) return false;
    this.outgoing.sendWaiting();
    return true;
  }

  // A message that was sent, or without one what stands in the composer.
  async saveResponse(message = null) {
    const { saveResponse } = await import("#desk/save_response.js");
    saveResponse(this, message);
  }

  get #sidePreference() {
    return ROOMY.matches ? "sideClosed" : "overlayClosed";
  }

  // Does the side lie over the conversation now?
  get #isOverlay() {
    return WIDE.matches && !ROOMY.matches && !this.preferences.get("overlayClosed");
  }

  #toggleSide() {
    const hadFocus = this.part("side").contains(document.activeElement);
    this.preferences.set(this.#sidePreference, !this.preferences.get(this.#sidePreference));
    this.#prefer();
    if (hadFocus) this.#root.querySelector("[data-act=toggle-side]").focus(); // the side took it along
  }

  // Where somebody asked for something that it holds.
  showSide() {
    if (!WIDE.matches) this.pane("side");
    else if (this.preferences.get(this.#sidePreference)) this.#toggleSide();
  }

  // What this browser was told to remember.
  #prefer() {
    const closed = this.preferences.get(this.#sidePreference);
    this.#root.classList.toggle("desk--narrow", closed);
    this.#root.querySelector("[data-act=toggle-side]").setAttribute("aria-expanded", String(!closed));
    document.documentElement.dataset.textSize = this.preferences.get("textSize");
    const enter = this.preferences.get("sendKey") === "enter";
    this.part("send-key").textContent = enter ? "Enter" : "Ctrl Enter";
    this.part("send-hint").textContent = enter ? "Shift+Enter: new line" : "Enter: new line";
  }

  set(name, value) {
    this.preferences.set(name, value);
    this.#prefer();
    this.announce("Saved for this browser");
  }

  // Where to ask for what stands above all that is shown; "" for nothing.
  #above(talk) {
    if (talk.above !== undefined) return talk.above;
    const address = this.#root.dataset.earlier.replace(ANY_CONVERSATION, talk.card.id);
    return talk.from > 0 || talk.card.earlier ? `${address}?before=${talk.from + 1}` : "";
  }

  // One page at a time, whatever asks for it: the button, or who scrolls up.
  async #showEarlier(talk) {
    if (talk.isAsking) return;
    talk.isAsking = true;
    let html = "";
    try {
      do {
        const answer = await fetch(this.#above(talk)).catch(() => null);
        if (!answer?.ok) return this.frame.alert("Earlier messages did not load. Try again.");
        talk.above = answer.headers.get("X-Earlier");
        html = (await answer.text()).trim();
      } while (!html && talk.above);
    } finally {
      talk.isAsking = false;
    }
    talk.older = html + (talk.older ?? "");
    if (talk.card.id !== this.#open) return;
    this.transcript.showOlder(talk);
    this.frame.mayEarlier(talk.above);
  }

  #sheetFilled() {
    const sheet = document.querySelector("[data-sheet]");
    const notes = sheet.querySelector("textarea[name=notes]");
    if (notes && !notes.value && sheetIsAbout(sheet) === this.#noted?.id) notes.value = this.#noted.text;
    const talk = this.#talks.get(sheetIsAbout(sheet));
    if (talk?.left) this.left.tellSheet(sheet, talk);
  }

  // A form of a sheet has done what it was for.
  #done({ message }) {
    const sheet = document.querySelector("[data-sheet]");
    const id = sheet.open ? sheetIsAbout(sheet) : "";
    if (id && id === this.#noted?.id) {
      this.#noted.isKept = Boolean(sheet.querySelector("textarea[name=notes]")?.value.includes(this.#noted.text));
    }
    sheet.close();
    if (message) this.announce(message);
    const talk = this.#talks.get(id);
    if (!talk) {
      if (this.#open && !this.#talks.get(this.#open).left) this.composer.focus();
      return;
    }
    // The agent has ended it or handed it on. The cards may say so before or after this.
    if (talk.left && !talk.card.left) this.closeLeft(id);
    else this.#finished.add(id);
    if (id === this.#open) this.composer.lock(true);
  }

  #key(event) {
    if (event.isComposing) return;
    // Fetched while the second key is on its way.
    if (event.key === "Control" || event.key === "Meta") void import("#desk/palette.js");
    if (event.key === "Alt") void import("#desk/keys.js");
    const command = (event.ctrlKey || event.metaKey) && !event.altKey;
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (command && event.code === "KeyK") this.palette();
    else if (event.key === "F6") this.#nextPane(event.shiftKey ? -1 : 1);
    else if (event.altKey && !command && event.code === "ArrowDown") this.step(1);
    else if (event.altKey && !command && event.code === "ArrowUp") this.step(-1);
    else if (this.#mayShortcut(event)) this.#shortcut(letterWithAlt(event), event.repeat);
    else if (event.key === "Escape" && this.#isOverlay && event.target.closest("[data-side]")) this.#toggleSide();
    else if (event.key === "?" && !typing && this.preferences.get("singleKeys")) this.help();
    else return;
    event.preventDefault();
  }

  #mayShortcut(event) {
    return letterWithAlt(event) && this.preferences.get("altKeys") && !document.querySelector("dialog[open]");
  }

  // For the conversation that is open at this moment, not for one that came while the keys were fetched.
  async #shortcut(letter, isRepeated) {
    const open = this.#open;
    if (isRepeated || (!open && letter !== "S")) return;
    const { pressShortcut } = await import("#desk/keys.js");
    if (open === this.#open) pressShortcut(this, letter);
  }

  #nextPane(by) {
    const panes = [...this.#root.querySelectorAll("[data-pane-name]")].filter((pane) => pane.offsetParent !== null);
    const here = panes.findIndex((pane) => pane.contains(document.activeElement));
    const pane = panes[(here + by + panes.length) % panes.length];
    const inside = pane.dataset.paneName === "talk" && this.#open ? pane.querySelector("[data-field]") : null;
    (inside ?? pane.querySelector("[aria-current=true], [aria-selected=true]") ?? pane).focus();
  }

  // The field is there at once: what is typed now must not go to the customer.
  async palette() {
    const dialog = document.querySelector("[data-palette-dialog]");
    if (dialog.open) return;
    dialog.querySelector("input").value = "";
    dialog.showModal();
    const { openPalette } = await import("#desk/palette.js");
    openPalette(this);
  }

  async dictionary() {
    const { openWords } = await import("#desk/palette.js");
    openWords(this);
  }

  async help() {
    const { openKeys } = await import("#desk/palette.js");
    openKeys(this);
  }
}

// The letter that goes with Alt, or "": as the keyboard has it, else where it lies, since a Mac writes other characters
// with Alt. AltGr is no Alt.
function letterWithAlt(event) {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.getModifierState("AltGraph")) return "";
  const letter = /^[a-z]$/i.test(event.key) ? event.key.toUpperCase() : event.code.replace(/^Key/, "");
  return letter.length === 1 && ALT_LETTERS.includes(letter) ? letter : "";
}

new Desk();
