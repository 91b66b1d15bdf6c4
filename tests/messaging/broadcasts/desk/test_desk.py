"""Broadcasts at the desk: worded, counted, asked for, approved by another, paused, stopped."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models.functions import Now
from django.test import Client

from messaging.broadcasts.models import Publication, PublicationArticle, PublicationRecipient
from messaging.broadcasts.sending.runner import go_on
from messaging.channels.models import ChannelAccount, Lane
from messaging.contacts.models import Contact
from messaging.outbox.models.messages import Message
from tenants import clock
from tests.dossiers.chatting import Talk
from tests.factories import Office, UserFactory
from tests.messaging.broadcasts.desk.desk import LIST, TYPED, act, page, staff, words, written


def test_from_the_draft_to_the_result(desk: Client, second: Client, subscriber: Contact) -> None:
    one = written(desk)
    assert act(desk, one, "xin-duyet").status_code == 302
    asked = page(second, one)
    assert "Cộng, mỗi người một lần" in asked
    assert "viec/duyet/" in asked
    assert act(second, one, "duyet").status_code == 302
    go_on(seconds=30)
    shown = page(desk, one)
    assert "0 trong 1 người (0%)" in shown
    assert "viec/tam-dung/" in shown
    assert Message.objects.get().title == TYPED["title"]
    assert "Người đã đồng ý nhận thông báo của tỉnh" in shown
    assert "Kênh mô phỏng" in shown


def test_the_author_sees_no_button_to_approve_and_is_refused(desk: Client) -> None:
    one = written(desk)
    act(desk, one, "xin-duyet")
    assert "viec/duyet/" not in page(desk, one)
    refused = act(desk, one, "duyet")
    assert (refused.status_code, "người thứ hai" in words(refused)) == (422, True)


def test_returned_it_says_why(desk: Client, second: Client) -> None:
    one = written(desk)
    act(desk, one, "xin-duyet")
    assert act(second, one, "tra-lai", reason="").status_code == 422
    act(second, one, "tra-lai", reason="Sai ngày tiếp dân")
    assert "Sai ngày tiếp dân" in page(desk, one)


def test_the_telephone_shows_the_words_as_they_were_rewritten(desk: Client) -> None:
    one = written(desk)
    act(desk, one, "xin-duyet")
    act(desk, one, "tra-lai")
    one.refresh_from_db()
    new = "Từ 08/12, tiếp công dân vào chiều thứ Sáu."
    desk.post(f"{LIST}{one.pk}/change/", {**TYPED, "summary": new, "seen": one.version})
    shown = desk.get(f"{LIST}{one.pk}/change/").context["preview"]["body"]
    assert (new in shown, TYPED["summary"] in shown) == (True, False)


def test_paused_and_stopped(desk: Client, second: Client, subscriber: Contact) -> None:
    one = written(desk)
    act(desk, one, "xin-duyet")
    act(second, one, "duyet")
    go_on(seconds=30)
    act(desk, one, "tam-dung")
    assert "viec/chay-tiep/" in page(desk, one)
    assert act(desk, one, "dung", reason="").status_code == 422
    act(desk, one, "dung", reason="Nhầm nội dung")
    assert "Nhầm nội dung" in page(desk, one)


def test_what_only_the_web_says_is_no_share_of_nobody(desk: Client, second: Client) -> None:
    one = written(desk, groups_chosen=[])
    act(desk, one, "xin-duyet")
    act(second, one, "duyet")
    Publication.objects.update(next_step_at=Now())
    go_on()
    shown = page(desk, one)
    assert "đã đăng trên web" in shown
    assert "(0%)" not in shown


def test_what_reached_nobody_is_no_success(desk: Client, second: Client, subscriber: Contact) -> None:
    one = running(desk, second)
    Message.objects.update(state="failed", problem="Tài khoản bị khóa.")
    Publication.objects.update(next_step_at=Now())
    go_on()
    shown = page(desk, one)
    assert "không đến được ai" in shown
    assert "Vì sao không đến được ai" in shown
    assert "đã gửi xong" not in shown
    assert "không đến được ai" in words(desk.get(LIST))


def test_a_group_in_which_there_is_nobody_is_counted_as_nobody(desk: Client) -> None:
    one = written(desk)
    act(desk, one, "dem")
    counted = page(desk, one).partition("Mọi người, trên trang web</th>")[2].partition("Cộng")[0]
    assert "<td>0</td>" in counted


def test_corrected_after_it_was_asked_for_it_is_a_draft_and_says_why(desk: Client) -> None:
    one = written(desk)
    act(desk, one, "xin-duyet")
    one.refresh_from_db()
    assert "Lời thông báo đã sửa" not in page(desk, one)
    desk.post(f"{LIST}{one.pk}/change/", {**TYPED, "title": "Đổi ngày", "seen": one.version})
    assert "Lời thông báo đã sửa" in page(desk, one)


class TestWhoMayPublishOnly:
    """Some accounts may announce on the web and nothing else."""

    @pytest.fixture
    def press(self, office: Office) -> Client:
        person = UserFactory(is_staff=True)
        person.user_permissions.add(Permission.objects.get(codename="change_publication"))
        return staff(person)

    def test_they_choose_no_recipients(self, press: Client) -> None:
        one = written(press)
        assert one.audiences == []
        shown = page(press, one)
        assert ("groups_chosen" in shown, "viec/xin-duyet/" in shown, "viec/cong-bo/" in shown) == (
            False,
            False,
            True,
        )

    def test_they_neither_ask_nor_stop(self, press: Client, desk: Client, second: Client) -> None:
        one = written(desk)
        for name in ("xin-duyet", "dem"):
            refused = act(press, one, name)
            assert (refused.status_code, "không được gửi" in words(refused)) == (422, True)

    def test_their_words_leave_the_recipients_as_they_were(self, press: Client, desk: Client) -> None:
        one = written(desk)
        press.post(f"{LIST}{one.pk}/change/", {**TYPED, "title": "Lời khác", "groups_chosen": [], "seen": 1})
        one.refresh_from_db()
        assert (one.title, one.audiences) == ("Lời khác", ["news"])


def test_published_by_itself_it_can_still_be_sent(desk: Client, second: Client, subscriber: Contact) -> None:
    one = written(desk)
    act(desk, one, "cong-bo")
    act(desk, one, "xin-duyet")
    assert act(second, one, "duyet").status_code == 302
    go_on(seconds=30)
    assert Message.objects.get().title == TYPED["title"]


def test_a_list_of_followers_that_was_not_read_is_no_nobody(desk: Client, talk: Talk) -> None:
    route = {"audience": "article", "channel": "chat", "account": "chinh", "people": None}
    one = written(desk, groups_chosen=["article"])
    Publication.objects.update(counted=[route], counted_at=clock.now())
    assert "chưa biết số người quan tâm" in page(desk, one)


def running(desk: Client, second: Client) -> Publication:
    one = written(desk)
    act(desk, one, "xin-duyet")
    act(second, one, "duyet")
    go_on(seconds=30)
    one.refresh_from_db()
    return one


class TestArticle:
    @pytest.fixture
    def article(self, desk: Client, second: Client, subscriber: Contact) -> PublicationArticle:
        account = ChannelAccount.objects.create(channel="mock", name="chinh")
        return PublicationArticle.objects.create(
            publication=running(desk, second), account=account, state="failed", problem="Bài viết bị từ chối."
        )

    def press(self, desk: Client, article: PublicationArticle) -> Any:
        address = f"{LIST}{article.publication_id}/viec/gui-lai-bai-viet/"
        return desk.post(address, {"article": article.pk}, follow=True)

    def test_one_that_was_not_sent_is_sent_again(self, desk: Client, article: PublicationArticle) -> None:
        assert "Gửi lại bài viết" in page(desk, article.publication)
        assert "Bài viết được gửi lại." in words(self.press(desk, article))
        article.refresh_from_db()
        assert article.state == "to_create"

    def test_what_was_seen_at_the_account_is_noted_from_the_present_page_only(self, desk, article):
        PublicationArticle.objects.update(state="unknown", tries=3)
        assert 'name="seen" value="3"' in page(desk, article.publication)
        address = f"{LIST}{article.publication_id}/viec/bai-viet-da-gui/"
        for seen, status, state in (("2", 409, "unknown"), ("3", 302, "sent")):
            assert desk.post(address, {"article": article.pk, "seen": seen}).status_code == status
            article.refresh_from_db()
            assert article.state == state

    def test_at_the_end_it_is_said_as_well(self, desk: Client, article: PublicationArticle) -> None:
        Publication.objects.update(state="done", finished_at=Now())
        for shown in (page(desk, article.publication), words(desk.get(LIST))):
            assert "có bài viết không gửi được" in shown

    def test_a_refusal_says_why_on_the_page(self, desk: Client, article: PublicationArticle) -> None:
        Lane.objects.update(state=Lane.State.PAUSED)
        refused = self.press(desk, article)
        assert (refused.status_code, "Luồng tin đang tạm dừng." in words(refused)) == (422, True)


def test_what_keeps_people_waiting_and_why_others_got_nothing_is_said(desk, second, subscriber):
    one = running(desk, second)
    Message.objects.update(state="suppressed", problem="Người nhận không còn đồng ý nhận tin này.")
    assert 'Người nhận không còn đồng ý nhận tin này.</th><td class="mc-num">1</td>' in page(desk, one)
    PublicationRecipient.objects.update(message=None)
    Lane.objects.update(state=Lane.State.PAUSED)
    shown = page(desk, one)
    assert "đang chờ:" in shown
    assert "Luồng tin đang tạm dừng." in shown
