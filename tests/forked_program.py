"""What the fork server of `forked` loads before it forks."""

import os
from pathlib import Path

from . import compiled, forked, shared

forked.read_program()
if shared.RUN in os.environ:
    compiled.keep_in(Path(os.environ[shared.RUN]))
