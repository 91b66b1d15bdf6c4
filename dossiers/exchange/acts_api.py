"""Acts beside the workflow for the systems of a province, by the same functions that the desk calls."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.exchange import dossiers_api as dossiers
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.intake import MAX_NOTE, MAX_PAPER
from dossiers.lifecycle.models import Event, LateCause
from tenants.accounts.api_keys import MachineDoor
from tenants.accounts.models import User
from tenants.web import api as shared


class Act(NamedTuple):
    """What does it, which fields it must have, and which it may have beside them."""

    do: Callable[..., Event]
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


ACTS = {
    "assign": Act(services.assign, ("assignee",), ("note",)),
    "apologise": Act(services.apologise, ("new_due", "reason"), ("cause",)),
    "waybill": Act(services.note_waybill, ("waybill",)),
    "correct": Act(services.correct, ("to_step", "reason")),
    "recall": Act(services.recall),
}


class ActInput(shared.Input):
    act = shared.ChoiceField(tuple(ACTS), help_text=_("`assign`: giao người xử lý; `apologise`: xin lỗi và hẹn lại; `waybill`: ghi mã vận đơn; `correct`: điều chỉnh trạng thái; `recall`: thu hồi việc vừa làm."))  # fmt: skip
    assignee = shared.TextField(max_length=150, required=False, help_text=_("`assign`: tên tài khoản người xử lý."))  # fmt: skip
    note = shared.TextField(max_length=MAX_NOTE, required=False, allow_blank=True, help_text=_("`assign`: ghi chú, nếu có."))  # fmt: skip
    new_due = shared.DayField(required=False, help_text=_("`apologise`: ngày hẹn mới."))
    cause = shared.ChoiceField(LateCause.values, required=False, help_text=_("`apologise`: nhóm lý do để đếm, nếu có."))  # fmt: skip
    reason = shared.TextField(max_length=MAX_NOTE, required=False, help_text=_("`apologise`, `correct`: lý do; người dân đọc lý do hẹn lại."))  # fmt: skip
    waybill = shared.TextField(max_length=MAX_PAPER, required=False, help_text=_("`waybill`: mã vận đơn."))
    to_step = shared.TextField(max_length=40, required=False, help_text=_("`correct`: bước đúng của hồ sơ."))


class ActsDoor(MachineDoor):
    """/api/v1/dossiers/{code}/acts/."""

    @extend_schema(
        operation_id="act",
        summary=_("Làm một việc bên cạnh quy trình"),
        description=_("Như ở bàn làm việc: cùng quyền, cùng tin báo. Mỗi việc nhận đúng các trường của nó."),
        parameters=[dossiers.IF_MATCH, dossiers.REQUEST_KEY],
        request=ActInput,
        examples=[
            OpenApiExample("assign", value={"act": "assign", "assignee": "chuyenvien"}, request_only=True)
        ],
        responses=shared.answers(dossiers.StateShape, *dossiers.ACTS),
    )
    def post(self, request: Request, code: str) -> Response:
        given = ActInput.of(shared.PersonalDoor.body(request))
        act = ACTS[given.pop("act")]
        missing = str(shared.TextField.default_error_messages["required"])
        errors = {name: missing for name in act.needs if name not in given}
        unknown = [name for name in given if name not in (*act.needs, *act.may)]
        errors |= dict.fromkeys(unknown, gettext("Việc này không có trường này."))
        if errors:
            raise shared.Refusal(shared.INVALID, errors=errors)
        dossier = dossiers.find_dossier(self.machine(request), code)
        do = partial(_do, act, self.machine(request), dossier.pk, dossiers.seen_by(request), given)
        return dossiers.once(request, must=False, act=do, again=dossiers.answer_again)


def _do(act: Act, user: User, dossier_id: int, seen: int, given: dict[str, Any]) -> Response:
    if "assignee" in given:
        given["assignee"] = dossiers.person_named(given["assignee"])
    return dossiers.answer_again(user, act.do(dossier_id, actor=user, seen=seen, **given))
