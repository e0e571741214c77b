"""内容の点検: what the checks find in a document as it stands, in it alone, beside the other
documents of its affair and in the names the city's documents give, with what was answered and which
checks the city made binding.

Knows which documents are held against each other, and how what was found is kept beside the texts
for lists. Must not know pages. What is found in a text whose words are withheld from somebody is
found without those words: a text is read as that person may see it, a kept finding without any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_in_japan
from ...domain.change.describe import citation, names
from ...domain.content_checks import checks, plain
from ...domain.content_checks import names as named
from ...domain.content_checks.checks import CheckTable, ContentFinding
from ...domain.content_checks.said import SaidItems, said
from ...domain.document.form import Form
from ...domain.document.items import text_of
from ...domain.document.tree import Path, Tree, walk
from ...domain.errors import PiaError
from ...store import nodes, queries
from ...store.opening import Store
from ...store.rows.content_checks import BindingCheck, ContentAnswer
from ..access import veil
from ..access.names import shown_name
from ..workplace import VersionLine, Workplace

MOST = 200  # texts looked at in one go


@dataclass(frozen=True, slots=True)
class AnsweredFinding:
    """Why something that was found may stand, who said so and when; `number`: of the record."""

    number: int
    reason: str
    actor: str
    day: date


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """One side of what was found: the document (`key`, and the line `ref` it is written on), the
    path of its item joined by /, and the citation in the words of the form."""

    key: str
    ref: str
    path: str
    citation: str


@dataclass(frozen=True, slots=True)
class ListedFinding:
    """What a check found in a document, as lists show it. `severity`: contradiction, gap, look or
    hint; `certain`: its source was read, or it rests on the document alone; `binds`: since when and
    why the city wants it put right before a document goes out, None where it only warns."""

    rule: str
    name: str
    severity: str
    certain: bool
    source: str
    sentence: str
    places: tuple[CitedPlace, ...]
    fingerprint: str
    answered: AnsweredFinding | None
    binds: str | None

    @property
    def at(self) -> str:
        """The path of the item it is shown at."""
        return self.places[0].path

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to put it right or to answer."""
        return self.answered is None


@dataclass(frozen=True, slots=True)
class _OtherDocument:
    """Another document of the affair: its key, its line, and its text."""

    key: str
    ref: str
    kind: str
    tree: Tree


_ORDER = {"contradiction": 0, "gap": 1, "look": 2, "hint": 3}


# ---- what a text says


def of_line(session: Session, wp: Workplace, at: VersionLine) -> tuple[ListedFinding, ...]:
    """What the checks find in the text a line ends with, the heaviest first."""
    if at.head_id is None:
        return ()
    return of_tree(session, wp, at, nodes.recent(session, at.head_id))


def of_tree(
    session: Session, wp: Workplace, at: VersionLine, tree: Tree
) -> tuple[ListedFinding, ...]:
    """The same of a text that would stand on a line."""
    key = at.assessment.key
    others = _others(session, at)
    found = [(key, one) for one in _alone(wp.content_checks, _Rules(wp), key, tree)]
    for other in others:
        found += _between(wp, (key, at.assessment.kind, tree), other)
    found += [(key, one) for one in _apart(session, wp.content_checks, at, tree)]
    answers = queries.content_checks.answers(
        session, [one.fingerprint(owner) for owner, one in found]
    )
    here = _Cited(key, at.ref, tree, others)
    listed = _listed(session, wp, found, answers, here)
    return tuple(sorted(listed, key=lambda one: _ORDER[one.severity]))


class _Rules:
    """The bands of しきい値判断, read once a process, as a key of what was computed with them."""

    def __init__(self, wp: Workplace) -> None:
        self.thresholds = wp.thresholds

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rules) and other.thresholds is self.thresholds

    def __hash__(self) -> int:
        return id(self.thresholds)


@lru_cache(maxsize=512)
def _said(table: CheckTable, key: str, tree: Tree) -> SaidItems:
    return said(forms.load(tree.form), tree, table.items, key)


@lru_cache(maxsize=512)
def _alone(table: CheckTable, rules: _Rules, key: str, tree: Tree) -> tuple[ContentFinding, ...]:
    """What stands in one document; remembered by what it says."""
    return checks.found(table.checks, _said(table, key, tree), rules.thresholds)


@lru_cache(maxsize=512)
def _pair(
    table: CheckTable, rules: _Rules, main: tuple[str, Tree], basic: tuple[str, Tree]
) -> tuple[ContentFinding, ...]:
    both = (_said(table, *main), _said(table, *basic))
    return checks.found(table.checks, both[0], rules.thresholds, both[1])


@lru_cache(maxsize=512)
def _names(table: CheckTable, key: str, tree: Tree) -> tuple[named.DocumentName, ...]:
    return named.named(table.names, _said(table, key, tree))


