// The text field and what helps with it: replies above it, the rest of a phrase in it, corrections, quicksearch.
//
// Answers that are older than the text on screen change nothing. Everything that changes the text is one step of one
// history (`writing.js`).

import { difference } from "./writing.js";

const ANSWER_TIMEOUT_MS = 1_500;
const SAY_AGAIN_MS = 2_000;
const COMPLETES = /[^\p{L}\p{N}]$/u;
const SLASH = /(^|\s)\/([^\s/][^/\n]{0,60}|)$/;

// The server counts characters, the browser UTF-16 units.
const units = (text, points) => [...text].slice(0, points).join("").length;
const points = (text, at) => [...text.slice(0, at)].length;

export class Composer {
  #field;
  #mirror;
  #drawer;
  #popup;
  #hint;
  #ghostHint;
  #say;
  #hooks;
  #templates;
  #writing = null;
  #conversation = "";
  #asked = 0;
  #answered = 0;
  #askedAt = 0;
  #again = false;
  #span = null;
  #offers = { id: "", replies: [] };
  #phrase = "";
  #phraseId = "";
  #composed = null;
  #active = -1;
  #found = null;
  #searched = 0;
  #closedAt = -1; // the slash whose search was closed by Esc
  #dismissed = "";
  #lastCorrection = null;
  #saidAt = 0;
  #saying = null;

