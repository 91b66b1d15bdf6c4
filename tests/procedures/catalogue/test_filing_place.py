"""National lists name bodies of whichever province entered a row: none of them may be named to citizens here."""

import io
from pathlib import Path

import pytest
from django.core.management import call_command

from procedures.catalogue.contents.filing_place import Bodies, shown_place
from procedures.catalogue.models import Procedure
from tenants.organisation.models import Agency
from tests import tables
from tests.procedures.files import portal_row, write_list

pytestmark = pytest.mark.usefixtures("province")


@pytest.fixture
def department() -> Agency:
    return Agency.objects.create(code="H15.97", name="Sở Tư pháp tỉnh Đắk Lắk", level=Agency.Level.PROVINCE)


@pytest.mark.parametrize(
    ("performer", "here"),
    tables.read(__file__, "filing_places.yaml"),
)
def test_bodies_of_other_provinces_are_mapped_or_left_out(department, performer, here):
    assert Bodies().here(performer) == here


@pytest.mark.parametrize(
    ("own", "guide", "where"),
    [
        ("nộp tại Cơ quan thuế", "nơi nhận hồ sơ nhà, đất", "Nơi nhận hồ sơ nhà, đất"),
        ("nộp tại Cơ quan thuế", "", "Nộp tại Cơ quan thuế"),
        ("nộp tại Thuế tỉnh, tầng 2", "nơi nhận hồ sơ nhà, đất", "Nộp tại Thuế tỉnh, tầng 2"),
    ],
)
def test_place_of_what_others_handle_is_the_explained_one_unless_the_province_says_it(own, guide, where):
    procedure = Procedure(handled=False, where_text=own, where_guide=guide)
    assert shown_place(procedure, "Cơ quan thuế") == (where, "")


def imported(path: Path) -> str:
    output = io.StringIO()
    call_command("catalogue", "import", "daklak", str(path), stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("handled", [True, False])
def test_no_page_sends_a_citizen_to_another_province(client, tmp_path, portal_file, handled):
    imported(portal_file(portal_row(co_quan_thuc_hien="Sở Y tế Thành phố Hà Nội")))
    bodies = "Sở Y tế Thành phố Hải Phòng\nSở Y tế Thành phố Hà Nội"
    imported(write_list(tmp_path / "list.xlsx", [["1.000001", "Cấp thẻ", "Bộ Y tế", bodies, "Y tế"]]))
    Procedure.objects.update(handled=handled)
    page = client.get("/thu-tuc/1.000001/", headers={"host": "daklak.localhost"})
    assert page.status_code == 200
    assert "Hà Nội" not in page.content.decode()
    assert "Hải Phòng" not in page.content.decode()


def test_a_list_that_names_strangers_only_leaves_the_body_that_was_known(tmp_path, portal_file):
    imported(portal_file(portal_row(co_quan_thuc_hien="Ủy ban nhân dân cấp xã")))
    row = ["1.000001", "Cấp thẻ", "Bộ Y tế", "Sở Y tế Thành phố Hà Nội", "Y tế"]
    imported(write_list(tmp_path / "list.xlsx", [row]))
    version = Procedure.objects.get().current_version
    assert version is not None
    assert version.performer == "Ủy ban nhân dân cấp xã"
