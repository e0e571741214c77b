// The papers of one sitting in one file, without any network: opened with a code, read one view at a time, searched; own
// notes are sealed with a member's own words and leave as a file (decision 0033). WORDS stands before this text.
"use strict";
const at = (id) => document.getElementById(id);
const sealed = at("sealed") ? JSON.parse(at("sealed").textContent) : null;
const about = sealed ? JSON.parse(sealed.about) : {};
const text = new TextEncoder();
const SHELF = `pia-pack ${sealed ? sealed.salt : ""}`;
const NOTES = "pia own notes 1";
const FOUND = 50; // places shown at once
document.documentElement.classList.add("js");

// ---- bytes, keys and seals
const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
function base64(raw) {
  let out = "";
  for (const byte of new Uint8Array(raw)) out += String.fromCharCode(byte);
  return btoa(out);
}
async function stretched(secret, salt, rounds) {
  const raw = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return crypto.subtle.deriveKey(how, raw, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
async function opened(key, envelope) {
  const how = { name: "AES-GCM", iv: bytes(envelope.nonce), additionalData: text.encode(envelope.about) };
  return new TextDecoder().decode(await crypto.subtle.decrypt(how, key, bytes(envelope.body)));
}
async function closed(key, salt, plain, what) {
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: "AES-GCM", iv: nonce, additionalData: text.encode(what) };
  const body = await crypto.subtle.encrypt(how, key, text.encode(plain));
  return { about: what, rounds: sealed.rounds, salt: base64(salt), nonce: base64(nonce), body: base64(body) };
}

// ---- views, pages, words
const views = () => [...document.querySelectorAll("[data-view]")];
function show(id) {
  const target = at(id) || at("top");
  if (!target) return;
  const here = target.closest("[data-view]") || at("top");
  for (const view of views()) view.hidden = view !== here;
  const head = target === here ? here.querySelector("h2") : target;
  head.tabIndex = -1;
  head.focus({ preventScroll: true });
  (target === here ? at("main") : target).scrollIntoView();
}
const folded = (words) => words.normalize("NFKC").toLowerCase();
function page(place) {
  let last = "";
  for (const mark of place.closest("[data-view]").querySelectorAll(".printed")) {
    if (mark.compareDocumentPosition(place) & Node.DOCUMENT_POSITION_FOLLOWING && mark.textContent.trim()) {
      last = mark.textContent.trim();
    }
  }
  return last;
}
function hits(words) {
  const out = [];
  for (const place of document.querySelectorAll("[data-find]")) {
    const said = place.textContent.replace(/\s+/g, " ");
    const from = folded(said).indexOf(words);
    if (from < 0) continue;
    if (out.length === FOUND) break;
    if (!place.id) place.id = `f${out.length}-${Date.now()}`;
    out.push({ place, said: said.slice(Math.max(0, from - 30), from + words.length + 30) });
  }
  return out;
}
function find() {
  const words = folded(at("find").value.trim());
  const list = at("found");
  list.textContent = "";
  if (!words) return;
  const found = hits(words);
  const told = document.createElement("p");
  told.textContent = `「${at("find").value.trim()}」は、${found.length}か所にあります。`;
  list.append(told);
  for (const { place, said } of found) {
    const line = document.createElement("p");
    const link = document.createElement("a");
    link.href = `#${place.id}`;
    const heads = [place.closest("[data-view]").querySelector("h2"), place.querySelector("h3, h4, h5")];
    const names = heads.filter(Boolean).map((head) => head.textContent.replace(/\s+/g, " ").trim());
    link.textContent = [...names, page(place)].filter(Boolean).join("　");
    line.append(link, document.createElement("br"), said);
    list.append(line);
  }
}
function turn(button) {
  const view = button.closest("[data-view]");
  const typed = folded(view.querySelector("[data-page]").value).replace(/[^0-9]/g, "");
  const target = at(`${view.dataset.prefix}page-${Number(typed)}`);
  if (target) location.hash = `#${target.id}`;
}
function begin() {
  for (const link of document.querySelectorAll('a[href="#words"]')) link.hidden = !at("words");
  addEventListener("hashchange", () => show(decodeURIComponent(location.hash.slice(1))));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-go]");
    if (button) turn(button);
  });
  at("do-find").addEventListener("click", find);
  at("find").addEventListener("keydown", (event) => { if (event.key === "Enter") find(); });
  at("larger").addEventListener("click", () => {
    const large = document.documentElement.style.fontSize === "200%";
    document.documentElement.style.fontSize = large ? "" : "200%";
    at("larger").setAttribute("aria-pressed", String(!large));
  });
  show(decodeURIComponent(location.hash.slice(1)) || "top");
}

