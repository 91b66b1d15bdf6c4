"""What the holder of a dossier's address thinks of how it was dealt with: once, and without a name."""

from dossiers.lifecycle import event_journal
from dossiers.models import Dossier, Satisfaction
from tenants import clock


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
