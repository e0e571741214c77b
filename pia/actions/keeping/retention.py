"""The acts of the records office about keeping: what is set of one record, and 廃棄 by decision.

Knows the records as `kept.retention` lists them. Must not know pages. Serves the city's own
rules of records (文書管理規程, 未確認).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from ...domain.act import By
from ...domain.errors import PiaError, Refused
from ...domain.procedure import retention
from ...domain.text import personal
from ...domain.wareki import written
from ...store import nodes
from ...store.columns import iso
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import erasing as store
from ...store.rows import records
from ..kept import destroyable
from ..kept.retention import Kept, all_kept, gone_records, kept_now, rows_of
from ..workplace import Workplace

Value = TypeVar("Value")


def no_personal(text: str, label: str) -> None:
    """PiaError when words an officer types say what may say who somebody is."""
    if personal.found(text):
        sentence = f"{label}に、電話番号・メールアドレス・個人番号を書かないでください。"
        raise PiaError(sentence)


def _changed(new: Value, old: object) -> Value | None:
    """A value that is to be set; None for one that is so already."""
    if new == old:
        return None
    return new


def set_keeping(
    wp: Workplace,
    by: By,
    record: str,
    category: str | None,
    years: int | None,
    historic: bool | None,
    reason: str,
) -> None:
    """An officer sets class, years or 歴史公文書 of one record, with a reason. None leaves it."""
    before = kept_now(wp, record, by.day)
    if before.gone:
        raise PiaError("この記録は廃棄されています。")
    if category is not None and category not in wp.retention["categories"]:
        raise PiaError("分類を選び直してください。")
    if years is not None and not 1 <= years <= retention.MOST:
        raise PiaError(f"保存年限は1年から{retention.MOST}年までです。")
    if not reason.strip():
        raise PiaError("変える理由を入力してください。")
    no_personal(reason, "理由")
    new = {
        "category": _changed(category, before.category),
        "years": _changed(years, before.years),
        "historic": _changed(historic, before.historic),
    }
    if all(value is None for value in new.values()):
        raise PiaError("変わるところがありません。")
    with wp.store.begin() as session:
        session.add(records.RecordNote(record=record, **new, reason=reason.strip(), **acted(by)))
        session.flush()
        old = {"category": before.category, "years": before.years, "historic": before.historic}
        log.entry(session, by, "records.keep", record, {"before": old, "after": new})


def dispose(
    wp: Workplace, by: By, chosen: Sequence[str], number: str, decided: date, reason: str
) -> int:
    """Destroys the texts of records whose years are over, after 廃棄の決裁.

    All or none: Refused, with why, when one of them may not go. Returns the number of the
    廃棄簿's entry.
    """
    if not number.strip():
        raise PiaError("廃棄の決裁の文書番号を入力してください。")
    if decided > by.day:
        raise PiaError("決裁日がまだ来ていません。日付を確かめてください。")
    if not chosen:
        raise PiaError("廃棄する記録を1つ以上選んでください。")
    no_personal(reason, "備考")
    with wp.store.begin() as session:
        wanted = _disposable(session, wp, by, chosen, decided)
        names = [kept.record for kept in wanted]
        destroyable_of = destroyable.take(session, names, gone_records(session))
        lines = []
        for kept in wanted:
            lines.append(
                _line(session, by, kept, number.strip(), decided, destroyable_of[kept.record])
            )
        disposal = records.Disposal(
            document_number=number.strip(),
            decided=decided,
            reason=reason.strip(),
            listed=lines,
            **acted(by),
        )
        session.add(disposal)
        session.flush()
        for name, contents in destroyable_of.items():
            _destroy(session, by, disposal.id, name, contents)
        about = {"document_number": disposal.document_number, "records": names}
        log.entry(session, by, "records.dispose", str(disposal.id), about)
        log.anchor(session, by)
        return disposal.id


def _disposable(
    session: Session, wp: Workplace, by: By, chosen: Sequence[str], decided: date
) -> list[Kept]:
    """The chosen records as they are kept. Refused when one of them may not go."""
    by_name = {kept.record: kept for kept in all_kept(session, wp, by.day)}
    wanted = []
    for name in dict.fromkeys(chosen):
        if name in by_name:
            wanted.append(by_name[name])
    wrong = _may_not(wanted, by.day, decided)
    if wrong or len(wanted) != len(set(chosen)):
        raise Refused("廃棄できない記録が含まれています。", tuple(wrong))
    return wanted


def _destroy(
    session: Session, by: By, disposal: int, record: str, taken: destroyable.Destroyable
) -> None:
    """Empties what a record takes along, on record by its digests."""
    if not taken.contents and not taken.files:
        return
    nodes.emptied(session, taken.contents, taken.files)
    destruction = records.Destruction(
        disposal_id=disposal,
        record=record,
        contents=list(taken.contents),
        files=list(taken.files),
        **acted(by),
    )
    session.add(destruction)
    session.flush()


def _may_not(wanted: Sequence[Kept], today: date, decided: date) -> list[str]:
    out = []
    for x in wanted:
        if x.gone:
            out.append(f"{x.title}：廃棄されています")
        elif x.historic:
            out.append(f"{x.title}：歴史公文書です")
        elif x.held:
            out.append(f"{x.title}：開示請求（{'・'.join(x.held)}）の間は廃棄できません")
        elif x.needed:
            out.append(f"{x.title}：{x.needed}ため廃棄できません")
        elif not x.over(today):
            out.append(f"{x.title}：保存年限が満了していません")
        elif not x.erases:
            out.append(f"{x.title}：このソフトで消す文章がありません")
        elif x.expiry is not None and decided <= x.expiry:
            out.append(f"{x.title}：決裁日が満了日（{written(x.expiry)}）より後ではありません")
    return out


def _line(
    session: Session, by: By, x: Kept, number: str, decided: date, taken: destroyable.Destroyable
) -> dict[str, Any]:
    """Erases the texts of a record's rows; its line of the 廃棄簿."""
    count = 0
    for row in rows_of(session, x.record):
        left = []
        for text in store.texts_of(type(row)):
            if not records.is_erased(row, text):
                left.append(text)
        if left:
            store.erase(session, by, row, left, number, "保存年限の満了による廃棄", decided)
            count += len(left)
    return {
        "record": x.record,
        "kind": x.kind_name,
        "title": x.title,
        "category": x.category_name,
        "start": iso(x.start) or "",
        "years": x.years,
        "expiry": iso(x.expiry) or "",
        "erased": count,
        "versions": taken.versions,
        "files": len(taken.files),
        "left": taken.left,
    }
