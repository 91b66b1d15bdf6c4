"""GET /api/v1/events/: the log of events for other systems, which come back with the position they have seen."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.exchange import event_log, quiet_polls
from tenants.accounts.api_keys import MachineDoor
from tenants.organisation.rights import agencies_of, cached_rights
from tenants.web import api as shared

_WRONG_NUMBER = _("Phải là một số nguyên trong khoảng cho phép.")
_NUMBER: dict[str, Any] = dict.fromkeys(
    ("invalid", "max_value", "min_value", "max_string_length"), _WRONG_NUMBER
)


@extend_schema_serializer(component_name="LogEvent")
class EventShape(serializers.Serializer[Any]):
    """CloudEvents 1.0."""

    specversion = serializers.CharField(help_text=_("Luôn là `1.0`."))
    id = serializers.CharField(help_text=_("Gặp lại thì là sự kiện đã nhận, bỏ qua."))
    source = serializers.CharField(help_text=_("Tỉnh nào."))  # type: ignore[assignment]
    type = serializers.CharField(
        help_text=_("`dossier.` và tên việc, như `dossier.receive`; hoặc `log.restored`.")
    )
    subject = serializers.CharField(required=False, help_text=_("Mã hồ sơ; `log.restored` không có."))
    sequence = serializers.IntegerField(
        required=False, help_text=_("Số thứ tự của việc này trong hồ sơ, từ 1, không hở.")
    )
    time = serializers.DateTimeField(help_text=_("Việc ấy lúc nào."))
    position = serializers.IntegerField(help_text=_("Vị trí trong sổ của tỉnh, chỉ tăng, có thể cách quãng."))
    holds = serializers.IntegerField(
        required=False,
        help_text=_(
            "Chỉ ở `log.restored`: sự kiện nhận sau vị trí này không còn, bỏ đi; đến vị trí này vẫn đúng."
        ),
    )


@extend_schema_serializer(component_name="LogPage")
class PageShape(serializers.Serializer[Any]):
    events = EventShape(many=True, help_text=_("Theo thứ tự vị trí; trống khi không có gì mới."))
    next = serializers.IntegerField(help_text=_("Gửi lại làm `after` ở lần hỏi sau."))


class EventsInput(shared.Input):
    """After which position, and how many."""

    after = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, default=0, error_messages=_NUMBER,
        help_text=_("Vị trí đã nhận đến; bỏ trống là từ đầu sổ."),
    )  # fmt: skip
    limit = serializers.IntegerField(
        min_value=1, max_value=event_log.MOST, default=100, error_messages=_NUMBER,
        help_text=_("Nhiều nhất bao nhiêu sự kiện, không quá 500."),
    )  # fmt: skip


class EventsDoor(MachineDoor):
    """GET /api/v1/events/: answers at once, also with nothing; by its ETag with 304."""

    http_method_names = ["get", "head"]
    nothing_after: int | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        answer = shared.answer_by_etag(request, response, "private, no-cache")
        if answer.status_code == 304 and self.nothing_after is not None:
            setattr(answer, quiet_polls.NOTHING_AFTER, self.nothing_after)
        return answer

    @extend_schema(
        operation_id="events",
        summary=_("Sự kiện của hồ sơ, theo thứ tự"),
        description=_(
            "Mỗi việc đã ghi vào hồ sơ mà người hỏi được xem là một sự kiện CloudEvents. Trả lời ngay, không chờ: không có gì "
            "mới thì danh sách trống, hoặc 304 khi gửi `If-None-Match`."
        ),
        parameters=[EventsInput],
        responses=shared.answers(
            PageShape,
            shared.INVALID,
            shared.UNREADABLE,
            shared.UNAUTHORIZED,
            shared.FORBIDDEN,
            shared.TOO_MANY_TRIES,
            shared.NOT_FOUND,
            shared.NOT_ACCEPTABLE,
        ),
    )
    def get(self, request: Request) -> Response:
        try:
            with cached_rights():
                reader = self.machine(request)
                if agencies_of(reader) == set():
                    raise shared.Refusal(shared.FORBIDDEN)
                asked = EventsInput.of(request.query_params)
                page = event_log.read(asked["after"], asked["limit"], reader)
        except event_log.UnknownPosition:
            wrong = gettext("Sổ chưa từng đến vị trí này; xin nhận lại từ đầu.")
            raise shared.Refusal(shared.INVALID, errors={"after": wrong}) from None
        if not page.events and page.next == asked["after"]:
            self.nothing_after = page.next
        return Response(page._asdict())
