"""The words of the product: one name a thing, and pairs that never mix (docs/glossary.md)."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import pia

HOME = Path(pia.__file__).parent
ROOT = HOME.parent
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text("utf-8")
MODULES = [path for path in sorted(HOME.rglob("*.py")) if "versions" not in path.parts]
FLOORS = ("domain", "documents", "store", "actions", "web", "cli")
# Modules whose noun stands in another number elsewhere, and why.
OTHER_NUMBER = {
    "store/queries/register.py": "the one 一覧 of affairs; registers are 台帳 beside it",
    "actions/viewing/register.py": "the same 一覧",
    "web/desk/register.py": "the page of the same 一覧",
    "documents/bundle.py": "the format of one bundle",
    "documents/proof/bundle.py": "the proof of one bundle",
    "documents/pdf/assessment.py": "one assessment as PDF",
    "documents/pdf/comparison.py": "one comparison as PDF",
    "documents/word/assessment.py": "one assessment as a written paper",
    "documents/proof/comparison.py": "the proof of one 新旧対照表",
    "documents/pdf/figure.py": "one figure as PDF",
    "documents/comparison/table.py": "one 新旧対照表",
    "documents/comparison/text.py": "a comparison as plain text",
    "documents/pdf/text.py": "running text in a PDF",
    "documents/text/page.py": "what a page shows of a change",
    "documents/workbook_out/page.py": "one page of a sheet",
    "domain/minutes/fillers.py": "words of hesitation, not what fills a paper",
    "domain/minutes/transcript.py": "the reading of one transcript",
    "cli/logs.py": "the log of the server, not of the record",
}


def _classes(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield node.name


def twice(modules: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Class names that stand in several places: name → where. `modules`: (where, source)."""
    places = defaultdict(list)
    for where, source in modules:
        for name in _classes(source):
            places[name].append(where)
    return {name: where for name, where in places.items() if len(where) > 1}


def test_no_class_name_stands_twice() -> None:
    sources = [(str(path.relative_to(HOME)), path.read_text("utf-8")) for path in MODULES]
    assert twice(sources) == {}


def test_a_class_name_that_stands_twice_is_found() -> None:
    assert twice([("a.py", "class Row: ..."), ("b.py", "class Row: ...")]) == {
        "Row": ["a.py", "b.py"]
    }


def without_a_word(names: Iterable[str], glossary: str) -> list[str]:
    """Names that no row of the glossary has in its second column."""
    words: set[str] = set()
    for line in glossary.splitlines():
        cells = line.split("|")
        if len(cells) > 3:
            words |= set(re.findall(r"\w+", cells[2]))
    return sorted(set(names) - words)


def test_the_glossary_has_every_class_of_domain_and_store() -> None:
    names = []
    for path in MODULES:
        if path.relative_to(HOME).parts[0] in ("domain", "store"):
            names += [x for x in _classes(path.read_text("utf-8")) if not x.startswith("_")]
    assert without_a_word(names, GLOSSARY) == []


def test_a_class_without_a_word_is_found() -> None:
    assert without_a_word(["Tree", "Shrub"], "| 文書 | Tree, Node | the Shrub |") == ["Shrub"]


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith("s") and not name.endswith("ss"):
        return name[:-1]
    return name


def in_two_numbers(paths: Iterable[str]) -> list[set[str]]:
    """Module names of one noun that are written in two ways."""
    nouns = defaultdict(set)
    for path in paths:
        stem = Path(path).stem
        nouns[_singular(stem)].add(stem)
    return [stems for stems in nouns.values() if len(stems) > 1]


def test_modules_of_one_noun_have_one_name_on_every_floor() -> None:
    paths = []
    for path in MODULES:
        where = path.relative_to(HOME)
        if where.parts[0] in FLOORS and not path.stem.startswith("__"):
            paths.append(where.as_posix())
    assert in_two_numbers(path for path in paths if path not in OTHER_NUMBER) == []
    for path in OTHER_NUMBER:
        assert path in paths
        others = [x for x in paths if x not in OTHER_NUMBER]
        assert in_two_numbers([path, *others]), f"{path} need not be an exception"


def test_a_module_in_another_number_is_found() -> None:
    assert in_two_numbers(["store/rows/council.py", "web/councils.py", "web/jobs.py"]) == [
        {"council", "councils"}
    ]


def _pairs() -> dict[str, dict[str, tuple[str, ...]]]:
    """The groups of the glossary: Japanese word → how identifiers of it begin."""
    groups: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for line in GLOSSARY.partition("## Pairs")[2].splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 7 and cells[1].isdigit():
            groups[cells[1]][cells[2]] = tuple(cells[4].split(", "))
    return groups


