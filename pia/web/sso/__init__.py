"""The city's own sign-in: OpenID Connect, SAML and its directory; protocols without pages."""
