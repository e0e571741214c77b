"""A department's answers to a 年次見直し in a workbook: sent with its affairs, and read when it
comes back. What it says is shown before it is taken, line by line, and nothing of it is left out.

Knows lists and what is on record. Who may answer, the caller has asked. Must not know pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from ...documents.papers import list_xlsx
from ...domain import wareki
from ...domain.act import By
from ...domain.canonical import canonical
from ...domain.errors import Refused
from ...domain.wareki import written
from ...store.rows.reviews import CHANGED, ENDED
from ..records.review_kinds import ANSWERS
from ..viewing.reviews import DepartmentAnswers, ReviewedAffair
from ..workplace import Workplace
from . import reviews as acts

COLUMNS: Mapping[str, Sequence[str]] = {
    "number": ("評価書番号", "番号"),
    "name": ("事務の名称", "事務"),
    "kind": ("回答", "回答（変更なし・変更あり・廃止）"),
    "note": ("変わったこと・連絡事項",),
    "head": ("所属長",),
    "confirmed": ("所属長の確認日", "確認日"),
}
_HEAD = (
    "評価書番号",
    "事務の名称",
    "前の公表・見直しの後に変わったこと（記録にあるもの）",
    "回答（変更なし・変更あり・廃止）",
    "変わったこと・連絡事項",
    "所属長",
    "所属長の確認日",
)


def book(of: DepartmentAnswers) -> bytes:
    """The workbook of a department, with what is answered already."""
    lines = []
    for affair in of.affairs:
        given = affair.answer
        lines.append(
            (
                affair.number,
                affair.name,
                "\n".join(affair.around),
                given.words if given else "",
                given.note if given else "",
                given.head if given else "",
                written(given.confirmed) if given and given.confirmed else "",
            )
        )
    name = f"{of.title}　{of.name}　回答期限 {written(of.until)}"
    return list_xlsx.workbook(
        "年次見直し", _HEAD, lines, heading=name, choices={3: list(ANSWERS.values())}
    )


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """A line of a workbook that came back: what it says, what becomes of it (`take`: an answer that
    is new; else `says` why nothing is recorded), and whether that is a mistake to be mended."""

    number: str
    name: str
    kind: str
    note: str
    head: str
    confirmed: date | None
    take: bool
    says: str
    wrong: bool = False
    key: str = ""

    @property
    def words(self) -> str:
        """Its answer in words."""
        return ANSWERS.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class ReturnedBook:
    """A workbook that came back, line by line, and the affairs it does not name."""

    lines: tuple[ReturnedLine, ...]
    missing: tuple[str, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """What must be mended before it is taken."""
        return tuple(f"{each.number}　{each.says}" for each in self.lines if each.wrong)

    @property
    def taken(self) -> tuple[ReturnedLine, ...]:
        """The lines that become answers."""
        return tuple(each for each in self.lines if each.take)

    @property
    def mark(self) -> str:
        """By which it is known whether what was looked at is what is taken."""
        said = [[each.number, each.kind, each.note, each.says] for each in self.lines]
        return sha256(canonical(said)).hexdigest()


def read(of: DepartmentAnswers, rows: Sequence[Mapping[str, str]]) -> ReturnedBook:
    """What a workbook says, held against what is on record."""
    known = {affair.number: affair for affair in of.affairs}
    lines = []
    seen: set[str] = set()
    for row in rows:
        number = row.get("number", "").strip()
        lines.append(_line(row, known.get(number), number in seen))
        seen.add(number)
    missing = tuple(each.name for each in of.affairs if each.number not in seen)
    return ReturnedBook(tuple(lines), missing)


def _line(row: Mapping[str, str], affair: ReviewedAffair | None, twice: bool) -> ReturnedLine:
    kind, note = row.get("kind", ""), row.get("note", "")
    head, day = row.get("head", ""), row.get("confirmed", "")
    code = next((code for code, words in ANSWERS.items() if words == kind), "")
    confirmed = _day(day)
    says = _wrong(row, affair, code, twice)
    if not says and day and confirmed is None:
        says = f"確認日「{day}」が日付として読めません。"
    wrong = bool(says)
    take = False
    if not wrong and affair is not None:
        take, says = _becomes(affair, code, note)
    return ReturnedLine(
        row.get("number", ""),
        affair.name if affair is not None else row.get("name", ""),
        code or kind,
        note,
        head,
        confirmed,
        take,
        says,
        wrong,
        affair.key if affair is not None else "",
    )


def _wrong(row: Mapping[str, str], affair: ReviewedAffair | None, code: str, twice: bool) -> str:
    """Why a line cannot be taken; empty where it can."""
    if affair is None:
        return "この所属への照会に、その評価書番号はありません。"
    if twice:
        return "同じ評価書番号の行が、前にもあります。"
    if row.get("kind", "") and not code:
        return f"回答「{row['kind']}」は、変更なし・変更あり・廃止のどれでもありません。"
    if code in (CHANGED, ENDED) and not row.get("note", ""):
        return "「変わったこと・連絡事項」が空です。"
    return ""


def _becomes(affair: ReviewedAffair, code: str, note: str) -> tuple[bool, str]:
    """(whether a line becomes an answer, what is said of it)."""
    given = affair.answer
    if not code:
        return False, "回答が空です。何も記録しません。"
    if given is None:
        return True, "回答として記録します。"
    if (given.kind, given.note) == (code, note):
        return False, "記録にある回答と同じです。"
    return False, (
        f"もう「{given.words}」と回答されています。変えるときは、回答の「直す・取り消す」を"
        "使ってください。"
    )


def _day(text: str) -> date | None:
    parsed = wareki.parse(text.strip().split(" ")[0]) if text.strip() else None
    if parsed is None or len(parsed) != 10:
        return None
    return date.fromisoformat(parsed)


def take(
    wp: Workplace, by: By, of: DepartmentAnswers, returned: ReturnedBook, mark: str, confirms: bool
) -> int:
    """Records the answers of a workbook as it was looked at; how many. `confirms`: the person may
    record the 所属長's confirmation. Refused where it has mistakes, or changed since."""
    if returned.problems:
        raise Refused(
            "ファイルに直すところがあります。まだ何も記録していません。", returned.problems
        )
    if returned.mark != mark:
        raise Refused("確かめたあとに、回答が変わりました。もう一度確かめてください。", ())
    with wp.store.together():
        for each in returned.taken:
            confirmed = None
            if confirms and each.head and each.confirmed is not None:
                confirmed = acts.HeadConfirmation(each.head, each.confirmed)
            new = acts.NewAnswer(each.kind, each.note)
            acts.answer(wp, by, of.row.id, {each.key: new}, acts.ANY, confirmed)
    return len(returned.taken)
