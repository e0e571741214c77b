"""Who may do what with which thing: the one place that is asked, for every kind of object a request can name.

The rights are data (`pia/rules/rights.yaml`): which roles see every object of a kind, and which only what was given to their council. Knows where each kind
of object is stored and what it belongs to; a thing that is not there and a thing that is not theirs get the same answer. Must not know routes or pages.
Serves design/reliability.md §3 and 規則第10条第2項 (who may read withheld words).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By, day_in_japan
from ...domain.document import items
from ...domain.document.tree import Tree
from ...domain.errors import PiaError
from ...domain.withheld import public_reading as marks
from ...store import nodes
from ...store.ledger import log
from ...store.rows import assessments, consultation, council, jobs, records, sessions
from ...store.rows import national as national_rows
from ...store.rows.assessments import Assessment, Round, Version
from ...store.rows.bodies import Account, Affair, Department
from ...store.rows.filing import Publication
from ..output.bundles import set_of
from ..workplace import Workplace, line
from .sign_in import Person

Within = Mapping[str, str]


# ---- what was given to a council


@dataclass(frozen=True, slots=True)
class Given:
    """What a member or a tablet has before them: the referrals they may read, those they may speak to, the sittings, the pinned versions and those they are
    compared with, and the assessments of these."""

    referrals: frozenset[int] = frozenset()
    speaking: frozenset[int] = frozenset()
    sittings: frozenset[int] = frozenset()
    councils: frozenset[int] = frozenset()
    versions: frozenset[int] = frozenset()
    documents: frozenset[int] = frozenset()


NOTHING = Given()


def given(session: Session, who: Person, today: date) -> Given:
    """What lies before a member on a day: all that their council was given while they are in office; of a term that is over, what was before them in it.
    A tablet has its own sitting's agenda. Nothing for anybody else, nor for a member's account that is tied to no council."""
    if who.role == "tablet":
        return _of_tablet(session, who)
    if who.role not in ("member", "chair"):
        return NOTHING
    tied = select(council.Member).join(Account, Account.id == council.Member.account_id)
    terms = list(session.scalars(tied.where(Account.name == who.name)))
    if not terms:
        return NOTHING
    halls = set()
    for term in terms:
        halls.add(term.council_id)
    now = set()
    for term in terms:
        if _covers(term, today):
            now.add(term.council_id)
    sittings = list(
        session.scalars(select(council.Sitting).where(council.Sitting.council_id.in_(halls)))
    )
    days: dict[int, list[date]] = {}
    for one in sittings:
        for number in _agenda(one):
            days.setdefault(number, []).append(one.day)
    readable = set()
    for ref in session.scalars(
        select(council.Referral).where(council.Referral.council_id.in_(halls))
    ):
        before_them = [day_in_japan(ref.at), *days.get(ref.id, ())]
        mine = []
        for term in terms:
            if term.council_id == ref.council_id:
                mine.append(term)
        if ref.council_id in now or any(
            _covers(member, day) for member in mine for day in before_them
        ):
            readable.add(ref.id)
    of = select(council.Referral.id).where(
        council.Referral.council_id.in_(now), council.Referral.id.in_(readable)
    )
    sat = set()
    for x in sittings:
        if x.council_id in now or any(
            term.council_id == x.council_id and _covers(term, x.day) for term in terms
        ):
            sat.add(x.id)
    return _with_versions(
        session,
        frozenset(readable),
        frozenset(session.scalars(of)),
        frozenset(sat),
        frozenset(halls),
    )


def _covers(member: council.Member, day: date) -> bool:
    return member.since <= day and (member.until is None or day <= member.until)


def _agenda(one: council.Sitting) -> list[int]:
    numbers = []
    for entry in one.agenda:
        if entry.get("referral"):
            numbers.append(int(entry["referral"]))
    return numbers


def _of_tablet(session: Session, who: Person) -> Given:
    if who.sitting:
        one = session.get(council.Sitting, who.sitting)
    else:
        one = None
    if one is None:
        return NOTHING
    mine = frozenset(_agenda(one))
    return _with_versions(session, mine, mine, frozenset({one.id}), frozenset({one.council_id}))


def _with_versions(
    session: Session,
    readable: frozenset[int],
    speaking: frozenset[int],
    sittings: frozenset[int],
    halls: frozenset[int],
) -> Given:
    """Adds the versions: what these referrals pinned, what the same council was given before them, and what each round started from."""
    newest = max(readable, default=0)
    pins = select(council.ReferralRound.version_id, Round.base_id, Round.assessment_id).join(
        Round, Round.id == council.ReferralRound.round_id
    )
    pins = pins.join(council.Referral, council.Referral.id == council.ReferralRound.referral_id)
    # Where a term is over or a tablet is for one sitting, later referrals of the council are not theirs.
    pins = pins.where(council.Referral.council_id.in_(halls), council.Referral.id <= newest)
    if readable:
        found = session.execute(pins).all()
    else:
        found = []
    versions = set()
    for row in found:
        for number in row[:2]:
            if number is not None:
                versions.add(number)
    return Given(
        readable, speaking, sittings, halls, frozenset(versions), frozenset(row[2] for row in found)
    )


# ---- the kinds of objects


class _Ask:
    """One question about one named thing, asked in one read."""

    def __init__(
        self, wp: Workplace, session: Session, who: Person, act: str, today: date, within: Within
    ):
        self.wp = wp
        self.s = session
        self.who = who
        self.act = act
        self.today = today
        self.within = within
        self._given: Given | None = None

    @property
    def given(self) -> Given:
        if self._given is None:
            self._given = given(self.s, self.who, self.today)
        return self._given

    def row(self, kind: type[Any], value: str) -> Any:
        number = _number(value)
        if number is not None:
            return self.s.get(kind, number)
        return None

    def part(self, kind: str) -> int | None:
        """The number of the thing this one belongs to, where the request named it."""
        return _number(self.within.get(kind, ""))


def _number(value: str) -> int | None:
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None


def _version(ask: _Ask, ref: str) -> Version | None:
    try:
        return assessments.resolve(ask.s, ref)
    except PiaError:
        return None


def _document(ask: _Ask, ref: str, whole: bool) -> bool:
    if ref == "none":  # compared with nothing
        return True
    found = _version(ask, ref)
    if found is None or whole:
        return found is not None
    published = select(Publication.id).where(Publication.version_id == found.id).limit(1)
    return found.id in ask.given.versions or ask.s.scalar(published) is not None


def _seen(ask: _Ask, ref: str, whole: bool) -> bool:
    """The version somebody looked at while they wrote: one of the document they write, no other."""
    found = _version(ask, ref)
    key = _key(ask.within.get("line", ""))
    return whole and found is not None and ask.s.get_one(Assessment, found.assessment_id).key == key


def _key(ref: str) -> str:
    return ref.split("@")[0].split("~")[0]


def _line(ask: _Ask, ref: str, whole: bool) -> bool:
    try:
        at = line(ask.s, ref)
    except PiaError:
        return False
    return whole and not (
        ask.act == "draft" and readers(ask.s, ask.wp, ask.who, ask.today).hides(at.assessment.id)
    )


def _round(ask: _Ask, ref: str, whole: bool) -> bool:
    return "~" in ref and _line(ask, ref, whole)


def _assessment(ask: _Ask, key: str, whole: bool) -> bool:
    """A document by its key; where a consultation is named too, one that it is about."""
    one = ask.s.scalar(select(Assessment).where(Assessment.key == key))
    asked = ask.part("consultation")
    if one is None or asked is None:
        return whole and one is not None
    talk = ask.s.get(consultation.Consultation, asked)
    return whole and talk is not None and one.id in {round_.assessment_id for round_ in talk.rounds}


def _affair(ask: _Ask, key: str, whole: bool) -> bool:
    return whole and ask.s.scalar(select(Affair.id).where(Affair.key == key)) is not None


def _referral(ask: _Ask, value: str, whole: bool) -> bool:
    """A referral that is theirs; where a sitting is named too, one on its agenda; to be spoken to only by who is in office."""
    one = ask.row(council.Referral, value)
    sitting = ask.row(council.Sitting, ask.within.get("sitting", ""))
    if one is None or (
        "sitting" in ask.within and (sitting is None or one.id not in _agenda(sitting))
    ):
        return False
    return whole or one.id in (ask.given.speaking if ask.act == "remark" else ask.given.referrals)


def _sitting(ask: _Ask, value: str, whole: bool) -> bool:
    """A sitting that is theirs; where a referral is named too, one that has it on its agenda."""
    one = ask.row(council.Sitting, value)
    about = ask.part("referral")
    if one is None or (about is not None and about not in _agenda(one)):
        return False
    return whole or one.id in ask.given.sittings


def _pinned(ask: _Ask, key: str, whole: bool) -> bool:
    """A document by its key among those a referral put before its council."""
    of = select(Assessment.id).join(Round, Round.assessment_id == Assessment.id)
    of = of.join(council.ReferralRound, council.ReferralRound.round_id == Round.id)
    return (
        ask.s.scalar(
            of.where(
                council.ReferralRound.referral_id == ask.part("referral"), Assessment.key == key
            )
        )
        is not None
    )


def _material(ask: _Ask, value: str, whole: bool) -> bool:
    one = ask.row(council.Referral, ask.within.get("referral", ""))
    place = _number(value)
    return one is not None and place is not None and 1 <= place <= len(one.materials)


def _remark(ask: _Ask, value: str, whole: bool) -> bool:
    one = ask.row(council.Remark, value)
    return one is not None and one.referral_id == ask.part("referral")


def _plain(kind: type[Any]) -> Callable[[_Ask, str, bool], bool]:
    return lambda ask, value, whole: whole and ask.row(kind, value) is not None


def _opinion(ask: _Ask, value: str, whole: bool) -> bool:
    of = select(consultation.Opinion.id).where(
        consultation.Opinion.consultation_id == ask.part("consultation"),
        consultation.Opinion.number == _number(value),
    )
    return whole and ask.s.scalar(of) is not None


def _inbox(ask: _Ask, value: str, whole: bool) -> bool:
    one = ask.row(consultation.Inbox, value)
    return whole and one is not None and one.consultation_id == ask.part("consultation")


def _decision(ask: _Ask, value: str, whole: bool) -> bool:
    if ask.within.get("step") in ("announce", "results"):
        kind = consultation.Consultation
    else:
        kind = council.Referral
    return whole and ask.row(kind, value) is not None


def _national(ask: _Ask, key: str, whole: bool) -> bool:
    return (
        whole
        and ask.s.scalar(
            select(national_rows.NationalRevision.id).where(
                national_rows.NationalRevision.key == key
            )
        )
        is not None
    )


def _account(ask: _Ask, name: str, whole: bool) -> bool:
    return whole and ask.s.scalar(select(Account.id).where(Account.name == name)) is not None


def _job(ask: _Ask, value: str, whole: bool) -> bool:
    """Long work with its file: a reading without withheld words is any reader's; what says them, only for who may read them; else who asked, and the office."""
    one = ask.row(jobs.Job, value)
    if one is None or one.kind not in ("paper", "bundle") or not one.args.get("ref"):
        return one is not None and (whole or one.actor == ask.who.name)
    if one.args.get("masked") or one.args.get("public"):
        return True
    if one.kind == "bundle":
        return reads_all(ask.wp, ask.who, ask.today, set_of(ask.wp, one.args["ref"]))
    return reads_all(ask.wp, ask.who, ask.today, [one.args["ref"]])


