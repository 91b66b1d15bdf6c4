"""`python -m bench [NAME …]`: run benchmarks, all by default, and say whether every bound was met."""

import sys
from importlib import import_module
from pathlib import Path

FRAME = {"__init__", "__main__", "figures", "stage"}


def main(asked: list[str]) -> int:
    """0 when all bounds were met, 1 when one was missed, 2 for an unknown name."""
    known = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in FRAME)
    names = [name for part in asked for name in part.replace(",", " ").split()] or known
    if unknown := sorted(set(names) - set(known)):
        sys.stderr.write(f"No benchmark {', '.join(unknown)}. Known: {', '.join(known)}.\n")
        return 2
    _prepare()

    from bench import Stage, figures

    measured = []
    for name in names:
        sys.stderr.write(f"{name}\n")
        found = list(import_module(f"bench.{name}").measure(Stage()))
        figures.save(name, found)
        measured += [(name, figure) for figure in found]
    sys.stdout.write(figures.table(measured) + "\n")
    return 0 if all(figure.met for _, figure in measured) else 1


def _prepare() -> None:
    """Start the cluster, set Django up on it and make the tables that all provinces share."""
    import django

    import tests.cluster  # noqa: F401 – starts the cluster, and removes it when this process ends

    django.setup()

    from django.core.management import call_command

    from tests.provinces import as_owner

    with as_owner():
        call_command("migrate_schemas", shared=True, verbosity=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
