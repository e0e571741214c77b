"""The facts of the papers of a case of 漏えい等: what is sent to the commission, to the persons, to
the public, to the crisis manager, and the list for a council.

Reads only. No paper says who the persons are: names and addresses are filled in by hand. Must not
know how a paper looks.
"""

from __future__ import annotations

from datetime import date

from ...domain.errors import PiaError
from ...domain.leaks.answers import UNSURE, ReportPart
from ...domain.text import personal
from ...domain.wareki import written
from ...store import queries
from ...store.rows.bodies import Body
from ...store.rows.leaks import FINAL
from ..records.leak_kinds import BOTH, KINDS_OF_REPORT
from ..viewing import leaks as views
from ..viewing.leaks import LeakView
from ..workplace import Workplace
from .facts import PaperFacts, body_words, day

NOT_READ = "委員会の入力画面と別記様式の項目の順は未確認です。実際の画面・様式と見比べてください。"
NO_NAMES = "本人の氏名・住所は、この文書に入りません。送るときに記入してください。"
KIND_OF = {"leak-first": "first", "leak-final": FINAL, "leak-form": FINAL}
NOTHING = "（記録なし）"
# What a letter that leaves the house lacks: nobody signs it unseen.
BLANK = "【未記入】"
OUTWARD = "leak-announcement"  # read by everybody: what may say who somebody is stays away


def meant(wp: Workplace, number: int | None) -> int:
    """The case that is meant; the last registered where none is named. PiaError where there is
    none."""
    if number is not None:
        return number
    with wp.store.read() as session:
        for case, _, _ in queries.leaks.listed(session):
            return case.id
    raise PiaError("漏えい等の事案が登録されていません。登録してから作ってください。")


def facts(wp: Workplace, name: str, number: int, today: date) -> PaperFacts:
    """The facts of a paper of a case, as of `today`."""
    view = views.case(wp, number, today)
    out = PaperFacts()
    out.notices.append(NOT_READ if name in KIND_OF else NO_NAMES)
    with wp.store.read() as session:
        body, _ = body_words(session, session.get_one(Body, view.row.body_id))
    notice_of = wp.leaks["notice_numbers"]
    out.words = {
        "作成日": written(today),
        "市": body["市"],
        "機関": body["長"],
        "課": view.office,
        "番号": view.called,
        "件名": view.title,
        "種別": _kind(name, view),
        "覚知日": view.judged.words("known"),
        "根拠": _grounds(wp, view),
        "報告義務": _duties(view),
        "期限": "\n".join(f"{x.law}　{x.what}　{written(x.last)}" for x in view.due),
        "受付": _receipts(view),
        "理由": "",
        "通知の根拠": "・".join(
            str(wp.leaks["laws"][each.law]["notice"]) for each in view.judged.due
        ),
        "事項": [_part(part) for part in view.judged.nine],
        "通知事項": [_part(part, False) for part in view.judged.nine if part.number in notice_of],
        "変わったところ": _changed(view),
        "公表の理由": "、".join(view.publication),
        "人数": _count(view),
        "何が": view.judged.words("what") or view.title,
        "原因": view.judged.words("cause") or BLANK,
        "対応": _response(view),
        "再発防止": _measures(view),
        "窓口": view.judged.words("window"),
        "危機管理": str(wp.leaks["city"]["crisis"]),
        "重大事故": view.judged.major.state_words,
        "警察": view.judged.words("police") or BLANK,
        "二次被害": _first(view, "secondary_words", "secondary"),
    }
    if name == OUTWARD:
        for field, words in out.words.items():
            if isinstance(words, str) and field != "窓口":
                out.words[field] = personal.blackened(words)
    return out


def _count(view: LeakView) -> str:
    """How many, as known and as it may be at most."""
    most = view.judged.words("people_may")
    told = [view.judged.words("people"), f"最大{most}" if most else ""]
    return "　".join(words for words in told if words) or NOTHING


