"""Files that are downloaded are called by what they hold, in words, and any system can hold the
name."""

from __future__ import annotations

from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from pia import config
from pia.actions.workplace import Workplace
from pia.web.answers import LONGEST_NAME, file_name
from pia.web.application import create_app

from .client import PageClient

DOCUMENT = "nhi-benefits"


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_a_name_holds_no_sign_a_file_system_cannot(parts: list[str]) -> None:
    name = file_name("pdf", *parts)
    assert len(name) <= LONGEST_NAME + 4 and name.endswith(".pdf")
    assert not set(name) & set('\\/:*?"<>|\n\t\x00') and not name.startswith(" ")


def test_what_is_downloaded_is_called_by_what_it_is(played: Workplace) -> None:
    page = PageClient(create_app(played, config.load({})), "mizukoshi")
    for url, words in (
        (f"/assessments/{DOCUMENT}@1/export.xlsx", "第1版（令和5年4月1日公表）"),
        (f"/compare.html?old={DOCUMENT}@1&new={DOCUMENT}@2", "新旧対照"),
        (f"/rounds/{DOCUMENT}~r6-cloud/change-table.csv", "変更箇所"),
    ):
        answer = page.client.get(url)
        assert answer.status_code == 200, url
        name = unquote(answer.headers["Content-Disposition"].partition("''")[2])
        assert words in name and "国民健康保険（資格・給付）に関する事務" in name
        assert DOCUMENT not in name and "~" not in name
