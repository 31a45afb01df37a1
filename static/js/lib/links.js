// Addresses in messages become links. `conversations/links.py` has the same rules for pages that the server renders;
// both are tested with `tests/data/links.json`.

// An address ends at white space, quotes, angle and curly brackets, control and invisible characters, and the
// punctuation of Chinese and Japanese, which write no space after an address.
const END =
  '\\s<>"`{}|\\\\^\\u0000-\\u001f\\u007f-\\u00a0\\u00ab\\u00ad\\u00bb\\u061c\\u180e\\u200b-\\u200f\\u2018-\\u201f' +
  "\\u2028-\\u202f\\u2060-\\u206f\\u3000-\\u3002\\u3008-\\u3011\\u3014-\\u301b\\ufeff\\uff01\\uff08\\uff09\\uff0c" +
  "\\uff0e\\uff1a\\uff1b\\uff1f\\ufff9-\\ufffb";
const ADDRESS = new RegExp(`(?<![A-Za-z0-9_])https?://[^${END}]+`, "gi");
const AUTHORITY = /^https?:\/\/([^/?#]*)/i;
const LABEL = /^[A-Za-z0-9\u00a1-\u{10ffff}-]{1,63}$/u;
const NUMBER = /^(\d+|0x[0-9a-f]*)$/i;
const IPV4 = /^(\d{1,3}\.){3}\d{1,3}$/;
const TRAILING = ".,:;!?'*_~\u2026";
const OPENING = { ")": "(", "]": "[" };
const MAX_LENGTH = 2_000;

// Letters of other scripts, and Latin letters that look like plain ones, belong to none of these.
const SCRIPTS = {
  latin: /[a-z\u00c0-\u0130\u0132-\u0137\u0139-\u0148\u014a-\u017e]/iy,
  cyrillic: /[\u0400-\u052f]/y,
  greek: /[\u0370-\u03ff]/y,
  han: /[\u3005\u3400-\u4dbf\u4e00-\u9fff]/y,
  kana: /[\u3040-\u30ff]/y,
  hangul: /[\uac00-\ud7a3]/y,
  arabic: /[\u0620-\u06ff]/y,
  hebrew: /[\u05d0-\u05ea]/y,
  devanagari: /[\u0900-\u097f]/y,
  thai: /[\u0e00-\u0e7f]/y,
};
// Scripts that one word may be written in together, and those with letters that look like Latin ones.
const TOGETHER = ["han kana", "han hangul"].map((names) => new Set(names.split(" ")));
const LOOKALIKES = ["cyrillic", "greek"];

// The parts of a text, in order: {text, href}; `href` is "" for what is no address.
export function partsOf(text) {
  const parts = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = withoutTrailing(found);
    const shown = shownAs(address);
    if (!shown) continue;
    if (index > from) parts.push({ text: text.slice(from, index), href: "" });
    parts.push({ text: shown, href: address });
    from = index + address.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), href: "" });
  return parts;
}

// Nodes for the text, with links that open in another tab and tell that page nothing of this one.
export function linked(text) {
  return partsOf(text).map((part) => {
    if (!part.href) return document.createTextNode(part.text);
    const link = document.createElement("a");
    link.href = part.href;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.dir = "ltr";
    link.title = "Opens in a new tab";
    link.textContent = part.text;
    return link;
  });
}

// Punctuation after an address belongs to the sentence, and so does a bracket that was opened before it.
function withoutTrailing(address) {
  const left = { ")": 0, "]": 0 };
  for (const sign of address) {
    for (const [closing, opening] of Object.entries(OPENING)) {
      if (sign === closing) left[closing] += 1;
      else if (sign === opening) left[closing] -= 1;
    }
  }
  let end = address.length;
  for (; end > 0; end -= 1) {
    const sign = address[end - 1];
    if (left[sign] > 0) left[sign] -= 1;
    else if (!TRAILING.includes(sign)) break;
  }
  return address.slice(0, end);
}

// The address as a reader should see it; "" for one that is no link.
function shownAs(address) {
  const authority = AUTHORITY.exec(address)?.[1] ?? "";
  const [, host, port] = /^([^:]*)(?::(\d{1,5}))?$/.exec(authority) ?? [];
  if (!host || address.length > MAX_LENGTH || !isHost(host) || Number(port ?? 1) > 65_535) return "";
  const start = address.indexOf("://") + 3;
  const shown = isMixed(host) ? host.split(".").map(ascii).join(".") : host;
  try {
    new URL(address);
    return address.slice(0, start) + shown + address.slice(start + host.length);
  } catch {
    return "";
  }
}

function isHost(host) {
  const labels = host.split(".");
  if (
    host.length > 253 ||
    !labels.every((label) => LABEL.test(label) && !label.startsWith("-") && !label.endsWith("-"))
  )
    return false;
  return !NUMBER.test(labels.at(-1)) || IPV4.test(host);
}

// Could a letter of the host be taken for one of another script?
function isMixed(host) {
  const scripts = host.normalize("NFC").split(".").map(scriptsOf);
  const all = new Set(scripts.flatMap((one) => [...one]));
  if (all.has("other") || (all.has("latin") && LOOKALIKES.some((name) => all.has(name)))) return true;
  return !scripts.every(
    (one) => one.size < 2 || TOGETHER.some((allowed) => [...one].every((name) => allowed.has(name))),
  );
}

function scriptsOf(label) {
  return new Set([...label.replace(/[0-9-]/g, "")].map(scriptOf));
}

function scriptOf(letter) {
  for (const [name, letters] of Object.entries(SCRIPTS)) {
    letters.lastIndex = 0;
    if (letters.test(letter)) return name;
  }
  return "other";
}

function ascii(label) {
  try {
    return new URL(`http://${label}.example`).hostname.slice(0, -".example".length);
  } catch {
    return label;
  }
}
