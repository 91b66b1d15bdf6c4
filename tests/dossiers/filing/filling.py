"""A citizen who fills in a draft through the functions that the pages call. People are invented."""

import copy
from typing import Any

import factory
from factory.django import DjangoModelFactory

from dossiers.filing import answers, drafts, papers
from dossiers.filing.drafts import Browser, Opened
from dossiers.filing.models import FilingAnswer, FilingDraft, FilingFile, FilingFormVersion
from dossiers.filing.submission import submit
from dossiers.lifecycle.actions.reception import Received
from dossiers.lifecycle.models import Dossier
from messaging.outbox.one_time_codes import codes
from procedures.catalogue.models import FilingMode
from tenants import clock
from tests.dossiers.filing.rules import forms
from tests.dossiers.lifecycle.files import samples
from tests.factories import Office
from tests.task_queue import TaskQueue

NUMBER = "0905000678"
PHONE = Browser("Zalo iOS", "203.0.113.7")
ELSEWHERE = Browser("Firefox", "203.0.113.7")
FILER = {"name": "Nguyễn Thị Minh Họa", "id_number": "066190000001", "address": "Số 1, Phường Thử"}


class FilingDraftFactory(DjangoModelFactory):
    """A draft of the office's form as it stands in the database, begun now with a proven number."""

    class Meta:
        model = FilingDraft

    kind = FilingDraft.Kind.FILE
    phone = NUMBER
    created_at = factory.LazyFunction(clock.now)
    changed_at = factory.SelfAttribute("created_at")
    proven_at = factory.SelfAttribute("created_at")
    expires_at = factory.LazyAttribute(lambda draft: draft.created_at + drafts.KEPT)
    form_version = factory.LazyFunction(lambda: FilingFormVersion.objects.latest("pk"))

    class Params:
        prepared = factory.Trait(kind=FilingDraft.Kind.PREPARE, proven_at=None)
        over = factory.Trait(expires_at=factory.LazyAttribute(lambda draft: draft.created_at))

    @classmethod
    def _build(cls, model_class: Any, *args: Any, **kwargs: Any) -> FilingDraft:
        draft = model_class(*args, **kwargs)
        draft.index()
        return draft

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> FilingDraft:
        draft = cls._build(model_class, *args, **kwargs)
        draft.save()
        return draft


class Filing:
    """The office's procedure with a form, and one who fills it in."""

    def __init__(self, office: Office, queue: TaskQueue) -> None:
        self.office, self.queue = office, queue
        self.procedure = office.procedure
        self.procedure.filing_mode = FilingMode.LOCAL
        self.procedure.save()
        self.publish()
        self.filled = {
            **forms.ANSWERS,
            "nguoi-nop": FILER,
            "noi-giai-quyet": {
                "receiving_agency": office.desk.code,
                "competent_agency": office.department.code,
            },
            "nhan-ket-qua": {"delivery": "Nhận tại quầy", "notices": True},
            "cam-doan": {"agreed": True},
        }
        del self.filled["giay"]

    def publish(self, data: Any = None) -> FilingFormVersion:
        """Put a version of the form in force."""
        data = {**copy.deepcopy(data or forms.DATA), "procedure": self.procedure.code}
        return FilingFormVersion.publish(data, self.procedure.code)[0]

    def draft(self, **traits: Any) -> FilingDraft:
        return FilingDraftFactory(procedure=self.procedure, **traits)

    def code(self) -> str:
        """The digits that the citizen's telephone shows last."""
        return codes.OutgoingCode.decrypted(self.queue.sent[-1][2]).code

    def begun(self, browser: Browser = PHONE, number: str = NUMBER, **given: Any) -> Opened:
        reference = drafts.send_code(self.procedure, number, browser)
        return drafts.begin(
            self.procedure, "file", number, browser, reference=reference, code=self.code(), **given
        )

    def complete(self, opened: Opened | None = None) -> Opened:
        """A draft in which everything is answered, with one paper."""
        opened = opened or self.begun()
        for page, values in self.filled.items():
            answers.save(opened.draft, page, values)
        self.paper(opened)
        return opened

    def paper(self, opened: Opened, name: str = "giay.png", question: str = "giay") -> FilingFile:
        return papers.store(opened.draft, question, samples.upload(samples.png(), name))

    def supplement(self, dossier: Dossier) -> Opened:
        """What answers the dossier's present request, opened by a code."""
        reference = drafts.send_supplement_code(dossier, PHONE)
        return drafts.begin_supplement(dossier, PHONE, reference=reference, code=self.code())

    def submitted(self) -> Received:
        return submit(self.complete(self.begun(reminders=False)).draft.pk)


def rows() -> tuple[int, int, int]:
    """How many drafts, answers and papers there are."""
    return FilingDraft.objects.count(), FilingAnswer.objects.count(), FilingFile.objects.count()


def dossiers() -> int:
    return Dossier.objects.count()
