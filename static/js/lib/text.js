// What counts as text, by the same rules as on the server, which counts characters where the browser has UTF-16 units.

// The longest message that the server takes, in characters.
export const LONGEST = 20_000;

// As `safety/engine/visible.py` has it: letters, digits and symbols that are drawn.
const VISIBLE = /[^\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{M}\p{Default_Ignorable_Code_Point}\u2800\u{1D159}]/u;
const NOTHING_AT_THE_END = /[\s\u200b\u2060\ufeff]+$/u;

// Is there anything in it that a reader sees?
export const isVisible = (text) => VISIBLE.test(text);

// Without the spaces and empty lines at its end.
export const trimmed = (text) => text.replace(NOTHING_AT_THE_END, "");

// The length in characters.
export const characters = (text) => (text.length < LONGEST / 2 ? text.length : [...text].length);

// The place of a character in UTF-16 units, and back.
export const units = (text, count) => [...text].slice(0, count).join("").length;
export const points = (text, at) => [...text.slice(0, at)].length;
