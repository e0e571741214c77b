// A table that is written cell by cell: arrows and Enter go from cell to cell, and what is copied from a spreadsheet goes
// into as many cells as it has; where its columns do not fit, nothing changes and a sentence says so.
const column = (cell) => cell.closest("td").cellIndex;
const rowOf = (cell) => cell.closest("tr");
const cellAt = (row, index) => row && row.cells[index] && row.cells[index].querySelector("textarea");

function go(event, cell, row, index) {
  const target = cellAt(row, index);
  if (!target) return;
  event.preventDefault();
  target.focus();
  target.select();
}

// The rows and cells of a text as spreadsheets copy it: tabs between cells, a cell with line feeds in quotation marks.
export function cells(text) {
  const rows = [[]];
  let cell = "", quoted = false;
  const end = () => { rows[rows.length - 1].push(cell); cell = ""; };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (quoted) {
      if (letter === '"' && text[at + 1] === '"') { cell += '"'; at += 1; }
      else if (letter === '"') quoted = false;
      else cell += letter;
    } else if (letter === '"' && cell === "") quoted = true;
    else if (letter === "\t") end();
    else if (letter === "\n") { end(); rows.push([]); }
    else if (letter !== "\r") cell += letter;
  }
  end();
  return rows.filter((row) => row.some((words) => words !== ""));
}

// A row behind the last one, with fields of its own.
function grown(form, body) {
  const count = Number(form.elements.grid.value);
  const row = body.rows[body.rows.length - 1].cloneNode(true);
  for (const field of row.querySelectorAll("input, textarea")) {
    field.name = field.name.replace(/^(r|from|pick)\d+/, `$1${count}`);
    if (field.id) field.id = field.name;
    const label = field.getAttribute("aria-label");
    if (label) field.setAttribute("aria-label", label.replace(/^\d+/, (number) => Number(number) + 1));
    field.value = field.type === "checkbox" ? "1" : "";
    field.checked = false;
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  for (const wrong of row.querySelectorAll(".wrong")) wrong.remove();
  body.append(row);
  form.elements.grid.value = count + 1;
  return row;
}

const MOST = 200; // rows a page of the table may have while it is written

export function attachGrid(form, table, live) {
  const body = table.tBodies[0];
  const refused = form.querySelector(".refused");
  const say = (words) => { refused.hidden = !words; refused.textContent = words; };

  table.addEventListener("keydown", (event) => {
    const cell = event.target;
    if (cell.tagName !== "TEXTAREA" || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = rowOf(cell), index = column(cell);
    const first = cell.selectionStart === 0 && cell.selectionEnd === 0 || cell.selectionEnd - cell.selectionStart === cell.value.length;
    const last = cell.selectionEnd === cell.value.length;
    if (event.key === "Enter" && !event.shiftKey) {
      const below = row.nextElementSibling || (body.rows.length < MOST ? grown(form, body) : null);
      go(event, cell, below, index);
    } else if (event.key === "ArrowDown" && !cell.value.includes("\n")) go(event, cell, row.nextElementSibling, index);
    else if (event.key === "ArrowUp" && !cell.value.includes("\n")) go(event, cell, row.previousElementSibling, index);
    else if (event.key === "ArrowRight" && last) go(event, cell, row, index + 1);
    else if (event.key === "ArrowLeft" && first) go(event, cell, row, index - 1);
  }, live);

  table.addEventListener("paste", (event) => {
    const cell = event.target;
    if (cell.tagName !== "TEXTAREA") return;
    if (!event.clipboardData) return;
    const given = cells(event.clipboardData.getData("text/plain"));
    const width = Math.max(...given.map((row) => row.length), 0);
    if (given.length < 2 && width < 2) return; // words into one cell
    event.preventDefault();
    const room = table.tHead.rows[0].cells.length - column(cell);
    if (given.some((row) => row.length !== width) || width > room) {
      return say(`写した表は${width}列ですが、ここから右には${room}列しかありません。列をそろえてから、もう一度貼り付けてください。表は変わっていません。`);
    }
    if (rowOf(cell).sectionRowIndex + given.length > MOST) {
      return say(`一度に貼り付けられるのは${MOST}行までです。下の「Excelの表を貼り付ける」を使ってください。表は変わっていません。`);
    }
    say("");
    let row = rowOf(cell);
    for (const words of given) {
      words.forEach((text, at) => { cellAt(row, column(cell) + at).value = text; });
      if (words !== given[given.length - 1]) row = row.nextElementSibling || grown(form, body);
    }
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }, live);
}
