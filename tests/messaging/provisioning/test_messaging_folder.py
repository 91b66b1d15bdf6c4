"""The accounts of a province's folder. Ids and secrets are invented."""

import json
from pathlib import Path

import pytest

from messaging.channels.accounts import routes as channel_routes
from messaging.channels.base import registry
from messaging.channels.models import ChannelAccount, Lane
from messaging.provisioning import folder as folder_accounts
from tenants.folder.problems import Refused
from tests import tables
from tests.messaging.common_door import APP, CommonDoorChannel
from tests.messaging.provisioning.conftest import MakeFolder, apply, told

pytestmark = pytest.mark.usefixtures("province")

SECRET = "khoa-bi-mat-thu"
GOOD = f"""\
accounts:
  - channel: common
    name: chinh
    external_id: "388613280878808645"
    config:
      app_id: "{APP}"
    secrets:
      hook: env:THU_HOOK
"""


@pytest.fixture(autouse=True)
def _common(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._channels, "common", CommonDoorChannel())
    monkeypatch.setenv("THU_HOOK", SECRET)


def secrets() -> dict[str, str]:
    return dict(json.loads(ChannelAccount.objects.get(channel="common").secrets))


def test_a_folder_without_the_file_has_no_accounts(folder: MakeFolder) -> None:
    assert (told(folder(None)), apply(folder(None)).changes) == ([], 0)


def test_an_account_is_made_with_lane_and_route(folder: MakeFolder) -> None:
    assert (told(folder(GOOD)), apply(folder(GOOD)).added) == ([], 1)
    row = ChannelAccount.objects.get(channel="common")
    assert (row.name, row.external_id, row.config, secrets()) == (
        "chinh", "388613280878808645", {"app_id": APP}, {"hook": SECRET},
    )  # fmt: skip
    assert Lane.objects.filter(channel="common", account="chinh").exists()
    assert channel_routes.has_route("common", "chinh")


def test_applying_twice_changes_nothing(folder: MakeFolder) -> None:
    apply(folder(GOOD))
    generation = ChannelAccount.objects.get(channel="common").generation
    again = apply(folder(GOOD))
    assert (again.changes, again.unchanged) == (0, 1)
    assert ChannelAccount.objects.get(channel="common").generation == generation


@pytest.mark.parametrize(("old", "new"), [("388613280878808645", "388613280878808646"), (f'"{APP}"', '"99"')])
def test_what_the_file_says_otherwise_is_one_change(folder: MakeFolder, old: str, new: str) -> None:
    apply(folder(GOOD))
    assert apply(folder(GOOD.replace(old, new))).changed == 1


def test_a_secret_may_stand_in_a_file(folder: MakeFolder, tmp_path: Path) -> None:
    place = tmp_path / "bi-mat"
    place.write_text(f"{SECRET}\n")
    apply(folder(GOOD.replace("env:THU_HOOK", f"file:{place}")))
    assert secrets() == {"hook": SECRET}


def test_a_new_secret_takes_the_place_of_the_old(folder: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(folder(GOOD))
    monkeypatch.setenv("THU_HOOK", "moi")
    assert (apply(folder(GOOD)).changed, secrets()) == (1, {"hook": "moi"})


# --- A reference that names nothing here


def test_a_secret_that_is_not_here_is_a_remark(folder: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("THU_HOOK")
    ((line, text, blocks),) = told(folder(GOOD))
    assert (line, "env:THU_HOOK" in text, blocks) == (8, True, False)


def test_what_the_province_has_stays(folder: MakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(folder(GOOD))
    monkeypatch.delenv("THU_HOOK")
    assert (apply(folder(GOOD)).changes, secrets()) == (0, {"hook": SECRET})
    changed = apply(folder(GOOD.replace(f'"{APP}"', '"99"')))
    assert (changed.changed, secrets()) == (1, {"hook": SECRET})


def test_secrets_that_stay_do_not_follow_to_another_server(folder, monkeypatch):
    apply(folder(GOOD))
    monkeypatch.delenv("THU_HOOK")
    with pytest.raises(Refused, match=r"messaging.yaml:2: đổi địa chỉ máy chủ"):
        apply(folder(GOOD.replace("    secrets:", "      base: https://khac.example\n    secrets:")))


def test_without_any_the_account_is_left_out_and_the_rest_is_done(folder, monkeypatch):
    monkeypatch.delenv("THU_HOOK")
    report = apply(folder(GOOD))
    assert (report.changes, len(report.notes), "hook" in report.notes[0]) == (0, 1, True)
    assert not ChannelAccount.objects.exists()


# --- Faults


@pytest.mark.parametrize(
    "value",
    [
        *tables.read(__file__, "no_secrets.yaml"),
        SECRET,
        f"[{SECRET}]",
    ],
)
def test_a_secret_is_never_written_here_and_never_repeated(folder: MakeFolder, value: str) -> None:
    broken = folder(GOOD.replace("env:THU_HOOK", value))
    try:
        problems = folder_accounts.STEP.validate(broken)
    except Refused as refusal:
        problems = refusal.problems
    assert [(one.file, one.line, one.blocks) for one in problems] == [("messaging.yaml", 8, True)]
    assert SECRET not in problems[0].message
    with pytest.raises(Refused):
        apply(broken)
    assert not ChannelAccount.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("channel: common", "channel: khac", 2, "không có mục “khac”"),
        ("channel: common", "chanel: common", 2, "thiếu mục “channel”"),
        ("name: chinh", "name: có dấu", 3, "“name” là “có dấu”, không đúng dạng"),
        ("    config:", "    confg:", 5, "có phải “config”?"),
        ("    secrets:\n      hook: env:THU_HOOK\n", "", 5, "Thiếu bí mật “hook”"),
        ("    secrets:\n      hook: env:THU_HOOK\n", f"    secrets: {SECRET}\n", 7, "phải là các mục"),
        ("hook: env", "h-k: env", 8, "tên bí mật chỉ gồm chữ không dấu"),
    ],
)
def test_a_fault_is_told_at_its_line(folder, old, new, line, sentence):
    found = told(folder(GOOD.replace(old, new)))
    assert (line, True) in [(place, blocks) for place, text, blocks in found if sentence in text], found
    assert not any(SECRET in text for _place, text, _blocks in found)


def test_the_faults_of_all_accounts_are_told_at_once(folder: MakeFolder) -> None:
    second = "  - channel: common\n    name: hai\n    external_id: [1]\n"
    third = "  - channel: common\n    name: ba\n"
    found = {
        line
        for line, _text, blocks in told(folder(f"{GOOD.replace('THU_HOOK', '1')}{second}{third}"))
        if blocks
    }
    assert found == {8, 11, 12}


def test_the_same_account_twice_is_a_fault(folder: MakeFolder) -> None:
    found = told(folder(GOOD + GOOD.removeprefix("accounts:\n")))
    assert [(line, blocks) for line, text, blocks in found if "đã có ở trên" in text] == [(10, True)]


def test_an_account_of_another_province_is_refused_at_its_line(folder, inside):
    with inside("dongnai"):
        apply(folder(GOOD))
    with pytest.raises(Refused, match=r"messaging.yaml:2: .*đang thuộc một tỉnh khác"):
        apply(folder(GOOD))
    assert not ChannelAccount.objects.exists()
