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
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

from ..ooxml import carried
from ..ooxml.book import relations
from .refs import Insert, Move, attribute, moved, shifted, with_attribute
from .sheet import SheetGrid

SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*?(?:/>|>\s*</(?:\w+:)?sheet>)")
NAME = re.compile(r"(<(?:\w+:)?definedName\b)([^>]*)(>)([^<]*)(</(?:\w+:)?definedName>)")
REL = re.compile(r"<Relationship\b[^>]*?/>|<Relationship\b[^>]*?>\s*</Relationship>")
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OWN = (
    "printerSettings",
    "comments",
    "vmlDrawing",
    "threadedComment",
)  # parts that go with their sheet


class Parts:
    """A workbook's parts. `sheets`: (name, part, relation id) in the order of the workbook."""

    def __init__(self, data: bytes):
        self.data = data
        with zipfile.ZipFile(BytesIO(data)) as archive:
            self.infos = {member.filename: member for member in archive.infolist()}
            self.body = {member.filename: archive.read(member) for member in archive.infolist()}
            self.main = next(
                target
                for kind, target in relations(archive, "").values()
                if kind == "officeDocument"
            )
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

    def grid(self, sheet: int) -> SheetGrid:
        """A sheet of the package as rows and boxes."""
        part = self.sheets[sheet][1]
        if part not in self.grids:
            self.grids[part] = SheetGrid(self.body[part])
        return self.grids[part]

    def rels(self, part: str) -> str:
        """The relations of a part."""
        return _rels_of(part)

    def related(self, part: str) -> list[tuple[str, str, str]]:
        """(relation id, type's last word, part) of what a part points to within the package."""
        out = []
        for tag in REL.findall(self.body.get(self.rels(part), b"").decode("utf-8-sig")):
            target = attribute(tag, "Target") or ""
            if attribute(tag, "TargetMode") != "External":
                if target.startswith("/"):
                    full = target.lstrip("/")
                else:
                    full = posixpath.normpath(posixpath.join(posixpath.dirname(part), target))
                out.append(
                    (
                        attribute(tag, "Id") or "",
                        (attribute(tag, "Type") or "").rsplit("/", 1)[-1],
                        full,
                    )
                )
        return out

    def free(self, part: str) -> str:
        """A part name like this one that is not taken."""
        folder, name = posixpath.split(part)
        stem, dot, ending = name.partition(".")
        stem = stem.rstrip("0123456789")
        count = 1
        taken = set()
        for text in self.body:
            taken.add(text.lower())
        while f"{folder}/{stem}{count}{dot}{ending}".lower() in taken:
            count += 1
        return f"{folder}/{stem}{count}{dot}{ending}"

    def typed(self, part: str, content_type: str = "", like: str = "") -> None:
        """Names the type of a new part, that of another part where `like` names it."""
        types = self.body["[Content_Types].xml"].decode("utf-8-sig")
        if like:
            there = re.search(rf'<Override\b[^>]*PartName="/{re.escape(like)}"[^>]*/>', types)
            if not there:
                return  # told by its ending
            content_type = attribute(there.group(0), "ContentType") or ""
        made = f'<Override PartName="/{part}" ContentType="{content_type}"/>'
        self.body["[Content_Types].xml"] = types.replace("</Types>", made + "</Types>").encode()

    def ending_typed(self, ending: str, content_type: str) -> None:
        """Gives all parts of an ending a content type."""
        types = self.body["[Content_Types].xml"].decode("utf-8-sig")
        if not re.search(rf'<Default\b[^>]*Extension="{ending}"', types, re.I):
            at = re.search(r"<Types\b[^>]*>", types)
            assert at
            self.body["[Content_Types].xml"] = (
                types[: at.end()]
                + f'<Default Extension="{ending}" ContentType="{content_type}"/>'
                + types[at.end() :]
            ).encode()

    def add_relation(self, part: str, kind: str, target: str) -> str:
        """A relation from a part to another; gives its id."""
        path = self.rels(part)
        text = self.body.get(
            path,
            b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships '
            b'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></'
            b"Relationships>",
        ).decode("utf-8-sig")
        text = re.sub(r"<Relationships([^>]*)/>", r"<Relationships\1></Relationships>", text)
        ids = set()
        for word in REL.findall(text):
            ids.add(attribute(word, "Id"))
        index = next(index for index in range(1, 100_000) if f"rId{index}" not in ids)
        to = posixpath.relpath(target, posixpath.dirname(part))
        self.body[path] = text.replace(
            "</Relationships>",
            f'<Relationship Id="rId{index}" Type="{_OFFICE}/{kind}" '
            f'Target="{to}"/></Relationships>',
        ).encode()
        return f"rId{index}"

    # ---- sheets

    def add_hidden(self, name: str, lines: Sequence[str], names: Mapping[str, str]) -> None:
        """A sheet no program shows, with a text a row; and defined names. It stands last, so that
        no other sheet's number changes.
        """
        space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        rows = "".join(
            f'<row r="{number}"><c r="A{number}" '
            f't="inlineStr"><is><t>{escape(line)}</t></is></c></row>'
            for number, line in enumerate(lines, 1)
        )
        start = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        self.add_sheet(
            name,
            f'{start}<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>',
            "veryHidden",
        )
        self.add_names(names)

    def add_sheet(self, name: str, xml: str, state: str = "") -> None:
        """A sheet behind all others."""
        part = self.free("xl/worksheets/sheet1.xml")
        self.body[part] = xml.encode()
        self.typed(
            part, "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
        )
        rel = self.add_relation(self.main, "worksheet", part)
        tags = SHEET.findall(self.workbook)
        text = re.match(r"<(\w+:)?", tags[0]).group(1) or ""  # type: ignore[union-attr]
        number = max(int(attribute(tag, "sheetId") or 0) for tag in tags) + 1
        if state:
            shown = f' state="{state}"'
        else:
            shown = ""
        made = (
            f'<{text}sheet name={quoteattr(name)} sheetId="{number}"{shown} '
            f'xmlns:r="{_OFFICE}" r:id="{rel}"/>'
        )
        self.workbook = self.workbook.replace(tags[-1], tags[-1] + made, 1)
        self.sheets.append((name, part, rel))

    def add_names(self, names: Mapping[str, str]) -> None:
        """Defined names of the whole workbook: name → reference."""
        text = re.sub(r"<((?:\w+:)?definedNames)\s*/>", r"<\1></\1>", self.workbook)
        this_text = re.match(r"<(\w+:)?", SHEET.findall(text)[0]).group(1) or ""  # type: ignore[union-attr]
        said = "".join(
            f'<{this_text}definedName name="{key}">{escape(at)}</{this_text}definedName>'
            for key, at in names.items()
        )
        if "definedNames>" in text:
            text = re.sub(r"(?=</(?:\w+:)?definedNames>)", said.replace("\\", r"\\"), text, count=1)
        elif said:
            behind = re.search(
                rf"</{this_text}sheets>(\s*<{this_text}(functionGroups|externalReferences)\b.*?"
                rf"(/>|</{this_text}\2>))*",
                text,
                re.S,
            )
            assert behind
            text = (
                text[: behind.end()]
                + f"<{this_text}definedNames>{said}</{this_text}definedNames>"
                + text[behind.end() :]
            )
        self.workbook = text

    def set_state(self, sheet: int, hidden: bool) -> None:
        """Hides a sheet, or shows it."""
        rel = self.sheets[sheet][2]
        tag = next(
            word for word in SHEET.findall(self.workbook) if attribute(word, r"\w+:id") == rel
        )
        if (attribute(tag, "state") in ("hidden", "veryHidden")) == hidden:
            return
        if tag.endswith("/>"):
            ending = "/>"
        else:
            ending = tag[tag.index(">") :]
        start = tag[: -len(ending)].rstrip()
        self.workbook = self.workbook.replace(
            tag, with_attribute(start, "state", "hidden" if hidden else None) + ending, 1
        )

    def drop_map(self) -> None:
        """Takes out what our own workbooks carry unseen: it belongs to another version."""
        self.drop_names(lambda name: name.startswith(carried.NAME))
        found = next(
            (index for index, sheet in enumerate(self.sheets) if sheet[0] == carried.SHEET), None
        )
        if found is not None:
            self.drop_sheet(found)

    def drop_names(self, which: Callable[[str], bool]) -> None:
        """Takes out the defined names that fit."""
        text = NAME.sub(
            lambda match: (
                "" if which(unquoted(attribute(match.group(2), "name") or "")) else match.group(0)
            ),
            self.workbook,
        )
        text = re.sub(r"<(?:\w+:)?definedNames>\s*</(?:\w+:)?definedNames>", "", text)
        if text != self.workbook:
            self.workbook = text

    def drop_sheet(self, sheet: int) -> None:
        """Takes a sheet out with what only it has; names and the shown sheet of those behind it
        count one less.
        """
        _, part, rel = self.sheets[sheet]
        text = self.workbook
        tags = SHEET.findall(text)
        at = [attribute(tag, r"\w+:id") for tag in tags].index(rel)
        text = NAME.sub(lambda match: _less(match, at), text.replace(tags[at], "", 1))
        for what in ("activeTab", "firstSheet"):
            text = re.sub(
                rf'\b({what})="(\d+)"',
                lambda match: (
                    f'{match.group(1)}="'
                    f'{max(int(match.group(2)) - (int(match.group(2)) >= at), 0)}"'
                ),
                text,
            )
        self.workbook = text
        self.grids.pop(part, None)
        for _, kind, target in self.related(part):
            if kind in _OWN and target in self.body:
                del self.body[target]
                self._untyped(target)
        self.body.pop(self.rels(part), None)
        del self.sheets[sheet], self.body[part]
        self._unrelate(self.main, part)

    def _unrelate(self, owner: str, part: str) -> None:
        text = self.body[self.rels(owner)].decode("utf-8-sig")
        for rel, _, target in self.related(owner):
            if target == part:
                text = text.replace(
                    next(word for word in REL.findall(text) if attribute(word, "Id") == rel), ""
                )
        self.body[self.rels(owner)] = text.encode()
        self._untyped(part)

    def _untyped(self, part: str) -> None:
        types = self.body["[Content_Types].xml"].decode("utf-8-sig")
        self.body["[Content_Types].xml"] = re.sub(
            rf'<Override\b[^>]*PartName="/{re.escape(part)}"[^>]*/>', "", types
        ).encode()

    def drop_calculation(self) -> None:
        """The list of formula cells, which programs make anew when it is missing and call damage
        when it is wrong.
        """
        found = next(
            (
                text
                for _, kind, text in self.related(self.main)
                if kind == "calcChain" and text in self.body
            ),
            None,
        )
        if found and any(
            grid.has_formula() or grid.lost_formula
            for grid in (self.grid(index) for index in range(len(self.sheets)))
        ):
            del self.body[found]
            self._unrelate(self.main, found)

    # ---- rows

    def insert(self, sheet: int, inserts: Sequence[Insert]) -> Move:
        """Rows put in on a sheet; its drawings, comments, names, and formulas of other sheets
        follow.
        """
        name, part, _ = self.sheets[sheet]
        grid = self.grid(sheet)
        heights = (
            grid.default_height,
            {
                row: 0.0 if grid.is_hidden(row) else grid.height(row) or grid.default_height
                for row in grid.rows
            },
        )
        new = grid.insert(inserts, name)
        self._follow(part, new, heights, inserts)
        end = _end(inserts)

        def area(match: re.Match[str]) -> str:
            formula = unquoted(match.group(4))
            grows = (attribute(match.group(2), "name") or "").endswith("Print_Area")
            made = shifted(formula, "", name, new, end if grows else None)
            if made == formula:
                return match.group(0)
            return match.group(1) + match.group(2) + match.group(3) + escape(made) + match.group(5)

        text = NAME.sub(area, self.workbook)
        if text != self.workbook:
            self.workbook = text
        for index in range(len(self.sheets)):
            if index != sheet and self.grid(index).has_formula():
                self.grid(index).refer(name, new)
        self.drop_calculation()
        return new

    def cover(self, sheet: int, row: int) -> None:
        """Lets the print area of a sheet reach down to a row that was written."""

        def one(match: re.Match[str]) -> str:
            mine = attribute(match.group(2), "localSheetId") == str(at) and (
                attribute(match.group(2), "name") or ""
            ).endswith("Print_Area")
            if mine and "," not in match.group(4):
                last = re.fullmatch(r"(.*:\$?[A-Z]{1,3}\$?)(\d+)", match.group(4))
            else:
                last = None
            if last is None or int(last.group(2)) >= row:
                return match.group(0)
            return (
                match.group(1)
                + match.group(2)
                + match.group(3)
                + f"{last.group(1)}{row}"
                + match.group(5)
            )

        at = [attribute(word, r"\w+:id") for word in SHEET.findall(self.workbook)].index(
            self.sheets[sheet][2]
        )
        text = NAME.sub(one, self.workbook)
        if text != self.workbook:
            self.workbook = text

    def _follow(
        self,
        part: str,
        new: Move,
        heights: tuple[float, dict[int, float]],
        inserts: Sequence[Insert],
    ) -> None:
        for _, kind, target in self.related(part):
            if target not in self.body:
                continue
            text = self.body[target].decode("utf-8-sig")
            if kind == "drawing":
                made = re.sub(
                    r"(<(?:\w+:)?row>)(\d+)(</)",
                    lambda match: (
                        f"{match.group(1)}{new(int(match.group(2)) + 1) - 1}{match.group(3)}"
                    ),
                    text,
                )
                made = _absolute(made, heights, inserts)
            elif kind in ("comments", "threadedComment"):
                made = re.sub(
                    r'(<(?:\w+:)?(?:comment|threadedComment)\b[^>]*?\bref="[A-Z]+)(\d+)"',
                    lambda match: f'{match.group(1)}{new(int(match.group(2)))}"',
                    text,
                )
            elif kind == "vmlDrawing":
                made = re.sub(
                    r"(<x:Row>)(\d+)(</)",
                    lambda match: (
                        f"{match.group(1)}{new(int(match.group(2)) + 1) - 1}{match.group(3)}"
                    ),
                    text,
                )
                made = re.sub(
                    r"(<x:Anchor>)([^<]*)(</)",
                    lambda match: match.group(1) + _vml(match.group(2), new) + match.group(3),
                    made,
                )
            else:
                continue
            if made != text:
                self.body[target] = made.encode()

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
                old = self.infos.get(name)
                info = zipfile.ZipInfo(name, old.date_time if old else (1980, 1, 1, 0, 0, 0))
                if old:
                    info.compress_type = old.compress_type
                else:
                    info.compress_type = zipfile.ZIP_DEFLATED
                if old:
                    info.external_attr, info.create_system = (old.external_attr, old.create_system)
                else:
                    info.external_attr, info.create_system = (0o600 << 16, 0)
                archive.writestr(info, body)
        return out.getvalue()


