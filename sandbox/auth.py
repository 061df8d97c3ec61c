"""Who may ask: bearer tokens, and OAuth 1.0 signatures (RFC 5849) with HMAC-SHA256."""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Sequence
from urllib.parse import quote, unquote

from sandbox.shops import Shop

_WINDOW = 600
"""Seconds of the real clock that a signature's time may be off."""


class Unauthorized(Exception):
    """The message of a 401."""


def secret(seed: int, shop: Shop) -> dict[str, str]:
    """What a caller of an installation needs; nothing is secret about it, it follows from the seed."""

    def made(what: str) -> str:
        return hashlib.sha256(f"{seed}/{shop.source}/{what}".encode()).hexdigest()[:32]

    if not shop.signs:
        return {"token": made("token")}
    return {name: made(name) for name in ("consumer_key", "consumer_secret", "token", "token_secret")}


def _escape(text: str) -> str:
    return quote(text, safe="-._~")


class Guard:
    """Decides for one installation. A nonce is taken once."""

    def __init__(self, expected: dict[str, str]) -> None:
        """What `secret` gave."""
        self._expected = expected
        self._nonces: dict[tuple[str, str], None] = {}

    def check(self, method: str, url: str, query: Sequence[tuple[str, str]], header: str) -> None:
        """Let the request pass, or raise Unauthorized; `url` is without its query."""
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "bearer" and "consumer_key" not in self._expected:
            if not hmac.compare_digest(rest.strip().encode(), self._expected["token"].encode()):
                raise Unauthorized("The consumer isn't authorized to access %resources.")
        elif scheme.lower() == "oauth" and "consumer_key" in self._expected:
            self._check_signature(method, url, query, rest)
        else:
            raise Unauthorized("The consumer isn't authorized to access %resources.")

    def _check_signature(self, method: str, url: str, query: Sequence[tuple[str, str]], header: str) -> None:
        given = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}
        for name in ("consumer_key", "token", "nonce", "timestamp", "signature", "signature_method"):
            if not given.get(f"oauth_{name}"):
                raise Unauthorized(f"oauth_problem=parameter_absent&oauth_parameters_absent=oauth_{name}")
        if given["oauth_signature_method"] != "HMAC-SHA256":
            raise Unauthorized("oauth_problem=signature_method_rejected")
        if given["oauth_consumer_key"] != self._expected["consumer_key"]:
            raise Unauthorized("oauth_problem=consumer_key_rejected")
        if given["oauth_token"] != self._expected["token"]:
            raise Unauthorized("oauth_problem=token_rejected")
        moment = given["oauth_timestamp"]
        if not moment.isdigit() or abs(int(moment) - time.time()) > _WINDOW:
            raise Unauthorized("oauth_problem=timestamp_refused")
        signed = [*query, *((name, value) for name, value in given.items() if name not in ("oauth_signature", "realm"))]
        pairs = sorted((_escape(name), _escape(value)) for name, value in signed)
        base = "&".join(
            _escape(part) for part in (method.upper(), url, "&".join(f"{name}={value}" for name, value in pairs))
        )
        key = f"{_escape(self._expected['consumer_secret'])}&{_escape(self._expected['token_secret'])}"
        expected = base64.b64encode(hmac.digest(key.encode(), base.encode(), hashlib.sha256)).decode()
        if not hmac.compare_digest(expected.encode(), given["oauth_signature"].encode()):
            raise Unauthorized("oauth_problem=signature_invalid")
        nonce = (moment, given["oauth_nonce"])
        if nonce in self._nonces:
            raise Unauthorized("oauth_problem=nonce_used")
        self._nonces[nonce] = None
        if len(self._nonces) > 100_000:
            self._nonces.pop(next(iter(self._nonces)))
