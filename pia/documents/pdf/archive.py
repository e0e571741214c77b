"""Makes a PDF the archival kind, PDF/A-3b: output intent, metadata, the machine-readable document
attached, page labels; and validates what it made.

Knows the PDF format through pikepdf; nothing of what is printed. Equal input gives equal bytes: no
clock, no random identifier.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pikepdf import Array, AttachedFileSpec, Dictionary, Name, Page, Pdf, String, pdfa

from . import tags

FLAVOUR = "3b"
_THEN = "D:20000101000000Z"
_THEN_XMP = "2000-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Attached:
    """A file carried inside: the document as data beside the document as paper."""

    name: str
    data: bytes
    mime: str
    about: str


@dataclass(frozen=True, slots=True)
class PlacedPdf:
    """A finished one-page PDF to be shown on a page (from 1) within left, bottom, right, top in
    points; `mark` is the operator that begins its mark in the structure.
    """

    page: int
    box: tuple[float, float, float, float]
    data: bytes
    mark: str = tags.FURNITURE


def archive(
    data: bytes,
    *,
    attached: Sequence[Attached] = (),
    labels: Mapping[int, str] | None = None,
    placed: Sequence[PlacedPdf] = (),
) -> bytes:
    """The PDF as valid PDF/A-3b. `labels` maps the page (from 1) where a run of pages begins to the
    words before its own numbers from 1 (資料3-1 ). AssertionError when the result does not
    validate: that is our mistake, never a person's.
    """
    with Pdf.open(io.BytesIO(data)) as pdf:
        return archived(pdf, attached=attached, labels=labels, placed=placed)


def carrying(data: bytes, attached: Attached) -> bytes:
    """A PDF as it is, with one file carried inside. Equal input gives equal bytes."""
    with Pdf.open(io.BytesIO(data)) as pdf:
        pdf.attachments[attached.name] = _spec(pdf, attached)
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
        return out.getvalue()


def _spec(pdf: Pdf, a: Attached) -> AttachedFileSpec:
    return AttachedFileSpec(
        pdf,
        a.data,
        description=a.about,
        filename=a.name,
        mime_type=a.mime,
        relationship=Name.Source,
        creation_date=_THEN,
        mod_date=_THEN,
    )  # type: ignore[call-arg]


def archived(
    pdf: Pdf,
    *,
    attached: Sequence[Attached] = (),
    labels: Mapping[int, str] | None = None,
    placed: Sequence[PlacedPdf] = (),
) -> bytes:
    """The same for an open document; it is changed."""
    _direct(pdf)
    pdf.Root.Lang = String("ja-JP")
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    for page in pdf.pages:
        if Name.Trans in page:
            del page[Name.Trans]
    for drawing in placed:
        with Pdf.open(io.BytesIO(drawing.data)) as drawn:
            page = pdf.pages[drawing.page - 1]
            lay(pdf, page, drawn.pages[0], "Drawing", drawing.box, drawing.mark)
    for file in attached:
        pdf.attachments[file.name] = _spec(pdf, file)
    _label(pdf, labels)
    pdfa.prepare(pdf, FLAVOUR)
    _date(pdf)
    out = io.BytesIO()
    try:
        pdfa.save(pdf, out, FLAVOUR, repair=False, deterministic_id=True)
    except pdfa.PdfaError as error:
        raise AssertionError(f"not valid PDF/A-{FLAVOUR}: {error}") from error
    return out.getvalue()


def labelled(pdf: Pdf, labels: Mapping[int, str]) -> bytes:
    """An open document with its language and page labels, claiming no archival kind: it holds what
    somebody else made. Equal input gives equal bytes."""
    pdf.Root.Lang = String("ja-JP")
    pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    _label(pdf, labels)
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True)
    return out.getvalue()


def _label(pdf: Pdf, labels: Mapping[int, str] | None) -> None:
    """`labels`: the page (from 1) where a run begins → the words before its own numbers."""
    runs = Array([])
    for start, words in sorted((labels or {1: ""}).items()):
        runs.append(start - 1)
        if words:
            runs.append(Dictionary(S=Name.D, P=String(words)))
        else:
            runs.append(Dictionary(S=Name.D))
    pdf.Root.PageLabels = Dictionary(Nums=runs)


def lay(
    pdf: Pdf,
    page: Page,
    over: Page,
    name: str,
    box: tuple[float, float, float, float] | None = None,
    mark: str = tags.FURNITURE,
) -> None:
    """Shows a page of another document on top of a page, whole or within a box, in a mark of the
    structure. (pikepdf's own
    overlays get names by chance; equal input must give equal bytes.)
    """
    _show(page, pdf.copy_foreign(over.as_form_xobject()), over, name, box, mark)


def _show(
    page: Page,
    form: Any,
    over: Page,
    name: str,
    box: tuple[float, float, float, float] | None = None,
    mark: str = tags.FURNITURE,
) -> None:
    """Draws a form made of the page `over` on top of a page."""
    left, bottom, right, top = map(float, over.mediabox)
    x1, y1, x2, y2 = box or (left, bottom, right, top)
    wider = (x2 - x1) / (right - left)
    higher = (y2 - y1) / (top - bottom)
    known = page.Resources.get(Name.XObject, Dictionary())
    index = 0
    while Name(f"/{name}{index}") in known:
        index += 1
    label = Name(f"/{name}{index}")
    page.add_resource(form, Name.XObject, label)
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(
        f"\nQ\n{mark}\nq {wider:.5f} 0 0 {higher:.5f} {x1 - left * wider:.3f} "
        f"{y1 - bottom * higher:.3f} cm {label} Do Q\n{tags.END}\n".encode()
    )


def laid_over(pdf: Pdf, stamps: bytes, which: Sequence[int]) -> bytes:
    """An open document with a page of `stamps` over each of its pages (`which`, from 0), and
    everything else as it was; a stamp of many pages stands in the file once. Equal input gives
    equal bytes. AssertionError when a valid PDF/A does not stay one."""
    with Pdf.open(io.BytesIO(stamps)) as over:
        forms = [pdf.copy_foreign(stamp.as_form_xobject()) for stamp in over.pages]
        for page, index in zip(pdf.pages, which, strict=True):
            _show(page, forms[index], over.pages[index], "Class")
        out = io.BytesIO()
        if Name.OutputIntents not in pdf.Root:
            pdf.save(out, deterministic_id=True)
            return out.getvalue()
        try:
            pdfa.save(pdf, out, FLAVOUR, repair=False, deterministic_id=True)
        except pdfa.PdfaError as error:
            raise AssertionError(f"not valid PDF/A-{FLAVOUR}: {error}") from error
        return out.getvalue()


def _direct(pdf: Pdf) -> None:
    """Links and outline entries point at pages instead of names, so that pages can be taken into
    another document with what points at them.
    """
    names = pdf.Root.get(Name.Dests)
    if names is None:
        return

    def settle(entry: Any) -> None:
        dest = entry.get(Name.Dest)
        if isinstance(dest, Name) and dest in names:
            entry.Dest = names[dest]

    for page in pdf.pages:
        for note in page.get(Name.Annots, []):
            settle(note)
    waiting = []
    if Name.Outlines in pdf.Root and Name.First in pdf.Root.Outlines:
        waiting.append(pdf.Root.Outlines.First)
    while waiting:
        entry = waiting.pop()
        settle(entry)
        for name in (Name.First, Name.Next):
            if name in entry:
                waiting.append(entry[name])
    del pdf.Root[Name.Dests]


def _date(pdf: Pdf) -> None:
    """The time `prepare` noted is taken out again: a paper made twice must be the same paper."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
            meta["xmp:MetadataDate"] = _THEN_XMP


def verdict(data: bytes) -> str:
    """ "pass", or what is wrong with it as PDF/A-3b."""
    report = pdfa.validate_written(io.BytesIO(data), FLAVOUR)
    if report.verdict == "pass":
        return "pass"
    return str(report)
