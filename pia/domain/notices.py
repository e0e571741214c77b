"""What was noticed while a file was read, as a person can read it: errors first, equal kinds
gathered with their places, no more lines than fit on a page.

Knows problems and their kinds; not what was read. Nothing is left out of the list that goes with it
as a workbook.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .errors import Problem

MOST = 30  # lines
_ALONE = 2  # of a kind are told each by itself
_PLACES = 8  # of a line

# What is said of many problems of one kind.
_OF_MANY = {
    "joined": "複数のセルに分かれた記載を、改行でつないで読みました",
    "struck": "取消線が引かれた記載を、消された記載として読み取りませんでした",
    "beside": "記載欄の外に書かれているため、記載として読み取りませんでした",
    "covered": "結合したセルの下に隠れているため、読み取りませんでした",
    "garbled": "文字化けした文字や外字があります。通常の文字に書き直してください",
    "invisible": "目に見えない文字があります。必要がなければ消してください",
    "unread_cell": "どの項目の記載か分からないため、読み取りませんでした",
    "unread_text": "選択肢の前後に書かれているため、読み取りませんでした",
    "answer_kept": "読み取れなかったため、元の記載を残しました",
    "label_missing": "項目名が見つかりません。項目名の書き方と行の抜けを確かめてください",
    "label_differs": "様式と少し違う項目名を、様式の項目名として読みました",
    "label_twice": "同じ項目名が2か所にあります。"
    "どちらが項目名か分かるように、一方を直してください",
    "answer_twice": "同じ項目の記載が2か所にあります。1か所にまとめてください",
    "unknown_label": "様式にない項目名のため、その行を読み取りませんでした",
    "formula": "式の計算結果を、文字として読みました",
    "no_value": "式の計算結果が保存されていません。Excelで開いて保存し直すか、値に直してください",
    "cell_error": "セルがエラーになっています。式か参照先を直してください",
    "blank_text": "空白だけの記載を、記載なしとして読みました",
    "not_an_option": "選択肢にない記載を、書かれたとおりに取り込みます",
    "choice_unclear": "選択した答えが1つに決まりません",
    "unticked_note": "○がないのに、括弧の中に記載があります",
    "hidden_copy": "非表示の部分を、表示されている欄と重なるため読み取りませんでした",
    "names_left": "行やシートが、書き出したときの目印を残したまま動かされています。"
    "変わるところを確かめてください",
    "figure.lost": "ワークブックから失われていた図を、送り出したときのまま残しました",
    "withheld_edited": "非公表部分の印が付いた記載が変わっています。印の範囲を付け直してください",
}
_QUOTED = re.compile(r"「([^」]*)」")


@dataclass(frozen=True, slots=True)
class ReadingNotice:
    """One line: its level, what it says, and how many problems it stands for."""

    level: str
    sentence: str
    where: str = ""
    count: int = 1

    def __str__(self) -> str:
        if self.where:
            return f"{self.where}：{self.sentence}"
        return self.sentence


def gathered(problems: Iterable[Problem], most: int = MOST) -> tuple[ReadingNotice, ...]:
    """At most so many lines for all problems, errors first."""
    kinds: dict[tuple[str, str], list[Problem]] = {}
    for problem in dict.fromkeys(problems):
        kinds.setdefault((problem.level, problem.code), []).append(problem)
    lines: list[ReadingNotice] = []
    for (level, code), same in sorted(kinds.items(), key=lambda kind: kind[0][0] != "error"):
        if len(same) <= _ALONE:
            lines += [ReadingNotice(level, each.sentence, each.where) for each in same]
        else:
            lines.append(_of_many(level, code, same))
    if len(lines) <= most:
        return tuple(lines)
    rest = lines[most - 1 :]
    count = sum(line.count for line in rest)
    said = f"ほかに{len(rest)}種類、{count}件あります。一覧のワークブックで確かめてください。"
    return (*lines[: most - 1], ReadingNotice(rest[0].level, said, "", count))


def _of_many(level: str, code: str, same: Sequence[Problem]) -> ReadingNotice:
    """One line for many problems of a kind, with the places they speak of."""
    words = _OF_MANY.get(code)
    if words is None:
        words = same[0].sentence.rstrip("。")
        return ReadingNotice(level, f"{words}など、{len(same)}件：{_listed(same)}。", "", len(same))
    return ReadingNotice(level, f"{words}（{len(same)}件）：{_listed(same)}。", "", len(same))


def _listed(same: Sequence[Problem]) -> str:
    """The first places, each with what it is about, by sheet."""
    said = []
    sheet = ""
    for problem in same[:_PLACES]:
        here, _, cell = problem.where.rpartition("!")
        about = _QUOTED.search(problem.sentence)
        name = f"「{_short(about.group(1))}」" if about else ""
        place = cell if here and here == sheet else problem.where
        sheet = here or sheet
        # The keys of a document are no place for a person.
        said.append(name if name and not here else f"{place}{name}")
    listed = "、".join(said)
    if len(same) > _PLACES:
        return f"{listed}、ほか{len(same) - _PLACES}件"
    return listed


def _short(text: str, most: int = 20) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Every problem once, errors first."""
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.level != "error")
