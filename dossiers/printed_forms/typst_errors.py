"""What is wrong with a template, in Vietnamese: Typst speaks English, and names places of this machine."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossiers.printed_forms.typst_pool import TOO_LARGE, TOO_SLOW, TypesettingError

_KNOWN = (
    (rf"\A{TOO_SLOW}\Z", gettext_noop("mẫu dựng quá lâu; xem lại các vòng lặp.")),
    (rf"\A{TOO_LARGE}\Z", gettext_noop("mẫu dùng quá nhiều bộ nhớ.")),
    (r"file not found|escape the project root|failed to load|Too many open files", gettext_noop("mẫu không được đọc tệp.")),
    (r"package", gettext_noop("mẫu không được dùng gói trên mạng.")),
    (r"unknown variable: (?P<name>[\w.-]+)", gettext_noop("không có tên “%(name)s”.")),
    (r"dictionary does not contain key \"(?P<name>[^\"]+)\"", gettext_noop("không có dữ liệu “%(name)s” cho mẫu này.")),
    (r"unclosed (?:delimiter|string|raw text)", gettext_noop("có ngoặc hoặc nháy chưa đóng.")),
    (r"unexpected closing|unexpected", gettext_noop("có chữ hoặc dấu thừa: %(text)s.")),
    (r"expected", gettext_noop("viết chưa đúng: %(text)s.")),
    (r"missing argument: (?P<name>[\w-]+)", gettext_noop("thiếu “%(name)s” khi gọi hàm.")),
    (r"maximum (?:function call|show rule|layout) depth", gettext_noop("hàm gọi lại chính nó không dừng.")),
    (r"infinite|always true", gettext_noop("vòng lặp không dừng.")),
)  # fmt: skip


def sentence(error: TypesettingError) -> str:
    """One sentence for whoever wrote the template; what is not known stays in Typst's own words."""
    for pattern, words in _KNOWN:
        found = re.search(pattern, error.message)
        if found:
            name = found.groupdict().get("name") or ""
            return _(words) % {"name": name[:40], "text": _short(error)}
    return _("mẫu không dựng được: %(text)s.") % {"text": _short(error)}


def _short(error: TypesettingError) -> str:
    return error.message.split("(")[0].strip().rstrip(".")[:120]
