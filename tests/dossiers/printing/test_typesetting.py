"""Templates to PDF/A: every letter, every sheet, nothing lost, nothing clipped."""

import pytest

from dossiers.printing import circulars, samples, typst_pool
from dossiers.printing.contents import PAPERS
from dossiers.printing.models import Form
from tests.dossiers.printing import reading

VOWELS = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵ"
ALPHABET = VOWELS + "bcdđghklmnpqrstvxfjwz"
STYLES = {
    "regular": "#form.letters",
    "bold": "*#form.letters*",
    "italic": "_#form.letters _",
    "bold italic": "*_#form.letters _*",
}
SHEETS = {"a5": (148, 210), "a4": (210, 297)}
EACH = [(form, paper) for form in Form for paper in PAPERS[form]]


def source_of(form: Form) -> str:
    return circulars.circulars()[-1].forms[form].source


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("letters", [ALPHABET, ALPHABET.upper()], ids=["small", "capital"])
def test_every_vietnamese_letter_is_printed(style: str, letters: str) -> None:
    content = {**samples.sample(Form.REFUSAL, paper="a4"), "letters": letters}
    assert letters in reading.words(typst_pool.render(f"#set text(size: 7pt)\n{style}", content))


@pytest.mark.parametrize(("form", "paper"), EACH)
def test_a_form_is_printed_on_its_sheet_and_claims_to_be_archivable(form: Form, paper: str) -> None:
    size = SHEETS[paper]
    wanted = size[::-1] if form is Form.REGISTER else size
    pdf = typst_pool.render(source_of(form), samples.sample(form, paper=paper))
    assert reading.sheets(pdf) == [wanted]
    claim = reading.metadata(pdf)
    assert "<pdfaid:part>2</pdfaid:part>" in claim
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in claim


@pytest.mark.parametrize(("form", "paper"), EACH)
def test_the_fullest_form_loses_nothing_and_prints_nothing_where_printers_cannot(form, paper):
    content = samples.full(form, paper=paper)
    pdf = typst_pool.render(source_of(form), content)
    expected = [content["reason"]] if "reason" in content else []
    expected += content.get("papers", [])
    expected += [content["applicant"]["name"]] if form is not Form.REGISTER else []
    expected += {row[1] for row in content.get("rows", [])}
    assert expected
    assert reading.lost(pdf, expected) == []
    assert not reading.ink_at_edges(pdf)


def test_a_name_without_a_gap_stays_on_the_sheet() -> None:
    from dossiers.printing import wording

    content = samples.sample(Form.RECEIPT)
    content["applicant"] = {**content["applicant"], "name": wording.breakable("Ậ" * 200)}
    pdf = typst_pool.render(source_of(Form.RECEIPT), content)
    assert reading.holds(pdf, "Ậ" * 200)
    assert not reading.ink_at_edges(pdf)


def test_words_of_a_citizen_are_never_instructions() -> None:
    content = {**samples.sample(Form.REFUSAL), "reason": '#read("/etc/passwd") *đậm* $x$ // hết \\ <a> @b'}
    pdf = typst_pool.render(source_of(Form.REFUSAL), content)
    assert reading.holds(pdf, content["reason"])


@pytest.mark.parametrize("token", [f"{number}Jq2vN0yWm4Zb7Rk1TtXc9Lp" for number in (0, 4, 9)])
@pytest.mark.parametrize("paper", PAPERS[Form.RECEIPT])
def test_both_codes_are_read_back_from_paper(token: str, paper: str) -> None:
    from tenants.web import qr

    address = f"https://dichvucong.minhhoa.example/h/{token}/"
    content = {**samples.sample(Form.RECEIPT, paper=paper), "qr": qr.svg(address)}
    read = reading.codes(typst_pool.render(source_of(Form.RECEIPT), content))
    assert read == {"QR Code": address, "Code 128": samples.CODE}


@pytest.mark.parametrize(
    "code",
    ["H15.50.05.13-261008-0975", "000.00.01.H29-180815-0001", "H15.123.123.123.123.123.123-261008-1234567"],
)
def test_long_codes_are_read_back_too(code: str) -> None:
    from dossiers.printing import contents

    bars, width = contents.barcode_svg(code)
    content = {**samples.sample(Form.RECEIPT), "code": code, "barcode": bars, "barcode_width": width}
    assert reading.codes(typst_pool.render(source_of(Form.RECEIPT), content))["Code 128"] == code
