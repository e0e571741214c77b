"""What the papers say by themselves, held against the second story (umihara): every day from the
record of its thing, every name and number its own, nothing that
came later, nothing of another round."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pikepdf
import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from pia.actions import sources
from pia.actions.issuing import attachments, papers
from pia.actions.output import comparison_table, comparisons
from pia.actions.papers import checks, facts, summary
from pia.actions.people import registration
from pia.actions.records import days
from pia.actions.steps import referrals, remarks
from pia.actions.viewing import consultations, rounds
from pia.actions.workplace import Workplace, line
from pia.documents.comparison import table
from pia.documents.word import as_pdf, model, reader
from pia.domain.change.compare import compare
from pia.domain.change.describe import describe
from pia.domain.document import items
from pia.domain.errors import PiaError
from pia.store.opening import upgrade
from pia.store.rows import consultations as consultation_rows
from pia.store.rows import councils as council_rows
from pia.store.rows import filing
from tests import shared
from tests.shared import by_hand

from ..conftest import workplace_at
from . import umihara

TODAY = date(2028, 2, 10)


@pytest.fixture(scope="module")
def told_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("umihara") / "pia.db"
    upgrade(f"sqlite:///{file}")
    wp = workplace_at(f"sqlite:///{file}")
    umihara.play(wp)
    wp.store.close()
    return file


@pytest.fixture
def wp(told_file: Path, tmp_path: Path) -> Iterator[Workplace]:
    shutil.copy(told_file, tmp_path / "pia.db")
    workplace = workplace_at(f"sqlite:///{tmp_path / 'pia.db'}")
    yield workplace
    workplace.store.close()


def words(wp: Workplace, name: str, about: int = 2, **more) -> str:
    data = papers.make(wp, name, "docx", about=about, today=TODAY, **more).data
    return model.words(reader.read(data)[0])


def cover(wp: Workplace, monkeypatch: pytest.MonkeyPatch, step: str, about: int, **more) -> str:
    """The first page of a set, as its words; nothing else of the set is printed."""
    from pia.documents.papers import attachments as layout

    seen: list[model.WrittenPaper] = []
    made = layout.cover

    def kept(*given) -> model.WrittenPaper:
        seen.append(made(*given))
        return seen[-1]

    monkeypatch.setattr(layout, "cover", kept)
    attachments.make(wp, step, "zip", about=about, today=TODAY, **more)
    return model.words(seen[0])


def strips(wp: Workplace) -> dict[str, list[tuple[str, str, str]]]:
    return {
        v.ref: [(str(x["name"]), str(x["where"]), str(x["words"])) for x in v.strip]
        for v in shared.all_rounds(wp)
    }


# ---- days


def test_every_step_has_the_day_of_its_own_record(wp: Workplace) -> None:
    strips_shown = strips(wp)
    assert [x[2] for x in strips_shown[umihara.LINE]] == [
        "令和7年11月20日",
        "令和8年1月15日",
        "令和8年1月19日",
        "令和8年2月12日",
        "令和8年3月2日",
        "令和8年3月6日",
    ]
    assert strips_shown[umihara.NEXT][1] == (
        "意見募集",
        "now",
        "令和10年2月1日から令和10年3月2日まで",
    )
    assert {x[2] for x in strips_shown[umihara.NEXT][2:]} == {""}
    page = rounds.round_view(wp, umihara.LINE, TODAY)
    assert [x["words"] for x in page.strip] == [x[2] for x in strips_shown[umihara.LINE]], (
        "a list and a page say the same"
    )


def test_a_withdrawn_round_is_not_submitted(wp: Workplace) -> None:
    from pia.actions.records import rounds as round_records

    round_records.move(wp, umihara.at("2028-02-05 09:00"), umihara.NEXT, "withdraw")
    strips_shown = strips(wp)[umihara.NEXT]
    assert [x[1] for x in strips_shown] == ["done", "stopped", "later", "later", "later", "later"]
    assert "取下げ" in model.words(summary.summary(wp, consultation=2))


def test_the_record_before_an_event_knows_nothing_of_it(wp: Workplace) -> None:
    with wp.store.read() as s:
        r = line(s, umihara.LINE).round
        first = days.first_of(s, r, "refer", referral=1)
        again = days.first_of(s, r, "refer", referral=2)
        before, between = days.record(s, r, first), days.record(s, r, again)
        whole = days.record(s, r)
        assert not before.reviews and before.consultation and before.submitted is None
        assert [h.continued for h in between.reviews] == [True] and between.checked is None
        assert whole.checked.sitting.day == date(2026, 2, 12) and whole.submitted == date(
            2026, 3, 2
        )
        assert days.first_of(s, line(s, umihara.NEXT).round, "submit") is None


def test_a_check_that_was_begun_anew_has_no_day(wp: Workplace) -> None:
    from pia.store.rows import assessments

    with by_hand(wp.store) as s:
        r = line(s, umihara.LINE).round
        assessments.step(s, r, "reopen", "REVISING", {}, umihara.at("2026-03-07 09:00"))
        assert days.record(s, r).checked is None


# ---- the council's papers


def test_the_report_bears_the_council_s_own_number(wp: Workplace) -> None:
    text = words(wp, "report")
    assert (
        text.startswith("海個審第6号\n令和8年2月18日")
        and "令和8年1月30日付け海教学第109号で諮問のあった" in text
    )
    assert "委員長　入江 岬" in text and "会長" not in text.replace("委員長", "")


def test_a_number_nobody_recorded_is_a_blank(fresh: Workplace) -> None:
    umihara.play(fresh, "verdict")
    paper = papers.make(fresh, "report", "docx", about=2, today=TODAY)
    assert [p.sentence for p in paper.problems] == [
        f"「{n}」は記録がないため、空欄にしました。" for n in ("答申の文書番号", "答申日")
    ]
    text = words(fresh, "report")
    assert text.startswith("（　　　　　）") and text.count("海教学第109号") == 1


def test_a_report_is_recorded_after_its_sitting_only(wp: Workplace) -> None:
    with pytest.raises(PiaError, match=r"令和8年2月11日.*令和8年2月12日"):
        referrals.report(
            wp, umihara.at("2026-02-20 09:00"), 2, document_number="", day=date(2026, 2, 11)
        )
    with pytest.raises(PiaError, match="まだ記録されていません"):
        referrals.report(
            wp, umihara.at("2026-02-20 09:00"), 1, document_number="", day=date(2026, 2, 18)
        )


def test_the_course_of_a_case_names_every_sitting(wp: Workplace) -> None:
    text = words(wp, "report")
    order = [
        "令和8年1月20日\n諮問",
        "令和8年1月29日\n第4回審査会で審議（継続審議）",
        "令和8年1月30日\n諮問",
        "令和8年2月12日\n第5回審査会で審議（附帯意見を付して了承）",
    ]
    assert [text.index(x) for x in order] == sorted(text.index(x) for x in order)


def test_each_paper_names_the_chair_of_its_own_day(wp: Workplace) -> None:
    assert "委員長　波多野 泉　様" in words(wp, "referral") and "入江" not in words(wp, "referral")
    assert "入江 岬（委員長）" in words(wp, "minutes") and "議事の進行を、委員長に" in words(
        wp, "chair-script"
    )


def test_minutes_are_of_one_sitting_with_who_came_late_and_no_person_of_the_office(
    wp: Workplace,
) -> None:
    second = words(wp, "minutes")
    assert "佐倉 椿（午後2時10分から）" in second and "港 洋" in second and "第5回審査会" in second
    assert "議長\n要綱は公表しますか。" in second and "実施機関（学務課）\n公表します。" in second
    first = words(wp, "minutes", 1, sitting=1)
    assert "佐倉 楓委員\n範囲はどこですか。" in first, "two members share a surname"
    assert (
        "審議の結果：継続審議" in first
        and "附帯意見" not in first
        and "要綱は公表しますか" not in first
    )
    assert "汐見" not in first + second and "渚" not in first + second
    with pytest.raises(PiaError, match="その会議はありません"):
        words(wp, "minutes", 2, sitting=1)


def test_what_was_recorded_outside_the_sitting_says_so(fresh: Workplace) -> None:
    """Before, it stood among the speeches of the sitting."""
    wp = fresh
    umihara.play(wp, "verdict")
    asked = remarks.ask(wp, umihara.at("2026-02-12 16:30"), 2, "佐倉 楓", "後から気付きました。")
    remarks.answer(
        wp,
        umihara.at("2026-02-13 09:30", "shiomi"),
        asked,
        "教育部学務課　汐見　渚",
        "分かりました。",
    )
    text = words(wp, "minutes")
    in_the_room, apart = text.split("会議の後に届いた質問と回答です。")
    assert "要綱は公表しますか" in in_the_room and "気付きました" not in in_the_room
    assert "後から気付きました。" in apart and "要綱は公表しますか" not in apart
    assert "佐倉 楓委員\n（令和8年2月12日、閉会の後に記録）\n後から気付きました。" in text
    assert "実施機関（学務課）\n（令和8年2月13日、閉会の後に記録）\n分かりました。" in text


def test_a_closed_item_keeps_its_speeches(wp: Workplace) -> None:
    with by_hand(wp.store) as s:
        sitting = s.get_one(council_rows.Sitting, 2)
        sitting.agenda = [
            {**sitting.agenda[0], "public": False, "reason": "条例第9条"},
            {"number": "報第1号", "title": "報告", "referral": None},
        ]
    text = words(wp, "minutes")
    assert "（非公開）" in text and "要綱は公表しますか" not in text
    assert "議第1号を除き、公開で行います" in words(wp, "chair-script")


def _decided(wp: Workplace, kind: str) -> None:
    by = umihara.at("2026-02-13 10:00")
    with by_hand(wp.store) as s:
        s.add(
            council_rows.Verdict(
                referral_id=2,
                sitting_id=2,
                kind=kind,
                note="",
                reviewed=[],
                actor=by.actor,
                role=by.role,
                at=by.at,
            )
        )


def test_a_verdict_the_city_named_itself_is_said_in_its_own_word(wp: Workplace) -> None:
    named = {"verdicts": ["妥当", "再考", "否"], "passing_verdicts": ["妥当"]}
    own = replace(wp, rules={**wp.rules, **named, "deferring_verdicts": ["再考"]})
    _decided(wp, "妥当")
    text = words(own, "report")
    assert "結論は、「妥当」とする。" in text and "適当である" not in text
    assert "案のとおり「妥当」とすることに" in words(own, "chair-script")
    _decided(wp, "再考")
    with pytest.raises(PiaError, match="「再考」のため"):
        words(own, "report")
    _decided(wp, "否")
    assert "結論は、「否」とする。" in words(own, "report"), "an opinion that was heard is one"


def test_nobody_says_what_there_was_not(wp: Workplace) -> None:
    """One document: nothing shared. Nothing national. A form that asks for no address. No
    consultation: no word about opinions."""
    aloud = words(wp, "explanation")
    assert "共通するもの" not in aloud and "国の記載例" not in aloud and "1度だけ" not in aloud
    assert "住所の記入は不要です。" in words(wp, "announcement", 1) and "電話又は口頭" not in words(
        wp, "announcement", 1
    )
    with by_hand(wp.store) as s:
        for con in s.scalars(select(consultation_rows.Consultation)):
            con.rounds = []
    assert "意見の募集の記録は、ございません。" in words(
        wp, "explanation"
    ) and "御意見はございませんでした" not in words(wp, "explanation")


def test_counts_are_said_as_they_are_in_japanese(seen: Workplace) -> None:
    told = (
        model.words(summary.summary(seen, referral=1))
        + words(seen, "explanation", 1)
        + words(seen, "chair-script", 1)
    )
    assert (
        not re.search(r"[0-9]{2,}つ|[0-9]つ[のはに]", told)
        and "5件の変更は複数の評価書に共通" in told
    )


# ---- this round's own


def test_an_opinion_adopted_elsewhere_is_not_adopted_here(played: Workplace) -> None:
    with played.store.read() as s:
        con = s.get_one(consultation_rows.Consultation, 1)
        first_round = [r.id for r in con.rounds][:1]
        assert sum(o["adopted"] for o in consultations.opinions_of(s, played, con)) == 1
        assert (
            sum(o["adopted"] for o in consultations.opinions_of(s, played, con, first_round)) == 1
        )
        assert sum(o["adopted"] for o in consultations.opinions_of(s, played, con, [0])) == 0


def test_an_opinion_cites_the_form_of_the_documents_it_is_about(wp: Workplace) -> None:
    """An item of a 重点項目評価書 is not looked up in a 全項目評価書 of another year."""
    with by_hand(wp.store) as s:
        con = s.get_one(consultation_rows.Consultation, 1)
        s.scalars(select(consultation_rows.Opinion)).first().item = "II-9-9"
        assert consultations.opinions_of(s, wp, con)[0]["where"] == "II-9-9"
        s.scalars(select(consultation_rows.Opinion)).first().item = "I-1-2"
        assert consultations.opinions_of(s, wp, con)[0]["where"] == "Ⅰ１②"


# ---- sets


def test_a_set_shows_the_case_as_it_stood_then(
    wp: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = cover(wp, monkeypatch, "announce", 1)
    assert (
        "意見募集\n令和7年12月11日から\n令和8年1月15日まで\n－" in early
        and "令和8年2月12日" not in early
        and "令和8年3月" not in early
    )
    refer = cover(wp, monkeypatch, "refer", 2)
    assert (
        "意見の反映\n－\n令和8年1月19日" in refer
        and "第三者点検\n令和8年2月12日（会議）\n－" in refer
        and "令和8年3月2日" not in refer
    )
    last = cover(wp, monkeypatch, "publish", 2)
    assert "第三者点検\n令和8年2月12日（会議）\n令和8年2月12日" in last and "提出\n－\n－" in last


def test_a_set_says_decided_only_of_what_was(
    wp: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = cover(wp, monkeypatch, "refer", 2)
    assert (
        "決裁前" in text
        and "決裁済み" not in text
        and "文書番号\n海教学第109号\n起案日\n\n起案者\n\n決裁区分\n\n合議先\n\n決裁日\n"
        "\n施行日\n\n公印\n\n"
        in text
    )
    typed = cover(
        wp, monkeypatch, "refer", 2, given={"起案者": "総務課　磯部", "決裁日": "2026-01-29"}
    )
    assert (
        "起案者\n総務課　磯部" in typed and "決裁日\n令和8年1月29日" in typed and "決裁前" in typed
    ), "typed is not recorded"
    assert "決裁済み" in cover(wp, monkeypatch, "publish", 2)
    with pytest.raises(PiaError, match="「起按者」はありません"):
        attachments.make(wp, "refer", "zip", about=2, today=TODAY, given={"起按者": "x"})


def test_the_number_of_a_decision_is_never_the_council_s(wp: Workplace) -> None:
    attached = attachments.make(
        wp, "publish", "zip", about=2, today=TODAY, given={"文書番号": "海教学第140号"}
    )
    with zipfile.ZipFile(io.BytesIO(attached.data)) as z:
        names = z.namelist()
    assert [n[5:-4] for n in names[1:]] == [
        "答申書",
        "会議の開催結果",
        "新旧対照表",
        "変更箇所（就学援助に関する事務）",
        "就学援助に関する事務　全項目評価書",
        "就学援助に関する事務　基礎項目評価書",
        "特定個人情報保護評価計画管理書",
    ]
    assert words(wp, "report").startswith("海個審第6号")


def test_the_set_for_a_referral_has_the_papers_that_were_handed_in(wp: Workplace) -> None:
    attached = attachments.make(wp, "refer", "zip", about=1, today=TODAY)
    with zipfile.ZipFile(io.BytesIO(attached.data)) as z:
        names = z.namelist()
        assert z.read(next(n for n in names if "経費" in n)) == b"PK not a paper"
    assert [n for n in names if "資料" in n[5:]][:2] == [
        "添付05_資料2　要綱.pdf",
        "添付06_資料3　経費.xlsx",
    ]
    assert any("「資料3　経費」はPDFではない" in p.sentence for p in attached.problems) and names[
        -1
    ].endswith("全項目評価書（案）.pdf")
    bound = attachments.make(wp, "refer", "pdf", about=1, today=TODAY)
    with pikepdf.open(io.BytesIO(bound.data)) as pdf, pdf.open_outline() as outline:
        titles = [x.title for x in outline.root]
    assert "添付5　資料2　要綱" in titles and not any("経費" in t for t in titles)


# ---- dates against each other


def test_dates_that_contradict_each_other_are_named_on_the_first_page(
    wp: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "日付の食い違い" not in cover(wp, monkeypatch, "publish", 2)
    with by_hand(wp.store) as s:
        s.get_one(consultation_rows.Consultation, 1).end = date(2026, 2, 14)
        sent = s.scalars(
            select(filing.Submission).where(
                filing.Submission.round_id == line(s, umihara.LINE).round.id
            )
        ).one()
        who = {"actor": "isobe", "role": "secretariat", "at": sent.at}
        s.add(
            filing.Publication(
                round_id=sent.round_id, version_id=sent.version_id, day=date(2026, 3, 1), **who
            )
        )
        digests = {"digest": sent.digest, "reviewed_digest": sent.reviewed_digest}
        s.add(
            filing.Submission(
                round_id=sent.round_id,
                version_id=sent.version_id,
                document_number="海教学第140号",
                decided=date(2026, 3, 3),
                sent=None,
                **digests,
                **who,
            )
        )
    text = cover(wp, monkeypatch, "publish", 2, given={"起案日": "2026-03-04"})
    for said in (
        "第三者点検の日（令和8年2月12日）が、意見募集の末日（令和8年2月14日）"
        "より前です。会議のページの記録を確かめてください。",
        "公表日（令和8年3月1日）が、提出日（令和8年3月2日）より前です。"
        "手続のページの記録を確かめてください。",
        "提出日（令和8年3月2日）が、提出の決裁日（令和8年3月3日）より前です。",
        "意見聴取の実施日・期間（令和7年12月11日、令和8年1月15日）が、"
        "意見募集の記録（令和7年12月11日、令和8年2月14日）と違います。",
        "表紙の公表日（令和8年3月6日）が、公表の記録（令和8年3月1日）と違います。",
        "決裁日（令和8年3月3日）が、起案日（令和8年3月4日）より前です。",
    ):
        assert said in text
    assert text.index("日付の食い違い") < text.index("１　添付する文書")
    assert attachments.asked(wp, "publish", 2).clashes


def test_the_days_of_another_round_in_the_text_are_named(wp: Workplace) -> None:
    """Ⅵ of the last 再実施, left as it was in this one."""
    with wp.store.read() as s:
        (d,) = facts.documents(s, [line(s, umihara.NEXT).round])
        sentences = checks.clashes(s, [d])
    assert sentences == (
        "就学援助に関する事務：意見聴取の実施日・期間（令和7年12月11日、令和8年1月15日）"
        "が、意見募集の記録（令和10年2月1日、令和10年3月2日）と違います。"
        "評価書か記録を確かめてください。",
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("令和8年1月29日及び令和8年2月12日", 2),
        ("R8.1.29～R8.2.12", 2),
        ("2026年1月29日から2026/2/12まで（15日間）", 2),
        ("令和元年5月1日", 1),
        ("なし", 0),
        ("令和8年2月30日", 0),
    ],
)
def test_days_are_found_in_a_text(text: str, found: int) -> None:
    assert len(checks.dates_in(text)) == found


# ---- the plan


def test_the_plan_was_last_changed_when_something_in_it_did(wp: Workplace) -> None:
    def updated(today: date) -> str:
        return (
            model.words(reader.read(papers.make(wp, "plan", "docx", about=1, today=today).data)[0])
            .split("最終更新日\n")[1]
            .split("\n")[0]
        )

    assert (
        updated(TODAY) == "令和10年1月10日"
        and updated(date(2026, 3, 5)) == "令和8年3月2日"
        and updated(date(2026, 3, 31)) == "令和8年3月6日"
    )
    registration.count(
        wp,
        umihara.at("2028-01-20 00:30"),
        "school-aid",
        registration.Counts(330_000, 41, False, date(2028, 1, 4), date(2028, 1, 4)),
    )
    assert updated(TODAY) == "令和10年1月20日"


# ---- no keys, no pipes


def test_nobody_reads_a_key(wp: Workplace) -> None:
    a, b = (sources.read_ref(wp, x) for x in ("school-aid@1", "school-aid@published"))
    book = comparisons.comparison(a, b, comparisons.reasons(wp, b))
    head = [
        c.value for c in load_workbook(io.BytesIO(comparisons.as_xlsx(book, "phrase"))).active[1]
    ]
    assert (
        head[3:5] == ["変更前　第1版（令和3年2月26日公表）", f"変更後　{b.words}"]
        and "（令和8年3月6日公表）" in b.words
    )
    page = comparisons.as_html(book, "phrase")
    notice = comparisons.as_notice(book)
    assert "school-aid@" not in page and "第1版（令和3年2月26日公表）" in page
    assert "school-aid@" not in notice and "school-aid@1" in comparisons.as_text(
        book, "phrase", False
    )


def test_a_file_is_named_and_not_its_place(tmp_path: Path, wp: Workplace) -> None:
    from pia.actions.issuing import exports

    file = tmp_path / "旧.json"
    file.write_bytes(exports.export(sources.read_ref(wp, "school-aid@1"), "json", where=wp))
    read = sources.read_file(str(file))
    subject = comparison_table.subject(wp.press, read, read)
    assert read.words == "旧.json" and subject.old_words == "旧.json"


def test_rows_and_repeats_read_as_people_write_them() -> None:
    """The cells of a row behind the names of their columns; of two blocks with one heading the
    second says that it is one."""
    form = umihara.tree().form
    from pia import forms

    form_used = forms.load(form)
    text = "＜対策＞\nあ\n＜対策＞\n"
    old = items.build(form_used, [(("II", "f", "6", "1"), f"{text}い")])
    new = items.build(
        form_used,
        [
            (("II", "f", "6", "1"), f"{text}う"),
            (("B2", "F", "f", "1"), [{"cells": ["1", "氏名"]}, {"cells": ["2", "住所"]}]),
        ],
    )
    described = describe(form_used, compare(old, new), old, new)
    labels = [x.label for x in described]
    assert any(x.endswith("＜対策＞（2番目）") for x in labels) and not any(
        "#" in x or "｜" in x for x in labels
    )
    rows = [x for x in described if x.change.level == "row"]
    assert (
        rows
        and [x.shown[1] for x in rows] == ["連番：1　項目名：氏名", "連番：2　項目名：住所"]
        and [x.place for x in rows] == ["「氏名」", "「住所」"]
    )
    subject = table.Subject("k", "甲", "", old, new, described)
    sheet = table.paper([subject], title="新旧対照表")
    printed = model.words(sheet)
    assert "｜" not in printed and "#2" not in printed and "項目名：氏名" in printed
    assert as_pdf.write(sheet)


def test_a_sitting_at_which_nobody_was_recorded_leaves_blanks(wp: Workplace) -> None:
    with by_hand(wp.store) as s:
        s.query(council_rows.Attendance).delete()
        s.get_one(council_rows.Council, 1).facts = {}
    paper = papers.make(wp, "chair-script", "docx", about=2, today=TODAY)
    assert any("出席者の数" in p.sentence for p in paper.problems)
