"""Whether this installation's keys open what a copy holds."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from tenants.crypto import CannotDecrypt, encrypted_fields

# Rows were written with one key after another: the newest of each table are read.
LOOKED_AT = 5


def unreadable() -> Iterator[str]:
    """Tables of the present schema whose newest personal data no key opens."""
    for model, names in encrypted_fields():
        for name in names:
            try:
                list(
                    model._default_manager.exclude(**{name: ""})
                    .order_by("-pk")
                    .values_list(name, flat=True)[:LOOKED_AT]
                )
            except CannotDecrypt:
                yield _(
                    "Không giải mã được %(table)s.%(name)s: FIELD_KEYS của bản cài này thiếu khóa đã dùng lúc sao lưu."
                ) % {"table": model._meta.db_table, "name": name}
