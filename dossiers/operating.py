"""What the operators' board says of a province's dossiers: how much their files take. Never which they are."""

from django.db.models import Count, Sum
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.models import Attachment
from tenants.operating import board
from tenants.operating.board import Cell, Column
from tenants.records import ProvinceRecord


def register() -> None:
    """Add the column of files."""
    board.register(Column("files", gettext_lazy("Tệp"), files, 50))


def files(record: ProvinceRecord) -> Cell:
    """How many files there are, and how much they take."""
    found = Attachment.objects.aggregate(count=Count("pk"), size=Sum("size"))
    return Cell(filesizeformat(found["size"] or 0), hint=_("%(count)d tệp") % {"count": found["count"]})