// ---- own notes
let noteKey = null;
let noteSalt = null;
const bases = new Map();
const fields = () => [...document.querySelectorAll("[data-note]")];
const placesOf = (note) => note.places.join("\n");
function shelf(value) {
  try {
    if (value === undefined) return localStorage.getItem(SHELF);
    if (value === null) localStorage.removeItem(SHELF);
    else localStorage.setItem(SHELF, value);
  } catch { tell("このブラウザーには控えを残せません。書いたら、すぐファイルに書き出してください。"); }
  return null;
}
const tell = (words) => { at("said").textContent = words; };
function spoken(raw) { return [...raw].map((byte) => WORDS[byte]).join(" "); }
function heard(typed) {
  const hiragana = typed.normalize("NFKC").replace(/[ァ-ヶ]/g, (letter) =>
    String.fromCharCode(letter.charCodeAt(0) - 0x60));
  const numbers = (hiragana.match(/[ぁ-ゖ]+/g) || []).map((word) => WORDS.indexOf(word));
  return numbers.length === 8 && !numbers.includes(-1) ? Uint8Array.from(numbers) : null;
}
function written() {
  const notes = [];
  for (const field of fields()) {
    const note = JSON.parse(field.dataset.note);
    const base = bases.get(placesOf(note)) || "";
    if (field.value || base) notes.push({ ...note, text: field.value, base });
  }
  return JSON.stringify({ format: NOTES, member: about.member, notes });
}
let saving = Promise.resolve();
function keep() {
  saving = saving.then(async () => {
    const what = JSON.stringify({ format: NOTES, member: about.member });
    shelf(JSON.stringify(await closed(noteKey, noteSalt, written(), what)));
    tell("控えをこの端末に残しました。");
  });
  return saving;
}
function fill(said, brought) {
  for (const note of said.notes) {
    const field = fields().find((one) => JSON.parse(one.dataset.note).places.some((place) => note.places.includes(place)));
    if (!field) continue;
    const own = JSON.parse(field.dataset.note);
    if (brought) bases.set(placesOf(own), note.text);
    else bases.set(placesOf(own), note.base || "");
    if (brought && field.value && field.value !== note.text) field.value = `${note.text}\n${field.value}`;
    else field.value = note.text;
  }
}
async function write(seed, fresh) {
  const stored = shelf();
  const envelope = stored ? JSON.parse(stored) : null;
  noteSalt = envelope ? bytes(envelope.salt) : crypto.getRandomValues(new Uint8Array(16));
  const key = await stretched(seed, noteSalt, sealed.rounds);
  if (envelope) fill(JSON.parse(await opened(key, envelope)), false);
  noteKey = key;
  at("unopened").hidden = true;
  at("leave").hidden = false;
  at("bring").hidden = false;
  at("bring-notes").seed = seed;
  at("words-shown").hidden = at("words-keep").hidden = !fresh;
  if (fresh) at("words-shown").textContent = spoken(seed);
  for (const field of fields()) {
    field.disabled = false;
    field.addEventListener("input", keep);
  }
}
async function openNotes() {
  const seed = heard(at("words-typed").value);
  const wrong = at("words-wrong");
  wrong.hidden = true;
  try {
    if (!seed) throw new Error();
    await write(seed, false);
  } catch {
    wrong.textContent = "✕ 合言葉が違います。8つの言葉を、間をあけて、ひらがなで入力してください。";
    wrong.hidden = false;
  }
}
async function newWords() {
  if (shelf()) {
    at("words-wrong").textContent = "✕ この端末には、控えがあります。その控えの合言葉を入力してください。";
    at("words-wrong").hidden = false;
    return;
  }
  await write(crypto.getRandomValues(new Uint8Array(8)), true);
}
async function bring(event) {
  try {
    const envelope = JSON.parse(await event.target.files[0].text());
    const key = await stretched(event.target.seed, bytes(envelope.salt), envelope.rounds);
    fill(JSON.parse(await opened(key, envelope)), true);
    await keep();
  } catch { tell("このファイルは、この合言葉では開けません。"); }
}
async function save() {
  await saving;
  const stored = shelf();
  if (!stored) { tell("この端末に残した控えはありません。"); return; }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([stored], { type: "application/json" }));
  link.download = `控え_第${about.number}号.pianote`;
  link.click();
  tell("控えをファイルに書き出しました。会議用端末の「自分の控え」で取り込めます。");
}
function erase() {
  if (!confirm("この端末に残した控えを消します。書き出していない控えは、戻せません。")) return;
  shelf(null);
  for (const field of fields()) field.value = "";
  tell("この端末から控えを消しました。ファイルは、端末の操作で消してください。");
}

// ---- the gate
function today() {
  const now = new Date();
  const two = (number) => String(number).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
function over() {
  const late = today() > about.until;
  if (late) {
    at("gate").hidden = true;
    at("over").hidden = false;
    at("tools").hidden = at("notes").hidden = true;
    at("body").textContent = "";
  }
  return late;
}
async function enter(event) {
  event.preventDefault();
  if (over()) return;
  const digits = at("code").value.normalize("NFKC").replace(/[^0-9]/g, "");
  const wrong = at("code-wrong");
  wrong.hidden = true;
  let body;
  try {
    body = await opened(await stretched(text.encode(digits), bytes(sealed.salt), sealed.rounds), sealed);
  } catch {
    wrong.textContent = "✕ コードが違うか、ファイルが途中で壊れています。事務局に確かめてください。";
    wrong.hidden = false;
    at("code").setAttribute("aria-invalid", "true");
    at("code").focus();
    return;
  }
  at("gate").hidden = true;
  at("body").replaceChildren(...new DOMParser().parseFromString(body, "text/html").body.childNodes);
  at("tools").hidden = at("notes").hidden = false;
  begin();
}
if (sealed) {
  at("leave").hidden = !shelf();
  at("save-notes").addEventListener("click", save);
  at("erase-notes").addEventListener("click", erase);
  if (!over()) {
    at("gate").addEventListener("submit", enter);
    at("open-notes").addEventListener("click", openNotes);
    at("new-words").addEventListener("click", newWords);
    at("bring-notes").addEventListener("change", bring);
    setInterval(over, 60000);
  }
} else {
  begin();
}
