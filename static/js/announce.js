// Tells screen readers what a swap brought (`data-announce` of what was swapped in), keeps the focus on the page,
// and says when a request failed.

const announcer = document.querySelector("[data-announcer]");
const trouble = document.querySelector("[data-trouble]");
let quiet = false;

document.addEventListener("htmx:beforeRequest", (event) => {
  // A refresh that nobody asked for comes from the board itself, not from a link in it, and says nothing.
  quiet = event.detail.elt.matches("[data-board]");
});

document.addEventListener("htmx:afterSettle", (event) => {
  trouble.hidden = true;
  const { announce } = event.detail.elt.dataset ?? {};
  if (!announce || quiet) return;
  announcer.textContent = announce;
  // The link that was pressed may be gone (the last page has no "Next"): go to the heading of what came.
  if (document.activeElement === document.body) event.detail.elt.querySelector("[tabindex='-1']")?.focus();
});

function fail() {
  if (quiet) return;
  trouble.textContent = "That did not load. Check your connection and try again.";
  trouble.hidden = false;
}

document.addEventListener("htmx:responseError", fail);
document.addEventListener("htmx:sendError", fail);
