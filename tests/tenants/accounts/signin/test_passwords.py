"""What a password must be."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tenants.accounts.models import User
from tenants.isolation.context import public_context
from tenants.isolation.province_cache import ProvinceRecord
from tests import tables

SOMEBODY = User(
    username="lan.nguyen", full_name="Nguyễn Thị Lan", position="Chuyên viên tư pháp", email="ntlan@x.vn"
)


def codes(password: str) -> set[str]:
    try:
        validate_password(password, SOMEBODY)
    except ValidationError as refused:
        return {error.code for error in refused.error_list}
    return set()


@pytest.mark.parametrize(
    "password", ["ba con mèo ngủ trưa", "9f#kQ2!mZx0pL", "một hai ba bốn năm sáu", "đ" * 6 + "abcdefgh1"]
)
def test_length_is_enough(province: ProvinceRecord, password: str) -> None:
    assert codes(password) == set()


@pytest.mark.parametrize(
    ("password", "code"),
    [
        *tables.read(__file__, "passwords.yaml"),
        ("m" * 60 + "èo ngủ" * 12, "password_too_long"),
    ],
)
def test_rules(province: ProvinceRecord, password: str, code: str) -> None:
    assert codes(password) == ({code} if code else set())


def test_rules_hold_outside_provinces_too(db: None) -> None:
    with public_context():
        assert codes("Matkhau@2026") == {"password_too_common"}


def test_words_are_vietnamese(province: ProvinceRecord) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password("lan", SOMEBODY)
    assert "Mật khẩu cần ít nhất 12 ký tự. Một câu vài từ dễ nhớ là đủ." in refused.value.messages
