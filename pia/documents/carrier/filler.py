"""The city's own workbook filled with a document: answers go where the reader finds them,
everything else stays as the city has it.

Knows the order of the work (room for entries, answers, tables, figures, and reading back what was
made); places, print and package are its neighbours'. Whatever does not read back as the document
says is a Problem with item and place: 提出 (規則第7条第5項) is made with this, so nothing may go
missing unsaid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ... import forms
from ...domain.change.describe import Names, label, names
from ...domain.document import items
from ...domain.document.form import Form, FormNode
from ...domain.document.tree import Tree
from ...domain.errors import PiaError, Problem
from ..ooxml import carried, guard
from ..ooxml.book import address, joined_text
from ..ooxml.measure import lines
from ..workbook_in import annex
from ..workbook_in.entry_keys import Chain
from ..workbook_in.labels import has_figure
from . import annex as carrier_annex
from . import blocks, cell_words, figures, flow
from . import tables as carrier_tables
from .parts import Parts
from .places import AnswerSite, At, Places, Wanted, body_of, files_of, says, wanted
from .refs import Box, Insert

Key = tuple[str, Chain]
_WORDS = 30  # letters: words no longer than that stay in their cell whatever it shows


@dataclass(frozen=True, slots=True)
class FilledWorkbook:
    """The workbook, and what could not be written as the document says (level "error") or needs a
    look.
    """

    data: bytes
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What could not be written as the document says."""
        return tuple(problem for problem in self.problems if problem.level == "error")


def fill(
    data: bytes,
    tree: Tree,
    form: Form,
    *,
    blobs: Mapping[str, bytes] | None = None,
    carry: tuple[str, str] | None = None,
    child: bool = True,
) -> FilledWorkbook:
    """A copy of a workbook on the form with the document in it.

    `blobs`: imported drawings by digest; `carry`: (ref, title) of the version, put in unseen so
    that the workbook comes back three-way (never for 提出). PiaError when the workbook cannot be
    used at all. Equal input gives equal bytes; a workbook that says the same already comes back as
    it is.
    """
    guard.check(data)
    args = (data, tree, form.id, dict(blobs or {}), carry)
    if child:
        return guard.in_child(_fill, *args, seconds=120)
    return _fill(*args)


def _fill(
    data: bytes, tree: Tree, form_id: str, blobs: dict[str, bytes], carry: tuple[str, str] | None
) -> FilledWorkbook:
    form = forms.load(form_id)
    want, spaces = wanted(tree, form)
    filled, again, problems, unread = fill_once(data, tree, form, want, blobs, frozenset())
    apart: frozenset[Key] = frozenset()
    # A long text that is read differently where it goes on in other rows stands whole on the 別紙.
    for _ in range(2):
        more = apart | {key for key in unread if _is_long_text(form, want.get(key))}
        if more == apart:
            break
        other = fill_once(data, tree, form, want, blobs, more)
        if len(other[3]) < len(unread):
            filled, again, problems, unread = other
        apart = more
    if carry:
        filled = _with_map(again, tree, want, *carry)
    if spaces:
        sentence = f"空白だけの記載が{len(spaces)}か所あり、書き込みませんでした。"
        problems.append(Problem("carrier.blank", sentence, "", "warning"))
    return FilledWorkbook(filled, tuple(dict.fromkeys(problems)))


def _is_long_text(form: Form, answer: Wanted | None) -> bool:
    if answer is None or form.by_id[answer.line.id].kind != "text":
        return False
    return len(str(body_of(answer.value))) > _WORDS


def fill_once(
    data: bytes,
    tree: Tree,
    form: Form,
    want: Mapping[Key, Wanted],
    blobs: dict[str, bytes],
    apart: frozenset[Key],
) -> tuple[bytes, Places, list[Problem], list[Key]]:
    """The filled workbook, read again, and what it does not say; `apart`: items whose text goes
    onto the 別紙 whatever its length.
    """
    parts = Parts(data)
    parts.drop_map()
    files = len(files_of(tree, form))
    for _ in range(6):
        places = Places(parts, form)
        if not places.work.founds:
            raise PiaError(
                f"このワークブックには、様式（{form.id}）の項目が見つかりません。"
                "様式と版の合うワークブックを登録してください。"
            )
        if not blocks.adjust(places, want.values(), files):
            break
    work = _Filling(places, want, names(form, tree), apart)
    work.answers()
    work.tables()
    work.finish()
    done = figures.draw(places, want, blobs, work.noted, work.head)
    listed = carrier_annex.settle(done, work.noted)
    filled = done.save()
    again = Places(Parts(filled), form)
    differences, unread = _read_back(again, tree, form, want)
    problems = [*work.problems, *differences]
    if listed:
        problems.append(_annexed(listed))
    return filled, again, problems, unread


