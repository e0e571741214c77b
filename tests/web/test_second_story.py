"""The second story, played through the pages: nothing of another story and nothing of another
round is said on any page or paper."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import html
from sqlalchemy import func, select

from pia import manual
from pia.store.rows.consultations import Inbox
from pia.store.rows.councils import Remark
from pia.store.upkeep import fsck

from .. import shared
from . import second_story as story
from . import second_town
from .client import PageClient, expect_no_words, expect_words
from .second_town import WHY_NATIONAL, Town
from .test_public import PublicClient

EVERY_DAY = (
    story.HOUSE_DAYS
    | story.FIRST_DAYS
    | story.CORRECTION_DAYS
    | story.GIVEN_UP_DAYS
    | story.SECOND_DAYS
)
SKIPPED = (
    "size=",
    "/compare",
    "/jobs",
    "carrier=1",
    "/ledger",
    "/records",
    "/versions",
    "base=",
    "only=1",
    "/lines/",
)


@dataclass
class Told:
    """The town after its story, and what the second round's first try to submit was refused for."""

    town: Town
    refused: list[str]


def _play(file: Path) -> None:
    """The whole story into a database, and beside it what the second round's first try to submit
    was refused for."""
    shutil.copy(shared.blank(), file)
    patch = pytest.MonkeyPatch()
    second_town.stay_signed_in(patch)
    wp = shared.workplace_at(f"sqlite:///{file}")
    town = second_town.settle(wp)
    story.play_first(town)
    story.play_between(town)
    refused = story.play_second(town)
    wp.store.close()
    patch.undo()
    file.with_name("second-refused.json").write_text(
        json.dumps(refused, ensure_ascii=False), "utf-8"
    )


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    """The town after its story: played once for all processes of a run, copied for each test."""
    file = shared.once("second.db", _play)
    wp = shared.copied(file, tmp_path)
    refused = json.loads(file.with_name("second-refused.json").read_text("utf-8"))
    yield Told(Town(wp, story.END), refused)
    wp.store.close()


def words_of(page: html.HtmlElement) -> str:
    """What a page says, a piece a line, so that two dates beside each other stay two."""
    return "\n".join(text for text in page.itertext() if text.strip())


def crawl(page: PageClient, begin: list[str], most: int) -> dict[str, str]:
    """Address → words of every page that links lead to; files are left to `papers`."""
    out: dict[str, str] = {}
    waiting = list(begin)
    while waiting and len(out) < most:
        url = waiting.pop(0)
        if url in out or any(part in url for part in SKIPPED):
            continue
        answer = page.client.get(url)
        if (
            answer.status_code != 200
            or answer.mimetype != "text/html"
            or answer.headers.get("Content-Disposition")
        ):
            continue
        made = html.document_fromstring(answer.get_data(as_text=True))
        out[url] = words_of(made.find(".//main"))
        waiting += [
            a.get("href").split("#")[0]
            for a in made.iter("a")
            if (a.get("href") or "").startswith("/")
        ]
    return out


def paper(page: PageClient, url: str, folder: Path) -> str:
    """The words of a paper as a person reads them."""
    body = page.download(url)
    if url.endswith(".xlsx"):
        return "\n".join(story.workbook_texts(body))
    file = folder / "paper.pdf"
    file.write_bytes(body)
    return subprocess.run(
        ["pdftotext", "-layout", str(file), "-"], capture_output=True, check=True, text=True
    ).stdout


def strangers(texts: dict[str, str], known: set[date]) -> dict[str, list[str]]:
    """What is said and does not belong to the story: words of another one, days nobody knows."""
    allowed = known | story.reckoned(known)
    out: dict[str, list[str]] = {}
    for url, text in texts.items():
        wrong = [word for word in story.OTHERS if word in text]
        wrong += [
            f"{day}：{line}" for day, line in story.days_of([text]).items() if day not in allowed
        ]
        if wrong:
            out[url] = wrong
    return out


def test_the_last_rounds_words_are_not_submitted_as_this_rounds(told: Told) -> None:
    said = "\n".join(told.refused)
    for item in ("②実施日・期間", "④主な意見の内容", "3．第三者点検 ①実施日"):
        assert item in said, said
    assert (
        "令和7年12月8日から令和8年1月8日まで（32日間）" in said
        and "この回の記録は「令和8年2月3日」" in said
    )
    sent = told.town.read("kazama", f"/assessments/vaccine~{story.SECOND}?base=none")
    part = sent[sent.index("意見の聴取") :]
    assert "令和5年12月4日" not in part and "令和6年2月13日" not in part and "令和8年2月3日" in part


