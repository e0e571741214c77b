"""National texts written on a page, place by place, out of a file of the state or out of an edit
somebody made; tried in all documents, registered, corrected.

Knows forms. What a place is and what a text would do is said by `actions.editing.national_drafts`
and `actions.viewing.national_preview`. Nothing is kept before it is registered: the page carries
what was typed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import g, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ... import forms
from ...actions.editing import national, national_drafts
from ...actions.steps import corrections as correction_acts
from ...actions.viewing import corrections, history, national_preview, register, rounds
from ...domain.revise import national as national_model
from ...domain.revise import national_drafts as model
from ...domain.revise import national_places
from ...domain.revise.national_drafts import DraftSlot, NationalDraft
from .. import inputs, paging
from ..actor import by, workplace
from ..allowed import looking, must_read_all
from ..answers import done
from ..declared import needs, shows
from .national import blueprint, page

_SHAPE = ("type", "x", "y", "w", "h")
_TOLD = 300  # sentences of what was not read that a page carries along
Made = Answer | str


@blueprint.get("/national/new")
@needs("office")
def new() -> str:
    """A text that is written: empty, or as it was typed."""
    return _page(url_for("national.new"))


@blueprint.post("/national/new")
@needs("office")
@shows(new)
def write() -> Made:
    """Arranges the places, tries the text in all documents, or registers it."""
    what = request.form.get("do", "")
    draft = _typed()
    if what == "keep":
        key = national_drafts.keep(workplace(), by(), draft)
        words = "記載例を登録しました。反映先を選んでください。"
        return done(words, url_for("national.page", key=key))
    if what == "try":
        return _tried(draft, new, lambda revision: revision)
    g.draft = _arranged(draft, what)
    return new()


@blueprint.post("/national/new/file")
@needs("office")
@shows(new)
def from_file() -> str:
    """The page filled with what a workbook or a Word file says."""
    kind = inputs.choice("list_kind", "評価書の種類", national_drafts.FORMS)
    name, body = inputs.upload("file", "ExcelかWordのファイル")
    try:
        g.draft = national_drafts.of_file(body, name, national_drafts.form_of(kind))
    except national_drafts.UnreadableList as error:
        raise inputs.Unfit("file", str(error)) from error
    g.filled = name
    return new()


@blueprint.get("/national/capture")
@needs("office", old="document", new="document", of="assessment", asks=("page",))
def capture() -> str:
    """The changes of a 再実施 or 修正, or between two versions, to pick those that become a
    national text; the lists to choose from where none are chosen."""
    wp = workplace()
    old, other = request.args.get("old", ""), request.args.get("new", "")
    if old and other:
        must_read_all(old, other)
        made = national_drafts.edit(wp, old, other)
        return render_template("office/national_capture.html", made=made, old=old, new=other)
    of = request.args.get("of", "")
    first = paging.first(rounds.PAGE)
    running = rounds.page(wp, False, first)
    return render_template(
        "office/national_capture.html",
        made=None,
        lines=[line for line in running.lines if line.document != "basic_item"],
        pages=paging.Pages(first, rounds.PAGE, running.whole),
        of=of,
        versions=history.history(wp, of) if of else [],
        document=register.document(wp, of) if of else None,
    )


@blueprint.post("/national/capture")
@needs("office", old="document", new="document")
@shows(lambda: new())
def captured() -> str:
    """The page filled with the changes that were picked."""
    old, other = request.form.get("old", ""), request.form.get("new", "")
    must_read_all(old, other)
    picked = set()
    for given in request.form.getlist("pick")[:_TOLD]:
        if given.isascii() and given.isdigit() and len(given) < 6:
            picked.add(int(given))
    with looking():
        g.draft = national_drafts.capture(workplace(), old, other, picked)
    g.filled = "すでにした変更"
    return new()


# ---- a registered text put right


@blueprint.get("/national/<key>/correction")
@needs("office", key="national")
def correction(key: str) -> str:
    """A registered text as it is written, to be put right."""
    if request.method == "GET":
        g.draft = national_drafts.registered(workplace(), key)
    return _page(url_for("national.correction", key=key), key)


@blueprint.post("/national/<key>/correction")
@needs("office", key="national")
@shows(correction)
def correct(key: str) -> Made:
    """Arranges the places of a correction, tries it in all documents, or registers it as a text of
    its own that follows the one before."""
    wp = workplace()
    what = request.form.get("do", "")
    draft = _typed()
    if what == "keep":
        return _corrected(key, draft)
    if what == "try":
        return _tried(
            draft,
            lambda: correction(key),
            lambda revision: national_preview.corrected(wp, key, revision),
        )
    g.draft = _arranged(draft, what)
    return correction(key)


def _corrected(key: str, draft: NationalDraft) -> Answer:
    reason = inputs.line("correction", "直す理由")
    raw = model.raw(draft, forms.load(draft.form), key)
    values: dict[str, Any] = {name: raw.get(name, "") for name in model.ABOUT}
    values |= {name: raw.get(name) for name in model.DAYS}
    values["places"] = raw["places"]
    seen = inputs.number("seen", "見ていた記録") or 0
    wp = workplace()
    number, _, _ = corrections.of_national(wp, key)
    correction_acts.amend(wp, by(), "national_revision", number, values, reason, seen)
    after = national_preview.followed(wp, key).follower
    return done(
        "記載例を訂正しました。訂正前の記載例と、それを反映した記録は残ります。",
        url_for("national.page", key=after[0] if after else key),
    )


@blueprint.post("/national/<key>/withdrawal")
@needs("office", key="national")
@shows(page)
def withdraw(key: str) -> Answer:
    """Takes the registration of a text back, while no document has it."""
    wp = workplace()
    number, _, _ = corrections.of_national(wp, key)
    why = inputs.line("withdrawal", "取り消す理由")
    correction_acts.withdraw(wp, by(), "national_revision", number, why)
    words = "記載例の登録を取り消しました。取り消したことと理由は残ります。"
    return done(words, url_for("national.listed"))


# ---- the page and its fields


def _page(here: str, key: str = "") -> str:
    """The page as it is filled, or as it was typed. `key`: of the text that is put right."""
    draft = g.get("draft")
    if draft is None:
        draft = _as_sent() if request.method == "POST" else NationalDraft(_first_form())
    form = forms.load(draft.form)
    seen = 0
    listed: Sequence[corrections.Correction] = ()
    if key:
        _, seen, listed = corrections.of_national(workplace(), key)
    return render_template(
        "office/national_draft.html",
        here=here,
        key=key,
        draft=draft if draft.slots else replace(draft, slots=(DraftSlot(),)),
        kind=form.kind,
        kinds=list(national_drafts.FORMS.items()),
        places=list(national_places.places(form)),
        about=[(name, *words) for name, words in model.ABOUT.items()],
        days=model.DAYS,
        taking=list(model.TAKING.items()),
        shape=_shape_words,
        filled=g.get("filled"),
        preview=g.get("preview"),
        seen=seen,
        corrected=listed,
    )


def _first_form() -> str:
    return national_drafts.form_of(next(iter(national_drafts.FORMS))).id


def _tried(
    draft: NationalDraft,
    again: Callable[[], str],
    knowing: Callable[[national_model.Revision], national_model.Revision],
) -> str:
    """The page with what the text would do in every document."""
    raw = model.raw(draft, forms.load(draft.form), "text")
    revision = knowing(national.parsed(raw))
    g.draft = draft
    with looking():
        g.preview = national_preview.everywhere(workplace(), revision)
    return again()


def _arranged(draft: NationalDraft, what: str) -> NationalDraft:
    """The places after a button did its work: add, up:2, down:2, gone:2."""
    act, _, which = what.partition(":")
    slots = list(draft.slots)
    if act == "add" and len(slots) < model.MOST:
        slots.append(DraftSlot())
    elif which.isascii() and which.isdigit() and int(which[:4]) < len(slots):
        at = int(which[:4])
        to = at + {"up": -1, "down": 1}.get(act, 0)
        if act == "gone":
            del slots[at]
        elif 0 <= to < len(slots):
            slots.insert(to, slots.pop(at))
    return replace(draft, slots=tuple(slots))


def _typed() -> NationalDraft:
    """What was sent, each field within its limit."""
    kind = inputs.choice("kind", "評価書の種類", national_drafts.FORMS)
    about = {}
    for name, (label, _) in model.ABOUT.items():
        if name in model.DAYS:
            day = inputs.day(name, label, need=False)
            about[name] = day.isoformat() if day else ""
        else:
            about[name] = inputs.line(name, label, need=False)
    slots = tuple(_slot(number) for number in range(_count()))
    form = national_drafts.form_of(kind)
    return NationalDraft(form.id, about, slots, _unread())


def _slot(number: int) -> DraftSlot:
    at = f"{number + 1}番目の"
    texts = {
        "text": inputs.text(f"text{number}", f"{at}記載例", most=inputs.DOCUMENT, need=False),
        "before": inputs.text(
            f"before{number}", f"{at}変更前の記載", most=inputs.DOCUMENT, need=False
        ),
        "explanation": inputs.text(
            f"explanation{number}", f"{at}説明", most=inputs.PARAGRAPH, need=False
        ),
    }
    return DraftSlot(
        item=inputs.line(f"item{number}", f"{at}項目", need=False),
        heading=inputs.line(f"heading{number}", f"{at}見出し", need=False),
        taking=inputs.choice(f"taking{number}", f"{at}反映のしかた", model.TAKING),
        after=inputs.line(f"after{number}", f"{at}入れる場所", need=False),
        figure=inputs.line(f"figure{number}", f"{at}図の題名", need=False),
        shape=_shape(request.form.get(f"shape{number}", "")),
        where=request.form.get(f"where{number}", "")[: inputs.LINE],
        **texts,
    )


def _as_sent() -> NationalDraft:
    """What was sent, as it was sent: for a page that says what is wrong with it."""
    sent = request.form
    kind = sent.get("kind", "")
    form = _first_form()
    if kind in national_drafts.FORMS:
        form = national_drafts.form_of(kind).id
    slots = []
    for number in range(_count()):
        taking = sent.get(f"taking{number}", "")
        slots.append(
            DraftSlot(
                taking=taking if taking in model.TAKING else model.ADD,
                shape=_shape(sent.get(f"shape{number}", "")),
                where=sent.get(f"where{number}", ""),
                **{name: sent.get(f"{name}{number}", "") for name in _WORDS},
            )
        )
    about = {name: sent.get(name, "") for name in model.ABOUT}
    return NationalDraft(form, about, tuple(slots), _unread())


_WORDS = ("item", "heading", "text", "before", "after", "explanation", "figure")


def _unread() -> tuple[str, ...]:
    return tuple(request.form.getlist("unread")[:_TOLD])


def _count() -> int:
    given = request.form.get("slots", "0")
    if not (given.isascii() and given.isdigit()) or len(given) > 4:
        return 0
    return min(int(given), model.MOST)


def _shape_words(shape: Mapping[str, Any] | None) -> str:
    """A shape as its hidden field carries it: label,560,14,190,36."""
    if shape is None:
        return ""
    return ",".join(str(shape.get(name, "")) for name in _SHAPE)


def _shape(given: str) -> dict[str, Any] | None:
    kind, *frame = given.split(",")
    sides = [side.removeprefix("-") for side in frame]
    if len(sides) != 4 or not all(x.isascii() and x.isdigit() and len(x) < 6 for x in sides):
        return None
    if not kind.isalpha() or len(kind) > 10:
        return None
    return {"type": kind, **dict(zip(_SHAPE[1:], map(int, frame)))}
