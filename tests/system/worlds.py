"""Twin provinces: the same rows under the same primary keys, told apart only by a word that must not travel.

Whatever is reached through a primary key, a counter or a name of the wrong province would show its canary.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client

from dossiers.exchange.models import NationalDifference, NationalLink, Webhook
from dossiers.feedback import submit
from dossiers.feedback.models import Feedback, FeedbackPromise
from dossiers.filing import answers, papers
from dossiers.filing import drafts as drafts_online
from dossiers.filing.models import FilingDraft, FilingFormVersion
from dossiers.lifecycle import access_links, files
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.actions import requirements
from dossiers.lifecycle.actions.requirements import TransitionInput
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models import AccessToken, Decision, Dossier, Event, Note, OtherSystem, Proposal
from messaging.broadcasts.actions import publish, write
from messaging.broadcasts.models import Publication, PublicationArticle, PublicationRecipient
from messaging.channels.models import ChannelAccount, Lane
from messaging.contacts.models import Contact, Follower, Subscription
from messaging.delivery import lane_loop
from messaging.inbound.models import WebhookEvent
from messaging.outbox import phone_calls
from messaging.outbox.models.phone_calls import Call, CallTry
from messaging.outbox.models.provider_templates import ProviderTemplate, Template, TemplateAssignment
from procedures.catalogue.models import BlankForm, FilingRules, FormFile, LifeEvent, Procedure, Synonym
from procedures.editor import actions as drafts
from procedures.editor.models import VersionDraft
from tenants import clock
from tenants.accounts.models import Session, User
from tenants.files.inspection import inspect
from tenants.isolation.context import current_province
from tenants.organisation.models import Role
from tests.dossiers.filing.filling import FilingDraftFactory
from tests.dossiers.filing.rules import forms
from tests.dossiers.legacy_files import MAPPING
from tests.dossiers.lifecycle.files import samples
from tests.factories import (
    AgencyFactory,
    AssignmentFactory,
    Office,
    ProcedureFactory,
    SectorFactory,
    UserFactory,
)

CANARIES = {"daklak": "CHIM-DAKLAK", "dongnai": "CHIM-DONGNAI"}
AGENCY_CODES = {"daklak": "H15", "dongnai": "H19"}
OTHER = {"daklak": "dongnai", "dongnai": "daklak"}
# The same in both: only the province may tell the two apart.
NUMBER = "0905000217"
ID_NUMBER = "066190000001"
PASSWORD = make_password("mật khẩu minh họa", salt="chim")


@dataclass
class World:
    """What stands in one of the twins, and who works there."""

    slug: str
    office: Office
    superuser: User
    stranger: User
    dossier: Dossier
    key: str
    token: str
    lane: Lane
    feedback: Feedback
    call: Call
    announcement: Publication
    publication: Publication
    draft: VersionDraft
    filing: drafts_online.Opened
    prepared: FilingDraft
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"{self.slug}.localhost"

    @property
    def canary(self) -> str:
        return CANARIES[self.slug]

    @property
    def secret(self) -> str:
        """The name of the dossier's owner: for the dossier's own agencies and its key-holder."""
        return f"{self.canary}-HO-SO"

    @property
    def foreign_canary(self) -> str:
        return CANARIES[OTHER[self.slug]]

    def client(self, session: str = "") -> Client:
        """A browser at this province's host; `session` is the name of one of `sessions`, or a session key."""
        browser = Client(headers={"host": self.host})
        if session:
            from django.conf import settings

            browser.cookies[settings.SESSION_COOKIE_NAME] = self.sessions.get(session, session)
        return browser

    def program(self, asked: dict[str, str]) -> Any:
        """What the API of this province answers to a look-up."""
        return self.client().post("/api/v1/lookup/", asked, content_type="application/json")


def align_sequences(*inside: Any) -> None:
    """Let the next primary key be the same in all provinces, whatever earlier tests used up."""
    used: list[dict[str, int]] = []
    for enter in inside:
        with enter():
            used.append(_used_numbers())
    for enter, here in zip(inside, used, strict=True):
        with enter(), connection.cursor() as cursor:
            for name, last in here.items():
                missing = max(there.get(name, 0) for there in used) + 1 - last
                cursor.execute("SELECT nextval(%s) FROM generate_series(1, %s)", [f'"{name}"', missing])


