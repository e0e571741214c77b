"""Commands that keep the data: config, fsck, backup, restore."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from .. import config
from ..domain.errors import PiaError, Problem
from .common import as_json, machine, write


@click.command("config", help="設定の一覧（環境変数、又は PIA_CONFIG のTOMLファイル）。")
def config_command() -> None:
    """Lists the settings and their values."""
    given = config.load()
    for setting in config.SETTINGS:
        shown = given.values[setting.name] or "（なし）"
        if setting.secret and given.values[setting.name]:
            shown = "（設定済み）"
        click.echo(f"{setting.name}\t{shown}\t{setting.says}")


@click.command("fsck", help="データの整合性を調べる。壊れていれば全て挙げて終了コード1。")
@click.option("--deep", is_flag=True, help="全ての版の中身まで調べる")
@click.option("--anchor", type=click.Path(dir_okay=False), help="外に控えた記録の連鎖の末尾")
@click.option("--json", "json_", is_flag=True)
def fsck_command(deep: bool, anchor: str | None, json_: bool) -> None:
    """Checks the database; exit 1 where it is damaged."""
    from ..actions.upkeep import anchors
    from ..store.upkeep import fsck

    url = config.load().database_url
    problems = _findings(url, deep, anchor)
    if json_:
        write(as_json({"findings": list(map(_as_json, problems))}), None)
    else:
        for problem in problems:
            click.echo(f"{problem.code}\t{problem.where}\t{problem.sentence}")
    if fsck.damaged(problems):
        count = sum(problem.level != "info" for problem in problems)
        click.echo(
            f"損傷が{count}件あります。バックアップから戻してください。",
            err=True,
        )
        sys.exit(1)
    _noted(url, "keep.checked", {"deep": deep})
    if not json_:
        click.echo("損傷はありません。")
        notice = anchors.notice(config.load())
        if notice:
            click.echo(f"【お知らせ】{notice}")


def _findings(url: str, deep: bool, anchor: str | None) -> list[Problem]:
    """What is wrong with a database. One that cannot be opened is damaged, not missing."""
    from ..store.opening import open_store
    from ..store.upkeep import fsck

    file = Path(url.removeprefix("sqlite:///"))
    try:
        return fsck.check(open_store(url), deep=deep, anchor=Path(anchor) if anchor else None)
    except PiaError as error:
        if not url.startswith("sqlite:///") or not file.is_file() or not file.stat().st_size:
            raise
        return [Problem("unreadable", str(error), file.name)]


def _as_json(problem: Problem) -> dict[str, str]:
    return {
        "code": problem.code,
        "sentence": problem.sentence,
        "where": problem.where,
        "level": problem.level,
    }


def _noted(url: str, action: str, detail: dict[str, Any]) -> None:
    """Puts on record that the data was looked after, for whoever asks when that was last."""
    from ..actions.upkeep import watch

    watch.note(url, action, detail, machine())


@click.command("backup", help="動いているままバックアップをとる。")
@click.argument("file", type=click.Path(dir_okay=False))
def backup_command(file: str) -> None:
    """Makes a backup."""
    from ..store.opening import open_store
    from ..store.upkeep import backup

    seq, head = backup.backup(open_store(config.load().database_url), Path(file))
    _noted(config.load().database_url, "keep.backup", {"seq": seq})
    click.echo(
        f"{file} にバックアップをとりました。"
        f"記録の連鎖の末尾（別の場所に控えてください）：{seq} {head}"
    )


@click.command("restore", help="バックアップを調べてから戻す。")
@click.argument("file", type=click.Path(dir_okay=False))
def restore_command(file: str) -> None:
    """Restores a backup into an empty place."""
    from ..store.upkeep import backup

    (seq, head), aside = backup.restore(Path(file), config.load().database_url, machine())
    line = f"{file} から戻しました。記録の連鎖の末尾：{seq} {head}"
    if aside:
        line += f"　それまでのデータベースは {aside.name} に残しました。"
    click.echo(line)
