"""Messages to many people: audience, estimate, approval, enqueueing.

`audiences` are the groups of people; rooms above register theirs.
"""

from messaging.broadcasts.actions import (
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
from messaging.broadcasts.estimate import Count, Route
from messaging.broadcasts.runner import go_on
from messaging.broadcasts.statistics import Progress, Result, of_year, progress
from messaging.broadcasts.trial_send import MOST_TESTS, code_of


def register() -> None:
    """Make the words and the room's own audiences known; called once, when Django is ready."""
    from messaging.broadcasts import articles, builtin_audiences, runner, send_gate, trial_send
    from messaging.delivery import claims
    from tenants.backup import hooks

    articles.register()
    builtin_audiences.register()
    hooks.settles.append(runner.pause_restored)
    trial_send.register()
    claims.add_gate(send_gate.keep_back)
