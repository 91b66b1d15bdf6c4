"""Shared parts of the apps' machine interfaces: input, why there is no answer, and two kinds of views.

`portal.api` writes a problem (RFC 9457); a room only says which one it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase, UnreadablePostError
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tenants.text import StrOrPromise

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class ProblemKind:
    """A kind of problem. Clients recognise it by `name`, which stays; the words may change."""

    name: str
    status: int
    title: StrOrPromise
    meaning: StrOrPromise


KINDS = [
    INVALID := ProblemKind(
        "invalid", 400, _("Dữ liệu gửi lên chưa đúng"), _("Một tham số hoặc trường thiếu hay sai. `errors` nói từng chỗ.")
    ),
    UNREADABLE := ProblemKind(
        "unreadable", 400, _("Không đọc được yêu cầu"),
        _("Nội dung không phải JSON bằng UTF-8, hoặc yêu cầu có ký tự mà không chữ nào có."),
    ),
    UNAUTHORIZED := ProblemKind(
        "unauthorized", 401, _("Cần một khóa dùng được"),
        _("Thiếu `Authorization: Bearer mc_…`, hoặc khóa sai, đã hết hạn, đã thu hồi, của tỉnh khác hay từ mạng không được dùng."),
    ),
    FORBIDDEN := ProblemKind("forbidden", 403, _("Không được phép"), _("Yêu cầu bị từ chối.")),
    NOT_FOUND := ProblemKind(
        "not-found", 404, _("Không có ở đây"), _("Tỉnh này không có thứ được hỏi, hoặc địa chỉ sai.")
    ),
    UNKNOWN_DOSSIER := ProblemKind(
        "unknown-dossier", 404, _("Không tìm thấy hồ sơ"),
        _("Không có hồ sơ mang mã này, hoặc là đơn khiếu nại mà mã tra cứu thiếu hay sai."),
    ),
    OTHER_PROVINCE := ProblemKind(
        "other-province", 404, _("Mã của tỉnh khác"),
        _("Đầu mã là của tỉnh khác. `province` nói tỉnh nào, `lookup_url` là nơi tra cứu nếu tỉnh ấy dùng cổng này."),
    ),
    METHOD_NOT_ALLOWED := ProblemKind(
        "method-not-allowed", 405, _("Địa chỉ này không nhận phương thức ấy"),
        _("Đầu mục `Allow` nói phương thức được nhận."),
    ),
    NOT_ACCEPTABLE := ProblemKind(
        "not-acceptable", 406, _("Chỉ trả lời bằng JSON"), _("`Accept` không cho trả lời bằng `application/json`.")
    ),
    NOT_POSSIBLE := ProblemKind(
        "not-possible", 409, _("Không làm được việc này lúc này"),
        _("Quy trình không có bước ấy từ đây, còn thiếu thông tin, hoặc phải có lãnh đạo duyệt. `detail` nói rõ."),
    ),
    KEY_USED := ProblemKind(
        "key-used", 422, _("Khóa lặp đã dùng cho nội dung khác"),
        _("`Idempotency-Key` này đã đi cùng một yêu cầu khác. Yêu cầu mới thì dùng khóa mới."),
    ),
    PRECONDITION_REQUIRED := ProblemKind(
        "precondition-required", 428, _("Cần If-Match"),
        _("Việc này phải kèm `If-Match`: `ETag` của lần đọc hồ sơ gần nhất."),
    ),
    PRECONDITION_FAILED := ProblemKind(
        "precondition-failed", 412, _("Điều kiện kèm theo không đúng"),
        _("Dữ liệu không phải bản mà `If-Match` hay `If-Unmodified-Since` nêu."),
    ),
    TOO_LARGE := ProblemKind("too-large", 413, _("Nội dung quá lớn"), _("Nội dung gửi lên vượt mức cho phép.")),
    UNSUPPORTED_MEDIA_TYPE := ProblemKind(
        "unsupported-media-type", 415, _("Không nhận kiểu nội dung này"),
        _("`Content-Type` phải là `application/json`; nơi nhận tệp thì là `multipart/form-data`."),
    ),
    TOO_MANY_TRIES := ProblemKind(
        "too-many-tries", 429, _("Quá nhiều lần thử"),
        _("Ngân sách đã hết. Thử lại sau số giây ghi ở `retry_after` và đầu mục `Retry-After`."),
    ),
    INTERNAL := ProblemKind(
        "internal", 500, _("Cổng gặp lỗi"), _("Lỗi của cổng, không phải của yêu cầu. Có thể gửi lại sau ít phút.")
    ),
    UNAVAILABLE := ProblemKind(
        "unavailable", 503, _("Cổng đang tạm ngừng"),
        _("Tỉnh đang tạm ngừng phục vụ. Thử lại sau số giây ghi ở đầu mục `Retry-After`."),
    ),
]  # fmt: skip


class Refusal(APIException):
    """Instead of an answer: a kind of problem, what is wrong this time, and members of its own.

    `errors` maps a parameter's or field's name to a sentence. `retry_after` is in seconds.
    """

    def __init__(
        self,
        kind: ProblemKind,
        detail: StrOrPromise = "",
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


def answers(shape: type[serializers.Serializer[Any]], *kinds: ProblemKind) -> dict[Any, Any]:
    """This shape and these problems as responses of a schema, problems of one status together."""
    statuses: dict[int, list[ProblemKind]] = {}
    for kind in kinds:
        statuses.setdefault(kind.status, []).append(kind)
    problems = {
        (status, MEDIA_TYPE): OpenApiResponse(ProblemShape, description=_description(found))
        for status, found in statuses.items()
    }
    return {200: shape, **problems}


_description = lazy(lambda kinds: "\n".join(f"`{kind.name}`: {kind.meaning}" for kind in kinds), str)


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


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
        if not isinstance(data, str):
            self.fail("invalid")
        if re.search("[\0\ud800-\udfff]", data):
            self.fail("unreadable")
        return str(super().to_internal_value(data))


class ChoiceField(serializers.ChoiceField):
    """One of a few words."""

    default_error_messages = {"invalid_choice": _("Không có lựa chọn này.")}


class DayField(serializers.DateField):
    """A day, written 2026-11-25."""

    default_error_messages = {"invalid": _("Phải là một ngày, viết như 2026-11-25.")}

    def to_internal_value(self, value: Any) -> Any:
        if not (isinstance(value, str) and _DAY.fullmatch(value)):
            self.fail("invalid")
        return super().to_internal_value(value)


FRESH_SECONDS = 300
BODY_MAX = 64 * 1024
"""Bytes of a body."""


def answer_by_etag(request: HttpRequest, response: HttpResponseBase, kept: str) -> HttpResponseBase:
    """This answer with its ETag and the Cache-Control `kept`, or 304 where the request names that ETag."""
    if response.status_code != 200 or not isinstance(response, Response):
        return response
    response.render()
    response.headers["Cache-Control"] = kept
    set_response_etag(response)
    return get_conditional_response(request, etag=response.headers["ETag"], response=response) or response


class OpenDoor(APIView):
    """Public data, by GET and HEAD: kept by caches for five minutes, and then asked for again by its ETag."""

    http_method_names = ["get", "head"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        return answer_by_etag(request, response, f"public, max-age={FRESH_SECONDS}")


class PersonalDoor(APIView):
    """Answers for one person, by POST of a small JSON: kept nowhere, referred to nowhere, indexed nowhere."""

    http_method_names = ["post"]
    body_max = BODY_MAX

    @classmethod
    def body(cls, request: Request) -> Any:
        """The body of a request. Raises Refusal, and ParseError for what is no JSON."""
        # A form that was already read on its way would otherwise pass for an empty body.
        if request.content_type.partition(";")[0].strip().lower() != "application/json":
            raise Refusal(UNSUPPORTED_MEDIA_TYPE)
        if int(request.META.get("CONTENT_LENGTH") or 0) > cls.body_max:
            raise Refusal(TOO_LARGE)
        try:
            return request.data
        except (UnreadablePostError, RecursionError):
            raise Refusal(UNREADABLE) from None

    def finalize_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response
