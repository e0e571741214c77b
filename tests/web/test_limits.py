"""Every field of every form of the case has a limit that a sentence names: one letter more is
refused on its page and changes nothing, the limit itself is taken. Tried at each form as the
case sends it, within a transaction that is undone."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import html
from sqlalchemy import select

from pia import config
from pia.actions.people import sign_in
from pia.actions.workplace import Workplace
from pia.store.ledger import log
from pia.store.ledger.log import AuditEntry
from pia.store.upkeep import fsck
from pia.web.application import create_app

from .. import shared
from ..conftest import NOW
from . import case
from .client import PageClient
from .test_case import Paged, Paper, _file, house
from .test_public import LONGEST, PublicClient
from .test_writing import REF, WRITE

LONG = 450_000  # longer than any field may be
LETTER = "x"
SAID = re.compile(r"「([^」]+)」は([\d,]+)文字までです（いま([\d,]+)文字）")
OTHER = ("csrf_token", "_request", "_to")
CHOSEN = (
    "select",
    "radio",
    "checkbox",
    "hidden",
    "submit",
)  # fields nobody types into: what is not offered is refused


class Undone(Exception):
    pass


class Trier:
    """Stands where a page client has its test client: before a form is sent, each of its fields
    is tried with too many letters."""

    def __init__(
        self,
        page: PageClient,
        wp: Workplace,
        limits: dict[tuple[str, str], int],
        open_: set[tuple[str, str]],
    ):
        self.page, self.inner, self.wp, self.limits, self.open = (
            page,
            page.client,
            wp,
            limits,
            open_,
        )

    def get(self, url: str) -> Any:
        return self.inner.get(url)

    def post(self, action: str, data: dict[str, Any], content_type: str) -> Any:
        data = {k: (v[0].read(), v[1]) if isinstance(v, tuple) else v for k, v in data.items()}
        self.look(action, data)
        return self._send(action, data, content_type)

    def look(self, action: str, data: dict[str, Any]) -> None:
        """Tries every field of a form at its limit and one over. What names no limit is listed
        as open."""
        endpoint = self.page.routes.match(action.split("?")[0], method="POST")[0]
        for field, value in data.items():
            name = (endpoint, re.sub(r"\d+|-.*$", "#", field))
            if (
                field in OTHER
                or not isinstance(value, str)
                or name in self.limits
                or name in self.open
            ):
                continue
            self.open.add(name)
            match = SAID.search(self._tried(action, data, field, LONG))
            if match:
                self.open.discard(name)
                self.limits[name] = most = int(match[2].replace(",", ""))
                again = SAID.search(self._tried(action, data, field, most + 1))
                assert again and again[1] == match[1], (
                    f"{action} {field}: {most + 1} letters are not refused"
                )
                assert not SAID.search(self._tried(action, data, field, most)), (
                    f"{action} {field}: {most} letters are refused"
                )

    def _tried(self, action: str, data: dict[str, Any], field: str, size: int) -> str:
        """The words of the answer to a form with so many letters in a field; a deed that came of
        it is undone."""
        words = ""
        before = self._deeds()
        sent = data | {field: LETTER * size, "_request": f"limit-{size:012}"}
        # As a browser sends it: in parts only where a file goes with it.
        files = any(isinstance(value, tuple) for value in sent.values())
        kind = "multipart/form-data" if files else "application/x-www-form-urlencoded"
        with pytest.raises(Undone), self.wp.store.together():
            answer = self._send(action, sent, kind)
            words = answer.get_data(as_text=True)
            if size == LONG and answer.status_code < 400:
                with self.wp.store.read() as s:
                    kept = [
                        e
                        for e in s.scalars(select(AuditEntry))
                        if e.seq > before and LETTER * 1_000 in str(e.detail)
                    ]
                assert not kept, f"{action} {field} takes {LONG} letters"
            raise Undone
        assert self._deeds() == before
        return words

    def _deeds(self) -> int:
        with self.wp.store.read() as s:
            return log.chain_head(s)[0]

    def _send(self, action: str, data: dict[str, Any], content_type: str) -> Any:
        body = {k: (io.BytesIO(v[0]), v[1]) if isinstance(v, tuple) else v for k, v in data.items()}
        return self.inner.post(action, data=body, content_type=content_type)


class Tried(Paper):
    def __init__(self, wp: Workplace):
        super().__init__(wp)
        self.limits: dict[tuple[str, str], int] = {}
        self.open: set[tuple[str, str]] = set()

    def _with(self, page: PageClient) -> Paged:
        page.client = Trier(page, self.wp, self.limits, self.open)  # type: ignore[assignment]
        return Paged(page)

    def person(self, name: str) -> Paged:
        return self._with(PageClient(self.staff, name))

    def resident(self) -> Paged:
        return self._with(PublicClient(self.public))


def test_every_field_of_the_case_at_its_limit_and_one_over(
    tmp_path: Path, seen: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The case by its people on SQLite (`test_case` plays it on PostgreSQL): with every field
    tried on the way it comes to the same texts."""
    monkeypatch.setattr(sign_in, "IDLE", sign_in.LONGEST * 1000)  # the case takes months
    monkeypatch.setattr(sign_in, "LONGEST", sign_in.LONGEST * 1000)
    monkeypatch.setattr(
        sign_in, "PROVEN", sign_in.LONGEST
    )  # the fields of a page are tried, not the page that asks who is there
    with _file(tmp_path) as url, house(url) as wp:
        shared.take_printings(wp)
        stage = Tried(wp)
        case.play(stage, tmp_path)
        assert case.digests(wp) == case.digests(seen)
        assert fsck.check(wp.store, deep=True) == []
    assert len(stage.limits) > 70 and stage.limits["public.send", "text"] == LONGEST
    assert stage.open == OFFERED


