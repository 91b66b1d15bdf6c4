"""What was granted stands in no log, no trail and no text of a row."""

import logging

import pytest

from messaging.channels.accounts import channel_accounts, credentials
from messaging.channels.models import CredentialEvent
from messaging.contacts.models import Contact
from tenants.audit.models import AuditEntry
from tests.messaging.conftest import run, write
from tests.messaging.granting import STALE, GrantingChannel, grant, granted, grow_old, let_renewal_lapse


class TestSecrecy:
    def test_credentials_are_written_nowhere_else(
        self, contact: Contact, granting: GrantingChannel, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        account = granted(granting)
        granting.answers = [STALE]
        run(write(contact))
        grow_old()
        granting.renewals = [RuntimeError("refresh-1")]
        credentials.renew_due()
        let_renewal_lapse()
        credentials.renew_due()
        told = [
            caplog.text,
            repr(account),
            repr(grant()),
            repr(channel_accounts.account_of("scripted", "chinh")),
        ]
        told += [repr(credentials._take(granting, "chinh", grant().generation))]
        told += [str(AuditEntry.objects.values_list("action", "detail"))]
        told += [str(list(CredentialEvent.objects.values()))]
        assert [text for text in told if "access-" in text or "refresh-" in text] == []

    def test_stored_they_are_cipher_text(self, granting: GrantingChannel) -> None:
        from django.db import connection

        granted(granting)
        with connection.cursor() as cursor:
            cursor.execute("SELECT credentials FROM channels_credential")
            (stored,) = cursor.fetchone()
        assert "refresh" not in stored
