"""Acts that leave no event: notes that colleagues write on a dossier, and the rating by its holder."""

from datetime import timedelta

from django.utils.translation import gettext as _

from dossiers.lifecycle import event_journal, permissions
from dossiers.lifecycle import intake as intake_rules
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.lifecycle.models.dossier import Dossier
from dossiers.lifecycle.models.event import Note, Remark, Satisfaction
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log
from tenants.validation import visible

SAME_WITHIN = timedelta(minutes=1)
REMARKS_MOST = 200
"""Notes of one dossier: its history is one page, and thousands took that page five seconds."""


def may_remark(dossier: Dossier, actor: User) -> bool:
    """Whether this person works on the dossier, be it only to be asked; who just reads does not."""
    return permissions.agency_for(event_journal.WORKING, permissions.rights(dossier, actor)) is not None


def remark(dossier_id: int, *, actor: User, text: str) -> Remark:
    """Leave words for colleagues, whatever the dossier's state. Citizens see none of it and get no notice.

    It makes no form that others have open out of date, and no proposal void. Raises NotEntitled for who does
    not work on the dossier, and NotPossible for words that are empty, too long or hold a long number, or are more
    than REMARKS_MOST. The same words again within a minute are a second press: they stand once.
    """
    words = visible(text).strip()
    intake_rules.check_note(
        words,
        when_empty=_("Xin ghi nội dung."),
        when_number=_("Không ghi số điện thoại, số giấy tờ vào ghi chú."),
    )
    with event_journal.act(dossier_id) as dossier:
        agency = permissions.agency_for(event_journal.WORKING, permissions.rights(dossier, actor))
        if agency is None:
            raise NotEntitled(_("Chỉ người làm hồ sơ này được ghi chú."))
        last = Remark.objects.filter(dossier=dossier).select_related("note").order_by("-pk").first()
        is_recent = last and last.actor_id == actor.pk and clock.now() - last.at < SAME_WITHIN
        if last and is_recent and last.note.text == words:
            return last
        if Remark.objects.filter(dossier=dossier).count() >= REMARKS_MOST:
            raise NotPossible(
                _("Hồ sơ đã có %(most)s ghi chú, không ghi thêm được.") % {"most": REMARKS_MOST}
            )
        written = Remark.objects.create(
            dossier=dossier,
            at=clock.now(),
            actor=actor,
            agency=agency.living,
            note=Note.objects.create(text=words),
        )
        log.record("dossier.remark", dossier.subject, actor=actor)
    return written


def rate(dossier_id: int, score: int) -> bool:
    """Note an opinion, one of `Satisfaction.Score`; False when it is too early or there was one already.

    The dossier keeps that it was rated, and nothing else: the opinion names neither it nor a day, and leaves
    no event, whose time would tell. Who may open the page may do this: see `lookup.by_own_token`.
    """
    with event_journal.act(dossier_id) as dossier:
        if not dossier.may_be_rated:
            return False
        Dossier.objects.filter(pk=dossier.pk).update(rated=True)
        Satisfaction.objects.create(
            month=clock.today().replace(day=1),
            agency=dossier.competent_agency,
            sector=dossier.procedure.sector,
            score=Satisfaction.Score(score),
        )
    return True
