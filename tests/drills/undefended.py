"""`python -m tests.drills.undefended NAME serve …`: the program without one of its defences
(`defences.DEFENCES`, or a number of `controls`), for the control of a drill that serves it."""

from __future__ import annotations

import sys

from pia import cli

from . import controls

if __name__ == "__main__":
    controls.switch_off(sys.argv[1])
    cli.main(sys.argv[2:])
