"""The rows of several database servers. Each run has 30 acts a second, 5 filings with photographs under way and 200
notices waiting when its part breaks, and ends when the old leader follows the new one."""

import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from portal.embedded import patroni
from tests.faults import processes
from tests.faults.desk import Desk
from tests.faults.evidence import Written
from tests.faults.filing.citizen import photograph
from tests.faults.filing.rows import form_data, make_office, stored_of
from tests.faults.ground import free_port
from tests.faults.ha.cluster import MEMBERS, Cluster
from tests.faults.ha.load import Asker, Clerks, Filer, both_acknowledged
from tests.faults.processes import Server, wait_until
from tests.faults.rows.web import evidence_by_number
from tests.faults.stage import Stage
from tests.simulators.sms.journal import Line

FILERS, WAITING = 5, 200
RATE = 10.0
"""Messages a second before and while something breaks: the notices wait, and some are always on their way."""
QUICK, SLOW = 10.0, 30.0
"""Writes come back within so many seconds: where PostgreSQL dies; where a whole node is gone."""
BEFORE_SECONDS, AFTER_ACTS, PATIENCE = 5.0, 90, 120.0
ETCD_AWAY, SHORT_AWAY, STILL_SECONDS = 60.0, 10.0, 3.0


@dataclass(slots=True)
class Survived:
    """What one run showed. `writes`: seconds without an acknowledged act; `both`: rows that two servers took."""

    row: str
    run: int
    seed: int
    limit: float
    acts: int = 0
    pages: int = 0
    files: int = 0
    messages: int = 0
    acts_lost: int = 0
    answers_lost: int = 0
    files_lost: int = 0
    messages_lost: int = 0
    doubled: int = 0
    both: int = 0
    refused: int = 0
    writes: float = 0.0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    more_failures: list[str] = field(default_factory=list)

    @property
    def lost(self) -> int:
        return self.acts_lost + self.answers_lost + self.files_lost + self.messages_lost

    @property
    def failures(self) -> list[str]:
        """What was promised and not kept."""
        counted = ("acts_lost", "answers_lost", "files_lost", "messages_lost", "doubled", "both")
        found = [f"{name} {number}" for name in counted if (number := getattr(self, name))]
        if self.writes > self.limit:
            found.append(f"no writes for {self.writes:.1f} s, {self.limit:.0f} allowed")
        if not (self.acts and self.pages and self.files):
            found.append("the run shows nothing")
        return found + self.more_failures

    @property
    def passed(self) -> bool:
        return not self.failures

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "lost": self.lost, "failures": self.failures, "passed": self.passed}

    def line(self) -> str:
        """For the thread that waits."""
        said = "; ".join(
            [
                f"{self.acts} acts, {self.pages} pages, {self.files} files, {self.messages} messages, "
                f"{self.refused} times 503, no writes for {self.writes:.1f} s",
                *self.notes,
            ]
        )
        return f"{self.row} {self.run}: {said} – {'ok' if self.passed else 'FAILED: ' + ', '.join(self.failures)}"


@dataclass
class Run:
    """The cluster, and who leads when its part breaks."""

    cluster: Cluster
    leader: dict[str, Any]
    standby: dict[str, Any]
    entrance: Server | None

    def wait_for_other(self) -> None:
        """Until the standby leads."""
        name = self.standby["name"]
        wait_until(
            lambda: self.cluster.roles().get("leader", {}).get("name") == name, PATIENCE, f"{name} leads"
        )


def kill(run: Run) -> None:
    run.cluster.kill(run.leader)
    run.wait_for_other()


def folder(run: Run) -> None:
    run.cluster.kill(run.leader, data_too=True)
    run.wait_for_other()


def node(run: Run) -> None:
    run.cluster.kill(run.leader, patroni_too=True, data_too=True)
    run.wait_for_other()


def freeze(run: Run) -> None:
    with run.cluster.frozen(run.leader):
        run.wait_for_other()
        time.sleep(STILL_SECONDS)


def cut(run: Run) -> None:
    with run.cluster.cut(run.leader):
        run.wait_for_other()
        time.sleep(STILL_SECONDS)


def switch(run: Run) -> None:
    run.cluster.switch(run.leader["name"], run.standby["name"])
    run.wait_for_other()


def standby(run: Run) -> None:
    run.cluster.kill(run.standby, patroni_too=True, data_too=True)
    time.sleep(SHORT_AWAY)


def etcd(run: Run) -> None:
    with run.cluster.without(run.cluster.etcd_leader()):
        time.sleep(SHORT_AWAY)


def etcd_all(run: Run) -> None:
    with run.cluster.without(*MEMBERS):
        time.sleep(ETCD_AWAY)


def haproxy(run: Run) -> None:
    assert run.entrance is not None
    run.entrance.crash()
    time.sleep(STILL_SECONDS)


