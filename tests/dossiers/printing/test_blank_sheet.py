"""The blank sheet of a form, typeset from the questions of the filing form that ships."""

import pytest
from django.test import Client

from dossiers.filing.public import sheets
from procedures.catalogue.contents import national
from tests.dossiers.chatting import HOST
from tests.dossiers.printing.reading import lost
from tests.factories import AgencyFactory

ADDRESS = "/bieu-mau/to-khai-dang-ky-khai-sinh/"


@pytest.mark.usefixtures("province")
def test_a_form_without_a_file_is_given_out_as_a_blank_sheet() -> None:
    AgencyFactory(code="H15", name="Tỉnh Minh Họa")
    answer = Client(headers={"host": HOST}).get(ADDRESS)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    asked = ["Họ, chữ đệm, tên của cháu", "Con gái", "Ngày:", "không phải mẫu in của thông tư", "Người khai"]
    assert lost(answer.content, asked) == []


@pytest.mark.parametrize("code", sheets.NAMED)
def test_the_form_is_the_one_that_the_paper_names(code: str) -> None:
    papers = national.load_explanations()[code].facts["documents"]
    assert [paper.form for paper in papers if paper.form] == [sheets.NAMED[code]]
