"""The office's papers of the played case: what they say, what they leave blank, what they never
say, in Word and in PDF."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import select

from pia import papers as texts
from pia.actions.issuing import attachments
from pia.actions.issuing import papers as papers_office
from pia.actions.output import comparison_table
from pia.actions.papers import summary
from pia.actions.steps import consultations
from pia.actions.workplace import Workplace
from pia.documents.comparison import table
from pia.documents.papers import attachments as layout
from pia.documents.word import as_pdf, filler, model, reader
from pia.documents.word.model import PaperTable
from pia.domain.act import JST, By
from pia.domain.errors import PiaError
from pia.store import nodes
from pia.store.rows import assessments, councils
from pia.store.rows.assessments import RoundEvent
from tests.shared import by_hand

from .. import shared
from ..conftest import TODAY
from ..documents.test_papers import filled

ROOT = Path(__file__).parents[2]
OFFICE = By("mizukoshi", "secretariat", datetime(2024, 11, 1, 9, 0, tzinfo=JST))


@pytest.fixture(scope="session")
def printed(played_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The played case with papers and their pages pinned to the referral (short ones: printing
    the real ones takes long)."""
    wp = shared.copied(played_file, tmp_path_factory.mktemp("printed"))
    spots = {
        x.key: {"/".join(s.item_path): 10 + i for i, s in enumerate(x.changes)}
        for x in comparison_table.of_referral(wp, 1)
    }
    with by_hand(wp.store) as s:
        ref = s.get_one(councils.Referral, 1)
        pdf = as_pdf.write(model.WrittenPaper("資料", (model.para("評価書の本文"),)))
        sha = nodes.put_blob(s, pdf)
        ref.materials = [
            {**m, "sha256": sha, "count": 1, "pages": spots[m["key"]]} if m.get("key") else m
            for m in ref.materials
        ]
    return wp


def words(wp: Workplace, name: str, **more) -> str:
    return model.words(
        reader.read(papers_office.make(wp, name, "docx", today=TODAY, **more).data)[0]
    )


def test_the_notice_says_what_when_where_and_how(seen: Workplace) -> None:
    text = words(seen, "announcement")
    for said in (
        "令和6年5月13日から令和6年6月13日まで（32日間）（郵送の場合は、当日消印有効）",
        "国民健康保険（資格・給付）に関する事務",
        "各図書館",
        "000-555-2119",
        "・Ⅱ６③消去方法",
        "氏名の記入は任意",
    ):
        assert said in text
    assert "規則第7条" in text and "承認" not in text


def test_the_form_asks_for_name_and_address_as_the_city_says(
    seen: Workplace, played: Workplace
) -> None:
    assert "氏名（任意）" in words(seen, "opinion-form")
    from pia.store.rows.consultations import Consultation

    with by_hand(played.store) as s:
        con = s.query(Consultation).one()
        con.facts = {**con.facts, "sender": {"name": "required", "address": "none"}}
    text = words(played, "opinion-form")
    assert "氏名（必須）" in text and "住所（" not in text


def test_results_never_name_a_sender(tmp_path: Path) -> None:
    consultation_id, played = 1, shared.copied(shared.played("answers"), tmp_path)
    consultations.receive(
        played,
        OFFICE,
        consultation_id,
        consultations.NewOpinion(
            received=date(2024, 6, 13),
            channel="post",
            text="名前を出さないでほしい。",
            name="秘密 花子",
            address="ひみつ町1-2-3",
        ),
    )
    consultations.respond(played, OFFICE, consultation_id, 6, "お名前は公表しません。", "NOTED")
    for name in ("opinion-results", "opinion-results-council"):
        paper = papers_office.make(played, name, "docx", today=TODAY)
        with zipfile.ZipFile(io.BytesIO(paper.data)) as z:
            whole = b"".join(z.read(n) for n in z.namelist()).decode("utf-8", "replace")
        assert "名前を出さないでほしい。" in whole and "お名前は公表しません。" in whole
        assert "秘密" not in whole and "ひみつ町" not in whole
    assert "郵送" not in words(played, "opinion-results") and "郵送" in words(
        played, "opinion-results-council"
    )


