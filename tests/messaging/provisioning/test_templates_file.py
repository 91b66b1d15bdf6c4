"""Forms for messages in a province's folder: the `templates` of an account. Forms and ids are invented."""

import pytest

from messaging.channels.models import ChannelAccount
from messaging.outbox.models.provider_templates import ProviderTemplate, TemplateAssignment
from tenants.audit.models import AuditEntry
from tenants.folder.problems import Refused
from tests.messaging.conftest import filled_form
from tests.messaging.provisioning.conftest import MakeFolder, apply, told

pytestmark = pytest.mark.usefixtures("listing")

GOOD = """\
accounts:
  - channel: scripted
    templates:
      received:
        code: "123456"
        places:
          ten: ho_ten
          ma: ma_ho_so
"""
FILLED = {"ten": "ho_ten", "ma": "ma_ho_so"}


def uses() -> list[tuple[str, str, dict[str, str]]]:
    return list(TemplateAssignment.objects.values_list("intent", "template__code", "parameters"))


def read_from_provider(*names: str) -> None:
    parameters = [{"name": name, "required": True, "longest": 30} for name in names]
    ProviderTemplate.objects.update(state="enabled", ways=["by_phone"], parameters=parameters)


def test_the_form_of_a_message_is_written_down_with_a_trace(folder: MakeFolder) -> None:
    assert (told(folder(GOOD)), apply(folder(GOOD)).added) == ([], 2)
    assert uses() == [("received", "123456", FILLED)]
    assert AuditEntry.objects.filter(action="template.use").count() == 1


def test_applying_twice_changes_nothing(folder: MakeFolder) -> None:
    apply(folder(GOOD))
    again = apply(folder(GOOD))
    assert (again.changes, again.unchanged) == (0, 2)


def test_it_counts_as_soon_as_the_form_is_read(folder: MakeFolder) -> None:
    report = apply(folder(GOOD))
    assert ["123456 chưa đọc từ kênh" in note for note in report.notes] == [True]
    account = ChannelAccount.objects.get()
    values = {"ho_ten": "Nguyễn Thị Thử", "ma_ho_so": "H15.08-261125-0001"}
    assert filled_form(account, "received", values) is None
    read_from_provider("ten", "ma")
    found = filled_form(account, "received", values)
    assert found is not None
    assert dict(found.values) == {"ten": "Nguyễn Thị Thử", "ma": "H15.08-261125-0001"}


@pytest.mark.parametrize(("old", "new"), [("123456", "654321"), ("ma: ma_ho_so", "ma: thu_tuc")])
def test_what_the_file_changes_is_changed(folder: MakeFolder, old: str, new: str) -> None:
    apply(folder(GOOD))
    assert apply(folder(GOOD.replace(old, new))).changed == 1


def test_what_the_file_does_not_name_stays(folder: MakeFolder) -> None:
    apply(folder(GOOD))
    assert apply(folder(GOOD.partition("    templates")[0])).changes == 0
    assert len(uses()) == 1


def test_a_form_that_cannot_carry_the_message_is_refused_at_its_line(folder: MakeFolder) -> None:
    apply(folder(GOOD.partition("    templates")[0]))
    ProviderTemplate.objects.create(account=ChannelAccount.objects.get(), code="123456")
    read_from_provider("ten", "khac")
    with pytest.raises(Refused, match=r"messaging.yaml:4: received: .*không có tham số “ma”"):
        apply(folder(GOOD))
    assert uses() == []


def test_what_the_provider_changed_since_stops_no_second_applying(folder: MakeFolder) -> None:
    apply(folder(GOOD))
    read_from_provider("ten", "khac")
    assert apply(folder(GOOD)).changes == 0


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("ho_ten", "so_cccd", 7, "không có chỗ điền “so_cccd”"),
        ("ho_ten", "[ho_ten]", 7, "“ten” phải là chữ"),
        ("ten: ho_ten", "ten:", 7, "“ten” phải là chữ"),
        ("ten: ho_ten", f"{'x' * 101}: ho_ten", 7, "dài quá 100 ký tự"),
        ("received", "khong_co", 4, "không có mục “khong_co”"),
        ("received", "recieved", 4, "có phải “received”?"),
        ('code: "123456"', "cod: x", 4, "thiếu mục “code”"),
        ("templates:\n", "templates: x\n      z:\n", 1, ""),
    ],
)
def test_a_fault_is_told_at_its_line(folder, old, new, line, sentence):
    try:
        found = told(folder(GOOD.replace(old, new)))
    except Refused as refusal:
        found = [(one.line, one.message, one.blocks) for one in refusal.problems]
    assert any(sentence in text and blocks for _line, text, blocks in found), found
    assert not sentence or line in [place for place, text, _blocks in found if sentence in text], found


def test_a_channel_without_forms_takes_none(folder: MakeFolder) -> None:
    assert "kênh này không dùng mẫu" in told(folder(GOOD.replace("scripted", "mock")))[0][1]
