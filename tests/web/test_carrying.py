"""What leaves the house for a sitting, played in 海原市: members' papers in sealed files, the desk
on a laptop, and what comes back."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from lxml import html
from sqlalchemy import select

from pia import config
from pia.actions import sources
from pia.actions.access import carried_code
from pia.actions.editing import items
from pia.actions.records import carried_files
from pia.actions.steps import carried_desks, own_notes
from pia.actions.upkeep import carried_rooms
from pia.actions.upkeep.carried_rooms import CarriedRoom
from pia.actions.workplace import Workplace
from pia.domain.act import JST
from pia.domain.text import passphrase
from pia.store.ledger import log
from pia.store.upkeep import fsck
from pia.web.hall import create_hall_app

from ..actions import umihara
from .client import PageClient, expect_no_words, expect_words
from .test_convening import ODD
from .test_corrections import correct, isobe, umihara_until, withdraw, wrong
from .test_minutes import convened, held, speech
from .test_minutes import write as say
from .test_tablets import hall, kept_everywhere, note

HERE = "/sittings/1/carrying"
DESK = "/sittings/1/desk"
ITEM = f"{DESK}?item=1"
CHAIR = "議長　波多野 泉"
LATER = datetime(2026, 1, 29, 15, 0, tzinfo=JST)


def made(page: PageClient, kind: str, **values: str) -> str:
    """The code of what is made."""
    shown = page.post(HERE, HERE, {"kind": kind, **values}, 200)
    return str(shown.get_element_by_id("made-code").text)


def file_of(page: PageClient, number: int, code: str) -> bytes:
    """The file of a number."""
    action, sent = page.filled(HERE, f"{HERE}/{number}/file")
    answer = page.client.post(action, data={**sent, "code": code})
    assert answer.status_code == 200, answer.status_code
    return bytes(answer.data)


def sealed_in(data: bytes) -> dict[str, Any]:
    """What a member's file is made of."""
    shown = html.document_fromstring(data.decode())
    envelope: dict[str, Any] = json.loads(str(shown.get_element_by_id("sealed").text))
    return envelope


def opened(room: CarriedRoom) -> PageClient:
    """The pages of a laptop, its officer in."""
    settings = config.load({"PIA_SECRET_KEY": room.secret("cookies")})
    page = PageClient(create_hall_app(room, settings, "once", lambda: LATER))
    assert page.client.get("/open/twice").status_code == 404
    assert page.client.get(DESK).headers["Location"].startswith("/sign-in")
    assert page.client.get("/open/once").status_code == 303
    # every page of the house leads to the desk
    assert page.client.get("/plan").headers["Location"] == DESK
    return page


def laptop(folder: Path, data: bytes, code: str) -> CarriedRoom:
    """The file on a laptop, open."""
    file = folder / "desk.piaset"
    file.write_bytes(data)
    return carried_rooms.open_room(file, code, dict(config.load({}).values), LATER)


def records_of(wp: Workplace) -> list[log.AuditEntry]:
    """The record of acts."""
    with wp.store.read() as session:
        return list(session.scalars(select(log.AuditEntry)))


def bring(page: PageClient, data: bytes, code: str, status: int = 303) -> html.HtmlElement:
    """What came back, taken in by its page."""
    action, sent = page.filled(HERE, f"{HERE}/1/record")
    sent |= {"code": code, "file": (io.BytesIO(data), "desk.piaset")}
    return page.send(action, sent, status)


