"""The one statement that counts: from events to the state of each dossier at two moments, then to groups, or to
the late ones among them.

Named parameters: `leaders` (sources whose dossiers are of the kind `led`), `since` and `until` (both moments inclusive), `soon` (up to when a due date is near), `open` and `ended` (statuses), `first_day` and
`opened` (for each day from then on, how many open days there were up to it).
"""

from collections.abc import Sequence

# The zone of Viet Nam has been this since 1975, and a name costs four times as much for each of a million rows.
_DAY = "({moment} AT TIME ZONE interval '7 hours')::date"
_OPEN_DAYS = (
    "(%(opened)s::int[])[least(greatest("
    + _DAY
    + " - %(first_day)s::date, 0), cardinality(%(opened)s::int[]) - 1) + 1]"
)


def statement(scope: str, dimensions: Sequence[str]) -> str:
    """The statement for a condition on `dossier` ("AND …" or nothing), grouped by kind, and by kind and each
    of the dimensions.

    A row has kind, the dimensions, GROUPING(kind, *dimensions), working days of the settled and how many took
    each, and the counts in the order of `Counts`.
    """
    sets = ("(kind, working_days)", *(f"(kind, {dimension}, working_days)" for dimension in dimensions))
    return _judged(scope) + _COUNTS.format(
        keys=", ".join(("kind", *dimensions)),
        sets=", ".join(sets),
        counted=", ".join(f"count(*) FILTER (WHERE {taken}) AS {name}" for name, taken in _COUNTED.items()),
        summed=", ".join(f"sum({name})::int" for name in _COUNTED),
    )


def late_statement(scope: str) -> str:
    """The dossiers that the counts call late, one a row, for two parameters more: `kind` and `most` rows.

    A row has id, due date, until when it was worked on, requests for supplements, and how many there are in all; what has not ended comes first, then the longest late.
    """
    return _judged(scope, "id, due_at, worked_until, requests") + _LATE


def _judged(scope: str, also: str = "") -> str:
    before = "dossier.received_at < %(since)s AND dossier.status"
    return _JUDGED.format(
        columns=_COLUMNS,
        tables=_FROM,
        scope=scope,
        received_in_the_period=_unchanged(
            scope, "NULL::smallint", "dossier.received_at BETWEEN %(since)s AND %(until)s"
        ),
        open_from_before=_unchanged(scope, _STATUS_BEFORE, f"{before} = ANY(%(open)s)"),
        ended_from_before=_unchanged(
            scope, _STATUS_BEFORE, f"{before} <> ALL(%(open)s) AND dossier.last_act_at >= %(since)s"
        ),
        also=f", {also}" if also else "",
        open_days_to_event=_OPEN_DAYS.format(moment="counting_at"),
        open_days_to_start=_OPEN_DAYS.format(moment="counted_from"),
        open_days_to_end=_OPEN_DAYS.format(moment="greatest(ended_at, counted_from)"),
        day_of_end=_DAY.format(moment="worked_until"),
        day_due=_DAY.format(moment="due_at"),
    )


def _unchanged(scope: str, status_before: str, condition: str) -> str:
    return _UNCHANGED.format(
        columns=_COLUMNS,
        tables=_FROM,
        scope=scope,
        status_before=status_before,
        condition=condition,
        open_days_to_pause=_OPEN_DAYS.format(moment="greatest(pause.at, dossier.counted_from)"),
    )


_COLUMNS = """dossier.id, CASE WHEN dossier.source = ANY(%(leaders)s::text[]) THEN %(led)s ELSE dossier.kind END AS kind, dossier.channel, dossier.competent_agency_id AS agency,
           dossier.procedure_id AS procedure, procedure.sector_id AS sector, dossier.received_at, dossier.counted_from"""
_FROM = (
    "FROM dossiers_dossier dossier JOIN procedures_procedure procedure ON procedure.id = dossier.procedure_id"
)

