"""What the 説明原稿 says of each change: where to turn to, what it does, why, and how it stands to
the national text.

Reads only. Page numbers are those of the papers that were put before the council.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...domain.change.describe import leaf_name
from ...domain.procedure.cards import Card
from .facts import CaseDocument, Counted, by_reason, card_words, listed, need

if TYPE_CHECKING:
    from ...documents.comparison.table import ItemNotes, Subject


def reasons_with_places(
    case: Sequence[CaseDocument], subjects: Sequence[Subject]
) -> list[dict[str, str]]:
    """Each reason with the documents it changes and in how many places."""
    reasons = []
    for reason, places in by_reason(subjects, case).items():
        reasons.append(
            {
                "理由": reason or need("変更の理由"),
                "評価書": listed(subject.name for subject in subjects if subject.key in places),
                "箇所数": str(sum(map(len, places.values()))),
            }
        )
    return reasons


def all_aloud(cards: Sequence[Card], subjects: Sequence[Subject]) -> list[dict[str, str]]:
    """Changes as they are said aloud, numbered from 1."""
    return [_aloud(card, number, subjects) for number, card in enumerate(cards, 1)]


def local_changes(subjects: Sequence[Subject], changed: Counted) -> list[dict[str, Any]]:
    """What is changed in one document only, by document."""
    local: list[dict[str, Any]] = []
    for subject in subjects:
        own = []
        for card in changed.local:
            if subject.key in card.places:
                own.append(card)
        if not own:
            continue
        title = subject.title
        if subject.number:
            title = f"{subject.number}の{subject.title}"
        local.append({"評価書": title, "箇所一覧": all_aloud(own, subjects)})
    return local


def adopted_opinions(opinions: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The opinions that changed the text, with the city's view."""
    adopted = []
    for opinion in opinions:
        if opinion["adopted"]:
            adopted.append(
                {
                    "番号": str(opinion["number"]),
                    "項目": opinion["where"] or "全体",
                    "考え方": opinion["response"],
                }
            )
    return adopted


def _aloud(card: Card, number: int, subjects: Sequence[Subject]) -> dict[str, str]:
    """One change as it is said aloud: where to turn to, what it is, why, and how it stands to the
    national text.
    """
    concerned = []
    for subject in subjects:
        if subject.key in card.places:
            concerned.append(subject)
    known = concerned[0].about.get(card.places[concerned[0].key])
    national = ""
    if known and known.national:
        if known.departs:
            national = _departed(known)
        else:
            national = "国の記載例と同じ文でございます。"
    same = ""
    if len(concerned) > 1:
        same = f"{len(concerned)}件とも同じ文でございます。"
    return {
        "順": str(number),
        "項目": card_words(card, subjects),
        "ページ": f"{_turn_to(card, concerned, subjects)}を御覧ください。",
        "内容": what(card),
        "なぜ": known.explanation if known else "",
        "国": national + same,
    }


def _turn_to(card: Card, concerned: Sequence[Subject], subjects: Sequence[Subject]) -> str:
    """The page of a change in each document; the item itself where a document has no page of it."""
    places = []
    for subject in concerned:
        page = subject.new_pages.get(card.places[subject.key])
        if page:
            places.append(f"{subject.name}の{page}ページ")
        else:
            places.append(f"{subject.name}の{card_words(card, subjects)}")
    return listed(places, "及び")


def _departed(known: ItemNotes) -> str:
    """How our wording departs from the national text, as it is said aloud."""
    if known.opinions:
        because = f"、意見{'・'.join(map(str, known.opinions))}を受けて"
    else:
        because = ""
    if known.confirmed:
        asked = f"国には、{known.confirmed}確認しております。"
    else:
        asked = "国への確認は、しておりません。"
    return f"国の記載例を{because}市で改めたものでございます。{asked}"


def what(c: Card) -> str:
    """What a change does, in a sentence."""
    out = []
    for x in c.changes:
        if x.change.level in ("block", "row"):
            name, nth = leaf_name(x.change)
        else:
            name = ""
            nth = 1
        if x.only_marks:
            if x.marking.endswith("ました"):
                out.append(f"{x.marking}。")
            else:
                out.append(f"{x.marking.removesuffix('た')}ました。")
        elif x.where:
            out.append(f"{x.where}しました。")
        elif name:
            verb = {
                "added": "の記載を加えました",
                "removed": "の記載を削りました",
                "moved": "の位置を変えました",
            }.get(x.change.kind, "の記載を改めました")
            if nth > 1:
                again = f"（{nth}番目）"
            else:
                again = ""
            out.append(f"「{name}」{again}{verb}。")
        else:
            out.append(
                {
                    "added": "記載を加えました。",
                    "removed": "記載を削りました。",
                    "moved": "位置を変えました。",
                }.get(x.change.kind, "記載を改めました。")
            )
    return "".join(dict.fromkeys(out))
