"""The first visitor after a start waits for nothing that could have been loaded before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from .. import shared

# In a process of its own: whatever ran before in this one has loaded half of it.
PROGRAM = """
import json, sys
from datetime import datetime
from pia import config
from pia.actions.upkeep.opening import open_workplace
from pia.web import application
from tests.conftest import NOW
from tests.web.client import PageClient
from sqlalchemy import event

wp = open_workplace(config.load())
make = application.create_app if sys.argv[1] == "cold" else application.create_zone
arguments = () if sys.argv[1] == "cold" else ("staff",)
app = make(*arguments, wp, config.load({}), lambda: NOW)
client = PageClient(app, "mizukoshi")
known = set(sys.modules)
templates = []
compile_ = app.jinja_env.compile
app.jinja_env.compile = lambda *a, **k: templates.append(a[1]) or compile_(*a, **k)
for address in ("/sign-in", "/", "/rounds"):
    assert client.client.get(address).status_code == 200, address
client.client.get("/assessments/nhi-benefits/export.pdf")
new = sorted(name for name in set(sys.modules) - known if name.split(".")[0] == "pia")
print(json.dumps({"modules": new, "templates": templates}))
"""


def _loaded(how: str, folder: Path) -> dict[str, list[str]]:
    """What the first pages of a fresh process load; `how`: cold, or as it is served."""
    folder.mkdir()
    wp = shared.copied(shared.played(), folder)
    wp.store.close()
    environment = {**os.environ, "PIA_DATABASE_URL": f"sqlite:///{folder / 'pia.db'}"}
    made = subprocess.run(
        [sys.executable, "-c", PROGRAM, how], env=environment, capture_output=True, check=True
    )
    loaded: dict[str, list[str]] = json.loads(made.stdout)
    return loaded


def test_the_first_pages_load_no_module_and_no_template(tmp_path: Path) -> None:
    assert _loaded("served", tmp_path / "served") == {"modules": [], "templates": []}
    cold = _loaded("cold", tmp_path / "cold")
    assert cold["modules"] and cold["templates"]
