// Quicker by keyboard, never needed: j and k go from change to change, and the change gets the focus so that it is read out.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const step = new Map([["j", 1], ["k", -1]]).get(event.key);
  if (!step) return;
  const changes = [...document.querySelectorAll(".change, .item.changed")];
  if (!changes.length) return;
  const here = changes.indexOf(document.activeElement);
  const next = changes[here < 0 ? (step > 0 ? 0 : changes.length - 1) : Math.min(changes.length - 1, Math.max(0, here + step))];
  next.setAttribute("tabindex", "-1");
  next.focus();
  next.scrollIntoView({ block: "start" });
});
// What is being written is kept on the server while it is written, for this person alone; a late copy of what was saved meanwhile is not taken.
const edit = document.querySelector("form.edit[data-unsaved]");
if (edit) {
  const said = edit.querySelector(".kept");
  const say = (words) => { said.hidden = false; said.textContent = words; };
  let timer = 0, since = 0;
  const body = () => new URLSearchParams(new FormData(edit));
  const keep = async () => {
    clearTimeout(timer); since = 0;
    try {
      const answer = await fetch(edit.dataset.unsaved, { method: "POST", body: body(), headers: { "X-Piece": "unsaved" }, redirect: "error" });
      if (answer.ok) say(`書きかけを残しました（${await answer.text()}）。保存すると、ほかの人にも見えるようになります。`);
      else say(answer.status === 401 ? "サインインの期限が切れたため、書きかけを残せません。別の画面でサインインしてから、書き続けてください。" : "書きかけを残せませんでした。保存してください。");
    } catch { say("通信できないため、書きかけを残せませんでした。この画面を閉じないでください。"); }
  };
  edit.addEventListener("input", () => {
    since = since || Date.now();
    clearTimeout(timer);
    timer = setTimeout(keep, Math.max(0, Math.min(1500, since + 8000 - Date.now())));
  });
  edit.addEventListener("submit", () => { clearTimeout(timer); since = 0; });
  addEventListener("pagehide", () => { if (since) navigator.sendBeacon(edit.dataset.unsaved, body()); });
}
// While somebody writes, the marks beside the field follow; the server says them, as it does everywhere. Slow answers are asked for less often.
const marks = document.getElementById("marks");
if (edit && edit.dataset.marks && marks) {
  let waiting = 0, pause = 500, asked = null;
  const mark = async () => {
    if (asked) asked.abort();
    asked = new AbortController();
    const began = performance.now();
    try {
      const answer = await fetch(edit.dataset.marks, { method: "POST", body: new URLSearchParams(new FormData(edit)), headers: { "X-Piece": "marks" }, signal: asked.signal, redirect: "error" });
      if (answer.ok) marks.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
    } catch { /* told when it is saved */ }
    pause = Math.max(500, 3 * (performance.now() - began));
  };
  edit.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(mark, pause); });
  if (edit.dataset.restored) mark();
}
const problem = document.getElementById("problem");
if (problem) problem.focus();
// A job that goes on is looked at again every two seconds, in place: nothing jumps, and what changes is read out.
const job = document.getElementById("job");
if (job && job.dataset.going) {
  const again = setInterval(async () => {
    try {
      const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
      const now = page.getElementById("job");
      if (!now) { clearInterval(again); return; }
      const said = job.querySelector(".going"), then = now.querySelector(".going");
      if (!now.dataset.going) { clearInterval(again); job.replaceChildren(...now.childNodes); }
      else if (said && then && said.textContent !== then.textContent) said.replaceChildren(...then.childNodes);
    } catch { clearInterval(again); }
  }, 2000);
}
