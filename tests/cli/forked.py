"""Commands of `pia` in processes of their own, forked from one that has read the whole program:
each has its folder, environment, outputs and exit as on any command line, and none spends half a
second on reading the program anew. `python -m pia` itself is tried in a few tests and with the
wheel.

Knows processes; must not know a command. pytest loads this module in the tests' process, the
fork server loads it once for all commands.
"""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pia
from pia import cli

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([f"{__name__}_program"])


def read_program() -> None:
    """Imports every module of the program, as its commands would one after the other."""
    for module in pkgutil.walk_packages(pia.__path__, "pia."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            import_module(module.name)


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
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for descriptor, file in ((1, said), (2, complained)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    sys.stdout, sys.stderr = (
        os.fdopen(number, "w", encoding="utf-8", closefd=False) for number in (1, 2)
    )
    cli.main([*args])