def test_a_members_papers_leave_in_a_sealed_file(tmp_path: Any) -> None:
    wp, page = held(tmp_path)
    wrong(page.post(HERE, HERE, {"kind": "pack", "until": "2026-01-28"}, 422), "until", "より前")
    code = made(page, "pack")
    expect_no_words(page.get(HERE), code)
    data = file_of(page, 1, code)
    envelope = sealed_in(data)
    body = carried_code.opened(carried_code.heard(code).encode(), envelope)
    assert body is not None
    expect_words(html.document_fromstring(body.decode()), "電子申請により", "次第", "自分の控え")
    # without the code nothing of the papers can be read; with another code, or another day, neither
    assert "学齢簿".encode() not in data and "電子申請".encode() not in data
    assert carried_code.opened(b"0" * 20, envelope) is None
    later = envelope | {"about": str(envelope["about"]).replace("2026-01-29", "2027-01-29")}
    assert carried_code.opened(carried_code.heard(code).encode(), later) is None
    action, sent = page.filled(HERE, f"{HERE}/1/file")
    wrong(page.send(action, {**sent, "code": "1" * 20}, 422), "code", "コードが違います")
    # handed out, back, on paper; put right with the old day
    page.post(HERE, f"{HERE}/1/handed")
    expect_words(page.get(HERE), "外に出ています")
    expect_words(page.get("/"), "持出しの返却・消去を記録する")
    page.post(HERE, f"{HERE}/1/ended", {"outcome": "lost", "note": ""}, 422)
    page.post(HERE, f"{HERE}/1/ended", {"outcome": "erased", "note": "消去の番号 A1"})
    expect_no_words(page.get("/"), "持出しの返却・消去を記録する")
    correct(page, f"{HERE}/1/correction", purpose="会場での説明")
    assert "会場での説明" in page.download("/sittings/1/papers/carrying-book.html").decode()
    assert withdraw(page, f"{HERE}/1/correction") is not None
    assert fsck.check(wp.store) == []


def test_odd_words_stand_to_the_letter(tmp_path: Any) -> None:
    wp, page = held(tmp_path)
    page.post(ITEM, "/sittings/1/results", {"result": f"果{ODD}"})
    odd = {"holder": f"人{ODD}", "purpose": f"目{ODD}", "place": f"所{ODD}"}
    code = made(page, "desk", **odd)
    page.post(HERE, f"{HERE}/1/ended", {"outcome": "lost", "note": f"備{ODD}"})
    expect_words(page.get(HERE), *odd.values(), f"備{ODD}")
    book = html.document_fromstring(page.download("/sittings/1/papers/carrying-book.html"))
    expect_words(book, *odd.values(), f"備{ODD}")
    page.download("/sittings/1/papers/carrying-book.docx")
    assert page.client.post(f"{HERE}/1/file", data={"code": code}).status_code != 200
    # in the files, and on a laptop
    code = made(page, "desk", holder=f"人{ODD}")
    data = file_of(page, 2, code)
    room = laptop(tmp_path, data, code)
    there = opened(room)
    say(there, "1", CHAIR, f"会{ODD}")
    expect_words(there.get(ITEM), f"会{ODD}", f"果{ODD}")
    _, record, _ = carried_files.read(room.path.read_bytes(), code)
    carried_desks.take_in(wp, umihara.at("2026-01-29 16:00"), 1, 2, record)
    room.close()
    expect_words(page.get(ITEM), f"会{ODD}")
    speech_ = page.get(speech(page, f"会{ODD}"))
    expect_words(speech_, f"人{ODD}")
    assert fsck.check(wp.store) == []


def test_those_who_listen_get_no_withheld_words_and_no_closed_item(tmp_path: Any) -> None:
    wp = umihara_until("close", tmp_path)
    seen = sources.read_ref(wp, umihara.LINE).ref
    where = items.Opened(umihara.LINE, ("I", "1", "2"), seen=seen)
    by = umihara.at("2026-01-19 10:00")
    items.withhold(wp, by, where, "学齢簿", "安全のため", ground="SECURITY")
    umihara._refer(wp, umihara.Told())
    page = convened(isobe(wp, "2026-01-29T14:05"), "14:00")
    shown = html.document_fromstring(page.download("/sittings/1/observers.html").decode())
    main = expect_words(shown.get_element_by_id("main"), "電子申請により", "【非公表】", "非公開")
    expect_no_words(main, "学齢簿", "自分の控え", "座席表")
    paper = page.download("/sittings/1/observers.pdf")
    (tmp_path / "paper.pdf").write_bytes(paper)
    if shutil.which("pdftotext"):
        command = ["pdftotext", str(tmp_path / "paper.pdf"), "-"]
        words = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        assert "電子申請により" in words and "学齢簿" not in words
    # a member's own file has them, as their tablet has; that it was made is on record
    code = made(page, "pack")
    body = carried_code.opened(carried_code.heard(code).encode(), sealed_in(file_of(page, 1, code)))
    assert body is not None
    inside = expect_words(html.document_fromstring(body.decode()), "学齢簿", "自分の控え")
    levels = [int(head.tag[1]) for head in inside.iter("h2", "h3", "h4", "h5", "h6")]
    assert all(below - above < 2 for above, below in pairwise(levels))
    assert "withheld.read" in [entry.action for entry in records_of(wp)]
    assert fsck.check(wp.store) == []


