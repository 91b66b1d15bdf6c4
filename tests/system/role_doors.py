"""What each address of the staff's site gives to whom: by hand, so that rules and pages are held against it.

`role_doors.tsv`: who gets in from the dossier's agencies (near) and from another one (far); at some, looking is
not for anybody. People are letters: clerk, specialist, leader, k for communications, m for administrator,
auditor, and nobody (staff without a role). An address that is missing there fails the matrix.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dossiers.filing import answers
from dossiers.filing.desk import draft_pages
from dossiers.filing.models import FilingDraft
from dossiers.lifecycle.models import OtherSystem
from tenants import clock
from tenants.accounts.models import User
from tenants.folder.readers.spreadsheets import as_csv
from tenants.operations.onboarding import tables as table_exchange
from tenants.organisation.folder import agencies as agencies_section
from tenants.organisation.models import Assignment
from tests.dossiers.desk.test_desk import typed
from tests.dossiers.legacy_files import MAPPING
from tests.dossiers.lifecycle.files import samples
from tests.system.worlds import World

BASE = "/quan-tri/"


@dataclass(frozen=True)
class Door:
    """Who gets in: from the dossier's agencies, and from another one. `only_post`: looking is not for anybody."""

    near: str
    far: str
    only_post: bool = False


def _shown(draft: FilingDraft) -> str:
    """What the page that receives this draft says of what it shows."""
    form = answers.form_of(draft)
    assert form is not None
    return draft_pages.shown_digest(draft, form, answers.read(draft))


_DOSSIER = "dossiers/dossier/<int:dossier_id>/"
_DRAFT = "dossiers/dossier/ban-nhap/<str:draft>/"
_NEWS = "broadcasts/publication/"
_GUIDANCE = "procedures/procedure/<int:procedure_id>/soan/"
_ONE_OF_THEM = f"{_NEWS}<int:publication_id>/"


def _machine() -> int:
    return User.objects.get_or_create(username="may-khac", defaults={"is_machine": True})[0].pk


def _doors() -> Iterator[tuple[str, Door]]:
    lines = Path(__file__).with_suffix(".tsv").read_text("utf-8").splitlines()[1:]
    for address, near, far, looking in (line.split("\t") for line in lines if not line.startswith("# ")):
        yield address, Door(near.strip("-"), far.strip("-"), only_post=looking == "no")


DOORS = dict(_doors())


@dataclass(frozen=True)
class Act:
    """What is posted to an address, and whose post changes something: from near, from another agency."""

    posted: Callable[[World], dict[str, Any]]
    near: str
    far: str = "m"
    asked: Callable[[World], str] = lambda world: ""


ANYTHING = {"seen": 2, "note": "x", "post": "yes"}
_NO_ROWS = {"TOTAL_FORMS": "0", "INITIAL_FORMS": "0"}
_WORDS = {"kind": "news", "title": "Tin minh họa", "summary": "Tóm tắt minh họa", "body": "- Việc minh họa"}


def lent(world: World) -> dict[str, Any]:
    """The work of the department's specialist, for today."""
    work = Assignment.objects.get(user=world.office.specialist)
    days = dict.fromkeys(("first_day", "last_day"), clock.today().isoformat())
    return {"lend": "1", "assignment": work.pk, "to": world.office.clerk.username, **days}


def exchanged(world: World) -> dict[str, Any]:
    """The agencies as they are but for one more, looked at and confirmed."""
    one_more = {"code": f"{world.office.desk.code[:3]}.56", "name": "Cơ quan mới", "level": "commune"}
    rows = [*agencies_section.TABLE.rows(), {**dict.fromkeys(agencies_section.TABLE.columns, ""), **one_more}]
    content = as_csv(tuple(agencies_section.TABLE.columns), rows).encode()
    seal = table_exchange.bring(agencies_section.TABLE, content).seal
    return {"file": SimpleUploadedFile("co-quan.csv", content), "seal": seal}


