"""A host outside, without any database: the files of a site that was carried there, and the form
for the consultations it says are open on the day.

Knows the site and one file it adds opinions to, a line each, on the disk before the receipt is
shown. What was sent is never read back to a page, only whether a receipt was given. Serves インター
ネット接続系, from which nothing leads into the city's own network but that file, carried by hand
(総務省's guideline on the three networks, unread).
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

from flask import Blueprint, Flask, Response, abort, current_app, render_template

from ...actions.viewing.public import PublicConsultation, PublicDocument
from ...documents.text import site
from ...domain.act import in_japan
from ...domain.errors import PiaError
from ...domain.procedure import opinions as line
from ...settings import Config
from ..actor import now, now_day
from ..declared import needs
from ..shell import shell
from . import opinions

blueprint = Blueprint("public", __name__)
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".pdf": "application/pdf",
    ".zip": "application/zip",
    ".json": "application/json",
}


class OpinionsFile:
    """The file opinions are added to, readable by its owner alone. Safe for several threads of one
    server; a file that was carried away begins anew."""

    def __init__(self, file: Path):
        self.file = file
        self.lock = threading.Lock()
        self.given = self._there()

    def _there(self) -> set[str]:
        """The receipts of a file that lies there already. PiaError when it cannot be used."""
        try:
            with os.fdopen(self._open(), "rb") as buffered_reader:
                if os.fstat(buffered_reader.fileno()).st_mode & 0o077:
                    raise PiaError(
                        f"{self.file} を、ほかの人が読めます。chmod 600 {self.file}"
                        " で、持ち主だけが読めるようにしてください。"
                    )
                return {str(receipt) for receipt in map(_receipt, buffered_reader) if receipt}
        except OSError as error:
            raise PiaError(
                f"{self.file} に書けません。フォルダと書き込み権限を確かめてください。"
            ) from error

    def _open(self) -> int:
        return os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)

    def add(self, sent: line.Sent) -> None:
        """Puts an opinion onto the disk, once for a receipt. PiaError, and no receipt, when it does
        not stand there whole."""
        with self.lock:
            if sent.receipt in self.given:
                return
            try:
                self._append(line.written(sent))
            except OSError as error:
                raise PiaError(
                    "いま受け付けられません。しばらくたってから、もう一度お試しください。"
                ) from error
            self.given.add(sent.receipt)

    def _append(self, body: bytes) -> None:
        handle = self._open()
        try:
            before = os.fstat(handle).st_size
            if before and os.pread(handle, 1, before - 1) != b"\n":
                body = b"\n" + body  # half a line of a crash stays by itself
            try:
                if os.write(handle, body) != len(body):
                    raise OSError("a full disk")
                os.fsync(handle)
            except OSError:
                os.ftruncate(handle, before)
                raise
        finally:
            os.close(handle)


def _receipt(body: bytes) -> Any:
    try:
        return json.loads(body)["receipt"]
    except (ValueError, KeyError, TypeError):
        return None  # half a line of a crash: whoever carries the file in is told


def create_outside_app(
    folder: Path, inbox: Path, settings: Config, now: Callable[[], datetime] | None = None
) -> Flask:
    """The application over a carried site. PiaError when a file of it is missing or was changed, or
    the inbox cannot be written."""
    app = shell(settings, now, opinions.inner)
    opinions.set_up(app)
    app.extensions["pia.site"] = site.read(folder)
    app.extensions["pia.inbox"] = OpinionsFile(inbox)
    app.extensions["pia.rehearsal"] = bool(_site_of(app).facts["rehearsal"])
    app.add_url_rule(
        "/healthz", "health", needs("open")(lambda: Response("ok\n", mimetype="text/plain"))
    )
    app.register_blueprint(blueprint)
    return app


def _site_of(app: Flask) -> site.CarriedSite:
    carried: site.CarriedSite = app.extensions["pia.site"]
    return carried


def _site() -> site.CarriedSite:
    return _site_of(current_app)


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document of which only key and name are known here: all that the form shows of it."""

    key: str
    name: str


def _as_carried(number: int) -> tuple[PublicConsultation, list[tuple[str, str]]]:
    """A consultation as the site tells it, open or not on this day, and the items one may write
    about."""
    facts = next(
        (
            consultation
            for consultation in _site().facts["consultations"]
            if consultation["number"] == number
        ),
        None,
    )
    if facts is None:
        raise PiaError("その意見募集では、ここで意見を受け付けていません。")
    start = date.fromisoformat(facts["start"])
    end = date.fromisoformat(facts["end"])
    documents = cast(
        tuple[PublicDocument, ...],
        tuple(NamedDocument(document["key"], document["name"]) for document in facts["documents"]),
    )
    shown = PublicConsultation(
        number,
        facts["title"],
        start,
        end,
        facts["method"],
        facts["facts"],
        start <= now_day() <= end,
        documents,
    )
    return shown, [(str(item), str(words)) for item, words in facts["items"]]


@blueprint.get("/")
@needs("open")
def home() -> Response:
    """The first page of the carried site."""
    return file("index.html")


@blueprint.get("/consultations/<int:number>.html")
@needs("open")
def consultation(number: int) -> Response:
    """The page of a consultation, as it was carried."""
    return file(f"consultations/{number}.html")


@blueprint.get("/consultations/<int:number>/opinion")
@needs("open", asks=("key", "item"))
def opinion(number: int) -> str:
    """The form of an opinion."""
    shown, items = _as_carried(number)
    return render_template(
        "public/opinion.html", h=shown, items=items, given=opinions.asked(), wrong=""
    )


@blueprint.post("/consultations/<int:number>/opinion")
@needs("open")
def send(number: int) -> opinions.Answered:
    """Takes an opinion: looked at again first, then kept."""
    shown, items = _as_carried(number)

    def put(clean: dict[str, str], once: str) -> str:
        return _put(shown, clean, once)

    return opinions.taken(shown, items, put)


def _put(h: PublicConsultation, clean: dict[str, str], once: str) -> str:
    """One line of the inbox; the same form sent again gives the same receipt and no second line."""
    fields = {**clean, **line.settled(h.facts, clean)}
    body = json.dumps([h.number, once, fields], sort_keys=True).encode()
    receipt = line.receipt(body if once else secrets.token_bytes(32))
    sent = line.Sent(h.number, receipt, at=in_japan(now()), **fields)
    current_app.extensions["pia.inbox"].add(sent)
    return receipt


@blueprint.get("/consultations/<int:number>/receipts/<receipt>")
@needs("open")
def receipt(number: int, receipt: str) -> str:
    """The receipt of an opinion."""
    if receipt not in current_app.extensions["pia.inbox"].given:
        raise PiaError("その受付番号はありません。番号を確かめてください。")
    shown, _ = _as_carried(number)
    return render_template("public/receipt.html", h=shown, receipt=receipt)


@blueprint.get("/<path:name>")
@needs("open")
def file(name: str) -> Response:
    """A file of the manifest, as it was when the server began to answer."""
    where = _site().files.get(name)
    kind = KINDS.get(Path(name).suffix)
    if where is None or kind is None or name == site.SITE:
        abort(404)
    return Response(where.read_bytes(), content_type=kind)
