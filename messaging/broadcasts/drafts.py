"""What a publication may say and to whom it may go, and what is wrong with either."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from messaging.broadcasts import queries
from messaging.broadcasts.models import Publication
from messaging.outbox import sending_rules
from messaging.outbox.models.messages import SendingRules
from tenants import clock

Kind = Publication.Kind
YEARS = range(2000, 2101)
REASON_MIN, REASON_MAX = 10, 500
STOP_REASON_MIN = 5

_LINES = {"title": 150, "title_en": 150, "area": 200, "area_en": 200}
_TEXTS = {"summary": 400, "summary_en": 400, "body": 10_000, "body_en": 10_000}
WORDS = ("kind", *_LINES, *_TEXTS, "issuer", "starts_at", "ends_at", "publish_from", "publish_until")
"""The columns that say something, on the web or in a message."""
PLAN = ("audiences", "scheduled_for")
"""To whom and when it is sent; None: as soon as approved."""


class Refused(Exception):
    """Nothing was changed. `problems` maps a field, or "" for the whole, to a Vietnamese sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def is_wrong_hour(moment: datetime) -> str:
    """Why the province sends no broadcast at this moment, in Vietnamese; "" when it does."""
    rules = SendingRules.current()
    if sending_rules.is_open(moment, rules):
        return ""
    return _("Tỉnh chỉ gửi tin từ %(first)s đến %(last)s. Xin hẹn giờ trong khoảng ấy.") % {
        "first": f"{rules.window_from:%H:%M}",
        "last": f"{rules.window_until:%H:%M}",
    }


def check(said: Publication, *, plan: bool) -> None:
    """Tidy up its words; raises Refused with all that is wrong with them or, where that is new, with the plan."""
    problems = find_problems(said) if plan else {}
    for names, clean in ((_LINES, queries.one_line), (_TEXTS, queries.tidy)):
        for name, most in names.items():
            if not queries.is_fit(getattr(said, name)):
                problems[name] = _("Nội dung có ký tự không hợp lệ.")
                continue
            setattr(said, name, clean(getattr(said, name)))
            if len(getattr(said, name)) > most:
                problems[name] = _("Dài quá, tối đa %(most)d ký tự.") % {"most": most}
    for name, is_missing, sentence in (
        ("title", not said.title, _("Xin nhập tiêu đề.")),
        ("summary", not said.summary, _("Xin viết tóm tắt: việc gì, từ khi nào, ở đâu.")),
        (
            "summary_en",
            said.title_en and not said.summary_en,
            _("Có tiêu đề tiếng Anh thì cần cả tóm tắt tiếng Anh."),
        ),
        (
            "title_en",
            (said.summary_en or said.body_en) and not said.title_en,
            _("Có nội dung tiếng Anh thì cần cả tiêu đề tiếng Anh."),
        ),
        ("kind", said.kind not in Kind.values, _("Xin chọn loại thông báo.")),
    ):
        if is_missing:
            problems.setdefault(name, sentence)
    problems |= _wrong_moments(said)
    if problems:
        raise Refused(problems)
    if said.kind == Kind.OUTAGE:
        said.publish_until = said.ends_at


def find_problems(said: Publication) -> dict[str, str]:
    """What is wrong with its plan now, by field."""
    found: dict[str, str] = {}
    if not set(said.audiences) <= set(Publication.Audience):
        found["audiences"] = _("Không có nhóm người nhận này.")
    if said.scheduled_for is not None:
        if said.scheduled_for <= clock.now():
            found["scheduled_for"] = _("Giờ hẹn gửi phải ở phía trước.")
        elif said.audiences and (problem := is_wrong_hour(said.scheduled_for)):
            found["scheduled_for"] = problem
    return found


def _wrong_moments(said: Publication) -> dict[str, str]:
    moments: dict[str, Any] = {name: getattr(said, name) for name in (*WORDS, *PLAN)}
    # A moment before the first year is written, and cannot be read back: no list shows any more.
    wrong = [n for n, at in moments.items() if isinstance(at, datetime) and at.year not in YEARS]
    if problems := dict.fromkeys(wrong, _("Năm phải từ 2000 đến 2100.")):
        return problems
    if said.kind == Kind.OUTAGE:
        if said.starts_at is None:
            problems["starts_at"] = _("Tạm dừng theo kế hoạch phải có giờ bắt đầu.")
        if said.ends_at is None:
            problems["ends_at"] = _("Tạm dừng theo kế hoạch phải có giờ dự kiến hoạt động lại.")
    if said.starts_at and said.ends_at and said.ends_at <= said.starts_at:
        problems["ends_at"] = _("Giờ kết thúc phải sau giờ bắt đầu.")
    until = said.ends_at if said.kind == Kind.OUTAGE else said.publish_until
    if said.publish_from and until and until <= said.publish_from:
        problems["publish_until"] = _("Ngày thôi đăng phải sau ngày đăng.")
    return problems
