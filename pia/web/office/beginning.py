"""A 評価書 nobody wrote yet is begun; where a first text was copied from.

Knows forms. What may be begun is said by `actions.editing.beginning`.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response as Answer

from ... import forms
from ...actions.editing import beginning
from ...actions.viewing import affairs, copied_texts, register, rounds
from ...domain.errors import PiaError
from ...store.rows.assessments import NewRound
from .. import inputs
from ..actor import by, now_day, workplace
from ..allowed import must_read_all, reads_all
from ..answers import done
from ..declared import needs, shows

blueprint = Blueprint("beginning", __name__)


@blueprint.get("/affairs/<key>/begin")
@needs("office", key="affair")
def page(key: str) -> str:
    """Which documents of an affair can be begun, on which form, and from which text."""
    wp = workplace()
    documents = register.documents_of(wp, key)
    if not documents:
        raise PiaError("その事務はありません。一覧から選び直してください。")
    affair = affairs.affair_view(wp, documents[0].key, now_day())
    choices = [each for each in copied_texts.choices(wp, key) if reads_all(each.key)]
    kinds = []
    for kind in affairs.to_begin(documents):
        of = [
            (form, f"{forms.load(form).name}（{forms.load(form).stamp}）")
            for form in forms.known()
            if form.startswith(f"{kind}@")
        ]
        sources = [(each.ref, each.words) for each in choices if each.kind == kind]
        kinds.append((kind, forms.KIND_NAMES[kind], of, sources))
    return render_template(
        "office/begin.html",
        key=key,
        affair=affair,
        kinds=kinds,
        wanted=request.form.getlist("kinds") or affairs.asked_for(affair, documents),
    )


@blueprint.post("/affairs/<key>/begin")
@needs("office", key="affair")
@shows(page)
def begin(key: str) -> Answer:
    """Begins the chosen documents in one act, with what the register knows filled in."""
    wp = workplace()
    kinds = inputs.many("kinds", "始める評価書", forms.KIND_NAMES)
    planned = inputs.day("planned", "提出の予定日", need=False)
    title = inputs.line("title", "件名")
    held = inputs.day("held", "ファイルを保有する予定日", need=False)
    sources = {each.ref for each in copied_texts.choices(wp, key)}
    texts = []
    for kind in kinds:
        name = forms.KIND_NAMES[kind]
        form = inputs.choice(f"form_{kind}", f"{name}の様式", ("", *forms.known()))
        form = form or beginning.form_on(kind, planned or now_day())
        source = inputs.choice(f"source_{kind}", f"{name}の写すもと", {"", *sources})
        if source:
            must_read_all(source)
        texts.append(beginning.NewText(kind, form, source))
    new = NewRound(
        beginning.free_name(wp, key, now_day()),
        "REASSESSMENT",
        change_date=held,
        facts={"title": title},
    )
    begun = beginning.begin(wp, by(), key, texts, new)
    return done(_said(begun), url_for("rounds.page", ref=begun[-1].ref))


def _said(begun: tuple[beginning.BegunText, ...]) -> str:
    names = "と".join(forms.KIND_NAMES[each.kind] for each in begun)
    words = f"{names}を始めました。"
    copied = sum(each.copied for each in begun)
    left = sum(len(each.left) for each in begun)
    if copied:
        words += f"{copied}件の項目を写しました。"
    if left:
        words += f"写せなかった記載が{left}件あります。「写しもと」の画面で確かめてください。"
    return words


@blueprint.get("/rounds/<ref>/copied")
@needs("read", ref="round")
def copied(ref: str) -> str:
    """Where the text of a round was copied from: what is still the same, what had no place."""
    found = copied_texts.of_round(workplace(), ref)
    if found is None:
        raise PiaError("この評価書は、ほかの評価書から写したものではありません。")
    head = rounds.round_head(workplace(), ref)
    return render_template("office/copied.html", copied=found, head=head, ref=ref)
