"""Reminders of a night: drafts by department in the city's folder, once a day over a year end; sent
by the city's mail server over TLS where one is set, with no secret in a log or on record."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pia import config
from pia.actions.output import reminders
from pia.actions.upkeep import reminding
from pia.actions.workplace import Workplace
from pia.cli import cli
from pia.domain.act import JST
from pia.store import queries

from ..web.test_corrections import umihara_until

NIGHT = datetime(2025, 12, 31, 2, 10, tzinfo=JST)  # 海原市 asks its residents until 15 January


@pytest.fixture
def town(tmp_path: Path) -> Workplace:
    return umihara_until("announce", tmp_path)


def acts(wp: Workplace, action: str) -> list[dict[str, object]]:
    with wp.store.read() as session:
        return [entry.detail for entry in queries.audit_entries.of_action(session, action)]


def test_one_set_of_drafts_a_night_over_a_year_end(town: Workplace, tmp_path: Path) -> None:
    given = config.load({"PIA_REMINDERS": str(tmp_path)})
    for hours, wanted in ((-1, False), (0, True), (3, False), (24, True)):
        assert reminding.turn(town, given, NIGHT + timedelta(hours=hours)) is wanted, hours
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("予定*/*"))
    assert made == [
        "予定の確認-2025-12-31/教育部学務課.eml",
        "予定の確認-2026-01-01/教育部学務課.eml",
    ]
    draft = message_from_bytes((tmp_path / made[1]).read_bytes(), policy=policy.default)
    body = draft.get_body()
    assert body is not None and draft["To"] is None
    words = body.get_content()
    assert "令和8年1月15日　意見聴取の末日：就学援助に関する事務" in words
    assert "5年経過前の再実施（努力義務）：就学援助に関する事務" in words
    assert acts(town, reminding.DONE)[0] == {"drafts": 1, "sent": 0, "affairs": 1, "rounds": 1}


def test_a_day_is_reckoned_in_full_and_nothing_that_is_far_is_said(town: Workplace) -> None:
    far = reminders.reckon(town, date(2025, 12, 15))
    assert (far.affairs, far.rounds) == (1, 1)
    assert [one.words for one in far.near["教育部学務課"]] == ["毎年の見直し（努力義務）"]
    near = reminders.reckon(town, date(2026, 1, 2))
    assert [one.words for one in near.near["教育部学務課"]][-1] == "意見聴取の末日"


def test_a_folder_that_cannot_be_written_is_told_once_a_night(
    town: Workplace, tmp_path: Path
) -> None:
    given = config.load({"PIA_REMINDERS": str(tmp_path / "nowhere")})
    assert not reminding.turn(town, given, NIGHT)
    assert not reminding.turn(town, given, NIGHT + timedelta(hours=1))
    assert acts(town, reminding.FAILED) == [{"why": "フォルダに書けませんでした。"}]


def test_the_command_writes_the_drafts_of_this_day(town: Workplace, tmp_path: Path) -> None:
    environment = {"PIA_DATABASE_URL": str(town.store.engine.url)}
    ran = CliRunner().invoke(cli, ["remind", str(tmp_path)], env=environment)
    assert ran.exit_code == 0 and "1件の事務と1件の手続を数え、1通" in ran.output, ran.output
    assert len(list(tmp_path.glob("予定*/教育部学務課.eml"))) == 1


def test_a_name_with_a_line_end_makes_no_header() -> None:
    near = reminders.NearDay(date(2026, 1, 5), "公表", "事務\r\nCc: c@city.example")
    reckoned = reminders.Reckoned(1, 1, {"学務課\r\nBcc: b@city.example": [near]})
    ((_, draft),) = reminders.drafts(reckoned, NIGHT)
    mail = message_from_bytes(draft, policy=policy.default)
    assert mail["Bcc"] is None and mail["Cc"] is None
    assert "学務課 Bcc: b@city.example" in mail["Subject"]


# ---- by the city's mail server


@contextmanager
def mail_server(folder: Path) -> Iterator[tuple[int, list[str]]]:
    """A mail server that speaks as much SMTP as one message needs, with a certificate of this
    run: its port, and every line it was told."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    (folder / "mail.pem").write_bytes(made.public_bytes(pem))
    plain = serialization.NoEncryption()
    (folder / "mail.key").write_bytes(key.private_bytes(pem, form, plain))
    told: list[str] = []
    door = socket.create_server(("127.0.0.1", 0))
    worker = threading.Thread(target=_answer, args=(door, folder, told), daemon=True)
    worker.start()
    yield door.getsockname()[1], told
    door.close()
    worker.join(5)