def amended(page: PageClient, before: str, after: str) -> None:
    """A speech put right at its page."""
    url = speech(page, before)
    page.post(url, url, {"text": after}, pick={"what": "change"})


def test_a_desk_goes_out_and_comes_back(tmp_path: Any) -> None:
    wp, page = held(tmp_path)
    for words in ("二人が直す発言です。", "会場で直す発言です。", "市役所で直す発言です。"):
        say(page, "1", CHAIR, words)
    code = made(page, "desk", holder="磯部")
    page.post(HERE, HERE, {"kind": "desk", "holder": "浜"}, 409)
    data = file_of(page, 1, code)
    expect_words(page.get(DESK), "第1号として持ち出しています")
    assert "市役所で直す".encode() not in data
    # nothing of the house but this sitting is in it
    _, record, _ = carried_files.read(data, code)
    assert set(record["now"]) == {"sitting", "speech", "attendance", "movement"}
    assert "password" not in json.dumps({**record, "reading": ""})
    # on the laptop, and in the house meanwhile
    room = laptop(tmp_path, data, code)
    there = opened(room)
    expect_words(there.get(ITEM), "二人が直す発言です。", "会議の資料を見る")
    assert "電子申請により" in there.client.get("/reading").get_data(as_text=True)
    say(there, "1", CHAIR, "会場で書いた発言です。")
    amended(there, "会場で直す", "会場で直した発言です。")
    amended(there, "二人が直す", "会場ではこう直した。")
    there.post(ITEM, "/sittings/1/results", {"result": "了承された。"})
    came = {"member": "1", "what": "LEFT", "clock": "14:40"}
    there.post(DESK, "/sittings/1/movements", came)
    say(page, "1", CHAIR, "市役所で書いた発言です。")
    amended(page, "市役所で直す", "市役所で直した発言です。")
    amended(page, "二人が直す", "市役所ではこう直した。")
    page.post(ITEM, "/sittings/1/results", {"result": "継続審議とした。"})
    # killed and opened again: what was acknowledged stands in the file alone
    (room.folder / "held-by").unlink()
    room = laptop(tmp_path, room.path.read_bytes(), code)
    expect_words(opened(room).get(ITEM), "会場で書いた発言です。")
    brought = room.path.read_bytes()
    room.close()
    assert not room.folder.exists()
    # back: both sides stand, what both changed is listed for a person, twice changes nothing
    wrong(bring(page, brought, "1" * 20, 422), "code", "コードが違う")
    bring(page, b"no such file", code, 409)
    shown = bring(page, brought, code)
    expect_words(shown, "新しい発言1件、直した発言1件、出席と出入り1件", "2件あります")
    stood = page.get(ITEM)
    for words in (
        "会場で書いた発言です。",
        "会場で直した発言です。",
        "市役所で書いた発言です。",
        "市役所で直した発言です。",
        "市役所ではこう直した。",
    ):
        expect_words(stood, words)
    expect_no_words(stood, "会場ではこう直した。")
    expect_words(bring(page, brought, code), "変わったところはありません")
    expect_words(page.get(HERE), "会場ではこう直した。", "了承された。", "継続審議とした。")
    page.post(HERE, f"{HERE}/1/clashes/1", {"side": "theirs"})
    page.post(HERE, f"{HERE}/1/clashes/2", {"side": "mine"})
    expect_words(page.get(ITEM), "会場ではこう直した。", "継続審議とした。")
    expect_words(bring(page, brought, code), "変わったところはありません")
    # erased on the laptop, and said so in the house
    gone = carried_rooms.erase(room.path)
    assert gone.files and not room.path.exists() and "第1号" in gone.about
    page.post(HERE, f"{HERE}/1/ended", {"outcome": "erased", "note": gone.mark})
    expect_no_words(page.get(DESK), "持ち出しています")
    assert fsck.check(wp.store) == []


