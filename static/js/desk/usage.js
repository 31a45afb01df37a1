// How a message was made, for the message-sent event and the message analytic events (contract README section 2).
//
// A draft keeps it over a reload, so its moments are milliseconds since the epoch.

const MAX_SHOWN = 50;
const MAX_CHOSEN = 40;
const MAX_EVENTS = 500;

export class Usage {
  #nowMs;

  // `state`: that of an earlier `Usage`, or null.
  constructor(state = null, nowMs = Date.now) {
    this.#nowMs = nowMs;
    this.state = state ?? {
      begun: nowMs(),
      first: null,
      last: null,
      // What the undoing of a step restores.
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
    this.state.last = this.#nowMs();
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
    state.shown = [...state.shown.filter((one) => one !== id), id].slice(-MAX_SHOWN);
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
    this.state.chosen = [...this.state.chosen, id].slice(-MAX_CHOSEN);
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
  responseInserted(source, from, query, text) {
    this.act();
    if (source === "custom" && from === "drawer") {
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

  // What `backTo` restores when a step is undone or done again.
  get mark() {
    return structuredClone(this.state.made);
  }

  backTo(mark) {
    this.state.made = structuredClone(mark);
    this.state.inParts = false;
  }

  report() {
    const { begun, first, last, made, initial, presented, chosen, shown, events } = this.state;
    const now = this.#nowMs();
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
      shown: [...new Set([initial, ...chosen, ...[...shown].reverse()])].filter(Boolean).slice(0, MAX_SHOWN),
    };
  }

  #augment(type) {
    const { augmentations } = this.state.made;
    if (augmentations.length < MAX_EVENTS) augmentations.push(type);
  }

  #event(type, fields) {
    if (this.state.events.length < MAX_EVENTS) {
      this.state.events.push({ type, suggestions_id: this.state.latest, ...fields });
    }
  }
}
