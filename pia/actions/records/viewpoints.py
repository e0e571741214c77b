"""審査の観点: what the department answers of its own document before it is put before a council,
and what this software knows of each (指針第10の1(2)、未確認).

Reads only. An answer is a person's; what is known is offered as its evidence and never taken for
one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.document.form import Form
from ...domain.document.items import text_of_role
from ...domain.document.marked import of_value
from ...domain.document.tree import Tree, walk
from ...domain.errors import PiaError
from ...domain.procedure import cards, threshold
from ...domain.wareki import written
from ...store import nodes, queries
from ...store.rows.assessments import RoundEvent
from ...store.rows.bodies import Affair, Body, Department
from ..workplace import VersionLine, Workplace, line
from . import on_record

EVENT = "viewpoints"
RESULTS = {"適": "適", "要修正": "要修正", "対象外": "対象外"}


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """One of the viewpoints: its number from 1, group and words; what was answered and on which
    evidence (empty before that), and what this software knows of it (`known`)."""

    number: int
    group: str
    words: str
    result: str
    evidence: str
    known: str


def answers(done: Sequence[RoundEvent]) -> dict[str, Mapping[str, str]]:
    """What was answered last, by the number of the viewpoint; empty before anything was."""
    for event in reversed(done):
        if event.event == EVENT:
            return dict(event.facts["answers"])
    return {}


def answered(done: Sequence[RoundEvent]) -> int:
    """How many viewpoints have a result."""
    return sum(1 for given in answers(done).values() if given.get("result"))


def of_round(wp: Workplace, ref: str) -> list[Viewpoint]:
    """Every viewpoint of a round, in order. PiaError where the reference names no round."""
    with wp.store.read() as session:
        at = line(session, ref)
        if at.round is None:
            raise PiaError(f"{ref} は再実施・修正ではありません。")
        return listed(session, wp, at)


def listed(session: Session, wp: Workplace, at: VersionLine) -> list[Viewpoint]:
    """Every viewpoint of a round, in order."""
    given = answers(queries.rounds.events_of(session, at.own_round.id))
    known = list(_known(session, wp, at))
    out: list[Viewpoint] = []
    for group, several in wp.rules["viewpoints"].items():
        for words in several:
            number = len(out) + 1
            mine = given.get(str(number), {})
            about = known[number - 1] if number <= len(known) else ""
            result, evidence = mine.get("result", ""), mine.get("evidence", "")
            out.append(Viewpoint(number, group, words, result, evidence, about))
    return out


def _known(session: Session, wp: Workplace, at: VersionLine) -> Iterator[str]:
    """What is on record for each viewpoint that is shipped, in their order; empty where nothing
    is."""
    with nodes.whole():
        tree = nodes.recent(session, at.own_head)
    form = forms.load(tree.form)
    affair = session.get_one(Affair, at.assessment.affair_id)
    record = on_record.of_round(session, at.own_round)
    risks = cards.risks(form, tree)
    yield _counts(session, wp, affair)
    yield f"評価実施機関：{session.get_one(Body, affair.body_id).name}"
    yield _withheld(tree)
    yield _timing(at)
    yield _consulted(record)
    yield _filled(form, tree)
    yield _department(session, affair, text_of_role(form, tree, "department"))
    yield _figures(form, tree)
    yield f"リスク対策の欄に答えのあるもの{len(risks)}件" if risks else ""
    yield _measures(risks)
    yield _enough(risks)
    yield _declaration(form, tree)


def _counts(session: Session, wp: Workplace, affair: Affair) -> str:
    counts = queries.affairs.last_threshold_fact(session, affair.id)
    if counts is None:
        return ""
    given = (counts.people, counts.handlers, counts.incident, wp.thresholds)
    judged = threshold.judge(*given)
    return f"{judged.sentence}（計数の時点：{written(counts.counted_people)}）"


def _withheld(tree: Tree) -> str:
    places = sum(1 for _, node in walk(tree) if of_value(node.value))
    return f"公表しない部分は{places}か所" if places else "公表しない部分はありません"


def _timing(at: VersionLine) -> str:
    change = at.own_round.change_date
    return f"変更の実施予定日：{written(change)}" if change is not None else ""


def _consulted(record: on_record.ProcedureRecord) -> str:
    if not record.consultations:
        return ""
    return f"意見募集：{record.periods}、意見{record.opinions}件（案を修正{record.adopted}件）"


def _filled(form: Form, tree: Tree) -> str:
    asked = [item for item in form.walk() if item.answerable and not item.procedure]
    blank = [item for item in asked if not item.repeated and not tree.find(item.path)]
    return f"様式の項目{len(asked)}のうち、記載のないもの{len(blank)}（繰り返す欄を除く）"


def _department(session: Session, affair: Affair, text: str) -> str:
    told = []
    if affair.department_id is not None:
        told.append(f"登録された担当課：{session.get_one(Department, affair.department_id).name}")
    if text.strip():
        told.append(f"評価書の記載：{text.strip()}")
    return "、".join(told)


def _figures(form: Form, tree: Tree) -> str:
    drawn = 0
    for path, node in walk(tree):
        item = form.at(path)[0]
        if item is not None and item.kind == "figure" and node.kind == item.kind and node.leaves:
            drawn += 1
    return f"事務の流れの図{drawn}枚" if drawn else "事務の流れの図はありません"


def _measures(risks: Sequence[cards.Risk]) -> str:
    if not risks:
        return ""
    bare = [risk for risk in risks if not any(text.strip() for _, text in risk.measures)]
    return f"措置の記載のあるリスク{len(risks) - len(bare)}件、ないもの{len(bare)}件"


def _enough(risks: Sequence[cards.Risk]) -> str:
    counts: dict[str, int] = {}
    for risk in risks:
        counts[risk.enough] = counts.get(risk.enough, 0) + 1
    return "、".join(f"「{enough}」{count}件" for enough, count in counts.items())


def _declaration(form: Form, tree: Tree) -> str:
    text = text_of_role(form, tree, "cover_declaration").strip()
    return f"宣言の記載：{text}" if text else "宣言の記載がありません"


def must_be_known(wp: Workplace, given: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The answers as they are kept. PiaError for a viewpoint the rules do not have, and for a
    result that is none."""
    count = sum(map(len, wp.rules["viewpoints"].values()))
    kept = {}
    for number, one in given.items():
        if not number.isdecimal() or not 1 <= int(number) <= count:
            raise PiaError("その観点はありません。画面を開き直してください。")
        if one["result"] not in ("", *RESULTS):
            raise PiaError("結果は、適・要修正・対象外のいずれかです。")
        kept[number] = {"result": one["result"], "evidence": one["evidence"]}
    return kept
