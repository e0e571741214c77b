"""Transcripts as files: encodings, Word, subtitles, and what is no transcript."""

from __future__ import annotations

from io import BytesIO

import pytest
from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl import Workbook

from pia.documents import transcripts
from pia.domain.errors import PiaError
from pia.domain.minutes.lines import BESIDE
from pia.domain.minutes.spoken import Speaker
from pia.domain.minutes.transcript import read

MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
SUBTITLES = "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\n<v 議長>開きます。\n"


def word() -> bytes:
    book = Document()
    book.add_paragraph("１ 開 会")
    table = book.add_table(1, 2)
    table.cell(0, 0).text = "議長"
    table.cell(0, 1).text = "開きます。"
    table.cell(0, 1).add_paragraph("次に進みます。")
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def workbook() -> bytes:
    out = BytesIO()
    Workbook().save(out)
    return out.getvalue()


CODECS = (
    "utf-8",
    "utf-8-sig",
    "cp932",
    "utf-16",
    "utf-16-le",
    "iso2022_jp",
    "euc_jp",
    "euc_jis_2004",
)


@pytest.mark.parametrize("codec", CODECS)
def test_text_in_any_encoding(codec: str) -> None:
    body = "議長：開きます。\r\n高瀬委員：Thank you very much indeed, everyone.\r\n".encode(codec)
    assert transcripts.read(body, "a.txt").texts == (
        "議長：開きます。",
        "高瀬委員：Thank you very much indeed, everyone.",
    )


def test_a_table_in_word_is_labels_and_texts() -> None:
    lines = transcripts.read(word(), "a.docx")
    assert lines.texts == ("１ 開 会", "議長\t開きます。", "次に進みます。")
    assert lines.clocks == (None,) * 3


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


BOX = f"<w:txbxContent><w:p>{run('箱の中。')}</w:p></w:txbxContent>"


@pytest.mark.parametrize(
    ("within", "says"),
    [
        (f"<w:ins>{run('足した。')}</w:ins><w:del>{run('消した。')}</w:del>", ["足した。"]),
        (f"<w:moveFrom>{run('移す。')}</w:moveFrom>{run('移す。')}", ["移す。"]),
        (f"<w:sdt><w:sdtContent>{run('欄の中。')}</w:sdtContent></w:sdt>", ["欄の中。"]),
        (
            f"<w:r><w:ruby><w:rt>{run('うざわ')}</w:rt><w:rubyBase>{run('鵜沢')}</w:rubyBase>"
            "</w:ruby></w:r>",
            ["鵜沢"],
        ),
        (
            f"<w:r><mc:AlternateContent><mc:Choice><w:drawing>{BOX}</w:drawing></mc:Choice>"
            f"<mc:Fallback><w:pict>{BOX}</w:pict></mc:Fallback></mc:AlternateContent></w:r>",
            ["", "箱の中。"],
        ),
    ],
)
def test_words_stand_once_however_word_holds_them(within: str, says: list[str]) -> None:
    """What was deleted, the second copy of a text box and readings above letters are not said."""
    book = Document()
    spaces = f'{nsdecls("w")} xmlns:mc="{MC}"'
    for element in (
        f"<w:p {spaces}>{within}</w:p>",
        f"<w:sdt {spaces}><w:sdtContent><w:p>{within}</w:p></w:sdtContent></w:sdt>",
    ):
        book.element.body.insert(0, parse_xml(element))
    cell = book.add_table(1, 1).cell(0, 0).add_table(1, 1).cell(0, 0)
    cell.text = "入れ子。"
    out = BytesIO()
    book.save(out)
    assert list(transcripts.read(out.getvalue(), "a.docx").texts) == says + says + ["入れ子。"]


def test_nothing_that_stands_beside_the_text_of_word_is_lost_or_spoken() -> None:
    book = Document()
    line = book.add_paragraph("議長：開きます。")
    line._p.append(
        parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>消した一文。</w:delText></w:r></w:del>")
    )
    book.add_comment(line.runs, text="聞き取れない所あり", author="書記", initials="書")
    book.sections[0].header.paragraphs[0].text = "第３回審議会　会議録"
    book.sections[0].footer.paragraphs[0].text = "年末の会議"
    notes = f"<w:footnotes {nsdecls('w')}>"
    notes += '<w:footnote w:type="separator" w:id="-1"><w:p/></w:footnote>'
    notes += f"<w:footnote w:id='2'><w:p>{run('条例第２条の誤り。')}</w:p></w:footnote>"
    part = Part(
        PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        f"{notes}</w:footnotes>".encode(),
        book.part.package,
    )
    book.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    out = BytesIO()
    book.save(out)
    texts = transcripts.read(out.getvalue(), "a.docx").texts
    assert texts[0] == "議長：開きます。" and set(texts[1:]) == {
        "〔削除された文字〕消した一文。",
        "〔コメント〕聞き取れない所あり",
        "〔ヘッダー・フッター〕第３回審議会　会議録",
        "〔ヘッダー・フッター〕年末の会議",
        "〔脚注〕条例第２条の誤り。",
    }
    # They are listed, each with its reason; nothing of them is put into somebody's mouth.
    reading = read(list(texts), [Speaker("議長")], [])
    assert [spoken.text for spoken in reading.spoken] == ["開きます。"]
    assert {left.text for left in reading.left} == set(texts[1:])
    assert {left.why for left in reading.left} == set(BESIDE.values())


def test_a_subtitle_has_its_clock() -> None:
    lines = transcripts.read(SUBTITLES.encode(), "a.vtt")
    assert dict(zip(lines.texts, lines.clocks))["<v 議長>開きます。"] == "00:00:01"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "空です"),
        (b"\n \n", "文字がありません"),
        (b"\x89PNG\r\n", "画像"),
        (b"\0\0\0\x20ftypM4A ", "録音"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "パスワード",
        ),
        (workbook(), "Excel"),
        (word()[:600], "読めません"),
        (b"a" * (9 << 20), "行が長すぎる"),
        (b"a\n" * (6 << 20), "大きすぎます"),
        (b"\x81\xff\xfe\x80" * 9, "文字として読めません"),
    ],
)
def test_what_is_no_transcript_is_refused_in_one_sentence(body: bytes, says: str) -> None:
    with pytest.raises(PiaError, match=says):
        transcripts.read(body, "a")
