// Fetches the board again every REFRESH_SECONDS. Rows never move under the pointer or under the keyboard's focus,
// so it waits while either is inside; its "As of" time says how old it is.

const REFRESH_SECONDS = 20;

setInterval(() => {
  const board = document.querySelector("[data-board]");
  if (!board || document.hidden || board.matches(":hover") || board.contains(document.activeElement)) return;
  htmx.ajax("GET", board.dataset.here, { target: "#board", swap: "outerHTML", source: board });
}, REFRESH_SECONDS * 1000);
