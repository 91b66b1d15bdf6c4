"""The fields of a draft: names, help and kind of each, for the form, the table of differences and the workbook."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from procedures.catalogue.models import FeeKind
from tenants.text import StrOrPromise


class Kind(StrEnum):
    """How a value is typed: a line, a text, one thing a line, a number, a choice, yes or no."""

    LINE = "line"
    TEXT = "text"
    LINES = "lines"
    NUMBER = "number"
    CHOICE = "choice"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """One value; `wide` takes a row of its own."""

    name: str
    label: StrOrPromise
    help: StrOrPromise
    kind: Kind = Kind.LINE
    wide: bool = False
    required: bool = False
    choices: tuple[tuple[str, StrOrPromise], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A list of rows of the same fields. `one` is what a row is called."""

    name: str
    title: StrOrPromise
    one: StrOrPromise
    fields: tuple[Field, ...]


TEXTS = (
    Field("short_name", _("Tên gọn"), _("Tên người dân quen gọi, đứng đầu trang; nhiều nhất 90 ký tự."), required=True),
    Field("everyday", _("Tên thường gọi"), _("Chữ người dân hay gõ khi tìm, mỗi dòng một tên."), Kind.LINES),
    Field("summary", _("Tóm tắt"), _("Dành cho ai, làm việc gì, trong một hai câu."), Kind.TEXT),
    Field("when", _("Khi nào cần"), _("Lúc nào phải làm thủ tục này, mỗi dòng một ý ngắn."), Kind.LINES),
    Field("where", _("Nộp ở đâu"), _("Đến nơi nào, nói như chỉ đường cho người chưa biết."), Kind.TEXT),
    Field("filed_at", _("Nơi nộp, chữ ngắn"), _("Đọc tiếp sau “Thủ tục này”, ví dụ: nộp tại Công an xã; có chữ thì thay cho mục “Nộp ở đâu” ở đầu trang.")),
    Field("performer", _("Cơ quan thực hiện"), _("Tên chính thức của cơ quan thực hiện, mỗi dòng một cơ quan."), Kind.TEXT),
    Field("subjects", _("Đối tượng"), _("Những ai được làm, theo quyết định công bố."), Kind.TEXT),
    Field("result", _("Kết quả"), _("Người dân nhận được giấy gì, mỗi dòng một giấy."), Kind.TEXT),
    Field("conditions", _("Yêu cầu, điều kiện"), _("Điều phải có thì mới được giải quyết; không có thì để trống."), Kind.TEXT),
    Field("mistakes", _("Lỗi thường gặp"), _("Điều hay làm người dân phải đi lần hai, mỗi dòng một lỗi."), Kind.LINES),
)  # fmt: skip
ENGLISH = (
    Field("name", _("Tên tiếng Anh"), _("Tên mà người nước ngoài sẽ gõ để tìm; nhiều nhất 120 ký tự.")),
    Field("also", _("Từ tiếng Anh khác"), _("Tên tiếng Anh khác cũng dẫn đến đây, mỗi dòng một tên."), Kind.LINES),
    Field("summary", _("Tóm tắt tiếng Anh"), _("Một hai câu tiếng Anh đơn giản."), Kind.TEXT),
)  # fmt: skip
SOURCE = (
    Field("decision", _("Theo quyết định"), _("Số quyết định công bố mà nội dung này dựa vào.")),
    Field("date", _("Tháng của nguồn"), _("Viết năm-tháng, ví dụ 2026-07.")),
)
PAPERS = Part(
    "documents",
    _("Giấy tờ cần chuẩn bị"),
    _("Giấy tờ"),
    (
        Field("name", _("Tên giấy tờ"), _("Tên chính thức, đúng như trong quyết định."), Kind.TEXT, wide=True, required=True),
        Field("detail", _("Giải thích"), _("Lời dặn ngắn: xin ở đâu, khi nào không cần."), Kind.TEXT, wide=True),
        Field("case", _("Trường hợp"), _("Chỉ cần trong trường hợp nào; cần cho mọi người thì để trống.")),
        Field("form", _("Mẫu phải điền"), _("Tên và số của mẫu tờ khai, nếu giấy này là một mẫu.")),
        Field("originals", _("Bản chính"), _("Mấy bản chính; không rõ thì để trống."), Kind.NUMBER),
        Field("copies", _("Bản sao"), _("Mấy bản sao; không rõ thì để trống."), Kind.NUMBER),
        Field("english", _("Tên tiếng Anh"), _("Tên ngắn bằng tiếng Anh, nếu có.")),
        Field("optional", _("Không phải ai cũng cần"), _("Đánh dấu thì trang ghi thêm “nếu có”."), Kind.FLAG),
    ),
)  # fmt: skip
STEPS = Part(
    "steps",
    _("Các bước"),
    _("Bước"),
    (
        Field("name", _("Tên bước"), _("Hai ba chữ: nộp hồ sơ, kiểm tra, nhận kết quả.")),
        Field("detail", _("Làm gì"), _("Người dân làm gì, chờ gì ở bước này."), Kind.TEXT, wide=True),
    ),
)
FEES = Part(
    "fees",
    _("Phí, lệ phí"),
    _("Khoản thu"),
    (
        Field("kind", _("Loại"), _("Phí hay lệ phí, theo văn bản."), Kind.CHOICE,
              choices=(("", _("chưa phân biệt")), *FeeKind.choices)),
        Field("amount", _("Số tiền (đồng)"), _("Chỉ ghi số; miễn phí thì ghi 0; tính theo cách khác thì để trống."), Kind.NUMBER),
        Field("note", _("Ghi chú"), _("Thu cho việc gì, ai được miễn giảm, hoặc cách tính."), Kind.TEXT, wide=True),
        Field("online_note", _("Khi nộp trực tuyến"), _("Mức hoặc điều khác khi nộp trực tuyến.")),
    ),
)  # fmt: skip
LEGAL = Part(
    "legal_basis",
    _("Căn cứ pháp lý"),
    _("Văn bản"),
    (
        Field("name", _("Tên văn bản"), _("Tên luật, nghị định, thông tư."), wide=True, required=True),
        Field("number", _("Số, ký hiệu"), _("Ví dụ 60/2014/QH13.")),
    ),
)
PARTS = (PAPERS, STEPS, FEES, LEGAL)
GROUPS: tuple[tuple[str, StrOrPromise, tuple[Field, ...]], ...] = (
    ("", _("Lời giải thích"), TEXTS),
    ("english", _("Tiếng Anh"), ENGLISH),
    ("source", _("Nguồn"), SOURCE),
)
"""Values that stand alone: the key of the content under which they stand, a title, the fields."""