class _Filling:
    """One workbook being filled."""

    def __init__(
        self, places: Places, want: Mapping[Key, Wanted], entries: Names, apart: frozenset[Key]
    ):
        self.places = places
        self.parts = places.parts
        self.form = places.form
        self.want = want
        self.entries = entries
        self.apart = apart
        self.noted = carrier_annex.Noted()
        self.problems: list[Problem] = []
        self.draft = cell_words.Draft(places.text)
        # Sheet of the reader → rows put in.
        self.inserts: dict[int, list[Insert]] = defaultdict(list)
        self.look = flow.Look(self.parts)
        # Cells whose style breaks no lines, with a few words that do not show whole.
        self.unbroken: list[str] = []

    def answers(self) -> None:
        """Writes every answer that the workbook does not give yet, but tables and figures."""
        for key in dict.fromkeys([*self.places.sites, *self.want]):
            line = self.form.by_id[key[0]]
            if line.kind in ("table", "figure") or line.prints_stamp or self._in_figure(line):
                continue
            value = self._value(key)
            site = self.places.sites.get(key)
            if site is None or says(line, self.places.now.get(key), value):
                continue
            if value is None:
                value = line.fixed_text or None
            self._answer(site, value)

    def _value(self, key: Key) -> Any:
        """What the document says at a place; None where it says nothing."""
        if key in self.want:
            return body_of(self.want[key].value)
        return None

    def _in_figure(self, line: FormNode) -> bool:
        return bool(line.parents) and has_figure(line.parents[-1])

    def _answer(self, site: AnswerSite, value: Any) -> None:
        if not site.inner and site.line.kind not in ("choice_one", "choice_many", "yes_no"):
            self._text(site, str(value or ""))
            return
        # Words among brackets and boxes stay there as long as they show whole.
        cut = self._cut(site, value)
        while cut:
            shorter = self._shorter(site, value)
            if shorter is None:
                break
            value = shorter
            cut = self._cut(site, value)
        if cut:
            sentence = (
                f"「{site.line.label}」の欄は低く、印刷で欠けるおそれがあります。"
                "行の高さか欄の幅を確かめてください。"
            )
            self.problems.append(
                Problem("carrier.tight", sentence, self.places.where(cut[0]), "warning")
            )
        self._marked(site, value, self.draft)

    def _cut(self, site: AnswerSite, value: Any) -> list[At]:
        """The cells that would not show their words whole."""
        trial = cell_words.Draft(self.places.text)
        self._marked(site, value, trial)
        return [at for at, text in trial.changes().items() if text and not self._fits(at, text)]

    def _marked(self, site: AnswerSite, value: Any, draft: cell_words.Draft) -> None:
        """An answer among what the form prints in the cell."""
        line = site.line
        cells = site.cells
        if site.inner:
            if line.kind == "yes_no":
                cell_words.check(line, value, cells, draft)
            else:
                cell_words.gap(line, str(value or ""), cells, draft)
        elif line.kind == "choice_one":
            cell_words.bracket(line, str(value or ""), cells, draft, lambda: self.places.slot(site))
        elif line.kind == "choice_many":
            if not cell_words.boxes(line, value or [], cells, draft) and value:
                self._bare(site, value, draft)
        else:
            cell_words.check(line, value, [*site.found.cells, *cells], draft)

    def _bare(self, site: AnswerSite, value: list[Any], draft: cell_words.Draft) -> None:
        """Options where the workbook prints no boxes."""
        if joined_text(site.cells).strip():
            return
        options = []
        for part in value:
            if isinstance(part, Mapping):
                option, note = next(iter(part.items()))
                options.append("[○] " + option.replace("　", note))
            else:
                options.append("[○] " + part)
        cell_words.text("\n".join(options), site.cells, draft, lambda: self.places.slot(site))

    def _shorter(self, site: AnswerSite, value: Any) -> Any:
        """The answer with its longest words on a sheet of their own; None where there are none to
        put there.
        """
        free = {}
        for at, words in _words_in(value).items():
            is_words = isinstance(words, str) and len(words) > _WORDS
            if is_words and items.option_of(site.line, words) is None:
                free[at] = words
        if not free:
            return None
        longest = max(free, key=lambda at: len(free[at]))
        citation = self.noted.cite(free[longest], self.head((site.line.id, site.chain)))
        if not isinstance(value, list):
            return citation
        index, is_note = longest
        part = value[index]
        new: Any = citation
        if isinstance(part, Mapping):
            label, note = next(iter(part.items()))
            new = {citation: note}
            if is_note:
                new = {label: citation}
        return [*value[:index], new, *value[index + 1 :]]

    def head(self, key: Key) -> str:
        """What names an item for a person: number, label and file."""
        if key in self.want:
            return label(self.form, self.want[key].path, self.entries)
        return self.form.by_id[key[0]].label

    def _box(self, at: At) -> Box:
        return self.places.grid(at[0]).box(at[1], at[2])

    def _fits(self, at: At, text: str, box: Box | None = None) -> bool:
        """Whether a text shows whole in its cell, its rows made as high as they can be."""
        box = box or self._box(at)
        points = self.look.size(self.places.grid(at[0]), at[1], at[2])
        return flow.fits(text, box, self._wide(at, box), points)

    def _text(self, site: AnswerSite, value: str) -> None:
        head = site.found.cells[0]
        key = (site.line.id, site.chain)
        is_head = site.found.token.kind == "head"
        if is_head and site.found.tail and not site.cells:
            kept = f"{head.text}　"
            if site.found.tail in head.text:
                kept = head.text[: head.text.rindex(site.found.tail)]
            self.draft.put(head.at, self._beside(head.at, kept, value, key))
            return
        if not site.cells:
            at = self.places.slot(site)
        else:
            at = site.cells[0].at
        if at is not None:
            self._flow(site, at, value, key)
        elif is_head and value:
            self.draft.put(head.at, self._beside(head.at, f"{head.text}　", value, key))

    def _flow(self, site: AnswerSite, at: At, value: str, key: Key) -> None:
        """A text in its cell and the rows below, or on the 別紙 where it does not show whole."""
        grid = self.places.grid(at[0])
        box = grid.box(at[1], at[2])
        sheet = self.places.book.sheets[at[0]]
        points = self.look.size(grid, at[1], at[2])
        wide = self._wide(at, box)
        label_box = box
        if site.found.sheet == at[0]:
            label_box = site.found.box
        ground = flow.TextGround(
            grid, label_box, box, wide, points, site.continued, sheet.widths, sheet.width
        )
        flowed = flow.flow(ground, value)
        cut = not self.look.wraps(grid, at[1], at[2]) and lines(flowed.text, wide, points) > 1
        if flowed.tight or key in self.apart or (cut and len(value) > _WORDS):
            flowed = flow.flow(ground, "")
            flowed.text = self.noted.cite(value, self.head(key))
        elif cut:
            self.unbroken.append(self.places.where(at))
        self.draft.put(at, flowed.text)
        for cell in site.cells[1:]:
            self.draft.put(cell.at, "")
        for (row, col), text in flowed.puts.items():
            self.draft.put((at[0], row, col), text)
        for row in flowed.empty:
            grid.show(row, True)
        self.inserts[at[0]] += flowed.insert

    def _beside(self, at: At, kept: str, value: str, key: Key) -> str:
        """A text in the cell of its own label."""
        if self._fits(at, kept + value) or len(value) <= _WORDS:
            return kept + value
        return kept + self.noted.cite(value, self.head(key))

    def _wide(self, at: At, box: Box) -> float:
        """Pixels a text has in its cell: one that breaks no lines runs on over empty cells at its
        right.
        """
        grid = self.places.grid(at[0])
        last = box[3]
        if box[:2] == box[2:] and not self.look.wraps(grid, at[1], at[2]):
            while (
                last < self.places.ends[at[0]]
                and (at[0], at[1], last + 1) not in self.places.text
                and grid.box(at[1], last + 1)[2:] == (at[1], last + 1)
            ):
                last += 1
        return self._across(at[0], (*box[:3], last))

    def _across(self, sheet: int, box: Box) -> float:
        book_sheet = self.places.book.sheets[sheet]
        return flow.pixels(book_sheet.widths, book_sheet.width, box)

    def tables(self) -> None:
        """Writes the tables that say other than the document."""
        for line in self.form.walk():
            if line.kind != "table":
                continue
            keys = []
            for key in [*self.want, *self.places.now]:
                if key[0] == line.id:
                    keys.append(key)
            for key in dict.fromkeys(keys):
                self._table(line, key)

    def _table(self, line: FormNode, key: Key) -> None:
        """One table of the workbook: 変更箇所, or 記録項目 of a file."""
        value = None
        if key in self.want:
            value = self.want[key].value
        if says(line, self.places.now.get(key), value):
            return
        rows = []
        for row in value or []:
            if isinstance(row, Mapping):
                rows.append(row["cells"])
            else:
                rows.append(row)
        if line.procedure:
            filled = carrier_tables.change_table(self.places, line, rows, self._across)
        else:
            number = key[1][-1][1]
            name = self._file_name(line, key[1])
            filled = carrier_tables.file_list(self.places, line, number, rows, name, self._across)
            if filled is not None:
                self._listed(filled, self.head(key))
        if filled is not None:
            for at, text in filled.puts.items():
                self.draft.put(at, text)
            self.inserts[filled.sheet] += filled.inserts

    def _listed(self, filled: carrier_tables.FilledTable, head: str) -> None:
        """Cells of a list that cannot show their lines cite them; rows put in are as high as their
        lines need.
        """
        for at, text in filled.puts.items():
            if not self._fits(at, text):
                filled.puts[at] = self.noted.cite(text, head)
        for insert in filled.inserts:
            self._fit_insert(filled.sheet, insert, head)

    def _fit_insert(self, sheet: int, insert: Insert, head: str) -> None:
        """The rows of one insert: what they cannot show is cited, and they are as high as
        needed."""
        grid = self.places.grid(sheet)
        last_columns = {}
        for offset, col, _, last in insert.merges or ():
            last_columns[offset, col] = last
        for (index, col), text in insert.texts.items():
            row = insert.first + index
            last = last_columns.get((index, col), col)
            if insert.merges is None:
                last = grid.box(row, col)[3]
            box = (row, col, row, last)
            if not self._fits((sheet, row, col), text, box):
                insert.texts[index, col] = text = self.noted.cite(text, head)
            if self.look.wraps(grid, row, col):
                points = self.look.size(grid, row, col)
                need = flow.needed(text, self._across(sheet, box), points)
                have = grid.height(row) or grid.default_height
                if need > max(insert.heights.get(index, 0.0), have):
                    insert.heights[index] = need

    def _file_name(self, line: FormNode, chain: Chain) -> str:
        root = self.form.by_id.get(line.parents[-1].shares)
        if root is None:
            return ""
        name = self.want.get((root.named_by, ((root.id, chain[-1][1]),)))
        if name is None:
            return ""
        return str(body_of(name.value))

    def finish(self) -> None:
        """Puts everything into the sheets."""
        if self.unbroken:
            listed = _listing(self.unbroken)
            sentence = (
                f"記載を書いたセルのうち{len(self.unbroken)}か所は「折り返して全体を表示する」"
                f"になっていないため、印刷で欠けるおそれがあります：{listed}"
            )
            self.problems.append(Problem("carrier.unbroken", sentence, "", "warning"))
        changes = self.draft.changes()
        if changes or any(self.inserts.values()) or figures.differ(self.places, self.want):
            self._lift(changes)
        for at, text in changes.items():
            grid = self.places.grid(at[0])
            grid.put(at[1], at[2], text, self._style(at))
            if self.look.wraps(grid, at[1], at[2]):
                box = grid.box(at[1], at[2])
                points = self.look.size(grid, at[1], at[2])
                flow.fit_height(grid, box, text, self._across(at[0], box), points)
        for sheet, inserts in self.inserts.items():
            if inserts:
                in_order = sorted(inserts, key=lambda insert: insert.after)
                self.parts.insert(self.places.index(sheet), in_order)

    def _lift(self, changes: dict[At, str]) -> None:
        """What an earlier filling put on its 別紙 and nobody changed is cited anew: numbers and
        heads are those of the whole document.
        """
        if not self.places.annexes.sheets:
            return
        keys = {}
        for line, chain, _, cells in self.places.work.values:
            for cell in cells:
                keys[cell.at] = (line.id, self.places.list_chains.get(chain, chain))
        for at, claim in self.places.annexes.claims.items():
            kept = claim.raw[: claim.start] + claim.annex.text + claim.raw[claim.end :]
            now = changes.get(at, kept)
            if claim.annex.text not in now or (at in changes and at in self.draft.whole):
                continue
            head = claim.annex.head
            if at in keys:
                head = self.head(keys[at])
            token = self.noted.cite(claim.annex.text, head)
            start = claim.start
            if now != kept:
                start = now.index(claim.annex.text)
            changes[at] = now[:start] + token + now[start + len(claim.annex.text) :]
        sheets = self.places.book.sheets
        carrier_annex.drop(self.parts, [sheets[index].part for index in self.places.annexes.sheets])

    def _style(self, at: At) -> str | None:
        """The style of a cell that is not there yet: its left neighbour's, or one above."""
        grid = self.places.grid(at[0])
        return grid.style(at[1] - 1, at[2]) or grid.style(at[1] + 1, at[2])


