"""A small real SAML 2.0 identity provider: its metadata, and answers signed with another library
than the one that checks them; and the lies a test asks of it."""

from __future__ import annotations

import base64
import zlib
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml import XMLSigner

ISSUER, HOME = "https://idp.city.example/saml", "https://idp.city.example/sso"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
_METADATA = """<md:EntityDescriptor
  xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{issuer}"><md:IDPSSODescriptor
  protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<md:KeyDescriptor use="signing"><ds:KeyInfo
  xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate
  >{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
  Location="{home}"/></md:IDPSSODescriptor></md:EntityDescriptor>"""
_ASSERTION = """<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"
  ID="{number}" Version="2.0" IssueInstant="{now}"><saml:Issuer>{issuer}</saml:Issuer>
<saml:Subject><saml:NameID Format="{format}">{subject}</saml:NameID><saml:SubjectConfirmation
  Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData
  InResponseTo="{question}" Recipient="{back}" NotOnOrAfter="{until}"/></saml:SubjectConfirmation
  ></saml:Subject>
<saml:Conditions NotBefore="{since}" NotOnOrAfter="{until}"><saml:AudienceRestriction
  ><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{now}" SessionIndex="s1"><saml:AuthnContext
  ><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password\
</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>
<saml:AttributeStatement><saml:Attribute Name="employeeNumber"><saml:AttributeValue
  >{employee}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement></saml:Assertion>"""
_RESPONSE = """<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
  xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_response{number}" Version="2.0"
  IssueInstant="{now}" Destination="{back}" InResponseTo="{question}">
<saml:Issuer>{issuer}</saml:Issuer><samlp:Status><samlp:StatusCode
  Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{assertion}</samlp:Response>"""


class Provider:
    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.certificate = self._certificate()
        self.count = 0

    def _certificate(self) -> bytes:
        named = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "idp.city.example")])
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder()
            .subject_name(named)
            .issuer_name(named)
            .public_key(self.key.public_key())
        )
        made = (
            made.serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )
        return made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def metadata(self) -> str:
        bare = b"".join(
            line for line in self.certificate.splitlines() if not line.startswith(b"-")
        ).decode()
        return _METADATA.format(issuer=ISSUER, home=HOME, certificate=bare)

    def answer(
        self,
        address: str,
        subject: str = "person-nagai",
        *,
        sign: bool = True,
        of: Provider | None = None,
        **lies: str,
    ) -> str:
        """The signed answer to the question in an address, as the provider's page would post it."""
        self.count += 1
        asked = etree.fromstring(
            zlib.decompress(
                base64.b64decode(parse_qs(urlsplit(address).query)["SAMLRequest"][0]), -15
            )
        )
        now = datetime.now(UTC)
        back = asked.get("AssertionConsumerServiceURL")
        audience = asked.findtext("{urn:oasis:names:tc:SAML:2.0:assertion}Issuer")
        facts = {
            "number": f"_a{self.count}",
            "issuer": ISSUER,
            "question": asked.get("ID"),
            "back": back,
            "audience": audience,
            "subject": subject,
            "format": PERSISTENT,
            "employee": "e-4711",
            "now": _written(now),
            "since": _written(now - timedelta(minutes=1)),
            "until": _written(now + timedelta(minutes=5)),
        } | lies
        assertion = etree.fromstring(_ASSERTION.format(**facts))
        if sign:
            signer = of or self
            placeholder = etree.SubElement(
                assertion,
                "{http://www.w3.org/2000/09/xmldsig#}Signature",
                Id="placeholder",
                nsmap={"ds": "http://www.w3.org/2000/09/xmldsig#"},
            )
            assertion.insert(1, placeholder)
            signed = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#").sign(
                assertion,
                key=signer.key,
                cert=signer.certificate.decode(),
                reference_uri=facts["number"],
            )
            assertion = signed
        whole = _RESPONSE.format(**facts, assertion=etree.tostring(assertion).decode())
        return base64.b64encode(whole.encode()).decode()


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
