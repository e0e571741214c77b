"""Transcripts in every style they come in, of invented minutes: who spoke about what, and that not
a letter is lost or said twice.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
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


CLOCKS = "00:00:01,000 --> 00:00:02,000"
OTHER_ROSTER = (
    Speaker("議長", "大槻 まこと", "委員長"),
    Speaker("白鳥委員", "白鳥 由紀", "委員"),
    Speaker("三谷委員", "三谷 一", "委員"),
    Speaker("三谷委員", "三谷 二三子", "委員"),
    Speaker("事務局", "野間 進", "課長"),
    Speaker("実施機関", "真壁 香", "税務課長"),
    Speaker("実施機関", "江藤 光", "情報課長"),
)
OTHER_ITEMS = (
    Item("a", "議案", "議案第25号", "海原市の税の事務の評価書について"),
    Item("b", "議案", "議案第26号", "海原市の年金の事務の評価書について"),
    Item("c", "報告", "(1)", "海原市の紛失の報告について"),
    Item("d", "その他", "(1)", "次年度の予定について"),
)


def told(lines: Sequence[str], known: dict[str, str] | None = None) -> list[tuple[str, str, str]]:
    """(item, speaker, text) of each entry."""
    reading = read(lines, OTHER_ROSTER, OTHER_ITEMS, known)
    return [(each.item, each.speaker, each.text) for each in reading.spoken]


def _picked(words: str) -> st.SearchStrategy[str]:
    return st.sampled_from([*words.split("|"), "", " ", "　", "\t"])


LABELS = (
    "議長|白鳥委員|三谷 一|白烏委員|実施機関（税務課）|話者1|林委員|○議長|【議長】|<v 白鳥>|時間"
)
BEGINNINGS = "：|13:30 |(1) |（|〔|「|00:01:02 |[00:12]|・|<b>|- |議案第25号 |報告(1)|）|】|:"
ENDINGS = "。|）|〕|」|？|（拍手）|〔退室〕|</b>| - 3 -|議長：|それでは、議案第25号に入ります。"
MARKS = "- 2 -|7|00:00:01.000 --> 00:00:02.000|1 開 会|２ 議 題|その他|報告事項|WEBVTT"
LINES = st.lists(
    st.tuples(_picked(LABELS), _picked(BEGINNINGS), _picked(ENDINGS)) | _picked(MARKS), max_size=12
)


@settings(max_examples=300)
@given(LINES, st.booleans())
def test_nothing_that_is_said_is_lost_or_said_twice(
    parts: list[tuple[str, str, str] | str], is_known: bool
) -> None:
    """However labels, clocks, brackets and marks of files stand around it."""
    lines = []
    for number, part in enumerate(parts):
        if isinstance(part, tuple):
            label, begins, ends = part
            part = f"{label}{begins}言が{number}番{ends}"
        lines.append(part)
    known = {"話者1": "議長"} if is_known else {}
    reading = read(lines, OTHER_ROSTER, OTHER_ITEMS, known)
    came = [each.speaker + each.text for each in reading.spoken]
    came += [left.text for left in reading.left]
    for number, line in enumerate(lines):
        said = f"言が{number}番"
        assert "\n".join(came).count(said) == (said in line), line
    # What is not in the reading is a label with its marks, and its line is one of the reading.
    assert len(letters("".join(each.text for each in reading.spoken))) <= len(
        letters("".join(lines))
    )
    covered = {number for each in reading.spoken for number in each.lines}
    covered |= {left.line for left in reading.left}
    assert covered >= {
        number for number, line in enumerate(lines, 1) if f"言が{number - 1}番" in line
    }


def test_what_happens_beside_a_label_is_a_direction_or_text_and_never_a_label() -> None:
    reading = read(["議長（挙手を数える）", "三谷委員：（拍手）"], OTHER_ROSTER, OTHER_ITEMS)
    came = [each.text for each in reading.spoken] + [left.text for left in reading.left]
    assert sorted(came) == ["三谷委員", "議長（挙手を数える）", "（拍手）"]


def test_subtitles_without_blank_lines_keep_all_that_is_said() -> None:
    lines = ["1", CLOCKS, "議長：一つ目。", CLOCKS, "二つ目。", "3", CLOCKS, "三つ目。"]
    assert told(lines) == [(OPENING, "議長", "一つ目。二つ目。三つ目。")]


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


def test_another_town_goes_through_its_agenda_by_the_words_of_the_chair() -> None:
    """Numbers that run over the year, offices by title, an item of the kind その他."""
    assert told(
        [
            "事務局　開会します。",
            "議長　では、議案第二十五号に入ります。",
            "江藤情報課長：御説明します。",
            "三谷委員　伺います。",
            "議長　了承とします。",
            "次の議案に移ります。",
            "委員長　次に、報告事項に入ります。報告の(1)をお願いします。",
            "大槻委員長　続きまして、その他に入ります。",
        ]
    ) == [
        (OPENING, "事務局", "開会します。"),
        ("a", "議長", "では、議案第二十五号に入ります。"),
        ("a", "実施機関", "御説明します。"),
        ("a", "三谷委員", "伺います。"),
        ("a", "議長", "了承とします。"),
        ("b", "議長", "次の議案に移ります。"),
        ("c", "議長", "次に、報告事項に入ります。報告の(1)をお願いします。"),
        ("d", "議長", "続きまして、その他に入ります。"),
    ]


def test_two_of_one_name_are_nobody_of_them_and_said_so() -> None:
    one = read(["三谷委員：伺います。"], OTHER_ROSTER, OTHER_ITEMS).spoken[0]
    assert (one.speaker, one.person) == ("三谷委員", "")
    assert one.doubts == ("「三谷委員」は名簿に2人います。",)


@pytest.mark.parametrize(
    ("lines", "speaker", "text"),
    [
        (["話者1 00:00:03", "はい。"], "議長", "はい。"),
        (["話者1  0:03 はい。"], "議長", "はい。"),
        (["話者1 [00:03]：はい。"], "議長", "はい。"),
        (["白鳥委員 [00:01:02]", "はい。"], "白鳥委員", "はい。"),
        (["白鳥委員 0:01:02 はい。"], "白鳥委員", "はい。"),
        (["白鳥委員　13:30 から再開です。"], "白鳥委員", "13:30 から再開です。"),
        (["白鳥委員：14:05 に終わります。"], "白鳥委員", "14:05 に終わります。"),
        (["白鳥委員 1:1 で話します。"], "白鳥委員", "1:1 で話します。"),
    ],
)
def test_a_clock_beside_a_label_goes_and_a_time_that_is_said_stays(
    lines: list[str], speaker: str, text: str
) -> None:
    assert told(lines, {"話者1": "議長"}) == [(OPENING, speaker, text)]


def test_lines_of_a_list_are_paragraphs_of_the_speech() -> None:
    lines = ["実施機関：次の二点です。", "(1) 海原市の保管", "(2) 消去", "以上です。"]
    text = "次の二点です。\n(1) 海原市の保管\n(2) 消去\n以上です。"
    assert told(lines) == [(OPENING, "実施機関", text)]


@given(st.sampled_from(["あの件", "その他", "まあまあ", "ええ、そう", "こういう", "なんかい"]))
def test_a_filler_never_goes_out_of_a_word(word: str) -> None:
    text = f"では、{word}です。{word}は。"
    kept, gone = without_fillers(f"えー、{text}まあ、その、")
    assert kept == text
    assert gone == ((0, 3), (3 + len(text), 9 + len(text)))
