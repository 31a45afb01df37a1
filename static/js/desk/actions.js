// What the agent presses: buttons by their `data-act`, keys of the whole desk, and what both open.

const ALT_LETTERS = "ETPS"; // see keys.js

// A space this soon after the Tab key led to Send was meant for the text.
const HASTY_MS = 400;

// The letter that goes with Alt, or "": as the keyboard has it, else where it lies, since a Mac writes other characters
// with Alt. AltGr is no Alt.
export function letterWithAlt(event) {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.getModifierState("AltGraph"))
    return "";
  const letter = /^[a-z]$/i.test(event.key) ? event.key.toUpperCase() : event.code.replace(/^Key/, "");
  return letter.length === 1 && ALT_LETTERS.includes(letter) ? letter : "";
}

export class Actions {
  #desk;
  #acts;
  #hasNotes = false;

  constructor(root, desk) {
    this.#desk = desk;
    this.#acts = this.#buttons();
    root.addEventListener("click", (event) => this.#pressed(event));
    document.addEventListener("keydown", (event) => this.#key(event));
    guardSend(desk.part("send"), (text) => desk.layout.announce(text));
    for (const kind of ["pointerdown", "keydown"]) {
      document.addEventListener(kind, () => this.#fetchForPresses(), { capture: true, once: true });
    }
  }

  #buttons() {
    const desk = this.#desk;
    return {
      send: () => desk.drafting.send(),
      back: () => desk.panes.show("list"),
      side: () => desk.panes.show(desk.panes.current === "side" ? "talk" : "side"),
      "toggle-side": () => desk.panes.toggleSide(),
      earlier: () => this.#showEarlier(),
      keys: () => this.openKeys(),
      palette: () => this.openPalette(),
      copy: (button) => this.copy(button.dataset.copy),
      "save-response": (button) => this.saveResponse(button.closest(".message")),
      "dismiss-alert": () => desk.layout.dismiss(),
      next: () => desk.choose(desk.conversations.next?.id, true),
      "close-left": () => desk.conversations.close(desk.conversations.open?.id),
      "copy-words": () => this.copy(desk.composer.state.text),
      "note-words": () => desk.drafting.noteWords(desk.part("end")),
      "drop-words": () => desk.drafting.dropWords(),
      "greeting-send": () => this.#greeting("send"),
      "greeting-cancel": () => {
        this.#greeting("cancel");
        desk.drafting.stopGreeting(desk.conversations.open);
        desk.composer.focus();
      },
      insert: (button) => this.#insert(button.dataset),
    };
  }

  #pressed({ target }) {
    const choice = target.closest("[data-do]");
    if (choice) this.#desk.drafting.decide(choice.dataset.do, choice.closest("[data-client-id]").dataset.clientId);
    const button = target.closest("[data-act]");
    if (button) this.#acts[button.dataset.act]?.(button);
  }

  #greeting(what) {
    const { open } = this.#desk.conversations;
    this.#desk.connection.send({ t: "greeting", conversation: open?.id ?? "", do: what });
  }

