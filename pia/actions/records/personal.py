"""Words that may say who somebody is, found in what people wrote and in documents that go out; each
is answered by an officer: 非公表, erased (`actions.keeping.erasing`), or left with a reason.

Knows which texts are looked over and how they leave the house: with every find that nobody let
stand covered. Must not know pages. A list never repeats the words themselves. Serves 法第20条
and the city's care for what residents write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.change.describe import citation, names
from ...domain.document import items
from ...domain.document.marked import REDACTED
from ...domain.document.tree import Tree
from ...domain.errors import Refused
from ...domain.text import personal
from ...domain.withheld.kept import secrets
from ...domain.withheld.public_reading import public
from ...store import nodes, queries
from ...store.model import Base
from ...store.rows import (
    answers,
    comments,
    consultations,
    councils,
    leaks,
    minutes,
    records,
    referrals,
)
from ...store.rows.assessments import Assessment, Round, Version
from ..access.leaks import ASSEMBLY, regime_of
from ..workplace import Workplace

KEEP = "KEEP"
WITHHOLD = "WITHHOLD"
SAID = {WITHHOLD: "【非公表】とする", KEEP: "そのまま残す"}
AROUND = 12  # letters shown on each side of a find

# Table → its class, the texts people wrote, and what such a row is called.
KINDS: dict[str, tuple[type[Any], tuple[str, ...], str]] = {
    "opinion": (consultations.Opinion, ("text",), "意見"),
    "inbox": (consultations.Inbox, ("text",), "受付待ち"),
    "response": (consultations.Response, ("text",), "市の考え方"),
    "remark": (councils.Remark, ("text",), "質問"),
    "answer": (councils.Answer, ("text",), "回答"),
    "proposal": (councils.Proposal, ("before", "after", "why"), "修正案"),
    "verdict": (councils.Verdict, ("note",), "結論の言葉"),
    "referral_step": (referrals.ReferralStep, ("reason", "response"), "諮問の後の記録"),
    "proposal_outcome": (referrals.ProposalOutcome, ("reason",), "修正案への回答"),
    "comment": (comments.Comment, ("text",), "コメント"),
    "expected_question": (answers.ExpectedQuestion, ("question", "answer"), "想定問答"),
    "speech": (minutes.Speech, ("text",), "会議の発言"),
    "transcript": (minutes.Transcript, ("text",), "会議の文字起こし"),
    "minutes_field": (minutes.MinutesField, ("text", "base"), "会議録の欄"),
    "sitting_step": (minutes.SittingStep, ("note",), "会議の手続の記録"),
    "leak_fact": (leaks.LeakFact, ("text",), "漏えい等の記録"),
    "leak_report": (leaks.LeakReport, ("text",), "漏えい等の報告の控え"),
    "leak_question": (leaks.LeakQuestion, ("text",), "漏えい等への質問"),
    "leak_reply": (leaks.LeakReply, ("text",), "漏えい等の質問への回答"),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """What an officer said of a find."""

    answer: str
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Flag:
    """One place of a text: which text (`place`, `mark`), the how-manyeth find of it, what it may
    be, where it stands in words, and the text around it with every find covered. `erasable` is the
    row's name in addresses ("opinion-3"), empty for a document.
    """

    place: str
    mark: str
    number: int
    kind: personal.Kind
    where: str
    around: str
    answered: Answered | None
    erasable: str = ""

    @property
    def name(self) -> str:
        """Names the find in a form."""
        return f"{self.place}/{self.mark}/{self.number}"

    @property
    def words(self) -> str:
        """What kind of words it is, in Japanese."""
        return personal.WORDS[self.kind]


def _around(text: str, place: personal.Found) -> str:
    covered = personal.blackened(text)
    start = max(0, place.start - AROUND)
    end = place.end + AROUND
    if start:
        head = "…"
    else:
        head = ""
    if end < len(text):
        tail = "…"
    else:
        tail = ""
    return head + " ".join(covered[start:end].split()) + tail


def _flags(
    session: Session, place: str, mark: str, text: str, where: str, erasable: str = ""
) -> Iterator[Flag]:
    finds = personal.found(text)
    if not finds:
        return
    known = records.answers(session, [place])
    for number, find in enumerate(finds, 1):
        answer = known.get((place, mark, number))
        answered = answer and Answered(answer.answer, answer.reason, answer.actor, answer.at)
        around = _around(text, find)
        yield Flag(place, mark, number, find.kind, where, around, answered or None, erasable)


def of_row(session: Session, row: Base) -> list[Flag]:
    """The finds in the texts of one row."""
    out: list[Flag] = []
    _, texts, words = KINDS[row.__tablename__]
    place = records.place_of(row)
    for text in texts:
        if personal.found(getattr(row, text)):
            where = f"{words}{called(session, row)}"
            out += _flags(session, place, text, getattr(row, text), where, place.replace(" ", "-"))
    return out


def called(session: Session, row: Any) -> str:
    """What tells a row from others in a list: its number, title or speaker."""
    if isinstance(row, consultations.Opinion):
        talk = session.get_one(consultations.Consultation, row.consultation_id)
        return f"{row.number}（{talk.title}）"
    if isinstance(row, consultations.Response):
        return f"（意見{session.get_one(consultations.Opinion, row.opinion_id).number}）"
    if isinstance(row, consultations.Inbox):
        return f"（{row.receipt}）"
    speaker = getattr(row, "speaker", "")
    if speaker:
        return f"（{speaker}）"
    return ""


def _rows(session: Session) -> Iterator[Base]:
    """Every row whose words people wrote; of an opinion's inbox copy only what was not taken in."""
    for name, (kind, _, _) in KINDS.items():
        if name == "inbox":
            yield from queries.opinions.not_taken_in(session)
        elif name.startswith("leak_"):
            yield from _leak_rows(session, kind)
        else:
            yield from queries.records.every(session, kind)


