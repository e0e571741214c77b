"""All tables at once, for those who look at the whole schema: migrations' test, fsck, drills. Knows
nothing but where rows are declared: every file of this folder is asked.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from .. import nodes
from .. import rows as room
from ..ledger import log
from ..model import Base

# These two declare tables of their own floor.
__all__ = ["METADATA", "log", "nodes"]
for file in iter_modules(room.__path__):
    if file.name != "tables":
        import_module(f"{room.__name__}.{file.name}")
METADATA = Base.metadata
