// The desk: what comes over the line goes to the cards, the transcript and the composer; what the agent does goes back.

import { Composer } from "./composer.js";
import { Frame } from "./frame.js";
import { Preferences } from "./kept.js";
import { Line } from "./line.js";
import { Outgoing } from "./outgoing.js";
import { Talk, Transcript, customerTypes } from "./transcript.js";
import { Writing } from "./writing.js";

// Stands in the page's addresses for the conversation that is open.
const ANY_CONVERSATION = "0".repeat(26);
const WIDE = matchMedia("(min-width: 60rem)");
const PREFERENCES = { sendKey: "enter", announce: true, singleKeys: true, sideClosed: false, textSize: "medium" };

class Desk {
  #root = document.querySelector("[data-desk]");
  #me = this.#root.dataset.agent;
  #talks = new Map();
  #writings = new Map();
  #sent = new Map(); // what was written, by the id of the message that it became; until that is stored
  #open = "";
  words = new Set();
  #undone = new Map(); // words whose correction was taken back here, and whether the server has heard of it
  templates = Object.fromEntries(
    [...document.querySelectorAll("template[data-template]")].map((one) => [one.dataset.template, one]),
  );

  constructor() {
    this.part = (name) => this.#root.querySelector(`[data-${name}]`);
    this.preferences = new Preferences(this.#me, PREFERENCES);
    this.line = new Line(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${this.#root.dataset.socket}`);
    this.outgoing = new Outgoing(this.#me, this.line);
    this.frame = new Frame(this.#root, this.templates, (id) => this.choose(id, true));
    this.transcript = new Transcript(this.#root, this.templates, this.#me);
    this.composer = new Composer(this.#root, this.templates, {
      send: () => this.send(),
      changed: () => this.#written(),
      ask: (frame) => this.line.say(frame),
      word: (word) => this.#neverAgain(word),
      mayCorrect: (word) => !this.words.has(word.toLowerCase()) && !this.#undone.has(word.toLowerCase()),
      announce: (text) => this.announce(text),
      preference: (name) => this.preferences.get(name),
    });
    this.#listen();
    this.#prefer();
    this.line.open();
    setInterval(() => this.#tick(), 1_000);
  }

  #listen() {
    this.line.addEventListener("up", () => this.#hello());
    this.line.addEventListener("frame", (event) => this.#hear(event.detail));
    this.line.addEventListener("banner", (event) => this.frame.banner(event.detail));
    this.line.addEventListener("out", (event) => this.#out(event.detail));
    this.outgoing.addEventListener("changed", (event) => this.#showPending(event.detail));
    this.outgoing.addEventListener("given-back", (event) => this.#giveBack(event));
    this.outgoing.addEventListener("draft", (event) => this.#draftElsewhere(event.detail));
    this.#root.addEventListener("click", (event) => this.#pressed(event));
    this.#root.addEventListener("submit", (event) => this.#submitted(event));
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("visibilitychange", () => this.#showCards());
    document.addEventListener("htmx:configRequest", ({ detail }) => {
      detail.path = detail.path.replace(ANY_CONVERSATION, this.#open || ANY_CONVERSATION);
    });
    // Not before its forms are htmx's: a quick Enter would send them past it.
    document.addEventListener("htmx:afterSettle", ({ detail }) => detail.target.id === "sheet-body" && this.#openSheet());
    document.addEventListener("desk:done", ({ detail }) => this.#done(detail));
  }

  // --- the line -------------------------------------------------------------------------------------------------------

  #hello() {
    const resume = Object.fromEntries([...this.#talks].map(([id, talk]) => [id, talk.upto]));
    this.line.say({ t: "hello", resume });
  }

  #hear(frame) {
    const talk = this.#talks.get(frame.conversation);
    switch (frame.t) {
      case "welcome":
        this.#take(frame);
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
        break;
    }
  }

  // What the agent has now, as the server says.
  #take({ cards, words }) {
    this.words = new Set(words);
    const here = new Set(cards.map((card) => card.id));
    for (const id of this.#talks.keys()) if (!here.has(id)) this.#talks.delete(id);
    for (const card of cards) {
      const talk = this.#talks.get(card.id);
      if (!talk) {
        this.#join(card);
        continue;
      }
      talk.card = card;
      if (card.draft) this.#draftElsewhere({ conversation: card.id, ...card.draft });
    }
    this.outgoing.tidyDrafts(here);
    if (!here.has(this.#open)) this.choose(this.#wanted(cards), false);
    this.#showCards();
    this.#showHead();
    this.#showUnsent();
  }

  // After a reload the same one is open again; on a phone none, so that the list can be seen.
  #wanted(cards) {
    const before = location.hash.slice(1);
    if (cards.some((card) => card.id === before)) return before;
    return cards[0] && WIDE.matches ? cards[0].id : "";
  }

  #join(card) {
    const talk = new Talk(card);
    talk.pending = this.outgoing.of(card.id);
    this.#talks.set(card.id, talk);
    this.line.say({ t: "follow", conversation: card.id, after: talk.from });
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
    const fresh = talk.take(frame.rows, frame.upto);
    for (const { message } of fresh) {
      if (!message) continue;
      if (message.client_id) this.outgoing.arrived(message.client_id);
      if (message.role === "customer") talk.typing.until = 0;
      if (message.kind === "chat") this.#lastLine(talk, message);
    }
    if (talk.card.id === this.#open) {
      this.transcript.add(fresh);
      this.transcript.typing(talk);
      if (document.visibilityState === "visible") talk.read = talk.upto;
      if (fresh.some((row) => row.message)) this.composer.ask();
      if (fresh.some((row) => row.message?.kind === "note")) this.#refreshSide("notes");
    } else if (fresh.some((row) => row.message?.role === "customer" && row.sequence > talk.read)) {
      this.announce(`New message from ${talk.card.customer}`);
    }
    this.#showCards();
    this.#showHead();
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

  async #word({ word, do: what, kept }) {
    if (this.#undone.has(word.toLowerCase())) this.#undone.set(word.toLowerCase(), true);
    if (what === "remove") {
      this.words.delete(word.toLowerCase());
      this.#undone.delete(word.toLowerCase());
    } else if (kept) this.words.add(word.toLowerCase());
    else this.frame.alert("Your dictionary is full. Take words out of it first.");
    if (document.querySelector("[data-words-dialog]").open) (await import("./palette.js")).showWords(this);
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
      talk.read = talk.upto;
      if (before !== this.#open) this.composer.open(id, this.#writings.get(id));
      if (focus || WIDE.matches) this.composer.focus();
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

  // Which pane a phone shows.
  pane(name) {
    this.#root.dataset.pane = name;
  }

  get talks() {
    return [...this.#talks.values()];
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

  send(kind = "chat", text = this.composer.writing?.text ?? "") {
    const talk = this.#talks.get(this.#open);
    if (!talk || !text.trim()) return;
    const { id, customer } = talk.card;
    if (kind === "note") {
      this.outgoing.send({ conversation: id, customer, text, kind, revision: 0, usage: null });
      return;
    }
    const { writing } = this.composer;
    const [revision, usage] = [writing.revision, writing.usage.report()];
    const next = new Writing(revision);
    this.outgoing.emptied(id, next);
    this.#write(id, next);
    const message = this.outgoing.send({ conversation: id, customer, text, kind, revision, usage });
    this.#sent.set(message, writing);
    this.#showCards();
    this.#showHead();
    this.transcript.toEnd();
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
    if (!this.#talks.has(id) || now.text || frame.code !== "profanity" || message.kind !== "chat") return;
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
    this.frame.unsent(this.outgoing.lost(new Set(this.#talks.keys())));
  }

  #decide(what, client_id) {
    const message = this.outgoing.decide(what, client_id);
    if (message && what === "copy") navigator.clipboard?.writeText(message.text).then(() => this.announce("Copied"));
  }

  // --- what is written ------------------------------------------------------------------------------------------------

  #written(id = this.#open) {
    const writing = this.#writings.get(id);
    const talk = this.#talks.get(id);
    if (!writing || !talk) return;
    this.outgoing.keep(id, writing);
    talk.draft = writing.text;
    this.frame.maySend(Boolean(this.composer.writing?.text.trim()));
    // The keystroke itself stops the greeting on the server; here it goes at once.
    if (writing.text && id === this.#open) this.#stopGreeting(talk);
  }

  // Another desk of this agent wrote later: its words are the newer ones.
  #draftElsewhere({ conversation, text, cursor, revision, usage }) {
    const writing = this.#writings.get(conversation);
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
    const talk = this.#talks.get(this.#open);
    if (!talk) return;
    this.frame.greeting(talk);
    this.frame.times(talk);
  }

  #showHead() {
    const talk = this.#talks.get(this.#open) ?? null;
    this.frame.head(talk, talk && this.#above(talk));
    this.frame.maySend(Boolean(this.composer.writing?.text.trim()));
  }

  #showCards() {
    const talk = this.#talks.get(this.#open);
    if (talk && document.visibilityState === "visible") talk.read = talk.upto;
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
      "toggle-side": () => this.preferences.set("sideClosed", !this.preferences.get("sideClosed")) ?? this.#prefer(),
      earlier: () => this.#showEarlier(talk),
      keys: () => this.help(),
      palette: () => this.palette(),
      "dismiss-alert": () => this.frame.dismiss(),
      "greeting-send": () => this.line.say({ t: "greeting", conversation: this.#open, do: "send" }),
      "greeting-cancel": () => {
        this.line.say({ t: "greeting", conversation: this.#open, do: "cancel" });
        this.#stopGreeting(talk);
        this.composer.focus();
      },
      insert: () => {
        this.pane("talk");
        this.composer.insert(button.dataset);
      },
    };
    acts[button.dataset.act]?.();
  }

  #submitted(event) {
    if (!event.target.matches("[data-note-form]")) return;
    event.preventDefault();
    const field = event.target.elements.note;
    this.send("note", field.value);
    field.value = "";
  }

  // What this browser was told to remember.
  #prefer() {
    const closed = this.preferences.get("sideClosed");
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

  async #showEarlier(talk) {
    let html = "";
    do {
      const answer = await fetch(this.#above(talk)).catch(() => null);
      if (!answer?.ok) return this.frame.alert("Earlier messages did not load. Try again.");
      talk.above = answer.headers.get("X-Earlier");
      html = (await answer.text()).trim();
    } while (!html && talk.above);
    talk.older = html + (talk.older ?? "");
    if (talk.card.id !== this.#open) return;
    this.transcript.showOlder(talk);
    this.frame.mayEarlier(talk.above);
  }

  #openSheet() {
    const sheet = document.querySelector("[data-sheet]");
    if (!sheet.open) sheet.showModal();
  }

  // A form of a sheet has done what it was for.
  #done({ message }) {
    document.querySelector("[data-sheet]").close();
    if (message) this.announce(message);
    if (this.#open) this.composer.focus();
  }

  #key(event) {
    if (event.isComposing) return;
    // Fetched while the second key is on its way.
    if (event.key === "Control" || event.key === "Meta") void import("./palette.js");
    const command = (event.ctrlKey || event.metaKey) && !event.altKey;
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (command && event.code === "KeyK") this.palette();
    else if (event.key === "F6") this.#nextPane(event.shiftKey ? -1 : 1);
    else if (event.altKey && !command && event.code === "ArrowDown") this.step(1);
    else if (event.altKey && !command && event.code === "ArrowUp") this.step(-1);
    else if (event.key === "?" && !typing && this.preferences.get("singleKeys")) this.help();
    else return;
    event.preventDefault();
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
    const { openPalette } = await import("./palette.js");
    openPalette(this);
  }

  async dictionary() {
    const { openWords } = await import("./palette.js");
    openWords(this);
  }

  async help() {
    const { openKeys } = await import("./palette.js");
    openKeys(this);
  }
}

new Desk();
