// The text field and what helps with it: replies above it, the rest of a phrase in it, corrections, quicksearch.
//
// Answers that are older than the text on screen change nothing. Everything that changes the text is one step of one
// history (`writing.js`). While an input method composes, the field is its own: what comes meanwhile waits.

import { LONGEST, characters, isVisible, points, units } from "#lib/text.js";
import { Corrections } from "#desk/corrections.js";
import { Ghost } from "#desk/ghost.js";
import { QuickSearch } from "#desk/quicksearch.js";
import { Replies } from "#desk/replies.js";
import { difference } from "#desk/writing.js";

const ANSWER_TIMEOUT_MS = 1_500;
const SAY_AGAIN_MS = 2_000;
// A space this soon after the Tab key led to Send was meant for the text.
const HASTY_MS = 400;
// From here on the length of the message is said.
const NEARLY_TOO_LONG = LONGEST - 1_000;
const COMPLETES = /[^\p{L}\p{N}]$/u;

const figure = (number) => number.toLocaleString("en");

export class Composer {
  #field;
  #send;
  #length;
  #tabHint;
  #say;
  #hooks;
  #replies;
  #ghost;
  #search;
  #corrections;
  #writing = null;
  #conversation = "";
  #isLocked = false; // the conversation has left the desk: nothing is written, asked or sent
  #asked = 0;
  #answered = 0;
  #askedAt = 0;
  #again = false;
  #span = null;
  #composition = null; // the one that an input method has begun, and what was there before it
  #later = [];
  #mayLeave = true; // by the Tab key
  #lastKey = "";
  #sendFocusedAt = -Infinity;
  #isHasty = false;
  #isTooLong = false;
  #saidAt = 0;
  #saying = null;

