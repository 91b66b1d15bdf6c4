"""Texts of the province: written, published as a page, and sent to many people once a second person approved.

`audiences` are the groups of people; rooms above register theirs.
"""

from messaging.publications.actions import (
    Draft,
    Plan,
    Refused,
    Stale,
    approve,
    ask,
    discard,
    may_announce,
    may_broadcast,
    pause,
    publish,
    recount,
    resume,
    rewrite,
    stop,
    take_back,
    try_article_again,
    withdraw,
    write,
)
from messaging.publications.audiences import ARTICLE, Audience, Candidate, Page
from messaging.publications.estimate import Count, Route
from messaging.publications.notice_period import (
    Lead,
    earliest,
    last_day_to_announce,
    lead,
    notice_of,
    short_notice_sentence,
)
from messaging.publications.queries import (
    Brief,
    alerts,
    blocks,
    current,
    forget_all,
    get,
    latest,
    moments_passed,
    of_year,
    outage_ends,
    published,
    years,
)
from messaging.publications.runner import go_on
from messaging.publications.statistics import Progress, Result, progress, sent_in
from messaging.publications.trial_send import MOST_TESTS, code_of


def register() -> None:
    """Make the words and the room's own audiences known; called once, when Django is ready."""
    from messaging.delivery import claims
    from messaging.publications import articles, builtin_audiences, runner, send_gate, trial_send
    from tenants.backup import hooks

    articles.register()
    builtin_audiences.register()
    hooks.settles.append(runner.pause_restored)
    trial_send.register()
    claims.gates.append(send_gate.keep_back)
