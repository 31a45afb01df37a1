// What is being written in one conversation: the text, one history for all that changes it, the corrections in it, and
// the figures that are reported when it is sent.

const SAME_STEP_MS = 1_000;
const MOST_STEPS = 300;
const MOST_SHOWN = 50;
const MOST_CHOSEN = 40;
const MOST_EVENTS = 500;
// Steps whose part in the report goes with them when they are taken back. Corrections tell both instead.
const GIVE_BACK = new Set(["suggestion", "phrase", "insert"]);

// Where two texts differ, in UTF-16 units, and how many characters left and came.
export function difference(before, after) {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const removed = before.slice(start, before.length - end);
  const added = after.slice(start, after.length - end);
  return { start, removed: removed.length, added: added.length, characters: [...removed].length + [...added].length };
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
  #past = [];
  #future = [];

  // `usage`: what was kept of the making of this text.
  constructor(revision = 0, text = "", cursor = text.length, usage = null) {
    this.revision = revision;
    this.usage = new Usage(usage);
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

  // The step that was taken back, or null. `gone` and `back`: the correction that left with it, or came again.
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
  put(text, cursor, usage) {
    Object.assign(this, { text, start: cursor, end: cursor, corrections: [], blocked: [] });
    this.#past = [];
    this.#future = [];
    this.usage = new Usage(usage);
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
    const { text, start, end, corrections, usage } = this;
    return { text, start, end, corrections, mark: usage.mark };
  }

  #step(from, to) {
    const step = from.pop();
    if (!step) return null;
    const without = (some, others) => some.filter((one) => !others.some((other) => other.id === one.id))[0] ?? null;
    const corrects = step.kind === "correct";
    const gone = corrects ? without(this.corrections, step.corrections) : null;
    const back = corrects ? without(step.corrections, this.corrections) : null;
    to.push({ ...this.#now(), kind: step.kind, at: 0, removes: step.removes });
    Object.assign(this, { text: step.text, start: step.start, end: step.end, corrections: step.corrections, blocked: [] });
    if (GIVE_BACK.has(step.kind)) this.usage.backTo(step.mark);
    return { kind: step.kind, gone, back };
  }
}

// How a message was made, as the message-sent event and the message analytic events want to know it (contract README
// section 2). It can be kept with a draft and go on after a reload: moments are milliseconds since the epoch.
export class Usage {
  // `kept`: what `state` was.
  constructor(kept = null) {
    this.state = kept ?? {
      begun: Date.now(),
      first: null,
      last: null,
      // What an undone step gives back.
      made: { replaced: false, augmentations: [], num_edits: 0, phrases_selected: 0, selected: {} },
      events: [],
      initial: "",
      chosen: [],
      shown: [],
      latest: "",
      presented: 0,
      phrase: "",
      inParts: false,
    };
  }

  // The agent did something: typed, chose, accepted, inserted or pasted.
  act() {
    this.state.last = Date.now();
    this.state.first ??= this.state.last;
  }

  // `characters` were typed or deleted; they count from the last reply on that took the place of all.
  edited(characters) {
    this.act();
    this.state.inParts = false;
    if (this.state.made.replaced) this.state.made.num_edits += characters;
  }

  // An answer to what is on screen: the latest suggestions call. `shows`: it had replies.
  answered(id, shows) {
    const { state } = this;
    state.latest = id;
    if (!shows) return;
    state.initial ||= id;
    state.shown = [...state.shown.filter((one) => one !== id), id].slice(-MOST_SHOWN);
  }

  // `phrase`: the text as it would be; each counts once, however often it is typed along.
  phraseShown(phrase) {
    if (phrase !== this.state.phrase) this.state.presented += 1;
    this.state.phrase = phrase;
  }

  // A whole reply took the place of what was written. `index` from 1.
  suggestionChosen(id, index, text, before) {
    this.act();
    const { made } = this.state;
    Object.assign(made, {
      replaced: true,
      num_edits: 0,
      selected: { selected_suggestion_text: text, selected_suggestions_id: id, selected_suggestion_index: index },
    });
    this.#augment(before.trim() ? "AUTOCOMPLETE" : "AUTOSUGGEST");
    this.state.chosen = [...this.state.chosen, id].slice(-MOST_CHOSEN);
    this.#event(`suggestion-${index}-inserted`, { suggestions_id: id });
  }

  // The phrase, or a word of it (`isPart`). What is taken word by word, with nothing typed between, was selected once.
  phraseAccepted(id, isPart) {
    this.act();
    const { made, inParts } = this.state;
    if (made.replaced) made.num_edits += 1;
    this.state.inParts = isPart;
    if (inParts) return;
    made.phrases_selected += 1;
    this.#augment("PHRASE_AUTOCOMPLETE");
    this.#event("phrase-completion-accepted", { suggestions_id: id });
  }

  // From the drawer of `/` or from the panel at the right. There is no documented type for a global one by `/`.
  responseInserted(source, place, query, text) {
    this.act();
    if (source === "custom" && place === "drawer") {
      this.#augment("CUSTOM_DRAWER");
      this.#event("custom-response-drawer-inserted", { query, text });
    } else {
      const custom = source === "custom";
      this.#augment(custom ? "CUSTOM_INSERT" : "GLOBAL_INSERT");
      this.#event(custom ? "custom-panel-inserted" : "global-panel-inserted", { text });
    }
  }

  // Neither a correction nor its undoing is an action of the agent that the timers know.
  corrected({ id }) {
    this.#augment("FLUENCY_APPLY");
    this.#event("spellcheck-applied", { correction_id: id });
  }

  correctionUndone({ id }) {
    this.#augment("FLUENCY_UNDO");
    this.#event("spellcheck-undone", { correction_id: id });
  }

  // What a step that is taken back, and done again, gives back.
  get mark() {
    return structuredClone(this.state.made);
  }

  backTo(mark) {
    this.state.made = structuredClone(mark);
    this.state.inParts = false;
  }

  report() {
    const { begun, first, last, made, initial, presented, chosen, shown, events } = this.state;
    const now = Date.now();
    const seconds = (from, to) => Math.max(0, (to ?? now) - (from ?? now)) / 1000;
    return {
      augmentations: made.augmentations.length ? made.augmentations : ["FREEHAND"],
      figures: {
        ...made.selected,
        num_edits: made.num_edits,
        ...(initial && { initial_suggestions_id: initial }),
        time_to_action: seconds(begun, first),
        crafting_time: seconds(first, last),
        dwell_time: seconds(last, now),
        phrases_presented: presented,
        phrases_selected: made.phrases_selected,
      },
      events,
      // The first ones and those that were chosen before all others.
      shown: [...new Set([initial, ...chosen, ...shown.toReversed()])].filter(Boolean).slice(0, MOST_SHOWN),
    };
  }

  #augment(type) {
    const { augmentations } = this.state.made;
    if (augmentations.length < MOST_EVENTS) augmentations.push(type);
  }

  #event(type, fields) {
    if (this.state.events.length < MOST_EVENTS) {
      this.state.events.push({ type, suggestions_id: this.state.latest, ...fields });
    }
  }
}
