"""The printed pack of a sitting as one PDF: our front pages and the pinned papers put together,
each page with its number, links there and back, bookmarks.

Knows PDFs as pages; nothing of councils or trees (see pdf_front for what stands on the front
pages). Page numbers of the pack run through all volumes, so that 「一式の57ページ」 is one page
however it was split.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pikepdf import (
    Array,
    Dictionary,
    Name,
    OutlineItem,
    Pdf,
    PikepdfError,
    String,
    make_page_destination,
)
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from ...domain.errors import PiaError
from .archive import archive, archived, labelled, lay
from .fonts import NO_OWN, OwnFonts, Typeface, typeface
from .joined import JoinedStructure
from .text import LINE, MARGIN, build, plain, style
from .upright import upright

# bytes of what a volume has besides its pages: typefaces of the stamps, outline, metadata
_SPARE = 90_000
_LARGE = 1.4142  # from A4 to A3
_LIST = 60_000  # of its own first page, with its typeface


@dataclass(frozen=True, slots=True)
class PackMaterial:
    """One material of the pack: its number (資料3-1; empty for the front pages), title and PDF;
    `back` says which cards cite a page (from 1) of it; `foreign`: somebody uploaded it.
    """

    number: str
    title: str
    data: bytes
    count: int
    back: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    foreign: bool = False


def part_of(number: str, title: str, data: bytes, *, foreign: bool = False) -> PackMaterial:
    """A finished PDF as a part; `foreign`: somebody uploaded it. PiaError where it cannot be
    opened."""
    try:
        with Pdf.open(io.BytesIO(data)) as pdf:
            count = len(pdf.pages)
            if foreign:
                data = upright(pdf, data)
    except PikepdfError as error:
        raise PiaError(
            f"{number}のPDFを開けないため、一式に綴じられません。"
            "パスワードなどを外したPDFに差し替えてください。"
        ) from error
    return PackMaterial(number, title, data, count, foreign=foreign)


def evened(part: PackMaterial) -> PackMaterial:
    """A part with a blank page behind it where it has an odd number of pages."""
    if part.count % 2 == 0:
        return part
    with Pdf.open(io.BytesIO(part.data)) as pdf:
        _, _, width, height = map(float, pdf.pages[-1].mediabox)
        pdf.add_blank_page(page_size=(width, height))
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
    return replace(part, data=out.getvalue(), count=part.count + 1)


@dataclass(frozen=True, slots=True)
class Link:
    """A place on a page of the front (from 1; left, bottom, right, top) that leads to a page of
    part number `part` (0 is the front).
    """

    page: int
    box: tuple[float, float, float, float]
    part: int
    to: int


@dataclass(frozen=True, slots=True)
class Pack:
    """All there is to put together: the front first. `cards` maps a card's number to its page in
    the front; `marks` are bookmarks of the front (title, page, level).
    """

    title: str
    parts: tuple[PackMaterial, ...]
    links: tuple[Link, ...]
    cards: Mapping[int, int]
    marks: tuple[tuple[str, int, int], ...] = ()

    def first(self, part: int) -> int:
        """The pack's number of a part's first page."""
        return 1 + sum(before.count for before in self.parts[:part])

    @property
    def total(self) -> int:
        """The pages of all parts."""
        return sum(part.count for part in self.parts)


# A run of pages of one part: its index, and from which page to before which (from 0).
Slice = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Volume:
    """One file of the pack: its bytes, and what is in it, in words."""

    data: bytes
    holds: tuple[str, ...]


def bind(
    pack: Pack, *, limit: int | None = None, own: OwnFonts = NO_OWN, large: bool = False
) -> tuple[Volume, ...]:
    """The pack as one file, or as volumes of at most `limit` bytes each: whole materials together
    where they fit; `large`: every sheet on A3, type and figures √2 times as high. PiaError when one
    page alone is larger.
    """
    face = typeface(_words(pack), own)
    stamps = _stamps(pack, face)  # the face is forgotten with this document
    whole: list[Slice] = [(index, 0, part.count) for index, part in enumerate(pack.parts)]
    if limit is None:
        return (Volume(_assemble(pack, whole, stamps, large=large), _holds(pack, whole)),)
    volumes = _shared(pack, whole, limit)
    index = 0
    while index < len(volumes):
        if len(_assemble(pack, volumes[index], stamps, checked=False)) + _LIST > limit:
            volumes[index : index + 1] = _halves(pack, volumes[index], limit)
        else:
            index += 1
    bound = []
    for volume, front in zip(volumes, _lists(pack, volumes, own)):
        bound.append(
            Volume(_assemble(pack, volume, stamps, front, large=large), _holds(pack, volume))
        )
    return tuple(bound)


def _halves(pack: Pack, volume: list[Slice], limit: int) -> list[list[Slice]]:
    """A volume that came out too large as two: between materials where there are several, else in
    the middle of the one.
    """
    if len(volume) > 1:
        cut = len(volume) // 2 or 1
        return [volume[:cut], volume[cut:]]
    part, begins, ends = volume[0]
    if ends - begins < 2:
        called = pack.parts[part].number or "表紙とカード"
        raise PiaError(
            f"{called}の1ページだけで、指定の大きさ（{limit / 1_000_000:g}MB）を超えます。"
            "--split-mb を大きくしてください。"
        )
    middle = (begins + ends) // 2
    return [[(part, begins, middle)], [(part, middle, ends)]]


def _shared(pack: Pack, whole: Sequence[Slice], limit: int) -> list[list[Slice]]:
    """Materials dealt over volumes in their order, as many in each as are likely to fit."""
    out: list[list[Slice]] = [[]]
    used = 0
    for part in whole:
        size = len(pack.parts[part[0]].data)
        if out[-1] and used + size + _SPARE > limit:
            out.append([])
            used = 0
        out[-1].append(part)
        used += size
    return out


def _words(pack: Pack) -> list[str]:
    """All that stamps and lists print, for their typeface."""
    words = [pack.title, "一式カード／ページ分冊収録資料表紙とから0123456789←→頁"]
    for part in pack.parts:
        words += [part.number, part.title]
    return words


def _stamps(pack: Pack, face: Typeface) -> bytes:
    """A page for every page of the pack with what is to be laid over it: its material's number and
    page, the pack's number, the way back to the cards.
    """
    out = io.BytesIO()
    canvas = Canvas(out, initialFontName=face.regular, invariant=1)
    total = pack.total
    count = 0
    for index, part in enumerate(pack.parts):
        for number, (width, height) in enumerate(_sizes(part.data), 1):
            count += 1
            canvas.setPageSize((width, height))
            canvas.setFont(face.regular, 8)
            canvas.drawRightString(width - MARGIN, 9 * mm, f"一式 {count} / {total}")
            if index:
                _stamp(canvas, face, part, number, (width, height))
            canvas.showPage()
    canvas.save()
    return out.getvalue()


def _stamp(
    canvas: Canvas, face: Typeface, part: PackMaterial, page: int, size: tuple[float, float]
) -> None:
    """The number of a material and of its page in a box above, the ways back below."""
    width, height = size
    words = f"{' '.join(part.number.split())}　{page}ページ"
    canvas.setFont(face.bold, 9.5)
    wide = canvas.stringWidth(words, face.bold, 9.5) + 12
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.7)
    canvas.rect(width - MARGIN - wide, height - 9.7 * mm, wide, 13)
    canvas.drawString(width - MARGIN - wide + 6, height - 9.7 * mm + 3.2, words)
    for way, x, _ in _back(part, page):
        canvas.setFont(face.bold, 9)
        canvas.drawString(x, 9 * mm, way)


def _back(part: PackMaterial, page: int) -> list[tuple[str, float, int]]:
    """The ways back at the foot of a page: words, where they begin, which card."""
    rows = []
    for index, card in enumerate(part.back.get(page, ())[:4]):
        rows.append((f"← カード{card}", MARGIN + 58.0 * index, card))
    return rows


def _sizes(data: bytes) -> Iterator[tuple[float, float]]:
    """Width and height of every page, in points."""
    with Pdf.open(io.BytesIO(data)) as pdf:
        for page in pdf.pages:
            left, bottom, right, top = map(float, page.mediabox)
            yield right - left, top - bottom


def _holds(pack: Pack, volume: Iterable[Slice]) -> tuple[str, ...]:
    """What a volume has in it, in words: each material with its pages."""
    out = []
    for index, begins, ends in volume:
        part = pack.parts[index]
        first = pack.first(index)
        called = part.title
        if part.number:
            called = f"{part.number}　{part.title}"
        piece = ""
        if ends - begins != part.count:
            piece = f"（{begins + 1}から{ends}ページまで）"
        out.append(f"{called}{piece}　一式の{first + begins}－{first + ends - 1}ページ")
    return tuple(out)


def _lists(pack: Pack, volumes: Sequence[Sequence[Slice]], own: OwnFonts) -> list[bytes]:
    """The first page of each volume: which it is, and what every volume holds."""
    if len(volumes) == 1:
        return [b""]
    words = [*_words(pack), "分冊この"]
    for volume in volumes:
        words += _holds(pack, volume)
    return [_list(pack, volumes, index, typeface(words, own)) for index in range(len(volumes))]


def _list(pack: Pack, volumes: Sequence[Sequence[Slice]], index: int, face: Typeface) -> bytes:
    """The first page of volume `index` (from 0)."""
    bold = style(face, 11, bold=True, tag="H3")
    story: list[Any] = plain(pack.title, style(face, 13, bold=True, tag="H1"))
    story += plain(f"分冊 {index + 1} / {len(volumes)}", style(face, 16, bold=True, tag="H2"))
    for number, volume in enumerate(volumes):
        here = ""
        if number == index:
            here = "（この分冊）"
        story += plain(f"\n分冊{number + 1}{here}", bold)
        story += plain("\n".join(_holds(pack, volume)), style(face, 10))
    return build(story, face, title=pack.title, header=f"{pack.title}　分冊{index + 1}")


def _assemble(
    pack: Pack,
    volume: Sequence[Slice],
    stamps: bytes,
    front: bytes = b"",
    *,
    checked: bool = True,
    large: bool = False,
) -> bytes:
    """One volume: pages, stamps, links within it, bookmarks, labels; valid PDF/A-3b, or only as
    large as it will be where it is not to be `checked`. A document somebody uploaded may lack what
    PDF/A asks for (its typefaces): then the volume is a plain PDF and says nothing else.
    """
    work = _Volume(pack, stamps)
    try:
        if front:
            work.put_front(front)
        for part, begins, ends in volume:
            work.put_part(part, begins, ends)
        work.link()
        work.structure.end()
        _bookmarks(work.out, pack, work.marks, work.at)
        work.out.docinfo[Name.Title] = String(pack.title)
        day = String("D:20000101000000+00'00'")
        work.out.docinfo[Name.CreationDate] = day
        work.out.docinfo[Name.ModDate] = day
        if large:
            _enlarge(work.out)
        if checked and all(_archival(pack.parts[part]) for part, _, _ in volume):
            return archived(work.out, labels=work.labels)
        if checked:
            return labelled(work.out, work.labels)
        rough = io.BytesIO()
        work.out.save(rough)
        return rough.getvalue()
    finally:
        for pdf in (*work.opened, work.out):
            pdf.close()


def _archival(part: PackMaterial) -> bool:
    """Whether a part may stand in a PDF/A: our own always do, an uploaded one where it holds."""
    if not part.foreign:
        return True
    try:
        archive(part.data)
    except AssertionError:
        return False
    return True


def _enlarge(out: Pdf) -> None:
    """Every page √2 times as wide and high: A4 becomes A3."""
    for page in out.pages:
        page.contents_add(out.make_stream(f"q {_LARGE} 0 0 {_LARGE} 0 0 cm".encode()), prepend=True)
        page.contents_add(out.make_stream(b"Q"))
        for name in (Name.MediaBox, Name.CropBox, Name.TrimBox, Name.BleedBox, Name.ArtBox):
            if name in page:
                page[name] = _times(page[name])
        for note in page.get(Name.Annots, []):
            note.Rect = _times(note.Rect)
            if Name.Dest in note:
                note.Dest[3] = float(note.Dest[3]) * _LARGE


def _times(box: Any) -> Array:
    return Array([round(float(length) * _LARGE, 2) for length in box])


class _Volume:
    """A volume being put together. `at`: (part, its page from 1) → index of the page here; `marks`:
    the bookmarks of each part; `opened`: every file to be closed at the end.
    """

    def __init__(self, pack: Pack, stamps: bytes):
        self.pack = pack
        self.out = Pdf.new()
        self.stamps = Pdf.open(io.BytesIO(stamps))
        self.opened = [self.stamps]
        self.structure = JoinedStructure(self.out)
        self.at: dict[tuple[int, int], int] = {}
        self.labels: dict[int, str] = {}
        self.marks: list[tuple[int, list[tuple[str, int, int]]]] = []
        # Links within a part: (part, page, box, page it leads to).
        self._inner: list[tuple[int, int, list[float], int]] = []

    def put_front(self, data: bytes) -> None:
        """The page that says which volume it is."""
        front = Pdf.open(io.BytesIO(data))
        self.opened.append(front)
        self.out.pages.extend(front.pages)
        self.structure.add(front, "分冊", list(self.out.pages))
        self.labels[1] = "分冊 "

    def put_part(self, part: int, begins: int, ends: int) -> None:
        """The pages of a part from index `begins` to `ends`, each with its stamp."""
        source = Pdf.open(io.BytesIO(self.pack.parts[part].data))
        self.opened.append(source)
        number = {page.objgen: nth for nth, page in enumerate(source.pages, 1)}
        self.marks.append((part, _outline(source, number)))
        label = ""
        if part:
            label = f"{self.pack.parts[part].number} "
        self.labels[len(self.out.pages) + 1] = label
        taken = []
        for index in range(begins, ends):
            page = source.pages[index]
            self._note_links(part, index + 1, page, number)
            if Name.Annots in page:
                del page[Name.Annots]
            self.at[part, index + 1] = len(self.out.pages)
            self.out.pages.append(page)
            taken.append(self.out.pages[-1])
            stamp = self.stamps.pages[self.pack.first(part) - 1 + index]
            lay(self.out, self.out.pages[-1], stamp, "Stamp")
        material = self.pack.parts[part]
        called = f"{material.number}　{material.title}".strip("　")
        self.structure.add(source, called, taken, foreign=material.foreign)

    def _note_links(self, part: int, nth: int, page: Any, number: Mapping[Any, int]) -> None:
        for note in page.get(Name.Annots, []):
            target = None
            if Name.Dest in note and isinstance(note.Dest, Array):
                target = number.get(note.Dest[0].objgen)
            if target:
                box = list(map(float, note.Rect))
                self._inner.append((part, nth, box, target))

    def link(self) -> None:
        """All links, once every page has its place: of the front, within the parts, back."""
        for link in self.pack.links:
            self._link((0, link.page), link.box, (link.part, link.to))
        for part, nth, box, target in self._inner:
            self._link((part, nth), box, (part, target))
        for part, nth in list(self.at):
            for _, x, card in _back(self.pack.parts[part], nth):
                box = [x - 2, 9 * mm - 3, x + 54, 9 * mm + 10]
                self._link((part, nth), box, (0, self.pack.cards[card]))

    def _link(self, page: tuple[int, int], box: Sequence[float], target: tuple[int, int]) -> None:
        _link(self.out, self.at.get(page), box, self.at.get(target))


def _link(out: Pdf, page: int | None, box: Sequence[float], target: int | None) -> None:
    """A link on a page, unless its target stands in another volume."""
    if page is None or target is None:
        return
    note = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Link,
        Rect=Array([round(length, 2) for length in box]),
        Border=Array([0, 0, 0]),
        F=4,
    )
    note.Dest = Array([out.pages[target].obj, Name.XYZ, 0, float(out.pages[target].mediabox[3]), 0])
    linked = out.pages[page]
    if Name.Annots not in linked:
        linked.Annots = out.make_indirect(Array([]))
    linked.Annots.append(out.make_indirect(note))


def _outline(source: Pdf, number: Mapping[Any, int]) -> list[tuple[str, int, int]]:
    """The bookmarks of a part: (title, page from 1, depth)."""
    out: list[tuple[str, int, int]] = []

    def level(items: Any, depth: int) -> None:
        for item in items:
            dest = item.destination
            if isinstance(dest, Array) and len(dest):
                page = number.get(dest[0].objgen)
            else:
                page = None
            if page:
                out.append((item.title, page, depth))
            level(item.children, depth + 1)

    with source.open_outline() as outline:
        level(outline.root, 0)
    return out


def _bookmarks(
    out: Pdf,
    pack: Pack,
    marks: Sequence[tuple[int, list[tuple[str, int, int]]]],
    at: Mapping[tuple[int, int], int],
) -> None:
    """The outline of a volume: the front's own bookmarks, then each material with those it came
    with one level below it. A bookmark whose page stands in another volume is left out.
    """
    with out.open_outline() as outline:
        for part, inside in marks:
            if part == 0:
                entries = list(pack.marks)
            else:
                entries = [_head(pack.parts[part], part, at)]
                for title, page, depth in inside:
                    entries.append((title, page, depth + 1))
            # The bookmarks the next one may stand under, from the outermost.
            open_: list[Any] = []
            for title, page, depth in entries:
                if (part, page) not in at:
                    continue
                item = OutlineItem(title, make_page_destination(out, at[part, page]))
                item.is_closed = True
                depth = min(depth, len(open_))
                above = outline.root
                if depth:
                    above = open_[depth - 1].children
                above.append(item)
                open_[depth:] = [item]


def _head(
    material: PackMaterial, part: int, at: Mapping[tuple[int, int], int]
) -> tuple[str, int, int]:
    """The bookmark of a material: at its first page in this volume."""
    first = next((page for number, page in at if number == part), 1)
    return f"{material.number}　{material.title}".strip("　"), first, 0
