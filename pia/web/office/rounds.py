"""Rounds and their steps: the page of a round with what it still needs, the steps that have no page
of their own, and the days that belong to it (規則第9条第2項, 第14条第1項).

Knows forms; what a step needs is said by the procedure's table and shown beside its button.
"""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions import sources
from ...actions.access import roles
from ...actions.editing import form_moving, items
from ...actions.issuing import classes
from ...actions.records import rounds
from ...actions.steps import consultations, filing
from ...actions.viewing import board as board_view
from ...actions.viewing import (
    candidates,
    copied_texts,
    corrections,
    draft_ways,
    history,
    left_behind,
    round_files,
)
from ...actions.viewing import comments as comment_views
from ...actions.viewing import rounds as round_views
from ...domain.errors import PiaError
from ...domain.procedure import holders
from .. import inputs, paging
from ..actor import by, now_day, who, workplace
from ..allowed import must_read_all, readable
from ..answers import attachment, done, file_name
from ..council_words import said
from ..declared import needs, shows

blueprint = Blueprint("rounds", __name__)
# Steps with a page of their own; every other one of a city's table is taken on the round's page.
PAGES = {
    "announce": "consultations.new",
    "close_consultation": "consultations.listed",
    "refer": "referrals.new",
    "approve": "council.agenda",
    "continue": "council.agenda",
    "submit": "rounds.submit",
    "publish": "rounds.publish",
}
DAYS = {"COMMISSION_SITE": "委員会のサイトに載った日", "CITY_SITE": "市のサイトに載せた日"}


# What a 決裁 of the city's own system may be of.
DECIDED = ("意見募集", "意見募集の結果の公表", "諮問", "提出", "公表", "修正", "その他")
LATEST = 5  # rounds that are over, shown folded below those that run


@blueprint.get("/rounds")
@needs("read", asks=("over", "page", "state", "holder"))
def listed() -> str:
    """The board of the rounds that run, by state, with whose turn each is; those that are over on a
    list of their own."""
    wp = workplace()
    if request.args.get("over") == "1":
        page = round_views.page(wp, True, paging.first(round_views.PAGE))
        pages = paging.Pages(page.first, round_views.PAGE, page.whole)
        return render_template("office/rounds_over.html", views=page.lines, pages=pages)
    state = request.args.get("state", "")[:60]
    holder = request.args.get("holder", "")
    with wp.store.moment():
        board = board_view.board(wp, now_day(), state, holder, paging.first(board_view.PAGE))
        over = round_views.page(wp, True, 0, LATEST)
    return render_template(
        "office/rounds.html",
        board=board,
        over=over,
        state=state,
        holder=holder,
        holders=holders.NAMES,
        pages=paging.Pages(paging.first(board_view.PAGE), board_view.PAGE, board.fitting),
        left=holders.left,
        nearness=holders.nearness,
        today=now_day(),
    )


@blueprint.get("/rounds/<ref>")
@needs("read", ref="round")
def page(ref: str) -> str:
    """A round: what is done, what comes next and what it still needs."""
    wp = workplace()
    view = readable(round_views.round_view(wp, ref, now_day()), ref)
    days, sent_file = round_views.outward(wp, ref)
    return render_template(
        "office/round.html",
        view=view,
        pages=PAGES,
        roles=roles.ROLES,
        kinds=DAYS,
        days=[(DAYS.get(kind, kind), day, note) for kind, day, note in days],
        sent=sent_file,
        way=readable(draft_ways.of_round(wp, ref, who()), ref),
        decided=[(words, said(words)) for words in DECIDED],
        left_behind=left_behind.of_round(wp, ref, who()),
        files=readable(round_files.of_round(wp, ref), ref),
        comments=comment_views.open_of(wp, ref),
        candidates=candidates.waiting_of(wp, view.key),
        writable=view.state in items.WRITING,
        outward=corrections.outward(wp, ref),
        corrected=readable(corrections.of_round(wp, ref), ref),
        copied=copied_texts.of_round(wp, ref) if view.first else None,
        outdated=form_moving.outdated(wp, ref, now_day()),
    )