# What is chosen, ticked or carried along unseen: refused, or of no effect, where it is not one of
# what was offered.
OFFERED = {
    # Of counts that are typed in part nothing is taken: it is said at the first that lacks.
    *(("affairs.add", field) for field in ("handlers", "counted_people", "counted_handlers")),
    ("admin.add", "body"),
    ("admin.add", "role"),
    ("consultations.announce", "address"),
    ("consultations.announce", "name"),
    ("consultations.announce", "postmark"),
    ("consultations.receive", "channel"),
    ("consultations.receive", "counting"),
    ("consultations.respond", "outcome"),
    ("national.apply", "f#"),
    ("national.apply", "what"),
    ("national.confirm", "asked"),
    ("plan.head", "body"),
    ("public.send", "item"),
    ("public.send", "key"),
    ("public.send", "once"),
    ("public.send", "sure"),
    ("affairs.add", "kind"),
    ("rounds.do_submit", "sure"),
    ("affairs.open_round", "kind"),
    ("rounds.outward_day", "kind"),
    ("affairs.published_before", "document"),
    ("sittings.convene", "referral#"),
    ("sittings.convene", "kind#"),
    ("sittings.convene", "mark#"),
    ("sittings.close", "sure"),
    ("sittings.decide", "kind"),
    ("sittings.decide", "kind#"),
    ("sittings.decide", "referral"),
    ("councils.seat", "account"),
    ("writing.bring_in", "into"),
}


@pytest.mark.parametrize(
    "url",
    [
        f"{WRITE}IV/3",
        f"{WRITE}I/4/2",
        f"{WRITE}II/file-nhi/2/1",
        f"{WRITE}I/2/S/kokuho/3",
        f"{WRITE}B1/F/fig-application/1",
        f"{WRITE}I/1/3",
        f"/lines/{REF}/parts?part=II/file-nhi",
        f"/lines/{REF}/parts?part=B1",
        "/accounts",
        "/me",
        "/national",
        "/national/new",
        "/rounds/bulk/notes",
        "/plan",
        "/affairs/nhi-benefits",
        f"/rounds/{REF}",
    ],
)
def test_every_field_of_the_desk_at_its_limit_and_one_over(drafted: Workplace, url: str) -> None:
    """Words that are typed have a limit; what is offered to be chosen is refused where it was
    not offered."""
    page = PageClient(
        create_app(drafted, config.load({}), lambda: NOW),
        "sagara" if url == "/accounts" else "hiratsuka",
    )
    limits: dict[tuple[str, str], int] = {}
    open_: set[tuple[str, str]] = set()
    trier = Trier(page, drafted, limits, open_)
    typed = 0
    for form in page.get(url).iter("form"):
        if form.get("method") != "post":
            continue
        action = form.get("action")
        endpoint = page.routes.match(urlsplit(action).path, method="POST")[0]
        words = {
            e.get("name")
            for e in form.iter("input", "textarea")
            if e.get("type") not in (*CHOSEN, "password", "file", "date")
        }
        typed += len(words)
        trier.look(action, page.fields(form) | _filled(form))
        assert not {field for where, field in open_ if where == endpoint} & words, (
            f"{action}: no limit for {sorted(open_)}"
        )
    assert limits or not typed


def _filled(form: html.HtmlElement) -> dict[str, str]:
    """Something in every empty field, so that no other field's emptiness is what is said."""
    out = {
        e.get("name"): "2024-07-01" if e.get("type") == "date" else "1"
        for e in form.iter("input", "textarea")
        if e.get("type") not in (*CHOSEN, "file") and not e.get("value") and not e.text
    }
    for e in form.iter("select"):
        out |= {
            e.get("name"): next((o.get("value") for o in e.iter("option") if o.get("value")), "")
        }
    for e in form.iter("input"):
        if e.get("type") in ("radio", "checkbox"):
            out.setdefault(e.get("name"), e.get("value"))
    return out
