"""Where the rows are played: provinces with a lane to the pretended provider, messages, processes.

Django is imported inside the functions: the ground must stand before it reads its settings.
"""

import contextlib
import itertools
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import time as clock_time
from typing import TYPE_CHECKING, Any

from tests.faults import processes
from tests.faults.doubts import Doubts
from tests.faults.evidence import SHOWN, Evidence, Written
from tests.faults.ground import Ground
from tests.faults.processes import Server, wait_until
from tests.faults.providers import Provider

if TYPE_CHECKING:
    from messaging.contacts.models import Contact
    from tenants.isolation.province_cache import ProvinceRecord

CONTACTS = 40
# Of runs in turn the first have only worker and beat, the last ones `relay run` as well.
WITH_RELAY_FROM = 4
# Rows of one run may not be answered by the next: a run's messages carry its own subjects.
_subjects = itertools.count(1)


class Stage:
    """One cluster, one provider, provinces t01, t02, …; processes are started by the rows."""

    def __init__(self, ground: Ground, provider: Provider) -> None:
        self.ground, self.provider = ground, provider
        self.doubts = Doubts(self.inside)
        self.provinces: list[str] = []
        self._contacts: dict[str, list[Contact]] = {}
        self._servers: list[Server] = []
        self._names = itertools.count(1)
        threading.Thread(target=self._keep_running, daemon=True).start()

    def say(self, text: str) -> None:
        """Tell whoever waits how far it is."""
        sys.stderr.write(f"    {text}\n")
        sys.stderr.flush()

    # --- Provinces

    def set_up(self) -> None:
        """Make the tables that all provinces share."""
        import django

        django.setup()

        from django.core.management import call_command

        from tests.provinces import as_owner

        with as_owner():
            call_command("migrate_schemas", shared=True, verbosity=0)

    def need(self, count: int) -> list[str]:
        """The first `count` provinces, made if there are fewer; their lanes fresh and without limits."""
        while len(self.provinces) < count:
            self._make(f"t{len(self.provinces) + 1:02d}")
        chosen = self.provinces[:count]
        self._only(chosen)
        for slug in self.provinces:
            self.provider.control(self.account(slug))
        for slug in chosen:
            self.lane(slug, rate=None)
        return chosen

    def _make(self, slug: str) -> None:
        from messaging.contacts import contacts
        from messaging.outbox.models.messages import SendingRules
        from tenants.isolation import province_cache as records
        from tenants.isolation.context import province_context
        from tests.provinces import as_owner, make_province

        with as_owner():
            make_province(slug, f"Tỉnh Thử {slug}", f"Thử {slug}", f"H{70 + len(self.provinces)}")
        records.clear_cache()
        with province_context(slug):
            # Whatever the hour of the run: these rows are not about the hours in which a province writes.
            SendingRules.objects.create(
                window_from=clock_time(0), window_until=clock_time(23, 59, 59, 999999)
            )
            self.provider.connect(self.account(slug))
            phones = [f"09050{n:05d}" for n in range(CONTACTS)]
            self.provider.know(phones)
            people = [contacts.contact_for(phone, f"Người Minh Họa {n}") for n, phone in enumerate(phones)]
            for person in people:
                contacts.grant(person, self.provider.channel, evidence="thử")
            self._contacts[slug] = people
        self.provinces.append(slug)

    def account(self, slug: str) -> str:
        """The province's account at the provider."""
        return slug

    def _only(self, chosen: Sequence[str]) -> None:
        """The other provinces are put away: no relay looks at them."""
        from django.db import connection

        from tenants.isolation import province_cache
        from tenants.isolation.models import Province

        connection.close()  # the row before may have left a broken one
        connection.set_schema_to_public()
        Province.objects.filter(schema_name__in=chosen).update(state=Province.State.LIVE)
        Province.objects.filter(schema_name__startswith="t").exclude(schema_name__in=chosen).update(
            state=Province.State.ARCHIVED
        )
        province_cache.clear_cache()

    def lane(self, slug: str, *, rate: float | None) -> None:
        """Give the lane this rate, and nothing left over from the row before."""
        from messaging.channels.models import Lane
        from messaging.channels.states import LIVE, State
        from messaging.outbox.models.messages import Message

        with self.inside(slug):
            Message.objects.filter(state__in=LIVE).update(state=State.SUPPRESSED, lease_until=None)
            Lane.objects.update(
                rate=rate, next_slot_at=None, lease_token=None, lease_until=None,
                failures=0, rests=0, rests_until=None, trouble="", trouble_since=None,
            )  # fmt: skip

    def speed(self, slug: str, rate: float | None) -> None:
        """Change the lane's rate and nothing else."""
        from messaging.channels.models import Lane

        with self.inside(slug):
            Lane.objects.update(rate=rate, next_slot_at=None)

    @contextlib.contextmanager
    def inside(self, slug: str) -> "Iterator[ProvinceRecord]":
        """In the province, on a connection that works."""
        from django.db import close_old_connections

        from tenants.isolation.context import province_context

        close_old_connections()
        with province_context(slug) as record:
            yield record

    # --- Messages

    def write(self, slug: str, count: int = 1, *, together: bool = False) -> list[Written]:
        """Commit so many messages, each in a transaction of its own or all `together`, as acts do; hints go
        out after each commit. What is returned was committed for certain."""
        from django.db import transaction

        written = []
        with self.inside(slug):
            if together:
                with transaction.atomic():
                    references = [self._write_one(slug) for _ in range(count)]
                written = [Written(one, self.account(slug), time.monotonic()) for one in references]
            else:
                for _ in range(count):
                    with transaction.atomic():
                        reference = self._write_one(slug)
                    written.append(Written(reference, self.account(slug), time.monotonic()))
        return written

    def write_without_hint(self, slug: str, count: int) -> list[Written]:
        """As by a web server whose queue is down: only the sweep finds these."""
        from messaging.channels.lanes.lanes import no_wakeups

        with no_wakeups():
            return self.write(slug, count, together=True)

    def _write_one(self, slug: str) -> str:
        from messaging.outbox import enqueue

        number = next(_subjects)
        people = self._contacts[slug]
        message = enqueue.enqueue(
            subject=f"faults:{number}",
            event="1",
            intent=self.provider.intent,
            contact=people[number % len(people)],
            rendered=self.provider.words(number),
        )
        assert message is not None
        return str(message.tracking_id)

    def on_the_way(self, slugs: Sequence[str]) -> set[tuple[str, int, int]]:
        """The attempts that a sender holds at this moment: province, message, number."""
        from messaging.channels.states import State
        from messaging.outbox.models.messages import Message

        held = set()
        for slug in slugs:
            with self.inside(slug):
                rows = Message.objects.filter(state=State.SENDING).values_list("pk", "attempts")
                held |= {(slug, pk, number) for pk, number in rows}
        return held

    def evidence(self, written: Sequence[Written]) -> Evidence:
        """What the provider's journal says; where it cannot be asked, also about whom somebody telephones."""
        if self.provider.tells:
            return Evidence(written, self.provider.lines())
        return Evidence(written, self.provider.lines(), lambda: self.doubts.called(written))

    def wait_for_all(self, written: Sequence[Written], seconds: float) -> bool:
        """Until the provider has everything that was committed; False when time runs out first.

        Where it cannot be asked, also until all the rest is on the list of those to be telephoned.
        """

        def nothing_comes() -> bool:
            missing = Evidence(written, self.provider.lines()).missing
            return not missing or (not self.provider.tells and self.doubts.are_all_open(missing))

        wait_until(nothing_comes, seconds, every=0.5)
        if not self.provider.tells:
            self.wait_for_telephones()
            self.doubts.end(written, Evidence(written, self.provider.lines()).first.keys())
        lost = self.evidence(written).lost
        for one in lost[:5]:
            self.say(f"not there: {self._told_of(one)}")
        return not lost

    def wait_for_telephones(self) -> None:
        """Until telephones show all that the provider took, as far as it knows of any."""

        def all_shown() -> bool:
            lines = self.provider.lines()
            shown = {line.reference for line in lines if line.event == SHOWN}
            return all(line.reference in shown for line in lines if line.taken)

        if self.provider.calls_back:
            wait_until(all_shown, 15, every=0.2)

    def _told_of(self, one: Written) -> str:
        """What our own rows say about a message: not evidence, but a beginning for whoever looks for the cause."""
        from messaging.outbox.models.messages import Message

        with self.inside(one.account):
            message = Message.objects.select_related("lane").get(tracking_id=one.reference)
            tries = [f"{row.number} {row.kind} {row.outcome}" for row in message.attempt_rows.all()]
            lane = message.lane
            return (
                f"{one.account} {message.state}, next {message.next_attempt_at:%X}, {'; '.join(tries) or 'never tried'}; "
                f"lane {lane.state}, held until {lane.lease_until}, rests until {lane.rests_until}"
            )

    # --- Processes

    def receipts(self) -> None:
        """Start the web server that takes the provider's receipts, if it posts any."""
        if self.provider.calls_back:
            self.server("web", processes.web(self.ground.web_port))
            processes.wait_for_web(self.ground.web_port)

    def server(self, kind: str, command: Sequence[str], environ: Mapping[str, str] | None = None) -> Server:
        """A process of the portal, started; it is ended with the run."""
        name = f"{kind}-{next(self._names)}"
        server = Server(name, command, environ or self.ground.environ, self.ground.logs / f"{name}.log")
        self._servers.append(server)
        server.start()
        return server

    def _keep_running(self) -> None:
        """What ends by itself is started again: without that nobody should run such an installation."""
        while True:
            time.sleep(1.0)
            for server in list(self._servers):
                server.revive()

    @property
    def deaths(self) -> int:
        """How often a process of this row ended by itself so far."""
        return sum(server.deaths for server in self._servers)

    def worker(self, children: int = 2, environ: Mapping[str, str] | None = None) -> Server:
        return self.server("worker", processes.worker(children), environ)

    def beat(self) -> Server:
        schedule = self.ground.folder / f"beat-{next(self._names)}"
        return self.server("beat", processes.beat(schedule))

    def relay(self, environ: Mapping[str, str] | None = None) -> Server:
        return self.server("relay", processes.relay(), environ)

    def installation(self) -> None:
        """What an installation runs beside its web servers."""
        self.beat()
        self.worker()
        self.relay()

    def in_turn(self, slugs: Sequence[str], seeds: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        """Number and seed of each run, and whether a relay works beside the worker, in words."""
        self.beat()
        self.worker()
        self.warm_up(slugs)
        for number, seed in enumerate(seeds, 1):
            if number == WITH_RELAY_FROM:
                self.relay()
                self.warm_up(slugs)
            yield number, seed, "with relay" if number >= WITH_RELAY_FROM else "no relay"

    def warm_up(self, slugs: Sequence[str], seconds: float = 90.0) -> None:
        """Until the processes really send: one message through each lane."""
        written = [one for slug in slugs for one in self.write(slug)]
        if not self.wait_for_all(written, seconds):
            words = "\n".join(f"{one.name}: {one.last_words()}" for one in self._servers)
            raise RuntimeError(f"the processes do not send\n{words}")

    def end_processes(self) -> None:
        for server in reversed(self._servers):
            server.stop()
        self._servers.clear()


class Writer(threading.Thread):
    """Commits messages at a steady pace from a thread of its own; a database that is away is borne."""

    def __init__(self, stage: Stage, slugs: Sequence[str], per_second: float) -> None:
        super().__init__(daemon=True)
        self.written: list[Written] = []
        self.unsure = 0
        self._stage, self._slugs, self._pause = stage, slugs, 1 / per_second
        self._ended = threading.Event()

    def run(self) -> None:
        from django.db import Error, connection

        turn: Callable[[], str] = itertools.cycle(self._slugs).__next__
        while not self._ended.wait(self._pause):
            try:
                self.written += self._stage.write(turn())
            except Error:
                # Perhaps committed, perhaps not: nobody was told that it was.
                self.unsure += 1
                connection.close()
                self._ended.wait(0.5)
        connection.close()

    def end(self) -> list[Written]:
        """Stop writing; everything that was committed for certain."""
        self._ended.set()
        self.join(30)
        return self.written


class Strike(threading.Thread):
    """One province's account at the provider has these faults for so many seconds, after a while."""

    def __init__(self, stage: Stage, slug: str, delay: float, length: float, **faults: Any) -> None:
        super().__init__(daemon=True)
        self.slug, self.faults, self.begun, self.ended = slug, faults, 0.0, 0.0
        self._stage, self._delay, self._length = stage, delay, length

    def run(self) -> None:
        time.sleep(self._delay)
        self.begun = time.monotonic()
        self._stage.provider.control(self.slug, **self.faults)
        time.sleep(self._length)
        self._stage.provider.control(self.slug)
        self.ended = time.monotonic()
