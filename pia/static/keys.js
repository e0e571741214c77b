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
  for (let up = next.parentElement; up; up = up.parentElement) if (up.tagName === "DETAILS") up.open = true;
  next.setAttribute("tabindex", "-1");
  next.focus();
  next.scrollIntoView({ block: "start" });
});
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
