import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { characters, isVisible, LONGEST, points, trimmed, units } from "#lib/text.js";

describe("isVisible", () => {
  for (const text of ["a", "1", "…", "👍", "  x ", "日本"]) {
    it(`sees ${JSON.stringify(text)}`, () => assert.equal(isVisible(text), true));
  }
  for (const text of ["", " \n\t", "\u200b\u200d", "\u202e", "\u00ad", "\u2800", "\u0301", "\ufe0f"]) {
    it(`sees nothing in ${escape(text)}`, () => assert.equal(isVisible(text), false));
  }
});

describe("trimmed", () => {
  it("drops spaces, empty lines and zero-width spaces at the end, and nothing else", () => {
    assert.equal(trimmed("  Hello \n\n \u200b\ufeff"), "  Hello");
    assert.equal(trimmed("Hello"), "Hello");
    assert.equal(trimmed(" \n"), "");
  });
});

describe("lengths", () => {
  it("counts characters, not UTF-16 units, where that matters", () => {
    assert.equal(characters("👍".repeat(LONGEST / 2)), LONGEST / 2);
    assert.equal(characters("a".repeat(LONGEST + 1)), LONGEST + 1);
  });

  it("turns positions into each other", () => {
    const text = "a👍b";
    assert.deepEqual(
      [0, 1, 2, 3].map((count) => units(text, count)),
      [0, 1, 3, 4],
    );
    assert.deepEqual(
      [0, 1, 3, 4].map((at) => points(text, at)),
      [0, 1, 2, 3],
    );
    assert.equal(units(text, 99), 4);
  });
});
