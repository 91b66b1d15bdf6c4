"""The only way to change a dossier: one function per action.

Each act opens its own durable transaction inside the province, locks the row, checks the workflow and the
person's rights, and writes state, event and outbox together. After commit the page is current; messages
follow on their own.
"""

from dossiers.lifecycle.actions.consents import (
    both_reach,
    change_notices,
    channels_to_start,
    is_linked,
    may_start,
    resume_news,
    resume_notices,
    start_notices,
    stop_news,
    stop_notices,
)
from dossiers.lifecycle.actions.corrections import (
    apologise,
    assign,
    correct,
    may_remark,
    note_waybill,
    offered,
    rate,
    recall,
    recallable,
    remark,
)
from dossiers.lifecycle.actions.reception import (
    Received,
    expected,
    print_again,
    receipt_url,
    receive,
    reissue,
)
from dossiers.lifecycle.actions.requirements import Handover, TransitionInput
from dossiers.lifecycle.actions.transitions import (
    apply_transition,
    approve,
    decline,
    propose,
    waiting_proposal,
)
from dossiers.lifecycle.permissions import possible_assignees, possible_transitions