def _words_in(value: Any) -> dict[tuple[int, int], Any]:
    """(option, 0 its label or 1 its note) → the words there."""
    if not isinstance(value, list):
        return {(0, 0): value}
    words = {}
    for index, part in enumerate(value):
        if isinstance(part, Mapping):
            words[index, 0], words[index, 1] = next(iter(part.items()))
        else:
            words[index, 0] = part
    return words


def _listing(names: Sequence[str]) -> str:
    """The first eight of many."""
    if len(names) > 8:
        return "、".join(names[:8]) + "など"
    return "、".join(names)


def _annexed(listed: Sequence[tuple[int, str]]) -> Problem:
    texts = _listing([f"{annex.titled(number)}＝{head}" for number, head in listed])
    sentence = (
        f"記載欄に入りきらない記載{len(listed)}件は、全文を「{annex.SHEET}」シートに書き、"
        f"欄には「{annex.cited(listed[0][0])}」のように書きました：{texts}"
    )
    return Problem("carrier.annex", sentence, "", "warning")


def _with_map(again: Places, tree: Tree, want: Mapping[Key, Wanted], ref: str, title: str) -> bytes:
    """The workbook with the version it was made from in a sheet nobody sees, and a name for every
    answer's cell.
    """
    names: dict[str, Any] = {}
    at: dict[str, str] = {}
    for key, value in want.items():
        site = again.sites.get(key)
        if site is not None and site.cells and not site.inner:
            cell = site.cells[0]
            name = f"{carried.NAME}{len(names) + 1:05d}"
            sheet = again.book.sheets[cell.sheet].name.replace("'", "''")
            names[name] = value.path
            letters = address(cell.row, cell.col).rstrip("0123456789")
            at[name] = f"'{sheet}'!${letters}${cell.row}"
    again.parts.add_hidden(
        carried.SHEET, carried.to_cells(carried.carry(tree, ref, title, names)), at
    )
    return again.parts.save()


