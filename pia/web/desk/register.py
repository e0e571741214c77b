"""The register: every affair with its documents, what falls due, and what somebody left unsaved.

Knows what the list can be asked for. Must not know how a round stands: `actions.viewing` says it.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app, render_template, request

from ...actions.editing import unsaved
from ...actions.viewing import register as register_views
from .. import paging
from ..actor import now_day, who, workplace
from ..allowed import may
from ..answers import chosen
from ..declared import needs
from .documents import blueprint

STANDS = {"": "すべて", "open": "手続中", "published": "手続なし（公表済み）", "none": "未公表"}


@blueprint.get("/")
@needs("read", asks=("office", "stand", "q", "page"))
def register() -> str:
    """Where everybody of the staff begins."""
    wp = workplace()
    with wp.store.moment():
        offices = register_views.departments(wp)
        office = _office(offices)
        stand = chosen("stand", tuple(STANDS))
        words = request.args.get("q", "")[:100]
        wanted = register_views.asked(office, stand, words)
        page = register_views.page(wp, wanted, paging.first(register_views.PAGE), now_day())
        begun = []
        for text in unsaved.listed(wp, who().name):
            if may("draft", text.ref):
                begun.append(text)
    backups = ""
    if may("admin"):
        backups = current_app.extensions["pia.backups"].of(current_app.extensions["pia.machine"]())
    return render_template(
        "desk/register.html",
        backups=backups,
        page=page,
        pages=paging.Pages(page.first, register_views.PAGE, page.fitting),
        asked=wanted,
        typed_words=words,
        offices=offices,
        stands=STANDS,
        begun=begun,
        most_due=register_views.MOST_DUE,
    )


def _office(offices: Sequence[str]) -> str:
    """The department the address asks for; people of a department begin with their own."""
    own = ""
    if who().role in ("drafter", "head") and who().department in offices:
        own = who().department
    return request.args.get("office", own)
