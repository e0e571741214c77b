"""National texts before they are registered: out of a file of the state, out of an edit somebody
made, out of one that is registered; and registered.

Knows versions and readers of files. Must not know fields of pages. What could not be taken over is
handed on in sentences.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ... import forms
from ...documents import national_lists
from ...domain.act import By
from ...domain.change.compare import compare
from ...domain.change.describe import DescribedChange, describe
from ...domain.document import marked
from ...domain.document.form import Form
from ...domain.document.texts import text_of
from ...domain.errors import PiaError
from ...domain.revise import national_drafts as model
from ...domain.revise.national_drafts import DraftSlot, NationalDraft
from ..records import national as records_national
from ..sources import Source, matched, read_ref
from ..viewing import rounds
from ..workplace import Workplace
from . import national as national_acts

# The kinds of form a national text is written for, the usual one first.
FORMS = {"all_item": "全項目評価書", "key_item": "重点項目評価書"}


def form_of(kind: str) -> Form:
    """The newest form of a kind. PiaError for a kind that takes no national text."""
    if kind not in FORMS:
        raise PiaError("評価書の種類を選び直してください。")
    return forms.load([name for name in forms.known() if name.split("@")[0] == kind][-1])


class UnreadableList(PiaError):
    """A file that cannot be opened, or holds no list."""


def of_file(data: bytes, name: str, form: Form) -> NationalDraft:
    """What a workbook or a Word file says. `UnreadableList` where it holds no list."""
    try:
        read = national_lists.read(data, name)
    except PiaError as error:
        raise UnreadableList(str(error)) from error
    slots: list[DraftSlot] = []
    unread = list(read.unread)
    for place in read.places:
        slots += model.of_words(place.item, place.before, place.text, place.explanation)
        for words in model.gone(place.before, place.text):
            part = f"見出し「{words}」の記載" if words else "見出しのない記載"
            unread.append(
                f"{place.where}の行では、旧にだけ{part}があります。"
                "国の記載例で市の記載を削除することはできません。"
            )
    if len(slots) > model.MOST:
        raise UnreadableList(
            f"「{name}」の記載例が{model.MOST}か所を超えています。分けて選んでください。"
        )
    return NationalDraft(form.id, {}, tuple(slots), tuple(unread))


# ---- an edit somebody made


@dataclass(frozen=True, slots=True)
class Capturable:
    """A change that was made. `number`: among all of the edit; `why_not`: why it cannot become a
    place of a national text, empty where it can."""

    number: int
    change: DescribedChange
    why_not: str


@dataclass(frozen=True, slots=True)
class Edit:
    """What was changed between two versions, in words."""

    old: Source
    new: Source
    changes: tuple[Capturable, ...]


def edit(wp: Workplace, old: str, new: str) -> Edit:
    """The changes from one version to another. PiaError where they are of different documents, or
    of a kind that takes no national text."""
    before, after = matched(read_ref(wp, old), read_ref(wp, new))
    if after.form.kind not in FORMS or before.key != after.key:
        raise PiaError(
            "記載例にできるのは、1つの全項目評価書か重点項目評価書の、2つの版の間の変更です。"
        )
    changes = []
    described = describe(after.form, compare(before.tree, after.tree), before.tree, after.tree)
    for number, change in enumerate(each for each in described if not each.procedure):
        made = _captured(after, change, "")
        changes.append(Capturable(number, change, made if isinstance(made, str) else ""))
    return Edit(before, after, tuple(changes))


def capture(wp: Workplace, old: str, new: str, picked: Collection[int]) -> NationalDraft:
    """The picked changes as places of a national text; explanations are those officers wrote for
    readers. PiaError where none is picked."""
    made = edit(wp, old, new)
    explained = {}
    if "~" in new:
        explained = rounds.explained(wp, new.split("@")[0])
    slots = []
    unread = []
    for one in made.changes:
        if one.number not in picked:
            continue
        said = explained.get(one.change.item_path)
        slot = _captured(made.new, one.change, said.text if said is not None else "")
        if isinstance(slot, str):
            unread.append(slot)
        else:
            slots.append(slot)
    if not slots:
        raise PiaError("記載例にする変更を、1つ以上選んでください。")
    reason = ""
    if "~" in new:
        reason = next(iter(rounds.reasons_of(wp, new.split("@")[0])), "")
    form = form_of(made.new.form.kind)
    return NationalDraft(form.id, {"reason": reason}, tuple(slots), tuple(unread))


def _captured(after: Source, change: DescribedChange, explanation: str) -> DraftSlot | str:
    for node in (change.change.before, change.change.after):
        if node is not None and marked.marked(node):
            return f"「{change.label}」には非公表部分の印が付いているため、記載例にできません。"
    figure = ""
    if change.change.level == "shape":
        figure = _figure_title(after, change)
    return model.captured(after.form, change, explanation, figure)


def _figure_title(after: Source, change: DescribedChange) -> str:
    line = after.form.by_role.get("figure_title")
    if line is None:
        return ""
    return text_of(after.tree.find((*change.item_path[:-1], line.key))).strip()


# ---- registered ones


def registered(wp: Workplace, key: str) -> NationalDraft:
    """A registered text as it is written. PiaError when there is none."""
    with wp.store.read() as session:
        row, _ = records_national.revision(session, key)
        return model.of_revision(row.body, _form_of(row.body))


def _form_of(body: Any) -> Form:
    """The form a text was written for: the first kind that has all of its items."""
    kinds = [body["form"]] if body.get("form") in FORMS else list(FORMS)
    wanted = {str(place.get("item")) for place in body.get("places", ())}
    for kind in kinds:
        form = form_of(kind)
        if wanted <= set(form.by_id):
            return form
    return form_of(kinds[0])


def keep(wp: Workplace, by: By, draft: NationalDraft) -> str:
    """Registers a text that was written, under a key of its own. `Unfit` at the field that cannot
    be taken."""
    form = forms.load(draft.form)
    model.raw(draft, form, "text")
    with wp.store.together():
        with wp.store.read() as session:
            key = national_acts.free_key(session, by.day)
        return national_acts.register(wp, by, model.raw(draft, form, key))
