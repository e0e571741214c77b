"""A text typed anew by somebody else's hand: wrapped elsewhere, other widths, other punctuation,
other dashes, marks that cannot be seen, dates in the other notation.

The words stay; what a hand changes on purpose is told apart (`Retyped`). Seeded; invented texts.
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

WHO = ("市民課の職員", "委託先の担当者", "保険年金課長", "システム管理者", "窓口の受付担当")
WHEN = ("毎月末に", "申請の都度", "異動があったときは", "年度の初めに", "令和6年4月1日から")
WHAT = (
    "受付簿",
    "台帳データ",
    "バックアップ媒体",
    "サーバーの操作記録",
    "申請書（写しを含む。）",
    "個人番号カード",
)
DONE = ("確認する", "記録する", "施錠して保管する", "二人で照合する", "速やかに消去する")
LISTED = (
    "氏名の確認",
    "住所の確認",
    "続柄の入力",
    "決定通知の送付",
    "控えの保存",
    "鍵の返却",
    "画面の消灯",
)
SWAPS = (
    ("確認する", "点検する"),
    ("記録する", "報告する"),
    ("毎月末に", "四半期ごとに"),
    ("受付簿", "管理簿"),
)
_DAYS = {"令和6年4月1日": ("2024年4月1日", "令和六年四月一日", "R6.4.1")}
_WIDE = str.maketrans("0123456789ABCDEFGLNRW", "０１２３４５６７８９ＡＢＣＤＥＦＧＬＮＲＷ")


@dataclass(frozen=True)
class Retyped:
    """What stood, what stands, and the words that were changed on purpose: (old, new) pairs."""

    old: str
    new: str
    meant: tuple[tuple[str, str], ...]


def sentence(rng: random.Random) -> str:
    extra = rng.choice(("", "", "LGWAN経由で、", "3回以内に、", "第9条の規定により、"))
    return f"{rng.choice(WHO)}は、{rng.choice(WHEN)}{extra}{rng.choice(WHAT)}を{rng.choice(DONE)}。"


def text(rng: random.Random) -> str:
    """Some paragraphs, at times with a list."""
    out = []
    for _ in range(rng.randint(1, 3)):
        out.append("".join(sentence(rng) for _ in range(rng.randint(1, 4))))
    if rng.random() < 0.5:
        names = rng.sample(LISTED, rng.randint(3, 6))
        out += [f"{_number(i)}{name}" for i, name in enumerate(names)]
    return "\n".join(out)


def _number(index: int) -> str:
    return chr(ord("①") + index)


def retyped(seed: int) -> Retyped:
    """A text and what another hand made of it."""
    rng = random.Random(seed)
    old = text(rng)
    new = old
    meant: list[tuple[str, str]] = []
    swaps = [swap for swap in SWAPS if old.count(swap[0]) == 1]
    if swaps and rng.random() < 0.6:
        before, after = rng.choice(swaps)
        new = new.replace(before, after)
        meant.append((before, after))
    if "①" in new and rng.random() < 0.5:
        new, came = _listed_anew(new, rng)
        meant.append(("", came))
    habits = rng.sample(HABITS, rng.randint(1, 4))
    for habit in sorted(habits, key=HABITS.index):
        new = habit(new, rng)
    return Retyped(old, new, tuple(meant))


def _listed_anew(whole: str, rng: random.Random) -> tuple[str, str]:
    """The list with one line more, and the numbers behind it shifted."""
    lines = whole.split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith("①"))
    names = [line[1:] for line in lines[first:]]
    came = rng.choice(("権限の見直し", "書棚の施錠"))
    names.insert(rng.randint(0, len(names)), came)
    numbered = [f"{_number(i)}{name}" for i, name in enumerate(names)]
    return "\n".join([*lines[:first], *numbered]), came


def rewrapped(whole: str, rng: random.Random) -> str:
    width = rng.randint(14, 40)
    out = []
    for line in whole.split("\n"):
        out += [line[at : at + width] for at in range(0, len(line), width)]
    return "\n".join(out)


def joined(whole: str, rng: random.Random) -> str:
    lines = whole.split("\n")
    listed = [line for line in lines if "①" <= line[:1] <= "⑳"]
    running = [line for line in lines if line not in listed]
    return "\n".join(["".join(running), *listed])


def widened(whole: str, rng: random.Random) -> str:
    return whole.translate(_WIDE)


def western(whole: str, rng: random.Random) -> str:
    return whole.replace("、", "，").replace("。", "．")


def unseen(whole: str, rng: random.Random) -> str:
    out = ""
    for letter in whole:
        out += letter
        if rng.random() < 0.03:
            out += rng.choice("\u200b\ufeff\u00ad\u2060")
    return out


def spaced(whole: str, rng: random.Random) -> str:
    return whole.replace("は、", "は、　").replace("を", "を ")


def dashed(whole: str, rng: random.Random) -> str:
    return whole.replace("サーバー", "サ－バ－").replace("（", "(").replace("）", ")")


def decomposed(whole: str, rng: random.Random) -> str:
    return unicodedata.normalize("NFD", whole)


def kana(whole: str, rng: random.Random) -> str:
    return whole.replace("バックアップ", "ﾊﾞｯｸｱｯﾌﾟ").replace("データ", "ﾃﾞｰﾀ")


def dated(whole: str, rng: random.Random) -> str:
    for day, others in _DAYS.items():
        whole = whole.replace(day, rng.choice(others))
    return whole


# In this order: a mark written apart from its letter is never parted from it by another hand.
HABITS = (joined, dated, widened, western, dashed, spaced, rewrapped, unseen, kana, decomposed)
