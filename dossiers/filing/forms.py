"""Which form a procedure is filed with, and which kind of draft may begin."""

from dossiers.filing.models import FilingDraft, FilingFormVersion
from dossiers.lifecycle import access_links
from messaging.outbox.one_time_codes import codes, delivery
from procedures.catalogue.contents.filing_place import filing_desks
from procedures.catalogue.models import FilingMode, Procedure
from tenants.organisation import catalogue

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
    where the procedure has no form, no desk that could take the filing, or is filed at the national portal
    (NĐ 224/2026/NĐ-CP, Điều 15.1)."""
    if not procedure.handled or in_force(procedure.code) is None:
        return None
    if procedure.filing_mode == FilingMode.LOCAL:
        if not filing_desks(procedure):
            return None
        return FilingDraft.Kind.FILE if delivery.can_send(PURPOSE) else FilingDraft.Kind.PREPARE
    return FilingDraft.Kind.PREPARE if procedure.filing_mode == FilingMode.COUNTER else None