def _leak_rows(session: Session, kind: type[Any]) -> Iterator[Base]:
    """The rows of a kind of the office's cases of 漏えい等: those of an assembly are its own care,
    and who somebody affected is stands in a field for it."""
    for body in queries.departments.bodies(session):
        if regime_of(body) != ASSEMBLY:
            for row in queries.leaks.of_body(session, kind, body.id):
                if getattr(row, "field", "") != "persons":
                    yield row


# ---- documents


def _texts(value: Any) -> Iterator[str]:
    """Every text of an answer of the form, however it is put together."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


@lru_cache(maxsize=64)
def _said(tree: Tree) -> tuple[tuple[tuple[str, ...], str], ...]:
    """(path, text) of the answers of a public reading that hold a find."""
    form = forms.load(tree.form)
    shown = public(form, tree, secrets(tree))
    texts = ((path, "\n".join(_texts(answer))) for path, answer in items.answers(shown))
    pairs = []
    for path, text in texts:
        if personal.found(text):
            pairs.append((tuple(path), text))
    return tuple(pairs)


def _words_of(tree: Tree) -> frozenset[str]:
    """Mail addresses and telephone numbers a document says: once published, they are known."""
    out = set()
    for _, text in _said(tree):
        out |= {text[x.start : x.end] for x in personal.found(text) if x.kind != "number"}
    return frozenset(out)


def of_round(session: Session, round_: Round) -> list[Flag]:
    """The finds in what a round would make public. Mail addresses and telephone numbers that the
    published text says already need no answer again; a My Number always does."""
    if round_.head_id:
        return of_version(session, session.get_one(Version, round_.head_id), round_.base_id)
    return []


def of_version(session: Session, version: Version, base: int | None = None) -> list[Flag]:
    """The finds in what one version would make public, beside what its base has made public."""
    with nodes.whole():
        head = nodes.recent(session, version.id)
        known = frozenset[str]()
        if base is not None and _is_public(session, base):
            known = _words_of(nodes.recent(session, base))
    held = _said(head)
    if not held:
        return []
    key = session.get_one(Assessment, version.assessment_id).key
    form = forms.load(head.form)
    out: list[Flag] = []
    for path, text in held:
        place = f"document {key} {'/'.join(path)}"
        mark = sha256(text.encode()).hexdigest()[:16]
        where = f"{key}　{citation(form, path, names(form, head))}"
        finds = personal.found(text)
        for flag in _flags(session, place, mark, text, where):
            seen = finds[flag.number - 1]
            if text[seen.start : seen.end] not in known:
                out.append(flag)
    return out


def _is_public(session: Session, version: int) -> bool:
    return queries.filing.publication_of_version(session, version) is not None


def waiting(flags: Iterable[Flag]) -> tuple[list[Flag], list[Flag]]:
    """(My Numbers, others) of these that nobody answered."""
    unanswered = []
    for x in flags:
        if x.answered is None:
            unanswered.append(x)
    numbers = []
    for x in unanswered:
        if x.kind == "number":
            numbers.append(x)
    return numbers, [x for x in unanswered if x.kind != "number"]


# ---- outward


def outward(session: Session, row: Base, text: str = "text") -> str:
    """A text as it leaves the house: every find that nobody let stand says 【非公表】; what was
    erased, the words that stand in its place."""
    whole = records.shown(row, text)
    finds = personal.found(whole)
    if not finds or records.is_erased(row, text):
        return whole
    known = records.answers(session, [records.place_of(row)])
    place = records.place_of(row)
    for number, find in reversed(list(enumerate(finds, 1))):
        answer = known.get((place, text, number))
        if answer is None or answer.answer != KEEP:
            whole = whole[: find.start] + REDACTED + whole[find.end :]
    return whole


def has_open_number(session: Session, rows: Iterable[Base]) -> bool:
    """Whether one of these texts holds what looks like a My Number and nobody answered."""
    return any(waiting(of_row(session, row))[0] for row in rows)


def must_be_answered(session: Session, rows: Iterable[Base], what: str) -> None:
    """Refused while a text that would go out holds a My Number nobody answered for."""
    _refuse([flag for row in rows for flag in waiting(of_row(session, row))[0]], what)


def must_hold_no_number(session: Session, versions: Iterable[Version]) -> None:
    """The same of documents that go out, whichever way."""
    _refuse(
        [flag for version in versions for flag in waiting(of_version(session, version))[0]],
        "公表用の文書",
    )


def _refuse(flags: Sequence[Flag], what: str) -> None:
    if flags:
        sentences = tuple(f"{flag.where}：{flag.words}" for flag in flags)
        raise Refused(f"{what}は、まだ作れません。「個人情報の点検」で答えてください。", sentences)


# ---- the list, and answering


def listed(wp: Workplace) -> list[Flag]:
    """Every find there is: in what people wrote, and in the documents of open rounds; those nobody
    answered first."""
    with wp.store.read() as session:
        out = []
        for row in _rows(session):
            for flag in of_row(session, row):
                out.append(flag)
        for round_ in queries.tallies.rounds_with_finds(session):
            out += of_round(session, round_)
        people = _shown_names(session, out)
    out = [_with_name(flag, people) for flag in out]
    return sorted(out, key=lambda flag: flag.answered is not None)


def _shown_names(session: Session, flags: Sequence[Flag]) -> dict[str, str]:
    from ..access.names import shown_name

    shown = {}
    for x in flags:
        if x.answered:
            shown[x.answered.actor] = shown_name(session, x.answered.actor)
    return shown


def _with_name(flag: Flag, people: dict[str, str]) -> Flag:
    if flag.answered is None:
        return flag
    answered = flag.answered
    named = Answered(answered.answer, answered.reason, people[answered.actor], answered.at)
    return Flag(
        flag.place, flag.mark, flag.number, flag.kind, flag.where, flag.around, named, flag.erasable
    )


def inbox(wp: Workplace, number: int) -> dict[int, tuple[str, int, bool]]:
    """Row → (text as shown, how many finds, whether it was erased) of what waits to be taken in."""
    with wp.store.read() as session:
        rows = {}
        for x in queries.opinions.waiting(session, number):
            rows[x.id] = (records.shown(x), len(of_row(session, x)), records.is_erased(x))
        return rows
