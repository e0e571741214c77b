"""別添1: figures drawn by us come back as they were, imported drawings are read, kept and shown
again, pictures are said to be unreadable."""

from __future__ import annotations

import random
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from lxml import etree
from openpyxl import Workbook

from pia import forms
from pia.documents.ooxml import drawings, package
from pia.documents.ooxml.book import open_book
from pia.documents.workbook_in import reader
from pia.documents.workbook_out import writer
from pia.domain.document import items
from pia.domain.document.tree import Tree
from tests.documents.books import parts, without_map

ALL = "all_item@平成30年5月"
HEAD = (
    '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
)
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def anchor(row: int, body: str, rows: int = 4, col: int = 1) -> str:
    def corner(c: int, r: int) -> str:
        return (
            f"<xdr:col>{c}</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>{r}</xdr:row><xdr:"
            "rowOff>0</xdr:rowOff>"
        )

    ends = f"<xdr:from>{corner(col, row)}</xdr:from><xdr:to>{corner(col + 2, row + rows)}</xdr:to>"
    return f"<xdr:twoCellAnchor>{ends}{body}<xdr:clientData/></xdr:twoCellAnchor>"


def place(x: int, y: int, w: int, h: int, more: str = "") -> str:
    corner = f'<a:off x="{x * 12700}" y="{y * 12700}"/>'
    size = f'<a:ext cx="{w * 12700}" cy="{h * 12700}"/>'
    return f"<a:xfrm{more}>{corner}{size}</a:xfrm>"


def shape(words: str, xfrm: str, box: bool = True) -> str:
    run = "".join(f"<a:p><a:r><a:t>{w}</a:t></a:r></a:p>" for w in words.split("\n"))
    line = "<a:ln><a:solidFill/></a:ln>" if box else "<a:ln><a:noFill/></a:ln>"
    pr = f'<xdr:spPr>{xfrm}<a:prstGeom prst="rect"/>{line}</xdr:spPr>'
    nv = '<xdr:nvSpPr><xdr:cNvPr id="2" name="x"/><xdr:cNvSpPr/></xdr:nvSpPr>'
    return f"<xdr:sp>{nv}{pr}<xdr:txBody><a:bodyPr/>{run}</xdr:txBody></xdr:sp>"


def connector(xfrm: str, end: str = '<a:tailEnd type="triangle"/>') -> str:
    pr = f'<xdr:spPr>{xfrm}<a:prstGeom prst="straightConnector1"/><a:ln>{end}</a:ln></xdr:spPr>'
    nv = '<xdr:nvCxnSpPr><xdr:cNvPr id="3" name="y"/><xdr:cNvCxnSpPr/></xdr:nvCxnSpPr>'
    return f"<xdr:cxnSp>{nv}{pr}</xdr:cxnSp>"


def group(xfrm_with_child: str, body: str) -> str:
    nv = '<xdr:nvGrpSpPr><xdr:cNvPr id="9" name="g"/><xdr:cNvGrpSpPr/></xdr:nvGrpSpPr>'
    return f"<xdr:grpSp>{nv}<xdr:grpSpPr>{xfrm_with_child}</xdr:grpSpPr>{body}</xdr:grpSp>"


PICTURE = (
    "<xdr:pic><xdr:nvPicPr><xdr:cNvPr "
    'id="4" name="p"/><xdr:cNvPicPr/></xdr:nvPicPr><xdr:blipFill><a:blip '
    'r:embed="rId7"/></xdr:blipFill><xdr:spPr>' + place(60, 150, 40, 40) + "</xdr:spPr></xdr:pic>"
)


def foreign(cells: dict[str, str], *anchors: str) -> bytes:
    """A workbook with a 別添1 sheet that carries a drawing of somebody else's."""
    book = Workbook()
    ws = book.active
    ws.title = "別添1"
    for at, text in cells.items():
        ws[at] = text
    out = BytesIO()
    book.save(out)
    drawing = package.Drawing(
        (HEAD + "".join(anchors) + "</xdr:wsDr>").encode(), {"rId7": ("a.png", PNG)}
    )
    return package.with_drawings(out.getvalue(), {0: drawing})


