import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { continues } from "#lib/message_view.js";
import { Days } from "#lib/time_labels.js";

const days = new Days("UTC", () => 0);
const noon = Date.parse("2026-11-28T12:00:00Z") / 1000;
const midnight = Date.parse("2026-11-29T00:00:00Z") / 1000;

describe("continues", () => {
  const said = (of, at) => ({ of, at });

  it("joins what one person says within five minutes", () => {
    assert.equal(continues(said("maya", noon), said("maya", noon + 299), days), true);
    assert.equal(continues(said("maya", noon), said("maya", noon + 300), days), false);
  });

  it("does not join two persons, two days, or what follows nothing", () => {
    assert.equal(continues(said("maya", noon), said("nora", noon + 1), days), false);
    assert.equal(continues(said("maya", midnight - 1), said("maya", midnight + 1), days), false);
    assert.equal(continues(null, said("maya", noon), days), false);
  });
});
