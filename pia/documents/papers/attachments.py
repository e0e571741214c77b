"""起案添付資料: the papers of one internal decision, numbered 添付1, 添付2 …, as one PDF or as a
zip, with a list and the schedule in front.

Knows PDF pages and zips. Must not know what a decision is about. Equal input gives equal bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import pikepdf
from pikepdf import OutlineItem
from reportlab.pdfgen.canvas import Canvas

from ..pdf import tags
from ..pdf.fonts import Typeface, typeface
from ..pdf.joined import JoinedStructure
from ..pdf.upright import upright
from ..word.model import Item, PaperCell, PaperTable, Para, Run, WrittenPaper, cell, para

_HEAD = "E4E9EF"


@dataclass(frozen=True, slots=True)
class Attachment:
    """One paper of the set: its title and its PDF, or a file of any other kind under its `name`,
    which no page of the set can show. `foreign`: somebody handed it in."""

    title: str
    data: bytes
    name: str = ""
    foreign: bool = False

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
            if readable:
                data = upright(pdf, data)
    except (pikepdf.PikepdfError, ValueError):
        readable = False
    if readable:
        return Attachment(title, data, foreign=True)
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
    rows = [_heads("番号", "題名", "ページ数")]
    for number, attachment in enumerate(attachments, 1):
        pages = cell(_size(attachment), align="right")
        rows.append((cell(f"添付{number}"), cell(attachment.title), pages))
    steps = [_heads("評価書", "手続", "予定・期限", "実施した日")]
    for row in schedule:
        steps.append(tuple(map(cell, row)))
    state = "決裁前（空欄は、決裁までに記入する。）"
    if decision.decided:
        state = "決裁済み"
    items: list[Item] = [
        para(f"起案添付一覧　{title}", bold=True, size=14.0, align="center", after=6.0, level=1),
        para(state, align="right", after=2.0),
        PaperTable((66.0, 174.5, 66.0, 174.5), tuple(_head(decision))),
    ]
    if decision.clashes:
        items.append(_heading("日付の食い違い（決裁の前に確かめること）", 8.0))
        for clash in decision.clashes:
            items.append(Para((Run(f"・{clash}"),), left=10.5, first=-10.5))
    items += [
        _heading("１　添付する文書", 8.0),
        PaperTable((56.0, 345.0, 80.0), tuple(rows), heads=1),
        _heading("２　日程", 10.0),
        PaperTable((166.0, 95.0, 130.0, 90.0), tuple(steps), heads=1),
    ]
    return WrittenPaper(f"起案添付一覧　{title}", tuple(items))


def _heading(words: str, before: float) -> Para:
    return para(words, bold=True, before=before, after=2.0, level=2, keep=True)


def _heads(*words: str) -> tuple[PaperCell, ...]:
    return tuple(cell(head, bold=True, shade=_HEAD, align="center") for head in words)


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
        (name, words), (name2, words2) = [*decision.rows[index : index + 2], ("", "")][:2]
        left = (cell(name, bold=True, shade=_HEAD), cell(words))
        out.append((*left, cell(name2, bold=True, shade=_HEAD), cell(words2)))
    return out


def zipped(first: bytes, attachments: Sequence[Attachment]) -> bytes:
    """A zip: the list, then the papers under their numbers."""
    out = io.BytesIO()
    files = [("00_起案添付一覧.pdf", first)]
    for number, attachment in enumerate(attachments, 1):
        files.append((_file(number, attachment), attachment.data))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return out.getvalue()


def _file(number: int, a: Attachment) -> str:
    kind = "pdf"
    if a.name:
        kind = a.name.rpartition(".")[2].lower()
    return f"添付{number:02}_{_safe(a.title)}.{kind}"


def _safe(title: str) -> str:
    """A title without what a file's name may not have."""
    return re.sub(r'[\\/:*?"<>|]', "＿", title)


def merged(first: bytes, attachments: Sequence[Attachment], title: str) -> bytes:
    """One PDF with an outline; every page of an attachment bears its number at the upper right."""
    out = io.BytesIO()
    whole = pikepdf.new()
    structure = JoinedStructure(whole)
    with pikepdf.open(io.BytesIO(first)) as pdf:
        whole.pages.extend(pdf.pages)
        structure.add(pdf, title, list(whole.pages))
    marks = [("起案添付一覧", 0)]
    face = typeface(["添付"])
    for number, attachment in enumerate(attachments, 1):
        if attachment.name:  # a file of another kind goes beside the set
            continue
        marks.append((f"添付{number}　{attachment.title}", len(whole.pages)))
        with pikepdf.open(io.BytesIO(attachment.data)) as pdf:
            begin = len(whole.pages)
            whole.pages.extend(pdf.pages)
            taken = list(whole.pages)[begin:]
            structure.add(pdf, attachment.title, taken, foreign=attachment.foreign)
        _numbered(whole, range(begin, len(whole.pages)), f"添付{number}", face)
    with whole.open_outline() as outline:
        outline.root.extend(OutlineItem(words, at) for words, at in marks)
    structure.end()
    whole.docinfo["/Title"] = title
    whole.Root.Lang = pikepdf.String("ja-JP")
    whole.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
    whole.save(out, deterministic_id=True)
    return out.getvalue()


def _numbered(whole: pikepdf.Pdf, pages: range, words: str, face: Typeface) -> None:
    """Puts the number on every page; pages of one size share one drawing."""
    sizes: dict[tuple[float, float], pikepdf.Object] = {}
    for count in pages:
        box = whole.pages[count].mediabox
        size = (float(box[2]) - float(box[0]), float(box[3]) - float(box[1]))
        if size not in sizes:
            with pikepdf.open(io.BytesIO(_label(words, *size, face))) as over:
                sizes[size] = whole.copy_foreign(over.pages[0].as_form_xobject())
        page = whole.pages[count]
        name = page.add_resource(sizes[size], pikepdf.Name.XObject, pikepdf.Name("/PiaNumber"))
        page.contents_add(b"q\n", prepend=True)
        page.contents_add(f"Q\n{tags.FURNITURE}\nq {name} Do Q\n{tags.END}\n".encode())


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
