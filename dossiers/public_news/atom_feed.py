"""The newest announcements as an Atom feed, in Vietnamese."""

from datetime import datetime

from django.urls import reverse
from django.utils import translation
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from messaging import announcements
from tenants.isolation.context import current_province
from tenants.web.absolute_urls import absolute

ENTRIES = 20


def atom() -> str:
    """The feed as XML."""
    with translation.override("vi"):
        province = current_province()
        feed = Atom1Feed(
            title=_("Thông báo – %(name)s") % {"name": province.name},
            link=absolute(reverse("announcements")),
            feed_url=absolute(reverse("announcements-atom")),
            description=None,
            language="vi",
        )
        for one in announcements.current().select_related("issuer")[:ENTRIES]:
            address = absolute(reverse("announcement", args=[one.pk]))
            feed.add_item(
                title=one.title,
                link=address,
                unique_id=address,
                description=one.summary,
                author_name=one.issuer.name if one.issuer else province.name,
                pubdate=_moment(one.publish_from),
                updateddate=_moment(one.corrected_at or one.publish_from),
            )
        return str(feed.writeString("utf-8"))


def _moment(at: datetime | None) -> datetime | None:
    return at.replace(microsecond=0) if at else None
