"""Python programs in processes of their own, forked from one that has read all of `pia`: each has
its folder, environment, outputs, signals and exit as on any command line, and none spends seconds
on reading the program anew. `python -m pia` itself is tried in a few tests and with the wheel.

Knows processes; must not know a command. pytest loads this module in the tests' process, the
fork server loads it once for all programs.
"""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from multiprocessing.connection import Connection
from pathlib import Path

import pia
from pia import cli

_CONTEXT = multiprocessing.get_context("forkserver")
# What children run, read once; whatever is missing here each of them reads.
_CONTEXT.set_forkserver_preload(
    [f"{__name__}_program", "tests.drills.writer", "tests.drills.visitor"]
)


def read_program() -> None:
    """Imports every module of the program, as its commands would one after the other."""
    for module in pkgutil.walk_packages(pia.__path__, "pia."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            import_module(module.name)


class Child:
    """A program that was begun, with what is asked of a `subprocess.Popen`: `stdout` (bytes; None
    where nobody listens) ends when the program does. `complaints`: the file its error output goes
    to; without one nobody keeps it."""

    def __init__(
        self,
        program: Callable[[], None],
        folder: Path,
        environment: Mapping[str, str],
        listens: bool = False,
        complaints: Path | None = None,
    ):
        heard, told = _CONTEXT.Pipe(duplex=False) if listens else (None, None)
        self._process = _CONTEXT.Process(
            target=_run, args=(program, folder, dict(environment), told, complaints)
        )
        self._process.start()
        self.pid: int = self._process.pid or 0
        self.stdout = None
        if heard is not None and told is not None:
            told.close()
            self.stdout = os.fdopen(os.dup(heard.fileno()), "rb")
            heard.close()

    @property
    def returncode(self) -> int | None:
        """How it ended: below 0 by a signal; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return code

    def communicate(self) -> tuple[bytes, bytes]:
        said = self.stdout.read() if self.stdout else b""
        self.wait()
        return said, b""

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def run(
    args: tuple[str, ...], folder: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Runs `pia` with these arguments and waits for its end."""
    said, complained = folder / ".stdout", folder / ".stderr"
    process = _CONTEXT.Process(
        target=_command, args=(args, folder, dict(environment), said, complained)
    )
    process.start()
    process.join()
    assert process.exitcode is not None
    out, err = (file.read_text("utf-8") for file in (said, complained))
    for file in (said, complained):
        file.unlink()
    return subprocess.CompletedProcess(args, process.exitcode, out, err)


def _command(
    args: tuple[str, ...], folder: Path, environment: dict[str, str], said: Path, complained: Path
) -> None:
    _prepare(folder, environment)
    for descriptor, file in ((1, said), (2, complained)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    _outputs()
    cli.main([*args])


def _run(
    program: Callable[[], None],
    folder: Path,
    environment: dict[str, str],
    told: Connection | None,
    complaints: Path | None,
) -> None:
    _prepare(folder, environment)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere if told is None else told.fileno(), 1)
    if complaints is not None:
        nowhere = os.open(complaints, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(nowhere, 2)
    if told is not None:
        told.close()
    _outputs()
    program()


def _prepare(folder: Path, environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)


def _outputs() -> None:
    sys.stdout, sys.stderr = (
        os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2)
    )