  // `hooks`: send(), changed(), ask(frame), word(word), correctAgain(word), mayCorrect(word), announce(text),
  // preference(name).
  constructor(root, templates, hooks) {
    this.#field = root.querySelector("[data-field]");
    this.#send = root.querySelector("[data-send]");
    this.#length = root.querySelector("[data-length]");
    this.#tabHint = root.querySelector("[data-tab-hint]");
    this.#say = hooks.announce;
    this.#hooks = hooks;
    this.#replies = new Replies(root, templates.reply, {
      take: (index) => this.choose(index),
      leave: () => this.focus(),
      active: (option) => this.#search?.isOpen || this.#expand(option ? this.#replies.id : "", option),
      shown: (offer) => this.#writing.usage.answered(offer.id, offer.replies.length > 0),
    });
    this.#ghost = new Ghost(root);
    this.#search = new QuickSearch(root, templates.found, {
      ask: (term, n) => hooks.ask({ t: "search", conversation: this.#conversation, n, term }),
      take: (row, from, to, term) => this.#insertFound(row, from, to, term),
      send: () => hooks.send(),
      active: (option) => this.#expand(option === null ? "" : this.#search.id, option),
    });
    this.#corrections = new Corrections(root, {
      writing: () => this.#writing,
      change: (...change) => this.#correct(...change),
      mayCorrect: hooks.mayCorrect,
      never: hooks.word,
      again: hooks.correctAgain,
      announce: hooks.announce,
      focus: () => this.focus(),
    });
    this.#listen();
  }

  #listen() {
    const field = this.#field;
    field.addEventListener("input", (event) => this.#typed(event));
    field.addEventListener("compositionstart", () => this.#composes());
    field.addEventListener("compositionend", () => this.#hasComposed());
    field.addEventListener("beforeinput", (event) => this.#beforeInput(event));
    field.addEventListener("keydown", (event) => this.#key(event));
    field.addEventListener("click", () => this.#clicked());
    field.addEventListener("scroll", () => this.#ghost.scrollTo(field.scrollTop), { passive: true });
    field.addEventListener("focus", () => (this.#mayLeave = this.#lastKey === "Tab"));
    field.addEventListener("blur", () => this.#closeLists());
    document.addEventListener("selectionchange", () => this.#selected());
    document.addEventListener("keydown", (event) => (this.#lastKey = event.key), true);
    this.#send.addEventListener("focus", () => {
      this.#sendFocusedAt = this.#lastKey === "Tab" ? performance.now() : -Infinity;
    });
    for (const name of ["keydown", "keyup"]) this.#send.addEventListener(name, (event) => this.#keyOnSend(event));
  }

  get writing() {
    return this.#writing;
  }

  // Does an input method have unfinished words in the field?
  get isComposing() {
    return Boolean(this.#composition);
  }

  // Is there something that may go to the customer?
  get maySend() {
    return Boolean(this.#writing) && !this.#isLocked && isVisible(this.#writing.text) && !this.#isTooLong;
  }

  // Write in this conversation from now on. `isLocked`: its words can be read and copied only.
  open(conversation, writing, isLocked = false) {
    this.#finishComposition();
    this.#isLocked = isLocked;
    this.#field.readOnly = isLocked;
    this.#conversation = conversation;
    this.go(writing);
  }

  // Go on with this writing in the same conversation: the last one was sent, or came back.
  go(writing) {
    this.#finishComposition();
    this.#writing = writing;
    this.#again = false;
    this.#span = null;
    this.#mayLeave = false;
    this.#corrections.forget();
    this.#search.forget();
    this.#ghost.drop();
    this.#replies.forget();
    this.#show();
    this.ask();
  }

  // The field keeps its words, its caret and the focus; keys change nothing any more.
  lock(isLocked) {
    if (this.#isLocked === isLocked) return;
    this.#isLocked = isLocked;
    this.#field.readOnly = isLocked;
    if (!isLocked || !this.#writing) return;
    this.#later = [];
    this.#corrections.forget();
    this.#search.forget();
    this.#ghost.drop();
    this.#replies.forget();
    this.#mirrorText();
    clearTimeout(this.#saying);
  }

  focus() {
    this.#field.focus();
  }

  // The offers as they are now are old: something was said.
  ask() {
    if (!this.#writing || this.#isLocked) return;
    this.#asked += 1;
    this.#askedAt = performance.now();
    const { text } = this.#writing;
    const cursor = this.#span ? [points(text, this.#span[0]), points(text, this.#span[1])] : null;
    this.#again = false;
    this.#span = null;
    if (this.#isTooLong) {
      this.#answered = this.#asked; // the server takes no such text, and offers nothing for it
      return;
    }
    this.#hooks.ask({ t: "type", conversation: this.#conversation, n: this.#asked, text, ...(cursor && { cursor }) });
  }

  // --- what the server says -----------------------------------------------------------------------------------------

  offers(frame) {
    if (frame.conversation !== this.#conversation || this.#isLocked) return;
    this.#answered = Math.max(this.#answered, frame.n);
    if (frame.correction) {
      this.#whenFree(() => {
        this.#selected(); // the caret may have moved a moment ago, and its event not come yet
        this.#corrections.apply(frame.correction);
      });
    }
    if (frame.n === this.#asked && !this.#again) this.#offer(frame);
    if (this.#again && frame.n === this.#asked) this.ask();
  }

  found(frame) {
    if (frame.conversation === this.#conversation) this.#search.found(frame);
  }

  // Some words may not be sent. `spans` as the server counts.
  block(spans) {
    const { text } = this.#writing;
    this.#writing.blocked = spans.map(([from, to]) => [units(text, from), units(text, to)]);
    const [from, to] = this.#writing.blocked[0] ?? [text.length, text.length];
    this.#writing.select(from, to);
    this.#show();
    // Whoever writes somewhere else by now goes on there.
    const at = document.activeElement;
    if (at === document.body || at.closest(".write")) this.focus();
  }

  // --- what is asked from elsewhere on the page -----------------------------------------------------------------------

  // A response from the panel goes in where the cursor is; what is written stays.
  insert({ source, text, query = "" }) {
    if (!this.#writing || this.#isLocked) return;
    this.#finishComposition();
    const { start, end } = this.#writing;
    if (this.#replace(start, end, text, "insert")) {
      this.#writing.usage.responseInserted(source, "panel", query, text);
    }
    this.focus();
  }

  // Reply number `index`, from 0 for the best, takes the place of what is written.
  choose(index) {
    const reply = this.#replies.all[index];
    if (!reply || !this.#writing || this.#isLocked) return false;
    this.#whenFree(() => this.#chooseReply(reply, index, this.#replies.offerId));
    return true;
  }

  undo() {
    if (!this.#isLocked) this.#took(this.#writing?.undo());
  }

  redo() {
    if (!this.#isLocked) this.#took(this.#writing?.redo());
  }

  // The text is this now, and so it was in another tab: no step of the history here.
  put(text, cursor, usage) {
    const writing = this.#writing;
    const { revision } = writing;
    this.#whenFree(() => {
      if (this.#writing !== writing || writing.revision !== revision) return; // more was written here since
      writing.put(text, cursor, usage);
      this.#corrections.forget();
      this.#show();
      this.ask();
    });
  }

  // --- the field ----------------------------------------------------------------------------------------------------

  #typed(event) {
    const field = this.#field;
    const isPaste = event.inputType === "insertFromPaste" || event.inputType === "insertFromDrop";
    const kind = isPaste ? "paste" : "type";
    const made = this.#writing.change(field.value, field.selectionStart, field.selectionEnd, kind);
    if (!this.#composition) this.#writing.usage.edited(made.characters);
    this.#corrections.hide();
    const from = Math.min(this.#span?.[0] ?? made.start, made.start);
    this.#span = [from, Math.max(field.selectionStart, from)];
    const { text, start, end } = this.#writing;
    if (isPaste) this.#search.ignore(text, made.start, start);
    else if (start === end) this.#search.look(text, start);
    else this.#search.close();
    this.#changed(COMPLETES.test(text.slice(0, start)));
  }

  #beforeInput(event) {
    if (event.inputType !== "historyUndo" && event.inputType !== "historyRedo") return;
    event.preventDefault();
    if (event.inputType === "historyUndo") this.undo();
    else this.redo();
  }

  #selected() {
    if (document.activeElement !== this.#field || !this.#writing) return;
    this.#writing.select(this.#field.selectionStart, this.#field.selectionEnd);
    this.#showGhost();
  }

  // The text has changed: show it, keep it, ask what fits it now.
  #changed(completes = false) {
    const { text } = this.#writing;
    this.#mayLeave = false;
    this.#tabHint.hidden = true;
    this.#ghost.follow(text);
    this.#replies.typed(text);
    this.#mirrorText();
    this.#showLength();
    this.#hooks.changed();
    const waits = this.#asked > this.#answered && performance.now() - this.#askedAt < ANSWER_TIMEOUT_MS;
    // One question at a time: the next one is asked with the newest text when the answer is here. Not so where a word
    // was completed: with the next letter it could not be asked about any more.
    if (waits && !completes) this.#again = true;
    else this.ask();
  }

  // False, and said: the message would be too long with it.
  #replace(start, end, text, kind) {
    const before = this.#writing.text;
    const whole = before.slice(0, start) + text + before.slice(end);
    const count = characters(whole);
    if (count > LONGEST && count > characters(before)) {
      this.#tell(`Not inserted: the message would have ${figure(count)} of ${figure(LONGEST)} characters.`);
      return false;
    }
    const caret = start + text.length;
    this.#writing.change(whole, caret, caret, kind);
    this.#corrections.hide();
    this.#search.ignore(whole, start, caret);
    this.#write();
    this.#changed();
    return true;
  }

  // A misspelled word becomes right, or wrong again.
  #correct(text, start, end, kind, correction) {
    const writing = this.#writing;
    writing.change(text, start, end, kind, kind === "correct" ? correction : null);
    if (kind === "correct") writing.usage.corrected(correction);
    else writing.usage.correctionUndone(correction);
    this.#write();
    this.#changed();
  }

  #chooseReply(reply, index, id) {
    const before = this.#writing.text;
    if (before === reply.text) return; // pressed twice: it is there
    if (!this.#replace(0, before.length, reply.text, "suggestion")) return;
    this.#writing.usage.suggestionChosen(id, index + 1, reply.text, before);
    this.#replies.setActive(-1);
  }

  #insertFound(row, from, to, term) {
    if (this.#replace(from, to, row.text, "insert")) {
      this.#writing.usage.responseInserted(row.source, "drawer", term, row.text);
    }
    this.focus();
  }

  #acceptPhrase(words) {
    const { text } = this.#writing;
    const { phrase, id } = this.#ghost;
    if (!this.#replace(text.length, text.length, words, "phrase")) return;
    this.#writing.usage.phraseAccepted(id, this.#writing.text !== phrase);
    if (phrase.startsWith(this.#writing.text)) this.#ghost.offer(phrase, id);
    this.#mirrorText();
  }

  #took(step) {
    if (!step) return;
    this.#corrections.rewound(step);
    this.#search.close();
    this.#write();
    this.#changed();
  }

  #clicked() {
    // The field's own place: the browser says where the selection went only after the click.
    const { selectionStart: start, selectionEnd: end } = this.#field;
    this.#writing?.select(start, end);
    if (start === end && !this.isComposing && !this.#isLocked) this.#corrections.takeBack(this.#writing?.correctionAt(start));
  }

  // --- input methods ------------------------------------------------------------------------------------------------

  // Now, or when the words that are being composed are finished.
  #whenFree(step) {
    if (this.#composition) this.#later.push(step);
    else step();
  }

  #composes() {
    this.#composition = { before: this.#composition?.before ?? this.#writing?.text ?? "" };
  }

  // What an input method made of many keys counts as the characters that it has become. Some browsers report its last
  // input only after the end.
  #hasComposed() {
    const composition = this.#composition;
    setTimeout(() => {
      if (!composition || this.#composition !== composition) return;
      this.#composition = null;
      if (this.#writing) this.#writing.usage.edited(difference(composition.before, this.#writing.text).characters);
      for (const step of this.#later.splice(0)) step();
    });
  }

  // The agent has left these words for something else: the input method leaves them as they are.
  #finishComposition() {
    if (!this.#composition) return;
    const hasFocus = document.activeElement === this.#field;
    this.#field.blur();
    this.#composition = null;
    this.#later = [];
    if (hasFocus) this.#field.focus();
  }

  // --- keys ---------------------------------------------------------------------------------------------------------

  #key(event) {
    if (event.isComposing || event.keyCode === 229 || !this.#writing || this.#isLocked) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && !event.altKey && (event.code === "KeyZ" || event.code === "KeyY")) {
      event.preventDefault();
      if (event.code === "KeyY" || event.shiftKey) this.redo();
      else this.undo();
      return;
    }
    if (event.altKey && !command && /^Digit[1-3]$/.test(event.code)) {
      event.preventDefault();
      this.choose(Number(event.code.at(-1)) - 1);
      return;
    }
    if (event.key === "Escape") this.#mayLeave = true;
    const { text } = this.#writing;
    if (this.#search.isOpen ? this.#search.key(event, this.#sends(event)) : this.#replies.key(event, !text)) return;
    if (this.#keyOnGhost(event) || this.#keyStays(event)) return;
    if (event.key === "Backspace" && this.#corrections.backspace()) {
      event.preventDefault();
    } else if (event.key === "Enter" && this.#sends(event)) {
      event.preventDefault();
      if (this.#isTooLong) this.#say(this.#length.textContent);
      else if (!event.repeat) this.#hooks.send();
    } else if (event.key === "Escape") {
      this.#replies.dismiss(text);
    }
  }

  #sends(event) {
    if (event.shiftKey || event.altKey) return false;
    const command = event.ctrlKey || event.metaKey;
    return command || this.#hooks.preference("sendKey") !== "ctrl-enter";
  }

  #keyOnGhost(event) {
    const ghost = this.#search.isOpen ? "" : this.#ghost.words(this.#writing);
    if (!ghost) return false;
    const word = (event.ctrlKey || event.altKey) && event.key === "ArrowRight";
    const whole = (event.key === "Tab" && !event.shiftKey) || event.key === "ArrowRight";
    if (word || (whole && !event.ctrlKey && !event.altKey && !event.metaKey && !event.shiftKey)) {
      event.preventDefault();
      this.#acceptPhrase(word ? (ghost.match(/^\s*\S+/)?.[0] ?? ghost) : ghost);
      return true;
    }
    if (event.key !== "Escape") return false;
    event.preventDefault();
    this.#ghost.drop();
    this.#mirrorText();
    return true;
  }

  // Agents press Tab for the gray words, and often there are none: while they write it leads nowhere, least of all to
  // Send. Escape says that it shall lead on, as it does for somebody who came by Tab; F6 and Shift+Tab always do.
  #keyStays(event) {
    if (event.key !== "Tab" || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return false;
    if (this.#mayLeave || !this.#writing.text) return false;
    event.preventDefault();
    this.#tabHint.hidden = false;
    this.#say("No words to add. Escape, then Tab, leaves the field.");
    return true;
  }

  // The Tab key led here a moment ago, and the hand goes on with the text.
  #keyOnSend(event) {
    if (event.key !== " ") return;
    const isFirst = event.type === "keydown" && !event.repeat;
    if (isFirst) this.#isHasty = performance.now() - this.#sendFocusedAt < HASTY_MS;
    if (!this.#isHasty) return;
    event.preventDefault();
    if (isFirst) this.#say("Not sent. Press Space again to send.");
  }

  #closeLists() {
    if (this.#search.isOpen) this.#search.close();
    else this.#replies.setActive(-1);
  }

  // --- what is on screen --------------------------------------------------------------------------------------------

  #offer(frame) {
    const { id, replies, phrase } = frame;
    this.#ghost.offer(phrase, id);
    this.#replies.offer({ id, text: this.#writing.text, replies });
    this.#mirrorText();
    this.#sayOffers();
  }

  #show() {
    this.#write();
    this.#mirrorText();
    this.#showLength();
    this.#search.close();
  }

  #write() {
    const { text, start, end } = this.#writing;
    if (this.#field.value !== text) this.#field.value = text;
    this.#field.setSelectionRange(start, end);
  }

  #mirrorText() {
    this.#ghost.draw(this.#writing);
    this.#ghost.scrollTo(this.#field.scrollTop);
    this.#showGhost();
  }

  #showGhost() {
    this.#ghost.show(this.#writing, this.#search.isOpen);
  }

  // How long the message is, where that matters.
  #showLength() {
    const count = characters(this.#writing.text);
    const wasTooLong = this.#isTooLong;
    this.#isTooLong = count > LONGEST;
    this.#length.hidden = count < NEARLY_TOO_LONG;
    this.#length.classList.toggle("composer__length--over", this.#isTooLong);
    const over = this.#isTooLong ? `: ${figure(count - LONGEST)} too many. Shorten it, or send it in parts` : "";
    this.#length.textContent = `${figure(count)} of ${figure(LONGEST)} characters${over}.`;
    if (this.#isTooLong && !wasTooLong) this.#say(this.#length.textContent);
  }

  // Something that was asked for did not happen.
  #tell(text) {
    this.#length.hidden = false;
    this.#length.textContent = text;
    this.#say(text);
  }

  // A combobox while a list is in use, else a plain field of several lines.
  #expand(list, option) {
    const field = this.#field;
    if (!list) {
      for (const name of ["role", "aria-autocomplete", "aria-expanded", "aria-controls", "aria-activedescendant"]) {
        field.removeAttribute(name);
      }
      return;
    }
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-controls", list);
    if (option) field.setAttribute("aria-activedescendant", option);
    else field.removeAttribute("aria-activedescendant");
  }

  // Politely, when the agent pauses, and not more than once in two seconds.
  #sayOffers() {
    clearTimeout(this.#saying);
    const { all } = this.#replies;
    if (!this.#hooks.preference("announce") || (!all.length && !this.#ghost.words(this.#writing))) return;
    const wait = Math.max(700, SAY_AGAIN_MS - (performance.now() - this.#saidAt));
    this.#saying = setTimeout(() => {
      this.#saidAt = performance.now();
      const phrase = this.#ghost.words(this.#writing);
      const words = (all[0]?.title || all[0]?.text || "").replace(/[.!?]$/, "");
      const first = all[0] ? `First: ${words}. Alt 1 inserts it.` : "";
      const count = all.length ? `${all.length} ${all.length === 1 ? "reply" : "replies"}. ${first}` : "";
      this.#say(`${count}${phrase ? ` Tab adds: ${phrase}` : ""}`.trim());
    }, wait);
  }
}
