import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { Dictionary } from "#desk/corrections.js";
import { isWorthIt, marksOf } from "#desk/ghost_text.js";
import { begins, slashBefore } from "#desk/quick_search.js";
import { offersLabel, sourceLabel } from "#desk/replies.js";

describe("gray words", () => {
  for (const [text, rest, isShown] of [
    ["Thank ", "you", true],
    ["Thank", " you", true],
    ["Than", "k", false],
    ["Than", "k you", true],
    ["restor", "ation", false],
    ["rest", "oration", true],
    ["Hello", "!", false],
    ["Hello", "", false],
    ["don", "'t", false],
  ]) {
    it(`${isShown ? "save" : "do not save"} enough where "${rest}" would follow "${text}"`, () => {
      assert.equal(isWorthIt(text, rest), isShown);
    });
  }
});

describe("marks", () => {
  it("stand in the order of the text", () => {
    const corrections = [{ start: 10, right: "the" }];
    assert.deepEqual(marksOf({ corrections, blocked: [[2, 5]] }), [
      { from: 2, to: 5, name: "blocked" },
      { from: 10, to: 13, name: "corrected" },
    ]);
  });

  it("do not overlap", () => {
    const marks = marksOf({
      corrections: [{ start: 3, right: "there" }],
      blocked: [
        [0, 4],
        [4, 6],
        [8, 9],
      ],
    });
    assert.deepEqual(
      marks.map(({ from, to }) => [from, to]),
      [
        [0, 4],
        [4, 6],
        [8, 9],
      ],
    );
  });
});

describe("slashBefore", () => {
  for (const [text, expected] of [
    ["/", { from: 0, term: "" }],
    ["/ref", { from: 0, term: "ref" }],
    ["Hello /refund po", { from: 6, term: "refund po" }],
    ["Hello\n/x", { from: 6, term: "x" }],
    ["and/or", null],
    ["Hello / there", null],
    ["//", null],
    ["/a/b", null],
    ["/one\ntwo", null],
    [`/${"x".repeat(62)}`, null],
    ["no slash", null],
  ]) {
    it(`finds ${JSON.stringify(expected)} in ${JSON.stringify(text.slice(0, 20))}`, () => {
      assert.deepEqual(slashBefore(text, text.length), expected);
    });
  }

  it("looks at what stands before the caret only", () => {
    assert.deepEqual(slashBefore("/refund", 3), { from: 0, term: "re" });
  });
});

describe("begins", () => {
  const response = { title: "Refund policy", text: "You have 14 days to return it." };

  for (const [term, isSo] of [
    ["refund pol", true],
    ["REFUND", true],
    ["you have 14", true],
    ["policy", false],
    ["refund days", false],
    ["", true],
    ["refund policy and more", false],
  ]) {
    it(`${isSo ? "takes" : "does not take"} "${term}" for it`, () => assert.equal(begins(response, term), isSo));
  }
});

describe("what screen readers hear of offers", () => {
  it("names the first reply and the gray words", () => {
    const replies = [
      { title: "", text: "Thank you." },
      { title: "Other", text: "x" },
    ];
    assert.equal(offersLabel(replies, ""), "2 replies. First: Thank you. Alt 1 inserts it.");
    assert.equal(
      offersLabel([{ title: "Greeting", text: "x" }], " you"),
      "1 reply. First: Greeting. Alt 1 inserts it. Tab adds:  you",
    );
    assert.equal(offersLabel([], "you"), "Tab adds: you");
    assert.equal(offersLabel([], ""), "");
  });
});

describe("sourceLabel", () => {
  it("names every source but the company's list", () => {
    assert.equal(sourceLabel("custom"), "Mine");
    assert.equal(sourceLabel("global"), "");
  });
});

describe("Dictionary", () => {
  let sent;
  let dictionary;

  beforeEach(() => {
    sent = [];
    dictionary = new Dictionary((frame) => sent.push([frame.do, frame.word]));
    dictionary.set(["larkline", "esim"]);
  });

  it("has the words that the server has, in any case", () => {
    assert.deepEqual(dictionary.words, ["esim", "larkline"]);
    assert.equal(dictionary.has("Larkline"), true);
    assert.equal(dictionary.has("recieve"), false);
  });

  it("keeps a word at once, before the server has stored it", () => {
    dictionary.keep("Roamify");
    assert.equal(dictionary.has("roamify"), true);
    assert.deepEqual(sent, [["add", "Roamify"]]);
    dictionary.set([]);
    assert.equal(dictionary.has("roamify"), true);
  });

  it("sends again what the server has not stored", () => {
    dictionary.keep("one");
    dictionary.keep("two");
    assert.equal(dictionary.answered({ word: "one", do: "add", kept: true }), true);
    sent.length = 0;
    dictionary.resend();
    assert.deepEqual(sent, [["add", "two"]]);
  });

  it("says when the server's dictionary is full", () => {
    assert.equal(dictionary.answered({ word: "x", do: "add", kept: false }), false);
    assert.equal(dictionary.has("x"), false);
  });

  it("corrects a word again when the agent wants it, or another desk says so", () => {
    dictionary.keep("one");
    dictionary.correctAgain("one");
    assert.equal(dictionary.has("one"), false);
    assert.deepEqual(sent.at(-1), ["remove", "one"]);
    assert.equal(dictionary.answered({ word: "larkline", do: "remove", kept: false }), true);
    assert.equal(dictionary.has("larkline"), false);
  });
});
