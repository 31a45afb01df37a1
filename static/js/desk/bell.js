// The bell: a sound and a notification of the system for what an agent would miss. Loaded when it first rings, and by
// the settings page for its test.
//
// Several tabs of one agent ring once: each claims what it is about in the browser's storage, waits a moment, and rings
// if the claim is still its own. A tab that shows what it is about claims it and says nothing.

const CLAIM_MS = 200;
const CLAIM_LASTS_MS = 60_000;
// The notes of each sound: Hz, from second, for seconds. They differ in melody, not in loudness alone.
const SOUNDS = {
  conversation: [
    [659, 0, 0.16],
    [880, 0.15, 0.3],
  ],
  message: [[784, 0, 0.18]],
  late: [
    [587, 0, 0.16],
    [587, 0.22, 0.16],
    [466, 0.44, 0.3],
  ],
};
const LOUDNESS = 0.16;
const TITLES = {
  conversation: (name) => `New conversation: ${name}`,
  message: (name) => `${name}: new message`,
  late: (name) => `${name} has waited too long`,
};

const tab = Math.random().toString(36).slice(2);
let audio = null;

// What kind of ring a preference is about: soundConversation, notifyLate.
const preferenceOf = (how, kind) => `${how}${kind[0].toUpperCase()}${kind.slice(1)}`;

// Ring for `kind`: conversation, message, late. `id` names the occasion, the same in all tabs; `isSeen`: this tab shows
// it; `name`: the customer; `text`: what the customer said.
export async function ring(preferences, agent, { kind, id, name, text = "", conversation = "", isSeen = false }) {
  if (!(await isMine(`desk:${agent}:rang:${kind}:${id}`, isSeen)) || isSeen) return;
  if (preferences.get(preferenceOf("sound", kind))) play(kind);
  const isLookedAt = document.visibilityState === "visible" && document.hasFocus();
  if (preferences.get(preferenceOf("notify", kind)) && !isLookedAt) {
    notify(TITLES[kind](name), preferences.get("notifyText") ? text : "", `desk:${conversation || id}`);
  }
}

async function isMine(key, isSeen) {
  try {
    tidy(key.slice(0, key.indexOf(":rang:") + 6));
    if (!isSeen && localStorage.getItem(key)) return false;
    localStorage.setItem(key, `${Date.now()}:${tab}`);
    if (isSeen) return true;
    await new Promise((done) => setTimeout(done, CLAIM_MS));
    return localStorage.getItem(key)?.endsWith(`:${tab}`) ?? true;
  } catch {
    return true; // storage is switched off: tabs do not know of each other
  }
}

function tidy(start) {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith(start) && Date.now() - Number.parseInt(localStorage.getItem(key), 10) > CLAIM_LASTS_MS) {
      localStorage.removeItem(key);
    }
  }
}

// False: the browser does not let a page sound before somebody has pressed something in it, or cannot.
export function play(kind) {
  if (!("AudioContext" in window) || navigator.userActivation?.hasBeenActive === false) return false;
  try {
    audio ??= new AudioContext();
    if (audio.state === "suspended") void audio.resume();
    for (const [frequency, from, lasts] of SOUNDS[kind]) note(frequency, audio.currentTime + from, lasts);
    return true;
  } catch {
    return false; // no sound device
  }
}

function note(frequency, at, lasts) {
  const tone = new OscillatorNode(audio, { type: "sine", frequency });
  const loudness = new GainNode(audio, { gain: 0 });
  loudness.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.001, at + lasts);
  tone.connect(loudness).connect(audio.destination);
  tone.start(at);
  tone.stop(at + lasts);
}

// "granted", "denied", "default" (nobody was asked yet), "insecure" (plain http) or "missing" (the browser has none).
export function notificationState() {
  if (!window.isSecureContext) return "insecure";
  if (!("Notification" in window)) return "missing";
  return Notification.permission;
}

// A press on it brings the desk to the front, and changes nothing there: what is written goes on where it is.
export function notify(title, body, tag) {
  if (notificationState() !== "granted") return false;
  try {
    const notification = new Notification(title, { body, tag, silent: true });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
    return true;
  } catch {
    return false; // browsers of phones show none without a service worker
  }
}