@dataclass(frozen=True)
class Row:
    """`limit`: writes come back within so many seconds; `entrance`: the portal reaches the servers over HAProxy."""

    TITLE: str
    strike: Callable[[Run], None]
    limit: float
    entrance: bool = False
    OWN_WEB: bool = True

    def runs(self, stage: Stage, seeds: Sequence[int], quick: bool) -> Iterator[Survived]:
        played = Played(stage, self)
        for number, seed in enumerate(seeds, 1):
            yield played.run(number, seed)


class Played:
    """A province with a form, and the processes of the portal."""

    def __init__(self, stage: Stage, row: Row) -> None:
        assert isinstance(stage.ground, Cluster)
        self.stage, self.row, self.cluster = stage, row, stage.ground
        self.cluster.environ["DATABASE_URL"] = self.cluster.services.database_url
        (self.slug,) = stage.need(1)
        self.desk, self.procedure = open_desk(stage, self.slug)
        self.entrance = self._entrance() if row.entrance else None
        stage.server("web", processes.web(self.cluster.web_port))
        stage.installation()
        processes.wait_for_web(self.cluster.web_port)
        stage.warm_up([self.slug])

    def run(self, number: int, seed: int) -> Survived:
        stage, cluster, chance = self.stage, self.cluster, random.Random(seed)
        cluster.start_services()
        stage.lane(self.slug, rate=None)
        before = self._newest()
        filers = self._filers()
        stage.speed(self.slug, RATE)
        notices = stage.write(self.slug, WAITING, together=True)
        askers = self._askers()
        clerks = Clerks(self.desk)
        faults: list[str] = []
        with ThreadPoolExecutor(FILERS) as pool:
            filings = [
                pool.submit(filer.go_on, _marks(chance), [photograph(chance, large=True) for _ in range(3)])
                for filer in filers
            ]
            for one in (clerks, *askers):
                one.start()
            time.sleep(BEFORE_SECONDS + chance.uniform(0, 2))
            steady = clerks.longest_pause(time.monotonic() - BEFORE_SECONDS, time.monotonic())
            roles = cluster.roles()
            begun = time.monotonic()
            try:
                self.row.strike(Run(cluster, roles["leader"], roles["standby"], self.entrance))
                struck = time.monotonic()
                wait_until(lambda: clerks.since(struck) > AFTER_ACTS, PATIENCE, "acts after it")
                cluster.start_services()
                whole = time.monotonic()
                wait_until(lambda: clerks.since(whole) > AFTER_ACTS, PATIENCE, "acts at the end")
            except TimeoutError as error:
                faults.append(str(error))
                whole = time.monotonic()
            ended = time.monotonic()
            for one in (clerks, *askers):
                one.end()
            for filer in filers:
                filer.over.set()
            for filing in filings:
                if error := filing.exception():
                    faults.append(repr(error)[:300])
        stage.speed(self.slug, None)
        made = self._made(before)
        acts = [Written(phone, self.slug, ended) for phone in made if phone in set(clerks.tried)]
        wait_until(lambda: not self._missing(acts, notices), PATIENCE, every=1)
        by_number, by_reference = evidence_by_number(stage, acts), stage.evidence(notices)
        wrong = [*faults, *clerks.faults[:3], *(one for filer in filers for one in filer.faults[:1])]
        return Survived(
            self.row.strike.__name__, number, seed, self.row.limit,
            acts=len(clerks.acknowledged),
            pages=sum(filer.acknowledged for filer in filers),
            files=sum(len(filer.papers) for filer in filers),
            messages=len(acts) + len(notices),
            acts_lost=len(clerks.acknowledged.keys() - made.keys()) + self._asked_in_vain(askers),
            answers_lost=sum(filer.lost_in_copy() for filer in filers),
            files_lost=sum(self._files_lost(filer) for filer in filers),
            messages_lost=len(by_number.lost) + len(by_reference.lost),
            doubled=sum(number - 1 for number in made.values()) + by_number.duplicates + by_reference.duplicates,
            both=both_acknowledged(askers),
            refused=clerks.refused + sum(filer.refused for filer in filers),
            writes=clerks.longest_pause(begun, ended),
            notes=[
                f"{steady:.1f} s before",
                f"both nodes {whole - begun:.0f} s after it",
                f"{clerks.unanswered} acts without an answer, {clerks.crowded} asked to wait",
                f"{len(acts) - len(clerks.acknowledged)} acts stored whose answer was lost",
            ],
            more_failures=wrong,
        )  # fmt: skip

    def _entrance(self) -> Server:
        """HAProxy as in `deploy/ha/`; started again when it ends, as by its unit."""
        port = free_port()
        self.cluster.environ["DATABASE_URL"] = self.cluster.url_at(port)
        found = self.stage.server("haproxy", ("haproxy", "-db", "-f", str(self.cluster.entrance(port))))
        wait_until(lambda: _takes_connections(port), PATIENCE, "HAProxy")
        return found

    def _filers(self) -> list[Filer]:
        start, reading = f"/nop/{self.procedure}/", threading.Lock()

        def messages() -> list[Line]:
            with reading:  # the journal is read on where it stopped
                return self.stage.provider.lines()

        filers = [Filer(self.slug, self.cluster.web_port, start, messages) for _ in range(FILERS)]
        with ThreadPoolExecutor(FILERS) as pool:
            list(pool.map(lambda filer: filer.begin(), filers))
        return filers

    def _askers(self) -> list[Asker]:
        owner = conninfo_to_dict(self.cluster.services.database_owner_url)
        with psycopg.connect(**owner, target_session_attrs="read-write", autocommit=True) as own:  # type: ignore[arg-type]
            own.execute(
                "DROP TABLE IF EXISTS public.asked; CREATE TABLE public.asked (node text, number int)"
            )
        return [
            Asker(name, make_conninfo("", **{**owner, "host": "127.0.0.1", "port": self.cluster.port(name)}))
            for name in patroni.NODES
        ]

    def _asked_in_vain(self, askers: Sequence[Asker]) -> int:
        """Rows that a server acknowledged and that are not there."""
        owner = conninfo_to_dict(self.cluster.services.database_owner_url)
        with psycopg.connect(**owner, target_session_attrs="read-write") as own:  # type: ignore[arg-type]
            found = set(own.execute("SELECT node, number FROM public.asked").fetchall())
        return sum((one.node, number) not in found for one in askers for number in one.acknowledged)

    def _missing(self, acts: Sequence[Written], notices: Sequence[Written]) -> int:
        return len(evidence_by_number(self.stage, acts).missing) + len(self.stage.evidence(notices).missing)

    def _newest(self) -> int:
        from dossiers.lifecycle.models import Dossier

        with self.stage.inside(self.slug):
            newest = Dossier.objects.order_by("pk").last()
        return newest.pk if newest else 0

    def _made(self, before: int) -> Counter[str]:
        """Dossiers since then, by the telephone number of the recipient: one for each act, one for each draft."""
        from dossiers.lifecycle.models import Dossier

        with self.stage.inside(self.slug):
            new = Dossier.objects.filter(pk__gt=before).select_related("recipient")
            return Counter(dossier.recipient.phone for dossier in new)

    def _files_lost(self, filer: Filer) -> int:
        from dossiers.lifecycle.models import Dossier

        with self.stage.inside(self.slug):
            mine = [
                one
                for one in Dossier.objects.order_by("-pk").filter(channel=Dossier.Channel.ONLINE)[
                    : 2 * FILERS
                ]
                if one.recipient.phone == filer.phone
            ]
            stored = stored_of(mine[0]) if mine else Counter()
        return (Counter(filer.papers.values()) - stored).total()


