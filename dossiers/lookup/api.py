"""The look-up for programs, in two depths: the pages' words, and beside them dates and codes to compute with.

Law 7 decides who may see which part; here no person is named at all, neither citizen nor official. The API shows
nothing that is not named here.
"""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.lifecycle import access_links, due_dates, rules_in_force
from dossiers.lifecycle.models import Dossier
from dossiers.lifecycle.rules.codes import CodeError
from dossiers.lookup import limited_lookup, lookup
from dossiers.lookup.words import dossier as presentation
from dossiers.lookup.words.dossier import not_found_sentence
from dossiers.workflow.rules.statuses import Status
from tenants.organisation.models import Agency
from tenants.web import api as shared
from tenants.web.client_address import client_address

Shape = serializers.Serializer[Any]

STAGE_STATES = (
    ("done", _("đã xong")),
    ("now", _("đang ở chặng này")),
    ("waiting", _("đang chờ người dân")),
    ("late", _("đang ở chặng này, đã quá hẹn")),
    ("todo", _("chưa đến")),
    ("stopped", _("dừng ở đây")),
)
KEY_STATES = (("missing", _("không gửi")), ("wrong", _("gửi sai")), ("right", _("đúng")))


@extend_schema_serializer(component_name="DossierStatus")
class StatusShape(Shape):
    number = serializers.IntegerField(
        min_value=min(Status), max_value=max(Status), help_text=_("Trạng thái quốc gia, 1 đến 10.")
    )
    name = serializers.CharField(help_text=_("Tên để hiện cho người dân."))


@extend_schema_serializer(component_name="DossierStage")
class StageShape(Shape):
    name = serializers.CharField(help_text=_("Tên chặng."))
    state = serializers.ChoiceField(STAGE_STATES, help_text=_("Đã qua chặng này chưa."))


@extend_schema_serializer(component_name="DossierAgency")
class AgencyShape(Shape):
    code = serializers.CharField(help_text=_("Mã định danh cơ quan."))
    name = serializers.CharField(help_text=_("Tên cơ quan; đã sáp nhập thì kèm cơ quan tiếp nhận."))


@extend_schema_serializer(component_name="DossierProcedure")
class ProcedureShape(Shape):
    code = serializers.CharField(help_text=_("Mã thủ tục quốc gia."))
    name = serializers.CharField(help_text=_("Tên gọn."))


@extend_schema_serializer(component_name="DossierAction")
class ActionShape(Shape):
    title = serializers.CharField(
        allow_blank=True, help_text=_("Một câu ngắn; cũng có thể là không cần làm gì.")
    )
    text = serializers.CharField(allow_blank=True, help_text=_("Nói rõ thêm: ở đâu, trước lúc nào, vì sao."))
    items = serializers.ListField(child=serializers.CharField(), help_text=_("Giấy tờ, khoản tiền cần có."))


@extend_schema_serializer(component_name="DossierEvent")
class EventShape(Shape):
    at = serializers.DateTimeField(help_text=_("Lúc nào."))
    title = serializers.CharField(help_text=_("Việc gì."))
    agency = serializers.CharField(allow_blank=True, help_text=_("Cơ quan đã làm; không nêu tên cán bộ."))
    reason = serializers.CharField(allow_blank=True, help_text=_("Lý do, khi việc ấy phải báo lý do."))


def _moment(meaning: Any) -> serializers.DateTimeField:
    return serializers.DateTimeField(allow_null=True, help_text=meaning)


