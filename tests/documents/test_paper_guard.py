"""Hostile Word files and PDFs: each is refused with one sentence that says what to do, by its
outside or in the child, and nothing of it is read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from pia.documents.ooxml import package
from pia.documents.paper_in import inside, outside, reader
from pia.domain.errors import PiaError
from tests.documents import typed
from tests.documents.books import parts


def word(**changed: bytes) -> bytes:
    """A plain Word file with parts changed or added; `_dot_` and `__` stand for . and /."""
    made = parts(typed.saved(typed.prose()))
    for name, body in changed.items():
        made[name.replace("__", "/").replace("_dot_", ".")] = body
    return package.pack(made)


def related(kind: str, target: str, mode: str = "External") -> bytes:
    base = "http://schemas.openxmlformats.org"
    return (
        f'<Relationships xmlns="{base}/package/2006/relationships"><Relationship Id="r9" '
        f'Type="{base}/officeDocument/2006/relationships/{kind}" Target="{target}" '
        f'TargetMode="{mode}"/></Relationships>'
    ).encode()


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in parts(typed.saved(typed.prose())).items():
            archive.writestr(name, body)
        with archive.open("word/media/image1.png", "w") as out:
            for _ in range(200):
                out.write(bytes(1 << 20))
    return made.getvalue()


def deep() -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    inner = "<w:tbl><w:tr><w:tc>" * 400 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 400
    body = f'<w:document xmlns:w="{space}"><w:body>{inner}</w:body></w:document>'
    return word(word__document_dot_xml=body.encode())


def wide() -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    cell = '<w:tc><w:tcPr><w:gridSpan w:val="9999"/></w:tcPr><w:p/></w:tc>'
    body = (
        f'<w:document xmlns:w="{space}"><w:body><w:tbl><w:tr>{cell}</w:tr></w:tbl></w:body>'
        "</w:document>"
    )
    return word(word__document_dot_xml=body.encode())


ENTITY = b'<!DOCTYPE a [<!ENTITY b "x">]><w:styles xmlns:w="a">&b;</w:styles>'
WORDS: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "ファイルが空です"),
    "not a package": (lambda: b"plain words", "Word文書（.docx）ではありません"),
    "a workbook": (
        lambda: package.pack({"[Content_Types].xml": b"", "xl/worksheets/sheet1.xml": b""}),
        "Word文書（.docx）ではありません",
    ),
    "locked": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "パスワードで保護されています",
    ),
    "old": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
        "保存し直してください",
    ),
    "bomb": (bomb, "展開すると大きくなりすぎる"),
    "entity": (lambda: word(word__styles_dot_xml=ENTITY), "外部を参照する宣言"),
    "macros": (lambda: word(word__vbaProject_dot_bin=b"x"), "マクロを含む文書"),
    "template": (
        lambda: word(
            word___rels__settings_dot_xml_dot_rels=related("attachedTemplate", "http://a/b.dotm")
        ),
        "文書の外にあるもの",
    ),
    "picture": (
        lambda: word(word___rels__header1_dot_xml_dot_rels=related("image", "http://a/b.png")),
        "文書の外にあるもの",
    ),
    "deep": (deep, "壊れていて読み取れません"),
    "wide": (wide, "列の多すぎる表"),
    "no text": (lambda: word(word__document_dot_xml=b"<a/>"), "壊れていて読み取れません"),
}


@pytest.mark.parametrize("name", WORDS)
def test_hostile_word_files(name: str) -> None:
    made, words = WORDS[name]
    _refused(made(), words)


def test_a_link_a_reader_follows_by_hand_may_stay() -> None:
    body = word(word___rels__footnotes_dot_xml_dot_rels=related("hyperlink", "https://a.example/"))
    assert reader.read(body).tree.children


def saved(edit: Callable[[Pdf], None], **options: object) -> bytes:
    with Pdf.new() as pdf:
        pdf.add_blank_page()
        edit(pdf)
        out = io.BytesIO()
        pdf.save(out, **options)  # type: ignore[arg-type]
        return out.getvalue()


def opens_with(action: Dictionary) -> Callable[[Pdf], None]:
    def edit(pdf: Pdf) -> None:
        pdf.Root.OpenAction = action

    return edit


def runs_on_a_page(pdf: Pdf) -> None:
    pdf.pages[0].AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))


def runs_by_name(pdf: Pdf) -> None:
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), script])))


def shows_a_form(pdf: Pdf) -> None:
    pdf.Root.AcroForm = pdf.make_indirect(Dictionary(XFA=String("<xdp/>"), Fields=Array([])))


def plays(pdf: Pdf) -> None:
    note = pdf.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 1, 1]))
    pdf.pages[0].Annots = Array([note])


def many_pages(pdf: Pdf) -> None:
    first = pdf.pages[0]
    for _ in range(10_000):
        pdf.pages.append(first)


def carries_a_bomb(pdf: Pdf) -> None:
    pdf.attachments[inside.NAME] = pikepdf.AttachedFileSpec(pdf, bytes(300 << 20))


PDFS: dict[str, tuple[Callable[[], bytes], str]] = {
    "script": (
        lambda: saved(opens_with(Dictionary(S=Name.JavaScript, JS=String("1")))),
        "動作が組み込まれたPDF",
    ),
    "launch": (
        lambda: saved(opens_with(Dictionary(S=Name.Launch, F=String("a.exe")))),
        "動作が組み込まれたPDF",
    ),
    "page": (lambda: saved(runs_on_a_page), "動作が組み込まれたPDF"),
    "named": (lambda: saved(runs_by_name), "動作が組み込まれたPDF"),
    "form": (lambda: saved(shows_a_form), "入力フォーム（XFA）"),
    "media": (lambda: saved(plays), "動画などが組み込まれた"),
    "locked": (
        lambda: saved(lambda _: None, encryption=pikepdf.Encryption(user="u", owner="o")),
        "パスワードで保護された",
    ),
    "no copies": (
        lambda: saved(lambda _: None, encryption=pikepdf.Encryption(user="", owner="o")),
        "パスワードで保護された",
    ),
    "pages": (lambda: saved(many_pages), "PDFのページが多すぎます"),
    "bomb": (lambda: saved(carries_a_bomb), "控えが大きすぎる"),
    "broken": (lambda: b"%PDF-1.7\n1 0 obj", "壊れていて"),
    "large": (lambda: b"%PDF-1.7" + bytes(41 << 20), "PDFが大きすぎます"),
}


@pytest.mark.parametrize("name", PDFS)
def test_hostile_pdfs(name: str) -> None:
    made, words = PDFS[name]
    _refused(made(), words)


def _refused(data: bytes, words: str) -> None:
    with pytest.raises(PiaError) as refusal:
        reader.read(data, name="届いた.pdf")
    sentence = str(refusal.value)
    assert sentence.startswith("届いた.pdf：") and words in sentence
    assert sentence.endswith("。") and "\n" not in sentence


def test_what_is_no_document_is_told_apart() -> None:
    assert outside.check(typed.saved(typed.prose())) == "docx"
    assert outside.check(b"\xef\xbb\xbf%PDF-1.4 ...") == "pdf"
