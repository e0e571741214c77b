"""The command that reckons every day anew and writes drafts of reminders."""

from __future__ import annotations

from pathlib import Path

import click

from ..domain.errors import PiaError
from .common import by, workplace


@click.command(
    "remind",
    help="全ての期限と日程を数え直し、課ごとのメールの下書きを FOLDER に書く。送らない。",
)
@click.argument("folder", type=click.Path(file_okay=False))
def remind_command(folder: str) -> None:
    """Writes the drafts of this day; how much was reckoned."""
    from ..actions.output import reminders
    from ..actions.upkeep import reminding

    wp = workplace()
    now = by().at
    reckoned = reminders.reckon(wp, by().day)
    try:
        count = reminding.lay(Path(folder), now, reminders.drafts(reckoned, now))
    except OSError as error:
        raise PiaError(
            f"{folder} に書けません。フォルダがあるか、書き込み権限を確かめてください。"
        ) from error
    click.echo(
        f"{reckoned.affairs}件の事務と{reckoned.rounds}件の手続を数え、{count}通の下書きを書きました。"
    )
