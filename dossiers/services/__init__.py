"""The only way to change a dossier. Admin, API, chat and filing call these functions; none writes itself.

Each act opens its own durable transaction inside the province, locks the row, checks the workflow and the
person's rights, and writes state, event and outbox together. After commit the page is current; messages
follow on their own.
"""

from dossiers.services.agreeing import (
    change_notices,
    is_linked,
    link_key_holder,
    link_reader,
    resume_news,
    resume_notices,
    stop_news,
    stop_notices,
)
from dossiers.services.amending import apologise, assign, assign_each, can_recall, correct, recall
from dossiers.services.demands import Given, Handover
from dossiers.services.moving import (
    Batch,
    advance,
    advance_each,
    approve,
    decline,
    each,
    propose,
    waiting_proposal,
)
from dossiers.services.offers import Recallable, offered, recallable
from dossiers.services.rating import rate
from dossiers.services.reaching import both_reach, news_reaches, reachable
from dossiers.services.receiving import (
    Expected,
    Received,
    expected,
    print_again,
    receipt_url,
    receive,
    reissue,
)
from dossiers.services.remarking import may_remark, remark
from dossiers.services.rights import possible_assignees, possible_transitions

__all__ = [
    "Batch",
    "Expected",
    "Given",
    "Handover",
    "Recallable",
    "Received",
    "advance",
    "advance_each",
    "apologise",
    "approve",
    "assign",
    "assign_each",
    "both_reach",
    "can_recall",
    "change_notices",
    "correct",
    "decline",
    "each",
    "expected",
    "is_linked",
    "link_key_holder",
    "link_reader",
    "may_remark",
    "news_reaches",
    "offered",
    "possible_assignees",
    "possible_transitions",
    "print_again",
    "propose",
    "rate",
    "reachable",
    "recall",
    "recallable",
    "receipt_url",
    "receive",
    "reissue",
    "remark",
    "resume_news",
    "resume_notices",
    "stop_news",
    "stop_notices",
    "waiting_proposal",
]
