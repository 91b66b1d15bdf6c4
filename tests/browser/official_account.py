"""Run inside the demonstration: Đồng Nai opens its account at the pretended Zalo, and knows a crowd that follows it,
and as many others who agreed to news of the province.

It is told JSON: `account` with the keys of the account, `uids` of those who follow it and wrote just now. All of it
is invented. The province then sends at any hour, so that no story waits for the morning.
"""

import json
import sys
from datetime import time, timedelta
from typing import Any

import django

PROVINCE = "dongnai"
NAME = "chinh"
LASTS = timedelta(hours=25)
NUMBERS = "09081"
"""How the numbers begin of those who agreed to news."""


def main() -> None:
    django.setup()

    from tenants.isolation.context import province_context

    told = json.load(sys.stdin)
    with province_context(PROVINCE):
        connect(told["account"])
        crowd(told["uids"])
        agreed(len(told["uids"]))


def connect(account: dict[str, str]) -> None:
    from messaging.channels.accounts import channel_accounts, credentials
    from messaging.outbox.models.messages import SendingRules

    row = channel_accounts.save(
        "zalo",
        NAME,
        config={"app_id": account["app_id"]},
        secrets={"app_secret": account["app_secret"], "oa_secret": account["oa_secret"]},
        external_id=account["oa_id"],
    )
    credentials.store(row, {name: account[name] for name in ("access_token", "refresh_token")}, LASTS)
    SendingRules.objects.update_or_create(
        pk=1, defaults={"window_from": time(0, 0), "window_until": time(23, 59, 59)}
    )


def crowd(uids: list[str]) -> None:
    from django.utils import timezone

    from messaging.channels.models import ChannelAccount
    from messaging.contacts.models import Follower, FollowerList

    known: dict[str, Any] = {
        "channel": "zalo",
        "account": NAME,
        "state": Follower.State.FOLLOWING,
        "last_heard_at": timezone.now(),
    }
    rows = [Follower(address=uid, **known) for uid in uids]
    for row in rows:
        row.index()
    Follower.objects.bulk_create(rows, batch_size=1000)
    account = ChannelAccount.objects.get(channel="zalo", name=NAME)
    FollowerList.objects.create(account=account, seen=len(rows), finished_at=timezone.now())


def agreed(count: int) -> None:
    from django.utils import timezone

    from messaging.contacts.contacts import NEWS
    from messaging.contacts.models import Consent, Contact
    from tenants.isolation.crypto import blind_index

    people = Contact.objects.bulk_create(
        [
            Contact(
                name="Người Minh Họa",
                phone=number,
                phone_index=blind_index(number, "phone"),
                phone_last4_index=blind_index(number[-4:], "phone_last4"),
            )
            for number in (f"{NUMBERS}{one:05d}" for one in range(count))
        ],
        batch_size=1000,
    )
    given = {"channel": "mock", "purpose": NEWS, "granted_at": timezone.now(), "evidence": "minh họa"}
    Consent.objects.bulk_create([Consent(contact=one, **given) for one in people], batch_size=1000)


if __name__ == "__main__":
    main()