def _answer(door: socket.socket, folder: Path, told: list[str]) -> None:
    safe = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    safe.load_cert_chain(folder / "mail.pem", folder / "mail.key")
    try:
        line, _ = door.accept()
        with line:
            line.sendall(b"220 ready\r\n")
            if _talk(line, told):
                with safe.wrap_socket(line, server_side=True) as secret:
                    told.append("(TLS)")
                    _talk(secret, told)
    except (OSError, ssl.SSLError):
        told.append("(broken off)")


def _talk(line: socket.socket, told: list[str]) -> bool:
    """Answers until the other side wants TLS (True) or goes."""
    inside = False
    with line.makefile("rb") as lines:
        for raw in lines:
            words = raw.decode().rstrip("\r\n")
            told.append(words)
            if inside and words != ".":
                continue
            verb = words.split(" ")[0].upper()
            inside = verb == "DATA"
            answers = {
                "EHLO": b"250-localhost\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n",
                "STARTTLS": b"220 go on\r\n",
                "AUTH": b"235 in\r\n",
                "DATA": b"354 write\r\n",
                "QUIT": b"221 done\r\n",
            }
            line.sendall(answers.get(verb, b"250 taken\r\n"))
            if verb == "STARTTLS":
                return True
    return False


def _settings(folder: Path, port: int, **more: str) -> config.Config:
    (folder / "reminders.yaml").write_text(
        "departments: {教育部学務課: [gakumu@city.example]}\n", "utf-8"
    )
    return config.load(
        {
            "PIA_SMTP_HOST": "localhost",
            "PIA_SMTP_PORT": str(port),
            "PIA_SMTP_FROM": "pia@city.example",
            "PIA_SMTP_CA": str(folder / "mail.pem"),
            "PIA_SMTP_USER": "pia",
            "PIA_SMTP_PASSWORD": "a-word-nobody-logs",
            "PIA_RULES": str(folder),
            **more,
        }
    )


def test_the_citys_mail_server_is_handed_them_over_tls_alone(
    town: Workplace, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with mail_server(tmp_path) as (port, told):
        assert reminding.turn(town, _settings(tmp_path, port), NIGHT)
    before, _, after = "\n".join(told).partition("(TLS)")
    assert "AUTH" not in before and "RCPT" not in before
    assert "rcpt TO:<gakumu@city.example>" in after
    assert "X-Unsent" not in after and "From: pia@city.example" in after
    assert acts(town, reminding.DONE)[0]["sent"] == 1
    assert "a-word-nobody-logs" not in caplog.text


def test_a_certificate_that_does_not_hold_is_no_mail_server(
    town: Workplace, tmp_path: Path
) -> None:
    with mail_server(tmp_path) as (port, told):
        given = _settings(tmp_path, port, PIA_SMTP_CA="")  # nobody vouches for it
        assert not reminding.turn(town, given, NIGHT)
    assert not any("RCPT" in line.upper() or "AUTH PLAIN" in line for line in told)
    (failed,) = acts(town, reminding.FAILED)
    assert "メールサーバーに渡せませんでした" in str(failed["why"])
    assert "a-word-nobody-logs" not in str(failed) and "gakumu" not in str(failed)
