"""Data from outside read by pydantic models: every fault at once, each with its place and a Vietnamese sentence.

No Django here: the pure rules read their data in the same way. A fault keeps its message and the values of the
placeholders apart, so that it is translated where it is shown.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    Strict,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, PydanticKnownError, PydanticSerializationError, to_json

Path = tuple[str | int, ...]
"""Keys and list positions that lead to a value, the outermost first."""


def gettext_noop(message: str) -> str:
    """Mark a Vietnamese text for the catalogue of translations."""
    return message


def shown(value: object, limit: int = 60) -> str:
    """A value of unknown origin, cut and made harmless so that it can stand in a sentence."""
    try:
        text = str(value)
    except ValueError:  # an integer of more digits than Python is willing to print
        text = "…"
    text = "".join(character if character.isprintable() else "?" for character in text[: limit + 1])
    return text if len(text) <= limit else f"{text[:limit]}…"


def is_plain_text(text: str) -> bool:
    """False for text that a database or a page cannot hold: NUL, other controls, lone surrogates."""
    return re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", text) is None


def visible(text: str) -> str:
    """Without characters that have no shape: zero-width ones, and those that turn the reading direction."""
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the data: its path, the Vietnamese message and the values of its placeholders."""

    path: Path
    message: str
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The path as a reader writes it, such as `transitions[3].target`."""
        parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return "".join(parts).removeprefix(".")

    def below(self, path: Path) -> "Fault":
        """The same fault, of data that stand at a path of larger data."""
        return Fault((*path, *self.path), self.message, self.params)

    def __str__(self) -> str:
        text = self.message % self.params
        return f"{self.place}: {text}" if self.path else text


class Schema(BaseModel):
    """Base of the models of data from outside: no unknown key, and no silent change of type."""

    model_config = ConfigDict(extra="forbid", strict=True)


def fault(message: str, **params: object) -> PydanticCustomError:
    """What a validator raises: a Vietnamese message with named placeholders and their values."""
    return PydanticCustomError("fault", "fault", {"message": message, "params": params})


def fault_at(path: Iterable[str | int], message: str, **params: object) -> PydanticCustomError:
    """Like `fault`, at a place below the value that is validated."""
    return PydanticCustomError("fault", "fault", {"message": message, "params": params, "below": tuple(path)})


def read[Model: BaseModel](
    model: type[Model], data: object, *, keep_null: bool = False
) -> tuple[Model | None, list[Fault]]:
    """The data as a model, or None with every fault.

    A null counts as absent at a key of a model, since a key of YAML is easily left without a value; not so with
    `keep_null`, nor in a mapping of free keys. Takes anything that JSON or YAML can hold; raises nothing.
    """
    try:
        # As JSON, lists may become tuples while numbers and texts keep apart.
        plain = _without_null(data, [] if keep_null else [model])
        return model.model_validate_json(to_json(plain, fallback=str)), []
    except ValidationError as error:
        return None, faults_of(model, error, data)
    except (PydanticSerializationError, ValueError, RecursionError):
        return None, [Fault((), _UNREADABLE)]


def read_texts[Model: BaseModel](
    model: type[Model], texts: Mapping[str, str]
) -> tuple[Model | None, list[Fault]]:
    """Like `read`, of texts as the cells of a table hold them. A key whose text is empty counts as absent."""
    try:
        return model.model_validate_strings({key: text for key, text in texts.items() if text}), []
    except ValidationError as error:
        return None, faults_of(model, error, texts)


def faults_of(model: type[BaseModel], error: ValidationError, data: object) -> list[Fault]:
    """The faults of the data that pydantic found in it by a model."""
    errors = error.errors(include_url=False)
    around = {one["loc"][:length] for one in errors for length in range(len(one["loc"]))}
    # A list may only be too short because its values are faulty themselves.
    return [
        fault_of(model, one, data) for one in errors if one["type"] != "too_short" or one["loc"] not in around
    ]


def _without_null(data: Any, types: Iterable[Any]) -> Any:
    """The data without the nulls that count as absent; `types` are those that it may have."""
    kinds = [kind for one in types for kind in _kinds(one)]
    parts = [part for kind in kinds for part in get_args(kind)]
    if isinstance(data, list | tuple):
        return [_without_null(item, parts) for item in data]
    if not isinstance(data, Mapping):
        return data
    model = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
    if model is None:
        return {str(key): _without_null(value, parts) for key, value in data.items()}
    fields = {one.alias or name: list(_kinds(one.annotation)) for name, one in model.model_fields.items()}
    return {
        str(key): _without_null(value, fields.get(key, ()))
        for key, value in data.items()
        if value is not None or key not in fields
    }


def _kinds(annotation: Any) -> Iterator[Any]:
    """The types that a union or an annotated type is made of; of a model of one value, those of the value."""
    if get_origin(annotation) in (Annotated, Union, UnionType):
        for part in get_args(annotation):
            yield from _kinds(part)
    elif isinstance(annotation, type) and issubclass(annotation, RootModel):
        yield from _kinds(annotation.model_fields["root"].annotation)
    else:
        yield annotation


def read_rows[Model: BaseModel](model: type[Model], rows: object) -> tuple[dict[int, Model], list[Fault]]:
    """The sound rows of a list by their position, and the faults of the others."""
    if not isinstance(rows, list | tuple):
        return {}, [Fault((), gettext_noop("phải là danh sách."))]
    found: dict[int, Model] = {}
    faults: list[Fault] = []
    for number, row in enumerate(rows):
        one, wrong = read(model, row)
        if one is not None:
            found[number] = one
        faults += [bad.below((number,)) for bad in wrong]
    return found, faults


# --- Types of values


def shaped(pattern: str, message: str) -> AfterValidator:
    """Refuses a text that does not match the pattern as a whole; every placeholder of the message is the text."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise fault(message, **dict.fromkeys(_placeholders(message), shown(text)))
        return text

    return AfterValidator(check)


