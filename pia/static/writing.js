// Writing at the desk. Everything here works without it, by forms and links: an item is opened in its place, saved there,
// and goes on to the next without a page being loaded; what is typed is kept, marked and drawn while it is typed.
import { attachGrid } from "./grid.js";

const sheet = document.querySelector(".form-sheet");
const parsed = (text) => new DOMParser().parseFromString(text, "text/html").body;

const ask = (url, body, piece, signal) =>
  fetch(url, { method: body ? "POST" : "GET", body, headers: { "X-Piece": piece }, signal, redirect: "error" });

const fields = (form) => new URLSearchParams(new FormData(form));

// ---- what is typed is kept on the server for this person alone; a late copy of what was saved meanwhile is not taken
function keepUnsaved(form, live) {
  const said = form.querySelector(".kept");
  const say = (words) => { said.hidden = false; said.textContent = words; };
  let timer = 0, since = 0;
  const keep = async () => {
    clearTimeout(timer);
    since = 0;
    try {
      const answer = await ask(form.dataset.unsaved, fields(form), "unsaved");
      if (answer.ok) say(`書きかけを残しました（${await answer.text()}）。保存すると、ほかの人にも見えるようになります。`);
      else say(answer.status === 401 ? "サインインの期限が切れたため、書きかけを残せません。別の画面でサインインしてから、書き続けてください。" : "書きかけを残せませんでした。保存してください。");
    } catch {
      say("通信できないため、書きかけを残せませんでした。この画面を閉じないでください。");
    }
  };
  const later = () => {
    since = since || Date.now();
    clearTimeout(timer);
    timer = setTimeout(keep, Math.max(0, Math.min(1500, since + 8000 - Date.now())));
  };
  form.addEventListener("input", later, live);
  form.addEventListener("submit", () => { clearTimeout(timer); since = 0; }, live);
  const leave = () => { if (since) navigator.sendBeacon(form.dataset.unsaved, fields(form)); };
  addEventListener("pagehide", leave, live);
  return { later, leave: () => { clearTimeout(timer); leave(); since = 0; } };
}

// ---- marks, or the figure, follow what is typed; slow answers are asked for less often
function follow(form, url, piece, target, live) {
  let waiting = 0, pause = 500, asked = null;
  const look = async () => {
    if (asked) asked.abort();
    asked = new AbortController();
    const began = performance.now();
    try {
      const answer = await ask(url, fields(form), piece, asked.signal);
      if (answer.ok) target.replaceChildren(...parsed(await answer.text()).childNodes);
    } catch { /* told when it is saved */ }
    pause = Math.max(500, 3 * (performance.now() - began));
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, pause); }, live);
  live.signal.addEventListener("abort", () => { clearTimeout(waiting); if (asked) asked.abort(); });
  if (form.dataset.restored) look();
}

let open = null; // the item that is written now: its form, its row as it was, how to let go of it

function attach(form, row, before) {
  const ends = new AbortController();
  const live = { signal: ends.signal };
  const draft = keepUnsaved(form, live);
  const marks = form.querySelector("#marks");
  if (form.dataset.marks && marks) follow(form, form.dataset.marks, "marks", marks, live);
  const drawing = form.querySelector("#drawing");
  if (drawing) follow(form, form.dataset.arranged, "drawing", drawing, live);
  const grid = form.querySelector("table.grid");
  if (grid) attachGrid(form, grid, live);
  form.addEventListener("submit", (event) => sent(event, form), live);
  open = { form, row, before, draft, end: () => ends.abort() };
}

// ---- a form that is sent: arranged anew, or saved and its row put in its place
async function sent(event, form) {
  const button = event.submitter;
  const to = button && button.getAttribute("formaction");
  const arranged = to === form.dataset.arranged;
  if (to && !arranged) return; // marks and drafts by hand go the way without a script
  if (!arranged && !open.row) return; // alone on its page
  event.preventDefault();
  const body = fields(form);
  if (button && button.name) body.set(button.name, button.value);
  const native = () => { open.end(); form.requestSubmit(button); };
  form.setAttribute("aria-busy", "true");
  let answer;
  try {
    answer = await ask(to || form.action, body, arranged ? "editor" : "row");
  } catch {
    return native(); // the page without a script says what is wrong, and keeps what was typed
  }
  form.removeAttribute("aria-busy");
  if (![200, 409, 422].includes(answer.status)) return native();
  const piece = parsed(await answer.text());
  const again = piece.querySelector("form.edit");
  if (again) return swapped(form, piece, button, arranged);
  if (!piece.querySelector(".slot")) return native();
  const next = form.querySelector("[data-go]:last-of-type") && button && button.name === "then" ? goal(form) : "";
  saved(piece, next);
}

const goal = (form) => {
  const ways = [...form.querySelectorAll("[data-go]")];
  return ways.length ? ways[ways.length - 1].dataset.go : "";
};

function swapped(form, piece, button, changed) {
  const { row, before } = open;
  open.end();
  const place = form.closest(".answer") || form.parentElement;
  const name = button && button.value;
  place.replaceChildren(...piece.childNodes);
  const now = place.querySelector("form.edit");
  attach(now, row, before);
  const problem = place.querySelector("[aria-invalid], .editor-problem");
  const same = name && now.querySelector(`button[name="do"][value="${CSS.escape(name)}"]`);
  if (changed) open.draft.later();
  const aim = problem || same || now.querySelector("textarea, input:not([type=hidden])");
  if (aim) aim.focus();
}

