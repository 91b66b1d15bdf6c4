"""The words of messages: a default in the code, the province's own wording over it, values put in literally.

A text may hold parts in ⟦…⟧, which only channels that may show telephone numbers send. Messages to citizens
are Vietnamese whatever language the desk works in.
"""

import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.outbox.models.provider_templates import Template
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.organisation import catalogue
from tenants.text import ELLIPSIS, StrOrPromise, fit

log = logging.getLogger(__name__)

TITLE_MAX = 100
BODY_MAX = 400
BUTTON_MAX = 30


MORE = "… (xem đủ ở trang kèm tin)"
"""Stands where words of the staff were cut: the rest is on the page behind the button."""
# A value is not shortened below this: half a name or half a date is useless.
SHORTEST_VALUE = 20
# Words of the staff give way first, down to this.
SHORTEST_WORDS = 60
# A channel that shows less than this has no room for MORE.
ROOM_FOR_MORE = 160

# "Kính gửi Quý ông/bà {ho_ten}": an organisation is greeted by its name alone.
_TO_A_PERSON = re.compile(r"(?:[Qq]uý )?ông/bà (?=\{ho_ten\})")

_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
_STRAY = re.compile(r"[{}]")
_PHONE_PART = re.compile(r"⟦([^⟦⟧]*)⟧")
_BRACKETS = re.compile(r"[⟦⟧]")


class BadText(ValueError):
    """A wording that cannot be used; the text says why in Vietnamese."""


class UnknownText(LookupError):
    """No message of this name was registered."""


class MissingPlaceholder(LookupError):
    """A text asks for a value that the caller did not give."""


class Text(NamedTuple):
    """Title, body and button of a message, with placeholders."""

    title: str
    body: str
    button: str = ""

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(_PLACEHOLDER.findall("\n".join(self)))


@dataclass(frozen=True, slots=True)
class Rendered:
    """Words ready to be written into the outbox; the body may still hold ⟦…⟧. `values`: what stands behind
    them, for channels whose providers have forms of their own."""

    title: str
    body: str
    button: str = ""
    values: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


class Kind(Enum):
    """What a message says about those written before it: whether it makes them idle, and is made idle itself."""

    STATUS = "status"
    """The state of a matter: replaces older states that are not sent yet, and gives way to newer ones."""
    CORRECTION = "correction"
    """A correction: replaces older states, and is itself never skipped."""
    ADDITION = "addition"
    """Something beside the state, such as an apology: touches no other message and is touched by none."""


