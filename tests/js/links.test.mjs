import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { partsOf } from "#lib/links.js";

const CASES = JSON.parse(readFileSync(new URL("../data/links.json", import.meta.url), "utf-8"));

describe("partsOf", () => {
  for (const { name, text, parts } of CASES) {
    it(`finds the same links as the server: ${name}`, () => {
      assert.deepEqual(
        partsOf(text).map((part) => [part.text, part.href]),
        parts,
      );
    });
  }

  it("loses no character of the text", () => {
    const text = "See https://a.example, (https://b.example/x) and http://c.example/?q=1#d. End";
    assert.equal(
      partsOf(text)
        .map((part) => part.text)
        .join(""),
      text,
    );
  });
});
