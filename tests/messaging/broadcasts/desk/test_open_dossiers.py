"""The audience of those whose dossiers are open."""

import re
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models.dossier import Dossier
from messaging.broadcasts.audience import audiences
from messaging.broadcasts.models import Publication
from messaging.broadcasts.sending import enqueue
from messaging.broadcasts.sending.runner import go_on
from messaging.broadcasts.sending.statistics import progress
from messaging.channels.base import registry
from messaging.channels.models import Lane
from messaging.contacts import contacts
from messaging.contacts.models import Contact, Follower, Subscription
from messaging.delivery import lane_loop
from messaging.outbox.models.messages import Message
from tenants import clock
from tests.dossiers.chatting import READER, ChatChannel, open_account
from tests.factories import Office
from tests.messaging.broadcasts.desk.desk import LIST, NUMBER, TYPED, act, page, words, written


class TestOpenDossiers:
    @pytest.fixture
    def dossier(self, office: Office) -> Dossier:
        received = services.receive(
            office.intake(
                owner=PersonData(name="Nguyễn Thị Thử", phone=NUMBER), consents=frozenset({"mock"})
            ),
            actor=office.clerk,
        )
        return received.dossier

    def audience(self, desk: Client, **choice: Any) -> Publication:
        one = written(desk, groups_chosen=["dossiers"], **choice)
        act(desk, one, "xin-duyet")
        one.refresh_from_db()
        return one

    @staticmethod
    def people(one: Publication) -> int:
        return one.people

    def test_holders_of_an_agencys_dossiers(self, desk: Client, dossier: Dossier, office: Office) -> None:
        assert self.people(self.audience(desk, agency=dossier.receiving_agency_id)) == 1

    def test_holders_of_a_sectors_dossiers(self, desk: Client, dossier: Dossier) -> None:
        from tests.factories import SectorFactory

        other = SectorFactory(name="Lĩnh vực khác")
        assert self.people(self.audience(desk, sector=other.pk)) == 0

    def test_not_those_that_are_closed(self, desk: Client, dossier: Dossier) -> None:
        Dossier.objects.filter(pk=dossier.pk).update(closed_at=dossier.received_at)
        assert self.people(self.audience(desk, agency=dossier.receiving_agency_id)) == 0

    def test_not_complaints(self, desk: Client, dossier: Dossier) -> None:
        Dossier.objects.filter(pk=dossier.pk).update(kind=Dossier.Kind.COMPLAINT)
        assert self.people(self.audience(desk, agency=dossier.receiving_agency_id)) == 0

    def test_not_who_gave_up_notices_of_this_dossier(self, desk: Client, dossier: Dossier) -> None:
        Dossier.objects.filter(pk=dossier.pk).update(notice_channels=[])
        assert self.people(self.audience(desk, agency=dossier.receiving_agency_id)) == 0

    def test_one_of_them_has_to_be_chosen(self, desk: Client) -> None:
        answer = desk.post(f"{LIST}add/", {**TYPED, "groups_chosen": ["dossiers"]})
        assert (answer.status_code, "Xin chọn cơ quan hoặc lĩnh vực" in words(answer)) == (422, True)

    @pytest.fixture
    def other(self, office: Office, dossier: Dossier) -> Dossier:
        """A later one of the same person."""
        intake = office.intake(
            owner=PersonData(name="Nguyễn Thị Thử", phone=NUMBER), consents=frozenset({"mock"})
        )
        return services.receive(intake, actor=office.clerk).dossier

    @pytest.mark.parametrize("at_once", [1, 2, 50])
    def test_who_is_reached_about_the_later_of_two_dossiers_alone_is_not_missed(
        self, dossier: Dossier, other: Dossier, settings: Any, monkeypatch: pytest.MonkeyPatch, at_once: int
    ) -> None:
        """A chat is linked to one dossier: the other reaches nobody."""
        monkeypatch.setattr(ChatChannel, "falls_back_on_phone", False)
        monkeypatch.setitem(registry._channels, "chat", ChatChannel())
        settings.MESSAGING_CHANNELS = ["chat"]
        open_account()
        person = Contact.objects.get()
        contacts.grant(person, "chat", evidence="mã thử")
        Dossier.objects.update(notice_channels=["chat"])
        reader = Follower.objects.create(channel="chat", account="chinh", address=READER)
        Subscription.objects.create(
            follower=reader, channel="chat", subject=other.subject, contact=person, evidence="mã thử"
        )
        choice = {"agency": dossier.receiving_agency_id}
        pages = audiences.pages("dossiers", choice, at_once)
        assert [one.matter for page in pages for one in page.candidates] == [other.subject]

    def test_who_has_two_open_dossiers_is_told_once(
        self, desk: Client, second: Client, dossier: Dossier, other: Dossier
    ) -> None:
        one = self.audience(desk, agency=dossier.receiving_agency_id)
        act(second, one, "duyet")
        go_on(seconds=30)
        assert Message.objects.filter(bulk=True).values_list("subject", flat=True).get() == dossier.subject

    @pytest.mark.parametrize("changed", [{"notice_channels": []}, {"closed_at": clock.now()}])
    def test_who_gave_up_notices_of_it_before_their_turn_is_left_alone(
        self, desk: Client, second: Client, dossier: Dossier, monkeypatch: pytest.MonkeyPatch, changed: Any
    ) -> None:
        monkeypatch.setattr(enqueue, "AHEAD", 0)
        one = self.audience(desk, agency=dossier.receiving_agency_id)
        act(second, one, "duyet")
        go_on(seconds=30)
        Dossier.objects.filter(pk=dossier.pk).update(**changed)
        monkeypatch.setattr(enqueue, "AHEAD", 10)
        Publication.objects.update(next_step_at=Now())
        go_on(seconds=30)
        assert Message.objects.filter(bulk=True).count() == 0
        assert [count for _why, count in progress(one).reasons] == [1]
        shown = page(desk, one)
        table = shown.partition("Vì sao có người không nhận được")[2].partition("</table>")[0]
        assert re.findall(r'<td class="mc-num">(.*?)</td>', table) == ["1"]

    def test_whose_dossier_closes_is_left_out_though_another_is_open(
        self, desk: Client, second: Client, dossier: Dossier, other: Dossier, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(enqueue, "AHEAD", 0)
        one = self.audience(desk, agency=dossier.receiving_agency_id)
        act(second, one, "duyet")
        go_on(seconds=30)
        Dossier.objects.filter(pk=dossier.pk).update(closed_at=clock.now())
        monkeypatch.setattr(enqueue, "AHEAD", 10)
        Publication.objects.update(next_step_at=Now())
        go_on(seconds=30)
        assert Message.objects.filter(bulk=True).count() == 0
        assert [count for _why, count in progress(one).reasons] == [1]

    def paused_while_it_closes(self, desk: Client, second: Client, dossier: Dossier) -> Publication:
        """Their message was in the outbox already."""
        one = self.audience(desk, agency=dossier.receiving_agency_id)
        act(second, one, "duyet")
        go_on(seconds=30)
        act(desk, one, "tam-dung")
        Dossier.objects.filter(pk=dossier.pk).update(closed_at=clock.now())
        act(desk, one, "chay-tiep")
        for _turn in range(2):
            for lane in Lane.objects.all():
                lane_loop.run_lane(lane.pk)
        return one

    def test_a_dossier_that_closed_during_a_pause_is_not_written_about(
        self, desk: Client, second: Client, dossier: Dossier
    ) -> None:
        one = self.paused_while_it_closes(desk, second, dossier)
        assert Message.objects.get(bulk=True).attempts == 0
        assert [count for _why, count in progress(one).reasons] == [1]
