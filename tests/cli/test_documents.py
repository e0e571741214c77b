"""Commands about documents: two compared in every medium, what is written out, and what proves."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pia.actions import demo
from pia.documents.text import interchange
from pia.domain.errors import PiaError
from pia.domain.procedure import change_table

from .conftest import ITEM, Run


def test_two_workbooks_are_compared_without_a_database(
    run: Run, books: tuple[Path, Path], tmp_path: Path
) -> None:
    report = json.loads(run("diff", str(books[0]), str(books[1]), "--format", "json").stdout)
    assert report["summary"] == {
        "added": 0,
        "removed": 0,
        "modified": 1,
        "moved": 0,
        "renumbered": 0,
    }
    change = report["changes"][0]
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
    report = json.loads(run("diff", *pair, "--format", "json", "--pages").stdout)
    page = report["changes"][0]["page"]
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
    report = run("diff", "a.json", "b.json", "--format", "json")
    assert json.loads(report.stdout)["changes"] == []
    assert "対応する欄（選択肢）がありません" in report.stderr
    told = [problem["code"] for problem in json.loads(report.stdout)["problems"]]
    assert told == ["form.moved", "form.unmapped"]


def test_markdown_and_text_are_compared_with_the_same_engine(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# 条例\n\n## 第1条\n目的を定める。\n\n## 第2条\n市長は、報告する。\n", "utf-8"
    )
    (tmp_path / "b.md").write_text(
        "# 条例\n\n## 第1条\n目的を定める。\n\n## 第2条\n用語を定める。"
        "\n\n## 第3条\n市長は、毎年報告する。\n",
        "utf-8",
    )
    report = json.loads(run("diff", "a.md", "b.md", "--format", "json").stdout)
    assert report["summary"]["added"] >= 1 and report["summary"]["removed"] == 0
    assert any("毎年" in (c["after"] or "") and c["kind"] == "modified" for c in report["changes"])
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