_UNCHANGED = """
    SELECT {columns}, dossier.status, dossier.due_at, dossier.assignee_id AS person, dossier.ended_at,
           dossier.supplement_requests AS requests, {status_before} AS status_before,
           cardinality(dossier.pauses) %% 2 = 1 AS paused,
           dossier.pauses[cardinality(dossier.pauses)] AS paused_since,
           CASE WHEN cardinality(dossier.pauses) > 0 AND dossier.status IN (9, 10) THEN (
               SELECT sum(CASE WHEN place %% 2 = 1 THEN -1 ELSE 1 END * {open_days_to_pause})
               FROM unnest(dossier.pauses) WITH ORDINALITY AS pause (at, place)
           ) END AS waited
    {tables}
    WHERE {condition} AND dossier.last_act_at <= %(until)s {scope}"""

_STATUS_BEFORE = """CASE WHEN dossier.last_act_at < %(since)s THEN dossier.status ELSE (
        SELECT status FROM dossiers_event
        WHERE dossier_id = dossier.id AND at < %(since)s ORDER BY sequence DESC LIMIT 1
    ) END"""

_JUDGED = """
WITH changed AS MATERIALIZED (
    -- Acted on after the moment: their columns say what holds now, their events what held then.
    SELECT {columns}, dossier.original_due_at
    {tables}
    WHERE dossier.last_act_at > %(until)s AND dossier.received_at <= %(until)s {scope}
),
undone AS (
    SELECT DISTINCT dossier_id, undoes AS sequence
    FROM dossiers_event
    WHERE undoes IS NOT NULL AND at <= %(until)s
),
history AS (
    -- OFFSET 0 keeps a look-up by number a look-up: the planner would rather read all events.
    SELECT event.dossier_id, event.sequence, event.at, event.status, event.clock, event.due_at,
           greatest(event.at, changed.counted_from) AS counting_at,
           undone.sequence IS NULL AS held,
           event.undoes IS NULL AND event.kind <> 'correct' AS may_ask, event.assignee_id
    FROM changed
    CROSS JOIN LATERAL (
        SELECT * FROM dossiers_event WHERE dossier_id = changed.id AND at <= %(until)s OFFSET 0
    ) event
    LEFT JOIN undone ON undone.dossier_id = event.dossier_id AND undone.sequence = event.sequence
),
walked AS (
    -- A number made of sequence and fact carries the fact of the last row that has one through max().
    SELECT history.*,
           max(sequence) OVER whole AS last,
           coalesce(max(sequence) FILTER (WHERE held AND status <> ALL(%(ended)s)) OVER whole, 0) AS last_open,
           max(sequence * 2 + (status = 5)::int) FILTER (WHERE held) OVER before %% 2 = 1 AS was_asked,
           max(sequence * 2 + (clock = 'pause')::int) FILTER (WHERE held AND clock <> 'none') OVER before %% 2 = 1
               AS was_paused
    FROM history
    WINDOW whole AS (PARTITION BY dossier_id),
           before AS (PARTITION BY dossier_id ORDER BY sequence ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
stood AS (
    SELECT dossier_id AS id,
           -- The last event is never a taken-back one, so its status and due date hold.
           max(status) FILTER (WHERE sequence = last) AS status,
           max(due_at) FILTER (WHERE sequence = last) AS due_at,
           max(assignee_id) FILTER (WHERE sequence = last) AS person,
           max(sequence * 16 + status) FILTER (WHERE at < %(since)s) %% 16 AS status_before,
           coalesce(
               min(at) FILTER (WHERE held AND sequence > last_open AND status = 9),
               min(at) FILTER (WHERE held AND sequence > last_open AND status = 10),
               min(at) FILTER (WHERE held AND sequence > last_open)
           ) AS ended_at,
           count(*) FILTER (WHERE held AND may_ask AND status = 5 AND was_asked IS NOT TRUE) AS requests,
           max(sequence * 2 + (clock = 'pause')::int)
               FILTER (WHERE held AND clock <> 'none' AND sequence <= last_open) %% 2 = 1 AS paused,
           max(at) FILTER (WHERE held AND sequence <= last_open AND clock = 'pause' AND was_paused IS NOT TRUE)
               AS paused_since,
           sum(CASE WHEN clock = 'pause' THEN -1 ELSE 1 END * {open_days_to_event})
               FILTER (WHERE held AND sequence <= last_open AND clock <> 'none'
                       AND (clock = 'pause') <> (was_paused IS TRUE)) AS waited
    FROM walked
    GROUP BY dossier_id
),
known AS (
    -- Everything that can matter, in four parts that share no dossier. Left out is only what had ended before the
    -- period and was never touched again, so that a month's figures do not read ten years' dossiers.
    {received_in_the_period}
    UNION ALL {open_from_before}
    UNION ALL {ended_from_before}
    UNION ALL
    -- History of an older system may begin later than its receipt.
    SELECT changed.id, kind, channel, agency, procedure, sector, received_at, counted_from, coalesce(status, 2),
           CASE WHEN status IS NULL THEN original_due_at ELSE due_at END, person, ended_at,
           coalesce(requests, 0), status_before, coalesce(paused, false), paused_since, waited
    FROM changed LEFT JOIN stood USING (id)
),
placed AS (
    SELECT known.*,
           status = ANY(%(ended)s) AS has_ended,
           received_at < %(since)s AS carried,
           coalesce(status_before, 2) <> ALL(%(ended)s) AS open_before,
           CASE WHEN paused THEN paused_since WHEN status = ANY(%(ended)s) THEN ended_at ELSE %(until)s END
               AS worked_until,
           CASE WHEN status IN (9, 10) THEN
               CASE WHEN paused THEN 0 ELSE {open_days_to_end} END - {open_days_to_start} - coalesce(waited, 0)
           END AS working_days
    FROM known
    -- OFFSET 0, here and below: each expression is evaluated once, not wherever it is used.
    OFFSET 0
),
judged AS (
    SELECT kind, agency, sector, procedure, channel, person, status, has_ended, carried, open_before, working_days,
           paused AND NOT has_ended AS is_paused,
           due_at IS NULL AS without_term,
           due_at <= %(soon)s AS is_soon,
           due_at IS NOT NULL AND (requests > 1 OR worked_until > due_at) AS late,
           {day_of_end} < {day_due} AS early{also}
    FROM placed
    WHERE NOT carried OR open_before OR NOT has_ended OR ended_at >= %(since)s
    OFFSET 0
)
"""

