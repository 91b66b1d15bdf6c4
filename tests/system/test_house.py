"""The house stands as it was drawn: rooms, order of apps, names, sizes, and what the tree may say."""

import ast
import pkgutil
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps
from django.db.models import Model
from django.utils import translation
from django.utils.text import camel_case_to_spaces

from portal.api import schema
from portal.celery import app
from tests import hooks, mutants
from tests.system.tree import ROOMS, ROOT, files, text

MOST_LINES = 600
# Beside its __init__.py fifteen.
MOST_FILES = 16
NAMELESS = re.compile(r"\A(?:utils?|helpers?|common|misc|tools|lib)\Z")
# Words that name a person where a thing acts.
PRIVATE_WORDS = frozenset({"told", "untold", "nobody", "somebody", "whoever", "he", "him"})
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
HOUSE = Path("docs/phat-trien/kien-truc.md")
MOST_TERMS = 60
# Written so that no pattern matches itself.
MACHINE_PATH = re.compile(r"(?<![\w.~$}>)-])/(?:work|root|home|Users|mnt|tmp|var/tmp)/[\w.-]")
REGISTRY = re.compile(
    r"registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org|pythonhosted\.org|proxy\.golang\.org"
    r"|--(?:extra-)?index-url\s*[=\s]\s*\S|\"resolved\"\s*:"
)
MARK_OF_A_MERGE = re.compile(r"^(?:<{7}|>{7}|\|{7}) ")
# Paths inside an image are the image's own.
IMAGES = "docker"


def order() -> list[str]:
    """The apps as `pyproject.toml` orders them, lowest first."""
    contracts = tomllib.loads(text(Path("pyproject.toml")))["tool"]["importlinter"]["contracts"]
    return list(reversed(contracts[0]["layers"]))[1:]


def app_of(model: type[Model]) -> str:
    """The app in whose folder a model stands; "" for those of Django and others."""
    parts = model.__module__.split(".")
    return ".".join(parts[:2]) if parts[0] in ROOMS else ""


def models_of_rooms() -> list[type[Model]]:
    return [model for model in apps.get_models() if app_of(model)]


def relations() -> Iterator[tuple[str, str, str]]:
    """(app, field, app pointed at) of all foreign keys, one-to-ones and many-to-manys of the rooms."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields(include_hidden=True):
            target = getattr(field, "related_model", None)
            if not field.auto_created and field.is_relation and target and app_of(model):
                yield app_of(model), f"{model._meta.label}.{field.name}", app_of(target)


def test_imports_only_go_down(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from importlinter.cli import lint_imports

    monkeypatch.chdir(ROOT)
    broken = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert not broken, capsys.readouterr().out


def test_no_foreign_key_points_up() -> None:
    found, ranks = list(relations()), {app: rank for rank, app in enumerate(order())}
    # Django lets each app name the model of users without knowing it (`AUTH_USER_MODEL`).
    up = [one for one in found if one[2] not in ("", "tenants.accounts") and ranks[one[2]] > ranks[one[0]]]
    assert up == []
    assert ("dossiers.lifecycle", "dossiers.Dossier.procedure", "procedures.catalogue") in found


def test_each_folder_of_a_room_is_an_app_with_its_place_in_the_order() -> None:
    folders = {".".join(folder.parts) for folder in sentences() if len(folder.parts) == 2}
    assert {one for one in folders if not one.startswith("portal.")} == set(order()) - {"portal"}
    assert {config.name for config in apps.get_app_configs()} >= set(order()) - {"portal"}


@pytest.mark.parametrize("model", models_of_rooms(), ids=lambda model: model._meta.label)
def test_a_table_has_a_vietnamese_name(model: type[Model]) -> None:
    with translation.override("vi"):
        names = [str(model._meta.verbose_name), str(model._meta.verbose_name_plural)]
    assert camel_case_to_spaces(model.__name__) not in names
    assert not any(name.isascii() for name in names), names


def test_no_file_is_named_after_nothing() -> None:
    named = files(*(f"{room}/*" for room in ROOMS))
    assert [
        str(path) for path in named if any(NAMELESS.match(part) for part in (*path.parts[:-1], path.stem))
    ] == []
    assert len(named) > 100


def identifiers(path: Path) -> Iterator[tuple[int, str]]:
    """Line and name of the functions, classes, arguments, variables and attributes of a file."""
    for node in ast.walk(ast.parse(text(path))):
        for kind in ("name", "asname", "id", "arg", "attr"):
            if isinstance(name := getattr(node, kind, None), str):
                yield getattr(node, "lineno", 0), name


def test_names_are_words_of_the_field() -> None:
    sources = [path for path in files(*(f"{room}/*.py" for room in ROOMS)) if "migrations" not in path.parts]
    found = [
        f"{path}:{line}: {name}"
        for path in sources
        for line, name in identifiers(path)
        if not PRIVATE_WORDS.isdisjoint(map(str.lower, WORDS.findall(name)))
    ]
    assert found == []
    assert len(sources) > 100


def test_the_glossary_is_short() -> None:
    section = text(HOUSE).partition("\n## Glossary\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")][2:]
    assert [row for row in rows if len(row) != 3 or not all(map(str.strip, row))] == []
    assert 0 < len(rows) <= MOST_TERMS
    assert len({row[1] for row in rows}) == len(rows), "a term stands there twice"


def test_the_index_names_every_page() -> None:
    index = "".join(
        text(path) for path in (Path("docs/README.md"), *files("docs/*/README.md", "docs/*/*/README.md"))
    )
    pages = [path for path in files("docs/*.md") if path.name != "README.md"]
    assert [str(path) for path in pages if f"{path.name})" not in index] == []


def test_the_page_of_the_house_names_what_exists() -> None:
    places = set(re.findall(rf"`((?:{'|'.join(ROOMS)}|tests|bench|provinces)/[\w./]*)`", text(HOUSE)))
    assert len(places) > 100
    assert sorted(place for place in places if not (ROOT / place).exists()) == []


@pytest.mark.parametrize("page", ["kenh-moi.md", "kenh-moi.en.md"])
def test_the_page_on_channels_names_what_exists(page: str) -> None:
    names = set(re.findall(r"\bmessaging(?:\.\w+)+", text(HOUSE.with_name(page))))
    assert names
    for name in names:
        pkgutil.resolve_name(name)


def test_without_a_key_the_api_only_reads() -> None:
    """But for the systems of a province, as both READMEs say; the look-up sends its code in a body, so that no log
    holds it."""
    called = {
        (method, operation["operationId"])
        for methods in schema("vi")["paths"].values()
        for method, operation in methods.items()
        if not operation.get("security")
    }
    assert {name for method, name in called if method != "get"} == {"lookup"}


def sentences() -> dict[Path, str]:
    """Each folder of code in the rooms with the first line of its docstring."""
    found = {}
    for path in files(*(f"{room}/**/__init__.py" for room in ROOMS)):
        if "migrations" not in path.parts:
            found[path.parent] = (ast.get_docstring(ast.parse(text(path))) or "").partition("\n")[0]
    return found


def test_a_folder_says_what_it_holds_and_holds_little() -> None:
    folders = sentences()
    assert [str(folder) for folder, sentence in folders.items() if not sentence.endswith(".")] == []
    crowded = {str(folder): len(list((ROOT / folder).glob("*.py"))) for folder in folders}
    assert {folder: count for folder, count in crowded.items() if count > MOST_FILES} == {}


def test_the_page_of_the_house_lists_each_folder_once() -> None:
    section = text(HOUSE).partition("\n## Folders\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    expected = [
        f"| `{folder}/` | {sentence} |"
        for folder, sentence in sentences().items()
        if len(folder.parts) == 2 and folder.parts[0] != "portal"
    ]
    assert sorted(rows) == sorted(expected)


def test_the_questions_of_newcomers_lead_to_files_that_exist() -> None:
    """`finding.tsv` is put to people who see the listing, the README and the page of the house alone."""
    asked = [line.split("\t") for line in text(Path("tests/system/finding.tsv")).splitlines()[1:]]
    assert [file for *_question, file in asked if not (ROOT / file).is_file()] == []
    assert len(asked) == 32


def test_an_app_with_tables_is_named_for_its_readers() -> None:
    """The staff's first page heads each group of tables with it."""
    ours = [one for one in apps.get_app_configs() if one.name.startswith(ROOMS) and one.models]
    assert [one.label for one in ours if one.verbose_name == one.label.title()] == []


