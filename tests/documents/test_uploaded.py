"""Papers a town uploads into the pack: turned, cut, lying, of odd sizes, locked. Every page has its
stamp upright where a reader sees it; a locked one is one sentence."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array
from reportlab.lib.pagesizes import A3, A4, landscape
from reportlab.pdfgen.canvas import Canvas

from pia.documents.papers.attachments import attached, merged
from pia.documents.pdf import pack
from pia.documents.word import as_pdf
from pia.documents.word.model import WrittenPaper, para
from pia.domain.errors import PiaError

from .papers import needs_poppler, words

CUT = (50, 50, 500, 700)


def uploaded(
    size: tuple[float, float], turn: int = 0, cut: tuple[int, ...] = (), begins: float = 0
) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size)
    canvas.drawString(100, 100, "LOWERLEFT")
    canvas.save()
    with pikepdf.open(io.BytesIO(out.getvalue())) as pdf:
        page = pdf.pages[0]
        del page.Rotate
        pdf.Root.Pages.Rotate = turn  # a page that says nothing is turned as those above it
        page.MediaBox = Array([begins, begins, size[0] + begins, size[1] + begins])
        if cut:
            page.CropBox = Array(cut)
        kept = io.BytesIO()
        pdf.save(kept)
    return kept.getvalue()


@needs_poppler
@pytest.mark.parametrize(
    ("data", "wide", "high"),
    [
        (uploaded(A4), 595, 842),
        (uploaded(A4, 90), 842, 595),
        (uploaded(A4, 180), 595, 842),
        (uploaded(landscape(A3), 270), 842, 1191),
        (uploaded(A4, begins=-50), 595, 842),
        (uploaded(A4, cut=CUT), 450, 650),
        (uploaded(A4, 90, CUT), 650, 450),
        (uploaded((200, 300)), 200, 300),
    ],
)
def test_every_page_is_stamped_where_it_is_seen(
    data: bytes, wide: float, high: float, tmp_path: Path
) -> None:
    front = pack.part_of("", "次第", as_pdf.write(WrittenPaper("次第", (para("次第"),))))
    theirs = pack.part_of("資料4", "経費の見積り", data, foreign=True)
    bound = pack.bind(pack.Pack("一式", (front, theirs), (), {}))[0].data
    sizes, found = words(bound, tmp_path)
    assert (round(sizes[1][0]), round(sizes[1][1])) == (wide, high)
    on_page = {word.text: word for word in found if word.page == 2}
    stamp = on_page["1ページ"]
    assert wide - 60 < stamp.right < wide and 0 < stamp.top < 40
    assert "LOWERLEFT" in on_page  # and its own words can still be copied
    slip = as_pdf.write(WrittenPaper("伺い", (para("伺い"),)))
    sizes, found = words(merged(slip, [attached("見積り", data, "a.pdf")], "起案"), tmp_path)
    label = next(word for word in found if word.page == 2 and word.text == "添付1")
    assert wide - 80 < label.right < wide and 0 < label.top < 40


def test_a_locked_paper_is_one_sentence() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(uploaded(A4))) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(user="ひらく", owner="もつ"))
    with pytest.raises(PiaError, match="資料4のPDFを開けないため"):
        pack.part_of("資料4", "経費の見積り", out.getvalue(), foreign=True)
    # In the papers of a decision it goes beside the set as the file it is.
    assert attached("見積り", out.getvalue(), "a.pdf").name == "a.pdf"
