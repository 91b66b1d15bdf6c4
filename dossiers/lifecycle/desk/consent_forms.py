"""Form of consents: the channels of notices, and the recipient's addresses on them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminRadioSelectWidget

from dossiers.lifecycle import intake
from dossiers.lifecycle.actions.consents import both_reach
from dossiers.lifecycle.desk.form_fields import ActForm, reason_field
from dossiers.lifecycle.models.dossier import Dossier
from messaging.channels.base import registry
from tenants.organisation.staff_site.form_fields import set_choices, text_field

THIS, ALL = "this", "all"
NEWS_LABEL = gettext_lazy("Người nhận đồng ý nhận thông báo của tỉnh qua")
NEWS_HINT = gettext_lazy(
    "Hỏi riêng, chỉ đánh dấu khi người nhận đồng ý: tin về thiên tai, lịch tiếp công dân, tạm dừng dịch vụ. Tự "
    "nguyện, không quảng cáo; tắt được bất cứ lúc nào."
)


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
    """The typed addresses, by kind."""
    prefix = intake.ADDRESS_PREFIX
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


class NoticesForm(ActForm):
    """The channels of a dossier's notices from now on, and the reason of the change."""

    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Người nhận đồng ý nhận tin báo tình trạng hồ sơ này qua"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("Bỏ hết các dấu là thôi nhận tin. Chỉ đánh dấu khi người nhận đồng ý."),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("Kênh bỏ dấu thì thôi nhận"),
        choices=[
            (THIS, gettext_lazy("Tin về hồ sơ này")),
            (ALL, gettext_lazy("Mọi tin gửi đến số điện thoại này")),
        ],
        initial=THIS,
        widget=UnfoldAdminRadioSelectWidget,
    )
    news = forms.MultipleChoiceField(
        label=NEWS_LABEL, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget, help_text=NEWS_HINT
    )
    reason = reason_field(
        gettext_lazy("Căn cứ: ai yêu cầu, bằng cách nào"),
        rows=2,
        required=True,
        help_text=gettext_lazy("Ví dụ: người nhận đề nghị tại quầy. Không ghi số điện thoại, số giấy tờ."),
    )

    def __init__(self, *args: Any, dossier: Dossier, **kwargs: Any) -> None:
        super().__init__(*args, dossier=dossier, **kwargs)
        for name, found in zip(("channels", "news"), both_reach(dossier), strict=True):
            set_choices(self, name, channel_choices())
            self.fields[name].initial = list(found.on)
        self.fields.update(address_fields())
        self.order_fields(["seen", "channels", *address_fields(), "scope", "news", "reason"])

    def arguments(self) -> dict[str, Any]:
        """Arguments for `services.change_notices`."""
        values = self.cleaned_data
        return {
            "seen": values["seen"],
            "channels": values["channels"],
            "addresses": typed_addresses(values),
            "news": values["news"],
            "everywhere": values["scope"] == ALL,
            "reason": values["reason"],
        }
