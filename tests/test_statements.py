"""What the product says by itself is listed in docs/statements.md, with the record it comes from
and the test that holds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import statements


def test_every_sentence_is_listed_and_nothing_else_is() -> None:
    collected, written = statements.collected(), statements.written()
    said = {place: entry[2] for place, entry in written.items()}
    unlisted = {
        place: [x for x in found if x not in said.get(place, [])]
        for place, found in collected.items()
    }
    gone = {
        place: [x for x in found if x not in collected.get(place, [])]
        for place, found in said.items()
    }
    assert not {place: x for place, x in unlisted.items() if x}, (
        "python -m tests.statements lists them; say from which record they come and "
        "which test holds them"
    )
    assert not {place: x for place, x in gone.items() if x}, (
        "python -m tests.statements takes them out"
    )


def test_each_place_names_a_record_and_a_test_that_is_there() -> None:
    for place, (record, test, _) in statements.written().items():
        assert record, f"{place}: from which record?"
        assert test.startswith("tests/") and (statements.ROOT / test).is_file(), f"{place}: {test}"


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (
            "<p>提出しました。<strong>確定</strong>しています。</p>",
            ["提出しました。", "確定しています。"],
        ),
        ('{{ f.text("a", "日", "", "例を書いてください。") }}', ["例を書いてください。"]),
        (
            "<p>{% if x %}{{ n }}件です。{% else %}ありません。{% endif %}</p>",
            ["〇件です。", "ありません。"],
        ),
        ("<p>見出し</p><p>手続</p>", []),
    ],
)
def test_sentences_of_a_page_are_found(page: str, said: list[str], tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(page, "utf-8")
    assert statements.of_template(tmp_path / "page.html") == said


def test_sentences_of_code_are_found(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        '"""Says 文。"""\n\ndef f(n):\n    """これは説明です。"""\n    raise '
        'ValueError(f"{n}件は、できません。")\n',
        "utf-8",
    )
    assert statements.of_module(tmp_path / "module.py") == ["〇件は、できません。"]
