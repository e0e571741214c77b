"""How a council works, as its city says (its facts): by 諮問 or by 議案, and which ways of
meeting its 条例・運営要領 allows.

Knows a council's facts. Must not know what is offered where.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy.orm import Session

from ...domain.errors import PiaError, Unfit
from ...store import queries
from ...store.rows.councils import Council

BILL = "bill"
WAYS = {"": "諮問による（諮問書・答申書を作る）", BILL: "議案による（諮問書・答申書は作らない）"}
# Ways of meeting that are off until the city names the article that allows them.
MEETINGS = {"written": "書面審議", "rotation": "持ち回り"}
RULES = {"written": "written_rule", "rotation": "rotation_rule"}


def by_bill(council: Council) -> bool:
    """Whether it hears a 議案: then there is no 諮問書 and no 答申書."""
    return council.facts.get("way") == BILL


def called(council: Council) -> str:
    """What putting a case before it is called: 諮問, or 意見聴取 where it hears a 議案."""
    return "意見聴取" if by_bill(council) else "諮問"


def only_by_bill(session: Session) -> bool:
    """Whether every council of this house hears a 議案: then no page speaks of a 諮問."""
    councils = queries.councils.councils(session)
    return bool(councils) and all(by_bill(council) for council in councils)


# How the program says it where councils hear a 議案; the first that fits counts.
_SAID = (
    ("審議会に諮問する", "審議会の意見を聴く"),
    ("審議会に諮問します", "審議会の意見を聴きます"),
    ("審議会への諮問", "審議会の意見の聴取"),
    ("諮問を受けた", "意見を求められた"),
    ("諮問し直", "審議会に出し直"),
    ("諮問する", "審議会に出す"),
    ("諮問し", "審議会に出し"),
    ("諮問され", "審議会に出され"),
    ("諮問できる", "審議会に出せる"),
)
_ELSE = re.compile("諮問(?!書)")


def said(words: str, bill: bool) -> str:
    """The program's own words where councils hear a 議案: a 諮問 is there an 意見聴取. The paper
    諮問書 keeps its name."""
    if not bill:
        return words
    for of_referral, of_bill in _SAID:
        words = words.replace(of_referral, of_bill)
    return _ELSE.sub("意見聴取", words)


def must_work_by_referral(council: Council, paper: str) -> None:
    """PiaError where the paper is none of this council's."""
    if by_bill(council):
        raise PiaError(
            f"「{council.name}」は議案によるため、{paper}はありません。"
            "諮問によるときは、審議会の設定の「諮り方」を直してください。"
        )


def meetings(councils: Iterable[Council]) -> dict[str, str]:
    """The ways of meeting that one of these councils allows, with what people call them."""
    allowed = {}
    for council in councils:
        for way, words in MEETINGS.items():
            if council.facts.get(RULES[way]):
                allowed[way] = words
    return allowed


def must_be_allowed(council: Council, way: str) -> None:
    """Unfit for a way of meeting that the city has named no article for, with what to enter."""
    if way and not council.facts.get(RULES.get(way, "")):
        words = MEETINGS.get(way, "この開き方")
        raise Unfit(
            "meeting",
            f"「{council.name}」では、{words}を使えません。認める条例・運営要領の条を、"
            f"審議会の設定の「{words}を認める条例・運営要領」に入力してから使ってください。",
        )