@blueprint.get("/rounds/<ref>/sent.zip")
@needs("read", ref="round")
def sent(ref: str) -> Response:
    """The very bytes that were submitted."""
    wp = workplace()
    must_read_all(ref)
    _, name = round_views.outward(wp, ref)
    if name is None:
        raise PiaError("提出した書類一式は保存されていません。")
    head = sources.read_ref(wp, ref)
    file = file_name("zip", "提出した書類", head.title, head.words)
    return attachment(history.kept(wp, name), file, "application/zip", _sent(ref))


def _sent(ref: str) -> classes.Class:
    """The class of what was submitted: of the round's own text."""
    return classes.of_documents(workplace(), sources.read_ref(workplace(), ref))


@blueprint.post("/rounds/<ref>/move")
@needs("office", ref="round")
@shows(page)
def move(ref: str) -> Answer:
    """A step that has no page of its own: 取下げ, 点検のやり直し, a city's own stages."""
    event = inputs.line("event", "手続", most=60)
    if event in PAGES:
        raise PiaError("この手続は、専用の画面で行ってください。")
    about = _decision()
    if why := inputs.line("why", "理由", need=False):
        about["why"] = why
    rounds.move(workplace(), by(), ref, event, about)
    return done("手続を記録しました。", url_for("rounds.page", ref=ref))


def _decision() -> dict[str, str]:
    """文書番号 and 決裁日 of an outward step."""
    day = inputs.day("decided", "決裁日", need=False)
    number = inputs.line("document_number", "文書番号", need=False)
    decision = {}
    if number:
        decision["document_number"] = number
    if day:
        decision["decided"] = day.isoformat()
    return decision


@blueprint.post("/rounds/<ref>/review-fixed")
@needs("office", ref="round")
@shows(page)
def review_fixed(ref: str) -> Answer:
    """The day 見直し was fixed after the opinions."""
    consultations.fix_review(workplace(), by(), [ref], inputs.must_day("day", "見直しを確定した日"))
    return done("見直しの確定を記録しました。", url_for("rounds.page", ref=ref))


@blueprint.post("/rounds/<ref>/minor")
@needs("office", ref="round")
@shows(page)
def minor(ref: str) -> Answer:
    """A slight correction after 点検, with who confirmed it."""
    filing.minor_after_review(
        workplace(),
        by(),
        ref,
        inputs.text("reason", "修正の理由", most=inputs.PARAGRAPH),
        inputs.line("confirmed_by", "確認した人"),
    )
    return done("点検後の軽微な修正として記録しました。", url_for("rounds.page", ref=ref))


@blueprint.post("/rounds/<ref>/overrule")
@needs("office", ref="round")
@shows(page)
def overrule(ref: str) -> Answer:
    """Goes on over something that is missing, with a reason that is kept."""
    mark = request.form.get("mark", "")
    filing.overrule(
        workplace(),
        by(),
        ref,
        mark,
        inputs.text("because", "このままでよい理由", most=inputs.PARAGRAPH),
    )
    return done("理由を記録しました。", url_for("rounds.page", ref=ref))


@blueprint.post("/rounds/<ref>/emergency")
@needs("office", ref="round")
@shows(page)
def emergency(ref: str) -> Answer:
    """規則第9条第2項."""
    filing.emergency(
        workplace(),
        by(),
        ref,
        inputs.text("emergency", "緊急に変更する必要があった理由", most=inputs.PARAGRAPH),
    )
    return done("緊急の変更であることを記録しました。", url_for("rounds.page", ref=ref))


@blueprint.post("/rounds/<ref>/days")
@needs("office", ref="round")
@shows(page)
def outward_day(ref: str) -> Answer:
    """A day the publication was shown somewhere."""
    kind = inputs.choice("kind", "何の日か", DAYS)
    filing.outward_day(
        workplace(),
        by(),
        ref,
        kind,
        inputs.must_day("day", "日付"),
        inputs.line("note", "覚え", need=False),
    )
    return done("日付を記録しました。", url_for("rounds.page", ref=ref))
