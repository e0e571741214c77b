"""The workbook package being filled: which part is which sheet, sheets copied or hidden, names and
drawings that follow moved rows.

Knows parts, relations, content types and workbook.xml; neither forms nor answers. Parts nobody
touches are written as they came, in their order.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import BytesIO
from itertools import count
from xml.sax.saxutils import escape, quoteattr

from ..ooxml import carried
from ..ooxml.book import main_part, relations
from ..ooxml.drawings import EMU
from .refs import Insert, Move, attribute, moved, shifted, with_attribute
from .sheet import SheetGrid

SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*?(?:/>|>\s*</(?:\w+:)?sheet>)")
NAME = re.compile(r"(<(?:\w+:)?definedName\b)([^>]*)(>)([^<]*)(</(?:\w+:)?definedName>)")
REL = re.compile(r"<Relationship\b[^>]*?/>|<Relationship\b[^>]*?>\s*</Relationship>")
# The sheet that is shown, and the first tab.
_TABS = re.compile(r'\b(activeTab|firstSheet)="(\d+)"')
_DRAWING_ROW = re.compile(r"(<(?:\w+:)?row>)(\d+)(</)")
_COMMENT = re.compile(r'(<(?:\w+:)?(?:comment|threadedComment)\b[^>]*?\bref="[A-Z]+)(\d+)"')
_VML_ROW = re.compile(r"(<x:Row>)(\d+)(</)")
_VML_ANCHOR = re.compile(r"(<x:Anchor>)([^<]*)(</)")
_ABSOLUTE = re.compile(r'(<(?:\w+:)?absoluteAnchor\b[^>]*>\s*<(?:\w+:)?pos\b[^>]*?\by=")(-?\d+)"')
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "[Content_Types].xml"
_NO_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships '
    'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></'
    "Relationships>"
)
# The usual height of a row, and the heights of the others, in points.
Heights = tuple[float, dict[int, float]]
# Parts that go with their sheet.
_OWN = ("printerSettings", "comments", "vmlDrawing", "threadedComment")


class Parts:
    """A workbook's parts. `sheets`: (name, part, relation id) in the order of the workbook."""

    def __init__(self, data: bytes):
        self.data = data
        with zipfile.ZipFile(BytesIO(data)) as archive:
            self.infos = {member.filename: member for member in archive.infolist()}
            self.body = {name: archive.read(info) for name, info in self.infos.items()}
            self.main = main_part(archive)
            related = relations(archive, self.main)
        self.before = dict(self.body)
        self.grids: dict[str, SheetGrid] = {}
        self.sheets: list[tuple[str, str, str]] = []
        for tag in SHEET.findall(self.workbook):
            rel = attribute(tag, r"\w+:id") or ""
            kind, target = related.get(rel, ("", ""))
            if kind == "worksheet":
                self.sheets.append((unquoted(attribute(tag, "name") or ""), target, rel))

    # ---- small things

    @property
    def workbook(self) -> str:
        """The workbook part as text."""
        return self.body[self.main].decode("utf-8-sig")

    @workbook.setter
    def workbook(self, text: str) -> None:
        """Puts another text into the workbook part."""
        self.body[self.main] = text.encode()

    def index(self, part: str) -> int:
        """The number of the sheet (from 0) that a part is."""
        return [sheet_part for _, sheet_part, _ in self.sheets].index(part)

    def grid(self, sheet: int) -> SheetGrid:
        """A sheet of the package as rows and boxes."""
        part = self.sheets[sheet][1]
        if part not in self.grids:
            self.grids[part] = SheetGrid(self.body[part])
        return self.grids[part]

    def _text(self, part: str) -> str:
        """A part of markup as text; "" where there is no such part."""
        return self.body.get(part, b"").decode("utf-8-sig")

    def rels(self, part: str) -> str:
        """The name of the part that holds the relations of a part."""
        folder, name = posixpath.split(part)
        if folder:
            return f"{folder}/_rels/{name}.rels"
        return f"_rels/{name}.rels"

    def related(self, part: str) -> list[tuple[str, str, str]]:
        """(relation id, type's last word, part) of what a part points to within the package."""
        out = []
        for tag in REL.findall(self._text(self.rels(part))):
            if attribute(tag, "TargetMode") == "External":
                continue
            rel = attribute(tag, "Id") or ""
            kind = (attribute(tag, "Type") or "").rsplit("/", 1)[-1]
            out.append((rel, kind, _target(part, attribute(tag, "Target") or "")))
        return out

    def free(self, part: str) -> str:
        """A part name like this one that is not used: the same stem with the next free number."""
        folder, name = posixpath.split(part)
        stem, dot, ending = name.partition(".")
        stem = stem.rstrip("0123456789")
        used = set(map(str.lower, self.body))
        for number in count(1):
            free = f"{folder}/{stem}{number}{dot}{ending}"
            if free.lower() not in used:
                break
        return free

    def typed(self, part: str, content_type: str = "", like: str = "") -> None:
        """Names the type of a new part, that of another part where `like` names it; a part whose
        type goes by its ending needs none.
        """
        types = self._text(_TYPES)
        if like:
            override = re.search(rf'<Override\b[^>]*PartName="/{re.escape(like)}"[^>]*/>', types)
            if not override:
                return
            content_type = attribute(override.group(0), "ContentType") or ""
        override_tag = f'<Override PartName="/{part}" ContentType="{content_type}"/>'
        self.body[_TYPES] = types.replace("</Types>", override_tag + "</Types>").encode()

    def ending_typed(self, ending: str, content_type: str) -> None:
        """Gives all parts of an ending a content type, unless it has one."""
        types = self._text(_TYPES)
        if re.search(rf'<Default\b[^>]*Extension="{ending}"', types, re.I):
            return
        default = f'<Default Extension="{ending}" ContentType="{content_type}"/>'
        start, tag, rest = re.split(r"(<Types\b[^>]*>)", types, maxsplit=1)
        self.body[_TYPES] = (start + tag + default + rest).encode()

    def add_relation(self, part: str, kind: str, target: str) -> str:
        """A relation from a part to another; gives its id."""
        path = self.rels(part)
        text = self._text(path) or _NO_RELATIONS
        text = re.sub(r"<Relationships([^>]*)/>", r"<Relationships\1></Relationships>", text)
        used = {attribute(tag, "Id") for tag in REL.findall(text)}
        rel = next(f"rId{number}" for number in count(1) if f"rId{number}" not in used)
        to = posixpath.relpath(target, posixpath.dirname(part))
        tag = f'<Relationship Id="{rel}" Type="{_OFFICE}/{kind}" Target="{to}"/>'
        self.body[path] = text.replace("</Relationships>", f"{tag}</Relationships>").encode()
        return rel

    # ---- sheets

    def add_hidden(self, name: str, lines: Sequence[str], names: Mapping[str, str]) -> None:
        """A sheet no program shows, with a text a row; and defined names. It stands last, so that
        no other sheet's number changes.
        """
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        rows = ""
        for number, line in enumerate(lines, 1):
            cell = f'<c r="A{number}" t="inlineStr"><is><t>{escape(line)}</t></is></c>'
            rows += f'<row r="{number}">{cell}</row>'
        start = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        xml = f'{start}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
        self.add_sheet(name, xml, "veryHidden")
        self.add_names(names)

    def add_sheet(self, name: str, xml: str, state: str = "") -> None:
        """A sheet behind all others; `state` hidden or veryHidden, else it is shown."""
        part = self.free("xl/worksheets/sheet1.xml")
        self.body[part] = xml.encode()
        self.typed(
            part, "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
        )
        rel = self.add_relation(self.main, "worksheet", part)
        last = self.sheet_tags()[-1]
        shown = ""
        if state:
            shown = f' state="{state}"'
        tag = f'<{self._prefix()}sheet name={quoteattr(name)} sheetId="{self.next_sheet_id()}"'
        tag += f'{shown} xmlns:r="{_OFFICE}" r:id="{rel}"/>'
        self.workbook = self.workbook.replace(last, last + tag, 1)
        self.sheets.append((name, part, rel))

    def sheet_tags(self) -> list[str]:
        """The tags of all sheets in the workbook part, in their order; also of those that are no
        worksheet.
        """
        return SHEET.findall(self.workbook)

    def sheet_tag(self, rel: str) -> str:
        """The tag of the sheet of a relation."""
        return self.sheet_tags()[self.tab(rel)]

    def tab(self, rel: str) -> int:
        """The number (from 0) by which the workbook part counts the sheet of a relation."""
        return [attribute(tag, r"\w+:id") for tag in self.sheet_tags()].index(rel)

    def next_sheet_id(self) -> int:
        """A sheetId above all that are used."""
        return max(int(attribute(tag, "sheetId") or 0) for tag in self.sheet_tags()) + 1

    def _prefix(self) -> str:
        """The prefix of the workbook part's elements, with its colon."""
        prefix = re.match(r"<(\w+:)?", self.sheet_tags()[0])
        return (prefix and prefix.group(1)) or ""

    def add_names(self, names: Mapping[str, str]) -> None:
        """Defined names of the whole workbook: name → reference."""
        text = re.sub(r"<((?:\w+:)?definedNames)\s*/>", r"<\1></\1>", self.workbook)
        prefix = self._prefix()
        tags = ""
        for name, reference in names.items():
            tags += f'<{prefix}definedName name="{name}">'
            tags += f"{escape(reference)}</{prefix}definedName>"
        if "definedNames>" in text:
            text = re.sub(r"(?=</(?:\w+:)?definedNames>)", tags.replace("\\", r"\\"), text, count=1)
        elif tags:
            # The names stand behind the sheets and what belongs to functions and other files.
            behind = re.search(
                rf"</{prefix}sheets>(\s*<{prefix}(functionGroups|externalReferences)\b.*?"
                rf"(/>|</{prefix}\2>))*",
                text,
                re.S,
            )
            assert behind
            names_tag = f"<{prefix}definedNames>{tags}</{prefix}definedNames>"
            text = text[: behind.end()] + names_tag + text[behind.end() :]
        self.workbook = text

    def set_state(self, sheet: int, hidden: bool) -> None:
        """Hides a sheet, or shows it."""
        tag = self.sheet_tag(self.sheets[sheet][2])
        if (attribute(tag, "state") in ("hidden", "veryHidden")) == hidden:
            return
        if tag.endswith("/>"):
            ending = "/>"
        else:
            ending = tag[tag.index(">") :]
        start = tag[: -len(ending)].rstrip()
        changed = with_attribute(start, "state", "hidden" if hidden else None) + ending
        self.workbook = self.workbook.replace(tag, changed, 1)

    def drop_map(self) -> None:
        """Takes out what our own workbooks carry unseen: it belongs to another version."""
        self.drop_names(lambda name: name.startswith(carried.NAME))
        for index, (name, _, _) in enumerate(self.sheets):
            if name == carried.SHEET:
                self.drop_sheet(index)
                return

    def drop_names(self, which: Callable[[str], bool]) -> None:
        """Takes out the defined names that fit."""

        def kept(match: re.Match[str]) -> str:
            name = unquoted(attribute(match.group(2), "name") or "")
            if which(name):
                return ""
            return match.group(0)

        text = NAME.sub(kept, self.workbook)
        text = re.sub(r"<(?:\w+:)?definedNames>\s*</(?:\w+:)?definedNames>", "", text)
        self._write_workbook(text)

    def drop_sheet(self, sheet: int) -> None:
        """Takes a sheet out with what only it has; names and the shown sheet of those behind it
        count one less.
        """
        _, part, rel = self.sheets[sheet]
        number = self.tab(rel)
        text = self.workbook.replace(self.sheet_tag(rel), "", 1)
        text = NAME.sub(partial(_without_sheet, number=number), text)
        self.workbook = counted(text, lambda tab: max(tab - (tab >= number), 0))
        self.grids.pop(part, None)
        for _, kind, target in self.related(part):
            if kind in _OWN and target in self.body:
                del self.body[target]
                self._untyped(target)
        self.body.pop(self.rels(part), None)
        del self.sheets[sheet], self.body[part]
        self._unrelate(self.main, part)

    def _unrelate(self, owner: str, part: str) -> None:
        """Takes out the relations of a part to another, and the other's type."""
        path = self.rels(owner)
        gone = set()
        for rel, _, target in self.related(owner):
            if target == part:
                gone.add(rel)
        text = self._text(path)
        for tag in REL.findall(text):
            if attribute(tag, "Id") in gone:
                text = text.replace(tag, "")
        self.body[path] = text.encode()
        self._untyped(part)

    def _untyped(self, part: str) -> None:
        override = rf'<Override\b[^>]*PartName="/{re.escape(part)}"[^>]*/>'
        self.body[_TYPES] = re.sub(override, "", self._text(_TYPES)).encode()

    def drop_calculation(self) -> None:
        """The list of formula cells, which programs make anew when it is missing and call damage
        when it is wrong.
        """
        for _, kind, part in self.related(self.main):
            if kind == "calcChain" and part in self.body:
                if self._has_formulas():
                    del self.body[part]
                    self._unrelate(self.main, part)
                return

    def _has_formulas(self) -> bool:
        """Whether any sheet has a formula, or had one before it was filled."""
        for index in range(len(self.sheets)):
            grid = self.grid(index)
            if grid.has_formula() or grid.lost_formula:
                return True
        return False

    # ---- rows

    def insert(self, sheet: int, inserts: Sequence[Insert]) -> Move:
        """Rows put in on a sheet; its drawings, comments, names, and formulas of other sheets
        follow.
        """
        name, part, _ = self.sheets[sheet]
        grid = self.grid(sheet)
        heights = _heights(grid)
        new = grid.insert(inserts, name)
        self._follow(part, new, heights, inserts)
        end = _end(inserts)

        def follows(match: re.Match[str]) -> str:
            formula = unquoted(match.group(4))
            last = None
            if _is_print_area(match.group(2)):
                last = end
            moved_formula = shifted(formula, "", name, new, last)
            if moved_formula == formula:
                return match.group(0)
            return changed_name(match, formula=escape(moved_formula))

        self._write_workbook(NAME.sub(follows, self.workbook))
        for index in range(len(self.sheets)):
            if index != sheet and self.grid(index).has_formula():
                self.grid(index).refer(name, new)
        self.drop_calculation()
        return new

    def cover(self, sheet: int, row: int) -> None:
        """Lets the print area of a sheet reach down to a row that was written."""
        number = str(self.tab(self.sheets[sheet][2]))

        def reaching(match: re.Match[str]) -> str:
            is_own = attribute(match.group(2), "localSheetId") == number
            if not is_own or not _is_print_area(match.group(2)):
                return match.group(0)
            area = re.fullmatch(r"([^,]*:\$?[A-Z]{1,3}\$?)(\d+)", match.group(4))
            if area is None or int(area.group(2)) >= row:
                return match.group(0)
            return changed_name(match, formula=f"{area.group(1)}{row}")

        self._write_workbook(NAME.sub(reaching, self.workbook))

    def _write_workbook(self, text: str) -> None:
        """Another text for the workbook part; nothing is touched where it is the same."""
        if text != self.workbook:
            self.workbook = text

    def _follow(self, part: str, new: Move, heights: Heights, inserts: Sequence[Insert]) -> None:
        """Lets what hangs on the rows of a sheet go down with them."""
        for _, kind, target in self.related(part):
            if target not in self.body:
                continue
            text = self._text(target)
            if kind == "drawing":
                follows = _absolute(_with_rows(_DRAWING_ROW, text, new), heights, inserts)
            elif kind in ("comments", "threadedComment"):
                follows = _COMMENT.sub(
                    lambda match: f'{match.group(1)}{new(int(match.group(2)))}"', text
                )
            elif kind == "vmlDrawing":
                follows = _VML_ANCHOR.sub(
                    lambda match: match.group(1) + _vml(match.group(2), new) + match.group(3),
                    _with_rows(_VML_ROW, text, new),
                )
            else:
                continue
            if follows != text:
                self.body[target] = follows.encode()

    # ---- out again

    def flush(self) -> None:
        """Writes touched sheets into their parts."""
        for part, grid in self.grids.items():
            if grid.touched:
                self.body[part] = grid.text().encode()
        self.grids.clear()

    def save(self) -> bytes:
        """The workbook; the very bytes that came in when nothing changed."""
        if any(grid.lost_formula for grid in self.grids.values()):
            self.drop_calculation()
        self.flush()
        if self.body == self.before:
            return self.data
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, body in self.body.items():
                archive.writestr(self._info(name), body)
        return out.getvalue()

    def _info(self, name: str) -> zipfile.ZipInfo:
        """Time, packing and rights of a part: as they came, or those of a new one."""
        old = self.infos.get(name)
        info = zipfile.ZipInfo(name, old.date_time if old else (1980, 1, 1, 0, 0, 0))
        info.compress_type = old.compress_type if old else zipfile.ZIP_DEFLATED
        info.external_attr = old.external_attr if old else 0o600 << 16
        info.create_system = old.create_system if old else 0
        return info


