"""Rows fetched from a system that does not send them, under the same rules as rows that are sent."""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from dossiers.exchange import leases
from dossiers.exchange.feeds.api import feed_of
from dossiers.exchange.feeds.receive import MOST_ROWS, Outcome, mapping_of, receive_rows
from dossiers.exchange.models import Pull
from tenants.folder.problems import Refused as FolderRefused
from tenants.organisation.rights import cached_rights
from tenants.refusals import Refused
from tenants.web import api, http

LEASE = timedelta(minutes=5)
TURN_SECONDS = 25.0
EVERY = timedelta(minutes=1)
OVERLAP = timedelta(minutes=10)
"""Changes that were written while the last page was read come again."""
MOST_REFUSED = 20


def pull(key: int) -> None:
    """Fetch what is new, page after page, for at most a turn. Nothing where another process does.

    The rows of a page are written before its cursor is: one that was cut off is fetched again and changes nothing.
    """
    until = time.monotonic() + TURN_SECONDS
    goes_on = True
    while goes_on and time.monotonic() < until:
        row = leases.claim(Pull.objects.select_related("system__account"), key, LEASE)
        if row is None:
            return
        try:
            goes_on = _take_page(row)
        except (Refused, FolderRefused, api.Refusal) as refusal:
            leases.fail(row, str(refusal))
            return


def _take_page(row: Any) -> bool:
    """One page; whether another follows at once. Raises Refused, FolderRefused, Refusal where nothing can be taken."""
    account = row.system.account
    if account is None or not account.is_active:
        raise Refused(_("Nguồn này chưa có tài khoản, hoặc tài khoản đã khóa."))
    with cached_rights():
        system, agencies = feed_of(account, row.system.code)
    pages = mapping_of(system).pages
    rows, cursor = _fetch(row, pages)
    refused = []
    for first in range(0, len(rows), MOST_ROWS):
        part = rows[first : first + MOST_ROWS]
        answers = receive_rows(system, part, agencies=agencies)
        refused += [
            {"code": _code(system, part[one.row - 1]), "problem": one.problem}
            for one in answers
            if one.outcome == Outcome.REFUSED
        ]
    goes_on = bool(pages.next and cursor and cursor != row.cursor)
    if not pages.next:
        cursor = (row.at - OVERLAP).isoformat(timespec="seconds")
    kept = [*refused, *row.refused][:MOST_REFUSED]
    wait = timedelta(0) if goes_on else EVERY
    done = {"failures": 0, "error": "", "taken_at": Now(), "refused": kept, "next_try_at": Now() + wait}
    return bool(leases.held(row).update(cursor=cursor or row.cursor, **done)) and goes_on


def _code(system: Any, row: object) -> str:
    heading = mapping_of(system).headings.get("code", "")
    return str(row.get(heading, ""))[:60] if isinstance(row, dict) else ""


def _fetch(row: Any, pages: Any) -> tuple[list[Any], str]:
    """The rows of the next page and what to ask with after it. Raises Refused."""
    asked = urlencode({pages.parameter: row.cursor}) if row.cursor else ""
    url = f"{row.url}{'&' if '?' in row.url else '?'}{asked}" if asked else row.url
    headers = {
        "Accept": "application/json",
        **({"Authorization": f"Bearer {row.secret}"} if row.secret else {}),
    }
    answer = http.call("GET", url, headers=headers)
    if not isinstance(answer, http.Answered):
        raise Refused(_("Không gọi được: %(cause)s.") % {"cause": answer.cause})
    if answer.status != 200:
        raise Refused(_("Hệ thống ấy trả lời %(status)d.") % {"status": answer.status})
    page = answer.json()
    rows = page.get(pages.rows) if isinstance(page, dict) else None
    cursor = page.get(pages.next) if isinstance(page, dict) and pages.next else ""
    if not isinstance(rows, list) or not isinstance(cursor, str | int | None) or len(str(cursor)) > 500:
        raise Refused(_("Câu trả lời không đọc được theo tệp ánh xạ."))
    return rows, "" if cursor is None else str(cursor)
