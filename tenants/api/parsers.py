"""Bodies of requests: small, UTF-8, JSON."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from tenants.api.problems import TOO_LARGE, UNREADABLE, Refusal

MOST_BYTES = 64 * 1024


class JSONBody(BaseParser):
    """Reads JSON; whatever is none, is too long or nests too deep is refused with a problem."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            body = stream.read(MOST_BYTES + 1)
            if len(body) > MOST_BYTES:
                raise Refusal(TOO_LARGE)
            return json.loads(body.decode(), parse_constant=_refuse)
        except (OSError, ValueError, RecursionError):
            raise Refusal(UNREADABLE) from None


def _refuse(constant: str) -> None:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(constant)
