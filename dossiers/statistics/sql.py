"""The one statement that counts: from events to the state of each dossier at two moments, then to groups, or to
the late ones among them.

Named parameters: `since` and `until` (both moments inclusive), `soon` (up to when a due date is near), `open` and `ended` (statuses), `first_day` and
`opened` (for each day from then on, how many open days there were up to it).
"""

from collections.abc import Sequence

_DAY = "({moment} AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
_OPEN_DAYS = (
    "(%(opened)s::int[])[least(greatest("
    + _DAY
    + " - %(first_day)s::date, 0), cardinality(%(opened)s::int[]) - 1) + 1]"
)


def statement(scope: str, dimensions: Sequence[str]) -> str:
    """The statement for a condition on `dossier` ("AND …" or nothing), grouped by kind, and by kind and each
    of the dimensions.

    A row has kind, GROUPING(kind, *dimensions), the dimensions, and the counts in the order of `Counts`.
    """
    counts = _COUNTS.format(
        keys=", ".join(("kind", f"GROUPING({', '.join(('kind', *dimensions))})", *dimensions)),
        sets=", ".join(("(kind)", *(f"(kind, {dimension})" for dimension in dimensions))),
    )
    return _judged(scope) + counts


def late_statement(scope: str) -> str:
    """The dossiers that the counts call late, one a row, for two parameters more: `kind` and `most` rows.

    A row has id, due date, until when it was worked on, requests for supplements, and how many there are in all; what has not ended comes first, then the longest late.
    """
    return _judged(scope, "id, due_at, worked_until, requests") + _LATE


def _judged(scope: str, also: str = "") -> str:
    return _JUDGED.format(
        columns=_COLUMNS,
        procedure=_PROCEDURE,
        scope=scope,
        also=f", {also}" if also else "",
        open_days_to_event=_OPEN_DAYS.format(moment="counting_at"),
        open_days_to_start=_OPEN_DAYS.format(moment="counted_from"),
        open_days_to_end=_OPEN_DAYS.format(moment="greatest(ended_at, counted_from)"),
        day_of_end=_DAY.format(moment="worked_until"),
        day_due=_DAY.format(moment="due_at"),
    )


_COLUMNS = """SELECT dossier.id, dossier.kind, dossier.channel, dossier.competent_agency_id AS agency,
           dossier.procedure_id AS procedure, procedure.sector_id AS sector,
           dossier.received_at, dossier.counted_from, dossier.original_due_at"""
_PROCEDURE = "JOIN procedures_procedure procedure ON procedure.id = dossier.procedure_id"