  // `hooks`: send(), changed(), ask(frame), word(word), announce(text), preference(name).
  constructor(root, templates, hooks) {
    this.#field = root.querySelector("[data-field]");
    this.#mirror = root.querySelector("[data-mirror]");
    this.#drawer = root.querySelector("[data-drawer]");
    this.#popup = root.querySelector("[data-popup]");
    this.#hint = root.querySelector("[data-corrected]");
    this.#ghostHint = root.querySelector("[data-ghost-hint]");
    this.#say = hooks.announce;
    this.#hooks = hooks;
    this.#templates = templates;
    const field = this.#field;
    field.addEventListener("input", (event) => this.#typed(event));
    field.addEventListener("compositionend", () => this.#hasComposed());
    field.addEventListener("beforeinput", (event) => this.#beforeInput(event));
    field.addEventListener("keydown", (event) => this.#key(event));
    field.addEventListener("click", () => this.#clicked());
    field.addEventListener("scroll", () => (this.#mirror.scrollTop = field.scrollTop), { passive: true });
    field.addEventListener("blur", () => this.#closeLists());
    document.addEventListener("selectionchange", () => this.#selected());
    for (const list of [this.#drawer, this.#popup]) {
      // The field keeps the focus while something is pressed.
      list.addEventListener("mousedown", (event) => event.preventDefault());
      list.addEventListener("click", (event) => this.#pressed(event));
    }
    this.#drawer.addEventListener("focus", () => this.#setActive(Math.max(0, this.#active)));
    this.#drawer.addEventListener("blur", () => this.#setActive(-1));
    this.#drawer.addEventListener("keydown", (event) => this.#keyOnDrawer(event));
    this.#hint.addEventListener("mousedown", (event) => event.preventDefault());
    this.#hint.querySelector("button").addEventListener("click", () => this.#undoCorrection(this.#lastCorrection));
  }

  get writing() {
    return this.#writing;
  }

  // Write in this conversation from now on.
  open(conversation, writing) {
    this.#conversation = conversation;
    this.#writing = writing;
    this.#forget();
    this.#show();
    this.ask();
  }

  focus() {
    this.#field.focus();
  }

  // The offers as they are now are old: something was said.
  ask() {
    if (!this.#writing) return;
    this.#asked += 1;
    this.#askedAt = performance.now();
    const { text } = this.#writing;
    const cursor = this.#span ? [points(text, this.#span[0]), points(text, this.#span[1])] : null;
    this.#again = false;
    this.#span = null;
    this.#hooks.ask({ t: "type", conversation: this.#conversation, n: this.#asked, text, ...(cursor && { cursor }) });
  }

  // --- what the server says -----------------------------------------------------------------------------------------

  offers(frame) {
    if (frame.conversation !== this.#conversation) return;
    this.#answered = Math.max(this.#answered, frame.n);
    if (frame.correction) this.#correct(frame.correction);
    if (frame.n === this.#asked && !this.#again) this.#offer(frame);
    if (this.#again && frame.n === this.#asked) this.ask();
  }

  found(frame) {
    if (frame.conversation !== this.#conversation || frame.n !== this.#searched || !this.#found) return;
    const { isWanted } = this.#found;
    Object.assign(this.#found, { rows: frame.rows, active: 0, isAnswered: true, isWanted: false });
    this.#showPopup();
    if (isWanted) this.#insertFound(0);
  }

  // Some words may not be sent. `spans` as the server counts.
  block(spans) {
    const { text } = this.#writing;
    this.#writing.blocked = spans.map(([from, to]) => [units(text, from), units(text, to)]);
    const [from, to] = this.#writing.blocked[0] ?? [text.length, text.length];
    this.#writing.select(from, to);
    this.#show();
    this.focus();
  }

  // --- what is asked from elsewhere on the page -----------------------------------------------------------------------

  // A response from the panel goes in where the cursor is; what is written stays.
  insert({ source, text, query = "" }) {
    if (!this.#writing) return;
    const { start, end } = this.#writing;
    this.#replace(start, end, text, "insert");
    this.#writing.usage.responseInserted(source, "panel", query, text);
    this.focus();
  }

  // Reply number `index`, from 0, takes the place of what is written.
  choose(index) {
    const reply = this.#shownReplies()[index];
    if (!reply || !this.#writing) return false;
    const before = this.#writing.text;
    if (before === reply.text) return true; // pressed twice: it is there
    this.#replace(0, before.length, reply.text, "suggestion");
    this.#writing.usage.suggestionChosen(this.#offers.id, index + 1, reply.text, before);
    this.#setActive(-1);
    return true;
  }

  undo() {
    this.#took(this.#writing?.undo());
  }

  redo() {
    this.#took(this.#writing?.redo());
  }

  // The text is this now, and so it was in another tab: no step of the history here.
  put(text, cursor, usage) {
    this.#writing.put(text, cursor, usage);
    this.#show();
    this.ask();
  }

  // Go on with this writing in the same conversation: the last one was sent, or came back.
  go(writing) {
    this.#writing = writing;
    this.#forget();
    this.#show();
    this.ask();
  }

  // --- the field ----------------------------------------------------------------------------------------------------

  #typed(event) {
    const field = this.#field;
    const before = this.#writing.text;
    const made = this.#writing.change(field.value, field.selectionStart, field.selectionEnd, this.#kind(event));
    if (event.isComposing) this.#composed ??= before;
    else this.#writing.usage.edited(made.characters);
    this.#hideCorrection();
    const from = Math.min(this.#span?.[0] ?? made.start, made.start);
    this.#span = [from, Math.max(field.selectionStart, from)];
    this.#dismissed = "";
    this.#changed(COMPLETES.test(field.value.slice(0, field.selectionStart)));
  }

  // What an input method made of many keys counts as the characters that it has become.
  #hasComposed() {
    if (this.#composed === null || !this.#writing) return;
    this.#writing.usage.edited(difference(this.#composed, this.#writing.text).characters);
    this.#composed = null;
  }

  #kind(event) {
    return event.inputType === "insertFromPaste" || event.inputType === "insertFromDrop" ? "paste" : "type";
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
    this.#phrase = this.#phrase.startsWith(this.#writing.text) ? this.#phrase : "";
    this.#mirrorText();
    this.#look();
    this.#hooks.changed();
    const waits = this.#asked > this.#answered && performance.now() - this.#askedAt < ANSWER_TIMEOUT_MS;
    // One question at a time: the next one is asked with the newest text when the answer is here. Not so where a word
    // was completed: with the next letter it could not be asked about any more.
    if (waits && !completes) this.#again = true;
    else this.ask();
  }

  #replace(start, end, text, kind, correction = null) {
    const before = this.#writing.text;
    const caret = start + text.length;
    this.#writing.change(before.slice(0, start) + text + before.slice(end), caret, caret, kind, correction);
    this.#hideCorrection();
    this.#write();
    this.#changed();
  }

  #show() {
    this.#write();
    this.#mirrorText();
    this.#showOffers();
    this.#closePopup();
  }

  #write() {
    const { text, start, end } = this.#writing;
    if (this.#field.value !== text) this.#field.value = text;
    this.#field.setSelectionRange(start, end);
  }

  #forget() {
    this.#offers = { id: "", replies: [] };
    this.#phrase = "";
    this.#again = false;
    this.#span = null;
    this.#dismissed = "";
    this.#closedAt = -1;
    this.#active = -1;
    this.#hideCorrection();
  }

  #took(step) {
    if (!step) return;
    this.#hideCorrection();
    // A correction that was taken back is never made again.
    if (step.gone) {
      this.#writing.usage.correctionUndone(step.gone);
      this.#hooks.word(step.gone.wrong);
    }
    if (step.back) this.#writing.usage.corrected(step.back);
    this.#write();
    this.#changed();
  }

  // --- keys ---------------------------------------------------------------------------------------------------------

  #key(event) {
    if (event.isComposing || event.keyCode === 229 || !this.#writing) return;
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
    if (this.#found ? this.#keyInPopup(event) : this.#keyInDrawer(event)) return;
    if (this.#keyOnGhost(event)) return;
    if (event.key === "Backspace" && this.#undoByBackspace()) {
      event.preventDefault();
    } else if (event.key === "Enter" && this.#sends(event)) {
      event.preventDefault();
      if (!event.repeat) this.#hooks.send();
    } else if (event.key === "Escape" && this.#offers.replies.length) {
      this.#dismissed = this.#writing.text || " ";
      this.#showOffers();
    }
  }

  #sends(event) {
    if (event.shiftKey || event.altKey) return false;
    const command = event.ctrlKey || event.metaKey;
    return command || this.#hooks.preference("sendKey") !== "ctrl-enter";
  }

  #keyInPopup(event) {
    const { rows, active, isAnswered } = this.#found;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (rows.length) this.#found.active = (active + (event.key === "ArrowDown" ? 1 : rows.length - 1)) % rows.length;
      this.#showPopup();
    } else if (event.key === "Enter" || event.key === "Tab") {
      // What is shown belongs to an older term until the answer is here. Nothing found: the words are a search, and
      // are not sent before Esc says that they are a message.
      if (isAnswered && !rows.length && event.key === "Tab") return false;
      if (isAnswered) this.#insertFound(active);
      else this.#found.isWanted = true;
    } else if (event.key === "Escape") {
      this.#closedAt = this.#found.from;
      this.#closePopup();
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  #keyInDrawer(event) {
    const count = this.#shownReplies().length;
    if (this.#active < 0) {
      if (event.key !== "ArrowUp" || this.#writing.text || !count) return false;
      this.#setActive(count - 1);
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const next = this.#active + (event.key === "ArrowUp" ? -1 : 1);
      this.#setActive(next >= count ? -1 : Math.max(0, next));
    } else if (event.key === "Enter" || event.key === "Tab") {
      this.choose(this.#active);
    } else if (event.key === "Escape") {
      this.#setActive(-1);
    } else {
      this.#setActive(-1);
      return false;
    }
    event.preventDefault();
    return true;
  }

  // The focus is in the replies themselves: the Tab key leads there too.
  #keyOnDrawer(event) {
    const count = this.#drawer.childElementCount;
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (step) {
      this.#setActive((this.#active + step + count) % count);
    } else if (event.key === "Enter" || event.key === " ") {
      this.choose(this.#active);
      this.focus();
    } else if (event.key === "Escape") {
      this.focus();
    } else {
      return;
    }
    event.preventDefault();
  }

  #keyOnGhost(event) {
    const ghost = this.#ghost();
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
    this.#phrase = "";
    this.#mirrorText();
    return true;
  }

  #acceptPhrase(ghost) {
    const { text } = this.#writing;
    const phrase = this.#phrase;
    this.#replace(text.length, text.length, ghost, "phrase");
    this.#writing.usage.phraseAccepted(this.#phraseId, this.#writing.text !== phrase);
    if (phrase.startsWith(this.#writing.text)) this.#phrase = phrase;
    this.#mirrorText();
  }

  // --- replies ------------------------------------------------------------------------------------------------------

  #offer(frame) {
    const { replies } = frame;
    this.#offers = { id: frame.id, replies };
    this.#phrase = frame.phrase;
    this.#phraseId = frame.id;
    this.#writing.usage.answered(frame.id, replies.length > 0);
    if (this.#active >= replies.length) this.#active = -1;
    this.#showOffers();
    this.#mirrorText();
    this.#sayOffers(replies);
  }

  #shownReplies() {
    return this.#dismissed && this.#dismissed.trim() === this.#writing.text.trim() ? [] : this.#offers.replies;
  }

  #showOffers() {
    const replies = this.#shownReplies();
    const options = replies.map((reply, index) => {
      const option = this.#templates.reply.content.firstElementChild.cloneNode(true);
      option.id = `reply-${index}`;
      option.dataset.index = index;
      option.querySelector("[data-key]").textContent = `Alt ${index + 1}`;
      option.querySelector("[data-title]").textContent = reply.title;
      option.querySelector("[data-text]").textContent = reply.text;
      option.querySelector("[data-source]").textContent = SOURCES[reply.source] ?? "";
      option.title = reply.text;
      return option;
    });
    this.#drawer.replaceChildren(...options);
    this.#drawer.tabIndex = options.length ? 0 : -1;
    this.#setActive(Math.min(this.#active, options.length - 1));
  }

  #setActive(index) {
    this.#active = index;
    const options = [...this.#drawer.children];
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
    const chosen = options[index];
    chosen?.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (chosen && document.activeElement === this.#drawer) this.#drawer.setAttribute("aria-activedescendant", chosen.id);
    else this.#drawer.removeAttribute("aria-activedescendant");
    if (!this.#found && document.activeElement !== this.#drawer) this.#expand(chosen ? this.#drawer : null, chosen?.id);
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
    field.setAttribute("aria-controls", list.id);
    if (option) field.setAttribute("aria-activedescendant", option);
    else field.removeAttribute("aria-activedescendant");
  }

  // Politely, when the agent pauses, and not more than once in two seconds.
  #sayOffers(replies) {
    clearTimeout(this.#saying);
    if (!this.#hooks.preference("announce") || (!replies.length && !this.#phrase)) return;
    const wait = Math.max(700, SAY_AGAIN_MS - (performance.now() - this.#saidAt));
    this.#saying = setTimeout(() => {
      this.#saidAt = performance.now();
      const phrase = this.#ghost();
      const words = (replies[0]?.title || replies[0]?.text || "").replace(/[.!?]$/, "");
      const first = replies[0] ? `First: ${words}. Alt 1 inserts it.` : "";
      const count = replies.length ? `${replies.length} ${replies.length === 1 ? "reply" : "replies"}. ${first}` : "";
      this.#say(`${count}${phrase ? ` Tab adds: ${phrase}` : ""}`.trim());
    }, wait);
  }

  #pressed(event) {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    if (this.#popup.contains(option)) this.#insertFound(Number(option.dataset.index));
    else this.choose(Number(option.dataset.index));
    this.focus();
  }

  // --- the phrase and the marks, behind the text ----------------------------------------------------------------------

  #ghost() {
    const { text, start, end } = this.#writing ?? {};
    if (!text || this.#found || start !== end || end !== text.length || !this.#phrase.startsWith(text)) return "";
    return this.#phrase.slice(text.length);
  }

  #showGhost() {
    const ghost = this.#mirror.querySelector("[data-ghost]");
    const words = this.#ghost();
    if (ghost) ghost.textContent = words;
    this.#ghostHint.hidden = !words;
    if (words) this.#writing.usage.phraseShown(this.#phrase);
  }

  #mirrorText() {
    const { text, corrections, blocked } = this.#writing;
    const marks = [
      ...corrections.map((one) => ({ from: one.start, to: one.start + one.right.length, name: "corrected" })),
      ...blocked.map(([from, to]) => ({ from, to, name: "blocked" })),
    ].sort((a, b) => a.from - b.from);
    const parts = [];
    let place = 0;
    for (const { from, to, name } of marks) {
      if (from < place) continue;
      const mark = document.createElement("mark");
      mark.className = `composer__${name}`;
      mark.textContent = text.slice(from, to);
      parts.push(text.slice(place, from), mark);
      place = to;
    }
    const ghost = document.createElement("span");
    ghost.className = "composer__ghost";
    ghost.dataset.ghost = "";
    // A last empty line has a height only if something stands in it.
    this.#mirror.replaceChildren(...parts, text.slice(place), ghost, "\u200b");
    this.#mirror.scrollTop = this.#field.scrollTop;
    this.#showGhost();
  }

  // --- corrections --------------------------------------------------------------------------------------------------

  #correct({ id, misspelled, corrected, position }) {
    this.#selected(); // the caret may have moved a moment ago, and its event not come yet
    const { text, start, end } = this.#writing;
    const from = units(text, position);
    const to = from + misspelled.length;
    // By now the text may be another one: only the very word is corrected, and only once it is complete.
    if (text.slice(from, to) !== misspelled || /[\p{L}\p{N}]/u.test(text[to] ?? "x")) return;
    if (!this.#hooks.mayCorrect(misspelled)) return;
    const shift = corrected.length - misspelled.length;
    const at = (place) => (place >= to ? place + shift : Math.min(place, from + corrected.length));
    const correction = { id, start: from, wrong: misspelled, right: corrected };
    this.#writing.change(text.slice(0, from) + corrected + text.slice(to), at(start), at(end), "correct", correction);
    this.#writing.usage.corrected(correction);
    this.#write();
    this.#changed();
    this.#lastCorrection = correction;
    this.#hint.querySelector("[data-what]").textContent = `“${misspelled}” is now “${corrected}”`;
    this.#hint.hidden = false;
    this.#say(`${misspelled} corrected to ${corrected}. Control Z takes it back.`);
  }

  #hideCorrection() {
    this.#lastCorrection = null;
    this.#hint.hidden = true;
  }

  #undoByBackspace() {
    const last = this.#lastCorrection;
    const { start, end } = this.#writing;
    if (!last || start !== end || start !== last.start + last.right.length + 1) return false;
    this.#undoCorrection(last);
    return true;
  }

  #undoCorrection(correction) {
    if (!correction) return;
    const { text, start } = this.#writing;
    const { wrong, right } = correction;
    const from = correction.start;
    const caret = start >= from + right.length ? start + wrong.length - right.length : start;
    const whole = text.slice(0, from) + wrong + text.slice(from + right.length);
    this.#writing.change(whole, caret, caret, "uncorrect");
    this.#writing.usage.correctionUndone(correction);
    this.#hooks.word(wrong);
    this.#hideCorrection();
    this.#write();
    this.#changed();
    this.focus();
  }

  #clicked() {
    // The field's own place: the browser says where the selection went only after the click.
    const { selectionStart: start, selectionEnd: end } = this.#field;
    this.#writing?.select(start, end);
    if (start === end) this.#undoCorrection(this.#writing?.correctionAt(start));
  }

  // --- quicksearch ----------------------------------------------------------------------------------------------------

  // Does the text before the cursor ask for a response?
  #look() {
    const { text, start, end } = this.#writing;
    const asked = start === end ? SLASH.exec(text.slice(0, start)) : null;
    const term = asked?.[2] ?? "";
    const from = asked ? start - term.length - 1 : -1;
    if (from !== this.#closedAt) this.#closedAt = -1;
    if (!asked || from === this.#closedAt) {
      if (this.#found) this.#closePopup();
      return;
    }
    this.#searched += 1;
    const { rows = [], active = 0 } = this.#found ?? {};
    this.#found = { term, from, to: start, rows, active, isAnswered: false, isWanted: false };
    this.#hooks.ask({ t: "search", conversation: this.#conversation, n: this.#searched, term });
    this.#showPopup();
  }

  #showPopup() {
    const { rows, term, active, isAnswered } = this.#found;
    const options = rows.map((row, index) => {
      const option = this.#templates.found.content.firstElementChild.cloneNode(true);
      option.id = `found-${index}`;
      option.dataset.index = index;
      option.setAttribute("aria-selected", String(index === active));
      option.querySelector("[data-title]").textContent = row.title || row.text;
      option.querySelector("[data-text]").textContent = row.title ? row.text : "";
      option.querySelector("[data-source]").textContent = [SOURCES[row.source], row.folder].filter(Boolean).join(" · ");
      return option;
    });
    this.#popup.replaceChildren(...options);
    const none = this.#popup.parentElement.querySelector("[data-none]");
    none.hidden = rows.length > 0;
    if (!isAnswered) none.textContent = "Searching";
    else none.textContent = term ? `No response matches “${term}”` : "There are no responses yet";
    this.#popup.parentElement.hidden = false;
    this.#popup.children[active]?.scrollIntoView({ block: "nearest" });
    this.#expand(this.#popup, rows.length ? `found-${active}` : "");
  }

  #insertFound(index) {
    const row = this.#found.rows[index];
    const { from, to, term } = this.#found;
    if (!row) return;
    this.#closePopup();
    this.#replace(from, to, row.text, "insert");
    this.#writing.usage.responseInserted(row.source, "drawer", term, row.text);
  }

  #closePopup() {
    this.#found = null;
    this.#active = -1;
    this.#popup.parentElement.hidden = true;
    this.#expand(null);
  }

  #closeLists() {
    if (this.#found) this.#closePopup();
    else if (this.#active >= 0) this.#setActive(-1);
  }
}

const SOURCES = { global: "Global", custom: "Custom", organic: "Your own words", company: "Often said here" };
