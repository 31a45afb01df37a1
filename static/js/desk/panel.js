// The focus in the panel at the right: each step of it brings a new fragment, and whoever uses the keys goes on there.

const BODY = "side-body";
const FIELDS = ":is(input:not([type=hidden]), textarea, select)";

let isAsked = false; // from elsewhere on the page, as from the list of all actions
let hadFocus = false; // when it was asked: a panel that renews itself takes no focus

// Where the work goes on: what is wrong, what the server says, the first field, else the panel itself.
function place(body) {
  for (const name of ["[aria-invalid=true]", "[data-focus]", `.side-form ${FIELDS}`, FIELDS, "[tabindex='-1']"]) {
    const found = [...body.querySelectorAll(name)].find((one) => one.getClientRects().length);
    if (found) return found;
  }
  return body;
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target?.id !== BODY) return;
  const event = detail.requestConfig.triggeringEvent;
  isAsked = event?.type === "click" && !event.isTrusted;
  hadFocus = document.getElementById(BODY).contains(document.activeElement);
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target?.id !== BODY) return;
  const isLost = hadFocus && document.activeElement === document.body;
  if (isLost || isAsked) place(document.getElementById(BODY)).focus();
  isAsked = false;
});