@dataclass(frozen=True, slots=True)
class Traits:
    """How the outbox treats a message. `replaces` and `replaceable`: see Kind.

    `can_wait`: sent only within the province's hours. `in_person`: its reader stands at the desk with the
    paper, so that no call is needed when it cannot be sent. `bulk`: the same text to very many readers: it gives way
    to all others and opens no calls. `in_chat_alone`: part of a conversation, so that no provider template carries it.
    """

    replaces: bool = False
    replaceable: bool = False
    can_wait: bool = False
    in_person: bool = False
    bulk: bool = False
    in_chat_alone: bool = False


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Explanation of a value for staff who edit texts; the sample is invented.

    `may_be_cut`: words of which a part still says something; half a code, a date or a sum says something else.
    """

    meaning: StrOrPromise
    sample: str
    may_be_cut: bool = False


@dataclass(frozen=True, slots=True)
class _Registered:
    text: Text
    placeholders: frozenset[str]
    traits: Traits
    words: frozenset[str]
    label: str


_registry: dict[str, _Registered] = {}
_described: dict[str, Placeholder] = {}


def register(
    name: str,
    title: str,
    body: str,
    button: str = "",
    *,
    placeholders: Iterable[str] = (),
    kind: Kind = Kind.ADDITION,
    can_wait: bool = False,
    in_person: bool = False,
    bulk: bool = False,
    in_chat_alone: bool = False,
    words: Iterable[str] = (),
    label: str = "",
) -> None:
    """Give the default words of message `name`; called from `portal.apps`.

    `placeholders` names values that the default does not use but a province's wording may; `words` names
    those that hold free words of the staff, which are cut first when a message is too long. `label` is how
    lists call the message, its title unless said. Raises ValueError for a name that is taken by other words.
    """
    text = Text(title, body, button)
    traits = Traits(
        replaces=kind in (Kind.STATUS, Kind.CORRECTION),
        replaceable=kind is Kind.STATUS,
        can_wait=can_wait,
        in_person=in_person,
        bulk=bulk,
        in_chat_alone=in_chat_alone,
    )
    entry = _Registered(
        text, text.placeholders | frozenset(placeholders), traits, frozenset(words), label or title
    )
    if _registry.setdefault(name, entry) != entry:
        raise ValueError(f"two texts are called {name}")


FILE = Path(__file__).with_name("messages.yaml")


def register_file() -> None:
    """Give the words of the messages that tell of no dossier; called once, when Django is ready."""
    said = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    describe(placeholders_in(said["placeholders"]))
    for name, options in said["messages"].items():
        register(name, **options)


def placeholders_in(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, Placeholder]:
    """The placeholders that a file of data explains, of which `manage.py messages` has to know."""
    return {
        name: Placeholder(**{**row, "meaning": gettext_lazy(row["meaning"])}) for name, row in rows.items()
    }


def describe(placeholders: Mapping[str, Placeholder]) -> None:
    """Say what placeholders stand for; called from `portal.apps`."""
    _described.update(placeholders)


def names() -> list[str]:
    """Names of all messages that can be worded."""
    return sorted(_registry)


def names_with_forms() -> list[str]:
    """Those of `names` that a provider may have a form for."""
    return [name for name in names() if not _registry[name].traits.in_chat_alone]


def label(name: str) -> str:
    """What lists call this message; a name that is registered no more stands for itself."""
    return _registry[name].label if name in _registry else name


def default(name: str) -> Text:
    return _entry(name).text


def traits(name: str) -> Traits:
    """How the outbox treats this message; the defaults for an unregistered name."""
    entry = _registry.get(name)
    return entry.traits if entry else Traits()


def allowed_placeholders(name: str) -> frozenset[str]:
    """The values that a wording of this message may use; raises UnknownText."""
    return _entry(name).placeholders


def explained_placeholders(name: str) -> dict[str, Placeholder]:
    """The same with what they stand for, in the order in which they were described."""
    allowed = allowed_placeholders(name)
    found = {key: placeholder for key, placeholder in _described.items() if key in allowed}
    return found | {key: Placeholder("", "") for key in sorted(allowed - found.keys())}


def samples(name: str) -> dict[str, str]:
    """An invented value of each placeholder that this message may use."""
    return {key: placeholder.sample or key for key, placeholder in explained_placeholders(name).items()}


def may_be_cut(placeholder: str) -> bool:
    """Whether a value of this placeholder is words that may be shortened."""
    return placeholder in _described and _described[placeholder].may_be_cut


def check(name: str, text: Text) -> None:
    """Raise BadText unless a province may use these words for message `name`."""
    if name not in _registry:
        raise BadText(_("Không có mẫu tin tên “%(name)s”.") % {"name": name[:60]})
    faults = [*_misshapen(text), *_unfillable(name, text)]
    if not text.title.strip() or not text.body.strip():
        faults.insert(0, _("Tin phải có tiêu đề và nội dung."))
    if faults:
        raise BadText(" ".join(faults))


def _misshapen(text: Text) -> Iterator[str]:
    for value, (label, longest) in zip(text, _limits(), strict=True):
        if len(unicodedata.normalize("NFC", value)) > longest:
            yield _("%(label)s dài quá %(max)d ký tự.") % {"label": label, "max": longest}
        if value != storable(value):
            yield _("%(label)s có ký tự không dùng được.") % {"label": label}
        if _BRACKETS.search(_PHONE_PART.sub("", value)):
            yield _("%(label)s có dấu ⟦ hoặc ⟧ lẻ.") % {"label": label}


def _limits() -> list[tuple[str, int]]:
    return [(_("Tiêu đề"), TITLE_MAX), (_("Nội dung"), BODY_MAX), (_("Chữ trên nút"), BUTTON_MAX)]


def _unfillable(name: str, text: Text) -> Iterator[str]:
    unknown = sorted(text.placeholders - allowed_placeholders(name))
    if unknown:
        yield _("Mẫu tin này không có chỗ điền: %(unknown)s. Dùng được: %(allowed)s.") % {
            "unknown": ", ".join(unknown),
            "allowed": ", ".join(sorted(allowed_placeholders(name))),
        }
    if _STRAY.search(_PLACEHOLDER.sub("", "".join(text))):
        yield _("Có dấu { hoặc } lẻ: chỗ điền viết như {ho_ten}, chữ thường không dấu.")


def render(name: str, values: Mapping[str, object], *, is_organisation: bool = False) -> Rendered:
    """The words of message `name` in the current province, with `values` in their places.

    An organisation is greeted by its name alone, without "ông/bà".

    Values are put in literally: braces or ⟦⟧ in a person's name do nothing. A body longer than 400
    characters has the staff's words shortened first, then its longest values, so that deadlines at its end
    survive; it never fails for length. Raises UnknownText, and MissingPlaceholder while developing and
    testing; in service a missing value is logged and stands as "…", because a dossier must not stop for a
    word.
    """
    return render_text(name, wording(name), values, is_organisation=is_organisation)


def wording(name: str) -> Text:
    """The words in use in the current province: its own, or else the default. Raises UnknownText."""
    return catalogue.kept(("wording", name), lambda: _own(name)) or default(name)


def _own(name: str) -> Text | None:
    own = Template.objects.filter(name=name).first()
    return Text(own.title, own.body, own.button) if own else None


def render_text(
    name: str, text: Text, values: Mapping[str, object], *, is_organisation: bool = False
) -> Rendered:
    """As `render`, with words that need not be in use: for looking at them before they are."""
    known = {key: _clean(value) for key, value in values.items()}
    for missing in sorted(text.placeholders - known.keys()):
        if getattr(settings, "MESSAGING_STRICT_TEXTS", settings.DEBUG):
            raise MissingPlaceholder(f"{name}: {{{missing}}}")
        log.error("message text %s: no value for {%s}", name, missing)
        known[missing] = ELLIPSIS
    body = _TO_A_PERSON.sub("", text.body) if is_organisation else text.body
    return Rendered(
        title=fit(_fill(text.title, known), TITLE_MAX),
        body=_fit_body(body, known, _entry(name).words),
        button=fit(_fill(text.button, known), BUTTON_MAX),
        values={key: known[key] for key in sorted(known.keys() & allowed_placeholders(name)) if known[key]},
    )


def for_channel(body: str, *, may_show_phone: bool, limit: int = BODY_MAX) -> str:
    """The body as one channel sends it: parts in ⟦…⟧ shown or left out, cut at a word to `limit`."""
    shown = _PHONE_PART.sub(r"\1" if may_show_phone else "", body)
    return fit(_BRACKETS.sub("", shown), limit, MORE if limit >= ROOM_FOR_MORE else ELLIPSIS)


def tidy(text: str) -> str:
    """Words as typed in a form, in NFC and with one kind of line end."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()


