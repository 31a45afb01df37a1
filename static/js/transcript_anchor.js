// Opens a transcript at its end, where the conversation is. Where the page itself scrolls, on a phone, it stays on top.

const pane = document.querySelector("[data-anchor-end]");
if (pane) pane.scrollTop = pane.scrollHeight;
