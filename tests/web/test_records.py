"""The records office in the town of the second story: flags, erasing, keeping, 廃棄, 開示請求; each
act leaves a ledger that `fsck` finds whole."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import select, update

from pia.actions import jobs
from pia.actions.editing import unsaved
from pia.actions.keeping import erasing
from pia.actions.keeping import personal as keeping_personal
from pia.actions.keeping import retention as keeping_retention
from pia.actions.kept import retention
from pia.actions.people import registration
from pia.actions.records import personal as personal_words
from pia.domain.act import By
from pia.domain.errors import PiaError, Refused
from pia.domain.text import personal
from pia.store.ledger import log
from pia.store.opening import Store
from pia.store.rows import consultations, councils, records
from pia.store.upkeep import fsck

from .. import shared
from . import searched, second_town
from . import second_story as story
from .client import PageClient
from .second_town import BODY, NATIONAL, Town
from .test_public import PublicClient
from .test_second_story import _play

ELEVEN = "70426513908"
NUMBER = ELEVEN + str(personal.check_digit(ELEVEN))
PHONE, MAIL = "090-5550-1487", "nagisa.iwai@shiranami.example"
SAID = f"書庫の移転に賛成です。番号は{NUMBER}、電話{PHONE}、連絡は{MAIL}まで。"
ROUND = "r8-shoko"
REF = f"allowance~{ROUND}"
THEN = "＜本市における措置＞\n庁舎内のサーバー室に置く。入退室を記録する。"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    second_town.stay_signed_in(monkeypatch)
    wp = shared.copied(shared.once("second.db", _play), tmp_path)
    yield Town(wp, story.END)
    wp.store.close()


@pytest.fixture
def heard(town: Town) -> Town:
    """A third consultation with an opinion that says who wrote it, taken in by the office."""
    town.at("2026-03-02T09:00")
    why = ("書庫の再移転に係る再実施", "書庫の再移転", "2026-09-01")
    second_town.begin(town, "allowance", ROUND, *why)
    town.draft(REF, "II/f/6/1", f"{THEN}\n{NATIONAL}\n書庫は新庁舎に置く。", reason=why[1])
    days = ("2026-03-03", "2026-03-03", "2026-04-03")
    second_town.consult(town, [REF], "児童手当の評価書（案）への意見の募集", *days)
    town.at("2026-03-10T10:00")
    sent = {"channel": "post", "received": "2026-03-10", "text": SAID, "keys": ["allowance"]}
    town.office("/consultations/3", "/consultations/3/opinions", {**sent, "name": "岩井 凪"})
    return town


def sound(store: Store) -> bool:
    return fsck.check(store, deep=True) == []


def opinion(town: Town) -> consultations.Opinion:
    with town.wp.store.read() as s:
        of = select(consultations.Opinion).where(consultations.Opinion.consultation_id == 3)
        return s.scalars(of).one()


def place(town: Town) -> str:
    return f"opinion-{opinion(town).id}"


def answer(town: Town, number: int, said: str, reason: str) -> str:
    name = f"opinion {opinion(town).id}/text/{number}"
    values = {"answer": said, "reason": reason}
    return town.office("/flags", "/flags", values, pick={"find": name})


def secret(text: str) -> list[str]:
    return [word for word in (NUMBER, PHONE, MAIL) if word in text]


def test_finds_are_listed_without_their_words_and_each_is_answered(heard: Town) -> None:
    assert "箇所が3か所あります" in heard.read("kazama", "/consultations/3")
    page = heard.read("kazama", "/flags")
    assert "答えていない箇所（3件）" in page and secret(page) == []
    for words in personal.WORDS.values():
        assert words in page
    refused = heard.office(
        "/flags",
        "/flags",
        {"answer": "KEEP", "reason": f"電話は{PHONE}"},
        pick={"find": f"opinion {opinion(heard).id}/text/2"},
        status=422,
    )
    assert "書かないでください" in refused
    assert "答えを記録しました" in answer(heard, 1, "WITHHOLD", "本人の番号のため")
    answer(heard, 3, "KEEP", "本人が公表を望むため")
    page = heard.read("kazama", "/flags")
    assert "答えていない箇所（1件）" in page and secret(page) == []
    assert "本人が公表を望むため" in page and "風間 律" in page
    assert sound(heard.wp.store)


def test_a_number_blocks_the_results_until_answered(heard: Town) -> None:
    heard.at("2026-04-04T09:00")
    heard.office("/consultations/3", "/consultations/3/close")
    given = {"text": "移転します。", "outcome": "COVERED"}
    heard.office("/consultations/3", "/consultations/3/opinions/1/response", given)
    heard.office(f"/rounds/{REF}", f"/rounds/{REF}/review-fixed", {"day": "2026-04-04"})
    office = heard.person("kazama").client
    paper = office.get("/consultations/3/papers/opinion-results.docx")
    assert paper.status_code == 409 and secret(paper.get_data(as_text=True)) == []
    second_town.refer(heard, [REF], "書庫の再移転に係る評価書の点検について", "白文第61号")
    public = PublicClient(heard.public)
    public.expect_no_words("/consultations/3", "移転します。")
    answer(heard, 1, "WITHHOLD", "本人の番号のため")
    answer(heard, 3, "KEEP", "本人が公表を望むため")
    words = public.get("/consultations/3").text_content()
    assert "移転します。" in words and "【非公表】" in words
    assert secret(words) == [MAIL]  # let stand; the telephone number nobody answered for is covered
    assert secret(heard.read("tsuda", "/referrals/3")) in ([], [MAIL])


def test_the_control_without_covering_says_them(
    heard: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(personal_words.personal, "found", lambda text: ())
    with heard.wp.store.read() as s:
        row = s.get_one(consultations.Opinion, opinion(heard).id)
        assert secret(personal_words.outward(s, row)) == [NUMBER, PHONE, MAIL]


def test_erasing_takes_text_copy_sender_and_drafts_and_leaves_a_tombstone(
    heard: Town,
) -> None:
    store, number = heard.wp.store, opinion(heard).id
    heard.at("2026-03-11T00:20")
    writer = By("ogata", "drafter", heard.now)
    item = ("II/f/6/1", f"{REF.split('~')[0]}@1")
    unsaved.keep(heard.wp, writer, REF, *item, {"text": [f"{PHONE}に聞く"]})
    url = f"/flags/{place(heard)}"
    page = heard.read("kazama", url)
    assert secret(page) == [] and "差出人の氏名・住所" in page
    assert secret(heard.read("kazama", f"{url}?look=1")) == [NUMBER, PHONE, MAIL]
    with store.read() as s:
        assert log.step(s, "personal.read", f"opinion {number}") is not None
    send = (url, f"{url}/erasure")
    for values, words in (
        ({"sure": "1", "reason": "個人番号のため"}, "どちらか"),
        ({"sure": "1", "decided": "2026-03-12", "reason": "個人番号のため"}, "まだ来ていません"),
        ({"document_number": "白総第9号", "reason": "個人番号のため"}, "印を付けてください"),
        ({"sure": "1", "document_number": "白総第9号", "reason": f"{MAIL}のため"}, "書かないで"),
    ):
        assert words in heard.office(*send, values, status=422)
    assert opinion(heard).text == SAID
    searched.whole(heard.wp)
    assert NUMBER in repr(searched.said(heard.wp))
    good = {"sure": "1", "document_number": "白総第9号", "decided": "2026-03-10"}
    said = heard.office(*send, {**good, "reason": "個人番号が書かれていたため"})
    for words in ("消しました", "差出人の氏名・住所", "書きかけ1件"):
        assert words in said
    kept = repr(searched.said(heard.wp))
    assert not any(word in kept for word in (NUMBER, PHONE, MAIL))
    searched.is_as_made_again(heard.wp)
    assert "令和8年4月15日までに消えます" in said and "令和8年3月10日から" in said
    for who, address in (("kazama", "/consultations/3"), ("kazama", "/flags"), ("kazama", url)):
        shown = heard.read(who, address)
        assert secret(shown) == [] and ("消去" in shown or "個人番号が書かれていた" in shown)
    assert "令和8年3月11日、白総第9号により消去" in heard.read("kazama", "/consultations/3")
    with store.read() as s:
        assert s.get_one(consultations.OpinionSender, number).name == ""
        assert personal_words.of_row(s, s.get_one(consultations.Opinion, number)) == []
    assert unsaved.of(heard.wp, "ogata", REF, item[0]) is None
    assert sound(store)
    assert "期限" in heard.read("kazama", "/flags")
    heard.at("2026-04-16T09:00")
    assert "全て消えています" in heard.read("kazama", url)


def test_the_inbox_copy_goes_with_its_opinion(town: Town) -> None:
    """Opinion 1 came through the public zone: its copy is in the inbox."""
    with town.wp.store.read() as s:
        first = s.scalars(select(consultations.Inbox).where(consultations.Inbox.id == 1)).one()
        assert first.text and first.opinion_id
    office = By("kazama", "secretariat", town.now)
    words = erasing.erase(town.wp, office, f"opinion-{first.opinion_id}", "白総第1号", None, "求め")
    assert any("受付待ちの写し" in x for x in words)
    with town.wp.store.read() as s:
        copy = s.get_one(consultations.Inbox, 1)
        assert copy.text == "" and records.is_erased(copy)
    assert sound(town.wp.store)


def test_an_empty_text_without_its_act_is_found(town: Town) -> None:
    with town.wp.store.engine.begin() as connection:
        table = consultations.Opinion.__table__
        connection.execute(update(table).where(table.c.id == 1).values(text="", text_nonce=None))
    assert any("opinion 1" in p.where for p in fsck.check(town.wp.store))


def test_a_number_in_a_workbook_is_named_with_its_cell_and_blocks_the_announcement(
    town: Town,
) -> None:
    town.at("2026-03-02T09:00")
    second_town.begin(
        town, "allowance", ROUND, "書庫の再移転に係る再実施", "書庫の再移転", "2026-09-01"
    )
    export = town.person("ogata").download(f"/assessments/{REF}/export.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(export))
    cells = [c for ws in book.worksheets for row in ws.iter_rows() for c in row]
    cell = next(c for c in cells if isinstance(c.value, str) and "保存期間を過ぎた" in c.value)
    cell.value = f"{cell.value}\n例として{NUMBER}を用いる。"
    where = f"{cell.parent.title}!{cell.coordinate}"
    back = io.BytesIO()
    book.save(back)
    sent = {"into": REF, "look": "1"}
    files = {"files": (io.BytesIO(back.getvalue()), "案.xlsx")}
    looked = town.do("ogata", "/import", "/import", {**sent, **files}, status=200)
    assert where in looked and personal.WORDS["number"] in looked and NUMBER not in looked
    files = {"files": (io.BytesIO(back.getvalue()), "案.xlsx")}
    town.person("ogata").bring({"into": REF, "why": "案", **files})
    told = {"reason": "様式を新しくするため", "what": "unexplained"}
    town.office(f"/rounds/{REF}/change-table", f"/rounds/{REF}/notes", told)
    about = {"rounds": [REF], "title": "募集", "announced": "2026-03-03", "start": "2026-03-03"}
    about |= {"end": "2026-04-03", "method": "窓口", "name": "none", "address": "none"}
    refused = town.office("/consultations/new", "/consultations/new", about, status=409)
    assert "個人番号と思われる数字" in refused and NUMBER not in refused
    page = town.read("kazama", "/flags")
    assert "allowance" in page and NUMBER not in page
    flag = next(x for x in personal_words.listed(town.wp) if x.kind == "number")
    office = By("kazama", "secretariat", town.now)
    with pytest.raises(PiaError, match="指定してください"):
        keeping_personal.answer(town.wp, office, flag.name, "WITHHOLD", "本人の番号のため")
    given = {"answer": "KEEP", "reason": "架空の例のため"}
    town.office("/flags", "/flags", given, pick={"find": flag.name})
    assert "公示しました" in town.office("/consultations/new", "/consultations/new", about)


@pytest.mark.parametrize("who", ["ogata", "tsuda", "hoshino"])
def test_others_do_not_come_in(heard: Town, who: str) -> None:
    for url in ("/flags", f"/flags/{place(heard)}", "/records", "/disclosures"):
        heard.person(who).get(url, 403)


def test_the_auditor_reads_and_does_not_act(heard: Town) -> None:
    admin = By("hoshino", "administrator", heard.now)
    registration.add_account(
        heard.wp, admin, registration.NewAccount("kansa", "監査 巡", "auditor", BODY)
    )
    page = heard.person("kansa")
    for url in ("/flags", f"/flags/{place(heard)}?look=1", "/records", "/records/disposal"):
        shown = page.get(url)
        assert secret(shown.text_content()) == []
        posts = [f.get("action") for f in shown.iter("form") if f.get("method") == "post"]
        assert posts == ["/sign-out"]
    for url in ("/flags", "/records/disposal", f"/flags/{place(heard)}/erasure"):
        assert page.client.post(url, data={}).status_code == 403


def test_every_kind_of_record_has_its_days(town: Town) -> None:
    leak = {"title": "通知書の誤送付", "known": "2024-04-01"}
    town.person("ogata").post("/leaks/new", "/leaks/new", leak)
    records_listed = {x.record: x for x in retention.listed(town.wp, town.now.date())}
    kinds = {x.kind for x in records_listed.values()}
    assert kinds == set(town.wp.retention["kinds"]) - {"bundle"}
    done = records_listed[f"round:vaccine~{story.FIRST}"]
    assert str(done.ended) == "2024-02-29" and str(done.start) == "2024-04-01"
    assert done.years == 10 and str(done.expiry) == "2034-03-31"
    assert str(records_listed["opinion:1"].expiry) == "2029-03-31"
    assert str(records_listed[f"round:vaccine~{story.GIVEN_UP}"].ended) == "2025-06-20"
    second_town.begin(town, "allowance", ROUND, "件名", "理由", "2026-09-01")
    running = {x.record: x for x in retention.listed(town.wp, town.now.date())}[f"round:{REF}"]
    assert running.ended is running.expiry is None and not running.over(town.now.date())
    page = town.read("kazama", "/records")
    assert "未確認" in page and "法令の定めではありません" in page
    only = town.read("kazama", "/records?category=hearing")
    assert "意見1" in only and "一年度" not in only
    sheet = openpyxl.load_workbook(
        io.BytesIO(town.person("kazama").download("/records/list.xlsx?category=hearing"))
    )
    assert sheet.active is not None and sheet.active["A3"].value == "満了日"
    assert "意見募集" in town.person("kazama").download("/records/list.csv").decode("utf-8-sig")


def test_a_bundle_is_a_record(town: Town) -> None:
    jobs.ask(town.wp, By("kazama", "secretariat", town.now), "bundle", {"ref": "vaccine~r7-hozon"})
    town.work()
    records_listed = [x for x in retention.listed(town.wp, town.now.date()) if x.kind == "bundle"]
    assert len(records_listed) == 1 and records_listed[0].about == ("round:vaccine~r7-hozon",)


def test_one_record_is_set_with_a_reason_and_the_old_value_stays(town: Town) -> None:
    url = "/records/kept/opinion:1"
    values = {"category": "review", "years": "30", "historic": "1", "reason": "市史に用いるため"}
    refused = town.office(url, url, {**values, "reason": ""}, status=422)
    assert "変える理由" in refused
    assert "1から100まで" in town.office(url, url, {**values, "years": "101"}, status=422)
    town.office(url, url, values)
    page = town.read("kazama", url)
    assert "30年" in page and "市史に用いるため" in page and "歴史公文書" in page
    record = retention.one(town.wp, "opinion:1", town.now.date())
    assert (record.category, record.years, record.historic, str(record.expiry)) == (
        "review",
        30,
        True,
        "2054-03-31",
    )
    town.office(url, url, {**values, "category": "hearing", "years": "5", "reason": "見直し"})
    assert [x.years for x in retention.history(town.wp, "opinion:1")] == [5, 30]
    assert sound(town.wp.store)


def test_disposal_goes_by_decision_and_leaves_the_book(town: Town) -> None:
    url = "/records/disposal"
    assert "ありません" in town.read("kazama", url)
    town.at("2029-03-31T23:59")
    assert not any(x.kind == "opinion" for x in retention.due(town.wp, town.now.date()))
    town.at("2029-04-01T00:10")
    with town.wp.store.read() as s:
        before = s.get_one(consultations.Opinion, 1).text
    assert before
    office = By("kazama", "secretariat", town.now)
    keeping_retention.set_keeping(
        town.wp, office, "opinion:2", None, None, True, "市史に用いるため"
    )
    asked = {"number": "開第5号", "received": "2029-03-30", "asked": "質疑の経過"}
    asked |= {"subject": f"round:vaccine~{story.FIRST}"}
    said = town.office("/disclosures", "/disclosures", asked)
    assert "開示請求を登録しました" in said and "意見1" in said and "令和5年度第4回審査会" in said
    page = town.read("kazama", url)
    assert "開示請求中（開第5号）" in page and "歴史公文書" in page and "廃棄する記録" not in page
    for name, words in (("opinion:1", "開示請求"), ("opinion:2", "歴史公文書"), ("round:x", "")):
        with pytest.raises(Refused) as error:
            keeping_retention.dispose(town.wp, office, [name], "白文第1号", town.now.date(), "")
        assert words in "".join(error.value.unmet)
    given = {"outcome": "一部開示", "document_number": "白文第70号", "decided": "2029-04-01"}
    given |= {"note": "写しは手作業で作った。"}
    town.office("/disclosures/1", "/disclosures/1/decision", given)
    values = {"records": ["opinion:1"], "document_number": "白文第77号", "decided": "2029-04-01"}
    assert "印を付けて" in town.office(url, url, values, status=422)
    early = town.office(url, url, {**values, "decided": "2029-03-31", "sure": "1"}, status=409)
    assert "より後ではありません" in early
    said = town.office(url, url, {**values, "sure": "1", "reason": "=備考"})
    assert "廃棄簿に記録しました" in said and "白文第77号" in said
    with town.wp.store.read() as s:
        row = s.get_one(consultations.Opinion, 1)
        assert row.text == "" and "白文第77号により消去" in records.shown(row)
        assert all(
            x.text == "" for x in consultations.responses(s, 1).values() if x.opinion_id == 1
        )
        assert s.get_one(consultations.Opinion, 2).text
    assert before not in town.read("kazama", "/consultations/1")
    assert sound(town.wp.store)
    book = town.person("kazama").download("/records/book.csv").decode("utf-8-sig")
    assert "'=備考" in book and "白文第77号" in book
    sheet = openpyxl.load_workbook(
        io.BytesIO(town.person("kazama").download("/records/book.xlsx"))
    ).active
    assert sheet is not None and sheet["K4"].value == "=備考" and sheet["K4"].data_type == "s"
    assert "廃棄済み" in town.read("kazama", "/records/kept/opinion:1")
    with pytest.raises(Refused):
        keeping_retention.dispose(town.wp, office, ["opinion:1"], "白文第78号", town.now.date(), "")


def test_disclosure_refuses_what_is_wrong(town: Town) -> None:
    good = {"number": "開第1号", "received": "2026-02-19", "asked": "経過", "subject": "sitting:2"}
    for wrong, words in (
        ({"received": "2026-02-21"}, "まだ来ていません"),
        ({"asked": f"{PHONE}の件"}, "書かないでください"),
        ({"subject": "sitting:99"}, "選んでください"),
    ):
        assert words in town.office("/disclosures", "/disclosures", {**good, **wrong}, status=422)
    town.office("/disclosures", "/disclosures", good)
    assert "もう登録" in town.office("/disclosures", "/disclosures", good, status=422)
    listed = town.person("kazama").download("/disclosures/1/list.csv").decode("utf-8-sig")
    assert "令和5年度第4回審査会" in listed and "令和7年度第5回審査会" not in listed
    assert sound(town.wp.store)


NAUGHTY = "<script>alert(1)</script>\"'{{7*7}} =1+1 \u202e①"


def test_words_of_every_field_come_out_to_the_letter(heard: Town) -> None:
    """Fields of the records office, each with words that break other programs."""
    answer(heard, 1, "KEEP", NAUGHTY)
    assert NAUGHTY in heard.read("kazama", "/flags")
    url = "/records/kept/opinion:1"
    heard.office(url, url, {"years": "7", "reason": NAUGHTY})
    assert NAUGHTY in heard.read("kazama", url)
    asked = {"number": NAUGHTY, "received": "2026-03-10", "asked": NAUGHTY, "subject": "sitting:2"}
    said = heard.office("/disclosures", "/disclosures", asked)
    assert said.count(NAUGHTY) >= 3
    given = {"outcome": "不開示", "document_number": NAUGHTY, "decided": "2026-03-10"}
    said = heard.office("/disclosures/1", "/disclosures/1/decision", {**given, "note": NAUGHTY})
    assert said.count(NAUGHTY) >= 4
    url = f"/flags/{place(heard)}"
    gone = {"sure": "1", "document_number": NAUGHTY, "reason": NAUGHTY}
    assert NAUGHTY in heard.office(url, f"{url}/erasure", gone)
    heard.at("2032-04-02T09:00")
    url = "/records/disposal"
    gone = {"records": ["opinion:1"], "decided": "2032-04-02", "sure": "1"}
    said = heard.office(
        url, url, {**gone, "document_number": NAUGHTY, "reason": NAUGHTY}, status=303
    )
    assert said.count(NAUGHTY) >= 2
    assert sound(heard.wp.store)


def test_client(town: Town) -> None:
    """Every page of the records office is a good page."""
    page: PageClient = town.person("kazama")
    for url in ("/flags", "/records", "/records/disposal", "/records/book", "/disclosures"):
        page.get(url)
    assert page.client.get("/records/list.pdf").status_code == 404


def test_every_text_that_can_be_erased_is_reached_by_links(heard: Town) -> None:
    """From the pages of sittings, cases and consultations through their records to each text."""
    page, heads = heard.person("kazama"), []
    with heard.wp.store.read() as s:
        wanted = set()
        for name, (kind, texts, _) in personal_words.KINDS.items():
            for row in s.scalars(select(kind)):
                taken = name == "inbox" and row.opinion_id is not None
                if getattr(row, texts[0]) and not taken:
                    wanted.add(f"/flags/{name}-{row.id}")
        heads += [f"/sittings/{n}" for n in s.scalars(select(councils.Sitting.id))]
        heads += [f"/referrals/{n}" for n in s.scalars(select(councils.Referral.id))]
        heads += [f"/consultations/{n}" for n in s.scalars(select(consultations.Consultation.id))]
    assert any("remark" in url for url in wanted) and any("answer" in url for url in wanted)
    found: set[str] = set()
    for head in heads:
        links = {str(a) for a in page.get(head).xpath("//a/@href")}
        for record in (url for url in links if url.startswith("/records/kept/")):
            found |= {str(a) for a in page.get(record).xpath("//a/@href")}
    assert wanted <= found
    remark = next(url for url in sorted(wanted) if "remark" in url)
    page.expect_words(remark, "消す理由")
