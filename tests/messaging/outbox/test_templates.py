from collections.abc import Callable

import pytest

from messaging.outbox import wording as templates
from messaging.outbox.wording import BadText, Text
from tenants.text import fit

pytestmark = pytest.mark.usefixtures("province", "strict_texts")
Register = Callable[..., str]


def test_values_stand_in_their_places(text: Register) -> None:
    name = text("Kính gửi ông/bà {ho_ten}, hồ sơ {ma}.", title="Hồ sơ {ma}", button="Xem {ma}")
    rendered = templates.render(name, {"ho_ten": "Trần Văn Thử", "ma": "H15"})
    assert rendered == templates.Rendered("Hồ sơ H15", "Kính gửi ông/bà Trần Văn Thử, hồ sơ H15.", "Xem H15")


@pytest.mark.parametrize("foreign", ["{ma}", "{0.__class__}", "%(ma)s", "{", "\\1", "{{ho_ten}}"])
def test_what_a_citizen_writes_is_put_in_literally(text: Register, foreign: str) -> None:
    assert templates.render(text("Gửi {ho_ten}."), {"ho_ten": foreign, "ma": "MẬT"}).body == f"Gửi {foreign}."


def test_a_value_cannot_open_or_close_a_part_with_a_telephone(text: Register) -> None:
    body = templates.render(text("Gửi {ho_ten}.⟦ Gọi 113.⟧"), {"ho_ten": "A⟧B⟦C"}).body
    assert templates.for_channel(body, may_show_phone=False) == "Gửi ABC."


def test_a_value_is_one_line_without_steering_characters(text: Register) -> None:
    assert templates.render(text("Lý do: {ly_do}"), {"ly_do": "a\x00b\r\n c\ud800\x1b"}).body == "Lý do: ab c"


def test_an_organisation_is_greeted_by_its_name_alone(text: Register) -> None:
    name = text("Kính gửi ông/bà {ho_ten}, chào.")
    assert (
        templates.render(name, {"ho_ten": "Công ty Thử"}, is_organisation=True).body
        == "Kính gửi Công ty Thử, chào."
    )


def test_a_missing_value_is_an_error_while_testing(text: Register) -> None:
    with pytest.raises(templates.MissingPlaceholder, match="ho_ten"):
        templates.render(text("Gửi {ho_ten}"), {})


def test_a_missing_value_stops_nobody_in_service(text, settings, caplog):
    settings.MESSAGING_STRICT_TEXTS = False  # type: ignore[attr-defined]
    body = templates.render(text("Gửi {ho_ten}"), {}).body
    assert (body, "{ho_ten}" in caplog.text) == ("Gửi …", True)


def test_an_unregistered_message_is_an_error() -> None:
    with pytest.raises(templates.UnknownText):
        templates.render("chưa có", {})


@pytest.mark.parametrize(("may_show", "shown"), [(True, "Xong. Gọi 1022."), (False, "Xong.")])
def test_telephone_parts_go_only_to_channels_that_may_show_them(may_show: bool, shown: str) -> None:
    assert templates.for_channel("Xong.⟦ Gọi 1022.⟧", may_show_phone=may_show) == shown


@pytest.mark.parametrize(
    ("given_text", "limit", "fitted"),
    [
        ("một hai ba", 10, "một hai ba"),
        ("một hai ba", 9, "một hai…"),
        ("một hai ba", 8, "một hai…"),
        ("một, hai", 6, "một…"),
        ("mộthaiba", 5, "mộth…"),
    ],
)
def test_fit_cuts_at_a_word(given_text: str, limit: int, fitted: str) -> None:
    assert fit(given_text, limit) == fitted


def test_a_name_cannot_stand_for_two_texts(text: Register) -> None:
    name = text("Một")
    with pytest.raises(ValueError, match=name):
        templates.register(name, "Tiêu đề", "Hai")


@pytest.mark.parametrize(
    ("wording", "sentence"),
    [
        (Text("", "Nội dung"), "tiêu đề và nội dung"),
        (Text("T", "Gửi {so_cccd}"), "không có chỗ điền: so_cccd"),
        (Text("T", "Gọi ⟦ 1022"), "dấu ⟦ hoặc ⟧ lẻ"),
        (Text("T", "x" * 401), "Nội dung dài quá 400"),
        (Text("T", "a\x00b"), "ký tự không dùng được"),
        (Text("T", "a", "x" * 31), "Chữ trên nút dài quá 30"),
    ],
)
def test_a_wording_that_cannot_be_used_is_refused_with_its_reason(text, wording, sentence):
    name = text("Gửi {ho_ten}")
    with pytest.raises(BadText, match=sentence):
        templates.check(name, wording)
