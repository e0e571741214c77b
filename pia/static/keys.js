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
