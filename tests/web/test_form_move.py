"""A document moves to a newer form (R30) in 白波市, after the forms of 令和6年10月 came: what moves
is shown first, a choice without a place is decided, nothing of it is shown as an edit, what was
written on the old form meanwhile is not lost, and one click takes it back."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import openpyxl
import pytest

from pia import forms
from pia.actions import sources
from pia.documents.workbook_out import writer
from pia.domain.document import items
from pia.domain.revise.form_move import migrate
from pia.store.upkeep import fsck

from .. import shared
from ..conftest import workplace_at
from .client import expect_no_words, expect_problem, expect_words
from .second_town import BASIC_FORM, MAIN_FORM, Town, begin, settle, stay_signed_in

MAIN, BASIC = "vaccine~r6-1", "vaccine-basic~r6-1"
NEW_MAIN, NEW_BASIC = "all_item@令和6年10月", "basic_item@令和6年10月"
KINDS = "II/接種記録ファイル/2/4/a2"
FOUR = "4情報（氏名、性別、生年月日、住所）"
FIVE = "5情報（氏名、氏名の振り仮名、性別、生年月日、住所）"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    stay_signed_in(monkeypatch)
    shutil.copy(shared.blank(), tmp_path / "pia.db")
    town = settle(workplace_at(f"sqlite:///{tmp_path / 'pia.db'}"))
    town.at("2024-09-20T09:00")
    begin(town, "vaccine", "r6-1", "予約システムの更新", "システムの更新")
    return town


def kinds_of(town: Town) -> str:
    """The path of the item that lists the kinds of records of the file."""
    source = sources.read_ref(town.wp, MAIN)
    item = source.form.by_id["II-2-4-a2"]
    file = source.tree.find(("II",))
    assert file is not None
    return "/".join((item.path[0], file.children[0].key, *item.path[1:]))


def answered(town: Town, path: str, where: str = MAIN) -> object:
    """What an item of a line says now."""
    item = sources.read_ref(town.wp, where).tree.find(tuple(path.split("/")))
    return items.to_plain(item) if item is not None else None


def test_a_move_is_seen_first_decided_and_no_edit(town: Town) -> None:
    path = kinds_of(town)
    here = f"/lines/{MAIN}/items/{path}"
    town.do("ogata", here, here, {"o0": "1", "o1": "1", "why": "書いていなかった"})
    assert answered(town, path) == [FOUR, "連絡先（電話番号等）"]
    expect_no_words(town.person("ogata").get(f"/rounds/{MAIN}"), "新しい様式に移す")
    # a round that is to be submitted after the new form begins says so before
    begin(town, "allowance", "r6-1", "窓口の統合", "窓口の統合", "2024-11-01")
    early = town.person("ogata").get("/rounds/allowance~r6-1")
    expect_words(early, "新しい様式に移す", "に提出するときの様式は令和6年10月のものです")
    town.at("2024-10-01T09:00")
    expect_words(town.person("ogata").get(f"/rounds/{MAIN}"), "新しい様式に移す")
    expect_words(town.person("ogata").get(f"/rounds/{BASIC}"), "新しい様式に移す")
    # what was written before the move, on a page and in a workbook that is out
    elsewhere = "/lines/" + MAIN + "/items/I/1/2"
    typed = {"text": "予約を受け、通知を送る。", "why": "修正"}
    early = town.person("ogata")
    to, sent = early.filled(elsewhere, elsewhere, typed)
    book = openpyxl.load_workbook(
        io.BytesIO(town.person("ogata").download(f"/assessments/{MAIN}/export.xlsx"))
    )
    for sheet in book:
        for cell in (cell for row in sheet.iter_rows() for cell in row):
            if cell.value == "職員に毎年研修を行う。":
                cell.value = "研修を年2回行う。"
    returned = io.BytesIO()
    book.save(returned)
    returned.seek(0)

    move = f"/lines/{MAIN}/form"
    page = town.person("ogata").get(move)
    expect_words(page, "移す先のない記載", FOUR, FIVE)
    refused = town.person("ogata").post(move, move, {"place_0": ""}, status=422)
    expect_problem(refused, "選んでください")
    assert sources.read_ref(town.wp, MAIN).form.id == MAIN_FORM
    before = sources.read_ref(town.wp, MAIN).ref
    town.do("ogata", move, move, {"place_0": FIVE})
    after = sources.read_ref(town.wp, MAIN)
    assert after.form.id == NEW_MAIN
    assert answered(town, path) == [FIVE, "連絡先（電話番号等）"]
    compared = town.person("ogata").get(f"/compare?old={before}&new={after.ref}")
    expect_words(compared, "様式の版が違います", "違いはありません")
    expect_no_words(compared, "対応する欄（選択肢）がありません")
    expect_words(town.person("ogata").get(f"/lines/{MAIN}/earlier"), "様式の移行")

    # nothing of it is lost: the page that was open, and the workbook
    early.send(to, sent)
    assert answered(town, "I/1/2") == "予約を受け、通知を送る。"
    about = {"files": (returned, "返送.xlsx"), "into": MAIN, "why": "返送"}
    town.person("ogata").bring(about)
    now = sources.read_ref(town.wp, MAIN)
    assert now.form.id == NEW_MAIN
    assert answered(town, "IV/3") == "研修を年2回行う。"
    assert answered(town, path) == [FIVE, "連絡先（電話番号等）"]

    # the change table tells what was written, not what the new form words otherwise
    table = town.read("ogata", f"/rounds/{MAIN}")
    assert "変更箇所" in table
    rows = town.person("ogata").get(f"/compare?old=vaccine@1&new={now.ref}")
    expect_words(rows, "予約を受け", "年2回")
    expect_no_words(rows, FOUR)

    # back: the saves after the move first, then the move itself
    back = f"/lines/{MAIN}/earlier"
    moved = {"what": "save", "version": after.ref}
    refused = town.person("ogata").post(back, back, pick=moved, status=409)
    expect_words(refused, "様式の移行は、そのまま取り消せません。")
    for ref in (now.ref, f"vaccine@{after_seq(after.ref) + 1}"):
        town.do("ogata", back, back, pick={"what": "save", "version": ref})
    town.do("ogata", back, back, pick=moved)
    assert (
        sources.read_ref(town.wp, MAIN).tree.digest == sources.read_ref(town.wp, before).tree.digest
    )
    assert answered(town, path) == [FOUR, "連絡先（電話番号等）"]
    town.do("ogata", f"/lines/{MAIN}/form", f"/lines/{MAIN}/form", {"place_0": "-"})
    assert answered(town, path) == ["連絡先（電話番号等）"]
    compared = town.person("ogata").get(f"/compare?old={before}&new={MAIN}")
    expect_words(compared, FOUR, "対応する欄（選択肢）がありません")
    assert not fsck.check(town.wp.store, deep=True)


def after_seq(ref: str) -> int:
    return int(ref.split("@")[1])


def test_new_items_are_named_and_a_book_on_the_new_form_moves_the_text(town: Town) -> None:
    town.at("2024-10-07T09:00")
    move = f"/lines/{BASIC}/form"
    page = town.person("ogata").get(move)
    expect_words(
        page, "人手を介在させる作業", "最も優先度が高いと考えられる対策", "ありません。すべて"
    )
    # somebody fills the new form at their desk and sends it as a workbook
    source = sources.read_ref(town.wp, BASIC)
    text, _ = migrate(source.tree, source.form, forms.load(NEW_BASIC))
    new = forms.load(NEW_BASIC)
    reason = items.plain(new.by_id["IV-8-b"], "2人で確かめる。")
    text = items.with_item(new, text, new.by_id["IV-8-b"].path, reason)
    book = io.BytesIO(writer.write(text, new, title="基礎"))
    about = {"files": (book, "新様式.xlsx"), "into": BASIC, "why": "新しい様式で書いた"}
    town.person("ogata").bring(about)
    now = sources.read_ref(town.wp, BASIC)
    assert now.form.id == NEW_BASIC and answered(town, "IV/8/b", BASIC) == "2人で確かめる。"
    assert answered(town, "I/1/2", BASIC) == "対象者の情報を管理し、通知を送付する。"
    expect_no_words(town.person("ogata").get(f"/rounds/{BASIC}"), "新しい様式に移す")
    refused = town.person("ogata").get(move, 404)
    expect_words(refused, "最も新しい様式で書かれています。")
    # an old book of the same document, typed on elsewhere, does not bring the old form back
    form = forms.load(BASIC_FORM)
    purpose = items.plain(form.by_id["I-1-2"], "予約を受け付ける。")
    typed = items.with_item(form, source.tree, ("I", "1", "2"), purpose)
    old = io.BytesIO(writer.write(typed, form, title="基礎"))
    about = {"files": (old, "旧様式.xlsx"), "into": BASIC, "why": "前の様式"}
    town.person("ogata").bring(about)
    assert sources.read_ref(town.wp, BASIC).form.id == NEW_BASIC
    assert answered(town, "I/1/2", BASIC) == "予約を受け付ける。"
    # nor does it take away what it could not ask for
    assert answered(town, "IV/8/b", BASIC) == "2人で確かめる。"
