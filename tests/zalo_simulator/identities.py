"""Ids and secrets that look like Zalo's and depend on the seed alone, never on the order of unrelated calls."""

import base64
import hashlib


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
