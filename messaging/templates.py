"""The words of messages: a default in the code, the province's own wording over it, values put in literally.

A text may hold parts in ⟦…⟧, which only channels that may show telephone numbers send. Messages to citizens
are Vietnamese whatever language the desk works in.
"""

import logging
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)

TITLE_MAX = 100
BODY_MAX = 400
BUTTON_MAX = 30
ELLIPSIS = "…"
# A value is not shortened below this: half a name or half a date helps nobody.
SHORTEST_VALUE = 20

# "Kính gửi Quý ông/bà {ho_ten}": an organisation is greeted by its name alone.
_TO_A_PERSON = re.compile(r"(?:[Qq]uý )?ông/bà (?=\{ho_ten\})")

_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
_PHONE_PART = re.compile(r"⟦([^⟦⟧]*)⟧")
_BRACKETS = re.compile(r"[⟦⟧]")


class BadText(ValueError):
    """A wording that cannot be used; the text says why in Vietnamese."""


class UnknownText(LookupError):
    """No message of this name was registered."""


class MissingPlaceholder(LookupError):
    """A text asks for a value that the caller did not give."""


@dataclass(frozen=True, slots=True)
class Text:
    """Title, body and button of a message, with placeholders."""

    title: str
    body: str
    button: str = ""

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(_PLACEHOLDER.findall(f"{self.title}\n{self.body}\n{self.button}"))


@dataclass(frozen=True, slots=True)
class Rendered:
    """Words ready to be written into the outbox; the body may still hold ⟦…⟧."""

    title: str
    body: str
    button: str = ""


@dataclass(frozen=True, slots=True)
class _Registered:
    text: Text
    placeholders: frozenset[str]


_registry: dict[str, _Registered] = {}


def register(name: str, title: str, body: str, button: str = "", *, placeholders: Iterable[str] = ()) -> None:
    """Give the default words of message `name`; called from AppConfig.ready().

    `placeholders` names values that the default does not use but a province's wording may. Raises
    ValueError for a name that is taken by other words.
    """
    text = Text(title, body, button)
    entry = _Registered(text, text.placeholders | frozenset(placeholders))
    if _registry.setdefault(name, entry) != entry:
        raise ValueError(f"two texts are called {name}")


def names() -> list[str]:
    """Names of all messages that can be worded."""
    return sorted(_registry)


def default(name: str) -> Text:
    """The words in the code; raises UnknownText."""
    return _entry(name).text


def allowed_placeholders(name: str) -> frozenset[str]:
    """The values that a wording of this message may use; raises UnknownText."""
    return _entry(name).placeholders


def check(name: str, text: Text) -> None:
    """Raise BadText unless a province may use these words for message `name`."""
    if name not in _registry:
        raise BadText(_("Không có mẫu tin tên “%(name)s”.") % {"name": name[:60]})
    if not text.title.strip() or not text.body.strip():
        raise BadText(_("Tin phải có tiêu đề và nội dung."))
    for label, value, longest in (
        (_("Tiêu đề"), text.title, TITLE_MAX),
        (_("Nội dung"), text.body, BODY_MAX),
        (_("Chữ trên nút"), text.button, BUTTON_MAX),
    ):
        if len(unicodedata.normalize("NFC", value)) > longest:
            raise BadText(_("%(label)s dài quá %(max)d ký tự.") % {"label": label, "max": longest})
        if value != _storable(value):
            raise BadText(_("%(label)s có ký tự không dùng được.") % {"label": label})
        if _BRACKETS.search(_PHONE_PART.sub("", value)):
            raise BadText(_("%(label)s có dấu ⟦ hoặc ⟧ lẻ.") % {"label": label})
    unknown = sorted(text.placeholders - allowed_placeholders(name))
    if unknown:
        raise BadText(
            _("Mẫu tin này không có chỗ điền: %(unknown)s. Dùng được: %(allowed)s.")
            % {"unknown": ", ".join(unknown), "allowed": ", ".join(sorted(allowed_placeholders(name)))}
        )


def render(name: str, values: Mapping[str, object], *, is_organisation: bool = False) -> Rendered:
    """The words of message `name` in the current province, with `values` in their places.

    An organisation is greeted by its name alone, without "ông/bà".

    Values are put in literally: braces or ⟦⟧ in a person's name do nothing. A body longer than 400
    characters has its longest values shortened first, so that deadlines at its end survive; it never fails
    for length. Raises UnknownText, and MissingPlaceholder while developing and testing; in service a missing
    value is logged and stands as "…", because a dossier must not stop for a word.
    """
    from messaging.models import Template

    own = Template.objects.filter(name=name).first()
    text = Text(own.title, own.body, own.button) if own else default(name)
    known = {key: _clean(value) for key, value in values.items()}
    for missing in sorted(text.placeholders - known.keys()):
        if getattr(settings, "MESSAGING_STRICT_TEXTS", settings.DEBUG):
            raise MissingPlaceholder(f"{name}: {{{missing}}}")
        log.error("message text %s: no value for {%s}", name, missing)
        known[missing] = ELLIPSIS
    return Rendered(
        title=fit(_fill(text.title, known), TITLE_MAX),
        body=_fit_body(_TO_A_PERSON.sub("", text.body) if is_organisation else text.body, known),
        button=fit(_fill(text.button, known), BUTTON_MAX),
    )


def for_channel(body: str, *, may_show_phone: bool, limit: int = BODY_MAX) -> str:
    """The body as one channel sends it: parts in ⟦…⟧ shown or left out, cut at a word to `limit`."""
    shown = _PHONE_PART.sub(r"\1" if may_show_phone else "", body)
    return fit(_BRACKETS.sub("", shown), limit)


def fit(text: str, limit: int) -> str:
    """`text` in NFC, at most `limit` characters: cut at a word, with "…" in the place of what is missing."""
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) <= limit:
        return text
    head = text[: max(limit - len(ELLIPSIS), 0)]
    if not text[len(head)].isspace() and " " in head:
        head = head.rpartition(" ")[0]
    return head.rstrip(" ,.;:–-") + ELLIPSIS


def _fit_body(body: str, values: Mapping[str, str]) -> str:
    used = {key: values[key] for key in _PLACEHOLDER.findall(body)}
    filled = _fill(body, used)
    while (excess := len(_BRACKETS.sub("", filled)) - BODY_MAX) > 0 and used:
        longest = max(used, key=lambda key: len(used[key]))
        if len(used[longest]) <= SHORTEST_VALUE:
            break
        used[longest] = fit(used[longest], max(len(used[longest]) - excess, SHORTEST_VALUE))
        filled = _fill(body, used)
    if len(_BRACKETS.sub("", filled)) > BODY_MAX:
        return for_channel(filled, may_show_phone=False)
    return filled


def _fill(text: str, values: Mapping[str, str]) -> str:
    filled = _PLACEHOLDER.sub(lambda found: values[found[1]], text)
    return unicodedata.normalize("NFC", filled).strip()


def _clean(value: object) -> str:
    """One line of text in NFC without characters that steer the text or that no database can hold."""
    text = _BRACKETS.sub("", _storable(str(value)))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _storable(text: str) -> str:
    text = text.replace("\0", "").encode("utf-8", "ignore").decode()
    return "".join(ch for ch in text if ch in "\r\n\t" or unicodedata.category(ch) != "Cc")


def _entry(name: str) -> _Registered:
    try:
        return _registry[name]
    except KeyError:
        raise UnknownText(name) from None
