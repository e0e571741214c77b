"""諮問 at the office: rounds put before a council with numbered materials (規則第7条第4項).

Knows forms. The papers are printed and pinned by a job.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import jobs
from ...actions.people import members
from ...actions.steps import handouts, referral_steps
from ...actions.steps import referrals as referral_acts
from ...actions.viewing import corrections, rounds
from ...actions.viewing import referrals as views
from .. import inputs
from ..actor import by, now_day, workplace
from ..allowed import readable
from ..answers import done
from ..declared import needs, shows
from . import choosing

blueprint = Blueprint("referrals", __name__)
MOST_BYTES = 20 << 20  # of a free document
FREE = (".pdf", ".docx", ".xlsx", ".pptx", ".txt")
Material = dict[str, Any]
File = tuple[str, bytes]  # name and body


@blueprint.get("/referrals/new")
@needs("office", round="round")
def new() -> str:
    """The form of a 諮問: the rounds that wait for one, with what each still needs."""
    wp = workplace()
    waiting = rounds.awaiting(wp, "refer")
    checks = rounds.unmet(wp, choosing.asked(waiting), "refer", now_day())
    return render_template(
        "office/new_referral.html",
        waiting=waiting,
        views=[view for view in waiting if view.ref in checks],
        checks=checks,
        councils=members.councils(wp, now_day()),
    )


@blueprint.post("/referrals/new")
@needs("office", council="council", rounds="round")
@shows(new)
def refer() -> Answer:
    """Refers the chosen rounds; the papers are printed and pinned as a job, since that takes a
    while."""
    wp = workplace()
    refs = choosing.sent()
    materials = [*_of_rounds(refs), *_others()]
    about = _about(refs)
    files = _free_files()
    referral_acts.referable(wp, by(), refs)
    # A file is kept only when nothing else stands in the way.
    for name, body in files:
        materials.append(_kept(name, body))
    args = {**about, "materials": materials}
    job = jobs.ask(wp, by(), "refer", args, key=f"refer:{request.form['_request']}")
    flash("諮問の資料を印刷しています。")
    return redirect(url_for("jobs.page", job=job), 303)


@blueprint.get("/referrals/<int:referral>/course")
@needs("read", referral="referral")
def course(referral: int) -> str:
    """The course of a 諮問: its sittings, what was said, what the city did, those beside it."""
    wp = workplace()
    keys = referral_acts.keys_of(wp, referral)
    return render_template(
        "office/referral.html",
        v=views.view(wp, referral, now_day()),
        put_right=readable(corrections.of_referral(wp, referral), *keys),
    )


@blueprint.post("/referrals/<int:referral>/decision")
@needs("office", referral="referral")
@shows(course)
def decide(referral: int) -> Answer:
    """市の判断 beside an opinion that does not favour the draft."""
    new = referral_steps.NewReferralStep(
        inputs.must_day("day", "決定した日"),
        inputs.line("document_number", "文書番号"),
        inputs.text("reason", "理由", most=inputs.PARAGRAPH),
        inputs.text("response", "意見への対応", most=inputs.PARAGRAPH),
    )
    referral_steps.decide_itself(workplace(), by(), referral, new)
    return done("市の判断を記録しました。", url_for("referrals.course", referral=referral))


@blueprint.post("/referrals/<int:referral>/recall")
@needs("office", referral="referral")
@shows(course)
def recall(referral: int) -> Answer:
    """諮問の取下げ."""
    new = referral_steps.NewReferralStep(
        inputs.must_day("recall_day", "取り下げた日"),
        inputs.line("recall_number", "文書番号", need=False),
        inputs.text("recall_reason", "取り下げる理由", most=inputs.PARAGRAPH),
    )
    referral_steps.recall(workplace(), by(), referral, new)
    return done(
        "諮問の取下げを記録しました。質問、カード、会議の記録は残ります。",
        url_for("referrals.course", referral=referral),
    )


@blueprint.post("/referrals/<int:referral>/replacement")
@needs("office", referral="referral")
@shows(course)
def replace_texts(referral: int) -> Answer:
    """差替え of what is before the council."""
    new = referral_steps.NewReferralStep(
        inputs.must_day("replacement_day", "差し替えた日"),
        inputs.line("replacement_number", "文書番号", need=False),
        inputs.text("replacement_reason", "差し替える理由", most=inputs.PARAGRAPH),
    )
    count = referral_steps.replace(workplace(), by(), referral, new)
    return done(
        f"{count}件の評価書を差し替えました。カードと資料は、新しい記載になっています。",
        url_for("referrals.course", referral=referral),
    )


def _of_rounds(refs: list[str]) -> list[Material]:
    """The assessments that are referred, each under its number."""
    materials = []
    for ref in refs:
        number = inputs.line(f"n-{ref}", "資料番号", most=20)
        materials.append({"number": number, "title": "", "key": ref.split("~")[0]})
    return materials


def _others() -> list[Material]:
    """Materials that lie before the council on paper only: a line each, number and title."""
    typed = inputs.text("others", "そのほかの資料", most=inputs.PARAGRAPH, need=False)
    lines = []
    for line in typed.split("\n"):
        if line.strip():
            lines.append(line.strip())
    materials = []
    for index, line in enumerate(lines):
        number, _, title = line.partition("　")
        materials.append({"number": number or f"{index + 1}", "title": title or number})
    return materials


def _about(refs: list[str]) -> dict[str, Any]:
    about: dict[str, Any] = {
        "council": inputs.number("council", "審議会") or 0,
        "title": inputs.line("title", "件名"),
        "rounds": refs,
    }
    if number := inputs.line("document_number", "文書番号", need=False):
        about["document_number"] = number
    return about


def _free_files() -> list[File]:
    """The free documents that were sent, each looked at."""
    files = []
    for storage in request.files.getlist("free"):
        if storage.filename:
            files.append((storage.filename, storage.read()))
    for name, body in files:
        if not name.lower().endswith(FREE) or not body or len(body) > MOST_BYTES:
            raise inputs.Unfit(
                "free", f"「{name[:60]}」は資料にできません（{'・'.join(FREE)}、20MBまで）。"
            )
        inputs.must_be_safe("free", name, body)
    return files


def _kept(name: str, body: bytes) -> Material:
    """A free document, kept by its hash, shown under its number and only ever handed out as a
    download. Its file is named number, full-width space, title."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rpartition(".")[0]
    number, _, title = stem.partition("　")
    return {
        "number": number[:20],
        "title": (title or number)[:200],
        "file": referral_acts.keep_file(workplace(), by(), name[:200], body),
        "name": name[:200],
    }


@blueprint.get("/referrals/<int:referral>/materials/<int:place>/replacement")
@needs("office", referral="referral", place="material")
def material(referral: int, place: int) -> str:
    """The form with which a free document is handed out anew."""
    title, entry = handouts.material(workplace(), referral, place)
    return render_template(
        "office/replacement.html", title=title, x=entry, referral=referral, place=place
    )


@blueprint.post("/referrals/<int:referral>/materials/<int:place>/replacement")
@needs("office", referral="referral", place="material")
@shows(material)
def replace(referral: int, place: int) -> Answer:
    """A free document handed out anew; the one before stays."""
    name, body = inputs.upload("file", "差し替えるファイル")
    if not name.lower().endswith(FREE) or not body or len(body) > MOST_BYTES:
        kinds = "・".join(FREE)
        raise inputs.Unfit("file", f"このファイルは資料にできません（{kinds}、20MBまで）。")
    inputs.must_be_safe("file", name, body)
    reason = inputs.line("reason", "差し替える理由")
    handouts.replace_file(workplace(), by(), referral, place, (name[:200], body), reason)
    return done(
        "資料を差し替えました。差替え前の資料も残ります。",
        url_for("referrals.material", referral=referral, place=place),
    )
