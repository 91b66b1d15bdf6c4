"""What is proposed for a message, what it would look like, and what is refused before it is written down."""

from typing import Any

import pytest

from messaging.channels.base import registry
from messaging.channels.models import ChannelAccount
from messaging.outbox import provider_templates
from messaging.outbox import wording as templates
from messaging.outbox.models.provider_templates import ProviderTemplate, TemplateAssignment
from messaging.outbox.provider_templates import BadAssignment
from messaging.outbox.wording import Placeholder
from tests.messaging.listing import ListingChannel

BODY = "Hồ sơ {ma_ho_so} của {ho_ten} đã được tiếp nhận."


@pytest.fixture
def account(province: Any, scripted: Any, monkeypatch: pytest.MonkeyPatch) -> ChannelAccount:
    monkeypatch.setitem(registry._channels, "scripted", ListingChannel())
    monkeypatch.setattr(templates, "_registry", {})
    samples = {
        "ho_ten": "Nguyễn Thị Minh Họa",
        "ma_ho_so": "H15.08-261125-0000",
        "ngay_hen": "17:00, 02/12/2026",
    }
    monkeypatch.setattr(templates, "_described", {key: Placeholder(key, one) for key, one in samples.items()})
    templates.register(
        "tin", "Đã tiếp nhận", BODY, placeholders=("ngay_hen", "ngay_hen_cu"), label="Tiếp nhận"
    )
    templates.register("sau", "Có kết quả", "Mời {ho_ten}.", label="A: kết quả", can_wait=True)
    return ChannelAccount.objects.create(channel="scripted", name="chinh")


def form(
    account: ChannelAccount, code: str, name: str, *places: str, longest: int = 30, **more: Any
) -> ProviderTemplate:
    values = {"state": "enabled", "ways": ["by_phone"], **more}
    parameters = [{"name": place, "required": True, "longest": longest} for place in places]
    return ProviderTemplate.objects.create(
        account=account, code=code, name=name, parameters=parameters, **values
    )


@pytest.mark.parametrize(
    ("place", "placeholder"),
    [("ho_ten", "ho_ten"), ("Họ tên", "ho_ten"), ("ten", "ho_ten"), ("ma", "ma_ho_so"), ("ngay_hen_tra", "ngay_hen"),
     ("ngay_hen", "ngay_hen"), ("hen", ""), ("khach", ""), ("", "")],
)  # fmt: skip
def test_a_place_is_filled_by_what_its_name_says(account, place, placeholder):
    proposed = provider_templates.propose_parameters("tin", form(account, "1", "x", place))
    assert proposed.get(place, "") == placeholder


def test_of_several_the_approved_one_most_like_the_words_is_proposed(account: ChannelAccount) -> None:
    form(account, "1", "Đã tiếp nhận", "ho_ten", "ma_ho_so", state="pending")
    form(account, "2", "Đã tiếp nhận", "ho_ten")
    form(account, "3", "Đã tiếp nhận", "ho_ten", "ma_ho_so")
    found = provider_templates.propose(account, "tin", provider_templates.templates_of(account))
    assert found is not None
    assert found.form.code == "3"


@pytest.mark.parametrize("places", [("la_lung",), ()])
def test_what_nothing_would_fill_is_not_proposed(account: ChannelAccount, places: tuple[str, ...]) -> None:
    form(account, "1", "Đã tiếp nhận", *places)
    assert provider_templates.propose(account, "tin", provider_templates.templates_of(account)) is None


def test_what_is_missing_comes_first_and_what_may_wait_after_it(account: ChannelAccount) -> None:
    templates.register("xong", "Xong", "Mời {ho_ten}.", label="A: xong")
    provider_templates.assign(account, "xong", form(account, "1", "Xong", "ten"), {"ten": "ho_ten"})
    assert [one.intent for one in provider_templates.entries(account)] == ["tin", "sau", "xong"]


def test_lengths_are_looked_at_before_it_is_written_down(account, monkeypatch):
    def refuse(self: Any, places: Any, values: Any, cut: Any) -> Any:
        raise ValueError("“ma” dài quá 10 ký tự.")

    monkeypatch.setattr(ListingChannel, "check_template_values", refuse, raising=False)
    chosen = form(account, "1", "x", "ma", longest=10)
    assert (
        provider_templates.preview(account, "tin", chosen, {"ma": "ma_ho_so"}).problem
        == "“ma” dài quá 10 ký tự."
    )
    with pytest.raises(BadAssignment, match="dài quá 10"):
        provider_templates.choose(account, "tin", chosen, {"ma": "ma_ho_so"})
    assert not TemplateAssignment.objects.exists()
    # Taken all the same, as a province's folder may: it is told what is wrong.
    provider_templates.assign(account, "tin", chosen, {"ma": "ma_ho_so"})
    (why,) = [one.why for one in provider_templates.find_missing(account) if one.intent == "tin"]
    assert why == "mẫu 1 không nhận nội dung này: “ma” dài quá 10 ký tự."


def test_a_form_that_was_not_read_yet_is_waited_for(account: ChannelAccount) -> None:
    expected = provider_templates.get_or_create(account, "9")
    provider_templates.assign(account, "tin", expected, {"ten": "ho_ten"})
    assert [one.why for one in provider_templates.find_missing(account) if one.intent == "tin"] == [
        "chưa đọc mẫu 9 từ kênh."
    ]
    ProviderTemplate.objects.update(
        state="enabled", ways=["by_phone"], parameters=[{"name": "ten", "required": True, "longest": 30}]
    )
    assert [one.intent for one in provider_templates.find_missing(account)] == ["sau"]


@pytest.mark.parametrize("state", ["rejected", "disabled"])
def test_what_the_provider_does_not_want_is_not_proposed(account: ChannelAccount, state: str) -> None:
    form(account, "1", "Đã tiếp nhận", "ho_ten", state=state)
    assert provider_templates.propose(account, "tin", provider_templates.templates_of(account)) is None
