"""Places where modules leave something for others to call, with the modules that do so: `python -m tests.hooks`.

A hook is a function or a `Registry` that keeps what it is given in its module, and is called while modules load.
One that a single module uses is a call in disguise. Settings that name code by its path stand apart: there the
value is the deployment's to choose.
"""

import ast
import re
import sys
from collections import defaultdict
from pathlib import Path

from django.conf import global_settings

ROOMS = ("portal", "dossiers", "messaging", "procedures", "tenants")
_KEEPS = frozenset({"add", "append", "extend", "insert", "register", "setdefault", "update"})
_OF_TENANTS = {"ROOT_URLCONF", "PUBLIC_SCHEMA_URLCONF", "TENANT_MODEL", "TENANT_DOMAIN_MODEL"}
_LOADING = re.compile(r"^(ready|register)\w*$")


def hooks() -> dict[str, set[Path]]:
    """The modules that call each hook while they load, by the hook's own module and name."""
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for room in ROOMS
        for path in sorted(Path(room).rglob("*.py"))
        if "migrations" not in path.parts
    }
    found: dict[str, set[Path]] = {}
    for path, tree in trees.items():
        for name in _keeping(tree):
            found[f"{'.'.join(path.with_suffix('').parts)}.{name}"] = set()
    by_name = defaultdict(list)
    for hook in found:
        by_name[hook.rpartition(".")[2]].append(hook)
    for path, tree in trees.items():
        imported = {
            part for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for part in _names(node)
        }
        for called in _called_while_loading(tree):
            for hook in by_name[called]:
                module, _, name = hook.rpartition(".")
                if {module, hook} & imported and ".".join(path.with_suffix("").parts) != module:
                    found[hook].add(path)
    return {hook: callers for hook, callers in found.items() if callers}


def settings_that_name_code() -> list[str]:
    """Settings beside those of Django and of django-tenants whose value is the dotted path of our code."""
    text = Path("portal/settings/__init__.py").read_text(encoding="utf-8")
    found = re.findall(rf'^([A-Z_]+) = "(?:{"|".join(ROOMS)})\.[\w.]+"$', text, re.M)
    return [name for name in found if not hasattr(global_settings, name) and name not in _OF_TENANTS]


def _names(node: ast.ImportFrom) -> list[str]:
    return [node.module or "", *(f"{node.module}.{one.name}" for one in node.names)]


def _keeping(tree: ast.Module) -> list[str]:
    kept = {
        target.id
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        for target in ast.walk(node)
        if isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store)
    }
    registries = [
        name
        for node in tree.body
        if isinstance(node, ast.Assign) and "Registry" in ast.unparse(node.value)
        for name in [ast.unparse(node.targets[0])]
    ]
    functions = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and any(_keeps(part, kept) for part in ast.walk(node))
    ]
    return registries + functions


def _keeps(node: ast.AST, kept: set[str]) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
            return name in kept and method in _KEEPS
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))]):
            return name in kept
    return False


def _called_while_loading(tree: ast.Module) -> set[str]:
    """Names called in the body of a module, or in a function that an app's `ready` calls for it."""
    bodies = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and _LOADING.match(node.name)
    ] + [node for node in tree.body if not isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    names = set()
    for body in bodies:
        for node in ast.walk(body):
            if isinstance(node, ast.Call):
                # `kinds.register(…)` calls the registry `kinds`; `wording.register(…)` the function `register`.
                names |= set(ast.unparse(node.func).split("."))
    return names


def main() -> None:
    """Print each hook with the number of modules that use it."""
    for hook, callers in sorted(hooks().items()):
        sys.stdout.write(f"{len(callers):3} {hook}\n")
    sys.stdout.write(f"Settings that name code: {', '.join(settings_that_name_code())}\n")


if __name__ == "__main__":
    main()
