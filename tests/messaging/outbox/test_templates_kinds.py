import pytest

from messaging.outbox import wording as templates
from messaging.outbox.wording import Traits


@pytest.mark.parametrize(
    ("name", "traits"),
    [
        ("in_progress", Traits(replaces=True, replaceable=True)),
        ("received", Traits(replaces=True, replaceable=True, in_person=True)),
        ("returned", Traits(replaces=True, replaceable=True, in_person=True)),
        ("complaint_decided", Traits(replaces=True, replaceable=True)),
        ("status_changed", Traits(replaces=True, replaceable=True)),
        ("correction", Traits(replaces=True)),
        ("complaint_adjusted", Traits(replaces=True)),
        ("apology", Traits()),
        ("rescheduled", Traits(can_wait=True)),
        ("reminder", Traits(can_wait=True)),
        ("complaint_rescheduled", Traits(can_wait=True)),
        ("chưa ai đăng ký", Traits()),
    ],
)
def test_what_a_text_does_to_others(name: str, traits: Traits) -> None:
    assert templates.traits(name) == traits


def test_lists_tell_two_texts_of_one_title_apart() -> None:
    labels = [templates.label(name) for name in templates.names()]
    assert len(set(labels)) == len(labels)


def test_a_name_that_is_registered_no_more_stands_for_itself() -> None:
    assert templates.label("ngày xưa") == "ngày xưa"


def test_every_placeholder_is_explained_with_a_sample() -> None:
    told = [templates.explained_placeholders(name) for name in templates.names()]
    assert [key for one in told for key, what in one.items() if not (what.meaning and what.sample)] == []
