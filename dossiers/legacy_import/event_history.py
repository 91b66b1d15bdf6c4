"""Through which steps a dossier of an old system came, as far as its row tells."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dossiers.legacy_import.rows.records import Stage, Unclear
from dossiers.legacy_import.rows.vocabularies import OldStatus
from dossiers.lifecycle.actions.corrections import CLOCK_OF_CORRECTION
from dossiers.workflow.rules.schema import Step
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.workflow import Workflow
from tenants.text import fold


@dataclass(frozen=True, slots=True)
class Times:
    """What a row tells about when. `as_of` is the moment for which the whole file speaks."""

    received_at: datetime
    status_since: datetime | None
    finished_at: datetime | None
    returned_at: datetime | None
    as_of: datetime


def present_step(workflow: Workflow, old: OldStatus, word: str) -> Step:
    """The step where the dossier stands: the one the row names (by code or name), else the one of the status
    table, else the first of this status. Raises Unclear."""
    steps = workflow.steps.values()
    if word:
        named = [step for step in steps if step.code == word or fold(step.name) == fold(word)]
        if len(named) != 1:
            raise Unclear(_("quy trình áp dụng không có bước này"), "step")
        if named[0].status is not old.status:
            text = _("bước này ở trạng thái %(step)d, còn trạng thái của dòng là %(row)d")
            raise Unclear(text % {"step": named[0].status, "row": old.status}, "step")
        return named[0]
    found = next((step for step in steps if step.status is old.status and old.step in ("", step.code)), None)
    if found is not None:
        return found
    if old.step:
        text = _("quy trình áp dụng không có bước “%(step)s” ở trạng thái %(status)d")
    else:
        text = _("quy trình áp dụng không có bước nào ở trạng thái %(status)d")
    raise Unclear(text % {"step": old.step, "status": old.status}, "status_name")


def stages_of(workflow: Workflow, start: Step, present: Step, times: Times) -> tuple[Stage, ...]:
    """What came after receipt. Raises Unclear when the row does not say when a dossier was finished:
    statistics would count it wrongly for ever."""
    status = present.status
    if present.code == start.code:
        return ()
    if status is Status.RETURNED:
        if times.returned_at is None:
            raise Unclear(_("hồ sơ đã trả kết quả mà không ghi trả lúc nào"), "returned_at")
        done = next((step for step in workflow.steps.values() if step.status is Status.DONE), None)
        returned = Stage(present.code, status, times.returned_at)
        if done is None or times.finished_at is None:
            return (returned,)
        return (Stage(done.code, Status.DONE, times.finished_at), returned)
    if status is Status.DONE:
        at, sentence = times.finished_at, _("hồ sơ đã có kết quả mà không ghi xong lúc nào")
    elif status.is_stopped:
        at, sentence = times.status_since or times.finished_at, _("hồ sơ đã kết thúc mà không ghi lúc nào")
    else:
        at, sentence = times.status_since or times.as_of, ""
    if at is None:
        raise Unclear(sentence, "finished_at")
    return (Stage(present.code, status, at),)


def clock_effect(workflow: Workflow, before: str, after: str) -> str:
    """What a move between two steps does to a term whose date the old system has counted: it runs, stands
    still or is over. It is never counted anew: that date is a promise already."""
    return CLOCK_OF_CORRECTION.get((workflow.clock_state(before), workflow.clock_state(after)), "none")


def own_clock_effect(workflow: Workflow, before: str, after: str) -> str:
    """The same where the old system gives no date: what the workflow's own transition does, if it says so
    without a choice of terms."""
    for transition in workflow.transitions_from(before):
        if transition.target == after and not transition.terms:
            return transition.clock
    return clock_effect(workflow, before, after)


def needs_date(workflow: Workflow, start: Step, present: Step) -> bool:
    """Whether only the old system can know the date of a dossier at this step: a complaint that was accepted
    runs under a term that a leader chose."""
    return workflow.term is not None and present.code != start.code and not present.status.is_closed