def _between(
    wp: Workplace, mine: tuple[str, str, Tree], other: _OtherDocument
) -> Iterator[tuple[str, ContentFinding]]:
    """(key of the 重点 or 全項目, finding) between a document and another of its affair, of which
    one is the 基礎項目評価書."""
    key, kind, tree = mine
    if (kind == "basic_item") == (other.kind == "basic_item"):
        return
    sides = ((key, tree), (other.key, other.tree))
    main, basic = sides if kind != "basic_item" else sides[::-1]
    for found in _pair(wp.content_checks, _Rules(wp), main, basic):
        yield main[0], found


def _others(session: Session, at: VersionLine) -> tuple[_OtherDocument, ...]:
    """The other documents of the affair, each as its draft of the same round says, else as it
    stands."""
    name = at.round.name if at.round is not None else ""
    out = []
    for other, round_ in queries.content_checks.beside(session, at.assessment, name):
        running = round_ is not None and round_.head_id is not None
        line = VersionLine(other, round_ if running else None)
        if line.head_id is not None:
            tree = nodes.recent(session, line.head_id)
            out.append(_OtherDocument(other.key, line.ref, other.kind, tree))
    return tuple(out)


def _apart(
    session: Session, table: CheckTable, at: VersionLine, tree: Tree
) -> tuple[ContentFinding, ...]:
    """What the names of a document stand against in others, and in itself."""
    mine = _names(table, at.assessment.key, tree)
    rules = [rule["id"] for rule in table.names]
    others = [("", "", name) for name in mine]
    rows = queries.content_checks.names(session, rules, {name.folded for name in mine})
    for row, key, affair in rows:
        if row.assessment_id != at.assessment.id:
            name = named.DocumentName(
                row.rule, row.folded, row.name, tuple(row.path), dict(row.facts)
            )
            others.append((key, affair, name))
    return named.found_apart(table.names, mine, others)


# ---- in the words of the form


@dataclass(frozen=True)
class _Cited:
    """How places are cited from one document: its own with the names of its entries, those of the
    documents beside it too, of others by the form's words alone."""

    key: str
    ref: str
    tree: Tree
    others: Sequence[_OtherDocument]

    def place(self, owner: str, place: checks.FindingPlace) -> CitedPlace:
        key = place.key or owner
        ref = key
        tree: Tree | None = None
        if key == self.key:
            ref = self.ref
            tree = self.tree
        for other in self.others:
            if other.key == key:
                ref = other.ref
                tree = other.tree
        words = ""
        if tree is not None:
            words = _citation(forms.load(tree.form), tree, place.path)
        return CitedPlace(key, ref, "/".join(place.path), words)


@lru_cache(maxsize=512)
def _names_of(form: Form, tree: Tree) -> Mapping[Path, tuple[int, str]]:
    return names(form, tree)


def _citation(form: Form, tree: Tree, path: Path) -> str:
    return citation(form, path, _names_of(form, tree))


def _listed(
    session: Session,
    wp: Workplace,
    found: Iterable[tuple[str, ContentFinding]],
    answers: Mapping[str, ContentAnswer],
    here: _Cited,
) -> list[ListedFinding]:
    binding = queries.content_checks.binding(session)
    elsewhere: dict[str, str] = {}
    out = []
    for owner, one in found:
        places = [here.place(owner, place) for place in one.places]
        # The side of this document comes first, whichever the check names first.
        places.sort(key=lambda place: place.key != here.key)
        for place in places:
            if not place.citation:
                elsewhere.setdefault(f"{place.key} {place.path}", "")
        known = wp.content_checks.by_id[one.check]
        fingerprint = one.fingerprint(owner)
        out.append(
            ListedFinding(
                one.check,
                known["name"],
                known["severity"],
                bool(known["certain"]),
                known["source"],
                one.sentence,
                tuple(places),
                fingerprint,
                answered(session, answers.get(fingerprint)),
                bound(wp.content_checks, binding, one.check),
            )
        )
    return _with_citations(session, out, elsewhere)


def _with_citations(
    session: Session, found: list[ListedFinding], missing: Iterable[str]
) -> list[ListedFinding]:
    """The places in other documents of the city in the words they were kept with."""
    if not missing:
        return found
    known = queries.content_checks.citations(session, [key.split(" ")[0] for key in missing])
    out = []
    for one in found:
        places = []
        for place in one.places:
            words = place.citation or known.get((place.key, place.path), "")
            places.append(CitedPlace(place.key, place.ref, place.path, words))
        out.append(replace(one, places=tuple(places)))
    return out


def answered(session: Session, row: ContentAnswer | BindingCheck | None) -> AnsweredFinding | None:
    """An answer, or what made a check binding, as lists show it."""
    if row is None:
        return None
    return AnsweredFinding(row.id, row.reason, shown_name(session, row.actor), day_in_japan(row.at))


def bound(table: CheckTable, rows: Mapping[str, BindingCheck], rule: str) -> str | None:
    """Why a check binds; None where it only warns. What was not read never binds."""
    row = rows.get(rule)
    if row is None or not table.can_bind(rule):
        return None
    return row.reason


