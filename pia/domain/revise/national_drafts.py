"""A national text while it is written: place by place, in the words of the form; made into the
mapping that `national.parse` reads, and back.

Knows forms, places and headings. Must not know fields of pages or files. Nothing is invented: what
was not written stays empty and is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..change.describe import DescribedChange
from ..document.blocks import heading, split
from ..document.form import Form, FormNode
from ..document.texts import from_text
from ..errors import PiaError, Unfit
from . import national, national_places

# How a place takes a text over: what `before` of a place says.
ADD, REPLACE, EXPECT = "absent", "any", "text"
TAKING = {
    ADD: "記載がないときに加える（市の記載があれば残す）",
    REPLACE: "市の記載があっても置き換える",
    EXPECT: "次の記載と同じときだけ置き換える",
}
# What a national text says of itself besides its title: name → label, whether it is needed.
ABOUT: Mapping[str, tuple[str, bool]] = {
    "title": ("記載例の名称", True),
    "issuer": ("発出元", True),
    "edition": ("版", True),
    "published_in": ("出典（どの資料か）", False),
    "document_number": ("文書番号", False),
    "notified": ("通知日", False),
    "read": ("内容を確かめた日", False),
    "reason": ("変更理由", True),
}
DAYS = ("notified", "read")
MOST = 100  # places of one national text


@dataclass(frozen=True, slots=True)
class DraftSlot:
    """One place as it is written. `item`: words of the form; `heading`: of the block, without its
    brackets; `taking`: a key of `TAKING`; `before`: what EXPECT expects; `after`: the heading it
    stands behind. `figure` and `shape`: what is drawn instead, in figures of such a title, `where`
    in them in words."""

    item: str = ""
    heading: str = ""
    text: str = ""
    taking: str = ADD
    before: str = ""
    after: str = ""
    explanation: str = ""
    figure: str = ""
    shape: Mapping[str, Any] | None = None
    where: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was written."""
        return not (self.item or self.heading or self.text or self.before or self.shape)


@dataclass(frozen=True, slots=True)
class NationalDraft:
    """A national text that is being written. `form`: the form whose places it names; `about`: by
    the names of `ABOUT`; `unread`: what of a file or an edit could not be taken over, a sentence
    each."""

    form: str
    about: Mapping[str, str] = field(default_factory=dict)
    slots: tuple[DraftSlot, ...] = ()
    unread: tuple[str, ...] = ()


def raw(draft: NationalDraft, form: Form, key: str) -> dict[str, Any]:
    """The mapping of a national text. `Unfit` names the field: `title`, or `item0`, `text0`,
    `before0`, `heading0` of a place by its number from 0."""
    out: dict[str, Any] = {"id": key, "form": form.kind}
    for name, (label, needed) in ABOUT.items():
        said = draft.about.get(name, "").strip()
        if needed and not said:
            raise Unfit(name, f"「{label}」を入力してください。")
        if said:
            out[name] = said
    places = []
    for number, slot in enumerate(draft.slots):
        if not slot.empty:
            places.append(_place(slot, form, number))
    if not places:
        raise Unfit("item0", "反映する箇所を、1つ以上書いてください。")
    out["places"] = places
    national.parse(out)
    return out


def _place(slot: DraftSlot, form: Form, number: int) -> dict[str, Any]:
    if slot.shape is not None:
        return _drawn(slot, form, number)
    line = _line(slot, form, number)
    if not slot.text.strip("\n"):
        raise Unfit(f"text{number}", f"{number + 1}番目の箇所の「記載例」を入力してください。")
    place: dict[str, Any] = {"item": line.id}
    words = slot.text.strip("\n")
    path = list(national_places.path_of(line))
    if line.kind == "text":
        words = _with_heading(slot.heading, words)
        _must_be_one_block(words, f"text{number}", number)
        if heading(words):
            path.append(heading(words))
    else:
        _must_be_of_kind(line, words, f"text{number}")
    place |= {"path": path, "before": _before(slot, line, number), "text": words}
    if slot.after and line.kind == "text":
        place["after"] = slot.after
    if slot.explanation.strip():
        place["explanation"] = slot.explanation.strip()
    return place


def _line(slot: DraftSlot, form: Form, number: int) -> FormNode:
    """The item a place names. `Unfit` says which may be meant."""
    found = national_places.find(form, slot.item)
    if found.line is not None:
        return found.line
    where = f"{number + 1}番目の箇所の「項目」"
    if not slot.item.strip():
        raise Unfit(f"item{number}", f"{where}を入力してください。")
    if found.candidates:
        which = "」「".join(found.candidates)
        raise Unfit(
            f"item{number}",
            f"{where}の「{slot.item[:40]}」だけでは、どの項目か決まりません。"
            f"「{which}」のように書いてください。",
        )
    raise Unfit(
        f"item{number}",
        f"{where}の「{slot.item[:40]}」は、この種類の評価書の様式にありません。"
        "候補から選んでください。",
    )


def _with_heading(words: str, text: str) -> str:
    if words.strip():
        return f"＜{words.strip()}＞\n{text}"
    return text


def _must_be_one_block(text: str, at: str, number: int) -> None:
    if len(split(text)[0]) > 1:
        raise Unfit(
            at,
            f"{number + 1}番目の箇所の記載例に、見出しが2つ以上あります。"
            "見出しごとに箇所を分けてください。",
        )


def _must_be_of_kind(line: FormNode, words: str, at: str) -> None:
    try:
        made = from_text(line, words)
    except PiaError:
        made = None
    is_none = bool(made and line.options and (made.value or {}).get("typed"))
    if made is None or is_none:
        options = "」「".join(option.label for option in line.options)
        hint = f"「{options}」のどれかを入力してください。" if options else ""
        raise Unfit(at, f"「{words[:30]}」は、項目「{line.plain_label}」に書けません。{hint}")