def _used_numbers() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = current_schema()"
        )
        return dict(cursor.fetchall())


def build() -> World:
    """Fill the province that the connection stands in. Twice the same acts give twice the same keys."""
    slug = current_province().slug
    canary = CANARIES[slug]
    office = Office(AGENCY_CODES[slug])
    _name_everything(office, canary)
    received = services.receive(
        office.intake(
            owner=PersonData(
                name=f"{canary}-HO-SO", phone=NUMBER, id_number=ID_NUMBER, address=f"Số 1 {canary}-HO-SO"
            ),
            consents=frozenset({"mock"}),
            note=f"Ghi chú {canary}-HO-SO",
            documents=(f"Tờ khai {canary}-HO-SO",),
        ),
        actor=office.clerk,
    )
    upload = SimpleUploadedFile(f"{canary}-HO-SO.pdf", samples.pdf())
    with files.batch(), transaction.atomic():
        files.attach_within(
            received.dossier, [inspect(upload)], actor=office.clerk, sequence=1, kind="result"
        )
    lane = Lane.objects.get()
    lane_loop.run_lane(lane.pk)
    step = received.dossier.workflow_version.workflow.transitions["require_supplement"]
    services.apply_transition(
        received.dossier.pk,
        step.code,
        actor=office.clerk,
        seen=1,
        given=services.TransitionInput(
            **office.given(
                received.dossier,
                step,
                note=f"Thiếu giấy {canary}-HO-SO",
                papers=(f"Bản sao {canary}-HO-SO",),
            )
        ),
    )
    Proposal.objects.create(
        dossier=received.dossier,
        transition="withdraw",
        seen=2,
        note=Note.objects.create(
            text=f"Đề nghị {canary}-HO-SO",
            data=requirements.AS_JSON.dump_python(TransitionInput(), mode="json"),
        ),
        agency=office.department,
        asked_by=office.specialist,
        asked_at=received.dossier.received_at,
    )
    services.remark(received.dossier.pk, actor=office.clerk, text=f"Ghi chú nội bộ {canary}-HO-SO")
    _hear_from_the_channel(canary)
    feedback = _speak_up(received.dossier, office, canary)
    call = _to_be_called(received.dossier, office, canary)
    elsewhere = AgencyFactory(code=f"{AGENCY_CODES[slug]}.99", name=f"Bộ phận một cửa {canary}", desk=True)
    mapping = MAPPING.read_text("utf-8").replace("motcua-cu", "he-thong-bo")
    OtherSystem.objects.create(code="he-thong-bo", name=f"Bộ {canary}", mapping=mapping)
    superuser = UserFactory(
        administrator=True, username="quantri", full_name=f"Quản trị {canary}", password=PASSWORD
    )
    Webhook.objects.create(name=f"Sở {canary}", url=f"https://{canary.lower()}.vn/", account=superuser)
    NationalLink.objects.create(
        dialect="lgsp",
        url=f"https://truc.{canary.lower()}.vn/",
        unit_code="H15",
        username=canary,
        desk=office.desk,
    )
    NationalDifference.objects.create(code=canary, kind=NationalDifference.Kind.INTAKE, there=canary)
    return World(
        slug=slug,
        office=office,
        superuser=superuser,
        stranger=AssignmentFactory(
            agency=elsewhere, role=Role.CLERK, user__username="nguoila", user__password=PASSWORD
        ).user,
        dossier=Dossier.objects.get(pk=received.dossier.pk),
        key=received.key,
        token=access_links.issue(received.dossier, AccessToken.Purpose.RECEIPT),
        lane=lane,
        feedback=feedback,
        call=call,
        announcement=_announce(superuser, canary),
        publication=_tell_many(superuser, canary),
        draft=_explain(superuser, canary),
        filing=_fill_in(canary),
        prepared=_prepare(office, canary),
    )


