"""What is typed into the commission's own system beside a submission, before and after it, in the
order of the data, also a city's own. Played in 海原市."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from pia import rules
from pia.actions.viewing import submission_sheets
from pia.domain.errors import PiaError

from .client import expect_words
from .test_commission import LINE, ROUND
from .test_corrections import isobe, umihara_until

HERE = f"{ROUND}/submission-sheet"


def test_the_fields_say_what_the_round_says(tmp_path: Path) -> None:
    wp = umihara_until("submit", tmp_path)
    page = isobe(wp, "2026-03-04T09:00")
    shown = page.expect_words(HERE, "委員会のシステムの画面（未確認）", "画面に従ってください")
    expect_words(page.get(ROUND), "委員会のシステムに入れること")
    inputs = [field for field in shown.iter("input") if field.get("readonly") is not None]
    labels = {label.get("for"): label.text_content() for label in shown.iter("label")}
    values: dict[str, str] = {}
    for field in inputs:
        values.setdefault(labels[field.get("id")].split("　", 1)[1], field.get("value"))
    assert values["評価実施機関名"].startswith("海原市") and values["提出の区分"] == "再実施"
    assert values["評価書の種類"] == "全項目評価書" and "海教学" in values["文書番号"]
    assert "document.xlsx" in values["添付するファイル"]
    order = [field["name"] for field in rules.load("submission-sheet")["fields"]]
    assert [label.split("　", 1)[1] for label in labels.values()][: len(order)] == order
    body = page.download(f"{HERE}.csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body)))
    assert [row[2] for row in rows if len(row) == 5 and row[1].isdigit()][: len(order)] == order


def test_before_the_submission_nothing_is_said_of_it(tmp_path: Path) -> None:
    wp = umihara_until("announce", tmp_path)
    sheet = submission_sheets.of_round(wp, LINE)
    fields = {field.name: field.value for field in sheet.documents[0].fields}
    assert (
        fields["文書番号"] == fields["添付するファイル"] == "" and sheet.documents[0].sent is None
    )
    assert not sheet.certain


def test_a_city_that_saw_the_screens_puts_the_order_right(tmp_path: Path) -> None:
    wp = umihara_until("announce", tmp_path)
    folder = tmp_path / "rules"
    folder.mkdir()
    own = "source: 海原市で画面を見た\ncertain: true\nfields:\n- {name: 番号, from: number}\n"
    (folder / "submission-sheet.yaml").write_text(own)
    sheet = submission_sheets.of_round(replace(wp, rules_folder=str(folder)), LINE)
    assert [field.name for field in sheet.documents[0].fields] == ["番号"] and sheet.certain
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (wrong / "submission-sheet.yaml").write_text(own.replace("from: number", "from: nowhere"))
    with pytest.raises(PiaError, match="知らない欄（nowhere）"):
        submission_sheets.of_round(replace(wp, rules_folder=str(wrong)), LINE)
