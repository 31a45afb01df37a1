// The panes of the desk: which one a phone shows, the right side and the focus in it, and what the preferences change.

const SIDE = "side-body";
const FIELDS = ":is(input:not([type=hidden]), textarea, select)";
// Where the work goes on in the side: what is wrong, what the server says, the first field, else the side itself.
const FIRST = ["[aria-invalid=true]", "[data-focus]", `.side-form ${FIELDS}`, FIELDS, "[tabindex='-1']"];

export class Panes {
  // Three panes beside each other; where there is less room the side lies over the conversation, when it is wanted.
  #roomy = matchMedia("(min-width: 75rem)");
  #wide = matchMedia("(min-width: 60rem)");
  #root;
  #preferences;
  #hooks;
  #isAsked = false; // from elsewhere on the page, as from the list of all actions
  #hadFocus = false; // when it was asked: a side that renews itself takes no focus

  // `hooks`: shown() when another pane is on screen; notesAsked() when the tab of the notes is fetched.
  constructor(root, preferences, hooks) {
    this.#root = root;
    this.#preferences = preferences;
    this.#hooks = hooks;
    preferences.onChangeElsewhere(() => this.applyPreferences());
    this.#roomy.addEventListener("change", () => this.applyPreferences());
    document.addEventListener("htmx:beforeRequest", (event) => this.#sideAsked(event));
    document.addEventListener("htmx:afterSettle", (event) => this.#sideFilled(event));
  }

  // Are list and conversation beside each other?
  get isWide() {
    return this.#wide.matches;
  }

  // Is the conversation on screen?
  get showsConversation() {
    return this.isWide || this.#root.dataset.pane === "talk";
  }

  get current() {
    return this.#root.dataset.pane;
  }

  // Show this pane on a phone.
  show(name) {
    this.#root.dataset.pane = name;
    this.#hooks.shown();
  }

  pane(name) {
    return this.#root.querySelector(`[data-pane-name=${name}]`);
  }

  // Move the focus to the next pane, or with -1 to the one before.
  focusNext(by) {
    const panes = [...this.#root.querySelectorAll("[data-pane-name]")].filter((pane) => pane.offsetParent !== null);
    const at = panes.findIndex((pane) => pane.contains(document.activeElement));
    const pane = panes[(at + by + panes.length) % panes.length];
    const field = pane.querySelector("[data-talk]:not([hidden]) [data-field]");
    (field ?? pane.querySelector("[aria-current=true], [aria-selected=true]") ?? pane).focus();
  }

  // --- the right side --------------------------------------------------------------------------------------------------

  // Fetch what the chosen tab shows. `only`: if that is the tab.
  refreshSide(only = "") {
    const tab = this.pane("side").querySelector("[role=tab][aria-selected=true]");
    if (!only || tab.id === `tab-${only}`) htmx.trigger(tab, "refresh");
  }

  // The same, unless it would take away what the agent has written there.
  renewSide(only = "") {
    const fields = [...this.pane("side").querySelectorAll("textarea, input")];
    const isWritten = fields.some(
      (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked,
    );
    if (!isWritten) this.refreshSide(only);
  }

  get #sidePreference() {
    return this.#roomy.matches ? "sideClosed" : "overlayClosed";
  }

  // Does the side lie over the conversation now?
  get isOverlay() {
    return this.isWide && !this.#roomy.matches && !this.#preferences.get("overlayClosed");
  }

  toggleSide() {
    const hadFocus = this.pane("side").contains(document.activeElement);
    this.#preferences.set(this.#sidePreference, !this.#preferences.get(this.#sidePreference));
    this.applyPreferences();
    if (hadFocus) this.#toggle.focus(); // the side took it along
  }

  // Somebody has asked for something that the side holds.
  showSide() {
    if (!this.isWide) this.show("side");
    else if (this.#preferences.get(this.#sidePreference)) this.toggleSide();
  }

  get #toggle() {
    return this.#root.querySelector("[data-act=toggle-side]");
  }

  #sideAsked({ detail }) {
    if (detail.target?.id !== SIDE) return;
    const event = detail.requestConfig.triggeringEvent;
    this.#isAsked = event?.type === "click" && !event.isTrusted;
    this.#hadFocus = document.getElementById(SIDE).contains(document.activeElement);
    if (detail.elt.id === "tab-notes") this.#hooks.notesAsked();
  }

  // Each step brings a new fragment, and an agent who uses the keys goes on there.
  #sideFilled({ detail }) {
    if (detail.target?.id !== SIDE) return;
    const side = document.getElementById(SIDE);
    const isLost = this.#hadFocus && document.activeElement === document.body;
    if (isLost || this.#isAsked) firstOf(side).focus();
    this.#isAsked = false;
  }

  // --- preferences -----------------------------------------------------------------------------------------------------

  applyPreferences() {
    const isClosed = this.#preferences.get(this.#sidePreference);
    this.#root.classList.toggle("desk--narrow", isClosed);
    this.#toggle.setAttribute("aria-expanded", String(!isClosed));
    document.documentElement.dataset.textSize = this.#preferences.get("textSize");
    const isEnter = this.#preferences.get("sendKey") === "enter";
    this.#root.querySelector("[data-send-key]").textContent = isEnter ? "Enter" : "Ctrl Enter";
    this.#root.querySelector("[data-send-hint]").textContent = isEnter ? "Shift+Enter: new line" : "Enter: new line";
  }
}

function firstOf(side) {
  for (const selector of FIRST) {
    const found = [...side.querySelectorAll(selector)].find((one) => one.getClientRects().length);
    if (found) return found;
  }
  return side;
}
