"""The facts of the papers of a 開示請求: 墨塗り一覧 and 開示決定等通知書, from the marks and the
decision on record.

Reads only. Must not say a blacked-out word: every fact goes through `_covered`. What the law and
the ordinance want of such a letter was not read (未確認): 教示, and when and how copies are handed
over, are left blank and named.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ...domain.text.folding import without
from ...domain.withheld import blacking
from ...store import queries
from ...store.rows import plan, records
from ...store.rows.assessments import Assessment, Round
from ...store.rows.bodies import Affair, Body
from ...store.rows.councils import Referral, Sitting
from ..kept import blackouts
from ..kept.blackouts import COVER
from ..papers.facts import PaperFacts, body_words, day, need
from ..workplace import Workplace


def latest(wp: Workplace) -> int:
    """The newest 開示請求. PiaError when there is none."""
    from ...domain.errors import PiaError

    with wp.store.read() as session:
        number = queries.records.last_disclosure(session)
    if number is None:
        raise PiaError("開示請求が、まだ登録されていません。")
    return number


def facts(wp: Workplace, name: str, number: int, today: date) -> PaperFacts:
    """The facts of one of the papers of a 開示請求.

    PiaError while a proposal waits for an answer.
    """
    now = blackouts.case(wp, number, today)
    blackouts.must_be_ready(now)
    asked = now.request.one
    out = PaperFacts({"受付番号": asked.number, "対象": now.request.about})
    order = {}
    for place, copied in enumerate(now.listed, 1):
        order[copied.record] = str(place)
    if name == "redaction-list":
        out.words |= _list(now, order)
    else:
        out.words |= _letter(wp, now, order)
        out.notices.append("教示と根拠の条項は、市の情報公開条例と照合してください（未確認）。")
    words = now.words()
    out.words = {field: _covered(value, words) for field, value in out.words.items()}
    return out


def _covered(value: Any, words: list[str]) -> Any:
    """A fact without the words under the marks."""
    if isinstance(value, str):
        return without(value, words, COVER)
    if isinstance(value, Mapping):
        covered = {}
        for name, part in value.items():
            covered[name] = _covered(part, words)
        return covered
    if isinstance(value, list):
        parts = []
        for part in value:
            parts.append(_covered(part, words))
        return parts
    return value


def _where(now: blackouts.Case) -> dict[tuple[str, str], tuple[str, str]]:
    """(name, mark) of a text → the first record that shows it, and what the text is called."""
    out: dict[tuple[str, str], tuple[str, str]] = {}
    for copied in now.listed:
        for text in copied.texts:
            out.setdefault((text.name, text.mark), (copied.record, text.where))
    return out


def _list(now: blackouts.Case, order: Mapping[str, str]) -> dict[str, Any]:
    where = _where(now)
    lines = []
    for place, row in now.black.items():
        record, words = where[(place.name, place.mark)]
        lines.append(
            {
                "番号": str(now.numbers[place]),
                "記録": order[record],
                "箇所": words,
                **_ground(row),
                "字数": str(place.ends - place.begins),
            }
        )
    back = []
    for copied in now.listed:
        if copied.whole is not None:
            back.append(
                {"記録": order[copied.record], "題名": copied.kept.title, **_ground(copied.whole)}
            )
    return {"件数": str(len(lines)), "墨塗り一覧": lines, "不開示一覧": back}


def _ground(row: records.Blackout) -> dict[str, str]:
    return {
        "区分": blacking.GROUNDS[row.ground],
        "条項": row.article or "－",
        "理由": row.reason or "－",
    }


def _letter(wp: Workplace, now: blackouts.Case, order: Mapping[str, str]) -> dict[str, Any]:
    asked = now.request.one
    end = now.request.end
    with wp.store.read() as session:
        body = _body(session, asked.subject)
        if body is not None:
            words, head = body_words(session, body)
        else:
            words = {}
            head = {}
        if body is not None:
            office = plan.plan_head(session, body.id)
        else:
            office = None
    if office is not None:
        about = office.facts
    else:
        about = head
    number = None
    decided = None
    outcome = now.outcome
    note = ""
    if end:
        number = end.document_number
        decided = day(end.decided)
        outcome = end.outcome
        note = end.note
    return {
        "文書番号": need("文書番号", number),
        "決定日": need("決定日", decided),
        "長": need("実施機関", words.get("長")),
        "長の氏名": need("長の氏名", words.get("長の氏名")),
        "請求者": need("請求した人"),
        "受け付けた日": day(asked.received),
        "求められている内容": asked.asked,
        "区分": outcome or need("決定の区分"),
        "記録一覧": [_record(now, copied, order) for copied in now.listed],
        "根拠一覧": _grounds(now, order),
        "備考": note or "－",
        "日時": need("開示の日時"),
        "方法": need("開示の方法・場所"),
        "教示": need("教示"),
        "連絡先": need("連絡先", about.get("contact")),
    }


def _record(
    now: blackouts.Case, copied: blackouts.Copied, order: Mapping[str, str]
) -> dict[str, str]:
    mine = set()
    for text in copied.texts:
        mine.add((text.name, text.mark))
    count = sum((place.name, place.mark) in mine for place in now.black)
    return {
        "番号": order[copied.record],
        "題名": copied.kept.title,
        "種類": copied.kept.kind_name,
        "区分": blackouts.SHARES[copied.share],
        "箇所数": "－" if copied.whole is not None else str(count),
    }


def _grounds(now: blackouts.Case, order: Mapping[str, str]) -> list[dict[str, str]]:
    """Each ground once, with how many places rest on it and in which copies; kinds kept apart."""
    shown: dict[tuple[str, str], list[str]] = {}
    for copied in now.listed:
        for text in copied.texts:
            shown.setdefault((text.name, text.mark), []).append(copied.record)
    grounds: dict[tuple[str, str, str], tuple[int, set[str]]] = {}
    for place, row in now.black.items():
        key = (row.ground, row.article, row.reason)
        count, copies = grounds.get(key, (0, set()))
        grounds[key] = (count + 1, copies | set(shown[(place.name, place.mark)]))
    for copied in now.listed:
        if copied.whole is not None:
            key = (copied.whole.ground, copied.whole.article, copied.whole.reason)
            count, copies = grounds.get(key, (0, set()))
            grounds[key] = (count + 1, copies | {copied.record})
    kinds = list(blacking.GROUNDS)
    keys = sorted(grounds, key=lambda key: (kinds.index(key[0]), key[1:]))
    return [
        {
            "区分": blacking.GROUNDS[key[0]],
            "条項": key[1] or "－",
            "理由": key[2] or "－",
            "件数": str(grounds[key][0]),
            "記録": "・".join(
                value for record, value in order.items() if record in grounds[key][1]
            ),
        }
        for key in keys
    ]


def _body(session: Session, subject: str) -> Body | None:
    """The body whose records are asked for: of the round, or of the first case of the sitting."""
    kind, _, key = subject.partition(":")
    if kind == "sitting":
        agenda = session.get_one(Sitting, int(key)).agenda
        named = next((int(x["referral"]) for x in agenda if x.get("referral")), None)
        if named is not None:
            referral = session.get(Referral, named)
        else:
            referral = None
        if referral:
            round_ = session.get_one(Round, referral.rounds[0].round_id)
        else:
            round_ = None
    else:
        ref, _, name = key.partition("~")
        round_ = queries.rounds.of_line(session, ref, name)
    if round_ is None:
        return None
    affair = session.get_one(Affair, session.get_one(Assessment, round_.assessment_id).affair_id)
    return session.get_one(Body, affair.body_id)
