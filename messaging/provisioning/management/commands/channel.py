"""`manage.py channel forms daklak`, `manage.py channel followers daklak`: read a provider's lists to their end."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from messaging.channels.capabilities import Unanswered
from messaging.channels.models import ChannelAccount
from messaging.outbox import provider_templates
from messaging.provisioning import provider_sync
from tenants.folder.terminal import OperatorCommand
from tenants.isolation.context import province_context


class Command(OperatorCommand):
    help = "Đọc danh sách mẫu hoặc danh sách người quan tâm từ các kênh của một tỉnh, cho đến hết."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "what", choices=["forms", "followers"], help="forms: mẫu; followers: người quan tâm"
        )
        parser.add_argument("slug", help="tỉnh")

    def handle(self, *args: Any, what: str, slug: str, **options: Any) -> None:
        lists = provider_sync.lists_templates if what == "forms" else provider_sync.lists_followers
        with province_context(slug):
            chosen = [one for one in ChannelAccount.objects.order_by("pk") if lists(one)]
            if not chosen:
                raise CommandError(_("Không có tài khoản nào mà kênh cho đọc danh sách này."))
            silent = [str(one) for one in chosen if not self._read(what, one)]
        if silent:
            raise CommandError(_("Chưa đọc hết: %(accounts)s.") % {"accounts": ", ".join(silent)})

    def _read(self, what: str, account: ChannelAccount) -> bool:
        """Whether the list was read to its end; what came before a silence is kept."""
        try:
            if what == "forms":
                summary = _("%(account)s: %(count)d mẫu")
                count = provider_sync.fetch_templates(account)
            else:
                summary = _("%(account)s: %(count)d người")
                while not (done := provider_sync.sync_followers(account)).finished:
                    self.stdout.write(summary % {"account": account, "count": done.seen})
                count = done.seen
        except (Unanswered, ValueError) as trouble:
            self.stderr.write(f"{account}: {trouble}")
            return False
        self.stdout.write(summary % {"account": account, "count": count})
        if what == "forms":
            for one in provider_templates.find_faults(account):
                self.stdout.write(f"{account}: {one}")
        return True