def _target(part: str, target: str) -> str:
    """The part a relation of a part points to."""
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(part), target))


def counted(text: str, new: Callable[[int], int]) -> str:
    """The workbook part with other numbers of the sheet that is shown and of the first tab."""
    return _TABS.sub(lambda match: f'{match.group(1)}="{new(int(match.group(2)))}"', text)


def changed_name(
    match: re.Match[str], *, sheet: int | None = None, formula: str | None = None
) -> str:
    """A defined name (a match of `NAME`) that belongs to another sheet, or stands for another
    formula (as markup).
    """
    start, attributes, close, old, end = match.groups()
    if sheet is not None:
        attributes = re.sub(r'\blocalSheetId="\d+"', f'localSheetId="{sheet}"', attributes)
    return f"{start}{attributes}{close}{old if formula is None else formula}{end}"


def _is_print_area(attributes: str) -> bool:
    return (attribute(attributes, "name") or "").endswith("Print_Area")


def unquoted(text: str) -> str:
    """A text of the markup as it is meant."""
    return (
        text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", '"')
        .replace("&apos;", "'")
        .replace("&amp;", "&")
    )


def _without_sheet(match: re.Match[str], number: int) -> str:
    """A defined name when sheet `number` is gone: dropped with it, or counted one less."""
    sheet = attribute(match.group(2), "localSheetId")
    if sheet is None or int(sheet) < number:
        return match.group(0)
    if int(sheet) == number:
        return ""
    return changed_name(match, sheet=int(sheet) - 1)


