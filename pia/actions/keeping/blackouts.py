"""The acts of the officer who blacks out: places marked with their ground, proposals answered,
marks taken back, the decision.

Knows a case as `kept.blackouts` reads it. Must not know pages or how a copy is drawn. Whether a
ground applies is the city's judgement under its 情報公開条例 (未確認).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...domain.act import By, day_in_japan
from ...domain.errors import PiaError
from ...domain.withheld import blacking
from ...domain.withheld.blacking import TextRange
from ...store import queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import records
from ..access import noted
from ..kept.blackouts import BACK, BLACK, LEAVE, SHARES, case, place_of, record_place
from ..workplace import Workplace
from . import disclosure as keeping_disclosure
from . import retention as keeping_retention

TAKE = "TAKE"

ANSWERS: Mapping[str, str] = {TAKE: "墨塗りにする", LEAVE: "墨塗りにしない"}


def _checked(ground: str, article: str, reason: str) -> None:
    """PiaError for a ground that cannot be put on record."""
    if ground not in blacking.GROUNDS:
        raise PiaError("根拠の区分を選んでください。")
    if ground == blacking.ORDINANCE and not article.strip():
        raise PiaError("情報公開条例の条項を、第7条第1号のように入力してください。")
    if article.strip() and not blacking.is_article(article):
        raise PiaError("条項は、第7条第1号のように入力してください。")
    if ground == blacking.ORDINANCE and not reason.strip():
        raise PiaError("墨塗りにする理由を入力してください。")
    keeping_retention.no_personal(reason, "理由")


def _add(
    wp: Workplace,
    by: By,
    number: int,
    places: Sequence[tuple[TextRange, str, str, str]],
    act: str,
) -> None:
    """Puts (place, ground, article, reason) on record, in one act. PiaError once the
    開示請求 is decided."""
    with wp.store.begin() as session:
        if session.get(records.DisclosureEnd, number) is not None:
            raise PiaError("この開示請求は決定されています。墨塗りは、もう変えられません。")
        for place, ground, article, reason in places:
            blackout = records.Blackout(
                disclosure_id=number,
                place=place.name,
                text_mark=place.mark,
                begins=place.begins,
                ends=place.ends,
                act=act,
                ground=ground,
                article=article.strip(),
                reason=reason.strip(),
                **acted(by),
            )
            session.add(blackout)
        session.flush()
        log.entry(session, by, f"disclosure.{act.lower()}", str(number), {"places": len(places)})


@dataclass(frozen=True, slots=True)
class Basis:
    """On which ground letters are not disclosed: the article as the city cites it, and why."""

    ground: str
    article: str
    reason: str


def mark(
    wp: Workplace, by: By, number: int, record: str, text: int, words: str, basis: Basis
) -> int:
    """Blacks out words of the `text`th text (from 1) of a record wherever the text says them; the
    whole text where no words are given. Returns how many places."""
    _checked(basis.ground, basis.article, basis.reason)
    texts = case(wp, number, by.day).of(record).texts
    if not 1 <= text <= len(texts):
        raise PiaError("その文章はありません。一覧から選び直してください。")
    copied_text = texts[text - 1]
    if words.strip():
        places = blacking.places(copied_text, words)
    else:
        places = [copied_text.whole]
    if not places:
        raise PiaError("その言葉は、この文章にありません。文章にあるとおりに入力してください。")
    _add(
        wp,
        by,
        number,
        [(place, basis.ground, basis.article, basis.reason) for place in places],
        BLACK,
    )
    return len(places)


def keep_back(wp: Workplace, by: By, number: int, record: str, basis: Basis) -> None:
    """Does not disclose a record at all."""
    _checked(basis.ground, basis.article, basis.reason)
    if not basis.reason.strip():
        raise PiaError("開示しない理由を入力してください。")
    case(wp, number, by.day).of(record)
    _add(wp, by, number, [(record_place(record), basis.ground, basis.article, basis.reason)], BLACK)


@dataclass(frozen=True, slots=True)
class ProposalAnswer:
    """What an officer says of proposals: TAKE or LEAVE, the article where it is one, and why."""

    choice: str
    article: str
    reason: str


def answer(
    wp: Workplace, by: By, number: int, record: str, chosen: Sequence[str], given: ProposalAnswer
) -> int:
    """Takes proposals of a record (`BlackingProposal.key`), each with its own ground, or refuses
    them, with a reason; where none is given, what was proposed says why. Returns how many.
    """
    _must_be_an_answer(given.choice, given.article, given.reason)
    now = case(wp, number, by.day)
    proposals = {proposal.key: proposal for proposal in now.of(record).open}
    if not chosen or not set(chosen) <= set(proposals):
        raise PiaError("候補を選び直してください。ほかの人が、もう答えたものがあります。")
    places = []
    for key in dict.fromkeys(chosen):
        proposal = proposals[key]
        like = now.black[proposal.of].article if proposal.of is not None else ""
        why = given.reason.strip() or proposal.why
        places.append((proposal.place, proposal.ground, given.article.strip() or like, why))
    if given.choice == TAKE:
        _must_cite(places)
    _add(wp, by, number, places, BLACK if given.choice == TAKE else LEAVE)
    return len(places)


def _must_be_an_answer(choice: str, article: str, reason: str) -> None:
    """PiaError for an answer that is none, or lacks its reason, or names a personal matter."""
    if choice not in ANSWERS:
        raise PiaError("墨塗りにするかどうかを選んでください。")
    if choice == LEAVE and not reason.strip():
        raise PiaError("墨塗りにしない理由を入力してください。")
    if article.strip() and not blacking.is_article(article):
        raise PiaError("条項は、第7条第1号のように入力してください。")
    keeping_retention.no_personal(reason, "理由")


def _must_cite(places: Sequence[tuple[TextRange, str, str, str]]) -> None:
    """PiaError where the ordinance is the ground and no article of it is named."""
    for _, ground, article, _ in places:
        if ground == blacking.ORDINANCE and not article:
            raise PiaError("情報公開条例の条項を、第7条第1号のように入力してください。")


def take_back(wp: Workplace, by: By, number: int, mark_: int, reason: str) -> None:
    """Takes a mark or a refusal back; what was said stays on record."""
    if not reason.strip():
        raise PiaError("取り消す理由を入力してください。")
    keeping_retention.no_personal(reason, "理由")
    with wp.store.read() as session:
        latest = {}
        for row in records.blackouts(session, number):
            latest[place_of(row)] = row
    latest_mark = next(
        (row for row in latest.values() if row.id == mark_ and row.act != BACK), None
    )
    if latest_mark is None:
        raise PiaError("その墨塗りは、もう取り消されています。")
    _add(
        wp,
        by,
        number,
        [(place_of(latest_mark), latest_mark.ground, latest_mark.article, reason)],
        BACK,
    )


def look(wp: Workplace, by: By, number: int, record: str) -> None:
    """Puts on record that somebody read a record to the letter: once a day."""
    target = f"{number} {record}"
    with wp.store.read() as session:
        last = queries.audit_entries.last_disclosure_read(session, target, by.actor)
    if last is None or day_in_japan(last) != by.day:
        noted.note(wp, by, "disclosure.read", target)


def decide(wp: Workplace, by: By, number: int, ruling: keeping_disclosure.Ruling) -> None:
    """Puts the decision on record. PiaError when it says something else than the marks do, or
    proposals wait, and no note says why."""
    now = case(wp, number, by.day)
    copied = ruling.outcome in (SHARES["whole"], SHARES["part"], SHARES["none"])
    if copied and not ruling.note.strip():
        if now.open:
            sentence = f"答えていない墨塗りの候補が{now.open}件あります。"
            raise PiaError(f"{sentence}全てに答えるか、備考に理由を入力してください。")
        if now.outcome and ruling.outcome != now.outcome:
            sentence = f"墨塗りによれば、決定の区分は「{now.outcome}」です。"
            raise PiaError(f"{sentence}違う決定にするときは、備考に理由を入力してください。")
    keeping_disclosure.decide(
        wp,
        by,
        number,
        keeping_disclosure.Ruling(ruling.outcome, ruling.document, ruling.decided, ruling.note),
    )
