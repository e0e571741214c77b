// Quicker by keyboard, never needed: j and k go from change to change, and the change gets the focus so that it is read out.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const changes = [...document.querySelectorAll(".change, .item.changed")];
  if (!changes.length) return;
  const here = changes.indexOf(document.activeElement);
  const next = changes[here < 0 ? (step > 0 ? 0 : changes.length - 1) : Math.min(changes.length - 1, Math.max(0, here + step))];
  next.setAttribute("tabindex", "-1");
  next.focus();
  next.scrollIntoView({ block: "start" });
});
// What is being written is kept in this browser until it is saved, and offered again when the page is opened anew.
const edit = document.querySelector("form.edit[data-kept]");
if (edit) {
  const name = "pia:" + edit.dataset.kept, said = edit.querySelector(".kept");
  const fields = () => [...edit.elements].filter((e) => e.name && e.type !== "hidden" && e.type !== "submit" && !e.name.startsWith("_"));
  const read = () => JSON.stringify(fields().map((e) => [e.id, e.type === "checkbox" || e.type === "radio" ? e.checked : e.value]));
  const first = read();
  const say = (words) => { said.hidden = false; said.textContent = words; };
  let kept = null;
  try { kept = JSON.parse(localStorage.getItem(name) || "null"); } catch { kept = null; }
  if (kept && kept.fields !== first && document.querySelector("[role=status]:not(.kept)") === null) {
    say("前に書きかけた内容が、この端末に残っています。");
    const back = document.createElement("button");
    back.type = "button"; back.className = "button"; back.textContent = "書きかけを戻す";
    back.addEventListener("click", () => {
      for (const [id, value] of JSON.parse(kept.fields)) {
        const e = document.getElementById(id);
        if (e && (e.type === "checkbox" || e.type === "radio")) e.checked = value; else if (e) e.value = value;
      }
      say("書きかけの内容を戻しました。保存するまで、この端末にだけあります。");
    });
    said.append(" ", back);
  } else {
    localStorage.removeItem(name);
  }
  let timer = 0;
  edit.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      localStorage.setItem(name, JSON.stringify({ fields: read() }));
      say("書きかけをこの端末に残しました。保存すると、ほかの人にも見えるようになります。");
    }, 800);
  });
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
