"""Marks for every kind of answer: they come back, they are changes of their own, they are never
dropped, and no public reading says what lies under them.

On the state before these marks (ce97f88) only a range of a text could be marked: every case here
but `range` fails there, and so do the tests of a text that was public before (issue 12, D).
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from pia import forms
from pia.documents.text import interchange
from pia.domain.change.compare import compare
from pia.domain.change.describe import describe
from pia.domain.document import items, marked
from pia.domain.document.tree import Path, Tree, walk
from pia.domain.errors import PiaError
from pia.domain.procedure.change_table import prove, rows
from pia.domain.revise.apply import apply
from pia.domain.revise.form_move import migrate
from pia.domain.revise.replay import replay
from pia.domain.withheld import occurrences
from pia.domain.withheld.kept import carried, secrets
from pia.domain.withheld.public_reading import PublicReading, public, side_by_side

FORM = forms.load("all_item@平成30年5月")
WHY = {"reason": "警備のため", "ground": "SECURITY"}
SECRET = "潮見第二倉庫"
FIG: Path = ("B1", "F", "g", "1")
NOTE = next(o.label for o in FORM.by_id["II-3-2"].options if o.free)
# kind of mark -> (path, answer, where it lies)
KINDS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "range": ("IV/3", f"鍵は{SECRET}に置く。", {"start": 2, "end": 8}),
    "text": ("IV/3", f"鍵は{SECRET}に置く。", {}),
    "name": ("II/f/4/T/t/0", SECRET, {"start": 0, "end": 6}),
    "entry": ("II/f/4/T/t", None, {}),
    "row": ("B2/F/f/1", [{"cells": ["1", "氏名"]}, {"cells": ["2", SECRET]}], {"row": 1}),
    "cell": (
        "B2/F/f/1",
        [{"cells": ["1", "氏名"]}, {"cells": ["2", SECRET]}],
        {"row": 1, "cell": 1},
    ),
    "table": ("B2/F/f/1", [{"cells": ["1", SECRET]}], {}),
    "words of a part": (
        "/".join(FIG),
        {"shapes": [{"type": "box", "text": SECRET, "x": 0, "y": 0, "w": 90, "h": 30}]},
        {"part": 0, "of": "words"},
    ),
    "part": (
        "/".join(FIG),
        {"shapes": [{"type": "arrow", "text": SECRET, "x": 90, "y": 0, "w": -80, "h": 0}]},
        {"part": 0},
    ),
    "figure": (
        "/".join(FIG),
        {"shapes": [{"type": "label", "text": SECRET, "x": 0, "y": 0, "w": 90, "h": 30}]},
        {},
    ),
    "note": ("II/f/3/2", [{NOTE: SECRET}], {"option": NOTE, "of": "note"}),
    "choice": ("II/f/3/2", [{NOTE: SECRET}], {"option": NOTE}),
    "choice_one": ("I/1/3", SECRET, {}),
    "date": ("C/7", f"令和6年4月1日{SECRET}", {}),
    "number": ("II/f/4/0", f"12{SECRET}", {}),
    "yes_no": ("III/f/4/0", True, {}),
}
BESIDE = {
    "II/f/1": "名簿",
    "II/f/4/T/t/0": "発送",
    "II/f/4/T/t/1": "封入と発送を任せる。",
    "IV/3": "研修を行う。",
    "B1/F/g/0": "流れ",
}


def answers(kind: str, mark: bool) -> list[tuple[Path, Any]]:
    path, answer, at = KINDS[kind]
    said = dict(BESIDE)
    if answer is not None:
        said[path] = answer
    else:
        said["II/f/4/T/t/1"] = f"{SECRET}への発送を任せる。"
    pairs: list[tuple[Path, Any]] = [(tuple(p.split("/")), a) for p, a in said.items()]
    if not mark:
        return pairs
    spot = tuple(path.split("/"))
    if answer is None:
        return [(spot, {"withheld": [{**at, **WHY}]}), *pairs]
    return [(p, marked.with_marks(a, [{**at, **WHY}]) if p == spot else a) for p, a in pairs]


def tree(kind: str, mark: bool = True) -> Tree:
    return items.build(FORM, answers(kind, mark))


def everything(tree_read: Tree) -> str:
    """All a document says, its keys too."""
    return json.dumps([[list(p), n.value] for p, n in walk(tree_read)], ensure_ascii=False)


each = pytest.mark.parametrize("kind", KINDS)


@each
def test_a_mark_comes_back_with_its_answer(kind: str) -> None:
    made = tree(kind)
    assert made != tree(kind, False)
    assert items.build(FORM, items.answers(made)) == made
    assert interchange.read(interchange.write(made)).tree == made


@each
def test_releases_before_refuse_the_file_and_this_one_drops_nothing(kind: str) -> None:
    raw = json.loads(interchange.write(tree(kind)))
    ranges = kind in ("range", "name")
    assert raw["format"] == ("pia-assessment/1" if ranges else "pia-assessment/2")
    if not ranges:
        with pytest.raises(PiaError):
            interchange.read(
                json.dumps({**raw, "format": "pia-assessment/1", "digest": None}).encode()
            )
    assert json.loads(interchange.write(tree(kind, False)))["format"] == "pia-assessment/1"


@each
def test_putting_on_and_taking_off_are_changes_of_their_own(kind: str) -> None:
    open_, closed = tree(kind, False), tree(kind)
    for old, new, said in ((open_, closed, "非公表にした"), (closed, open_, "公表にした")):
        cs = compare(old, new)
        assert replay(old, cs, FORM) == new
        (only,) = describe(FORM, cs, old, new)
        assert only.marking == said and only.only_marks and only.change.kind == "modified"
        assert not prove(FORM, old, new, rows(FORM, old, new))
        assert apply(old, dataclasses.replace(cs, old_digest="", new_digest=""), FORM).tree == new


@each
def test_a_document_without_marks_gets_them_back(kind: str) -> None:
    carried_tree, lost = carried(tree(kind, False), tree(kind))
    assert carried_tree == tree(kind) and not lost


@each
def test_marks_stay_when_others_write_elsewhere(kind: str) -> None:
    """Three-way: they wrote on what was open, a mark was put on meanwhile; and the other way
    round."""
    elsewhere = items.build(FORM, [*answers(kind, False), (("V", "1", "1"), "文書課")])
    theirs = dataclasses.replace(
        compare(tree(kind, False), elsewhere), old_digest="", new_digest=""
    )
    got = apply(tree(kind), theirs, FORM)
    assert not got.conflicts and set(secrets(got.tree)) == set(secrets(tree(kind)))


def test_words_and_marks_of_two_people_meet_in_one_block() -> None:
    base = items.build(FORM, [(("IV", "3"), "鍵は北棟に置く。記録を残す。")])
    words = items.build(FORM, [(("IV", "3"), "鍵は北棟に置く。操作の記録を残す。")])
    mark = items.build(
        FORM,
        [
            (
                ("IV", "3"),
                {
                    "text": "鍵は北棟に置く。記録を残す。",
                    "withheld": [{"start": 2, "end": 4, **WHY}],
                },
            )
        ],
    )
    both = items.build(
        FORM,
        [
            (
                ("IV", "3"),
                {
                    "text": "鍵は北棟に置く。操作の記録を残す。",
                    "withheld": [{"start": 2, "end": 4, **WHY}],
                },
            )
        ],
    )
    for head, new in ((mark, words), (words, mark)):
        got = apply(
            head, dataclasses.replace(compare(base, new), old_digest="", new_digest=""), FORM
        )
        assert not got.conflicts and got.tree == both


@each
def test_a_mark_goes_along_to_another_form(kind: str) -> None:
    moved, left = migrate(tree(kind), FORM, forms.load("all_item@令和6年10月"))
    assert bool(left) == (not any(marked.of_value(n.value) for _, n in walk(moved)))


@each
def test_the_public_reading_says_nothing_of_it(kind: str) -> None:
    reading = public(FORM, tree(kind))
    assert SECRET not in everything(reading) and not secrets(reading)
    assert "【非公表】" in everything(reading)
    assert all(not marked.of_value(n.value) for _, n in walk(reading))
    interchange.read(interchange.write(reading))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "yes_no"])  # it has no words
def test_marking_published_words_does_not_print_them(kind: str) -> None:
    """Issue 12, D: the redline showed 【削除】the words. Both sides say 【非公表】 now, and the
    change is that it was done."""
    old, new = side_by_side(FORM, tree(kind, False), tree(kind))
    described = describe(FORM, compare(old, new), old, new)
    assert SECRET not in everything(old) + everything(new) + "".join(map(str, described))
    assert any(s.marking == "非公表としました" for s in described) or kind in (
        "entry",
        "name",
        "part",
    ), described
    plain = describe(FORM, compare(tree(kind, False), public(FORM, tree(kind))), tree(kind, False))
    assert kind in ("entry", "name") or SECRET in "".join(map(str, plain)), (
        "the control: without the projection of what was before, it is printed"
    )


def test_words_edited_when_they_were_marked_are_not_printed_either() -> None:
    before = items.build(
        FORM, [(("IV", "3"), "鍵は北棟の地下二階に置く。"), (("V", "1", "1"), "北棟の地下二階")]
    )
    after = items.build(
        FORM,
        [
            (
                ("IV", "3"),
                {"text": "鍵は南棟の三階に置く。", "withheld": [{"start": 2, "end": 7, **WHY}]},
            )
        ],
    )
    old, _ = side_by_side(FORM, before, after)
    assert "北棟" not in items.text_of(old.find(("IV", "3"))) and "地下" not in items.text_of(
        old.find(("IV", "3"))
    )


def test_an_entry_whose_name_is_withheld_has_another_key() -> None:
    """Keys are made from names: whoever guesses the name could tell."""
    from pia.documents.workbook_in.entry_keys import derived_key

    key = derived_key("trust", SECRET, 1)
    carried_tree = items.build(
        FORM,
        [
            (("II", "f", "1"), "名簿"),
            (
                ("II", "f", "4", "T", key, "0"),
                {"text": SECRET, "withheld": [{"start": 0, "end": 6, **WHY}]},
            ),
            (("II", "f", "4", "T", key, "1"), "任せる。"),
        ],
    )
    assert key in everything(carried_tree) and key not in everything(public(FORM, carried_tree))


def test_a_public_reading_is_made_nowhere_else() -> None:
    full, reading = tree("range"), public(FORM, tree("range"))
    for attempt in (
        lambda: PublicReading(full.form, full.children),
        lambda: PublicReading(full.form, full.children, door=object()),
        lambda: dataclasses.replace(reading, children=full.children),
    ):
        with pytest.raises(TypeError):
            attempt()


@pytest.mark.parametrize("twin", [SECRET, "潮見 第二\n倉庫", "潮見第２倉庫", "しおみ第二倉庫"])
def test_the_same_words_elsewhere_are_found(twin: str) -> None:
    marked_ = tree("range")
    beside = items.build(
        FORM,
        [
            (("V", "1", "1"), f"窓口は{twin}である。"),
            (("II", "f", "3", "2"), [{NOTE: twin}]),
            *[
                (p, a)
                for p, a in [
                    (("B2", "F", "f", "1"), [{"cells": ["1", twin]}]),
                    (
                        FIG,
                        {"shapes": [{"type": "box", "text": twin, "x": 0, "y": 0, "w": 9, "h": 9}]},
                    ),
                    (("II", "f", "4", "T", "t", "0"), twin),
                ]
            ],
        ],
    )
    hits = occurrences.in_tree(FORM, beside, occurrences.sought(marked_))
    want = 5 if "しお" not in twin and "２" not in twin else 0
    assert len(hits) == want and len({h.path for h in hits}) == want
    assert not occurrences.in_tree(FORM, marked_, occurrences.sought(marked_)), (
        "what is marked is not found again"
    )


def test_near_copies_are_found_and_told_apart() -> None:
    secret = "サーバーは潮見第二倉庫の三階の電算室に置く"
    full = items.build(
        FORM,
        [
            (("IV", "3"), {"text": secret, "withheld": [{"start": 0, "end": len(secret), **WHY}]}),
            (("V", "1", "1"), "サーバは、潮見第二倉庫の3階の電算室に置く。"),
            (("V", "1", "2"), "別の話である。"),
        ],
    )
    (hit,) = occurrences.in_tree(FORM, full, occurrences.sought(full))
    assert hit.near and hit.path == ("V", "1", "1")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("ｼｵﾐ倉庫", "シオミ倉庫"),
        ("しおみ倉庫", "シオミ倉庫"),
        ("ＡＢＣ　棟", "abc棟"),
        ("ガﾞ", "が"),
        ("ｶﾞﾗｽ", "ガラス"),
    ],
)
def test_words_are_found_in_any_writing(text: str, word: str) -> None:
    from pia.domain.text.folding import found

    assert found(text, word)
