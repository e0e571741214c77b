"""Every field of every record that can be put right, walked from the links of the office's pages:
what it said before stands with the reason, who and when; what cannot be so says why at its field,
and what was typed stays. Played in the case and in 海原市, over a year end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from lxml import html

from pia import config
from pia.actions.steps import councils
from pia.actions.workplace import Workplace
from pia.domain.act import JST, By
from pia.domain.wareki import written
from pia.store.upkeep import fsck
from pia.web.application import create_app

from .. import shared
from ..actions import umihara
from .client import PageClient, expect_words, value_of
from .test_corrections import umihara_until

WHY = "書き間違えたため"
CASE = [
    *("/consultations/1", "/referrals/1", "/referrals/1/cards/1", "/sittings/1"),
    *("/rounds/nhi-benefits~r6-cloud", "/glossary", "/phrases"),
]
UMIHARA = [
    *("/consultations/1", "/referrals/2", "/sittings/2", f"/rounds/{umihara.LINE}"),
]
# So many of each kind: kinds are told by the address without its numbers.
OF_A_KIND = 1


def case(folder: Path) -> tuple[Workplace, str, datetime]:
    wp = shared.copied(shared.played("table"), folder)
    by = By("mizukoshi", "secretariat", datetime(2024, 7, 20, 9, tzinfo=JST))
    councils.keep_phrase(wp, by, "持出し", "課長が記録する。", "名を直す")
    return wp, "mizukoshi", datetime(2024, 9, 1, 9, tzinfo=JST)


def second(folder: Path) -> tuple[Workplace, str, datetime]:
    return umihara_until("submit", folder), "isobe", datetime(2026, 3, 3, 9, tzinfo=JST)


def records(page: PageClient, pages: list[str]) -> Iterator[str]:
    """The addresses at which records of these pages are put right, some of each kind."""
    known: dict[str, list[str]] = {}
    for url in pages:
        for link in page.get(url).iter("a"):
            address = unquote(link.get("href") or "")
            if address.endswith("/correction"):
                kind = "".join(letter for letter in address if not letter.isdigit())
                if address not in known.setdefault(kind, []):
                    known[kind].append(address)
    for addresses in known.values():
        yield from addresses[:OF_A_KIND]


def form_of(shown: html.HtmlElement, what: str) -> html.HtmlElement | None:
    for form in shown.iter("form"):
        if form.xpath(f".//input[@name='what'][@value='{what}']"):
            return form
    return None


def others(field: html.HtmlElement, said: str) -> list[str]:
    """What could be typed into a field instead."""
    if field.tag == "select":
        return [str(value) for value in field.value_options if value not in ("", said)][:2]
    kind = field.get("type")
    if kind == "date":
        day = date.fromisoformat(said or "2024-06-03")
        return [str(day - timedelta(days=1)), str(day + timedelta(days=1))]
    if kind == "time":
        clock = datetime.combine(date(2024, 1, 1), time.fromisoformat(said or "10:00"))
        return [(clock + timedelta(minutes=5)).strftime("%H:%M")]
    if kind in ("hidden", "checkbox"):
        return []
    return [f"{said}　直し".strip()]


def shown_as(field: html.HtmlElement, said: str) -> list[str]:
    """Words by which what was said before is known in the history of a record."""
    kind = field.get("type")
    if kind == "date" and said:
        return [written(date.fromisoformat(said))]
    if field.tag == "select" or kind in ("date", "time"):
        return []
    return said.split("\n")[:1]


@pytest.mark.parametrize(("house", "pages"), [(case, CASE), (second, UMIHARA)])
def test_the_old_value_is_always_there(house: Any, pages: list[str], tmp_path: Path) -> None:
    wp, person, moment = house(tmp_path)
    page = PageClient(create_app(wp, config.load({}), lambda: moment), person)
    put_right = []
    for url in records(page, pages):
        shown = page.get(url)
        form = form_of(shown, "amend")
        names = [] if form is None else [field.get("name") for field in form.inputs]
        for name in dict.fromkeys(names):
            form = form_of(page.get(url), "amend")
            assert form is not None
            field = form.inputs[name]
            # Of an agenda and of materials the first lines, and one that was empty.
            is_far = name[-1] in "456789"
            if name in ("correction", "what", "seen") or is_far or isinstance(field, list):
                continue
            put_right += _put_right(page, url, form, name, field)
    assert len(put_right) >= (40 if pages is CASE else 20), len(put_right)
    assert not [one for one in fsck.check(wp.store) if one.level != "info"]


def _put_right(
    page: PageClient, url: str, form: html.HtmlElement, name: str, field: Any
) -> list[str]:
    """One field of a record put right; the address and the field where it could be."""
    said = str(value_of(field) or "")
    for new in others(field, said):
        sent = {**page.fields(form), name: new, "correction": WHY}
        answer = page.client.post(
            quote(url, safe="/~"), data=sent, content_type="multipart/form-data"
        )
        after = html.document_fromstring(answer.get_data(as_text=True))
        if answer.status_code == 303:
            history = page.get(url)
            expect_words(history, WHY, *shown_as(field, said))
            return [f"{url} {name}"]
        assert answer.status_code in (409, 422), (url, name, new, answer.status_code)
        assert after.get_element_by_id("problem") is not None
        again = form_of(after, "amend")
        assert again is not None and str(value_of(again.inputs[name])) == new
    return []
