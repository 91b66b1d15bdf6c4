"""A poster: one QR code that anybody's telephone can read, and the same address in words."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from tenants.web import qr


@dataclass(frozen=True, slots=True)
class Poster:
    """What hangs on a wall. `url` is a full address; `back` the page that the poster was opened from."""

    title: str
    lead: str
    url: str
    back: str
    place: str = ""
    phone: str = ""
    hours: str = ""

    @property
    def qr(self) -> SafeString:
        """The code with its quiet zone; the stylesheet says how large it is."""
        return qr.svg(self.url)

    @property
    def address(self) -> str:
        """The address as people type it: without https://, which browsers add, and without the last slash."""
        return self.url.removeprefix("https://").removeprefix("http://").rstrip("/")

    @property
    def address_parts(self) -> list[str]:
        """The address in the parts between which a line may break: after each slash."""
        *before, last = self.address.split("/")
        return [*(f"{part}/" for part in before), last]
