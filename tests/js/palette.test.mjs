import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { matching } from "#desk/palette.js";
import { plain } from "#desk/palette_actions.js";

describe("plain", () => {
  it("makes no difference of case, accents and hyphens", () => {
    assert.equal(plain("Séan  O-Brien"), "sean o brien");
  });
});

describe("matching", () => {
  const all = ["Transfer the conversation", "End the conversation", "Text size: large", "Show the customer"].map(
    (name) => ({
      name,
      words: plain(name),
    }),
  );
  const names = (words) => matching(all, words).map(({ name }) => name);

  it("finds those that have each word, in any order", () => {
    assert.deepEqual(names(["conversation", "end"]), ["End the conversation"]);
    assert.deepEqual(names(["custom"]), ["Show the customer"]);
    assert.deepEqual(names(["nothing"]), []);
  });

  it("puts first what begins with the words", () => {
    assert.equal(names(["t"])[0], "Transfer the conversation");
    assert.equal(names(["the"]).length, 3);
  });

  it("finds all for no words", () => assert.equal(names([]).length, 4));
});
