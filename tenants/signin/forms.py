"""What people type to sign in."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tenants.accounts.models import User


class PasswordForm(forms.Form):
    username = forms.CharField(
        label=_("Tên đăng nhập"),
        max_length=150,
        error_messages={"required": _("Xin nhập tên đăng nhập.")},
        widget=forms.TextInput(
            attrs={
                "class": "mc-input",
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )
    password = forms.CharField(
        label=_("Mật khẩu"),
        max_length=1000,
        strip=False,
        error_messages={"required": _("Xin nhập mật khẩu.")},
        widget=forms.PasswordInput(attrs={"class": "mc-input", "autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """Six digits of the telephone, or a recovery code."""

    code = forms.CharField(
        label=_("Mã xác nhận"),
        max_length=40,
        error_messages={"required": _("Xin nhập mã.")},
        widget=forms.TextInput(
            attrs={
                "class": "mc-input",
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )


class NewPasswordForm(forms.Form):
    """A new password, twice."""

    password = forms.CharField(
        label=_("Mật khẩu mới"),
        max_length=1000,
        strip=False,
        error_messages={"required": _("Xin nhập mật khẩu mới.")},
        widget=forms.PasswordInput(
            attrs={"class": "mc-input", "autocomplete": "new-password", "autofocus": True}
        ),
    )
    again = forms.CharField(
        label=_("Nhập lại mật khẩu mới"),
        max_length=1000,
        strip=False,
        error_messages={"required": _("Xin nhập lại mật khẩu mới.")},
        widget=forms.PasswordInput(attrs={"class": "mc-input", "autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.rules = " ".join(password_validation.password_validators_help_texts())

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(password, self.user)
        return password

    def clean(self) -> None:
        given = self.cleaned_data
        if "password" in given and "again" in given and given["password"] != given["again"]:
            raise ValidationError({"again": _("Hai lần nhập không giống nhau.")})
