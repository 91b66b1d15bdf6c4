"""Run inside the demonstration: what the pages of Đắk Lắk need, as JSON.

`slips` holds one dossier in each state, as its slip names it; the desk would show the same, one page after
another. `pages` holds the answers that a sound server does not give. The province also opens an account at a
chat service, which the demonstration has none of.
"""

import json
import sys
from typing import Any

import django

OFFICIAL_ACCOUNT = "388613280878808645"
RATED = 4
"""A dossier is rated once; so many are kept for stories that do."""


def main() -> None:
    django.setup()

    from tenants.isolation.context import province_context

    with province_context("daklak") as province:
        open_account()
        json.dump({"slips": slips(), "pages": pages(province)}, sys.stdout)


def slips() -> dict[str, dict[str, str]]:
    from django.db import transaction

    from dossiers.lifecycle.actions.reception import receipt_of
    from dossiers.lifecycle.event_journal import READ_WITH
    from dossiers.lifecycle.models import Dossier
    from dossiers.workflow.rules.statuses import Status
    from tenants import clock

    usual = Dossier.objects.filter(kind=Dossier.Kind.NORMAL).order_by("-received_at")
    late = usual.filter(status=Status.IN_PROGRESS, due_at__lt=clock.now())
    complaints = Dossier.objects.filter(kind=Dossier.Kind.COMPLAINT)
    wanted = {
        **{status.name.lower(): usual.filter(status=status).exclude(pk__in=late) for status in Status},
        "late": late,
        "complaint": complaints.exclude(status=Status.RETURNED),
        # For places to look at, and for the story that starts its notices.
        **{
            name: usual.filter(status__in=(Status.RECEIVED, Status.IN_PROGRESS), notice_channels=[])[place:]
            for place, name in enumerate(("unnotified", "silent"))
        },
    }
    returned = list(usual.filter(status=Status.RETURNED, procedure__handled=True)[1 : RATED + 1])
    wanted |= {f"rated {number}": usual.filter(pk=one.pk) for number, one in enumerate(returned)}
    found = {}
    for name, dossiers in wanted.items():
        dossier = dossiers.select_related(*READ_WITH).first()
        assert dossier is not None, name
        # Of a filing that is not accepted too: its holder has a page, though the desk prints no receipt.
        with transaction.atomic():
            slip = receipt_of(dossier)
        found[name] = {
            "code": dossier.code,
            "key": slip.key,
            "token_url": slip.token_url,
            "phone": dossier.recipient.phone,
        }
    return found


def pages(province: Any) -> dict[str, str]:
    from django.test import RequestFactory

    from portal.pages import bad_request, paused, server_error
    from tenants.web.public_pages import too_many_tries

    request: Any = RequestFactory().get("/tra-cuu/", headers={"host": "daklak.localhost"})
    request.province = province
    answers = {
        "400": bad_request(request),
        "429": too_many_tries(request),
        "500": server_error(request),
        "503": paused(province),
    }
    return {name: answer.content.decode() for name, answer in answers.items()}


def open_account() -> None:
    from messaging.channels.models import ChannelAccount, Lane

    row = {"channel": "zalo", "name": "chinh"}
    ChannelAccount.objects.get_or_create(**row, defaults={"external_id": OFFICIAL_ACCOUNT})
    Lane.objects.get_or_create(channel="zalo", account="chinh", defaults={"state": Lane.State.PAUSED})


if __name__ == "__main__":
    main()
