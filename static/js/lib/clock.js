// The server's clock, counted on by this page: the clock of the computer may be wrong, and may be set while the page is
// open. Countdowns, waits and days are counted with it. `performance.now()` only grows; each time the line comes back the
// server says the time anew, as a computer that slept has not counted.

let origin = Date.now() / 1000 - performance.now() / 1000;

// The server says that it is `seconds` since the epoch.
export function setServerTime(seconds) {
  if (Number.isFinite(seconds)) origin = seconds - performance.now() / 1000;
}

// Seconds since the epoch. Until the server has said the time, this computer's.
export function now() {
  return origin + performance.now() / 1000;
}
