"""Whether what the province handles can be promised: agency, term and fee of each procedure; for `province check`.

Where the law prescribes no term or no fee, the province says so with its source: silence is not an answer.
"""

from collections.abc import Iterator

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.catalogue.contents.filing_place import filing_desks
from procedures.catalogue.models import Channel, Fee, FilingMode, Level, Origin, Procedure
from procedures.catalogue.versions import NATIONAL_TEXT
from tenants import clock
from tenants.folder import readiness
from tenants.folder.readiness import Check, Finding, State

SHOWN = 5
ASKS_THE_COUNTER = "Hỏi số tiền"
"""In the notes of our explanations on fees that a province sets."""
TABLE = "procedures.procedure"
COLUMNS = {
    "agency__name": gettext_lazy("%(count)d thủ tục giao một cơ quan: %(value)s"),
    "no_term_source": gettext_lazy("%(count)d thủ tục không có thời hạn theo một quyết định: %(value)s"),
    "no_fee_source": gettext_lazy("%(count)d thủ tục không thu theo một quyết định: %(value)s"),
}


def _look() -> Iterator[Finding]:
    handled = Procedure.objects.filter(state=Procedure.State.ACTIVE, handled=True)
    count = handled.count()
    title = _("Tỉnh giải quyết %(count)d thủ tục") % {"count": count}
    if count:
        yield Finding("catalogue.handled", title)
    else:
        fix = _("Chọn lĩnh vực trong catalogue.yaml rồi province apply.")
        yield Finding("catalogue.handled", title, State.BLOCKED, _("Chưa chọn thủ tục nào."), fix)
    dissolved = Q(agency__dissolved_on__lte=clock.today())
    # What a commune resolves is resolved where it is received: its agency is that commune. What is also resolved
    # at the level of the province needs its agency there.
    communal = Q(levels__contains=[Level.COMMUNE]) & ~Q(levels__contains=[Level.PROVINCE])
    yield _finding(
        "catalogue.agency",
        _("Mỗi thủ tục có cơ quan giải quyết của tỉnh"),
        handled.exclude(communal).filter(Q(agency=None) | dissolved),
        _("Ghi agencies trong catalogue.yaml, hoặc agency trong procedures.csv, rồi apply."),
    )
    yield _finding(
        "catalogue.term",
        "; ".join(
            [_("Mỗi thủ tục có thời hạn, hoặc văn bản nêu là không quy định"), *answered("no_term_source")]
        ),
        handled.filter(Q(current_version=None) | Q(current_version__term_unit=""), no_term_source=""),
        _("Ghi thời hạn vào terms.csv, hoặc no_terms kèm văn bản trong catalogue.yaml, rồi apply."),
    )
    # The national portal is the rule where it has the procedure (NĐ 224/2026/NĐ-CP, Điều 15.1).
    local = handled.filter(filing_mode=FilingMode.LOCAL, channels__contains=[Channel.ONLINE])
    yield _finding(
        "catalogue.filing_decision",
        _("Thủ tục nộp trực tuyến tại đây có văn bản cho phép"),
        local.filter(Q(filing_decision="") | Q(filing_decided_on=None)),
        _(
            "Ghi filing_decision và filing_decided_on vào procedures.csv, hoặc bỏ filing_mode local, rồi apply."
        ),
    )
    here = handled.filter(filing_mode=FilingMode.LOCAL)
    yield _finding(
        "catalogue.filing_desk",
        _("Thủ tục nộp trực tuyến tại đây có nơi nhận"),
        here.filter(pk__in=[procedure.pk for procedure in here if not filing_desks(procedure)]),
        _("Ghi agency vào procedures.csv, hoặc thêm nơi tiếp nhận của cấp giải quyết, rồi apply."),
    )
    # The kind of a fee says neither how much it is nor how it is set; the national portal prints “Miễn phí” also
    # where no amount was entered; and a note that sends people to ask is no answer of the province.
    said = (
        Fee.objects.exclude(amount=None, note="")
        .exclude(amount=0, version__text_source=NATIONAL_TEXT, version__fee_source=Origin.NATIONAL)
        .exclude(amount=None, note__contains=ASKS_THE_COUNTER)
    )
    yield _finding(
        "catalogue.fee",
        "; ".join([_("Mỗi thủ tục có mức thu, hoặc văn bản nêu là không thu"), *answered("no_fee_source")]),
        handled.filter(no_fee_source="").exclude(current_version__in=said.values("version")),
        _("Ghi phí vào procedures.csv, hoặc no_fees kèm văn bản trong catalogue.yaml, rồi apply."),
    )


def answered(name: str) -> list[str]:
    """How many procedures one decision of COLUMNS answers for: one line of a folder can turn hundreds green."""
    handled = Procedure.objects.filter(state=Procedure.State.ACTIVE, handled=True, **{f"{name}__gt": ""})
    rows = handled.values_list(name).annotate(n=Count("pk")).filter(n__gt=1).order_by("-n", name)[:SHOWN]
    return [COLUMNS[name] % {"value": value, "count": count} for value, count in rows]


def _finding(id: str, title: str, lacking: QuerySet[Procedure], fix: str) -> Finding:
    count = lacking.count()
    if not count:
        return Finding(id, title)
    first = ", ".join(lacking.order_by("code").values_list("code", flat=True)[:SHOWN])
    cause = _("%(count)d thủ tục chưa có: %(codes)s%(more)s.")
    names = {"count": count, "codes": first, "more": ", …" if count > SHOWN else ""}
    return Finding(id, title, State.BLOCKED, cause % names, fix, table=TABLE)


CHECK = Check(
    "catalogue",
    gettext_lazy("Thủ tục có cơ quan giải quyết, thời hạn, phí"),
    readiness.Level.GOLIVE,
    _look,
    waived_in_demo=True,
)
