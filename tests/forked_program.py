"""What the fork server of `forked` loads before it forks."""

from . import forked

forked.read_program()
