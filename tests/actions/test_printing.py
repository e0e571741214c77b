"""Printings are made once and kept with their pages; stamps follow the round; the pack of a
sitting leads there and back and can be split for mail."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from reportlab.pdfgen.canvas import Canvas

from pia import config
from pia.actions import sources
from pia.actions.issuing import exports, pack
from pia.actions.output import comparison_table, comparisons, printing
from pia.actions.steps import viewpoints
from pia.actions.viewing import cards as card_views
from pia.actions.workplace import Press, Workplace, press_of
from pia.documents.pdf import archive
from pia.documents.pdf import pack as pdf_pack
from pia.domain.act import JST, By
from pia.domain.errors import PiaError
from pia.store.rows import councils, papers
from pia.store.rows.assessments import Assessment, Round

from .. import shared
from ..documents.papers import keep, letters, needs_poppler, text, words


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    """The case up to the verdict, with the papers pinned."""
    wp = shared.copied(shared.played("verdict", papers=True), tmp_path_factory.mktemp("papers"))
    yield wp
    wp.store.close()


@pytest.fixture(scope="module")
def packed(case: Workplace) -> bytes:
    volumes = pack.pack(case, 1)
    assert len(volumes) == 1
    keep("pack", volumes[0].data, "1-6")
    return volumes[0].data


def count(wp: Workplace) -> int:
    with wp.store.read() as s:
        return s.query(papers.Printed).count()


def test_the_same_text_is_printed_once_and_the_referrals_printing_serves_everyone(
    case: Workplace,
) -> None:
    source = sources.read_ref(case, "elderly-medical~r6-cloud")
    before = count(case)
    assert before == 3
    first = printing.printing(case, source, stamp="（案）")
    assert count(case) == before and first.data == _pinned(case, "資料3-3")
    final = printing.printing(case, source)  # checked by now: without a stamp
    assert count(case) == before + 1 and final.data != first.data and final.pages == first.pages
    assert exports.export(source, "pdf", where=case) == final.data and count(case) == before + 1
    assert printing.pages(case, source) == first.pages
    assert printing.pages(case, sources.read_ref(case, "elderly-medical@1")) is None


@needs_poppler
def test_drafts_are_stamped_by_the_state_of_their_round(case: Workplace, tmp_path: Path) -> None:
    def head(ref: str) -> str:
        return text(printing.printing(case, sources.read_ref(case, ref)).data, tmp_path, "-l", "1")

    assert "確認用" not in head("elderly-medical-basic@1") and "（案）" not in head(
        "elderly-medical-basic@1"
    )  # published before
    line = "nhi-levy-basic~r6-cloud"  # its round is open, and nothing was changed in it yet
    by = By("kashiwagi", "drafter", datetime(2024, 7, 30, 9, tzinfo=JST))
    ref = shared.write(
        case, by, line, ("C", "4"), "特記する。", seen=sources.read_ref(case, line).ref, why="試し"
    ).ref
    assert "（素案）" in head(ref)
    assert "（案）" in text(_pinned(case, "資料3-3"), tmp_path, "-l", "1")


def _pinned(wp: Workplace, number: str) -> bytes:
    from pia.actions.steps import referrals

    return referrals.material(wp, 1, number)


def test_a_comparison_cites_stored_pages_and_null_where_nothing_was_printed(
    case: Workplace,
) -> None:
    a, b = sources.read_ref(case, "nhi-levy@1"), sources.read_ref(case, "nhi-levy~r6-cloud")
    compared = comparisons.comparison(a, b, comparisons.reasons(case, b))
    pages = comparisons.pages_of(compared, case, render=False)
    new = printing.printing(case, b).pages
    assert pages and all(v == {"new": new[p]} for p, v in pages.items())
    rows = comparisons.as_json(compared, "phrase", pages)["changes"]
    assert all(
        c["page"] == {"old": None, "new": new[tuple(c["path"][:-1])]}
        for c in rows
        if c["level"] == "block"
    )
    unprinted = comparisons.comparison(b, a, {})
    assert comparisons.pages_of(unprinted, case.press, render=False) == {}


def links(data: bytes) -> list[tuple[int, int]]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        number = {p.objgen: n for n, p in enumerate(pdf.pages, 1)}
        return [
            (n, number[a.Dest[0].objgen])
            for n, p in enumerate(pdf.pages, 1)
            for a in p.get("/Annots", [])
        ]


def firsts(packed: bytes) -> dict[str, int]:
    """Where each part begins in the pack, by what it is found by."""
    with pikepdf.open(io.BytesIO(packed)) as pdf:
        nums = list(pdf.Root.PageLabels.Nums)
    starts = {}
    for start, label in zip(nums[::2], nums[1::2]):
        starts[str(label.get("/P", "")).strip()] = int(start) + 1
    return starts


def test_a_card_leads_to_its_page_in_every_paper_and_the_page_leads_back(
    case: Workplace, packed: bytes
) -> None:
    view, first, links_found = card_views.sitting_view(case, 1), firsts(packed), links(packed)
    pages = {m["key"]: (m["number"], m["pages"]) for m in view.materials if m.get("pages")}
    cards = 0
    for c in view.cards:
        for key, path in c.card.places.items():
            number, of = pages[key]
            target = first[number] - 1 + of["/".join(path)]
            links_there = [a for a, b in links_found if b == target and a < first["資料3-1"]]
            back = [b for a, b in links_found if a == target and b < first["資料3-1"]]
            # It leads back to where the card begins, which may be the page before its list of
            # places.
            assert any(a - b in (0, 1) for a in links_there for b in back), (c.card.title, key)
            cards += 1
    assert cards == 18


@needs_poppler
def test_every_page_of_the_pack_says_what_it_is(
    case: Workplace, packed: bytes, tmp_path: Path
) -> None:
    pages = text(packed, tmp_path, "-raw").split("\f")[:-1]
    first = firsts(packed)
    for n, p in enumerate(pages, 1):
        assert f"一式 {n} / {len(pages)}" in p
    for number, start in first.items():
        if not number.startswith("資料"):
            continue
        assert letters(f"{number}1ページ") in letters(pages[start - 1]) and letters(
            f"{number}2ページ"
        ) in letters(pages[start])
    front = letters("".join(pages[: first["資料3-1"] - 1]))
    assert (
        "次第" in front
        and "3件に共通・同文" in front
        and front.count("カード8")
        and "説明する課" in front
        and "国保年金課" in front
    )
    assert "特定個人情報保護評価の制度説明" in front and "変更箇所18。" in front
    # The words that stand in it are explained, and no others.
    (begins,) = [number for number, page in enumerate(pages) if "\n用語の説明\n" in f"\n{page}"]
    annex = letters("".join(pages[begins : begins + 3]))
    assert "クラウド事業者サーバーや記憶装置を" in annex and "ISMAP" in annex
    assert "オンプレミス" not in annex and "運用管理補助者" not in annex


@needs_poppler
def test_stamps_lie_on_nothing(packed: bytes, tmp_path: Path) -> None:
    _, placed_words = words(packed, tmp_path)
    for n in {w.page for w in placed_words}:
        mine = [w for w in placed_words if w.page == n and (w.bottom < 46 or w.top > 555)]
        for i, a in enumerate(mine):
            for b in mine[i + 1 :]:
                assert (
                    a.right <= b.left + 0.5
                    or b.right <= a.left + 0.5
                    or a.bottom <= b.top + 2.5
                    or b.bottom <= a.top + 2.5
                ), (a, b)


def test_the_pack_is_archival_labelled_bookmarked_and_equal_each_time(
    case: Workplace, packed: bytes
) -> None:
    assert archive.verdict(packed) == "pass"
    assert pack.pack(case, 1)[0].data == packed == pack.kept(case, 1) == pack.kept(case, 1)
    with pikepdf.open(io.BytesIO(packed)) as pdf, pdf.open_outline() as outline:
        titles = [i.title for i in outline.root]
        assert titles[0] == "次第・資料一覧" and any(t.startswith("資料3-2") for t in titles)
        assert any(i.children for i in outline.root if i.title.startswith("資料3-1"))
        labels = [
            str(x["/P"]) for x in pdf.Root.PageLabels.Nums if not isinstance(x, int) and "/P" in x
        ]
        around = ["名簿 ", "座席表 ", "諮問書 ", "新旧対照表 "]
        documents = ["資料3-1 ", "資料3-2 ", "資料3-3 "]
        assert labels == [*around, *documents, "意見 "]


def test_a_pack_for_both_sides_begins_each_part_on_a_front_and_a_large_one_is_a3(
    case: Workplace, packed: bytes
) -> None:
    both = pack.pack(case, 1, look=pack.PackLook(duplex=True))[0].data
    assert archive.verdict(both) == "pass"
    starts = firsts(both)
    assert set(starts) == set(firsts(packed)) and {at % 2 for at in starts.values()} == {1}
    large = pack.pack(case, 1, look=pack.PackLook(large=True))[0].data
    assert archive.verdict(large) == "pass" and links(large) == links(packed)
    with pikepdf.open(io.BytesIO(large)) as pdf, pikepdf.open(io.BytesIO(packed)) as usual:
        assert len(pdf.pages) == len(usual.pages)
        for page, before in zip(pdf.pages, usual.pages):
            wide = [float(length) for length in page.mediabox]
            assert wide[2] == pytest.approx(float(before.mediabox[2]) * 2**0.5, rel=1e-3)


def test_an_uploaded_paper_is_bound_and_claims_nothing_it_does_not_hold(packed: bytes) -> None:
    drawn = io.BytesIO()
    canvas = Canvas(drawn)  # its typeface is not in the file
    canvas.drawString(72, 700, "Table 1")
    canvas.save()
    ours = pdf_pack.part_of("資料3-1", "評価書", packed)
    theirs = pdf_pack.part_of("資料4", "経費", drawn.getvalue(), foreign=True)
    bound = pdf_pack.bind(pdf_pack.Pack("一式", (ours, theirs), (), {}))[0].data
    assert archive.verdict(bound) != "pass" and b"pdfaid" not in bound
    with pikepdf.open(io.BytesIO(bound)) as pdf:
        assert len(pdf.pages) == ours.count + 1
        assert firsts(bound)["資料4"] == ours.count + 1
    with pytest.raises(PiaError, match="資料5のPDFを開けない"):
        pdf_pack.part_of("資料5", "壊れた資料", b"%PDF-1.7 broken")


@needs_poppler
def test_a_split_pack_fits_the_mail_and_loses_no_page(
    case: Workplace, packed: bytes, tmp_path: Path
) -> None:
    volumes = pack.pack(case, 1, 900_000)
    assert 1 < len(volumes) < 6 and all(len(v.data) <= 900_000 for v in volumes)
    assert all(archive.verdict(v.data) == "pass" for v in volumes)
    total = len(text(packed, tmp_path).split("\f")) - 1
    found: list[Any] = []
    for v in volumes:
        whole = text(v.data, tmp_path)
        found += [n for n in range(1, total + 1) if f"一式 {n} / {total}\n" in whole]
    assert sorted(found) == list(range(1, total + 1))
    listed = pack.listing(volumes, [f"pack-{n}.pdf" for n in range(1, len(volumes) + 1)])
    assert listed.count("\n") == len(volumes) and "資料3-3" in listed
    with pytest.raises(PiaError, match="1ページだけで"):
        pack.pack(case, 1, 60_000)


def test_what_cannot_be_packed_is_said(case: Workplace, played: Workplace) -> None:
    assert (
        pack.referral_of(case, "1")
        == pack.referral_of(case, "2024-07-24")
        == pack.referral_of(case, "令和6年度第1回")
        == 1
    )
    for name, error in (
        ("9", "諮問9"),
        ("2030-01-01", "当てはまる会議がありません"),
        ("", "当てはまる会議がありません"),
    ):
        with pytest.raises(PiaError, match=error):
            pack.referral_of(case, name)
    with pytest.raises(PiaError, match="印刷用の資料"):
        pack.pack(played, 1)


def test_a_character_without_a_glyph_stops_the_printing_and_keeps_nothing(case: Workplace) -> None:
    from pia.domain.document import items

    source = sources.read_ref(case, "elderly-medical-basic~r6-cloud")
    path = ("C", "4")
    by = By("nonomura", "drafter", datetime(2024, 7, 30, 9, tzinfo=JST))
    ref = shared.write(
        case,
        by,
        "elderly-medical-basic~r6-cloud",
        path,
        "特記\U0010fffd",
        seen=source.ref,
        why="試し",
    ).ref
    before = count(case)
    with pytest.raises(PiaError, match=r"U\+10FFFD、表紙 特記事項"):
        printing.printing(case, sources.read_ref(case, ref))
    assert (
        count(case) == before
        and items.text_of(sources.read_ref(case, ref).tree.find(path)) == "特記\U0010fffd"
    )


def test_every_page_is_drawn_with_the_typeface_that_was_handed_down(case: Workplace) -> None:
    asked = config.load({"PIA_FONT_REGULAR": "/nowhere.ttf", "PIA_OFFICE": "none"})
    press = press_of(asked)
    assert press == Press(("/nowhere.ttf", None), "none") and press.libreoffice is None
    town = replace(case, press=press)
    old, new = sources.read_ref(town, "nhi-levy@1"), sources.read_ref(town, "nhi-levy~r6-cloud")
    compared = comparisons.comparison(old, new, {})
    rows = comparisons.change_rows(None, old, new)
    subjects = comparison_table.pairs(town, [(old, new)])
    for draw in (
        lambda: exports.export(replace(new, title="別の題名"), "pdf", where=town),
        lambda: exports.export(replace(new, version=None), "pdf", where=press),
        lambda: comparisons.as_pdf(compared, "phrase", press),
        lambda: comparisons.table_pdf(old, new, rows, press),
        lambda: comparison_table.write(subjects, "pdf", press=press),
        lambda: pack.pack(town, 1),
    ):
        with pytest.raises((PiaError, OSError), match=r"nowhere\.ttf"):
            draw()


def test_the_check_of_the_department_is_a_part_once_somebody_answered_it(case: Workplace) -> None:
    assert "自己点検表" not in [part.number for part in pack._gathered(case, 1).parts]
    with case.store.read() as s:
        pinned = s.get_one(councils.Referral, 1).rounds[0]
        round_ = s.get_one(Round, pinned.round_id)
        ref = f"{s.get_one(Assessment, round_.assessment_id).key}~{round_.name}"
    officer = By("mizukoshi", "secretariat", datetime(2024, 8, 1, 9, 0, tzinfo=JST))
    viewpoints.answer(case, officer, ref, {"1": {"result": "適", "evidence": ""}})
    numbers = [part.number for part in pack._gathered(case, 1).parts]
    assert numbers[-2:] == ["自己点検表", "意見"]
