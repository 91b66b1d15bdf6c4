"""Dossiers for the systems of a province: read, receive, and move by the same functions that the desk calls.

No person is named in an answer: who sent the data has them, and who did not needs them not.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_serializer
from pydantic import TypeAdapter, ValidationError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.lifecycle import event_journal, permissions
from dossiers.lifecycle.actions import corrections, reception, transitions
from dossiers.lifecycle.actions.requirements import AS_JSON, TransitionInput
from dossiers.lifecycle.errors import IntakeRefused, NotEntitled, StaleDossier
from dossiers.lifecycle.intake import MAX_CODE, MAX_LENGTH, MAX_NOTE, MAX_PAPER, MAX_PAPERS, Intake
from dossiers.lifecycle.models import Dossier, Event
from dossiers.lifecycle.rules import codes
from dossiers.lookup.api import AgencyShape, agency_data
from dossiers.workflow.rules.statuses import Status
from tenants import clock
from tenants.accounts.api_keys import MachineDoor
from tenants.accounts.models import User
from tenants.files.inspection import FileRefused
from tenants.refusals import Refused
from tenants.web import api as shared

Shape = serializers.Serializer[Any]
PAGE, MOST = 100, 500
_KEY = re.compile(r"[!-~]{8,100}")
_ETAG = re.compile(r'"([0-9]{1,9})"')
_READ_WITH = ("procedure", "workflow_version", "receiving_agency", "competent_agency", "holding_agency")


@extend_schema_serializer(component_name="PossibleTransition")
class TransitionShape(Shape):
    code = serializers.CharField(help_text=_("Mã của bước, gửi lại khi muốn làm bước ấy."))
    name = serializers.CharField(help_text=_("Tên của bước."))
    requires = serializers.ListField(child=serializers.CharField(), help_text=_("Những thứ phải gửi kèm."))


@extend_schema_serializer(component_name="DossierState")
class StateShape(Shape):
    code = serializers.CharField(help_text=_("Mã hồ sơ."))
    event = serializers.IntegerField(help_text=_("Số của việc mới nhất; cũng là `ETag` của hồ sơ."))
    procedure = serializers.CharField(help_text=_("Mã thủ tục quốc gia."))
    status = serializers.IntegerField(help_text=_("Trạng thái quốc gia, 1 đến 10."))
    step = serializers.CharField(help_text=_("Bước trong quy trình của tỉnh."))
    holder = AgencyShape(help_text=_("Đang ở cơ quan nào."))
    receiving_agency = AgencyShape(help_text=_("Nơi tiếp nhận."))
    competent_agency = AgencyShape(help_text=_("Cơ quan giải quyết."))
    received_at = serializers.DateTimeField(allow_null=True, help_text=_("Tiếp nhận lúc; null khi chưa."))
    due_at = serializers.DateTimeField(allow_null=True, help_text=_("Hẹn trả."))
    citizen_due_at = serializers.DateTimeField(allow_null=True, help_text=_("Hạn của người dân."))
    finished_at = serializers.DateTimeField(allow_null=True, help_text=_("Có kết quả lúc."))
    closed_at = serializers.DateTimeField(allow_null=True, help_text=_("Kết thúc lúc."))


@extend_schema_serializer(component_name="DossierWithTransitions")
class WithTransitionsShape(StateShape):
    transitions = TransitionShape(many=True, help_text=_("Những bước mà khóa này làm được lúc này."))
    acts = serializers.ListField(child=serializers.CharField(), help_text=_("Những việc bên cạnh quy trình mà khóa này làm được lúc này."))  # fmt: skip


@extend_schema_serializer(component_name="ReceivedDossier")
class ReceivedShape(StateShape):
    lookup_key = serializers.CharField(help_text=_("Mã tra cứu, in trên giấy hẹn cho người dân."))
    receipt_url = serializers.CharField(help_text=_("Địa chỉ trong mã QR của giấy hẹn."))


@extend_schema_serializer(component_name="DossierPage")
class PageShape(Shape):
    dossiers = StateShape(many=True, help_text=_("Theo thứ tự được ghi vào cổng."))
    next = serializers.IntegerField(allow_null=True, help_text=_("Gửi lại ở `after`; null khi đã hết."))


class PageInput(shared.Input):
    after = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=2**62, help_text=_("`next` của trang trước.")
    )
    limit = serializers.IntegerField(
        required=False, default=PAGE, min_value=1, max_value=MOST, help_text=_("Số hồ sơ một trang.")
    )


class PersonInput(shared.Input):
    name = shared.TextField(max_length=MAX_LENGTH["name"], help_text=_("Họ tên hay tên tổ chức."))
    kind = shared.ChoiceField(("person", "organisation"), required=False, default="person", help_text=_("Cá nhân hay tổ chức."))  # fmt: skip
    id_number = shared.TextField(max_length=MAX_LENGTH["id_number"], required=False, allow_blank=True, default="", help_text=_("Số định danh."))  # fmt: skip
    phone = shared.TextField(max_length=MAX_LENGTH["phone"], required=False, allow_blank=True, default="", help_text=_("Số điện thoại."))  # fmt: skip
    address = shared.TextField(max_length=MAX_LENGTH["address"], required=False, allow_blank=True, default="", help_text=_("Địa chỉ."))  # fmt: skip


class ReceiveInput(shared.Input):
    procedure_code = shared.TextField(max_length=MAX_CODE, help_text=_("Mã thủ tục quốc gia."))
    receiving_agency = shared.TextField(max_length=MAX_CODE, help_text=_("Mã nơi tiếp nhận; khóa phải là cán bộ tiếp nhận ở đó."))  # fmt: skip
    competent_agency = shared.TextField(max_length=MAX_CODE, required=False, allow_blank=True, default="", help_text=_("Mã cơ quan giải quyết; trống thì cổng tìm."))  # fmt: skip
    owner = PersonInput(help_text=_("Chủ hồ sơ."))
    submitter = PersonInput(required=False, allow_null=True, default=None, help_text=_("Người nộp, khi khác chủ hồ sơ."))  # fmt: skip
    recipient = PersonInput(required=False, allow_null=True, default=None, help_text=_("Người nhận thông báo, khi khác người nộp."))  # fmt: skip
    consents = serializers.ListField(child=shared.TextField(max_length=40), required=False, default=list, max_length=20, help_text=_("Các kênh mà người nhận thông báo đã đồng ý."))  # fmt: skip
    channel = shared.ChoiceField(Dossier.Channel.values, required=False, default="counter", help_text=_("Hình thức nộp."))  # fmt: skip
    documents = serializers.ListField(child=shared.TextField(max_length=MAX_PAPER), required=False, default=list, max_length=MAX_PAPERS, help_text=_("Giấy tờ đã nộp."))  # fmt: skip
    note = shared.TextField(max_length=MAX_NOTE, required=False, allow_blank=True, default="", help_text=_("Ghi chú."))  # fmt: skip


class MoveInput(shared.Input):
    transition = shared.TextField(max_length=40, help_text=_("Mã của bước."))
    propose = serializers.BooleanField(default=False, help_text=_("Trình lãnh đạo duyệt bước này, khi bước cần duyệt."))  # fmt: skip
    note = shared.TextField(
        max_length=MAX_NOTE, required=False, allow_blank=True, help_text=_("Lý do, ghi chú.")
    )
    papers = serializers.ListField(child=shared.TextField(max_length=MAX_PAPER), required=False, max_length=MAX_PAPERS, help_text=_("Giấy tờ cần bổ sung."))  # fmt: skip
    amount = serializers.IntegerField(required=False, min_value=0, max_value=10**12, help_text=_("Số tiền cần nộp, đồng."))  # fmt: skip
    payee = shared.TextField(
        max_length=MAX_PAPER, required=False, allow_blank=True, help_text=_("Nộp cho ai.")
    )
    deadline = shared.DayField(required=False, help_text=_("Hạn của người dân."))
    assignee = shared.TextField(max_length=150, required=False, help_text=_("Tên tài khoản người xử lý."))
    agency = shared.TextField(max_length=MAX_CODE, required=False, help_text=_("Mã cơ quan được hỏi ý kiến."))
    term = shared.TextField(max_length=MAX_PAPER, required=False, help_text=_("Thời hạn mới."))
    handover = serializers.DictField(required=False, help_text=_("Kết quả được trả thế nào: `way`, `taken_by`, `checked`, `identified`, `result`, `waybill`, `no_paper`, `waybill_later`, `undone`."))  # fmt: skip
    decision = serializers.ListField(child=shared.TextField(max_length=MAX_PAPER), required=False, min_length=2, max_length=2, help_text=_("Số và ngày của quyết định."))  # fmt: skip


_INTAKE = TypeAdapter(Intake)
REQUEST_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, required=False,
    description=_("8 đến 100 ký tự. Gửi lại cùng khóa, cùng nội dung thì việc không làm hai lần. Phải có khi tiếp nhận."),
)  # fmt: skip
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description=_("`ETag` của lần đọc gần nhất.")
)
ALWAYS = (shared.UNAUTHORIZED, shared.FORBIDDEN, shared.TOO_MANY_TRIES, shared.NOT_ACCEPTABLE)
WRITES = (
    *ALWAYS, shared.INVALID, shared.UNREADABLE, shared.NOT_POSSIBLE, shared.KEY_USED, shared.TOO_LARGE,
    shared.UNSUPPORTED_MEDIA_TYPE,
)  # fmt: skip
ACTS = (*WRITES, shared.UNKNOWN_DOSSIER, shared.PRECONDITION_REQUIRED, shared.PRECONDITION_FAILED)


class DossiersDoor(MachineDoor):
    """/api/v1/dossiers/."""

    @extend_schema(
        operation_id="dossiers",
        summary=_("Đọc các hồ sơ của cơ quan mình"),
        description=_(
            "Hồ sơ mà một cơ quan của khóa tiếp nhận, giải quyết hay đang giữ, theo thứ tự được ghi vào cổng."
        ),
        parameters=[PageInput],
        responses=shared.answers(PageShape, *ALWAYS, shared.INVALID),
    )
    def get(self, request: Request) -> Response:
        asked = PageInput.of(request.query_params)
        found = permissions.visible_to(self.machine(request)).filter(pk__gt=asked["after"]).order_by("pk")
        rows = list(found.select_related(*_READ_WITH)[: asked["limit"] + 1])
        page = rows[: asked["limit"]]
        following = page[-1].pk if len(rows) > len(page) else None
        return Response({"dossiers": [_state(one) for one in page], "next": following})

    @extend_schema(
        operation_id="receive",
        summary=_("Tiếp nhận một hồ sơ"),
        description=_("Như cán bộ tiếp nhận ở quầy: cùng các kiểm tra, cùng giấy hẹn, cùng tin báo."),
        parameters=[REQUEST_KEY],
        request=ReceiveInput,
        examples=[
            OpenApiExample(
                "intake",
                value={
                    "procedure_code": "1.000894",
                    "receiving_agency": "H00.08",
                    "competent_agency": "H00.15",
                    "owner": {"name": "Nguyễn Thị Minh Họa", "phone": "0905000678"},
                },
                request_only=True,
            )
        ],
        responses=shared.answers(ReceivedShape, *WRITES),
    )
    def post(self, request: Request) -> Response:
        given = ReceiveInput.of(shared.PersonalDoor.body(request))
        return once(request, must=True, act=partial(_receive, self.machine(request), given), again=_received)


class DossierDoor(MachineDoor):
    """/api/v1/dossiers/{code}/."""

    @extend_schema(
        operation_id="dossier",
        summary=_("Đọc một hồ sơ"),
        responses=shared.answers(WithTransitionsShape, *ALWAYS, shared.UNKNOWN_DOSSIER),
    )
    def get(self, request: Request, code: str) -> Response:
        user = self.machine(request)
        dossier = find_dossier(user, code)
        possible = [
            {"code": step.code, "name": step.name, "requires": sorted(step.requires)}
            for step in permissions.possible_transitions(dossier, user)
        ]
        events = list(dossier.events.select_related("note").order_by("sequence"))
        acts = [name for name in corrections.offered(dossier, events, user) if name != event_journal.CONSENT]
        recall = ["recall"] if corrections.can_recall(dossier, events, user) else []
        return answer(dossier, transitions=possible, acts=[*acts, *recall])


class TransitionsDoor(MachineDoor):
    """/api/v1/dossiers/{code}/transitions/."""

    @extend_schema(
        operation_id="move",
        summary=_("Chuyển hồ sơ một bước"),
        description=_(
            "Một bước của quy trình, như ở bàn làm việc. `If-Match` là `ETag` của lần đọc gần nhất."
        ),
        parameters=[IF_MATCH, REQUEST_KEY],
        request=MoveInput,
        examples=[
            OpenApiExample(
                "assign", value={"transition": "forward", "assignee": "chuyenvien"}, request_only=True
            )
        ],
        responses=shared.answers(StateShape, *ACTS),
    )
    def post(self, request: Request, code: str) -> Response:
        given = MoveInput.of(shared.PersonalDoor.body(request))
        dossier = find_dossier(self.machine(request), code)
        act = partial(_move, self.machine(request), dossier.pk, seen_by(request), given)
        return once(request, must=False, act=act, again=answer_again)


def _receive(user: User, given: dict[str, Any]) -> Response:
    given = {name: value for name, value in given.items() if value is not None}
    try:
        return _answer_received(reception.receive(_INTAKE.validate_python(given), actor=user))
    except IntakeRefused as refusal:
        raise shared.Refusal(shared.INVALID, str(refusal), errors=refusal.problems) from None


def _received(user: User, event: Event) -> Response:
    with transaction.atomic():
        return _answer_received(reception.receipt_of(read_dossier(event.dossier_id)))


def _answer_received(received: reception.Received) -> Response:
    return answer(received.dossier, lookup_key=received.key, receipt_url=received.token_url)


def _move(user: User, dossier_id: int, seen: int, given: dict[str, Any]) -> Response:
    transition = given.pop("transition")
    do = transitions.propose if given.pop("propose") else transitions.apply_transition
    do(dossier_id, transition, actor=user, seen=seen, given=_read_input(given))
    return answer(read_dossier(dossier_id))


def _read_input(given: dict[str, Any]) -> TransitionInput:
    if "assignee" in given:
        given["assignee"] = person_named(given["assignee"]).pk
    try:
        return AS_JSON.validate_python(given)
    except ValidationError as error:
        names = {str(one["loc"][0]): gettext("Giá trị này không đọc được.") for one in error.errors()}
        raise shared.Refusal(shared.INVALID, errors=names) from None


def person_named(username: str) -> User:
    """The account of an assignee. Raises Refusal where there is none of this name."""
    person = User.objects.filter(username=username).first()
    if person is None:
        raise shared.Refusal(shared.INVALID, errors={"assignee": gettext("Không có tài khoản này.")})
    return person


def seen_by(request: Request) -> int:
    """The number of the event that the machine read last. Raises Refusal where it names none."""
    seen = _ETAG.fullmatch(request.headers.get("If-Match", "").strip())
    if seen is None:
        raise shared.Refusal(shared.PRECONDITION_REQUIRED)
    return int(seen[1])


def once(
    request: Request,
    *,
    must: bool,
    act: Callable[[], Response],
    again: Callable[[User, Event], Response],
    sent: bytes | None = None,
) -> Response:
    """What the act answers; where its request's key has an event already, the answer made again from the rows.

    `sent` is what tells two requests apart where it is not the body. Raises Refusal.
    """
    user, key = MachineDoor.machine(request), request.headers.get("Idempotency-Key", "")
    if (key or must) and not _KEY.fullmatch(key):
        sentence = gettext("Phải có từ 8 đến 100 ký tự không dấu, không dấu cách.")
        raise shared.Refusal(shared.INVALID, errors={"Idempotency-Key": sentence})
    asked = f"{request.path}\n{request.headers.get('If-Match', '')}\n".encode()
    asked += request._request.body if sent is None else sent
    key, digest = key and _digest(key.encode()), _digest(asked)
    if key and (done := _find_answer(user, key, digest, again)):
        return done
    try:
        with event_journal.requested(key, digest if key else ""):
            return act()
    except IntegrityError:
        # The same request twice at the same moment: the other one was first.
        if key and (done := _find_answer(user, key, digest, again)):
            return done
        raise
    except FileRefused as refusal:
        raise shared.Refusal(shared.INVALID, errors={"file": str(refusal)}) from None
    except StaleDossier as refusal:
        raise shared.Refusal(shared.PRECONDITION_FAILED, str(refusal)) from None
    except NotEntitled as refusal:
        raise shared.Refusal(shared.FORBIDDEN, str(refusal)) from None
    except Refused as refusal:
        raise shared.Refusal(shared.NOT_POSSIBLE, str(refusal)) from None


def _find_answer(
    user: User, key: str, digest: str, again: Callable[[User, Event], Response]
) -> Response | None:
    event = Event.objects.filter(actor=user, request_key=key).first()
    if event is None:
        return None
    if event.request_digest != digest:
        raise shared.Refusal(shared.KEY_USED)
    return again(user, event)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]


def find_dossier(user: User, code: str) -> Dossier:
    """The dossier of this code, written in any of its ways, if an agency of this key has a part in it."""
    read = codes.read(code)
    visible = permissions.visible_to(user).select_related(*_READ_WITH)
    found = visible.filter(code=read.text).first() if read else None
    if found is None:
        raise shared.Refusal(shared.UNKNOWN_DOSSIER)
    return found


def read_dossier(dossier_id: int) -> Dossier:
    """The dossier with all that its state names."""
    return Dossier.objects.select_related(*_READ_WITH).get(pk=dossier_id)


def answer_again(user: User, event: Event) -> Response:
    """What an act answers, made from the rows."""
    return answer(read_dossier(event.dossier_id))


def answer(dossier: Dossier, **more: Any) -> Response:
    """Its state and `more`, under the number of its last event."""
    response = Response({**_state(dossier), **more})
    response.headers["ETag"] = f'"{dossier.last_sequence}"'
    return response


def _state(dossier: Dossier) -> dict[str, Any]:
    return {
        "code": dossier.code,
        "event": dossier.last_sequence,
        "procedure": dossier.procedure.code,
        "status": dossier.status,
        "step": dossier.step,
        "holder": agency_data(dossier.holding_agency),
        "receiving_agency": agency_data(dossier.receiving_agency),
        "competent_agency": agency_data(dossier.competent_agency),
        "received_at": None if dossier.status == Status.NEW else local(dossier.received_at),
        "due_at": local(dossier.due_at),
        "citizen_due_at": local(dossier.citizen_due_at),
        "finished_at": local(dossier.finished_at),
        "closed_at": local(dossier.closed_at),
    }


def local(moment: datetime | None) -> datetime | None:
    """By the clock of Viet Nam."""
    return moment and moment.astimezone(clock.VIETNAM)
