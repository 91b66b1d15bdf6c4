"""Every address of a URL configuration, found by walking it: a new page is in the matrix by existing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.contrib.admindocs.views import simplify_regex
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, get_resolver

from dossiers.feedback import queries
from dossiers.filing.desk import draft_pages
from messaging.channels.models import ChannelAccount
from portal import pages
from procedures.catalogue.models import FormFile
from tenants import clock
from tests.system.worlds import World

PROVINCE = "portal.urls"
NATIONAL = "portal.national_urls"
STAFF = ("/quan-tri/", "/van-hanh/")

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_MODEL = re.compile(r"\A/(?:quan-tri|van-hanh)/(\w+)/(\w+)/")


class NoValue(LookupError):
    """This matrix does not know what to write for a parameter: teach it in `_value`."""


@dataclass(frozen=True)
class Address:
    """An address as declared, with its parameters in angle brackets: `/ho-so/<str:code>/`."""

    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def is_staff(self) -> bool:
        return self.text.startswith(STAFF)

    def path(self, world: World) -> str:
        """The address of the thing of this kind that stands in a twin; raises NoValue."""
        return _PARAMETER.sub(lambda found: str(self._value(found.group(1), world)), self.text)

    def _value(self, name: str, world: World) -> object:
        match name:
            case "dossier_id" | "object_id" if "/r/" in self.text or name == "dossier_id":
                return world.dossier.pk
            case "object_id" | "id":
                return self._primary_key()
            case "token" if self.text.startswith("/phan-anh/"):
                return queries.token(world.feedback)
            case "token":
                return world.token
            case "code" if self.text.startswith(("/ho-so/", "/api/v1/dossiers/")):
                return world.dossier.code
            case "code" if (
                self.text.startswith(("/thu-tuc/", "/api/v1/procedures/")) or "/add/bieu-mau/" in self.text
            ):
                return "1.009999"
            case "code" if self.text.startswith("/nop/"):
                return "1.009999"
            case "name" if "/ban-nhap/" in self.text:
                return world.filing.name
            case "page":
                return "giay" if "/tep/" in self.text else "ten"
            case "file_id" if "<int:form_id>" in self.text:
                return FormFile.objects.get().pk
            case "file_id":
                return (world.prepared if "<str:draft>" in self.text else world.filing.draft).files.get().pk
            case "code" if "/du-lieu/" in self.text:
                return "co-quan"
            case "key":
                return "to-khai"
            case "form_id":
                return FormFile.objects.get().form_id
            case "source":
                return "he-thong-bo"
            case "kind":
                return "csv"
            case "code" if "/buoc/" in self.text:
                return "supplement_received"
            case "name" if "/publication/" in self.text:
                return "cong-bo"
            case "procedure_id":
                return world.draft.procedure_id
            case "name" if "/soan/" in self.text:
                return "xin-duyet"
            case "name" if "/viec/" in self.text:
                return "giao"
            case "name" if "/feedback/" in self.text:
                return "tra-loi"
            case "feedback_id":
                return world.feedback.pk
            case "number":
                return world.announcement.pk
            case "publication_id":
                return world.publication.pk
            case "article_id":
                return world.publication.articles.get().pk
            case "year":
                return clock.today().year
            case "agency":
                return world.office.desk.code
            case "service":
                return "zalo"
            case "lane_id":
                return world.lane.pk
            case "slug" if self.text.startswith("/doi-song/"):
                return "sinh-con"
            case "slug" if "/tinh/" in self.text:
                return world.slug
            case "name" if "/huong-dan/anh/" in self.text:
                return "readme.png"
            case "name" if "/huong-dan/" in self.text:
                return "ho-so"
            case "name" if "/channelaccount/" in self.text:
                return world.lane.account
            case "name" if "/messaging/template/" in self.text or "/providertemplate/" in self.text:
                return "received"
            case "account_id":
                return ChannelAccount.objects.get(channel=world.lane.channel, name=world.lane.account).pk
            case "call_id":
                return world.call.pk
            case "decision_id":
                return world.dossier.publications.get().pk
            case "attachment_id":
                return world.dossier.attachments.get().pk
            case "draft":
                return draft_pages.desk_name(world.prepared)
            case "proposal_id":
                return world.dossier.proposals.get().pk
            case "form":
                return "01"
            case "digest":
                return pages.theme_hash(pages.theme_css())
            case "app_label":
                return "dossiers"
            case "content_type_id":
                return ContentType.objects.get_for_model(type(world.dossier)).pk
            case "proof":
                return "zalo_verifierThu"
            case "channel":
                return world.lane.channel
            case "account" | "named":
                return world.lane.account
            case "url":
                return "khong-co-trang-nay/"
        raise NoValue(f"{self.text}: <{name}>")

    def _primary_key(self) -> int:
        found = _MODEL.match(self.text)
        row = apps.get_model(*found.groups())._default_manager.order_by("pk").last() if found else None
        if row is None:
            raise NoValue(f"{self.text}: the twins hold no such row")
        return int(row.pk)


def addresses(urlconf: str) -> list[Address]:
    """All addresses of this URL configuration, in order, each once."""
    return list(dict.fromkeys(Address(simplify_regex(text)) for text in _walk(get_resolver(urlconf), "")))


def _walk(resolver: URLResolver, before: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        text = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield text
        else:
            yield from _walk(entry, text)
