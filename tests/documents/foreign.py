"""Workbooks nobody here wrote: the official form laid out in other ways, without anything of
ours inside.

A style is a set of habits real books show: rows and columns shifted, labels split over cells or
broken inside, answers below, brackets in cells of their own, several boxes a line, hidden unused
blocks, real dates and numbers, everything on one sheet, sheets in another order.
"""

from __future__ import annotations

import random
import unicodedata
from datetime import datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pia import forms
from pia.domain import wareki
from pia.domain.document import items
from pia.domain.document.form import Form, FormNode, Option
from pia.domain.document.tree import Path, Tree

HABITS = [
    "shift",
    "split",
    "broken",
    "below",
    "brackets",
    "dense",
    "hidden",
    "typed",
    "one_sheet",
    "narrow",
    "tall",
    "gap_columns",
    "contents_last",
    "plain_list",
    "unmerged",
    "shuffled",
    "nested",
]
TEXTS = [
    "窓口で本人に確認する。",
    "国保システムから\n毎日連携する。",
    "＜国保システムにおける措置＞\n入退室を記録する。",
    "番号法第9条第1項",
    "事務の名称",
    "特定個人情報ファイル名",
    "5年",
    "別紙のとおり",
]


class Answers:
    """Plausible answers of a city, item by item; some quote labels."""

    def __init__(self, rng: random.Random, form: Form, share: float) -> None:
        self.rng = rng
        self.form = form
        self.share = share
        self.files = [f"file-{letter}" for letter in "abc"[: rng.randint(1, 3)]]
        self.by_path: dict[Path, Any] = {}

    def visit(self, line: FormNode, parent: Path) -> None:
        """Answers a line of the form and what stands below it."""
        path = (*parent, line.key)
        is_name = self._is_name(line)
        is_open = line.answerable and line.id != "C-8" and not line.fixed_text
        if is_open and (is_name or self.rng.random() < self.share):
            answer = self._name(line, path) if is_name else self._answer(line)
            if answer is not None:
                self.by_path[path] = answer
        if line.id.startswith("B1-F") and self.form.kind == "all_item":
            return
        for key in self._keys(line):
            for child in line.children:
                self.visit(child, (*path, key) if key else path)

    def _is_name(self, line: FormNode) -> bool:
        """Whether the entry it stands in is called by this line."""
        ends = line.id.endswith(("-1", "-0"))
        return bool(ends and line.parents and line.parents[-1].named_by == line.id)

    def _keys(self, line: FormNode) -> list[str | None]:
        """Of the entries of a repeated line; of any other, none once."""
        if not line.repeated:
            return [None]
        if line.shares or line.id == "II":
            return [*self.files]
        return [f"{line.key}{number}" for number in range(self.rng.randint(0, 2))]

    def _name(self, line: FormNode, path: Path) -> Any:
        if line.kind != "text":
            return self._answer(line)
        if line.parents[0].id in ("II", "III") and len(path) == 3:
            return f"国保{'甲乙丙'[self.files.index(path[1])]}ファイル"
        return f"{line.parents[-1].key}の{path[-2]}"

    def _answer(self, line: FormNode) -> Any:
        rng = self.rng
        match line.kind:
            case "text":
                return rng.choice(TEXTS[:-2] if line.size == "long" else TEXTS)
            case "choice_one":
                return rng.choice(line.options).label
            case "choice_many":
                picked = rng.sample(line.options, rng.randint(1, len(line.options)))
                return [self._picked(option) for option in line.options if option in picked]
            case "number":
                return str(rng.randint(1, 20))
            case "date":
                return rng.choice(["令和6年7月24日", "平成28年1月1日"])
            case "yes_no":
                return True
            case "table":
                return self._changes() if line.procedure else self._rows()
        return None

    def _picked(self, option: Option) -> Any:
        if not option.free:
            return option.label
        return {option.label: self.rng.choice(["市民課", "3", "県（課税課）"])}

    def _rows(self) -> list[list[str]]:
        words = ["宛名番号", "氏名", "備考", "期間"]
        last = self.rng.randint(2, 6)
        return [[f"{number}．{self.rng.choice(words)}"] for number in range(1, last)]

    def _changes(self) -> list[dict[str, Any]]:
        return [
            {
                "cells": ["令和5年4月1日", f"Ⅰ{number}．", "旧", "新\n2行目", "事後", ""],
                "inherited": True,
            }
            for number in range(self.rng.randint(1, 4))
        ]


