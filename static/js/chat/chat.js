// The chat page: the line, the log, what goes out, and what is being written.

import { Line } from "#desk/line.js";
import { setServerTime } from "#lib/clock.js";
import { copyText } from "#lib/fallbacks.js";
import { isVisible } from "#lib/text.js";
import { TabDrafts } from "#chat/drafts.js";
import { Log } from "#chat/log.js";
import { Outgoing } from "#chat/outgoing.js";

const LONGEST_TEXT = 4_000;
const TELL_LEFT_FROM = 3_600;
const TYPING_EVERY_MS = 1_000;
const BANNERS = {
  disconnected: "No connection. What you write is kept and goes out later.",
  reconnecting: "Reconnecting",
  connected: "Connected",
  "too-fast": "Too much came from this page at once. It comes back in a moment. What you write is kept and goes out later.",
  elsewhere: "This chat is open in other tabs. It goes on here when you come back to this tab.",
  crowded: "Too many chats are open from your network. Trying again soon. What you write is kept and goes out later.",
};

const root = document.querySelector("[data-chat]");
const part = (name) => root.querySelector(`[data-${name}]`);
const place = `chat:${root.dataset.chat}`;
const scheme = location.protocol === "https:" ? "wss" : "ws";
const line = new Line(`${scheme}://${location.host}/chat/${root.dataset.chat}/socket`, root.dataset.timerWorker);
const log = new Log(root);
const outgoing = new Outgoing(line, place);
const drafts = new TabDrafts(place);
const title = document.title;
const text = part("text");

let conversation = root.dataset.conversation;
let state = { status: "none", agent: null, place: null };
let restored = ""; // what stood in the field when this page was opened
let awaited = 0; // rows up to here are history, not news
let unread = 0;
let toldTyping = 0;
let typingTimer = 0;

// --- the server says ---------------------------------------------------------------------------------------------

line.addEventListener("up", () => line.say({ t: "hello", conversation, resume: log.upto }));
line.addEventListener("down", () => showPending());
line.addEventListener("out", () => {
  part("compose").hidden = true;
  part("over").hidden = true;
  part("out").hidden = false;
  part("state").textContent = "Ended";
  part("out").querySelector("[tabindex]").focus();
});
line.addEventListener("banner", ({ detail }) => {
  const banner = part("banner");
  banner.className = `banner${detail ? ` banner--${detail}` : ""}`;
  banner.textContent = BANNERS[detail] ?? "";
});
line.addEventListener("frame", ({ detail: frame }) => {
  switch (frame.t) {
    case "welcome":
      return welcome(frame);
    case "rows":
      return frame.conversation === conversation && rows(frame);
    case "state":
      return frame.conversation === conversation && show(frame);
    case "stored":
      // Its row stands here before the bubble on its way goes, where nothing is missing between.
      if (frame.conversation === conversation && frame.row.sequence === log.upto + 1) {
        log.take([frame.row], frame.row.sequence);
      }
      return outgoing.stored(frame.client_id);
    case "refused":
      return outgoing.refused(frame);
    case "typing":
      return frame.conversation === conversation && log.typing(frame.who);
    case "error":
      return frame.of === "send" && outgoing.refused({ ...frame, client_id: frame.ref });
  }
});

function welcome(frame) {
  setServerTime(frame.now);
  if (frame.conversation === null) return location.reload(); // no conversation any more: the form asks anew
  if (frame.conversation !== conversation) {
    log.clear();
    conversation = frame.conversation;
    restore(text.value);
  }
  drafts.tidy();
  awaited = frame.upto;
  if (log.upto >= awaited) log.isComplete();
  show(frame);
  outgoing.resume(conversation);
  showPending();
}

function rows(frame) {
  const fresh = log.take(frame.rows, frame.upto);
  for (const { message } of fresh) {
    if (message?.role === "customer") outgoing.stored(message.client_id);
    else if (message) log.typed();
    if (message && message.role !== "customer" && document.hidden && frame.upto > awaited) unread += 1;
  }
  if (log.upto >= awaited) log.isComplete();
  count();
}

function show({ status, agent, place: number }) {
  const was = state.status;
  state = { status, agent, place: number };
  part("state").textContent = inWords();
  root.dataset.status = status;
  const over = status === "ended";
  const held = part("compose").contains(document.activeElement);
  part("compose").hidden = over;
  part("over").hidden = !over;
  if (over && was !== "ended") {
    log.typed();
    if (held) part("over").querySelector("[tabindex]").focus();
  }
}

