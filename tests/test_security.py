"""docs/security.md held against the code: every requirement stands there once, what holds names a
test and a module that are there, and what is said of the program is so.

And what no test of a page can see: calls that run anything, weak cryptography, the page's script,
the proxy's configuration.
"""

from __future__ import annotations

import ast
import base64
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from pia.actions.people import passwords, sealed, sign_in, tries
from pia.cli.connections import Limits
from pia.documents.ooxml import guard
from pia.documents.workbook_in import labels
from pia.domain.errors import PiaError
from pia.store.ledger import digests as tables
from pia.web import inputs, limits
from pia.web.public import opinions

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "security.md"
WRITTEN_TEST = "tests/test_security.py::test_what_is_written_down_is_so"

# How many requirements of levels 1 and 2 each section of ASVS 5.0 has, and the numbers it leaves
# to level 3.
SECTIONS = {
    "1.1": 2,
    "1.2": 9,
    "1.3": 11,
    "1.4": 3,
    "1.5": 2,
    "2.1": 3,
    "2.2": 3,
    "2.3": 4,
    "2.4": 1,
    "3.2": 2,
    "3.3": 4,
    "3.4": 6,
    "3.5": 5,
    "3.7": 2,
    "4.1": 3,
    "4.2": 1,
    "4.3": 2,
    "4.4": 4,
    "5.1": 1,
    "5.2": 3,
    "5.3": 2,
    "5.4": 3,
    "6.1": 3,
    "6.2": 12,
    "6.3": 4,
    "6.4": 4,
    "6.5": 5,
    "6.6": 3,
    "6.8": 4,
    "7.1": 3,
    "7.2": 4,
    "7.3": 2,
    "7.4": 5,
    "7.5": 2,
    "7.6": 2,
    "8.1": 2,
    "8.2": 3,
    "8.3": 1,
    "8.4": 1,
    "9.1": 3,
    "9.2": 4,
    "10.1": 2,
    "10.2": 2,
    "10.3": 4,
    "10.4": 11,
    "10.5": 5,
    "10.6": 2,
    "10.7": 3,
    "11.1": 2,
    "11.2": 3,
    "11.3": 3,
    "11.4": 4,
    "11.5": 1,
    "11.6": 1,
    "12.1": 3,
    "12.2": 2,
    "12.3": 4,
    "13.1": 1,
    "13.2": 5,
    "13.3": 2,
    "13.4": 5,
    "14.1": 2,
    "14.2": 4,
    "14.3": 3,
    "15.1": 3,
    "15.2": 3,
    "15.3": 7,
    "16.1": 1,
    "16.2": 5,
    "16.3": 4,
    "16.4": 3,
    "16.5": 3,
    "17.1": 1,
    "17.2": 4,
    "17.3": 2,
}


class Row(NamedTuple):
    number: str
    asks: str
    state: str
    where: str
    test: str

    @property
    def holds(self) -> bool:
        return self.state.startswith("holds")


def rows_of(text: str) -> list[Row]:
    """The rows of every chapter's table."""
    lines = [line for line in text.splitlines() if re.match(r"\| \d", line)]
    return [
        Row(*(cell.strip().strip("`") for cell in line.strip("|").split("|"))) for line in lines
    ]


@cache
def named_in(file: str) -> frozenset[str]:
    read = (
        ast.parse((ROOT / file).read_text("utf-8"))
        if (ROOT / file).is_file()
        else ast.Module([], [])
    )
    return frozenset(node.name for node in ast.walk(read) if isinstance(node, ast.FunctionDef))


def faults(found: list[Row]) -> Iterator[str]:
    """What is wrong with the tables."""
    wanted = [f"{section}.{at}" for section, many in SECTIONS.items() for at in range(1, many + 1)]
    counted = Counter(row.number for row in found)
    yield from (
        f"{number}: stands there {counted[number]} times"
        for number in wanted
        if counted[number] != 1
    )
    yield from (f"{number}: is no requirement" for number in counted if number not in wanted)
    for row in found:
        yield from (f"{row.number}: {fault}" for fault in _faults_of(row))