def _prepare(office: Office, canary: str) -> FilingDraft:
    """A whole draft that was prepared at home: with its signed name it opens for every clerk of the province."""
    draft = FilingDraftFactory(prepared=True, procedure=Procedure.objects.get(code="1.009999"), phone=NUMBER)
    filled = {
        **forms.ANSWERS,
        "ten": {"ten": canary},
        "nguoi-nop": {"name": canary},
        "noi-giai-quyet": {
            "receiving_agency": office.desk.code, "competent_agency": office.department.code,
        },
        "nhan-ket-qua": {"delivery": "Tại nơi tiếp nhận"},
    }  # fmt: skip
    for page, values in filled.items():
        answers.save(draft, page, values)
    papers.store(draft, "giay", samples.upload(samples.png(), f"{canary}.png"))
    return draft


def _fill_in(canary: str) -> drafts_online.Opened:
    """A draft that the browser of `World.client` has open, with an answer and a paper."""
    procedure = Procedure.objects.get(code="1.009999")
    Procedure.objects.filter(pk=procedure.pk).update(filing_mode="local")
    FilingFormVersion.publish({**forms.DATA, "procedure": procedure.code}, procedure.code)
    draft = FilingDraftFactory(procedure=procedure, phone=NUMBER)
    answers.save(draft, "ten", {"ten": f"{canary}-HO-SO"})
    papers.store(draft, "giay", SimpleUploadedFile(f"{canary}-HO-SO.pdf", samples.pdf()))
    # A session as a code opens one, without the worker that would send the code.
    return drafts_online._enter(draft, drafts_online.Browser("", "127.0.0.1"), is_proven=False)


def _explain(speaker: User, canary: str) -> VersionDraft:
    """A draft of what people must know of the procedure that stands here."""
    procedure = Procedure.objects.get(code="1.009999")
    now = drafts.in_force(procedure)
    words = {**now, "summary": f"Tóm tắt {canary}", "documents": [{"name": f"Tờ khai {canary}"}]}
    return drafts.save(procedure.pk, words, actor=speaker, seen=0, sealed=drafts.seal(now))


def _tell_many(speaker: User, canary: str) -> Publication:
    """A draft for many, with a reader it is for and an article nobody knows the fate of."""
    words = {"title": f"Gửi {canary}", "summary": f"Tóm tắt {canary}"}
    kept = write({**words, "audiences": ["news"]}, actor=speaker)
    PublicationArticle.objects.create(
        publication=kept,
        account=ChannelAccount.objects.get(),
        state=PublicationArticle.State.UNKNOWN,
        problem=canary,
    )
    PublicationRecipient.objects.create(
        publication=kept, channel="mock", contact=Contact.objects.earliest("pk")
    )
    return kept


def _announce(speaker: User, canary: str) -> Publication:
    """An urgent word on every page of this province."""
    words = {"title": f"Báo {canary}", "summary": f"Tóm tắt {canary}", "body": f"- Việc {canary}"}
    kept = write({**words, "kind": "urgent"}, actor=speaker)
    return publish(kept.pk, actor=speaker, seen=kept.version)


def _speak_up(dossier: Dossier, office: Office, canary: str) -> Feedback:
    """Feedback with an answer for everybody, and a decision that is public."""
    FeedbackPromise.publish({"value": 5, "unit": "working_day", "source": f"Quyết định {canary}"})
    typed = {"topic": "page", "text": f"Lời phản ánh {canary}-HO-SO", "name": f"{canary}-HO-SO"}
    feedback = submit.send({**typed, "contact": NUMBER})
    Feedback.objects.filter(pk=feedback.pk).update(
        published_at=feedback.received_at, public_question=f"Hỏi {canary}", public_answer=f"Đáp {canary}"
    )
    Decision.objects.create(
        dossier=dossier,
        agency=office.department,
        number=f"1/QĐ-{canary}",
        date=feedback.received_at.date(),
        subject=f"Trích yếu {canary}",
        published_at=feedback.received_at,
        published_by=office.leader,
    )
    return feedback