def unanswered(
    session: Session, wp: Workplace, at: VersionLine
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(binding, others): where something was found in a document and nobody answered."""
    binding: list[str] = []
    others: list[str] = []
    for one in of_line(session, wp, at):
        if one.is_open:
            words = f"{one.places[0].citation}（{one.name}）"
            (binding if one.binds is not None else others).append(words)
    return tuple(binding), tuple(others)


# ---- what is hard to read


def hints(
    session: Session, wp: Workplace, at: VersionLine, tree: Tree, paths: Iterable[Path] | None
) -> tuple[ListedFinding, ...]:
    """The hints of these items (all where none are named), in the order of the document. A word
    nobody explains is told once a document."""
    form = forms.load(tree.form)
    wanted = None if paths is None else set(paths)
    explained = frozenset(queries.content_checks.explained(session) | _shipped())
    met = set()
    found: list[tuple[Path, plain.PlainHint, str]] = []
    for path, node in walk(tree):
        if node.kind != "text" or (wanted is not None and path not in wanted):
            continue
        line = form.at(path)[0]
        if line is None or line.size != "long" or line.procedure:
            continue
        for hint in plain.hints(text_of(node), wp.content_checks.data, explained):
            fingerprint = hint_fingerprint(at.assessment.key, path, hint)
            if fingerprint not in met:
                met.add(fingerprint)
                found.append((path, hint, fingerprint))
    answers = queries.content_checks.answers(session, met)
    out = []
    for path, hint, fingerprint in found:
        cited = _citation(form, tree, path)
        place = CitedPlace(at.assessment.key, at.ref, "/".join(path), cited)
        known = wp.content_checks.by_id[hint.rule]
        said_so = answered(session, answers.get(fingerprint))
        out.append(
            ListedFinding(
                hint.rule,
                known["name"],
                "hint",
                True,
                "",
                hint.sentence,
                (place,),
                fingerprint,
                said_so,
                None,
            )
        )
    return tuple(out)


def hint_fingerprint(key: str, path: Path, hint: plain.PlainHint) -> str:
    """Names a hint with the sentence it is about; of a word, in the whole document."""
    where = "" if hint.rule == "unexplained_term" else "/".join(path)
    return checks.digest_of([hint.rule, key, where, hint.within, hint.words])


def _shipped() -> frozenset[str]:
    from ... import manual

    return frozenset(known.term for known in manual.terms())


# ---- kept beside the texts


def renew(wp: Workplace, most: int = MOST) -> int:
    """Looks at texts that stand and were not looked at by these rules, with all documents of their
    affairs; how many texts there were. Cheap where there is nothing to do."""
    table = wp.content_checks
    with wp.store.read() as session:
        old = queries.content_checks.old(session, table.digest, most)
        affairs = queries.content_checks.affairs_of(session, old)
    for affair in affairs:
        _renew(wp, affair)
    return len(old)


def _renew(wp: Workplace, affair: int) -> None:
    """Writes anew what is kept of the documents of an affair."""
    with wp.store.read() as session, veil.veiled():
        kept = []
        for at in queries.content_checks.lines_of(session, affair):
            line = VersionLine(*at)
            if line.head_id is not None:
                kept.append(_row(session, wp, line))
    store: Store = wp.store
    with store.unchained(wait=1) as session:
        queries.content_checks.put(session, [row for row, _ in kept], [n for _, n in kept])


def _row(
    session: Session, wp: Workplace, at: VersionLine
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(tally, names) of the text a line ends with."""
    table = wp.content_checks
    tree = nodes.recent(session, at.own_head)
    key = at.assessment.key
    others = _others(session, at)
    found = [(key, one) for one in _alone(table, _Rules(wp), key, tree)]
    if at.assessment.kind != "basic_item":
        for other in others:
            found += _between(wp, (key, at.assessment.kind, tree), other)
    here = _Cited(key, at.ref, tree, others)
    rows = []
    for owner, one in found:
        places = [here.place(owner, place) for place in one.places]
        rows.append(
            {
                "rule": one.check,
                "sentence": one.sentence,
                "fingerprint": one.fingerprint(owner),
                "places": [[x.key, x.ref, x.path, x.citation] for x in places],
            }
        )
    form = forms.load(tree.form)
    mine = {"version_id": at.own_head, "assessment_id": at.assessment.id}
    given = []
    for name in _names(table, key, tree):
        given.append(
            {
                **mine,
                "rule": name.rule,
                "folded": name.folded,
                "name": name.name,
                "path": list(name.path),
                "citation": _citation(form, tree, name.path),
                "facts": dict(name.facts),
            }
        )
    return {**mine, "rests_on": table.digest, "findings": rows}, given


def finding(session: Session, wp: Workplace, at: VersionLine, fingerprint: str) -> ListedFinding:
    """What was found under a name in the text a line ends with. PiaError where it is not found any
    more."""
    if at.head_id is not None:
        tree = nodes.recent(session, at.head_id)
        for one in (*of_tree(session, wp, at, tree), *hints(session, wp, at, tree, None)):
            if one.fingerprint == fingerprint:
                return one
    raise PiaError("その指摘は、もうありません。記載が変わっています。一覧を開き直してください。")
