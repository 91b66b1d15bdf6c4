"""What a desk hands over to receive a dossier, and when it is fit to be taken."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields

from django.utils.translation import gettext as _

from dossiers.errors import IntakeRefused

MAX_LENGTH = {"name": 200, "address": 250, "id_number": 14, "phone": 16}
PHONE = re.compile(r"\A0(?:[35789]\d{8}|2\d{8,9})\Z")
MOBILE = re.compile(r"\A0[35789]\d{8}\Z")
ID_NUMBER = re.compile(r"\A(?:\d{12}|\d{10}(?:-\d{3})?|\d{9})\Z")


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
    there to agree. `consents` names the channels the recipient agreed to; it is empty unless ticked.
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
    channel: str = "counter"
    documents: tuple[str, ...] = ()
    result_delivery: str = ""
    note: str = ""


def clean_phone(text: str) -> str:
    """A Vietnamese number as ten or eleven digits from 0: "+84 912.345.678" → "0912345678"."""
    digits = re.sub(r"[\s.\-()]", "", text)
    return re.sub(r"\A(?:\+84|84(?=\d{9,10}\Z))", "0", digits)


def check(intake: Intake) -> Intake:
    """The intake with tidy values; raises IntakeRefused naming every field that cannot be taken."""
    problems: dict[str, str] = {}
    people = {
        role: _tidy(person)
        for role in ("owner", "submitter", "recipient")
        if (person := getattr(intake, role)) is not None
    }
    for role, person in people.items():
        problems.update({f"{role}_{name}": sentence for name, sentence in _faults(person)})
    recipient = people.get("recipient") or people.get("submitter") or people["owner"]
    if intake.consents and not MOBILE.match(recipient.phone):
        problems["consents"] = _("Muốn nhận tin báo thì phải có số điện thoại di động của người nhận.")
    if len(intake.note) > 2000 or not is_plain_text(intake.note):
        problems["note"] = _("Ghi chú quá dài hoặc có ký tự không hợp lệ.")
    if problems:
        raise IntakeRefused(problems)
    values = {one.name: getattr(intake, one.name) for one in fields(intake)}
    return Intake(**{**values, **people})


def is_plain_text(text: str) -> bool:
    """False for text that a database or a page cannot hold: NUL, other controls, lone surrogates."""
    return not any(
        (ord(character) < 32 and character not in "\n\r\t") or 0xD800 <= ord(character) <= 0xDFFF
        for character in text
    )


def _tidy(person: PersonData) -> PersonData:
    return PersonData(
        name=" ".join(person.name.split()),
        kind=person.kind,
        id_number=re.sub(r"[\s.]", "", person.id_number),
        phone=clean_phone(person.phone),
        address=" ".join(person.address.split()),
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
    if not person.name:
        yield "name", _("Xin nhập họ tên hoặc tên tổ chức.")
    if person.phone and not PHONE.match(person.phone):
        yield "phone", _("Xin nhập số điện thoại 10 chữ số, ví dụ 0912345678.")
    if person.id_number and not ID_NUMBER.match(person.id_number):
        yield "id_number", _("Số định danh có 12 chữ số, mã số thuế có 10 chữ số.")


__all__ = ["Intake", "PersonData", "check", "clean_phone", "is_plain_text"]
