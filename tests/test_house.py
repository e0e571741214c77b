"""The house's own rules: floors, and what every module opens with (words: tests/test_words.py)."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import rfc8785

import pia
from pia import resources
from pia.domain.canonical import canonical

HOME = Path(pia.__file__).parent
ROOT = HOME.parent
MODULES = sorted(p for p in HOME.rglob("*.py") if "versions" not in p.parts)


def test_imports_run_down_only() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(HOME)))
def test_a_module_opens_by_saying_what_it_knows(path: Path) -> None:
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)), path
    assert len(text.splitlines()) <= 850, f"{path} is more than one room"
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)


def test_the_domain_reads_no_clock_disk_or_network() -> None:
    for path in sorted((HOME / "domain").rglob("*.py")):
        names = {
            a.name.split(".")[0]
            for n in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(n, ast.Import)
            for a in n.names
        }
        names |= {
            (n.module or "").split(".")[0]
            for n in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(n, ast.ImportFrom) and not n.level
        }
        assert not names & {
            "os",
            "pathlib",
            "time",
            "socket",
            "urllib",
            "flask",
            "sqlalchemy",
            "openpyxl",
            "subprocess",
            "io",
        }, path
        assert "datetime.now" not in path.read_text("utf-8") and "date.today" not in path.read_text(
            "utf-8"
        )


# A day that is not made from an instant: a date cell of a workbook (no time zone), the name of a
# font.
NO_INSTANTS = {
    ("documents/ooxml/book.py", "raw"),
    ("documents/pdf/fonts.py", "sha256(repr((regular, bold)).encode()).hexdigest()"),
}


def _days_from_instants(where: str, source: str) -> list[str]:
    """The places of a module that make a day, or a clock's reading, in another way than
    `domain.act`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in {
            "astimezone",
            "today",
            "utcnow",
            "fromtimestamp",
            "now",
        }:
            of_a_clock = node.attr == "astimezone" or ast.unparse(node.value) in {
                "datetime",
                "date",
            }
            found += [f"{where}:{node.lineno} {ast.unparse(node)}"] * of_a_clock
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "date"
            and not node.args
        ):
            found.append(f"{where}:{node.lineno} {ast.unparse(node)}")
        cut = node.slice if isinstance(node, ast.Subscript) else None
        if isinstance(cut, ast.Slice) and ast.unparse(cut) == ":10":
            known = (where, ast.unparse(node.value)) in NO_INSTANTS
            found += [] if known else [f"{where}:{node.lineno} {ast.unparse(node)}"]
    return found


# The doors that read the clock of the machine, the stamps of the log, and the column that keeps
# instants in UTC.
CLOCKS = {
    "domain/act.py",
    "web/shell.py",
    "cli/common.py",
    "cli/jobs.py",
    "cli/logs.py",
    "store/columns.py",
}


def test_a_day_is_made_from_an_instant_in_one_place_only() -> None:
    found = []
    for path in MODULES:
        where = str(path.relative_to(HOME))
        if where not in CLOCKS:
            found += _days_from_instants(where, path.read_text("utf-8"))
    assert not found
    for page in resources.folder("templates").rglob("*.html"):
        text = page.read_text("utf-8")
        assert ".date()" not in text and "astimezone" not in text and "[:10]" not in text, page


@pytest.mark.parametrize(
    "line",
    ["x.at.date()", "x.at.astimezone(UTC)", "date.today()", "str(x.at)[:10]", "datetime.now(UTC)"],
)
def test_another_way_to_make_a_day_is_found(line: str) -> None:
    assert _days_from_instants("tried.py", line)


def test_nothing_is_fetched_from_outside() -> None:
    for path in [
        *resources.folder("templates").rglob("*.html"),
        resources.folder("static") / "pia.css",
        resources.folder("static") / "vendor" / "design-tokens.css",
    ]:
        assert not re.search(
            r"(?:href|src|action)=[\"']?https?:|url\(\s*[\"']?https?:|@import",
            path.read_text("utf-8"),
        ), path


def test_canonical_json_is_rfc_8785_for_our_values() -> None:
    for value in (
        {"v": 1, "kind": "block", "value": {"text": 'あ\n\t"\\/\u2028𠮷\x7f', "withheld": []}},
        [None, True, -1, 2**53 - 1, "", {"b": 1, "a": []}],
    ):
        assert canonical(value) == rfc8785.dumps(value)


