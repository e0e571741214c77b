"""文字起こし at the office: a recording service's text brought in, its labels named, put into the
minutes, and what is left of it placed by hand (様式第2号).

Knows forms and files. How it is read, the domain says.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.steps import transcripts as acts
from ...actions.viewing import transcripts as views
from ...documents import transcripts as files
from .. import inputs
from ..actor import by, workplace
from ..answers import done
from ..declared import needs, shows
from ..inputs import Unfit

blueprint = Blueprint("transcripts", __name__)
PASTED = "貼り付けた文字起こし"


@blueprint.get("/sittings/<int:number>/transcripts/new")
@needs("office", number="sitting")
def new(number: int) -> str:
    """The form that takes a transcript: a file or pasted words."""
    return render_template("office/new_transcript.html", v=views.of_sitting(workplace(), number))


@blueprint.post("/sittings/<int:number>/transcripts/new")
@needs("office", number="sitting")
@shows(new)
def bring_in(number: int) -> Answer:
    """Keeps a transcript; nothing stands in the minutes yet."""
    pasted = inputs.text("pasted", "文字起こし", most=acts.MOST_LETTERS, need=False, numbers=True)
    sent = request.files.get("file")
    if pasted.strip():
        name = PASTED
        lines: tuple[str, ...] = tuple(pasted.split("\n"))
    elif sent is not None and sent.filename:
        name, body = inputs.upload("file", "文字起こしのファイル")
        inputs.must_be_safe("file", name, body)
        lines = files.read(body, name).texts
    else:
        raise Unfit("file", "ファイルを選ぶか、文字起こしを貼り付けてください。")
    transcript = acts.bring_in(workplace(), by(), number, name, lines)
    here = url_for("transcripts.page", number=number, transcript=transcript)
    return done("文字起こしを読みました。確かめてから、会議録に入れてください。", here)


@blueprint.get("/sittings/<int:number>/transcripts/<int:transcript>")
@needs("office", number="sitting", transcript="transcript")
def page(number: int, transcript: int) -> str:
    """A transcript as it is read: what goes where, and what is left."""
    view = views.transcript(workplace(), number, transcript)
    return render_template("office/transcript.html", v=view, number=number)


@blueprint.post("/sittings/<int:number>/transcripts/<int:transcript>")
@needs("office", number="sitting", transcript="transcript")
@shows(page)
def act(number: int, transcript: int) -> Answer:
    """Labels named, speeches put into the minutes, lines set aside, or all of it taken back."""
    wp = workplace()
    what = inputs.choice("what", "操作", ("labels", "place", "aside", "back"))
    here = url_for("transcripts.page", number=number, transcript=transcript)
    if what == "labels":
        acts.name_labels(wp, by(), transcript, _labels(number, transcript))
        return done("話者を対応させて、読み直しました。", here)
    if what == "aside":
        acts.set_aside(wp, by(), transcript, _lines())
        return done("発言でないものとしました。", here)
    if what == "back":
        count = acts.take_back(wp, by(), transcript)
        back = url_for("minutes.page", number=number)
        return done(f"文字起こしを取り消しました（発言{count}件）。", back)
    placed = acts.place(wp, by(), transcript, fillers=inputs.ticked("fillers"))
    said = f"発言{placed.new + placed.same}件を会議録に入れました"
    if placed.same:
        said += f"（うち{placed.same}件は、会議中の記録と同じ発言）"
    return done(f"{said}。", here)


def _labels(number: int, transcript: int) -> dict[str, str]:
    """What each unknown label means; an empty field leaves it unknown."""
    known = dict(views.transcript(workplace(), number, transcript).known)
    for place, label in enumerate(views.transcript(workplace(), number, transcript).labels):
        if name := inputs.line(f"label{place}", f"「{label.words}」の発言者", most=80, need=False):
            known[label.words] = name
    return known


def _lines() -> list[int]:
    """The lines that were ticked."""
    return [int(value) for value in request.form.getlist("lines") if value.isdecimal()]
