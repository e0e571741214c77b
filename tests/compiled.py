"""What an application compiles when it is made is compiled once in a run of the tests: templates,
and what makes an address of a route. A run makes many hundreds of applications, all alike, and
each server compiles every template before it answers.

Templates are kept in the run's folder under the digest of their text, so an altered one is
compiled anew. Knows Flask, Werkzeug and the run's folder only. `python -m pia` itself and
`test_warming` go without.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from werkzeug.routing import Rule

_BUILDERS: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}


class _Kept(Rule):
    """A route whose function that makes an address is taken from an equal route's: it is made of
    the rule's text and defaults alone, and is handed its own rule when it is called."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        defaults = tuple((self.defaults or {}).items())
        equal = (self.rule, tuple(self._trace), defaults, append_unknown)
        if equal not in _BUILDERS:
            _BUILDERS[equal] = super()._compile_builder(append_unknown)
        return _BUILDERS[equal]


def keep_in(folder: Path) -> None:
    """Lets every application of this process take what was compiled before."""
    kept = folder / "templates"
    kept.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(os.fspath(kept))}
    Flask.url_rule_class = _Kept