def test_results_show_each_answer_and_the_adopted_wording_once_for_all_documents(
    seen: Workplace,
) -> None:
    text = words(seen, "opinion-results")
    assert text.count("取り外した記憶装置等からデータが復元されることのないよう") == 1
    assert all(
        x in text
        for x in ("案を修正", "案に記載済み", "今後の参考", "原案のとおり", "その他", "5件")
    )


def test_the_explanation_turns_to_printed_pages_and_tells_shared_changes_once(
    printed: Workplace,
) -> None:
    text = words(printed, "explanation")
    assert re.search(
        r"資料3-1の\d+ページ、資料3-2の\d+ページ及び資料3-3の\d+ページを御覧ください。", text
    )
    assert text.count("Ⅱ６①保管場所") == 1 and "3件とも同じ文でございます。" in text
    assert "国には、令和6年6月24日に確認しております。" in text


def test_where_nothing_was_printed_the_item_is_cited_instead(seen: Workplace) -> None:
    text = words(seen, "explanation")
    assert (
        "資料3-1のⅡ６①保管場所、資料3-2のⅡ６①保管場所及び資料3-3のⅡ６①保管場所を御覧ください。"
        in text
        and "ページを御覧" not in text
    )


def test_the_chair_can_read_the_script_from_opening_to_closing(seen: Workplace) -> None:
    text = words(seen, "chair-script")
    assert (
        "委員8名のうち8名の御出席" in text
        and "定足数の5名に達しておりますので、会議は成立しております。" in text
    )
    assert (
        text.index("１　開会")
        < text.index("議案第1号")
        < text.index("報告第2号")
        < text.index("３　閉会")
    )
    assert (
        "国の記載例を市で改めた箇所は、Ⅱ６③消去方法です。" in text
        and "次回は、令和6年9月25日" in text
    )


def test_the_minutes_have_the_eleven_fields_and_the_speeches(seen: Workplace) -> None:
    text = words(seen, "minutes")
    fields = (
        "会議の名称",
        "開催日時",
        "開催場所",
        "出席者名",
        "欠席者名",
        "議題及び公開又は非公開の別",
        "非公開の理由",
        "傍聴者の数",
        "審議した内容",
        "問合せ先",
        "その他",
    )
    assert all(f in text for f in fields)
    assert "令和6年7月24日（水曜日）　午後1時30分から午後2時50分まで" in text
    assert (
        "大庭委員" in text
        and "議長" in text
        and "実施機関（国保年金課）" in text
        and "事務局" in text
    )
    assert "大庭 隆委員" not in text


def test_the_report_needs_a_verdict_and_says_its_kind(seen: Workplace, tmp_path: Path) -> None:
    assert "案のとおり適当であると認める。" in words(seen, "report")
    early = shared.copied(shared.played("refer"), tmp_path)
    with pytest.raises(PiaError, match="結論がまだ記録されていない"):
        papers_office.make(early, "report", "docx", today=TODAY)
    with pytest.raises(PiaError, match="会議が、まだ登録されていません"):
        papers_office.make(early, "minutes", "docx", today=TODAY)
    script = papers_office.make(early, "chair-script", "docx", today=TODAY)
    assert any("出席者の数" in p.sentence for p in script.problems)
    early.store.close()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("附帯意見を付して了承", "３　附帯意見"),
        ("修正のうえ了承（会長一任）", "会長に一任する"),
        ("継続審議", None),
    ],
)
def test_every_kind_of_verdict_has_its_words(
    played: Workplace, kind: str, said: str | None
) -> None:
    from pia.store.rows.councils import Verdict

    with by_hand(played.store) as s:
        s.add(
            Verdict(
                referral_id=1,
                sitting_id=1,
                kind=kind,
                note="図の説明を増やすこと。",
                reviewed=[],
                actor="mizukoshi",
                role="secretariat",
                at=OFFICE.at,
            )
        )
    if said is None:
        with pytest.raises(PiaError, match="継続審議"):
            words(played, "report")
    else:
        text = words(played, "report")
        assert said in text and "図の説明を増やすこと。" in text


