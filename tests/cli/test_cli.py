"""The command line as a stranger uses it: exits, one line on stderr, files without a database,
and never a traceback."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from pia.actions import demo
from pia.actions.editing import national_files, versions
from pia.actions.viewing import register
from pia.actions.workplace import Workplace
from pia.documents.text import interchange
from pia.domain.act import JST, By
from pia.domain.errors import PiaError

from .conftest import Run


def test_the_command_as_it_is_typed(run: Run, tmp_path: Path) -> None:
    """`python -m pia` says and exits what the forked command does."""
    for args in (("form", "list"), ("list",), ("nope",)):
        typed = subprocess.run(
            [sys.executable, "-m", "pia", *args],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
        forked_run = run(*args, code=typed.returncode)
        assert (typed.stdout, typed.stderr) == (forked_run.stdout, forked_run.stderr)


def test_help_and_config_need_nothing(run: Run) -> None:
    assert "diff" in run("--help").stdout
    assert "PIA_DATABASE_URL" in run("config").stdout
    assert "all_item@平成30年5月" in run("form", "list").stdout


@pytest.mark.parametrize(
    "args",
    [
        ("list",),
        ("diff", "a", "b"),
        ("diff", "nix.xlsx", "nix.json"),
        ("nope",),
        ("diff",),
        ("threshold", "--people", "x", "--handlers", "1"),
        ("threshold", "--people", "-1", "--handlers", "1"),
        ("import", "nix.xlsx"),
        ("prove", "a.json", "b.json", "c.json"),
        ("export", "nix.json", "--format", "bundle", "-o", "x"),
        ("diff", "x.docx", "y.docx"),
        ("fsck",),
        ("serve", "--zone", "nope"),
        ("diff", ".", "."),
        ("national", "apply"),
        ("user", "nope"),
    ],
)
def test_unusable_input_is_one_line_and_exit_2(run: Run, args: tuple[str, ...]) -> None:
    run(*args, code=2)


def test_threshold_says_why(run: Run) -> None:
    assert (
        "基礎項目評価及び全項目評価の実施が義務付けられる"
        in run("threshold", "--people", "168000", "--handlers", "540").stdout
    )
    assert (
        json.loads(run("threshold", "--people", "500", "--handlers", "0", "--json").stdout)["due"]
        == "none"
    )


def test_a_citys_first_day(run: Run, books: tuple[Path, Path]) -> None:
    run("init")
    run("init")
    assert run("import", str(books[0]), "--into", "nhi").stdout.startswith("nhi@1\t")
    assert run("import", str(books[0]), "--into", "nhi").stdout.strip().endswith("（変更なし）")
    assert run("import", str(books[1]), "--into", "nhi", "--why", "改定").stdout.startswith(
        "nhi@2\t"
    )
    rows = json.loads(run("list", "--json").stdout)["assessments"]
    assert [(r["key"], r["head"], r["number"]) for r in rows] == [("nhi", "nhi@2", "22")]
    assert "改定" in run("log", "nhi").stdout
    report = json.loads(run("diff", "nhi@1", "nhi", "--format", "json").stdout)
    assert [c["item"] for c in report["changes"]] == ["III-5-X"]
    assert "新しいリスク対策" in run("show", "nhi", "--item", "III-5-X").stdout
    run("fsck", "--deep")
    run("backup", "b.db")
    run("restore", "b.db")


def test_many_workbooks_at_once_make_one_assessment_each(
    run: Run, books: tuple[Path, Path], tmp_path: Path
) -> None:
    run("init")
    for name in ("甲.json", "乙.json"):
        shutil.copy(books[0].with_suffix(".json"), tmp_path / name)
    for name in ("甲.json", "乙.json"):
        raw = json.loads((tmp_path / name).read_text("utf-8"))
        raw["key"] = ""
        (tmp_path / name).write_text(json.dumps(raw, ensure_ascii=False), "utf-8")
    run("import", "甲.json", "乙.json")
    assert len(json.loads(run("list", "--json").stdout)["assessments"]) == 2


@pytest.mark.parametrize("key", ["a b", "a/b", "@", "~", "-x", "a\nb", "x" * 200, "a.json", ""])
def test_a_key_that_no_ref_could_name_is_refused(fresh: Workplace, key: str) -> None:
    with pytest.raises(PiaError, match=r"。$"):
        versions.bring_in(
            fresh,
            By("cli", "administrator", datetime(2024, 4, 1, tzinfo=JST)),
            key,
            versions.Brought(demo.assessment("nhi-levy-basic")),
            why="取込み",
        )
    assert register.register(fresh) == []


def test_keeping_the_data_refuses_what_is_no_backup(case: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.db").write_bytes(b"")
    case("restore", "empty.db", code=1)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE recipe (name)")
        other.commit()
    assert "バックアップではありません" in case("restore", "other.db", code=1).stderr
    assert "nhi-benefits@6" in case("list").stdout
    whole = (tmp_path / "pia.db").read_bytes()
    with closing(sqlite3.connect(tmp_path / "pia.db")) as bare:
        of = "SELECT rootpage FROM sqlite_master WHERE name = 'assessment'"
        (page,) = bare.execute(of).fetchone()
    garbage = bytearray(whole)
    garbage[(page - 1) * 4096 : page * 4096] = b"\xff" * 4096
    (tmp_path / "pia.db").write_bytes(garbage)
    words = case("list", code=1).stderr
    assert "一部が壊れていて" in words and words.count("\n") == 1
    assert "database-broken" in case("fsck", code=1).stdout
    (tmp_path / "pia.db").write_bytes(whole[: len(whole) // 3])
    assert "pia.db" in case("fsck", code=1).stdout


def test_a_closed_pipe_a_folder_and_no_arguments(
    run: Run, books: tuple[Path, Path], tmp_path: Path
) -> None:
    run(
        "diff",
        str(books[0].with_suffix(".json")),
        str(books[1].with_suffix(".json")),
        "-o",
        ".",
        code=2,
    )
    assert "コマンド" in run().stdout
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "pia", "show", str(books[0].with_suffix(".json"))],
        stdout=writer,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
    )
    os.close(writer)
    assert done.returncode == 0 and done.stderr == b""


def test_a_file_with_an_error_imports_nothing(
    run: Run, books: tuple[Path, Path], tmp_path: Path
) -> None:
    run("init")
    (tmp_path / "broken.xlsx").write_bytes(books[0].read_bytes()[:2000])
    run("import", str(books[0]), "broken.xlsx", code=2)
    assert json.loads(run("list", "--json").stdout)["assessments"] == []


def test_national_text_from_a_file(run: Run, books: tuple[Path, Path]) -> None:
    run("init")
    run("import", str(books[0]), "--into", "nhi-levy")
    assert (
        "反映する"
        in run(
            "national", "apply", "govcloud-2024", "nhi-levy", "--files", "file-levy", "--dry-run"
        ).stdout
    )
    assert len(json.loads(run("log", "nhi-levy", "--json").stdout)["versions"]) == 1
    run("national", "apply", "govcloud-2024", "nhi-levy", code=2)
    run("national", "apply", "govcloud-2024", "nhi-levy", "--files", "国民健康保険賦課ファイル")
    assert json.loads(run("national", "departures", "nhi-levy", "--json").stdout) == {
        "departures": []
    }
    run("national", "undo", "govcloud-2024", "nhi-levy")
    report = json.loads(run("diff", "nhi-levy@1", "nhi-levy", "--format", "json").stdout)
    assert report["changes"] == [] and report["old"]["digest"] == report["new"]["digest"]


def test_the_played_case_on_the_command_line(case: Run) -> None:
    assert "nhi-benefits@6" in case("list").stdout
    made = json.loads(
        case("diff", "nhi-benefits@1", "nhi-benefits@published", "--format", "json").stdout
    )
    own = [c for c in made["changes"] if not c["procedure"]]
    assert len({tuple(c["path"][:-1]) for c in own}) == 8
    assert {c["reason"] for c in own} == {"ガバメントクラウド", "公金受取口座"}
    assert {"national": "govcloud-2024"} in next(c for c in own if c["item"] == "II-6-1")["sources"]
    only = json.loads(
        case(
            "diff", "nhi-benefits@1", "nhi-benefits", "--format", "json", "--reason", "公金受取口座"
        ).stdout
    )
    assert {c["item"] for c in only["changes"]} == {"B1-F-1"} and len(only["changes"]) == 3
    case("diff", "nhi-benefits@1", "nhi-benefits", "--reason", "ない理由", code=2)
    departures = json.loads(
        case("national", "departures", "nhi-benefits", "nhi-levy", "--json").stdout
    )["departures"]
    assert [d["item"] for d in departures] == ["II-6-3", "II-6-3"] and departures[0]["confirmed"][
        "asked"
    ]
    rows = json.loads(case("change-table", "nhi-benefits@1", "nhi-benefits").stdout)["rows"]
    assert {r["timing"] for r in rows if r.get("item") == "II-6-1"} == {"事前"}
    case("show", "nhi-benefits@99", code=2)
    two = json.loads(
        case(
            "diff",
            "nhi-levy~r6-cloud",
            "elderly-medical~r6-cloud",
            "--interdiff",
            "--format",
            "json",
        ).stdout
    )
    assert {c["item"] for c in two["only_new"] if not c["procedure"]} <= {
        "II-6-1",
        "II-6-3",
        "III-7-R1-5-a",
        "III-7-R1-6-a",
    }
    case("diff", "nhi-levy", "elderly-medical", "--interdiff", code=2)


def test_a_returned_workbook_changes_only_what_the_colleague_changed(
    case: Run, tmp_path: Path
) -> None:
    import openpyxl

    case("export", "nhi-benefits", "--format", "xlsx", "-o", "out.xlsx")
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    cell = next(
        c for sheet in book for row in sheet.iter_rows() for c in row if c.value == "みなも市長"
    )
    cell.value = "新みなも市長"
    book.save(tmp_path / "back.xlsx")
    # Meanwhile somebody else applied a national text anew to the main line.
    case("national", "undo", "govcloud-2024", "nhi-benefits")
    made = case("import", "back.xlsx", "--into", "nhi-benefits", "--why", "同僚の確認").stdout
    assert made.startswith("nhi-benefits@8\t")
    changed = json.loads(
        case("diff", "nhi-benefits@7", "nhi-benefits@8", "--format", "json").stdout
    )["changes"]
    assert [(c["item"], c["before"], c["after"]) for c in changed] == [
        ("C-5", "みなも市長", "新みなも市長")
    ]


LONG_TERM_CARE = """\
id: care-2026
title: 介護の記載例
issuer: 省（架空）
edition: 令和8年版
reason: 標準化
places:
  - item: II-6-1
    path: [II, "*", "6", "1"]
    text: |
      ＜標準準拠システムにおける措置＞
      国が認めた環境に置く。

      ＜移行の間の措置＞
      移行が終わるまでは、市の環境に置く。
  - item: II-4-T-0
    path: [II, "*", "4", T, "nobody", "0"]
    text: 委託しない
