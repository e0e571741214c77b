"""The page from which an officer brings a backup back: which one, what that means, how far it is,
and what came of it.

Knows the folder of backups and one restore at a time. Must not know how a restore is made. It is
served by `pia restore --page` while nothing else is: whoever signs in elsewhere stands in the
database that is to be replaced, so the way in is a key in the address that the command prints on
the server.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from ...actions.upkeep import nightly
from ...domain.act import day_in_japan, in_japan
from ...domain.errors import PiaError
from ...domain.wareki import written
from ...settings import Config
from ...store.upkeep import backup, segments
from .. import errors
from ..declared import needs
from ..shell import shell

blueprint = Blueprint("restoring", __name__)
CONFIRM = "戻す"
_LOG = logging.getLogger("pia.restore")


@dataclass
class Restoring:
    """One restore after the other: where from and to, and how the last one stands."""

    folder: Path
    url: str
    now: Callable[[], datetime]
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    state: str = "choose"  # choose, going, done
    says: str = ""
    far: tuple[int, int] = (0, 0)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def kind(self) -> str:
        """How files of backups of this kind of database end."""
        return ".db" if self.url.startswith("sqlite") else ".dump"

    def choices(self) -> list[tuple[str, str, str]]:
        """(file name, until when it goes, size) of what can be brought back, newest first; of a
        backup's segments the last. PiaError where the folder cannot be read.
        """
        try:
            files = nightly.listed(self.folder)
        except OSError as error:
            raise PiaError(
                f"バックアップのフォルダ {self.folder} を開けません。"
                "共有フォルダがつながっているか、確かめてください。"
            ) from error
        choices = []
        bases = set()
        for path, at, size in files:
            if segments.is_name(path.name):
                base, number = segments.named(path.name)
                if number == 0 or base in bases:
                    continue
                bases.add(base)
            elif path.suffix != self.kind:
                continue
            until = f"{written(day_in_japan(at))} {in_japan(at):%H:%M}ごろまで"
            choices.append((path.name, until, f"{size / 1_000_000:,.1f} MB"))
        return choices

    def begin(self, name: str) -> None:
        """Starts bringing a backup back. PiaError where there is no such file, or one is being
        brought back.
        """
        if name not in {choice for choice, _, _ in self.choices()}:
            raise PiaError("バックアップを1つ選んでください。")
        with self.lock:
            if self.state == "going":
                raise PiaError("いま、戻しているところです。終わるまで待ってください。")
            self.state = "going"
            self.far = (0, 0)
            self.says = ""
        threading.Thread(target=self._run, args=(self.folder / name,), daemon=True).start()

    def _run(self, file: Path) -> None:
        state = "choose"
        try:
            (seq, _), aside = backup.restore(file, self.url, self.now(), self._step)
            says = f"{file.name} から戻しました。操作の記録は {seq} 件目までです。"
            if aside:
                says += f"それまでのデータベースは {Path(aside).name} に残しました。"
            state = "done"
        except PiaError as error:
            says = str(error)
        except Exception as error:
            _LOG.exception("a restore stopped")
            says = (
                f"思いがけない誤り（{type(error).__name__}）のため、戻せませんでした。"
                "データベースは変わっていません。別のバックアップで、もう一度お試しください。"
            )
        with self.lock:
            self.says = says
            self.state = state

    def _step(self, done: int, total: int, says: str) -> None:
        self.far = (done, total)
        self.says = says


def create_restoring_app(
    folder: Path, url: str, settings: Config, now: Callable[[], datetime]
) -> tuple[Flask, Restoring]:
    """The application with the one page, and what it works on."""
    app = shell(settings, now)
    restoring = Restoring(folder, url, now)
    app.extensions["pia.restoring"] = restoring
    app.register_error_handler(HTTPException, _refused)
    app.register_blueprint(blueprint)
    return app, restoring


def _refused(error: HTTPException) -> tuple[str, int]:
    """What anybody is told who does not have the address, which says nothing of what is here."""
    return errors.WORDS.get(error.code or 500, errors.WORDS[404]), error.code or 500


def _restoring(key: str) -> Restoring:
    restoring = cast(Restoring, current_app.extensions["pia.restoring"])
    if not secrets.compare_digest(key.encode(), restoring.key.encode()):
        abort(404)
    return restoring


@blueprint.get("/<key>/")
@needs("open")
def page(key: str) -> str:
    """Where it stands: what can be chosen, how far it is, or what came of it."""
    return _page(_restoring(key))


def _page(restoring: Restoring, problem: str = "") -> str:
    choices = []
    if restoring.state == "choose":
        try:
            choices = restoring.choices()
        except PiaError as error:
            problem = problem or str(error)
    return render_template(
        "upkeep/restore.html",
        key=restoring.key,
        state=restoring.state,
        says=restoring.says,
        far=restoring.far,
        choices=choices,
        folder=restoring.folder,
        confirm=CONFIRM,
        problem=problem,
    )


@blueprint.post("/<key>/")
@needs("open")
def begin(key: str) -> Answer | tuple[str, int]:
    """Brings a backup back, once its officer typed that this is meant."""
    restoring = _restoring(key)
    try:
        if request.form.get("confirm", "").strip() != CONFIRM:
            raise PiaError(f"確認の欄に「{CONFIRM}」と入力してください。")
        restoring.begin(request.form.get("file", ""))
    except PiaError as error:
        return _page(restoring, str(error)), 422
    return redirect(url_for("restoring.page", key=key), 303)
