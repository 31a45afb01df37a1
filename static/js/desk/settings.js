// The settings page: what this browser keeps for the agent, and the test of the bell.

import { notificationState, notify, play } from "#desk/bell.js";
import { Preferences } from "#lib/storage.js";

const STATES = {
  granted: "Notifications are allowed in this browser.",
  default: "Notifications are not allowed yet.",
  denied: "This browser blocks notifications for this address. Allow them in its settings for this site.",
  insecure: "Notifications are not available: browsers show them for addresses with https only. Sounds work.",
  missing: "This browser has no notifications. Sounds work.",
};

const root = document.querySelector("[data-settings]");
const preferences = new Preferences(root.dataset.agent);
const part = (name) => root.querySelector(`[data-${name}]`);

function show() {
  for (const input of root.querySelectorAll("[data-preference]")) {
    const value = preferences.get(input.name);
    input.checked = input.type === "radio" ? input.value === value : value;
  }
  document.documentElement.dataset.textSize = preferences.get("textSize");
  const state = notificationState();
  part("notification-state").textContent = STATES[state];
  part("allow").hidden = state !== "default";
  for (const input of root.querySelectorAll("[data-notification]")) input.disabled = state !== "granted";
}

// Says what happened, and what did not and why.
function test() {
  const sound = play("conversation") ? "You should hear two notes." : "This browser plays no sound here.";
  const shown = notify("Test of your desk", "This is how a notification looks.", "desk:test");
  part("test-state").textContent = `${sound} ${shown ? "A notification is on its way." : STATES[notificationState()]}`;
}

root.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-preference]")) return;
  preferences.set(target.name, target.type === "radio" ? target.value : target.checked);
  show();
});
part("allow").addEventListener("click", async () => {
  await Notification.requestPermission();
  show();
});
part("test").addEventListener("click", test);
preferences.onChangeElsewhere(show);
show();
