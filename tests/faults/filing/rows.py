"""The rows of the filing table. Each run fills in and files one draft, while something breaks or is done twice."""

import copy
import hashlib
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

import psycopg

from tests.faults import processes
from tests.faults.filing.citizen import (
    DECLARATION,
    FILED,
    PAPER,
    SEND_FILE,
    Citizen,
    Typed,
    pages,
    photograph,
)
from tests.faults.stage import Stage

CONNECTIONS_CUT = 5
HOUR = 3600.0


@dataclass(slots=True)
class Filed:
    """What one run showed. `pages`, `files`: so many were acknowledged; `broken`: so many requests got no answer, and
    were sent again."""

    row: str
    run: int
    seed: int
    pages: int = 0
    files: int = 0
    answers_lost: int = 0
    files_lost: int = 0
    doubled: int = 0
    broken: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    more_failures: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """What was promised and not kept."""
        counted = ("answers_lost", "files_lost", "doubled")
        found = [f"{name} {count}" for name in counted if (count := getattr(self, name))]
        return found + self.more_failures + ([] if self.pages and self.files else ["the run shows nothing"])

    @property
    def passed(self) -> bool:
        return not self.failures

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "failures": self.failures, "passed": self.passed}

    def line(self) -> str:
        """For the thread that waits."""
        said = f"{self.row} {self.run}: {self.pages} pages, {self.files} files, {self.broken} requests broken"
        return f"{said} – {'ok' if self.passed else 'FAILED: ' + ', '.join(self.failures)}"


class Portal:
    """The province with its form, the web server, and the worker that sends codes."""

    def __init__(self, stage: Stage, slug: str) -> None:
        self.stage, self.slug, self.ground = stage, slug, stage.ground
        self.procedure = make_office(stage, slug).procedure.code
        self.publish(form_data())
        self._start(0.0)

    def _start(self, shift: float) -> None:
        environ = processes.shifted(self.ground.environ, shift) if shift else None
        self.web = self.stage.server("web", processes.web(self.ground.web_port), environ)
        self.worker = self.stage.worker(children=1, environ=environ)
        processes.wait_for_web(self.ground.web_port)

    def restart(self, shift: float) -> None:
        """Both again, with a clock that is wrong by so many seconds."""
        self.web.stop()
        self.worker.stop()
        self._start(shift)

    def kill_web(self, pause: float) -> None:
        self.web.kill()
        time.sleep(pause)
        self.web.start()
        processes.wait_for_web(self.ground.web_port)

    def cut_connections(self) -> None:
        """End every session of the portal with the database, as when the network between them breaks."""
        with psycopg.connect(self.ground.services.database_url, autocommit=True) as own:
            own.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE usename = session_user AND pid <> pg_backend_pid()"
            )

    def crash_database(self, pause: float) -> None:
        self.ground.crash_postgres()
        time.sleep(pause)
        self.ground.start_services()

    def publish(self, data: dict[str, Any]) -> None:
        """Put another version of the form in force."""
        from dossiers.filing.models import FilingFormVersion

        with self.stage.inside(self.slug):
            FilingFormVersion.publish({**data, "procedure": self.procedure}, self.procedure)

    def end_sessions(self) -> None:
        """As if every browser had been idle for longer than a session lives."""
        from django.db.models import F

        from dossiers.filing.drafts import IDLE
        from dossiers.filing.models import FilingSession

        with self.stage.inside(self.slug):
            FilingSession.objects.update(seen_at=F("seen_at") - IDLE)

    def filed(self, since: int = 0) -> tuple[int, Counter[str]]:
        """How many dossiers there are after so many, and the digests of the stored bytes of the newest."""
        from dossiers.lifecycle.models import Dossier

        with self.stage.inside(self.slug):
            newest = Dossier.objects.order_by("pk").last()
            return Dossier.objects.count() - since, stored_of(newest)


def stored_of(dossier: Any) -> Counter[str]:
    """The digests of the stored bytes of a dossier, in its province."""
    from dossiers.lifecycle.models import Attachment
    from tenants.files import storage

    names = [one.stored_name for one in Attachment.objects.filter(dossier=dossier)]
    return Counter(hashlib.sha256(storage.fetch(name).read()).hexdigest() for name in names)