def _faults_of(row: Row) -> Iterator[str]:
    word, _, why = row.state.partition(":")
    if not row.asks or "not tried" in row.state:
        yield "says nothing"
    if row.holds:
        file, _, name = row.test.partition("::")
        if not name.startswith("test_") or name not in named_in(file):
            yield f"names no test: {row.test!r}"
        if not row.where or not (ROOT / row.where).is_file():
            yield f"names no place: {row.where!r}"
    elif word not in ("not applicable", "limit", "open") or not why.strip():
        yield f"does not say why: {row.state!r}"


def test_every_requirement_stands_there_once_with_its_test() -> None:
    assert list(faults(rows_of(PAGE.read_text("utf-8")))) == []
    assert sum(SECTIONS.values()) == 253


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ("| 1.2.4 |", "| 1.2.99 |"),
        ("test_text_comes_back_as_it_was", "test_nobody_wrote"),
        ("`pia/store/opening.py`", "`pia/store/gone.py`"),
        (
            "| limit: no test is packaged; the demonstration's case is, for people to learn with,"
            " and runs only as `pia demo` into a database of its own, never into one there is |",
            "| limit |",
        ),
        ("| not applicable: Python |", "| not applicable |"),
        ("| not applicable: no WebRTC |", "| holds |"),
    ],
)
def test_a_false_table_is_seen(was: str, is_now: str) -> None:
    text = PAGE.read_text("utf-8")
    assert was in text
    assert list(faults(rows_of(text.replace(was, is_now, 1))))


def test_the_page_counts_itself() -> None:
    text = PAGE.read_text("utf-8")
    found = Counter(
        row.state.split(":")[0].split(" with")[0].split(";")[0].split(" behind")[0]
        for row in rows_of(text)
    )
    assert (
        f"{found['holds']} hold, {found['not applicable']} are not applicable,"
        f" {found['limit']} have a limit, {found['open']} are open."
    ) in text
    known = ("holds", "not applicable", "limit", "open")
    assert sum(found.values()) == sum(found[word] for word in known)


# ---- what is written down

MB = 1 << 20
LETTERS = (
    f"{passwords.LEAST} to {passwords.MOST} letters",
    f"{passwords.LEFT} letters beside known words",
    " ".join(passwords.OURS),
    f"a strength of {passwords.STRONG} of",
)
WRITTEN: dict[str, tuple[str, tuple[str, ...]]] = {
    "2.1.1": (
        "Input",
        (
            f"at most {inputs.LINE} letters",
            f"a paragraph {inputs.PARAGRAPH:,}",
            f"item {inputs.DOCUMENT:,}",
        ),
    ),
    "2.1.2": ("Input", ("`pia/domain/procedure/checks.py`", "the order of days")),
    "2.1.3": (
        "Input",
        (
            f"at most {opinions.HOURLY} opinions an hour",
            f"post {limits.ORIGIN[0]} times at once, then once every "
            f"{limits.ORIGIN[1]:.0f} seconds",
        ),
    ),
    "5.1.1": (
        "Files",
        (
            f"{guard.MAX_FILE // MB} MB, unpacked {guard.MAX_TOTAL // MB} MB, "
            f"{guard.MAX_PARTS:,} parts",
            "staff zone 64 MB, public zone 1 MB",
        ),
    ),
    "6.1.1": (
        "Sign-in",
        (
            f"wrong {tries.FREE} times under a name, or about {tries.NAMES} names",
            f"{tries.LONGEST} at most",
            "nobody is locked out",
            f"{passwords.WAITING} wait",
        ),
    ),
    "6.1.2": ("Sign-in", LETTERS),
    "6.1.3": (
        "Sign-in",
        (
            "name and password",
            "OpenID Connect or SAML 2.0",
            "(LDAPS)",
            "pia user way-in",
            "tablets of a sitting",
        ),
    ),
    "7.1.1": (
        "Sessions",
        (
            f"{sign_in.IDLE.seconds // 60} minutes without a page and after "
            f"{sign_in.LONGEST.seconds // 3600} hours",
            f"after {sign_in.PROVEN.seconds // 60} minutes",
            "800-63B",
        ),
    ),
    "7.1.2": ("Sessions", ("no limit to sessions at once",)),
    "7.1.3": ("Sessions", ("ends our session and not the provider's", "pia user directory")),
    "8.1.2": ("Rights", ("`withheld`", "`personal`", "`pia/actions/records/closing.py`")),
    "11.1.1": ("Keys", ("who has it", "replaced when", "apart from database and backups")),
    "11.1.2": ("Keys", ("AES-256-GCM, key by HKDF-SHA256", "argon2id", "SHA-256", "Ed25519")),
    "13.1.1": (
        "Lines",
        (
            "PIA_OIDC_ISSUER",
            "PIA_LDAP_URL",
            "PostgreSQL",
            "Nobody using it can give a place to call",
        ),
    ),
    "14.1.1": (
        "Data",
        ("| open |", "| inner |", "| withheld |", "| personal |", "| secret |", "only coded"),
    ),
    "14.1.2": ("Data", ("guarded by", "erased by an act of its own", "hashed or sealed")),
    "15.1.1": ("Libraries", ("7, 30 and 90 days",)),
    "15.1.3": (
        "Costly work",
        (
            f"answers {limits.AT_ONCE} requests at once",
            f"have {Limits().arrives:.0f} seconds",
            f"{Limits().most:,} connections, {Limits().each} from one address",
        ),
    ),
    "16.1.1": ("Logs", ("`audit_entry`", "`sign_in`", "stderr, JSON", "| 2 days |")),
}


