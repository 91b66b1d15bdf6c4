"""The base form of an action, form fields of the desk: days, reasons, files, people, agencies; and the form of consents:
the channels of notices, and the recipient's addresses on them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
)

from dossiers.deadlines import wording
from dossiers.lifecycle import intake
from dossiers.lifecycle.actions.consents import both_reach
from dossiers.lifecycle.models import Dossier
from messaging.channels.base import registry
from tenants import clock
from tenants.accounts.models import User
from tenants.files.inspection import FileRefused, Inspected, each_in_time, inspect
from tenants.organisation.models import Agency, Assignment
from tenants.organisation.rights import agencies_of
from tenants.organisation.staff_site.form_fields import set_choices, text_area_field, text_field, text_input

THIS, ALL = "this", "all"
NEWS_LABEL = _("Người nhận đồng ý nhận thông báo của tỉnh qua")
NEWS_HINT = _(
    "Hỏi riêng, chỉ đánh dấu khi người nhận đồng ý: tin về thiên tai, lịch tiếp công dân, tạm dừng dịch vụ. Tự "
    "nguyện, không quảng cáo; tắt được bất cứ lúc nào."
)
SECONDS_OF_REFUSED = 1
"""After a file that took longer and is refused no other of the form is looked at."""
ACCEPTED = ".pdf,.jpg,.jpeg,.png"
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)
"""No dossier has a day outside these bounds; beyond them the next day may not exist."""


class DayPicker(forms.DateInput):
    """The browser's own calendar, and below it the day in words: the browser may show day and month in another order."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(attrs={"class": "mc-input"}, format="%Y-%m-%d")

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().get_context(name, value, attrs)
        tomorrow = clock.today() + timedelta(days=1)
        found["widget"]["attrs"] |= {"min": f"{tomorrow:%Y-%m-%d}", "max": f"{LATEST:%Y-%m-%d}"}
        return found

    def render(self, name: str, value: Any, *args: Any, **kwargs: Any) -> SafeString:
        box = super().render(name, value, *args, **kwargs)
        words = '{}<p class="mc-hint mc-day-words" data-day-of="id_{}" aria-live="polite">{}</p>'
        return format_html(words, box, name, day_in_words(value))


def day_in_words(value: Any) -> str:
    """thứ Sáu 11/12/2026, of a day or of what was typed; empty for what is none."""
    try:
        day = DayField(required=False).clean(value)
    except forms.ValidationError:
        return ""
    if day is None:
        return ""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=clock.VIETNAM)
    return f"{wording.weekday(noon)} {wording.day(noon)}"


_OUT_OF_BOUNDS = _("Xin nhập một ngày trong khoảng từ năm 2000 đến năm 2100.")


class DayField(forms.DateField):
    """A day, typed in the order day, month, year; refused in words outside of EARLIEST to LATEST."""

    input_formats = ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d"]
    default_validators = [
        MinValueValidator(EARLIEST, _OUT_OF_BOUNDS),
        MaxValueValidator(LATEST, _OUT_OF_BOUNDS),
    ]
    default_error_messages = {
        "invalid": _("Xin nhập ngày theo thứ tự ngày, tháng, năm, ví dụ 24/11/2026."),
        "required": _("Xin nhập ngày."),
    }


class SeveralFilesInput(forms.FileInput):
    allow_multiple_selected = True

    def render(self, *args: Any, **kwargs: Any) -> SafeString:
        """With a text field of its own three floors up: there the theme's script writes the chosen name, and
        without one it would overwrite the first text field of the page."""
        return format_html(
            '<div><div><div>{}</div></div><input type="text" hidden disabled></div>',
            super().render(*args, **kwargs),
        )


class SeveralFilesField(forms.FileField):
    """Zero or more files, as they were sent."""

    widget = SeveralFilesInput

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"accept": ACCEPTED, "class": " ".join(INPUT_CLASSES)}
        kwargs.setdefault("widget", SeveralFilesInput(attrs=attributes))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Every file that was sent; `files.inspect` checks their content."""
        sent = data if isinstance(data, list) else [data] if data else []
        if self.required and not sent:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return sent


class InspectedFilesField(SeveralFilesField):
    """The same, each inspected: a form that is valid holds files that can be stored."""

    def clean(self, data: Any, initial: Any = None) -> list[Inspected]:
        """Raises a sentence for each file that cannot be taken."""
        inspected, refused = [], []
        try:
            for upload in each_in_time(super().clean(data, initial)):
                try:
                    inspected.append(inspect(upload))
                except FileRefused as refusal:
                    refused.append(str(refusal))
                    if refusal.cpu_seconds > SECONDS_OF_REFUSED:
                        break
        except FileRefused as late:
            refused.append(str(late))
        if refused:
            raise forms.ValidationError(refused)
        return inspected


def day_field(label: Any, *, required: bool = False) -> DayField:
    """A day to type. A date picker would follow the browser's language and turn day and month about."""
    return DayField(
        label=label,
        required=required,
        help_text=_("Ngày/tháng/năm, ví dụ 24/11/2026."),
        widget=text_input(inputmode="numeric"),
    )