function saved(piece, next) {
  const { row } = open;
  const said = piece.querySelector(".said");
  const fresh = piece.querySelector(".slot");
  open.end();
  open = null;
  if (said.dataset.again) { // the name of an entry stands in other rows too
    location.hash = row.id;
    location.reload();
    return;
  }
  row.replaceWith(fresh);
  tell(said.textContent);
  const tally = document.querySelector(`[data-tally="${CSS.escape(said.dataset.part)}"]`);
  if (tally) tally.textContent = said.dataset.tally;
  const changed = document.querySelector(`[data-changed="${CSS.escape(said.dataset.part)}"]`);
  if (changed) {
    changed.textContent = `変更 ${said.dataset.changed}`;
    changed.hidden = said.dataset.changed === "0";
  }
  const none = document.querySelector('[data-none="changed"]');
  if (none && fresh.classList.contains("changed")) {
    const jump = document.createElement("a");
    jump.className = "button";
    jump.href = `#${fresh.id}`;
    jump.dataset.next = "changed";
    jump.textContent = "次の変更箇所";
    none.replaceWith(jump);
  }
  history.replaceState(null, "", closedAddress(fresh.id));
  const target = next && document.getElementById(next);
  if (target) begin(target);
  else focusOn(fresh);
}

const closedAddress = (id) => {
  const address = new URL(location.href);
  address.searchParams.delete("open");
  address.hash = id;
  return address;
};

const status = document.createElement("p");
status.className = "saved-status";
status.setAttribute("role", "status");
if (sheet) sheet.prepend(status);
function tell(words) {
  status.textContent = words;
  clearTimeout(tell.timer);
  tell.timer = setTimeout(() => { status.textContent = ""; }, 6000);
}

function focusOn(row) {
  row.setAttribute("tabindex", "-1");
  row.focus({ preventScroll: true });
  const place = row.getBoundingClientRect();
  if (place.top < 0 || place.top > innerHeight * 0.8) row.scrollIntoView({ block: "start" });
}

function unfold(element) {
  for (let up = element.parentElement; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
}

// ---- an item opened in its place; the one that was open before keeps what was typed as a draft
async function begin(row, address) {
  const link = row.querySelector("[data-edit]");
  const url = address || (link && link.dataset.edit);
  if (!url) return focusOn(row);
  let answer;
  try {
    answer = await ask(url, null, "editor");
  } catch {
    location.href = link ? link.href : url;
    return;
  }
  const piece = answer.ok ? parsed(await answer.text()) : null;
  const form = piece && piece.querySelector("form.edit");
  if (!form) { location.href = link ? link.href : url; return; }
  let before = null;
  if (open && open.row === row) {
    before = open.before;
    open.end();
  } else {
    close();
    before = row.cloneNode(true);
  }
  unfold(row);
  row.classList.add("open");
  const todo = row.querySelector(".do");
  if (todo) todo.remove();
  const place = row.querySelector(".answer");
  place.replaceChildren(...piece.childNodes);
  attach(form, row, before);
  const field = form.querySelector("textarea, input:not([type=hidden]):not([type=checkbox]), input[type=checkbox]");
  if (field) field.focus({ preventScroll: true });
  const at = row.getBoundingClientRect();
  if (at.top < 0 || at.top > innerHeight / 2) row.scrollIntoView({ block: "start" });
}

function close() {
  if (!open || !open.row) return;
  const { row, before, draft } = open;
  draft.leave();
  open.end();
  open = null;
  if (before) row.replaceWith(before);
  else location.href = closedAddress(row.id);
  if (before) focusOn(before);
}

// ---- from here to the next empty or changed row
function next(kind, step, event) {
  const rows = [...sheet.querySelectorAll(`.slot.${kind}`)];
  if (!rows.length) return;
  if (event) event.preventDefault();
  const here = document.activeElement.closest(".slot") || (open && open.row);
  let index = here ? rows.findIndex((row) => row === here || here.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING) : 0;
  if (here && step > 0 && rows[index] === here) index += 1;
  if (here && step < 0) index = (index < 0 ? rows.length : index) - 1;
  const row = rows[(index + rows.length) % rows.length] || rows[0];
  unfold(row);
  row.setAttribute("tabindex", "-1");
  row.focus();
  row.scrollIntoView({ block: "start" });
}

if (sheet) {
  for (const hint of sheet.querySelectorAll(".keys-only")) hint.hidden = false;
  sheet.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a");
    if (!link) return;
    const row = link.closest(".slot");
    if (link.dataset.next) return next(link.dataset.next, 1, event);
    if (!row) return;
    if (link.dataset.edit) { event.preventDefault(); begin(row); }
    else if ("editor" in link.dataset) { event.preventDefault(); begin(row, link.href); }
    else if ("close" in link.dataset && open) { event.preventDefault(); close(); }
    else if (link.dataset.go && document.getElementById(link.dataset.go)) {
      event.preventDefault();
      begin(document.getElementById(link.dataset.go));
    }
  });
  document.addEventListener("keydown", (event) => {
    if (open && open.row && event.key === "Escape" && !event.isComposing) { event.preventDefault(); return close(); }
    if (open && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return open.form.requestSubmit(open.form.querySelector(".button.first"));
    }
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    if (event.key === "n") return next("empty", 1, event);
    if (event.key === "p") return next("empty", -1, event);
    const row = document.activeElement.closest(".slot");
    if (event.key === "e" && row && row.querySelector("[data-edit]")) { event.preventDefault(); begin(row); }
  });
}

const form = document.querySelector("form.edit[data-unsaved]");
if (form) attach(form, sheet && form.closest(".slot"), null);
