"""Why the API does not answer: kinds of problem, the exception that carries one, and both in the schema.

`portal.api` writes a problem (RFC 9457); a room only says which one it is.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import APIException

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


MEDIA_TYPE = "application/problem+json"
Text = Union[str, "_StrPromise"]


@dataclass(frozen=True)
class ProblemKind:
    """A kind of problem. Clients recognise it by `name`, which stays; the words may change."""

    name: str
    status: int
    title: Text
    meaning: Text


INVALID = ProblemKind(
    "invalid",
    400,
    _("Dữ liệu gửi lên chưa đúng"),
    _("Một tham số hoặc trường thiếu hay sai. `errors` nói từng chỗ."),
)
UNREADABLE = ProblemKind(
    "unreadable",
    400,
    _("Không đọc được yêu cầu"),
    _("Nội dung không phải JSON bằng UTF-8, hoặc yêu cầu có ký tự mà không chữ nào có."),
)
FORBIDDEN = ProblemKind("forbidden", 403, _("Không được phép"), _("Yêu cầu bị từ chối."))
NOT_FOUND = ProblemKind(
    "not-found", 404, _("Không có ở đây"), _("Tỉnh này không có thứ được hỏi, hoặc địa chỉ sai.")
)
UNKNOWN_DOSSIER = ProblemKind(
    "unknown-dossier",
    404,
    _("Không tìm thấy hồ sơ"),
    _("Không có hồ sơ mang mã này, hoặc là đơn khiếu nại mà mã tra cứu thiếu hay sai."),
)
OTHER_PROVINCE = ProblemKind(
    "other-province",
    404,
    _("Mã của tỉnh khác"),
    _(
        "Đầu mã là của tỉnh khác. `province` nói tỉnh nào, `lookup_url` là nơi tra cứu nếu tỉnh ấy dùng cổng này."
    ),
)
METHOD_NOT_ALLOWED = ProblemKind(
    "method-not-allowed",
    405,
    _("Địa chỉ này không nhận phương thức ấy"),
    _("Đầu mục `Allow` nói phương thức được nhận."),
)
NOT_ACCEPTABLE = ProblemKind(
    "not-acceptable",
    406,
    _("Chỉ trả lời bằng JSON"),
    _("`Accept` không cho trả lời bằng `application/json`."),
)
PRECONDITION_FAILED = ProblemKind(
    "precondition-failed",
    412,
    _("Điều kiện kèm theo không đúng"),
    _("Dữ liệu không phải bản mà `If-Match` hay `If-Unmodified-Since` nêu."),
)
TOO_LARGE = ProblemKind("too-large", 413, _("Nội dung quá lớn"), _("Nội dung gửi lên vượt mức cho phép."))
UNSUPPORTED_MEDIA_TYPE = ProblemKind(
    "unsupported-media-type",
    415,
    _("Chỉ nhận JSON"),
    _("`Content-Type` phải là `application/json`."),
)
TOO_MANY_TRIES = ProblemKind(
    "too-many-tries",
    429,
    _("Quá nhiều lần thử"),
    _("Ngân sách đã hết. Thử lại sau số giây ghi ở `retry_after` và đầu mục `Retry-After`."),
)
INTERNAL = ProblemKind(
    "internal",
    500,
    _("Cổng gặp lỗi"),
    _("Lỗi của cổng, không phải của yêu cầu. Có thể gửi lại sau ít phút."),
)
UNAVAILABLE = ProblemKind(
    "unavailable",
    503,
    _("Cổng đang tạm ngừng"),
    _("Tỉnh đang tạm ngừng phục vụ. Thử lại sau số giây ghi ở đầu mục `Retry-After`."),
)

KINDS = (
    INVALID,
    UNREADABLE,
    FORBIDDEN,
    NOT_FOUND,
    UNKNOWN_DOSSIER,
    OTHER_PROVINCE,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    PRECONDITION_FAILED,
    TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    TOO_MANY_TRIES,
    INTERNAL,
    UNAVAILABLE,
)


class Refusal(APIException):
    """Instead of an answer: a kind of problem, what is wrong this time, and members of its own.

    `errors` maps a parameter's or field's name to a sentence. `retry_after` is in seconds.
    """

    def __init__(
        self,
        kind: ProblemKind,
        detail: Text = "",
        *,
        errors: dict[str, str] | None = None,
        retry_after: int | None = None,
        **members: Any,
    ) -> None:
        super().__init__(str(detail or kind.meaning), kind.name)
        self.kind = kind
        self.status_code = kind.status
        self.sentence = str(detail)
        self.errors = errors or {}
        self.retry_after = retry_after
        self.members = members


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
    """These problems as responses of a schema, those of one status together."""
    statuses: dict[int, list[ProblemKind]] = {}
    for kind in kinds:
        statuses.setdefault(kind.status, []).append(kind)
    return {
        (status, MEDIA_TYPE): OpenApiResponse(ProblemShape, description=_description(found))
        for status, found in statuses.items()
    }


_description = lazy(lambda kinds: "\n".join(f"`{kind.name}`: {kind.meaning}" for kind in kinds), str)
