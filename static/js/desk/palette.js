// Every action of the desk by name (Ctrl+K), the agent's responses and past customers, and the list of keys (?). Loaded
// when first asked for.

function show(dialog) {
  if (!dialog.open) dialog.showModal();
}

const FIND_AFTER_MS = 120;
const LEAST_LETTERS = 2;
const SETTINGS = [
  ["text size and colors", "display"],
  ["send key and shortcuts", "keys"],
  ["sounds and notifications", "sounds"],
  ["greeting", "greeting"],
  ["dictionary", "dictionary"],
];

// Case, accents and hyphens make no difference.
function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[-\s]+/g, " ").toLowerCase();
}

// One action: its name, the keys that do it as well, other words that find it, and what it does.
function action(name, run, { keys = "", also = "", detail = "" } = {}) {
  return { name, run, keys, detail, words: plain(`${name} ${also}`) };
}

// What the page has buttons and links for. Those of a conversation only where one is open.
function ofThePage(desk) {
  const found = [];
  for (const button of document.querySelectorAll("[data-act][data-name]:not([data-send]), [data-palette]")) {
    const side = button.closest("[data-side]");
    if (button.closest("[hidden]") || button.disabled || (side && !desk.open)) continue;
    const { name, palette, keys, also } = button.dataset;
    found.push(action(palette ?? name, () => press(desk, button, side), { keys, also }));
  }
  return found;
}

function press(desk, button, side) {
  if (button.dataset.shortcut === "S") {
    shortcut(desk, "S");
    return;
  }
  if (side) {
    // What is typed next is not for the customer.
    desk.showSide();
    document.querySelector("#side-body").focus();
  }
  button.click();
}

async function addResponse(desk) {
  const { addResponse: add } = await import("#desk/save_response.js");
  await add(desk);
}

async function shortcut(desk, letter) {
  const { pressShortcut } = await import("#desk/keys.js");
  pressShortcut(desk, letter);
}

function ofTheConversation(desk) {
  if (!desk.open) return [];
  const sendKeys = desk.preferences.get("sendKey") === "enter" ? "Enter" : "Ctrl Enter";
  return [
    action("Send the message", () => send(desk), { keys: sendKeys, also: "reply" }),
    action("Write a note", () => shortcut(desk, "P"), {
      keys: "Alt P",
      also: "add staff",
    }),
    action("Add a response", () => addResponse(desk), { also: "new custom" }),
    ...(desk.composer.writing?.text.trim()
      ? [action("Save what I wrote as my response", () => desk.saveResponse(), { also: "add custom" })]
      : []),
    ...lastMessage(desk),
    action("Write in the composer", () => desk.composer.focus(), { keys: "F6" }),
  ];
}

function lastMessage(desk) {
  const message = [...document.querySelectorAll("[data-rows] .message--agent")].at(-1);
  if (!message) return [];
  return [action("Save my last message as a response", () => desk.saveResponse(message), { also: "add custom" })];
}

function send(desk) {
  if (!desk.composer.writing?.text.trim()) desk.announce("There is nothing to send yet");
  desk.send();
  desk.composer.focus();
}

function ofTheSettings(desk) {
  const { preferences } = desk;
  const link = document.querySelector("[data-settings-link]");
  const themes = [...document.querySelectorAll("[data-theme-switch] input")];
  const toggle = (name, one, other) => () => desk.set(name, preferences.get(name) === one ? other : one);
  return [
    action("Your dictionary: words that are never corrected", () => desk.dictionary(), { also: "spelling" }),
    ...["small", "medium", "large"]
      .filter((size) => size !== preferences.get("textSize"))
      .map((size) => action(`Text size: ${size}`, () => desk.set("textSize", size), { also: "font zoom" })),
    action(
      preferences.get("sendKey") === "enter" ? "Send with Ctrl+Enter only" : "Send with Enter",
      toggle("sendKey", "enter", "ctrl-enter"),
    ),
    action(
      preferences.get("singleKeys") ? "Switch single-key shortcuts off" : "Switch single-key shortcuts on",
      toggle("singleKeys", true, false),
    ),
    action(
      preferences.get("announce") ? "Do not read suggestions aloud" : "Read suggestions aloud",
      toggle("announce", true, false),
      { also: "screen reader" },
    ),
    ...themes.map((input) =>
      action(`Colors: ${input.value}`, () => input.click(), { also: "theme mode dark light".replace(input.value, "") }),
    ),
    ...SETTINGS.map(([name, part]) =>
      action(`Settings: ${name}`, () => location.assign(`${link.href}#${part}`), { also: "preferences" }),
    ),
  ];
}

function actions(desk) {
  return [
    ...desk.talks
      .filter((talk) => talk.card.id !== desk.open)
      .map((talk) => action(`Go to ${talk.card.customer}`, () => desk.choose(talk.card.id, true), { also: talk.card.queue })),
    ...ofTheConversation(desk),
    ...ofThePage(desk),
    action("Next conversation", () => desk.step(1), { keys: "Alt ↓" }),
    action("Previous conversation", () => desk.step(-1), { keys: "Alt ↑" }),
    ...ofTheSettings(desk),
  ];
}

