"""Problems as a schema describes them."""

from collections.abc import Iterable
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema_serializer
from rest_framework import serializers

from tenants.api.problems import MEDIA_TYPE, ProblemKind


@extend_schema_serializer(component_name="FieldError")
class FieldErrorShape(serializers.Serializer[Any]):
    """One wrong parameter or field."""

    name = serializers.CharField(help_text=_("Tên tham số hoặc trường; trống khi là cả nội dung."))
    detail = serializers.CharField(help_text=_("Một câu nói sai ở đâu."))


@extend_schema_serializer(component_name="Problem")
class ProblemShape(serializers.Serializer[Any]):
    """Problem details, RFC 9457."""

    type = serializers.CharField(
        help_text=_("Loại lỗi, một địa chỉ dẫn tới lời giải thích trên trang này. So nguyên văn được.")
    )
    title = serializers.CharField(help_text=_("Tên loại lỗi."))
    status = serializers.IntegerField(help_text=_("Mã trạng thái HTTP."))
    detail = serializers.CharField(required=False, help_text=_("Một câu cho người đọc."))
    errors = FieldErrorShape(  # type: ignore[assignment]
        many=True, required=False, help_text=_("Từng chỗ sai.")
    )
    retry_after = serializers.IntegerField(required=False, help_text=_("Thử lại sau bao nhiêu giây."))
    province = serializers.CharField(required=False, help_text=_("Tên tỉnh có mã này."))
    lookup_url = serializers.CharField(
        required=False, allow_null=True, help_text=_("Trang tra cứu của tỉnh ấy, null khi không biết.")
    )


def refusals(*kinds: ProblemKind) -> dict[tuple[int, str], OpenApiResponse]:
    """These problems as responses of a schema, those of one status told together."""
    statuses: dict[int, list[ProblemKind]] = {}
    for kind in kinds:
        statuses.setdefault(kind.status, []).append(kind)
    return {
        (status, MEDIA_TYPE): OpenApiResponse(ProblemShape, description=_description(found))
        for status, found in statuses.items()
    }


def _describe(kinds: Iterable[ProblemKind]) -> str:
    return "\n".join(f"`{kind.name}`: {kind.meaning}" for kind in kinds)


_description = lazy(_describe, str)
