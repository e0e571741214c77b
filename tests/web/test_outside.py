"""The public zone carried as files to a host without a database, and its opinions carried in as
a file: 汐見町 from the export to the consultation's page."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html
from sqlalchemy import event, select

from pia import config
from pia.actions import jobs
from pia.actions.steps import inbox
from pia.actions.viewing import public
from pia.actions.workplace import Workplace
from pia.documents.text import site as format_
from pia.domain.act import By
from pia.domain.errors import PiaError
from pia.store.rows.consultations import Inbox, Opinion, OpinionSender
from pia.store.upkeep import fsck
from pia.web.application import create_app
from pia.web.public import outside, site

from .. import shared
from . import carried_story as story
from .client import PageClient, expect_words
from .test_public import PublicClient

OPINION = {
    "text": "窓口を委託する理由を\n分かるように書いてください。",
    "name": "住民 渚",
    "item": "IV-3",
    "key": story.KEY,
}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workplace]:
    wp = shared.copied(shared.blank(), tmp_path_factory.mktemp("shiomi"))
    assert story.begin(wp) == 1
    yield wp
    wp.store.close()


@pytest.fixture(scope="module")
def files(town: Workplace) -> dict[str, bytes]:
    return site.files_of(town, story.DURING, ".")


@pytest.fixture
def copy(town: Workplace, tmp_path: Path) -> Iterator[Workplace]:
    with town.store.read() as s:
        file = str(s.get_bind().engine.url.database)  # type: ignore[union-attr]
    wp = shared.copied(Path(file), tmp_path)
    yield wp
    wp.store.close()


class Host:
    """The host outside, with a clock that is set."""

    def __init__(self, files: dict[str, bytes], folder: Path, at: datetime = story.DURING):
        self.at, self.folder, self.inbox = at, folder / "site", folder / "opinions.jsonl"
        format_.write(self.folder, files)
        self.open()

    def open(self) -> None:
        self.app = outside.create_outside_app(
            self.folder, self.inbox, config.load({}), lambda: self.at
        )
        self.page = PublicClient(self.app)

    def fill(self, values: dict[str, str], status: int = 200) -> html.HtmlElement:
        form = next(self.page.get("/consultations/1/opinion").iter("form"))
        return self.page.send("/consultations/1/opinion", self.page.fields(form) | values, status)

    def send(self, values: dict[str, str]) -> str:
        shown = self.fill(values)
        done = self.page.send(
            "/consultations/1/opinion", self.page.fields(next(shown.iter("form")))
        )
        match = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", done.text_content())
        assert match
        return match.group()


@pytest.fixture
def host(files: dict[str, bytes], tmp_path: Path) -> Host:
    return Host(files, tmp_path)


def test_every_link_leads_to_a_file_and_nothing_needs_a_server(files: dict[str, bytes]) -> None:
    links = 0
    for name, body in files.items():
        if not name.endswith(".html"):
            continue
        page = html.document_fromstring(body.decode())
        assert not list(page.iter("form", "script", "base", "iframe")), name
        for element, kind, link, _ in page.iterlinks():
            if link.startswith("#"):
                continue
            parts = urlsplit(link)
            assert (
                kind in ("href", "src")
                and not parts.scheme
                and not parts.netloc
                and not link.startswith("/")
            ), (name, link)
            target = os.path.normpath(os.path.join(os.path.dirname(name), unquote(parts.path)))
            assert target in files or target == "consultations/1/opinion", (name, link, element.tag)
            links += 1
    assert links > 30 and {
        "index.html",
        "consultations/1.html",
        f"consultations/1/documents/{story.KEY}.html",
        f"published/{story.KEY}.pdf",
        f"published/{story.KEY}.zip",
    } <= set(files)


def test_without_an_address_no_page_offers_to_write(town: Workplace) -> None:
    assert b"opinion" not in site.files_of(town, story.DURING, papers=False)["consultations/1.html"]
    files = site.files_of(town, story.DURING, "https://iken.shiomi.example/", papers=False)[
        "consultations/1.html"
    ]
    assert b'href="https://iken.shiomi.example/consultations/1/opinion?item=IV-3"' in files


def test_the_same_data_give_the_same_bytes(town: Workplace, files: dict[str, bytes]) -> None:
    again = site.files_of(town, story.DURING.replace(hour=1, minute=2), ".")
    assert again == files and format_.as_zip(again) == format_.as_zip(files)


def test_nothing_withheld_is_in_any_file_and_the_control_finds_it(
    town: Workplace, files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not [name for name, body in files.items() if story.SECRET.encode() in body]
    assert "【非公表】" in files[f"consultations/1/documents/{story.KEY}.html"].decode()
    real = public.consultation

    def leaking(*args: Any) -> public.PublicConsultation:
        from dataclasses import replace

        view = real(*args)
        return replace(view, title=story.SECRET)

    monkeypatch.setattr(public, "consultation", leaking)
    assert any(
        story.SECRET.encode() in body
        for body in site.files_of(town, story.DURING, papers=False).values()
    ), "the search sees what is there"


def test_how_many_statements_an_export_asks_for(town: Workplace) -> None:
    asked: list[str] = []
    engine = town.store.engine
    event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    site.files_of(town, story.DURING, papers=False)
    assert len(asked) < 400, len(asked)


def test_site_json_and_the_manifest_say_what_is_there(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    site_json = json.loads(files["site.json"])
    (consultation,) = site_json["consultations"]
    assert (
        site_json["format"],
        site_json["as_of"],
        consultation["start"],
        consultation["end"],
    ) == (
        "pia-site/1",
        "2028-05-12",
        "2028-05-10",
        "2028-06-09",
    )
    assert (
        consultation["facts"]["name"] == "required"
        and consultation["facts"]["address"] == "none"
        and consultation["documents"][0]["key"] == story.KEY
    )
    assert {p["key"] for p in site_json["published"]} == {story.KEY, f"{story.KEY}-basic"}
    format_.write(tmp_path / "site", files)
    assert set(format_.read(tmp_path / "site").files) == set(files) - {"manifest.json"}
    (tmp_path / "site" / "index.html").write_bytes(b"x")
    with pytest.raises(PiaError, match=r"index\.html は、書き出したものと違います"):
        format_.read(tmp_path / "site")


def test_an_export_replaces_only_an_earlier_export(files: dict[str, bytes], tmp_path: Path) -> None:
    folder = tmp_path / "site"
    format_.write(
        folder,
        {
            **files,
            "gone.html": b"",
            "manifest.json": files["manifest.json"].replace(
                b'"files": [', b'"files": [{"path": "gone.html", "sha256": "", "size": 0},'
            ),
        },
    )
    format_.write(folder, files)
    assert not (folder / "gone.html").exists() and format_.read(folder)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "theirs.txt").write_text("x")
    with pytest.raises(PiaError, match="ほかのファイル"):
        format_.write(tmp_path / "other", files)
    for path in ("../up.html", "/etc/x", "a/../../b"):
        (folder / "manifest.json").write_text(
            json.dumps(
                {"format": format_.MANIFEST, "files": [{"path": path, "sha256": "", "size": 0}]}
            )
        )
        with pytest.raises(PiaError, match="この形式"):
            format_.read(folder)


def test_before_the_first_day_a_consultation_is_carried_but_takes_nothing(
    town: Workplace, tmp_path: Path
) -> None:
    host = Host(site.files_of(town, story.AT, ".", papers=False), tmp_path, story.AT)
    host.page.expect_words("/consultations/1/opinion", "受付は終わりました")
    host.at = story.DURING
    host.send(OPINION)
    host.at = story.AFTER
    host.page.expect_words("/consultations/1/opinion", "受付は終わりました")
    assert not json.loads(site.files_of(town, story.AFTER, papers=False)["site.json"])[
        "consultations"
    ]


def test_the_host_serves_the_files_and_nothing_else(host: Host, files: dict[str, bytes]) -> None:
    for url in (
        "/",
        "/consultations/1.html",
        f"/published/{story.KEY}.html",
        f"/published/{story.KEY}/1.html",
    ):
        answer = host.page.client.get(url)
        assert answer.status_code == 200 and answer.data == files[url.strip("/") or "index.html"]
    (host.folder / "more.html").write_text("x")
    for url in (
        "/more.html",
        "/manifest.json",
        "/site.json",
        "/../opinions.jsonl",
        "/consultations/2.html",
        "/sign-in",
        "/accounts",
        "/static/keys.txt",
    ):
        assert host.page.client.get(url).status_code == 404, url
    assert {r.endpoint for r in host.app.url_map.iter_rules()} == {
        "health",
        "static",
        *(f"public.{n}" for n in ("home", "consultation", "opinion", "send", "receipt", "file")),
    }


def test_an_opinion_from_the_field_to_the_consultation_s_page(host: Host, copy: Workplace) -> None:
    receipt = host.send(OPINION)
    assert host.inbox.stat().st_mode & 0o777 == 0o600
    (line,) = host.inbox.read_bytes().splitlines()
    report = json.loads(line)
    assert (report["format"], report["receipt"], report["name"], report["at"]) == (
        "pia-opinion/1",
        receipt,
        "住民 渚",
        "2028-05-12T23:40:00+09:00",
    )
    by = By("funado", "secretariat", story.AFTER)
    with host.inbox.open("rb") as f:
        done = inbox.take(copy, by, inbox.lines_of(f))
    assert (done.new, done.again, done.refused) == ([receipt], 0, [])
    with host.inbox.open("rb") as f:
        assert (lambda d: (d.new, d.again, d.refused))(inbox.take(copy, by, inbox.lines_of(f))) == (
            [],
            1,
            [],
        )
    office = PageClient(create_app(copy, config.load({}), lambda: story.AFTER), "funado")
    office.expect_words("/consultations/1", "窓口を委託する理由を")
    office.post("/consultations/1", "/consultations/1/inbox/1")
    with copy.store.read() as s:
        opinion = s.scalars(select(Opinion)).one()
        assert (opinion.text, opinion.item, opinion.received.isoformat(), opinion.channel) == (
            OPINION["text"],
            "IV-3",
            "2028-05-12",
            "web",
        )
        assert s.scalars(select(OpinionSender)).one().name == "住民 渚"
    with host.inbox.open("rb") as f:
        assert inbox.take(copy, by, inbox.lines_of(f)).again == 1, (
            "also after the office took it in"
        )
    assert not [p for p in fsck.check(copy.store, deep=True) if p.level != "info"]


def test_sent_twice_is_one_line_and_a_receipt_is_known_again(host: Host) -> None:
    shown = host.fill(OPINION)
    sent = host.page.fields(next(shown.iter("form")))
    pages = [host.page.send("/consultations/1/opinion", sent).text_content() for _ in range(2)]
    assert pages[0] == pages[1] and len(host.inbox.read_bytes().splitlines()) == 1
    receipt = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", pages[0]).group()  # type: ignore[union-attr]
    host.open()
    host.page.expect_words(f"/consultations/1/receipts/{receipt}", receipt)
    host.page.expect_no_words(f"/consultations/1/receipts/{receipt}", "窓口を委託")
    host.page.get("/consultations/1/receipts/ABCD-EFGH", 404)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"text": " "}, "「意見」を入力"),
        ({"name": ""}, "「氏名」を入力"),
        ({"text": "番号は123456789018です"}, "マイナンバー"),
        ({"text": "あ" * 20_001}, "20,000文字まで"),
        ({"item": "I-1"}, "「項目」を選んで"),
        ({"key": "other"}, "「評価書」を選んで"),
    ],
)
def test_what_cannot_be_taken_is_said_where_it_was_typed(
    host: Host, values: dict[str, str], says: str
) -> None:
    expect_words(host.fill({**OPINION, **values}, 422), says)
    assert not host.inbox.read_bytes()


def test_no_receipt_without_the_line_on_the_disk(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = host.fill(OPINION)
    sent = host.page.fields(next(shown.iter("form")))

    def full(_: int) -> None:
        raise OSError("no space")

    monkeypatch.setattr(os, "fsync", full)
    words = host.page.send("/consultations/1/opinion", sent, 422)
    assert "いま受け付けられません" in words.text_content() and not host.inbox.read_bytes()
    monkeypatch.undo()
    host.page.send("/consultations/1/opinion", sent)
    assert len(host.inbox.read_bytes().splitlines()) == 1


def test_half_a_line_of_a_crash_stays_by_itself(host: Host, copy: Workplace) -> None:
    host.inbox.write_bytes(b'{"format": "pia-opi')
    receipt = host.send(OPINION)
    with host.inbox.open("rb") as f:
        done = inbox.take(copy, By("funado", "secretariat", story.AFTER), inbox.lines_of(f))
    assert done.new == [receipt] and [n for n, _ in done.refused] == [1]


def test_one_origin_may_not_send_without_end(host: Host) -> None:
    from pia.web.public.opinions import HOURLY

    for n in range(HOURLY):
        host.app.extensions["pia.origins"].full("127.0.0.1", story.DURING.strftime("%Y-%m-%d %H"))
        assert n < HOURLY
    shown = host.fill(OPINION)
    words = host.page.send(
        "/consultations/1/opinion", host.page.fields(next(shown.iter("form"))), 422
    )
    expect_words(words, "続けて送られている")


def test_an_inbox_others_can_read_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "opinions.jsonl").touch(0o644)
    with pytest.raises(PiaError, match="chmod 600"):
        Host(files, tmp_path)
    (tmp_path / "opinions.jsonl").unlink()
    (tmp_path / "opinions.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PiaError, match="書けません"):
        Host(files, tmp_path)


GOOD: dict[str, Any] = {
    "format": "pia-opinion/1",
    "consultation": 1,
    "receipt": "ABCD-EFGH",
    "key": story.KEY,
    "item": "IV-3",
    "text": "意見",
    "name": "渚",
    "address": "",
    "at": story.DURING.isoformat(),
}
HOSTILE: list[tuple[Any, str]] = [
    ({"format": "pia-opinion/2"}, "形式"),
    ({"more": 1}, "余分な欄"),
    ({"text": None}, "文字ではありません"),
    ({"text": ["x"]}, "文字ではありません"),
    ({"text": ""}, "意見が空"),
    ({"text": "a\u0000"}, "使えない文字"),
    ({"text": "a\ud800"}, "使えない文字"),
    ({"text": "a\r\nb"}, "改行"),
    ({"name": "a\nb"}, "改行"),
    ({"text": "あ" * 20_001}, "20,000文字"),
    ({"name": "あ" * 201}, "200文字"),
    ({"text": "1234 5678 9018"}, "個人番号"),
    ({"consultation": 2}, "意見募集2はありません"),
    ({"consultation": True}, "番号が正しくありません"),
    ({"consultation": 2**70}, "番号が正しくありません"),
    ({"key": "nhi"}, "対象ではありません"),
    ({"item": "II-6-3"}, "選べるものではありません"),
    ({"name": ""}, "「氏名」を入力"),
    ({"address": "町内"}, "決まりと違います"),
    ({"receipt": "abcd-efgh"}, "受付番号"),
    ({"receipt": "ABCD-EFGH\n"}, "受付番号"),
    ({"at": "2028-05-12"}, "日時が正しくありません"),
    ({"at": "2028-05-09T23:59:59+09:00"}, "期間の外"),
    ({"at": "2028-06-10T00:00:00+09:00"}, "期間の外"),
    ({"at": "0001-01-01T00:00:00+23:00"}, "日時が正しくありません"),
    ({"at": 5}, "日時が正しくありません"),
]


@pytest.mark.parametrize(("change", "says"), HOSTILE)
def test_a_hostile_line_is_named_and_changes_nothing(
    copy: Workplace, change: dict[str, Any], says: str
) -> None:
    lines = [
        json.dumps({**GOOD, **change}).encode() + b"\n",
        json.dumps({**GOOD, "receipt": "ABCD-EFGJ"}).encode() + b"\n",
    ]
    done = inbox.take(copy, By("funado", "secretariat", story.AFTER), lines)
    assert (
        [number for number, _ in done.refused] == [1]
        and says in done.refused[0][1]
        and done.new == ["ABCD-EFGJ"]
    )
    with copy.store.read() as s:
        assert [row.receipt for row in s.scalars(select(Inbox))] == ["ABCD-EFGJ"]


def test_lines_that_are_no_objects_and_lines_without_end(copy: Workplace, tmp_path: Path) -> None:
    twice = json.dumps(GOOD)[:-1] + ', "text": "ほか"}'
    lines = [
        b"[]",
        b"nonsense",
        b"\xff\xfe",
        b"[" * 150_000,
        b"x" * 700_000,
        twice.encode(),
        b"",
        json.dumps(GOOD).encode(),
    ]
    (tmp_path / "inbox").write_bytes(b"\n".join(lines))
    with (tmp_path / "inbox").open("rb") as f:
        done = inbox.take(copy, By("funado", "secretariat", story.AFTER), inbox.lines_of(f))
    assert [number for number, _ in done.refused] == [1, 2, 3, 4, 5, 6] and done.new == [
        "ABCD-EFGH"
    ]
    other = [json.dumps({**GOOD, "text": "別の意見"}).encode()]
    assert (
        "別の意見で使われています"
        in inbox.take(copy, By("funado", "secretariat", story.AFTER), other).refused[0][1]
    )
    early = [json.dumps({**GOOD, "receipt": "ABCD-EFGK"}).encode()]
    assert (
        "いまより先" in inbox.take(copy, By("funado", "secretariat", story.AT), early).refused[0][1]
    )


def test_the_office_asks_for_the_files_on_its_page(copy: Workplace) -> None:
    office = PageClient(
        create_app(copy, config.load({"PIA_SITE_OPINIONS": "."}), lambda: story.DURING), "funado"
    )
    office.post("/consultations", "/site")
    (job,) = jobs.listed(copy)
    assert job.kind == "site" and jobs.work_once(copy, "w", lambda: story.DURING)
    body, name, kind = jobs.result(copy, job.id)
    assert name == "公開用ファイル.zip" and kind == "application/zip" and body[:2] == b"PK"
    assert office.client.get(f"/jobs/{job.id}/file").data == body