def section(text: str, heading: str) -> str:
    return text.partition(f"\n### {heading}\n")[2].partition("\n### ")[0].partition("\n## ")[0]


@pytest.mark.parametrize("number", WRITTEN)
def test_what_is_written_down_is_so(number: str) -> None:
    """The words, with the figures the program has."""
    heading, words = WRITTEN[number]
    said = section(PAGE.read_text("utf-8"), heading)
    assert [word for word in words if word not in said] == []
    days = (ROOT / "SECURITY.md").read_text("utf-8")
    assert all(f"| {many} days |" in days for many in (7, 30, 90)) and {
        "web_session",
        "sign_in",
    } <= set(tables.NOTHING)


def test_each_that_asks_for_writing_says_what() -> None:
    assert {
        row.number for row in rows_of(PAGE.read_text("utf-8")) if row.test == WRITTEN_TEST
    } == set(WRITTEN)


# ---- what no page shows

RUNS = {
    "eval",
    "exec",
    "compile",
    "os.system",
    "os.popen",
    "pickle.load",
    "pickle.loads",
    "marshal.loads",
    "yaml.unsafe_load",
    "yaml.full_load",
    "tempfile.mktemp",
}
LOGS = {
    "logging.FileHandler",
    "logging.handlers.SysLogHandler",
    "logging.handlers.HTTPHandler",
    "logging.handlers.SMTPHandler",
    "logging.handlers.SocketHandler",
}
DRAWS = {"random", "md5", "sha1", "hashlib.md5", "hashlib.sha1", "uuid.uuid1"}
XML = {"etree.fromstring", "etree.parse", "etree.iterparse", "etree.XML"}
# What speaks to others, and who may; and what the page says there is none of.
CALLS = {
    "requests",
    "urllib.request",
    "http.client",
    "authlib",
    "ldap3",
    "onelogin",
    "httpx",
    "aiohttp",
    "ftplib",
    "telnetlib",
    "paramiko",
    "smtplib",
}
CALLERS = {
    "pia/actions/upkeep/mail.py",
    *("pia/web/sso/oidc.py", "pia/web/sso/directory.py", "pia/web/sso/saml.py"),
}
NONE_OF = {
    "graphql",
    "websockets",
    "flask_socketio",
    "memcache",
    "pymemcache",
    "redis",
    "aiortc",
    "pylatex",
    "jpype",
}
HASHES = {"sha256"}
CIPHERS = {
    "cryptography.hazmat.primitives.ciphers.aead": {"AESGCM"},
    "cryptography.hazmat.primitives.hashes": {"SHA256"},
    "cryptography.hazmat.primitives.kdf.hkdf": {"HKDF"},
    "cryptography.hazmat.primitives.kdf.scrypt": {"Scrypt"},
    "cryptography.hazmat.primitives.kdf.pbkdf2": {"PBKDF2HMAC"},
}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for file in [*sorted((ROOT / "pia").rglob("*.py")), ROOT / "wsgi.py"]:
        yield str(file.relative_to(ROOT)), ast.parse(file.read_text("utf-8"))


