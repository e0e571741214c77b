// A page that follows its sitting: what is discussed now is asked for every second and a half by one short request, and
// shown in words; who wished it is taken there, but never while they type. Everything here works without it, by links.
const bar = document.querySelector(".following");
const words = bar.querySelector("strong");
const told = bar.querySelector(".told");
const LATE = 1500; // milliseconds between two looks
let shown = bar.dataset.now;

// ---- the switch means something only where this script runs
for (const part of bar.querySelectorAll("[hidden]")) part.hidden = false;

function typing() {
  const fields = [...document.querySelectorAll("main textarea, main input, main select")];
  return fields.some((field) => {
    if (field.type === "hidden" || field.type === "submit") return false;
    if (field === document.activeElement && field.matches("textarea, input")) return true;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    return field.matches("textarea, input") && field.value !== field.defaultValue;
  });
}

// The mark of what is discussed now goes from one line of a list to another.
function mark(now) {
  for (const line of document.querySelectorAll("[data-place]")) {
    const here = line.dataset.place === `${now.referral}/${now.card}` || line.dataset.place === now.now;
    line.querySelector(".here").hidden = !here;
    if (here) line.setAttribute("aria-current", "step");
    else line.removeAttribute("aria-current");
  }
}

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch(bar.dataset.pulse, { redirect: "error" });
      const now = await answer.json();
      const place = `${now.now}/${now.referral}/${now.card}`;
      if (place !== shown) {
        shown = place;
        words.textContent = now.words;
        mark(now);
        if (bar.dataset.moves === "1" && !typing()) { location.assign(bar.dataset.to); return; }
        told.textContent = "進行が変わりました。";
      }
    } catch { /* the next look tells */ }
  }
  setTimeout(look, LATE);
}
setTimeout(look, LATE);