@extend_schema_serializer(component_name="DossierDetails")
class DetailsShape(Shape):
    procedure = ProcedureShape(help_text=_("Thủ tục."))
    headline = serializers.CharField(help_text=_("Câu trả lời ngắn nhất: hẹn ngày nào, hoặc đến đâu nhận."))
    action = ActionShape(help_text=_("Người dân cần làm gì lúc này."))
    received_at = _moment(_("Tiếp nhận lúc; null khi chưa."))
    due_at = _moment(
        _(
            "Hẹn trả; với đơn chưa thụ lý là hạn trả lời có thụ lý không. null: không quy định, hoặc chưa tiếp nhận."
        )
    )
    due_explained = serializers.CharField(allow_blank=True, help_text=_("Ngày hẹn được tính thế nào."))
    days_late = serializers.IntegerField(help_text=_("Số ngày làm việc đã quá hẹn, 0 khi chưa."))
    paused_since = _moment(_("Thời hạn tạm dừng từ lúc này; null khi đang chạy."))
    answer_by = _moment(_("Hạn để người dân bổ sung hay nộp tiền."))
    finished_at = _moment(_("Có kết quả lúc."))
    closed_at = _moment(_("Trả kết quả hoặc kết thúc lúc."))
    receiving_agency = AgencyShape(help_text=_("Nơi tiếp nhận."))
    competent_agency = AgencyShape(help_text=_("Cơ quan giải quyết."))
    led_by = serializers.CharField(
        allow_blank=True, help_text=_("Xử lý tại hệ thống của ai; trống khi xử lý ở tỉnh.")
    )
    history = EventShape(many=True, help_text=_("Những việc đã làm, mới nhất trước."))


@extend_schema_serializer(component_name="Dossier")
class DossierShape(Shape):
    code = serializers.CharField(help_text=_("Mã hồ sơ, viết như trên giấy hẹn."))
    status = StatusShape(help_text=_("Tình trạng hiện nay."))
    stages = StageShape(many=True, help_text=_("Bốn chặng của hồ sơ."))
    key = serializers.ChoiceField(
        KEY_STATES, help_text=_("Mã tra cứu có đúng không. Chỉ khi đúng mới có `details`.")
    )
    details = DetailsShape(allow_null=True, help_text=_("Chi tiết; null khi mã tra cứu thiếu hoặc sai."))


Data = dict[str, Any]


def _progress_data(dossier: Dossier, *, wrong_key: bool) -> Data:
    """For the code alone: the state and the line of four steps."""
    page = presentation.progress(dossier)
    return {**_state(dossier, page), "key": "wrong" if wrong_key else "missing", "details": None}


def _details_data(dossier: Dossier) -> Data:
    """For code and key: also dates, the next action, and the history. One query more than the dossier."""
    events = lookup.events(dossier)
    page = presentation.details(dossier, events, online=access_links.has_mobile(dossier))
    return {
        **_state(dossier, page),
        "key": "right",
        "details": {
            "procedure": {"code": dossier.procedure.code, "name": dossier.procedure.short_name},
            "received_at": due_dates.accepted_at(dossier, events),
            "due_at": dossier.due_at if due_dates.acceptance(dossier, events) else None,
            "due_explained": page["why_due"],
            "days_late": presentation.days_late(dossier),
            "paused_since": dossier.paused_since,
            "answer_by": None if page["all_came"] else dossier.citizen_due_at,
            "finished_at": dossier.finished_at,
            "closed_at": dossier.closed_at,
            "receiving_agency": agency_data(dossier.receiving_agency),
            "competent_agency": agency_data(dossier.competent_agency),
            "led_by": rules_in_force.leader_of(dossier),
            "headline": _headline(page),
            "action": {
                "title": page.get("action_title", ""),
                "text": f"{page.get('action_online', '')} {page.get('action_text', '')}".strip(),
                "items": [item["name"] for item in page.get("action_items", ())],
            },
            "history": [
                {"at": event.at, "title": row["title"], "agency": row["by"], "reason": row["note"]}
                for (event, _title, _reason), row in zip(
                    presentation.for_citizen(dossier, events), page["history"], strict=True
                )
            ],
        },
    }


