"""A template is somebody else's text: it may open nothing, and not take for ever."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dossiers.printing import samples, typst_pool
from dossiers.printing.models import Form
from dossiers.printing.typst_pool import TOO_LARGE, TOO_SLOW, TypesettingError, printable

CONTENT = samples.sample(Form.REFUSAL)
LICENCE = "LICENSE"


def refused(source: str) -> TypesettingError:
    with pytest.raises(TypesettingError) as caught:
        typst_pool.render(source, CONTENT)
    return caught.value


@pytest.mark.parametrize(
    "source",
    [
        f'#read("{LICENCE}")',
        f'#read("/{LICENCE}")',
        '#read("/etc/passwd")',
        '#read("../typst_worker.py")',
        f'#include "{LICENCE}"',
        '#image("/etc/hostname")',
        '#plugin("/etc/hostname")',
        "#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
        "<image href='LICENSE' width='9' height='9'/></svg>\"), format: \"svg\")",
        '#import "@preview/cetz:0.2.0"',
        '#import "@local/x:0.1.0"',
        '#import "@" + "preview/x:1.0.0": *',
    ],
)
def test_no_file_is_read_and_no_package_fetched(source: str) -> None:
    assert (typst_pool.FONTS / LICENCE).is_file()
    assert refused(source).line == 1


def test_the_worker_has_no_descriptor_left() -> None:
    typst_pool.render("Ấm máy", CONTENT)
    worker = typst_pool._idle[-1]
    limits = Path(f"/proc/{worker.process.pid}/limits")
    if not limits.exists():
        pytest.skip("no /proc here")
    line = next(line for line in limits.read_text().splitlines() if line.startswith("Max open files"))
    assert line.split()[3:5] == ["0", "0"]


def test_endless_work_is_cut_off_and_the_next_form_printed(quick_worker: None) -> None:
    endless = "#for i in range(100000) { for j in range(100000) {} }"
    assert refused(endless).message == TOO_SLOW
    assert typst_pool.render("Xong", CONTENT).startswith(b"%PDF")


def test_memory_is_bounded() -> None:
    assert refused("#for i in range(3000000000) {}").message == TOO_LARGE


def test_the_line_of_a_fault_counts_in_the_template() -> None:
    assert refused("Dòng một\n\n#khong_co").line == 3
    assert refused("Dòng một\n#item()").line == 2, "a fault inside the parts, where they were called"


def test_an_answer_left_behind_goes_to_nobody() -> None:
    """A job given up half-way ends its worker: its answer must not be the next person's paper."""
    with pytest.raises(KeyboardInterrupt), typst_pool._worker() as worker:
        raise KeyboardInterrupt
    assert worker not in typst_pool._idle
    assert worker.process.poll() is not None


def test_many_at_once_get_their_own() -> None:
    from tests.dossiers.printing import reading

    found: dict[int, bytes] = {}

    def work(number: int) -> None:
        found[number] = typst_pool.render(f"Tờ số {number}", CONTENT)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [number for number in range(12) if not reading.holds(found[number], f"Tờ số {number} ")] == []
    assert len(typst_pool._idle) <= typst_pool.MOST_WORKERS


def test_a_worker_ends_with_the_process_that_kept_it() -> None:
    program = (
        "from dossiers.printing import typst_pool; p = typst_pool._Worker(); print(p.process.pid, flush=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ}
    )
    pid = int(done.stdout)
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return
        threading.Event().wait(0.05)
    pytest.fail("the worker goes on alone")


def test_a_worker_that_cannot_start_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "worker.py"
    broken.write_text("raise SystemExit(1)")
    monkeypatch.setattr(typst_pool, "WORKER", broken)
    with pytest.raises(RuntimeError, match="does not start"):
        typst_pool._Worker()


def test_a_letter_that_the_type_lacks_becomes_a_box() -> None:
    """One such letter must not stop a form, let alone the register of a whole desk."""
    content = {"name": "Tên 漢字 🏠 \u202eử", "papers": ["Bản 𠀀", ("Đơn ₫",)], "count": 3}
    assert printable(content) == {"name": "Tên □□ □ ử", "papers": ["Bản □", ["Đơn ₫"]], "count": 3}
