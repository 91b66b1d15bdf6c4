"""Các tỉnh đã có và các thư mục chưa áp dụng."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from tenants.folder.folder import slugs_with_folder
from tenants.isolation import province_cache
from tenants.isolation.models import Province
from tenants.management.terminal import Terminal


def add_arguments(parser: ArgumentParser) -> None:
    """Takes nothing."""


def run(terminal: Terminal, **options: Any) -> None:
    known = {record.slug: record for record in province_cache.all_records()}
    for name in sorted({*known, *slugs_with_folder()}):
        record = known.get(name)
        if record is None:
            terminal.line(f"{name:<16} {_('có thư mục, chưa áp dụng')}")
        else:
            state = Province.State(record.state).label
            terminal.line(f"{name:<16} {record.agency_code:<5} {state:<15} {record.host:<30} {record.name}")
