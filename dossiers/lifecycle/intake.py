"""The data that a desk enters to receive a dossier, its validation, and the next dossier code."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext as _

from dossiers.lifecycle.errors import IntakeRefused, NotPossible
from dossiers.lifecycle.models import DailyCounter, Dossier, Party
from dossiers.lifecycle.rules.codes import ID_NUMBER, CodeError, format_dossier_code
from messaging.channels.base import Channel, UnknownChannel, registry
from tenants import phone_numbers
from tenants.organisation.models import Agency
from tenants.validation import is_plain_text, visible

LONG_NUMBER = re.compile(r"(?:[0-9][ .-]?){9,}")
"""The number of an identity paper, which free words must not hold."""
MAX_LENGTH = {"name": 200, "address": 250, "id_number": 20, "phone": 40}
MAX_NOTE = 2000
MAX_PAPERS, MAX_PAPER = 50, 300
MAX_CODE = 35
MAX_DELIVERY = 300


@dataclass(frozen=True)
class PersonData:
    """A person or organisation as typed at the desk."""

    name: str
    kind: str = "person"
    id_number: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True)
class Intake:
    """Everything that receiving needs. Agencies and procedure are named by their codes.

    `submitter` absent: the owner came in person. `recipient` absent: notices go to the submitter, who is
    there to agree. `consents` names the channels the recipient agreed to for notices, `news` those
    for news of the province; both are empty unless ticked. `addresses` says by kind where else than at the telephone number these channels reach them.
    `support_point` is named only where another agency takes papers in for the competent one.
    """

    procedure_code: str
    owner: PersonData
    receiving_agency: str
    competent_agency: str = ""
    support_point: str = ""
    submitter: PersonData | None = None
    recipient: PersonData | None = None
    consents: frozenset[str] = frozenset()
    news: frozenset[str] = frozenset()
    addresses: Mapping[str, str] = field(default_factory=dict)
    channel: str = "counter"
    documents: tuple[str, ...] = ()
    result_delivery: str = ""
    note: str = ""


def clean_phone(text: str) -> str:
    """A Vietnamese number as digits from 0 ("+84 912.345.678" → "0912345678"); as typed if it is none."""
    try:
        return phone_numbers.normalise(text)
    except phone_numbers.BadPhone:
        return re.sub(r"\A(?:\+84|0084|84)", "0", re.sub(r"[\s.\-()]", "", text[:40]))


def check(intake: Intake, channels: Collection[str] | None = None) -> Intake:
    """The intake with tidy values; raises IntakeRefused naming every field that cannot be taken.

    `channels` may be agreed to; None: those that are switched on.
    """
    known = set(settings.MESSAGING_CHANNELS if channels is None else channels)
    problems: dict[str, str] = {}
    people: dict[str, Any] = {
        role: _tidy(person)
        for role in ("owner", "submitter", "recipient")
        if (person := getattr(intake, role)) is not None
    }
    for role, person in people.items():
        problems.update({f"{role}_{name}": sentence for name, sentence in _faults(person)})
    recipient = people.get("recipient") or people.get("submitter") or people["owner"]
    for name in ("consents", "news"):
        agreed = getattr(intake, name)
        if agreed and not phone_numbers.MOBILE.match(recipient.phone):
            problems[name] = _("Muốn nhận tin báo thì phải có số điện thoại di động của người nhận.")
        if not agreed <= known:
            problems[name] = _("Không có kênh nhận tin này.")
    addresses, faults = check_addresses(intake.consents | intake.news, intake.addresses)
    problems.update(faults)
    problems.update(_form_faults(intake))
    if problems:
        raise IntakeRefused(problems)
    return replace(intake, addresses=addresses, **people)


def are_fit_papers(papers: tuple[str, ...]) -> bool:
    """Whether a list of papers can be stored and shown: not too many, none too long."""
    return len(papers) <= MAX_PAPERS and all(
        len(paper) <= MAX_PAPER and is_plain_text(paper) for paper in papers
    )


def is_fit_note(note: str) -> bool:
    """Whether free words can be stored and shown."""
    return len(note) <= MAX_NOTE and is_plain_text(note)


def check_note(note: str, *, when_empty: str = "", when_number: str = "") -> None:
    """Raise NotPossible for free words that cannot be stored and shown; with a sentence for it, also for none, or
    for words with the number of an identity paper or a telephone."""
    if when_empty and not note.strip():
        raise NotPossible(when_empty)
    if not is_fit_note(note):
        raise NotPossible(_("Nội dung nhập quá dài hoặc có ký tự không hợp lệ."))
    if when_number and LONG_NUMBER.search(note):
        raise NotPossible(when_number)


def _form_faults(intake: Intake) -> Iterator[tuple[str, str]]:
    """Faults outside the people's own fields."""
    if not is_fit_note(intake.note):
        yield "note", _("Ghi chú quá dài hoặc có ký tự không hợp lệ.")
    if not are_fit_papers(intake.documents):
        yield "documents", _("Danh sách giấy tờ quá dài hoặc có ký tự không hợp lệ.")
    if len(intake.result_delivery) > MAX_DELIVERY or not is_plain_text(intake.result_delivery):
        yield "result_delivery", _("Cách nhận kết quả quá dài hoặc có ký tự không hợp lệ.")
    if intake.channel not in Dossier.Channel.values:
        yield "channel", _("Không có hình thức nộp này.")
    yield from code_faults(intake)


