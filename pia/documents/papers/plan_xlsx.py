"""計画管理書 (様式1) as a workbook: the head, one row an affair in the form's columns, one row a
system, A3 lying with the heads on every page.

Knows the spreadsheet format and the form's labels (pia/forms, not verified, and the workbook says
so). Must not know where the facts come from. Equal input gives equal bytes; nothing written can
become a formula.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import BytesIO
from itertools import zip_longest
from typing import Any

import xlsxwriter

from ... import forms
from ...domain.errors import PiaError
from .. import rehearsal
from ..comparison.table_xlsx import TALLEST, lines, slices
from ..ooxml.measure import CONTINUED

FORM = "plan@令和6年10月"
UNVERIFIED = (
    "様式1の項目名は、公式の様式との照合が済んでいません。提出の前に、"
    "個人情報保護委員会の様式と見比べてください。"
)
SYSTEMS = (
    "システムごとの開発の時期などは記録がないため、空欄にしました。"
    "開発・改修のあるシステムについて、手で記入してください。"
)
# Field of the paper → item of the form, and the column's width in digits.
COLUMNS: Mapping[str, tuple[str, int]] = {
    "番号": ("J-1", 8),
    "名称": ("J-2", 22),
    "ファイル": ("J-3", 22),
    "システム": ("J-4", 24),
    "対象人数": ("J-5", 15),
    "取扱者数": ("J-6", 13),
    "重大事故": ("J-7", 10),
    "判断結果": ("J-8", 19),
    "種類": ("J-9", 15),
    "予定": ("J-10", 15),
    "提出日": ("J-11", 15),
    "公表日": ("J-12", 15),
    "次回": ("J-13", 25),
    "他機関": ("J-14", 12),
    "備考": ("J-15", 14),
}
# Not of the form: for the office's own use.
OWN: Mapping[str, tuple[str, int]] = {
    "担当課": ("担当課", 16),
    "計数日": ("人数を数えた日", 25),
}
_BROKEN = ("対象人数", "取扱者数", "次回")  # what stands in brackets begins a line of its own
_HEAD = (("評価実施機関名", "H-1"), ("担当部署", "H-2"), ("連絡先", "H-3"))
_FONT = "ＭＳ 明朝"
_CELL = 32_000
_LINE = 14.6  # points


def write(facts: Mapping[str, Any], title: str) -> bytes:
    """The workbook's bytes from the settled facts of the paper `plan` (texts, and `事務一覧` with a
    mapping an affair). PiaError for a text no cell can hold.
    """
    out = BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": title, "created": datetime(1980, 1, 1)})
    base: dict[str, Any] = {
        "font_name": _FONT,
        "font_size": 10,
        "text_wrap": True,
        "valign": "top",
        "quote_prefix": True,
    }
    box = {**base, "border": 1, "border_color": "#808080"}
    looks = {
        "title": book.add_format({**base, "font_size": 14, "bold": True, "text_wrap": False}),
        "note": book.add_format(
            {**base, "font_size": 9, "font_color": "#9C0006", "text_wrap": False}
        ),
        "label": book.add_format({**box, "bold": True, "bg_color": "#EDF0F4", "valign": "vcenter"}),
        "head": book.add_format(
            {**box, "bold": True, "bg_color": "#E4E9EF", "align": "center", "valign": "vcenter"}
        ),
        "own": book.add_format(
            {**box, "bold": True, "bg_color": "#F5F5F5", "align": "center", "valign": "vcenter"}
        ),
        "cell": book.add_format(box),
    }
    _affairs(book.add_worksheet("計画管理書"), facts, title, looks)
    _systems(book.add_worksheet("システム"), facts, looks)
    book.close()
    return out.getvalue()


def _affairs(sheet: Any, facts: Mapping[str, Any], title: str, looks: Mapping[str, Any]) -> None:
    widths = [width for _, width in (*COLUMNS.values(), *OWN.values())]
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    sheet.write_string(0, 0, title, looks["title"])
    sheet.set_row(0, 24)
    sheet.write_string(1, 0, UNVERIFIED, looks["note"])
    head = labelled(facts)
    for index, (label, value) in enumerate(head, 2):
        sheet.merge_range(index, 0, index, 1, label, looks["label"])
        sheet.merge_range(index, 2, index, 4, _whole(value), looks["cell"])
        sheet.set_row(index, 13.5 * max(lines(label, 30), lines(value, 60)) + 6)
    top = len(head) + 3
    names = affair_heads()
    heads = [(words, "head") for words in names[: len(COLUMNS)]]
    for words in names[len(COLUMNS) :]:
        heads.append((words, "own"))
    broken = []
    for index, column in enumerate((*COLUMNS, *OWN)):
        if column in _BROKEN:
            broken.append(index)
    rows = affairs(facts)
    for row in rows:
        for index in broken:
            row[index] = row[index].replace("（", "\n（")
    _table(sheet, top, heads, rows, widths, looks)
    sheet.freeze_panes(top + 1, 2)


def _systems(sheet: Any, facts: Mapping[str, Any], looks: Mapping[str, Any]) -> None:
    """The names of the systems, each once; what the form asks about them besides is not in the
    records.
    """
    widths = (34, 26, 22, 22, 22, 30)
    for index, width in enumerate(widths):
        sheet.set_column(index, index, width)
    sheet.write_string(0, 0, SYSTEMS, looks["note"])
    heads = [(words, "head") for words in system_heads()]
    rows = [[system, "", "", "", "", ""] for system in systems(facts)]
    _table(sheet, 2, heads, rows, widths, looks)
    sheet.freeze_panes(3, 1)


def labelled(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What stands above the affairs: (label, what it says)."""
    lines_of_form = forms.load(FORM).by_id
    head = []
    for name, node in _HEAD:
        head.append((lines_of_form[node].label, str(facts[name])))
    days = f"作成日　{facts['作成日']}\n最終更新日　{facts['最終更新日']}"
    return [*head, (lines_of_form["H-4"].label, days), ("この書面の時点", str(facts["現在"]))]