def under(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The values of a group of a content, by the group's key."""
    return content.get(key, {}) if key else content


def name_of(key: str, field: Field) -> str:
    """The name of a value of a group in the form."""
    return f"{key}_{field.name}" if key else field.name


def rows_of(content: Mapping[str, Any], part: Part) -> list[dict[str, Any]]:
    """The rows of a part as they are typed: papers with their English name, and “optional” for “required”."""
    rows = [dict(row) for row in content.get(part.name) or ()]
    if part is not PAPERS:
        return rows
    english = content.get("english", {}).get("documents") or [""] * len(rows)
    for row, name in zip(rows, english, strict=True):
        row.pop("rows", None)
        row["english"], row["optional"] = name, not row.pop("required", True)
    return rows


def put_rows(content: dict[str, Any], part: Part, rows: list[dict[str, Any]]) -> None:
    """Take rows as they were typed into a content; the opposite of :func:`rows_of`."""
    if part is PAPERS:
        names = [row.pop("english", "") for row in rows]
        for row in rows:
            row["required"] = not row.pop("optional", False)
        content.setdefault("english", {})["documents"] = names if any(names) else []
    content[part.name] = rows


def label_of(path: tuple[str | int, ...]) -> tuple[StrOrPromise, StrOrPromise | None]:
    """The title of the part or group to which a path of the content leads, and the label of the field."""
    for part in PARTS:
        if path[:1] == (part.name,):
            return part.title, next((one.label for one in part.fields if one.name == path[-1]), None)
    for key, title, fields in GROUPS:
        place = path[1:] if key and path[:1] == (key,) else path if not key else ()
        if place and (found := next((one for one in fields if one.name == place[0]), None)):
            return title, found.label
    return (_("Tiếng Anh"), _("tên của các giấy tờ")) if path[:1] == ("english",) else (_("Nội dung"), None)
