"""内容の点検 as pages show it: what was found in a document, in the documents of the whole city,
and the checks with what each rests on.

Knows what is filtered. Must not know pages. The list of the city rests on what is kept beside the
texts, which says nothing withheld.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.content_checks import names as named
from ...domain.document.tree import Path
from ...store import nodes, queries
from ...store.rows.assessments import Assessment
from ...store.rows.bodies import Affair
from ..records import closing, content_checks
from ..records.content_checks import AnsweredFinding, CitedPlace, ListedFinding
from ..workplace import VersionLine, Workplace, line

SEVERITIES = ("contradiction", "gap", "look")


@dataclass(frozen=True, slots=True)
class DocumentFindings:
    """What was found in one document: the findings, and the hints of what is hard to read. `over`:
    nothing is written on it any more."""

    ref: str
    key: str
    affair: str
    over: bool
    findings: tuple[ListedFinding, ...]
    hints: tuple[ListedFinding, ...] = ()

    @property
    def open(self) -> tuple[ListedFinding, ...]:
        """What nobody put right or answered."""
        return tuple(one for one in self.findings if one.is_open)

    @property
    def answered(self) -> tuple[ListedFinding, ...]:
        """What was answered."""
        return tuple(one for one in self.findings if not one.is_open)

    @property
    def open_hints(self) -> tuple[ListedFinding, ...]:
        """The hints nobody waved away."""
        return tuple(one for one in self.hints if one.is_open)

    @property
    def hint_groups(self) -> tuple[tuple[str, tuple[ListedFinding, ...]], ...]:
        """The hints by the item they stand in: (its citation, hints)."""
        groups: dict[str, list[ListedFinding]] = {}
        for one in self.hints:
            groups.setdefault(one.places[0].citation, []).append(one)
        return tuple((words, tuple(group)) for words, group in groups.items())

    @property
    def sentences(self) -> dict[str, tuple[str, ...]]:
        """Path of an item → what is open there, in sentences."""
        told: dict[str, tuple[str, ...]] = {}
        for one in self.open:
            for place in one.places:
                if place.key == self.key:
                    told[place.path] = (*told.get(place.path, ()), one.sentence)
        return told

    def at(self, path: str) -> tuple[ListedFinding, ...]:
        """What is open at one item, of which side of a finding it may be."""
        return tuple(
            one
            for one in self.open
            if any(place.key == self.key and place.path == path for place in one.places)
        )


def of_document(wp: Workplace, ref: str, hints: bool = False) -> DocumentFindings:
    """What the checks find in the text a line ends with, as its reader may see it."""
    with wp.store.read() as session:
        at = line(session, ref)
        found: tuple[ListedFinding, ...] = ()
        pointed: tuple[ListedFinding, ...] = ()
        if at.head_id is not None:
            tree = nodes.recent(session, at.head_id)
            found = content_checks.of_tree(session, wp, at, tree)
            if hints:
                pointed = content_checks.hints(session, wp, at, tree, None)
        return _of(session, at, found, pointed)


def _of(
    session: Session,
    at: VersionLine,
    found: tuple[ListedFinding, ...],
    pointed: tuple[ListedFinding, ...],
) -> DocumentFindings:
    affair = session.get_one(Affair, at.assessment.affair_id)
    over = at.round is None or at.round.state in closing.OVER
    return DocumentFindings(at.ref, at.assessment.key, affair.name, over, found, pointed)


def of_item(wp: Workplace, ref: str, path: Path) -> DocumentFindings:
    """The same of one item, with the hints of its words."""
    with wp.store.read() as session:
        at = line(session, ref)
        if at.head_id is None:
            return _of(session, at, (), ())
        tree = nodes.recent(session, at.head_id)
        found = content_checks.of_tree(session, wp, at, tree)
        pointed = content_checks.hints(session, wp, at, tree, [path])
        whole = _of(session, at, found, pointed)
        return replace(whole, findings=whole.at("/".join(path)))


# ---- the whole city


@dataclass(frozen=True, slots=True)
class CityFinding:
    """A finding with the document it was found in."""

    key: str
    ref: str
    affair: str
    kind: str
    department: int | None
    finding: ListedFinding

    @property
    def kind_name(self) -> str:
        """What its kind of document is called."""
        return forms.KIND_NAMES.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """What a list of findings is asked for; empty for all. `department`: 0 for none of them;
    `state`: open, answered or all."""

    department: int | None = None
    rule: str = ""
    severity: str = ""
    state: str = "open"

    def fits(self, one: CityFinding) -> bool:
        """Whether a finding is asked for."""
        wanted = {"open": one.finding.is_open, "answered": not one.finding.is_open}
        return (
            self.department in (None, one.department)
            and self.rule in ("", one.finding.rule)
            and self.severity in ("", one.finding.severity)
            and wanted.get(self.state, True)
        )


@dataclass(frozen=True, slots=True)
class CityFindings:
    """What was found in all documents of the city. `rules`: check → what it is called, of those
    that found something; `departments`: number → name of those with documents; `waiting`: texts
    nobody looked at yet; `documents`: how many were."""

    found: tuple[CityFinding, ...]
    rules: Mapping[str, str]
    departments: Mapping[int, str]
    waiting: int
    documents: int


def of_city(wp: Workplace, wanted: FindingFilter) -> CityFindings:
    """The findings that are asked for, document by document, the heaviest first."""
    with wp.store.read() as session:
        rows = queries.content_checks.latest(session)
        rounds = queries.content_checks.rounds_at(session)
        lines = {}
        for tally, assessment, affair in rows:
            name = rounds.get(tally.version_id)
            ref = f"{assessment.key}~{name}" if name else assessment.key
            lines[assessment.key] = (ref, assessment, affair)
        found = [*_kept(rows), *_between_documents(session, wp)]
        answers = queries.content_checks.every_answer(session)
        binding = queries.content_checks.binding(session)
        out = []
        for key, raw in found:
            ref, assessment, affair = lines[key]
            known = wp.content_checks.by_id.get(raw["rule"])
            if known is None:
                continue
            one = ListedFinding(
                raw["rule"],
                known["name"],
                known["severity"],
                bool(known["certain"]),
                known["source"],
                raw["sentence"],
                tuple(CitedPlace(*place) for place in raw["places"]),
                raw["fingerprint"],
                content_checks.answered(session, answers.get(raw["fingerprint"])),
                content_checks.bound(wp.content_checks, binding, raw["rule"]),
            )
            out.append(_of_city(ref, assessment, affair, one))
        departments = {}
        for number, name in queries.departments.names(session).items():
            if number in {affair.department_id for _, _, affair in rows}:
                departments[number] = name
        waiting = queries.content_checks.count_old(session, wp.content_checks.digest)
    rules = {one.finding.rule: one.finding.name for one in out}
    listed = [one for one in out if wanted.fits(one)]
    listed.sort(key=lambda one: (SEVERITIES.index(one.finding.severity), one.key))
    return CityFindings(tuple(listed), rules, departments, waiting, len(rows))


def _of_city(ref: str, assessment: Assessment, affair: Affair, one: ListedFinding) -> CityFinding:
    return CityFinding(assessment.key, ref, affair.name, assessment.kind, affair.department_id, one)


def _kept(rows: Iterable[Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """(key of a document, finding) as they are kept beside the texts."""
    for tally, assessment, _ in rows:
        for raw in tally.findings:
            yield assessment.key, raw


def _between_documents(session: Session, wp: Workplace) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """(key of a document, finding) of the names that stand against each other, each pair once."""
    by_folded: dict[tuple[str, str], list[tuple[Any, str, str]]] = {}
    for row, key, affair in queries.content_checks.repeated(session):
        by_folded.setdefault((row.rule, row.folded), []).append((row, key, affair))
    met = set()
    for rows in by_folded.values():
        for key, raw in _of_one_name(wp, rows):
            if raw["fingerprint"] not in met:
                met.add(raw["fingerprint"])
                yield key, raw


def _of_one_name(
    wp: Workplace, rows: Sequence[tuple[Any, str, str]]
) -> Iterable[tuple[str, Mapping[str, Any]]]:
    cited = {(key, tuple(row.path)): row.citation for row, key, _ in rows}
    for row, key, _ in rows:
        others = []
        for other, their_key, affair in rows:
            theirs = "" if their_key == key else their_key
            others.append((theirs, affair, _named(other)))
        for found in named.found_apart(wp.content_checks.names, [_named(row)], others):
            places = []
            for place in found.places:
                at = place.key or key
                words = cited.get((at, place.path), "")
                places.append([at, at, "/".join(place.path), words])
            yield (
                key,
                {
                    "rule": found.check,
                    "sentence": found.sentence,
                    "fingerprint": found.fingerprint(key),
                    "places": places,
                },
            )


def _named(row: Any) -> named.DocumentName:
    return named.DocumentName(row.rule, row.folded, row.name, tuple(row.path), dict(row.facts))


# ---- the checks themselves


@dataclass(frozen=True, slots=True)
class ListedCheck:
    """A check with what it rests on. `binding`: the record that made it binding, None where it only
    warns; `can_bind`: whether a city may make it so."""

    id: str
    name: str
    sentence: str
    severity: str
    certain: bool
    source: str
    can_bind: bool
    binding: AnsweredFinding | None


def checks(wp: Workplace) -> tuple[ListedCheck, ...]:
    """Every check, in the order of the rules."""
    table = wp.content_checks
    with wp.store.read() as session:
        binding = queries.content_checks.binding(session)
        out = []
        for rule, known in table.by_id.items():
            if not table.is_hint(rule):
                out.append(
                    ListedCheck(
                        rule,
                        known["name"],
                        _plainly(known["sentence"]),
                        known["severity"],
                        bool(known["certain"]),
                        known["source"],
                        table.can_bind(rule),
                        content_checks.answered(session, binding.get(rule)),
                    )
                )
        return tuple(out)


def _plainly(sentence: str) -> str:
    """The sentence of a check with 〇 for what a document says."""
    out = ""
    depth = 0
    for letter in sentence:
        depth += letter == "{"
        if not depth:
            out += letter
        elif letter == "{":
            out += "〇"
        depth -= letter == "}"
    return out
