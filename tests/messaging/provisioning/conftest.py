from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messaging.channels.base import registry
from messaging.channels.models import ChannelAccount
from messaging.provisioning import folder as folder_accounts
from tenants.folder.folder import Folder
from tests.messaging.listing import ListingChannel

MakeFolder = Callable[[str | None], Folder]


@pytest.fixture
def listing(province, scripted, monkeypatch):
    """A channel whose provider lists forms and followers."""
    made = ListingChannel()
    monkeypatch.setitem(registry._channels, made.code, made)
    return made


@pytest.fixture
def account(listing: ListingChannel) -> ChannelAccount:
    return ChannelAccount.objects.create(channel=listing.code, name="chinh")


@pytest.fixture
def desk(account: ChannelAccount, desk: Client) -> Client:
    return desk


@pytest.fixture
def folder(tmp_path: Path) -> MakeFolder:
    """A folder whose `messaging.yaml` says this; without the file for None."""
    manifest: Any = None

    def make(text: str | None) -> Folder:
        if text is not None:
            (tmp_path / folder_accounts.FILE).write_text(text, encoding="utf-8")
        return Folder("thu", tmp_path, manifest, ())

    return make


def apply(folder: Folder) -> Any:
    return folder_accounts.STEP.apply(folder)


def told(folder: Folder) -> list[tuple[int, str, bool]]:
    return [(one.line, one.message, one.blocks) for one in folder_accounts.STEP.validate(folder)]


def statements(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as caught:
        act()
    return len(caught)
