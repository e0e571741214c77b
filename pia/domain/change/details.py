"""Typed records of what differs inside one value already known to have changed: options, dates,
cells of rows, a shape's place.

deepdiff does the small structured fields (never trees, never long text) and is loaded when first
needed; beyond a cap, and for plain text, there are no records: the spans say it. Knows values;
nothing of forms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..document import marked
from ..document.tree import UNLOADED
from .model import ANY, Change

CAP = 200  # fields of one value
_KINDS = {
    "values_changed": "modified",
    "type_changes": "modified",
    "dictionary_item_added": "added",
    "dictionary_item_removed": "removed",
}


def details(c: Change) -> list[dict[str, Any]]:
    """Records {"field", "op": added|removed|modified, "before", "after"} in the order of the
    value's fields. Empty where there is nothing structured to say: additions and removals as a
    whole, text, values still in the store, more than CAP fields.
    """
    if (
        c.before is None
        or c.after is None
        or c.before is ANY
        or UNLOADED in (c.before.value, c.after.value)
    ):
        return []
    if c.before.kind != c.after.kind:
        return [{"field": "kind", "op": "modified", "before": c.before.kind, "after": c.after.kind}]
    return between(fields(c.before.kind, c.before.value), fields(c.after.kind, c.after.value))


def fields(kind: str, value: Any) -> dict[str, Any]:
    """A value as flat named fields: what deepdiff is given. Text of blocks stays out."""
    if value is None:
        return {}
    match kind:
        case "choice_many":
            return {
                **dict(value["options"]),
                **{f"記載「{text}」": "" for text in value.get("typed", ())},
                **_marks(value),
            }
        case "row":
            return {
                **_numbered(value["cells"]),
                **({"inherited": True} if value.get("inherited") else {}),
                **_marks(value),
            }
        case "block":
            rows = {}
            for row in value["withheld"]:
                rows[f"withheld {row['start']}-{row['end']}"] = row["reason"]
            return rows
        case "section":
            return {"level": value["level"]}
    return {
        **{key: part for key, part in value.items() if key != marked.KEY},
        **_marks(value),
    }


def _marks(value: Any) -> dict[str, str]:
    """The marks of 非公表部分 by their place in the content, with the reason."""
    reasons = {}
    for match in marked.of_value(value):
        reasons[" ".join(["withheld", *map(str, marked.place(match).values())])] = match["reason"]
    return dict(reasons)


def _numbered(cells: Sequence[str]) -> dict[str, str]:
    numbered = {}
    for number, cell in enumerate(cells, 1):
        numbered[f"cell {number}"] = cell
    return numbered


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The records of two flat mappings."""
    if old == new or len(old) + len(new) > CAP:
        return []
    from deepdiff import DeepDiff  # 150 ms and 36 MB: only when a value has to be told

    fields: dict[str, dict[str, Any]] = {}
    for kind, levels in DeepDiff(
        dict(old), dict(new), view="tree", threshold_to_diff_deeper=0
    ).items():
        for level in levels:
            name = level.path(output_format="list")[0]
            fields[name] = {
                "field": name,
                "op": _KINDS.get(kind, "modified"),
                "before": old.get(name),
                "after": new.get(name),
            }
    return [fields[name] for name in dict.fromkeys((*old, *new)) if name in fields]
