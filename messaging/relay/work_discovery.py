"""What the relay looks for in all provinces at once; see `tenants.isolation.work_discovery`.

Coarse on purpose, each on a partial index that is empty where nothing waits: whose turn it is, the budget and
what a channel can be asked are looked at inside the province (`lanes.due_lanes`, `housekeeping.tidy`).
"""

from messaging.models.message_states import LIVE, UNSENT, State
from tenants.isolation import work_discovery

# A lane that no relay holds has something to send or to ask about. The number is the lane's.
LANE = "messaging.lane"
# A channel told us something. The number is the event's.
INBOUND = "messaging.inbound"
# Somebody wrote and may be answered. The number is that of what they wrote.
HEARD = "messaging.heard"
# A message was not sent in time. The number is the message's.
EXPIRED = "messaging.expired"
# Somebody has to go on with a broadcast. The number is the broadcast's.
BROADCAST = "messaging.broadcast"


def register() -> None:
    """Called once, when Django is ready."""
    work_discovery.register(LANE, _lanes())
    work_discovery.register(INBOUND, _oldest("messaging_inboundevent", "next_try_at", "state = 'new'"))
    work_discovery.register(
        HEARD, _oldest("messaging_heardmessage", "answer_due_at", "answer_due_at IS NOT NULL")
    )
    work_discovery.register(
        BROADCAST, _oldest("messaging_broadcast", "next_step_at", "next_step_at IS NOT NULL")
    )
    work_discovery.register(
        EXPIRED, _oldest("messaging_message", "expires_at", f"state IN ({_quoted(UNSENT)})")
    )


def _lanes() -> str:
    """Lanes that are active, free and awake, and since when the first of their messages is due.

    Planning is what this costs, not reading: two subqueries for each lane are planned four times faster than
    two SELECTs over the lanes.
    """
    to_send = _first_due(f"state IN ({_quoted(LIVE)})")
    to_ask = _first_due(f"state = '{State.ACCEPTED}' AND finished_at IS NULL")
    return f"""
        SELECT lane.id, least(to_send.due, to_ask.due)
        FROM {{schema}}.messaging_lane lane
        LEFT JOIN LATERAL {to_send} AS to_send (due) ON true
        LEFT JOIN LATERAL {to_ask} AS to_ask (due) ON true
        WHERE lane.state = 'active' AND coalesce(to_send.due, to_ask.due) IS NOT NULL
          AND (lane.lease_until IS NULL OR lane.lease_until <= statement_timestamp())
          AND (lane.rests_until IS NULL OR lane.rests_until <= statement_timestamp())
    """  # noqa: S608 – names of the code


def _first_due(waits: str) -> str:
    return f"""(
            SELECT next_attempt_at FROM {{schema}}.messaging_message
            WHERE lane_id = lane.id AND {waits} AND next_attempt_at <= statement_timestamp()
            ORDER BY next_attempt_at LIMIT 1
        )"""  # noqa: S608 – names of the code


def _oldest(table: str, since: str, waits: str) -> str:
    return f"""
        (SELECT id, {since} FROM {{schema}}.{table}
         WHERE {waits} AND {since} <= statement_timestamp() ORDER BY {since} LIMIT 1)
    """  # noqa: S608 – names of the code


def _quoted(states: tuple[State, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)
