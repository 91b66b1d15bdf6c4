"""Where somebody can still be found in a province's tables."""

from contextlib import suppress

from django.db import connection

from tenants.isolation.crypto import decrypt


def places_of(*words: str) -> list[str]:
    """Every text column of this province that holds one of these words, cipher text opened."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() "
            "AND data_type IN ('text', 'character varying', 'json', 'jsonb')"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT "{column}"::text FROM "{table}"')
            if any(tells(text or "", *words) for (text,) in cursor.fetchall()):
                found.append(f"{table}.{column}")
    return found


def tells(text: str, *words: str) -> bool:
    """Whether a text, or what a cipher text holds, has one of these words, also as JSON writes them."""
    with suppress(ValueError):
        text = decrypt(text)
    written = [*words, *(word.encode("ascii", "backslashreplace").decode() for word in words)]
    return any(word.casefold() in text.casefold() for word in written)