def test_the_plan_lists_every_affair_with_its_judgement(seen: Workplace) -> None:
    text = words(seen, "plan")
    assert (
        "30万人以上（310,000人）" in text
        and "10万人以上30万人未満（168,000人）" in text
        and "努力義務" in text
    )


def test_what_is_not_recorded_stays_blank_and_is_named_until_it_is_given(seen: Workplace) -> None:
    paper = papers_office.make(seen, "announcement", "docx", today=TODAY)
    assert ["「文書番号」" in p.sentence for p in paper.problems] == [True]
    assert "（　　　　　）" in model.words(reader.read(paper.data)[0])
    given = papers_office.make(
        seen, "announcement", "docx", today=TODAY, given={"文書番号": "み総市第12号<&"}
    )
    assert not given.problems and "み総市第12号<&" in model.words(reader.read(given.data)[0])
    with pytest.raises(PiaError, match="「評価書一覧」はありません"):
        papers_office.make(seen, "announcement", "docx", today=TODAY, given={"評価書一覧": "x"})


def test_a_registered_template_is_used_and_a_broken_one_changes_nothing(played: Workplace) -> None:
    from docx import Document

    words_ = texts.load("referral")
    book = Document(io.BytesIO(papers_office.template(played, "referral")))
    book.add_paragraph("この諮問は、{{ 市 }}の条例に基づきます。")
    out = io.BytesIO()
    book.save(out)
    assert papers_office.register(played, OFFICE, "referral", out.getvalue()) == ()
    assert "この諮問は、みなも市の条例に基づきます。" in words(played, "referral")
    book.add_paragraph("{{ 名無し }}")
    bad = io.BytesIO()
    book.save(bad)
    with pytest.raises(PiaError, match="使えない項目「名無し」"):
        papers_office.register(played, OFFICE, "referral", bad.getvalue())
    assert papers_office.template(played, "referral") == out.getvalue() != filler.template(words_)
    assert [x.own for x in papers_office.listed(played) if x.name == "referral"] == [True]


def test_the_comparison_of_a_referral_names_documents_pages_and_why(printed: Workplace) -> None:
    subjects = comparison_table.of_referral(printed, 1)
    sheet = table.paper(subjects, title="表")
    rows = next(x for x in sheet.items if isinstance(x, PaperTable)).rows
    assert rows[1][0].text == "1　3件に共通する変更（資料3-1、資料3-2、資料3-3）"
    assert re.fullmatch(r"資料3-1\n\d+\n資料3-2\n\d+\n資料3-3\n\d+", rows[2][3].text)
    assert (
        "変更理由：ガバメントクラウド" in rows[2][5].text and "国の記載例と同文" in rows[2][5].text
    )
    assert (
        "国の記載例を市で修正（意見1を受けた修正）。国への確認：令和6年6月24日に確認"
        in rows[3][5].text
    )
    assert rows[7][0].text.startswith("2　資料3-1の変更") and len(rows) == 11


def test_the_announced_text_is_compared_not_the_later_one(seen: Workplace) -> None:
    subject = comparison_table.of_consultation(seen, 1)[0]
    text = "".join(s.after or "" for s in subject.changes)
    assert "確実にデータを消去する。" in text and "復元されることのないよう" not in text


def test_the_summary_counts_and_points(seen: Workplace) -> None:
    for given in ({"referral": 1}, {"consultation": 1}):
        text = model.words(summary.summary(seen, **given))
        assert (
            "変わる箇所は18箇所で、そのうち15箇所が重要な変更の対象" in text
            and "■■■■■ 5" in text
            and "■■■ 3" in text
        )
    assert "国の記載例と違う書き方です（意見1を受けて修正）。" in model.words(
        summary.summary(seen, referral=1)
    )


