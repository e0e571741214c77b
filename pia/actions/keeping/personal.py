"""What an officer answers of words that may say who somebody is: 非公表, or left with a reason.

Knows the finds as `records.personal` lists them. Must not know pages.
"""

from __future__ import annotations

from ...domain.act import By
from ...domain.errors import PiaError
from ...domain.text import personal
from ...store.ledger import log
from ...store.model import acted
from ...store.rows import records
from ..records.personal import KEEP, WITHHOLD, Flag, listed
from ..workplace import Workplace

ANSWERS = {WITHHOLD: "外に出すときは【非公表】とする", KEEP: "理由を付けて、そのまま残す"}


def answer(wp: Workplace, by: By, name: str, chosen: str, reason: str) -> Flag:
    """An officer's answer for one find (`Flag.name`). PiaError when there is none of that name any
    more, or without a reason."""
    if chosen not in ANSWERS:
        raise PiaError("どうするかを選んでください。")
    if not reason.strip():
        raise PiaError("理由を入力してください。")
    if personal.found(reason):
        raise PiaError("理由に、電話番号・メールアドレス・個人番号を書かないでください。")
    flag = next((x for x in listed(wp) if x.name == name), None)
    if flag is None:
        raise PiaError("その箇所は、もうありません。一覧を開き直してください。")
    if chosen == WITHHOLD and not flag.erasable:
        how = "評価書では、「評価書を書く」でその言葉を【非公表】に指定してください。"
        raise PiaError(how)
    with wp.store.begin() as session:
        find_answer = records.FindAnswer(
            place=flag.place,
            text_mark=flag.mark,
            number=flag.number,
            answer=chosen,
            reason=reason.strip(),
            **acted(by),
        )
        session.add(find_answer)
        session.flush()
        log.entry(
            session, by, "personal.answer", flag.place, {"number": flag.number, "answer": chosen}
        )
    return flag
