"""Vietnamese dates and numbers, which Django's own `vi` formats get wrong."""

from datetime import date, datetime

import pytest
from django import forms
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import formats, translation

from tenants import clock


class DateForm(forms.Form):
    day = forms.DateField()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_day_comes_before_month(language: str) -> None:
    with translation.override(language):
        for typed in ("03/04/2026", "03-04-2026", "03.04.2026", "03042026", "2026-04-03"):
            form = DateForm({"day": typed})
            assert form.is_valid(), form.errors
            assert form.cleaned_data["day"] == date(2026, 4, 3)
        assert language == "en" or not DateForm({"day": "11/24/2026"}).is_valid(), "American order"


def test_dates_are_written_day_first_and_thousands_grouped_by_dots() -> None:
    with translation.override("vi"):
        assert formats.date_format(date(2026, 4, 3)) == "03/04/2026"
        at = datetime(2026, 12, 8, 16, 30, tzinfo=clock.VIETNAM)
        assert formats.date_format(at, "DATETIME_FORMAT") == "16:30, 08/12/2026"
        assert intcomma(1250000) == "1.250.000"
