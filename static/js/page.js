// What every page does: colors, menus, tabs, and words for what a swap brought. One file, for each request counts.
//
// It runs before the first paint, because a dark desk must not flash white: the rest waits for the page.

try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is switched off: the system's colors it is.
}

document.addEventListener("DOMContentLoaded", () => {
  startThemeSwitch();
  startMenus();
  for (const tabs of document.querySelectorAll("[data-tabs]")) startTabs(tabs);
  startAnnouncing();
  startSignOut();
});

// The choice of colors: system, light or dark, kept in this browser; for all its tabs at once.
function startThemeSwitch() {
  const boxes = document.querySelectorAll("[data-theme-switch]");
  const show = () => {
    const current = document.documentElement.dataset.theme ?? "system";
    for (const box of boxes) {
      for (const input of box.querySelectorAll("input")) input.checked = input.value === current;
    }
  };
  for (const box of boxes) {
    box.addEventListener("change", (event) => {
      chooseTheme(event.target.value);
      show();
    });
    box.hidden = false;
  }
  addEventListener("storage", (event) => {
    if (event.key !== "theme") return;
    applyTheme(event.newValue ?? "system");
    show();
  });
  show();
}

function applyTheme(theme) {
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function chooseTheme(theme) {
  applyTheme(theme);
  try {
    if (theme === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", theme);
  } catch {
    // Storage is switched off: the choice lasts for this page.
  }
}

// Signing out may forget what the desk keeps in this browser: drafts, messages that wait, preferences. Words that were
// not sent are named first, and only a second press loses them.
function startSignOut() {
  const form = document.querySelector("form[data-sign-out]");
  if (!form) return forgetWhatWasLeft();
  const note = form.querySelector("[data-unsent-words]");
  const start = form.dataset.signOut;
  form.elements.forget.addEventListener("change", () => (note.hidden = true));
  form.addEventListener("submit", (event) => {
    if (!form.elements.forget.checked) return;
    const unsent = keptKeys(start).filter(hasWords).length;
    if (unsent && note.hidden) {
      event.preventDefault();
      note.textContent = `${unsent === 1 ? "A text" : `${unsent} texts`} not sent will be lost. Press Sign out again.`;
      note.hidden = false;
      return;
    }
    forget(start);
    // The desk may write once more while it closes: the page that comes forgets that as well.
    sessionStorage.setItem("forget", start);
  });
}

function forgetWhatWasLeft() {
  try {
    const start = sessionStorage.getItem("forget");
    sessionStorage.removeItem("forget");
    if (start) forget(start);
  } catch {
    // Storage is switched off: nothing was kept.
  }
}

function keptKeys(start) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(start));
  } catch {
    return [];
  }
}

function hasWords(key) {
  try {
    return Boolean(JSON.parse(localStorage.getItem(key))?.text);
  } catch {
    return false;
  }
}

function forget(start) {
  for (const key of keptKeys(start)) localStorage.removeItem(key);
}

// Every <details data-menu>, also one that was swapped in later, closes like a menu: with Escape, by a click elsewhere,
// when focus leaves it.
function startMenus() {
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest("[data-menu][open]");
    if (event.key !== "Escape" || !menu) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("focusout", (event) => {
    const menu = event.target.closest("[data-menu][open]");
    // No relatedTarget: the window lost focus, or a click on nothing, which the next listener handles.
    if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  document.addEventListener("pointerdown", (event) => {
    for (const menu of document.querySelectorAll("[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

// A role=tablist whose tabs fetch their content: the arrow keys go from tab to tab, the Tab key leaves them.
function startTabs(list) {
  const tabs = [...list.querySelectorAll("[role=tab]")];
  const choose = (tab) => {
    for (const one of tabs) {
      one.setAttribute("aria-selected", String(one === tab));
      one.tabIndex = one === tab ? 0 : -1;
    }
    document.getElementById(tab.getAttribute("aria-controls"))?.setAttribute("aria-labelledby", tab.id);
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) choose(tab);
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -tabs.length, End: tabs.length }[event.key];
    if (!step) return;
    event.preventDefault();
    const here = tabs.indexOf(document.activeElement);
    const next = Math.abs(step) > 1 ? (step > 0 ? tabs.length - 1 : 0) : (here + step + tabs.length) % tabs.length;
    tabs[next].focus();
    tabs[next].click();
  });
}

// Tells screen readers what a swap brought (`data-announce` of what was swapped in), keeps the focus on the page,
// and says when a request failed.
function startAnnouncing() {
  const announcer = document.querySelector("[data-announcer]");
  const trouble = document.querySelector("[data-trouble]");
  let quiet = false;

  document.addEventListener("htmx:beforeRequest", (event) => {
    // A refresh that nobody asked for comes from the board itself, not from a link in it, and says nothing.
    quiet = event.detail.elt.matches("[data-board], [data-quiet]");
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    trouble.hidden = true;
    const { announce } = event.detail.elt.dataset ?? {};
    if (!announce || quiet) return;
    announcer.textContent = announce;
    // The link that was pressed may be gone (the last page has no "Next"): go to the heading of what came.
    if (document.activeElement === document.body) event.detail.elt.querySelector("[tabindex='-1']")?.focus();
  });
  const fail = () => {
    if (quiet) return;
    trouble.textContent = "That did not load. Check your connection and try again.";
    trouble.hidden = false;
  };
  document.addEventListener("htmx:responseError", fail);
  document.addEventListener("htmx:sendError", fail);
}
