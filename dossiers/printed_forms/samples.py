"""Invented content for every form: to try a template before it is used, and to measure with."""

from typing import Any

from dossiers.models import Form
from dossiers.printed_forms import contents
from dossiers.printed_forms.circulars import circulars
from dossiers.printed_forms.contents import PAPERS, Content
from tenants.web import qr

CODE = "H15.08-261125-0042"
ADDRESS = "https://dichvucong.minhhoa.example/h/Jq2vN0yWm4Zb7Rk1TtXc9LpE/"
OFTEN: Content = {
    "agency": {"parent": "Ủy ban nhân dân tỉnh Minh Họa", "name": "Trung tâm Phục vụ hành chính công"},
    "place": "Minh Họa",
    "date": "ngày 25 tháng 11 năm 2026",
    "demo": True,
    "code": CODE,
    "number": "0042",
    "applicant": {
        "name": "Nguyễn Thị Minh Họa",
        "id_number": "066190000001",
        "address": "Số 12 đường Minh Họa, phường Minh Họa, tỉnh Minh Họa",
        "phone": "0905000678",
    },
    "submitter": "Trần Văn Minh Họa",
    "submitter_signs": "Trần Văn Minh Họa",
    "procedure": "Thủ tục đăng ký kết hôn có yếu tố nước ngoài",
    "desk": "Trung tâm Phục vụ hành chính công",
    "contact_name": "Trung tâm Phục vụ hành chính công",
    "contact": "0262 000 0001",
    "received": "10 giờ 00 phút, ngày 25 tháng 11 năm 2026",
    "received_day": "Ngày 25 tháng 11 năm 2026",
    "official": "Lê Thị Cán Bộ",
}
PEOPLE = ("Nguyễn Thị Minh Họa", "Trần Văn Minh Họa", "Công ty trách nhiệm hữu hạn Minh Họa")
_LINE = {
    "giver": "Trung tâm Phục vụ hành chính công",
    "taker": "Sở Tư pháp",
    "at": "10 giờ 30 phút, ngày 25 tháng 11 năm 2026",
    "giver_person": "Lê Thị Cán Bộ",
    "taker_person": "Phạm Văn Chuyên Viên",
    "outcome": "",
    "note": "Chuyển xử lý",
}
OWN: dict[Form, Content] = {
    Form.RECEIPT: {
        "papers": ["Tờ khai đăng ký kết hôn", "Giấy xác nhận tình trạng hôn nhân", "Bản sao căn cước"],
        "sets": "01",
        "term": "05 ngày làm việc",
        "due": "10 giờ 00 phút, ngày 02 tháng 12 năm 2026",
        "due_now": "",
        "delivery": "Tại nơi tiếp nhận",
        "fee": "75.000 đồng",
        "key": "BCG 234",
        "lookup": "dichvucong.minhhoa.example/tra-cuu",
    },
    Form.SUPPLEMENT: {
        "papers": ["Giấy xác nhận tình trạng hôn nhân còn giá trị", "Bản dịch có chứng thực"],
        "reason": "Giấy xác nhận đã quá 6 tháng kể từ ngày cấp.",
        "citizen_due": "17 giờ 00 phút, ngày 09 tháng 12 năm 2026",
    },
    Form.REFUSAL: {"reason": "Hồ sơ không thuộc thẩm quyền giải quyết của cơ quan."},
    Form.APOLOGY: {
        "reason": "Đang chờ kết quả xác minh của cơ quan có liên quan.",
        "due_before": "10 giờ 00 phút, ngày 02 tháng 12 năm 2026",
        "due_after": "17 giờ 00 phút, ngày 09 tháng 12 năm 2026",
    },
    Form.STOP: {
        "reason": "Người nộp hồ sơ không bổ sung giấy tờ trong thời hạn đã thông báo.",
        "stopped": "10 giờ 00 phút, ngày 30 tháng 11 năm 2026",
    },
    Form.CONTROL: {
        "due": "10 giờ 00 phút, ngày 02 tháng 12 năm 2026",
        "handovers": [
            _LINE,
            {
                **_LINE,
                "giver": "Sở Tư pháp",
                "taker": "Trung tâm Phục vụ hành chính công",
                "outcome": "early",
            },
            dict.fromkeys(_LINE, ""),
        ],
    },
    Form.REGISTER: {
        "from": "ngày 01 tháng 11 năm 2026",
        "to": "ngày 30 tháng 11 năm 2026",
        "summary": "Tổng số: 3 hồ sơ.",
        "rows": [
            [
                str(number),
                f"H15.08-261125-{number:04d}",
                "Đăng ký kết hôn",
                "01",
                name,
                "Số 12 đường Minh Họa; ••• ••• 678",
                "Sở Tư pháp",
                "25/11/2026",
                "02/12/2026",
                "",
                "Tại nơi tiếp nhận",
                "",
                "Đang xử lý",
            ]
            for number, name in enumerate(PEOPLE, 1)
        ],
    },
}


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
        "handovers": [_LINE] * 30,
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
