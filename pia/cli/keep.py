"""Commands that keep the data: config, fsck, backup, restore."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from .. import config
from ..domain.errors import PiaError, Problem
from .common import as_json, machine, progress, write

if TYPE_CHECKING:
    from ..settings import Config
    from ..store.upkeep.fsck_since import Mark


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
@click.option("--since-anchor", "since", is_flag=True, help="前の検査のあとに加わったものだけ")
@click.option("--json", "json_", is_flag=True)
def fsck_command(deep: bool, anchor: str | None, since: bool, json_: bool) -> None:
    """Checks the database; exit 1 where it is damaged."""
    from ..actions.upkeep import anchors, marks
    from ..store.upkeep import fsck

    given = config.load()
    url = given.database_url
    looked = _looked(given, deep, anchor, since)
    if json_:
        findings = list(map(_as_json, looked.problems))
        write(as_json({"findings": findings, "since": looked.since}), None)
    else:
        for problem in looked.problems:
            click.echo(f"{problem.code}\t{problem.where}\t{problem.sentence}")
    if fsck.damaged(looked.problems):
        count = sum(problem.level != "info" for problem in looked.problems)
        click.echo(
            f"損傷が{count}件あります。バックアップから戻してください。",
            err=True,
        )
        sys.exit(1)
    detail: dict[str, Any] = {"deep": deep}
    if looked.since is not None:
        detail["since"] = looked.since
    if looked.mark is not None:
        detail |= marks.detail(given, looked.mark)
    _noted(url, marks.ACTION, detail)
    if json_:
        return
    if looked.since is not None:
        click.echo(f"操作の記録の{looked.since}件目のあとを調べました。")
    elif since:
        click.echo("前の検査の印がないため、全体を調べました。")
    click.echo("損傷はありません。")
    notice = anchors.notice(given)
    if notice:
        click.echo(f"【お知らせ】{notice}")


class _Looked(NamedTuple):
    """What a check found, up to where, and after which entry it began (None: all)."""

    problems: list[Problem]
    mark: Mark | None
    since: int | None


def _looked(given: Config, deep: bool, anchor: str | None, since: bool) -> _Looked:
    """A check. A database that cannot be opened is damaged, not missing. Without an anchor of its
    own it is held against the newest that left.
    """
    from ..actions.upkeep import anchors, marks
    from ..store.ledger import log
    from ..store.opening import open_store
    from ..store.upkeep import fsck

    url = given.database_url
    file = Path(url.removeprefix("sqlite:///"))
    try:
        store = open_store(url)
    except PiaError as error:
        if not url.startswith("sqlite:///") or not file.is_file() or not file.stat().st_size:
            raise
        return _Looked([Problem("unreadable", str(error), file.name)], None, None)
    held = Path(anchor) if anchor else anchors.newest(given)
    try:
        with progress("整合性の検査") as step:
            before = marks.last(store, given) if since else None
            if before is None:
                return _Looked(*fsck.beside(store, deep, held, step), None)
            seqs = {chain: seq for chain, seq, _ in before.heads}
            looked = fsck.since(store, before, deep, held, step)
            return _Looked(*looked, seqs.get(log.MAIN, 0))
    finally:
        store.close()


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
    from ..actions.upkeep import starting
    from ..store.opening import open_store
    from ..store.upkeep import backup

    given = config.load()
    with progress("バックアップ") as step:
        store = open_store(given.database_url)
        seq, head = backup.backup(store, Path(file), step, starting.upkeep_url(given))
        store.close()
    _noted(given.database_url, "keep.backup", {"seq": seq})
    click.echo(
        f"{file} にバックアップをとりました。"
        f"記録の連鎖の末尾（別の場所に控えてください）：{seq} {head}"
    )


@click.command("restore", help="バックアップを調べてから戻す。--page：画面で選んで戻す。")
@click.argument("file", type=click.Path(dir_okay=False), required=False)
@click.option("--page", is_flag=True, help="バックアップを選ぶ画面を開く（ほかのサーバーは止める）")
@click.option("--from", "folder", type=click.Path(file_okay=False), help="画面で選ぶフォルダ")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def restore_command(file: str | None, page: bool, folder: str | None, host: str, port: int) -> None:
    """Restores a backup: the file that is named, or one chosen on a page."""
    from ..actions.upkeep import starting
    from ..store.upkeep import backup

    given = config.load()
    if page and not file:
        _restore_page(given, folder or given.values["PIA_BACKUPS"], host, port)
        return
    if page or not file:
        raise PiaError("戻すファイルを指定するか、--page で画面を開いてください。")
    with progress("復元") as step:
        (seq, head), aside = backup.restore(Path(file), starting.upkeep_url(given), machine(), step)
    line = f"{file} から戻しました。記録の連鎖の末尾：{seq} {head}"
    if aside:
        line += f"　それまでのデータベースは {Path(aside).name} に残しました。"
    click.echo(line)


def _restore_page(given: Config, folder: str, host: str, port: int) -> None:
    from ..actions.upkeep import starting
    from ..web.upkeep.restoring import create_restoring_app
    from .connections import Limits
    from .logs import json_lines
    from .serving import serve

    if not folder:
        raise PiaError(
            "バックアップのフォルダが分かりません。PIA_BACKUPS か --from で指定してください。"
        )
    app, restoring = create_restoring_app(Path(folder), starting.upkeep_url(given), given, machine)
    json_lines()
    says = (
        "ブラウザで次の住所を開いてください（住所は、ほかの人に知らせないでください）。\n"
        f"http://{host}:{port}/{restoring.key}/\n"
        "終わったら、ここで Ctrl+C を押してください。"
    )
    serve(app, host, port, Limits(), says, threads=4, ident=None)