def length(body: str) -> int:
    """How long a body is at most, on a channel that shows all of it."""
    return len(unicodedata.normalize("NFC", _BRACKETS.sub("", body)))


def _fit_body(body: str, values: Mapping[str, str], words: frozenset[str] = frozenset()) -> str:
    used = {key: values[key] for key in _PLACEHOLDER.findall(body)}
    for names, shortest, mark in (
        (words & used.keys(), SHORTEST_WORDS, MORE),
        (used.keys(), SHORTEST_VALUE, ELLIPSIS),
    ):
        used = _shorten(body, used, frozenset(names), shortest, mark)
    filled = _fill(body, used)
    return filled if length(filled) <= BODY_MAX else for_channel(filled, may_show_phone=False)


def _shorten(
    body: str, values: dict[str, str], names: frozenset[str], shortest: int, mark: str
) -> dict[str, str]:
    """The values with these cut to the greatest common length with which the body fits, or to `shortest`."""

    def cut(longest: int) -> dict[str, str]:
        return {
            # What ended a sentence still does.
            key: fit(value, longest, f"{mark}." if value.endswith(".") else mark) if key in names else value
            for key, value in values.items()
        }

    def fits(longest: int) -> bool:
        return length(_fill(body, cut(longest))) <= BODY_MAX

    low, high = shortest, max((len(values[name]) for name in names), default=0)
    if high <= shortest or fits(high):
        return values
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return cut(low)


