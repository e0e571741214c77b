"""Commands that begin: init, demo. A database, and the demonstration played into it."""

from __future__ import annotations

import shutil
import sys
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import click

from .. import config
from ..domain.errors import PiaError
from . import common
from .serve import serve_zone


@click.command(
    "init",
    help="データベースを作る。既にあるときは新しい形に直す。"
    "利用者がまだいないときは、はじめの管理者を登録する。",
)
@click.option("--admin", help="はじめの管理者のサインインの名前")
@click.option("--shown", help="画面に出す名前（既定はサインインの名前）")
@click.option("--password-stdin", is_flag=True, help="パスワードを標準入力の1行目から読む")
def init_command(admin: str | None, shown: str | None, password_stdin: bool) -> None:
    """Makes the database, or brings it to the present shape; registers the first administrator, and
    says what comes next."""
    from ..actions.records import content_checks, tallies
    from ..store.opening import upgrade

    url = config.load().database_url
    upgrade(url, at=common.machine())
    tallies.renew_all(common.workplace().store)
    content_checks.renew(common.workplace())
    click.echo("データベースの用意ができました。")
    _first_administrator(admin, shown, password_stdin)


def _first_administrator(name: str | None, shown: str | None, password_stdin: bool) -> None:
    """The administrator an empty database begins with: asked for on a terminal, or given."""
    from ..actions.people import registration
    from .user import password_of

    wp = common.workplace()
    if registration.accounts(wp):
        if name:
            raise PiaError("利用者がもう登録されています。pia user add で加えてください。")
        return
    if not name and sys.stdin.isatty():
        name = click.prompt("はじめの管理者のサインインの名前（あとで決めるときは空）", default="")
    if not name:
        click.echo("次に：pia init --admin 名前 で、はじめの管理者を登録してください。")
        return
    new = registration.NewAccount(name, shown or name, "administrator", "")
    registration.add_account(wp, common.by(), new, password_of(password_stdin))
    click.echo(f"管理者「{name}」を登録しました。")
    click.echo(
        "次に：pia serve で画面を開き、この名前でサインインして、"
        "「初期設定」を上から順に進めてください。"
    )


@click.command("demo", help="見本の事例（架空の市の一日）を DIR/pia.db に演じ、画面を開く。")
@click.option("--no-serve", is_flag=True, help="演じるだけで終わる")
@click.option("--dir", "folder", default="demo", show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def demo_command(no_serve: bool, folder: str, host: str, port: int) -> None:
    """Plays the demonstration into a database of its own and serves it."""
    import os
    import secrets

    from ..actions import demo
    from ..actions.access import names as names_acts
    from ..actions.upkeep.opening import open_workplace
    from ..actions.viewing import in_figures
    from ..store.opening import upgrade

    where = Path(folder)
    try:
        where.mkdir(parents=True, exist_ok=True)
        for old in (where / "pia.db", where / "pia.db-journal"):
            old.unlink(missing_ok=True)
    except OSError as error:
        raise PiaError(
            f"{folder} に書けません。--dir で別のフォルダを指定してください。"
        ) from error
    url = f"sqlite:///{(where / 'pia.db').resolve()}"
    upgrade(url)
    # The key of this run alone.
    own_key = os.environ.get("PIA_SECRET_KEY") or secrets.token_hex(32)
    settings = config.load({**os.environ, "PIA_DATABASE_URL": url, "PIA_SECRET_KEY": own_key})
    wp = open_workplace(settings)
    click.echo("見本の事例を演じます（人物・地名は架空です）。")
    played = demo.play(wp, lambda line: click.echo(f"　{line}"), papers=True)
    demo.appoint_again(wp, common.machine())
    for line in in_figures.demo_summary(wp):
        click.echo(line)
    click.echo("")
    click.echo(f"データベース：{where / 'pia.db'}")
    click.echo(f"提出書類一式：{_handed_out(where, played.sent)}")
    click.echo("　見本の様式に書き込んであります（個人情報保護委員会の様式ではありません）。")
    click.echo("　委員会の様式は、「様式ファイル」の画面で登録すると入れ替わります。")
    click.echo(f"画面：http://{host}:{port}/")
    click.echo(f"利用者（名前　役割。見本のパスワードはどれも {demo.PASSWORD}）：")
    for name, shown, role in played.people:
        click.echo(f"　{name:<12}{shown}　{names_acts.ROLE_NAMES[role]}")
    if not no_serve:
        serve_zone(wp, settings, host, port)


def _handed_out(where: Path, sent: Mapping[str, bytes]) -> Path:
    """Unpacks the 評価書一式 that were submitted; the folder they lie in."""
    folder = where / "提出書類一式"
    shutil.rmtree(folder, ignore_errors=True)
    for data in sent.values():
        with zipfile.ZipFile(BytesIO(data)) as archive:
            archive.extractall(folder)  # our own bytes, of a moment ago
    return folder