// Those that have each word, in any order; first those that begin with what is typed, then those whose words do.
function matching(all, words) {
  const score = ({ words: text }) =>
    words.filter((word) => ` ${text}`.includes(` ${word}`)).length + Number(text.startsWith(words.join(" ")));
  return all.filter((one) => words.every((word) => one.words.includes(word))).sort((one, other) => score(other) - score(one));
}

// Responses and past conversations, which the server knows.
async function fromServer(desk, address, term) {
  const answer = await fetch(`${address}?${new URLSearchParams({ q: term, conversation: desk.open })}`).catch(() => null);
  if (!answer?.ok) return [];
  const { responses, past } = await answer.json();
  return [
    ...responses.map((response) =>
      action(response.title || response.text, () => insert(desk, response, term), { detail: `Insert: ${response.text}` }),
    ),
    ...past.map((row) => action(row.customer, () => open(row.address, "_blank", "noopener"), { detail: row.detail })),
  ];
}

function insert(desk, { text, source }, query) {
  desk.pane("talk");
  desk.composer.insert({ text, source, query });
}

class Palette {
  #desk;
  #dialog = document.querySelector("[data-palette-dialog]");
  #field = this.#dialog.querySelector("input");
  #list = this.#dialog.querySelector("ul");
  #none = this.#dialog.querySelector("[data-nothing-found]");
  #all;
  #found = []; // by the server
  #shown = [];
  #active = 0;
  #asked = 0;
  #asking = null;

  constructor(desk) {
    this.#desk = desk;
    this.#all = actions(desk);
    this.#field.oninput = () => this.#typed();
    this.#field.onkeydown = (event) => this.#key(event);
    this.#typed();
  }

  #typed() {
    this.#active = 0;
    this.#found = [];
    this.#asked += 1;
    clearTimeout(this.#asking);
    const term = this.#field.value.trim();
    const asks = term.length >= LEAST_LETTERS;
    if (asks) this.#asking = setTimeout(() => this.#ask(term, this.#asked), FIND_AFTER_MS);
    this.#draw(asks);
  }

  async #ask(term, asked) {
    const found = await fromServer(this.#desk, this.#dialog.dataset.find, term);
    if (asked !== this.#asked || !this.#dialog.open) return;
    this.#found = found;
    this.#draw(false);
  }

  #key(event) {
    if (event.isComposing) return;
    const count = this.#shown.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.#active = (this.#active + (event.key === "ArrowDown" ? 1 : count - 1)) % Math.max(1, count);
      this.#draw();
    } else if (event.key === "Enter") this.#run(this.#shown[this.#active]);
    else return;
    event.preventDefault();
  }

  #run(one) {
    this.#dialog.close();
    one?.run();
  }

  // `waits`: the server has not answered yet.
  #draw(waits = !this.#none.textContent && !this.#shown.length) {
    const words = plain(this.#field.value).split(" ").filter(Boolean);
    this.#shown = [...matching(this.#all, words), ...this.#found];
    this.#active = Math.max(0, Math.min(this.#active, this.#shown.length - 1));
    this.#list.replaceChildren(...this.#shown.map((one, index) => this.#row(one, index)));
    this.#none.textContent = this.#shown.length || waits ? "" : `Nothing found for “${this.#field.value.trim()}”.`;
    if (this.#shown.length) this.#field.setAttribute("aria-activedescendant", `action-${this.#active}`);
    else this.#field.removeAttribute("aria-activedescendant");
    this.#list.children[this.#active]?.scrollIntoView({ block: "nearest" });
  }

  #row(one, index) {
    const row = document.createElement("li");
    row.id = `action-${index}`;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(index === this.#active));
    row.append(this.#part("palette__name", one.name));
    if (one.detail) row.append(this.#part("palette__detail", one.detail));
    if (one.keys) row.append(Object.assign(document.createElement("kbd"), { textContent: one.keys }));
    row.onclick = () => this.#run(one);
    return row;
  }

  #part(name, text) {
    return Object.assign(document.createElement("span"), { className: name, textContent: text, dir: "auto" });
  }
}

export function openPalette(desk) {
  new Palette(desk);
}

export function openKeys() {
  show(document.querySelector("[data-keys-dialog]"));
}

// The agent's dictionary: to look at, to add to, to take words out of.
export function openWords(desk) {
  const dialog = document.querySelector("[data-words-dialog]");
  const form = dialog.querySelector("[data-words-form]");
  form.onsubmit = (event) => {
    event.preventDefault();
    const word = form.elements.word.value.trim();
    if (word) desk.line.say({ t: "word", word, do: "add" });
    form.reset();
  };
  showWords(desk);
  show(dialog);
}

export function showWords(desk) {
  const list = document.querySelector("[data-words]");
  const words = [...desk.words].sort();
  list.replaceChildren(
    ...words.map((word) => {
      const row = desk.templates.word.content.firstElementChild.cloneNode(true);
      row.firstElementChild.textContent = word;
      row.querySelector(".visually-hidden").textContent = `Take out ${word}`;
      row.querySelector("button").onclick = () => desk.line.say({ t: "word", word, do: "remove" });
      return row;
    }),
  );
  document.querySelector("[data-no-words]").hidden = words.length > 0;
}
