"""What the rows of several database servers count, and one of them with real processes: the whole is `make faults ARGS=--ha`."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.faults.ha.load import Asker, both_acknowledged, fault_of
from tests.faults.processes import ROOT


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ([1.0, 2.0], [], 0),
        ([], [1.0], 0),
        ([1.0, 2.0], [3.0], 0),
        ([5.0], [1.0, 3.0], 0),
        ([1.0, 4.0], [3.0, 5.0], 1),
    ],
)
def test_two_servers_that_acknowledge_are_counted(first: list[float], second: list[float], both: int) -> None:
    askers = [Asker(name, "") for name in "ab"]
    for asker, times in zip(askers, (first, second), strict=True):
        asker.acknowledged = dict(enumerate(times))
    assert both_acknowledged(askers) == both


@pytest.mark.parametrize(
    ("status", "page", "is_fault"),
    [
        (303, "", False),
        (503, "<h1>Cổng tạm thời chưa phục vụ được</h1>", False),
        (503, "<style>a long rule of style</style>", True),
        (500, "<h1>Cổng gặp lỗi, xin thử lại sau</h1>", True),
        (413, "<h1>Nội dung gửi lên quá lớn</h1>", True),
    ],
)
def test_a_page_says_503_in_words_or_it_is_a_fault(status: int, page: str, is_fault: bool) -> None:
    assert bool(fault_of(status, page)) is is_fault


@pytest.mark.deep
@pytest.mark.timeout(400)
def test_the_leader_is_killed_under_load_and_nothing_acknowledged_is_lost() -> None:
    if not os.environ.get("CI_TOOLS") and shutil.which("etcd") is None:
        pytest.skip("etcd is missing")
    command = [sys.executable, "-m", "tests.faults", "kill", "--ha", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert (done.returncode, "FAILED" in done.stdout) == (0, False), done.stdout + done.stderr
