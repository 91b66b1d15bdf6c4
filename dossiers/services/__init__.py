"""The only way to change a dossier: one function per action.

Each act opens its own durable transaction inside the province, locks the row, checks the workflow and the
person's rights, and writes state, event and outbox together. After commit the page is current; messages
follow on their own.
"""

from dossiers.lifecycle.permissions import possible_assignees, possible_transitions
from dossiers.services.consents import (
    both_reach,
    change_notices,
    channels_to_start,
    is_linked,
    link_key_holder,
    link_reader,
    may_start,
    news_reaches,
    reachable,
    resume_news,
    resume_notices,
    start_notices,
    stop_news,
    stop_notices,
)
from dossiers.services.corrections import (
    apologise,
    assign,
    assign_each,
    correct,
    offered,
    recall,
    recallable,
)
from dossiers.services.internal_notes import may_remark, rate, remark
from dossiers.services.reception import (
    Received,
    expected,
    print_again,
    receipt_url,
    receive,
    reissue,
)
from dossiers.services.requirements import Handover, TransitionInput
from dossiers.services.submission import complete_supplement, submit
from dossiers.services.transitions import (
    Batch,
    apply_transition,
    apply_transition_each,
    approve,
    decline,
    propose,
    waiting_proposal,
)
