"""The command line as a stranger uses it: exits, one line on stderr, files without a database,
and never a traceback."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from pia import forms
from pia.actions import demo
from pia.actions.editing import national_files, versions
from pia.actions.viewing import register
from pia.actions.workplace import Workplace
from pia.documents.text import interchange
from pia.documents.workbook_out import writer as workbook_out_writer
from pia.domain.act import JST, By
from pia.domain.document.items import with_answer
from pia.domain.errors import PiaError
from pia.domain.procedure import change_table

from . import forked

ITEM = ("III", "file-levy", "5", "X")
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `pia` in an empty folder with a database of its own."""
    monkeypatch.setenv("PIA_DATABASE_URL", f"sqlite:///{tmp_path / 'pia.db'}")
    monkeypatch.setenv(
        "PYTHONPATH", str(Path(forms.__file__).parents[2])
    )  # the code under test, whatever is installed

    def pia(*args: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = forked.run(args, tmp_path, os.environ)
        assert done.returncode == code, (
            args,
            done.returncode,
            done.stdout[-500:],
            done.stderr[-800:],
        )
        assert "Traceback" not in done.stderr
        if code == 2:
            assert len(done.stderr.strip().splitlines()) == 1 and done.stderr.strip().endswith(
                "。"
            ), done.stderr
        return done

    return pia


@pytest.fixture
def case(run: Run, played_file: Path, tmp_path: Path) -> Run:
    shutil.copy(played_file, tmp_path / "pia.db")
    return run


@pytest.fixture(scope="session")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two workbooks of one assessment, the second with one item changed."""
    folder = tmp_path_factory.mktemp("books")
    old = demo.assessment("nhi-levy")
    form = forms.load(old.form)
    new = with_answer(form, old, ITEM, "新しいリスク対策を行う。")
    for name, tree in (("old", old), ("new", new)):
        (folder / f"{name}.xlsx").write_bytes(
            workbook_out_writer.write(tree, form, title="国保", ref="nhi-levy@1")
        )
        (folder / f"{name}.json").write_bytes(interchange.write(tree, key="nhi-levy"))
    return folder / "old.xlsx", folder / "new.xlsx"


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
        there = run(*args, code=typed.returncode)
        assert (typed.stdout, typed.stderr) == (there.stdout, there.stderr)


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


def test_two_workbooks_are_compared_without_a_database(
    run: Run, books: tuple[Path, Path], tmp_path: Path
) -> None:
    made = json.loads(run("diff", str(books[0]), str(books[1]), "--format", "json").stdout)
    assert made["summary"] == {"added": 0, "removed": 0, "modified": 1, "moved": 0, "renumbered": 0}
    change = made["changes"][0]
    assert (change["item"], change["path"], change["after"]) == (
        "III-5-X",
        [*ITEM, ""],
        "新しいリスク対策を行う。",
    )
    assert change["material"] == {"flag": True, "basis": "※ Ⅲ５"} and change["page"] is None
    old, new = change["before"], change["after"]
    assert "".join(new[s["new"][0] : s["new"][1]] for s in change["spans"]) == new
    assert (
        "".join(
            old[s["old"][0] : s["old"][1]] for s in sorted(change["spans"], key=lambda s: s["old"])
        )
        == old
    )
    assert not (tmp_path / "pia.db").exists()
    same = json.loads(
        run("diff", str(books[0]), str(books[0].with_suffix(".json")), "--format", "json").stdout
    )
    assert same["changes"] == [] and same["old"]["digest"] == same["new"]["digest"]


def test_pages_are_those_of_the_printed_document(
    run: Run, books: tuple[Path, Path], tmp_path: Path
) -> None:
    pair = [str(b.with_suffix(".json")) for b in books]
    made = json.loads(run("diff", *pair, "--format", "json", "--pages").stdout)
    page = made["changes"][0]["page"]
    assert page["old"] > 10 and page["new"] >= page["old"]


@pytest.mark.parametrize("fmt", ["text", "html", "xlsx", "pdf", "notice"])
def test_a_comparison_in_every_medium(
    run: Run, books: tuple[Path, Path], tmp_path: Path, fmt: str
) -> None:
    run("diff", str(books[0]), str(books[1]), "--format", fmt, "-o", f"out.{fmt}")
    assert (tmp_path / f"out.{fmt}").stat().st_size > 100


def test_a_change_table_proves_in_every_format_and_a_changed_one_does_not(
    run: Run, books: tuple[Path, Path], tmp_path: Path
) -> None:
    pair = (str(books[0]), str(books[1]))
    run("change-table", *pair, "--format", "json", "-o", "t.json")
    run("change-table", *pair, "--format", "xlsx", "-o", "t.xlsx")
    run("change-table", *pair, "--format", "csv", "-o", "t.csv")
    assert "一致します" in run("prove", *pair, "t.json").stdout
    assert "一致します" in run("prove", *pair, "t.xlsx").stdout
    table = json.loads((tmp_path / "t.json").read_text("utf-8"))
    own = [r for r in table["rows"] if not r.get("inherited")]
    assert len(own) == 1 and own[0]["date"] is None and own[0]["timing"] is None
    own[0]["after"] += "加筆"
    (tmp_path / "t2.json").write_text(json.dumps(table, ensure_ascii=False), "utf-8")
    done = run("prove", *pair, "t2.json", code=1)
    assert "変更後の記載" in done.stdout
    done = run("prove", *pair, "t.csv")
    assert "一致します" in done.stdout and "確かめていません" in done.stdout
    cells = list(csv.reader((tmp_path / "t.csv").read_text("utf-8-sig").splitlines(keepends=True)))
    cells[-1][3] += "加筆"
    with (tmp_path / "t2.csv").open("w", encoding="utf-8-sig", newline="") as f:
        csv.writer(f).writerows(cells)
    assert f"{len(cells)}行4列（変更後の記載）" in run("prove", *pair, "t2.csv", code=1).stdout


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
    made = json.loads(run("diff", "nhi@1", "nhi", "--format", "json").stdout)
    assert [c["item"] for c in made["changes"]] == ["III-5-X"]
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
    told = case("list", code=1).stderr
    assert "一部が壊れていて" in told and told.count("\n") == 1
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


@pytest.mark.parametrize(
    "row",
    [
        5,
        {},
        {"path": "C/2"},
        {"path": []},
        {"path": ["C", "2"], "before": "a", "after": 5},
        {"path": ["C", 2]},
        {"path": ["II", "z"], "at": 5},
        {"path": ["II", "z"], "at": {"index": "x"}},
        {"path": ["C", "2"], "withheld": [5]},
        {"path": ["C", "2"], "withheld": [{"start": "x", "end": 2}]},
    ],
)
def test_a_table_of_the_wrong_types_is_refused(row: object) -> None:
    with pytest.raises(PiaError, match="変更箇所の表の形"):
        change_table.from_json(
            {
                "rows": [
                    {"item": "C-2", "op": "modified", "before": None, "after": None, **row}
                    if isinstance(row, dict)
                    else row
                ]
            }
        )


def test_a_form_check_finds_the_form_on_the_cover(run: Run, books: tuple[Path, Path]) -> None:
    assert "選択肢" in run("form", "check", str(books[0]), code=1).stdout


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
    made = json.loads(run("diff", "nhi-levy@1", "nhi-levy", "--format", "json").stdout)
    assert made["changes"] == [] and made["old"]["digest"] == made["new"]["digest"]


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
    found = json.loads(case("national", "departures", "nhi-benefits", "nhi-levy", "--json").stdout)[
        "departures"
    ]
    assert [d["item"] for d in found] == ["II-6-3", "II-6-3"] and found[0]["confirmed"]["asked"]
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
    with pytest.raises(PiaError) as said:
        national_files.revision_preview(fresh, str(tmp_path / "bad.yaml"))
    assert str(said.value).endswith("。") and "object" not in str(said.value)


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


def test_a_new_form_is_not_shown_as_hundreds_of_edits(
    run: Run, books: tuple[Path, Path], tmp_path: Path
) -> None:
    raw = json.loads(books[1].with_suffix(".json").read_text("utf-8"))
    old_files = {
        "path": ["II", "file-levy", "2", "4", "a", "a2"],
        "answer": ["4情報（氏名、性別、生年月日、住所）"],
    }
    kept = [a for a in raw["answers"] if a["path"][-1] != "a2"]
    for name, form, extra in (
        ("a.json", "all_item@平成30年5月", [old_files]),
        ("b.json", "all_item@令和6年10月", []),
    ):
        (tmp_path / name).write_text(
            json.dumps(
                {**raw, "form": form, "answers": [*kept, *extra], "digest": None},
                ensure_ascii=False,
            ),
            "utf-8",
        )
    made = run("diff", "a.json", "b.json", "--format", "json")
    assert json.loads(made.stdout)["changes"] == [] and "4情報" not in made.stdout
    assert "対応する欄（選択肢）がありません" in made.stderr
    assert json.loads(made.stdout)["problems"][0]["code"] == "form.unmapped"


def test_markdown_and_text_are_compared_with_the_same_engine(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# 条例\n\n## 第1条\n目的を定める。\n\n## 第2条\n市長は、報告する。\n", "utf-8"
    )
    (tmp_path / "b.md").write_text(
        "# 条例\n\n## 第1条\n目的を定める。\n\n## 第2条\n用語を定める。"
        "\n\n## 第3条\n市長は、毎年報告する。\n",
        "utf-8",
    )
    made = json.loads(run("diff", "a.md", "b.md", "--format", "json").stdout)
    assert made["summary"]["added"] >= 1 and made["summary"]["removed"] == 0
    assert any("毎年" in (c["after"] or "") and c["kind"] == "modified" for c in made["changes"])
    (tmp_path / "a.txt").write_text("一行目\n二行目\n", "utf-8")
    (tmp_path / "b.txt").write_text("一行目\n新しい行\n二行目\n", "utf-8")
    assert (
        json.loads(run("diff", "a.txt", "b.txt", "--format", "json").stdout)["summary"]["added"]
        == 1
    )
    whole = json.loads(
        run("diff", "a.txt", "b.txt", "--format", "json", "--structure", "none").stdout
    )
    assert [c["kind"] for c in whole["changes"]] == ["modified"]


def test_the_public_reading_and_a_bundle_that_verifies(run: Run, tmp_path: Path) -> None:
    tree = demo.assessment("nhi-levy-basic")
    marked = {
        "path": ["C", "4"],
        "answer": {
            "text": "鍵は北棟に置く。",
            "withheld": [{"start": 2, "end": 4, "reason": "警備"}],
        },
    }
    raw = json.loads(interchange.write(tree, key="nhi-levy-basic", title="国保"))
    raw["answers"] = [a for a in raw["answers"] if a["path"] != marked["path"]] + [marked]
    del raw["digest"]
    (tmp_path / "a.json").write_text(json.dumps(raw), "utf-8")
    assert "北棟" in run("export", "a.json", "--format", "md", "-o", "-").stdout
    for fmt in ("json", "md"):
        said = run("export", "a.json", "--format", fmt, "--public", "-o", "-").stdout
        assert "北棟" not in said and "鍵は【非公表】に置く。" in said
    run("init")
    run("import", "a.json", "--into", "nhi-levy-basic")
    run("export", "nhi-levy-basic", "--format", "bundle", "-o", "b.zip")
    run("export", "nhi-levy-basic", "--format", "bundle", "-o", "again.zip")
    assert (tmp_path / "b.zip").read_bytes() == (tmp_path / "again.zip").read_bytes()
    checks = json.loads(run("verify", "b.zip", "--json").stdout)["checks"]
    assert len(checks) >= 4 and all(c["holds"] for c in checks)
    run("export", "nhi-levy-basic", "--format", "bundle", "--public", "-o", "public.zip")
    run("verify", "public.zip")
    import zipfile

    with zipfile.ZipFile(tmp_path / "public.zip") as z:
        assert all("北棟".encode() not in z.read(n) for n in z.namelist())
        assert '"saved_by": null' in z.read("manifest.json").decode()
    run("verify", "a.json", code=2)
    damaged = bytearray((tmp_path / "b.zip").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "b.zip").write_bytes(damaged)
    assert subprocess.run(
        [sys.executable, "-m", "pia", "verify", "b.zip"], cwd=tmp_path, capture_output=True
    ).returncode in (1, 2)


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


def test_comparison_tables_of_files_need_no_database(run: Run, tmp_path: Path) -> None:
    for name, text in (
        ("a.txt", "一つ目。\n二つ目。\n"),
        ("b.txt", "一つ目。\n二番目。\n"),
        ("c.txt", "甲。\n"),
        ("d.txt", "乙。\n"),
    ):
        (tmp_path / name).write_text(text, "utf-8")
    for fmt in ("pdf", "xlsx", "docx"):
        run(
            "comparison-table",
            "a.txt",
            "b.txt",
            "c.txt",
            "d.txt",
            "--format",
            fmt,
            "-o",
            f"out.{fmt}",
        )
        first = (tmp_path / f"out.{fmt}").read_bytes()
        run(
            "comparison-table",
            "a.txt",
            "b.txt",
            "c.txt",
            "d.txt",
            "--format",
            fmt,
            "-o",
            f"out.{fmt}",
        )
        assert (tmp_path / f"out.{fmt}").read_bytes() == first
    run("comparison-table", "a.txt", code=2)
    run("comparison-table", "a.txt", "b.txt", "--referral", "1", code=2)
    assert not (tmp_path / "pia.db").exists()


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