_JUDGED = """
WITH chosen AS (
    -- Everything that can matter, in three parts that share no dossier. Left out is only what had ended before the
    -- period and was never touched again, so that a month's figures do not read ten years' dossiers and events.
    -- OFFSET 0 keeps a look-up by number a look-up: the planner would rather read all dossiers, and all events.
    {columns} FROM dossiers_dossier dossier {procedure}
    WHERE dossier.received_at BETWEEN %(since)s AND %(until)s {scope}
    UNION ALL
    {columns} FROM dossiers_dossier dossier {procedure}
    WHERE dossier.received_at < %(since)s AND dossier.status = ANY(%(open)s) {scope}
    UNION ALL
    {columns} FROM (
        SELECT dossier_id FROM dossiers_event WHERE status = ANY(%(ended)s) AND at >= %(since)s
        EXCEPT SELECT id FROM dossiers_dossier WHERE received_at >= %(since)s
    ) ended
    CROSS JOIN LATERAL (SELECT * FROM dossiers_dossier WHERE id = ended.dossier_id OFFSET 0) dossier
    {procedure}
    WHERE dossier.received_at < %(since)s AND dossier.status <> ALL(%(open)s) {scope}
),
undone AS (
    SELECT DISTINCT dossier_id, undoes AS sequence
    FROM dossiers_event
    WHERE undoes IS NOT NULL AND at <= %(until)s
),
history AS (
    SELECT event.dossier_id, event.sequence, event.at, event.status, event.clock, event.due_at,
           greatest(event.at, chosen.counted_from) AS counting_at,
           undone.sequence IS NULL AS held,
           event.undoes IS NULL AND event.kind <> 'correct' AS may_ask, event.assignee_id
    FROM chosen
    CROSS JOIN LATERAL (
        SELECT * FROM dossiers_event WHERE dossier_id = chosen.id AND at <= %(until)s OFFSET 0
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
placed AS MATERIALIZED (
    SELECT chosen.*,
           status = ANY(%(ended)s) AS has_ended,
           received_at < %(since)s AS carried,
           coalesce(status_before, 2) <> ALL(%(ended)s) AS open_before,
           CASE WHEN paused THEN paused_since WHEN status = ANY(%(ended)s) THEN ended_at ELSE %(until)s END
               AS worked_until,
           CASE WHEN status IN (9, 10) THEN
               CASE WHEN paused THEN 0 ELSE {open_days_to_end} END - {open_days_to_start} - coalesce(waited, 0)
           END AS working_days
    FROM (
        SELECT chosen.*, person, ended_at, status_before, paused_since, waited,
               -- History of an older system may begin later than its receipt.
               coalesce(status, 2) AS status, coalesce(paused, false) AS paused, coalesce(requests, 0) AS requests,
               CASE WHEN status IS NULL THEN original_due_at ELSE due_at END AS due_at
        FROM chosen LEFT JOIN stood USING (id)
    ) chosen
),
judged AS MATERIALIZED (
    SELECT kind, agency, sector, procedure, channel, person, status, has_ended, carried, open_before, working_days,
           paused AND NOT has_ended AS is_paused,
           due_at IS NULL AS without_term,
           due_at <= %(soon)s AS is_soon,
           due_at IS NOT NULL AND (requests > 1 OR worked_until > due_at) AS late,
           {day_of_end} < {day_due} AS early{also}
    FROM placed
    WHERE NOT carried OR open_before OR NOT has_ended OR ended_at >= %(since)s
)
"""

_COUNTS = """SELECT {keys},
       count(*) FILTER (WHERE carried AND open_before) AS opening,
       count(*) FILTER (WHERE NOT carried) AS received,
       count(*) FILTER (WHERE carried AND NOT open_before) AS reopened,
       count(*) FILTER (WHERE status IN (9, 10) AND NOT late AND early) AS settled_before,
       count(*) FILTER (WHERE status IN (9, 10) AND NOT late AND NOT early) AS settled_on_time,
       count(*) FILTER (WHERE status IN (9, 10) AND late) AS settled_late,
       count(*) FILTER (WHERE status IN (9, 10) AND without_term) AS settled_without_term,
       count(*) FILTER (WHERE NOT has_ended AND NOT is_paused AND NOT late AND NOT without_term) AS open_in_term,
       count(*) FILTER (WHERE NOT has_ended AND NOT is_paused AND NOT late AND is_soon) AS open_due_soon,
       count(*) FILTER (WHERE NOT has_ended AND NOT is_paused AND late) AS open_late,
       count(*) FILTER (WHERE NOT has_ended AND NOT is_paused AND without_term) AS open_without_term,
       count(*) FILTER (WHERE is_paused) AS paused,
       count(*) FILTER (WHERE status = 3) AS not_accepted,
       count(*) FILTER (WHERE status = 7) AS withdrawn,
       count(*) FILTER (WHERE status = 8) AS stopped,
       count(*) FILTER (WHERE late) AS late,
       count(*) FILTER (WHERE without_term) AS without_term,
       count(*) FILTER (WHERE status = 1) AS unchecked,
       count(*) FILTER (WHERE NOT carried AND channel = 'online') AS online,
       round(avg(working_days), 2) AS mean_days,
       round((percentile_cont(0.5) WITHIN GROUP (ORDER BY working_days))::numeric, 2) AS median_days,
       round((percentile_cont(0.9) WITHIN GROUP (ORDER BY working_days))::numeric, 2) AS ninetieth_days
FROM judged
GROUP BY GROUPING SETS ({sets})
"""

_LATE = """SELECT id, due_at, worked_until, requests, count(*) OVER () AS found
FROM judged
WHERE late AND kind = %(kind)s
ORDER BY has_ended, worked_until - due_at DESC, id
LIMIT %(most)s
"""