def test_no_hook_has_a_single_caller() -> None:
    """`python -m tests.hooks` prints them all."""
    # Channels are registered in a loop, those that the settings name.
    single = {hook for hook, callers in hooks.hooks().items() if len(callers) == 1}
    assert single - {"messaging.channels.base.registry"} == set()
    assert len(hooks.settings_that_name_code()) <= 7


def test_an_app_keeps_its_budget_of_lines() -> None:
    """`sizes.tsv`: raising a number wants its reason there. One far above what the app needs is lowered."""
    lengths: Counter[str] = Counter()
    for path in files(*(f"{room}/*.py" for room in ROOMS)):
        if "migrations" not in path.parts:
            app = "portal" if path.parts[0] == "portal" else "/".join(path.parts[:-1][:2])
            lengths[app] += len(text(path).splitlines())
    rows = [line.split("\t") for line in text(Path("tests/system/sizes.tsv")).splitlines()[1:]]
    most = {app: int(number) for app, number, _why in rows}
    assert set(most) == set(lengths)
    assert {app: length for app, length in lengths.items() if length > most[app]} == {}
    assert {app: number for app, number in most.items() if number > 1.05 * lengths[app] + 50} == {}


def test_a_file_holds_one_idea() -> None:
    lengths = {path: text(path).count("\n") for path in files("*.py") if "migrations" not in path.parts}
    assert {str(path): lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


@pytest.mark.parametrize(
    "pattern", [MACHINE_PATH, REGISTRY, MARK_OF_A_MERGE], ids=["machine", "registry", "merge"]
)
def test_the_tree_names_no_machine_and_no_registry_and_bears_no_mark_of_a_merge(
    pattern: re.Pattern[str],
) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:120]}"
        for path in files()
        if pattern is REGISTRY or path.parts[0] != IMAGES
        for number, line in enumerate(text(path).splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_a_lock_of_python_packages_names_no_address() -> None:
    locks = files("requirements/*.txt")
    assert locks
    assert [str(path) for path in locks if "://" in text(path)] == []


def test_every_name_of_a_task_is_one() -> None:
    """Those of the schedule, of the routes, and those by which a lower app wakes a task of a higher one."""
    app.loader.import_default_modules()
    sources = [text(path) for path in files(*(f"{room}/*.py" for room in ROOMS))]
    named = {name for source in sources for name in re.findall(r'"((?:\w+\.)+tasks\.(?:\w+|\*))"', source)}
    assert {name for name in named if not any(fnmatch(one, name) for one in app.tasks)} == set()
    schedule = app.conf.beat_schedule
    assert {entry["task"] for entry in schedule.values()} < named
    assert current_app.main == app.main
    # Beat knows the names alone: what a task itself says of its queue would be lost.
    asked = [app.tasks[entry["task"]] for entry in schedule.values()]
    assert not [one for one in asked if hasattr(one, "queue") or hasattr(one, "routing_key")]


def test_seeded_faults_have_their_places_and_their_tests() -> None:
    assert mutants.complaints() == []
