"""Dates, forms, labels, figures, cards, duties and moves between forms: what a reader is told."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pia import forms, rules
from pia.domain import wareki
from pia.domain.change import describe, figure_words
from pia.domain.change.compare import compare
from pia.domain.change.model import Added, ChangeSet, Place
from pia.domain.document import items, marked
from pia.domain.document.blocks import block
from pia.domain.document.tree import Tree
from pia.domain.errors import PiaError
from pia.domain.procedure import cards as card_rules
from pia.domain.procedure import duties
from pia.domain.revise import form_move, national
from pia.domain.revise.apply import apply

from .trees import a_tree

FIVE = "5情報（氏名、氏名の振り仮名、性別、生年月日、住所）"
FORM = forms.load("all_item@平成30年5月")


@pytest.mark.parametrize(
    ("typed", "iso"),
    [
        ("令和6年7月24日", "2024-07-24"),
        ("令和６年７月２４日", "2024-07-24"),
        ("R6.7.24", "2024-07-24"),
        ("平成30年5月", "2018-05"),
        ("令和元年5月1日", "2019-05-01"),
        ("2024/7/24", "2024-07-24"),
        ("2024-07-24", "2024-07-24"),
        ("2024年7月24日（水）", "2024-07-24"),
        ("昭和64年1月7日", "1989-01-07"),
        ("令和６年４月１日　時点", "2024-04-01"),
        ("平成31年5月1日", None),
        ("令和6年2月30日", None),
        ("未定", None),
        ("令和6年7月24日から", None),
    ],
)
def test_dates_as_offices_write_them(typed: str, iso: str | None) -> None:
    assert wareki.parse(typed) == iso


@given(st.dates(date(1927, 1, 1), date(2099, 12, 31)))
def test_a_written_date_reads_back(day: date) -> None:
    assert wareki.parse(wareki.written(day)) == day.isoformat()


@pytest.mark.parametrize("name", forms.known())
def test_every_form_is_whole(name: str) -> None:
    form = forms.load(name)
    assert form.id == name and form.by_id
    for line in form.walk():
        path = (*(p.key for p in line.parents), line.key)
        assert len({c.key for c in line.children}) == len(line.children)
        assert line.source == "knowledge" or line.source.startswith("src:"), line.id
        assert line.confidence in ("high", "medium", "low")
        assert path[0] == line.id.split("-")[0]
    assert not form.verified, "no blank workbook of the commission was compared yet"


def test_what_the_issue_names_is_in_the_forms() -> None:
    assert {
        "all_item@平成30年5月",
        "all_item@令和6年10月",
        "key_item@平成30年5月",
        "key_item@令和6年10月",
        "basic_item@平成30年5月",
        "basic_item@令和6年10月",
        "plan@令和6年10月",
    } <= set(forms.known())
    for item, material in (
        ("I-1-2", True),
        ("II-6-1", True),
        ("II-6-3", False),
        ("B1-F-1", True),
        ("III-7-R1-9", False),
        ("III-7-R1-5-a", True),
        ("IV-1-2-a", True),
    ):
        assert FORM.by_id[item].material is material, item
    procedure = {n.id for n in FORM.walk() if n.procedure and n.answerable}
    assert {"C-6", "C-7", "VI-1-1", "VI-3-3", "B3"} <= procedure and not procedure & {
        "II-6-1",
        "C-3",
    }
    assert (
        FORM.change_table.id == "B3"
        and forms.load("key_item@平成30年5月").change_table.id == "B2"
        and forms.load("basic_item@令和6年10月").change_table.id == "H"
    )


def test_an_unknown_form_lists_the_known_ones() -> None:
    with pytest.raises(PiaError, match="all_item@平成30年5月"):
        forms.load("all_item@平成99年1月")


ANSWERS = {
    ("II", "file-nhi", "1"): "国保給付ファイル",
    ("II", "file-nhi", "6", "1"): "＜中間サーバーにおける措置＞\n本文",
    ("II", "file-nhi", "4", "T", "ops", "0"): "レセプト点検",
    ("II", "file-nhi", "4", "T", "ops", "1"): "点検を委託する。",
    ("III", "file-nhi", "7", "R1", "5", "a"): "施錠している。",
    ("IV", "1", "2", "a"): "年1回監査する。",
}


def said(**changed: str) -> dict[str, describe.DescribedChange]:
    old = items.build(FORM, ANSWERS.items())
    new = items.build(
        FORM, {**ANSWERS, **{tuple(k.split("/")): v for k, v in changed.items()}}.items()
    )
    return {s.item: s for s in describe.describe(FORM, compare(old, new), old, new)}


def test_labels_and_citations_name_the_file_and_every_heading() -> None:
    found = said(
        **{
            "II/file-nhi/6/1": "＜中間サーバーにおける措置＞\n本文\n"
            "＜ガバメントクラウドにおける措置＞\n①追加",
            "III/file-nhi/7/R1/5/a": "二重に施錠している。",
            "IV/1/2/a": "年2回監査する。",
            "II/file-nhi/4/T/ops/1": "点検と集計を委託する。",
        }
    )
    assert (
        found["II-6-1"].label
        == "Ⅱ（国保給付ファイル）６．①保管場所 ＜ガバメントクラウドにおける措置＞"
    )
    assert (
        found["II-6-1"].citation
        == "Ⅱ特定個人情報ファイルの概要（国保給付ファイル）　6．特定個人情報の保管・消去　①保管場所"
    )
    assert (found["II-6-1"].material, found["II-6-1"].basis) == (True, "※ Ⅱ６①")
    assert (
        found["III-7-R1-5-a"].label
        == "Ⅲ（国保給付ファイル）７．リスク１：⑤物理的対策 具体的な対策の内容"
    )
    assert found["IV-1-2-a"].label == "Ⅳ１．②監査 具体的な内容"
    assert found["II-4-T-1"].label == "Ⅱ（国保給付ファイル）４．委託事項１（レセプト点検）①委託内容"


def test_a_place_the_form_does_not_have_is_said_without_its_keys() -> None:
    form = forms.load("all_item@平成30年5月")
    known = describe.label(form, ("IV", "99"), {})
    assert known.startswith("Ⅳ") and known.endswith("（様式にない欄）") and "99" not in known
    assert describe.label(form, ("nowhere",), {}) == "（様式にない欄）"
    with pytest.raises(
        PiaError, match=r"^様式「.*」の「その他のリスク対策」に、その項目はありません。$"
    ):
        items.item_at(form, ("IV", "99"))


def test_the_same_change_in_two_files_has_one_fingerprint() -> None:
    a = said(**{"II/file-nhi/6/1": ANSWERS["II", "file-nhi", "6", "1"] + "\n＜雲＞\n同文"})[
        "II-6-1"
    ]
    other = {("II", "file-x", *p[2:]) if p[0] == "II" else p: v for p, v in ANSWERS.items()}
    old = items.build(FORM, other.items())
    new = items.build(
        FORM,
        {
            **other,
            ("II", "file-x", "6", "1"): other["II", "file-x", "6", "1"] + "\n＜雲＞\n同文",
        }.items(),
    )
    b = describe.describe(FORM, compare(old, new), old, new)[0]
    assert a.fingerprint == b.fingerprint
    cards = card_rules.cards({"one": [a], "two": [b]})
    assert len(cards) == 1 and cards[0].shared and set(cards[0].places) == {"one", "two"}


def shapes(*more: tuple[str, str, int, int]) -> dict:
    base = [("box", "市民", 0, 0), ("box", "窓口", 300, 0), ("box", "システム", 600, 300)]
    return {
        "shapes": [
            {"type": t, "text": w, "x": x, "y": y, "w": 90, "h": 40}
            for t, w, x, y in (*base, *more)
        ]
    }


@pytest.mark.parametrize(
    ("x", "y", "place"),
    [(600, 0, "右上"), (0, 300, "左下"), (300, 150, "中央"), (0, 150, "左"), (300, 300, "下")],
)
def test_a_label_added_to_a_figure_is_said_with_its_place(x: int, y: int, place: str) -> None:
    path = ("B1", "F", "f", "1")
    old, new = (
        items.build(FORM, [(path, s)]) for s in (shapes(), shapes(("label", "口座情報", x, y)))
    )
    described = describe.describe(FORM, compare(old, new), old, new)
    assert [s.where for s in described] == [f"図の{place}に「口座情報」を追加"]
    assert figure_words.extent(new.find(path)) == (0, 0, 690, 340)


def figure(*shapes: tuple[str, str, int, int, int, int]) -> Tree:
    """A document whose only answer is a figure of these shapes: type, words, left, top, width,
    height."""
    names = ("type", "text", "x", "y", "w", "h")
    drawn = [dict(zip(names, shape, strict=True)) for shape in shapes]
    return items.build(FORM, [(("B1", "F", "f", "1"), {"shapes": drawn})])


CITIZEN, DESK = ("box", "市民", 0, 0, 90, 40), ("box", "市民課の窓口", 300, 0, 90, 40)
FAR = ("box", "システム", 600, 300, 90, 40)


@pytest.mark.parametrize(
    ("drawn", "sentence"),
    [
        ((CITIZEN, FAR), "図の上の「市民課の窓口」を削除"),
        ((DESK, CITIZEN, FAR), "図の「市民課の窓口」の重なり順を変更"),
        (
            (CITIZEN, ("box", "市民課の新しい窓口", 300, 0, 90, 40), FAR),
            "図の上の「市民課の窓口」を「市民課の新しい窓口」に変更",
        ),
        (
            (CITIZEN, ("box", "市民課の窓口", 0, 300, 90, 40), FAR),
            "図の「市民課の窓口」の位置を上から左下に変更",
        ),
        (
            (CITIZEN, ("box", "市民課の窓口", 300, 0, 95, 44), FAR),
            "図の上の「市民課の窓口」の位置・大きさを変更",
        ),
    ],
)
def test_what_was_done_to_a_shape_is_said(drawn: tuple[Any, ...], sentence: str) -> None:
    old, new = figure(CITIZEN, DESK, FAR), figure(*drawn)
    (described,) = describe.describe(FORM, compare(old, new), old, new)
    assert described.where == sentence


def test_duties_say_effort_and_end_after_three_years() -> None:
    data = rules.load("rules")
    due = duties.duties(date(2020, 2, 29), None, None, date(2024, 3, 1), data)
    assert [(d.due, d.state) for d in due] == [
        (date(2021, 2, 28), "over"),
        (date(2025, 2, 27), "soon"),
    ]
    assert all("努力義務" in d.sentence for d in due)
    ended = duties.duties(date(2020, 4, 1), None, date(2024, 3, 31), date(2024, 4, 1), data)
    assert [(d.rule, d.due) for d in ended] == [("R18", date(2027, 3, 31))]


def test_moving_to_another_form_lists_what_has_no_place() -> None:
    new = forms.load("all_item@令和6年10月")
    tree = items.build(
        FORM,
        {
            **ANSWERS,
            ("II", "file-nhi", "2", "4", "a", "a2"): [
                "4情報（氏名、性別、生年月日、住所）",
                "連絡先（電話番号等）",
            ],
            ("C", "8"): "[平成30年5月　様式4]",
        }.items(),
    )
    moved, left = form_move.migrate(tree, FORM, new)
    assert [(u.why, u.answer) for u in left] == [
        ("no option", "4情報（氏名、性別、生年月日、住所）")
    ]
    answers = dict(items.answers(moved))
    assert ("C", "8") not in answers and moved.form == "all_item@令和6年10月"
    assert {p: a for p, a in answers.items() if p in ANSWERS} == ANSWERS
    # and as a person decides, with the mark of 非公表 on the choice under its new words
    placed = (form_move.PlacedAnswer(left[0].path, left[0].option, FIVE),)
    moved, left = form_move.migrate(tree, FORM, new, placed=placed)
    assert not left and dict(items.answers(moved))[placed[0].path] == [FIVE, "連絡先（電話番号等）"]
    kept = form_move.kept_with(FORM, placed)
    assert form_move.placed_in([None, {"national": "x"}, kept]) == placed
    assert form_move.placed_in([kept, form_move.kept_with(FORM, ())]) == ()


def test_every_generated_tree_moves_to_its_own_form_unchanged() -> None:
    for seed in range(20):
        tree = a_tree(random.Random(seed))
        moved, left = form_move.migrate(tree, FORM, FORM)
        assert all(u.why == "no option" for u in left)
        if not left and not tree.find(("C", "8")):
            assert moved == tree


def test_a_revision_says_what_it_lacks() -> None:
    with pytest.raises(PiaError, match="国の記載例の title がない"):
        national.parse({"id": "x"})
    with pytest.raises(PiaError, match="II-6-1"):
        national.parse(
            {
                "id": "x",
                "title": "t",
                "issuer": "i",
                "edition": "e",
                "reason": "r",
                "places": [{"item": "II-6-1"}],
            }
        )


def test_a_wording_change_must_meet_one_place() -> None:
    tree = items.build(FORM, ANSWERS.items())
    path = ("II", "file-nhi", "6", "1", "中間サーバーにおける措置")
    with pytest.raises(PiaError, match="0回"):
        national.substituted(FORM, tree, path, "ない語句", "x")
    with pytest.raises(PiaError, match="がありません"):
        national.substituted(FORM, tree, (*path[:-1], "ない措置"), "本文", "x")
    assert len(national.substituted(FORM, tree, path, "本文", "新しい本文").changes) == 1


def test_a_heading_in_new_words_begins_a_block_of_its_own() -> None:
    tree = items.build(FORM, ANSWERS.items())
    path = ("II", "file-nhi", "6", "1", "中間サーバーにおける措置")
    words = "本文\n＜バックアップ＞\n別の施設に置く。"
    changes = national.substituted(FORM, tree, path, "本文", words)
    revised = apply(tree, changes, FORM).tree
    keys = [leaf.key for leaf in revised.find(path[:-1]).leaves]
    before = [leaf.key for leaf in tree.find(path[:-1]).leaves]
    place = before.index(path[-1])
    assert keys == [*before[: place + 1], "バックアップ", *before[place + 1 :]]
    assert items.build(FORM, items.answers(revised)) == revised


def test_new_words_keep_the_marks_beside_them_and_never_uncover_any() -> None:
    tree = items.build(FORM, ANSWERS.items())
    path = ("II", "file-nhi", "6", "1", "中間サーバーにおける措置")
    text = items.text_of(tree.find(path[:-1]))
    start = text.index("本文")
    marks = [{"start": start, "end": start + 2, "reason": "防犯"}]
    withheld = {**ANSWERS, path[:-1]: {"answer": text, "withheld": marks}}
    tree = items.build(FORM, withheld.items())
    with pytest.raises(PiaError, match="非公表部分の印"):
        national.substituted(FORM, tree, path, "本文", "新しい文")
    longer = national.substituted(FORM, tree, path, "本文", "まず、本文")
    revised = apply(tree, longer, FORM).tree
    (mark,) = marked.of_item(revised.find(path[:-1]))
    words = items.text_of(revised.find(path[:-1]))
    assert words[mark["start"] : mark["end"]] == "本文"


def test_a_text_without_heading_goes_before_all_headings() -> None:
    path = ("II", "file-nhi", "6", "1")
    headed = {**ANSWERS, path: "＜雲＞\n同文"}
    tree = items.build(FORM, headed.items())
    lead = Place(path, "雲", 1)
    added = Added("block", (*path, ""), block("前書き"), lead)
    revised = apply(tree, ChangeSet(FORM.id, FORM.id, (added,)), FORM).tree
    assert items.build(FORM, items.answers(revised)) == revised