def answers(rng: random.Random, form: Form, share: float = 0.7) -> dict[Path, Any]:
    """Plausible answers of a city to a share of the items."""
    city = Answers(rng, form, share)
    for part in form.parts:
        city.visit(part, ())
    return city.by_path


def _is_hole(line: FormNode) -> bool:
    """Whether the answer stands within the brackets of its label."""
    return "　）" in line.label and line.kind != "yes_no"


def _marked(line: FormNode, label: str | None = None) -> str:
    """The label with its ※."""
    mark = f"　{line.mark}" if line.mark else ""
    return f"{label or line.label}{mark}"


class Writer:
    def __init__(self, rng: random.Random, tree: Tree, habits: set[str]):
        self.rng, self.tree, self.habits = rng, tree, habits
        self.form = forms.load(tree.form)
        self.said = dict(items.answers(tree))
        self.book = Workbook()
        self.book.remove(self.book.active)
        self.ws: Worksheet = None  # type: ignore[assignment]
        self.row = 1
        self.inside = False
        self.left = rng.randint(2, 4) if "shift" in habits else 1

    def write(self) -> bytes:
        for part in self.form.parts:
            lists = next((c for c in part.children if c.shares), None)
            for n, key in enumerate(
                self._entries((part.key,), part)
                if part.repeated
                else self._entries((part.key, lists.key), lists)
                if lists
                else [""]
            ):
                self._sheet(part, n)
                self._part(part, (part.key, key) if part.repeated else (part.key,), lists, key)
        if (
            "one_sheet" not in self.habits
            and "contents_last" in self.habits
            and len(self.book._sheets) > 3
        ):
            self.book._sheets = [*self.book._sheets[2:], *self.book._sheets[:2]]
        if "shuffled" in self.habits and "one_sheet" not in self.habits:
            copies: dict[str, list[Worksheet]] = {}
            for s in self.book._sheets:
                copies.setdefault(s.title.split(" (")[0], []).append(s)
            order = self.rng.sample(sorted(copies), len(copies))
            self.book._sheets = [s for name in order for s in copies[name]]
        out = BytesIO()
        self.book.save(out)
        return out.getvalue()

    def _entries(self, path: Path, line: FormNode) -> list[str]:
        keys: dict[str, None] = {}
        for n in self.form.walk():
            if n is line or (n.shares or n.id) == (line.shares or line.id):
                node = self.tree.find(tuple(p.key for p in (*n.parents, n)))
                keys.update(
                    dict.fromkeys(
                        c.key
                        for c in (node.children if node and n.repeated and not path[2:] else ())
                    )
                )
        if path[2:] or (line.id not in ("II", "III") and not line.shares):
            node = self.tree.find(path)
            keys = dict.fromkeys(c.key for c in (node.children if node else ()))
        return list(keys) or [""]

    def _sheet(self, part: FormNode, n: int) -> None:
        if "one_sheet" in self.habits and self.book._sheets:
            self.row += 3
            return
        name = f"{part.number}{part.label}"[:20].translate(
            str.maketrans("（）[]:*?/\\", "()_______")
        )
        self.ws = self.book.create_sheet(f"{name} ({n + 1})" if n else name)
        self.row = self.rng.randint(2, 5) if "shift" in self.habits else 1

    def _label(self, text: str) -> str:
        if "narrow" in self.habits:
            text = "".join(
                unicodedata.normalize("NFKC", ch) if ch in "１２３４５６７８９０（）．：" else ch
                for ch in text
            ).replace("．", ".")
        if "broken" in self.habits and len(text) > 8:
            at = self.rng.randint(3, len(text) - 3)
            text = text[:at] + self.rng.choice(["\n", "　", " "]) + text[at:]
        return text

    def _put(
        self, row: int, col: int, value: Any, col2: int | None = None, row2: int | None = None
    ) -> None:
        if "unmerged" in self.habits:
            col2 = row2 = None
        cell = self.ws.cell(row, col, value)
        if isinstance(value, str):
            cell.data_type = "s"
        if (col2 or col) > col or (row2 or row) > row:
            self.ws.merge_cells(
                start_row=row, start_column=col, end_row=row2 or row, end_column=col2 or col
            )

    def _columns(self) -> tuple[int, int, int, int]:
        """Number, label, first and last answer column."""
        a = self.left
        return a, a + 1, a + (5 if "gap_columns" in self.habits else 3), a + 12

    def _part(self, part: FormNode, path: Path, lists: FormNode | None, key: str) -> None:
        a, _, _, last = self._columns()
        if part.id == "C":
            return self._cover(part)
        if part.entries:
            self._put(self.row, a, part.label)
            for i, e in enumerate(part.entries, 1):
                self._put(self.row + i, a + 1, e)
            self.row += len(part.entries) + 2
            return
        heading = f"{part.number}　{part.label}" + ("　※" if part.mark else "")
        self._put(self.row, a, self._label(heading), last)
        self.row += 1
        if part.kind == "table":
            self._table(part, path)
        elif lists is not None:
            rows = self.said.get((*path, lists.key, key, lists.children[0].key), [])
            self._list([row["cells"][0] for row in rows])
        else:
            for line in part.children:
                if line.kind != "yes_no":
                    self._line(line, (*path, line.key), 1)

    def _table(self, part: FormNode, path: Path) -> None:
        """Its columns, two cells each, and its rows."""
        a, _, _, _ = self._columns()
        for i, c in enumerate(part.columns):
            self._put(self.row, a + 2 * i, c, a + 2 * i + 1)
        for r in self.said.get(path, []):
            self.row += 1
            for i, c in enumerate(r["cells"]):
                if c:
                    self._put(self.row, a + 2 * i, c, a + 2 * i + 1)
        self.row += 1

    def _list(self, texts: list[str]) -> None:
        """The texts of a list, one a row or all in one cell."""
        a, _, _, last = self._columns()
        if "plain_list" in self.habits:
            self._put(self.row, a, "\n".join(texts) or None, last)
            self.row += 1
            return
        for text in texts:
            self._put(self.row, a, text, last)
            self.row += 1

    def _cover(self, part: FormNode) -> None:
        a, _, _, last = self._columns()
        self._put(self.row, a, self.form.printed_title, last)
        by_id = {c.id: c for c in part.children}
        self.row += 2
        for col, key in ((a, "C-1"), (a + 3, "C-2")):
            self._put(self.row, col, by_id[key].label, col + 2 if col > a else None)
            self._put(
                self.row + 1, col, self.said.get(("C", key[2:])), col + 2 if col > a else None
            )
        self.row += 3
        for c in part.children[2:]:
            if c.id == "C-8":
                self._put(self.row, last - 2, c.fixed_text)
            elif c.id == "C-4":
                self._put(self.row, a, c.label, a + 1)
                self._put(self.row, a + 2, self.said.get(("C", c.key)), last)
            else:
                self._put(self.row, a, self._label(c.label), last)
                self.row += 1
                self._answer(c, ("C", c.key), a, last)
            self.row += 1
        self.row += 1

    def _typed(self, line: FormNode, path: Path) -> Any:
        said = self.said.get(path)
        if "typed" in self.habits and said is not None:
            if line.kind == "date" and (day := wareki.parse(said)) and len(day) == 10:
                return datetime.fromisoformat(day)
            if line.kind == "number":
                return int(said)
        return said

    def _answer(self, line: FormNode, path: Path, col: int, last: int) -> int:
        """Writes an answer from a column on; the rows it took beyond the first."""
        said = self.said.get(path)
        if line.kind == "choice_one":
            return self._choice(line, said, col, last)
        if line.kind == "choice_many":
            return self._boxes(line, said or [], col, last)
        value = self._typed(line, path)
        if value is None and line.fixed_text:
            value = line.fixed_text
        self._put(self.row, col, value, last)
        if isinstance(value, datetime):
            self.ws.cell(self.row, col).number_format = '[$-411]ggge"年"m"月"d"日"'
        return 0

    def _choice(self, line: FormNode, said: str | None, col: int, last: int) -> int:
        numbered = [f"{i}) {o.label}" for i, o in enumerate(line.options, 1)]
        if "brackets" in self.habits:
            self._put(self.row, col, "[")
            self._put(self.row, col + 1, said, col + 2)
            self._put(self.row, col + 3, "]")
        else:
            self._put(self.row, col, f"[　{said or ''}　　]", col + 3)
        if "dense" in self.habits:
            self._put(self.row, col + 5, "\n".join(["＜選択肢＞", *numbered]), last)
            return 0
        self._put(self.row, col + 5, "＜選択肢＞")
        for i, o in enumerate(numbered):
            self._put(self.row + 1 + i // 2, col + 5 + 2 * (i % 2), o)
        return 1 + (len(numbered) - 1) // 2

    def _boxes(self, line: FormNode, said: list[Any], col: int, last: int) -> int:
        picked = {
            next(iter(p)) if isinstance(p, dict) else p: next(iter(p.values()))
            if isinstance(p, dict)
            else ""
            for p in said
        }
        rows: list[list[tuple[bool, str]]] = [[]]
        apart = False
        for o in line.options:
            before, after = o.around
            words = f"{before}　{picked.get(o.label) or '　　'}　{after}" if o.free else o.label
            if len(rows[-1]) == (3 if "dense" in self.habits else 2) or o.free or apart:
                rows.append([])
            apart = o.free
            rows[-1].append((o.label in picked, words))
        rows = [r for r in rows if r]
        for n, r in enumerate(rows):
            if "brackets" in self.habits:
                for i, (ticked, words) in enumerate(r):
                    self._put(self.row + n, col + 4 * i, "[")
                    self._put(self.row + n, col + 4 * i + 1, "○" if ticked else None)
                    o = next(
                        x
                        for x in line.options
                        if words
                        in (
                            x.label,
                            f"{x.around[0]}　{picked.get(x.label) or '　　'}　{x.around[1]}",
                        )
                    )
                    pieces = (
                        [o.around[0], picked.get(o.label), o.around[1]] if o.free else [o.label]
                    )
                    for k, piece in enumerate(pieces):
                        self._put(
                            self.row + n, col + 4 * i + 2 + k, f"]{piece}" if k == 0 else piece
                        )
            elif "dense" in self.habits:
                self._put(
                    self.row + n, col, "　".join(f"[{'○' if t else '　'}]{w}" for t, w in r), last
                )
            else:
                for i, (ticked, words) in enumerate(r):
                    self._put(self.row + n, col + 4 * i, f"[ {'○' if ticked else '　'} ] {words}")
        return len(rows) - 1

    def _line(self, line: FormNode, path: Path, depth: int) -> None:
        is_name = line.parents[-1].named_by == line.id and line.key == "0"
        if line.kind in ("yes_no", "figure") or _is_hole(line) or is_name:
            return
        if line.repeated:
            return self._repeated(line, path)
        children = [x for x in line.children if x.kind != "yes_no" and "　）" not in x.label]
        may_nest = depth >= 2 and not self.inside and not line.id.startswith("III")
        if "nested" in self.habits and may_nest and children:
            return self._nested(line, path, depth, children)
        first = self.row
        self._labelled(line, path, depth)
        for child in line.children:
            if _is_hole(child):
                self._hole(child, (*path, child.key))
        assert self.row > first or not line.answerable
        for child in line.children:
            self._line(child, (*path, child.key), depth + 1)

    def _repeated(self, line: FormNode, path: Path) -> None:
        """An entry for each that is there, and hidden room for two more."""
        for n, key in enumerate(self._entries(path, line), 1):
            self._entry(line, (*path, key), n)
        if "hidden" not in self.habits or not line.repeat or not line.repeat.get("slots"):
            return
        start = self.row
        word = line.label.replace("{n}", "")
        self._put(self.row, self._columns()[0], f"{word}{n + 1}～{n + 2}")
        self.row += 1
        for k in (n + 1, n + 2):
            self._entry(line, (*path, "none"), k)
        for r in range(start, self.row):
            self.ws.row_dimensions[r].hidden = True

    def _nested(self, line: FormNode, path: Path, depth: int, children: list[FormNode]) -> None:
        """The label stands at the left over all rows, those of its children between it and the
        answers."""
        a, _, c, last = self._columns()
        first = self.row
        label = f"{line.number}{_marked(line)}"
        if line.answerable:
            self.row += self._answer(line, path, c, last) + 1
        self.inside = True
        for child in children:
            self._line(child, (*path, child.key), depth + 1)
        self.inside = False
        self._put(first, a, self._label(label), None, self.row - 1)

    def _labelled(self, line: FormNode, path: Path, depth: int) -> None:
        """The label of a line and its answer: below it, or beside it."""
        a, b, c, last = self._columns()
        if not line.answerable:
            label = f"{line.number}{_marked(line, line.label.replace('／', chr(10)))}"
            self._heading(line, path, label)
        elif depth == 1 and (line.kind == "text" or not line.label_parts):
            self._put(self.row, a, self._label(f"{line.number}{_marked(line)}"), last)
            self.row += 1
            self.row += self._answer(line, path, a, last) + 1
        elif line.label_parts:
            self._put(self.row, a, self._label(f"{line.number}{line.label_parts[0]}"), last)
            self.row += 1
            self._put(self.row, a, line.label_parts[1], b)
            self.row += self._answer(line, path, c, last) + 1
        elif "below" in self.habits and line.kind == "text" and not self.inside:
            self._put(self.row, a, self._label(f"{line.number}{_marked(line)}"), last)
            self.row += 1
            self._put(self.row, a, self.said.get(path) or line.fixed_text or None, last)
            self.row += 1
        else:
            self._beside(line, path)

    def _beside(self, line: FormNode, path: Path) -> None:
        a, b, c, last = self._columns()
        top = self.row
        more = self._answer(line, path, c, last)
        end = top + more if "tall" in self.habits else None
        label = _marked(line)
        if self.inside:
            self._put(top, b, self._label(f"{line.number}{label}"), None, end)
        elif "split" in self.habits and line.number:
            self._put(top, a, line.number)
            self._put(top, b, self._label(label), None, end)
        else:
            self._put(top, a, self._label(f"{line.number}{label}"), b, end)
        self.row = top + more + 1

    def _hole(self, line: FormNode, path: Path) -> None:
        """An answer within the brackets of its label."""
        _, _, c, last = self._columns()
        before, _, after = line.label.partition("　")
        if "brackets" in self.habits and line.kind == "number":
            for i, v in enumerate((before, self._typed(line, path), after)):
                self._put(self.row, c + i, v)
        else:
            self._put(self.row, c, f"{before} {self.said.get(path) or '　'} {after}", last)
        self.row += 1

    def _heading(self, line: FormNode, path: Path, said: str) -> None:
        a, b, _, last = self._columns()
        a = b if self.inside else a
        checks = [c for c in line.children if c.kind == "yes_no"]
        at = last - 3 * len(checks)
        self._put(
            self.row,
            a,
            self._label(said) if "／" not in line.label else said,
            at if checks else last,
        )
        for i, c in enumerate(checks):
            ticked = "○" if self.said.get((*path, c.key)) else "　"
            if "brackets" in self.habits:
                for k, v in enumerate(("[", ticked, c.label.replace("[　]", "]"))):
                    self._put(self.row, at + 1 + 3 * i + k, v)
            else:
                self._put(
                    self.row,
                    at + 1 + 3 * i,
                    c.label.replace("[　]", f"［ {ticked} ］"),
                    at + 3 + 3 * i,
                )
        self.row += 1

    def _entry(self, line: FormNode, path: Path, n: int) -> None:
        a, b, c, last = self._columns()
        name = next((x for x in line.children if line.named_by == x.id and x.key == "0"), None)
        head = line.label.replace(
            "{n}",
            str(n)
            if "narrow" in self.habits
            else str(n).translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        )
        self._put(self.row, a, head, b)
        if name:
            self._put(self.row, c, self.said.get((*path, name.key)), last)
        self.row += 1
        for x in line.children:
            self._line(x, (*path, x.key), 3)


def make(
    seed: int, form_id: str = "all_item@平成30年5月", habits: set[str] | None = None
) -> tuple[Tree, bytes, set[str]]:
    """(the tree that must be read, the workbook, its habits)."""
    rng = random.Random(seed)
    form = forms.load(form_id)
    chosen = set(rng.sample(HABITS, rng.randint(0, 7))) if habits is None else habits
    tree = items.build(form, answers(rng, form).items())
    return tree, Writer(rng, tree, chosen).write(), chosen
