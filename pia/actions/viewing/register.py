"""The register: every assessment with its rounds and where it stands.

Knows how to put stored facts together for a list. Must not know pages. Reads only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.wareki import written
from ...store import queries
from ...store.columns import iso
from ...store.rows import assessments
from ...store.rows.assessments import Assessment, Round
from ...store.rows.bodies import name_of
from ..records import procedures
from ..workplace import Workplace, ref_of
from .rounds import kind_word


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One assessment in the register."""

    key: str
    kind: str
    kind_name: str
    number: str
    name: str
    department: str
    head: str | None
    form: str
    published: str | None
    rounds: tuple[Mapping[str, Any], ...]
    standing: str
    affair: str = ""

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def register(wp: Workplace) -> list[RegisterLine]:
    """Every assessment with its rounds, in the order of the affairs."""
    with wp.store.read() as session:
        published = assessments.published_last(session)
        rounds_of = _by_assessment(session)
        heads = {}
        for version in queries.versions.main_heads(session):
            heads[version.id] = version
        rows = queries.assessments.with_departments(session)
        out = []
        for assessment, affair, office in rows:
            head = heads.get(assessment.head_id or 0)
            publication = published.get(assessment.id)
            day = None
            if publication:
                day = publication.day
            rounds = []
            for round_ in rounds_of.get(assessment.id, []):
                rounds.append(_round(wp, assessment, round_))
            out.append(
                RegisterLine(
                    assessment.key,
                    assessment.kind,
                    forms.KIND_NAMES.get(assessment.kind, assessment.kind),
                    affair.number,
                    affair.name,
                    name_of(office),
                    ref_of(assessment, head) or None,
                    head.form if head else "",
                    iso(day),
                    tuple(rounds),
                    _standing(rounds, day),
                    affair.key,
                )
            )
        return out


def _round(wp: Workplace, assessment: Assessment, round_: Round) -> dict[str, Any]:
    return {
        "name": round_.name,
        "ref": f"{assessment.key}~{round_.name}",
        "kind": kind_word(round_),
        "state": round_.state,
        "state_name": procedures.state_name(wp, round_.state),
    }


def _standing(rounds: Sequence[Mapping[str, Any]], published: date | None) -> str:
    """Where an assessment stands: its open rounds, else the day it was published."""
    opened = []
    for round_ in rounds:
        if round_["state"] not in ("PUBLISHED", "WITHDRAWN"):
            opened.append(f"{round_['kind']}：{round_['state_name']}")
    if opened:
        return "、".join(opened)
    if published:
        return f"公表 {written(published)}"
    return "未公表"


def _by_assessment(session: Session) -> dict[int, list[Round]]:
    out: dict[int, list[Round]] = {}
    for round_ in queries.rounds.in_order(session):
        out.setdefault(round_.assessment_id, []).append(round_)
    return out
