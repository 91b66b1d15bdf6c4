"""Why an act on a dossier was refused. Each carries a Vietnamese sentence for the person at the door."""

from collections.abc import Mapping

from tenants.refusals import Refused


class IntakeRefused(Refused):
    """The data of an intake cannot be taken. `problems` maps a field's name to a sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = dict(problems)


class StaleDossier(Refused):
    """The dossier was changed after this person saw it."""


class NotEntitled(Refused):
    """This person has no role for this act at the dossier's agencies."""


class NotPossible(Refused):
    """The workflow has no such step from here, or something it demands is missing."""


class NeedsApproval(NotPossible):
    """Only a leader may do this, or approve it when it is proposed."""
