"""Commands that keep the data: config, fsck, backup, restore."""

from __future__ import annotations

import sys
from typing import Any

import click

from .. import config
from ..domain.errors import PiaError, Problem
from .common import as_json, machine, write


@click.command("config", help="設定の一覧（環境変数、又は PIA_CONFIG のTOMLファイル）。")
def config_command() -> None:
    given = config.load()
    for setting in config.SETTINGS:
        value = given.values[setting.name]
        click.echo(
            f"{setting.name}\t{'（設定済み）' if setting.secret and value else value or '（なし）'}\t{setting.says}"
        )


@click.command("fsck", help="データの整合性を調べる。壊れていれば全て挙げて終了コード1。")
@click.option("--deep", is_flag=True, help="全ての版の中身まで調べる")
@click.option("--anchor", type=click.Path(dir_okay=False), help="外に控えた記録の連鎖の末尾")
@click.option("--json", "json_", is_flag=True)
def fsck_command(deep: bool, anchor: str | None, json_: bool) -> None:
    from pathlib import Path

    from ..actions.upkeep import anchors
    from ..store.base import open_store
    from ..store.upkeep import fsck

    url = config.load().database_url
    file = Path(url.removeprefix("sqlite:///"))
    try:
        found = fsck.check(open_store(url), deep=deep, anchor=Path(anchor) if anchor else None)
    except PiaError as error:
        if not url.startswith("sqlite:///") or not file.is_file() or not file.stat().st_size:
            raise
        found = [
            Problem("unreadable", str(error), file.name)
        ]  # a database that stands there and cannot be opened is damaged, not missing
    if json_:
        write(
            as_json(
                {
                    "findings": [
                        {
                            "code": problem.code,
                            "sentence": problem.sentence,
                            "where": problem.where,
                            "level": problem.level,
                        }
                        for problem in found
                    ]
                }
            ),
            None,
        )
    else:
        for problem in found:
            click.echo(f"{problem.code}\t{problem.where}\t{problem.sentence}")
    if fsck.damaged(found):
        click.echo(
            f"損傷が{sum(each_file.level != 'info' for each_file in found)}件あります。バックアップから戻してください。",
            err=True,
        )
        sys.exit(1)
    _noted(url, "keep.checked", {"deep": deep})
    if not json_:
        click.echo("損傷はありません。")
        said = anchors.notice(config.load())
        if said:
            click.echo(f"【お知らせ】{said}")


def _noted(url: str, action: str, detail: dict[str, Any]) -> None:
    """Puts on record that the data was looked after, for whoever asks when that was last."""
    from ..actions.upkeep import watch

    watch.note(url, action, detail, machine())


@click.command("backup", help="動いているままバックアップをとる。")
@click.argument("file", type=click.Path(dir_okay=False))
def backup_command(file: str) -> None:
    from pathlib import Path

    from ..store.base import open_store
    from ..store.upkeep import backup

    seq, head = backup.backup(open_store(config.load().database_url), Path(file))
    _noted(config.load().database_url, "keep.backup", {"seq": seq})
    click.echo(
        f"{file} にバックアップをとりました。記録の連鎖の末尾（別の場所に控えてください）：{seq} {head}"
    )


@click.command("restore", help="バックアップを調べてから戻す。")
@click.argument("file", type=click.Path(dir_okay=False))
def restore_command(file: str) -> None:
    from pathlib import Path

    from ..store.upkeep import backup

    (seq, head), aside = backup.restore(Path(file), config.load().database_url, machine())
    click.echo(
        f"{file} から戻しました。記録の連鎖の末尾：{seq} {head}"
        + (f"　それまでのデータベースは {aside.name} に残しました。" if aside else "")
    )
