"""Trying something out in the database, and taking it back."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def rolled_back() -> Iterator[None]:
    """Whatever the block writes is seen inside it and gone after it."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
