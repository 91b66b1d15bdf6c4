"""THIRD_PARTY.md names every direct dependency at the version that is locked."""

import json
import re
import tomllib

import pytest

from portal.settings.environment import BASE_DIR

ROW = re.compile(r"^\| ([\w.-]+) \| ([\w.]+) \| ", re.MULTILINE)


def listed() -> dict[str, str]:
    return dict(ROW.findall((BASE_DIR / "THIRD_PARTY.md").read_text(encoding="utf-8")))


def python_packages() -> dict[str, str]:
    tables = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    project = tables["project"]
    chosen = {**project["optional-dependencies"], **tables["dependency-groups"]}
    wanted = [*project["dependencies"], *(line for extra in chosen.values() for line in extra)]
    locked = re.findall(
        r"^([\w.-]+)==([\w.]+)", (BASE_DIR / "requirements" / "dev.txt").read_text(), re.MULTILINE
    )
    versions = dict(locked)
    names = (re.split(r"[\[<>=~!; ]", line, maxsplit=1)[0].lower() for line in wanted)
    return {name: versions[name] for name in names}


def frontend_packages() -> dict[str, str]:
    return dict(json.loads((BASE_DIR / "frontend" / "package.json").read_text())["devDependencies"])


@pytest.mark.parametrize("needed", [python_packages, frontend_packages])
def test_direct_dependencies_are_listed_at_their_locked_version(needed) -> None:
    missing = needed().items() - listed().items()
    assert not missing


def test_nothing_is_listed_that_is_not_needed() -> None:
    extra = listed().keys() - python_packages().keys() - frontend_packages().keys() - {"package"}
    assert not extra
