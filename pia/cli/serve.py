"""Command serve: the pages of a zone, with the worker beside them, or a rehearsal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click

from .. import config
from ..domain.act import By
from ..domain.errors import PiaError
from . import common
from .common import workplace
from .logs import json_lines


def serve_zone(wp: Any, settings: Any, host: str, port: int, zone: str = "all") -> None:
    """Serves a zone until it is told to stop; requests in hand are finished first."""
    from ..actions.upkeep import starting
    from ..web.application import create_zone

    starting.must(settings)
    with _worker(settings.database_url) if zone != "public" else nullcontext():
        _answer(create_zone(zone, wp, settings), settings, host, port)


def _answer(app: Any, settings: Any, host: str, port: int) -> None:
    from .connections import Limits
    from .serving import serve

    json_lines()
    behind = settings.values["PIA_PROXY"] == "1"
    serve(
        app,
        host,
        port,
        Limits().behind(behind),
        f"http://{host}:{port}/ で待っています（Ctrl+C で終わり）。",
        threads=12,
        ident=None,
        clear_untrusted_proxy_headers=not behind,
    )


def _fits(zone: str) -> None:
    """Refuses a zone that does not belong where this machine stands."""
    place = config.load().values["PIA_PLACE"]
    if not place:
        return
    from ..actions.upkeep import doctor

    wrong = doctor.fits(place, zone)
    if wrong:
        raise PiaError(wrong)


def _serve_outside(
    zone: str, site: str | None, inbox: str | None, host: str, port: int, rehearsal: bool
) -> None:
    """Serves a carried site; no database is opened."""
    from ..actions.upkeep import starting
    from ..web.public.outside import create_outside_app

    if zone != "outside" or not site or not inbox or rehearsal:
        raise PiaError(
            "--zone outside は、--site FOLDER と --inbox FILE "
            "と一緒に使ってください（--rehearsal とは使えません）。"
        )
    _fits(zone)
    settings = config.load()
    starting.must(settings)
    _answer(create_outside_app(Path(site), Path(inbox), settings), settings, host, port)


@contextmanager
def _worker(url: str) -> Iterator[None]:
    """One worker child beside the server, started again when it dies; it ends with the server."""
    import os
    import subprocess
    import threading

    over = threading.Event()
    starting = threading.Lock()
    child: list[subprocess.Popen[bytes]] = []

    def start() -> bool:
        with starting:
            if over.is_set():
                return False
            # Its input ends with this process, however that ends.
            child[:] = [
                subprocess.Popen(
                    [sys.executable, "-m", "pia", "work", "--beside-server"],
                    env={**os.environ, "PIA_DATABASE_URL": url},
                    stdin=subprocess.PIPE,
                    start_new_session=True,
                )
            ]
        return True

    def keep() -> None:
        while start():
            child[0].wait()
            over.wait(1)

    beside = threading.Thread(target=keep, daemon=True)
    beside.start()
    try:
        yield
    finally:
        with starting:
            over.set()
        for popen in child:
            popen.terminate()
        beside.join(timeout=30)


@click.command(
    "serve",
    help="画面を提供する。staff は庁内用、public は公開用、all は両方（公開用は /public）、"
    "outside はデータベースのない公開用（運んだファイル）。",
)
@click.option(
    "--zone",
    type=click.Choice(["staff", "public", "all", "outside"]),
    default="all",
    show_default=True,
)
@click.option(
    "--site",
    type=click.Path(file_okay=False),
    help="outside：pia site export で書き出して運んだフォルダ",
)
@click.option(
    "--inbox",
    type=click.Path(dir_okay=False),
    help="outside：寄せられた意見を1行ずつ書き足すファイル",
)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--rehearsal",
    is_flag=True,
    help="練習用のデータベースで開く（ないときは作る）。画面と書類に練習用と書く",
)
@click.option(
    "--at", help="練習の時計の日時（例 2026-03-01T00:40+09:00）。--rehearsal と一緒に使う"
)
def serve_command(
    zone: str,
    site: str | None,
    inbox: str | None,
    host: str,
    port: int,
    rehearsal: bool,
    at: str | None,
) -> None:
    """Serves a zone; a rehearsal with its own clock, or a carried site."""
    if zone == "outside" or site or inbox:
        _serve_outside(zone, site, inbox, host, port, rehearsal)
        return
    if at and not rehearsal:
        raise PiaError("--at は --rehearsal と一緒に使ってください。実際の時計は変えられません。")
    _fits(zone)
    if rehearsal:
        _rehearse(at)
    serve_zone(workplace(), config.load(), host, port, zone)


def _rehearse(at: str | None) -> None:
    """Opens a rehearsal, making and marking it where there is no database yet."""
    from datetime import datetime

    from ..actions.upkeep import rehearsal as rehearsals
    from ..documents import rehearsal
    from ..domain.act import in_japan
    from ..store.opening import database_file, upgrade

    url = config.load().database_url
    file = database_file(url)
    if file is not None and not file.exists():
        upgrade(url)
    machine = common.machine()
    wp = workplace()
    shown = machine
    if at:
        try:
            shown = in_japan(datetime.fromisoformat(at))
        except ValueError as value_error:
            raise PiaError(
                f"--at「{at}」を日時として読めません。"
                "2026-03-01T00:40+09:00 のように、時差（+09:00）まで書いてください。"
            ) from value_error
    if at or not rehearsals.is_one(wp):
        rehearsals.begin(wp, By("cli", "administrator", machine), shown, machine)
    rehearsal.serve(True)
    click.echo(
        f"練習用です。時計は {rehearsals.shown(wp, machine):%Y-%m-%d %H:%M} を示しています。"
    )
