"""What a publication says and to whom it goes, and what is wrong with either."""

from collections.abc import Set
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from messaging.broadcasts import queries
from messaging.broadcasts.models import Publication
from messaging.outbox import sending_rules
from messaging.outbox.models.messages import SendingRules
from tenants import clock
from tenants.organisation.models import Agency

Kind = Publication.Kind


TITLE_MAX = 150
SUMMARY_MAX = 400
AREA_MAX = 200
BODY_MAX = 10_000
YEARS = range(2000, 2101)
REASON_MIN, REASON_MAX = 10, 500
STOP_REASON_MIN = 5


_LINES = {"title": TITLE_MAX, "title_en": TITLE_MAX, "area": AREA_MAX, "area_en": AREA_MAX}
_TEXTS = {"summary": SUMMARY_MAX, "summary_en": SUMMARY_MAX, "body": BODY_MAX, "body_en": BODY_MAX}


class Refused(Exception):
    """Nothing was changed. `problems` maps a field, or "" for the whole, to a Vietnamese sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Draft:
    """The words of a publication. Moments are aware; None where one is left open."""

    title: str
    summary: str
    body: str = ""
    kind: str = Kind.NEWS
    title_en: str = ""
    summary_en: str = ""
    body_en: str = ""
    area: str = ""
    area_en: str = ""
    issuer: Agency | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    publish_from: datetime | None = None
    publish_until: datetime | None = None

    @classmethod
    def of(cls, publication: Publication) -> "Draft":
        """What a publication says now."""
        return cls(**{field.name: getattr(publication, field.name) for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class Plan:
    """To which audiences and when; None: as soon as approved."""

    audiences: Set[str] = frozenset()
    scheduled_for: datetime | None = None

    @classmethod
    def of(cls, publication: Publication) -> "Plan":
        """To whom and when a publication is to be sent now."""
        return cls(frozenset(publication.audiences), publication.scheduled_for)


NO_PLAN = Plan()


def is_wrong_hour(moment: datetime) -> str:
    """Why the province sends no broadcast at this moment, in Vietnamese; "" when it does."""
    rules = SendingRules.current()
    if sending_rules.is_open(moment, rules):
        return ""
    return _("Tỉnh chỉ gửi tin từ %(first)s đến %(last)s. Xin hẹn giờ trong khoảng ấy.") % {
        "first": f"{rules.window_from:%H:%M}",
        "last": f"{rules.window_until:%H:%M}",
    }


def checked(draft: Draft, plan: Plan) -> Draft:
    """The draft tidied up; raises Refused with all that is wrong with it or with the plan."""
    problems = find_problems(plan)
    values: dict[str, Any] = {}
    for names, clean in ((_LINES, queries.one_line), (_TEXTS, queries.tidy)):
        for name, most in names.items():
            value = getattr(draft, name)
            if not queries.is_fit(value):
                problems[name] = _("Nội dung có ký tự không hợp lệ.")
            elif len(values.setdefault(name, clean(value))) > most:
                problems[name] = _("Dài quá, tối đa %(most)d ký tự.") % {"most": most}
    for name, sentence in (
        ("title", _("Xin nhập tiêu đề.")),
        ("summary", _("Xin viết tóm tắt: việc gì, từ khi nào, ở đâu.")),
    ):
        if not values.get(name, "-"):
            problems[name] = sentence
    if values.get("title_en", "-") and not values.get("summary_en", "-"):
        problems["summary_en"] = _("Có tiêu đề tiếng Anh thì cần cả tóm tắt tiếng Anh.")
    if (values.get("summary_en", "") or values.get("body_en", "")) and not values.get("title_en", "-"):
        problems["title_en"] = _("Có nội dung tiếng Anh thì cần cả tiêu đề tiếng Anh.")
    if draft.kind not in Kind.values:
        problems["kind"] = _("Xin chọn loại thông báo.")
    problems |= _wrong_moments(draft, plan)
    if problems:
        raise Refused(problems)
    if draft.kind == Kind.OUTAGE:
        values["publish_until"] = draft.ends_at
    return Draft(**{**columns_of(draft), **values})


def find_problems(plan: Plan) -> dict[str, str]:
    """What is wrong with a plan now, by field."""
    found: dict[str, str] = {}
    if not plan.audiences <= set(Publication.Audience):
        found["audiences"] = _("Không có nhóm người nhận này.")
    if plan.scheduled_for is not None:
        if plan.scheduled_for <= clock.now():
            found["scheduled_for"] = _("Giờ hẹn gửi phải ở phía trước.")
        elif plan.audiences and (problem := is_wrong_hour(plan.scheduled_for)):
            found["scheduled_for"] = problem
    return found


def _wrong_moments(draft: Draft, plan: Plan) -> dict[str, str]:
    moments = columns_of(draft) | {"scheduled_for": plan.scheduled_for}
    # A moment before the first year is written, and cannot be read back: no list shows any more.
    wrong = [n for n, at in moments.items() if isinstance(at, datetime) and at.year not in YEARS]
    if problems := dict.fromkeys(wrong, _("Năm phải từ 2000 đến 2100.")):
        return problems
    if draft.kind == Kind.OUTAGE:
        if draft.starts_at is None:
            problems["starts_at"] = _("Tạm dừng theo kế hoạch phải có giờ bắt đầu.")
        if draft.ends_at is None:
            problems["ends_at"] = _("Tạm dừng theo kế hoạch phải có giờ dự kiến hoạt động lại.")
    if draft.starts_at and draft.ends_at and draft.ends_at <= draft.starts_at:
        problems["ends_at"] = _("Giờ kết thúc phải sau giờ bắt đầu.")
    until = draft.ends_at if draft.kind == Kind.OUTAGE else draft.publish_until
    if draft.publish_from and until and until <= draft.publish_from:
        problems["publish_until"] = _("Ngày thôi đăng phải sau ngày đăng.")
    return problems


def columns_of(draft: Draft) -> dict[str, Any]:
    """The columns of a publication that hold the draft."""
    return {field.name: getattr(draft, field.name) for field in fields(draft)}
