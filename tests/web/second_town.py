"""The town of the second story: its people and texts, and the steps of its days, each by whoever
takes it.

Knows pages and their forms. Must not know in which order the story takes the steps.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pia import config, forms
from pia.actions import jobs
from pia.actions.people import registration, sign_in
from pia.actions.workplace import Workplace
from pia.documents.workbook_out import writer
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.web.application import create_app
from pia.web.public.pages import create_public_app

from .client import PageClient
from .test_public import PublicClient

BODY, CITY = "白波市長", "白波市"
COUNCIL = "白波市個人情報保護審査会"
MAIN_FORM, BASIC_FORM = "all_item@平成30年5月", "basic_item@平成31年1月"
MEMBERS = ("津田 透", "砂川 梢", "入江 涼", "波多野 澪")
VACCINE, ALLOWANCE = "予防接種の実施に関する事務", "児童手当の支給に関する事務"
PASSWORD = "nagisa no hoshi wa 7tsu"
OWN = (
    "接種の予約は、市が契約した事業者の予約システムで受け付け、"
    "予約の情報は市のサーバーに移した後に消去する。"
)
NATIONAL = "＜共通の基盤における措置＞\n①機器は、国が示す基準に適合した国内の施設に置く。"
WHY_NATIONAL = "市の機器を置く場所を、国が示す基準に合う施設に移すためです。"


def main_text(number: str, name: str, file: str, people: str) -> Tree:
    """A small 全項目評価書 as it was published in 2022."""
    voluntary = people != "30万人以上"
    result = (
        "基礎項目評価の実施が義務付けられる（任意に全項目評価を実施）"
        if voluntary
        else "基礎項目評価及び全項目評価の実施が義務付けられる"
    )
    answers = {
        "C/1": number,
        "C/2": f"{name}　全項目評価書",
        "C/3": f"{CITY}は、{name}において特定個人情報を適切に取り扱うことを宣言する。",
        "C/4": "なし",
        "C/5": BODY,
        "C/7": "令和4年7月1日",
        "I/1/1": name,
        "I/1/2": "対象者の情報を管理し、通知を送付する。",
        "I/1/3": people,
        "I/7/1": "健康部こども保健課",
        "I/7/2": "こども保健課長",
        "I/8": "なし",
        "II/f/1": file,
        "II/f/2/1": "システム用ファイル",
        "II/f/2/3": "市内に住所を有する者",
        "II/f/2/5": "平成28年1月1日",
        "II/f/3/6": "法令に基づく事務を行うため。",
        "II/f/6/1": "＜本市における措置＞\n庁舎内のサーバー室に置く。入退室を記録する。",
        "II/f/6/3": "＜本市における措置＞\n保存期間を過ぎた情報は、職員が消去する。",
        "IV/3": "職員に毎年研修を行う。",
        "V/1/1": "総務部文書法制課",
        "VI/1/1": "令和3年4月1日",
        "VI/1/2": result,
        "VI/2/1": "市の広報紙とウェブサイトによる。",
        "VI/2/2": "令和3年4月1日",
        "VI/2/3": "なし",
        "VI/2/4": "7件の意見があった。",
        "VI/2/5": "表現を改めた。",
        "VI/3/1": "令和3年4月1日",
        "VI/3/2": "学識経験者の点検を受けた。",
        "VI/3/3": "妥当と認められた。",
    }
    return items.build(
        forms.load(MAIN_FORM),
        [(tuple(path.split("/")), text) for path, text in answers.items()],
    )


def basic_text(number: str, name: str, file: str, people: str) -> Tree:
    """Its 基礎項目評価書."""
    answers = {
        "C/1": number,
        "C/2": f"{name}　基礎項目評価書",
        "C/3": f"{CITY}は、{name}において特定個人情報を適切に取り扱うことを宣言する。",
        "C/4": "なし",
        "C/5": BODY,
        "C/7": "令和4年7月1日",
        "I/1/1": name,
        "I/1/2": "対象者の情報を管理し、通知を送付する。",
        "I/1/3": "業務システム",
        "I/2": file,
        "I/5/1": "健康部こども保健課",
        "I/5/2": "こども保健課長",
        "I/6": "なし",
        "II/1/a": people,
        "II/1/b": "令和3年4月1日",
        "II/2/a": "500人未満",
        "II/2/b": "令和3年4月1日",
        "II/3/a": "発生なし",
    }
    return items.build(
        forms.load(BASIC_FORM),
        [(tuple(path.split("/")), text) for path, text in answers.items()],
    )


NATIONAL_TEXT = {
    "id": "kiban-2023",
    "title": "共通の基盤に関する記載例",
    "issuer": "架空の省",
    "edition": "令和5年9月版",
    "reason": "共通の基盤の更新",
    "places": [
        {
            "item": "II-6-1",
            "path": ["II", "*", "6", "1", "共通の基盤における措置"],
            "before": "absent",
            "text": NATIONAL,
            "explanation": WHY_NATIONAL,
        }
    ],
}


@dataclass
class Town:
    """The applications over one workplace, its clock and its people."""

    wp: Workplace
    now: datetime = datetime(2023, 10, 2, 8, 10, tzinfo=JST)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.staff = create_app(self.wp, config.load({}), lambda: self.now)
        self.public = create_public_app(self.wp, config.load({}), lambda: self.now)

    def at(self, when: str) -> None:
        self.now = datetime.fromisoformat(f"{when}:00+09:00")

    def person(self, name: str) -> PageClient:
        return PageClient(self.staff, name)

    def do(
        self,
        name: str,
        url: str,
        action: str,
        values: dict[str, Any] | None = None,
        pick: dict[str, str] | None = None,
        status: int = 303,
    ) -> str:
        """A page opened by a person and its form sent; the words that come back."""
        return (
            self.person(name)
            .post(url, action, values or {}, status=status, pick=pick)
            .text_content()
        )

    def office(
        self, url: str, action: str, values: dict[str, Any] | None = None, **more: Any
    ) -> str:
        return self.do("kazama", url, action, values, **more)

    def draft(self, ref: str, path: str, text: str, **more: str) -> None:
        """One item written anew by its department."""
        self.do(
            "ogata",
            f"/lines/{ref}/items/{path}",
            f"/lines/{ref}/items/{path}",
            {"text": text, "why": "見直し", **more},
        )

    def read(self, name: str, url: str) -> str:
        return self.person(name).get(url).text_content()

    def resident(self, consultation: int, text: str, key: str = "") -> str:
        """An opinion through the public zone; its receipt."""
        page, to = PublicClient(self.public), f"/consultations/{consultation}/opinion"
        shown = page.send(
            to, page.fields(next(page.get(to).iter("form"))) | {"text": text, "key": key}, 200
        )
        sent = page.send(to, page.fields(next(shown.iter("form")))).text_content()
        match = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", sent)
        assert match
        return match.group()

    def work(self) -> None:
        while jobs.work_once(self.wp, "w", lambda: self.now):
            pass


def settle(wp: Workplace) -> Town:
    """The house on its first day: people, affairs, the published assessments as the workbooks a
    city has, the council."""
    registration.add_account(
        wp,
        By("cli", "administrator", datetime(2023, 10, 2, 8, tzinfo=JST)),
        registration.NewAccount("hoshino", "星野 渚", "administrator", BODY),
    )
    town = Town(wp)
    for name, shown, role, office in (
        ("kazama", "風間 律", "secretariat", "総務部文書法制課"),
        ("ogata", "緒方 睦", "drafter", "健康部こども保健課"),
        ("tsuda", MEMBERS[0], "chair", ""),
        ("sunagawa", MEMBERS[1], "member", ""),
        ("oki", "沖 汐里", "member", ""),
    ):
        town.do(
            "hoshino",
            "/accounts",
            "/accounts",
            {
                "name": name,
                "shown": shown,
                "role": role,
                "department": office,
                "password": PASSWORD,
            },
        )
        sign_in.set_password(wp, By(name, role, town.now), name, PASSWORD)  # made their own
    for key, number, name, file, people, count in (
        ("vaccine", "4", VACCINE, "接種記録ファイル", "30万人以上", 312_450),
        ("allowance", "9", ALLOWANCE, "児童手当ファイル", "1万人以上10万人未満", 45_120),
    ):
        town.office(
            "/affairs/new",
            "/affairs/new",
            {
                "name": name,
                "number": number,
                "key": key,
                "body": BODY,
                "department": "健康部こども保健課",
                "kind": "all_item",
            },
        )
        town.office(
            f"/affairs/{key}",
            f"/affairs/{key}/counts",
            {
                "people": str(count),
                "handlers": "88",
                "counted_people": "2023-09-30",
                "counted_handlers": "2023-10-01",
            },
        )
        for document, tree in (
            (key, main_text(number, name, file, people)),
            (f"{key}-basic", basic_text(number, name, file, people)),
        ):
            book = writer.write(tree, forms.load(tree.form), title=name, ref=f"{document}@1")
            town.office(
                "/import",
                "/import",
                {
                    "files": (io.BytesIO(book), f"{document}.xlsx"),
                    "into": document,
                    "why": "公表済みの評価書",
                },
            )
            town.office(
                f"/affairs/{key}",
                f"/affairs/{key}/published",
                {"day": "2022-07-01"},
                pick={"document": document},
            )
    town.office(
        "/plan",
        "/plan",
        {
            "body": BODY,
            "department": "総務部文書法制課",
            "contact": "電話 000-0000",
            "created": "2021-04-01",
        },
    )
    for form in (MAIN_FORM, BASIC_FORM):
        town.office("/form-files", "/form-files/stand-in", pick={"form": form})
    town.office("/councils", "/councils", {"name": COUNCIL, "quorum": "3"})
    for name in MEMBERS:
        term = (
            {"title": "会長", "account": "tsuda"}
            if name == MEMBERS[0]
            else {"until": "2025-03-31", "account": "sunagawa"}
            if name == MEMBERS[1]
            else {}
        )
        town.office(
            "/councils/1", "/councils/1/members", {"name": name, "since": "2021-04-01", **term}
        )
    town.office("/councils", "/councils", {"name": "白波市公文書審査会", "quorum": "1"})
    town.office(
        "/councils/2",
        "/councils/2/members",
        {"name": "沖 汐里", "since": "2021-04-01", "account": "oki"},
    )
    return town


def begin(
    town: Town,
    key: str,
    name: str,
    title: str,
    reasons: str,
    change: str = "",
    is_correction: bool = False,
) -> None:
    """A round of an affair: a 再実施 of both documents, or a 修正 of the one."""
    about: dict[str, Any] = {
        "title": title,
        "name": name,
        "kind": "CORRECTION" if is_correction else "REASSESSMENT",
        "reasons": reasons,
        "documents": [key] if is_correction else [key, f"{key}-basic"],
    }
    town.office(f"/affairs/{key}", f"/affairs/{key}/rounds", {**about, "change_date": change})


def reasoned(town: Town, ref: str, reason: str) -> None:
    """Why everything is changed that nobody said a reason of yet."""
    here = f"/rounds/{ref}/change-table"
    town.office(here, f"/rounds/{ref}/notes", {"reason": reason, "what": "unexplained"})


def consult(town: Town, refs: list[str], title: str, announced: str, start: str, end: str) -> None:
    about = {
        "rounds": refs,
        "title": title,
        "announced": announced,
        "start": start,
        "end": end,
        "method": "市の窓口又は市のウェブサイト",
        "name": "none",
        "address": "none",
    }
    town.office("/consultations/new", "/consultations/new", about)


def convene(town: Town, referral: str, name: str, day: str) -> None:
    agenda = {"title0": "全項目評価書の点検", "referral0": referral}
    town.office(
        "/sittings/new",
        "/sittings/new",
        {
            "council": "1",
            "name": name,
            "day": day,
            "opens": "10:00",
            "place": "市役所大会議室",
            **agenda,
        },
    )


def refer(town: Town, refs: list[str], title: str, number: str) -> None:
    about = {
        "council": "1",
        "title": title,
        "rounds": refs,
        "document_number": number,
        **{f"n-{ref}": f"資料{i}" for i, ref in enumerate(refs, 1)},
    }
    town.office("/referrals/new", "/referrals/new", about)
    town.work()


def fill_in(town: Town, ref: str, cover: str, opinions: str = "", reflected: str = "") -> None:
    """Ⅵ as the records of this round propose it, with what only a person can write."""
    page = town.person("kazama").get(f"/rounds/{ref}/procedure")
    form = next(
        form
        for form in page.iter("form")
        if form.get("method") == "post" and (form.get("action") or "").endswith("/procedure")
    )
    fields = town.person("kazama").fields(form)
    given = {"C/7": cover}
    for name in fields:
        hint = page.xpath(f"//*[@id='{name}-hint']")
        proposed = (
            re.search(r"今回の記録では「(.*)」です", hint[0].text_content(), re.DOTALL)
            if hint
            else None
        )
        if proposed:
            given[name] = proposed.group(1)
    given |= {"VI/2/4": opinions} if opinions else {}
    given |= {"VI/2/5": reflected} if reflected else {}
    given |= {"VI/1/1": cover} if "VI/1/1" in fields else {}
    town.office(
        f"/rounds/{ref}/procedure",
        f"/rounds/{ref}/procedure",
        {name: value for name, value in given.items() if name in fields},
    )


def tables(town: Town, refs: Iterable[str], day: str) -> None:
    for ref in refs:
        town.office(
            f"/rounds/{ref}/change-table", f"/rounds/{ref}/change-table", {"published": day}
        )


def stay_signed_in(monkeypatch: Any) -> None:
    """The story takes years: a day's session would be signed in anew each time."""
    longest = sign_in.LONGEST * 1000
    monkeypatch.setattr(sign_in, "LONGEST", longest)
    monkeypatch.setattr(sign_in, "IDLE", longest)
