"""Which official form a workbook is on: the stamp at the lower right of its cover, its title, or
what our own export carried.

Knows printed stamps and the registered forms. An unknown or missing stamp is a Problem that names
what can be chosen; nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from ... import forms
from ...domain.document.form import Form
from ...domain.document.items import folded
from ...domain.errors import Problem
from ..ooxml import carried
from ..ooxml.book import Book, BookCell
from .labels import OPTIONS

_STAMP = re.compile(r"((?:平成|令和)(?:\d{1,2}|元)年\d{1,2}月)[^\d]{0,6}様式第?([1-4])")
_TITLE = re.compile(
    r"特定個人情報保護評価書\((基礎項目|重点項目|全項目)評価書\)|特定個人情報保護評価計画管理書"
)
_KINDS = {"1": "plan", "2": "basic_item", "3": "key_item", "4": "all_item"}
NOTICE = "確認用（提出用ではありません）"
MARKED = "見え消し版（変更箇所の確認用。提出・取込みには使えません）"
STAND_IN = "見本の様式（個人情報保護委員会の様式ではありません）"
_PRINTED = {folded(NOTICE), folded(MARKED), folded(STAND_IN), "(素案)", "(案)", "素案", "案"}


def stamp_of(book: Book) -> tuple[list[str], set[str]]:
    """(form ids printed as a stamp, kinds named by a title) in the workbook; a stamp inside a long
    answer does not count.
    """
    ids: dict[str, None] = {}
    kinds: set[str] = set()
    names = {"基礎項目": "basic_item", "重点項目": "key_item", "全項目": "all_item"}
    for sheet in book.sheets:
        for cell in sheet.cells:
            if len(cell.text) > 60 or sheet.name == carried.SHEET:
                continue
            flat = re.sub(r"\s", "", unicodedata.normalize("NFKC", cell.text))
            match = _STAMP.search(flat)
            if match and len(flat) - len(match.group()) <= 4:
                ids.setdefault(f"{_KINDS[match.group(2)]}@{match.group(1)}")
            title = _TITLE.search(flat)
            if title and len(flat) - len(title.group()) <= 8:
                kinds.add(names.get(title.group(1) or "", "plan"))
    return list(ids), kinds


def is_stamp(c: BookCell) -> bool:
    """Whether a cell is the stamp of the form's version and nothing else."""
    if len(c.text) < 80:
        flat = folded(c.text)
    else:
        flat = ""
    match = _STAMP.search(flat)
    return bool(match and len(flat) - len(match.group()) <= 4)


def is_ours(book: Book) -> bool:
    """Whether a workbook is our own layout (確認用), also where what it carried is gone."""
    return _is_headed(book, (NOTICE, MARKED))


def is_stand_in(book: Book) -> bool:
    """Whether a workbook is the project's own blank, or a document filled in it."""
    return _is_headed(book, (STAND_IN,))


def is_marked(book: Book) -> bool:
    """Whether a workbook shows changes inside its texts: what it says is two documents in one."""
    return _is_headed(book, (MARKED,))


def _is_headed(book: Book, notices: Sequence[str]) -> bool:
    """Whether one of the first cells of a sheet is one of these notices."""
    wanted = list(map(folded, notices))
    for sheet in book.sheets:
        if any(folded(cell.text) in wanted for cell in sheet.cells[:5]):
            return True
    return False


def only_printed(c: BookCell) -> bool:
    """Whether a cell that belongs to no label is the form's own print: the stamp, 確認用, （素案）,
    ＜選択肢＞.
    """
    return (
        is_stamp(c) or folded(c.text[:80]) in _PRINTED or folded(c.text).startswith(folded(OPTIONS))
    )


def form_of(
    printed: tuple[list[str], set[str]], base: dict[str, Any] | None
) -> tuple[Form | None, Problem | None]:
    """The form of a workbook by its stamps and titles (`stamp_of`), or by the document it carries;
    else None and the problem.
    """
    ids, kinds = printed
    known = forms.known()
    usable_ids = []
    for form_id in ids:
        if form_id in known:
            usable_ids.append(form_id)
    if len(usable_ids) == 1 and len(ids) == 1:
        return forms.load(usable_ids[0]), None
    if base and base["form"] in known and (not ids or base["form"] in usable_ids):
        return forms.load(base["form"]), None
    return None, _unknown_form(ids, kinds, known)


def _unknown_form(ids: Sequence[str], kinds: set[str], known: Sequence[str]) -> Problem:
    """Why the form is not known, and which ones can be named by hand."""
    usable = "、".join(known)
    if len(ids) > 1:
        return Problem(
            "two_forms",
            f"様式の版が2つ以上あります（{'、'.join(ids)}）。"
            f"--form で様式を1つ指定してください（使える様式：{usable}）。",
        )
    if ids:
        return Problem(
            "unknown_stamp",
            f"表紙の様式の版（{ids[0]}）は登録されていません。"
            f"近い様式を --form で指定してください（使える様式：{usable}）。",
        )
    if kinds:
        mine = "、".join(key for key in known if key.split("@")[0] in kinds)
        return Problem(
            "no_stamp",
            "表紙の右下に様式の版（［平成30年5月　様式4］など）がありません。"
            f"--form で様式を指定してください（使える様式：{mine}）。",
        )
    return Problem(
        "no_form",
        "特定個人情報保護評価書の様式が見つかりません。"
        f"評価書のブックを選ぶか、--form で様式を指定してください（使える様式：{usable}）。",
    )
