"""What people decide about 内容の点検: why something a check found may stand, and which checks must
be answered before a document goes out.

Knows what is found as `records.content_checks` lists it. Must not know pages.
"""

from __future__ import annotations

from ...domain.act import By
from ...domain.errors import PiaError, Refused, Unfit
from ...store import nodes, queries
from ...store.ledger import log
from ...store.model import acted
from ...store.rows.content_checks import BindingCheck, ContentAnswer
from ..records import content_checks
from ..workplace import Workplace, chain_at, line

AS_IT_IS = "このままでよい"  # the reason of a hint that was waved away without one


def answer(wp: Workplace, by: By, where: str, fingerprint: str, reason: str) -> str:
    """Why something found in a document may stand as it is written; the path it was found at.
    PiaError where it is found no more, Unfit without a reason (a hint needs none), Refused where
    it was answered already."""
    with wp.store.begin(chain=chain_at(wp, where)) as session, nodes.whole():
        at = line(session, where)
        found = content_checks.finding(session, wp, at, fingerprint)
        if found.answered is not None:
            raise Refused("この指摘には、もう回答があります。回答を直すときは「直す」を押します。")
        if found.severity == "hint":
            reason = reason.strip() or AS_IT_IS
        if not reason.strip():
            raise Unfit("reason", "このままでよい理由を入力してください。")
        row = ContentAnswer(
            assessment_id=at.assessment.id,
            rule=found.rule,
            fingerprint=fingerprint,
            path=found.at.split("/"),
            reason=reason,
            **acted(by),
        )
        session.add(row)
        session.flush()
        log.entry(session, by, "content.answer", at.ref, {"answer": row.id, "rule": found.rule})
        return found.at


def bind(wp: Workplace, by: By, rule: str, reason: str) -> str:
    """Makes a check binding for the whole city; what it is called. PiaError for one that rests on
    what was not read, Refused where it binds already."""
    known = wp.content_checks.by_id.get(rule)
    if known is None or wp.content_checks.is_hint(rule):
        raise PiaError("その点検はありません。一覧を開き直してください。")
    if not wp.content_checks.can_bind(rule):
        raise PiaError(
            f"「{known['name']}」は、確かめていない資料に基づく点検です。"
            "注意として示すだけで、必ず直すことにはできません。"
        )
    with wp.store.begin() as session:
        if rule in queries.content_checks.binding(session):
            raise Refused("この点検は、もう必ず直すことになっています。")
        row = BindingCheck(rule=rule, reason=reason, **acted(by))
        session.add(row)
        session.flush()
        log.entry(session, by, "content.bind", rule, {"binding": row.id})
    return str(known["name"])
