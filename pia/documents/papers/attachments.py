"""起案添付一式: the papers of one internal decision, numbered 添付1, 添付2 …, as one PDF or as a
zip, with a list and the schedule in front.

Knows PDF pages and zips. Must not know what a decision is about. Equal input gives equal bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import pikepdf
from pikepdf import OutlineItem
from reportlab.pdfgen.canvas import Canvas

from ..pdf.fonts import Typeface, release, typeface
from ..word.model import Item, PaperCell, PaperTable, Para, Run, WrittenPaper, cell, para

_HEAD = "E4E9EF"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One paper of the set: its title and its PDF, or a file of any other kind under its `name`,
    which no page of the set can show."""

    title: str
    data: bytes
    name: str = ""

    @property
    def pages(self) -> int:
        """How many pages it takes in the set; 0 for a file that is no PDF."""
        if self.name:
            return 0
        with pikepdf.open(io.BytesIO(self.data)) as pdf:
            return len(pdf.pages)


def attached(title: str, data: bytes, name: str) -> Attachment:
    """A file somebody handed in: bound in as pages where it is a PDF that can be read, else as the
    file it is."""
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            readable = name.lower().endswith(".pdf") and len(pdf.pages) > 0
    except (pikepdf.PdfError, ValueError):
        readable = False
    if readable:
        return Attachment(title, data)
    return Attachment(title, data, name)


@dataclass(frozen=True, slots=True)
class DecisionHead:
    """The head of an internal decision: its rows (name, words; a blank is filled by hand), whether
    it was decided, and dates that contradict each other."""

    subject: str
    rows: tuple[tuple[str, str], ...]
    decided: bool
    clashes: tuple[str, ...] = ()


def cover(
    title: str,
    decision: DecisionHead,
    attachments: Sequence[Attachment],
    schedule: Sequence[tuple[str, str, str, str]],
) -> WrittenPaper:
    """The head, the list and the schedule. `schedule` rows: document, step, due, done."""
    rows = [
        tuple(
            cell(head, bold=True, shade=_HEAD, align="center")
            for head in ("番号", "題名", "ページ数")
        )
    ]
    rows += [
        (cell(f"添付{number}"), cell(attachment.title), cell(_size(attachment), align="right"))
        for number, attachment in enumerate(attachments, 1)
    ]
    steps = [
        tuple(
            cell(head, bold=True, shade=_HEAD, align="center")
            for head in ("評価書", "手続", "予定・期限", "実施した日")
        )
    ]
    steps += [tuple(map(cell, row)) for row in schedule]
    items: list[Item] = [
        para(f"起案添付一覧　{title}", bold=True, size=14.0, align="center", after=6.0, level=1),
        para(
            "決裁済み" if decision.decided else "決裁前（空欄は、決裁までに記入する。）",
            align="right",
            after=2.0,
        ),
        PaperTable((66.0, 174.5, 66.0, 174.5), tuple(_head(decision))),
    ]
    if decision.clashes:
        items += [
            para(
                "日付の食い違い（決裁の前に確かめること）",
                bold=True,
                before=8.0,
                after=2.0,
                level=2,
                keep=True,
            ),
            *(Para((Run(f"・{x}"),), left=10.5, first=-10.5) for x in decision.clashes),
        ]
    items += [
        para("１　添付する文書", bold=True, before=8.0, after=2.0, level=2, keep=True),
        PaperTable((56.0, 345.0, 80.0), tuple(rows), heads=1),
        para("２　日程", bold=True, before=10.0, after=2.0, level=2, keep=True),
        PaperTable((166.0, 95.0, 130.0, 90.0), tuple(steps), heads=1),
    ]
    return WrittenPaper(f"起案添付一覧　{title}", tuple(items))


def _size(a: Attachment) -> str:
    if a.name:
        return "別ファイル"
    return f"{a.pages}ページ"


def _head(decision: DecisionHead) -> list[tuple[PaperCell, ...]]:
    """件名 over the whole width, then two facts a row."""
    out: list[tuple[PaperCell, ...]] = [
        (cell("件名", bold=True, shade=_HEAD), cell(decision.subject, span=3))
    ]
    for index in range(0, len(decision.rows), 2):
        here = [*decision.rows[index : index + 2], ("", "")][:2]
        out.append(
            tuple(
                x for name, words in here for x in (cell(name, bold=True, shade=_HEAD), cell(words))
            )
        )
    return out


def zipped(first: bytes, attachments: Sequence[Attachment]) -> bytes:
    """A zip: the list, then the papers under their numbers."""
    out = io.BytesIO()
    files = [
        ("00_起案添付一覧.pdf", first),
        *(
            (_file(number, attachment), attachment.data)
            for number, attachment in enumerate(attachments, 1)
        ),
    ]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return out.getvalue()


def _file(number: int, a: Attachment) -> str:
    if a.name:
        kind = a.name.rpartition(".")[2].lower()
    else:
        kind = "pdf"
    return f"添付{number:02}_{_safe(a.title)}.{kind}"


def _safe(title: str) -> str:
    return "".join("＿" if each_cell in '\\/:*?"<>|' else each_cell for each_cell in title)


def merged(first: bytes, attachments: Sequence[Attachment], title: str) -> bytes:
    """One PDF with an outline; every page of an attachment bears its number at the upper right."""
    out = io.BytesIO()
    made = pikepdf.new()
    with pikepdf.open(io.BytesIO(first)) as pdf:
        made.pages.extend(pdf.pages)
    marks = [("起案添付一覧", 0)]
    face = typeface(["添付"])
    for number, attachment in enumerate(attachments, 1):
        if attachment.name:  # a file of another kind goes beside the set
            continue
        marks.append((f"添付{number}　{attachment.title}", len(made.pages)))
        with pikepdf.open(io.BytesIO(attachment.data)) as pdf:
            begin = len(made.pages)
            made.pages.extend(pdf.pages)
        _numbered(made, range(begin, len(made.pages)), f"添付{number}", face)
    release(face)
    with made.open_outline() as outline:
        outline.root.extend(OutlineItem(words, at) for words, at in marks)
    made.docinfo["/Title"] = title
    made.Root.Lang = pikepdf.String("ja")
    made.save(out, deterministic_id=True)
    return out.getvalue()


def _numbered(made: pikepdf.Pdf, pages: range, words: str, face: Typeface) -> None:
    """Puts the number on every page; pages of one size share one drawing."""
    sizes: dict[tuple[float, float], pikepdf.Object] = {}
    for count in pages:
        box = made.pages[count].mediabox
        size = (float(box[2]) - float(box[0]), float(box[3]) - float(box[1]))
        if size not in sizes:
            with pikepdf.open(io.BytesIO(_label(words, *size, face))) as over:
                sizes[size] = made.copy_foreign(over.pages[0].as_form_xobject())
        page = made.pages[count]
        name = page.add_resource(sizes[size], pikepdf.Name.XObject, pikepdf.Name("/PiaNumber"))
        page.contents_add(b"q\n", prepend=True)
        page.contents_add(f"Q\nq {name} Do Q\n".encode())


def _label(words: str, w: float, h: float, face: Typeface) -> bytes:
    """A page that is empty but for its number in a box."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(w, h), invariant=1, initialFontName=face.bold)
    canvas.setFont(face.bold, 11)
    wide = canvas.stringWidth(words, face.bold, 11) + 12
    canvas.rect(w - 30 - wide, h - 30, wide, 18, stroke=1, fill=0)
    canvas.drawCentredString(w - 30 - wide / 2, h - 25, words)
    canvas.save()
    return out.getvalue()
