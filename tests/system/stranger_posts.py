"""Every address that a stranger may post to takes a budget before it works, and leads to a page instead of answering by
one, so that a browser's *back* never asks to send a form again; or says here why not.

The addresses are found by walking the URL configurations: a new door that forgot fails by existing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import pytest

from tenants.isolation.context import province_context
from tenants.web import rate_limits
from tests.deep import share
from tests.system.addresses import PROVINCE, addresses
from tests.system.worlds import NUMBER, World

TYPED: dict[str, Callable[[World], dict[str, Any]]] = {
    "/tra-cuu/": lambda world: {"code": world.dossier.code},
    "/api/v1/lookup/": lambda world: {"code": world.dossier.code},
    "/phan-anh/": lambda world: {"once": "thu", "topic": "page", "text": "Một lời phản ánh đủ dài."},
    "/phan-anh/tra-loi/": lambda world: {"code": "PA-261125-0001", "key": "BCGHKL"},
    "/quan-tri/login/": lambda world: {"username": "ai-do", "password": "sai"},
    "/van-hanh/login/": lambda world: {"username": "ai-do", "password": "sai"},
    "/dev/dien-thoai/": lambda world: {"so": NUMBER, "number": NUMBER, "text": "chào"},
}
"""What is typed where an empty form is refused before anything is done."""
NO_BUDGET = {
    "/quan-tri/logout/": "ends the session of its sender, and does nothing without one",
    "/van-hanh/logout/": "the same",
    "/webhooks/<str:channel>/<str:account>/": "the signature of the provider stands in its place",
    "/webhooks/<str:channel>/": "the same",
    "/webhooks/<str:channel>/<str:named>/": "the same",
}

ANSWERED_AT_ONCE = {
    "/nop/ban-nhap/<str:name>/<slug:page>/tep/<int:file_id>/": "gives out a file, and no page posts to it",
    "/dev/dien-thoai/": "shows a pretended telephone, which no citizen has",
    "/dev/he-thong-bo/": "shows a pretended system, which no citizen has",
    "/webhooks/<str:channel>/<str:account>/": "answers a program",
    "/webhooks/<str:channel>/": "the same",
    "/webhooks/<str:channel>/<str:named>/": "the same",
}


@contextmanager
def taken(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """The budgets that something is taken from while the block lasts."""
    seen: set[str] = set()
    count = rate_limits._count

    def recorded(changes: Any, lives: Any) -> Any:
        seen.update(name for name, number in changes.items() if number > 0)
        return count(changes, lives)

    with monkeypatch.context() as patch:
        patch.setattr(rate_limits, "_count", recorded)
        yield seen


def accepts(answer: Any) -> bool:
    """Whether a post without a session was let in: neither no such post, nor sent to sign in."""
    if answer.status_code in (403, 404, 405):
        return False
    return not (answer.status_code == 302 and "/login/" in answer["Location"])


def faults(world: World, urlconf: str, host: str, patch: pytest.MonkeyPatch) -> Iterator[str]:
    """The addresses of this configuration that let a stranger's post in and take nothing, or answer a citizen's by a
    page; those with a reason aside."""
    every = addresses(urlconf)
    # The staff's pages send a stranger to sign in: of these `make test` looks at some.
    public = [one for one in every if not one.is_staff or one.text in TYPED]
    guarded = [one for one in every if one not in public]
    for address in [*public, *share(guarded, 0, 5)]:
        with province_context(world.slug) if urlconf == PROVINCE else nullcontext():
            path = address.path(world)
        typed = TYPED.get(address.text, lambda _world: {})(world)
        kind = {"content_type": "application/json"} if address.text.startswith("/api/") else {}
        post = partial(world.client().post, path, headers={"host": host}, **kind)
        with taken(patch) as seen:
            answer = post(typed)
        if accepts(answer) and not seen and address.text not in NO_BUDGET:
            yield f"{address.text} takes no budget"
        answer = post({}) if typed else answer
        leads = 300 <= answer.status_code < 400 or hasattr(answer, "led")
        at_once = address.is_staff or address.text.startswith("/api/") or address.text in ANSWERED_AT_ONCE
        if accepts(answer) and not leads and not at_once:
            yield f"{address.text} answers by a page"
