"""The life events that a province shows: those that ship with the portal, and what its folder says over them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from procedures.catalogue.life_events.schema import LifeEventFile
from procedures.catalogue.models import LifeEvent
from tenants.folder.readers.yaml_reader import read_document
from tenants.validation import read

SHIPPED = Path(__file__).parents[1] / "data" / "life_events"


@cache
def shipped() -> Mapping[str, Mapping[str, Any]]:
    """The files that ship with the portal, by slug, as a folder's files are read. Kept: treat as read-only."""
    return {path.stem: read_document(path).data for path in sorted(SHIPPED.glob("*.yaml"))}


def merged(slug: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """A province's file over the shipped one of the same slug: each key that it has stands instead."""
    return {**shipped().get(slug, {}), **own}


def shown() -> dict[str, LifeEventFile]:
    """The events of the present province by slug, in their order; one statement.

    A file that changed an event which the portal no longer ships is no whole event any more: it is left out.
    """
    own: dict[str, Any] = dict(LifeEvent.objects.values_list("slug", "content"))
    found = {}
    for slug in {**shipped(), **own}:
        event, _faults = read(LifeEventFile, merged(slug, own.get(slug, {})))
        if event and not event.hidden:
            found[slug] = event
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))
