"""A link code on its way: from a dossier's page, through a pretended Zalo's chat, to news in that chat."""

import re

from django.test import Client

from dossiers.lifecycle import access_links
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import AccessToken
from tests.factories import Office as Desk
from tests.messaging.channels.zalo.acceptance.stage import Office, Stage


def test_a_code_typed_into_the_chat_brings_the_news_there(stage: Stage, office: Office) -> None:
    reader = office.control.add_user()["user_id"]
    with office.inside():
        desk = Desk()
        dossier = services.receive(desk.intake(), actor=desk.clerk).dossier
        page = f"/h/{access_links.issue(dossier, AccessToken.Purpose.RECEIPT)}/nhan-tin/"
        access_links.clear_cache()
    citizen = Client(headers={"host": f"{office.slug}.localhost"})
    shown = citizen.get(citizen.post(page)["Location"]).content.decode()
    code = re.search(r'mc-ans__date mc-code">([^<]+)<', shown)
    assert code
    assert f"https://zalo.me/{office.oa_id}" in shown
    office.control.act_send_text(reader, office.oa_id, code[1].lower())
    stage.deliver()
    stage.run()
    with office.inside():
        services.apply_transition(
            dossier.pk,
            "forward",
            actor=desk.clerk,
            seen=2,
            given=services.TransitionInput(assignee=desk.specialist),
        )
    stage.carry_on()
    answer, news = (one.text for one in office.control.phone(reader))
    assert f"Đã nối với hồ sơ {dossier.code}" in answer
    assert dossier.code in news


def test_a_wrong_code_is_answered_to_who_is_known_by_nothing_else(stage: Stage, office: Office) -> None:
    reader = office.control.add_user()["user_id"]
    office.control.act_send_text(reader, office.oa_id, "BCG HKL")
    stage.deliver()
    stage.run()
    stage.deliver()
    (answer,) = (one.text for one in office.control.phone(reader))
    assert "chưa đúng, đã dùng rồi hoặc đã quá 10 phút" in answer


def test_voice_pictures_and_files_get_one_line(stage: Stage, office: Office) -> None:
    reader = office.control.add_user()["user_id"]
    for kind in ("audio", "sticker", "location", "video"):
        office.control.act(
            "send_other", user=reader, oa=office.oa_id, kind=kind, payload={"url": "https://x"}
        )
    office.control.act_send_image(reader, office.oa_id)
    office.control.act_send_file(reader, office.oa_id)
    stage.carry_on()
    (line,) = office.control.phone(reader)
    assert "chưa nghe được tin thoại" in line.text
    assert "gõ mã hồ sơ" in line.text
