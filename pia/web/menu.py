"""The menu of every page: where each page is, who sees it, and how much waits behind it.

Knows endpoints and rights. Must not know what is counted: `actions.viewing.menu` says it. A page
that cannot ask the database has its menu without counts.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from ..actions.viewing import menu
from ..actions.viewing.menu import MenuCounts
from ..domain.errors import PiaError
from .actor import now_day, who, workplace
from .allowed import may


@dataclass(frozen=True, slots=True)
class MenuLine:
    """One page of the menu: its endpoint, its name, how much waits there and what that is."""

    endpoint: str
    words: str
    count: int = 0
    said: str = ""


# (endpoint, name, the right that shows it): those opened every day, and the others.
DAILY = (
    ("today.page", "今日すること", "self"),
    ("desk.register", "一覧", "read"),
    ("rounds.listed", "手続", "read"),
    ("consultations.listed", "意見募集", "read"),
    ("council.agenda", "審議会", "council"),
    ("search.page", "探す", "council"),
    ("setup.page", "初期設定", "admin"),
)
OTHERS = (
    ("calendar.month", "予定表", "read"),
    ("national.listed", "国の記載例", "read"),
    ("reviews.listed", "年次見直し", "read"),
    ("leaks.listed", "漏えい等", "leaks"),
    ("plan.page", "計画管理書", "read"),
    ("file_register.listed", "個人情報ファイル簿", "read"),
    ("affair_notices.listed", "取扱事務の届出", "read"),
    ("content_checks.listed", "内容の点検", "read"),
    ("wordbook.phrases", "文例", "read"),
    ("wordbook.terms", "用語の説明", "read"),
    ("form_files.page", "様式ファイル", "office"),
    ("guides.page", "記載要領", "office"),
    ("admin.accounts", "利用者", "admin"),
    ("admin.departments", "課", "admin"),
    ("records.flags", "個人情報", "records"),
    ("records.listed", "保存と廃棄", "records"),
    ("admin.ledger", "記録", "audit"),
    ("yearly.accounts", "年次点検", "yearly"),
)


def set_up(app: Flask) -> None:
    """Gives every page of an application its menu."""
    app.context_processor(lambda: {"menu_lines": _lines, "menu_others": _others})


def _lines() -> list[MenuLine]:
    """The pages opened every day that this person sees, with what waits there."""
    counts = _counts()
    behind = {
        "rounds.listed": (counts.rounds, "件の手続があなたの番です"),
        "consultations.listed": (counts.opinions, "件の意見が待っています"),
        "council.agenda": (counts.council, "件の質問か審議会の案件が待っています"),
    }
    lines = []
    for endpoint, words, right in DAILY:
        if may(right):
            lines.append(MenuLine(endpoint, words, *behind.get(endpoint, (0, ""))))
    return lines


def _others() -> list[MenuLine]:
    return [MenuLine(endpoint, words) for endpoint, words, right in OTHERS if may(right)]


def _counts() -> MenuCounts:
    if not who().signed_in or who().role == "tablet":
        return menu.NOTHING
    try:
        return menu.counts(workplace(), who(), now_day())
    except (PiaError, SQLAlchemyError):
        return menu.NOTHING