"""


def test_a_national_text_of_another_field(
    run: Run, books: tuple[Path, Path], tmp_path: Path
) -> None:
    run("init")
    run("import", str(books[0].with_suffix(".json")), "--into", "care")
    (tmp_path / "care.yaml").write_text(LONG_TERM_CARE, "utf-8")
    tried = run(
        "national", "apply", "care.yaml", "care", "--files", "all", "--dry-run", "--json", code=1
    )
    assert run("national", "list").stdout == "" and len(run("log", "care").stdout.splitlines()) == 1
    places = json.loads(tried.stdout)["results"][0]["places"]
    assert [(p["path"][-1], p["status"]) for p in places if p["path"][1] == "file-levy"] == [
        ("1", "applied"),
        ("1", "applied"),
        ("0", "missing"),
    ]
    run("national", "apply", "care.yaml", "care", "--files", "all", code=1)
    assert (
        "care@2" in run("national", "apply", "care-2026", "care", "--files", "all", code=1).stdout
    )
    text = run("show", "care", "--item", "II/file-levy/6/1").stdout
    assert text.rstrip().endswith(
        "国が認めた環境に置く。\n＜移行の間の措置＞\n移行が終わるまでは、市の環境に置く。"
    )
    assert {
        d["status"]
        for d in json.loads(run("national", "departures", "care", "--json").stdout)["departures"]
    } == {"missing"}
    (tmp_path / "care.yaml").write_text(LONG_TERM_CARE.replace("国が", "省が"), "utf-8")
    run("national", "apply", "care.yaml", "care", "--files", "all", "--dry-run", code=2)


@pytest.mark.parametrize(
    "body",
    [
        "x: [",
        "- 1",
        "id: 1",
        "{id: a, title: b, issuer: c, edition: d, reason: e, places: []}",
        "{id: [a], title: {}, issuer: 5, edition: d, reason: e, places: [1]}",
        "{id: a, title: b, issuer: c, edition: d, reason: e, places: [5]}",
        "{id: a, title: b, issuer: c, edition: d, reason: e, places: [{item: x, path: II, "
        "text: y}]}",
        "{id: a, title: b, issuer: c, edition: d, reason: e, places: [{item: x, "
        "figure: y, shape: {type: box}}]}",
    ],
)
def test_an_unusable_national_text_is_one_line(body: str, tmp_path: Path, fresh: Workplace) -> None:
    (tmp_path / "bad.yaml").write_text(body, "utf-8")
    with pytest.raises(PiaError) as error:
        national_files.revision_preview(fresh, str(tmp_path / "bad.yaml"))
    assert str(error.value).endswith("。") and "object" not in str(error.value)


def test_two_files_with_one_key_are_two_assessments(
    run: Run, books: tuple[Path, Path], tmp_path: Path
) -> None:
    run("init")
    run("import", str(books[0].with_suffix(".json")), str(books[1].with_suffix(".json")))
    assert [r["key"] for r in json.loads(run("list", "--json").stdout)["assessments"]] == [
        "nhi-levy",
        "new",
    ]
    run("import", str(books[0].with_suffix(".json")), "--form", "key_item@平成30年5月", code=2)


def test_a_job_is_asked_for_done_and_fetched(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(
        interchange.write(demo.assessment("nhi-levy-basic"), key="nhi-levy-basic")
    )
    run("init")
    run("import", "a.json")
    job = run("job", "ask", "paper", "nhi-levy-basic").stdout.strip()
    assert run("job", "ask", "paper", "nhi-levy-basic").stdout.strip() == job
    assert "待っています" in run("job", "list").stdout
    run("work", "--once")
    run("job", "wait", job, "-o", "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    again = run("job", "ask", "bundle", "nhi-levy-basic").stdout.strip()
    run("job", "stop", again)
    run("job", "wait", again, code=1)


def test_papers_are_made_taken_and_registered(case: Run, tmp_path: Path) -> None:
    assert "announcement\t公示文" in case("paper", "list").stdout
    assert "{{ 文書番号 }}" in case("paper", "fields", "announcement").stdout
    case("paper", "template", "announcement", "-o", "own.docx")
    assert "登録しました" in case("paper", "register", "announcement", "own.docx").stdout
    assert "市のひな形" in case("paper", "list").stdout.splitlines()[0]
    done = case("paper", "make", "announcement", "-o", "公示文.docx")
    assert (
        "「文書番号」は記録がないため" in done.stderr
        and (tmp_path / "公示文.docx").read_bytes()[:2] == b"PK"
    )
    assert not case(
        "paper", "make", "announcement", "--set", "文書番号=第1号", "-o", "公示文.docx"
    ).stderr
    (tmp_path / "bad.docx").write_bytes(b"no word file")
    case("paper", "register", "announcement", "bad.docx", code=2)
    case("paper", "register", "announcement", "none.docx", code=2)
    case("paper", "make", "nothing", "-o", "x.docx", code=2)
    case("paper", "make", "announcement", "--set", "文書番号", "-o", "x.docx", code=2)
    case("paper", "make", "announcement", "--consultation", "9", "-o", "x.docx", code=2)
    case("summary", "-o", "x.pdf", code=2)
    assert not (tmp_path / "x.docx").exists()
    case("summary", "--consultation", "1", "--format", "docx", "-o", "s.docx")


def test_papers_can_be_read_about_without_a_database(run: Run, tmp_path: Path) -> None:
    assert "標準のひな形" in run("paper", "list").stdout
    run("paper", "template", "minutes", "-o", "m.docx")
    assert (tmp_path / "m.docx").exists() and not (tmp_path / "pia.db").exists()


def test_words_are_looked_for_on_the_command_line(case: Run) -> None:
    found = case("search", "消去", "クラウド")
    assert "評価書\t" in found.stdout and "件見つかりました" in found.stderr
    assert "クラウド" in found.stdout
    every = case("search", "--every", "消去").stdout
    assert "以前の記載" in every and "以前の記載" not in case("search", "消去").stdout
    assert case("search", "どこにもない言葉").stdout == ""
    assert "索引を作り直しました" in case("search", "--again").stdout
    assert case("search", "消去", "クラウド").stdout == found.stdout
    assert "のように書いてください" in case("search", code=2).stderr