def figures(reading: reader.BookReading) -> list[tuple[Any, Any, Any]]:
    """(title, figure, remarks) of every figure, in order."""
    answers = dict(items.answers(reading.tree))
    keys = dict.fromkeys(p[2] for p in answers if p[0] == "B1")
    return [tuple(answers.get(("B1", "F", k, n)) for n in "012") for k in keys]  # type: ignore[misc]


def some_figure(rng: random.Random) -> dict[str, Any]:
    kinds = [rng.choice(items.SHAPES) for _ in range(rng.randint(1, 6))]
    texts = ["市民", "区役所\n窓口", "", " 前後に空白 ", "<a>&", "①申請"]
    made = []
    for k in kinds:
        size = (
            {"w": rng.randint(-300, 300), "h": rng.randint(-200, 200)}
            if k == "arrow"
            else {"w": rng.randint(0, 300), "h": rng.randint(0, 200)}
        )
        made.append(
            {
                "type": k,
                "text": rng.choice(texts),
                "x": rng.randint(0, 600),
                "y": rng.randint(0, 900),
                **size,
            }
        )
    return {"shapes": made}


@pytest.mark.parametrize("seed", range(8))
def test_our_own_figures_come_back_as_they_were(seed: int) -> None:
    rng, form = random.Random(seed), forms.load(ALL)
    tree = items.build(
        form,
        [
            (("B1", "F", f"f{i}", n), a)
            for i in range(3)
            for n, a in (("0", f"図の名前{i}"), ("1", some_figure(rng)), ("2", "①申請"))
        ],
    )
    reading = reader.read(without_map(writer.write(tree, form, title="x")), child=False)
    assert [f[1] for f in figures(reading)] == [a for p, a in items.answers(tree) if p[-1] == "1"]
    assert not reading.blobs


def test_a_drawing_of_somebody_else_is_read_with_groups_and_arrows() -> None:
    scaled = (
        '<a:xfrm><a:off x="1270000" y="635000"/><a:ext cx="2540000" cy="1270000"/><a:chOff '
        'x="0" y="0"/><a:chExt cx="1270000" cy="635000"/></a:xfrm>'
    )
    inner = shape("国保\nシステム", place(10, 5, 40, 20)) + shape(
        "①", place(60, 0, 10, 10), box=False
    )
    data = foreign(
        {
            "A1": "（別添1）事務の内容",
            "A2": "国保給付　～高額療養費関係～",
            "A20": "（備考）",
            "A21": "①申請する。",
            "A22": "②登録する。",
        },
        anchor(3, shape("市民", place(20, 50, 60, 30))),
        anchor(3, group(scaled, inner)),
        anchor(5, connector(place(80, 60, 50, 10, ' flipH="1"'))),
        anchor(6, connector(place(80, 90, 50, 0), '<a:headEnd type="arrow"/>')),
    )
    reading = reader.read(data, forms.load(ALL))
    title, figure, remarks = figures(reading)[0]
    assert title == "国保給付　～高額療養費関係～" and remarks == "①申請する。\n②登録する。"
    assert figure["shapes"] == [
        {"type": "box", "text": "市民", "x": 20, "y": 50, "w": 60, "h": 30},
        {"type": "box", "text": "国保\nシステム", "x": 120, "y": 60, "w": 80, "h": 40},
        {"type": "label", "text": "①", "x": 220, "y": 50, "w": 20, "h": 20},
        {"type": "arrow", "text": "", "x": 130, "y": 60, "w": -50, "h": 10},
        {"type": "arrow", "text": "", "x": 130, "y": 90, "w": -50, "h": 0},
    ]
    assert (
        list(reading.blobs) == [figure["drawing"]]
        and sha256(reading.blobs[figure["drawing"]]).hexdigest() == figure["drawing"]
    )


