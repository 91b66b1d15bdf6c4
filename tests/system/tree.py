"""The files of the project, as version control knows them."""

import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
ROOMS = ("portal", "dossiers", "messaging", "procedures", "tenants")


def files(*patterns: str) -> list[Path]:
    """Files that are committed or about to be (not ignored), as paths from the root; skips without git."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no version control here: an unpacked archive")
    command = [
        git,
        "-c",
        f"safe.directory={ROOT}",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]
    listed = subprocess.run([*command, "--", *patterns], cwd=ROOT, capture_output=True, check=True).stdout
    return sorted(Path(name) for name in listed.decode().split("\0") if name and (ROOT / name).is_file())


def text(path: Path) -> str:
    """Content of a file of the tree; "" for one that is not text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
