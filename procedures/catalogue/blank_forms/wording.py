"""A form in the words of a page."""

from django.utils.translation import gettext as _

from procedures.catalogue.blank_forms.offers import Offer
from tenants.files.inspection import size_in_words


def link_text(offer: Offer) -> str:
    """Return “Tải mẫu CT01 (PDF, 84 KB)”; without the size where the sheet is made anew."""
    facts = ", ".join(filter(None, [offer.kind, "" if offer.size is None else size_in_words(offer.size)]))
    return _("Tải mẫu %(code)s (%(facts)s)") % {"code": offer.label, "facts": facts}
