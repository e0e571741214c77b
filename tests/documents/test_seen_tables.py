"""Proofs read what people read: the tables and bundles of an earlier state still prove, a cell
somebody changed is named, what is not there is said."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from docx import Document
from openpyxl import load_workbook
from openpyxl.styles import PatternFill

from pia import forms
from pia.actions import sources
from pia.actions.output import comparison_table, comparisons, proofs
from pia.actions.sources import Source
from pia.actions.workplace import Press
from pia.documents import bundle
from pia.documents.comparison import table as compared_table
from pia.documents.ooxml import package
from pia.documents.pdf import comparison as pdf_comparison
from pia.documents.proof import comparison as comparison_proof
from pia.documents.proof import tables
from pia.documents.word import writer
from pia.documents.workbook_out import change_table
from pia.domain.change.compare import compare
from pia.domain.change.describe import describe
from pia.domain.document import items
from pia.domain.document.tree import Tree
from pia.domain.errors import PiaError
from pia.domain.procedure.change_table import ChangeTableRow
from pia.domain.proof import change_table as change_table_proof
from pia.domain.proof.cells import Cell
from pia.domain.proof.change_table import COLUMNS, shows
from tests.domain import trees

GOLDEN = Path(__file__).parents[1] / "golden" / "3486151"
STORIES = {
    "nhi-levy": "nhi-levy.zip",
    "school-aid": "school-aid.zip",
    "school-aid-basic": "school-aid.zip",
}
KINDS = (
    "change-table.json",
    "change-table.xlsx",
    "change-table.csv",
    "change-table.pdf",
    "comparison.xlsx",
    "comparison.docx",
    "comparison.pdf",
)
Open = Callable[[Any], None]


@cache
def parts(name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(GOLDEN / name) as z:
        return {i.filename: z.read(i) for i in z.infolist()}


@cache
def texts(key: str) -> tuple[Source, Source]:
    files = parts(STORIES[key])
    old, new = (
        sources.read_bytes(files[f"{key}/{n}.json"], f"{n}.json") for n in ("base", "document")
    )
    return old, new


def table(key: str, kind: str) -> bytes:
    return (GOLDEN / f"{key}-{kind}").read_bytes()


def problems(data: bytes, kind: str, key: str = "school-aid") -> Sequence[str]:
    return proofs.prove_bytes(data, kind, *texts(key))[1].problems


def book(data: bytes, change: Open) -> bytes:
    """A workbook somebody opened, changed and saved again."""
    made, out = load_workbook(io.BytesIO(data)), io.BytesIO()
    change(made)
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize("key", STORIES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_an_earlier_state_made_still_proves_and_what_it_lacks_is_said(
    key: str, kind: str
) -> None:
    proof = proofs.prove_bytes(table(key, kind), kind, *texts(key))[1]
    assert proof.problems == () and proof.rows > 0
    assert any("確かめていません" in r for r in proof.remarks) == (kind != "change-table.json")


@pytest.mark.parametrize("name", sorted({*STORIES.values(), "school-aid-basic-1.zip"}))
def test_a_bundle_of_an_earlier_state_still_verifies(name: str) -> None:
    checks = bundle.verify((GOLDEN / name).read_bytes(), name)
    assert [c for c in checks if not c.holds] == []
    assert [c.why for c in checks if c.what == "計画管理書"] == [
        ("この一式の形式（pia-bundle/1）には、計画管理書が入っていません。",)
    ]
    assert any("change-table.xlsx" in c.what for c in checks) == (name != "school-aid-basic-1.zip")


@pytest.mark.parametrize("column", range(6))
def test_a_visible_cell_somebody_changed_is_named_though_the_hidden_rows_are_true(
    column: int,
) -> None:
    def change(book: Any) -> None:
        cell = book["変更箇所"].cell(5, column + 1)
        cell.value = f"{cell.value or ''}偽"

    said = problems(book(table("nhi-levy", "change-table.xlsx"), change), "t.xlsx", "nhi-levy")
    assert (
        len(said) == 1
        and said[0].startswith(f"変更箇所!{'ABCDEF'[column]}5（{COLUMNS[column]}）：")
        and "偽" in said[0]
    )


def test_a_false_visible_table_in_a_bundle_sealed_again_is_named() -> None:
    files = dict(parts("school-aid.zip"))

    def change(book: Any) -> None:
        book["変更箇所"]["E20"].value = "事前"
        book["変更箇所"]["D6"].value = "何も変わらない。"

    name = "school-aid/change-table.xlsx"
    files[name] = book(files[name], change)
    manifest = json.loads(files[bundle.MANIFEST])
    for f in manifest["files"]:
        f["size"], f["sha256"] = len(files[f["path"]]), sha256(files[f["path"]]).hexdigest()
    checks = bundle.verify(package.pack({**files, bundle.MANIFEST: json.dumps(manifest).encode()}))
    wrong = [c for c in checks if not c.holds]
    assert [c.what for c in wrong] == [
        "「就学援助に関する事務」の変更箇所の表（change-table.xlsx）に見えている記載"
    ]
    assert [w.split("：")[0] for w in wrong[0].why] == [
        "変更箇所!D6（変更後の記載）",
        "変更箇所!E20（提出時期）",
    ]


def test_a_re_typed_table_is_proved_by_what_it_shows() -> None:
    def retype(book: Any) -> None:
        del book[change_table.HIDDEN]

    bare = book(table("school-aid", "change-table.xlsx"), retype)
    proof = proofs.prove_bytes(bare, "t.xlsx", *texts("school-aid"))[1]
    assert proof.problems == () and "控え（見えない写し）がありません" in proof.remarks[0]

    def lie(book: Any) -> None:
        retype(book)
        book["変更箇所"]["D6"].value = "1,000人以上1万人未満"
        book["変更箇所"].delete_rows(12)

    said = problems(book(table("school-aid", "change-table.xlsx"), lie), "t.xlsx")
    assert "変更箇所!D6（変更後の記載）" in said[0] and any(
        "本文は変わっていますが、表に行がありません" in p for p in said
    )


def test_columns_in_another_order_are_read_by_their_heads() -> None:
    def turn(book: Any) -> None:
        ws = book["変更箇所"]
        for row in range(3, ws.max_row + 1):
            ws.cell(row, 1).value, ws.cell(row, 2).value = (
                ws.cell(row, 2).value,
                ws.cell(row, 1).value,
            )

    assert problems(book(table("school-aid", "change-table.xlsx"), turn), "t.xlsx") == ()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            lambda ws: ws.row_dimensions.__getitem__(6).__setattr__("hidden", True),
            "控えの行が、表にありません",
        ),
        (lambda ws: ws.cell(6, 8, "欄外の一言"), "変更箇所!H6：表の外に記載があります"),
        (lambda ws: ws.cell(ws.max_row + 1, 2, "もう一行"), "控えにない行です"),
        (lambda ws: ws.cell(3, 3).__setattr__("value", "変更後の記載"), "変更箇所!C3（見出し）"),
    ],
)
def test_rows_hidden_or_added_cells_outside_and_other_heads_are_named(
    change: Open, named: str
) -> None:
    data = book(table("school-aid", "change-table.xlsx"), lambda book: change(book["変更箇所"]))
    assert any(named in p for p in problems(data, "t.xlsx"))


def test_only_looks_are_no_difference() -> None:
    def colour(book: Any) -> None:
        for c in book["変更箇所"][6]:
            c.fill = PatternFill("solid", fgColor="FFFF00")

    assert problems(book(table("school-aid", "change-table.xlsx"), colour), "t.xlsx") == ()


def test_a_shortened_cell_is_held_to_what_it_shows() -> None:
    old, new = "＜甲＞\n一\n\n＜乙＞\n二\n\n＜丙＞\n三", "＜甲＞\n一\n\n＜乙＞\n四\n\n＜丙＞\n三"
    for shown in ("（略）\n＜乙＞\n四\n（略）", "＜甲＞\n一\n＜乙＞\n四\n（略）"):
        assert shows(Cell(shown, ""), new, old), shown
    for shown in (
        "（略）",
        "（略）\n＜丙＞\n三",
        "（略）\n＜乙＞\n二\n（略）",
        "＜乙＞\n四\n（略）",
        "（略）\n＜乙＞\n四",
        "（記載なし）",
        "",
    ):
        assert not shows(Cell(shown, ""), new, old), shown
    assert shows(Cell("（記載なし）", ""), "＜甲＞\n一", "＜甲＞\n一\n\n＜乙＞\n二") and not shows(
        Cell("（記載なし）", ""), old, new
    )


def test_rows_of_a_table_are_read_in_the_words_of_every_release() -> None:
    row = ChangeTableRow(
        ("X",), "X", "別添2", "modified", "1｜氏名\n2｜住\\｜所", "1｜氏名\n2｜電話"
    )
    before, after = (change_table_proof.due_row(row).cells[i] for i in (2, 3))
    assert (
        before.met(Cell("1｜氏名\n2｜住｜所", ""))
        and after.met(Cell("1｜氏名\n2｜電話", ""))
        and not after.met(Cell("1｜氏名\n2｜電話番号", ""))
    )


def test_a_side_may_leave_out_only_what_the_other_side_has() -> None:
    whole, other = (
        "前から同じ文。ここを直した。後も同じ文。",
        "前から同じ文。ここは昔の文。後も同じ文。",
    )
    ok, wrong = (
        comparison_proof.left_out_rightly,
        (
            "（略）",
            "前から同じ文。（略）",
            "前から同じ文。後も同じ文。",
            "（略）ここを直さない。（略）",
        ),
    )
    assert all(
        ok(Cell(x, ""), whole, other)
        for x in (whole, "（略）ここを直した。（略）", "前から（略）ここを直した。後も同じ文。")
    )
    assert not any(ok(Cell(x, ""), whole, other) for x in wrong)
    assert ok(
        Cell("条文に（略）とある。新", ""), "条文に（略）とある。新", "条文に（略）とある。"
    ) and not ok(Cell("条文に（略）。新", ""), "条文に（略）とある。新", "")


def test_csv_is_read_as_a_spreadsheet_shows_it() -> None:
    data = table("school-aid", "change-table.csv")
    assert b"'=" in data and problems(data, "t.csv") == ()
    assert problems(data.replace(b"'=", b"="), "t.csv") == (), "as a spreadsheet shows it"
    assert problems(data.decode("utf-8-sig").encode("cp932"), "t.csv") == ()
    said = problems(
        data.decode().replace("+添付書類をなくす。", "添付書類をなくす。").encode(), "t.csv"
    )
    assert len(said) == 1 and said[0].startswith("15行4列（変更後の記載）：")


def test_a_paper_is_read_by_what_is_drawn() -> None:
    old, new = texts("school-aid")
    lines = comparisons.printed(old, comparisons.change_rows(None, old, new))
    true = pdf_comparison.change_table(lines, title="変更箇所")
    assert problems(true, "t.pdf") == ()
    with pikepdf.open(io.BytesIO(true)) as pdf:
        body = pikepdf.unparse_content_stream(pikepdf.parse_content_stream(pdf.pages[0]))
        page, out = pdf.pages[0], io.BytesIO()
        page.Contents = pdf.make_stream(b"3 Tr\n" + body)  # there to be searched, and not seen
        pdf.save(out)
        assert any(
            "控えの行が、表にありません" in p or "見出し" in p
            for p in problems(out.getvalue(), "t.pdf")
        )
        page.Contents = pdf.make_stream(body + b"\nq 1 1 1 rg 40 60 760 400 re f Q")
        covered = io.BytesIO()
        pdf.save(covered)
        assert "1頁：文字の上が塗りつぶされています。" in problems(covered.getvalue(), "t.pdf")
        page.Contents = pdf.make_stream(body)
        page.Annots = pdf.make_indirect(
            pikepdf.Array(
                [
                    pikepdf.Dictionary(
                        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[0, 0, 9, 9]
                    )
                ]
            )
        )
        noted = io.BytesIO()
        pdf.save(noted)
        assert problems(noted.getvalue(), "t.pdf") == ("1頁：注釈が重ねられています。",)


def test_a_word_file_with_unseen_words_says_so() -> None:
    document, out = Document(io.BytesIO(table("school-aid", "comparison.docx"))), io.BytesIO()
    document.paragraphs[0].add_run("実は違う").font.hidden = True
    document.save(out)
    assert problems(out.getvalue(), "c.docx") == ("見えない文字があります。",)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_damaged_table_is_one_sentence_and_never_a_traceback(kind: str) -> None:
    data, rng = table("school-aid-basic", kind), random.Random(7)
    for _ in range(25):
        at = rng.randrange(len(data))
        bad = data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
        try:
            problems(bad, kind, "school-aid-basic")
        except PiaError as e:
            assert "\n" not in str(e)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "t.csv"),
        (b"\xff\xfe\x00", "t.csv"),
        (b"a,b\n1,2\n", "t.csv"),
        (b"%PDF-1.7", "t.pdf"),
        (b"PK\x03\x04", "t.docx"),
        (b"PK\x03\x04", "t.xlsx"),
        (b"[]", "t.json"),
    ],
)
def test_what_is_no_table_is_one_sentence(data: bytes, name: str) -> None:
    with pytest.raises(PiaError):
        problems(data, name)


def test_the_table_of_other_texts_does_not_prove() -> None:
    old, new = texts("school-aid")
    for kind in KINDS:
        assert proofs.prove_bytes(table("school-aid", kind), kind, new, old)[1].problems, kind


def test_a_moved_block_and_a_literal_mark_in_a_comparison_prove() -> None:
    form = forms.load("basic_item@令和6年10月")

    def tree(text: str) -> Tree:
        return items.build(form, [(("I", "1", "2"), text)])

    old, new = tree("＜甲＞\n一（略）二\n\n＜乙＞\n三"), tree("＜乙＞\n三\n\n＜甲＞\n一（略）四")
    described = describe(form, compare(old, new), old, new)
    made = compared_table.paper(
        [compared_table.Subject("k", "題", "", old, new, described)], title="新旧対照表"
    )
    seen = tables.of_docx(writer.write(made), "c.docx", comparison_proof.HEADS)
    assert seen is not None and comparison_proof.prove(form, old, new, seen).problems == ()
    other = tree("＜乙＞\n三\n\n＜甲＞\n一（略）五")
    assert comparison_proof.prove(form, old, other, seen).problems


def made_tables(old: Source, new: Source, papers: bool) -> dict[str, bytes]:
    """Every table of two texts; `papers`: as PDF too."""
    rows = comparisons.change_rows(None, old, new)
    subjects = comparison_table.pairs(Press(), [(old, new)])
    out = {
        "t.csv": comparisons.table_csv(old, rows).encode(),
        "t.xlsx": comparisons.table_xlsx(old, new, rows),
    }
    out |= {
        f"c.{fmt}": comparison_table.write(subjects, fmt, press=Press(), new_left=False)
        for fmt in ("xlsx", "docx", "pdf")
        if papers or fmt != "pdf"
    }
    return out | ({"t.pdf": comparisons.table_pdf(old, new, rows, Press())} if papers else {})


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_generated_texts_have_tables_that_prove_and_not_for_other_texts(seed: int) -> None:
    rng = random.Random(seed)
    form = forms.load(
        rng.choice(["key_item@令和6年10月", "basic_item@平成31年1月", "all_item@令和6年10月"])
    )
    tree = trees.a_tree(rng, form.id, share=0.1)
    old = Source("前.json", tree, form, "題", "k")
    new = Source("後.json", trees.revised(rng, tree), form, "題", "k")
    for name, data in made_tables(old, new, papers=seed == 1).items():
        assert proofs.prove_bytes(data, name, old, new)[1].problems == (), name
        assert proofs.prove_bytes(data, name, new, old)[1].problems, name


def test_a_table_without_rows_proves_for_equal_texts_alone() -> None:
    old, new = texts("school-aid-basic")
    for name, data in made_tables(old, old, papers=True).items():
        assert proofs.prove_bytes(data, name, old, old)[1].problems == (), name
        assert proofs.prove_bytes(data, name, old, new)[1].problems, name