def _before(slot: DraftSlot, line: FormNode, number: int) -> str:
    if slot.taking != EXPECT:
        return slot.taking
    before = slot.before.strip("\n")
    if not before:
        raise Unfit(
            f"before{number}", f"{number + 1}番目の箇所の「変更前の記載」を入力してください。"
        )
    if line.kind == "text":
        if not heading(before):
            before = _with_heading(slot.heading, before)
        _must_be_one_block(before, f"before{number}", number)
    else:
        _must_be_of_kind(line, before, f"before{number}")
    return before


def _drawn(slot: DraftSlot, form: Form, number: int) -> dict[str, Any]:
    """A shape that is drawn into figures."""
    drawing = form.by_role.get("figure_drawing")
    if drawing is None or not slot.figure.strip():
        raise Unfit(f"figure{number}", f"{number + 1}番目の箇所の「図の題名」を入力してください。")
    if not slot.text.strip():
        raise Unfit(f"text{number}", f"{number + 1}番目の箇所の「記載例」を入力してください。")
    place: dict[str, Any] = {
        "item": drawing.id,
        "figure": slot.figure.strip(),
        "shape": {**(slot.shape or {}), "text": slot.text.strip()},
    }
    if slot.where:
        place["where"] = slot.where
    if slot.explanation.strip():
        place["explanation"] = slot.explanation.strip()
    return place


# ---- a text that is registered, as it is written


def of_revision(given: Mapping[str, Any], form: Form) -> NationalDraft:
    """A registered text as a draft: the inverse of `raw`."""
    revision = national.parse(given)
    about = {name: str(given.get(name) or "") for name in ABOUT}
    slots = []
    for slot in revision.slots:
        slots.append(_draft_of(slot, form))
    return NationalDraft(form.id, about, tuple(slots))


def _draft_of(slot: national.Slot, form: Form) -> DraftSlot:
    if slot.shape is not None:
        return DraftSlot(
            figure=slot.figure,
            shape=slot.shape,
            text=str(slot.shape["text"]),
            explanation=slot.explanation,
            where=slot.where,
        )
    words, body = apart(slot.text)
    taking, before = slot.before, ""
    if slot.before not in (ADD, REPLACE):
        taking = EXPECT
        before = slot.before
        if words and heading(before) == words:
            before = apart(before)[1]
    return DraftSlot(
        national_places.words_of(form, slot.item),
        words,
        body,
        taking,
        before,
        slot.after or "",
        slot.explanation,
    )


def apart(text: str) -> tuple[str, str]:
    """The heading of a block, where it stands on a line of its own in the usual brackets, and the
    words below it."""
    words = heading(text)
    first, _, rest = text.partition("\n")
    if words and first == f"＜{words}＞" and rest.strip():
        return words, rest
    return "", text


# ---- what a list or a paper says of one item


def of_words(item: str, before: str, text: str, explanation: str) -> list[DraftSlot]:
    """The places that one line of a list stands for: a block each. `before` may be empty; of its
    blocks those of the same headings are expected."""
    old = {part.key: part.value["text"] for part in split(before)[0]}
    slots = []
    after = ""
    for part in split(text)[0]:
        words, body = apart(part.value["text"])
        was = old.get(part.key)
        if was != part.value["text"]:
            slot = DraftSlot(item, words, body, after=after, explanation=explanation)
            if was is not None:
                slot = replace(slot, taking=EXPECT, before=_body(was, words))
            slots.append(slot)
        after = part.key
    return slots


def gone(before: str, text: str) -> list[str]:
    """The headings a list has only before: no national text takes words away. A lead is ""."""
    new = {part.key for part in split(text)[0]}
    return [part.key for part in split(before)[0] if part.key not in new]


def _body(block_text: str, words: str) -> str:
    if words and apart(block_text)[0] == words:
        return apart(block_text)[1]
    return block_text


# ---- what somebody wrote already


_WHOLE_ONLY = "足した記載・書き換えた記載だけを、記載例にできます。"


def captured(
    form: Form, change: DescribedChange, explanation: str, figure: str = ""
) -> DraftSlot | str:
    """A change that was made as a place of a national text; a sentence where it cannot be one.
    `figure`: the title of the figure it is in."""
    made = change.change
    line, _, _ = form.at(change.item_path)
    label = change.label
    if made.level == "shape" and made.kind == "added" and made.after is not None:
        return _captured_shape(change, explanation, figure)
    if line is None or made.after is None or line.kind in ("table", "figure"):
        return f"「{label}」は記載例にできません。{_WHOLE_ONLY}"
    if made.kind not in ("added", "modified") or made.level not in ("block", "item"):
        return f"「{label}」は記載例にできません。{_WHOLE_ONLY}"
    words, body = apart(change.after or "")
    slot = DraftSlot(national_places.words_of(form, line.id), words, body, explanation=explanation)
    if made.kind == "modified" and change.before:
        before = change.before
        slot = replace(slot, taking=EXPECT, before=_body(before, words) if words else before)
    elif made.at is not None and made.at.after:
        slot = replace(slot, after=made.at.after)
    return slot


def _captured_shape(change: DescribedChange, explanation: str, figure: str) -> DraftSlot:
    after = change.change.after
    assert after is not None
    value = after.value
    shape = {name: value[name] for name in ("type", "text", "x", "y", "w", "h")}
    return DraftSlot(shape=shape, text=value["text"], explanation=explanation, figure=figure)
