"""Invented content for every form: to try a template before it is used, and to measure with."""

from pathlib import Path
from typing import Any

import yaml

from dossiers.printing import contents
from dossiers.printing.circulars import circulars
from dossiers.printing.contents import PAPERS, Content
from dossiers.printing.models import Form
from tenants.web import qr

ADDRESS = "https://dichvucong.minhhoa.example/h/Jq2vN0yWm4Zb7Rk1TtXc9LpE/"
_FILE = yaml.safe_load(Path(__file__).with_name("samples.yaml").read_text(encoding="utf-8"))
OFTEN: Content = _FILE["all"]
CODE: str = OFTEN["code"]
OWN: dict[Form, Content] = {Form(number): content for number, content in _FILE["forms"].items()}


def sample(form: Form, *, paper: str = "") -> Content:
    """Content with everything a template of this form may ask for."""
    model = circulars()[-1].forms[form]
    return {
        **OFTEN,
        "form": str(form),
        "model": model.number,
        "title": model.title,
        "circular": circulars()[-1].number,
        "paper": paper or PAPERS[form][0],
        "landscape": form is Form.REGISTER,
        **(_codes() if form is Form.RECEIPT else {}),
        **OWN[form],
    }


def full(form: Form, *, paper: str = "") -> Content:
    """The same with as much in it as a dossier can bring: long names, many papers, long reasons."""
    long: dict[str, Any] = {
        "reason": " ".join(["Giấy tờ nộp kèm chưa thống nhất với thông tin trong cơ sở dữ liệu."] * 12),
        "papers": [f"Giấy tờ minh họa thứ {number}, bản sao có chứng thực" for number in range(1, 51)],
        "handovers": OWN[Form.CONTROL]["handovers"][:1] * 30,
        "rows": OWN[Form.REGISTER]["rows"] * 40,
    }
    content = sample(form, paper=paper)
    name = "Công ty trách nhiệm hữu hạn một thành viên thương mại dịch vụ xuất nhập khẩu Minh Họa Tây Nguyên"
    return {
        **content,
        "applicant": {**content["applicant"], "name": name},
        "submitter": name,
        **{key: value for key, value in long.items() if key in content},
    }


def _codes() -> Content:
    bars, width = contents.barcode_svg(CODE)
    return {"qr": qr.svg(ADDRESS), "barcode": bars, "barcode_width": width}
