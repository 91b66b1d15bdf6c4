"""Ids and secrets that look like Zalo's and depend on the seed alone, never on the order of unrelated calls."""

import base64
import hashlib
import hmac

SIGNATURE_HEADER = "X-ZEvent-Signature"


def webhook_mac(first_term: str, body: bytes, timestamp: str, key: str) -> str:
    """A plain SHA-256 over the four terms one after the other; Zalo uses no HMAC here."""
    return hashlib.sha256(first_term.encode() + body + timestamp.encode() + key.encode()).hexdigest()


def challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def secret_proof(secret: str, token: str) -> str:
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def phone_hash(phone: str) -> str:
    """`phone` as 84…"""
    return hashlib.sha256(phone.encode()).hexdigest()


class Identities:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._counts: dict[str, int] = {}

    def _digest(self, *key: object) -> bytes:
        return hashlib.sha256("\x1f".join((str(self.seed), *map(str, key))).encode()).digest()

    def digits(self, *key: object) -> str:
        """17 to 19 digits, too many for a double to hold."""
        digest = self._digest(*key)
        length = 17 + digest[0] % 3
        number = int.from_bytes(digest[1:17]) % (9 * 10 ** (length - 1)) + 10 ** (length - 1)
        return str(number)

    def hexadecimal(self, length: int, *key: object) -> str:
        return self._digest(*key).hex()[:length]

    def token(self, *key: object) -> str:
        """Long and opaque, as access tokens are."""
        raw = b"".join(self._digest(*key, part) for part in range(4))
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def count(self, name: str) -> int:
        """1, 2, 3, … per name."""
        self._counts[name] = self._counts.get(name, 0) + 1
        return self._counts[name]
