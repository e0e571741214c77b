"""A small invented town and its one revision, unlike the demonstration's case in every word:
rows of every kind a change table can have.

みどり町 revises its 就学援助 assessment over the turn of a year: blocks kept, changed, added and
taken out, an entry in, out and moved, a choice, a number of lines, a figure, a text a
spreadsheet would run, a long text. Knows trees and acts; no table and no paper.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pia import forms
from pia.actions.editing import versions
from pia.actions.people import registration
from pia.actions.steps import filing
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.store.rows.assessments import NewRound

KEY, ROUND, FORM, BASIC = "school-aid", "r7-move", "all_item@平成30年5月", "basic_item@令和6年10月"
BODY, TITLE = "みどり町教育委員会", "就学援助に関する事務"
_LONG = (
    "就学援助の認定に必要な世帯の所得の情報を、税務の部署から毎年六月に受け取り、"
    "認定の基準と比べる。"
)
_FIGURE = [
    {"type": "box", "text": "学校教育課", "x": 10, "y": 10, "w": 120, "h": 40},
    {"type": "box", "text": "保護者", "x": 300, "y": 10, "w": 120, "h": 40},
    {"type": "arrow", "text": "", "x": 130, "y": 30, "w": 170, "h": 0},
]


def _system(key: str, name: str, does: str) -> dict[str, Any]:
    return {f"I/2/S/{key}/1": name, f"I/2/S/{key}/2": does, f"I/2/S/{key}/3": ["庁内連携システム"]}


def _row(day: str, item: str, before: str, after: str, timing: str, why: str) -> list[str]:
    return [day, item, before, after, timing, why]


def _tree(form: str, answers: dict[str, Any]) -> Tree:
    return items.build(
        forms.load(form), [(tuple(path.split("/")), answer) for path, answer in answers.items()]
    )


def before() -> Tree:
    """What みどり町 published on 2023-11-08."""
    return _tree(
        FORM,
        {
            "C/1": "7",
            "C/2": f"{TITLE}　全項目評価書",
            "C/3": "みどり町教育委員会は、適切な措置を講じることを宣言する。",
            "C/5": BODY,
            "C/7": "令和5年11月8日",
            "I/1/1": TITLE,
            "I/1/2": "＜申請＞\n①申請の受付\n②審査\n\n＜支給＞\n①学用品費の支給\n②給食費の支給\n"
            "\n＜報告＞\n県への報告",
            "I/1/3": "1,000人以上1万人未満",
            **_system("gakuji", "学事システム", "児童生徒の台帳の管理"),
            **_system("kaikei", "会計システム", "支給の記録"),
            **_system("mado", "窓口端末", "申請の入力"),
            "I/4/1": "認定のため。",
            "I/4/2": "=添付書類を減らす。",
            "I/6/1": "実施しない",
            "I/7/1": "学校教育課",
            "I/7/2": "課長",
            "B1/F/aid/0": "援助の流れ",
            "B1/F/aid/1": {"shapes": _FIGURE},
            "II/file-aid/1": "就学援助ファイル",
            "II/file-aid/3/3": _LONG * 3,
            "II/file-aid/3/1": ["本人又は本人の代理人"],
            "II/file-aid/6/1": "＜庁舎における措置＞\n施錠した部屋に置く。"
            "\n\n＜学校における措置＞\n職員室の棚に置く。",
            "B3": [
                _row(
                    "平成30年10月1日",
                    "Ⅰ７．②所属長",
                    "課長　空木　澄",
                    "課長",
                    "事後",
                    "様式の改正に伴う変更",
                ),
                _row(
                    "令和5年11月8日",
                    "Ⅰ２．システム３",
                    "（記載なし）",
                    "窓口端末を追加",
                    "事前",
                    "再実施に併せて行うもの",
                ),
            ],
        },
    )


def after() -> Tree:
    """The text of the revision."""
    return _tree(
        FORM,
        {
            "C/1": "7",
            "C/2": f"{TITLE}　全項目評価書",
            "C/3": "みどり町教育委員会は、適切な措置を講じることを宣言する。",
            "C/5": BODY,
            "C/7": "令和5年11月8日",
            "I/1/1": TITLE,
            "I/1/2": "＜申請＞\n①申請の受付\n②審査\n\n＜支給＞\n①学用品費の支給\n②給食費の支給"
            "\n③修学旅行費の支給\n\n＜通知＞\n結果の通知",
            "I/1/3": "1,000人未満",
            **_system("mado", "窓口端末", "申請の入力"),
            **_system("gakuji", "学事システム", "児童生徒の台帳の管理"),
            **_system("cloud", "=共通基盤", "台帳の保管"),
            "I/4/1": "認定のため。",
            "I/4/2": "+添付書類をなくす。",
            "I/6/1": "実施する",
            "I/6/2": "番号法第19条第8号",
            "I/7/1": "こども教育課",
            "I/7/2": "課長",
            "B1/F/aid/0": "援助の流れ",
            "B1/F/aid/1": {
                "shapes": [
                    *_FIGURE,
                    {"type": "label", "text": "支給の通知", "x": 180, "y": 80, "w": 80, "h": 20},
                ]
            },
            "II/file-aid/1": "就学援助ファイル",
            "II/file-aid/3/3": _LONG * 3 + "転入のときは、前の市町村から受け取る。",
            "II/file-aid/3/1": [
                "本人又は本人の代理人",
                {"地方公共団体・地方独立行政法人（　）": "前住地の市町村"},
            ],
            "II/file-aid/6/1": "＜庁舎における措置＞\n施錠した部屋に置く。"
            "\n\n＜共通基盤における措置＞\n国内の施設に置き、暗号化する。",
            "B3": [
                _row(
                    "平成30年10月1日",
                    "Ⅰ７．②所属長",
                    "課長　空木　澄",
                    "課長",
                    "事後",
                    "様式の改正に伴う変更",
                ),
                _row(
                    "令和5年11月8日",
                    "Ⅰ２．システム３",
                    "（記載なし）",
                    "窓口端末を追加",
                    "事前",
                    "再実施に併せて行うもの",
                ),
            ],
        },
    )


def basic(office: str) -> Tree:
    """The 基礎項目評価書 with the office it names."""
    return _tree(
        BASIC,
        {
            "C/1": "7",
            "C/2": f"{TITLE}　基礎項目評価書",
            "C/5": BODY,
            "C/7": "令和5年11月8日",
            "I/1/1": TITLE,
            "I/1/2": "就学援助の申請を受け付け、審査し、支給する。",
            "I/5/1": office,
            "I/5/2": "課長",
        },
    )


def by(day: str, actor: str = "utsugi", role: str = "system_administrator") -> By:
    return By(actor, role, datetime.fromisoformat(f"{day}T07:20").replace(tzinfo=JST))


def play(wp: Workplace) -> None:
    """Registered, published in 2023, revised in December 2025 to take effect in January 2026,
    the change tables made."""
    first = by("2023-11-08")
    registration.plan_head(
        wp,
        first,
        BODY,
        {
            "department": "学校教育課",
            "contact": "000-555-0907",
            "created": "2023-11-01",
            "updated": "2025-12-20",
        },
    )
    facts = {"systems": ["学事システム", "窓口端末"], "files": {"file-aid": "就学援助ファイル"}}
    registration.register_affair(
        wp,
        first,
        registration.NewAffair(
            key=KEY,
            number="7",
            name=TITLE,
            body=BODY,
            department="学校教育課",
            facts=facts,
            kinds=("all_item", "basic_item"),
        ),
    )
    registration.count(
        wp, first, KEY, registration.Counts(1200, 14, False, date(2023, 10, 1), date(2023, 10, 2))
    )
    for key, tree in ((KEY, before()), (f"{KEY}-basic", basic("学校教育課"))):
        versions.bring_in(wp, first, key, versions.Brought(tree, source={}), why="取込み")
        versions.published_before(wp, first, key, date(2023, 11, 8))
    for key, old, new in (
        (KEY, before(), after()),
        (f"{KEY}-basic", basic("学校教育課"), basic("こども教育課")),
    ):
        where = versions.open_round(
            wp,
            by("2025-12-01"),
            key,
            NewRound(
                ROUND, "REASSESSMENT", reasons=["共通基盤への移行"], change_date=date(2026, 1, 5)
            ),
        )
        versions.bring_in(
            wp, by("2025-12-02"), where, versions.Brought(new, base=old), why="移行に伴う変更"
        )
        if key == KEY:
            filing.note(
                wp,
                by("2025-12-03"),
                where,
                ("I", "7", "1"),
                timing="事後",
                explanation="課の名称の変更であり、重要な変更に当たらない。",
            )
        filing.make_table(wp, by("2025-12-04"), where, published=date(2025, 12, 26))