def guidance(world: World) -> dict[str, Any]:
    """The draft with another short name."""
    rows = (_no_rows(part) for part in ("documents", "steps", "fees", "legal_basis"))
    return {
        "seen": world.draft.version,
        "short_name": "Tên khác",
        **dict(pair for one in rows for pair in one.items()),
    }


def _no_rows(prefix: str) -> dict[str, str]:
    return {f"{prefix}-{name}": value for name, value in _NO_ROWS.items()}


ACTS: dict[str, Act] = {
    f"{_DOSSIER}buoc/<str:code>/": Act(
        lambda world: {"seen": 2, "assignee": world.office.specialist.pk}, near="csm"
    ),
    f"{_DOSSIER}viec/<str:name>/": Act(
        lambda world: {"seen": 2, "assignee": world.office.specialist.pk, "note": "Việc minh họa"}, near="lm"
    ),
    f"{_DOSSIER}duyet/<int:proposal_id>/": Act(
        lambda world: {"seen": 2, "reason": "Chưa đủ căn cứ minh họa"}, near="lm"
    ),
    f"{_DOSSIER}ghi-chu/": Act(lambda world: {"text": "Ghi chú minh họa"}, near="cslm"),
    f"{_DOSSIER}tep/": Act(
        lambda world: {"uploads": SimpleUploadedFile("minh-hoa.pdf", samples.pdf()), "kind": "paper"}, near="cslm"
    ),
    f"{_DOSSIER}tep/<int:attachment_id>/go/": Act(lambda world: {"reason": "Gắn nhầm tệp"}, near="cslm"),
    f"{_DOSSIER}cap-ma-moi/": Act(lambda world: {"seen": 2, "checked": "thẻ căn cước"}, near="cm"),
    "dossiers/dossier/add/": Act(lambda world: typed(world.office), near="cm"),
    "dossiers/dossier/add/bieu-mau/<str:code>/": Act(
        lambda world: {"nguoi_nop_name": "Người Nộp"}, near="cm", far="cm"
    ),
    f"{_DRAFT}dien/": Act(lambda world: {"nguoi_nop_name": "Đổi Tên"}, near="cm", far="cm"),
    _DRAFT: Act(
        lambda world: {
            "receiving_agency": world.office.desk.code, "competent_agency": world.office.department.code,
            "delivery": "Tại nơi tiếp nhận", draft_pages.SEEN_NAME: _shown(world.prepared),
        },
        near="cm",
    ),
    "dossiers/dossier/nhieu/": Act(
        lambda world: {
            "act": "giao", f"seen-{world.dossier.pk}": 2, "assignee": world.office.specialist.pk, "note": "x",
        },
        near="lm",
        asked=lambda world: f"?hs={world.dossier.pk}",
    ),
    "dossiers/decision/<int:decision_id>/go/": Act(lambda world: {"words": "Gỡ để sửa lại trích yếu"}, near="lm"),
    "feedback/feedback/<int:feedback_id>/<str:name>/": Act(
        lambda world: {"seen": world.feedback.last_sequence, "text": "Trả lời minh họa"}, near="m"
    ),
    "goi-dien/<int:call_id>/": Act(lambda world: {"outcome": "told"}, near="clm"),
    f"{_NEWS}add/": Act(lambda world: _WORDS, near="km", far="km"),
    f"{_ONE_OF_THEM}change/": Act(
        lambda world: {**_WORDS, "kind": "urgent", "seen": world.publication.version}, near="km", far="km"
    ),
    f"{_ONE_OF_THEM}viec/<str:name>/": Act(
        lambda world: {"seen": world.publication.version}, near="km", far="km"
    ),
    "messaging/template/<slug:name>/": Act(
        lambda world: {"title": "Đã nhận", "body": "Kính gửi ông/bà {ho_ten}: {ma_ho_so}.", "button": "Xem"},
        near="m",
    ),
    "messaging/sendingrules/": Act(
        lambda world: {"window_from": "08:15", "window_until": "19:45", "expires_after_hours": "30"}, near="m"
    ),
    "channels/lane/<int:lane_id>/tam-dung/": Act(lambda world: {}, near="m"),
    "contacts/contact/": Act(
        lambda world: {"action": "stop_everything", "_selected_action": world.contact, "confirmed": "1"}, near="m"
    ),
    "accounts/user/add/": Act(
        lambda world: {"username": "moi", "full_name": "Người Mới", **_no_rows("assignments")}, near="m"
    ),
    "accounts/user/<path:object_id>/change/": Act(
        lambda world: {
            "username": "doiten", "full_name": "Đổi Tên", "is_active": "on", **_no_rows("assignments"),
        },
        near="m",
    ),
    "accounts/user/<str:object_id>/dang-nhap/": Act(lambda world: {"invite": "1"}, near="m"),
    "organisation/agency/add/": Act(
        lambda world: {
            "code": f"{world.office.desk.code[:3]}.55", "name": "Mới", "level": "commune",
            **_no_rows("assignments"),
        },
        near="m",
    ),
    "dossiers/othersystem/add/": Act(
        lambda world: {
            "name": "Bộ mới", "notices_per_day": "10", "mapping": MAPPING.read_text("utf-8"), **_no_rows("pull"),
        },
        near="m",
    ),
    "dossiers/othersystem/<path:object_id>/change/": Act(
        lambda world: {
            "name": "Bộ khác", "notices_per_day": "10", "mapping": OtherSystem.objects.get().mapping,
            **_no_rows("pull"),
        },
        near="m",
    ),
    "exchange/webhook/add/": Act(
        lambda world: {"name": "Sở mới", "url": "https://nhan.example.vn/", "account": _machine()}, near="m"
    ),
    "exchange/webhook/<path:object_id>/change/": Act(
        lambda world: {"name": "Sở khác", "url": "https://nhan.example.vn/", "account": _machine()}, near="m"
    ),
    "exchange/webhook/<path:object_id>/delete/": Act(lambda world: {"post": "yes"}, near="m"),
    "exchange/webhook/<int:object_id>/gui/": Act(lambda world: {"secret": "1"}, near="m"),
    "exchange/nationallink/<path:object_id>/change/": Act(
        lambda world: {
            "dialect": "lgsp", "url": "https://truc.example.vn/", "unit_code": "H15", "username": "tinh",
            "desk": world.office.desk.pk,
        },
        near="m",
    ),
    "exchange/nationallink/<int:object_id>/gui/": Act(lambda world: {"start": "1"}, near="m"),
    "organisation/agency/<path:object_id>/change/": Act(
        lambda world: {"name": "Đổi tên", "level": "commune", **_no_rows("assignments")}, near="m"
    ),
    "procedures/procedure/<path:object_id>/change/": Act(
        lambda world: {
            "handled": "on", "state": "active", "filing_mode": "counter", "no_term_source": "Luật minh họa",
            **_no_rows("versions"),
        },
        near="m",
    ),
    _GUIDANCE: Act(guidance, near="km", far="km"),
    f"{_GUIDANCE}viec/<str:name>/": Act(lambda world: {"seen": world.draft.version}, near="km", far="km"),
    "du-lieu/<slug:code>/": Act(exchanged, near="m"),
    "uy-quyen/": Act(lent, near="lm"),
    "procedures/blankform/add/": Act(lambda world: {"code": "CT09", **_no_rows("files")}, near="km", far="km"),
    "procedures/blankform/<path:object_id>/change/": Act(
        lambda world: {"title": "Đổi tên", **_no_rows("files")}, near="km", far="km"
    ),
    "procedures/synonym/add/": Act(
        lambda world: {"everyday": "giấy cưới", "official": "1.009999", "active": "on"}, near="km", far="km"
    ),
    "procedures/synonym/<path:object_id>/delete/": Act(lambda world: {"post": "yes"}, near="m"),
}  # fmt: skip
