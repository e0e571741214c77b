"""What the council sees: changes of several assessments grouped into cards, shared ones once (規則第7条第4項).

A card is the same item with the same set of fingerprints. Knows said changes of each document; nothing of sittings, people or pages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..change.describe import Said, label, names
from ..document.form import Form
from ..document.items import text_of
from ..document.tree import Path, Tree, walk

_ENOUGH = "リスクへの対策は十分か"


@dataclass(frozen=True, slots=True)
class Card:
    """One thing to look at. `places` maps each assessment's key to the item's path there; `said` are the changes as the first one says them."""

    number: int
    item: str
    label: str
    citation: str
    places: Mapping[str, Path]
    labels: Mapping[str, str]
    said: tuple[Said, ...]
    material: bool

    @property
    def title(self) -> str:
        """Number and headings without the ファイル, which differs between the assessments that share the card: Ⅱ　6．…　①保管場所."""
        part, _, rest = self.citation.partition("　")
        return f"{part[0]}　{rest}" if rest and part[0] in "ⅠⅡⅢⅣⅤⅥ" else rest or part

    @property
    def shared(self) -> bool:
        return len(self.places) > 1


def cards(documents: Mapping[str, Sequence[Said]]) -> tuple[Card, ...]:
    """Cards in the order of the first document they stand in. What the procedure fills in is left out; two places of one document never share a card."""
    groups: dict[tuple[str, frozenset[str], int], dict[str, tuple[Said, ...]]] = {}
    for key, said in documents.items():
        items: dict[Path, list[Said]] = defaultdict(list)
        for s in said:
            if not s.procedure and s.change.kind != "renumbered":
                items[s.item_path].append(s)
        seen: dict[tuple[str, frozenset[str]], int] = defaultdict(int)
        for mine in items.values():
            name = (mine[0].item, frozenset(s.fingerprint for s in mine))
            seen[name] += 1
            groups.setdefault((*name, seen[name]), {})[key] = tuple(mine)
    out = []
    for n, ((item, _, _), by_key) in enumerate(groups.items(), 1):
        first = next(iter(by_key.values()))
        out.append(
            Card(
                number=n,
                item=item,
                label=_item_label(first[0]),
                citation=first[0].citation,
                places={k: v[0].item_path for k, v in by_key.items()},
                labels={k: _item_label(v[0]) for k, v in by_key.items()},
                said=first,
                material=any(s.material for v in by_key.values() for s in v),
            )
        )
    return tuple(out)


def _item_label(s: Said) -> str:
    """The item's own label: what stands before the heading of a block or the name of a shape."""
    return (
        s.label.split(" ＜")[0].split(" 「")[0]
        if s.change.level in ("block", "row", "shape")
        else s.label
    )


@dataclass(frozen=True, slots=True)
class Risk:
    """One risk of an assessment: which, the measures as (label, text), and whether the city holds them to be enough."""

    path: Path
    label: str
    measures: tuple[tuple[str, str], ...]
    enough: str


def risks(form: Form, tree: Tree) -> tuple[Risk, ...]:
    """Every risk that is answered, in the form's order: what a 全体点検 looks at where nothing changed."""
    found = names(form, tree)
    out = []
    for path, n in walk(tree):
        line = form.at(path)[0]
        if line is None or line.label != _ENOUGH or n.kind != line.kind or not n.content:
            continue
        group = path[:-1]
        inside = tree.find(group)
        below = walk(inside, group) if inside else ()
        texts = [
            (form.at(p)[0], text_of(m))
            for p, m in below
            if m.kind in ("text", "choice_one", "choice_many") and p != path
        ]
        out.append(
            Risk(
                group,
                label(form, group, found),
                tuple((x.label, words) for x, words in texts if x is not None and words),
                text_of(n),
            )
        )
    return tuple(out)
