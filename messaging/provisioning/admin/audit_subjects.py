"""How the audit log names the subjects of messaging: accounts, publications, lanes, messages. No citizen is named."""

from collections.abc import Collection, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.broadcasts.models import Publication
from messaging.channels.base import registry
from messaging.channels.models import ChannelAccount
from tenants.audit.subjects import Named, SubjectKind, kinds, numbers

_OF_ACCOUNTS = frozenset({"account", "followers", "grant", "template"})


def _page(table: str, key: object) -> str:
    return reverse(f"admin:{table}_change", args=[key])


def _accounts(keys: Collection[str]) -> Mapping[str, Named]:
    found = ChannelAccount.objects.defer("secrets").in_bulk(numbers(keys))
    return {str(pk): Named(str(row), _page("channels_channelaccount", pk)) for pk, row in found.items()}


def _publications(keys: Collection[str]) -> Mapping[str, Named]:
    rows = Publication.objects.filter(pk__in=numbers(keys)).values_list("pk", "title")
    return {str(pk): Named(title, _page("broadcasts_publication", pk)) for pk, title in rows}


def _lanes(keys: Collection[str]) -> Mapping[str, Named]:
    url = reverse("admin:channels_lane_changelist")
    found = {}
    for key in keys:
        channel, _colon, account = key.partition(":")
        name = registry.get(channel).name if channel in registry.codes() else channel
        words = {"channel": name, "account": account}
        found[key] = Named(_("luồng %(channel)s, tài khoản %(account)s") % words, url)
    return found


def _messages(keys: Collection[str]) -> Mapping[str, Named]:
    text = _("tin số %(number)d")
    return {str(pk): Named(text % {"number": pk}, _page("messaging_message", pk)) for pk in numbers(keys)}


def _contacts(keys: Collection[str]) -> Mapping[str, Named]:
    text = _("người nhận số %(number)d")
    return {str(pk): Named(text % {"number": pk}, _page("contacts_contact", pk)) for pk in numbers(keys)}


for kind in (
    SubjectKind("channel-account", "account", _accounts, _OF_ACCOUNTS, "channels.channelaccount"),
    SubjectKind("publication", "publication", _publications, model="broadcasts.publication"),
    SubjectKind("lane", "lane", _lanes),
    SubjectKind("message", "message", _messages, model="messaging.message"),
    SubjectKind("contact", "contact", _contacts, model="contacts.contact"),
):
    kinds.register(kind)
