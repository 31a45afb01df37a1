// The server's clock as this page counts it, and days and times in words, for the desk and the chat page.
//
// A day is a day of the calendar in a time zone. Twice a year it has 23 or 25 hours, so no code here takes it for 86,400
// seconds.

const CHECK_EVERY_MS = 15_000;
// Plain English stands for what the server writes: 21:56, Saturday 31 October 2026.
const lang = globalThis.document?.documentElement.lang ?? "";
const LOCALE = !lang || lang === "en" ? "en-GB" : lang;
// Two formats, as browsers differ in what they write between weekday and date.
const WEEKDAY = new Intl.DateTimeFormat(LOCALE, { weekday: "long", timeZone: "UTC" });
const DATE = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

// The clock of the computer may be wrong, and somebody may set it while the page is open. `performance.now()` only grows.
// A computer that slept has not counted, so the server says its time whenever the page connects.
let origin = Date.now() / 1000 - performance.now() / 1000;

// The server says that it is `seconds` since the epoch.
export function setServerTime(seconds) {
  if (Number.isFinite(seconds)) origin = seconds - performance.now() / 1000;
}

// Seconds since the epoch by the server's clock. Until the server has said its time, by this computer's clock.
export function now() {
  return origin + performance.now() / 1000;
}

// A wait in short: 45s, 3m, 1h 5m.
export function waitLabel(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

export class Days {
  #day;
  #time;
  #clock;

  // `timeZone` undefined: the browser's own. `clock()` returns seconds since the epoch.
  constructor(timeZone, clock = now) {
    this.#clock = clock;
    this.#day = new Intl.DateTimeFormat("sv", { timeZone }); // Sweden writes dates as ISO 8601 does
    this.#time = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
  }

  // The date of a moment, such as "2026-11-27". `seconds` since the epoch.
  of(seconds) {
    return this.#day.format(seconds * 1000);
  }

  get today() {
    return this.of(this.#clock());
  }

  // The time of a moment, such as "21:56".
  time(seconds) {
    return this.#time.format(seconds * 1000);
  }

  // "Today", "Yesterday" or the date in words. True until midnight: see `onNewDay`.
  inWords(day) {
    const { today } = this;
    if (day === today) return "Today";
    if (day === dayBefore(today)) return "Yesterday";
    return `${WEEKDAY.format(noonOf(day))} ${DATE.format(noonOf(day))}`;
  }
}

// Call `renew` when another day has begun: within moments, or when a hidden page is shown again.
export function onNewDay(days, renew, page = window) {
  let { today } = days;
  const check = () => {
    if (today === days.today) return;
    today = days.today;
    renew();
  };
  setInterval(check, CHECK_EVERY_MS);
  page.document.addEventListener("visibilitychange", check);
  page.addEventListener("pageshow", check);
}

// Noon of UTC is far from every edge of a day.
function noonOf(day) {
  return new Date(`${day}T12:00:00Z`);
}

function dayBefore(day) {
  const noon = noonOf(day);
  noon.setUTCDate(noon.getUTCDate() - 1);
  return noon.toISOString().slice(0, 10);
}
