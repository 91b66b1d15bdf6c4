"""Which form a procedure is filed with, which kind of draft may begin, and the communes in the addresses of a form: the codes
under which they are kept, and the office that they name."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from dossiers.filing.models import FilingDraft, FilingFormVersion
from dossiers.filing.rules.form import FilingForm
from dossiers.filing.rules.question_types import COMMUNE_CODE
from dossiers.filing.rules.questions import Question
from dossiers.lifecycle import access_links
from messaging.outbox.one_time_codes import codes, delivery
from procedures.catalogue.contents.filing_place import filing_desks
from procedures.catalogue.models import FilingMode, Procedure
from tenants.isolation.context import current_province
from tenants.organisation import catalogue
from tenants.organisation.communes import authority_of, commune_of, official_province
from tenants.organisation.models import Agency

PURPOSE = access_links.CODE_PURPOSE


def register() -> None:
    """Called once, when Django is ready."""
    codes.register_purpose(PURPOSE, "điền và nộp hồ sơ")


def in_force(procedure_code: str) -> FilingFormVersion | None:
    """The form with which drafts of this procedure begin; None where it has none, or none any more.

    Kept while the catalogue stays as it is.
    """

    def read() -> FilingFormVersion | None:
        newest = FilingFormVersion.newest(procedure_code)
        return None if newest is None or newest.is_withdrawn else newest

    return catalogue.kept(("filing form", procedure_code), read)


def version(pk: int) -> FilingFormVersion:
    """The version that a draft pins, kept as long as `in_force`. Raises FilingFormVersion.DoesNotExist."""
    return catalogue.kept(("filing form version", pk), lambda: FilingFormVersion.objects.get(pk=pk))


def kind_offered(procedure: Procedure) -> str | None:
    """How a citizen may begin: `file`, `prepare` where no channel carries a code or only the desk takes papers, None
    where nobody may."""
    if not procedure.handled or in_force(procedure.code) is None or not is_open(procedure):
        return None
    online = procedure.filing_mode == FilingMode.LOCAL and delivery.can_send(PURPOSE)
    return FilingDraft.Kind.FILE if online else FilingDraft.Kind.PREPARE


def is_open(procedure: Procedure) -> bool:
    """Whether a citizen may begin where there is a form: not without a desk that could take the filing, nor where it is
    filed at the national portal (NĐ 224/2026/NĐ-CP, Điều 15.1)."""
    by_desk = procedure.filing_mode == FilingMode.LOCAL and bool(filing_desks(procedure))
    return procedure.handled and (by_desk or procedure.filing_mode == FilingMode.COUNTER)


def name_today(address: Mapping[str, Any]) -> str:
    """The commune of an address by its code, as it is called today; for one without a code as it was typed."""
    authority = catalogue.agency_by_code(address.get(COMMUNE_CODE, ""))
    return (commune_of(authority.living) if authority else "") or str(address.get("commune", ""))


def authority_chosen(form: FilingForm, answers: Mapping[str, Mapping[str, Any]]) -> Agency | None:
    """The highest agency of the commune by whose address the form says where it is settled."""
    given = (page.get(form.desk) for page in answers.values() if form.desk)
    address = next((one for one in given if isinstance(one, Mapping)), {})
    return authority_of(name_today(address))


def chosen_sentence(chosen: Agency, settles: Agency) -> str:
    """Which commune the citizen chose, and which office will settle the dossier."""
    sentence = _("Người nộp chọn %(commune)s. Hồ sơ này sẽ do %(agency)s giải quyết.")
    return sentence % {"commune": commune_of(chosen), "agency": settles.name}


def offered(question: Question, known: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The different addresses among the answers `known` that may be taken over as the answer to an address question, by
    the names of their questions."""
    found: dict[str, dict[str, Any]] = {}
    own = current_province().name
    for name in question.same_as:
        value = known.get(name)
        if not isinstance(value, Mapping):
            continue
        address = {"province": own, **value}
        if question.places == "here" and address.pop("province") != own:
            continue
        if address not in found.values():
            found[name] = address
    return found


def with_codes(form: FilingForm | None, page: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of a page, each address with the official name of its province, and in a commune of this province with
    the name and code of that commune's authority."""
    found = form.page(page) if form else None
    types = {one.name: one for one in found.questions} if found else {}
    return {name: _located(types[name], one) if name in types else one for name, one in values.items()}


def _located(question: Question, value: Any) -> Any:
    if question.type == "repeat" and isinstance(value, list):
        inner = {one.name: one for one in question.questions}
        return [{name: _located(inner[name], one) for name, one in row.items()} for row in value]
    if question.type != "address" or not isinstance(value, Mapping):
        return value
    address = {key: text for key, text in value.items() if key != COMMUNE_CODE}
    if "province" in address:
        address["province"] = official_province(address["province"]) or address["province"]
    province = address.get("province", current_province().name)
    authority = authority_of(address.get("commune", ""))
    if authority is None or province.casefold() != current_province().name.casefold():
        return address
    return {**address, "commune": commune_of(authority), COMMUNE_CODE: authority.code}
