"""The poster of a procedure: who scans it reads what to bring, how long it takes and what it costs."""

from django.urls import reverse
from django.utils.translation import gettext as _

from procedures.models import Procedure
from tenants.isolation.context import current_province
from tenants.web.absolute_urls import absolute
from tenants.web.qr import Poster


def of_procedure(code: str) -> Poster | None:
    """The poster of the procedure of this code; None where the province shows no such procedure.

    It names the desk of the agency that settles it, and of one without a telephone the province's.
    """
    found = Procedure.objects.select_related("agency").filter(code=code, current_version__isnull=False)
    procedure = found.exclude(state=Procedure.State.HIDDEN).first()
    if procedure is None:
        return None
    page, province = reverse("procedure", args=[procedure.code]), current_province()
    agency = procedure.agency.living if procedure.agency and procedure.handled else None
    has_phone = bool(agency and agency.phone)
    return Poster(
        title=procedure.short_name,
        lead=_("Quét mã để xem cần giấy tờ gì, mất bao lâu, lệ phí bao nhiêu và nộp ở đâu"),
        url=absolute(page),
        back=page,
        place=agency.name if agency else province.name,
        phone=agency.phone if agency and has_phone else province.hotline,
        hours=agency.hours if agency and agency.hours else province.hours,
    )
