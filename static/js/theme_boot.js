// Puts the chosen theme on <html> before anything is painted. theme_switch.js lets people choose.
try {
  const chosen = localStorage.getItem("theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
} catch {
  // Storage is switched off: the system's colors it is.
}
