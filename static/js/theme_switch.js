// The choice of colors in the account menu: system, light or dark, kept in this browser.
// It needs script, so it stays hidden without.

const box = document.querySelector("[data-theme-switch]");

function choose(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Storage is switched off: the choice lasts for this page.
  }
}

if (box) {
  const current = document.documentElement.dataset.theme ?? "system";
  for (const input of box.querySelectorAll("input")) input.checked = input.value === current;
  box.addEventListener("change", (event) => choose(event.target.value));
  box.hidden = false;
}