def _first(view: LeakView, *names: str) -> str:
    """The first of these questions that has an answer, in words."""
    for name in names:
        words = view.judged.words(name)
        if words:
            return words
    return BLANK


def _kind(name: str, view: LeakView) -> str:
    if name == "leak-form" and not view.reports:
        return "速報"
    if name in KIND_OF and name != "leak-first" and not view.reports:
        return KINDS_OF_REPORT[BOTH]
    return KINDS_OF_REPORT[KIND_OF.get(name, FINAL)]


def _grounds(wp: Workplace, view: LeakView) -> str:
    lines = []
    for answer in view.judged.due:
        triggers = "、".join(f"{each.short}（{each.source}）" for each in answer.met)
        lines.append(f"{wp.leaks['laws'][answer.law]['duty']}　{triggers}")
    if not lines and any(answer.state == UNSURE for answer in view.judged.laws):
        return "まだ決まりません（答えのない問いがあります）"
    return "\n".join(lines) or "報告の義務に当たる号はありません"


def _duties(view: LeakView) -> str:
    return "\n".join(f"{each.says}：{each.words}" for each in view.judged.laws)


def _receipts(view: LeakView) -> str:
    lines = []
    for each in view.reports:
        receipt = each.row.receipt or "（まだ）"
        lines.append(
            f"{each.kind}　{written(each.row.day)}　{each.row.hour:%H:%M}　"
            f"受付番号 {receipt}　入力者 {each.row.entered}"
        )
    return "\n".join(lines) or NOTHING


def _part(part: ReportPart, mark: bool = True) -> dict[str, str]:
    lacking = f"\n【足りないこと：{'、'.join(part.missing)}】" if part.missing and mark else ""
    text = part.text or (NOTHING if mark else BLANK)
    return {
        "番号": str(part.number),
        "事項": part.says,
        "内容": text + lacking,
        "根拠": part.source,
    }


def _changed(view: LeakView) -> list[dict[str, str]]:
    if not view.reports or not view.reports[-1].changed:
        return []
    return [
        {"事項": each.says, "前": each.before or NOTHING, "今": each.after or NOTHING}
        for each in view.reports[-1].changed
    ]


def _response(view: LeakView) -> str:
    names = ("notice", "notice_day", "notice_words", "publish", "publish_words")
    told = [view.judged.words(name) for name in names]
    return "　".join(words for words in told if words) or BLANK


def _measures(view: LeakView) -> str:
    names = ("measures_done", "measures_planned", "measures_state")
    told = [view.judged.words(name) for name in names]
    return "\n".join(words for words in told if words) or BLANK


def of_sitting(wp: Workplace, sitting: int, today: date) -> PaperFacts:
    """The facts of the list of the cases that were reported at a sitting, without names."""
    out = PaperFacts()
    cards = views.cards(wp, None, sitting)
    if not cards:
        raise PiaError(
            "この会議に報告した漏えい等の事案がありません。事案の画面から報告してください。"
        )
    lines = []
    for place, card in enumerate(cards, 1):
        said = dict(card.lines)
        lines.append(
            {
                "順": str(place),
                "覚知日": day(card.known),
                "件名": card.title,
                "課": f"{card.body}　{card.office}",
                "号": card.triggers,
                "人数": "　".join(filter(None, (said.get("だれの情報か", ""), _counted(said)))),
                "概要": said.get("何が起きたか", ""),
                "原因": f"{said.get('原因の種類', '')}　{said.get('原因', '不明')}".strip(),
                "通知と公表": "　".join(
                    filter(None, (said.get("本人への通知", ""), said.get("公表", "")))
                ),
                "再発防止": said.get("再発防止策（実施済み）", "")
                or said.get("再発防止策（これから・いつまで）", ""),
            }
        )
    out.words = {"作成日": written(today), "件数": str(len(lines)), "一覧": lines}
    return out


def _counted(said: dict[str, str]) -> str:
    """How many a card says, else at most how many."""
    known = said.get("分かっている人数", "")
    most = said.get("おそれを含めて最大の人数", "")
    return known or (f"最大{most}" if most else "")
