"""The guide for a province's officer holds the texts that this code sends, and they fit the provider's rules."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from messaging.outbox import wording as templates
from messaging.outbox.one_time_codes import codes

GUIDE = Path(settings.BASE_DIR, "docs/van-hanh/zalo.md").read_text(encoding="utf-8")
TAIL = re.compile(r"⟦.*?⟧")
PLACE = re.compile(r"\{(\w+)\}")


def paragraph(name: str) -> str:
    """What is pasted into the provider's form: without the part that holds a telephone number."""
    return TAIL.sub("", templates.default(name).body).strip()


@pytest.mark.parametrize("name", templates.names_with_forms())
def test_each_message_stands_in_the_guide_and_fits_the_rules_of_the_provider(name: str) -> None:
    text, body = templates.default(name), paragraph(name)
    assert f"| `{name}` | {text.title} | {PLACE.sub(r'<\1>', body)} | {text.button}" in GUIDE
    assert 9 <= len(text.title) <= 65
    assert 9 <= len(body) <= 400
    assert 5 <= len(text.button) <= 30 or name == codes.INTENT  # a code has no button
    assert len(set(PLACE.findall(body))) <= 10
    assert not re.search(r"https?://|www\.|\d{6}|dien_thoai", body)


def test_each_placeholder_of_a_message_has_a_kind_in_the_guide() -> None:
    used = {place for name in templates.names_with_forms() for place in PLACE.findall(paragraph(name))}
    assert sorted(place for place in used if f"`{place}`" not in GUIDE) == []