@cache
def make_office(stage: Stage, slug: str) -> Any:
    """Make an office, and a procedure that is filed here. Pages have their style sheets from then on."""
    collect = processes.python("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    subprocess.run(collect, cwd=processes.ROOT, env=stage.ground.environ, check=True)

    from procedures.catalogue.models import FilingMode
    from tests.factories import Office

    with stage.inside(slug) as province:
        office = Office(code=province.agency_code)
        office.procedure.filing_mode = FilingMode.LOCAL
        office.procedure.save()
        return office


def form_data() -> dict[str, Any]:
    from tests.dossiers.filing.rules.forms import DATA

    return copy.deepcopy(DATA)


@dataclass
class Run:
    """One draft, and what is done to it."""

    portal: Portal
    citizen: Citizen
    chance: random.Random
    number: int

    def photo(self, *, large: bool = False) -> bytes:
        return photograph(self.chance, large=large)

    def mark(self) -> str:
        """Words that stand nowhere else."""
        return "".join(self.chance.choices("abcdeghiklmnopqrstuvxy", k=9)).title()

    def fill_in(self) -> None:
        self.citizen.walk(self.mark())
        if len(self.citizen.papers) < 3:
            self.citizen.photograph(self.photo(large=self.number % 2 == 0))

    def lost(self, when: str) -> list[str]:
        count = self.citizen.lost()
        return [f"{count} lost {when}"] if count else []

    def file_while(self, strike: Callable[[], None], times: int) -> list[str]:
        """Fill in and file, struck on the way through the pages and once more at the declaration."""
        self.during(self.fill_in, strike, times)
        lost = self.lost("before filing")
        self.during(self.citizen.file, strike, 1)
        return lost

    def during(self, act: Callable[[], None], strike: Callable[[], None], times: int) -> None:
        """Do this again and again, until so many strikes have come, each while a request was on its way."""
        over = threading.Event()

        def strike_all() -> None:
            for _time in range(times):
                while True:
                    while not self.citizen.sending.wait(1):
                        if over.is_set():
                            return
                    time.sleep(self.chance.uniform(0, 0.04))
                    # A quick page may have come meanwhile.
                    if self.citizen.sending.is_set():
                        break
                strike()
                time.sleep(self.chance.uniform(0.1, 0.6))

        with ThreadPoolExecutor(1) as pool:
            strikes = pool.submit(strike_all)
            try:
                act()
                while not strikes.done():
                    act()
            finally:
                over.set()
            strikes.result()


def web(run: Run) -> list[str]:
    return run.file_while(lambda: run.portal.kill_web(run.chance.uniform(0, 1)), 2)


def database(run: Run) -> list[str]:
    if run.number % 3 == 0:
        return run.file_while(lambda: run.portal.crash_database(run.chance.uniform(0, 2)), 1)
    return run.file_while(run.portal.cut_connections, CONNECTIONS_CUT)


def upload(run: Run) -> list[str]:
    """Cut three times for each paper that is sent whole, small and large; a cut one leaves nothing."""
    faults, citizen = [], run.citizen
    for large in (False, True):
        before = citizen.listed()
        for _cut in range(3):
            share = run.chance.uniform(0.05, 0.95)
            citizen.ask(citizen.at(PAPER), SEND_FILE, run.photo(large=large), share)
        citizen.walk(run.mark())
        if citizen.listed() != before:
            faults.append("a file that was cut stands in the draft")
        citizen.photograph(run.photo(large=large))
    citizen.file()
    return faults


def session(run: Run) -> list[str]:
    """The session ends while a page is filled in, and while a paper is sent; then the telephone is another one."""
    half = run.chance.randint(1, 6)
    run.citizen.walk(run.mark(), slice(half + 1))
    run.portal.end_sessions()
    run.citizen.walk(run.mark(), slice(half, None))
    run.portal.end_sessions()
    run.citizen.photograph(run.photo(large=run.number % 2 == 0))
    run.citizen.agent = f"Firefox {run.number}"
    lost = run.lost("in another browser")
    run.citizen.file()
    return lost


def tabs(run: Run) -> list[str]:
    """Two tabs fill in the pages between them at the same time, and each sends a paper."""
    citizen, mark, photos = run.citizen, run.mark(), [run.photo(), run.photo(large=True)]
    citizen.walk(run.mark(), slice(2))

    def tab(turn: int) -> None:
        mine = pages(mark)[2 + turn :: 2]
        for page, typed in mine:
            citizen.fill(page, typed)
        citizen.send(PAPER, SEND_FILE, photos[turn])
        for page, typed in reversed(mine):
            citizen.fill(page, typed)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(tab, range(2)))
    citizen.photograph(run.photo())
    citizen.file()
    return [] if len(citizen.papers) == 3 else [f"{len(citizen.papers)} papers of 3"]


def presses(run: Run) -> list[str]:
    """Every button is pressed twice before the answer comes, the last one four times."""
    citizen, photo = run.citizen, run.photo(large=run.number % 2 == 0)

    def press(page: str, typed: Typed, photo: bytes | None = None, times: int = 2) -> list[str]:
        with ThreadPoolExecutor(times) as pool:
            path = citizen.at(page)
            return [
                one.location for one in pool.map(lambda _: citizen.insist(path, typed, photo), range(times))
            ]

    citizen.walk(run.mark(), slice(2))
    for page, typed in pages(run.mark())[2:]:
        press(page, typed)
        citizen.fill(page, typed)
    press(PAPER, SEND_FILE, photo)
    citizen.photograph(photo)
    faults = [] if len(citizen.papers) == 1 else [f"one photograph became {len(citizen.papers)}"]
    return faults + [
        f"led to {place}" for place in press(DECLARATION, citizen.declared(), times=4) if FILED not in place
    ]


