"""`python -m tests.drills.undefended NAME serve …`: the program without one of its defences
(`defences.DEFENCES`, or a number of `controls`), for the control of a drill that serves it."""

from __future__ import annotations

import sys

from pia import cli

from . import controls


def main(name: str, command: list[str]) -> None:
    """Runs a command of `pia` in this process without a defence."""
    controls.switch_off(name)
    cli.main(command)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
