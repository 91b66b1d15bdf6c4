"""`python -m bench.documents`: write the figures of the last runs into the guide for operators.

Nothing is changed while a section lacks a full run. Sections of benchmarks that run only where they are named stand in
the page once they were run.
"""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import figures
from bench.__main__ import ON_DEMAND

GUIDE = Path(__file__).parents[1] / "docs" / "van-hanh"
BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
UNITS = {"1/s": "/giây", "s": "giây", "SQL": "câu lệnh", "ratio": "lần", "rows": "dòng", "part": "phần"}
_PAGES = {
    "citizen's status page": "trang một hồ sơ của người dân",
    "today's work": "Việc hôm nay",
    "list, open": "danh sách đang xử lý",
    "list, all, page 90": "danh sách tất cả, trang 90",
    "list, all, one sector": "danh sách, lọc một lĩnh vực",
    "list, all, due in three days": "danh sách, hẹn trả trong ba ngày",
    "search for a name": "tìm theo tên",
    "dossier page": "trang một hồ sơ của cán bộ",
    "counter": "quầy tiếp nhận",
    "report by agency, month": "báo cáo theo cơ quan, tháng",
    "report by agency, year": "báo cáo theo cơ quan, năm",
    "report of the late, year": "báo cáo trễ hạn, năm",
    "register, month": "sổ theo dõi, tháng",
}


def _growth(large: str) -> dict[str, str]:
    count = large.replace(",", ".")
    labels = {f"{name}, {large}": label for name, label in _PAGES.items()}
    labels |= {f"{name}, statements": label for name, label in _PAGES.items()}
    ratio = f"trang một hồ sơ của người dân qua HTTP, {count} so với 10.000 hồ sơ"
    return labels | {f"status page, {large} / status page, 10,000": ratio}


_WEB = {
    "status page": "trang một hồ sơ",
    "code page": "trang tra theo mã",
    "transparency": "trang minh bạch",
    "transparency, not changed": "trang minh bạch chưa đổi (If-None-Match)",
}
SECTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "web": (
        "Trang của người dân qua HTTP, 8 kết nối",
        _WEB
        | {f"{name}, p95": f"{label}: 95 % nhanh hơn" for name, label in _WEB.items()}
        | {
            "status page / bare view, one row": "trang một hồ sơ so với view trần đọc một dòng",
            "code page / bare view, one row": "trang tra theo mã so với view trần đọc một dòng",
            "status page / bare view, same reads": "trang một hồ sơ so với view trần đọc cùng dữ liệu",
            "transparency, not changed / bare view, one row": "trang chưa đổi so với view trần đọc một dòng",
            "transparency / status page": "trang minh bạch so với trang một hồ sơ",
            "status page, 34 provinces": "trang một hồ sơ, 34 tỉnh ngẫu nhiên",
            "status page, 34 provinces / one": "34 tỉnh so với một tỉnh",
            "web server, all processes, 34 provinces": "bộ nhớ của `web`, mọi tiến trình, 34 tỉnh",
            "PostgreSQL, 34 provinces": "bộ nhớ của PostgreSQL, 34 tỉnh",
        },
    ),
    "acts": (
        "Việc trên hồ sơ, trong một tiến trình, bật fsync",
        {
            "receive without a channel": "tiếp nhận, không kênh tin",
            "receive without a channel, statements": "tiếp nhận, không kênh tin",
            "receive with a channel, statements": "tiếp nhận, có kênh tin",
            "receive without a channel / raw writes": "tiếp nhận so với chỉ ghi các dòng ấy",
            "advance without a channel": "chuyển bước, không kênh tin",
            "advance without a channel, statements": "chuyển bước, không kênh tin",
            "advance with a channel, statements": "chuyển bước, có kênh tin",
            "advance without a channel / raw writes": "chuyển bước so với chỉ ghi các dòng ấy",
        },
    ),
    "growth": ("Tỉnh có 100.000 hồ sơ", _growth("100,000")),
    "growth-1m": ("Tỉnh có 1.000.000 hồ sơ", _growth("1,000,000")),
    "growth-3m": ("Tỉnh có 3.000.000 hồ sơ", _growth("3,000,000")),
    "soak": (
        "Hai mươi phút ở nửa sức máy",
        {
            "p95 of the others, evenly": "các tỉnh hỏi đều: 95 % nhanh hơn",
            "p95 of the others, in the flood": "một tỉnh chiếm chín phần mười: 95 % của các tỉnh khác nhanh hơn",
            "in the flood / evenly, p95": "so với lúc hỏi đều",
        },
    ),
    "statistics": (
        "Số liệu, 100.000 hồ sơ trong một năm",
        {
            "a year by agency": "một năm theo cơ quan",
            "a month by agency": "một tháng theo cơ quan",
            "snapshots of a month, all dimensions": "ghi số liệu của một tháng",
        },
    ),
    "messaging": (
        "Tin gửi",
        {
            "one lane": "một luồng, nhà cung cấp trả lời ngay",
            "ten slow lanes / limit": "mười luồng chậm so với giới hạn",
            "acts": "việc trên hồ sơ trong lúc đo",
            "from not_before to accepted, p95": "từ lúc được gửi đến lúc nhà cung cấp nhận: 95 % nhanh hơn",
        },
    ),
    "webhooks": (
        "Zalo gọi đến",
        {"callbacks posted": "lượt gọi", "answer, p99": "trả lời: 99 % nhanh hơn"},
    ),
    "schemas": (
        "Nâng cấp bảng của 34 tỉnh",
        {
            "an empty province on disk": "một tỉnh còn trống trên đĩa",
            "nothing to do": "`schemas migrate` khi không có gì để làm",
        },
    ),
    "onboarding": (
        "Tỉnh mới từ thư mục: 150 cơ quan, 500 cán bộ",
        {"first apply": "`province apply` lần đầu", "second apply": "lần sau, không đổi gì"},
    ),
}
SIZING = {
    "web": ("status page", "code page", "transparency", *list(SECTIONS["web"][1])[-2:]),
    "growth": ("citizen's status page, statements",),
    "schemas": ("an empty province on disk",),
}


