"""What is done with one opinion before it is answered: split into points, answered together with
others, taken back by its sender; and the files that came with it, in quarantine.

Knows forms. What may be done is said by `actions.steps.opinions` and `quarantine`. A file is shown
as words or as a picture drawn anew, and handed out only after the city's 無害化 (規則第7条第1項).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, url_for
from werkzeug.wrappers import Response as Answer

from ...actions.records.opinion_counts import alike
from ...actions.steps import opinions as acts
from ...actions.steps import quarantine
from ...actions.viewing import consultations
from ...documents import attached
from ...domain.errors import PiaError
from .. import inputs
from ..actor import by, now_day, workplace
from ..answers import attachment as download
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("opinion_sorting", __name__)


def _of(number: int, opinion: int) -> tuple[consultations.ConsultationView, dict[str, Any]]:
    """A consultation and one of its opinions that count. PiaError where it does not."""
    view = consultations.consultation_view(workplace(), number)
    for each in view.opinions:
        if each["number"] == opinion:
            return view, dict(each)
    raise PiaError("この意見は、分けたか、取り下げられたか、件数に入れずに残しています。")


@blueprint.get("/consultations/<int:number>/opinions/<int:opinion>")
@needs("office", number="consultation", opinion="opinion")
def page(number: int, opinion: int) -> str:
    """One opinion with what can be done about it."""
    view, said = _of(number, opinion)
    others = []
    for each in view.opinions:
        free = each["answered_by"] == each["number"] and not each["response"]
        if free and each["number"] != opinion:
            others.append(each)
    return render_template(
        "office/opinion_sorting.html",
        c=view,
        o=said,
        others=others,
        alike=alike(view.opinions).get(opinion, []),
        together=[
            each["number"]
            for each in view.opinions
            if each["answered_by"] == said["answered_by"] and each["number"] != opinion
        ],
        files=[line for line in view.files if line.opinion == opinion],
        between=acts.BETWEEN,
        today=now_day(),
    )


@blueprint.post("/consultations/<int:number>/opinions/<int:opinion>/split")
@needs("office", number="consultation", opinion="opinion")
@shows(page)
def split(number: int, opinion: int) -> Answer:
    """A letter becomes several opinions."""
    text = inputs.text("points", "意見", most=50_000, numbers=True)
    made = acts.split(workplace(), by(), number, opinion, text)
    named = "・".join(f"意見{each}" for each in made)
    return done(f"{named}に分けました。", url_for("consultations.page", number=number))


@blueprint.post("/consultations/<int:number>/opinions/<int:opinion>/group")
@needs("office", number="consultation", opinion="opinion")
@shows(page)
def group(number: int, opinion: int) -> Answer:
    """Opinions that say the same are answered with this one."""
    view, _ = _of(number, opinion)
    known = {str(each["number"]) for each in view.opinions}
    others = [int(each) for each in inputs.many("others", "まとめて答える意見", known)]
    grouped = acts.group(workplace(), by(), number, opinion, others)
    named = "・".join(f"意見{each}" for each in grouped)
    said = f"{named}を、意見{opinion}とまとめて答えることにしました。"
    return done(said, url_for("consultations.page", number=number, _anchor=f"opinion-{opinion}"))


@blueprint.post("/consultations/<int:number>/opinions/<int:opinion>/recall")
@needs("office", number="consultation", opinion="opinion")
@shows(page)
def recall(number: int, opinion: int) -> Answer:
    """Its sender takes an opinion back."""
    day = inputs.must_day("day", "取り下げられた日")
    reason = inputs.text("reason", "どのように申出があったか", most=inputs.PARAGRAPH)
    acts.recall(workplace(), by(), number, opinion, day, reason)
    return done(
        f"意見{opinion}の取下げを記録しました。", url_for("consultations.page", number=number)
    )


@blueprint.post("/consultations/<int:number>/opinions/<int:opinion>/files")
@needs("office", number="consultation", opinion="opinion")
@shows(page)
def keep_file(number: int, opinion: int) -> Answer:
    """A file that came with an opinion."""
    name, body = inputs.upload("file", "添付ファイル")
    quarantine.attach(workplace(), by(), number, opinion, name, body)
    back = url_for("opinion_sorting.page", number=number, opinion=opinion)
    return done("添付ファイルを預かりました。", back)


@blueprint.get("/consultations/<int:number>/attachments/<int:attachment>")
@needs("office", number="consultation", attachment="opinion_attachment")
def attachment(number: int, attachment: int) -> str:
    """What a file says, without the file."""
    line, _, body = consultations.attachment(workplace(), attachment)
    return render_template(
        "office/attachment.html",
        c=consultations.consultation_view(workplace(), number),
        x=line,
        shown=attached.shown(body, line.name),
        today=now_day(),
    )


@blueprint.get("/consultations/<int:number>/attachments/<int:attachment>/picture")
@needs("office", number="consultation", attachment="opinion_attachment")
def picture(number: int, attachment: int) -> Response:
    """The picture of a file, drawn anew."""
    line, _, body = consultations.attachment(workplace(), attachment)
    shown = attached.shown(body, line.name)
    if not shown.picture:
        raise PiaError(shown.fault or "このファイルは画像ではありません。")
    return Response(shown.picture, mimetype="image/png")


@blueprint.post("/consultations/<int:number>/attachments/<int:attachment>/cleaned")
@needs("office", number="consultation", attachment="opinion_attachment")
@shows(attachment)
def clean(number: int, attachment: int) -> Answer:
    """The city's 無害化 of a file."""
    day = inputs.must_day("cleaned", "無害化した日")
    how = inputs.line("cleaned_how", "無害化の方法")
    quarantine.clean(workplace(), by(), attachment, day, how)
    back = url_for("opinion_sorting.attachment", number=number, attachment=attachment)
    return done("無害化を記録しました。ファイルを取り出せます。", back)


@blueprint.get("/consultations/<int:number>/attachments/<int:attachment>/file")
@needs("office", number="consultation", attachment="opinion_attachment")
def file(number: int, attachment: int) -> Response:
    """A file, once the city's 無害化 of it is on record."""
    line, _, body = consultations.attachment(workplace(), attachment)
    if line.cleaned is None:
        raise PiaError("無害化が記録されていないため、ファイルは取り出せません。")
    return download(body, line.name, "application/octet-stream")