def code_faults(intake: Intake) -> Iterator[tuple[str, str]]:
    """Names and sentences of the codes that are no codes at all."""
    for name in ("procedure_code", "receiving_agency", "competent_agency", "support_point"):
        code = getattr(intake, name)
        if len(code) > MAX_CODE or not is_plain_text(code):
            yield name, _("Mã quá dài hoặc có ký tự không hợp lệ.")


def _tidy(person: PersonData) -> PersonData:
    return PersonData(
        name=" ".join(visible(person.name).split()),
        kind=person.kind,
        id_number=re.sub(r"[\s.]", "", person.id_number),
        phone=clean_phone(person.phone),
        address=" ".join(visible(person.address).split()),
    )


def _faults(person: PersonData) -> Iterator[tuple[str, str]]:
    for name, limit in MAX_LENGTH.items():
        value = getattr(person, name)
        if len(value) > limit:
            yield name, _("Nội dung quá dài, tối đa %(limit)d ký tự.") % {"limit": limit}
            return
        if not is_plain_text(value):
            yield name, _("Nội dung có ký tự không hợp lệ.")
            return
    if person.kind not in Party.Kind.values:
        yield "kind", _("Chủ thể phải là cá nhân hoặc tổ chức.")
    if not person.name:
        yield "name", _("Xin nhập họ tên hoặc tên tổ chức.")
    if person.phone and not (
        phone_numbers.MOBILE.match(person.phone) or phone_numbers.LANDLINE.match(person.phone)
    ):
        yield "phone", _("Xin nhập số điện thoại 10 chữ số, ví dụ 0912345678.")
    if person.id_number and not ID_NUMBER.match(person.id_number):
        yield "id_number", _("Số định danh có 12 chữ số, mã số thuế có 10 chữ số.")


ADDRESS_PREFIX = "address_"
MAX_ADDRESS = 254


def typed_address_kinds() -> dict[str, Channel]:
    """Each kind of address that people can say and a clerk can type, with the first channel that wants it.

    A channel whose readers do not know their id by heart declares `typed_at_desk = False`.
    """
    kinds: dict[str, Channel] = {}
    for channel in map(registry.get, settings.MESSAGING_CHANNELS):
        if channel.address_kind != "phone" and channel.typed_at_desk:
            kinds.setdefault(channel.address_kind, channel)
    return kinds


def check_addresses(
    channels: Collection[str], typed: Mapping[str, str], known: Collection[str] = ()
) -> tuple[dict[str, str], dict[str, str]]:
    """The addresses that go with the `channels` agreed to, as their channels write them; and what is wrong,
    by field. `known`: kinds that need not be typed. What belongs to no channel agreed to is left out."""
    good: dict[str, str] = {}
    problems: dict[str, str] = {}
    for kind in dict.fromkeys(_kind_of(code) for code in channels):
        channel = typed_address_kinds().get(kind)
        if channel is None:
            continue
        text = typed.get(kind, "").strip()
        if not text and kind in known:
            continue
        if not text:
            problems[ADDRESS_PREFIX + kind] = _("Muốn nhận tin qua %(channel)s thì phải có địa chỉ.") % {
                "channel": channel.name
            }
        elif len(text) > MAX_ADDRESS:
            problems[ADDRESS_PREFIX + kind] = _("Nội dung quá dài, tối đa %(limit)d ký tự.") % {
                "limit": MAX_ADDRESS
            }
        else:
            try:
                good[kind] = channel.normalise(text)
            except ValueError as error:
                problems[ADDRESS_PREFIX + kind] = str(error)
    return good, problems


def _kind_of(code: str) -> str:
    try:
        return registry.get(code).address_kind
    except UnknownChannel:
        return ""


def next_code(agency: Agency, day: date) -> str:
    """The next code of this agency on this day (QĐ 20/2020/QĐ-TTg; four digits, more when a day needs them).

    Raises IntakeRefused where no code can be made.
    """
    number = next_number(DailyCounter, agency_id=agency.pk, day=day)
    try:
        return format_dossier_code(agency.code, day, number)
    except CodeError as error:
        raise IntakeRefused({"receiving_agency": _(error.message) % error.params}) from None


def next_number(counter: type[Model], **key: Any) -> int:
    """The next number of this counter under a key, by its columns; its row is locked until the transaction ends.

    So parallel callers of one key stand in line, numbers have no holes, and two keys never wait for each other.
    """
    table, columns = connection.ops.quote_name(counter._meta.db_table), ", ".join(key)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}, last) VALUES ({'%s, ' * len(key)}1) "  # noqa: S608 – constant names
            f"ON CONFLICT ({columns}) DO UPDATE SET last = {table}.last + 1 RETURNING last",
            list(key.values()),
        )
        (number,) = cursor.fetchone()
    return int(number)
