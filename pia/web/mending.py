"""Where what a step still needs is mended: the page for each check, for who may mend it there.

Knows checks by name and pages as addresses. Must not know what is missing: the procedure's table
says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, url_for

from ..domain.procedure.steps import Unmet
from .allowed import may

_WRITE = ("writing.part", "draft", "評価書を書く")
_TABLE = ("desk.table", "draft", "変更箇所の表で答える")
_AFFAIR = ("affairs.page", "office", "事務の画面で直す")
_ITEMS = ("rounds.procedure_items", "office", "評価実施手続の欄を直す")
_OPINIONS = ("consultations.listed", "office", "意見募集を開く")
_SITTINGS = ("councils.listed", "office", "会議の記録を開く")
_COMMISSION = ("commission.page", "office", "委員会からの文書を見る")
# Check → (page, the right it is mended with, what the link says).
PAGES: Mapping[str, tuple[str, str, str]] = {
    "changed": _WRITE,
    "counted": _WRITE,
    "basic_open": _WRITE,
    "basic_exists": _AFFAIR,
    "basic_submitted": _AFFAIR,
    "basic_published": _AFFAIR,
    "basic_first_after_rise": _AFFAIR,
    "kind_enough": ("affairs.page", "office", "しきい値判断を記録する"),
    "number_registered": ("affairs.page", "office", "評価書番号を登録する"),
    "before_linkage": _AFFAIR,
    "material_decided": _TABLE,
    "handed_over": ("rounds.page", "read", "課内の確認を見る"),
    "explained": ("desk.table", "draft", "変更箇所の表で理由を書く"),
    "nothing_material": _TABLE,
    "table_proves": _TABLE,
    "notes_complete": _TABLE,
    "plan_registered": ("plan.page", "office", "計画管理書を登録する"),
    "period_over": _OPINIONS,
    "period_long_enough": _OPINIONS,
    "order_of_steps": _OPINIONS,
    "opinions_answered": ("consultations.listed", "office", "市の考え方を書く"),
    "amendments_linked": ("consultations.listed", "office", "案を直したところを結ぶ"),
    "quorum": _SITTINGS,
    "heard_by_now": _SITTINGS,
    "self_check": ("rounds.viewpoints", "draft", "自己点検を書く"),
    "verdict_passes": _SITTINGS,
    "own_decision": _SITTINGS,
    "commission_answered": _COMMISSION,
    "amended_places": _COMMISSION,
    "remarks_answered": ("council.agenda", "answer", "質問に答える"),
    "reviewed_is_head": ("desk.versions", "read", "点検の後に変わったところを確かめる"),
    "submitted_is_head": ("desk.versions", "read", "提出の後に変わったところを確かめる"),
    "procedure_items_filled": _ITEMS,
    "record_agrees": _ITEMS,
    "days_on_the_document": _ITEMS,
    "content_findings": ("content_checks.document", "read", "内容の点検で答える"),
    "personal_words": ("records.flags", "records", "個人情報の点検で答える"),
}
_BY_REF = (
    "content_checks.document",
    "writing.part",
    "desk.table",
    "rounds.procedure_items",
    "rounds.page",
    "rounds.viewpoints",
    "commission.page",
)


def set_up(app: Flask) -> None:
    """Gives every page of an application the way to where a thing is mended."""
    app.context_processor(lambda: {"mended_at": mended_at})


def mended_at(line: Any, unmet: Unmet) -> tuple[str, str] | None:
    """(address, what the link says) where something missing is mended; None where no page does it
    or this person may not. `line`: the round as a list shows it."""
    if unmet.guard not in PAGES:
        return None
    endpoint, right, words = PAGES[unmet.guard]
    own = line.ref if right in ("draft", "answer") else ""
    if not may(right, own):
        return None
    if endpoint in _BY_REF:
        return url_for(endpoint, ref=line.ref), words
    if endpoint == "affairs.page":
        return url_for(endpoint, key=line.affair_key), words
    if endpoint == "desk.versions":
        return url_for(endpoint, key=line.key), words
    return url_for(endpoint), words
