"""What was done in a round until now, in its order: the steps of the procedure, and between them
who handed the draft to whom in the house.

Reads only. Must not know pages, nor what comes next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from ...domain.act import in_japan
from ...domain.procedure import draft_ways as rules
from ...domain.procedure import steps
from ...store import queries
from ...store.rows import filing
from ...store.rows.draft_ways import SENT_BACK
from ..access.names import shown_name
from ..records import council_ways, procedures
from ..records.revision import events
from ..workplace import VersionLine, Workplace

# What people told at a step, as its list shows it.
TOLD = {
    "document_number": "文書番号",
    "on": "日",
    "decided": "決裁日",
    "why": "理由",
    "reason": "理由",
    "confirmed_by": "確認した人",
    "sentence": "求められていたこと",
    "emergency": "緊急の理由（規則第9条第2項）",
    "text": "説明",
    "about": "何の決裁",
    "category": "決裁区分",
}


# Steps that are no line of the procedure's table.
EVENTS = {
    "open": "始める",
    "table": "変更箇所の表を作成",
    "review_fixed": "見直しを確定",
    "minor": "点検後の軽微な修正を記録",
    "reported": "答申を記録",
    "rebase": "公表された版に合わせて更新",
    "reopen": "点検をやり直す",
    "overrule": "理由を記録して進む",
    "emergency": "緊急の変更であることを記録",
    "explain": "変更理由・説明を記入",
    "announcement_withdrawn": "意見募集の公示を取り消す",
    "announcement_cancelled": "意見募集を中止",
    "consultation_extended": "意見募集の期間を延長",
    "consultation_corrected": "意見募集の公示を訂正",
    "notice_withdrawn": "意見募集の告示を取り消す",
    "referral_withdrawn": "諮問を取り消す",
    "own_decision": "市の判断を記録",
    "viewpoints": "審査の観点の自己点検を保存",
    "recall": "諮問を取り下げる",
    "recall_withdrawn": "諮問の取下げを取り消す",
    "replacement": "審議会に出した評価書を差し替える",
    "decided": "決裁を記録",
    "commission_letter": "委員会からの文書を記録",
    "commission_reply": "委員会への回答を記録",
    "returned": "補正のため、提出の前に戻す",
    "again": "点検・意見の聴取からやり直す",
    "returned_withdrawn": "提出の前に戻したことを取り消す",
    "order": "変更箇所の表の行を並べ替え",
}


def _told(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for key, words in TOLD.items():
        if facts.get(key):
            pairs.append((words, str(facts[key])))
    return tuple(pairs)


def taken(
    session: Session, wp: Workplace, at: VersionLine, table: Mapping[str, Any], bill: bool
) -> tuple[dict[str, Any], ...]:
    """What was done in a round, oldest first: (event, words, state, at, actor, warnings, told) of
    each, in the words of the procedure's table; `bill`: of a house whose councils hear a 議案."""
    round_ = at.own_round
    acts = dict(EVENTS)
    for step in steps.steps(table, at.assessment.kind, round_.kind):
        if step.act:
            acts[step.event] = step.act
    submissions = queries.filing.submissions_of_round(session, round_.id)
    sent = []
    for submission in filing.as_corrected(session, submissions):
        sent.append({"document_number": submission.document_number, "decided": submission.decided})
    out: list[dict[str, Any]] = []
    for event in events(session, round_):
        about = event.facts
        if event.event == "submit":
            # The facts of a submission stand in its own row, not with the event.
            if sent:
                about = sent.pop(0)
            else:
                about = {}
        out.append(
            {
                "event": event.event,
                "words": council_ways.said(acts.get(event.event, event.event), bill),
                "state": procedures.state_name(wp, event.state, table),
                "at": in_japan(event.at),
                "actor": shown_name(session, event.actor),
                "warnings": event.facts.get("warnings", []),
                "told": _told(about),
            }
        )
    out.extend(_handed(session, wp, round_.id))
    out.sort(key=lambda step: step["at"])
    standing = ""
    for step in out:
        standing = step.setdefault("state", standing)
    return tuple(out)


def _handed(session: Session, wp: Workplace, round_id: int) -> Iterator[dict[str, Any]]:
    """Each time the draft was handed on or sent back in the house; a step that is no more in the
    city's list has no name."""
    names = {step.id: step.name for step in rules.way(wp.handover, digital=True)}
    for act, shown in queries.draft_ways.of_rounds(session, [round_id]):
        back = act.act == SENT_BACK
        to = names.get(act.goes_to, "前の段階" if back else "次の段階")
        told = (("理由", act.reason), ("代理をした相手", act.absent))
        yield {
            "event": "handover",
            "words": f"評価書案を{to}に{'差し戻す' if back else '渡す'}",
            "at": in_japan(act.at),
            "actor": shown or act.actor,
            "warnings": [],
            "told": tuple(pair for pair in told if pair[1]),
        }
