"""The simulators stand alone: they can be installed without the portal."""

import ast
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]


def test_the_simulators_import_the_standard_library_and_themselves_alone() -> None:
    files = [path for path in FOLDER.rglob("*.py") if path.parent != Path(__file__).parent]
    assert len(files) > 30
    imported = {
        name
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    strangers = {
        name
        for name in imported
        if name.partition(".")[0] not in sys.stdlib_module_names and not name.startswith("tests.simulators")
    }
    assert strangers == set()
