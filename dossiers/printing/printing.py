"""Printing a form of a dossier: whether it may be, under which circular, with which template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier, Event
from dossiers.printing import availability, circulars, contents, register, typst_pool
from dossiers.printing.circulars import Circular
from dossiers.printing.contents import Content
from dossiers.printing.models import Form, FormTemplate
from dossiers.printing.register import Period
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log


@dataclass(frozen=True)
class Printed:
    """A PDF and the name it is offered under, without personal data."""

    file_name: str
    pdf: bytes


def print_form(
    dossier: Dossier, form: str, *, actor: User, sequence: int | None = None, paper: str = ""
) -> Printed:
    """A form of this dossier, of the act of this number or else of the last one it can tell of.

    First print and reprint are the same: both show the act under the circular and template in force when it
    was done. Recorded in the audit log. Raises FormNotReady, and typesetting.TypesettingError for a
    template that no longer works.
    """
    events = history_of(dossier)
    occasion = availability.find(dossier, events, form, sequence)
    at = occasion.event.at
    circular = _circular(occasion.form, at)
    content = contents.of(occasion, dossier, events, circular, paper=paper)
    if occasion.form is Form.RECEIPT:
        received = services.print_again(dossier, actor=actor)
        content = contents.with_address(content, key=received.key, token_url=received.token_url)
    pdf = _render(occasion.form, circular, content, at)
    log.record("dossier.form", dossier.subject, actor=actor, form=form, sequence=occasion.event.sequence)
    return Printed(f"mau-{form}-{dossier.code}.pdf", pdf)


def typeset_register(dossiers: Sequence[Dossier], period: Period, *, actor: User) -> bytes:
    """The register over these dossiers under the name of an agency, as PDF. Recording it is the caller's."""
    at = clock.now()
    circular = _circular(Form.REGISTER, at)
    content = register.content(dossiers, period, circular, actor=actor, at=at)
    return _render(Form.REGISTER, circular, content, at)


def history_of(dossier: Dossier) -> Sequence[Event]:
    """All events of a dossier, in order, with everything that forms show of them."""
    related = ("note", "actor", "approved_by", "assignee", "agency__parent", "holder")
    return list(dossier.events.select_related(*related).order_by("sequence"))


def _circular(form: Form, at: datetime) -> Circular:
    return circulars.in_force(form, at.astimezone(clock.VIETNAM).date())


def _render(form: Form, circular: Circular, content: Content, at: datetime) -> bytes:
    source = FormTemplate.source_at(form, circular.code, at) or circular.forms[form].source
    return typst_pool.render(source, content, at=at)
