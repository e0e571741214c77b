"""再実施 and 修正 of many affairs at once: begun, their change tables noted, made public.

Knows forms. Each is asked for as a job, whose page tells how far it is and what became of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import jobs
from ...actions.editing import items, versions
from ...actions.viewing import register
from ...actions.viewing import rounds as round_views
from ...domain.errors import PiaError
from ...domain.proof.change_table import TIMING
from .. import inputs, paging
from ..actor import by, now_day, workplace
from ..declared import needs, proven, shows
from .rounds import blueprint

TIMINGS = tuple(TIMING.values())


@blueprint.get("/rounds/bulk")
@needs("office", asks=("page", "all"))
def bulk() -> str:
    """Begins a 再実施 or 修正 in many affairs."""
    first = paging.first(register.PAGE)
    wanted = register.asked("", "", "", now_day())
    page = register.page(workplace(), wanted, first, now_day(), order="number")
    return render_template(
        "office/bulk_begin.html",
        affairs=[one for one in page.affairs if any(each.head for each in one.documents)],
        pages=paging.Pages(page.first, register.PAGE, page.fitting),
        every=_every(),
    )


@blueprint.post("/rounds/bulk")
@needs("office", affairs="affair")
@shows(bulk)
def begin_bulk() -> Answer:
    """Asks for the begin of a round in every chosen affair."""
    wp = workplace()
    affairs = _several("affairs", "事務")
    title = inputs.line("title", "件名")
    kind = inputs.choice("kind", "種類", ("REASSESSMENT", "CORRECTION"))
    reasons = inputs.text("reasons", "変更理由", most=inputs.PARAGRAPH).split("\n")
    change = inputs.day("change_date", "変更の実施予定日", need=False)
    keys = []
    for affair in affairs:
        keys += [one.key for one in register.documents_of(wp, affair)]
    args: dict[str, Any] = {
        "affairs": affairs,
        "name": versions.free_round_name(wp, keys, now_day()),
        "title": title,
        "kind": kind,
        "reasons": [each.strip() for each in reasons if each.strip()],
        "change_date": change.isoformat() if change else None,
        "higher_only": not inputs.ticked("basic"),
    }
    return _asked("begin_rounds", args)


@blueprint.get("/rounds/bulk/notes")
@needs("office", asks=("all",))
def bulk_notes() -> str:
    """Notes the changes of many rounds."""
    return render_template(
        "office/bulk_notes.html",
        lines=round_views.writable(workplace(), items.WRITING, None),
        timings=TIMINGS,
        every=_every(),
    )


@blueprint.post("/rounds/bulk/notes")
@needs("office", rounds="round")
@shows(bulk_notes)
def note_bulk() -> Answer:
    """Asks for one note about the changes of every chosen round."""
    refs = _several("rounds", "手続")
    day = inputs.day("day", "変更日", need=False)
    said: dict[str, Any] = {
        "day": day.isoformat() if day else None,
        "timing": inputs.choice("timing", "提出時期", ("", *TIMINGS)) or None,
        "explanation": inputs.text(
            "explanation", "提出時期に係る説明", most=inputs.PARAGRAPH, need=False
        ),
        "reader": inputs.text("reader", "変更の要旨", most=inputs.PARAGRAPH, need=False),
        "reason": inputs.text("reason", "変更理由", most=inputs.PARAGRAPH, need=False),
    }
    if not any(said.values()):
        raise inputs.Unfit("reason", "記入することを、1つ以上入力してください。")
    return _asked("note_rounds", {"rounds": refs, "said": said, "over": inputs.ticked("over")})


@blueprint.get("/rounds/bulk/publication")
@needs("office", asks=("all",))
def bulk_publication() -> str:
    """Makes many submitted rounds public."""
    wp = workplace()
    return render_template(
        "office/bulk_publication.html",
        lines=_sets(round_views.awaiting(wp, "publish")),
        two=wp.two_persons,
        every=_every(),
    )


def _every() -> bool:
    """Whether all lines of the page are to be ticked."""
    return request.args.get("all") == "1"


@blueprint.post("/rounds/bulk/publication")
@needs("office", rounds="round")
@shows(bulk_publication)
@proven
def publish_bulk() -> Answer:
    """Asks for the publication of every chosen 評価書一式 on one day."""
    if workplace().two_persons:
        raise PiaError("公表は2人で行う設定です。手続ごとの画面で頼み、別の人が公表してください。")
    refs = _several("rounds", "手続")
    day = inputs.must_day("day", "公表日")
    if day > now_day():
        raise inputs.Unfit("day", "公表日がまだ来ていません。公表したその日に入力してください。")
    if not inputs.ticked("sure"):
        raise inputs.Unfit("sure", "内容を確かめた印を付けてください。")
    return _asked("publish_rounds", {"rounds": refs, "day": day.isoformat()})


def _several(field: str, label: str) -> list[str]:
    """What is ticked; whether each is there was asked before the view."""
    given = list(dict.fromkeys(request.form.getlist(field)))
    if not given:
        raise inputs.Unfit(field, f"「{label}」を1つ以上選んでください。")
    return given[:1_000]


def _sets(choices: Sequence[round_views.RoundChoice]) -> list[round_views.RoundChoice]:
    """One of each 評価書一式: the higher document, where both go together."""
    kept: dict[tuple[str, str], round_views.RoundChoice] = {}
    for one in choices:
        of = (one.affair_key, one.ref.partition("~")[2])
        if of not in kept or kept[of].document == "basic_item":
            kept[of] = one
    return list(kept.values())


def _asked(kind: str, args: dict[str, Any]) -> Answer:
    asked = by()
    job = jobs.ask(workplace(), asked, kind, args, key=f"{kind}:{asked.request}")
    return redirect(url_for("jobs.page", job=job), 303)