def _to_be_called(dossier: Dossier, office: Office, canary: str) -> Call:
    """Somebody to be called about this dossier, who did not answer once."""
    with transaction.atomic():
        call = phone_calls.open_without_message(
            subject=dossier.subject,
            event=2,
            intent="apology",
            desk=office.desk,
            name=f"{canary}-HO-SO",
            phone=NUMBER,
            title=f"Cần báo {canary}-HO-SO",
            body=f"Kính gửi {canary}-HO-SO.",
            reason=Call.Reason.NO_CONSENT,
        )
    return phone_calls.record(
        call.pk, actor=office.clerk, outcome=CallTry.Outcome.NO_ANSWER, note=f"Gọi {canary}-HO-SO"
    )


def _hear_from_the_channel(canary: str) -> None:
    WebhookEvent.objects.create(channel="mock", account="chinh", key=canary, raw=canary, problem=canary)
    account = ChannelAccount.objects.create(
        channel="mock",
        name="chinh",
        external_id=canary,
        config={"note": canary},
        secrets=f'{{"k": "{canary}"}}',
    )
    form = ProviderTemplate.objects.create(
        account=account, code="123456", name=f"Mẫu {canary}", cause=canary, parameters=[{"name": "ten"}]
    )
    TemplateAssignment.objects.create(
        account=account, intent="received", template=form, parameters={"ten": "ho_ten"}
    )
    reader = Follower.objects.create(channel="mock", account="chinh", address=canary, app_address=canary)
    Subscription.objects.create(
        follower=reader,
        channel="mock",
        subject=f"dossier:{canary}",
        contact=Contact.objects.earliest("pk"),
        evidence=canary,
    )


def _name_everything(office: Office, canary: str) -> None:
    """The canary stands in each table that a page may show."""
    for agency in (office.desk, office.department):
        agency.name = f"{agency.name} {canary}"
        agency.save()
    for person in (office.clerk, office.specialist, office.leader):
        person.full_name = f"{person.full_name} {canary}"
        person.save()
    ProcedureFactory(
        code="1.009999",
        name=f"Thủ tục {canary}",
        short_name=f"Thủ tục {canary}",
        everyday=f"việc {canary}",
        folded=f"thu tuc {canary.lower()}",
        spelled=f"thủ tục {canary.lower()}",
        sector=SectorFactory(name=f"Lĩnh vực {canary}"),
    )
    Synonym.objects.create(everyday=f"từ {canary}", official="hộ tịch")
    LifeEvent.objects.create(slug="sinh-con", content={"title": f"Sinh con {canary}"})
    rule = {"text": f"Nộp tại {canary}", "english": canary, "source": canary}
    FilingRules.objects.create(content={"groups": [{"codes": ["1.009999"], "rules": {"place": rule}}]})
    form = BlankForm.objects.create(key="to-khai", code="Tờ khai", title=f"Tờ khai {canary}")
    FormFile.objects.create(
        form=form,
        content=canary.encode(),
        content_type="application/pdf",
        size=len(canary),
        sha256=hashlib.sha256(canary.encode()).hexdigest(),
        uploaded_at=clock.now(),
    )
    Group.objects.create(name=f"Nhóm {canary}")
    Template.objects.create(
        name="received", title=f"Đã nhận {canary}", body="Kính gửi ông/bà {ho_ten}: {ma_ho_so}.", button="Xem"
    )


def sign_in(user: User) -> str:
    """A session of this person in the present province, by its key."""
    browser = Client()
    browser.force_login(user)
    return str(browser.session.session_key)


def copy_session(key: str, enter: Any) -> None:
    """The worst case: the very row of the session stands in the other province's table as well."""
    row = Session.objects.values().get(session_key=key)
    with enter():
        Session.objects.create(**row)


def fingerprint() -> dict[str, tuple[int, int]]:
    """How many rows each table of this province has, and how far its dossiers have come."""
    from django.apps import apps
    from django.conf import settings

    labels = {config.label for config in apps.get_app_configs() if config.name in settings.TENANT_APPS}
    models: list[type[Model]] = [
        model
        for model in apps.get_models()
        if model._meta.app_label in labels - {"admin", "auth", "contenttypes"}
    ]
    counts = {model._meta.label: (model._default_manager.count(), 0) for model in models}
    counts["events"] = (Event.objects.count(), sum(Dossier.objects.values_list("last_sequence", flat=True)))
    return counts