def _read_back(
    again: Places, tree: Tree, form: Form, want: Mapping[Key, Wanted]
) -> tuple[list[Problem], list[Key]]:
    """What the finished workbook does not say as the document, and the items it does not say."""
    citation = names(form, tree)
    out: list[Problem] = []
    unread: list[Key] = []
    for key in dict.fromkeys([*want, *again.now]):
        line = form.by_id[key[0]]
        answer = want.get(key)
        value = None
        named = f"{line.number}{line.label}"
        if answer:
            value = answer.value
        now = again.now.get(key)
        if says(line, now, value):
            continue
        if answer:
            named = label(form, answer.path, citation)
        site = again.sites.get(key)
        out.append(_unwritten(named, site is None and now is None, _where(again, site)))
        unread.append(key)
    for problem in again.problems:
        if problem.level == "error":
            out.append(problem)
    if not out:
        out += _keys(again, tree, form, citation)
    return out, unread


def _where(places: Places, site: AnswerSite | None) -> str:
    """The address of the cell an item is answered in; "" where it has none."""
    if site is None:
        return ""
    if site.cells:
        return places.where(site.cells[0].at)
    at = places.slot(site)
    if at is None:
        return ""
    return places.where(at)


def _unwritten(named: str, nowhere: bool, where: str) -> Problem:
    code = "carrier.unwritten"
    what = "ワークブックに書き込むと違う内容に読まれます"
    if nowhere:
        code = "carrier.nowhere"
        what = "記載欄がワークブックに見つからず、書き込めませんでした"
    sentence = f"「{named}」は、{what}。ワークブックの欄を確かめ、手で記入してください。"
    return Problem(code, sentence, where)


def _keys(again: Places, tree: Tree, form: Form, citation: Any) -> list[Problem]:
    """Files are told apart by their names: names that mislead are said."""
    try:
        read = items.build(form, again.work.out)
    except PiaError as error:
        return [Problem("carrier.unread", str(error))]
    back, _ = wanted(read, form)
    due, _ = wanted(tree, form)
    if set(back) == set(due):
        differing = []
        for key in due:
            if not says(due[key].line, back[key].value, due[key].value):
                differing.append(key)
        if not differing:
            return []
    return [
        Problem(
            "carrier.files",
            "特定個人情報ファイルの名前が部（Ⅱ・Ⅲ・別添2）の間で食い違うため、"
            "読み戻すと別のファイルの記載になります。名前をそろえてください。",
        )
    ]