def _text(ask: _Ask, name: str, whole: bool) -> bool:
    """A text that can be erased, by its row: one that is there."""
    from ..keeping import personal

    table, _, key = name.partition("-")
    return whole and table in personal.KINDS and ask.row(personal.KINDS[table][0], key) is not None


def _disclosure(ask: _Ask, value: str, whole: bool) -> bool:
    return whole and ask.row(records.Disclosure, value) is not None


def _record(ask: _Ask, record: str, whole: bool) -> bool:
    """A record of the house. In a 開示請求 it is opened to the letter: then one that is asked for, by
    who may read the withheld words of its documents."""
    from ..keeping import copies, recorded, retention

    found = recorded.there(ask.s, record, ask.today)
    asked = ask.part("disclosure")
    if found is None or asked is None:
        return whole and found is not None
    request = records.asked(ask.s, asked)
    if request is None or not retention.concerns(found, request.subject):
        return False
    return whole and reads_all(ask.wp, ask.who, ask.today, copies.documents(ask.wp, record))


# kind → (what it is called, how it is looked up, whether those who see every one of the kind must be asked too: it belongs to another thing).
KINDS: Mapping[str, tuple[str, Callable[[_Ask, str, bool], bool], bool]] = {
    "document": ("評価書の版", _document, False),
    "seen": ("評価書の版", _seen, True),
    "line": ("評価書", _line, True),
    "round": ("再実施・修正", _round, False),
    "assessment": ("評価書", _assessment, True),
    "affair": ("事務", _affair, False),
    "referral": ("諮問", _referral, True),
    "sitting": ("会議", _sitting, True),
    "pinned": ("評価書", _pinned, True),
    "material": ("資料", _material, True),
    "remark": ("質問", _remark, True),
    "council": ("審議会", _plain(council.Council), False),
    "consultation": ("意見募集", _plain(consultation.Consultation), False),
    "opinion": ("意見", _opinion, True),
    "inbox": ("受付", _inbox, True),
    "decision": ("起案", _decision, False),
    "national": ("国の記載例", _national, False),
    "job": ("処理", _job, True),
    "account": ("利用者", _account, False),
    "department": ("課", _plain(Department), False),
    "text": ("文章", _text, True),
    "record": ("記録", _record, True),
    "disclosure": ("開示請求", _disclosure, True),
}