def reason_field(label: Any, *, rows: int = 3, **options: Any) -> forms.CharField:
    """A reason or a note. An empty one is refused in words where it is required."""
    return text_area_field(label, rows=rows, error_messages={"required": _("Xin ghi rõ lý do.")}, **options)


def person_field(label: Any, *, required: bool = False) -> forms.TypedChoiceField:
    """One of the people that `set_choices` gives it; None where none is chosen."""
    return forms.TypedChoiceField(
        label=label, required=required, coerce=_person, empty_value=None, widget=UnfoldAdminSelectWidget
    )


def _person(key: str) -> User | None:
    return User.objects.filter(pk=key, is_active=True).first()


def people_choices(people: Iterable[User]) -> list[tuple[str, str]]:
    """People as choices, in their order, with post, offices and open dossiers: names are often alike. One statement."""
    words, doing = {one.pk: [one.get_full_name(), one.position] for one in people}, dict[int, str]()
    held = Dossier.objects.filter(assignee=OuterRef("user"), closed_at=None, finished_at=None).order_by()
    number = Coalesce(Subquery(held.values("assignee").annotate(n=Count("pk")).values("n")), 0)
    working = Assignment.objects.filter(user__in=words, agency__dissolved_on=None).annotate(n=number)
    rows = working.order_by("agency__name").values_list("user", "agency__name", "n").distinct()
    for pk, agency, n in rows:
        words[pk].append(agency)
        doing[pk] = gettext("đang làm %(n)d hồ sơ") % {"n": n}
    return [(str(pk), " · ".join(filter(None, [*said, doing.get(pk)]))) for pk, said in words.items()]


def agency_choices() -> list[tuple[str, str]]:
    """The working agencies as choices, by their codes."""
    return list(Agency.objects.filter(dissolved_on=None).values_list("code", "name"))


class ActForm(forms.Form):
    """Carries the number of the last event that the person saw: of `dossier` as it is now."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, dossier: Dossier | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if dossier is not None:
            self.fields["seen"].initial = dossier.last_sequence

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


DELIVERIES = [
    ("Tại nơi tiếp nhận", _("Tại nơi tiếp nhận")),
    ("Qua bưu chính công ích", _("Qua bưu chính công ích")),
    ("Bản điện tử", _("Bản điện tử")),
]


def desk_choices(user: User) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The desks at which this person works, and every working agency with an empty choice first; one statement
    beside those of the person's rights."""
    mine = agencies_of(user)
    working = list(Agency.objects.filter(dissolved_on=None))
    desks = [(one.code, one.name) for one in working if one.is_desk and (mine is None or one.pk in mine)]
    return desks, [("", "—"), *((one.code, one.name) for one in working)]


def channel_choices() -> list[tuple[str, Any]]:
    """The channels people may agree to, for a field's choices."""
    return [(code, registry.get(code).name) for code in settings.MESSAGING_CHANNELS]


def address_fields() -> dict[str, forms.Field]:
    """An optional field for each kind of address that a channel asks for; none while all reach a telephone."""
    return {
        intake.ADDRESS_PREFIX + kind: text_field(
            gettext("Địa chỉ nhận tin qua %(channel)s") % {"channel": channel.name},
            help_text=gettext("Chỉ ghi khi người nhận đồng ý nhận tin qua kênh này."),
        )
        for kind, channel in intake.typed_address_kinds().items()
    }


def typed_addresses(values: Mapping[str, Any]) -> dict[str, str]:
    prefix = intake.ADDRESS_PREFIX
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


class NoticesForm(ActForm):
    """The channels of a dossier's notices from now on, and the reason of the change."""

    channels = forms.MultipleChoiceField(
        label=_("Người nhận đồng ý nhận tin báo tình trạng hồ sơ này qua"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Bỏ hết các dấu là thôi nhận tin. Chỉ đánh dấu khi người nhận đồng ý."),
    )
    scope = forms.ChoiceField(
        label=_("Kênh bỏ dấu thì thôi nhận"),
        choices=[
            (THIS, _("Tin về hồ sơ này")),
            (ALL, _("Mọi tin gửi đến số điện thoại này")),
        ],
        initial=THIS,
        widget=UnfoldAdminRadioSelectWidget,
    )
    news = forms.MultipleChoiceField(
        label=NEWS_LABEL, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text=NEWS_HINT
    )
    reason = reason_field(
        _("Căn cứ: ai yêu cầu, bằng cách nào"),
        rows=2,
        required=True,
        help_text=_("Ví dụ: người nhận đề nghị tại quầy. Không ghi số điện thoại, số giấy tờ."),
    )

    def __init__(self, *args: Any, dossier: Dossier, **kwargs: Any) -> None:
        super().__init__(*args, dossier=dossier, **kwargs)
        for name, found in zip(("channels", "news"), both_reach(dossier), strict=True):
            set_choices(self, name, channel_choices())
            self.fields[name].initial = list(found.on)
        self.fields.update(address_fields())
        self.order_fields(["seen", "channels", *address_fields(), "scope", "news", "reason"])

    def arguments(self) -> dict[str, Any]:
        values = self.cleaned_data
        return {
            "seen": values["seen"],
            "channels": values["channels"],
            "addresses": typed_addresses(values),
            "news": values["news"],
            "everywhere": values["scope"] == ALL,
            "reason": values["reason"],
        }
