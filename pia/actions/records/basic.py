"""The 基礎項目評価書 beside a 重点 or 全項目評価書: whether it exists, says the same, and goes out
with it; and what a rise of the threshold asks first.

Knows the documents of one affair and their rounds. Serves
規則第4条第9号・第10号、第5条第1項・第2項、第6条第2項、第7条第2項、第9条第2項.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ... import forms
from ...domain.document.items import text_of, text_of_role
from ...domain.document.tree import Tree
from ...domain.procedure import threshold
from ...store import nodes, queries
from ...store.rows.assessments import Assessment, Round
from ...store.rows.bodies import Affair, ThresholdFact

# The same question in 様式3・4 and in 様式2.
PAIRS = {"対象人数": ("I/1/3", "II/1/a"), "評価書番号": ("C/1", "C/1")}
_NO_DUTY = ("1,000人未満", "1,000人未満（任意実施）")  # one answer in two wordings of the forms
_OUT = ("SUBMITTED", "PUBLISHED")


def basic_of(session: Session, affair_id: int) -> Assessment | None:
    """The 基礎項目評価書 of an affair; None where there is none."""
    return queries.assessments.basic_of(session, affair_id)


def disagreeing(
    session: Session, affair: Affair, assessment: Assessment, round_: Round, head: Tree
) -> tuple[str, tuple[str, ...]]:
    """(name of the affair where it has no 基礎項目評価書, what the documents say differently): the
    draft that goes along with this round, else what stands."""
    if assessment.kind == "basic_item":
        return "", ()
    basic = basic_of(session, affair.id)
    version = None
    if basic is not None:
        mine = same_round(session, affair.id, round_)
        version = basic.head_id
        if mine is not None and mine.head_id is not None and mine.state != "WITHDRAWN":
            version = mine.head_id
    if version is None:
        return affair.name, ()
    out = []
    tree = nodes.recent(session, version)
    for what, (here, path_in_basic) in PAIRS.items():
        both = {
            text_of(head.find(tuple(here.split("/")))),
            text_of(tree.find(tuple(path_in_basic.split("/")))),
        } - {""}
        if len(both) == 2 and both != set(_NO_DUTY):
            out.append(what)
    return "", tuple(out)


def same_round(session: Session, affair_id: int, round_: Round) -> Round | None:
    """The round of the 基礎項目評価書 that was opened with this one, under the same name."""
    basic = basic_of(session, affair_id)
    if basic:
        return queries.rounds.named(session, basic.id, round_.name)
    return None


def unsubmitted(
    session: Session, assessment: Assessment, round_: Round, since: datetime, together: bool
) -> str:
    """Why the 基礎項目評価書 of this case is not submitted yet; empty where it is.

    `together`: one that goes out in the same act counts.
    """
    if assessment.kind == "basic_item" or round_.kind != "REASSESSMENT":
        return ""
    basic = basic_of(session, assessment.affair_id)
    mine = same_round(session, assessment.affair_id, round_)
    if basic is None or (
        mine is not None and (mine.state in _OUT or (together and mine.state != "WITHDRAWN"))
    ):
        return ""
    if queries.filing.submitted_since(session, basic.id, since):
        return ""
    if mine is None:
        return "この再実施と一緒に始めた基礎項目評価書の再実施がありません。"
    return "この再実施の基礎項目評価書が、まだ提出されていません。"


def unpublished(
    session: Session, assessment: Assessment, round_: Round, since: datetime, together: bool
) -> str:
    """Why the 基礎項目評価書 of this case is not published yet; empty where it is."""
    if assessment.kind == "basic_item" or round_.kind != "REASSESSMENT":
        return ""
    basic = basic_of(session, assessment.affair_id)
    mine = same_round(session, assessment.affair_id, round_)
    going = mine is not None and (
        mine.state == "PUBLISHED" or (together and mine.state == "SUBMITTED")
    )
    if basic is None or going or published_since(session, basic, since):
        return ""
    return "この再実施の基礎項目評価書が、まだ公表されていません。"


def published_since(session: Session, assessment: Assessment, since: datetime) -> bool:
    """Whether an assessment was published after an instant."""
    return queries.filing.published_since(session, assessment.id, since) is not None


@dataclass(frozen=True, slots=True)
class Rise:
    """A count that made a higher assessment due: from and to in the form's words, which kind is due
    now, and when it was recorded.
    """

    before: str
    after: str
    due: str
    at: datetime


def rise(counts: Sequence[ThresholdFact], thresholds: Mapping[str, Any]) -> Rise | None:
    """The last rise of the judgement over the counts, in their order; None where it never rose, or
    fell back since.
    """
    latest: Rise | None = None
    judged = []
    for count in counts:
        judged.append(
            (threshold.judge(count.people, count.handlers, count.incident, thresholds), count.at)
        )
    for (first, _), (second, at) in itertools.pairwise(judged):
        order = threshold.ORDER.index(second.due) - threshold.ORDER.index(first.due)
        if order > 0:
            latest = Rise(first.result, second.result, second.due, at)
        elif order < 0:
            latest = None
    return latest


def counts_of(session: Session, affair_id: int) -> list[ThresholdFact]:
    """The counts of an affair."""
    return queries.affairs.threshold_facts(session, affair_id)


def new_incident(counts: Sequence[ThresholdFact]) -> datetime | None:
    """When a 重大事故 was first recorded in the latest run of counts that have one; None where the
    latest has none.
    """
    since: datetime | None = None
    for count in counts:
        if count.incident:
            since = since or count.at
        else:
            since = None
    return since


def pending_rise(session: Session, affair_id: int, thresholds: Mapping[str, Any]) -> Rise | None:
    """The rise after which the document that became due has not been published yet."""
    risen = rise(counts_of(session, affair_id), thresholds)
    if risen is None:
        return None
    due = queries.assessments.of_kind(session, affair_id, risen.due)
    if due is not None and published_since(session, due, risen.at):
        return None
    return risen


def before_rise(session: Session, assessment: Assessment, rise: Rise | None) -> str:
    """Why the 基礎項目評価書 must be corrected and published first after a rise; empty where it
    was, or where nothing rose.
    """
    basic = basic_of(session, assessment.affair_id)
    if (
        rise is None
        or assessment.kind != rise.due
        or basic is None
        or published_since(session, basic, rise.at)
    ):
        return ""
    return f"しきい値判断の結果が「{rise.before}」から「{rise.after}」に上がりました。"


def emergency(session: Session, assessment: Assessment, round_: Round, reason: str) -> str:
    """The reason of an emergency (規則第9条第2項): what 様式2 Ⅰ9 of this case says, else what was
    recorded with the round; empty where there is none.
    """
    if assessment.kind == "basic_item":
        mine = round_
    else:
        mine = same_round(session, assessment.affair_id, round_)
    if mine is not None:
        head = mine.head_id
    else:
        head = None
    if head is not None:
        tree = nodes.recent(session, head)
        form = forms.load(tree.form)
        asked = form.by_role.get("emergency_applied")
        if asked is not None:
            applied = tree.find(asked.path)
            if applied is None or not applied.content or not applied.value.get("checked"):
                return ""
            return text_of_role(form, tree, "emergency_reason").strip()
    return reason