def may(
    wp: Workplace,
    who: Person,
    act: str,
    kind: str,
    value: str,
    today: date,
    within: Within | None = None,
) -> bool:
    """Whether somebody may do an act (a right of rights.yaml) with one thing, named as a request names it. `within`: what else the request named, kind → value:
    an opinion is one of its consultation, a remark one of its referral. False alike for what is not there and for what is not theirs."""
    seen = wp.rights["objects"][kind]
    whole = who.role in seen.get("all", ())
    if not whole and not {who.role} & {*seen.get("given", ()), *seen.get("asked", ())}:
        return False
    _, look, always = KINDS[kind]
    if whole and not always:
        return True  # they see every one of the kind; whether there is such a one, the page says
    with wp.store.read() as session:
        return look(_Ask(wp, session, who, act, today, within or {}), value, whole)


def not_there(kind: str) -> str:
    """What is said of a thing that is not there, or not theirs: the same sentence."""
    return f"その{KINDS[kind][0]}は、ないか、あなたが見られるものではありません。一覧から選び直してください。"


def before_them(wp: Workplace, who: Person, today: date) -> Given:
    """What lies before a member or a tablet, for lists."""
    with wp.store.read() as session:
        return given(session, who, today)


def all_of(wp: Workplace, who: Person, kind: str) -> bool:
    """Whether somebody sees every object of a kind."""
    return who.role in wp.rights["objects"][kind].get("all", ())


