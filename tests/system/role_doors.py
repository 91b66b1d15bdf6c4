"""What each address of the staff's site gives to whom: by hand, so that rules and pages are held against it.

People are letters: clerk, specialist, leader, k for communications, m for administrator, auditor, and nobody
(staff without a role). An address that is missing here fails the matrix.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from dossiers.filing import answers
from dossiers.filing.desk import draft_pages
from dossiers.filing.models import FilingDraft
from tenants import clock
from tenants.folder.readers.spreadsheets import as_csv
from tenants.operations.onboarding import tables as table_exchange
from tenants.organisation.folder import agencies as agencies_section
from tenants.organisation.models import Assignment
from tests.dossiers.desk.test_desk import typed
from tests.dossiers.lifecycle.files import samples
from tests.system.worlds import World

EVERYBODY = "cslkman"
DOSSIERS = "cslma"
"""Who works on dossiers or reads them."""
BASE = "/quan-tri/"


@dataclass(frozen=True)
class Door:
    """Who gets in: from the dossier's agencies, and from another one. `only_post`: looking is not for anybody."""

    near: str
    far: str
    only_post: bool = False


@dataclass(frozen=True)
class Table:
    """The usual pages of a table in Django's admin. `rows`: who sees the row that stands in a twin; `far`: who
    does so from another agency."""

    read: str
    rows: str | None = None
    far: str | None = None
    add: str = ""
    delete: str = ""

    def doors(self, name: str) -> Iterator[tuple[str, Door]]:
        """The addresses that Django makes for it."""
        rows = self.read if self.rows is None else self.rows
        row = Door(rows, rows if self.far is None else self.far)
        yield f"{name}/", Door(self.read, self.read)
        yield f"{name}/add/", Door(self.add, self.add)
        yield f"{name}/<path:object_id>/history/", row
        yield f"{name}/<path:object_id>/change/", row
        yield f"{name}/<path:object_id>/delete/", Door(self.delete, self.delete)
        # A former address, which leads to the page that asks.
        yield f"{name}/<path:object_id>/", Door(EVERYBODY, EVERYBODY)


TABLES = {
    "accounts/user": Table("m", add="m"),
    "auth/group": Table(""),
    "organisation/agency": Table("ma", add="m"),
    # The latest entry is about what an administrator of the whole province did.
    "audit/auditentry": Table("ma", rows="m"),
    "procedures/sector": Table("ma"),
    "procedures/procedure": Table("kma"),
    "procedures/blankform": Table("kma", add="km"),
    "procedures/synonym": Table("kma", add="km", delete="m"),
    "channels/channelaccount": Table("m", add="m"),
    "messaging/call": Table("ma", far="m"),
    "contacts/follower": Table("m"),
    "inbound/webhookevent": Table("m"),
    "channels/lane": Table("ma"),
    "messaging/message": Table("ma", far="m"),
    "contacts/contact": Table("m"),
    "contacts/consent": Table("m"),
    "deadlines/calendarversion": Table("ma"),
    "feedback/feedbackpromise": Table("ma"),
}


def _own(*names: str) -> dict[str, Door]:
    """Signing in, one's own account, and what the site needs for itself."""
    return dict.fromkeys(names, Door(EVERYBODY, EVERYBODY))


def _one(near: str, far: str, *names: str, only_post: bool = False) -> dict[str, Door]:
    return dict.fromkeys(names, Door(near, far, only_post))


def _shown(draft: FilingDraft) -> str:
    """What the page that receives this draft says of what it shows."""
    form = answers.form_of(draft)
    assert form is not None
    return draft_pages.shown_digest(draft, form, answers.read(draft))


_DOSSIER = "dossiers/dossier/<int:dossier_id>/"
_DRAFT = "dossiers/dossier/ban-nhap/<str:draft>/"
_FORMS = "messaging/providertemplate/<int:account_id>/"
_NEWS = "broadcasts/publication/"
_GUIDANCE = "procedures/procedure/<int:procedure_id>/soan/"
_ONE_OF_THEM = f"{_NEWS}<int:publication_id>/"