def test_a_submission_before_nine_counts_as_that_day(told: Told) -> None:
    page = told.town.read("kazama", f"/rounds/vaccine~{story.FIRST}")
    # The 決裁 and the change table are of the day before.
    for other in ("決裁日：令和6年2月28日", "令和6年2月28日 08:00"):
        page = page.replace(other, "")
    assert "令和6年2月29日 07:33" in page and "令和6年2月28日" not in page
    consultation = told.town.read("kazama", "/consultations/1")
    assert "令和5年12月10日" in consultation and "令和5年12月9日" not in consultation


def pages(town: Town, most: int) -> dict[str, str]:
    """The words of at most so many pages for each of the office, the chair and a resident."""
    begin = [
        "/",
        "/referrals",
        "/councils",
        "/rounds",
        "/plan",
        "/consultations",
        "/national",
        "/rules",
        "/affairs/vaccine",
        "/affairs/new",
    ]
    seen = {
        f"office {url}": text for url, text in crawl(town.person("kazama"), begin, most).items()
    }
    seen |= {
        f"chair {url}": text
        for url, text in crawl(town.person("tsuda"), ["/referrals"], most).items()
    }
    seen |= {
        f"resident {url}": text
        for url, text in crawl(PublicClient(town.public), ["/"], most).items()
    }
    return seen


def test_every_page_says_only_what_belongs_to_this_story(told: Told) -> None:
    seen = pages(told.town, 18)
    assert len(seen) > 40, len(seen)
    # The words that are explained as shipped are every city's.
    shipped = [word.term for word in manual.terms()]
    for url, text in seen.items():
        if url.endswith("/glossary"):
            for term in shipped:
                text = text.replace(term, "")
            seen[url] = text
    assert strangers(seen, EVERY_DAY) == {}


def test_pages_of_the_second_round_say_nothing_of_the_first(told: Told) -> None:
    town = told.town
    other = story.FIRST_DAYS | story.CORRECTION_DAYS | story.GIVEN_UP_DAYS
    texts = {
        u: town.read("kazama", u)
        for u in (
            "/consultations/2",
            "/referrals/3",
            "/sittings/3",
            f"/rounds/vaccine~{story.SECOND}",
        )
    }
    texts["public"] = words_of(PublicClient(town.public).get("/consultations/2").find(".//main"))
    for url, text in texts.items():
        assert not set(story.days_of([text])) & other, url
        assert (
            story.WHY_OWN not in text and WHY_NATIONAL not in text and "共通の基盤" not in text
        ), url


def test_a_national_text_explains_its_own_place_and_no_other(told: Told) -> None:
    town = told.town
    cards = [
        town.person("tsuda").get(f"/referrals/2/cards/{n}").find(".//main").text_content()
        for n in (1, 2)
    ]
    own = next(c for c in cards if "予約システム" in c)
    both = next(c for c in cards if "書庫における措置" in c)
    assert story.WHY_OWN in own and "国の記載例と同文" not in own and WHY_NATIONAL not in own
    standing = " ".join(both[both.index("国の記載例") :].split())
    assert (
        "国の記載例と同文 ＜共通の基盤における措置＞" in standing
        and "国の記載例と同文 ＜書庫における措置＞" not in standing
    )
    public = PublicClient(town.public).get("/consultations/1").find(".//main")
    sections = {
        s.find(".//h3").text_content(): s.text_content()
        for s in public.iter("section")
        if s.get("id", "").startswith("card-")
    }
    for text in sections.values():
        assert (WHY_NATIONAL in text) == ("共通の基盤における措置" in text)
        assert (story.WHY_OWN in text) == ("予約システムで受け付け" in text)


def test_a_verdict_recorded_the_day_after_bears_the_day_of_its_sitting(told: Told) -> None:
    page = told.town.read("kazama", "/sittings/2")
    assert "了承" in page and "令和6年2月13日" in page and "令和6年2月14日" not in page
    deferred = told.town.read("kazama", "/sittings/1")
    assert "継続審議" in deferred and "令和6年1月24日" not in deferred


def test_a_member_sees_what_was_theirs_in_their_term(told: Told) -> None:
    """Before, any account of a member read and wrote in every referral of every council."""
    town = told.town
    over, other = town.person("sunagawa"), town.person("oki")
    listed = over.get("/referrals").text_content()
    assert (
        "予防接種等の評価書の点検について" in listed and "保存年限の変更に係る評価書" not in listed
    )
    assert "質問を書く" not in over.get("/referrals/1/cards/1").text_content(), (
        "a term that is over is read only"
    )
    missing = over.get("/referrals/99", 404).find(".//main").text_content()
    assert over.get("/referrals/3", 404).find(".//main").text_content() == missing
    assert other.get("/referrals/1", 404).find(".//main").text_content() == missing
    other.expect_words("/referrals", "ここには何も出ません")
    wrong = over.get("/referrals/1/documents/vaccine?base=allowance~r7-none", 404).text_content()
    assert "allowance" not in wrong and "vaccine-basic" not in wrong, "a wrong base names no key"
    sent = over.fields(over.get("/me").find(".//form"))
    with town.wp.store.read() as s:
        before = s.scalar(select(func.count()).select_from(Remark))
    for page, to in (
        (over, "/referrals/1/remarks"),
        (over, "/referrals/3/remarks"),
        (other, "/referrals/1/remarks"),
        (other, "/referrals/2/cards/1/tick"),
    ):
        token = page.fields(page.get("/me").find(".//form"))["csrf_token"]
        assert (
            page.client.post(
                to,
                data=sent
                | {
                    "csrf_token": token,
                    "_request": f"late-{to}-0000000000",
                    "text": "後から",
                    "on": "1",
                },
            ).status_code
            == 404
        )
    with town.wp.store.read() as s:
        assert s.scalar(select(func.count()).select_from(Remark)) == before