def _end(inserts: Sequence[Insert]) -> Move:
    """Where the last row of a print area stands: it takes in the rows put in right below it."""
    new = moved(inserts)
    below: dict[int, int] = {}
    for insert in inserts:
        below[insert.after] = below.get(insert.after, 0) + insert.size
    return lambda row: new(row) + below.get(row, 0)


def _with_rows(pattern: re.Pattern[str], text: str, new: Move) -> str:
    """Rows of a drawing, which count from 0, where they stand now."""
    return pattern.sub(
        lambda match: f"{match.group(1)}{new(int(match.group(2)) + 1) - 1}{match.group(3)}", text
    )


def _vml(anchor: str, new: Move) -> str:
    """Left column, offset, top row, offset, right column, offset, bottom row, offset."""
    places = [place.strip() for place in anchor.split(",")]
    if len(places) == 8 and all(re.fullmatch(r"-?\d+", place) for place in places):
        for index in (2, 6):
            places[index] = str(new(int(places[index]) + 1) - 1)
    return ", ".join(places)


def _heights(grid: SheetGrid) -> Heights:
    """The rows' heights as they are before any are put in; a hidden row has none."""
    special = {}
    for row in grid.rows:
        if grid.is_hidden(row):
            special[row] = 0.0
        else:
            special[row] = grid.height(row) or grid.default_height
    return grid.default_height, special


def _absolute(text: str, heights: Heights, inserts: Sequence[Insert]) -> str:
    """Drawings that stand at a distance from the top, not in a row, move down by what was put in
    above them.
    """
    usual, special = heights

    def top(row: int) -> float:
        return (row - 1) * usual + sum(value - usual for key, value in special.items() if key < row)

    def lowered(match: re.Match[str]) -> str:
        y = int(match.group(2))
        more = 0.0
        for insert in inserts:
            if top(insert.after + 1) * EMU <= y:
                for index, row in enumerate(range(insert.first, insert.last + 1)):
                    more += insert.heights.get(index, special.get(row, usual))
        return f'{match.group(1)}{y + round(more * EMU)}"'

    return _ABSOLUTE.sub(lowered, text)
