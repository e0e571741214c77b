"""Commands of 持出し: the desk of one sitting leaves as a sealed file, opens on a laptop without a
network, comes back, and is erased there.
"""

from __future__ import annotations

import secrets
from datetime import date
from pathlib import Path

import click

from .. import config
from ..domain.errors import PiaError
from .common import by, machine, workplace, write


@click.group("carry", help="会議の記録の持出し。")
def carry_command() -> None:
    """The commands of what leaves the house."""


@carry_command.command("make", help="会議 SITTING の持出し記録を FILE に作り、コードを1回出す。")
@click.argument("sitting", type=int)
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--holder", required=True, help="持ち出す人")
@click.option("--purpose", default="会議のため", show_default=True, help="目的")
@click.option("--place", required=True, help="持出し先")
@click.option("--until", required=True, help="返却の期限（2026-01-29 の形）")
@click.option("--as", "user", required=True, help="記録する人（事務局の利用者名）")
def carry_make(
    sitting: int, file: str, holder: str, purpose: str, place: str, until: str, user: str
) -> None:
    """Makes the file of a desk under a number."""
    from ..actions.steps import carrying
    from ..store.rows.carrying import DESK
    from ..web.hall import desk_file_for

    wp = workplace()
    who = by(user)
    if who.role != "secretariat":
        raise PiaError("--as に、事務局の利用者名を書いてください。")
    if Path(file).exists():
        raise PiaError(f"{file} はもうあります。別の名前にしてください。")
    day = _day(until)
    new = carrying.NewSet(DESK, purpose, place, day, holder=holder)
    number, code = carrying.make(wp, who, sitting, new)
    row = carrying.must_be_code(wp, sitting, number, code)
    write(desk_file_for(wp, config.load(), who, row, code), file)
    click.echo(f"{file} に第{number}号を作りました。")
    click.echo(f"コード（この1回だけ出します。ファイルとは別に持ってください）：{code}")


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError as error:
        raise PiaError(
            f"「{typed}」は日付ではありません。2026-01-29 の形で書いてください。"
        ) from error


@carry_command.command("open", help="持出し記録 FILE を、ネットワークなしで開く。")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--code", help="コード。書かないときは尋ねる（画面には出ない）")
@click.option("--port", default=8000, show_default=True)
def carry_open(file: str, code: str | None, port: int) -> None:
    """Opens a desk until it is told to stop."""
    from ..actions.upkeep import carried_rooms
    from ..settings import Config
    from ..web.hall import create_hall_app
    from .connections import Limits
    from .logs import json_lines
    from .serving import serve

    values = {**config.load().values, "PIA_SECURE": ""}
    room = carried_rooms.open_room(Path(file), _code(code), values, machine())
    try:
        address = secrets.token_urlsafe(24)
        values["PIA_SECRET_KEY"] = room.secret("cookies")
        app = create_hall_app(room, Config(values), address)
        json_lines()
        says = (
            f"{room.about}\nこのパソコンのブラウザーで、次の番地を開いてください。\n"
            f"http://127.0.0.1:{port}/open/{address}\n"
            "終わったら、ここで Ctrl+C を押し、ファイルを持ち帰って取り込んでください。"
        )
        serve(app, "127.0.0.1", port, Limits(), says, threads=12, ident=None)
    finally:
        room.save()
        room.close()


def _code(given: str | None) -> str:
    typed: str = given or click.prompt("コード", hide_input=True)
    return typed


@carry_command.command("take-in", help="持ち帰った FILE を、会議 SITTING の記録に合わせる。")
@click.argument("sitting", type=int)
@click.argument("number", type=int)
@click.argument("file", type=click.Path(dir_okay=False, exists=True))
@click.option("--code", help="コード。書かないときは尋ねる（画面には出ない）")
@click.option("--as", "user", required=True, help="記録する人（事務局の利用者名）")
def carry_take_in(sitting: int, number: int, file: str, code: str | None, user: str) -> None:
    """Takes in the record of a desk that came back."""
    from ..actions.records import carried_files
    from ..actions.steps import carried_desks

    _, record, _ = carried_files.read(Path(file).read_bytes(), _code(code))
    brought = carried_desks.take_in(workplace(), by(user), sitting, number, record)
    click.echo(carried_desks.told(brought))


@carry_command.command("erase", help="このパソコンから持出し記録 FILE を消し、消したものを言う。")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--yes", is_flag=True, help="尋ねずに消す")
def carry_erase(file: str, yes: bool) -> None:
    """Erases a desk from a laptop, and says what that was and what it cannot promise."""
    from ..actions.upkeep import carried_rooms

    if not yes:
        click.confirm(f"{file} を消します。市役所で取り込んだことを確かめましたか", abort=True)
    gone = carried_rooms.erase(Path(file))
    click.echo(f"{gone.about} を消しました。消去の番号：{gone.mark}")
    for name, size in gone.files:
        click.echo(f"・{name}（{size:,}バイト）")
    click.echo(
        "約束できないこと：このパソコンのバックアップ、別の所に写したファイル、印刷した紙、"
        "ブラウザーが残した画面、ディスク（SSD）が内部に残す写しは、このコマンドでは消せません。"
        "ファイルの写しは、コードがなければ読めません。"
    )