PAIRS = _pairs()
# Words that only look like one of a pair.
OTHER_WORDS = re.compile("非公表|情報公開|確認用|修正案|見直し後")


def _parts(name: str) -> list[str]:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().strip("_").split("_")


def mixed(name: str, says: str) -> list[str]:
    """What in a name belongs to another word than the one its description says."""
    says = OTHER_WORDS.sub("", says)
    own: tuple[str, ...] = ()
    others: dict[str, tuple[str, ...]] = {}
    for words in PAIRS.values():
        said = [word for word in words if word in says]
        for word in said:
            own += words[word]
        if len(said) == 1:
            others |= {word: stems for word, stems in words.items() if word not in said}
    wrong = []
    for word, stems in others.items():
        for part in _parts(name):
            if part.startswith(stems) and not part.startswith(own):
                wrong.append(f"{name}: not {word}")
    return wrong


def mixed_in(source: str) -> list[str]:
    """The same for every class and function of a module, and every name that calls something a
    hearing."""
    wrong = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            says = (ast.get_docstring(node) or "").partition("\n\n")[0]
            wrong += mixed(node.name, says)
        for field in ("name", "id", "attr", "arg"):
            name = getattr(node, field, None)
            if isinstance(name, str) and any(x.startswith("hearing") for x in _parts(name)):
                wrong.append(f"{name}: 意見募集 is a consultation, 第三者点検 a review")
    return wrong


def test_names_keep_the_pairs_apart() -> None:
    assert len(PAIRS) == 8 and "諮問" in PAIRS["3"]
    wrong = []
    for path in MODULES:
        wrong += [f"{path.name} {x}" for x in mixed_in(path.read_text("utf-8"))]
    assert wrong == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("publish", "公示: puts the draft before the residents."),
        ("Announcement", "公表 of an assessment."),
        ("notify", "提出 to the commission."),
        ("last_submission", "The last 届出."),
        ("Consultation", "諮問 to a council."),
        ("new_referral", "A 意見募集."),
        ("approved_on", "The day of 決裁."),
        ("Correction", "A 再実施 from its draft."),
        ("disclosed", "Whether it is 公表."),
        ("erase", "廃棄 of a record."),
        ("Disposal", "消去 of a text."),
    ],
)
def test_a_name_of_the_wrong_word_is_found(name: str, says: str) -> None:
    assert mixed_in(f'def {name}():\n    """{says}"""') and not mixed(name, "Nothing of these.")


@pytest.mark.parametrize("line", ["hearing = 1", "x.hearings()", "def f(hearing_due): ..."])
def test_a_hearing_is_found(line: str) -> None:
    assert mixed_in(line)


# What no sentence says, and what it would say instead.
NEVER = {
    r"意見募集(を|の)公表": "公示 (公表 is of its results)",
    r"提出した.{0,6}公示": "公表",
    r"(評価書|計画管理書).{0,3}届け?出": "提出",
    r"(住民|市民).{0,4}諮問": "意見募集",
    r"審議会.{0,4}(意見募集|に意見を募集)": "諮問",
    r"(?<!委員会の)(?<!国の)承認": "確認 or 決裁; only the state gives 承認",
    r"国.{0,3}決裁": "確認",
    r"(再実施|修正)を見直": "再実施 or 修正 is begun, an assessment is 見直し",
    r"公開請求": "開示請求",
    r"評価書.{0,3}を公開": "公表",
    r"(データ|文字)を?廃棄": "消去",
    r"文書を?消去": "廃棄",
}


def never_said(text: str) -> list[str]:
    """The parts of a text that use one word of a pair for another."""
    return [match.group() for wrong in NEVER for match in re.finditer(wrong, text)]


def test_sentences_keep_the_pairs_apart() -> None:
    """docs/statements.md lists every sentence of the product (tests/test_statements.py)."""
    words = (ROOT / "docs" / "statements.md").read_text("utf-8")
    assert len(words) > 100_000 and never_said(words) == []


@pytest.mark.parametrize(
    "text",
    [
        "意見募集を公表しました。",
        "提出した評価書を公示しました。",
        "評価書を届け出ました。",
        "住民に諮問します。",
        "審議会に意見募集をします。",
        "課長の承認を受けてください。",
        "国の決裁を待っています。",
        "再実施を見直してください。",
        "公開請求を受け付けました。",
        "評価書を公開しました。",
        "データを廃棄しました。",
        "文書を消去しました。",
    ],
)
def test_a_sentence_with_the_wrong_word_is_found(text: str) -> None:
    assert never_said(text)
