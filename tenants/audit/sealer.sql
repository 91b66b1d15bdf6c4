-- Gives rows that wait in one province's `audit_unsealed` their positions in its log; how many rows, at most `at_once`.
--
-- One at a time for a province, so positions are given in the order of commits: what commits later comes later, and a
-- reader who has seen a position never finds another row before it. The highest position ever given stands in `public`:
-- where the schema's own last one is lower, an older copy took its place. Its log then goes on above that position, says
-- first which position still holds, and gives what stood after that one again.
CREATE OR REPLACE FUNCTION public.seal_log(slug text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '200ms'
AS $seal$
DECLARE
    -- A copy of which `public` knows nothing may be older than what followers have seen: no province has so many
    -- events after its last backup.
    leap CONSTANT bigint := 1000000;
    at_once CONSTANT integer := 1000;
    province bigint;
    head bigint;
    restarts jsonb;
    last bigint;
    before text;
    holds bigint;
    waiting text;
    one record;
    positions bigint[] := '{}';
    rows bigint[] := '{}';
    seals text[] := '{}';
BEGIN
    SELECT id INTO STRICT province FROM public.tenants_province WHERE schema_name = slug;
    IF NOT pg_try_advisory_xact_lock(hashtextextended('audit.seal:' || slug, 0)) THEN
        RETURN 0;
    END IF;
    SELECT known.position, known.restarts INTO head, restarts
        FROM public.tenants_loghead known WHERE known.province_id = province;
    EXECUTE format('SELECT id, seal FROM %I.audit_seal ORDER BY id DESC LIMIT 1', slug) INTO last, before;
    last := coalesce(last, 0);
    head := greatest(coalesce(head, CASE WHEN last > 0 THEN last + leap END), last);
    restarts := coalesce(restarts, '[]');
    IF last < head THEN
        -- What an earlier restart took back does not hold either.
        SELECT least(last, min((restart->>1)::bigint)) INTO holds
            FROM jsonb_array_elements(restarts) restart WHERE (restart->>0)::bigint > last;
        EXECUTE format(
            'INSERT INTO %1$I.audit_unsealed (source, row_id, since) SELECT DISTINCT source, row_id, statement_timestamp() '
            'FROM %1$I.audit_seal WHERE id > $1 AND source <> %2$L', slug, '') USING holds;
        head := head + 1;
        restarts := restarts || jsonb_build_array(jsonb_build_array(head, holds));
        before := encode(sha256(convert_to(concat_ws(' ', before, head, '', holds), 'UTF8')), 'hex');
        EXECUTE format('INSERT INTO %I.audit_seal (id, source, row_id, at, seal) '
            'VALUES ($1, %L, $2, clock_timestamp(), $3)', slug, '') USING head, holds, before;
    END IF;
    EXECUTE format('SELECT source FROM %I.audit_unsealed ORDER BY row_id, id LIMIT 1', slug) INTO waiting;
    IF waiting IS NOT NULL THEN
        FOR one IN EXECUTE format(
            'WITH taken AS (DELETE FROM %1$I.audit_unsealed WHERE id = ANY (ARRAY(SELECT id FROM %1$I.audit_unsealed '
            'WHERE source = %2$L ORDER BY row_id, id LIMIT %3$s)) RETURNING row_id) '
            'SELECT row_id, jsonb_strip_nulls(to_jsonb(t))::text AS content FROM (SELECT DISTINCT row_id FROM taken) each '
            'LEFT JOIN %1$I.%2$I t ON t.id = row_id ORDER BY row_id', slug, waiting, at_once)
        LOOP
            head := head + 1;
            before := encode(sha256(convert_to(
                concat_ws(' ', before, head, waiting, one.row_id, one.content), 'UTF8')), 'hex');
            positions := positions || head;
            rows := rows || one.row_id;
            seals := seals || before;
        END LOOP;
        EXECUTE format('INSERT INTO %I.audit_seal (id, source, row_id, at, seal) '
            'SELECT position, $2, row_id, clock_timestamp(), seal FROM unnest($1, $3, $4) given (position, row_id, seal)',
            slug) USING positions, waiting, rows, seals;
    END IF;
    IF head > last THEN
        INSERT INTO public.tenants_loghead (province_id, position, restarts) VALUES (province, head, restarts)
            ON CONFLICT (province_id) DO UPDATE SET position = excluded.position, restarts = excluded.restarts;
    END IF;
    RETURN cardinality(positions);
END
$seal$
