"""Links to the page before and the page after in a public list."""

from typing import Any

from django.utils.translation import gettext as _


def pagination(page: Any, path: str) -> dict[str, str] | None:
    """Addresses of the pages before and after, in the shape the templates use; None for a single page."""
    if page.paginator.num_pages <= 1:
        return None
    return {
        "previous_url": f"{path}?trang={page.previous_page_number()}" if page.has_previous() else "",
        "next_url": f"{path}?trang={page.next_page_number()}" if page.has_next() else "",
        "text": _("Trang %(page)d trên %(pages)d") % {"page": page.number, "pages": page.paginator.num_pages},
    }