# ---- who may read withheld words


@dataclass(frozen=True, slots=True)
class Readers:
    """For whom withheld words are hidden: `default` by the data of the house, `set_` what the office set for one document (assessment → may)."""

    default: Callable[[int], bool]
    set_: Mapping[int, bool]

    def hides(self, assessment: int) -> bool:
        found = self.set_.get(assessment)
        return not (self.default(assessment) if found is None else found)


def readers(session: Session, wp: Workplace, who: Person, today: date) -> Readers:
    """Whether a person may read the withheld words of each document: what was set for them alone wins over their department, that over their role, that over
    the default."""
    line_ = wp.rights["rights"]["withheld"]
    own = who.role in line_.get("own", ())
    given_to = who.role in line_.get("given", ())
    mine: set[int] = set()
    if own:
        of = select(Assessment.id).join(Affair, Affair.id == Assessment.affair_id)
        if who.department_id:
            mine = set(session.scalars(of.where(Affair.department_id == who.department_id)))
        else:
            mine = set()
    elif given_to:
        mine = set(given(session, who, today).documents)
    whole = who.role in line_["roles"] and not own and not given_to
    names = {f"account:{who.name}": 3, f"department:{who.department_id}": 2, f"role:{who.role}": 1}
    best: dict[int, tuple[int, bool]] = {}
    for row in session.scalars(
        select(sessions.WithheldReader)
        .where(sessions.WithheldReader.who.in_(names))
        .order_by(sessions.WithheldReader.id)
    ):
        if names[row.who] >= best.get(row.assessment_id, (0, False))[0]:
            best[row.assessment_id] = (names[row.who], row.allowed)
    return Readers(
        lambda one: whole or one in mine, {one: allowed for one, (_, allowed) in best.items()}
    )


def reads_all(wp: Workplace, who: Person, today: date, refs: Iterable[str]) -> bool:
    """Whether somebody may read every word of these documents: those without a mark are anybody's."""
    with wp.store.read() as session, nodes.whole():
        mine = readers(session, wp, who, today)
        for key in sorted({_key(ref) for ref in refs}):
            one = session.scalar(select(Assessment).where(Assessment.key == key))
            if one is None or (mine.hides(one.id) and marked_words(session, one.id)):
                return False
    return True


def marked_words(session: Session, assessment: int) -> frozenset[str]:
    """Every word that was ever marked in an assessment: an earlier version may say them unmarked."""
    rows = session.execute(
        select(Version.id, Version.form, Version.digest).where(Version.assessment_id == assessment)
    ).all()
    nodes.met(session, [(index, form, digest) for index, form, digest in rows])
    with nodes.whole():
        return frozenset().union(*(_marked(nodes.recent(session, index)) for index, _, _ in rows))


@lru_cache(maxsize=512)
def _marked(tree: Tree) -> frozenset[str]:
    return marks.secrets(tree)


