"""An apply that is killed leaves no step half done, and the next one finishes."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from dossiers.deadlines.models import CalendarVersion
from procedures.catalogue.models import Procedure
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tenants.operations.onboarding.apply import apply_province
from tenants.organisation.models import Agency
from tests.conftest import as_owner, subprocess_environment

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]

SLUG = "bigiet"
# Django is set up once; each line of words makes a process of its own, which dies there.
SCRIPT = """
import os, sys, pathlib, signal, django; django.setup()
from django.conf import settings
settings.PROVINCES_DIR = pathlib.Path(sys.argv[2])
from tenants.operations.onboarding.apply import apply_province
def apply(words, left):
    def tell(line):
        nonlocal left
        left -= line.startswith(words)
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
    apply_province(sys.argv[1], lambda text, share: tell(text))
for line in sys.stdin:
    words, time = line.split(";")
    pid = os.fork()
    if not pid:
        try:
            apply(words, int(time))
        finally:
            os._exit(1)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""
# What the process says, and the how-manieth time, before it is killed there, and which steps are done by then; each
# run begins where the last died.
POINTS: list[tuple[str, int, list[str]]] = [
    ("Cơ quan, đơn vị", 1, []),
    ("Lịch làm việc", 1, ["agencies"]),
    *(("Danh mục thủ tục", time, ["agencies", "calendar"]) for time in (3, 1, 5)),
    ("Tài khoản gửi tin", 1, ["agencies", "calendar", "catalogue"]),
]


@pytest.fixture
def folder(django_db_setup, django_db_blocker, tmp_path, monkeypatch):
    (tmp_path / SLUG).mkdir()
    for file in (settings.PROVINCES_DIR / "daklak").iterdir():
        text = file.read_text(encoding="utf-8").replace("daklak", SLUG)
        (tmp_path / SLUG / file.name).write_text(text.replace("H15", "H42").replace("H45", "H25"))
    monkeypatch.setattr(settings, "PROVINCES_DIR", tmp_path)
    with django_db_blocker.unblock(), as_owner():
        yield tmp_path
        for province in Province.objects.filter(schema_name=SLUG):
            province.delete(force_drop=True)
    connection.close()


@pytest.fixture
def apply_and_kill(folder: Path) -> Iterator[Callable[[str, int], int]]:
    """Apply in a process of its own, which dies when it says these words for the so-manieth time; how it ended."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, SLUG, str(folder)],
        env={**subprocess_environment(), "DB_LOGIN": "owner"}, cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as mother:  # fmt: skip

        def run(words: str, time: int) -> int:
            assert mother.stdin is not None
            assert mother.stdout is not None
            mother.stdin.write(f"{words};{time}\n")
            mother.stdin.flush()
            return int(mother.stdout.readline())

        yield run


def steps_done() -> list[str]:
    """Steps that are done; none is half done: each has its number of rows, or none."""
    with province_context(SLUG):
        found = {
            "agencies": (Agency.objects.count(), 38),
            "calendar": (CalendarVersion.objects.count(), 1),
            "catalogue": (Procedure.objects.count(), 2_342),
        }
    assert [name for name, (count, whole) in found.items() if count not in (0, whole)] == []
    return [name for name, (count, _whole) in found.items() if count]


@pytest.mark.deep  # `make test` kills `schemas migrate` half way
def test_wherever_it_dies_the_next_one_goes_on(apply_and_kill: Callable[[str, int], int]) -> None:
    # The first one dies while tables are made, and leaves nothing.
    assert apply_and_kill("Tạo Tỉnh Đắk Lắk", 1) == -signal.SIGKILL
    connection.close()
    assert not Province.objects.filter(schema_name=SLUG).exists()
    for words, time, done in POINTS:
        assert apply_and_kill(words, time) == -signal.SIGKILL, words
        connection.close()
        assert (steps_done(), state()) == (done, Province.State.DRAFT), words
    apply_province(SLUG)
    assert (steps_done(), state()) == (["agencies", "calendar", "catalogue"], Province.State.LIVE)
    assert apply_province(SLUG).changes == 0


def state() -> str:
    return str(Province.objects.get(schema_name=SLUG).state)
