// The transfer sheet and the seconds in which a transfer can be undone. Loaded with the first press.
//
// The sheet is a combobox: Enter in it takes the highlighted row. A row is highlighted by the arrow keys, or because the
// list on screen is the answer to exactly what is typed. What was chosen is held back in this browser for `HOLD_MS` and
// only then asked for: until it is done the conversation is this agent's, and its customer hears nothing of it.

const HOLD_MS = 5_000;
const TICK_MS = 100;
const FAILED = "That did not work. The conversation is still with you.";

// --- the sheet ------------------------------------------------------------------------------------------------------

const sheetOf = (element) => element.closest("[data-transfer-form]");
const rowsOf = (form) => [...form.querySelectorAll("[role=option]")];
const chosenOf = (form) => form.querySelector("[role=option][aria-selected=true]");
const filterOf = (form) => form.querySelector("[data-transfer-filter]");

// Does the list answer what is in the field now?
function isAnswered(form) {
  return form.querySelector("[role=listbox]")?.dataset.term === filterOf(form).value.trim();
}

function hint(form, text) {
  form.querySelector("[data-transfer-hint]").textContent = text;
}

function highlight(form, row) {
  for (const one of rowsOf(form)) one.setAttribute("aria-selected", String(one === row));
  const go = form.querySelector("[data-transfer-go]");
  go.disabled = !row;
  go.value = row?.value ?? "";
  go.textContent = row ? `Pass to ${row.querySelector(".targets__name").textContent}` : "Choose where to";
  if (row) filterOf(form).setAttribute("aria-activedescendant", row.id);
  else filterOf(form).removeAttribute("aria-activedescendant");
  row?.scrollIntoView({ block: "nearest" });
}

function move(form, by) {
  const rows = rowsOf(form);
  if (!rows.length) return;
  const here = rows.indexOf(chosenOf(form));
  highlight(form, rows[here < 0 ? (by > 0 ? 0 : rows.length - 1) : (here + by + rows.length) % rows.length]);
}

function take(form) {
  const row = chosenOf(form);
  if (row && isAnswered(form)) row.click();
  else if (!isAnswered(form)) hint(form, "Still searching. Press Enter again when a row is highlighted.");
  else if (rowsOf(form).length) hint(form, "Nothing is chosen yet. Choose with the arrow keys, then press Enter.");
  else hint(form, "Nobody is there to pass it to.");
}

function key(event) {
  if (!event.target.matches?.("[data-transfer-filter]") || event.isComposing) return;
  const form = sheetOf(event.target);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) move(form, step);
  else if (event.key === "Enter") event.repeat || take(form);
  else return;
  event.preventDefault();
}

// What is typed has no answer yet: nothing is highlighted until it is here.
function typed(event) {
  if (!event.target.matches?.("[data-transfer-filter]")) return;
  const form = sheetOf(event.target);
  highlight(form, isAnswered(form) && event.target.value.trim() ? rowsOf(form)[0] : null);
}

function answered() {
  const form = document.querySelector("[data-transfer-form]");
  if (!form || chosenOf(form) || !filterOf(form).value.trim() || !isAnswered(form)) return;
  highlight(form, rowsOf(form)[0] ?? null);
  const count = rowsOf(form).length;
  hint(
    form,
    count
      ? `${count} found. Enter passes to ${rowsOf(form)[0].querySelector(".targets__name").textContent}.`
      : "Nobody found.",
  );
}

// --- what is held back ----------------------------------------------------------------------------------------------

class HeldTransfer {
  #box = document.querySelector("[data-held]");
  #held = null;
  #ticking = null;
  #hiding = null;
  #isPointed = false; // somebody has moved the pointer onto it: where it appears under a pointer that rests is no reach

  constructor() {
    this.#button.addEventListener("click", () => this.#pressed());
    this.#box.addEventListener("pointermove", () => (this.#isPointed = true));
    this.#box.addEventListener("pointerleave", () => (this.#isPointed = false));
    // Whoever leaves the page has not undone it.
    addEventListener("pagehide", () => this.#held && this.#ask(this.#release()));
  }

  get #button() {
    return this.#box.querySelector("button");
  }

