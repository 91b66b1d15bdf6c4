"""Small made-up catalogue files for the tests."""

import gzip
import json
from pathlib import Path
from typing import Any

import openpyxl

from procedures.catalogue.contents.selection import ProcedureRow, TermRow


def portal_row(code: str = "1.000001", **fields: Any) -> dict[str, Any]:
    """Return one procedure as the portal's export writes it."""
    return {
        "ma_thu_tuc": code,
        "ten_thu_tuc": "Thủ tục cấp thẻ thư viện",
        "so_quyet_dinh": "01/QĐ-MAU",
        "cap_thuc_hien": "Cấp tỉnh, Cấp xã",
        "linh_vuc": "Thư viện",
        "doi_tuong_thuc_hien": "Công dân Việt Nam",
        "trinh_tu_thuc_hien": "- Nộp đơn\n- Nhận thẻ",
        "can_cu_phap_ly": "Luật Thư viện46/2019/QH14",
        "yeu_cau_dieu_kien": None,
        "co_quan_ban_hanh": "Bộ Mẫu",
        "co_quan_thuc_hien": "Thư viện tỉnh",
        "cach_thuc": [
            {"kenh": "truc_tiep", "thoi_gian": "3", "don_vi": "Ngày làm việc", "mo_ta": "Miễn phí"},
            {"kenh": "truc_tuyen", "thoi_gian": "3", "don_vi": "Ngày làm việc", "mo_ta": "Miễn phí"},
        ],
        "giay_to": [{"ten": "- Đơn xin cấp thẻ", "ban_chinh": 1, "ban_sao": 0, "truong_hop": "--"}],
        "ket_qua": [{"ten": "Thẻ thư viện", "ma": "KQ.G00.000001"}],
        **fields,
    }


def write_portal(path: Path, rows: list[Any], *, packed: bool = False) -> Path:
    """Write rows as JSON lines; a row that is text is written as it stands."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    content = "\n".join(lines).encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    return path


def write_list(path: Path, rows: list[list[Any]], *, headings: list[str] | None = None) -> Path:
    """Write an official list: a title, the headings, the rows."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["DANH SÁCH THỦ TỤC HÀNH CHÍNH"])
    sheet.append(headings or ["Mã số", "Tên", "Cơ quan ban hành", "Cơ quan thực hiện", "Lĩnh vực"])
    for row in rows:
        sheet.append(row)
    workbook.save(path)
    return path


def write_csv(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def said(code: str, **cells: str) -> dict[str, ProcedureRow]:
    """What the row of a folder's `procedures.csv` says of one procedure, by its code."""
    return {code: ProcedureRow.model_validate_strings({"code": code, **cells})}


def term(code: str, value: str, unit: str) -> dict[str, TermRow]:
    """The same of `terms.csv`."""
    return {code: TermRow(code=code, value=value, unit=unit, decision="12/2026/QĐ-UBND")}
