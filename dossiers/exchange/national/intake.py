"""What citizens filed at the national portal, taken in as online filings: once for each code there.

The desk finds them in their first step; its answer goes back with the events of the dossier.
"""

import io
from collections.abc import Mapping
from typing import Any

from django.core.files.base import File
from django.db import IntegrityError, transaction

from dossiers.exchange.national.client import Away, Client, Refusal
from dossiers.exchange.national.differences import note_difference
from dossiers.exchange.national.models import NationalDifference, NationalDossier, NationalLink
from dossiers.lifecycle import files
from dossiers.lifecycle import intake as intake_rules
from dossiers.lifecycle.actions import reception
from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.lifecycle.models import Dossier
from tenants.files.inspection import inspect
from tenants.organisation import catalogue
from tenants.refusals import Refused

_LONGEST_CODE = 60


def pull(client: Client, link: NationalLink) -> None:
    """Take in all that waits and is not here yet; what cannot be taken in is a difference with its reason.

    Raises Away.
    """
    try:
        waiting = client.filings()
    except Refusal as refusal:
        raise Away(str(refusal)) from None
    codes = [one["code"] for one in waiting]
    known = set(NationalDossier.objects.filter(code__in=codes).values_list("code", flat=True))
    for filing in waiting:
        if filing["code"] not in known and 0 < len(filing["code"]) <= _LONGEST_CODE:
            _take(client, filing, link)


def _take(client: Client, filing: Mapping[str, Any], link: NationalLink) -> None:
    code = filing["code"]
    try:
        take_in(client, filing, link)
    except IntegrityError:
        # Another process was quicker with the same code.
        return
    except (Refused, Refusal, Away) as reason:
        if isinstance(reason, Away) and not reason.answered:
            raise
        note_difference(code, NationalDifference.Kind.INTAKE, there=" ".join(str(reason).split()))
    else:
        NationalDifference.objects.filter(code=code).delete()


def take_in(client: Client, filing: Mapping[str, Any], link: NationalLink) -> Dossier:
    """The dossier of this filing, with its files and its code there, all or nothing.

    Raises IntakeRefused, FileRefused, Refusal, Away, and IntegrityError where the code is here already.
    """
    intake = intake_rules.check(_intake(filing, client.profile, link))
    papers = [(one["paper"], _inspected(client, one)) for one in filing["files"]]

    def attach(dossier: Dossier, sequence: int) -> None:
        for paper, file in papers:
            name = paper[: intake_rules.MAX_PAPER]
            files.attach_within(dossier, [file], actor=None, sequence=sequence, paper=name)
        NationalDossier.objects.create(dossier=dossier, code=filing["code"], is_there=True)

    with files.batch(), transaction.atomic(durable=True), catalogue.read_once():
        return reception.take_in(intake, actor=None, attach=attach).dossier


def _inspected(client: Client, file: Mapping[str, str]) -> Any:
    return inspect(File(io.BytesIO(client.file(file["file"])), name=file["file_name"]))


def _intake(filing: Mapping[str, Any], profile: Mapping[str, Any], link: NationalLink) -> Intake:
    kinds = {theirs: ours for ours, theirs in profile["people"].items()}
    desk = catalogue.agency_by_code(filing["desk"])
    person = {name: filing[name] for name in ("name", "id_number", "phone", "address")}
    return Intake(
        procedure_code=filing["procedure"],
        owner=PersonData(kind=kinds.get(filing["kind"], "person"), **person),
        receiving_agency=desk.code if desk and desk.is_desk else link.desk.code,
        channel=Dossier.Channel.ONLINE,
        documents=tuple(dict.fromkeys(one["paper"] for one in filing["files"] if one["paper"])),
    )