def bad_calls(read: ast.Module) -> Iterator[str]:
    """Calls that run what they are given, start a shell, write logs elsewhere, draw badly, or
    read XML with entities."""
    for node in ast.walk(read):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | (
                {node.module} if isinstance(node, ast.ImportFrom) else set()
            )
            yield from (f"import {name}" for name in names & DRAWS)
        if isinstance(node, ast.Call):
            yield from _bad_call(node)


def _bad_call(node: ast.Call) -> Iterator[str]:
    name = ast.unparse(node.func)
    given = {keyword.arg for keyword in node.keywords}
    if name in RUNS | LOGS | DRAWS:
        yield name
    if any(
        keyword.arg == "shell" and ast.unparse(keyword.value) != "False"
        for keyword in node.keywords
    ):
        yield f"{name} with a shell"
    if (
        name in XML
        and "resolve_entities=False" not in ast.unparse(node)
        and len(node.args) + len(given) > 0
    ):
        yield f"{name} with entities"


def test_what_runs_anything_or_draws_badly_is_not_called() -> None:
    assert [(file, bad) for file, read in sources() for bad in bad_calls(read)] == []


@pytest.mark.parametrize(
    "line",
    [
        "eval(x)",
        "import random",
        "from hashlib import md5",
        "hashlib.sha1(x)",
        "subprocess.run(x, shell=True)",
        "os.system(x)",
        "pickle.loads(x)",
        "etree.fromstring(x)",
        "logging.FileHandler(x)",
    ],
)
def test_each_bad_call_is_found(line: str) -> None:
    assert list(bad_calls(ast.parse(line)))


def imported(read: ast.Module) -> Iterator[str]:
    """Every module a file imports, also inside its functions, each with the packages it lies in."""
    for node in ast.walk(read):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from _with_parents(node.module)
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)


def _with_parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:at]) for at in range(1, len(parts) + 1)]


def test_only_named_modules_call_out() -> None:
    found = {file: set(imported(read)) for file, read in sources()}
    assert {file for file, names in found.items() if names & CALLS} == CALLERS
    assert [(file, names & NONE_OF) for file, names in found.items() if names & NONE_OF] == []
    assert "urllib.request" in set(imported(ast.parse("def f():\n    import urllib.request")))


def strange_cryptography(read: ast.Module) -> Iterator[str]:
    for node in ast.walk(read):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        names = {alias.name for alias in node.names}
        if node.module == "hashlib":
            yield from (f"hashlib.{name}" for name in names - HASHES)
        if node.module.startswith("cryptography.hazmat.primitives.") and (
            "cipher" in node.module or "hash" in node.module or "kdf" in node.module
        ):
            yield from (f"{node.module}.{name}" for name in names - CIPHERS.get(node.module, set()))


def test_only_listed_cryptography_is_used() -> None:
    assert [(file, bad) for file, read in sources() for bad in strange_cryptography(read)] == []
    for line in (
        "from hashlib import sha512_256",
        "from cryptography.hazmat.primitives.ciphers.modes import ECB",
        "from cryptography.hazmat.primitives.hashes import MD5",
    ):
        assert list(strange_cryptography(ast.parse(line))), line


