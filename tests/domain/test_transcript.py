"""Transcripts in every style they come in, of invented minutes: who spoke about what, and that not
a letter is lost or said twice.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pia.domain.minutes.fillers import without_fillers
from pia.domain.minutes.speakers import Speakers
from pia.domain.minutes.spoken import CLOSING, OPENING, Item, Reading, Speaker
from pia.domain.minutes.transcript import read

ROSTER = (
    Speaker("議長", "高瀬 千草", "会長"),
    Speaker("斎賀委員", "斎賀 幹夫", "委員"),
    Speaker("沢渡委員", "沢渡 美帆", "委員"),
    Speaker("由良委員", "由良 俊", "委員"),
    Speaker("森委員", "森 あかね", "委員"),
    Speaker("事務局"),
    Speaker("実施機関", "", ""),
)
ITEMS = (
    Item("p1", "議案", "議案第1号", "汐見市の三つの事務の評価書について"),
    Item("r1", "報告", "(1)", "汐見市の届出の状況について"),
    Item("r2", "報告", "(2)", "汐見市議会の届出の状況について"),
    Item("r3", "報告", "(3)", "保有する情報の紛失に係る報告について"),
)
SLIPS = {"斎賀": "齋賀", "沢渡": "澤渡", "由良": "田良", "高瀬": "髙瀨", "森": "森"}
MEMBERS = ("斎賀委員", "沢渡委員", "由良委員", "森委員")


@dataclass(frozen=True)
class Said:
    """What the minutes print: speaker ("" a direction, "#" a heading), item, paragraphs."""

    speaker: str
    item: str
    texts: tuple[str, ...]


def minutes(seed: int, questions: int = 30) -> list[Said]:
    """Invented minutes of the shape of a real afternoon: 開会, 議案, three 報告, その他."""
    rng = random.Random(seed)
    things = ("保管の場所", "消す手順", "委託先の選び方", "写しの数", "通知の時期", "画面の写し")

    def paragraph(about: str) -> str:
        return f"{about}の{rng.choice(things)}は、{rng.randrange(2, 90)}ページにあります。"

    def ask(who: str, item: str, about: str) -> list[Said]:
        return [
            Said("議長", item, (f"はい、どうぞ、{who}。",)),
            Said(
                who, item, (f"{about}の{rng.choice(things)}を{rng.randrange(999)}番で伺います。",)
            ),
            Said("実施機関" if item == "p1" else "事務局", item, (paragraph(about),)),
        ]

    out = [
        Said("#", OPENING, ("１ 開 会",)),
        Said("事務局", OPENING, ("ただいまから開きます。", "由良委員が加わりました。")),
        Said("", OPENING, ("（委嘱状交付）",)),
        Said("由良委員", OPENING, ("由良と申します。よろしくお願いします。",)),
        Said("事務局", OPENING, ("議案第1号と報告資料（２）は、お手元にあります。",)),
        Said("事務局", OPENING, ("進行は会長にお願いします。",)),
        Said("#", "p1", ("２ 議 題",)),
        Said("#", "p1", ("議案第 1 号 汐見市の三つの事務の評価書について",)),
        Said("議長", "p1", ("お集まりいただきました。", "それでは、議案第１号に入ります。")),
        Said("", "p1", ("〔実施機関（福祉課）入室〕",)),
        Said("", "p1", ("〔実施機関（情報課）入室〕",)),
        Said("実施機関", "p1", ("福祉課の課長です。",)),
    ]
    for about in ("手当", "保険", "住まい"):
        out.append(Said("実施機関", "p1", tuple(paragraph(about) for _ in range(4))))
    for number in range(questions):
        out += ask(MEMBERS[number % 4], "p1", f"第{number}の問い")
    out += [
        Said("議長", "p1", ("この内容でよろしいですか。",)),
        Said("", "p1", ("〔「はい」と言う者あり〕",)),
        Said("議長", "p1", ("議案が終わりまして、次は報告に入るということでよろしいですか。",)),
    ]
    words = ("まず、報告の(1)を、お願いします。", "続きまして、報告事項の（２）をお願いします。")
    words += ("次に、報告事項(3)ですけれども、説明をお願いします。",)
    for number, word in enumerate(words, 1):
        item = f"r{number}"
        if number == 1:
            out.append(Said("#", item, ("報告事項",)))
        out.append(Said("#", item, (f"({number}) {ITEMS[number].title}",)))
        out += [
            Said("議長", item, (word,)),
            Said("事務局", item, (paragraph("報告"), "以上です。")),
        ]
        out += ask(rng.choice(MEMBERS), item, "報告")
        out.append(Said("議長", item, ("報告を受けたということにします。",)))
    out += [
        Said("#", CLOSING, ("３ その他",)),
        Said("事務局", CLOSING, ("次回の審議会は、一月八日です。", "ありがとうございました。")),
        Said("議長", CLOSING, ("お疲れさまでした。",)),
    ]
    return out


def slipped(text: str, slips: bool) -> str:
    for name, slip in SLIPS.items():
        text = text.replace(name, slip) if slips else text
    return text


STYLES = {
    "colon": "{}：{}",
    "wide": "{}　{}",
    "spread": "{}　{}",
    "alone": "{}\n{}",
    "brackets": "【{}】{}",
    "circle": "○{}（担当）　{}",
    "tab": "{}\t{}",
    "columns": "{}        {}",
    "recogniser": "00:01:02 {}：{}",
    "vtt": "00:00:01.000 --> 00:00:02.000\n<v {}>{}</v>\n",
    "srt": "7\n00:00:01,000 --> 00:00:02,000\n{}: {}\n",
    "wrapped": "{}　{}",
}
CUES = ("vtt", "srt")


def raw(said: Sequence[Said], style: str, headings: bool, slips: bool) -> list[str]:
    """The lines of a transcript in a style."""
    out = []
    for entry in said:
        if entry.speaker == "#" and not headings:
            continue
        first, *rest = (slipped(text, slips) for text in entry.texts)
        label = slipped(entry.speaker, slips)
        if style == "spread":
            label = " ".join(label)
        if entry.speaker not in ("#", ""):
            if style in CUES:
                first = first + "".join(rest)
                rest = []
            first = STYLES[style].format(label, first)
        elif style in CUES:
            first = f"00:00:01.000 --> 00:00:02.000\n{first}\n"
        lines = "\n".join((first, *rest)).split("\n")
        if style == "wrapped":
            lines = [part for line in lines for part in _broken(line)]
        out += lines
    return out


def _broken(line: str) -> list[str]:
    """A long line in the middle of its paragraph on two pages."""
    if len(line) < 24 or line[0] in "#〔（議(":
        return [line]
    return [line[:18], "", "- 3 -", "", line[18:]]


def letters(text: str) -> str:
    return "".join(text.split())


def counted(said: Sequence[Said], reading: Reading, slips: bool, joined: bool) -> tuple[int, int]:
    """Speeches, and how many of them came out with the right speaker and item. `joined` where the
    style cannot tell two speeches of one speaker apart.
    """
    expected: list[tuple[str, str, str]] = []
    last = ""
    for entry in said:
        if entry.speaker not in ("#", ""):
            text = slipped(letters("".join(entry.texts)), slips)
            if joined and expected and last == entry.speaker and expected[-1][1] == entry.item:
                text = expected.pop()[2] + text
            expected.append((entry.speaker, entry.item, text))
        if entry.speaker != "#":
            last = entry.speaker
    came = [
        (each.speaker, each.item, letters(each.text))
        for each in reading.spoken
        if each.kind == "speech"
    ]
    return len(expected), sum(each in came for each in expected)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("headings", [True, False])
def test_an_afternoon_comes_out_of_a_transcript(style: str, headings: bool) -> None:
    said = minutes(1)
    assert sum(entry.speaker not in ("#", "") for entry in said) >= 114
    headings = headings and style not in CUES
    reading = read(raw(said, style, headings, True), ROSTER, ITEMS)
    count, right = counted(said, reading, True, style in CUES)
    assert right >= 0.97 * count, [(x.speaker, x.item, x.text) for x in reading.spoken][:9]


def test_two_hundred_transcripts_lose_nothing() -> None:
    """Every letter of what was said comes out once, and in order."""
    for seed in range(200):
        style = list(STYLES)[seed % len(STYLES)]
        said = minutes(seed, 3)
        headings = seed % 3 > 0 and style not in CUES
        reading = read(raw(said, style, headings, seed % 2 > 0), ROSTER, ITEMS)
        came = "".join(letters(each.text) for each in reading.spoken)
        shown = [entry for entry in said if headings or entry.speaker != "#"]
        wanted = "".join(slipped(letters("".join(x.texts)), seed % 2 > 0) for x in shown)
        assert came == wanted, (seed, style)
        assert {left.why for left in reading.left} <= {"ページの番号です。"}


LINE = st.text(
    "議長高瀬委員事務局実施機関：　 。、（）()〔〕【】<>\t話者1:報告のその他次に\n", max_size=24
)


@given(st.lists(LINE, max_size=12))
def test_no_letter_of_any_text_is_lost_or_said_twice(lines: list[str]) -> None:
    """What did not come out of a line is a label at its beginning, with its marks."""
    flat = [line.replace("\n", "") for line in lines]
    reading = read(flat, ROSTER, ITEMS)
    came = [letters(each.text) for each in reading.spoken] + [letters(x.text) for x in reading.left]
    pool = "".join(came)
    given_letters = letters("".join(flat))
    assert len(pool) <= len(given_letters)
    for letter in set(given_letters) | set(pool):
        assert pool.count(letter) <= given_letters.count(letter)
    covered = {number for each in reading.spoken for number in each.lines}
    covered |= {left.line for left in reading.left}
    filled = {number for number, line in enumerate(flat, 1) if letters(line)}
    assert filled <= covered


@pytest.mark.parametrize(
    ("label", "printed", "near"),
    [
        ("髙瀨会長", "議長", "高瀬会長"),
        ("会長", "議長", ""),
        ("齋賀委員", "斎賀委員", "斎賀委員"),
        ("田良委員", "由良委員", "由良委員"),
        ("沢\U000e0100渡委員", "沢渡委員", "沢渡委員"),
        ("沢渡 美帆", "沢渡委員", ""),
        ("事務后", "事務局", "事務局"),
    ],
)
def test_a_label_means_somebody(label: str, printed: str, near: str) -> None:
    voice = Speakers(ROSTER).sure(label)
    assert voice is not None
    assert (voice.speaker, voice.near, bool(voice.doubts)) == (printed, near, bool(near))


def test_a_stranger_with_a_name_of_one_letter_is_nobody_of_the_roster() -> None:
    reading = read(["林委員：伺います。", "話者2：はい。"], ROSTER, ITEMS, {"話者2": "森委員"})
    assert [each.speaker for each in reading.spoken] == ["林委員", "森委員"]
    assert reading.unknown == (("林委員", 1),)


def test_names_in_running_text_are_listed_and_stay() -> None:
    reading = read(["議長：田良委員と齋賀幹夫様、各委員へ。"], ROSTER, ITEMS)
    assert {(near.written, near.meant) for near in reading.near_names} == {
        ("田良委員", "由良委員"),
        ("齋賀幹夫", "斎賀幹夫"),
    }
    assert reading.spoken[0].text == "田良委員と齋賀幹夫様、各委員へ。"


@given(st.sampled_from(["あの件", "その他", "まあまあ", "えーす", "こういう", "なんかい"]))
def test_a_filler_never_goes_out_of_a_word(word: str) -> None:
    text = f"では、{word}です。{word}は。"
    kept, gone = without_fillers(f"えー、{text}まあ、その、")
    assert kept == text or word == "えーす"
    assert gone[0] == (0, 3)
