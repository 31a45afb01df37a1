// The actions of the palette: what the page has buttons for, the conversations, the settings, and what the server finds.

const SETTINGS = [
  ["text size and colors", "display"],
  ["send key and shortcuts", "keys"],
  ["sounds and notifications", "sounds"],
  ["greeting", "greeting"],
  ["dictionary", "dictionary"],
];

// Case, accents and hyphens make no difference.
export function plain(text) {
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[-\s]+/g, " ")
    .toLowerCase();
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
    if (button.closest("[hidden]") || button.disabled || (side && !desk.conversations.open)) continue;
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
    desk.panes.showSide();
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
  if (!desk.conversations.open) return [];
  const sendKeys = desk.preferences.get("sendKey") === "enter" ? "Enter" : "Ctrl Enter";
  return [
    action("Send the message", () => send(desk), { keys: sendKeys, also: "reply" }),
    action("Write a note", () => shortcut(desk, "P"), {
      keys: "Alt P",
      also: "add staff",
    }),
    action("Add a response", () => addResponse(desk), { also: "new custom" }),
    ...(desk.composer.state?.text.trim()
      ? [action("Save what I wrote as my response", () => desk.actions.saveResponse(), { also: "add custom" })]
      : []),
    ...lastMessage(desk),
    action("Write in the composer", () => desk.composer.focus(), { keys: "F6" }),
  ];
}

function lastMessage(desk) {
  const message = [...document.querySelectorAll("[data-rows] .message--agent")].at(-1);
  if (!message) return [];
  return [
    action("Save my last message as a response", () => desk.actions.saveResponse(message), { also: "add custom" }),
  ];
}

function send(desk) {
  if (!desk.composer.state?.text.trim()) desk.layout.announce("There is nothing to send yet");
  desk.drafting.send();
  desk.composer.focus();
}

function set(desk, name, value) {
  desk.preferences.set(name, value);
  desk.panes.applyPreferences();
  desk.layout.announce("Saved for this browser");
}

function ofTheSettings(desk) {
  const { preferences } = desk;
  const link = document.querySelector("[data-settings-link]");
  const themes = [...document.querySelectorAll("[data-theme-switch] input")];
  const toggle = (name, one, other) => () => set(desk, name, preferences.get(name) === one ? other : one);
  return [
    action("Your dictionary: words that are never corrected", () => desk.actions.openDictionary(), {
      also: "spelling",
    }),
    ...["small", "medium", "large"]
      .filter((size) => size !== preferences.get("textSize"))
      .map((size) => action(`Text size: ${size}`, () => set(desk, "textSize", size), { also: "font zoom" })),
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

export function actions(desk) {
  return [
    ...desk.conversations.all
      .filter((one) => one !== desk.conversations.open)
      .map(({ id, card }) => action(`Go to ${card.customer}`, () => desk.choose(id, true), { also: card.queue })),
    ...ofTheConversation(desk),
    ...ofThePage(desk),
    action("Next conversation", () => desk.step(1), { keys: "Alt ↓" }),
    action("Previous conversation", () => desk.step(-1), { keys: "Alt ↑" }),
    ...ofTheSettings(desk),
  ];
}

// Responses and past conversations, which the server knows.
export async function fromServer(desk, address, term) {
  const answer = await fetch(
    `${address}?${new URLSearchParams({ q: term, conversation: desk.conversations.open?.id ?? "" })}`,
  ).catch(() => null);
  if (!answer?.ok) return [];
  const { responses, past } = await answer.json();
  return [
    ...responses.map((response) =>
      action(response.title || response.text, () => insert(desk, response, term), {
        detail: `Insert: ${response.text}`,
      }),
    ),
    ...past.map((row) => action(row.customer, () => open(row.address, "_blank", "noopener"), { detail: row.detail })),
  ];
}

function insert(desk, { text, source }, query) {
  desk.panes.show("talk");
  desk.composer.insert({ text, source, query });
}
