"""Invitations as sheets to hand on: a page for each agency, with a strip for each of its people.

A sheet holds links that open accounts: it is readable for this account of the machine alone, and lies with the
data, not in the province's folder. A link is worth nothing once it was used, or its time is over.
"""

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string

from tenants import clock
from tenants.folder.folder import open_private, reports_folder
from tenants.folder.steps import Invited
from tenants.web import qr


def write(slug: str, invited: Iterable[Invited]) -> list[Path]:
    """Write `DATA_DIR/reports/<slug>/invitations/<time>-<code>.html` for each agency; mode 0600. Raises OSError."""
    by_agency: dict[str, list[Invited]] = {}
    for one in invited:
        by_agency.setdefault(one.agency_code, []).append(one)
    folder = reports_folder(slug) / "invitations"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = clock.now().astimezone(clock.VIETNAM)
    written = []
    for code, people in sorted(by_agency.items()):
        path = folder / f"{now:%Y%m%d-%H%M%S-%f}-{code}.html"
        people = sorted(people, key=lambda one: (one.name, one.username))
        context = {
            "agency": people[0].agency,
            "moment": now,
            "hours": int(settings.INVITATION_LASTS.total_seconds() // 3600),
            "people": [(one, qr.svg(one.link)) for one in people],
        }
        page = render_to_string("folder/invitations.html", context)
        with open_private(path, encoding="utf-8") as file:
            file.write(page)
        written.append(path)
    return written
