"""今日すること: the first page of everybody who signs in.

Knows where each thing is done as an address. Must not know what waits: `actions.viewing.today` says
it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, current_app, render_template, url_for

from ...actions import jobs
from ...actions.viewing import today as today_view
from ...actions.viewing.waiting import Destination
from ...domain.procedure import holders
from ..actor import now, now_day, who, workplace
from ..allowed import may
from ..declared import needs

blueprint = Blueprint("today", __name__)
MOST = 20  # lines of what waits that are open


@blueprint.get("/")
@needs("self")
def page() -> str:
    """What waits for this person, what they began, what changed, and the next weeks."""
    backups = ""
    if may("admin"):
        backups = current_app.extensions["pia.backups"].of(current_app.extensions["pia.machine"]())
    return render_template(
        "today.html",
        view=today_view.today(workplace(), who(), now()),
        backups=backups,
        most=MOST,
        address=address,
        left=holders.left,
        nearness=holders.nearness,
        job_words=_job_words,
        today=now_day(),
    )


def _job_words(kind: str) -> str:
    """What a kind of long work is called."""
    if kind in jobs.KINDS:
        return jobs.KINDS[kind][0]
    return kind


def address(place: Destination) -> str:
    """The address where something is done."""
    return _ADDRESSES[place.name](**place.args)


def _of(endpoint: str, anchor: str = "", **fixed: Any) -> Callable[..., str]:
    return lambda **args: url_for(endpoint, _anchor=anchor or None, **fixed, **args)


def _plain(endpoint: str) -> Callable[..., str]:
    """A page whose destination says itself which of its parts."""
    return lambda **args: url_for(endpoint, **args)


def _write(ref: str) -> str:
    return url_for("writing.part", ref=ref)


def _step(event: str, refs: Sequence[str]) -> str:
    """The page on which a step of the procedure is taken with these rounds."""
    if event == "announce":
        return url_for("consultations.new", round=refs)
    if event == "refer":
        return url_for("referrals.new", round=refs)
    if event == "submit":
        return url_for("rounds.submit", ref=refs[0])
    if event == "publish":
        return url_for("rounds.publish", ref=refs[0])
    return url_for("rounds.page", ref=refs[0], _anchor=f"step-{event}")


# Destination → its address.
_ADDRESSES: Mapping[str, Callable[..., str]] = {
    "write": _write,
    "way": _of("rounds.page", "way"),
    "item": _of("writing.item"),
    "comments": _of("comments.item"),
    "left": _of("rounds.page", "left-behind"),
    "bring": _of("writing.bring"),
    "due": _of("desk.register", stand="due"),
    "unbegun": _of("desk.register", stand="none"),
    "carrying": _of("carrying.page"),
    "affair_end": _of("affair_ends.page"),
    "commission": _of("commission.page"),
    "review": _of("reviews.page"),
    "incident": _of("incidents.page"),
    "leak": _of("leaks.page"),
    "report": _of("reports.page"),
    "measures": _of("reports.document"),
    "review_office": _of("reviews.department"),
    "unassigned": _of("desk.register", office="-"),
    "national": _of("national.page", "taken"),
    "document": _of("desk.document"),
    "affair": _of("affairs.page"),
    "round": _of("rounds.page"),
    "schedule": _of("calendar.round_"),
    "step": _step,
    "consultation": _of("consultations.page"),
    "opinion": _plain("consultations.page"),
    "inbox": _of("consultations.page", "inbox"),
    "opinions": _of("consultations.page", "open-opinion"),
    "close": _of("consultations.page", "close"),
    "question": _of("council.question"),
    "cards": _of("council.cards"),
    "agenda": _of("council.agenda"),
    "convene": _of("sittings.new"),
    "terms": _of("wordbook.terms"),
    "sitting": _of("sittings.page"),
    "job": _of("jobs.page"),
    "import": _of("writing.batch"),
    "yearly": _of("yearly.accounts"),
    "setup": _of("setup.page"),
    "passwords": _of("setup.passwords"),
}