def test_a_council_hears_only_what_was_referred_to_it(told: Told) -> None:
    agenda = {"title0": "点検", "referral0": "1"}
    words = told.town.office(
        "/sittings/new",
        "/sittings/new",
        {
            "council": "2",
            "name": "会議",
            "day": "2026-03-01",
            "opens": "10:00",
            "place": "会議室",
            **agenda,
        },
        status=422,
    )
    assert "この審議会への諮問ではありません" in words


def test_a_row_of_one_consultation_is_not_taken_in_through_another(told: Told) -> None:
    """Before, it became an opinion of its own consultation, on a page of the other."""
    page = told.town.person("kazama")
    row = page.fields(
        next(f for f in page.get("/consultations/1").iter("form") if f.get("method") == "post")
    )
    assert page.client.post("/consultations/1/inbox/2", data=row).status_code == 404
    assert (
        page.client.post(
            "/consultations/2/opinions/9/response",
            data=row | {"_request": "x" * 20, "text": "甲", "outcome": "KEPT"},
        ).status_code
        == 404
    )


def test_the_database_is_sound(told: Told) -> None:
    assert fsck.check(told.town.wp.store, deep=True) == []


@pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext is missing: install poppler-utils"
)
def test_every_paper_says_only_what_belongs_to_its_round(told: Told, tmp_path: Path) -> None:
    town = told.town
    office = town.person("kazama")
    names = [
        re.sub(r"\?.*", "", unquote(a.get("href")))
        for url in ("/consultations/1", "/consultations/2", "/referrals")
        for a in office.get(url).iter("a")
        if re.search(r"/(papers|made)/[a-z-]+\.(pdf|xlsx)", a.get("href") or "")
    ]
    texts = {name: paper(office, name, tmp_path) for name in dict.fromkeys(names)}
    texts["/plan.pdf"] = paper(office, "/plan.pdf", tmp_path)
    assert len(texts) >= 20, sorted(texts)
    assert strangers(texts, EVERY_DAY) == {}
    earlier = story.FIRST_DAYS | story.CORRECTION_DAYS | story.GIVEN_UP_DAYS
    for name, text in texts.items():
        if name.startswith(("/consultations/2", "/referrals/3")) and "comparison-table" not in name:
            assert not {
                day: line
                for day, line in story.days_of([text]).items()
                if day in earlier - {date(2024, 4, 8)}
            }, name
        if name.startswith(("/consultations/1", "/referrals/1", "/referrals/2")):
            assert not {
                day: line for day, line in story.days_of([text]).items() if day in story.SECOND_DAYS
            }, name


def test_a_resident_learns_by_their_receipt_what_became_of_the_opinion(told: Told) -> None:
    """Of the first round: the city's view and the wording; of the second, taken in and not decided
    on yet, and nobody's words or name anywhere."""
    town = told.town
    with town.wp.store.read() as session:
        receipts = dict(session.execute(select(Inbox.consultation_id, Inbox.receipt)).all())
    page = PublicClient(town.public)
    expect_words(page.get("/consultations/1"), "出した意見がどうなったかを見る")
    empty = page.get("/consultations/1/receipts")
    expect_no_words(empty, "市の考え方")
    typed = receipts[1].lower().translate(str.maketrans("abcdefgh-", "ａｂｃｄｅｆｇｈ－"))
    shown = page.get(f"/consultations/1/receipts?receipt={typed}")
    expect_words(shown, receipts[1], "令和5年12月10日に受け付けました。", "意見1として")
    expect_words(
        shown, "移した当日に消去することを書きます。", "意見を受けて直したところ", "修正前"
    )
    expect_words(shown, "Ⅱ", second_town.OWN[-12:])
    expect_no_words(shown, "予約の情報はいつ消すのか")
    page.get("/consultations/1/receipts?receipt=%00")
    for other in (receipts[2], "ABCD-EFGH", "a" * 300):
        wrong = page.get(f"/consultations/1/receipts?receipt={other}")
        expect_words(wrong, "その受付番号はありません。番号を確かめてください。")
        expect_no_words(wrong, "市の考え方")
