"""機密性の区分: which class a finished file has, of what it really holds: withheld words that its
reader sees, people's names, a draft that is not published, records of the house.

Knows documents as they were read for this person and the city's table (`rules/classes.yaml`). Must
not know files or pages. What is made for the public is asked for nothing and has no class.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ... import papers as texts
from ... import rules
from ...domain.errors import PiaError
from ...domain.text import personal
from ...domain.text.folding import found
from ...domain.withheld.kept import secrets
from ...store import queries
from ...store.rows.assessments import Round, Version
from ...store.rows.commission import CommissionReply
from ...store.rows.consultations import Consultation
from ...store.rows.councils import Referral
from ..access import veil
from ..papers import commission, consultations, councils
from ..records import sets
from ..records.outward import Outward, marked_words
from ..sources import Source, read_ref
from ..workplace import Workplace
from . import papers

LONGEST = 20  # letters of a class
SPOKEN = frozenset({"explanation", "chair-script"})  # what is said of the drafts themselves
INNER = frozenset({"inner"})  # lists of the house: accounts, acts, records


@dataclass(frozen=True, slots=True)
class Class:
    """What is printed (`words`, empty for no class), and of what holding it comes."""

    words: str = ""
    because: str = ""


NONE = Class()


def of(wp: Workplace | None, holds: Iterable[str]) -> Class:
    """The class of a file that holds these kinds of things. PiaError where the city's table is no
    table of classes."""
    kinds = set(holds)
    for kind, entry in _table(wp).items():
        if kind in kinds:
            if entry["class"]:
                return Class(entry["class"], entry["says"])
            return NONE
    return NONE


def _table(wp: Workplace | None) -> Mapping[str, Mapping[str, str]]:
    if wp is not None:
        given: Mapping[str, Any] = wp.classes
    else:
        given = rules.load("classes")
    own = given.get("holds")
    if isinstance(own, Mapping):
        own = own
    else:
        own = {}
    table = {
        **own,
        **{key: value for key, value in rules.load("classes")["holds"].items() if key not in own},
    }
    entries = {}
    for kind, entry in table.items():
        entries[kind] = _read(kind, entry)
    return entries


def _read(kind: str, given: Any) -> dict[str, str]:
    if isinstance(given, Mapping):
        words = given.get("class")
    else:
        words = None
    if words is None or len(str(words)) > LONGEST or len(str(words).split()) > 1:
        raise PiaError(
            f"機密性の区分の表（classes.yaml）の「{kind}」を読めません。"
            f"class に、空白のない{LONGEST}文字までの言葉を書いてください。"
        )
    return {"class": str(words).strip(), "says": str(given.get("says", ""))}


def of_documents(wp: Workplace | None, *sources: Source) -> Class:
    """The class of a file that shows these documents as they were read."""
    if all(isinstance(source, Outward) for source in sources):
        return NONE
    return of(wp, _held(wp, sources))


def _held(wp: Workplace | None, sources: Iterable[Source]) -> set[str]:
    holds: set[str] = set()
    for source in sources:
        if secrets(source.tree):
            holds |= {"withheld"}
        else:
            holds |= set()
        if wp is not None and source.version is not None:
            with wp.store.read() as session:
                if _published(session, source.version):
                    holds |= set()
                else:
                    holds |= {"draft"}
    return holds


def _published(session: Session, version: int) -> bool:
    return bool(queries.filing.publication_of_version(session, version))


def of_referral(wp: Workplace, referral: int) -> Class:
    """The class of what was printed for a council: the pinned versions as they were printed."""
    with wp.store.read() as session:
        pinned = []
        for round_ in session.get_one(Referral, referral).rounds:
            pinned.append(round_.version_id)
        withheld = any(marked_words(session, session.get_one(Version, number)) for number in pinned)
        draft = any(not _published(session, number) for number in pinned)
    return of(wp, _named(withheld=withheld, draft=draft))


def _named(**holds: bool) -> set[str]:
    names = set()
    for name, holds_it in holds.items():
        if holds_it:
            names.add(name)
    return names


def of_consultation(wp: Workplace, number: int) -> Class:
    """The class of a set of papers about a consultation that holds its rounds' texts."""
    with wp.store.read() as session:
        heads = []
        for round_ in session.get_one(Consultation, number).rounds:
            if round_.head_id:
                heads.append(round_.head_id)
        versions = []
        for head in heads:
            versions.append(session.get_one(Version, head))
        withheld = any(marked_words(session, version) for version in versions)
        draft = any(not _published(session, version.id) for version in versions)
    return of(wp, _named(withheld=withheld, draft=draft))


def of_decision(wp: Workplace, step: str, about: int | None) -> Class:
    """The class of the set of an internal decision; of the latest where none is named."""
    if step in ("announce", "results"):
        return of_consultation(wp, consultations.meant(wp, about))
    return of_referral(wp, councils.meant(wp, about))


# Papers whose only numbers are those of the office itself.
_OFFICE_OWN = ("sitting", "council", "review")


def of_paper(wp: Workplace, name: str, about: int | None, says: str) -> Class:
    """The class of one filled paper, of the words it says; those for outside have none. A letter
    that only names documents is no draft of them."""
    if name in papers.OUTWARD or name == "plan":
        return NONE
    if texts.load(name).about in _OFFICE_OWN:
        return of(wp, ())
    own = _named(personal=bool(personal.found(says)), draft=name == "succession")
    if texts.load(name).about == "reply":
        return of(wp, own | _named(withheld=_says_withheld(wp, about, says)))
    if texts.load(name).about != "referral":
        return of(wp, own)
    number = councils.meant(wp, about)
    with wp.store.read() as session:
        versions = []
        for round_ in session.get_one(Referral, number).rounds:
            versions.append(session.get_one(Version, round_.version_id))
        withheld = any(
            found(says, word) for version in versions for word in marked_words(session, version)
        )
        draft = name in SPOKEN and any(not _published(session, version.id) for version in versions)
    return of(wp, own | _named(withheld=withheld, draft=draft))


def _says_withheld(wp: Workplace, reply: int | None, says: str) -> bool:
    """Whether an answer to the commission says words its document withholds."""
    with wp.store.read() as session:
        row = session.get_one(CommissionReply, commission.meant(wp, reply))
        head = session.get_one(Version, session.get_one(Round, row.round_id).head_id)
        return any(found(says, word) for word in marked_words(session, head))


def of_whole_minutes(wp: Workplace, says: str) -> Class:
    """The class of minutes for the house: they hold what was heard without the public."""
    return of(wp, _named(personal=bool(personal.found(says)), withheld=True))


def of_job(wp: Workplace, kind: str, args: Mapping[str, Any]) -> Class:
    """The class of a job's file, of what was asked for."""
    if args.get("public"):
        return NONE
    if kind == "decision":
        return of_decision(wp, args["step"], int(args["about"]))
    if not args.get("ref"):
        return NONE
    with veil.veiled_if(bool(args.get("masked"))):
        if kind == "bundle":
            refs = sets.set_of(wp, args["ref"])
        else:
            refs = [args["ref"]]
        return of_documents(wp, *(read_ref(wp, ref) for ref in refs))
