"""Numbers of people and organisations as they are typed."""

import re

ID_NUMBER = re.compile(r"\A(?:[0-9]{12}|[0-9]{10}(?:-[0-9]{3})?|[0-9]{9})\Z")
"""A personal identification number, a tax number, or the number of an old identity card."""
