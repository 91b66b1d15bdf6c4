import pytest

from dossiers.workflow.rules.statuses import STAGES, Status

# number, official name, stage, waits for the citizen, closed, stopped, clock runs
NATIONAL = [
    (1, "Mới đăng ký", 1, False, False, False, False),
    (2, "Được tiếp nhận", 2, False, False, False, True),
    (3, "Không được tiếp nhận", None, False, True, True, False),
    (4, "Đang xử lý", 3, False, False, False, True),
    (5, "Yêu cầu bổ sung giấy tờ", 3, True, False, False, False),
    (6, "Yêu cầu thực hiện nghĩa vụ tài chính", 3, True, False, False, False),
    (7, "Công dân yêu cầu rút hồ sơ", None, False, True, True, False),
    (8, "Dừng xử lý", None, False, True, True, False),
    (9, "Đã xử lý xong", 4, False, False, False, False),
    (10, "Đã trả kết quả", 4, False, True, False, False),
]


@pytest.mark.parametrize("row", NATIONAL, ids=[row[1] for row in NATIONAL])
def test_each_status_is_the_national_one(row):
    status = Status(row[0])
    assert row == (
        status.value,
        status.official,
        status.stage,
        status.waits_for_citizen,
        status.is_closed,
        status.is_stopped,
        status.clock_runs,
    )


def test_there_are_ten():
    assert len(Status) == len(NATIONAL)


@pytest.mark.parametrize("status", Status)
def test_the_short_name_fits_a_zalo_template(status):
    assert 0 < len(status.short) <= 30


@pytest.mark.parametrize("status", [status for status in Status if status.stage])
def test_every_stage_has_a_name(status):
    assert STAGES[status.stage - 1]
