"""変更箇所 as officers write it: a new entry is one row with all that stands in it, cited shortly,
noted many at once, in an order of one's own, and proved in every medium. Played in two cities."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pia import config, forms
from pia.actions import sources
from pia.actions.editing import versions
from pia.actions.output import comparisons, proofs
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.document import items
from pia.domain.proof import change_table as proof
from pia.domain.withheld import public_reading
from pia.store.rows.assessments import NewRound
from pia.web.application import create_app
from pia.web.public.pages import create_public_app

from ..actions.umihara import LINE
from ..conftest import NOW
from . import first_day
from .client import PageClient, expect_no_words, expect_problem, expect_words
from .test_corrections import isobe, umihara_until
from .test_public import PublicClient

REF = "nhi-benefits~r6-cloud"
SHIOMI = "shiomi-housing"


def desk(wp: Workplace, person: str, now: datetime = NOW) -> PageClient:
    return PageClient(create_app(wp, config.load({}), lambda: now), person)


def test_a_new_entry_is_one_row_with_its_content(drafted: Workplace) -> None:
    page = desk(drafted, "morishita")
    url = f"/lines/{REF}/parts?part=II/file-nhi"
    spot = f"/lines/{REF}/entries/II/file-nhi/4/T"
    key = sources.read_ref(drafted, REF).tree.find(("II", "file-nhi", "4", "T")).children[0].key
    page.post(url, spot, {"name": "封入封かん業務"}, pick={"what": "copy", "key": key})
    table = f"/rounds/{REF}/change-table"
    shown = page.get(table)
    rows = [row for row in shown.iter("tr") if row.get("id")]
    assert len(rows) == 6  # the new 委託 and the five changes of the national text
    (new,) = [row for row in rows if "封入封かん業務" in row.text_content()]
    expect_words(
        new, "Ⅱ（国民健康保険資格・給付ファイル）４．委託事項５（封入封かん業務）", "（新設）"
    )
    expect_words(new, "①委託内容：", "⑥委託先名：", "⑦再委託の有無：")

    # Reason and sentence for several rows at once; what is left empty stays.
    picked = [row.xpath(".//input[@name='pick']/@value")[0] for row in rows[:2]]
    many = {"pick": picked, "explanation": "同じ理由による。", "reader": "委託を増やすためです。"}
    form = next(f for f in shown.iter("form") if f.get("id") == "many")
    sent = page.fields(form) | many | {"what": "fill"}
    back = page.send(f"/rounds/{REF}/notes", sent)
    expect_words(back, "2行に記入しました。")
    for row in [r for r in back.iter("tr") if r.get("id")][:2]:
        expect_words(row, "同じ理由による。", "住民と委員へ：委託を増やすためです。")
    again = page.fields(next(f for f in back.iter("form") if f.get("id") == "many"))
    later = again | {"pick": picked[:1], "day": "2025-01-06", "what": "fill"}
    back = page.send(f"/rounds/{REF}/notes", later)
    expect_words(
        next(row for row in back.iter("tr") if row.get("id")), "令和7年1月6日", "同じ理由による。"
    )
    none = page.fields(next(f for f in page.get(table).iter("form") if f.get("id") == "many"))
    refused = page.send(f"/rounds/{REF}/notes", none | {"explanation": "理由", "what": "fill"}, 422)
    expect_problem(refused, "記入する行を1つ以上選んでください")
    assert refused.get_element_by_id("explanation").text.strip() == "理由"

    # In an order of one's own.
    places = [row.xpath(".//input[@name='row']/@value")[0] for row in rows]
    order = {f"place{i}": str(len(places) - i) for i in range(len(places))}
    fresh = page.fields(next(f for f in page.get(table).iter("form") if f.get("id") == "many"))
    back = page.send(f"/rounds/{REF}/notes", fresh | order | {"row": places, "what": "order"})
    turned = [r.xpath(".//input[@name='row']/@value")[0] for r in back.iter("tr") if r.get("id")]
    assert turned == places[::-1]

    # Made, printed one row a unit, and proved.
    office = desk(drafted, "mizukoshi")
    office.post(table, table, {"published": "2024-12-02"})
    expect_words(office.get(table), "作った表", "本文は一致しています")
    head = sources.read_ref(drafted, REF)
    base = sources.read_ref(drafted, "nhi-benefits@1")
    printed = head.tree.find((head.form.change_table.key,)).leaves
    own = [leaf.value["cells"] for leaf in printed if not leaf.value.get("inherited")]
    assert len(own) == 6 and own[-1][1].endswith("委託事項５（封入封かん業務）")
    for kind in ("xlsx", "csv", "pdf"):
        made = office.download(f"/rounds/{REF}/change-table.{kind}")
        assert proofs.prove_bytes(made, f"t.{kind}", base, head)[1].problems == (), kind


def carried(wp: Workplace) -> tuple[Any, Any, list[dict[str, Any]]]:
    """The rows that travel in a table with a new entry, and its texts."""
    page = desk(wp, "morishita")
    spot = f"/lines/{REF}/entries/II/file-nhi/4/T"
    key = sources.read_ref(wp, REF).tree.find(("II", "file-nhi", "4", "T")).children[0].key
    url = f"/lines/{REF}/parts?part=II/file-nhi"
    page.post(url, spot, {"name": "写しの業務"}, pick={"what": "copy", "key": key})
    head = sources.read_ref(wp, REF)
    base = sources.read_ref(wp, "nhi-benefits@1")
    rows = comparisons.printed(base, comparisons.change_rows(wp, base, head))
    return base, head, rows


@pytest.mark.parametrize("fault", ["inside", "words", "label", "content"])
def test_a_row_hidden_in_another_or_changed_there_is_named(drafted: Workplace, fault: str) -> None:
    base, head, rows = carried(drafted)
    lead = next(row for row in rows if "shown_explanation" in row)
    inside = next(row for row in rows if row.get("inside"))
    alone = next(row for row in rows if not row.get("inherited") and row["before"])
    assert not list(proof._inside_rightly(rows))
    if fault == "inside":  # a change that no printed row says
        alone["inside"] = True
    elif fault == "words":
        lead["shown_after"] = lead["shown_after"].replace("委託内容", "委託の内容")
    elif fault == "label":
        inside["label"] = inside["label"].replace("委託", "受託")
    else:
        inside["shown_after"] = "別の記載"
    given = proof.change_table.from_json({"rows": rows})
    faults = [
        *proof._inside_rightly(rows),
        *proof.shown_rightly(head.form, rows),
        *proof.change_table.prove(head.form, base.tree, head.tree, given),
    ]
    assert faults


def test_an_item_withheld_whole_is_not_told_by_the_row_of_its_entry(drafted: Workplace) -> None:
    """Also where the table was made before the item was marked, and of a choice, whose words are
    no secret by themselves."""
    _, head, _ = carried(drafted)
    new = head.tree.find(("II", "file-nhi", "4", "T")).children[-1].key
    secret = items.text_of(head.tree.find(("II", "file-nhi", "4", "T", new, "R", "7")))
    office = desk(drafted, "mizukoshi")
    table = f"/rounds/{REF}/change-table"
    office.post(table, table, {"published": "2024-12-02"})
    page = desk(drafted, "morishita")
    item = f"/lines/{REF}/items/II/file-nhi/4/T/{new}/R/7"
    page.post(item, item.replace("/items/", "/withheld/"), {"at0": "1", "because": "警備"})
    marked = sources.read_ref(drafted, REF)
    printed = marked.form.change_table.key
    assert secret in items.text_of(marked.tree.find((printed,)))
    public = public_reading.public(marked.form, marked.tree)
    assert secret not in items.text_of(public.find((printed,)))


def test_another_city_with_other_entries_over_a_year_end(fresh: Workplace) -> None:
    """汐見市, 重点項目評価書: a 提供先 is added and a 委託 taken out between two years."""
    town = first_day.begin(fresh)
    form = forms.load("key_item@平成30年5月")
    said: dict[tuple[str, ...], Any] = {
        ("I", "1", "1"): "公営住宅の管理に関する事務",
        ("II", "f", "1"): "入居者ファイル",
        ("II", "f", "4", "T", "a", "0"): "家賃の収納",
        ("II", "f", "4", "T", "a", "1"): "コンビニでの収納\n口座の振替",
    }
    office = By("shiomi", "secretariat", town.now)
    tree = items.build(form, list(said.items()))
    versions.bring_in(fresh, office, SHIOMI, versions.Brought(tree), why="受入れ")
    versions.open_round(
        fresh, office, SHIOMI, NewRound("r8-nyukyo", "REASSESSMENT", reasons=["収納の方法"])
    )
    ref = f"{SHIOMI}~r8-nyukyo"
    town.now = datetime(2027, 1, 5, 9, 0, tzinfo=JST)
    person = town.person("shiomi")
    url = f"/lines/{ref}/parts?part=II/f"
    person.post(
        url, f"/lines/{ref}/entries/II/f/5/P", {"name": "県住宅供給公社"}, pick={"what": "add"}
    )
    spot = f"/lines/{ref}/entries/II/f/4/T"
    person.post(url, spot, {"why": "直営にするため"}, pick={"what": "remove", "key": "a"})
    shown = person.get(url)
    expect_words(shown, "提供先１（県住宅供給公社）", "削除", "委託事項１（家賃の収納）")
    table = f"/rounds/{ref}/change-table"
    rows = [row for row in person.get(table).iter("tr") if row.get("id")]
    assert len(rows) == 2
    expect_words(
        rows[0], "Ⅱ（入居者ファイル）４．委託事項１（家賃の収納）", "（削除）", "口座の振替"
    )
    expect_words(rows[1], "Ⅱ（入居者ファイル）５．提供先１（県住宅供給公社）", "（新設）")
    person.post(table, table, {"published": "2027-01-29"})
    expect_words(person.get(table), "本文は一致しています")
    head, base = sources.read_ref(fresh, ref), sources.read_ref(fresh, f"{SHIOMI}@1")
    printed = head.tree.find((head.form.change_table.key,)).leaves
    assert [leaf.value["cells"][0] for leaf in printed] == ["令和9年1月29日"] * 2
    made = person.download(f"/rounds/{ref}/change-table.json")
    assert len(json.loads(made)["rows"]) == 5
    for kind in ("xlsx", "csv"):
        made = person.download(f"/rounds/{ref}/change-table.{kind}")
        assert proofs.prove_bytes(made, f"t.{kind}", base, head)[1].problems == (), kind


def test_residents_are_asked_only_of_changes_that_say_why(tmp_path: Path) -> None:
    """海原市: the announcement names what has no reason; written once in the table, the reason and
    the sentence to readers stand in the table, before residents and on the council's card."""
    wp = umihara_until("open", tmp_path)
    page = isobe(wp, "2025-12-09T10:00")
    sent = {
        "rounds": [LINE],
        "title": "意見募集",
        "announced": "2025-12-10",
        "start": "2025-12-11",
        "end": "2026-01-15",
        "method": "公示した。",
    }
    new = f"/consultations/new?round={quote(LINE)}"
    refused = page.post(new, "/consultations/new", sent, 409)
    expect_words(refused, "変更理由がまだ書かれていません", "市の定め")
    line = quote(LINE, safe="~")
    table = f"/rounds/{line}/change-table"
    shown = page.get(table)
    expect_words(shown, "変更理由がまだ書かれていない行が1行あります", "理由の記入がまだ")
    told = {"reason": "窓口に来ない申請を受けるため", "what": "unexplained"}
    shown = page.post(table, f"/rounds/{line}/notes", told)
    expect_words(shown, "1行に記入しました", "変更理由：窓口に来ない申請を受けるため")
    expect_no_words(shown, "理由の記入がまだ", "書かれていない行")
    (row,) = [row for row in shown.iter("tr") if row.get("id")]
    spot = row.get("id", "").removeprefix("row-").replace("-", "/")
    explain = f"/rounds/{line}/explain/{spot}"
    page.post(table, explain, {"reason": "", "reader": "家からも申し込めるようにします。"})
    # What was left empty stays as it was said.
    shown = page.get(table)
    expect_words(shown, "変更理由：窓口に来ない申請", "住民と委員へ：家からも申し込める")
    empty = page.post(table, explain, {"reason": " ", "reader": ""}, 422)
    expect_words(empty, "変更理由か、住民と委員に見せる説明を入力してください")
    page.post(new, "/consultations/new", sent)
    during = datetime(2025, 12, 20, 12, tzinfo=JST)
    residents = PublicClient(create_public_app(wp, config.load({}), lambda: during))
    expect_words(
        residents.get("/consultations/1"), "家からも申し込める", "窓口に来ない申請を受けるため"
    )
