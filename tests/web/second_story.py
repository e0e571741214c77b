"""A second story, unlike the first in every respect, played through the pages by its people and
read back from every page and paper.

白波市: two affairs, one of them without a national text; a consultation and sittings over a year
end; a verdict recorded the day after its sitting; a sitting that put the case off; a correction;
a round that was withdrawn; a workbook that came back; a second round two years later; much of it
between midnight and 09:00 in Japan. Knows what belongs to this story and to which of its rounds.
Everything in it is invented.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import openpyxl
import yaml

from pia.domain import wareki
from pia.domain.act import JST

from .second_town import (
    MEMBERS,
    NATIONAL,
    NATIONAL_TEXT,
    OWN,
    Town,
    begin,
    consult,
    convene,
    fill_in,
    reasoned,
    refer,
    tables,
)

FIRST, SECOND, CORRECTION, GIVEN_UP = "r5-yoyaku", "r7-hozon", "r6-soshiki", "r7-yame"
END = datetime(2026, 2, 20, 9, 30, tzinfo=JST)
AFTER_OPINION = (
    "接種の予約は、市が契約した事業者の予約システムで受け付け、予約の情報は市のサーバーに移した"
    "当日に消去する。\n＜予約の記録における措置＞\n消去した日を、記録簿に書く。"
)
ADDED = "＜書庫における措置＞\n書庫の鍵は、係長が管理する。"
WHY_OWN = "予約の受付に事業者のシステムを使うことになったためです。"
KEPT = "接種の記録は、接種の日から10年間保存する。"

# The whole days that belong to each round, and those of the house itself.
HOUSE_DAYS = {
    date(2016, 1, 1),
    date(2022, 7, 1),
    date(2023, 9, 30),
    date(2023, 10, 1),
    date(2023, 10, 2),
    date(2021, 4, 1),
    date(2026, 2, 8),
    date(2026, 11, 28),
    date(2025, 3, 31),
}
FIRST_DAYS = {
    date(2023, 10, 20),
    date(2023, 10, 24),
    date(2023, 12, 4),
    date(2023, 12, 10),
    date(2023, 12, 28),
    date(2024, 1, 5),
    date(2024, 1, 6),
    date(2024, 1, 10),
    date(2024, 1, 12),
    date(2024, 1, 23),
    date(2024, 1, 24),
    date(2024, 1, 29),
    date(2024, 1, 30),
    date(2024, 2, 13),
    date(2024, 2, 14),
    date(2024, 2, 29),
    date(2024, 4, 1),
    date(2024, 2, 28),
    date(2023, 12, 1),
}
CORRECTION_DAYS = {date(2024, 4, 2), date(2024, 4, 8)}
GIVEN_UP_DAYS = {date(2025, 6, 10), date(2025, 6, 20), date(2025, 9, 1)}
SECOND_DAYS = {
    date(2025, 11, 4),
    date(2025, 12, 8),
    date(2025, 12, 20),
    date(2026, 1, 8),
    date(2026, 1, 9),
    date(2026, 1, 13),
    date(2026, 1, 15),
    date(2026, 2, 3),
    date(2026, 2, 20),
    date(2026, 4, 1),
}
# Words of the first story: none of them may ever be said in this one.
OTHERS = (
    "みなも",
    "国民健康保険",
    "国保",
    "後期高齢",
    "ガバメントクラウド",
    "公金受取口座",
    "桐生",
    "三田村",
    "水越",
    "森下",
    "ISMAP",
    "行政透明推進課",
)


def play_first(town: Town) -> None:
    """The first round of both affairs, over a year end: put off once, then agreed to, submitted
    at 07:33."""
    vaccine, allowance = f"vaccine~{FIRST}", f"allowance~{FIRST}"
    town.at("2023-10-20T00:15")
    begin(
        town,
        "vaccine",
        FIRST,
        "予約システムの導入に係る再実施",
        "予約システムの導入\n様式の整理",
        "2024-04-01",
    )
    begin(
        town,
        "allowance",
        FIRST,
        "共通の基盤の更新に係る再実施",
        "共通の基盤の更新\n書庫の移転",
        "2024-04-01",
    )
    town.at("2023-10-24T08:40")
    then = "＜本市における措置＞\n庁舎内のサーバー室に置く。入退室を記録する。"
    town.draft(vaccine, "II/f/6/1", f"{then}\n{OWN}", reason="予約システムの導入")
    town.do(
        "ogata",
        f"/rounds/{vaccine}/change-table",
        f"/rounds/{vaccine}/explain/II/f/6/1",
        {"reader": WHY_OWN},
    )
    raw = yaml.safe_dump(NATIONAL_TEXT, allow_unicode=True).encode()
    town.office("/national", "/national", {"file": (io.BytesIO(raw), "kiban.yaml")})
    town.office(
        "/national/kiban-2023",
        "/national/kiban-2023",
        {"lines": [allowance], "what": "apply"},
        status=200,
    )
    town.draft(allowance, "II/f/6/1", f"{then}\n{NATIONAL}\n{ADDED}", reason="書庫の移転")

    town.at("2023-12-04T00:05")
    consult(
        town,
        [vaccine, allowance],
        "予防接種等の評価書（案）への意見の募集",
        "2023-12-04",
        "2023-12-04",
        "2024-01-05",
    )
    town.at("2023-12-10T00:20")
    town.resident(1, "予約の情報はいつ消すのか。", "vaccine")
    town.at("2023-12-28T10:00")
    town.office("/consultations/1", "/consultations/1/inbox/1")
    town.office(
        "/consultations/1",
        "/consultations/1/opinions",
        {
            "channel": "post",
            "received": "2023-12-28",
            "text": "書庫の鍵は誰が持つのか。",
            "keys": ["allowance"],
        },
    )
    town.at("2024-01-06T07:05")
    town.office("/consultations/1", "/consultations/1/close")
    for number, text, outcome in (
        (1, "移した当日に消去することを書きます。", "AMENDED"),
        (2, "係長が管理します。", "COVERED"),
    ):
        town.office(
            "/consultations/1",
            f"/consultations/1/opinions/{number}/response",
            {"text": text, "outcome": outcome},
        )
    town.office(
        "/consultations/1",
        "/consultations/1/opinions/1/adopt",
        {"before": OWN, "after": AFTER_OPINION},
    )
    town.at("2024-01-10T09:30")
    for ref in (vaccine, allowance):
        town.office(f"/rounds/{ref}", f"/rounds/{ref}/review-fixed", {"day": "2024-01-10"})
    town.at("2024-01-12T08:30")
    refer(town, [vaccine, allowance], "予防接種等の評価書の点検について", "白文第21号")
    convene(town, "1", "令和5年度第3回審査会", "2024-01-23")
    refused = town.office("/sittings/1", "/sittings/1/decide", {"kind": "継続審議"}, status=409)
    assert "まだ来ていません" in refused or "定足数" in refused, refused
    town.at("2024-01-23T10:05")
    town.office(
        "/sittings/1", "/sittings/1/attendance", {"present": list(MEMBERS[:3]), "arrived1": "10:20"}
    )
    town.do("tsuda", "/referrals/1", "/referrals/1/remarks", {"text": "鍵の点検はしているのか。"})
    town.do(
        "ogata", "/referrals/1", "/referrals/1/remarks/*/answer", {"text": "毎月点検しています。"}
    )
    town.at("2024-01-24T06:50")
    town.office(
        "/sittings/1",
        "/sittings/1/decide",
        {"kind": "継続審議", "note": "点検の方法を書き加えること。"},
    )
    town.at("2024-01-29T08:00")
    town.draft(
        allowance, "II/f/6/1", f"{then}\n{NATIONAL}\n{ADDED}鍵は毎月点検する。", reason="書庫の移転"
    )
    town.at("2024-01-30T00:20")
    town.office(
        "/referrals/1/course",
        "/referrals/1/recall",
        {
            "recall_day": "2024-01-30",
            "recall_number": "白文第24号",
            "recall_reason": "鍵の点検を書き加え、諮問し直すため",
        },
    )
    town.at("2024-01-30T00:30")
    refer(town, [vaccine, allowance], "予防接種等の評価書の点検（続き）について", "白文第25号")
    convene(town, "2", "令和5年度第4回審査会", "2024-02-13")
    town.at("2024-02-13T11:00")
    town.office("/sittings/2", "/sittings/2/attendance", {"present": list(MEMBERS)})
    town.at("2024-02-14T07:10")
    town.office(
        "/sittings/2",
        "/sittings/2/decide",
        {"kind": "了承", "note": "点検の方法を確かめ、了承する。"},
    )

    town.at("2024-02-28T08:00")
    for key, opinions, reflected in (
        (
            "vaccine",
            "1件の意見があった。予約の情報の消去の時期を問うもの。",
            "消去の時期を当日と明記した。",
        ),
        (
            "allowance",
            "1件の意見があった。鍵の管理を問うもの。",
            "案に記載済みのため、変更していない。",
        ),
    ):
        fill_in(town, f"{key}~{FIRST}", "令和6年2月29日", opinions, reflected)
        fill_in(town, f"{key}-basic~{FIRST}", "令和6年2月29日")
        tables(town, (f"{key}~{FIRST}", f"{key}-basic~{FIRST}"), "2024-02-29")
    town.at("2024-02-29T07:33")
    for key in ("vaccine", "allowance"):
        words = town.office(
            f"/rounds/{key}~{FIRST}/submit",
            f"/rounds/{key}~{FIRST}/submit",
            {"document_number": "白文第40号", "decided": "2024-02-28", "sure": "1"},
        )
        assert "確定しています" in words
        town.work()
    town.at("2024-02-29T07:50")
    for key in ("vaccine", "allowance"):
        assert "公表しました" in town.office(
            f"/rounds/{key}~{FIRST}/publish",
            f"/rounds/{key}~{FIRST}/publish",
            {"day": "2024-02-29"},
        )


def play_between(town: Town) -> None:
    """A correction that leaves Ⅵ as it is, and a round that is given up."""
    ref = f"vaccine~{CORRECTION}"
    town.at("2024-04-02T08:20")
    begin(town, "vaccine", CORRECTION, "組織の名称の修正", "組織の改正", is_correction=True)
    town.draft(ref, "I/7/1", "こども部予防接種課", reason="組織の改正")
    town.at("2024-04-08T00:10")
    town.office(f"/rounds/{ref}/procedure", f"/rounds/{ref}/procedure", {"C/7": "令和6年4月8日"})
    page = town.person("ogata").get(f"/rounds/{ref}/change-table")
    actions = [form.get("action") or "" for form in page.iter("form")]
    note = next(action for action in actions if "/notes/I/7/1" in action)
    town.do(
        "ogata",
        f"/rounds/{ref}/change-table",
        note,
        {"timing": "事後", "explanation": "名称の変更のため"},
    )
    tables(town, [ref], "2024-04-08")
    town.office(
        f"/rounds/{ref}/submit",
        f"/rounds/{ref}/submit",
        {"document_number": "白文第3号", "decided": "2024-04-02", "sure": "1"},
    )
    town.work()
    town.office(f"/rounds/{ref}/publish", f"/rounds/{ref}/publish", {"day": "2024-04-08"})

    town.at("2025-06-10T09:00")
    begin(town, "vaccine", GIVEN_UP, "取り下げることになる再実施", "委託の検討", "2025-09-01")
    town.at("2025-06-20T00:45")
    for ref in (f"vaccine~{GIVEN_UP}", f"vaccine-basic~{GIVEN_UP}"):
        town.office(
            f"/rounds/{ref}",
            f"/rounds/{ref}/move",
            {"why": "委託を行わないこととしたため"},
            pick={"event": "withdraw"},
        )


def play_second(town: Town) -> list[str]:
    """The second round, two years later; what the first try to submit was refused for."""
    ref, basic = f"vaccine~{SECOND}", f"vaccine-basic~{SECOND}"
    town.at("2025-11-04T08:15")
    begin(town, "vaccine", SECOND, "保存年限の変更に係る再実施", "保存年限の変更", "2026-04-01")
    book = openpyxl.load_workbook(
        io.BytesIO(town.person("ogata").download(f"/assessments/{ref}/export.xlsx"))
    )
    cell = next(
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and "保存期間を過ぎた情報は" in cell.value
    )
    cell.value = f"{cell.value}\n{KEPT}"
    back = io.BytesIO()
    book.save(back)
    town.person("ogata").bring(
        {
            "files": (io.BytesIO(back.getvalue()), "戻り.xlsx"),
            "into": ref,
            "why": "担当課から戻った案",
        }
    )
    reasoned(town, ref, "保存年限の変更")
    town.at("2025-12-08T00:01")
    consult(
        town,
        [ref],
        "予防接種の評価書（案）への意見の募集",
        "2025-12-08",
        "2025-12-08",
        "2026-01-08",
    )
    town.at("2025-12-20T23:50")
    town.resident(2, "10年は長いのではないか。")
    town.at("2026-01-09T08:00")
    town.office("/consultations/2", "/consultations/2/inbox/2")
    town.office("/consultations/2", "/consultations/2/close")
    town.office(
        "/consultations/2",
        "/consultations/2/opinions/1/response",
        {"text": "法令の改正に合わせるものです。", "outcome": "KEPT"},
    )
    town.at("2026-01-13T08:00")
    town.office(f"/rounds/{ref}", f"/rounds/{ref}/review-fixed", {"day": "2026-01-13"})
    town.at("2026-01-15T08:45")
    refer(town, [ref], "保存年限の変更に係る評価書の点検について", "白文第30号")
    convene(town, "3", "令和7年度第5回審査会", "2026-02-03")
    town.at("2026-02-03T10:30")
    town.office("/sittings/3", "/sittings/3/attendance", {"present": [MEMBERS[0], *MEMBERS[2:]]})
    town.office(
        "/sittings/3",
        "/sittings/3/decide",
        {"kind": "附帯意見を付して了承", "note": "期限を過ぎた記録の消去を毎年確かめること。"},
    )

    town.at("2026-02-20T00:30")
    town.office(f"/rounds/{ref}/procedure", f"/rounds/{ref}/procedure", {"C/7": "令和8年2月20日"})
    fill_in(town, basic, "令和8年2月20日")
    tables(town, (ref, basic), "2026-02-20")
    page = town.person("kazama").get(f"/rounds/{ref}/submit")
    refused = [
        " ".join(line.text_content().split())
        for line in page.xpath("//ul[contains(@class, 'checks')]/li")
    ]
    town.office(
        f"/rounds/{ref}/submit",
        f"/rounds/{ref}/submit",
        {"document_number": "白文第52号", "decided": "2026-02-20", "sure": "1"},
        status=409,
    )
    fill_in(
        town,
        ref,
        "令和8年2月20日",
        "1件の意見があった。保存の期間を問うもの。",
        "原案のとおりとした。",
    )
    tables(town, (ref, basic), "2026-02-20")
    town.office(
        f"/rounds/{ref}/submit",
        f"/rounds/{ref}/submit",
        {"document_number": "白文第52号", "decided": "2026-02-20", "sure": "1"},
    )
    town.work()
    town.at("2026-02-20T08:59")
    town.office(f"/rounds/{ref}/publish", f"/rounds/{ref}/publish", {"day": "2026-02-20"})
    return refused


def days_of(texts: Iterable[str]) -> dict[date, str]:
    """Every whole day that texts name, with the words around its first place."""
    out: dict[date, str] = {}
    for text in texts:
        flat = " ".join(text.split())
        for line in re.split(r"(?<=[。　])", flat):
            for day in wareki.days_in(line):
                out.setdefault(day, line[:120])
            for iso in re.findall(r"\b20\d\d-\d\d-\d\d\b", line):
                out.setdefault(date.fromisoformat(iso), line[:120])
    return out


def reckoned(days: Iterable[date]) -> set[date]:
    """Days that are reckoned from a publication or a count: five years, four, one, and the three
    years after."""
    out = set()
    for day in days:
        for years in (1, 3, 4, 5):
            later = (
                day.replace(year=day.year + years)
                if (day.month, day.day) != (2, 29)
                else date(day.year + years, 2, 28)
            )
            out |= {later, later - timedelta(days=1)}
    return out


def workbook_texts(body: bytes) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(body))
    shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    return [
        str(cell.value)
        for sheet in shown
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
