"""Commands of the record of acts: its key, its anchors, the ledger without texts."""

from __future__ import annotations

from pathlib import Path

import click

from .. import config
from ..domain.errors import PiaError
from .common import by, workplace, write


@click.group("ledger", help="操作の記録の鍵・控え・書出し。")
def ledger_command() -> None:
    """The commands of the record of acts."""


@ledger_command.command("key", help="控えに署名する鍵を、新しいファイルに作る。")
@click.argument("file", type=click.Path(dir_okay=False))
def ledger_key(file: str) -> None:
    """Makes the key that signs anchors."""
    from ..actions.upkeep import anchors

    public = anchors.make_key(Path(file))
    click.echo(
        f"{file} に鍵を作りました。PIA_ANCHOR_KEY に指定してください。"
        f"公開鍵（別の所属で控えてください）：{public}"
    )


@ledger_command.command("anchor", help="今の記録の控えを、すぐに外へ出す。")
def ledger_anchor() -> None:
    """Makes an anchor now."""
    from ..actions.upkeep import anchors
    from ..store.ledger import log

    given = config.load()
    wp = workplace()
    notice = anchors.notice(given)
    if notice:
        raise PiaError(notice)
    with wp.store.begin() as session:
        log.anchor(session, by())
    anchors.left_behind(wp, given)
    click.echo(f"{given.values['PIA_ANCHOR_DROP']} に控えを出しました。")


@ledger_command.command("export", help="操作の記録を、文章を含めずに書き出す（1行に1件）。")
@click.argument("file", type=click.Path(dir_okay=False))
def ledger_export(file: str) -> None:
    """Writes the ledger without texts."""
    from ..actions.upkeep import anchors

    write(b"".join(anchors.export(workplace())), file)