@cache
def open_desk(stage: Stage, slug: str) -> tuple[Desk, str]:
    """A desk for all rows, and the code of a procedure that is received there and filed over the web."""
    from dossiers.filing.models import FilingFormVersion

    office = make_office(stage, slug)
    code = str(office.procedure.code)
    with stage.inside(slug):
        FilingFormVersion.publish({**form_data(), "procedure": code}, code)
        return Desk(slug, stage.ground.web_port, stage.provider.channel, office), code


def _takes_connections(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _marks(chance: random.Random) -> list[str]:
    """Words that stand nowhere else."""
    return ["".join(chance.choices("abcdeghiklmnopqrstuvxy", k=9)).title() for _ in range(50)]


_ROWS = (
    Row("PostgreSQL của máy dẫn bị giết (kill -9)", kill, QUICK),
    Row("PostgreSQL của máy dẫn bị giết, mất cả thư mục dữ liệu", folder, QUICK),
    Row("Đổi máy dẫn bằng tay", switch, QUICK),
    Row("Máy chủ đang dẫn của etcd bị giết, 10 giây sau chạy lại", etcd, QUICK),
    Row("Cả etcd bị giết, 60 giây sau chạy lại", etcd_all, QUICK),
    Row("Mất cả máy dự phòng", standby, QUICK),
    Row("Mất cả máy dẫn: Patroni, PostgreSQL, thư mục dữ liệu", node, SLOW),
    Row("Máy dẫn bị treo (SIGSTOP), máy kia lên thay rồi nó tỉnh lại", freeze, SLOW),
    Row("Đứt mạng giữa máy dẫn và các máy khác, cổng vẫn tới được cả hai", cut, SLOW),
    Row("HAProxy bị giết", haproxy, QUICK, entrance=True),
)
ROWS = {row.strike.__name__: row for row in _ROWS}
