// A button beside each field that is copied into another system. Without this script the field is taken whole with one touch.
"use strict";
for (const field of document.querySelectorAll("[data-copy]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button small";
  button.append("写し取る");
  const named = document.createElement("span");
  named.className = "sr";
  named.append("：" + field.dataset.copy);
  button.append(named);
  const told = document.createElement("span");
  told.className = "small soft";
  told.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    field.focus();
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy");
    }
    told.textContent = "　写し取りました";
  });
  field.after(button, told);
}
