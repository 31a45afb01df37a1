// What is being written in one conversation: the text, one history for all that changes it, the corrections in it, and
// the figures that are reported when it is sent.

const SAME_STEP_MS = 1_000;
const MOST_STEPS = 300;
const MOST_SHOWN = 50;

// How many characters are the same at the start and at the end of two texts.
function difference(before, after) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return { start, removed: before.length - start - end, added: after.length - start - end };
}

// Corrections that a change left whole, at their new places.
function moved(corrections, { start, removed, added }) {
  return corrections
    .filter((one) => one.start + one.right.length <= start || one.start >= start + removed)
    .map((one) => (one.start >= start + removed ? { ...one, start: one.start + added - removed } : one));
}

export class Writing {
  text = "";
  start = 0;
  end = 0;
  corrections = [];
  blocked = [];
  revision = 0;
  usage = new Usage();
  #past = [];
  #future = [];

  constructor(revision = 0, text = "", cursor = text.length) {
    this.revision = revision;
    Object.assign(this, { text, start: cursor, end: cursor });
  }

  // The text becomes this one. `kind` "type" joins steps that follow each other; anything else is a step of its own.
  // `correction`: what this change corrected.
  change(text, start, end, kind, correction = null) {
    const made = difference(this.text, text);
    this.#keep(kind, text, made);
    this.corrections = moved(this.corrections, made);
    if (correction) this.corrections = [...this.corrections, correction].sort((a, b) => a.start - b.start);
    Object.assign(this, { text, start, end, blocked: [] });
    this.#future = [];
    return made;
  }

  select(start, end) {
    Object.assign(this, { start, end });
  }

  // The step that was taken back, or null. `correction` is set where a correction was.
  undo() {
    return this.#step(this.#past, this.#future);
  }

  redo() {
    return this.#step(this.#future, this.#past);
  }

  // The correction that stands at this place of the text.
  correctionAt(place) {
    return this.corrections.find((one) => place >= one.start && place <= one.start + one.right.length) ?? null;
  }

  // The text is this one now, as somebody wrote it elsewhere: nothing of it can be undone here.
  put(text, cursor) {
    Object.assign(this, { text, start: cursor, end: cursor, corrections: [], blocked: [] });
    this.#past = [];
    this.#future = [];
    this.usage = new Usage();
  }

  #keep(kind, text, made) {
    const last = this.#past.at(-1);
    const now = performance.now();
    const joins =
      kind === "type" &&
      last?.kind === "type" &&
      !this.#future.length &&
      now - last.at < SAME_STEP_MS &&
      made.removed > 0 === last.removes &&
      !(made.added && /\s/.test(text[made.start] ?? ""));
    if (joins) {
      last.at = now;
      return;
    }
    this.#past.push({ ...this.#now(), kind, at: now, removes: made.removed > 0 });
    if (this.#past.length > MOST_STEPS) this.#past.shift();
  }

  #now() {
    return { text: this.text, start: this.start, end: this.end, corrections: this.corrections };
  }

  #step(from, to) {
    const step = from.pop();
    if (!step) return null;
    const gone = this.corrections.filter((one) => !step.corrections.some((other) => other.id === one.id));
    to.push({ ...this.#now(), kind: step.kind, at: 0, removes: step.removes });
    Object.assign(this, { text: step.text, start: step.start, end: step.end, corrections: step.corrections, blocked: [] });
    return { kind: step.kind, correction: step.kind === "correct" ? (gone[0] ?? null) : null };
  }
}

// How a message was made, as the message-sent event and the message analytic events want to know it. Times: seconds.
export class Usage {
  #begun = performance.now();
  #first = null;
  #last = null;
  #replaced = false;
  #augmentations = [];
  #events = [];
  #shown = new Map();
  #latest = "";
  #figures = { num_edits: 0, phrases_presented: 0, phrases_selected: 0 };
  #phrase = "";

  // The agent did something: typed, chose, accepted, inserted or pasted.
  act() {
    this.#last = performance.now();
    this.#first ??= this.#last;
  }

  edited(made) {
    this.act();
    if (this.#replaced) this.#figures.num_edits += made.added + made.removed;
  }

  offersShown(id) {
    this.#latest = id;
    this.#shown.set(id, true);
    this.#figures.initial_suggestions_id ??= id;
    // The first stays: it is the initial one.
    if (this.#shown.size > MOST_SHOWN) this.#shown.delete([...this.#shown.keys()][1]);
  }

  phraseShown(phrase) {
    if (phrase !== this.#phrase) this.#figures.phrases_presented += 1;
    this.#phrase = phrase;
  }

  // A whole reply took the place of what was written. `index` from 1.
  suggestionChosen(id, index, text, before) {
    this.act();
    this.#replaced = true;
    Object.assign(this.#figures, {
      num_edits: 0,
      selected_suggestion_text: text,
      selected_suggestions_id: id,
      selected_suggestion_index: index,
    });
    this.#augmentations.push(before ? "AUTOCOMPLETE" : "AUTOSUGGEST");
    this.#event(`suggestion-${index}-inserted`, { query: before, text, suggestions_id: id });
  }

  phraseAccepted(text) {
    this.act();
    if (this.#replaced) this.#figures.num_edits += 1;
    this.#figures.phrases_selected += 1;
    this.#augmentations.push("PHRASE_AUTOCOMPLETE");
    this.#event("phrase-completion-accepted", { text });
  }

  responseInserted(source, place, query, text) {
    this.act();
    const custom = source === "custom";
    if (place === "drawer" && custom) {
      this.#augmentations.push("CUSTOM_DRAWER");
      this.#event("custom-response-drawer-inserted", { query, text });
    } else {
      this.#augmentations.push(custom ? "CUSTOM_INSERT" : "GLOBAL_INSERT");
      this.#event(custom ? "custom-panel-inserted" : "global-panel-inserted", { query, text });
    }
  }

  corrected(correction) {
    this.#augmentations.push("FLUENCY_APPLY");
    this.#event("spellcheck-applied", { correction_id: correction.id, query: correction.wrong, text: correction.right });
  }

  correctionUndone(correction) {
    this.act();
    this.#augmentations.push("FLUENCY_UNDO");
    this.#event("spellcheck-undone", { correction_id: correction.id, query: correction.right, text: correction.wrong });
  }

  report() {
    const now = performance.now();
    const first = this.#first ?? now;
    const last = this.#last ?? now;
    const seconds = (from, to) => Math.max(0, Math.round(to - from) / 1000);
    return {
      augmentations: this.#augmentations.length ? this.#augmentations.slice(0, 500) : ["FREEHAND"],
      figures: {
        ...this.#figures,
        time_to_action: seconds(this.#begun, first),
        crafting_time: seconds(first, last),
        dwell_time: seconds(last, now),
      },
      events: this.#events.slice(0, 500),
      shown: [...this.#shown.keys()],
    };
  }

  #event(type, fields) {
    this.#events.push({ type, suggestions_id: this.#latest, ...fields });
  }
}
