"""The facts of an answer to 個人情報保護委員会: what was asked, what the city says, and what of the
assessment is different from what was sent.

Reads only. Must not know how the paper looks.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from ... import forms
from ...domain.act import day_in_japan
from ...domain.errors import PiaError
from ...domain.procedure import change_table
from ...domain.procedure.change_units import ChangeUnit, units
from ...store import nodes, queries
from ...store.rows.assessments import Assessment, Round
from ...store.rows.bodies import Affair, Body
from ...store.rows.commission import CommissionLetter, CommissionReply
from ...store.rows.filing import Submission, as_corrected
from ..records.commission_kinds import KINDS_OF_LETTER
from ..records.revision import moved_base
from ..workplace import Workplace
from .facts import PaperFacts, body_words, day, need

NOTHING = "（記載なし）"


def meant(wp: Workplace, number: int | None) -> int:
    """The answer that is meant: the one recorded last where none is named."""
    with wp.store.read() as session:
        found = number or queries.commission.last_reply(session)
    if found is None:
        raise PiaError("委員会への回答が記録されていません。手続の画面から記録してください。")
    return found


def facts(wp: Workplace, number: int) -> PaperFacts:
    """The facts of the paper of one answer. PiaError where it was taken back."""
    out = PaperFacts()
    with wp.store.read() as session:
        reply = session.get(CommissionReply, number)
        if reply is None or reply.withdrawn is not None:
            raise PiaError("その回答はありません。一覧から選び直してください。")
        letter = session.get_one(CommissionLetter, reply.letter_id)
        sent = session.get_one(Submission, letter.submission_id)
        round_ = session.get_one(Round, letter.round_id)
        assessment = session.get_one(Assessment, round_.assessment_id)
        affair = session.get_one(Affair, assessment.affair_id)
        body, _ = body_words(session, session.get_one(Body, affair.body_id))
        out.words = {
            "文書番号": need("文書番号", reply.document_number),
            "回答日": day(reply.day),
            "市": body["市"],
            "機関": body["長"],
            "番号": affair.number,
            "名称": f"{affair.name}　{forms.KIND_NAMES[assessment.kind]}",
            "求めの種類": KINDS_OF_LETTER[letter.kind],
            "届いた日": day(letter.day),
            "委員会の文書番号": letter.document_number,
            "書かれていること": letter.text,
            "回答": reply.text,
            "提出した日": day(day_in_japan(as_corrected(session, [sent])[0].at)),
            "直したところ": [
                {"項目": unit.item, "前": unit.sides[0] or NOTHING, "後": unit.sides[1] or NOTHING}
                for unit in changed(session, sent.version_id, round_)
            ],
        }
    return out


def changed(session: Session, sent_id: int, round_: Round) -> tuple[ChangeUnit, ...]:
    """What a round's text says otherwise than what was sent, without what the procedure fills
    in."""
    if round_.head_id is None or round_.head_id == sent_id:
        return ()
    tree = nodes.recent(session, round_.head_id)
    form = forms.load(tree.form)
    before = moved_base(session, sent_id, form)
    rows = change_table.rows(form, before, tree)
    return units(row for row in rows if not row.procedure)