DOORS: dict[str, Door] = {
    **dict(door for name, table in TABLES.items() for door in table.doors(name)),
    **_own(
        "", "login/", "dang-nhap/ma/", "dang-nhap/ung-dung/", "tai-khoan/", "tai-khoan/khoa/", "tai-khoan/sso/", "password_change/",
        "password_change/done/", "jsi18n/", "search/", "huong-dan/",
        "huong-dan/anh/<str:name>", "huong-dan/<slug:name>/",
        # They lead to the pages of the same name, which decide.
        "quay/", "quet/", "hom-nay/",
    ),
    **_one(EVERYBODY, EVERYBODY, "logout/", only_post=True),
    # Nothing stands at these without a token, a parameter, a page or an unsent form.
    **_one(
        "", "", "gui-lai/", "loi-moi/<str:token>/", "autocomplete/", "dang-nhap/sso/", "dang-nhap/sso/ve/",
        "accounts/user/<id>/password/", "<url>", "ket-noi/<str:channel>/",
        "channels/channelaccount/ket-noi/<str:channel>/<slug:name>/",
    ),
    **_one("cslma", "cslma", "<app_label>/"),
    **_one("m", "m", "accounts/user/<str:object_id>/dang-nhap/"),
    **_own("accounts/user/<path:object_id>/toi-dang-nhap/"),
    **_one("kma", "kma", "procedures/blankform/<int:form_id>/tep/<int:file_id>/"),
    **_one("km", "km", _GUIDANCE, *(f"{_GUIDANCE}{page}" for page in ("xem-truoc/", "khac-nhau/", "tep.xlsx", "nhap/"))),
    **_one("km", "km", f"{_GUIDANCE}viec/<str:name>/", only_post=True),
    **_one("ma", "ma", "san-sang/"),
    **_one("lm", "lm", "uy-quyen/"),
    **_one("m", "m", "du-lieu/", "du-lieu/<slug:code>/", "du-lieu/<slug:code>/tep.<str:kind>"),
    # Messages and channels
    **_one("m", "m", *(f"channels/lane/<int:lane_id>/{act}/" for act in ("tam-dung", "chay-tiep", "thu-ngay")),
           "contacts/follower/<int:account_id>/dong-bo/", f"{_FORMS}doc-lai/", only_post=True),
    **_one("ma", "ma", "messaging/providertemplate/", f"{_FORMS}tin/", "messaging/template/"),
    **_one("m", "m", f"{_FORMS}tin/<slug:name>/", "messaging/template/<slug:name>/", "messaging/sendingrules/"),
    **_one("km", "km", "inbound/incomingmessage/"),
    **_one("km", "km", _NEWS, f"{_NEWS}add/", f"{_ONE_OF_THEM}change/", f"{_ONE_OF_THEM}xem-truoc/"),
    **_one("km", "km", f"{_ONE_OF_THEM}viec/<str:name>/", only_post=True),
    # Calls
    **_one(DOSSIERS, DOSSIERS, "goi-dien/"),
    **_one(DOSSIERS, "m", "goi-dien/<int:call_id>/"),
    **_one("clm", "m", "goi-dien/<int:call_id>/so/", only_post=True),
    # Reports: each of what its own agencies have; the one about officials is asked for by a parameter.
    **_one(DOSSIERS, DOSSIERS, "bao-cao/", "bao-cao/bao-cao.xlsx", "bao-cao/bao-cao.pdf"),
    # Dossiers
    **_one(
        DOSSIERS, DOSSIERS, "dossiers/dossier/", "dossiers/decision/", "workflow/workflowversion/",
        "workflow/workflowversion/<int:object_id>/change/", "filing/filingformversion/",
        "filing/filingformversion/<int:object_id>/change/",
        *(f"dossiers/dossier/{page}" for page in (
            "hom-nay/", "nhieu/", "quet/", "phieu-ban-giao/", "so-theo-doi/", "xuat.xlsx")),
    ),
    **_one("cm", "cm", *(f"dossiers/dossier/add/{part}" for part in ("", "thu-tuc/", "thu-tuc/da-chon/", "bieu-mau/<str:code>/")),
           # With its signed name, which a citizen shows, a draft opens for every clerk of the province.
           _DRAFT, f"{_DRAFT}dien/", f"{_DRAFT}tep/<int:file_id>/"),
    **_one("cm", "cm", "dossiers/dossier/add/the/", only_post=True),
    **_one(
        DOSSIERS, "m", "dossiers/decision/<int:dossier_id>/cong-khai/", "dossiers/decision/<int:decision_id>/go/",
        *(f"{_DOSSIER}{page}" for page in (
            "change/", "xem-nhanh/", "tep/<int:attachment_id>/", "bieu-mau/<str:form>.pdf", "bien-nhan/")),
    ),
    # Forms of acts open for who may act.
    **_one("csm", "m", f"{_DOSSIER}buoc/<str:code>/", f"{_DOSSIER}buoc/<str:code>/tin/"),
    **_one("slm", "m", f"{_DOSSIER}viec/<str:name>/"),
    **_one("cslm", "m", f"{_DOSSIER}tep/<int:attachment_id>/go/"),
    **_one("cm", "m", f"{_DOSSIER}cap-ma-moi/"),
    # The key of the dossier stands on them.
    **_one("cslm", "m", f"{_DOSSIER}giay-hen/", f"{_DOSSIER}qr.png"),
    **_one(DOSSIERS, "m", f"{_DOSSIER}duyet/<int:proposal_id>/", f"{_DOSSIER}tep/", f"{_DOSSIER}ghi-chu/",
           only_post=True),
    # Feedback that no agency has to answer yet
    **_one("lma", "lma", "feedback/feedback/"),
    **_one("m", "m", "feedback/feedback/<int:feedback_id>/change/"),
    **_one("m", "m", "feedback/feedback/<int:feedback_id>/<str:name>/", only_post=True),
}  # fmt: skip


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