  // `form`: what is to be asked for; `to` and `name`: who gets it.
  hold(form, { to, name }) {
    if (this.#held) void this.#pass();
    const body = new URLSearchParams(new FormData(form));
    for (const field of ["hold", "q"]) body.delete(field);
    body.set("to", to); // said by the button that was pressed, not by the form
    this.#held = { address: form.action, body, name, left: HOLD_MS };
    this.#show(`Passed to ${name}.`, "Undo");
    this.#say(`Passed to ${name}. Alt Z takes it back.`);
    this.#isPointed = false;
    this.#box.style.setProperty("--left", 1);
    let before = performance.now();
    this.#ticking = setInterval(() => {
      const now = performance.now();
      // Somebody who is about to press Undo is given the time to do it.
      if (!this.#isPointed && !this.#box.matches(":focus-within")) this.#held.left -= now - before;
      before = now;
      this.#box.style.setProperty("--left", Math.max(0, this.#held.left / HOLD_MS));
      if (this.#held.left <= 0) void this.#pass();
    }, TICK_MS);
  }

  // Is there something to undo? Then it is undone.
  undo() {
    if (!this.#held) return false;
    const { name } = this.#release();
    this.#tell(`Not passed to ${name}: the conversation stays with you.`);
    return true;
  }

  #pressed() {
    const hadFocus = this.#box.contains(document.activeElement);
    if (!this.undo()) this.#hide();
    if (hadFocus) document.querySelector("[data-field]").focus();
  }

  // What is held is held no more.
  #release() {
    const held = this.#held;
    clearInterval(this.#ticking);
    this.#held = null;
    return held;
  }

  async #pass() {
    const held = this.#release();
    this.#show(`Passed to ${held.name}.`, "");
    const why = await this.#ask(held);
    if (this.#held) return why && this.#say(`Not passed to ${held.name}: ${why}`);
    if (!why) return this.#tell(`Passed to ${held.name}.`);
    this.#show(`Not passed to ${held.name}: ${why}`, "Close");
    this.#say(`Not passed to ${held.name}: ${why}`);
  }

  // Why it was refused, or "".
  async #ask({ address, body }) {
    const answer = await fetch(address, { method: "POST", body, keepalive: true }).catch(() => null);
    if (answer?.status === 204) return "";
    if (answer?.status !== 422) return FAILED;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("[role=alert]")?.textContent ?? FAILED;
  }

  // Said for a moment.
  #tell(text) {
    this.#show(text, "");
    this.#say(text);
    this.#hiding = setTimeout(() => this.#hide(), HOLD_MS);
  }

  #show(text, act) {
    clearTimeout(this.#hiding);
    this.#box.hidden = false;
    this.#box.style.setProperty("--left", 0);
    this.#box.querySelector("[data-held-text]").textContent = text;
    this.#button.hidden = !act;
    this.#button.firstElementChild.textContent = act;
    this.#button.querySelector("kbd").hidden = act !== "Undo";
  }

  #hide() {
    this.#box.hidden = true;
  }

  #say(text) {
    document.querySelector("[data-desk] > [data-announcer]").textContent = text;
  }
}

const held = new HeldTransfer();

document.addEventListener("keydown", key);
document.addEventListener("input", typed);
document.addEventListener("htmx:afterSettle", answered);
document.addEventListener("keydown", (event) => {
  const takesBack = event.altKey && !event.ctrlKey && !event.metaKey && event.code === "KeyZ";
  if (takesBack && held.undo()) event.preventDefault();
});
// The server has said that it can go there.
document.addEventListener("desk:transfer-held", (event) => {
  held.hold(sheetOf(event.target), event.detail);
  document.querySelector("[data-sheet]").close();
  document.querySelector("[data-field]").focus();
});
