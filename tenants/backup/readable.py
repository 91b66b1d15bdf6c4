"""Whether this installation's keys open what a copy holds."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from tenants.crypto import CannotDecrypt, encrypted_fields

# Rows were written with one key after another, and rotation begins at the oldest: some at both ends are read.
LOOKED_AT = 5


def unreadable() -> Iterator[str]:
    """Tables of the present schema whose newest or oldest personal data no key opens."""
    for model, names in encrypted_fields():
        for name in names:
            rows = model._default_manager.exclude(**{name: ""}).values_list(name, flat=True)
            try:
                for order in ("-pk", "pk"):
                    list(rows.order_by(order)[:LOOKED_AT])
            except CannotDecrypt:
                yield _(
                    "Không giải mã được %(table)s.%(name)s: FIELD_KEYS của bản cài này thiếu khóa đã dùng lúc ấy."
                ) % {"table": model._meta.db_table, "name": name}
