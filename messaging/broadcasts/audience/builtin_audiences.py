"""Two audiences that dossiers have no part in: who wrote to an account lately, and who agreed to such news."""

from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from messaging.broadcasts.audience.base import Audience, Candidate, Choice, Page
from messaging.broadcasts.models import PublicationRecipient
from messaging.broadcasts.sending.routing import Reach
from messaging.contacts.contacts import NEWS
from messaging.contacts.models import Consent, Follower

# Nobody who was silent for longer can be written to in a chat, whatever the channel.
LONGEST_SILENCE = timedelta(days=7)
# Who may be written to for so long yet is not missed while others are sent to.
MARGIN = timedelta(hours=1)
_SPOKEN = (Follower.State.STRANGER, Follower.State.FOLLOWING)
# Asked for no more messages, and agreed to no news since, with a number behind a link of theirs.
_REFUSED = Q(stopped_at__isnull=False) & ~Exists(
    Consent.objects.filter(
        contact__subscriptions__follower=OuterRef("pk"),
        channel=OuterRef("channel"),
        purpose=NEWS,
        withdrawn_at__isnull=True,
        granted_at__gt=OuterRef("stopped_at"),
    )
)


class Chatting(Audience):
    """Who wrote to an account within the hours in which the answer is free. Who asked for no more messages there,
    or for the number behind a link of theirs, is left out: see `Follower.stopped_at`."""

    code = "chat"
    label = _("Người vừa nhắn tin với tài khoản của tỉnh (trong 48 giờ)")
    purpose = NEWS
    lasts = timedelta(hours=48) - MARGIN

    def page(self, choice: Choice, after: int, limit: int) -> Page:
        rows = self._rows(after=after, limit=limit)
        over = Reach().of_followers(
            [(pk, channel, account, ago + MARGIN) for pk, channel, account, ago in rows]
        )
        found = tuple(Candidate(over[row[0]], follower_id=row[0]) for row in rows if row[0] in over)
        return Page(found, rows[-1][0] if len(rows) == limit else None)

    def past(
        self, follower_ids: list[int], within: timedelta, reach: Reach | None = None
    ) -> dict[int, PublicationRecipient.Why]:
        spoke = [
            (pk, channel, account, ago + within) for pk, channel, account, ago in self._rows(ids=follower_ids)
        ]
        still = (reach or Reach()).of_followers(spoke)
        gone = [pk for pk in follower_ids if pk not in still]
        if not gone:
            return {}
        refused = set(Follower.objects.filter(_REFUSED, pk__in=gone).values_list("pk", flat=True))
        why = PublicationRecipient.Why
        return {pk: why.REFUSED if pk in refused else why.SILENT for pk in gone}

    @staticmethod
    def _rows(
        ids: list[int] | None = None, after: int = 0, limit: int | None = None
    ) -> list[tuple[int, str, str, timedelta]]:
        spoke = Follower.objects.filter(
            pk__gt=after, state__in=_SPOKEN, last_heard_at__gt=Now() - LONGEST_SILENCE
        ).exclude(address="")
        if ids is not None:
            spoke = spoke.filter(pk__in=ids)
        spoke = spoke.exclude(_REFUSED)
        rows = spoke.annotate(ago=Now() - F("last_heard_at")).order_by("pk")
        return list(rows.values_list("pk", "channel", "account", "ago")[:limit])


class Agreed(Audience):
    """Who agreed to news of the province, over a channel that is switched on."""

    code = "news"
    label = _("Người đã đồng ý nhận thông báo của tỉnh")
    purpose = NEWS

    def page(self, choice: Choice, after: int, limit: int) -> Page:
        active = Consent.objects.filter(
            purpose=NEWS, withdrawn_at__isnull=True, channel__in=settings.MESSAGING_CHANNELS
        )
        ids = list(
            active.filter(contact_id__gt=after)
            .order_by("contact_id")
            .values_list("contact_id", flat=True)
            .distinct()[:limit]
        )
        agreed: dict[int, set[str]] = {}
        for contact_id, channel in active.filter(contact__in=ids).values_list("contact_id", "channel"):
            agreed.setdefault(contact_id, set()).add(channel)
        over = Reach().of_contacts(agreed)
        found = tuple(Candidate(over[pk], contact_id=pk) for pk in ids if pk in over)
        return Page(found, ids[-1] if len(ids) == limit else None)