def _state(dossier: Dossier, page: Data) -> Data:
    return {
        "code": dossier.code,
        "status": {"number": dossier.status, "name": page["status_short"]},
        "stages": [{"name": stage["name"], "state": stage["state"]} for stage in page["stages"]],
    }


def _headline(page: Data) -> str:
    parts = (page["lead"], page["headline"], page.get("subline", ""), page.get("subline_strong", ""))
    return " ".join(" ".join(part for part in parts if part).split())


def agency_data(agency: Agency) -> Data:
    """An agency as `AgencyShape` says."""
    return {"code": agency.code, "name": agency.name_today}


class LookupInput(shared.Input):
    """What is printed on the receipt."""

    code = shared.TextField(
        max_length=lookup.MAX_TYPED,
        help_text=_("Mã hồ sơ in trên giấy hẹn, có hay không có dấu gạch đều được."),
        error_messages={
            "required": _("Xin nhập mã hồ sơ in trên giấy hẹn."),
            "blank": _("Xin nhập mã hồ sơ in trên giấy hẹn."),
            "max_length": _("Mã hồ sơ quá dài. Xin gõ lại mã in trên giấy hẹn."),
        },
    )
    key = shared.TextField(
        required=False,
        allow_blank=True,
        default="",
        max_length=40,
        help_text=_("Mã tra cứu, 6 ký tự in dưới mã QR. Không có thì chỉ xem được tình trạng chung."),
        error_messages={"max_length": _("Mã tra cứu chỉ có 6 ký tự.")},
    )


class LookupDoor(shared.PersonalDoor):
    """POST /api/v1/lookup/."""

    @extend_schema(
        operation_id="lookup",
        summary=_("Tra cứu một hồ sơ"),
        description=_(
            "Chỉ có mã hồ sơ: tình trạng và đang ở chặng nào. Thêm mã tra cứu đúng: ngày hẹn, việc cần làm, quá trình. "
            "Đơn khiếu nại không có mã tra cứu đúng thì như mã không tồn tại. Không bao giờ có tên người, số giấy tờ, "
            "số điện thoại, địa chỉ. Lần hỏi sai, và hồ sơ xem chỉ bằng mã, bị tính vào ngân sách chung với trang tra cứu; có mã tra cứu đúng thì không."
        ),
        request=LookupInput,
        responses=shared.answers(
            DossierShape,
            shared.INVALID,
            shared.UNREADABLE,
            shared.UNKNOWN_DOSSIER,
            shared.OTHER_PROVINCE,
            shared.NOT_ACCEPTABLE,
            shared.TOO_LARGE,
            shared.UNSUPPORTED_MEDIA_TYPE,
            shared.TOO_MANY_TRIES,
        ),
        examples=[
            OpenApiExample(
                "code-and-key", value={"code": "H00.08-261125-0042", "key": "K7PQ2M"}, request_only=True
            )
        ],
    )
    def post(self, request: Request) -> Response:
        asked = LookupInput.of(self.body(request))
        try:
            answer = limited_lookup.ask(client_address(request), asked["code"], asked["key"])
        except CodeError as error:
            raise shared.Refusal(
                shared.INVALID, errors={"code": gettext(error.message) % error.params}
            ) from None
        match answer:
            case limited_lookup.TooManyTries():
                raise shared.Refusal(shared.TOO_MANY_TRIES, retry_after=answer.retry_after)
            case lookup.OtherProvince():
                raise shared.Refusal(
                    shared.OTHER_PROVINCE,
                    gettext("Mã này của nơi khác: %(province)s.") % {"province": answer.province_name},
                    province=answer.province_name,
                    lookup_url=answer.url,
                )
            case lookup.Details():
                found = _details_data(answer.dossier)
            case lookup.Progress():
                found = _progress_data(answer.dossier, wrong_key=answer.wrong_key)
            case lookup.NotFound():
                raise shared.Refusal(shared.UNKNOWN_DOSSIER, not_found_sentence())
        return Response(DossierShape(found).data)