def _placeholders(message: str) -> list[str]:
    return re.findall(r"%\((\w+)\)", message)


def _day(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise fault(gettext_noop("“%(value)s” không phải ngày viết theo dạng 2026-11-24."), value=shown(value))


def _clock_time(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise fault(gettext_noop("“%(value)s” không phải giờ viết theo dạng 07:30."), value=shown(value))


def _plain_text(text: str) -> str:
    if not text.strip() or not text.isprintable():
        words = gettext_noop("“%(value)s” bị trống hoặc có ký tự không đọc được.")
        raise fault(words, value=shown(text))
    return text


def one_of(choices: Callable[[], Iterable[str]]) -> AfterValidator:
    """Like Literal, for words that are known only at run time."""

    def check(word: str) -> str:
        if word not in choices():
            raise PydanticKnownError("literal_error", {"expected": ", ".join(choices())})
        return word

    return AfterValidator(check)


Day = Annotated[date, BeforeValidator(_day), Strict(False)]
"""A day written 2026-11-24."""
ClockTime = Annotated[
    time,
    BeforeValidator(_clock_time),
    Strict(False),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]
"""A time of day written 07:30."""
PlainText = Annotated[str, AfterValidator(_plain_text), Field(json_schema_extra={"minLength": 1})]
"""One line of text with something to read in it."""


# --- Sentences

_UNREADABLE = gettext_noop("có giá trị không đọc được.")
_SENTENCES = {
    "string_type": gettext_noop("“%(key)s” phải là chữ."),
    "string_too_short": gettext_noop("“%(key)s” bị trống."),
    "string_too_long": gettext_noop("“%(key)s” dài quá %(max_length)s ký tự."),
    "string_pattern_mismatch": gettext_noop("“%(key)s” là “%(value)s”, không đúng dạng."),
    **dict.fromkeys(("bool_type", "bool_parsing"), gettext_noop("“%(key)s” phải là true hoặc false.")),
    **dict.fromkeys(
        ("int_type", "int_parsing", "int_from_float"), gettext_noop("“%(key)s” phải là số nguyên.")
    ),
    "float_type": gettext_noop("“%(key)s” phải là số."),
    "greater_than": gettext_noop("“%(key)s” phải lớn hơn %(gt)s."),
    "greater_than_equal": gettext_noop("“%(key)s” phải từ %(ge)s trở lên."),
    "less_than": gettext_noop("“%(key)s” phải nhỏ hơn %(lt)s."),
    "less_than_equal": gettext_noop("“%(key)s” không được quá %(le)s."),
    "too_short": gettext_noop("“%(key)s” phải là danh sách có ít nhất %(min_length)s mục."),
    "too_long": gettext_noop("“%(key)s” có quá %(max_length)s mục."),
    **dict.fromkeys(
        ("literal_error", "enum"), gettext_noop("“%(key)s” là “%(value)s”; phải là một trong: %(choices)s.")
    ),
    **dict.fromkeys(
        ("list_type", "tuple_type", "set_type", "frozen_set_type"),
        gettext_noop("“%(key)s” phải là danh sách."),
    ),
    "dict_type": gettext_noop("“%(key)s” phải là các mục “tên: giá trị”."),
    "model_type": gettext_noop("phải là các mục “tên: giá trị”."),
    "missing": gettext_noop("thiếu mục “%(key)s”."),
    "null": gettext_noop("mục “%(key)s” bị trống; giá trị bắt đầu bằng # phải đặt trong nháy kép."),
}


def fault_of(model: type[BaseModel], error: Any, data: object) -> Fault:
    """The fault of the data that an error of pydantic describes, for `read` and for settings of the environment."""
    path = _path_in(data, error["loc"])
    context = error.get("ctx", {})
    if error["type"] == "json_invalid":
        return Fault((), _UNREADABLE)
    if error["type"] == "fault":
        return Fault((*path, *context.get("below", ())), context["message"], context["params"])
    if error["type"] == "extra_forbidden":
        return unknown_key(path, keys_of(_model_at(model, path[:-1])))
    if error["type"] == "missing" and isinstance(path[-1], int):
        return Fault(path[:-1], gettext_noop("thiếu giá trị thứ %(number)d."), {"number": path[-1] + 1})
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
    if error["loc"][-1:] == ("[key]",) and choices:
        return unknown_key(path, choices.split(", "))
    params = {**context, "key": key, "value": shown(error["input"]), "choices": choices}
    # A limit of length on a text that was tidied first comes without its kind.
    kind = f"string_{error['type']}" if isinstance(error["input"], str) else error["type"]
    if error["type"] == "missing" and isinstance(error["input"], Mapping):
        kind = {None: "null", "": "string_too_short"}.get(_written(data, path), "missing")
    message = _SENTENCES.get(kind) or _SENTENCES.get(
        error["type"], gettext_noop("“%(key)s” là “%(value)s”, không đọc được.")
    )
    return Fault(path, message, {name: params[name] for name in _placeholders(message)})


def _path_in(data: Any, place: Path) -> Path:
    """The part of a place that leads through the data: pydantic puts names of its own validators between."""
    path: list[str | int] = []
    for number, part in enumerate(place):
        is_last = number == len(place) - 1
        if isinstance(data, Mapping) and part != "[key]":
            texts = {str(key): key for key in data}
            if part not in texts and not is_last:
                continue
            path.append(part)
            data = data.get(texts.get(str(part)))
        elif isinstance(data, list | tuple) and isinstance(part, int):
            path.append(part)
            data = data[part] if part < len(data) else None
    return tuple(path)


def _written(data: Any, path: Path) -> Any:
    """The value that is written at a path; the path itself where there is none."""
    try:
        for part in path:
            data = data[part]
        return data
    except (KeyError, TypeError):  # a key that is no text was read as one
        return path


def unknown_key(path: Path, known: Collection[str]) -> Fault:
    """The fault of a key that the data may not have; `path` ends in it."""
    key = str(path[-1])
    if near := get_close_matches(key, known, n=1):
        message = gettext_noop("không có mục “%(key)s”; có phải “%(near)s”?")
        return Fault(path, message, {"key": shown(key), "near": near[0]})
    message = gettext_noop("không có mục “%(key)s”; các mục là: %(known)s.")
    return Fault(path, message, {"key": shown(key), "known": ", ".join(known)})


def keys_of(model: type[BaseModel]) -> list[str]:
    """The keys that data of a model may have."""
    return [one.alias or name for name, one in model.model_fields.items()]


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel]:
    """The model of the value at a path below a model."""
    for part in path:
        if not isinstance(part, str):
            continue
        fields = {one.alias or name: one.annotation for name, one in model.model_fields.items()}
        if found := fields.get(part, fields.get("root")):
            model = next(_models_in(found), model)
    return model


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)
