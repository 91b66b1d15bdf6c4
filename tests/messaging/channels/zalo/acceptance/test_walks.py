"""The files that one receipt, one notice, one webhook event, one text in a chat and one link pass, followed while they
run.

`docs/phat-trien/kien-truc.md` lists them in the order of their first call. The frame that every request passes
(`portal`, `tenants`) is not counted.
"""

import re
from datetime import timedelta
from pathlib import Path

from django.test import Client

from dossiers.lifecycle import access_links
from dossiers.lifecycle.models import AccessToken, Dossier
from messaging.inbound import receive
from messaging.inbound.chat import turns
from messaging.inbound.models import WebhookEvent
from tenants import clock
from tests.dossiers.desk.test_desk import ADD, typed
from tests.dossiers.walking import take
from tests.factories import Office as Desk
from tests.walks import followed

HANDLERS = turns.HANDLERS

ROOT = Path(__file__).parents[5]
MOST_FOR_A_NOTICE = 45
MOST_OF_MESSAGING = 25
MOST_FOR_AN_EVENT = 14
# From the callback to the written answer; from the address behind a QR code to the page.
MOST_FOR_A_CHAT = 30
MOST_FOR_A_LINK = 24


def listed(title: str) -> list[str]:
    """The files that the page of the house names under this heading."""
    page = (ROOT / "docs/phat-trien/kien-truc.md").read_text()
    section = page.partition(f"\n### {title}\n")[2].partition("\n#")[0]
    return re.findall(r"`([a-z_/]+\.py)`", section)


def page_of(title: str, walk: list[str]) -> str:
    """The section as it has to stand on the page."""
    return "\n".join([f"### {title}", "", *(f"{number}. `{path}`" for number, path in enumerate(walk, 1))])


def test_the_page_lists_the_walks_and_they_are_short(stage, office, monkeypatch):
    with office.inside():
        desk = Desk()
        access_links.clear_cache()
    host = {"host": f"{office.slug}.localhost"}
    clerk, leader, citizen = Client(headers=host), Client(headers=host), Client(headers=host)
    with office.inside():
        clerk.force_login(desk.clerk)
        leader.force_login(desk.leader)
    # What runs at the first request of a process only is none of a walk.
    assert clerk.get(ADD).status_code == 200
    with followed() as receipt:
        assert clerk.post(ADD, typed(desk)).status_code == 302
    with office.inside():
        dossier = Dossier.objects.get()
        link = f"/h/{access_links.issue(dossier, AccessToken.Purpose.RECEIPT)}/nhan-tin/"
    code = re.search(
        r'mc-ans__date mc-code">([^<]+)<', citizen.get(citizen.post(link)["Location"]).content.decode()
    )
    assert code
    reader = office.control.add_user()["user_id"]
    office.control.act_send_text(reader, office.oa_id, code[1])
    stage.carry_on()
    page = f"/quan-tri/dossiers/dossier/{dossier.pk}/viec/"
    with office.inside():
        take(desk, dossier, "forward", assignee=desk.specialist)
    stage.carry_on()
    sent = stage.accepted()
    with office.inside():
        dossier.refresh_from_db()
        assert dossier.due_at is not None
        # A week on it is the same day of the week, whatever the hour at which this runs.
        later = dossier.due_at.astimezone(clock.VIETNAM) + timedelta(days=7)
    words = {"seen": 3, "new_due": f"{later:%d/%m/%Y}", "cause": "survey", "reason": "Chờ đo đạc"}
    with followed() as notice:
        assert leader.post(f"{page}xin-loi/", words).status_code == 302
        stage.run()
    assert stage.accepted() == sent + 1
    with office.inside():
        before = WebhookEvent.objects.filter(state="done").count()
    # Another test may have woken a worker a moment ago.
    monkeypatch.setattr(receive, "_woken_at", {})
    office.control.act_see(reader, office.oa_id)
    with followed() as event:
        stage.deliver()
    with office.inside():
        assert WebhookEvent.objects.filter(state="done").count() > before
    monkeypatch.setattr(turns, "HANDLERS", HANDLERS)
    office.control.act_send_text(reader, office.oa_id, dossier.code)
    sent = stage.accepted()
    with followed() as chat:
        stage.deliver()
    stage.run()
    assert stage.accepted() == sent + 1
    with office.inside():
        token = access_links.issue(dossier, AccessToken.Purpose.RECEIPT)
    with followed() as opened:
        assert citizen.get(f"/h/{token}/").status_code == 200
    walks = {"One receipt": receipt, "One notice": notice, "One webhook event": event}
    stale = [page_of(title, walk) for title, walk in walks.items() if sorted(walk) != sorted(listed(title))]
    assert not stale, "\n\n".join(stale)
    assert len(notice) <= MOST_FOR_A_NOTICE
    assert sum(path.startswith("messaging/") for path in notice) <= MOST_OF_MESSAGING
    assert len(event) <= MOST_FOR_AN_EVENT
    assert len(chat) <= MOST_FOR_A_CHAT, chat
    assert len(opened) <= MOST_FOR_A_LINK
