// A <details data-menu> that closes like a menu: with Escape, by a click elsewhere, when focus leaves it.

for (const menu of document.querySelectorAll("[data-menu]")) {
  const button = menu.querySelector("summary");

  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    button.focus();
  });
  menu.addEventListener("focusout", (event) => {
    // No relatedTarget: the window lost focus, or a click on nothing, which the next listener handles.
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
}
