"""A pretended provider of identities (OpenID Connect): real HTTP, real RS256, and ways to misbehave.

Every visitor of its page is `subject`, without a question. It checks what a careful provider checks: the secret of the
client, PKCE, the address to go back to, and that a code is used once.
"""

import base64
import hashlib
import hmac
import json
import random
import re
import secrets
import threading
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.simulators.process import Started

CLIENT, SECRET = "mot-cua", "bi-mat-minh-hoa"
# DER of "SHA-256" before a digest, PKCS #1 v1.5.
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


def letters(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _prime(chance: random.Random, bits: int) -> int:
    small = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]
    while True:
        n = chance.getrandbits(bits) | (3 << (bits - 2)) | 1
        if all(n % p for p in small) and all(pow(a, n - 1, n) == 1 for a in (2, 3, 5)):
            return n


@cache
def rsa(number: int) -> tuple[int, int]:
    """Modulus and private exponent of an invented key of 2048 bits, the same for the same number."""
    chance = random.Random(number)
    while True:
        p, q = _prime(chance, 1024), _prime(chance, 1024)
        if (p - 1) % 65537 and (q - 1) % 65537:
            return p * q, pow(65537, -1, (p - 1) * (q - 1))


def rs256(text: bytes, number: int) -> bytes:
    """The signature of this text by that key."""
    modulus, exponent = rsa(number)
    padded = b"\x00\x01" + b"\xff" * (256 - 3 - 51) + b"\x00" + _SHA256 + hashlib.sha256(text).digest()
    return pow(int.from_bytes(padded), exponent, modulus).to_bytes(256)


class OpenIdProvider(Started):
    """`with OpenIdProvider() as provider:` – a thread of this process. Its attributes may change at any time."""

    def __init__(self) -> None:
        self.subject = "5f0c6a52-minh-hoa"
        self.key = 1
        self.claims: dict[str, Any] = {}
        """Instead of the right ones, or (None) left out."""
        self.fault = ""
        """none, hs256, forged (by another key), hang, 500, elsewhere (the description names another issuer)."""
        self.issuer_sent: str | None = None
        self.now = time.time
        self.calls: list[str] = []
        self.asked: dict[str, str] = {}
        """The last request that a browser brought."""
        self._codes: dict[str, dict[str, str]] = {}
        self._released = threading.Event()
        handler = type("Handler", (_Handler,), {"provider": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def address(self) -> str:
        """By a name, as a browser that is watched may go to names alone."""
        return f"localhost:{self.port}"

    def stop(self) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, fields: dict[str, str], basic: str) -> tuple[int, Any]:
        """Status, and a JSON object or an address to go to."""
        self.calls.append(path)
        if path == "/authorize":
            return self._send_back(fields)
        if self.fault == "hang":
            self._released.wait(60)
        if self.fault == "500":
            return 500, {}
        if path == "/keys":
            modulus = letters(rsa(self.key)[0].to_bytes(256))
            key = {"kty": "RSA", "use": "sig", "alg": "RS256", "n": modulus, "e": "AQAB"}
            return 200, {
                "keys": [{"kty": "EC", "crv": "X448", "kid": "odd"}, {**key, "kid": f"key-{self.key}"}]
            }
        if path == "/token":
            return self._give_tokens(fields, basic)
        return 200, {
            "issuer": "https://khac.example" if self.fault == "elsewhere" else self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }

    def _send_back(self, fields: dict[str, str]) -> tuple[int, Any]:
        expected = {"response_type": "code", "client_id": CLIENT, "code_challenge_method": "S256"}
        if expected.items() - fields.items() or "openid" not in fields["scope"].split():
            return 400, {"error": "invalid_request"}
        self.asked = fields
        code = secrets.token_urlsafe(16)
        self._codes[code] = fields
        back = {"code": code, "state": fields["state"]}
        if self.issuer_sent is not None:
            back["iss"] = self.issuer_sent
        return 302, f"{fields['redirect_uri']}?{urlencode(back)}"

    def _give_tokens(self, fields: dict[str, str], basic: str) -> tuple[int, Any]:
        if basic != base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode():
            return 401, {"error": "invalid_client"}
        if not re.fullmatch(r"[\w-]{22}", fields.get("code", "")):
            return 400, {"error": "invalid_request"}
        asked = self._codes.pop(fields.get("code", ""), None)
        challenge = letters(hashlib.sha256(fields.get("code_verifier", "").encode()).digest())
        if asked is None or (challenge, fields.get("redirect_uri")) != (
            asked["code_challenge"],
            asked["redirect_uri"],
        ):
            return 400, {"error": "invalid_grant"}
        now = int(self.now())
        claims = {"iss": self.url, "sub": self.subject, "aud": CLIENT, "nonce": asked["nonce"]}
        claims |= {"iat": now, "exp": now + 300, **self.claims}
        token = self._sign({name: value for name, value in claims.items() if value is not None})
        return 200, {"access_token": "khong-dung", "token_type": "Bearer", "id_token": token}

    def _sign(self, claims: dict[str, Any]) -> str:
        algorithm = {"none": "none", "hs256": "HS256"}.get(self.fault, "RS256")
        parts = ({"alg": algorithm, "kid": f"key-{self.key}"}, claims)
        text = ".".join(letters(json.dumps(part).encode()) for part in parts)
        signature = {
            "none": lambda: b"",
            "hs256": lambda: hmac.digest(SECRET.encode(), text.encode(), "sha256"),
            "forged": lambda: rs256(text.encode(), self.key + 1),
        }.get(self.fault, lambda: rs256(text.encode(), self.key))()
        return f"{text}.{letters(signature)}"


class _Handler(BaseHTTPRequestHandler):
    provider: OpenIdProvider

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._answer({name: values[0] for name, values in parse_qs(body).items()})

    def _answer(self, fields: dict[str, str]) -> None:
        parts = urlsplit(self.path)
        fields |= {name: values[0] for name, values in parse_qs(parts.query).items()}
        basic = self.headers.get("Authorization", "").removeprefix("Basic ")
        status, said = self.provider.answer(parts.path, fields, basic)
        body = b"" if isinstance(said, str) else json.dumps(said).encode()
        self.send_response(status)
        if isinstance(said, str):
            self.send_header("Location", said)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Nothing: tests read `calls`."""
