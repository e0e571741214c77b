"""The register: every affair as a row of one table, put in order, narrowed and laid out by what its
address asks for.

Knows what the list can be asked for. Must not know how a round stands: `actions.viewing` says it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, request, url_for

from ...actions.viewing import register as register_views
from ...domain.procedure import holders
from ...store.queries.register import NO_DEPARTMENT
from .. import paging
from ..actor import now_day, who, workplace
from ..answers import chosen
from ..declared import needs
from .documents import blueprint

STANDS = {
    "": "すべて",
    "open": "手続中",
    "due": "期限が近い・過ぎた",
    "published": "手続なし（公表済み）",
    "none": "未公表",
}
# What the table can be put in order by: the first by itself.
ORDERS = {
    "due": "期限の近い順",
    "number": "評価書番号順",
    "name": "名称順",
    "office": "所属順",
    "published": "公表日の新しい順",
}
# Column → (its heading, the order that goes by it). The name always stands there.
COLUMNS = {
    "due": ("期限", "due"),
    "number": ("番号", "number"),
    "office": ("所属", "office"),
    "documents": ("評価書", ""),
    "stand": ("いま", ""),
    "changes": ("変更箇所", ""),
    "published": ("公表日", "published"),
    "form": ("様式", ""),
    "versions": ("最新の版", ""),
}
USUAL = ("due", "number", "office", "documents", "stand", "changes", "published")


@blueprint.get("/register")
@needs("read", asks=("office", "stand", "q", "page", "sort", "col"))
def register() -> str:
    """Every affair, the nearest last day first."""
    wp = workplace()
    with wp.store.moment():
        offices = register_views.departments(wp)
        office = _office(offices)
        stand = chosen("stand", tuple(STANDS))
        order = chosen("sort", tuple(ORDERS))
        words = request.args.get("q", "")[:100]
        warned = register_views.warned_by(wp, now_day())
        wanted = register_views.asked(office, stand, words, now_day(), warned)
        first = paging.first(register_views.PAGE)
        page = register_views.page(wp, wanted, first, now_day(), order=order)
    return render_template(
        "desk/register.html",
        page=page,
        pages=paging.Pages(page.first, register_views.PAGE, page.fitting),
        asked=wanted,
        typed_words=words,
        offices=[*offices, NO_DEPARTMENT],
        without=NO_DEPARTMENT,
        stands=STANDS,
        orders=ORDERS,
        order=order,
        columns=COLUMNS,
        shown=_columns(),
        ordered=_ordered,
        left=holders.left,
        nearness=holders.nearness,
        today=now_day(),
    )


def _office(offices: Sequence[str]) -> str:
    """The department the address asks for; people of a department begin with their own."""
    own = ""
    if who().role in ("drafter", "head") and who().department in offices:
        own = who().department
    return request.args.get("office", own)


def _columns() -> tuple[str, ...]:
    """The columns the address asks for, in the order of the table; the usual ones where none."""
    asked = request.args.getlist("col")
    return tuple(name for name in COLUMNS if name in asked) or USUAL


def _ordered(order: str) -> str:
    """The address of the same list in another order."""
    asked: dict[str, Any] = request.args.to_dict(flat=False)
    asked.pop("page", None)
    asked["sort"] = order
    return url_for("desk.register", **asked)