def test_what_is_sealed_cannot_be_altered() -> None:
    kept = sealed.seal("ABCDEFGH", "one key", "hiratsuka")
    raw = base64.b64decode(kept.rpartition(":")[2])
    assert sealed.unseal(kept, "one key", "hiratsuka") == "ABCDEFGH"
    assert sealed.seal("ABCDEFGH", "one key", "hiratsuka") != kept, "never twice the same"
    for at in range(len(raw)):
        altered = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(PiaError):
            sealed.unseal(
                kept.rpartition(":")[0] + ":" + base64.b64encode(altered).decode(),
                "one key",
                "hiratsuka",
            )


def test_words_of_a_form_are_no_pattern() -> None:
    for word in ("a.c", "(x+)+$", "[", "１．※", "a|b", "\\d"):
        pattern = re.compile(labels._spaced(word))
        assert pattern.fullmatch(word) and pattern.fullmatch(" ".join(word))
    assert not re.fullmatch(labels._spaced("a.c"), "abc") and not re.fullmatch(
        labels._spaced("\\d"), "1"
    )


MARKUP = (
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "eval(",
    "Function(",
    'setAttribute("on',
)
KEEPS = (
    "localStorage",
    "sessionStorage",
    "indexedDB",
    "document.cookie",
    "postMessage",
    'addEventListener("message"',
    "__proto__",
    "}[",
)


def bad_script(text: str) -> list[str]:
    return [word for word in (*MARKUP, *KEEPS) if word in text]


def test_the_page_s_script_writes_no_markup_and_keeps_nothing() -> None:
    files = sorted((ROOT / "pia" / "static").rglob("*.js"))
    found = [(file.name, bad) for file in files for bad in bad_script(file.read_text("utf-8"))]
    # A member's own notes in a file without a server: what is kept is sealed with their words.
    assert files and set(found) == {("offline.js", "localStorage")}
    assert bad_script("mark.innerHTML = said") == ["innerHTML"] and bad_script(
        "localStorage.x = 1"
    ) == ["localStorage"]


def faults_of_proxy(text: str) -> list[str]:
    """What a server of the configuration leaves open."""
    found = []
    for server in re.findall(r"^server \{.*?^\}", text, re.DOTALL | re.MULTILINE):
        listens = set(re.findall(r"listen ([^;]+);", server))
        protocols = set(" ".join(re.findall(r"ssl_protocols ([^;]+);", server)).split())
        ciphers = "".join(re.findall(r"ssl_ciphers ([^;]+);", server))
        found += ["http"] if listens != {"443 ssl"} else []
        found += ["protocols"] if not protocols or not protocols <= {"TLSv1.2", "TLSv1.3"} else []
        found += (
            ["ciphers"]
            if not ciphers
            or not all(
                cipher.startswith("ECDHE+") and ("GCM" in cipher or "CHACHA20" in cipher)
                for cipher in ciphers.split(":")
            )
            else []
        )
        found += ["said version"] if "server_tokens off" not in server else []
    unlogged = re.search(r"location ~ \^/\(([^)]*)\)/ \{\s*access_log off;", text)
    lets_in = {"feeds", "t", "sign-in/way-in"}
    found += [] if unlogged and set(unlogged[1].split("|")) == lets_in else ["logs a secret"]
    return found


def test_the_proxy_s_configuration_takes_tls_alone() -> None:
    text = (ROOT / "docs" / "nginx" / "pia.conf").read_text("utf-8")
    assert len(re.findall(r"^server \{", text, re.MULTILINE)) == 2 and faults_of_proxy(text) == []
    for was, is_now in (
        ("listen 443 ssl;", "listen 80;"),
        ("TLSv1.2", "TLSv1.1"),
        ("ECDHE+AESGCM", "AES128-SHA"),
        ("server_tokens off;", ""),
        ("feeds|", ""),
    ):
        assert faults_of_proxy(text.replace(was, is_now, 1)), was