def test_the_set_of_a_decision_is_numbered_listed_and_dated(printed: Workplace) -> None:
    attached = attachments.make(printed, "refer", "zip", today=TODAY)
    with zipfile.ZipFile(io.BytesIO(attached.data)) as z:
        names = z.namelist()
        files = {n: z.read(n) for n in names}
    assert (
        names[:3] == ["00_起案添付一覧.pdf", "添付01_諮問書.pdf", "添付02_概要版.pdf"]
        and len(names) == 8
    )
    parts = [layout.Attachment(n[5:-4], d) for n, d in list(files.items())[1:]]
    whole = layout.merged(files["00_起案添付一覧.pdf"], parts, "一式")
    assert whole == layout.merged(files["00_起案添付一覧.pdf"], parts, "一式")
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        assert (
            len(pdf.pages)
            == sum(p.pages for p in parts)
            + layout.Attachment("", files["00_起案添付一覧.pdf"]).pages
        )
        with pdf.open_outline() as outline:
            assert [x.title for x in outline.root][:2] == ["起案添付一覧", "添付1　諮問書"]
    with pytest.raises(PiaError, match="起案の種類"):
        attachments.make(printed, "other", "zip", today=TODAY)


def _program(name: str, package: str) -> str:
    program = shutil.which(name)
    if not program:
        pytest.skip(f"{name} がありません（apt-get install {package}）。")
    return program


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u3000]+", "", text)


ELSEWHERE = ("review", "report", "reply", "affair_report", "leak", "leaks")
UNRECORDED = ("own-decision", "consultation-notice")


@pytest.fixture(scope="session")
def shelf(printed: Workplace) -> dict[str, tuple[bytes, bytes]]:
    """Every paper of the case, as Word file and as PDF."""
    # Those of a 開示請求 have a story of their own (tests/web/test_disclosure.py).
    names = [n for n in texts.known() if texts.load(n).about != "disclosure"]
    # What the case has no record of (tests/web/test_verdicts.py, test_reviews.py, test_reports.py,
    # test_affair_notices.py, test_leaks.py,
    # test_consultation_notices.py): their words alone.
    bare = [n for n in names if n in UNRECORDED or texts.load(n).about in ELSEWHERE]
    out = {}
    for words in map(texts.load, bare):
        docx = filler.fill(filler.template(words), words, filled(words))
        sheet, _ = reader.read(docx, words.title)
        out[words.name] = (docx, comparison_table.rendered(sheet, "pdf", printed.press))
    for n in names:
        if n in bare:
            continue
        whose = {"about": 1, "sitting": 1} if texts.load(n).about == "member" else {}
        docx, pdf = (
            papers_office.make(printed, n, fmt, today=TODAY, **whose).data
            for fmt in ("docx", "pdf")
        )
        out[n] = (docx, pdf)
    for name, sheet in (
        (
            "comparison-table",
            table.paper(comparison_table.of_referral(printed, 1), title="新旧対照表"),
        ),
        ("summary", summary.summary(printed, referral=1)),
    ):
        out[name] = (
            comparison_table.rendered(sheet, "docx", printed.press),
            comparison_table.rendered(sheet, "pdf", printed.press),
        )
    return out


def test_every_paper_is_deterministic(seen: Workplace) -> None:
    for fmt in ("docx", "pdf"):
        assert (
            papers_office.make(seen, "minutes", fmt, today=TODAY).data
            == papers_office.make(seen, "minutes", fmt, today=TODAY).data
        )


