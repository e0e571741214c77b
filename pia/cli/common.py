"""What commands share: the workplace of the environment, who acts and when, and where a result is
written.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .. import config
from ..domain import notices
from ..domain.act import JST, By
from ..domain.errors import PiaError

if TYPE_CHECKING:
    from ..actions.issuing.classes import Class
    from ..actions.workplace import Press, Workplace


@cache
def workplace() -> Workplace:
    """The workplace of the settings."""
    from ..actions.upkeep import rehearsal as rehearsals
    from ..actions.upkeep.opening import open_workplace
    from ..documents import rehearsal

    opened = open_workplace(config.load())
    rehearsal.serve(rehearsals.is_one(opened))
    return opened


def press() -> Press:
    """What the settings say pages are drawn with; needs no database."""
    from ..actions.workplace import press_of

    return press_of(config.load())


def workplace_if_any() -> Workplace | None:
    """The same; None where there is no database yet, and none is made."""
    from ..store.opening import database_file

    file = database_file(config.load().database_url)
    if file is not None and not Path(file).is_file():
        return None
    return workplace()


def of_stored(*sources: Any) -> Workplace | None:
    """The workplace where one of these documents is a stored version; None for files alone."""
    if all(source.version is None for source in sources):
        return None
    return workplace()


def to_file(output: str | None, kind: str) -> str | None:
    """Where a file of a kind goes. PiaError where that is a terminal, which cannot show it."""
    if output is None and sys.stdout.isatty():
        raise PiaError(f"{kind} は画面に表示できません。-o でファイルを指定してください。")
    return output


def machine() -> datetime:
    """The clock of the machine."""
    return datetime.now(JST)


def by(user: str | None = None) -> By:
    """The person at the terminal: --as USER with that account's role, else the administrator of the
    machine.
    """
    from ..actions.upkeep import rehearsal as rehearsals

    now = rehearsals.clock(workplace(), machine)()
    if user is None:
        return By(os.environ.get("USER", "cli") or "cli", "administrator", now)
    from ..actions.people.registration import accounts

    for name, _, role, _ in accounts(workplace()):
        if name == user:
            return By(name, role, now)
    raise PiaError(f"利用者「{user}」は登録されていません。pia user list で確かめてください。")


def write(data: bytes | str, output: str | None) -> None:
    """To a file, whole or not at all, or to standard output."""
    body = _bytes(data)
    if output is None or output == "-":
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    path = Path(output)
    scratch = path.parent / f".{path.name}.part"
    try:
        if path.is_dir():
            raise IsADirectoryError(output)
        scratch.write_bytes(body)
        scratch.replace(path)
    except OSError as oserror:
        scratch.unlink(missing_ok=True)
        raise PiaError(
            f"{output} に書けません。フォルダと書き込み権限を確かめてください。"
        ) from oserror


def _bytes(data: bytes | str) -> bytes:
    if isinstance(data, str):
        return data.encode()
    return data


def write_classed(
    data: bytes | str, output: str | None, kind: str, has: Class, form: bool = False
) -> None:
    """The same for a file of the house: its 機密性の区分 is printed on it, or stands beside it in
    FILE.class.txt where a file of its kind has no place for it."""
    from ..documents.papers import class_print

    body = _bytes(data)
    write(class_print.marked(body, kind, has.words, form=form), output)
    if has.words and class_print.beside(kind) and output not in (None, "-"):
        write(
            f"{class_print.line(has.words)}（{has.because}を含みます。）\n", f"{output}.class.txt"
        )


def as_json(value: Any) -> str:
    """A value as JSON text."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int, str], None]]:
    """A bar on a terminal, nothing elsewhere; yields step(done, total, what is being done)."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total, says: bar.update(
            task, completed=done, total=total, description=f"{what}　{says}"
        )


def tell(problems: Any) -> None:
    """Problems on stderr, errors first, equal kinds gathered."""
    for problem in notices.gathered(problems):
        if problem.level == "error":
            mark = "【誤り】"
        else:
            mark = "【注意】"
        click.echo(f"{mark}{problem}", err=True)
