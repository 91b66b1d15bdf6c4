"""Which mail server of the installation takes the letters: `EMAIL_URL` in the environment.

    smtp://[name:password@]host[:port]        without encryption: only inside the data centre
    smtp+tls://…                              STARTTLS, port 587
    smtps://…                                 TLS from the start, port 465

It is the installation's and not the province's: an account that could name any host would let whoever edits
it reach into the data centre.
"""

import os
from typing import Any
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


class BadServer(ValueError):
    """EMAIL_URL names no server; the text says in Vietnamese what is wanted."""


def options() -> dict[str, Any]:
    """What Django's mail backend wants to know about the server; raises BadServer."""
    wanted = "EMAIL_URL: cần smtp://, smtp+tls:// hoặc smtps:// và tên máy, ví dụ smtp+tls://ten:mat-khau@thu.example"
    try:
        parts = urlsplit(os.environ.get("EMAIL_URL", ""))
        port = parts.port
    except ValueError:
        raise BadServer(wanted) from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadServer(wanted)
    return {
        "host": parts.hostname,
        "port": port or PORTS[parts.scheme],
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": parts.scheme == "smtp+tls",
        "use_ssl": parts.scheme == "smtps",
    }
