"""POST /api/v1/feeds/<source>/: the door at which another system tells of its dossiers."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.exchange.feeds.receive import MOST_ROWS, Outcome, receive_rows
from dossiers.lifecycle.models import OtherSystem
from tenants.accounts.api_keys import MachineDoor
from tenants.accounts.models import User
from tenants.folder.problems import Refused as FolderRefused
from tenants.organisation.models import Role
from tenants.organisation.rights import agencies_where, cached_rights, roles_held, subtree
from tenants.refusals import Refused
from tenants.web import api as shared

BODY_MAX = 2 * 1024 * 1024
"""Bytes of 500 rows."""


@extend_schema_serializer(component_name="FeedAnswer")
class AnswerShape(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text=_("Dòng thứ mấy trong `rows`, từ 1."))
    outcome = serializers.ChoiceField(Outcome.choices, help_text=_("Dòng ấy ra sao."))
    code = serializers.CharField(allow_blank=True, help_text=_("Mã để tra cứu hồ sơ; trống khi không nhận."))
    problem = serializers.CharField(
        allow_blank=True, help_text=_("Một câu nói vì sao; trống khi không có gì.")
    )


@extend_schema_serializer(component_name="FeedAnswers")
class AnswersShape(serializers.Serializer[Any]):
    results = AnswerShape(many=True, help_text=_("Mỗi dòng một câu trả lời, đúng thứ tự đã gửi."))


class RowsField(serializers.ListField):
    """A list whose number is looked at first: each of a million rows would be read before it is refused."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and len(data) > MOST_ROWS:
            self.fail("max_length")
        return super().to_internal_value(data)


class FeedInput(shared.Input):
    """Rows as the mapping of the source reads them."""

    rows = RowsField(
        child=serializers.JSONField(),
        max_length=MOST_ROWS,
        help_text=_("Không quá 500 dòng; mỗi dòng là các cột của tệp ánh xạ, giá trị là chuỗi hoặc số."),
        error_messages={
            "required": shared.TextField.default_error_messages["required"],
            "null": shared.TextField.default_error_messages["null"],
            "not_a_list": _("Phải là một danh sách."),
            "max_length": _("Một lần gửi không quá 500 dòng."),
        },
    )


def feed_of(user: User, source: str) -> tuple[OtherSystem, set[int]]:
    """The system whose rows this account may send, and the agencies whose dossiers it may touch: the one place that
    decides it. Raises Refusal.

    The account must be the source's own and hold the role of a feed alone. A source of others is like none.
    """
    system = OtherSystem.objects.filter(code=source).first()
    if system is None or system.account_id != user.pk:
        raise shared.Refusal(shared.FORBIDDEN)
    if user.is_superuser or roles_held(user) != {Role.FEED}:
        raise shared.Refusal(
            shared.FORBIDDEN, gettext("Tài khoản này phải có vai trò hệ thống gửi hồ sơ, và chỉ vai trò ấy.")
        )
    return system, subtree(agencies_where(user, {Role.FEED}))


class FeedDoor(MachineDoor, shared.PersonalDoor):
    """POST /api/v1/feeds/<source>/."""

    body_max = BODY_MAX

    @extend_schema(
        operation_id="feed",
        summary=_("Nhận trạng thái hồ sơ từ hệ thống khác"),
        description=_(
            "Mỗi dòng là một hồ sơ ở trạng thái hiện nay, đọc theo tệp ánh xạ của nguồn. Gửi lại dòng cũ không đổi gì. "
            "Chỉ tài khoản của nguồn, có vai trò hệ thống gửi hồ sơ, gửi được."
        ),
        parameters=[
            OpenApiParameter("source", str, OpenApiParameter.PATH, description=_("Mã nguồn, do tỉnh cấp."))
        ],
        request=FeedInput,
        responses=shared.answers(
            AnswersShape,
            shared.INVALID,
            shared.UNREADABLE,
            shared.UNAUTHORIZED,
            shared.FORBIDDEN,
            shared.TOO_MANY_TRIES,
            shared.NOT_FOUND,
            shared.NOT_ACCEPTABLE,
            shared.TOO_LARGE,
            shared.UNSUPPORTED_MEDIA_TYPE,
        ),
        examples=[
            OpenApiExample(
                "one-row",
                value={
                    "rows": [
                        {
                            "Mã hồ sơ": "H15.08-261120-0007",
                            "Mã thủ tục": "1.000894",
                            "Chủ hồ sơ": "Nguyễn Thị Minh Họa",
                            "Đơn vị tiếp nhận": "H15.08",
                            "Ngày tiếp nhận": "20/11/2026 08:30:00",
                            "Mã trạng thái": "4",
                            "Ngày trạng thái": "23/11/2026 09:00:00",
                        }
                    ]
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request, source: str) -> Response:
        with cached_rights():
            system, agencies = feed_of(self.machine(request), source)
        asked = FeedInput.of(self.body(request))
        try:
            answers = receive_rows(system, asked["rows"], agencies=agencies)
        except (Refused, FolderRefused) as refusal:
            raise shared.Refusal(shared.INVALID, str(refusal)) from None
        return Response(AnswersShape({"results": answers}).data)
