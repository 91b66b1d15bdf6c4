"""The province's own words: changed and given up here, each with its trace, and looked at before that."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.models import Template
from messaging.texts import templates
from messaging.texts.templates import BadText, Text
from tenants.accounts.models import User
from tenants.audit import log

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
class Look:
    """What a wording looks like with sample values, and how long it is then."""

    title: str
    body: str
    button: str
    lengths: tuple[tuple[str, int, int], ...]
    is_cut: bool


def entries() -> list[Entry]:
    """All messages of the installation, by label."""
    own = {row.name: Text(row.title, row.body, row.button) for row in Template.objects.all()}
    found = [
        Entry(name, templates.label(name), own.get(name, templates.default(name)), name in own)
        for name in templates.names()
    ]
    return sorted(found, key=lambda entry: (entry.label.startswith("Đơn:"), entry.label))


def reword(name: str, text: Text, *, actor: User) -> None:
    """Let these words be used from now on. Raises BadText with every fault in a sentence.

    The standard words given back as they are make the message follow the standard again. Messages already
    written keep their words.
    """
    text = Text(*(templates.tidy(value) for value in (text.title, text.body, text.button)))
    templates.check(name, text)
    if text == templates.default(name):
        restore(name, actor=actor)
        return
    with transaction.atomic():
        before = templates.wording(name)
        if before == text:
            return
        Template.objects.update_or_create(
            name=name, defaults={"title": text.title, "body": text.body, "button": text.button}
        )
        log.record(
            "wording.change", f"wording:{name}", actor=actor, before=_words(before), after=_words(text)
        )


def restore(name: str, *, actor: User) -> bool:
    """Give up the province's own words for the standard ones; False where there are none to give up."""
    with transaction.atomic():
        own = Template.objects.select_for_update().filter(name=name).first()
        if own is None:
            return False
        log.record(
            "wording.restore",
            f"wording:{name}",
            actor=actor,
            before=_words(Text(own.title, own.body, own.button)),
        )
        own.delete()
    return True


def look(name: str, text: Text) -> Look:
    """The words as a telephone shows them, filled with invented values. Raises BadText as `reword`."""
    text = Text(*(templates.tidy(value) for value in (text.title, text.body, text.button)))
    templates.check(name, text)
    samples = {
        key: placeholder.sample or key for key, placeholder in templates.explained_placeholders(name).items()
    }
    shown = templates.render_text(name, text, samples)
    body = templates.for_channel(shown.body, may_show_phone=True)
    return Look(
        title=shown.title,
        body=body,
        button=shown.button,
        lengths=(
            (_("Tiêu đề"), len(shown.title), templates.TITLE_MAX),
            (_("Nội dung"), len(body), templates.BODY_MAX),
            (_("Chữ trên nút"), len(shown.button), templates.BUTTON_MAX),
        ),
        is_cut=body.endswith(templates.ELLIPSIS) or templates.MORE in body,
    )


def _words(text: Text) -> list[str]:
    return [text.title, text.body, text.button]


__all__ = ["BadText", "Entry", "Look", "entries", "look", "restore", "reword"]