def test_help_does_not_load_heavy_libraries() -> None:
    script = (
        "import sys; from pia.cli import cli\ntry: cli.main(['--help'])\nexcept "
        "SystemExit: pass\nprint([m for m in ('sqlalchemy', 'openpyxl', 'flask', "
        "'deepdiff', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip().endswith("[]")


def test_comparing_never_loads_deepdiff() -> None:
    script = (
        "import sys; import pia.domain.change.compare, pia.domain.text.spans, "
        "pia.domain.change.describe, pia.domain.revise.replay\nprint('deepdiff' in "
        "sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "False"


def test_two_text_files_are_compared_without_a_database(tmp_path: Path) -> None:
    """Nor any library that only other files need: what people try first answers at once."""
    for name, text in (("old.txt", "記録を確認する。\n"), ("new.txt", "記録を点検する。\n")):
        (tmp_path / name).write_text(text, "utf-8")
    script = (
        "import sys; from pia.cli import cli\ntry: cli.main(['diff', *sys.argv[1:]])\nexcept "
        "SystemExit: pass\nprint([m for m in ('sqlalchemy', 'openpyxl', 'flask', "
        "'deepdiff', 'reportlab') if m in sys.modules])"
    )
    files = [str(tmp_path / "old.txt"), str(tmp_path / "new.txt")]
    done = subprocess.run(
        [sys.executable, "-c", script, *files],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert "点検" in done.stdout and done.stdout.strip().endswith("[]")


def test_every_library_the_program_imports_is_asked_for() -> None:
    """By the program itself or by one of its extras; every one is locked."""
    names = {
        "argon2": "argon2-cffi",
        "docx": "python-docx",
        "flask_wtf": "flask-wtf",
        "yaml": "pyyaml",
        "PIL": "pillow",
        "markdown_it": "markdown-it-py",
        "fontTools": "fonttools",
        "jinja2": "flask",
        "itsdangerous": "flask",
        "onelogin": "python3-saml",
        "markupsafe": "flask",
        "werkzeug": "flask",
        "prometheus_client": "prometheus-client",
        "psycopg": "psycopg",
        "justmytype_intl_cjk": "justmytype-intl-cjk",
    }
    asked = (ROOT / "setup.cfg").read_text("utf-8").lower()
    locked = "".join(
        (ROOT / f"requirements{extra}.lock").read_text("utf-8").lower() for extra in ("", "-test")
    )
    for path in HOME.rglob("*.py"):
        for n in ast.walk(ast.parse(path.read_text("utf-8"))):
            found = (
                [a.name for a in n.names]
                if isinstance(n, ast.Import)
                else [n.module or ""]
                if isinstance(n, ast.ImportFrom) and not n.level
                else []
            )
            for module in (m.split(".")[0] for m in found):
                if module not in sys.stdlib_module_names and module != "pia":
                    name = names.get(module, module).lower()
                    assert name in asked and f"{name}==" in locked.replace(
                        "psycopg-binary", "psycopg"
                    ), f"{path}: {module}"


def _selects(source: str) -> list[int]:
    """The lines of a module that ask the database by themselves."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").startswith("sqlalchemy")
        and any(name.name in ("select", "func") for name in node.names)
    ]


def test_queries_stand_in_the_store() -> None:
    asking = {}
    for path in sorted((HOME / "actions").rglob("*.py")):
        lines = _selects(path.read_text("utf-8"))
        if lines:
            asking[str(path.relative_to(HOME))] = lines
    assert not asking, "move them to pia/store/queries, beside their noun"


def test_a_query_in_an_act_is_found() -> None:
    assert _selects("from sqlalchemy import delete, select\n") == [1]
    assert _selects("from sqlalchemy import delete\n") == []


def test_every_query_says_what_it_gives() -> None:
    bodies: dict[str, str] = {}
    for path in sorted((HOME / "store" / "queries").glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"
                own = ast.unparse(node.args) + "".join(ast.unparse(x) for x in node.body[1:])
                assert own not in bodies, f"{path.name}: {node.name} is {bodies[own]}"
                bodies[own] = f"{path.name}: {node.name}"
