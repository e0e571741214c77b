"""Where else a text is said: planted near copies come first, and nobody is shown what is withheld
from them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from pia import config, forms
from pia.actions.access.person import Person
from pia.actions.editing import versions
from pia.actions.people import registration
from pia.actions.upkeep import search_index
from pia.actions.viewing import alike
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.web.application import create_app

from .. import shared
from . import withheld_story as story
from .client import PageClient

AT = datetime(2027, 1, 5, 9, 0, tzinfo=JST)
OFFICE = By("hamada", "secretariat", AT)
FORM = "all_item@平成30年5月"
ITEM = ("IV", "3")
TEXT = (
    "職員には、採用のとき及び毎年度の初めに、個人番号の取扱いの研修を行う。研修を受けていない者には、"
    "端末の利用者番号を渡さない。委託先には、同じ研修を行うよう契約書に書き、実施の報告を求める。"
)
# What a near copy may have that the text has not, one of each kind.
COPIES = {
    "a-word-more": TEXT.replace("研修を行う。", "研修及び試験を行う。", 1),
    "a-word-less": TEXT.replace("採用のとき及び", ""),
    "another-word": TEXT.replace("端末", "パソコン"),
    "a-sentence-more": TEXT + "欠席した者には、別の日に行う。",
    "a-sentence-less": TEXT[: TEXT.index("委託先には")],
    "sentences-changed-over": TEXT[TEXT.index("委託先には") :] + TEXT[: TEXT.index("委託先には")],
    "numbered": f"①{TEXT}",
    "lines": TEXT.replace("。", "。\n").strip() + "\n以上",
    "another-number": TEXT.replace("毎年度の初めに", "年に2回"),
    "other-ends": TEXT.replace("行う。", "行います。").replace("渡さない", "渡しません"),
}
SAME = {
    "width": TEXT.replace("、", "､"),
    "spaces": TEXT.replace("研修", "研　修"),
}
OTHERS = {
    "decoy-1": "端末の利用者番号は、個人番号の取扱いを終えた日に消す。委託先の者には渡さない。",
    "decoy-2": "契約書には、毎年度の初めに実施の報告を求めることを書き、採用の記録を残す。",
}


def _document(name: str, text: str) -> dict[str, str]:
    return {"C/1": "7", "C/2": f"{name}　全項目評価書", "I/1/1": name, "IV/3": text}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """浜辺町, whose documents say the same in many ways."""
    folder = tmp_path_factory.mktemp("hamabe")
    shutil.copy(shared.blank(), folder / "pia.db")
    wp = shared.workplace_at(f"sqlite:///{folder / 'pia.db'}")
    form = forms.load(FORM)
    for number, (name, text) in enumerate({"origin": TEXT, **COPIES, **SAME, **OTHERS}.items()):
        said = _document(name, text) | {"C/1": str(number + 1)}
        tree = items.build(form, [(tuple(path.split("/")), words) for path, words in said.items()])
        versions.bring_in(wp, OFFICE, name, versions.Brought(tree), why="初めて読み込み")
    account = registration.NewAccount("hamada", "浜田 波", "secretariat", "浜辺町長")
    registration.add_account(wp, OFFICE, account)
    while not search_index.follow(wp).is_whole:
        pass
    yield wp
    wp.store.close()


def _of(wp: Workplace, who: Person, ref: str, path: tuple[str, ...]) -> alike.AlikeTexts:
    return alike.alike(wp, who, AT.date(), ref, path)


def test_near_copies_come_first_and_others_do_not(town: Workplace) -> None:
    found = _of(town, Person("hamada", "", "secretariat"), "origin", ITEM)
    assert {text.ref for text in found.equal} == set(SAME)
    near = [text.ref for text in found.near]
    assert set(near[: len(COPIES)]) == set(COPIES), near
    likeness = [text.likeness for text in found.near]
    assert likeness == sorted(likeness, reverse=True) and not set(near) & set(OTHERS)
    for text in found.near:
        assert any(piece.op != "equal" or piece.move for piece in text.pieces), text


def test_a_short_text_is_held_against_the_same_item_alone(town: Workplace) -> None:
    found = _of(town, Person("hamada", "", "secretariat"), "origin", ("C", "1"))
    assert found.short and not found.equal, "every document has a number of its own"
    nothing = _of(town, Person("hamada", "", "secretariat"), "origin", ("V", "1", "1"))
    assert not nothing.text and not nothing.equal and not nothing.near


def test_the_page_shows_both_kinds_and_leads_there(town: Workplace) -> None:
    page = PageClient(create_app(town, config.load({}), lambda: AT), "hamada")
    shown = page.get("/assessments/origin/alike/IV/3")
    words = shown.text_content()
    assert "同じ記載2" in words and f"ほとんど同じ記載{len(COPIES)}" in words
    links = shown.xpath("//ol[@class='found']//h3/a/@href")
    assert len(links) == len(COPIES) + len(SAME)
    for link in links:
        target, _, anchor = link.partition("#")
        assert page.get(target).xpath(f"//*[@id='{anchor}']"), link
    assert page.client.get("/assessments/origin/alike/no/such").status_code in (404, 422)
    page.expect_words("/search?q=利用者番号", "ほかでの同じ記載を見る")


def test_withheld_words_are_not_shown_to_who_may_not_read_them(tmp_path: Path) -> None:
    shutil.copy(shared.blank(), tmp_path / "pia.db")
    wp = shared.workplace_at(f"sqlite:///{tmp_path / 'pia.db'}")
    words = story.Words()
    story.begin(wp, words)
    while not search_index.follow(wp).is_whole:
        pass
    other = Person("other", "", "drafter", department_id=9_999)
    office = Person("akagi", "", "secretariat")
    place = ("V", "1", "1")  # a near copy of what is withheld
    for who, reads in ((office, True), (other, False)):
        found = _of(wp, who, story.REF, place)
        said = "".join(text.said for text in (*found.equal, *found.near))
        assert reads or not any(word in said for word in words.all)
    wp.store.close()