def test_word_and_pdf_say_the_same_and_libreoffice_opens_all(
    shelf: dict[str, tuple[bytes, bytes]], tmp_path: Path
) -> None:
    """One test, because the shelf takes long to fill. With PIA_TEST_PICTURES=1 every page stays
    as a picture in artifacts/papers."""
    office, text = (
        _program("soffice", "libreoffice-writer-nogui"),
        _program("pdftotext", "poppler-utils"),
    )

    def laid(file: Path, *how: str) -> list[str]:
        done = subprocess.run([text, *how, file, "-"], capture_output=True, check=True)
        return done.stdout.decode().split("\f")[:-1]

    def pages(file: Path, *how: str) -> list[str]:
        return [squeezed(page) for page in laid(file, *how)]

    for name, (docx, pdf) in shelf.items():
        (tmp_path / f"{name}.docx").write_bytes(docx)
        (tmp_path / f"{name}.pdf").write_bytes(pdf)
        printed_ = "".join(pages(tmp_path / f"{name}.pdf", "-raw"))
        for p in model.paragraphs(reader.read(docx)[0].items):
            for line in p.text.split("\n"):
                assert squeezed(line)[:10] in printed_, f"{name}: {line}"
    command = [
        office,
        "--headless",
        f"-env:UserInstallation=file://{tmp_path / 'profile'}",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path / "out"),
    ]
    done = subprocess.run(
        [*command, *map(str, sorted(tmp_path.glob("*.docx")))], capture_output=True, text=True
    )
    if "source file could not be loaded" in done.stdout + done.stderr:
        pytest.skip("LibreOffice Writer がありません（apt-get install libreoffice-writer-nogui）。")
    for name in shelf:
        word, own = pages(tmp_path / "out" / f"{name}.pdf"), pages(tmp_path / f"{name}.pdf")
        assert all(len(p) > 8 for p in (*word, *own)), f"{name}: an empty page"
        # One look: in LibreOffice without the faces of Word too the pages are the same, but where
        # the PDF keeps a table of the plan whole.
        assert 0 <= len(own) - len(word) <= int(name == "plan"), name
        items = reader.read(shelf[name][0])[0].items
        assert not ugly(items, laid(tmp_path / f"{name}.pdf", "-layout")), name
        assert not ugly(items, laid(tmp_path / "out" / f"{name}.pdf", "-layout")), name
        if shared.PICTURES:
            _draw(tmp_path / "out" / f"{name}.pdf", f"{name}-word")
            _draw(tmp_path / f"{name}.pdf", f"{name}-pdf")


def ugly(items: Sequence[model.Item], pages: Sequence[str]) -> list[str]:
    """What nobody hands out: empty brackets, heads of a table with nothing below them, a heading
    alone at the foot of a page, a last page with less than three lines."""
    wrong = []
    for item in items:
        if isinstance(item, model.PaperTable) and 0 < len(item.rows) <= item.heads:
            wrong.append(f"heads alone: {item.rows[0][0].text}")
    headings = {squeezed(para.text) for para in model.paragraphs(items) if para.level}
    for number, page in enumerate(pages, 1):
        lines = [squeezed(line) for line in page.splitlines() if squeezed(line)]
        if re.search(r"（）|（（　+））", page):
            wrong.append(f"page {number}: empty brackets")
        if re.fullmatch(r"－\d+－", lines[-1]):
            lines.pop()
        if lines[-1] in headings and len(pages) > 1:
            wrong.append(f"page {number}: the heading {lines[-1]} alone")
        if number == len(pages) > 1 and len(lines) < 3:
            wrong.append(f"page {number}: nearly empty")
    return wrong


def test_what_is_ugly_is_found() -> None:
    head = model.cell("番号", bold=True)
    items = [
        model.para("１　目的", level=2),
        model.PaperTable((40,), ((head,),), heads=1),
    ]
    assert ugly(items, ["本文\n１　目的\n－1－\n", "氏名（）\n－2－\n"]) == [
        "heads alone: 番号",
        "page 1: the heading １目的 alone",
        "page 2: empty brackets",
        "page 2: nearly empty",
    ]


def _draw(file: Path, name: str) -> None:
    """Every page of a paper as a picture, to be looked at by people."""
    draw = _program("pdftoppm", "poppler-utils")
    pictures = ROOT / "artifacts" / "papers"
    pictures.mkdir(parents=True, exist_ok=True)
    subprocess.run([draw, "-r", "70", "-png", file, pictures / name], check=True)


