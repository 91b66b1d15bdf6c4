"""What a person chooses for a report, by the names it has in addresses."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from dossiers.desk.form_fields import day_field
from dossiers.reports import query
from dossiers.reports.query import Asked, Kind, Span
from tenants import clock
from tenants.accounts.models import User

DEFAULTS = {"loai": Kind.AGENCY.value, "ky": Span.MONTH.value}
EARLIEST = 2000


class ReportForm(forms.Form):
    """Which report, of which agency, over which days."""

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        self.agencies = {agency.code: agency for agency in query.agencies_for(actor).select_related("parent")}
        offered = [(kind.value, kind.label) for kind in query.kinds_for(actor)]
        # What is not offered is refused by who decides, with the reason.
        self.fields["loai"] = _choice(gettext_lazy("Báo cáo"), Kind.choices)
        self.fields["loai"].widget.choices = offered
        self.fields["co-quan"] = _choice(
            gettext_lazy("Cơ quan"),
            [
                ("", _("Tất cả trong phạm vi của tôi")),
                *((code, f"{agency.name} ({code})") for code, agency in self.agencies.items()),
            ],
            required=False,
        )
        self.fields["ky"] = _choice(gettext_lazy("Kỳ"), Span.choices)
        self.fields["tu"] = day_field(gettext_lazy("Từ ngày"))
        self.fields["den"] = day_field(gettext_lazy("Đến ngày"))
        for name in ("tu", "den"):
            # Said once, under both.
            self.fields[name].help_text = ""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if "ky" not in values or self.errors:
            return values
        span, today = Span(values["ky"]), clock.today()
        if span is not Span.DAYS:
            self.days = query.days_of(span, today)
            return values
        for name in ("tu", "den"):
            if values.get(name) is None:
                self.add_error(name, _("Xin nhập ngày."))
        if not self.errors:
            self.days = values["tu"], values["den"]
            self._check_days(*self.days, today)
        return values

    def _check_days(self, first: date, last: date, today: date) -> None:
        if first.year < EARLIEST:
            self.add_error("tu", _("Xin chọn ngày từ năm %(year)s trở đi.") % {"year": EARLIEST})
        elif first > today:
            self.add_error("tu", _("Kỳ này chưa bắt đầu. Xin chọn ngày đầu không sau hôm nay."))
        if last < first:
            self.add_error("den", _("Ngày cuối phải từ ngày đầu trở đi."))
        elif last.year > today.year:
            self.add_error("den", _("Ngày cuối không được sau năm nay."))

    def asked(self) -> Asked:
        """The report that was chosen; raises PermissionDenied as `query.ask` does."""
        values = self.cleaned_data
        agency = self.agencies[values["co-quan"]] if values["co-quan"] else None
        return query.ask(Kind(values["loai"]), *self.days, agency, self.actor)


def _choice(label: Any, choices: Any, *, required: bool = True) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=required,
        error_messages={"invalid_choice": gettext_lazy("Xin chọn một mục trong danh sách.")},
        widget=UnfoldAdminSelectWidget,
    )
