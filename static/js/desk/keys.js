// What Alt and a letter do: they press the button that names the letter (`data-shortcut`), where it can be pressed.
// Loaded when Alt is first held.

// Press it. False: the button is not there, hidden or switched off, and nothing happens.
export function pressShortcut(desk, letter) {
  const button = document.querySelector(`[data-shortcut="${letter}"]`);
  if (!button || button.disabled || button.closest("[hidden]")) return false;
  if (letter === "S") toggleStatuses(desk, button);
  else if (letter === "P") writeNote(desk, button);
  else button.click();
  return true;
}

// The menu of statuses, from the keyboard: the one that holds has the focus, arrows go on, Escape leads back.
function toggleStatuses(desk, summary) {
  const menu = summary.closest("details");
  if (menu.open) {
    menu.open = false;
    return;
  }
  const before = document.activeElement;
  desk.panes.show("list");
  menu.open = true;
  (menu.querySelector("[aria-pressed=true]") ?? menu.querySelector("button")).focus();
  menu.onkeydown = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const choices = [...menu.querySelectorAll("button")];
    choices.at((choices.indexOf(document.activeElement) + by) % choices.length).focus();
  };
  menu.ontoggle = () => {
    if (menu.open) return;
    menu.ontoggle = null;
    const { activeElement } = document;
    if (before.isConnected && (menu.contains(activeElement) || activeElement === document.body)) before.focus();
  };
}

// The note's field, in the side that shows it.
export function writeNote(desk, tab) {
  desk.panes.showSide();
  const body = document.querySelector("#side-body");
  const field = () => body.querySelector("[data-note-form] textarea");
  if (tab.getAttribute("aria-selected") === "true" && field()) {
    field().focus();
    return;
  }
  // What is typed before the field is there must not go to the customer.
  body.focus();
  const settled = () => {
    if (!field()) return; // something else that was still on its way
    body.removeEventListener("htmx:afterSettle", settled);
    if (document.activeElement === body) field().focus();
  };
  body.addEventListener("htmx:afterSettle", settled);
  tab.click();
}
