"""A device with passkeys, in software: what a browser and its authenticator answer to options of ours."""

import hashlib
import html
import json
import re
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


def options_on(page: Any) -> dict[str, Any]:
    """What the page hands to the browser's script; {} where it offers nothing."""
    found = re.search(r'data-passkey="([^"]*)"', page.content.decode())
    return dict(json.loads(html.unescape(found[1]))) if found else {}


@dataclass
class Device:
    """One key pair. `counts`: whether it counts what it signs; `verifies`: whether it checks its owner."""

    origin: str = "http://daklak.localhost"
    host: str = "daklak.localhost"
    counts: bool = True
    verifies: bool = True
    counter: int = 0
    number: bytes = b"may minh hoa so 1"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> str:
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        attested = bytes(16) + len(self.number).to_bytes(2) + self.number + encode_cbor(public)
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(HAS_KEY) + attested}
        client = self._client("webauthn.create", options)
        return self._answer(clientDataJSON=client, attestationObject=encode_cbor(statement))

    def get(self, options: dict[str, Any]) -> str:
        self.counter += self.counts
        client, data = self._client("webauthn.get", options), self._data()
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": self.origin}).encode()

    def _data(self, flags: int = 0) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4)

    def _answer(self, **parts: bytes) -> str:
        number = bytes_to_base64url(self.number)
        response = {name: bytes_to_base64url(part) for name, part in parts.items()}
        return json.dumps({"id": number, "rawId": number, "type": "public-key", "response": response})
