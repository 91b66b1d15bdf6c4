"""Staff admin of procedures and synonyms."""

from procedures.admin import procedures, synonyms

__all__ = ["procedures", "synonyms"]