_COUNTED = {
    "opening": "carried AND open_before",
    "received": "NOT carried",
    "reopened": "carried AND NOT open_before",
    "settled_before": "status IN (9, 10) AND NOT late AND early",
    "settled_on_time": "status IN (9, 10) AND NOT late AND NOT early",
    "settled_late": "status IN (9, 10) AND late",
    "settled_without_term": "status IN (9, 10) AND without_term",
    "open_in_term": "NOT has_ended AND NOT is_paused AND NOT late AND NOT without_term",
    "open_due_soon": "NOT has_ended AND NOT is_paused AND NOT late AND is_soon",
    "open_late": "NOT has_ended AND NOT is_paused AND late",
    "open_without_term": "NOT has_ended AND NOT is_paused AND without_term",
    "paused": "is_paused",
    "not_accepted": "status = 3",
    "withdrawn": "status = 7",
    "stopped": "status = 8",
    "late": "late",
    "without_term": "without_term",
    "unchecked": "status = 1",
    "online": "NOT carried AND channel = 'online'",
}
"""What each count takes, in the order of `Counts`."""

_COUNTS = """,
by_days AS (
    -- By working days too: a median is then read off few rows, and nothing is sorted.
    SELECT {keys}, GROUPING({keys}) AS grouped, working_days, count(working_days) AS settled, {counted}
    FROM judged
    GROUP BY GROUPING SETS ({sets})
)
SELECT {keys}, grouped, array_agg(working_days), array_agg(settled), {summed}
FROM by_days
GROUP BY {keys}, grouped
"""

_LATE = """SELECT id, due_at, worked_until, requests, count(*) OVER () AS found
FROM judged
WHERE late AND kind = %(kind)s
ORDER BY has_ended, worked_until - due_at DESC, id
LIMIT %(most)s
"""
