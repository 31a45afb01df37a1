// Message bubbles, the marks of days between them, and a list of them that follows its end.

import { linked } from "#lib/links.js";

const SAME_BREATH_S = 300;
const AT_THE_END_PX = 48;

// Fill the bubble `line` of a template. `text` may hold addresses: they become links.
export function fillBubble(line, { speaker, sentAt, text }, days) {
  line.querySelector(".message__speaker").textContent = speaker;
  const time = line.querySelector("time");
  time.dateTime = new Date(sentAt * 1000).toISOString();
  time.textContent = days.time(sentAt);
  fillText(line, text);
  return line;
}

export function fillText(line, text) {
  line.querySelector(".message__text").replaceChildren(...linked(text));
}

// Is a message part of what the one before it said? Both: {at, of: who said it}; `last` may be null.
export function continues(last, next, days) {
  return Boolean(
    last && last.of === next.of && days.of(last.at) === days.of(next.at) && next.at - last.at < SAME_BREATH_S,
  );
}

// Add the state of a message that the server has not stored. `template`: with the choices for a refused one.
export function addState(line, template, { client_id, refused }, reason) {
  line.dataset.clientId = client_id;
  const state = template.content.cloneNode(true);
  state.querySelector("[data-reason]").textContent = reason;
  state.querySelector("[data-choices]").hidden = !refused;
  line.classList.toggle("message--refused", Boolean(refused));
  line.append(state);
  return line;
}

// "Sent", to stand below the newest message of the reader's own.
export function sentState() {
  const state = document.createElement("p");
  state.className = "message__state message__sent";
  state.textContent = "Sent";
  return state;
}

// Something that happened between messages.
export function happening(words) {
  const line = document.createElement("li");
  line.className = "happening";
  line.textContent = words;
  return line;
}

// A mark between messages.
export function mark(name, words) {
  const line = document.createElement("li");
  line.className = name;
  const label = document.createElement("span");
  label.textContent = words;
  line.append(label);
  return line;
}

// The mark of the day of a moment. `seconds` since the epoch.
export function dayMark(days, seconds) {
  const day = days.of(seconds);
  const line = mark("day", days.inWords(day));
  line.dataset.day = day;
  return line;
}

// "Today" is true until midnight: write the marks anew.
export function renewDayMarks(days, rows) {
  for (const line of rows.querySelectorAll("[data-day]")) {
    const words = days.inWords(line.dataset.day);
    if (line.firstElementChild.textContent !== words) line.firstElementChild.textContent = words;
  }
}

// Keeps a list of messages at its end while the reader is there. Else it counts on `button` what the reader has missed.
export class EndFollower {
  #scroll;
  #button;
  #missed = 0;
  isAtEnd = true;

  // `scroll`: what scrolls. A press of `button` leads to the end.
  constructor(scroll, button) {
    this.#scroll = scroll;
    this.#button = button;
    scroll.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    button.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => this.follow()).observe(scroll);
  }

  // Something has grown.
  follow() {
    if (this.isAtEnd) this.toEnd();
  }

  toEnd() {
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.reset();
  }

  reset() {
    this.isAtEnd = true;
    this.#missed = 0;
    this.#button.hidden = true;
  }

  // `count` messages came. `isOwn`: the reader wrote one of them, and wants to see it.
  came(count, isOwn) {
    if (isOwn || this.isAtEnd) {
      this.toEnd();
      return;
    }
    if (!count) return;
    this.#missed += count;
    this.#button.hidden = false;
    this.#button.textContent = this.#missed === 1 ? "1 new message" : `${this.#missed} new messages`;
  }

  #scrolled() {
    const { scrollHeight, clientHeight, scrollTop } = this.#scroll;
    if (scrollHeight - clientHeight - scrollTop < AT_THE_END_PX) this.reset();
    else this.isAtEnd = false;
  }
}