  // A response from the panel.
  #insert(response) {
    const { panes, conversations, layout, departed, composer } = this.#desk;
    panes.show("talk");
    if (conversations.open?.left)
      layout.alert(`${departed.sentence(conversations.open)}. Nothing more can be written.`);
    else composer.insert(response);
  }

  async #showEarlier() {
    const { conversations, layout, transcript } = this.#desk;
    const { open } = conversations;
    if (!(await transcript.showEarlier(open))) layout.alert("Earlier messages did not load. Try again.");
    else if (open === conversations.open) layout.mayEarlier(transcript.mayShowEarlier(open));
  }

  async copy(text) {
    const { copyText } = await import("#lib/clipboard.js");
    if (await copyText(text)) this.#desk.layout.announce("Copied");
    else this.#desk.layout.alert("The browser does not let this page copy. Select the words and press Ctrl+C.");
  }

  // --- keys ------------------------------------------------------------------------------------------------------------

  #key(event) {
    if (event.isComposing) return;
    // Fetched while the second key is on its way.
    if (event.key === "Control" || event.key === "Meta") {
      for (const name of ["#desk/palette.js", "#desk/palette_actions.js"]) import(name).catch(ignore);
    }
    if (event.key === "Alt") import("#desk/keys.js").catch(ignore);
    if (this.#keyOfTheDesk(event)) event.preventDefault();
  }

  // Returns true where the key did something.
  #keyOfTheDesk(event) {
    const desk = this.#desk;
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
    const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
    if (isCommand && event.code === "KeyK") this.openPalette();
    else if (event.key === "F6") desk.panes.focusNext(event.shiftKey ? -1 : 1);
    else if (event.altKey && event.code === "ArrowDown") desk.step(1);
    else if (event.altKey && event.code === "ArrowUp") desk.step(-1);
    else if (this.#mayShortcut(event)) this.#shortcut(letterWithAlt(event), event.repeat);
    else if (event.key === "Escape" && desk.panes.isOverlay && event.target.closest("[data-side]"))
      desk.panes.toggleSide();
    else if (event.key === "?" && !isTyping && desk.preferences.get("singleKeys")) this.openKeys();
    else return false;
    return true;
  }

  #mayShortcut(event) {
    return letterWithAlt(event) && this.#desk.preferences.get("altKeys") && !document.querySelector("dialog[open]");
  }

  // For the conversation that is open at this moment, not for one that came while the keys were fetched.
  async #shortcut(letter, isRepeated) {
    const { open } = this.#desk.conversations;
    if (isRepeated || (!open && letter !== "S")) return;
    const { pressShortcut } = await import("#desk/keys.js");
    if (open === this.#desk.conversations.open) pressShortcut(this.#desk, letter);
  }

  // --- what opens ------------------------------------------------------------------------------------------------------

  // The field is there at once: what is typed now must not go to the customer.
  async openPalette() {
    const dialog = document.querySelector("[data-palette-dialog]");
    if (dialog.open) return;
    const field = dialog.querySelector("input");
    field.value = "";
    dialog.showModal();
    // Enter may come before the module that acts on it: it is done when that is there.
    let enter = null;
    field.onkeydown = (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      enter = new KeyboardEvent("keydown", { key: "Enter", cancelable: true });
    };
    (await import("#desk/palette.js")).openPalette(this.#desk);
    if (enter && dialog.open) field.dispatchEvent(enter);
  }

  // The notes beside a conversation: fetched with the first of them.
  async loadNotes(agent) {
    if (this.#hasNotes) return;
    this.#hasNotes = true;
    const { Notes } = await import("#desk/notes.js");
    new Notes(document.getElementById("side"), agent, (id, text) => this.#desk.drafting.sendNote(id, text));
  }

  async openDictionary() {
    (await import("#desk/dialogs.js")).openWords(this.#desk);
  }

  async openKeys() {
    (await import("#desk/dialogs.js")).openKeys();
  }

  // Save a message that was sent as the agent's response, or without one what stands in the composer.
  async saveResponse(message = null) {
    (await import("#desk/save_response.js")).saveResponse(this.#desk, message);
  }

  // Fetch what only a press needs: nothing is copied or transferred before. The line may be gone at the second press, so
  // this is done with the first one.
  #fetchForPresses() {
    const { connection } = this.#desk;
    if (!connection.isUp) {
      connection.addEventListener("up", () => this.#fetchForPresses(), { once: true });
      return;
    }
    import("#lib/clipboard.js").catch(ignore);
    import("#desk/transfer.js").catch(ignore);
  }
}

// Whoever needs the module asks for it again.
function ignore() {}

// The Tab key led to Send a moment ago, and the hand goes on with the text: that space sends nothing.
function guardSend(button, say) {
  let lastKey = "";
  let focusedAt = -Infinity;
  let isHasty = false;
  document.addEventListener("keydown", (event) => (lastKey = event.key), true);
  button.addEventListener("focus", () => (focusedAt = lastKey === "Tab" ? performance.now() : -Infinity));
  const key = (event) => {
    if (event.key !== " ") return;
    const isFirst = event.type === "keydown" && !event.repeat;
    if (isFirst) isHasty = performance.now() - focusedAt < HASTY_MS;
    if (!isHasty) return;
    event.preventDefault();
    if (isFirst) say("Not sent. Press Space again to send.");
  };
  button.addEventListener("keydown", key);
  button.addEventListener("keyup", key);
}
