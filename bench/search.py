"""The search: how much it answers of the lists of questions, and its pace beside the status page, both pages
through the WSGI door in this process.

The golden questions are those of the pace too: typed well and badly, found exactly and nearly.
"""

import statistics
from collections.abc import Iterable
from functools import partial

from bench import Figure, Ground, Stage
from bench.traffic import filled

ROUNDS = 5
LEAST_GOLDEN = 0.98
LEAST_SHARE = 0.95
LEAST_RATIO = 0.4


def measure(stage: Stage) -> Iterable[Figure]:
    from procedures.catalogue.contents.local_selection import apply_selection
    from procedures.catalogue.models import Procedure
    from tests.procedures import golden

    with stage.province() as ground:
        status = _status_page(ground)
        stage.say("the national catalogue")
        apply_selection(golden.selection())
        filled.settle(ground)
        yield Figure("procedures", Procedure.objects.count(), "rows")

        yield from _scores(stage)
        yield from _pace(stage, ground, status)


def _status_page(ground: Ground) -> str:
    """The address of a dossier's page. Its invented procedure gives its code back to the real one."""
    from dossiers.lifecycle import actions as services

    procedure = ground.office.procedure
    procedure.code = "9.999999"
    procedure.save()
    received = services.receive(ground.office.intake(), actor=ground.office.clerk)
    return "/" + received.token_url.split("/", 3)[3]


def _scores(stage: Stage) -> Iterable[Figure]:
    """Two shares of each list, and how many golden questions are answered. Unseen questions are not shown."""
    from tests.procedures import question_lists

    for name, asked in question_lists.lists().items():
        score = question_lists.score(asked)
        if name not in question_lists.UNSEEN.values():
            for miss in score.misses:
                stage.say(f"missed, {name}: {miss}")
        if name == "golden":
            count, least = len(asked) - len(score.misses), round(LEAST_GOLDEN * len(asked))
            yield Figure("questions answered in the first three", count, f"of {len(asked)}", bound=least)
        yield Figure(f"{name}: in the first three", score.found, "part", bound=LEAST_SHARE)
        yield Figure(f"{name}: rightly nothing", score.nothing, "part", bound=LEAST_SHARE)


def _pace(stage: Stage, ground: Ground, status: str) -> Iterable[Figure]:
    """Requests a second of both pages, taken in turns so that both meet the same weather."""
    from tests.procedures import golden
    from tests.system.served import Served

    citizen = Served(f"{ground.record.slug}.localhost")
    questions = [question.text for question in golden.questions()]

    def search(text: str) -> None:
        assert citizen.get("/thu-tuc/", {"q": text}).status == 200

    def look() -> None:
        assert citizen.get(status).status == 200

    stage.say(f"{ROUNDS} times {len(questions)} questions, beside as many status pages")
    for text in questions[:10]:
        search(text)
        look()
    searching, looking, slowest = [], [], []
    for _round in range(ROUNDS):
        each = []
        for text in questions:
            each.append(stage.seconds(partial(search, text), times=1))
            looking.append(stage.seconds(look, times=1))
        searching += each
        slowest.append(max(each))
    yield Figure("status page", 1 / statistics.mean(looking), "requests/s")
    yield Figure("search page", 1 / statistics.mean(searching), "requests/s")
    yield Figure("slowest question", 1000 * statistics.median(slowest), "ms")
    ratio = statistics.mean(looking) / statistics.mean(searching)
    yield Figure("search / status page", ratio, "ratio", bound=LEAST_RATIO)
