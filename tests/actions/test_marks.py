"""Our own layout with the changes shown inside its texts: struck and underlined to the letter,
and never taken for a document."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText

from pia import forms
from pia.actions import demo, sources
from pia.actions.output import carriers
from pia.domain.document import items
from pia.domain.document.tree import Path
from pia.domain.errors import PiaError


def pair(path: Path, before: str, after: str | None) -> tuple[sources.Source, sources.Source]:
    tree = demo.assessment("nhi-levy")
    form = forms.load(tree.form)
    said = dict(items.answers(tree))
    out = []
    for n, text in enumerate((before, after)):
        here = (
            {**said, path: text}
            if text is not None
            else {p: a for p, a in said.items() if p != path}
        )
        out.append(sources.Source(f"levy@{n + 1}", items.build(form, here.items()), form, "国保税"))
    return out[0], out[1]


def shown(data: bytes, sheet: str) -> list[tuple[str, str, str]]:
    """(kept or new, deleted, added) letters of every rich cell of a sheet."""
    book = load_workbook(BytesIO(data), rich_text=True)
    ws = next(w for w in book.worksheets if w.title.startswith(sheet))
    cells = [c.value for row in ws.iter_rows() for c in row if isinstance(c.value, CellRichText)]
    runs = [[(r, getattr(r, "font", None)) for r in c] for c in cells]
    return [
        tuple(
            "".join(str(getattr(r, "text", r)) for r, f in cell if keep(f))
            for keep in (_new, _struck, _added)
        )  # type: ignore[misc]
        for cell in runs
    ]


def _struck(font: object) -> bool:
    return bool(getattr(font, "strike", None))


def _added(font: object) -> bool:
    return getattr(font, "u", None) is not None and bool(getattr(font, "b", None))


def _new(font: object) -> bool:
    return not _struck(font)


def test_deletions_are_struck_and_additions_underlined_to_the_letter() -> None:
    old, new = pair(
        ("I", "1", "2"),
        "届出を受け付け、確実にデータを消去する。",
        "届出を受け付け、データの復元がなされないよう確実に対応する。",
    )
    data = carriers.with_marks(new, old)
    ((now, gone, came),) = shown(data, "Ⅰ")
    assert now == "届出を受け付け、データの復元がなされないよう確実に対応する。"
    assert "消去" in gone and "対応" in came
    assert carriers.with_marks(new, old) == data


def test_a_long_text_keeps_its_marks_over_the_rows_it_goes_on_in() -> None:
    lines = [f"{i}番の措置を講じ、記録を保存する。" for i in range(200)]
    old, new = pair(
        ("I", "1", "2"),
        "\n".join(lines),
        "\n".join([*lines[:150], "新しい措置を講じる。", *lines[151:]]),
    )
    found = shown(carriers.with_marks(new, old), "Ⅰ")
    assert (
        "新しい" in "".join(came for _, _, came in found)
        and "".join(gone for _, gone, _ in found)
        and len(found) < 5
    )


def test_a_removed_answer_stands_struck_through() -> None:
    old, new = pair(("I", "1", "2"), "前の記載である。", None)
    book = load_workbook(BytesIO(carriers.with_marks(new, old)))
    cell = next(
        c
        for row in next(w for w in book.worksheets if w.title.startswith("Ⅰ")).iter_rows()
        for c in row
        if c.value == "前の記載である。"
    )
    assert cell.font.strike


def test_it_says_what_it_is_and_is_refused_when_read() -> None:
    old, new = pair(("I", "1", "2"), "前。", "後。")
    data = carriers.with_marks(new, old)
    with pytest.raises(PiaError, match="見え消し"):
        sources.read_bytes(data, "見え消し.xlsx")
    book = load_workbook(BytesIO(data))
    assert "見え消し" in book.worksheets[0]["A1"].value and "_pia" not in book.sheetnames
