"""Pure domain rules without Django: codes, deadlines, workflow, statuses, filing forms, limits of complaints.

Nothing here knows Django, a database or the clock. Everything that must be known is an argument, so
that the same input gives the same answer today, in an import and in ten years.
"""


class RuleError(ValueError):
    """A refusal in words for the person who asked.

    `message` is the Vietnamese text with named placeholders and `params` their values, so that a caller
    can show `_(error.message) % error.params`; `str(error)` is the same in Vietnamese.
    """

    def __init__(self, message: str, **params: object) -> None:
        super().__init__(message % params if params else message)
        self.message = message
        self.params = params


class Refused(Exception):
    """The act was not done; nothing changed. The text is a Vietnamese sentence for the person at the door."""