def back(run: Run) -> list[str]:
    """Back to pages that were filled in, with older words, and on again; back after filing, and sent again: what is
    entered then is shown as not added."""
    citizen, old, new = run.citizen, run.mark(), run.mark()
    citizen.walk(old)
    citizen.photograph(run.photo())
    for _turn in range(4):
        first = run.chance.randrange(1, 7)
        for mark in (old, new):
            citizen.walk(mark, slice(first, run.chance.randint(first + 1, 8)))
    citizen.file()
    declared = citizen.declare()
    late = [citizen.send("ten", {"ten": "Sửa Sau Khi Nộp"}), citizen.send(PAPER, SEND_FILE, run.photo())]
    faults = [] if FILED in declared else [f"after filing to {declared}"]
    not_said = (one for one in late if "Điều vừa nhập không được thêm vào" not in citizen.ask(one).page)
    return faults + [f"taken without a word: {place}" for place in not_said]


def version(run: Run) -> list[str]:
    """A new version of the form comes in the middle: a question is of another type, and one is new or gone."""
    data, citizen, is_longer = form_data(), run.citizen, run.number % 2 == 1
    if is_longer:
        first = data["sections"][0]["pages"]
        first[0]["questions"][0]["type"] = "long_text"
        question = {"name": "ghi_chu", "type": "text", "label": "Ghi chú", "personal": "none"}
        first.append({"code": "ghi-chu", "questions": [question]})
    mark, place = run.mark(), run.chance.randint(3, 8)
    citizen.walk(mark, slice(place))
    citizen.photograph(run.photo())
    run.portal.publish(data)
    lost = run.lost("by the new version")
    citizen.walk(mark, slice(place, None))
    citizen.fill("ten", dict(pages(mark))["ten"])
    if is_longer:
        citizen.fill("ghi-chu", {"ghi_chu": run.mark()})
    citizen.file()
    return lost


def clock(run: Run) -> list[str]:
    """The machine's clock jumps by an hour in the middle; in the first two runs it stays wrong until the end."""
    run.fill_in()
    run.portal.restart(HOUR if run.number % 2 else -HOUR)
    run.citizen.walk(run.mark(), slice(run.chance.randint(2, 5), None))
    run.citizen.photograph(run.photo())
    lost = run.lost("by the wrong clock")
    if run.number > 2:
        run.portal.restart(0)
    run.citizen.file()
    if run.number <= 2:
        run.portal.restart(0)
    return lost


def valkey(run: Run) -> list[str]:
    """Valkey is away from the first page on: until after filing, or until a session has ended."""
    run.citizen.walk(run.mark(), slice(2))
    run.portal.ground.kill_valkey()
    run.fill_in()
    lost = run.lost("without Valkey")
    if run.number % 2:
        run.citizen.file()
    run.portal.ground.start_services()
    if run.number % 2 == 0:
        run.portal.end_sessions()
        run.citizen.walk(run.mark())
        run.citizen.file()
    return lost


@dataclass(frozen=True)
class Row:
    """`breaks`: a run in which every request was answered shows nothing."""

    TITLE: str
    play: Callable[[Run], list[str]]
    breaks: bool = False
    OWN_WEB: bool = True

    def runs(self, stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Filed]:
        (slug,) = stage.need(1)
        portal = Portal(stage, slug)
        for number, seed in enumerate(seeds, 1):
            yield self._run(portal, number, seed)

    def _run(self, portal: Portal, number: int, seed: int) -> Filed:
        port, start = portal.ground.web_port, f"/nop/{portal.procedure}/"
        citizen = Citizen(portal.slug, port, start, portal.stage.provider.lines)
        before, _stored = portal.filed()
        citizen.begin()
        citizen.broken = 0
        faults = self.play(Run(portal, citizen, random.Random(seed), number))
        if self.breaks and not citizen.broken:
            faults.append("no request broke")
        made, stored = portal.filed(before)
        if not made:
            faults.append("no dossier")
        return Filed(
            self.play.__name__, number, seed,
            pages=citizen.acknowledged,
            files=len(citizen.papers),
            answers_lost=citizen.lost_in_copy(),
            files_lost=(Counter(citizen.papers.values()) - stored).total(),
            doubled=max(0, made - 1),
            broken=citizen.broken,
            more_failures=faults,
        )  # fmt: skip


_ROWS = (
    Row("Giết máy chủ web (kill -9) khi đang ghi trang và khi đang nộp", web, breaks=True),
    Row("Đứt kết nối cơ sở dữ liệu, PostgreSQL bị cắt ngang", database, breaks=True),
    Row("Đứt mạng khi đang gửi ảnh", upload),
    Row("Hết phiên giữa chừng, không cookie, đổi máy", session),
    Row("Hai thẻ trình duyệt cùng điền", tabs),
    Row("Bấm hai lần mọi nút, bốn lần nút Nộp", presses),
    Row("Bấm Quay lại, gửi lại trang cũ, gửi lại sau khi nộp", back),
    Row("Biểu mẫu có bản mới khi đang điền", version),
    Row("Đồng hồ máy chủ sai ±1 giờ", clock),
    Row("Valkey dừng", valkey),
)
ROWS = {row.play.__name__: row for row in _ROWS}
