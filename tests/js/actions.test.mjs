import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { letterWithAlt } from "#desk/actions.js";

const press = (fields) => ({
  altKey: true,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  getModifierState: () => false,
  ...fields,
});

describe("letterWithAlt", () => {
  for (const [name, fields, letter] of [
    ["the letter of the keyboard", { key: "e", code: "KeyE" }, "E"],
    ["the letter where another keyboard has it", { key: "e", code: "KeyD" }, "E"],
    ["the place of the key where a Mac writes a sign", { key: "´", code: "KeyE" }, "E"],
    ["nothing for other letters", { key: "x", code: "KeyX" }, ""],
    ["nothing without Alt", { key: "e", code: "KeyE", altKey: false }, ""],
    ["nothing with Ctrl", { key: "e", code: "KeyE", ctrlKey: true }, ""],
    ["nothing with Shift", { key: "E", code: "KeyE", shiftKey: true }, ""],
    ["nothing with AltGr", { key: "€", code: "KeyE", getModifierState: () => true }, ""],
    ["nothing for keys that are no letters", { key: "ArrowDown", code: "ArrowDown" }, ""],
  ]) {
    it(`is ${name}`, () => assert.equal(letterWithAlt(press(fields)), letter));
  }
});
