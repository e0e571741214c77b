"""Word files and PDFs in and out by the pages: what goes out comes back three-way, what strangers
send is compared and taken in, and what cannot be read is said where it was chosen."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pikepdf
from docx import Document

from pia import forms
from pia.actions import sources
from pia.actions.editing import items as editing
from pia.actions.workplace import Workplace
from pia.documents.paper_in import reader
from pia.documents.pdf import assessment
from pia.domain.act import By
from pia.domain.document.items import text_of
from tests.documents import typed, written
from tests.documents.papers import text as page_text

from ..conftest import NOW
from .client import PageClient, expect_no_words, expect_problem, expect_words, has_field
from .test_corrections import isobe, umihara_until
from .test_writing import REF, answer, desk

ITEM = ("IV", "3")


def sent(client: PageClient, name: str, body: bytes, **fields: str) -> dict[str, Any]:
    page = client.get("/import")
    form = next(form for form in page.iter("form") if form.get("action") == "/import")
    return client.fields(form) | {"into": REF, "files": (io.BytesIO(body), name)} | fields


def brought(client: PageClient, name: str, body: bytes) -> Any:
    """A file taken in as its page shows it; a first look that asks nothing is the answer."""
    looked = client.send("/import", sent(client, name, body))
    forms_ = [form for form in looked.iter("form") if has_field(form, "what", "take")]
    if not forms_:
        return looked
    agreed = {"gone": "1"} if has_field(forms_[0], "gone") else {}
    return client.send(urlsplit(forms_[0].get("action")).path, client.fields(forms_[0]) | agreed)


def by_other(wp: Workplace, words: str) -> None:
    """Somebody else writes meanwhile."""
    source = sources.read_ref(wp, REF)
    opened = editing.Opened(REF, ("I", "1", "1"), seen=source.ref)
    editing.save_answer(wp, By("hiratsuka", "secretariat", NOW), opened, words, why="別")


def test_a_word_file_goes_out_and_comes_back_three_way(drafted: Workplace) -> None:
    office = desk(drafted, "hiratsuka")
    body = office.download(f"/assessments/{REF}/export.docx")
    before = text_of(sources.read_ref(drafted, REF).tree.find(ITEM))
    back = typed.changed(body, typed.retyped(before, "Wordで直した記載。"))
    by_other(drafted, "別の人の記載")
    expect_words(brought(office, "戻り.docx", back), "取り込みました。")
    assert answer(drafted, "IV/3") == "Wordで直した記載。"
    assert answer(drafted, "I/1/1") == "別の人の記載"


def test_pending_changes_of_a_returned_word_file_are_said_and_taken(drafted: Workplace) -> None:
    office = desk(drafted, "hiratsuka")
    before = text_of(sources.read_ref(drafted, REF).tree.find(ITEM))
    book = Document(io.BytesIO(office.download(f"/assessments/{REF}/export.docx")))
    typed.tracked(book, before[-12:], "改めた語", "三宅 玲", "2026-05-07T09:30:00Z")
    back = typed.saved(book)
    looked = office.send("/import", sent(office, "戻り.docx", back, look="1"), 200)
    expect_words(looked, "確定していない変更履歴", "三宅 玲、令和8年5月7日", "改めた語")
    assert answer(drafted, "IV/3") == before
    brought(office, "戻り.docx", back)
    assert answer(drafted, "IV/3") == f"{before[:-12]}改めた語"


def test_our_own_pdf_and_html_come_back_as_they_were(drafted: Workplace) -> None:
    office = desk(drafted, "hiratsuka")
    source = sources.read_ref(drafted, REF)
    page = office.download(f"/assessments/{REF}/export.html")
    paper = office.download(f"/assessments/{REF}/export.pdf")
    for name, body in (("写し.html", page), ("写し.pdf", paper)):
        digest = source.tree.digest
        back = sources.read_bytes(body, name).tree.digest
        assert back == digest
        by_other(drafted, f"別の人の記載 {name}")
        brought(office, name, body)
        now = sources.read_ref(drafted, REF).tree.digest
        assert now == digest


def test_what_cannot_be_read_is_said_and_changes_nothing(drafted: Workplace) -> None:
    office = desk(drafted, "hiratsuka")
    before = sources.read_ref(drafted, REF).tree.digest
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        out = io.BytesIO()
        pdf.save(out)
        locked = io.BytesIO()
        pdf.save(locked, encryption=pikepdf.Encryption(user="a", owner="b"))
    for name, body, words in (
        ("白紙.pdf", out.getvalue(), "文字の情報がないPDF"),
        ("鍵.pdf", locked.getvalue(), "パスワードで保護された"),
        ("壊れた.docx", torn(office.download(f"/assessments/{REF}/export.docx")), "壊れていて"),
        ("よその.html", b"<html><p>a</p></html>", "交換用データが入っていません"),
    ):
        answered = office.send("/import", sent(office, name, body), 422)
        expect_words(answered, name, words)
        expect_problem(answered, "何も取り込みませんでした")
    assert sources.read_ref(drafted, REF).tree.digest == before


def test_a_plain_word_paper_is_no_assessment(drafted: Workplace) -> None:
    office = desk(drafted, "hiratsuka")
    body = typed.saved(typed.prose())
    expect_problem(
        office.send("/import", sent(office, "案.docx", body), 422), "評価書の様式ではない文書です"
    )


def test_a_file_is_compared_with_a_version_and_with_a_file(tmp_path: Path) -> None:
    """In another city: a draft typed in Word by somebody who never saw this program."""
    wp = umihara_until("", tmp_path)
    writer = isobe(wp, "2026-01-20T10:00")
    tree = written.assessment(random.Random(5), "basic_item@令和6年10月")
    form = forms.load(tree.form)
    draft = typed.draft(tree)
    said = text_of(tree.find(("I", "1", "2")))
    assert said
    newer = typed.changed(draft, typed.retyped(said, "窓口で受け付け、電子で保存する。"))
    page = assessment.write(tree, form, title="下書き").data
    file = {"before": (io.BytesIO(page), "前.pdf"), "file": (io.BytesIO(newer), "後.docx")}
    shown = writer.post("/compare", "/compare/file", file, 200)
    expect_words(shown, "前.pdf", "後.docx", "電子で保存する", "変更前 p. 2")
    expect_no_words(shown, "JSONで保存")
    refused = {"before": (io.BytesIO(page), "前.pdf"), "file": (io.BytesIO(b"%PDF-1.7"), "後.pdf")}
    expect_problem(writer.post("/compare", "/compare/file", refused, 422), "PDFが壊れていて")


def test_changes_go_out_as_marks_that_can_be_taken_back(drafted: Workplace, tmp_path: Path) -> None:
    office = desk(drafted, "hiratsuka")
    old = sources.read_ref(drafted, f"{REF.split('~')[0]}@1")
    by_other(drafted, "変更後の事務の名称")
    new = sources.read_ref(drafted, REF)
    where = f"?old={old.ref}&new={new.ref}"
    body = office.download(f"/compare.docx{where}")
    for side, source in (("final", new), ("original", old)):
        read = reader.read(body, tracked=side)
        assert answers_of(read.tree) == answers_of(source.tree)
    assert b'w:author="' in document(body) and "平塚".encode() in document(body)
    paper = office.download(f"/compare.pdf{where}&whole=1")
    words = page_text(paper, tmp_path)
    assert "見え消し版" in words and "変更後の事務の名称" in words
    refused = office.send("/import", sent(office, "見え消し.pdf", paper), 422)
    expect_words(refused, "見え消しで示した文書のため、読み取れません")


def torn(body: bytes) -> bytes:
    """A Word file whose text ends in the middle of its markup."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, part[:-900] if name == "word/document.xml" else part)
    return out.getvalue()


def document(body: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return archive.read("word/document.xml")


def answers_of(tree: Any) -> dict[Any, Any]:
    """What a document says, without what a Word file cannot hold."""
    from tests.documents.books import by_place

    form = forms.load(tree.form)
    out = {}
    for path, said in by_place(tree, form).items():
        line = form.at(path)[0]
        if line is not None and line.kind != "figure":
            out[path] = said
    return out


def test_an_answer_whose_label_is_gone_is_not_taken_away(drafted: Workplace) -> None:
    office = desk(drafted, "hiratsuka")
    before = answer(drafted, "IV/3")
    assert before
    body = office.download(f"/assessments/{REF}/export.docx")
    label = next(
        cell.text.strip()
        for table in Document(io.BytesIO(body)).tables
        for cell in table._cells
        if cell.text.strip().startswith("3．その他のリスク対策")
    )
    torn_off = typed.changed(body, typed.retyped(label, "メモ"))
    looked = office.send("/import", sent(office, "戻り.docx", torn_off), 303)
    expect_words(looked, "読み取れなかったため、元の記載を残しました。")
    brought(office, "戻り.docx", torn_off)
    assert answer(drafted, "IV/3") == before
