"""`python -m bench.piece NAME`: one benchmark in this process, on a cluster of its own."""

import sys
from importlib import import_module

from bench import Stage, figures


def main(name: str) -> None:
    """Measure and save; `growth-3m` is `bench.growth` with that size."""
    _prepare()
    module, _dash, size = name.partition("-")
    figures.save(name, list(import_module(f"bench.{module}").measure(Stage(size))))


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
    main(sys.argv[1])