def main() -> int:
    """0 when both pages were written, 1 when figures are missing."""
    found: dict[str, dict[str, Any]] = {}
    missing = []
    for name in SECTIONS:
        content = _full_run(name)
        if content:
            found[name] = content
        elif name not in ON_DEMAND:
            missing.append(name)
    if missing:
        sys.stderr.write(f"No full run: make bench ONLY={','.join(missing)}\n")
        return 1
    write(
        GUIDE / "do-luong.md", "\n\n".join(section(name, found[name]) for name in SECTIONS if name in found)
    )
    rows = [line for name, names in SIZING.items() for line in _rows(name, found[name], names)]
    write(GUIDE / "co-may.md", "\n".join(["| đo được | con số | đo bằng |", "|---|--:|---|", *rows]))
    return 0


def _full_run(name: str) -> dict[str, Any] | None:
    """What the last run left, if it was not shortened and has all that is written about."""
    try:
        content = figures.load(name)
    except FileNotFoundError:
        return None
    names = {one["name"] for one in content["figures"]}
    return content if content.get("complete") and names >= SECTIONS[name][1].keys() else None


def section(name: str, content: dict[str, Any]) -> str:
    """A benchmark's figures with the command that gives them."""
    title, labels = SECTIONS[name]
    machine = content["machine"]
    head = [
        f"## {title}",
        "",
        f"`make bench ONLY={name}`, {datetime.fromisoformat(content['measured_at']):%d/%m/%Y}, máy "
        f"{machine['cores']} nhân {machine['processor']}, Python {machine['python']}.",
        "",
        "| | đo được | mốc |",
        "|---|--:|---|",
    ]
    return "\n".join(head + _rows(name, content, labels, bound=True))


def write(page: Path, text: str) -> None:
    """Put the text between the marks of the page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def _rows(name: str, content: dict[str, Any], wanted: Any, *, bound: bool = False) -> list[str]:
    labels = SECTIONS[name][1]
    by_name = {one["name"]: one for one in content["figures"]}
    lines = []
    for one in wanted:
        figure = by_name[one]
        last = _bound(figure) if bound else f"`make bench ONLY={name}`"
        value = f"{_number(figure['value'])} {UNITS.get(figure['unit'], figure['unit'])}"
        lines.append(f"| {labels[one]} | {value} | {last} |")
    return lines


def _bound(figure: dict[str, Any]) -> str:
    if figure["bound"] is None:
        return ""
    sign = "≥" if figure["better"] == "more" else "≤"
    return f"{sign} {_number(figure['bound'])} · {'đạt' if figure['met'] else '**chưa đạt**'}"


def _number(value: float) -> str:
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"
    return text.translate(str.maketrans(",.", ".,"))


if __name__ == "__main__":
    sys.exit(main())
