"""What is carried to a city's server: units, settings and manuals say what the program knows."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pia import cli, config

ROOT = Path(__file__).resolve().parents[1]
PACKAGING = ROOT / "packaging"
UNITS = sorted((PACKAGING / "systemd").iterdir())
MANUALS = ("導入手順書.md", "運用手順書.md")
PROGRAM = "/opt/pia/current/bin/pia"
# A command of the manuals, or of a unit: behind `pia` or `piado`, up to what a shell takes.
COMMAND = re.compile(r"(?:^|[\s`「'])(?:piado|/opt/pia/current/bin/pia) ([^`」|&;）\n]*)", re.M)


def unit(file: Path) -> configparser.ConfigParser:
    """A unit's sections; the value of what stands twice is the last one's."""
    read = configparser.ConfigParser(strict=False, interpolation=None, delimiters="=")
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string(file.read_text("utf-8"))
    return read


def commands(text: str) -> Iterator[list[str]]:
    for match in COMMAND.finditer(text):
        words = match[1].split("　")[0].split()
        if words and words[0] != "--version" and words[0][0] not in '$"':
            yield words


def unknown(words: list[str]) -> str:
    """Why a command line is none of the program's; empty where it is one."""
    known: click.Command = cli.cli
    context = click.Context(known, info_name="pia")
    while isinstance(known, click.Group):
        if not words:
            return "no command"
        name, *words = words
        found = known.get_command(context, name)
        if found is None:
            return f"no command {name}"
        known = found
    options = {option for parameter in known.params for option in parameter.opts}
    strange = [word for word in words if word.startswith("--") and word not in options]
    return f"{known.name}: {strange}" if strange else ""


@pytest.mark.parametrize("name", [*MANUALS, *(file.name for file in UNITS)])
def test_every_command_is_one_of_the_program(name: str) -> None:
    file = ROOT / "docs" / name if name in MANUALS else PACKAGING / "systemd" / name
    found = list(commands(file.read_text("utf-8")))
    assert [f"{words}: {unknown(words)}" for words in found if unknown(words)] == []
    assert len(found) > 5 or name not in MANUALS


def test_a_command_that_is_gone_is_found() -> None:
    text = "# piado fsck --deeper\n`piado retsore x` する\n"
    assert [bool(unknown(words)) for words in commands(text)] == [True, True]
    assert unknown(["site", "export", "folder"]) == "" and unknown(["site"])


@pytest.mark.parametrize("name", ["pia.toml", "pia-outside.toml"])
def test_the_settings_are_read(name: str) -> None:
    given = config.load({"PIA_CONFIG": str(PACKAGING / name)}).values
    assert given["PIA_SECURE"] == given["PIA_PROXY"] == "1" and given["PIA_HOSTS"]
    assert given["PIA_SECRET_KEY"] == "", "every city makes its own"
    off = re.findall(r"^# (PIA_\w+) = ", (PACKAGING / name).read_text("utf-8"), re.M)
    assert set(off) <= {setting.name for setting in config.SETTINGS}


def test_units_run_as_nobody_else_and_tell_what_fails() -> None:
    names = {file.name for file in UNITS}
    for file in UNITS:
        read = unit(file)
        if file.suffix == ".timer":
            assert file.with_suffix(".service").name in names
            assert read["Timer"]["OnCalendar"].endswith(" Asia/Tokyo")
            assert read.has_option("Timer", "Persistent")
        elif PROGRAM in read["Service"]["ExecStart"]:
            assert read["Service"]["User"] == "pia" and read["Service"]["UMask"] == "0077"
            assert read["Service"]["ProtectSystem"] == "strict"
            if read["Service"]["Type"] == "oneshot":
                assert read["Unit"]["OnFailure"] == "pia-alarm@%n.service"
    assert {"pia.service", "pia-work.service", "pia-backup.timer", "pia-alarm@.service"} <= names


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze がありません。"
)
def test_systemd_reads_the_units(tmp_path: Path) -> None:
    """A word systemd does not know is a warning there, and here a failure."""
    assert verified(tmp_path, "") == ""
    assert "Unknown key" in verified(tmp_path, "Restrat=always\n")


def verified(folder: Path, more: str) -> str:
    """What systemd says of the units, with a program that is there; `more` in the server's."""
    for file in UNITS:
        text = file.read_text("utf-8").replace(PROGRAM, "/bin/true")
        if file.name == "pia.service":
            text = text.replace("[Service]\n", f"[Service]\n{more}")
        (folder / file.name).write_text(text, "utf-8")
    files = [str(folder / file.name) for file in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True)
    return done.stdout + done.stderr


def test_the_readme_shows_pictures_that_are_there_and_small() -> None:
    shown = re.findall(r"\]\((docs/[^)]+\.png)\)", (ROOT / "README.md").read_text("utf-8"))
    kept = {f"docs/pictures/{file.name}" for file in (ROOT / "docs" / "pictures").iterdir()}
    assert len(shown) >= 5 and set(shown) == kept
    assert all((ROOT / name).stat().st_size <= 150_000 for name in shown)


def test_what_is_carried_is_there() -> None:
    """The script of `make wheelhouse` copies files by name."""
    text = (PACKAGING / "wheelhouse").read_text("utf-8")
    copied = re.findall(r"^cp -r (.*) \"\$\w+\"$", text, re.M)
    names = [name for line in copied for name in line.split()]
    assert len(names) > 10 and [name for name in names if not list(ROOT.glob(name))] == []


def test_the_manuals_name_every_unit_and_the_units_of_nobody_else() -> None:
    text = "".join((ROOT / "docs" / name).read_text("utf-8") for name in MANUALS)
    services = {file.stem.rstrip("@") for file in UNITS if file.suffix == ".service"}
    for service in services:
        assert service in text, service
    named = re.findall(r"`(pia(?:-\w+)*)@?\.(?:service|timer)`", text)
    assert set(named) <= services, set(named) - services
