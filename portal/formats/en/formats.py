"""English pages of a Vietnamese office: day first, as on every paper that the reader holds."""

from portal.formats.vi.formats import *  # noqa: F403

DECIMAL_SEPARATOR, THOUSAND_SEPARATOR = ".", ","
