"""The dates of a case against each other, before an internal decision on it is printed: a
contradiction is named with both days and the place to mend it.

Reads only, and refuses nothing: some of these days can no longer be changed, and the paper that
says so must still be made. Whoever decides sees them first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from sqlalchemy.orm import Session

from ...domain import wareki
from ...domain.act import day_in_japan, day_of_text
from ...domain.document.items import text_of
from ...domain.document.tree import Tree
from ...store import nodes
from ..records import days
from .facts import CaseDocument, day

_CONSULTED = {"all_item": "VI/2/2", "key_item": "V/2/2"}
_CHECKED = {"all_item": "VI/3/1", "key_item": "V/3/1"}
_COVER = "C/7"
_YEAR = r"(?:(?:令和|平成|昭和|[RHS]\.?)(?:元|\d{1,2})|\d{4})"
_DATE = re.compile(_YEAR + r"[年./-]\d{1,2}[月./-]\d{1,2}日?")
_CONSULTATION = "意見募集のページ"
_ROUND = "手続のページ"
_MEETING = "会議のページ"


def clashes(session: Session, case: Iterable[CaseDocument]) -> tuple[str, ...]:
    """Every contradiction among the dates of these documents, each once, in the order of the
    procedure."""
    out: dict[str, None] = {}
    for document in case:
        rec = days.record(session, document.round)
        sentences = [*_order(rec), *_decided(rec)]
        if document.round.kind == "REASSESSMENT" and document.round.head_id is not None:
            for x in _written(document, nodes.recent(session, document.round.head_id), rec):
                sentences.append(f"{document.name}：{x}")
        out |= dict.fromkeys(sentences)
    return tuple(out)


def typed(given: Mapping[str, str], recorded: Mapping[str, str]) -> tuple[str, ...]:
    """Contradictions in what was typed for the decision itself: 起案日, 決裁日 and 施行日 in their
    order, and what is on record otherwise.
    """
    days = {}
    for key in ("起案日", "決裁日", "施行日"):
        iso = wareki.parse(given.get(key) or recorded.get(key, "")) or ""
        if len(iso) == len("2026-03-01"):
            days[key] = date.fromisoformat(iso)
    out = []
    for earlier, later in (("起案日", "決裁日"), ("決裁日", "施行日"), ("起案日", "施行日")):
        if earlier in days and later in days and days[later] < days[earlier]:
            out.append(
                f"{later}（{day(days[later])}）が、{earlier}（{day(days[earlier])}）より前です。"
                "起案の欄を確かめてください。"
            )
    for key, words in given.items():
        known = recorded.get(key)
        if known and _plain(words) != _plain(known):
            out.append(
                f"{key}「{words}」が、記録の「{known}」と違います。"
                "起案の欄か、記録を確かめてください。"
            )
    return tuple(out)


def _plain(text: str) -> str:
    return wareki.parse(text) or text.strip()


def _before(
    later: tuple[str, date | None], earlier: tuple[str, date | None], where: str
) -> Iterator[str]:
    """A sentence where a day lies before one it must not lie before."""
    name, on = later
    least, bound = earlier
    if on is not None and bound is not None and on < bound:
        yield (
            f"{name}（{day(on)}）が、{least}（{day(bound)}）より前です。"
            f"{where}の記録を確かめてください。"
        )


def _order(rec: days.RoundRecord) -> Iterator[str]:
    """The steps in the order of 規則第7条第1項・第4項・第5項・第6項: 公示, 意見募集, 見直し,
    第三者点検, 提出, 公表.
    """
    con = rec.consultation
    review = rec.checked
    if review and review.sitting:
        checked = review.sitting.day
    else:
        checked = None
    closed = ("意見募集の末日", con.end if con else None)
    if con:
        yield from _before(("意見募集の初日", con.start), ("公示日", con.announced), _CONSULTATION)
        results = con.facts.get("results_published")
        yield from _before(("結果の公表日", _day(results)), closed, _CONSULTATION)
    yield from _before(("見直しの確定", rec.review_fixed), closed, _ROUND)
    yield from _before(("第三者点検の日", checked), closed, _MEETING)
    yield from _before(("第三者点検の日", checked), ("見直しの確定", rec.review_fixed), _MEETING)
    if review:
        yield from _before(
            ("第三者点検の日", checked), ("諮問日", day_in_japan(review.referral.at)), _MEETING
        )
        if review.verdict:
            verdict = day_in_japan(review.verdict.at)
        else:
            verdict = None
        yield from _before(("結論を記録した日", verdict), ("会議の日", checked), _MEETING)
        yield from _before(("答申日", _reported(rec)), ("第三者点検の日", checked), _MEETING)
    yield from _before(("提出日", rec.submitted), ("第三者点検の日", checked), _ROUND)
    yield from _before(("公表日", rec.published), ("提出日", rec.submitted), _ROUND)


def _decided(rec: days.RoundRecord) -> Iterator[str]:
    """No act before its internal decision."""
    con = rec.consultation
    if con:
        yield from _before(
            ("公示日", con.announced),
            ("公示の決裁日", _day(con.facts.get("decided"))),
            _CONSULTATION,
        )
    for event in rec.events:
        if event.event == "refer":
            yield from _before(
                ("諮問日", day_in_japan(event.at)),
                ("諮問の決裁日", _day(event.facts.get("decided"))),
                _ROUND,
            )
    for x in rec.submissions:
        yield from _before(("提出日", day_in_japan(x.at)), ("提出の決裁日", x.decided), _ROUND)


def _day(recorded: object) -> date | None:
    if recorded:
        return day_of_text(str(recorded))
    return None


def _reported(rec: days.RoundRecord) -> date | None:
    days_reported = []
    for event in rec.events:
        if event.event == "reported" and event.facts.get("day"):
            days_reported.append(event.facts["day"])
    if days_reported:
        return _day(days_reported[-1])
    return None


def _written(d: CaseDocument, tree: Tree, rec: days.RoundRecord) -> Iterator[str]:
    """The days the document itself names (評価実施手続, 公表日) against the record of this round; a
    blank says nothing.
    """
    kind = d.form_kind
    if rec.consultation and kind in _CONSULTED:
        wanted = [rec.consultation.start, rec.consultation.end]
        yield from _differs(
            tree, _CONSULTED[kind], "意見聴取の実施日・期間", wanted, "意見募集の記録"
        )
    heard = []
    for case in rec.reviews:
        if case.verdict is not None and case.sitting is not None:
            heard.append(case.sitting.day)
    if heard and kind in _CHECKED:
        yield from _differs(tree, _CHECKED[kind], "第三者点検の実施日", heard, "会議の記録")
    if rec.published:
        yield from _differs(tree, _COVER, "表紙の公表日", [rec.published], "公表の記録")


def _differs(tree: Tree, path: str, name: str, wanted: list[date], of: str) -> Iterator[str]:
    """A sentence where an item names none, or not all, of the days on record, or another one."""
    text = text_of(tree.find(tuple(path.split("/"))))
    days_named = dates_in(text)
    if text.strip() and set(days_named) != set(wanted):
        words = "、".join(map(day, days_named)) or _short(text.strip())
        yield (
            f"{name}（{words}）が、"
            f"{of}（{'、'.join(map(day, dict.fromkeys(wanted)))}）と違います。"
            "評価書か記録を確かめてください。"
        )


def _short(text: str) -> str:
    """A typed text as quoted in a sentence: what is cut off shows."""
    if len(text) <= 40:
        return text
    return text[:39] + "…"


def dates_in(text: str) -> tuple[date, ...]:
    """The whole days a text names, in its order."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    read = map(wareki.parse, _DATE.findall(plain))
    dates = []
    for x in read:
        if x and len(x) == 10:
            dates.append(date.fromisoformat(x))
    return tuple(dates)