def _fill(text: str, values: Mapping[str, str]) -> str:
    filled = _PLACEHOLDER.sub(lambda found: values[found[1]], text)
    return unicodedata.normalize("NFC", filled).strip()


def _clean(value: object) -> str:
    text = _BRACKETS.sub("", storable(str(value)))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def storable(text: str) -> str:
    """`text` without what no database takes, and without control characters."""
    text = text.replace("\0", "").encode("utf-8", "ignore").decode()
    return "".join(ch for ch in text if ch in "\r\n\t" or unicodedata.category(ch) != "Cc")


def _entry(name: str) -> _Registered:
    try:
        return _registry[name]
    except KeyError:
        raise UnknownText(name) from None


ROWS = (("Mã hồ sơ", "H15.08-261125-0000"), ("Trạng thái", "Đang xử lý"))
"""Lines under the message in a preview; invented."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in the list: its label, the words in use, and whether they are the province's own."""

    name: str
    label: str
    text: Text
    own: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a wording looks like with sample values, and how long it is then."""

    title: str
    body: str
    button: str
    lengths: tuple[tuple[str, int, int], ...]
    is_cut: bool


def entries() -> list[Entry]:
    own = {row.name: Text(row.title, row.body, row.button) for row in Template.objects.all()}
    found = [Entry(name, label(name), own.get(name, default(name)), name in own) for name in names()]
    return sorted(found, key=lambda entry: (entry.label.startswith("Đơn:"), entry.label))


def reword(name: str, text: Text, *, actor: User) -> None:
    """Let these words be used from now on. Raises BadText with every fault in a sentence.

    The standard words given back as they are make the message follow the standard again. Messages already
    written keep their words.
    """
    text = Text(*map(tidy, text))
    check(name, text)
    if text == default(name):
        restore(name, actor=actor)
        return
    with transaction.atomic():
        before = wording(name)
        if before == text:
            return
        Template.objects.update_or_create(name=name, defaults=text._asdict())
        audit.record("wording.change", f"wording:{name}", actor=actor, before=list(before), after=list(text))


def restore(name: str, *, actor: User) -> bool:
    """Give up the province's own words for the standard ones; False where there are none to give up."""
    with transaction.atomic():
        own = Template.objects.select_for_update().filter(name=name).first()
        if own is None:
            return False
        words = [own.title, own.body, own.button]
        audit.record("wording.restore", f"wording:{name}", actor=actor, before=words)
        own.delete()
    return True


def preview(name: str, text: Text) -> Preview:
    """The words as a telephone shows them, filled with invented values. Raises BadText as `reword`."""
    text = Text(*map(tidy, text))
    check(name, text)
    shown = render_text(name, text, samples(name))
    body = for_channel(shown.body, may_show_phone=True)
    return Preview(
        title=shown.title,
        body=body,
        button=shown.button,
        lengths=tuple(
            (label, len(part), longest)
            for part, (label, longest) in zip((shown.title, body, shown.button), _limits(), strict=True)
        ),
        is_cut=body.endswith(ELLIPSIS) or MORE in body,
    )
