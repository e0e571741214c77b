"""docs/how-to.md, done: its blocks are put into a copy of the program and played there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pia.store.migrations import HEAD

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```\w+ (new|after) (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def apply(block: tuple[str, str, str], copy: Path) -> None:
    """One block of the page, as the page says."""
    how, name, text = block
    file = copy / name
    text = text.replace("{HEAD}", HEAD)
    if how == "new":
        assert not file.exists(), f"{name} is there already"
        file.write_text(text, "utf-8")
        return
    behind, _, added = text.partition("---\n")
    before = file.read_text("utf-8")
    assert before.count(behind) == 1, f"{name}: {behind}"
    file.write_text(before.replace(behind, behind + added), "utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program with everything the page adds."""
    folder = tmp_path_factory.mktemp("copy")
    skipped = shutil.ignore_patterns("__pycache__")
    for name in ("pia", "templates", "fixtures", "setup.cfg"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=skipped)
        else:
            shutil.copy(ROOT / name, folder)
    blocks = BLOCK.findall((ROOT / "docs" / "how-to.md").read_text("utf-8"))
    assert len(blocks) == 14, "a block of the page is not read"
    for block in blocks:
        apply(block, folder)
    head = folder / "pia/store/migrations/__init__.py"
    head.write_text(head.read_text("utf-8").replace(HEAD, "20290401_99_notifications"), "utf-8")
    return folder


def run(copy: Path, script: str) -> str:
    """What a script says that uses the copy."""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_form_version_is_one_file(copy: Path) -> None:
    script = """
from pia import forms
from pia.actions.records import on_record
from pia.documents.workbook_in import reader
from pia.documents.workbook_out import writer
from pia.domain.document.items import build, text_of_role
from pia.domain.revise.national import files_of

form = forms.load("all_item@令和9年4月")
method = form.by_role["consultation_method"]
answers = [(("C", "2"), "仮の評価書"), (("II", "f", "1"), "台帳"), (method.path, "掲示板")]
tree = build(form, answers)
data = writer.write(tree, form, title="仮", ref="仮")
book = reader.read(data)
assert book.form == form.id and book.tree == tree, book.problems
assert "C-6" not in form.by_id and files_of(form, tree) == {"f": "台帳"}
print(method.label, text_of_role(form, book.tree, on_record.METHOD))
"""
    assert run(copy, script) == "意見を聴いた方法 掲示板"


def test_a_rule_is_its_words_and_one_check(copy: Path) -> None:
    table = copy / "pia/rules/procedure-standard.yaml"
    text = table.read_text("utf-8")
    table.write_text(
        text.replace("guards: [heard_by_now,", "guards: [members_enough, heard_by_now,")
    )
    script = """
from datetime import date
from pia import rules
from pia.domain.procedure import checks, steps

table = rules.load("procedure-standard")
facts = checks.Facts(date(2029, 4, 1), state="REVIEWING", members=3, quorum=3)
step = steps.step(table, facts, "approve")
(missing,) = [x for x in steps.unmet(rules.load("rules"), step, facts) if x.rule == "R99"]
print(missing.sentence, missing.blocks, missing.source)
"""
    said = run(copy, script)
    assert said == "委員が3名です。委員の登録を確かめてください。 False 市の決まり（架空）"


def test_a_paper_is_one_file_and_a_line(copy: Path) -> None:
    script = """
from docx import Document
from io import BytesIO
from pia import papers
from pia.documents.word import filler

words = papers.load("consultation-slip")
facts = {"題名": "予防接種", "開始日": "令和11年12月20日", "終了日": "令和12年1月20日"}
data = filler.fill(filler.template(words), words, facts)
print("｜".join(p.text for p in Document(BytesIO(data)).paragraphs))
"""
    assert "令和11年12月20日から令和12年1月20日まで、御意見を募集します。" in run(copy, script)


def test_a_format_is_a_writer_and_a_line(copy: Path) -> None:
    script = """
from pia.actions import sources
from pia.actions.output import formats
from pia.actions.workplace import Press

source = sources.read_bytes("一つ目の段落。\\n\\n二つ目の段落。".encode(), "x.txt")
print(formats.written(source, "txt", Press()).decode().split(), formats.FORMATS["txt"].mime)
"""
    assert run(copy, script) == "['一つ目の段落。', '二つ目の段落。'] text/plain; charset=utf-8"


def test_a_kind_of_record_is_a_file_a_floor(copy: Path) -> None:
    script = """
from datetime import datetime
from pia import config
from pia.actions.steps import notifications
from pia.actions.upkeep.opening import open_workplace
from pia.domain.act import JST, By
from pia.store import queries
from pia.store.opening import upgrade
from pia.store.queries import notifications as asked
from pia.store.upkeep import fsck
import sqlite3

upgrade("sqlite:///notification.db")
wp = open_workplace(config.load({"PIA_DATABASE_URL": "sqlite:///notification.db"}))
by = By("office", "secretariat", datetime(2029, 4, 2, 9, tzinfo=JST))
notifications.give(wp, by, "台帳の使用を始めます")
with wp.store.read() as session:
    print([row.title for row in asked.every(session)])
print([p.code for p in fsck.check(wp.store, deep=True) if p.code != "schema-other"])
raw = sqlite3.connect("notification.db")
try:
    raw.execute("UPDATE notification SET title = 'x'")
except sqlite3.IntegrityError:
    print("frozen")
raw.execute("DROP TRIGGER notification_no_update")
raw.execute("UPDATE notification SET title = 'x'")
raw.commit()
print(sorted({p.code for p in fsck.check(wp.store) if p.where.startswith("notification")}))
"""
    assert run(copy, script).splitlines() == [
        "['台帳の使用を始めます']",
        "[]",
        "frozen",
        "['row-changed', 'trigger-missing']",
    ]


def test_the_floors_hold_with_all_of_it(copy: Path) -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
