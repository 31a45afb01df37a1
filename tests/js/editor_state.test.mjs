import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { difference, EditorState, Questions } from "#desk/editor_state.js";
import { FakeTime } from "./fakes.mjs";

let time;
let state;

beforeEach(() => {
  time = new FakeTime();
  state = new EditorState({ clock: time.clock });
});

// Type a text at the end, key by key.
function type(text) {
  for (const letter of text) {
    const whole = state.text + letter;
    state.change(whole, whole.length, whole.length, "type");
    time.advance(50);
  }
}

const replaceAll = (text, kind) => state.change(text, text.length, text.length, kind);

function correct(wrong, right, id = "k1") {
  const start = state.text.indexOf(wrong);
  const whole = state.text.replace(wrong, right);
  state.change(whole, whole.length, whole.length, "correct", { id, start, wrong, right });
}

describe("difference", () => {
  for (const [before, after, start, removed, added] of [
    ["", "", 0, 0, 0],
    ["", "ab", 0, 0, 2],
    ["ab", "", 0, 2, 0],
    ["abc", "abXc", 2, 0, 1],
    ["abc", "aXc", 1, 1, 1],
    ["aaa", "aa", 2, 1, 0],
    ["same", "same", 4, 0, 0],
  ]) {
    it(`finds what changed from "${before}" to "${after}"`, () => {
      const found = difference(before, after);
      assert.deepEqual([found.start, found.removed, found.added], [start, removed, added]);
    });
  }

  it("counts characters, not UTF-16 units", () => {
    assert.equal(difference("a", "a👍👍").characters, 2);
  });
});

describe("history", () => {
  it("undoes words, not letters, and does them again", () => {
    type("Hello there");
    assert.equal(state.undo().kind, "type");
    assert.equal(state.text, "Hello");
    state.undo();
    assert.equal(state.text, "");
    assert.equal(state.undo(), null);
    state.redo();
    state.redo();
    assert.equal(state.text, "Hello there");
    assert.equal(state.redo(), null);
  });

  it("begins a step after a pause, and where typing turns into deleting", () => {
    type("ab");
    time.advance(1_000);
    type("cd");
    state.change("abc", 3, 3, "type");
    state.undo();
    assert.equal(state.text, "abcd");
    state.undo();
    assert.equal(state.text, "ab");
  });

  it("takes every other kind of change as a step of its own", () => {
    type("Hi");
    replaceAll("Hi, pasted", "paste");
    replaceAll("A whole reply", "suggestion");
    state.undo();
    assert.equal(state.text, "Hi, pasted");
    state.undo();
    assert.equal(state.text, "Hi");
  });

  it("puts the caret back where it was", () => {
    type("ab");
    state.select(1, 1);
    state.change("aXXb", 3, 3, "insert");
    state.undo();
    assert.deepEqual([state.start, state.end], [1, 1]);
  });

  it("forgets what could be done again once the agent goes on", () => {
    type("ab");
    state.undo();
    type("x");
    assert.equal(state.redo(), null);
  });

  it("keeps at most 300 steps", () => {
    for (let n = 1; n <= 310; n += 1) replaceAll("x".repeat(n), "paste");
    let count = 0;
    while (state.undo()) count += 1;
    assert.equal(count, 300);
  });

  it("takes back the report of a reply with the reply", () => {
    replaceAll("A whole reply", "suggestion");
    state.usage.suggestionChosen("s1", 1, "A whole reply", "");
    assert.deepEqual(state.usage.report().augmentations, ["AUTOSUGGEST"]);
    state.undo();
    assert.deepEqual(state.usage.report().augmentations, ["FREEHAND"]);
    state.redo();
    assert.deepEqual(state.usage.report().augmentations, ["AUTOSUGGEST"]);
  });
});

describe("corrections", () => {
  it("move with the text before them, and go when they are changed", () => {
    type("I recieve it");
    correct("recieve", "receive");
    assert.equal(state.correctionAt(4).right, "receive");
    state.change(`Yes, ${state.text}`, 5, 5, "paste");
    assert.equal(state.corrections[0].start, 7);
    state.change(state.text.replace("receive", "recXive"), 3, 3, "type");
    assert.deepEqual(state.corrections, []);
  });

  it("stay where the text behind them changes", () => {
    type("teh end");
    correct("teh", "the");
    type(" of it");
    assert.equal(state.correctionAt(0).wrong, "teh");
    assert.equal(state.correctionAt(5), null);
  });

  it("say what an undone step took along or brought back", () => {
    type("teh end");
    correct("teh", "the");
    const undone = state.undo();
    assert.deepEqual([undone.gone.id, undone.back], ["k1", null]);
    assert.equal(state.text, "teh end");
    const redone = state.redo();
    assert.deepEqual([redone.gone, redone.back.id], [null, "k1"]);
  });

  it("are kept in the order of the text", () => {
    type("aa bb");
    correct("bb", "BB", "k1");
    correct("aa", "AA", "k2");
    assert.deepEqual(
      state.corrections.map(({ id }) => id),
      ["k2", "k1"],
    );
  });
});

describe("EditorState", () => {
  it("begins with a draft: its text, caret and revision", () => {
    const draft = new EditorState({ revision: 7, text: "Hello", cursor: 2 });
    assert.deepEqual([draft.text, draft.start, draft.end, draft.revision], ["Hello", 2, 2, 7]);
    assert.equal(new EditorState({ text: "Hello" }).end, 5);
  });

  it("cannot undo what another tab wrote", () => {
    type("mine");
    state.blocked = [[0, 1]];
    state.replace("theirs", 3, null);
    assert.deepEqual([state.text, state.start, state.blocked], ["theirs", 3, []]);
    assert.equal(state.undo(), null);
  });

  it("unmarks blocked words with the next change", () => {
    type("bad");
    state.blocked = [[0, 3]];
    type("x");
    assert.deepEqual(state.blocked, []);
  });
});

describe("Questions", () => {
  let questions;

  beforeEach(() => {
    questions = new Questions(time.clock);
  });

  it("asks one at a time", () => {
    assert.equal(questions.mayAsk(false), true);
    const n = questions.ask();
    assert.equal(questions.mayAsk(false), false);
    questions.answered(n);
    assert.equal(questions.use(n), "ask", "the text has changed since");
    assert.equal(questions.ask(), n + 1);
  });

  it("shows the answer where the text is still the same", () => {
    const n = questions.ask();
    questions.answered(n);
    assert.equal(questions.use(n), "show");
    assert.equal(questions.mayAsk(false), true);
  });

  it("asks at once where a word is complete", () => {
    questions.ask();
    assert.equal(questions.mayAsk(true), true);
  });

  it("does not wait for an answer for ever", () => {
    questions.ask();
    time.advance(1_500);
    assert.equal(questions.mayAsk(false), true);
  });

  it("has no use for an old answer", () => {
    const old = questions.ask();
    questions.ask();
    questions.answered(old);
    assert.equal(questions.use(old), "");
    assert.equal(questions.mayAsk(false), false);
  });

  it("expects no answer to a skipped question", () => {
    questions.ask();
    questions.skip();
    assert.equal(questions.mayAsk(false), true);
  });

  it("forgets that it waits when another text is opened", () => {
    const n = questions.ask();
    questions.mayAsk(false);
    questions.forget();
    assert.equal(questions.use(n), "show");
  });
});