def affair_heads() -> list[str]:
    """The heads of the table of affairs: the form's, then our own."""
    lines_of_form = forms.load(FORM).by_id
    heads = []
    for node, _ in COLUMNS.values():
        heads.append(lines_of_form[node].label)
    return heads + [f"{words}\n（様式にない項目）" for words, _ in OWN.values()]


def affairs(facts: Mapping[str, Any]) -> list[list[str]]:
    """A row an affair, in the order of the heads."""
    rows = []
    for affair in facts["事務一覧"]:
        rows.append([str(affair[column]) for column in (*COLUMNS, *OWN)])
    return rows


def system_heads() -> list[str]:
    """The heads of the table of systems."""
    lines_of_form = forms.load(FORM).by_id
    return [lines_of_form[f"S-{number}"].label for number in range(1, 7)]


def systems(facts: Mapping[str, Any]) -> list[str]:
    """The names of the systems, each once."""
    names: dict[str, None] = {}
    for affair in facts["事務一覧"]:
        for name in str(affair["システム"]).split("\n"):
            if name and not name.startswith("（　"):
                names[name] = None
    return list(names)


def _table(
    sheet: Any,
    top: int,
    heads: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    looks: Mapping[str, Any],
) -> None:
    """Heads and rows from row `top` (from 0), each as high as its longest cell needs."""
    for index, (words, look) in enumerate(heads):
        sheet.write_string(top, index, words, looks[look])
    sheet.set_row(top, 13.5 * max(map(lines, [words for words, _ in heads], widths)) + 8)
    at = top
    for row in rows:
        for texts in _shown_whole(row, widths):
            at += 1
            for index, text in enumerate(texts):
                sheet.write_string(at, index, text, looks["cell"])
            sheet.set_row(at, min(TALLEST, _LINE * max(map(lines, texts, widths)) + 6))
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)
    sheet.set_margins(0.5, 0.5, 0.6, 0.6)
    sheet.set_footer("&C－&P－")
    sheet.set_header(rehearsal.header(""))


def _shown_whole(row: Sequence[str], widths: Sequence[int]) -> Iterator[list[str]]:
    """The row, and rows 「（続き）」 below it for what no program would show: Excel makes no row
    higher than 409 points.
    """
    most = int((TALLEST - 6) / _LINE)
    columns = []
    for text, width in zip(row, widths):
        columns.append(list(slices(_whole(text), width, most)))
    for index, texts in enumerate(zip_longest(*columns, fillvalue="")):
        first, *others = texts
        if index and not first:
            first = CONTINUED
        yield [first, *others]


def _whole(value: Any) -> str:
    """What a cell says. PiaError where no cell can hold it."""
    text = str(value)
    if len(text) > _CELL:
        raise PiaError(
            f"計画管理書の「{text[:20]}…」は長すぎるため、ワークブックの1つの欄に入りま"
            f"せん（{_CELL:,}文字まで）。短くしてください。"
        )
    return text
