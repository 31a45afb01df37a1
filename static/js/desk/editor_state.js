// The text of one conversation as the agent writes it: selection, corrections, one history for all that changes it, and
// which question about it waits for an answer.

import { Usage } from "#desk/usage.js";

const SAME_STEP_MS = 1_000;
const MAX_STEPS = 300;
const OFFERS_TIMEOUT_MS = 1_500;
// Steps whose part in the report goes with them when the agent undoes them. Corrections report both instead.
const REPORT_UNDONE = new Set(["suggestion", "phrase", "insert"]);

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

// The corrections that a change left whole, at their new positions.
function moved(corrections, { start, removed, added }) {
  return corrections
    .filter((one) => one.start + one.right.length <= start || one.start >= start + removed)
    .map((one) => (one.start >= start + removed ? { ...one, start: one.start + added - removed } : one));
}

export class EditorState {
  text = "";
  start = 0;
  end = 0;
  corrections = [];
  blocked = [];
  #past = [];
  #future = [];
  #clock;

  // `usage`: the stored state of `Usage`, or null. `clock()` returns milliseconds.
  constructor({ revision = 0, text = "", cursor = text.length, usage = null, clock = () => performance.now() } = {}) {
    this.revision = revision;
    this.usage = new Usage(usage);
    this.#clock = clock;
    Object.assign(this, { text, start: cursor, end: cursor });
  }

  // Change the text to this one; returns the difference. `kind` "type" joins steps that follow each other, any other kind
  // is a step of its own. `correction`: what this change corrected, or null.
  change(text, start, end, kind, correction = null) {
    const made = difference(this.text, text);
    this.#record(kind, text, made);
    this.corrections = moved(this.corrections, made);
    if (correction) this.corrections = [...this.corrections, correction].sort((a, b) => a.start - b.start);
    Object.assign(this, { text, start, end, blocked: [] });
    this.#future = [];
    return made;
  }

  select(start, end) {
    Object.assign(this, { start, end });
  }

  // Returns the step that was undone, or null. `gone` and `back`: the correction that left with it, or came again.
  undo() {
    return this.#step(this.#past, this.#future);
  }

  redo() {
    return this.#step(this.#future, this.#past);
  }

  // The correction at this position of the text, or null.
  correctionAt(position) {
    return this.corrections.find((one) => position >= one.start && position <= one.start + one.right.length) ?? null;
  }

  // Take the text of another tab or desk. Nothing of it can be undone here.
  replace(text, cursor, usage) {
    Object.assign(this, { text, start: cursor, end: cursor, corrections: [], blocked: [] });
    this.#past = [];
    this.#future = [];
    this.usage = new Usage(usage);
  }

  #record(kind, text, made) {
    const last = this.#past.at(-1);
    const now = this.#clock();
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
    this.#past.push({ ...this.#snapshot(), kind, at: now, removes: made.removed > 0 });
    if (this.#past.length > MAX_STEPS) this.#past.shift();
  }

  #snapshot() {
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
    to.push({ ...this.#snapshot(), kind: step.kind, at: 0, removes: step.removes });
    Object.assign(this, {
      text: step.text,
      start: step.start,
      end: step.end,
      corrections: step.corrections,
      blocked: [],
    });
    if (REPORT_UNDONE.has(step.kind)) this.usage.backTo(step.mark);
    return { kind: step.kind, gone, back };
  }
}

// Which question about the text waits for its offers: one at a time, the next one with the newest text.
export class Questions {
  #asked = 0;
  #answered = 0;
  #askedAt = 0;
  #isWaiting = false; // the text has changed since the last question
  #clock;

  constructor(clock = () => performance.now()) {
    this.#clock = clock;
  }

  // Returns the number of the new question.
  ask() {
    this.#asked += 1;
    this.#askedAt = this.#clock();
    this.#isWaiting = false;
    return this.#asked;
  }

  // May a question go now? Else the text waits for the answer to the last one. Where a word is complete the question is
  // urgent: with the next letter nobody could ask about it any more.
  mayAsk(isUrgent) {
    const isAwaited = this.#asked > this.#answered && this.#clock() - this.#askedAt < OFFERS_TIMEOUT_MS;
    this.#isWaiting = isAwaited && !isUrgent;
    return !this.#isWaiting;
  }

  answered(n) {
    this.#answered = Math.max(this.#answered, n);
  }

  // What the answer to question `n` is good for: "show" where it is for the text on screen, "ask" where a newer text
  // waited for it, "" where it is too old.
  use(n) {
    if (n !== this.#asked) return "";
    return this.#isWaiting ? "ask" : "show";
  }

  // No answer will come to the last question.
  skip() {
    this.#answered = this.#asked;
  }

  forget() {
    this.#isWaiting = false;
  }
}