@lru_cache(maxsize=64)
def _veiled(tree: Tree, words: frozenset[str]) -> Tree:
    """The document as who may not read its withheld words sees it: the public projection, and the same words wherever else it says them."""
    form = forms.load(tree.form)
    shown = marks.public(form, tree, words)
    answers = []
    for path, answer in items.answers(shown):
        answers.append((path, _without(answer, words)))
    if answers != list(items.answers(shown)):
        return items.build(form, answers)
    return shown


def _without(value: Any, words: frozenset[str]) -> Any:
    """Words replaced in every text of a value: texts, lists, mappings and records of them."""
    if isinstance(value, str):
        for word in sorted(words, key=lambda this_word: (-len(this_word), this_word)):
            value = value.replace(word, marks.REDACTED)
        return value
    if isinstance(value, dict):
        found = {}
        for key, each_value in value.items():
            found[key] = _without(each_value, words)
        return found
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return value
    if isinstance(value, list | tuple):
        return type(value)(_without(one_value, words) for one_value in value)
    if is_dataclass(value) and not isinstance(value, type | Tree):
        return _record_without(value, words)
    return value


def _record_without(value: Any, words: frozenset[str]) -> Any:
    told = {}
    for field in fields(value):
        if field.init:
            told[field.name] = getattr(value, field.name)
    made = {}
    for name, old in told.items():
        if isinstance(old, str | list | tuple | dict):
            made[name] = _without(old, words)
    changed = {}
    for name, new in made.items():
        if new != told[name]:
            changed[name] = new
    if changed:
        return replace(value, **changed)
    return value


@contextmanager
def seen_by(wp: Workplace, who: Person, today: date) -> Iterator[dict[int, frozenset[str]]]:
    """Every document read inside is as this person may see it. For what is shown; an act works on the whole text. Gives the withheld words that came to light
    (assessment → words), for the record of who read them."""
    known: list[Readers] = []
    open_: dict[int, frozenset[str]] = {}

    def eyes(session: Session, version: int, tree: Tree) -> Tree:
        if not known:
            known.append(readers(session, wp, who, today))
        one = _assessment_of(session, version)
        if not known[0].hides(one):
            if said := _marked(tree):
                open_[one] = open_.get(one, frozenset()) | said
            return tree
        words = marked_words(session, one)
        if words:
            return _veiled(tree, words)
        return tree

    with nodes.seen_through(eyes):
        yield open_


_NOTED: WeakKeyDictionary[Any, set[tuple[str, int, date]]] = WeakKeyDictionary()


def note_reads(wp: Workplace, by: By, assessments_: Iterable[int]) -> None:
    """Puts on record that a person read withheld words of these documents: once a day for each document and process, so that the record stays readable."""
    noted = _NOTED.setdefault(wp.store.engine, set())
    new = []
    for one in sorted(assessments_):
        if (by.actor, one, by.day) not in noted:
            new.append(one)
    if not new:
        return
    with wp.store.begin() as session:
        for one in new:
            log.entry(
                session,
                By(by.actor, by.role, by.at),
                "withheld.read",
                session.get_one(Assessment, one).key,
                {"day": by.day.isoformat()},
            )
    noted.update((by.actor, one, by.day) for one in new)


@contextmanager
def veiled() -> Iterator[None]:
    """Every document read inside is without its withheld words, whoever asked."""

    def eyes(session: Session, version: int, tree: Tree) -> Tree:
        words = marked_words(session, _assessment_of(session, version))
        if words:
            return _veiled(tree, words)
        return tree

    with nodes.seen_through(eyes):
        yield


def _assessment_of(session: Session, version: int) -> int:
    known: dict[int, int] = session.info.setdefault("assessment of version", {})
    if version not in known:
        known[version] = session.scalars(
            select(Version.assessment_id).where(Version.id == version)
        ).one()
    return known[version]


def hidden_words(wp: Workplace, who: Person, today: date, keys: Iterable[str]) -> frozenset[str]:
    """The words of these documents that this person may not read."""
    out: frozenset[str] = frozenset()
    with wp.store.read() as session:
        mine = readers(session, wp, who, today)
        for key in sorted(set(keys)):
            one = session.scalar(select(Assessment.id).where(Assessment.key == key))
            if one is not None and mine.hides(one):
                out |= marked_words(session, one)
    return out


def told(value: Any, words: frozenset[str]) -> Any:
    """Sentences, records and lists of them without words that are hidden from who reads them: what people wrote beside a text may quote it."""
    if words:
        return _without(value, words)
    return value
