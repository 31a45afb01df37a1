import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Usage } from "#desk/usage.js";
import { FakeTime } from "./fakes.mjs";

let time;
let usage;

beforeEach(() => {
  time = new FakeTime();
  usage = new Usage(null, time.clock);
});

const types = () => usage.report().events.map(({ type }) => type);

describe("the times of a message", () => {
  it("run from its beginning to the first act, to the last act, to the report", () => {
    time.advance(2_000);
    usage.edited(1);
    time.advance(5_000);
    usage.edited(1);
    time.advance(3_000);
    const { figures } = usage.report();
    assert.deepEqual([figures.time_to_action, figures.crafting_time, figures.dwell_time], [2, 5, 3]);
  });

  it("are never negative, where somebody has set the clock back", () => {
    usage.edited(1);
    time.nowMs -= 60_000;
    const { figures } = usage.report();
    assert.deepEqual([figures.time_to_action, figures.dwell_time], [0, 0]);
  });
});

describe("what a message was made of", () => {
  it("is freehand where nothing helped", () => {
    usage.edited(20);
    assert.deepEqual(usage.report().augmentations, ["FREEHAND"]);
    assert.equal(usage.report().figures.num_edits, 0);
  });

  it("is a suggestion, with the edits after it", () => {
    usage.edited(3);
    usage.suggestionChosen("s1", 2, "A reply", "");
    usage.edited(4);
    const { augmentations, figures, events } = usage.report();
    assert.deepEqual(augmentations, ["AUTOSUGGEST"]);
    assert.equal(figures.num_edits, 4);
    assert.equal(figures.selected_suggestion_text, "A reply");
    assert.equal(figures.selected_suggestions_id, "s1");
    assert.equal(figures.selected_suggestion_index, 2);
    assert.deepEqual(events, [{ type: "suggestion-2-inserted", suggestions_id: "s1" }]);
  });

  it("is a completion where something was typed before", () => {
    usage.suggestionChosen("s1", 1, "A reply", "A r");
    assert.deepEqual(usage.report().augmentations, ["AUTOCOMPLETE"]);
  });

  it("counts edits from the last reply on", () => {
    usage.suggestionChosen("s1", 1, "A reply", "");
    usage.edited(9);
    usage.suggestionChosen("s2", 1, "Another", "A reply");
    assert.equal(usage.report().figures.num_edits, 0);
  });

  it("counts a phrase that is taken word by word once", () => {
    usage.phraseAccepted("s1", true);
    usage.phraseAccepted("s1", true);
    usage.phraseAccepted("s1", false);
    assert.equal(usage.report().figures.phrases_selected, 1);
    usage.phraseAccepted("s1", false);
    assert.equal(usage.report().figures.phrases_selected, 2);
  });

  it("counts a phrase anew where something was typed between", () => {
    usage.phraseAccepted("s1", true);
    usage.edited(1);
    usage.phraseAccepted("s1", true);
    assert.equal(usage.report().figures.phrases_selected, 2);
  });

  it("counts a phrase after a reply as an edit of it", () => {
    usage.suggestionChosen("s1", 1, "A reply", "");
    usage.phraseAccepted("s1", false);
    assert.equal(usage.report().figures.num_edits, 1);
  });

  for (const [source, from, augmentation, event] of [
    ["custom", "drawer", "CUSTOM_DRAWER", "custom-response-drawer-inserted"],
    ["custom", "panel", "CUSTOM_INSERT", "custom-panel-inserted"],
    ["global", "panel", "GLOBAL_INSERT", "global-panel-inserted"],
    ["global", "drawer", "GLOBAL_INSERT", "global-panel-inserted"],
  ]) {
    it(`names a ${source} response from the ${from}`, () => {
      usage.responseInserted(source, from, "query", "text");
      assert.deepEqual(usage.report().augmentations, [augmentation]);
      assert.deepEqual(types(), [event]);
    });
  }

  it("names corrections and their undoing, which are no acts of the agent", () => {
    usage.corrected({ id: "k1" });
    usage.correctionUndone({ id: "k1" });
    assert.deepEqual(usage.report().augmentations, ["FLUENCY_APPLY", "FLUENCY_UNDO"]);
    assert.deepEqual(types(), ["spellcheck-applied", "spellcheck-undone"]);
    assert.equal(usage.state.first, null);
  });

  it("has at most 500 augmentations and events", () => {
    for (let n = 0; n < 600; n += 1) usage.corrected({ id: `k${n}` });
    const { augmentations, events } = usage.report();
    assert.deepEqual([augmentations.length, events.length], [500, 500]);
  });
});

describe("what was shown", () => {
  it("begins with the first offer, then the chosen ones, then the latest", () => {
    for (const id of ["s1", "s2", "s3", "s4"]) usage.answered(id, true);
    usage.suggestionChosen("s2", 1, "x", "");
    const { shown, figures } = usage.report();
    assert.deepEqual(shown, ["s1", "s2", "s4", "s3"]);
    assert.equal(figures.initial_suggestions_id, "s1");
  });

  it("leaves out answers without replies", () => {
    usage.answered("s1", false);
    const { shown, figures } = usage.report();
    assert.deepEqual(shown, []);
    assert.equal("initial_suggestions_id" in figures, false);
  });

  it("has at most 50", () => {
    for (let n = 0; n < 80; n += 1) usage.answered(`s${n}`, true);
    const { shown } = usage.report();
    assert.equal(shown.length, 50);
    assert.deepEqual(shown.slice(0, 2), ["s0", "s79"]);
  });

  it("counts each phrase once, however often it is typed along", () => {
    usage.phraseShown("Thank you");
    usage.phraseShown("Thank you");
    usage.phraseShown("Thanks");
    assert.equal(usage.report().figures.phrases_presented, 2);
  });
});

describe("a draft", () => {
  it("keeps the report over a reload", () => {
    usage.answered("s1", true);
    usage.suggestionChosen("s1", 1, "A reply", "");
    const again = new Usage(JSON.parse(JSON.stringify(usage.state)), time.clock);
    assert.deepEqual(again.report(), usage.report());
  });

  it("has marks that later acts do not change", () => {
    const { mark } = usage;
    usage.suggestionChosen("s1", 1, "A reply", "");
    usage.backTo(mark);
    assert.deepEqual(usage.report().augmentations, ["FREEHAND"]);
    usage.suggestionChosen("s1", 1, "A reply", "");
    assert.deepEqual(mark.augmentations, []);
  });
});
