"""The city's own SAML 2.0 identity provider: where a person is sent, and who came back (SAML 2.0
Web Browser SSO: redirect to it, POST back).

Knows the protocol through python3-saml and the provider's metadata, a file; nothing is fetched.
Must not know accounts, sessions or pages: it says which subject stands at the door, or why that is
not proven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...domain.errors import PiaError
from ...settings import Config
from .oidc import Failed

PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
LIBRARY = (
    "PIA_SAML_IDP が設定されていますが、そのためのライブラリー（python3-saml）がありません。"
    "pip install 'pia[saml]' で入れるか、設定を外してください。"
)


@dataclass(frozen=True, slots=True)
class SamlProvider:
    """The provider as its metadata says it. `entity` is our own name there, `subject` the attribute
    that tells people apart; empty: the persistent NameID."""

    issuer: str
    entity: str
    name: str
    subject: str
    idp: Mapping[str, Any]


def provider(settings: Config) -> SamlProvider | None:
    """The provider of the settings; None where there is none. PiaError when they cannot work."""
    given = settings.values
    if not given["PIA_SAML_IDP"]:
        return None
    try:
        from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser as Parser
    except ImportError as import_error:
        raise PiaError(LIBRARY) from import_error
    try:
        idp = Parser.parse(Path(given["PIA_SAML_IDP"]).read_text("utf-8")).get("idp") or {}
    except Exception as import_error:  # the parser raises what lxml raises
        raise PiaError(
            "PIA_SAML_IDP のファイルを読めません。"
            "認証の側から受け取ったメタデータ（XML）の場所を確かめてください。"
        ) from import_error
    keys = idp.get("x509cert") or idp.get("x509certMulti")
    if (
        not idp.get("entityId")
        or not keys
        or not idp.get("singleSignOnService", {})
        .get("url", "")
        .startswith(("https://", "http://127.0.0.1", "http://localhost"))
    ):
        raise PiaError(
            "PIA_SAML_IDP のメタデータに、発行者の名前、証明書、https のサインインの "
            "URL のどれかがありません。"
        )
    return SamlProvider(
        idp["entityId"],
        given["PIA_SAML_ENTITY"],
        given["PIA_SAML_NAME"],
        given["PIA_SAML_SUBJECT"],
        idp,
    )


def _auth(p: SamlProvider, back: str, answer: Mapping[str, str]) -> Any:
    from urllib.parse import urlsplit

    from onelogin.saml2.auth import OneLogin_Saml2_Auth

    at = urlsplit(back)
    request = {
        "https": "on" if at.scheme == "https" else "off",
        "http_host": at.netloc,
        "script_name": at.path,
        "get_data": {},
        "post_data": dict(answer),
    }
    service = {
        "entityId": p.entity or back,
        "assertionConsumerService": {"url": back, "binding": POST},
        "NameIDFormat": PERSISTENT,
    }
    security = {
        "wantAssertionsSigned": True,
        "wantNameId": True,
        "rejectDeprecatedAlgorithm": True,
        "requestedAuthnContext": False,
        "rejectUnsolicitedResponsesWithInResponseTo": True,
    }
    return OneLogin_Saml2_Auth(
        request,
        {"strict": True, "debug": False, "sp": service, "idp": dict(p.idp), "security": security},
    )


def begin(p: SamlProvider, back: str, again: bool = False) -> tuple[str, str]:
    """(the address at the provider to send a person to, the number of the question). `again`: the
    person is asked even where the provider knows them already."""
    auth = _auth(p, back, {})
    address = auth.login(return_to=back, force_authn=again)
    return address, auth.get_last_request_id()


def finish(p: SamlProvider, question: str, answer: Mapping[str, str], back: str) -> tuple[str, str]:
    """(the subject who came back, the number of what the provider said, which counts once). Failed
    for an answer to another question, or one that is not proven."""
    if not question:
        raise Failed(
            "state",
            "サインインの途中の情報が見つからないか、古くなっています。"
            "もう一度サインインしてください。",
        )
    auth = _auth(p, back, answer)
    try:
        auth.process_response(request_id=question)
    except Exception as exception:  # python3-saml raises what lxml, xmlsec and base64 raise
        raise _unproven(p, "malformed") from exception
    if auth.get_errors() or not auth.is_authenticated():
        raise _unproven(p, auth.get_last_error_reason() or "unproven")
    subject = _subject(p, auth)
    if not subject or len(subject) > 255 or not subject.isprintable():
        raise _unproven(p, "subject")
    return subject, str(auth.get_last_assertion_id())


def _subject(p: SamlProvider, auth: Any) -> str:
    """What tells this person from all others for ever; empty where the provider says nothing of the
    kind."""
    if p.subject:
        values = auth.get_attribute(p.subject) or []
        if len(values) == 1:
            return str(values[0])
        return ""
    if auth.get_nameid_format() == PERSISTENT:
        return str(auth.get_nameid() or "")
    return ""


def _unproven(p: SamlProvider, why: str) -> Failed:
    words = "".join(letter for letter in why if letter.isascii() and letter.isprintable())[:60]
    return Failed(
        words or "unproven",
        f"「{p.name}」からの答えを確かめられないため、サインインできませんでした。"
        "もう一度サインインしてください。続くときは、管理者に知らせてください。",
    )
