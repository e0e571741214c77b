"""A 評価書 that nobody wrote yet is begun (規則第5条第1項, 第6条第1項, 第7条第1項): on an empty
form, or with what another 事務 says, and with what the register knows filled in.

A first text has no base: its round is the 実施 itself, and nothing of it is a change. Must not know
pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import By
from ...domain.document.form import Form
from ...domain.document.tree import Tree
from ...domain.errors import PiaError
from ...domain.procedure import threshold
from ...domain.revise import first_text
from ...domain.revise.form_move import Unmapped
from ...store import nodes, queries
from ...store.ledger import log
from ...store.rows import assessments
from ...store.rows.assessments import Assessment, NewRound
from ...store.rows.bodies import Affair, Body, Department, ThresholdFact
from ..records import procedures
from ..workplace import VersionLine, Workplace, save
from . import placing, versions


@dataclass(frozen=True, slots=True)
class NewText:
    """A document that is to be begun: its kind, the id of its form, and the version (KEY@N) whose
    text it begins with, or none."""

    kind: str
    form: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class BegunText:
    """A document that was begun: its round, how many items were copied into it, and what of the
    source has no place on its form."""

    ref: str
    kind: str
    copied: int
    left: tuple[Unmapped, ...]


def form_on(kind: str, day: date) -> str:
    """The id of the form of a kind that is in force on a day (`forms.in_force`)."""
    return forms.in_force(kind, day)


def begin(
    wp: Workplace, by: By, affair_key: str, texts: Sequence[NewText], new: NewRound
) -> tuple[BegunText, ...]:
    """Begins these documents of an affair in one act, each in a round of its own under one name.

    PiaError for an affair that ended, a document that has a text, or a source of another kind.
    """
    if not texts:
        raise PiaError("始める評価書を選んでください。")
    with wp.store.begin() as session:
        affair = queries.affairs.of_key(session, affair_key)
        if affair is None:
            raise PiaError("その事務はありません。一覧から選び直してください。")
        if affair.ended is not None:
            raise PiaError("この事務は終了しています。評価書は始められません。")
        return tuple(_begun(session, wp, by, affair, text, new) for text in texts)


def _begun(
    session: Session, wp: Workplace, by: By, affair: Affair, text: NewText, new: NewRound
) -> BegunText:
    one = _place(session, by, affair, text.kind)
    form = forms.load(text.form)
    source = _source(session, text)
    known = known_of(session, wp, affair, text.kind)
    first = first_text.begin(form, known, source)
    about = {**(new.facts or {}), **procedures.keep(session, wp)}
    opened = NewRound(new.name, "REASSESSMENT", list(new.reasons), new.change_date, about)
    round_ = assessments.open_round(session, one, opened, None, by, "DRAFTING")
    where = VersionLine(one, round_)
    why = "評価書を始めた"
    origin = None
    if source is not None:
        why = "ほかの事務の評価書を写して始めた"
        origin = {first_text.COPIED: text.source}
    version = save(session, where, first.tree, by, why, origin)
    detail = {"form": form.id, "copied": len(first.copied), "from": text.source}
    log.entry(session, by, "document.begin", where.ref, detail, [version])
    return BegunText(where.ref, text.kind, len(first.copied), first.left)


def _place(session: Session, by: By, affair: Affair, kind: str) -> Assessment:
    """The document of a kind that has no text yet, made where the affair has none. PiaError where
    it has a text."""
    for one in queries.assessments.standing_of_affair(session, affair.id):
        if one.kind != kind:
            continue
        running = [
            round_
            for round_ in queries.rounds.of_assessment(session, one.id)
            if round_.state != "WITHDRAWN"
        ]
        if one.head_id is not None or running:
            name = forms.KIND_NAMES[kind]
            raise PiaError(
                f"{name}は、もう書き始められています。変えるときは、再実施・修正を始めてください。"
            )
        return one
    key = placing.document_key(session, affair, kind)
    made = Assessment(key=key, affair_id=affair.id, kind=kind, created=by.at)
    session.add(made)
    session.flush()
    return made


def _source(session: Session, text: NewText) -> tuple[Form, Tree] | None:
    """(form, text) a document begins with; None for an empty form."""
    if not text.source:
        return None
    version = assessments.resolve(session, text.source)
    tree = nodes.tree(session, version.id)
    form = forms.load(tree.form)
    if form.kind != text.kind:
        raise PiaError(
            f"写すもとは{forms.KIND_NAMES[form.kind]}です。"
            f"{forms.KIND_NAMES[text.kind]}から選んでください。"
        )
    return form, tree


def known_of(session: Session, wp: Workplace, affair: Affair, kind: str) -> first_text.KnownAffair:
    """What the register knows of an affair, in the words of the forms."""
    department = ""
    if affair.department_id is not None:
        department = session.get_one(Department, affair.department_id).name
    counts = queries.affairs.last_threshold_fact(session, affair.id)
    return first_text.KnownAffair(
        affair.number,
        affair.name,
        forms.KIND_NAMES[kind],
        session.get_one(Body, affair.body_id).name,
        department,
        _counted(counts, wp.thresholds) if counts is not None else None,
    )


def _counted(counts: ThresholdFact, rules: Mapping[str, Any]) -> first_text.PrintedCounts:
    judged = threshold.judge(counts.people, counts.handlers, counts.incident, rules)
    bound = rules["handlers_bound"]
    side = "以上" if counts.handlers >= bound else "未満"
    return first_text.PrintedCounts(
        judged.band,
        counts.counted_people,
        f"{bound:,}人{side}",
        counts.counted_handlers,
        "発生あり" if counts.incident else "発生なし",
        judged.result,
    )


def free_name(wp: Workplace, affair_key: str, today: date) -> str:
    """A name for the round of a first text that no document of the affair has had."""
    with wp.store.read() as session:
        taken = {round_.name for round_ in queries.rounds.of_affair(session, affair_key)}
    return versions.next_name(taken, today)
