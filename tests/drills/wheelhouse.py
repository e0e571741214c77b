"""What is carried to a machine without a network, installed there: the folder of `make wheelhouse`
is whole, a new environment is made of it with no index to ask, and the first administrator signs
in. As root in a network namespace, in which nothing outside can be reached at all.

Needs an index to gather the wheels from, so it is run by hand. The control takes one wheel away:
the installation must fail then.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .visitor import ROOT, SECRET

# In the namespace: the server, and a person who signs in and is led to a password of their own.
SIGN_IN = """
import sys
from tests.drills.visitor import Visitor, fields
name, password, port = sys.argv[1:]
person = Visitor(int(port))
form = fields(person.get("/sign-in"), "/sign-in")
person.post("/sign-in", form | {"name": name, "password": password})
shown = person.get("/me")
assert shown.status == 200 and "サインアウト" in shown.document().text_content(), shown.status
"""
PASSWORD = "湊の港に立つ青い灯台と白い船が三そう"
SERVED = """
ip link set lo up 2>/dev/null
env -u PYTHONPATH "$1"/bin/pia serve --zone staff --port 8700 & server=$!
ready='import urllib.request as u; u.urlopen("http://127.0.0.1:8700/readyz")'
for turn in $(seq 300); do
  "$2" -c "$ready" 2>/dev/null && break
  sleep 0.2
done
"$2" -c "$3" minato "$4" 8700; code=$?
kill $server; wait $server
exit $code
"""


def run(kind: str, pg: str | None, args: argparse.Namespace) -> dict[str, Any]:
    """Gathers, carries, installs, begins and signs in once."""
    with tempfile.TemporaryDirectory(prefix="pia-wheelhouse-") as name:
        folder = _gathered(Path(name))
        sums = _call(["sha256sum", "--quiet", "-c", "SHA256SUMS"], folder)
        installed = _installed(folder, Path(name) / "own")
        signed_in = installed or _signed_in(Path(name))
        return {
            "wheels": len(list((folder / "wheels").iterdir())),
            "cut off": bool(_cut_off()),
            "missed": (sums != 0) + (installed != 0) + (signed_in != 0),
        }


def control(kind: str, pg: str | None, args: argparse.Namespace) -> int:
    """Whether a wheel that is missing is missed."""
    with tempfile.TemporaryDirectory(prefix="pia-wheelhouse-") as name:
        folder = _gathered(Path(name))
        next((folder / "wheels").glob("waitress-*.whl")).unlink()
        return int(_installed(folder, Path(name) / "own") != 0)


def _gathered(parent: Path) -> Path:
    folder = parent / "wheelhouse"
    command = [str(ROOT / "packaging" / "wheelhouse"), sys.executable, str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def _cut_off() -> list[str]:
    """What a command begins with that is to reach no other machine."""
    return ["unshare", "--net"] if os.geteuid() == 0 else []


def _installed(folder: Path, environment: Path) -> int:
    """As docs/導入手順書.md says."""
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(environment / "bin" / "pip"), "install", "--quiet", "--no-index"]
    return _call([*_cut_off(), *pip, "--find-links", "wheels", "pia[pg]"], folder)


def _signed_in(home: Path) -> int:
    """The first administrator signs in to the server that was installed."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("PIA_")}
    known |= {"PIA_DATABASE_URL": f"sqlite:///{home}/pia.db", "PIA_SECRET_KEY": SECRET}
    begin = [str(home / "own" / "bin" / "pia"), "init", "--admin", "minato", "--password-stdin"]
    subprocess.run(begin, cwd=home, env=known, input=PASSWORD, text=True, check=True)
    script = ["sh", "-c", SERVED, "sh", str(home / "own"), sys.executable, SIGN_IN, PASSWORD]
    # The person is one of the drills; the server is what was installed.
    served = known | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run([*_cut_off(), *script], cwd=home, env=served, capture_output=True)
    return done.returncode


def _call(command: list[str], folder: Path) -> int:
    return subprocess.run(command, cwd=folder, capture_output=True).returncode
