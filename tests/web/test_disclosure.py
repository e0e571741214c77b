"""A 開示請求 played through the pages in the town of the second story: proposals answered, words
marked, copies, list and letter made; what is blacked out is in no layer of anything that goes
out."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from docx import Document

from pia.actions.keeping import blackouts as keeping_blackouts
from pia.actions.keeping import copying
from pia.actions.kept import blackouts, disclosure
from pia.actions.people import registration
from pia.documents.papers import blacked
from pia.domain.act import By
from pia.domain.errors import PiaError
from pia.domain.text.folding import fold
from pia.domain.withheld import blacking
from pia.store.ledger import log
from pia.store.rows import consultations, records
from pia.store.upkeep import fsck

from .. import shared
from . import second_story as story
from . import second_town
from .client import PageClient
from .second_town import BODY, Town
from .test_second_story import _play
from .withheld_story import hits, texts_of_pdf

SENDER, HOME = "真鍋 汐里", "白波市灯台町三丁目8番地"
SECRET = "旧灯台倉庫の地下二階"
SAID = f"書庫は{SECRET}にあると聞きました。連絡は0495-55-0117まで。"
SUBJECT = "round:allowance~r9-shoko"
REF = "allowance~r9-shoko"
MARKED = "鍵の番号は潮見七号である"
DAY = "2026-12-28"


def _asked(file: Path) -> None:
    """A round of its own with an opinion and withheld words, asked for at the end of the year."""
    shutil.copy(shared.once("second.db", _play), file)
    with pytest.MonkeyPatch.context() as patch:
        second_town.stay_signed_in(patch)
        wp = shared.workplace_at(f"sqlite:///{file}")
        town = Town(wp, story.END)
        town.at("2026-10-02T09:00")
        why = ("書庫の点検に係る再実施", "書庫の点検", "2027-04-01")
        second_town.begin(town, "allowance", "r9-shoko", *why)
        text = f"＜書庫における措置＞\n書庫は施錠する。{MARKED}。"
        town.draft(REF, "II/f/6/1", text, reason=why[1])
        url = f"/lines/{REF}/withheld/II/f/6/1"
        given = {"words": MARKED, "because": "防犯のため", "ground": "SECURITY"}
        town.do("ogata", f"/lines/{REF}/items/II/f/6/1", url, given)
        days = ("2026-10-05", "2026-10-05", "2026-11-05")
        second_town.consult(town, [REF], "児童手当の評価書（案）への意見の募集（書庫）", *days)
        town.at("2026-10-12T10:00")
        sent = {"channel": "post", "received": "2026-10-12", "text": SAID, "keys": ["allowance"]}
        url = "/consultations/3"
        sender = {"name": SENDER, "address": HOME}
        town.office(url, f"{url}/opinions", {**sent, **sender})
        town.at(f"{DAY}T09:00")
        asked = {"number": "開第31号", "received": DAY, "asked": "書庫の経過", "subject": SUBJECT}
        town.office("/disclosures", "/disclosures", asked)
        wp.store.close()


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    second_town.stay_signed_in(monkeypatch)
    file = shared.once("asked.db", _asked)
    wp = shared.copied(file, tmp_path)
    town = Town(wp, story.END)
    town.at(f"{DAY}T13:00")
    yield town
    wp.store.close()


def office(town: Town) -> By:
    return By("kazama", "secretariat", town.now)


def now(town: Town) -> blackouts.Case:
    return blackouts.case(town.wp, 1, town.now.date())


def opinion(town: Town) -> str:
    return next(copied.record for copied in now(town).listed if copied.kept.kind == "opinion")


def take(town: Town, record: str, said: str = "TAKE", reason: str = "", **more: str) -> str:
    """All open proposals of a record answered on its page, those of each ground in its form."""
    url, page = f"/disclosures/1/records/{record}", ""
    for ground in blacking.GROUNDS:
        keys = [x.key for x in now(town).of(record).open if x.ground == ground]
        values = {"places": keys, "answer": said, "reason": reason, **more}
        page = town.office(url, url, values) if keys else page
    return page


def number_of(town: Town, record: str, where: str) -> int:
    texts = now(town).of(record).texts
    return next(i for i, text in enumerate(texts, 1) if text.where == where)


def blacken(town: Town) -> None:
    """The secret of the opinion marked by hand, every proposal of every record answered."""
    record = opinion(town)
    url = f"/disclosures/1/records/{record}/texts/{number_of(town, record, '意見')}"
    ground = {"ground": "ORDINANCE", "article": "第7条第4号", "reason": "防犯に支障があるため"}
    town.office(url, url, {"words": SECRET, **ground})
    for _ in range(3):
        for copied in now(town).listed:
            if now(town).of(copied.record).open:
                take(town, copied.record, article="第7条第1号")


def sound(town: Town) -> bool:
    return fsck.check(town.wp.store, deep=True) == []


CANARIES = (SENDER, HOME, SECRET, MARKED, "0495-55-0117", "真鍋", "潮見七号", "旧灯台倉庫")


def files(town: Town) -> dict[str, bytes]:
    """Everything that can be made of the 開示請求 to be handed out."""
    page = town.person("kazama")
    out = {"copies.pdf": page.download("/disclosures/1/copies.pdf")}
    for copied in now(town).listed:
        if copied.texts and copied.whole is None:
            url = f"/disclosures/1/records/{copied.record}/copy.pdf"
            out[copied.record] = page.download(url)
    for name in ("redaction-list", "disclosure-decision"):
        for fmt in ("docx", "pdf"):
            file = f"{name}.{fmt}"
            out[file] = page.download(f"/disclosures/1/papers/{file}")
    return out


def said(files: dict[str, bytes], words: tuple[str, ...]) -> list[str]:
    """Where a file says one of these words: in a stream, or as a reader program copies it."""
    out = []
    for name, body in files.items():
        out += hits(name, body, words)
        layer = fold(texts_of_pdf(body)) if body[:5] == b"%PDF-" else ""
        out += [f"{name}: {word}" for word in words if fold(word) in layer]
    return out


def test_what_is_proposed_and_marked_is_in_no_layer_of_what_goes_out(
    town: Town,
) -> None:
    record = opinion(town)
    page = town.read("kazama", f"/disclosures/1/records/{record}")
    assert "差出人の氏名" in page and "記録にある氏名・住所" not in page.split("候補")[0]
    waiting = town.read("kazama", "/disclosures/1")
    assert "写しの一式" not in waiting.replace("写しの一式・", "") and "候補" in waiting
    for url in ("copies.pdf", f"records/{record}/copy.pdf", "papers/redaction-list.pdf"):
        refused = town.person("kazama").client.get(f"/disclosures/1/{url}")
        assert refused.status_code == 409
        assert hits(url, refused.get_data(), CANARIES) == []
    blacken(town)
    assert now(town).open == 0
    written_files = files(town)
    assert len(written_files) >= 8
    assert said(written_files, CANARIES) == []
    text = texts_of_pdf(written_files[record])
    assert "墨" in text and "にあると聞きました" in text
    listed = texts_of_pdf(written_files["redaction-list.pdf"])
    assert "第7条第4号" in listed and "防犯に支障があるため" in listed
    assert str(len(SECRET)) in listed
    letter = texts_of_pdf(written_files["disclosure-decision.pdf"])
    for words in ("開第31号", "令和8年12月28日", "一部開示", "規則第10条第1項・第2項の非公表部分"):
        assert words in letter.replace("\n", "")
    with pikepdf.open(io.BytesIO(written_files["copies.pdf"])) as pdf:
        assert not list(pdf.attachments) and "/Outlines" not in pdf.Root
    document = Document(io.BytesIO(written_files["disclosure-decision.docx"]))
    assert any("通知書" in p.text for p in document.paragraphs)
    assert sound(town)


def test_the_control_without_blacking_finds_every_word(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    blacken(town)
    assert said(files(town), CANARIES) == []
    monkeypatch.setattr(blacking, "pieces", lambda text, black: [(text.text, None)])
    written_files = files(town)
    for word in CANARIES:
        assert said(written_files, (word,)), word


def test_boxes_tell_nothing_of_the_words(town: Town) -> None:
    boxes = {len(blacked.box(n)) for n in (1, 12, 345, 9999)}
    assert len(boxes) == 1
    line = blacked.BlackedText("意見", ("書庫は", 1, "にある。"))
    page = blacked.BlackedCopy("写し1", (), (line,))
    assert blacked.write([page], "写し1") == blacked.write([page], "写し1")


def test_the_original_stays_and_reading_is_on_record(town: Town) -> None:
    record = opinion(town)
    blacken(town)
    with town.wp.store.read() as s:
        row = s.get_one(consultations.Opinion, int(record.partition(":")[2]))
        assert row.text == SAID
        assert log.step(s, "disclosure.read", f"1 {record}") is not None
    assert SECRET in town.read("kazama", "/consultations/3")
    town.person("kazama").download("/disclosures/1/copies.pdf")
    with town.wp.store.read() as s:
        assert log.step(s, "disclosure.copy", "1 all") is not None


def test_a_mark_is_taken_back_and_stays_on_record(town: Town) -> None:
    blacken(town)
    row = next(r for r in now(town).black.values() if r.ground == "ORDINANCE")
    url = "/disclosures/1/marks"
    page = town.office(url, f"{url}/{row.id}/back", {"reason": "条項の誤り"})
    assert "取り消しました" in page and "今は有効でない" in page and "条項の誤り" in page
    assert SECRET not in page and SENDER not in page
    assert now(town).outcome == "一部開示"
    with town.wp.store.read() as s:
        assert [r.act for r in records.blackouts(s, 1) if r.place == row.place].count("BACK") == 1
    with pytest.raises(PiaError, match="もう取り消されて"):
        keeping_blackouts.take_back(town.wp, office(town), 1, row.id, "二度目")
    assert sound(town)


def test_a_refused_proposal_needs_a_reason_and_stays_open_text(town: Town) -> None:
    record = opinion(town)
    url = f"/disclosures/1/records/{record}"
    key = next(x.key for x in now(town).of(record).open if x.why == "氏名・住所の欄")
    values = {"places": [key], "answer": "LEAVE", "reason": ""}
    assert "墨塗りにしない理由" in town.office(url, url, values, status=422)
    town.office(url, url, {**values, "reason": "本人が公にしているため"})
    assert key not in {x.key for x in now(town).of(record).open}
    for wrong, words in (
        ({"article": "7の1"}, "第7条第1号のように"),
        ({"reason": "電話は0495-55-0117"}, "書かないで"),
        ({"places": ["x|y|0|1"]}, "選び直して"),
    ):
        keys = [x.key for x in now(town).of(record).open]
        sent = {"places": keys, "answer": "TAKE", "reason": "", **wrong}
        assert words in town.office(url, url, sent, status=422)


def test_the_same_word_elsewhere_is_proposed(town: Town) -> None:
    """The words of one text marked by hand are proposed wherever a record says them still."""
    record = opinion(town)
    reply = {"text": f"{SECRET}にはありません。", "outcome": "NOTED"}
    url = "/consultations/3/opinions/1/response"
    town.office("/consultations/3", url, reply)
    number = number_of(town, record, "意見")
    basis = keeping_blackouts.Basis("ORDINANCE", "第7条第4号", "防犯のため")
    assert keeping_blackouts.mark(town.wp, office(town), 1, record, number, SECRET, basis) == 1
    again = [x for x in now(town).of(record).open if x.of is not None]
    assert len(again) == 1 and again[0].ground == "ORDINANCE"
    keeping_blackouts.answer(
        town.wp,
        office(town),
        1,
        record,
        [again[0].key],
        keeping_blackouts.ProposalAnswer("TAKE", "", "同じ理由"),
    )
    rows = [r for r in now(town).black.values() if r.ground == "ORDINANCE"]
    assert [r.article for r in rows] == ["第7条第4号"] * 2


def test_the_decision_follows_the_marks_and_closes_them(town: Town) -> None:
    url, send = "/disclosures/1", "/disclosures/1/decision"
    town.at("2027-01-08T10:00")
    values = {"outcome": "一部開示", "document_number": "白総第3号", "decided": "2027-01-08"}
    assert "候補が" in town.office(url, send, values, status=422)
    blacken(town)
    other = {**values, "outcome": "全部開示"}
    assert "「一部開示」です" in town.office(url, send, other, status=422)
    assert "決定を記録しました" in town.office(url, send, values)
    record = opinion(town)
    basis = keeping_blackouts.Basis("ORDINANCE", "第7条第4号", "防犯のため")
    with pytest.raises(PiaError, match="もう変えられません"):
        keeping_blackouts.mark(town.wp, office(town), 1, record, 1, "", basis)
    letter = texts_of_pdf(files(town)["disclosure-decision.pdf"])
    assert "白総第3号" in letter and "令和9年1月8日" in letter
    assert sound(town)


def test_a_record_is_kept_back_as_a_whole(town: Town) -> None:
    record = opinion(town)
    url = f"/disclosures/1/records/{record}/keep-back"
    values = {"ground": "ORDINANCE", "article": "第8条", "reason": "存否を答えないため"}
    assert "条項" in town.office(url, url, {**values, "article": ""}, status=422)
    assert "開示しないことを記録" in town.office(url, url, values)
    assert now(town).of(record).share == "none"
    copy = town.person("kazama").client.get(f"/disclosures/1/records/{record}/copy.pdf")
    assert copy.status_code == 409
    blacken_rest = [copied.record for copied in now(town).listed if copied.open]
    for name in blacken_rest:
        take(town, name, article="第7条第1号")
    written_files = files(town)
    assert said(written_files, (SENDER, HOME, SECRET)) == []
    assert "存否を答えないため" in texts_of_pdf(written_files["disclosure-decision.pdf"])


def test_request_and_decision_are_put_right_with_a_reason(town: Town) -> None:
    url = "/disclosures/1/correct"
    good = {"number": "開第32号", "reason": "番号の写し誤り"}
    assert "直す理由" in town.office(url, url, {**good, "reason": ""}, status=422)
    again = {"number": "開第31号", "reason": "x"}
    assert "もうそのとおり" in town.office(url, url, again, status=422)
    page = town.office(url, url, good)
    for words in ("開第32号", "開第31号", "番号の写し誤り", "風間 律"):
        assert words in page
    town.at("2027-01-08T10:00")
    values = {"outcome": "取下げ", "document_number": "白総第3号", "decided": "2027-01-08"}
    town.office("/disclosures/1", "/disclosures/1/decision", values)
    send = "/disclosures/1/decision/correct"
    early = {"decided": "2026-12-27", "reason": "x"}
    assert "受け付けた日から今日まで" in town.office(url, send, early, status=422)
    page = town.office(url, send, {"document_number": "白総第4号", "reason": "番号の誤り"})
    assert "白総第4号" in page and "白総第3号" in page
    moved = {"subject": "sitting:2", "reason": "x"}
    assert "直せません" in town.office(url, url, moved, status=422)
    with town.wp.store.read() as s:
        assert s.get_one(records.Disclosure, 1).number == "開第31号"
        assert s.get_one(records.DisclosureEnd, 1).document_number == "白総第3号"
    assert sound(town)


def test_a_corrected_subject_holds_other_records(town: Town) -> None:
    values = {"subject": "sitting:2", "reason": "対象の選び誤り"}
    town.office("/disclosures/1/correct", "/disclosures/1/correct", values)
    held = {x.record for x in disclosure.held(town.wp, disclosure.one(town.wp, 1), town.now.date())}
    assert "sitting:2" in held and SUBJECT not in held
    gone = town.person("kazama").client.get(f"/disclosures/1/records/{SUBJECT}")
    assert gone.status_code == 404


def test_a_second_request_has_marks_of_its_own(town: Town) -> None:
    blacken(town)
    town.at("2027-01-05T09:00")
    asked = {"number": "開第2号", "received": "2027-01-05", "asked": "経過", "subject": SUBJECT}
    town.office("/disclosures", "/disclosures", asked)
    assert blackouts.case(town.wp, 2, town.now.date()).black == {}
    with pytest.raises(PiaError, match="候補が"):
        copying.make(town.wp, office(town), 2, copying.ALL)


def test_the_auditor_reads_covered_and_does_not_act(town: Town) -> None:
    admin = By("hoshino", "administrator", town.now)
    registration.add_account(
        town.wp, admin, registration.NewAccount("kansa", "監査 巡", "auditor", BODY)
    )
    record = opinion(town)
    page: PageClient = town.person("kansa")
    for url in ("", f"/records/{record}", f"/records/{SUBJECT}", "/marks"):
        shown = page.get(f"/disclosures/1{url}").text_content()
        assert SENDER not in shown and HOME not in shown and MARKED not in shown
    for url in (f"/records/{record}", f"/records/{record}/keep-back", "/correct", "/decision"):
        assert page.client.post(f"/disclosures/1{url}", data={}).status_code == 403
    assert page.client.get(f"/disclosures/1/records/{record}/texts/1").status_code == 403
    blacken(town)
    body = page.client.get("/disclosures/1/copies.pdf").data
    assert said({"copies.pdf": body}, CANARIES) == []


@pytest.mark.parametrize("who", ["ogata", "tsuda", "hoshino"])
def test_others_do_not_come_in(town: Town, who: str) -> None:
    page, record = town.person(who), opinion(town)
    for url in ("", "/marks", "/copies.pdf", f"/records/{record}", f"/records/{record}/copy.pdf"):
        assert page.client.get(f"/disclosures/1{url}").status_code == 403


def test_what_is_not_asked_for_is_not_there(town: Town) -> None:
    page = town.person("kazama").client
    for url in (
        "/disclosures/9",
        "/disclosures/1/records/opinion:1",
        "/disclosures/1/records/opinion:999",
        "/records/kept/opinion:999",
        "/flags/remark-999",
        "/flags/account-1",
    ):
        assert page.get(url).status_code == 404, url


NAUGHTY = "<script>alert(1)</script>\"'{{7*7}} =1+1 \u202e①"


def test_what_is_typed_comes_out_to_the_letter(town: Town) -> None:
    """Reasons, numbers and articles stand on the pages as they were typed, and are no markup."""
    record = opinion(town)
    url = f"/disclosures/1/records/{record}"
    key = next(x.key for x in now(town).of(record).open if x.why == "氏名・住所の欄")
    town.office(url, url, {"places": [key], "answer": "LEAVE", "reason": NAUGHTY})
    assert NAUGHTY in town.read("kazama", "/disclosures/1/marks")
    back = f"{url}/keep-back"
    kept = {"ground": "ORDINANCE", "article": "第8条", "reason": NAUGHTY}
    town.office(back, back, kept)
    marks = "/disclosures/1/marks"
    assert town.read("kazama", marks).count(NAUGHTY) == 2
    assert town.office(marks, f"{marks}/*", {"reason": NAUGHTY}).count(NAUGHTY) == 3
    url = "/disclosures/1/correct"
    words = town.office(url, url, {"number": NAUGHTY, "asked": NAUGHTY, "reason": NAUGHTY})
    assert words.count(NAUGHTY) >= 3
    town.at("2027-01-08T10:00")
    values = {"outcome": "取下げ", "document_number": "白総第3号", "decided": "2027-01-08"}
    town.office("/disclosures/1", "/disclosures/1/decision", values)
    send = "/disclosures/1/decision/correct"
    given = {"document_number": NAUGHTY, "note": NAUGHTY, "reason": NAUGHTY}
    page = "/disclosures/1/correct"
    assert town.office(page, send, given).count(NAUGHTY) >= 3
    assert sound(town)
