"""What the council sees: changes of several assessments grouped into cards, shared ones once
(規則第7条第4項).

A card is the same item with the same set of fingerprints. Knows described changes of each document;
nothing of sittings, people or pages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from ..change.describe import DescribedChange, label, names
from ..document.form import Form
from ..document.texts import text_of
from ..document.tree import Path, Tree, walk

_ENOUGH = "リスクへの対策は十分か"


@dataclass(frozen=True, slots=True)
class Card:
    """One thing to look at. `places` maps each assessment's key to the item's path there; `changes`
    are the changes as the first one says them.
    """

    number: int
    item: str
    label: str
    citation: str
    places: Mapping[str, Path]
    labels: Mapping[str, str]
    changes: tuple[DescribedChange, ...]
    material: bool

    @property
    def title(self) -> str:
        """Number and headings without the ファイル, which differs between the assessments that
        share the card: Ⅱ 6．… ①保管場所.
        """
        part, _, rest = self.citation.partition("　")
        if rest and part[0] in "ⅠⅡⅢⅣⅤⅥ":
            return f"{part[0]}　{rest}"
        return rest or part

    @property
    def shared(self) -> bool:
        """Whether several documents have this change."""
        return len(self.places) > 1


def cards(documents: Mapping[str, Sequence[DescribedChange]]) -> tuple[Card, ...]:
    """Cards in the order of the first document they stand in. What the procedure fills in is left
    out; two places of one document never share a card.
    """
    groups: dict[tuple[str, frozenset[str], int], dict[str, tuple[DescribedChange, ...]]] = {}
    for key, changes in documents.items():
        items: dict[Path, list[DescribedChange]] = defaultdict(list)
        for change in changes:
            if not change.procedure and change.change.kind != "renumbered":
                items[change.item_path].append(change)
        seen: dict[tuple[str, frozenset[str]], int] = defaultdict(int)
        for mine in items.values():
            name = (mine[0].item, frozenset(change.fingerprint for change in mine))
            seen[name] += 1
            groups.setdefault((*name, seen[name]), {})[key] = tuple(mine)
    out = []
    for number, ((item, _, _), by_key) in enumerate(groups.items(), 1):
        first = next(iter(by_key.values()))
        out.append(
            Card(
                number=number,
                item=item,
                label=_item_label(first[0]),
                citation=first[0].citation,
                places={key: in_card[0].item_path for key, in_card in by_key.items()},
                labels={key: _item_label(in_card[0]) for key, in_card in by_key.items()},
                changes=first,
                material=any(change.material for change in chain(*by_key.values())),
            )
        )
    return tuple(out)


def _item_label(described: DescribedChange) -> str:
    """The item's own label: what stands before the heading of a block or the name of a shape."""
    if described.change.level in ("block", "row", "shape"):
        return described.label.split(" ＜")[0].split(" 「")[0]
    return described.label


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk of an assessment: which, the measures as (label, text), and whether the city holds
    them to be enough.
    """

    path: Path
    label: str
    measures: tuple[tuple[str, str], ...]
    enough: str


def risks(form: Form, tree: Tree) -> tuple[Risk, ...]:
    """Every risk that is answered, in the form's order: what a 全体点検 looks at where nothing
    changed.
    """
    entry_names = names(form, tree)
    out = []
    for path, node in walk(tree):
        line = form.at(path)[0]
        if line is None or line.label != _ENOUGH or node.kind != line.kind or not node.content:
            continue
        group = path[:-1]
        measures = _measures(form, tree, group, path)
        out.append(Risk(group, label(form, group, entry_names), measures, text_of(node)))
    return tuple(out)


def _measures(form: Form, tree: Tree, group: Path, verdict: Path) -> tuple[tuple[str, str], ...]:
    """(label, text) of every answer of a group but the verdict itself."""
    measures = []
    inside = tree.find(group)
    for path, node in walk(inside, group) if inside else ():
        if node.kind not in ("text", "choice_one", "choice_many") or path == verdict:
            continue
        line = form.at(path)[0]
        words = text_of(node)
        if line is not None and words:
            measures.append((line.label, words))
    return tuple(measures)