def test_what_cannot_be_written_is_told(tmp_path: Any) -> None:
    _, page = held(tmp_path)
    code = made(page, "desk", holder="磯部")
    room = laptop(tmp_path, file_of(page, 1, code), code)
    there = opened(room)
    room.path = tmp_path / "gone" / "desk.piaset"  # the stick was pulled out
    action, sent = there.filled(ITEM, "/sittings/1/speeches")
    sent |= {"other": CHAIR, "text": "消えてはいけない発言"}
    answer = there.client.post(action, data=sent)
    assert answer.status_code == 503 and "まだ残っていません" in answer.get_data(as_text=True)
    room.path = tmp_path / "desk.piaset"
    assert there.client.post(action, data=sent).status_code == 303
    _, record, _ = carried_files.read(room.path.read_bytes(), code)
    assert "消えてはいけない発言" in json.dumps(record["now"], ensure_ascii=False)
    room.close()


def written(words: str, member: int, note: dict[str, Any]) -> bytes:
    """What a pack writes out: notes closed with a member's own words."""
    seed = passphrase.heard(words) or b""
    said = {"format": own_notes.FILE, "member": member, "notes": [note]}
    plain = json.dumps(said, ensure_ascii=False).encode()
    return json.dumps(carried_code.sealed(carried_code.key_of(seed), plain, "about")).encode()


def take(page: PageClient, data: bytes, words: str = "", status: int = 303) -> html.HtmlElement:
    """A file of notes, taken in by the page of a member's own notes."""
    action, sent = page.filled("/notes", "/notes/file")
    sent |= {"file_words": words, "file": (io.BytesIO(data), "note.pianote")}
    return page.send(action, sent, status)


def test_notes_of_a_pack_come_back_to_their_member_alone(tmp_path: Any) -> None:
    room = hall(tmp_path)
    page = room.seated(1)
    note(page, "家で書いた控え")
    words = str(page.get("/notes").xpath("//details//strong")[0].text)
    # out: the file opens with the member's words, and with no code of the office
    out = json.loads(page.download("/notes/file"))
    plain = json.loads(carried_code.opened(passphrase.heard(words) or b"", out) or b"")
    assert plain["notes"][0]["text"] == "家で書いた控え"
    there = {**plain["notes"][0], "referral": 1}
    member = plain["member"]
    code = made(room.office, "pack")
    assert carried_code.opened(carried_code.heard(code).encode(), out) is None
    # back: only there changed; both changed; the same once more; emptied there and changed here
    expect_words(take(page, written(words, member, there | {"text": "会場で足した控え"})), "1件")
    expect_words(page.get("/notes"), "会場で足した控え")
    note(page, "家で直した控え")
    both = written(words, member, there | {"text": "会場で直した控え"})
    expect_words(take(page, both), "続けて残しています")
    expect_words(page.get("/notes"), "家で直した控え\n会場で直した控え")
    expect_words(take(page, both), "控えを0件取り込みました")
    take(page, written(words, member, there | {"text": ""}))
    expect_words(page.get("/notes"), "家で直した控え\n会場で直した控え")
    # words drawn in the pack; another member's file; what is not before them; no such file
    own = passphrase.said(bytes(range(8)))
    fresh = there | {"text": "新しい合言葉の控え", "base": "家で直した控え\n会場で直した控え"}
    wrong(take(page, written(own, member, fresh), status=422), "file", "合言葉が違います")
    expect_words(take(page, written(own, member, fresh), own), "1件")
    expect_words(page.get("/notes"), "新しい合言葉の控え")
    other = written(words, member + 1, there)
    wrong(take(page, other, status=422), "file", "あなたの控えのファイルではない")
    far = written(words, member, there | {"referral": 99, "text": "よその諮問"})
    expect_words(take(page, far), "取り込みませんでした")
    wrong(take(page, b"{}", status=422), "file", "あなたの控えのファイルではない")
    wrong(take(page, both, "ことば", 422), "file_words", "8つの言葉")
    assert room.office.client.get("/notes/file").status_code == 403
    everything = kept_everywhere(room, tmp_path)
    for secret in ("会場で直した控え", "新しい合言葉の控え", own, words):
        assert secret.encode() not in everything, secret
    assert fsck.check(room.wp.store) == []
