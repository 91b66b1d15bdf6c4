"""Input of requests, strictly: small bodies of JSON in UTF-8, and fields whose refusals are sentences of ours."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import empty
from rest_framework.parsers import BaseParser

from tenants.web.api.problems import TOO_LARGE, UNREADABLE, Refusal

MOST_BYTES = 64 * 1024
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class JSONBody(BaseParser):
    """Reads JSON; whatever is none, is too long or nests too deep is refused with a problem."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            body = stream.read(MOST_BYTES + 1)
            if len(body) > MOST_BYTES:
                raise Refusal(TOO_LARGE)
            return json.loads(body.decode(), parse_constant=_refuse)
        except (OSError, ValueError, RecursionError):
            raise Refusal(UNREADABLE) from None


def _refuse(constant: str) -> None:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(constant)


class Input(serializers.Serializer[Any]):
    """Parameters of a query or fields of a body. Undeclared ones are ignored."""

    @classmethod
    def of(cls, given: Any) -> dict[str, Any]:
        """The declared values; raises ValidationError, which the frame answers as a problem."""
        if not isinstance(given, Mapping):
            raise ValidationError(_("Nội dung phải là một đối tượng JSON."))
        read = cls(data=given)
        read.is_valid(raise_exception=True)
        return dict(read.validated_data)


class TextField(serializers.CharField):
    """Text; numbers and truth values are none, and neither is NUL or half of a surrogate pair."""

    default_error_messages = {
        "required": _("Thiếu trường này."),
        "null": _("Trường này không được là null."),
        "blank": _("Trường này không được để trống."),
        "invalid": _("Phải là một chuỗi ký tự."),
        "unreadable": _("Có ký tự không hợp lệ."),
        "max_length": _("Không được dài quá {max_length} ký tự."),
    }

    def to_internal_value(self, data: Any) -> str:
        if "\0" in data or not _is_unicode(data):
            self.fail("unreadable")
        return str(super().to_internal_value(data))

    def run_validation(self, data: Any = empty) -> Any:
        # The base class reads a text before it looks at it, and knows no word for what is none.
        if data is not empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)


class ChoiceField(serializers.ChoiceField):
    """One of a few words."""

    default_error_messages = {"invalid_choice": _("Không có lựa chọn này.")}


class DayField(serializers.DateField):
    """A day, written 2026-11-25."""

    default_error_messages = {"invalid": _("Phải là một ngày, viết như 2026-11-25.")}

    def to_internal_value(self, value: Any) -> date:
        try:
            if isinstance(value, str) and _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self.fail("invalid")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
