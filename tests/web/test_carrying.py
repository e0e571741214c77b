"""What leaves the house for a sitting, played in 海原市: members' papers in sealed files, the desk on
a laptop, and what comes back."""

from __future__ import annotations

import json
from typing import Any

from lxml import html

from pia.actions.access import carried_code

from .client import PageClient
from .test_corrections import wrong
from .test_minutes import held

HERE = "/sittings/1/carrying"


def made(page: PageClient, kind: str, **values: str) -> str:
    """The code of what is made."""
    shown = page.post(HERE, HERE, {"kind": kind, **values}, 200)
    return str(shown.get_element_by_id("made-code").text)


def file_of(page: PageClient, number: int, code: str) -> bytes:
    """The file of a number."""
    action, sent = page.filled(HERE, f"{HERE}/{number}/file")
    answer = page.client.post(action, data={**sent, "code": code})
    assert answer.status_code == 200, answer.get_data(as_text=True)[:3000]
    return bytes(answer.data)


def sealed_in(data: bytes) -> dict[str, Any]:
    """What a member's file is made of."""
    shown = html.document_fromstring(data.decode())
    envelope: dict[str, Any] = json.loads(shown.get_element_by_id("sealed").text)
    return envelope


def test_a_members_papers_leave_in_a_sealed_file(tmp_path: Any) -> None:
    wp, page = held(tmp_path)
    wrong(page.post(HERE, HERE, {"kind": "pack", "until": "2026-01-28"}, 422), "until", "より前")
    code = made(page, "pack")
    data = file_of(page, 1, code)
    (tmp_path / "pack.html").write_bytes(data)
    open("/tmp/u-hall/pack.html", "wb").write(data)
    open("/tmp/u-hall/code", "w").write(code)
    envelope = sealed_in(data)
    body = carried_code.opened(carried_code.heard(code).encode(), envelope)
    assert body is not None
    open("/tmp/u-hall/body.html", "wb").write(body)
    print(len(data), len(body))


def test_desk(tmp_path: Any) -> None:
    wp, page = held(tmp_path)
    code = made(page, "desk", holder="磯部")
    data = file_of(page, 1, code)
    open("/tmp/u-hall/desk.piaset", "wb").write(data)
    open("/tmp/u-hall/desk-code", "w").write(code)
    page.get("/sittings/1/desk")
    page.get("/sittings/1")
    obs = page.download("/sittings/1/observers.html")
    open("/tmp/u-hall/observers.html", "wb").write(obs)
    page.download("/sittings/1/papers/carrying-book.pdf")
    page.get("/")


def test_notes(tmp_path: Any) -> None:
    from .test_tablets import hall, note
    from pia.actions.access import note_keys
    room = hall(tmp_path)
    tablet = room.seated(1)
    note(tablet, "家の控え")
    data = tablet.download("/notes/file")
    print(data[:200])
    words = tablet.get("/notes").xpath("//p[@class='lead']/strong")[0].text
    key = note_keys.of_words(room.seated and 2, words)
