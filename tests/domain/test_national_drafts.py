"""A national text in the words of the form: found, written, read back, and corrected."""

from __future__ import annotations

import pytest

from pia import forms, resources
from pia.domain.document import items
from pia.domain.document.texts import text_of
from pia.domain.document.tree import Tree
from pia.domain.errors import Unfit
from pia.domain.revise import national, national_drafts, national_places
from pia.domain.revise.national_drafts import DraftSlot, NationalDraft

FORM = forms.load("all_item@平成30年5月")
KINDS = ("all_item@平成30年5月", "all_item@令和6年10月", "key_item@令和6年10月")
ABOUT = {"title": "保管", "issuer": "某庁", "edition": "第1版", "reason": "移設"}
PLACE = ("II", "f", "6", "1")
OLD = "＜共通の措置＞\n①国内に置く。"
NEW = "＜共通の措置＞\n①国内の二つの施設に置く。"


def text(words: str, key: str = "t", **about: str) -> national.Revision:
    heading, body = national_drafts.apart(words)
    slot = DraftSlot("Ⅱ６①", heading, body)
    raw = national_drafts.raw(NationalDraft(FORM.id, ABOUT, (slot,)), FORM, key)
    return national.parse({**raw, **about})


def document(words: str) -> Tree:
    return items.build(FORM, [(("II", "f", "1"), "台帳"), (PLACE, words)])


@pytest.mark.parametrize("name", KINDS)
def test_each_place_is_found_by_its_words(name: str) -> None:
    form = forms.load(name)
    known = national_places.places(form)
    assert len(known) > 100
    for words, line in known.items():
        assert national_places.find(form, words).line is line
        assert form.at(national_places.path_of(line))[0] is line


def test_a_place_is_found_as_people_write_it_and_never_guessed() -> None:
    kept = FORM.by_id["II-6-1"]
    cited = "Ⅱ 特定個人情報ファイルの概要 6．特定個人情報の保管・消去 ①保管場所"
    for words in ("Ⅱ６①", "II 6 (1) 保管場所", "保管場所", cited):
        assert national_places.find(FORM, words).line is kept, words
    physical = national_places.find(FORM, "Ⅲ７⑤物理的対策（具体的な対策の内容）")
    assert physical.line is FORM.by_id["III-7-R1-5-a"]
    several = national_places.find(FORM, "Ⅱ６")
    assert several.line is None and several.candidates[0] == "Ⅱ６①保管場所"
    assert national_places.find(FORM, "存在しない項目") == national_places.FoundPlace(None)


def test_a_registered_text_is_read_back_as_it_is_written() -> None:
    for name in ("govcloud-2024", "public-account-2024"):
        file = resources.folder("fixtures") / "national" / f"{name}.yaml"
        raw = resources.data(file.read_text("utf-8"))
        draft = national_drafts.of_revision(raw, FORM)
        assert national.parse(national_drafts.raw(draft, FORM, name)) == national.parse(raw)


@pytest.mark.parametrize(
    ("slot", "field", "words"),
    [
        (DraftSlot("Ⅱ６", text="置く。"), "item0", "Ⅱ６②保管期間 期間"),
        (DraftSlot("地下", text="置く。"), "item0", "様式にありません"),
        (DraftSlot("Ⅱ６①"), "text0", "「記載例」を入力"),
        (DraftSlot("Ⅱ６①", text="＜ア＞\n一\n＜イ＞\n二"), "text0", "見出しが2つ以上"),
        (DraftSlot("Ⅱ６①", text="一", taking="text"), "before0", "「変更前の記載」"),
        (DraftSlot("Ⅲ７リスク１：⑤物理的対策", text="とても"), "text0", "十分に行っている"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(slot: DraftSlot, field: str, words: str) -> None:
    with pytest.raises(Unfit) as refused:
        national_drafts.raw(NationalDraft(FORM.id, ABOUT, (slot,)), FORM, "t")
    assert refused.value.field == field and words in str(refused.value)


def test_a_line_of_a_list_is_a_place_for_each_of_its_headings() -> None:
    before = "前文。\n＜ア＞\n一\n＜イ＞\n二"
    slots = national_drafts.of_words("Ⅱ６①", before, "＜ア＞\n一\n＜イ＞\n三\n＜ウ＞\n四", "")
    assert [(slot.heading, slot.taking, slot.before, slot.after) for slot in slots] == [
        ("イ", "text", "二", "ア"),
        ("ウ", "absent", "", "イ"),
    ]
    assert national_drafts.gone(before, "＜ア＞\n一") == ["", "イ"]


def test_a_corrected_text_replaces_what_was_taken_to_the_letter_and_nothing_else() -> None:
    first = text(OLD)
    second = national.following(text(NEW, "u", follows="t"), [first])
    outcomes = {}
    for name, words in {
        "taken": f"前文。\n{OLD}",
        "none": "前文。",
        "changed": OLD.replace("国内", "市内"),
        "corrected": NEW,
    }.items():
        tree, (outcome,) = national.apply_to(second, FORM, document(words), ["f"])
        outcomes[name] = (outcome.status, text_of(tree.find(PLACE)))
    assert outcomes == {
        "taken": ("applied", f"前文。\n{NEW}"),
        "none": ("applied", f"前文。\n{NEW}"),
        "changed": ("conflict", OLD.replace("国内", "市内")),
        "corrected": ("already", NEW),
    }
    ((before, after),) = national.differing(first, second)
    assert before is not None and after is not None and (before.text, after.text) == (OLD, NEW)
