"""JSON Schemas of the files of a province's folder, so that editors complete and check while one types."""

import json
from pathlib import Path

from django.conf import settings
from pydantic import BaseModel

from tenants.folder.manifest import FILE, Manifest
from tenants.operations.onboarding import sections

DIRECTORY = ".schema"
"""Beside the folders of the provinces."""


def schemas() -> dict[str, type[BaseModel]]:
    """The model of each file that has one, by the name of the file, or of the directory of such files."""
    of_steps = {file: model for step in sections.STEPS for file, model in step.files.items() if model}
    return {FILE: Manifest, **of_steps}


def write_schemas() -> list[Path]:
    """Write the schemas into `PROVINCES_DIR/.schema`, over older ones; the paths written."""
    directory: Path = settings.PROVINCES_DIR / DIRECTORY
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for file, model in schemas().items():
        path = directory / _name(file)
        text = json.dumps(model.model_json_schema(), ensure_ascii=False, indent=2)
        path.write_text(f"{text}\n", encoding="utf-8")
        written.append(path)
    return written


def schema_line(file: str) -> str:
    """The comment by which an editor finds the schema of a file of the folder; "" where there is none."""
    directory, _slash, _rest = file.rpartition("/")
    known = next((name for name in (file, directory) if name in schemas()), "")
    up = "../" * (file.count("/") + 1)
    return f"# yaml-language-server: $schema={up}{DIRECTORY}/{_name(known)}\n" if known else ""


def _name(file: str) -> str:
    return f"{file.removesuffix('.yaml').replace('/', '-')}.json"
