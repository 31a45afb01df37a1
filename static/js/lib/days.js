// Days and times in words, and the marks between messages of different days, on the desk and on the chat page alike.
//
// A day is one of the calendar in a time zone. Twice a year it has 23 or 25 hours: none is ever taken for 86,400 seconds.

import { now } from "#lib/clock.js";

const LOOK_EVERY_MS = 15_000;
// Plain English stands for what the server writes: 21:56, Saturday 31 October 2026.
const { lang } = document.documentElement;
const LOCALE = !lang || lang === "en" ? "en-GB" : lang;
// Apart, as browsers differ in what they write between them.
const WEEKDAY = new Intl.DateTimeFormat(LOCALE, { weekday: "long", timeZone: "UTC" });
const DATE = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

export class Days {
  #day;
  #time;

  // `timeZone` undefined: the browser's own.
  constructor(timeZone) {
    this.#day = new Intl.DateTimeFormat("sv", { timeZone }); // Sweden writes dates as ISO 8601 does
    this.#time = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone });
  }

  // The date of a moment, such as "2026-11-27". `seconds` since the epoch.
  of(seconds) {
    return this.#day.format(seconds * 1000);
  }

  // The time of a moment, such as "21:56".
  time(seconds) {
    return this.#time.format(seconds * 1000);
  }

  // "Today", "Yesterday" or the date in words. True until midnight: see `onNewDay`.
  inWords(day) {
    const today = this.of(now());
    if (day === today) return "Today";
    if (day === dayBefore(today)) return "Yesterday";
    return `${WEEKDAY.format(noonOf(day))} ${DATE.format(noonOf(day))}`;
  }
}

// Write the marks (`data-day`) anew, and hide one that says the same as the mark before it. Between them may stand the
// heading of another conversation (no `data-day`), which begins anew.
export function renewMarks(days, marks) {
  let before = "";
  for (const mark of marks) {
    const { day } = mark.dataset;
    mark.hidden = Boolean(day) && day === before;
    before = day ?? "";
    const place = mark.firstElementChild ?? mark;
    if (day && place.textContent !== days.inWords(day)) place.textContent = days.inWords(day);
  }
}

// Call `renew` when another day has begun: within moments, or when a page comes back that was hidden.
export function onNewDay(days, renew) {
  let today = days.of(now());
  const look = () => {
    if (today === days.of(now())) return;
    today = days.of(now());
    renew();
  };
  setInterval(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", look);
  addEventListener("pageshow", look);
}

// Noon of UTC is far from every edge.
function noonOf(day) {
  return new Date(`${day}T12:00:00Z`);
}

function dayBefore(day) {
  const noon = noonOf(day);
  noon.setUTCDate(noon.getUTCDate() - 1);
  return noon.toISOString().slice(0, 10);
}
