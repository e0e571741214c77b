// A search while somebody types: the same page is asked for as its button asks for it, and what was found is put in the
// place of what stood there. Without this script the button does it.
const form = document.querySelector("form[data-search]");
const WAITS = 300; // milliseconds without a letter
let timer = 0;
let asked = 0;

async function look() {
  asked += 1;
  const mine = asked;
  const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  try {
    const answer = await fetch(address, { redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById(form.dataset.search);
    if (mine !== asked || !found) return; // letters were typed meanwhile
    document.getElementById(form.dataset.search).replaceChildren(...found.childNodes);
    history.replaceState(null, "", address);
  } catch {
    // The line is gone: the button tells it.
  }
}

form.addEventListener("input", (event) => {
  if (event.isComposing) return; // the word is not chosen yet
  clearTimeout(timer);
  timer = setTimeout(look, WAITS);
});
form.addEventListener("compositionend", () => {
  clearTimeout(timer);
  timer = setTimeout(look, WAITS);
});
