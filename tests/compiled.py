"""Templates of a run of the tests are compiled once, for every application and process of it.

An application compiles each template it shows, and a server all of them before it answers; a run
of the tests makes many hundreds of applications. What Jinja compiled is kept in the run's folder
under the digest of the template's text, so an altered template is compiled anew. Knows Flask and
the run's folder only. `python -m pia` itself and `test_warming` go without.
"""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache


def keep_in(folder: Path) -> None:
    """Lets every application of this process take compiled templates from a folder."""
    kept = folder / "templates"
    kept.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(os.fspath(kept))}
