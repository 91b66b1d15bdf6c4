"""What people send that is no text, through a pretended Zalo."""

from tests.messaging.channels.zalo.acceptance.stage import Office, Stage


def test_voice_pictures_and_files_get_one_line(stage: Stage, office: Office) -> None:
    reader = office.control.add_user()["user_id"]
    for kind in ("audio", "sticker", "location", "video"):
        office.control.act(
            "send_other", user=reader, oa=office.oa_id, kind=kind, payload={"url": "https://x"}
        )
    for act in ("send_image", "send_file"):
        office.control.act(act, user=reader, oa=office.oa_id)
    stage.carry_on()
    (line,) = office.control.phone(reader)
    assert "chưa nghe được tin thoại" in line.text
    assert "gõ mã hồ sơ" in line.text
