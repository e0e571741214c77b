"""Where the wording of each changed place comes from (記載の由来): the State's example word for
word, the State's example as the city changed it, the city's own words, or law.

Computed from the text as it is now, the national texts applied to it and the opinions taken up in
it; law only where somebody wrote down which. Where nothing is known nothing is said. Knows one
version and its changes; must not know how anything is shown. Serves 規則第7条第4項.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ...domain.change.describe import DescribedChange
from ...domain.document.tree import LEAVES, Node, Path, Tree
from ...domain.wareki import written
from ...store import nodes, queries
from ...store.rows.answers import LAW, WordingSource
from ...store.rows.assessments import Version
from ...store.rows.national import Confirmation
from ..access.names import shown_name
from .causes import Cause
from .national import NationalPlace

SAME = "国の記載例と同文"
ADAPTED = "国の記載例を市で修正"
OWN_WORDS = "市独自の記載"
BY_LAW = "法令に基づく記載"


@dataclass(frozen=True, slots=True)
class WordingOrigin:
    """Where one place's wording comes from. `word`: one of the four; `source`: the national text or
    the provision; `because`: why the city wrote it so, where that is known; `national` and `ours`:
    both as people read them, where they differ; `asked`: whether the state was asked and what it
    said, as a sentence; `by` and `at`: who wrote down what is not computed, and when; `key` and
    `slot`: the national text and its how-manyeth place."""

    word: str
    source: str = ""
    because: str = ""
    national: str = ""
    ours: str = ""
    asked: str = ""
    by: str = ""
    at: datetime | None = None
    key: str = ""
    slot: int = -1


def of_version(
    session: Session,
    version: Version,
    changes: Sequence[DescribedChange],
    reached: Sequence[NationalPlace],
    why: Mapping[Path, Cause],
) -> dict[Path, WordingOrigin]:
    """The origin of each changed place by its path, where it is known. `reached`: what national
    texts reach in the text; `why`: the causes of the changes."""
    places = {place.departure.path: place for place in reached if _stands(place)}
    items = {place.departure.item for place in reached if _stands(place)}
    written_down = _written_down(session, version)
    out = {}
    for change in changes:
        path = change.change.path
        if change.procedure or change.change.kind in ("removed", "renumbered") or change.only_marks:
            continue
        found = _written(session, written_down, path, change.item_path)
        if path in places:
            found = _of_national(session, places[path], why.get(path, Cause()))
        elif found is None and _is_own(change, items, why.get(path, Cause())):
            beside = "この項目の国の記載例に、この箇所はありません"
            found = WordingOrigin(OWN_WORDS, because=_because(why.get(path, Cause())) or beside)
        if found is not None:
            out[path] = found
    return out


def _stands(place: NationalPlace) -> bool:
    return place.departure.status in ("same", "differs")


def _of_national(session: Session, place: NationalPlace, cause: Cause) -> WordingOrigin:
    """The standing of a place to the text that reaches it. Where only marks of what is withheld
    differ, the words are the same."""
    text = place.revision
    slot = text.slots.index(place.departure.slot)
    source = f"{text.title}（{text.edition}）"
    national, ours = place.departure.shown
    if place.departure.status == "same" or national == ours:
        return WordingOrigin(SAME, source, key=place.key, slot=slot)
    known = place.asked
    return WordingOrigin(
        ADAPTED,
        source,
        _because(cause),
        national,
        ours,
        asked(known),
        shown_name(session, known.actor) if known is not None else "",
        known.at if known is not None else None,
        place.key,
        slot,
    )


def asked(known: Confirmation | None) -> str:
    """Whether the state was asked about a wording and what it said, as a sentence."""
    if known is None:
        return "国への確認の記録はありません。"
    if not known.asked:
        return "国には確認していません。"
    day = f"（{written(known.day)}）" if known.day else ""
    said = f"回答：{known.answer}" if known.answer else "回答の記録はありません。"
    return f"国に確認しました{day}。{said}"


def _is_own(change: DescribedChange, items: Iterable[str], cause: Cause) -> bool:
    """Whether a wording is known to be the city's own: an opinion led to it, or the State's example
    for this item has no such place."""
    if cause.opinions:
        return True
    return change.item in items and change.change.level in LEAVES


def _because(cause: Cause) -> str:
    """Which opinions led to a wording; "" for none."""
    if not cause.opinions:
        return ""
    return f"市民の意見{'・'.join(map(str, cause.opinions))}を受けた記載です"


def _written_down(session: Session, version: Version) -> dict[Path, WordingSource]:
    """What somebody wrote down of the wordings as they stand, the latest of each place."""
    rows = queries.answers.sources(session, [version.round_id] if version.round_id else [])
    if not rows:
        return {}
    with nodes.whole():
        tree = nodes.recent(session, version.id)
    out = {}
    for row in rows:
        path = tuple(row.path)
        if digest_at(tree, path) == row.digest:
            out[path] = row
    return out


def digest_at(tree: Tree, path: Path) -> str:
    """What stands at a place, as a digest of it; "" where nothing stands there."""
    node: Node | None = tree.find(path)
    return node.digest if node is not None else ""


def _written(
    session: Session, rows: Mapping[Path, WordingSource], path: Path, item: Path
) -> WordingOrigin | None:
    """What was written down of a place, else of its whole item."""
    row = rows.get(path) or rows.get(item)
    if row is None:
        return None
    word = BY_LAW if row.kind == LAW else OWN_WORDS
    law, because = (row.source, "") if row.kind == LAW else ("", row.source)
    return WordingOrigin(word, law, because, by=shown_name(session, row.actor), at=row.at)