def test_the_plan_as_a_workbook_has_a_row_an_affair_in_the_form_s_columns(seen: Workplace) -> None:
    from openpyxl import load_workbook

    from pia import forms

    made = papers_office.make(seen, "plan", "xlsx", today=TODAY)
    assert (
        made.file.endswith(".xlsx")
        and made.data == papers_office.make(seen, "plan", "xlsx", today=TODAY).data
    )
    assert any("システムごと" in p.sentence for p in made.problems) and any(
        "委員会の様式1を見ていません" in p.sentence for p in made.problems
    )
    book = load_workbook(io.BytesIO(made.data))
    sheet = book["計画管理書"]
    rows = [[c.value for c in r] for r in sheet.iter_rows()]
    top = next(i for i, r in enumerate(rows) if r[0] == "評価書番号")
    labels = {n.id: n.label for n in forms.load("plan@令和6年10月").walk()}
    assert rows[top][:15] == [labels[f"J-{i}"] for i in range(1, 16)]
    paper = words(seen, "plan")
    affairs = [r for r in rows[top + 1 :] if r[0]]
    assert [r[0] for r in affairs] == ["21", "22", "25"]
    for said in (x for r in affairs for x in r if x):
        assert all(line in paper for line in str(said).split("\n")), (
            f"the workbook and the paper say the same: {said}"
        )
    assert affairs[0][4] == "30万人以上\n（310,000人）"
    systems = [r[0].value for r in book["システム"].iter_rows(min_row=4)]
    assert (
        systems
        and len(set(systems)) == len(systems)
        and set("\n".join(r[3] for r in affairs).split("\n")) == set(systems)
    )
    with pytest.raises(PiaError, match="docx・pdf・html で"):
        papers_office.make(seen, "referral", "xlsx", today=TODAY)


def test_no_row_of_the_plan_s_workbook_is_higher_than_a_program_shows() -> None:
    """What needs more goes on in rows below, to the letter."""
    from openpyxl import load_workbook

    from pia.documents.papers import plan_xlsx

    systems, remark = (
        "\n".join(f"国保給付システム{n}" for n in range(120)),
        "長い備考である。" * 300,
    )
    affair = dict.fromkeys(texts.load("plan").fields["事務一覧"], "甲") | {
        "システム": systems,
        "備考": remark,
    }
    facts = dict.fromkeys(texts.load("plan").fields, "乙") | {"事務一覧": [affair, affair]}
    sheet = load_workbook(io.BytesIO(plan_xlsx.write(facts, "試し"))).worksheets[0]
    head = next(
        r
        for r in range(1, 20)
        if sheet.cell(r, 15).value and "備考" in str(sheet.cell(r, 15).value)
    )
    rows = [[c.value or "" for c in row] for row in sheet.iter_rows(min_row=head + 1)]
    assert all(
        0 < (sheet.row_dimensions[r].height or 0) <= 409 for r in range(head, sheet.max_row + 1)
    )
    begins = [i for i, r in enumerate(rows) if r[0] == "甲"]
    assert len(begins) == 2 and {r[0] for i, r in enumerate(rows) if i not in begins} == {
        "（続き）"
    }
    first = rows[begins[0] : begins[1]]
    assert (
        "\n".join(r[3] for r in first if r[3]) == systems
        and "".join(r[14] for r in first) == remark
    )


def test_nothing_in_the_plan_s_workbook_is_a_formula() -> None:
    from openpyxl import load_workbook

    from pia.documents.papers import plan_xlsx

    facts = dict.fromkeys(texts.load("plan").fields, "=1+1") | {
        "事務一覧": [dict.fromkeys(texts.load("plan").fields["事務一覧"], '=HYPERLINK("x")')]
    }
    for sheet in load_workbook(io.BytesIO(plan_xlsx.write(facts, "試し"))):
        assert {c.data_type for r in sheet.iter_rows() for c in r if c.value} == {"s"}
    facts["事務一覧"][0]["備考"] = "長" * 32_001
    with pytest.raises(PiaError, match="32,000文字まで"):
        plan_xlsx.write(facts, "試し")


def test_the_number_of_a_referral_stands_on_its_papers(played: Workplace) -> None:
    """What the office typed when it asked for the referral; before, it was kept with the work
    alone."""
    with by_hand(played.store) as s:
        step = s.scalars(select(RoundEvent).where(RoundEvent.event == "refer")).first()
        assessments.step(
            s,
            s.get_one(assessments.Round, step.round_id),
            "refer",
            "REVIEWING",
            {**step.facts, "document_number": "みな個第42号"},
            OFFICE,
        )
    assert "みな個第42号" in words(played, "referral")
