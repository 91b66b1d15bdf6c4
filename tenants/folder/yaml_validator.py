"""Taking values out of a YAML document by name, collecting every fault instead of stopping at the first."""

from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from tenants.folder.problems import Problem
from tenants.folder.yaml_reader import Document, shown
from tenants.text import tidy


class Section:
    """A mapping of a document. Each question reports its own fault and answers with something harmless.

    Ask `refuse_unknown()` last: keys that nobody asked for are faults, since a misspelt key would
    otherwise be ignored in silence.
    """

    def __init__(
        self, document: Document, problems: list[Problem], path: tuple[str | int, ...] = (), data: Any = None
    ) -> None:
        self.document = document
        self.problems = problems
        self.path = path
        self._asked: set[str] = set()
        value = document.data if not path else data
        self._readable = isinstance(value, dict)
        self._data: dict[str, Any] = value if self._readable else {}
        if not self._readable:
            self.report(_("phải là các mục “tên: giá trị”."))

    def report(self, text: str, *path: str | int, blocks: bool = True) -> None:
        """Note a fault at a value of this section."""
        self.problems.append(self.document.problem(text, *self.path, *path, blocks=blocks))

    def text(self, key: str, *, most: int, required: bool = True) -> str:
        """One line of text of at most `most` characters; "" when absent or faulty."""
        value = self._take(key, required)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int):
            self.report(_("“%(key)s” phải là chữ.") % {"key": key}, key)
            return ""
        return self._fitting(key, tidy(str(value)), most, required, key)

    def texts(self, key: str, *, most: int) -> list[str]:
        """A list of lines of text; [] when absent."""
        found = []
        for number, value in enumerate(self._items(key)):
            if isinstance(value, str):
                found.append(self._fitting(key, tidy(value), most, True, key, number))
            else:
                self.report(_("“%(key)s” phải là danh sách chữ.") % {"key": key}, key, number)
        return [text for text in found if text]

    def flag(self, key: str, *, default: bool) -> bool:
        """`true` or `false`; the default when absent or faulty."""
        value = self._take(key, required=False)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.report(_("“%(key)s” phải là true hoặc false.") % {"key": key}, key)
            return default
        return value

    def choice(self, key: str, choices: Collection[str], *, default: str) -> str:
        """One of the choices; the default when absent or faulty."""
        value = self._take(key, required=False)
        if value is None:
            return default
        if value not in choices:
            names = {"key": key, "value": shown(value), "choices": ", ".join(choices)}
            self.report(_("“%(key)s” là “%(value)s”; phải là một trong: %(choices)s.") % names, key)
            return default
        return str(value)

    def sections(self, key: str) -> list["Section"]:
        """A list of mappings; [] when absent."""
        return [
            Section(self.document, self.problems, (*self.path, key, number), value)
            for number, value in enumerate(self._items(key))
        ]

    def section(self, key: str) -> "Section | None":
        """A mapping; None when absent."""
        value = self._take(key, required=False)
        return None if value is None else Section(self.document, self.problems, (*self.path, key), value)

    def mapping(self, key: str) -> dict[str, Any]:
        """A mapping as it stands, for whoever knows what may be in it; {} when absent."""
        value = self._take(key, required=False)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.report(_("“%(key)s” phải là các mục “tên: giá trị”.") % {"key": key}, key)
            return {}
        return value

    def refuse_unknown(self) -> None:
        """Report the keys that nobody asked for."""
        for key in self._data:
            if key not in self._asked:
                known = ", ".join(sorted(self._asked))
                self.report(
                    _("không có mục “%(key)s”; các mục là: %(known)s.") % {"key": shown(key), "known": known},
                    key,
                )

    def _take(self, key: str, required: bool) -> Any:
        self._asked.add(key)
        value = self._data.get(key)
        if value is None and required and self._readable:
            text = (
                _("mục “%(key)s” bị trống; giá trị bắt đầu bằng # phải đặt trong nháy kép.")
                if key in self._data
                else _("thiếu mục “%(key)s”.")
            )
            self.report(text % {"key": key}, key)
        return value

    def _items(self, key: str) -> list[Any]:
        value = self._take(key, required=False)
        if value is None:
            return []
        if not isinstance(value, list):
            self.report(_("“%(key)s” phải là danh sách.") % {"key": key}, key)
            return []
        return value

    def _fitting(self, key: str, text: str, most: int, required: bool, *path: str | int) -> str:
        if len(text) > most:
            self.report(_("“%(key)s” dài quá %(most)d ký tự.") % {"key": key, "most": most}, *path)
            return ""
        if required and not text:
            self.report(_("“%(key)s” bị trống.") % {"key": key}, *path)
        return text