function inWords() {
  if (state.status === "ended") return "Conversation ended";
  if (state.status === "paused") return "Paused. Write to go on";
  if (state.status === "live") return state.agent ? `${state.agent} is with you` : "You are connected";
  if (state.place === 1) return "You are next";
  if (state.place) return `${state.place - 1} ${state.place === 2 ? "person" : "people"} before you`;
  return "We will be with you soon";
}

// --- what goes out ---------------------------------------------------------------------------------------------

outgoing.addEventListener("change", () => showPending());
root.addEventListener("unsent", ({ detail }) => {
  if (detail.do === "retry") outgoing.retry(detail.client_id);
  else if (detail.do === "drop") outgoing.drop(detail.client_id);
  else copy(outgoing.all.find((message) => message.client_id === detail.client_id)?.text);
});

function showPending() {
  log.pending(outgoing.all, line.isUp);
}

async function copy(words) {
  if (!words) return;
  if (await copyText(words)) return say("Copied");
  // Not allowed here: put it where it can be copied from.
  text.value = text.value ? `${text.value}\n${words}` : words;
  changed();
  text.focus();
}

// --- what is being written -------------------------------------------------------------------------------------

part("send").type = "submit";
part("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
text.addEventListener("keydown", (event) => {
  // A phone has no Shift+Enter: there Enter makes the new line, and the button sends.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  if (matchMedia("(pointer: coarse) and (hover: none)").matches) return;
  event.preventDefault();
  send();
});
text.addEventListener("input", () => {
  changed();
  typing();
});

function written() {
  // What no database takes: U+0000 and halves of characters.
  const words = text.value.replaceAll("\0", "");
  return (words.toWellFormed?.() ?? words).trim();
}

function send() {
  const words = written();
  if (!isVisible(words) || words.length > LONGEST_TEXT) return;
  clearTimeout(typingTimer);
  typingTimer = 0;
  try {
    outgoing.add(words);
  } catch (error) {
    console.error(error);
    return notKept();
  }
  text.value = "";
  changed();
  log.toEnd();
  text.focus();
}

// The message is not in the outbox: its words stay in the field.
function notKept() {
  part("left").textContent = "Not sent. Your words are still here: please try again.";
  part("left").hidden = false;
  part("hint").hidden = true;
  say(part("left").textContent);
}

// What was being written here, before the tab was reloaded, closed or killed. Words that stand in the field stay.
function restore(written = "") {
  restored = drafts.open(conversation, written);
  text.value = restored;
  fit();
}
drafts.addEventListener("found", ({ detail }) => {
  if (text.value) return drafts.set(text.value);
  text.value = detail;
  fit();
});
drafts.addEventListener("double", () => {
  if (text.value === restored) text.value = "";
  changed();
});

function changed() {
  drafts.set(text.value);
  fit();
}

function fit() {
  const words = written();
  const { length } = words;
  part("send").disabled = !isVisible(words) || length > LONGEST_TEXT;
  const left = part("left");
  left.hidden = length < TELL_LEFT_FROM;
  part("hint").hidden = !left.hidden;
  left.textContent = length > LONGEST_TEXT ? `${length - LONGEST_TEXT} letters too many` : `${LONGEST_TEXT - length} letters left`;
  if (CSS.supports("field-sizing", "content")) return;
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}

// At once, then at most once a second, the last time with what stands there then.
function typing() {
  if (typingTimer || state.status === "ended") return;
  typingTimer = setTimeout(
    () => {
      typingTimer = 0;
      toldTyping = performance.now();
      const words = written().slice(-LONGEST_TEXT);
      if (words) line.say({ t: "typing", text: words });
    },
    Math.max(0, toldTyping + TYPING_EVERY_MS - performance.now()),
  );
}

// The question whether to end goes away with Escape and with a press elsewhere, as menus do.
const leave = part("leave");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !leave.open) return;
  leave.open = false;
  leave.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  if (!leave.contains(event.target)) leave.open = false;
});

// --- the page --------------------------------------------------------------------------------------------------

function count() {
  document.title = unread ? `(${unread}) ${title}` : title;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  count();
});

function say(words) {
  part("said").textContent = words;
}

outgoing.begin(conversation);
restore();
showPending();
line.open();
text.focus();

for (const button of document.querySelectorAll("[data-forget]")) {
  button.addEventListener("click", () => {
    for (const key of Object.keys(localStorage)) if (key.startsWith(`desk:${place}:`)) localStorage.removeItem(key);
  });
}
