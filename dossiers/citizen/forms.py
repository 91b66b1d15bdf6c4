"""The two fields of look-up."""

from django import forms
from django.utils.translation import gettext_lazy as _


class LookupForm(forms.Form):
    """Code and key as typed; what they mean is decided by `dossiers.lookup.lookup`."""

    code = forms.CharField(
        label=_("Mã hồ sơ"),
        max_length=120,
        error_messages={
            "required": _("Xin nhập mã hồ sơ in trên giấy hẹn."),
            "max_length": _("Mã hồ sơ quá dài. Xin gõ lại mã in trên giấy hẹn."),
        },
        widget=forms.TextInput(attrs={"autocapitalize": "off", "autocomplete": "off", "spellcheck": "false"}),
    )
    key = forms.CharField(
        label=_("Mã tra cứu"),
        max_length=40,
        required=False,
        error_messages={"max_length": _("Mã tra cứu chỉ có 6 ký tự.")},
        widget=forms.TextInput(
            attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
