"""Tables of cases: what is tried, and what is to come of it, in a YAML file beside the test."""

from pathlib import Path
from typing import Any

import yaml


def read(test: str, name: str) -> Any:
    """What the table `name` beside the file of this test holds."""
    return yaml.safe_load(Path(test).with_name(name).read_text("utf-8"))
