"""The rows of 変更箇所 as officers write them: a new or a gone entry (委託事項, 提供先, ファイル)
is one row with all that stands in it, any other change a row of its own; short citations.

Knows rows and how they are said in six cells. Must not know how rows are made, nor any paper. What
is withheld keeps a row of its own: it is blacked out by its own place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..document.tree import Path
from .change_table import ChangeTableRow, shortened

NEW = "（新設）"
GONE = "（削除）"
_COUNTS = "重要な変更に該当"
_COUNTS_NOT = "重要な変更に当たらない"
_ENTRY = {"added": "欄を追加", "removed": "欄を削除"}


@dataclass(frozen=True, slots=True)
class ChangeUnit:
    """What one printed row stands for: a change, or an entry (`lead`) with the rows of what is in
    it (`below`)."""

    lead: ChangeTableRow
    below: tuple[ChangeTableRow, ...] = ()

    @property
    def rows(self) -> tuple[ChangeTableRow, ...]:
        """All rows of the table it stands for."""
        return (self.lead, *self.below)

    @property
    def path(self) -> Path:
        """The place it is noted and explained by."""
        return self.lead.path

    @property
    def material(self) -> bool:
        """Whether a ※ item is in it."""
        return any(row.material for row in self.rows)

    @property
    def item(self) -> str:
        """項目, as short as it can be cited: Ⅱ（…）６．①保管場所."""
        return self.lead.label or self.lead.citation or self.lead.item

    @property
    def sides(self) -> tuple[str, str]:
        """変更前の記載 and 変更後の記載."""
        return self.said([row.where or (row.read[self._side] or "") for row in self.below])

    def said(self, texts: Sequence[str]) -> tuple[str, str]:
        """The same, where the rows of an entry say these texts."""
        lead = self.lead
        if lead.before is not None or lead.after is not None:
            return shortened(lead)
        if not self.below:
            return "－", _ENTRY.get(lead.op, "順序を変更")
        lines = []
        for row, text in zip(self.below, texts):
            lines.append(_line(lead, row, text))
        if lead.op == "added":
            return NEW, "\n".join(lines)
        return "\n".join(lines), GONE

    @property
    def _side(self) -> int:
        return 1 if self.lead.op == "added" else 0

    @property
    def explanation(self) -> str:
        """提出時期に係る説明: what its rows say, each once. One ※ item makes the whole count."""
        said = dict.fromkeys(row.explanation for row in self.rows if row.explanation)
        if _COUNTS in said:
            return "\n".join(each for each in said if not each.startswith(_COUNTS_NOT))
        return "\n".join(said)

    @property
    def cells(self) -> tuple[str, ...]:
        """The six cells, the day as it is kept."""
        before, after = self.sides
        lead = self.lead
        return (lead.date or "", self.item, before, after, lead.timing or "", self.explanation)


def _line(lead: ChangeTableRow, row: ChangeTableRow, said: str) -> str:
    """One item of an entry: ①委託内容：…; a text of many lines begins below its name."""
    name = row.label.removeprefix(lead.label).strip()
    return f"{name}：\n{said}" if "\n" in said else f"{name}：{said}"


def units(rows: Iterable[ChangeTableRow]) -> tuple[ChangeUnit, ...]:
    """The rows as units, in their order. A row joins the entry it is in where that was added or
    removed as a whole, on the same day; a row of a table made by an earlier release (without
    `label`) stands alone."""
    leads: dict[Path, list[ChangeTableRow]] = {}
    order: list[ChangeTableRow] = []
    for row in rows:
        lead = next((leads[path] for path in _above(row.path) if path in leads), None)
        if lead is not None and _joins(lead[0], row):
            lead.append(row)
            continue
        order.append(row)
        if _leads(row):
            leads[row.path] = [row]
    out = []
    for row in order:
        below = leads[row.path][1:] if row.path in leads else []
        out.append(ChangeUnit(row, tuple(below)))
    return tuple(out)


def _above(path: Path) -> list[Path]:
    return [path[:depth] for depth in range(1, len(path))]


def _leads(row: ChangeTableRow) -> bool:
    bare = row.before is None and row.after is None
    return bare and row.op in _ENTRY and bool(row.label) and not row.withheld


def _joins(lead: ChangeTableRow, row: ChangeTableRow) -> bool:
    if not row.label.startswith(lead.label) or row.withheld or row.procedure:
        return False
    if (row.date, row.timing) != (lead.date, lead.timing):
        return False
    if row.before is None and row.after is None:
        return False  # an entry within the entry has a row of its own
    return (row.before is None) if lead.op == "added" else (row.after is None)


def ordered(rows: Sequence[ChangeTableRow], order: Sequence[Path]) -> tuple[ChangeTableRow, ...]:
    """The rows with their units in an order made by hand; a unit it does not name stays behind the
    one it follows in the form."""
    rank = {path: index for index, path in enumerate(order)}
    at = -1
    ranked: list[tuple[int, ChangeUnit]] = []
    for unit in units(rows):
        at = rank.get(unit.path, at)
        ranked.append((at, unit))
    out: list[ChangeTableRow] = []
    for _, unit in sorted(ranked, key=lambda pair: pair[0]):
        out += unit.rows
    return tuple(out)


def by_path(found: Iterable[ChangeUnit]) -> Mapping[Path, ChangeUnit]:
    """The units by their place."""
    return {unit.path: unit for unit in found}