def test_several_figures_on_a_sheet_keep_their_titles() -> None:
    cells = {
        "A1": "（別添1）事務の内容",
        "A2": "給付",
        "A12": "備考",
        "A13": "①給付する。",
        "A15": "賦課",
        "A25": "（備考）",
        "A26": "②賦課する。",
    }
    data = foreign(
        cells,
        anchor(3, shape("甲", place(20, 50, 60, 30))),
        anchor(17, shape("乙", place(20, 260, 60, 30))),
    )
    reading = figures(reader.read(data, forms.load(ALL), child=False))
    assert [(t, [s["text"] for s in f["shapes"]], r) for t, f, r in reading] == [
        ("給付", ["甲"], "①給付する。"),
        ("賦課", ["乙"], "②賦課する。"),
    ]


def imported() -> tuple[Tree, dict[str, bytes]]:
    data = foreign(
        {"A1": "（別添1）事務の内容", "A2": "給付"},
        anchor(3, shape("市民", place(20, 50, 60, 30))),
        anchor(9, PICTURE),
    )
    reading = reader.read(data, forms.load(ALL), child=False)
    assert "picture" in {p.code for p in reading.problems}
    return reading.tree, reading.blobs


def test_an_imported_drawing_is_shown_again_with_its_picture_and_stays_the_same_figure() -> None:
    tree, blobs = imported()
    data = writer.write(tree, forms.load(ALL), title="x", blobs=blobs)
    files = parts(data)
    assert PNG in files.values()
    drawing = etree.fromstring(files["xl/drawings/drawing1.xml"])
    embedded = [
        e.get(f"{{{drawings.R}}}embed")
        for e in drawing.iter()
        if etree.QName(e).localname == "blip"
    ]
    assert (
        all(
            f'Id="{rel}"'.encode() in files["xl/drawings/_rels/drawing1.xml.rels"]
            for rel in embedded
        )
        and embedded
    )
    for again in (data, without_map(data)):
        assert figures(reader.read(again, forms.load(ALL), child=False)) == figures_of(tree)


def figures_of(tree: Tree) -> list[tuple[Any, Any, Any]]:
    return figures(reader.BookReading(tree.form, tree, ()))


def test_without_its_blob_or_after_an_edit_the_shapes_themselves_are_drawn() -> None:
    tree, blobs = imported()
    (title, figure, _) = figures_of(tree)[0]
    form = forms.load(ALL)
    for said, at_hand in (
        (figure, {}),
        ({**figure, "shapes": [{**figure["shapes"][0], "text": "住民"}]}, blobs),
    ):
        edited = items.build(form, [(("B1", "F", "a", "0"), title), (("B1", "F", "a", "1"), said)])
        files = parts(writer.write(edited, form, title="x", blobs=at_hand))
        assert (
            PNG not in files.values()
            and said["shapes"][0]["text"].encode() in files["xl/drawings/drawing1.xml"]
        )


def test_a_drawing_outside_of_the_annex_is_said() -> None:
    files = parts(
        foreign(
            {"A1": "Ⅰ 基本情報", "A2": "1．特定個人情報ファイルを取り扱う事務"},
            anchor(3, shape("市民", place(20, 50, 60, 30))),
        )
    )
    reading = reader.read(package.pack(files), forms.load(ALL), child=False)
    assert "drawing_elsewhere" in {p.code for p in reading.problems}


def test_places_of_anchors_follow_columns_and_rows() -> None:
    book = open_book(foreign({"A1": "x"}, anchor(2, shape("甲", "<a:xfrm/>"), rows=2, col=1)))
    found = drawings.anchors(book, book.sheets[0])[0]
    assert (found.y, found.h) == (30.0, 30.0) and found.x > 0 and found.w == 2 * found.x
    assert found.shapes[0]["x"] == round(found.x) and found.shapes[0]["h"] == 30
