// Conversations that have left the agent's desk, whoever took them: what is said about them, and what may still be done.
//
// Nothing here moves the focus or opens another conversation: where keys go is decided by the agent alone.

const UNKNOWN = "This chat is not with you any more";

const SENTENCES = {
  ended: ({ by, who }, customer) => `${{ customer, me: "You", agent: who }[by] || "The system"} ended the chat`,
  timed_out: ({ by, who }, customer) => {
    if (by === "me") return `You timed out ${customer}`;
    return `${customer} was silent, and ${by === "agent" && who ? who : "the system"} timed out the chat`;
  },
  passed: ({ by, who, to }) => {
    if (by === "me") return `You passed this chat to ${to}`;
    return `Passed to ${to} by ${who || "the system"}`;
  },
  returned: ({ to }) => `This chat went back to the queue${to ? ` ${to}` : ""}`,
  taken: ({ who }) => `${who} took over`,
  left: () => "This chat left your desk",
};

// "Iris ended the chat at 22:13". `left` as the server tells it; none: nobody has told how.
export function sentenceOf(left, customer, time) {
  if (!left?.how) return UNKNOWN;
  return `${(SENTENCES[left.how] ?? SENTENCES.left)(left, customer)} at ${time(left.at)}`;
}

// The word on its card.
export function markOf({ left, card }) {
  if (!left) return "";
  if (card.left) return "Wrap up";
  return left.how === "ended" || left.how === "timed_out" ? "Ended" : "Left";
}

// What the page shows of a conversation that has left, around the transcript and in an open sheet.
export class DepartedView {
  #part;
  #time;
  #refused;

  // `time(seconds)`: the time of day. `refused()`: something that is off was pressed.
  constructor(root, time, refused) {
    this.#part = (name) => root.querySelector(`[data-${name}]`);
    this.#time = time;
    this.#refused = refused;
    // Before htmx and the forms themselves hear of it.
    for (const kind of ["click", "submit"]) document.addEventListener(kind, (event) => this.#stop(event), true);
  }

  sentence({ left, card }) {
    return sentenceOf(left, card.customer, this.#time);
  }

  // `conversation`: the one on screen, or null. `next`: the one that "Next" would open, or undefined.
  show(conversation, next) {
    const left = conversation?.left ?? null;
    const canWrapUp = Boolean(left && conversation.card.left);
    this.#part("left").hidden = !left;
    this.#part("left-words").hidden = !(left && conversation.draft.trim());
    this.#part("send-hint").hidden = Boolean(left);
    // Not disabled: what has the focus keeps it.
    off(this.#part("send"), Boolean(left));
    off(this.#part("transfer"), Boolean(left));
    off(this.#part("end"), Boolean(left) && !canWrapUp);
    this.#part("end-word").textContent = canWrapUp ? "Wrap up" : "End";
    this.#part("end").dataset.palette = canWrapUp ? "Wrap up the conversation" : "End the conversation";
    this.#part("note-words").hidden = !canWrapUp;
    this.#part("close-left").hidden = canWrapUp;
    this.#part("next").hidden = !next;
    if (!left) return;
    this.#part("left-why").textContent = this.sentence(conversation);
    this.#part("left-how").textContent = canWrapUp
      ? "It leaves your desk when you have wrapped it up."
      : "You can read it here. Nothing more can be sent.";
    this.#part("next-name").textContent = next?.card.customer ?? "";
  }

  // The sheet that is open was opened for this conversation: say there that it is gone. One that can be wrapped up
  // takes what was written as the wrap-up; everything else can only be read and copied.
  tellSheet(sheet, conversation) {
    const forms = [...sheet.querySelectorAll("form[action]")].filter((form) => isAbout(form, conversation.id));
    if (!sheet.open || !forms.length) return;
    for (const form of forms) {
      const wrapsUp = Boolean(conversation.card.left) && form.action.endsWith("/end");
      if (wrapsUp) form.querySelector(".button").textContent = "Finish";
      for (const button of form.querySelectorAll("button:not([type=button])")) off(button, !wrapsUp);
    }
    const [form] = forms;
    const alert = form.querySelector("[data-left-alert]") ?? document.createElement("p");
    alert.className = "control__alert";
    alert.dataset.leftAlert = "";
    alert.textContent = `${this.sentence(conversation)}.`;
    alert.setAttribute("role", "alert"); // what stands outside of an open dialog is not read aloud
    (form.querySelector(".control__title") ?? form.firstElementChild).after(alert);
  }

  // Nothing is done by a control that is off.
  #stop(event) {
    const control = event.type === "submit" ? event.submitter : event.target.closest?.("button");
    const isOff = control?.getAttribute("aria-disabled") === "true";
    const form = event.type === "submit" ? event.target : null;
    const isFormOff = form?.querySelector("button[aria-disabled=true]") && !event.submitter;
    if (!isOff && !isFormOff) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#refused();
  }
}

function off(control, isOff) {
  if (isOff) control.setAttribute("aria-disabled", "true");
  else control.removeAttribute("aria-disabled");
}

function isAbout(form, id) {
  return form.action.includes(`/conversations/${id}/`);
}
