"""Refusals: codes and texts, one table per host, because the same number means different things.

Texts of the OA host are Zalo's, with its spelling. For the business and OAuth hosts public sources give the
meaning; the wording here is ours.
"""

from tests import tables

TABLES = tables.read(__file__, "errors.yaml")
OAUTH = TABLES["oauth"]


OA_LIMIT_TEXT = "Your OA reached limit call api"


class Refused(Exception):
    """The call gets this code; nothing was done."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


def text_of(host: str, code: int) -> str:
    if host == "oauth":
        return OAUTH.get(code, ("Unknown error.", ""))[0]
    return TABLES[host].get(code, "Unknown error")
