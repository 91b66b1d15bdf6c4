"""What the province tells many people: `acts` changes broadcasts, `work` goes on with them, `figures` shows them.

`audiences` are the groups of people; rooms above register theirs.
"""

from messaging.broadcasts.acts import (
    Plan,
    Refused,
    Stale,
    approve,
    ask,
    discard,
    may_broadcast,
    pause,
    recount,
    resume,
    rewrite,
    stop,
    take_back,
    try_article_again,
    write,
)
from messaging.broadcasts.audiences import ARTICLE, Audience, Candidate, Page, Way
from messaging.broadcasts.counting import Count, Route
from messaging.broadcasts.figures import Progress, Result, of_year, progress
from messaging.broadcasts.trying import MOST_TESTS, code_of
from messaging.broadcasts.work import go_on

__all__ = [
    "ARTICLE",
    "MOST_TESTS",
    "Audience",
    "Candidate",
    "Count",
    "Page",
    "Plan",
    "Progress",
    "Refused",
    "Result",
    "Route",
    "Stale",
    "Way",
    "approve",
    "ask",
    "code_of",
    "discard",
    "go_on",
    "may_broadcast",
    "of_year",
    "pause",
    "progress",
    "recount",
    "register",
    "resume",
    "rewrite",
    "stop",
    "take_back",
    "try_article_again",
    "write",
]


def register() -> None:
    """Make the words and the room's own audiences known; called once, when Django is ready."""
    from messaging import claims
    from messaging.broadcasts import last_look, own_audiences, restored, texts, trying

    texts.register()
    own_audiences.register()
    restored.register()
    trying.register()
    claims.add_gate(last_look.keep_back)
