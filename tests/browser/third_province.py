"""Run inside the demonstration: a province that was not there, from twelve answers to its own address.

Its folder stands with the demonstration's data, not beside the folders that go with the portal. Prints what the
commands say.
"""

import os
import tempfile
from pathlib import Path

import django
import yaml

SLUG = "laocai"
ANSWERS = {
    "name": "Tỉnh Lào Cai",
    "host": f"{SLUG}.localhost",
    "hotline": "0214 000 0000",
    "administrator": "Quản Trị Minh Họa, quantri",
}


def main() -> None:
    os.environ["DB_LOGIN"] = "owner"
    django.setup()

    from django.conf import settings
    from django.core.management import call_command

    settings.PROVINCES_DIR = Path(tempfile.mkdtemp(prefix="provinces-", dir=settings.DATA_DIR))
    answers = settings.PROVINCES_DIR / "answers.yaml"
    answers.write_text(yaml.safe_dump(ANSWERS, allow_unicode=True), encoding="utf-8")
    call_command("province", "init", SLUG, "--answers", str(answers))
    call_command("province", "validate", SLUG)
    call_command("province", "apply", SLUG, "--yes")


if __name__ == "__main__":
    main()
