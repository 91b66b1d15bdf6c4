"""A form for people who write forms: its journey drawn, its conditions in words, and its versions."""

import re
import xml.etree.ElementTree as ElementTree

from django.test import Client

from dossiers.filing.desk import form_diagram
from dossiers.filing.desk.form_words import condition_words
from dossiers.filing.models import FilingFormVersion
from dossiers.filing.rules.conditions import Condition
from dossiers.filing.rules.form import shipped_forms
from tests.dossiers.desk.test_desk import logged_in
from tests.dossiers.filing.filling import Filing
from tests.dossiers.filing.rules import forms

PAGES = "/quan-tri/filing/filingformversion/"


def page_of(client: Client, version: FilingFormVersion) -> str:
    return client.get(f"{PAGES}{version.pk}/change/").content.decode()


def test_conditions_are_said_in_words() -> None:
    said = {
        "“Ghi cha?” là Có": {"is": ["co_cha", True]},
        "“Dân tộc” là “Kinh” hoặc “Khác”": {"in": ["dan_toc", ["kinh", "khac"]]},
        "(“Tên” là “a” hoặc “Tên” là “b”) và không phải: “Ghi cha?” là Không": {
            "all": [{"any": [{"is": ["ten", "a"]}, {"is": ["ten", "b"]}]}, {"not": {"is": ["co_cha", False]}}]
        },
    }
    assert {
        words: condition_words(forms.FORM, Condition.from_data(data)) for words, data in said.items()
    } == {words: words for words in said}
    born = forms.FORM.questions["ngay_sinh"]
    assert born.constraint is not None
    words = "không phải: câu trả lời này lớn hơn (sau) hôm nay"
    assert condition_words(forms.FORM, born.constraint, born) == words


def test_the_picture_shows_every_page_of_every_shipped_form() -> None:
    for form in shipped_forms().values():
        picture = ElementTree.fromstring(form_diagram.draw(form))
        drawn = re.sub(r"\s", "", "".join(picture.itertext()))
        assert [page.code for page in form.pages if re.sub(r"\s", "", page.heading[0]) not in drawn] == []


def test_texts_of_a_form_cannot_leave_the_picture(filing: Filing) -> None:
    version = filing.publish(forms.data(title='<script>alert("1")</script>'))
    page = page_of(logged_in(filing.office.leader), version)
    assert "<script>alert" not in page


def test_which_version_is_in_force_is_said_on_all_of_them(filing: Filing) -> None:
    first, reader = FilingFormVersion.objects.get(), logged_in(filing.office.specialist)
    second = filing.publish(forms.data(title="Bản sau"))
    old, new = page_of(reader, first), page_of(reader, second)
    assert ("Bản cũ" in old, "Bản cũ" in new) == (True, False)
    assert f"{PAGES}{second.pk}/change/" in old
    assert "Chỉ hỏi khi" in new
    withdrawn = filing.publish({"withdrawn": True})
    assert "gỡ biểu mẫu" in page_of(reader, withdrawn)
    assert reader.get(PAGES).status_code == 200
