"""Every citation the product makes names a place (条・項・号) of a text that was read, or says
that it was not."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

import pia
from pia import forms, resources, rules
from pia.domain.procedure import citations

HOME = Path(pia.__file__).parent
LAW = rules.load("law")
_CITING = re.compile(r"(?:規則|番号法|個人情報保護法|指針|施行規則)(?:附則)?第[0-9]")


def _texts_of(path: Path) -> list[str]:
    """Every text of a module that may be shown or read: strings and docstrings, an f-string with
    its parts joined."""
    out = []
    tree = ast.parse(path.read_text("utf-8"))
    inside = {id(part) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for part in n.values}
    for n in ast.walk(tree):
        if isinstance(n, ast.JoinedStr):
            out.append("".join(v.value if isinstance(v, ast.Constant) else "〇" for v in n.values))
        elif isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in inside:
            out.append(n.value)
    return out


def _doubtful(text: str) -> list[str]:
    """The citations of a text that were not read and do not say so, sentence by sentence."""
    out: list[str] = []
    for clause in re.split(r"[。\n]", text):
        if _CITING.search(clause):
            out += citations.doubtful(LAW, clause)
    return out


@pytest.mark.parametrize("path", sorted(HOME.rglob("*.py")), ids=lambda p: str(p.relative_to(HOME)))
def test_modules_cite_what_was_read(path: Path) -> None:
    assert [c for text in _texts_of(path) for c in _doubtful(text)] == []


def test_rules_procedures_forms_papers_and_pages_cite_what_was_read() -> None:
    found = {}
    files = [
        *resources.folder("rules").glob("*.yaml"),
        *resources.folder("papers").glob("*.yaml"),
        *resources.folder("manual").glob("*.[my]*"),
        *resources.folder("templates").rglob("*.html"),
    ]
    for path in files:
        if path.name == "law.yaml":
            continue
        wrong = _doubtful(path.read_text("utf-8"))
        if wrong:
            found[path.name] = wrong
    assert found == {}
    assert [form for form in forms.known() if citations.doubtful(LAW, forms.load(form).law)] == []


def test_each_rule_names_a_text() -> None:
    """A rule of law names a place that was read; a guide says 未確認; a city's rule names no law
    as its own."""
    for name, rule in rules.load("rules")["rules"].items():
        source = rule["source"]
        assert citations.doubtful(LAW, source) == (), name
        if rule["kind"] == "law":
            assert citations.as_of(LAW, source), name
        if rule["kind"] == "guide":
            assert "未確認" in source, name
        if rule["kind"] == "city":
            assert all(LAW["unread"][c.text].get("own") for c in citations.cited(source)), name
    for band in rules.load("threshold")["bands"]:
        assert band["certain"] and citations.doubtful(LAW, band["source"]) == ()
    for ground in rules.load("rules")["grounds"].values():
        assert citations.doubtful(LAW, ground["source"]) == ()


def test_each_rule_is_asked_by_a_check_or_told_as_due() -> None:
    asked = (HOME / "domain" / "procedure" / "checks.py").read_text("utf-8")
    for name, rule in rules.load("rules")["rules"].items():
        told = rule.get("duty", False) or rule.get("fixed", False)
        assert told != (f'"{name}"' in asked), name


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("規則第7条第1項・第4項", ["規則第7条第1項", "規則第7条第4項"]),
        (
            "規則第4条第3号・第8号ロ・第6条第1項第1号",
            ["規則第4条第3号", "規則第4条第8号ロ", "規則第6条第1項第1号"],
        ),
        ("番号法第29条の4第1項", ["番号法第29条の4第1項"]),
        ("国民健康保険法第113条の3", []),
        ("この規則を守る", []),
        ("指針第5の3", ["指針"]),
    ],
)
def test_citations_are_read_as_people_write_them(words: str, places: list[str]) -> None:
    assert [str(c) for c in citations.cited(words)] == places


@pytest.mark.parametrize(
    "words",
    [
        "規則第7条",
        "規則第17条",
        "規則第3条第2項",
        "規則第2条第4号",
        "指針第5の3",
        "番号法第9条第1項",
        "規則第4条第8号ハ",
    ],
)
def test_a_place_that_is_not_there_is_doubtful(words: str) -> None:
    assert citations.doubtful(LAW, words)


@pytest.mark.parametrize(
    "words",
    [
        "規則第3条",
        "規則第3条第1項",
        "規則第7条第4項",
        "規則第9条の2",
        "指針第5の3（未確認）",
        "規則第4条第1項第8号ロ",
    ],
)
def test_a_place_that_was_read_is_not(words: str) -> None:
    assert citations.doubtful(LAW, words) == ()


def test_the_index_is_whole() -> None:
    raw = yaml.safe_load((resources.folder("rules") / "law.yaml").read_text("utf-8"))
    assert raw["as_of"] <= raw["read"]
    assert all(len(t["digest"]) == 64 and t["places"] for t in raw["texts"].values())
    assert len(raw["texts"]["規則"]["places"]) >= 45


def test_the_drill_sees_a_text_that_reads_otherwise() -> None:
    from tests.drills.law import articles, misread

    text = (
        "**第一条**\n市は、定める。\n**第二条**\n次による。\n一つ目\n二つ目\nただし、"
        "この限りでない。\n"
    )
    places = {}
    for place, words in (
        ("第1条第1項", "市は、定める。"),
        ("第2条第1項", "次による。"),
        ("第2条第1項第1号", "一つ目"),
        ("第2条第1項第2号", "二つ目\nただし、この限りでない。"),
    ):
        from hashlib import sha256

        places[place] = sha256(words.encode()).hexdigest()[:16]
    assert misread(articles(text), places) == []
    assert misread(articles(text.replace("一つ目", "ひとつ目")), places) == ["第2条第1項第1号"]
    assert "第1条第1項" in misread(articles(text.replace("定める", "定めない")), places)
