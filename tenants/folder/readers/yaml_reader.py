"""YAML files with line numbers, so that a fault can be shown where it stands.

Only `true`, `false`, whole numbers and parts of one (0.25) are anything but text. YAML's own rules would
read the closing time 11:30 as 690, the answer `no` as false, a date as an object, and the procedure code
1.012810 as a number that has lost its last digit.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from tenants.folder.problems import Refused, ValidationProblem, refuse
from tenants.folder.readers.text_reader import read_text
from tenants.text import DAMAGED, damage_in
from tenants.validation import shown

MAX_BYTES = 512 * 1024
MAX_DEPTH = 30

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A YAML file as dictionaries, lists, text, numbers, booleans and None. Treat as read-only."""

    file: str
    data: Any
    lines: dict[Place, int]
    columns: dict[Place, int] = field(default_factory=dict)

    def at(self, path: Place) -> Any:
        """The value at a path; None where there is none."""
        value = self.data
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def problem(self, text: str, *path: str | int, blocks: bool = True) -> ValidationProblem:
        """A problem at the value of this path, or at the nearest thing around it when there is none."""
        while path and path not in self.lines:
            path = path[:-1]
        return ValidationProblem(self.file, self.lines.get(path, 1), text, blocks, self.columns.get(path, 0))


def read_document(path: Path, name: str = "") -> Document:
    """Read a YAML file. Raises Refused with the line for anything that is not plain, unambiguous YAML:

    bad syntax, a key given twice, anchors and aliases, tags, too deep nesting, an empty file. `name`: as in `read_text`.
    """
    document, problems = document_to_check(path, name)
    if problems:
        raise Refused(problems)
    return document


def document_to_check(path: Path, name: str = "") -> tuple[Document, list[ValidationProblem]]:
    """The same as far as it can be read, and each key that is given twice or letter that is damaged.

    Raises Refused where nothing can be read.
    """
    name = name or path.name
    return parse(read_text(path, name, max_bytes=MAX_BYTES), name)


def parse(text: str, name: str) -> tuple[Document, list[ValidationProblem]]:
    """`document_to_check` of a text that is no file; `name` stands in its problems."""
    try:
        root = yaml.compose(text, Loader=_PlainLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise Refused([ValidationProblem(name, line, _sentence(error), column=column)]) from error
    except yaml.YAMLError as error:
        raise refuse(name, 0, _("không phải YAML đọc được.")) from error
    if root is None:
        raise refuse(name, 0, _("tệp trống."))
    reading = _Reading(name)
    return Document(name, reading.value(root, ()), reading.lines, reading.columns), reading.problems


class _NotPlain(yaml.MarkedYAMLError):
    """Valid YAML that a folder has no use for; `problem` is a Vietnamese sentence."""


class _PlainLoader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}
    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()
        # A few aliases of aliases fill the memory; a deep nesting ends the interpreter's stack.
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _NotPlain(problem=_("không dùng & và * của YAML ở đây."), problem_mark=event.start_mark)
        if getattr(event, "tag", None):
            raise _NotPlain(problem=_("không dùng thẻ ! của YAML ở đây."), problem_mark=event.start_mark)
        if self.depth >= MAX_DEPTH:
            raise _NotPlain(problem=_("lồng nhau quá nhiều tầng."), problem_mark=event.start_mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"\A(?:true|false)\Z"), list("tf"))
_PlainLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"\A(?:0|-?[1-9][0-9]{0,14})\Z"), list("-0123456789")
)
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"\A0\.[0-9]{1,9}\Z"), ["0"])
_PlainLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"\A(?:~|null|)\Z"), ["~", "n", ""])


class _Reading:
    """Turns nodes into plain data and notes the line of each."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.columns: dict[Place, int] = {}
        self.problems: list[ValidationProblem] = []

    def value(self, node: Node, path: Place) -> Any:
        line = node.start_mark.line + 1
        self.lines[path] = line
        self.columns[path] = node.start_mark.column + 1
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, number)) for number, item in enumerate(node.value)]
        match node.tag.removeprefix("tag:yaml.org,2002:"):
            case "bool":
                return node.value == "true"
            case "int":
                return int(node.value)
            case "float":
                return float(node.value)
            case "null":
                return None
        # "\0" and "\ud800" can be written out in a quoted text of an undamaged file.
        if damage := damage_in(node.value):
            self.problems.append(ValidationProblem(self.file, line, damage))
            return DAMAGED.sub("?", node.value)
        return node.value

    def _mapping(self, node: MappingNode, path: Place) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key, item in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, ScalarNode) or damage_in(key.value):
                self.problems.append(ValidationProblem(self.file, line, _("tên mục phải là chữ.")))
            elif key.value in mapping:
                first = self.lines[(*path, key.value)]
                text = _("mục “%(key)s” đã có ở dòng %(line)d.") % {"key": shown(key.value), "line": first}
                self.problems.append(ValidationProblem(self.file, line, text))
            else:
                mapping[key.value] = self.value(item, (*path, key.value))
                self.lines[(*path, key.value)] = line
                self.columns[(*path, key.value)] = key.start_mark.column + 1
        return mapping


def _sentence(error: yaml.MarkedYAMLError) -> str:
    if isinstance(error, _NotPlain):
        return str(error.problem)
    if error.problem and "\\t" in error.problem:
        return _("có phím Tab ở đầu dòng; YAML chỉ nhận dấu cách.")
    return _(
        "không phải YAML đọc được; xem lại dấu cách đầu dòng, dấu hai chấm và dấu nháy ở dòng này và dòng trên."
    )
