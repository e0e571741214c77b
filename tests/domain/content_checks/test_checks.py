"""Every planted contradiction is found, a clean document says nothing, and what was found leads to
both places."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from pia import forms, rules
from pia.actions import demo
from pia.domain.change.describe import citation, names
from pia.domain.content_checks import checks, said
from pia.domain.content_checks import names as apart
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.domain.errors import PiaError
from pia.domain.withheld.kept import secrets
from pia.domain.withheld.public_reading import public

HERE = Path(__file__).parent
RULES = rules.load("content-checks")
CHECKS = checks.table(RULES).checks
THRESHOLDS = rules.load("threshold")
FIXTURES = tuple(
    key + end for key in ("nhi-benefits", "nhi-levy", "elderly-medical") for end in ("", "-basic")
)
PLANTED = yaml.safe_load((HERE / "planted.yaml").read_text("utf-8"))


@cache
def _clean() -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((HERE / "clean.yaml").read_text("utf-8"))
    return told


@cache
def _answers(key: str) -> tuple[str, list[tuple[tuple[str, ...], Any]]]:
    if key in FIXTURES:
        tree = demo.assessment(key)
        return tree.form, list(items.answers(tree))
    raw = _clean()[key]
    pairs = []
    for path, answer in raw["answers"].items():
        pairs.append((tuple(path.split("/")), answer))
    return raw["form"], pairs


def _document(key: str, changes: Mapping[str, Any] | None = None) -> Tree:
    """A clean document with some answers changed; null takes out an item and all below it."""
    form_id, pairs = _answers(key)
    answers = dict(pairs)
    for written, answer in (changes or {}).items():
        path = tuple(written.split("/"))
        if answer is None:
            answers = {at: one for at, one in answers.items() if at[: len(path)] != path}
        else:
            answers[path] = answer
    return items.build(forms.load(form_id), answers.items())


@cache
def _names(key: str) -> tuple[apart.DocumentName, ...]:
    return apart.named(RULES["names"], _said(_document(key)))


@cache
def _before(key: str, beside: str | None, others: str | None) -> frozenset[str]:
    """What is found before anything is planted."""
    case = {"in": key, "with": beside, "apart": others}
    return frozenset(one.check for one in _found({k: v for k, v in case.items() if v}))


def _said(tree: Tree, key: str = "") -> said.SaidItems:
    return said.said(forms.load(tree.form), tree, RULES["items"], key)


def _found(case: Mapping[str, Any]) -> tuple[checks.ContentFinding, ...]:
    mine = _said(_document(case["in"], case.get("say")))
    if "with" in case:
        other = _said(_document(case["with"], case.get("other")), case["with"])
        return checks.found(CHECKS, mine, THRESHOLDS, other)
    if "apart" in case:
        theirs = _names(case["apart"])
        own = apart.named(RULES["names"], mine)
        others = [(case["apart"], case["apart"], name) for name in theirs]
        return apart.found_apart(RULES["names"], own, others)
    return checks.found(CHECKS, mine, THRESHOLDS)


@pytest.mark.parametrize("case", PLANTED, ids=lambda case: f"{case['find']}-{case['in']}")
def test_a_planted_contradiction_is_found_and_nothing_else(case: Mapping[str, Any]) -> None:
    before = _before(case["in"], case.get("with"), case.get("apart"))
    found = [one for one in _found(case) if one.check not in before]
    assert case["find"] in {one.check for one in found}
    assert {one.check for one in found} <= {case["find"], *case.get("also", ())}
    meant = next(one for one in found if one.check == case["find"])
    form = forms.load(_document(case["in"], case.get("say")).form)
    for place in meant.places:
        assert place.key or citation(form, place.path, names(form)), place
    assert "{" not in meant.sentence


def test_there_are_enough_planted() -> None:
    assert len(PLANTED) >= 60
    kinds = {_answers(case["in"])[0].partition("@")[0] for case in PLANTED}
    assert kinds == {"all_item", "key_item", "basic_item"}


def test_every_check_is_planted_once() -> None:
    planted = {name for case in PLANTED for name in (case["find"], *case.get("also", ()))}
    rules_of_names = {rule["id"] for rule in RULES["names"]}
    assert {check.id for check in CHECKS} | rules_of_names == planted


@pytest.mark.parametrize("key", [*FIXTURES, "key", "beside_key", "basic"])
def test_a_clean_document_is_hardly_ever_asked_about(key: str) -> None:
    found = checks.found(CHECKS, _said(_document(key)), THRESHOLDS)
    assert len(found) <= 2, [one.sentence for one in found]


def test_clean_documents_say_the_same_beside_each_other() -> None:
    pairs = [(key, f"{key}-basic") for key in FIXTURES[::2]] + [("key", "beside_key")]
    for main, basic in pairs:
        beside = _said(_document(basic), basic)
        assert checks.found(CHECKS, _said(_document(main)), THRESHOLDS, beside) == ()


def test_what_is_withheld_is_not_told() -> None:
    """A finding that only the withheld words make is not found by who does not read them."""
    case = {
        "II/file-nhi/6/1": {
            "text": "国のクラウドに置く。",
            "withheld": [{"start": 0, "end": 10, "reason": "安全のため", "ground": "SECURITY"}],
        }
    }
    tree = _document("nhi-benefits", case)
    form = forms.load(tree.form)
    whole = {one.check for one in checks.found(CHECKS, _said(tree), THRESHOLDS)}
    seen = public(form, tree, secrets(tree))
    veiled = {one.check for one in checks.found(CHECKS, _said(seen), THRESHOLDS)}
    assert "cloud_without_technical" in whole
    assert not {name for name in veiled if name.startswith("cloud")}


def test_what_only_withheld_words_answer_is_not_asked() -> None:
    """Whoever does not read the words that answer a check is not told that something is missing."""
    told = "国のクラウドの監視の仕組みによる。"
    marks = [{"start": 0, "end": len(told), "reason": "安全のため", "ground": "SECURITY"}]
    case = {
        "II/file-nhi/6/1": "国のクラウドに置く。申請書は書庫に置く。",
        "III/file-nhi/7/R1/6/a": {"text": told, "withheld": marks},
    }
    tree = _document("nhi-benefits", case)
    form = forms.load(tree.form)
    for seen in (tree, public(form, tree, secrets(tree))):
        found = {one.check for one in checks.found(CHECKS, _said(seen), THRESHOLDS)}
        assert "cloud_without_technical" not in found
        assert "cloud_without_physical" in found


def test_another_text_is_asked_about_again() -> None:
    one, *_ = _found({"in": "basic", "say": {"IV/11/b": "十分である"}})
    other, *_ = _found({"in": "basic", "say": {"IV/11/b": "課題が残されている"}})
    assert one.check == other.check
    assert one.fingerprint("a") != other.fingerprint("a")
    assert one.fingerprint("a") != one.fingerprint("b")


def test_a_table_that_names_something_unknown_is_refused() -> None:
    wrong = {**RULES, "checks": [{**RULES["checks"][0], "when": {"どこにもない欄": {}}}]}
    with pytest.raises(PiaError, match="どこにもない欄"):
        checks.table(wrong)
