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
from pia.domain.document.form import Form, FormNode
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


def answers(rng: random.Random, form: Form, share: float = 0.7) -> dict[Path, Any]:
    """Plausible answers of a city; some quote labels."""
    out: dict[Path, Any] = {}
    files = [f"file-{c}" for c in "abc"[: rng.randint(1, 3)]]

    def visit(line: FormNode, path: Path) -> None:
        here = (*path, line.key)
        named = (
            line.id.endswith(("-1", "-0")) and line.parents and line.parents[-1].named_by == line.id
        )
        if (
            line.answerable
            and line.id != "C-8"
            and not line.fixed_text
            and (named or rng.random() < share)
        ):
            match line.kind:
                case "text":
                    out[here] = (
                        f"{line.parents[-1].key}の{path[-1]}"
                        if named
                        else rng.choice(TEXTS[:-2] if line.size == "long" else TEXTS)
                    )
                    if named and line.parents[0].id in ("II", "III") and len(path) == 2:
                        out[here] = f"国保{'甲乙丙'[files.index(path[1])]}ファイル"
                case "choice_one":
                    out[here] = rng.choice(line.options).label
                case "choice_many":
                    picked = rng.sample(line.options, rng.randint(1, len(line.options)))
                    out[here] = [
                        {o.label: rng.choice(["市民課", "3", "県（課税課）"])}
                        if o.free
                        else o.label
                        for o in line.options
                        if o in picked
                    ]
                case "number":
                    out[here] = str(rng.randint(1, 20))
                case "date":
                    out[here] = rng.choice(["令和6年7月24日", "平成28年1月1日"])
                case "yes_no":
                    out[here] = True
                case "table" if not line.procedure:
                    out[here] = [
                        [f"{i}．{rng.choice(['宛名番号', '氏名', '備考', '期間'])}"]
                        for i in range(1, rng.randint(2, 6))
                    ]
                case "table":
                    out[here] = [
                        {
                            "cells": ["令和5年4月1日", f"Ⅰ{i}．", "旧", "新\n2行目", "事後", ""],
                            "inherited": True,
                        }
                        for i in range(rng.randint(1, 4))
                    ]
        if line.id.startswith("B1-F") and form.kind == "all_item":
            return
        keys = (
            files
            if line.repeated and (line.shares or line.id == "II")
            else [f"{line.key}{i}" for i in range(rng.randint(0, 2))]
            if line.repeated
            else [None]
        )
        for k in keys:
            for c in line.children:
                visit(c, (*here, k) if k else here)

    for part in form.parts:
        visit(part, ())
    return out


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
                found = self.tree.find(tuple(p.key for p in (*n.parents, n)))
                keys.update(
                    dict.fromkeys(
                        c.key
                        for c in (found.children if found and n.repeated and not path[2:] else ())
                    )
                )
        if path[2:] or (line.id not in ("II", "III") and not line.shares):
            found = self.tree.find(path)
            keys = dict.fromkeys(c.key for c in (found.children if found else ()))
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
        self._put(
            self.row,
            a,
            self._label(f"{part.number}　{part.label}" + ("　※" if part.mark else "")),
            last,
        )
        self.row += 1
        if part.kind == "table":
            for i, c in enumerate(part.columns):
                self._put(self.row, a + 2 * i, c, a + 2 * i + 1)
            for r in self.said.get(path, []):
                self.row += 1
                for i, c in enumerate(r["cells"]):
                    if c:
                        self._put(self.row, a + 2 * i, c, a + 2 * i + 1)
            self.row += 1
            return
        if lists is not None:
            rows = self.said.get((*path, lists.key, key, lists.children[0].key), [])
            if "plain_list" in self.habits:
                self._put(self.row, a, "\n".join(r["cells"][0] for r in rows) or None, last)
                self.row += 1
            else:
                for r in rows:
                    self._put(self.row, a, r["cells"][0], last)
                    self.row += 1
            return
        for line in part.children:
            if line.kind != "yes_no":
                self._line(line, (*path, line.key), 1)

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
        a, b, c, last = self._columns()
        hole = "　）" in line.label and line.kind != "yes_no"
        name = line.parents[-1].named_by == line.id and line.key == "0"
        if line.kind in ("yes_no", "figure") or hole or name:
            return
        if line.repeated:
            for n, key in enumerate(self._entries(path, line), 1):
                self._entry(line, (*path, key), n)
            if "hidden" in self.habits and line.repeat and line.repeat.get("slots"):
                start = self.row
                word = line.label.replace("{n}", "")
                self._put(self.row, a, f"{word}{n + 1}～{n + 2}")
                self.row += 1
                for k in (n + 1, n + 2):
                    self._entry(line, (*path, "none"), k)
                for r in range(start, self.row):
                    self.ws.row_dimensions[r].hidden = True
            return
        mark = f"　{line.mark}" if line.mark else ""
        first = self.row
        below_it = [x for x in line.children if x.kind != "yes_no" and "　）" not in x.label]
        if (
            "nested" in self.habits
            and depth >= 2
            and below_it
            and not self.inside
            and not line.id.startswith("III")
        ):
            # The label stands at the left over all rows, those of its children between it and the
            # answers.
            label = f"{line.number}{line.label}{mark}"
            if line.answerable:
                self.row += self._answer(line, path, c, last) + 1
            self.inside = True
            for child in below_it:
                self._line(child, (*path, child.key), depth + 1)
            self.inside = False
            self._put(first, a, self._label(label), None, self.row - 1)
            return
        if not line.answerable:
            self._heading(line, path, f"{line.number}{line.label.replace('／', chr(10))}{mark}")
        elif depth == 1 and (line.kind == "text" or not line.label_parts):
            self._put(self.row, a, self._label(f"{line.number}{line.label}{mark}"), last)
            self.row += 1
            self.row += self._answer(line, path, a, last) + 1
        elif line.label_parts:
            self._put(self.row, a, self._label(f"{line.number}{line.label_parts[0]}"), last)
            self.row += 1
            self._put(self.row, a, line.label_parts[1], b)
            self.row += self._answer(line, path, c, last) + 1
        else:
            below = "below" in self.habits and line.kind == "text" and not self.inside
            label = f"{line.label}{mark}"
            top = self.row
            if below:
                self._put(self.row, a, self._label(f"{line.number}{label}"), last)
                self.row += 1
                self._put(self.row, a, self.said.get(path) or line.fixed_text or None, last)
                self.row += 1
            else:
                more = self._answer(line, path, c, last)
                end = top + more if "tall" in self.habits else None
                if self.inside:
                    self._put(top, b, self._label(f"{line.number}{label}"), None, end)
                elif "split" in self.habits and line.number:
                    self._put(top, a, line.number)
                    self._put(top, b, self._label(label), None, end)
                else:
                    self._put(top, a, self._label(f"{line.number}{label}"), b, end)
                self.row = top + more + 1
        for h in line.children:
            if "　）" in h.label and h.kind != "yes_no":
                before, _, after = h.label.partition("　")
                said = self.said.get((*path, h.key))
                if "brackets" in self.habits and h.kind == "number":
                    for i, v in enumerate((before, self._typed(h, (*path, h.key)), after)):
                        self._put(self.row, c + i, v)
                else:
                    self._put(self.row, c, f"{before} {said or '　'} {after}", last)
                self.row += 1
        assert self.row > first or not line.answerable
        for child in line.children:
            self._line(child, (*path, child.key), depth + 1)

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