def _rels_of(part: str) -> str:
    folder, name = posixpath.split(part)
    if folder:
        return f"{folder}/_rels/{name}.rels"
    return f"_rels/{name}.rels"


def unquoted(text: str) -> str:
    """A text of the markup as it is meant."""
    return (
        text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", '"')
        .replace("&apos;", "'")
        .replace("&amp;", "&")
    )


def _less(match: re.Match[str], at: int) -> str:
    said = attribute(match.group(2), "localSheetId")
    if said is None or int(said) < at:
        return match.group(0)
    if int(said) == at:
        return ""
    return (
        match.group(1)
        + re.sub(r'\blocalSheetId="\d+"', f'localSheetId="{int(said) - 1}"', match.group(2))
        + match.group(3)
        + match.group(4)
        + match.group(5)
    )


def _end(inserts: Sequence[Insert]) -> Move:
    new = moved(inserts)
    below: dict[int, int] = {}
    for insert in inserts:
        below[insert.after] = below.get(insert.after, 0) + insert.size
    return lambda row: new(row) + below.get(row, 0)


def _vml(anchor: str, new: Move) -> str:
    """Left column, offset, top row, offset, right column, offset, bottom row, offset."""
    said = []
    for x in anchor.split(","):
        said.append(x.strip())
    if len(said) == 8 and all(re.fullmatch(r"-?\d+", x) for x in said):
        for key in (2, 6):
            said[key] = str(new(int(said[key]) + 1) - 1)
    return ", ".join(said)


def _absolute(text: str, heights: tuple[float, dict[int, float]], inserts: Sequence[Insert]) -> str:
    """Drawings that stand at a distance from the top, not in a row, move down by what was put in
    above them.
    """
    usual, special = heights

    def top(row: int) -> float:
        return (row - 1) * usual + sum(value - usual for key, value in special.items() if key < row)

    def one(match: re.Match[str]) -> str:
        y = int(match.group(2))
        more = sum(
            (special.get(count, usual) if index not in insert.heights else insert.heights[index])
            for insert in inserts
            if top(insert.after + 1) * 12_700 <= y
            for index, count in enumerate(range(insert.first, insert.last + 1))
        )
        return f'{match.group(1)}{y + round(more * 12_700)}"'

    return re.sub(
        r'(<(?:\w+:)?absoluteAnchor\b[^>]*>\s*<(?:\w+:)?pos\b[^>]*?\by=")(-?\d+)"', one, text
    )
