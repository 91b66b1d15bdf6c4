"""Announcements of a demonstration province, from `announcements.yaml`: invented, saying so, with dates relative to today."""

from datetime import datetime, time, timedelta
from pathlib import Path

import yaml

from messaging.broadcasts.actions import publish, write
from messaging.broadcasts.models import Publication
from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.context import current_province
from tenants.organisation.models import working_desks

FILE = Path(__file__).with_name("announcements.yaml")


def announce(actor: User) -> None:
    """Publish a few announcements where there are none yet."""
    if Publication.objects.exists():
        return
    now, name = clock.now(), current_province().name
    for row in yaml.safe_load(FILE.read_text(encoding="utf-8")):
        published = now - timedelta(days=row.pop("published"))
        day = (now + timedelta(days=row.pop("starts", 0))).date()
        start = (
            datetime.combine(day, time.fromisoformat(at), clock.VIETNAM)
            if (at := row.pop("at", ""))
            else None
        )
        end = start + timedelta(hours=hours) if start and (hours := row.pop("hours", 0)) else None
        issuer = next(iter(working_desks()), None) if row.pop("by_desk", False) else None
        facts = {"province": name, "place": name[:1].lower() + name[1:], "start": start}
        texts = {field: text.format(**facts) for field, text in row.items()}
        with clock.frozen(published):
            values = {**texts, "issuer": issuer, "starts_at": start, "ends_at": end}
            made = write(values, actor=actor)
            publish(made.pk, actor=actor, seen=made.version)
