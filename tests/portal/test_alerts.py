"""The alert rules speak of metrics that exist, and each says what to do."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from prometheus_client.core import GaugeMetricFamily

from portal.monitoring import metrics as shown
from tenants.web import telemetry

FOLDER = Path(settings.BASE_DIR, "docs", "van-hanh")


def rules() -> list[dict[str, Any]]:
    written = yaml.safe_load((FOLDER / "canh-bao.yaml").read_text(encoding="utf-8"))
    return [rule for group in written["groups"] for rule in group["rules"]]


def known() -> set[str]:
    """Names under which something is shown, without the endings of histograms."""
    gauges = {
        family.name for family in shown._StateCollector().collect() if isinstance(family, GaugeMetricFamily)
    }
    return gauges | {
        f"{instrument._name}_total" if instrument._type == "counter" else instrument._name
        for instrument in telemetry.define().values()
    }


@pytest.fixture
def names(db: None) -> set[str]:
    return known()


def test_rules_ask_for_what_is_shown(names: set[str]) -> None:
    asked = {name for rule in rules() for name in re.findall(r"motcua_\w+", rule["expr"])}
    assert {re.sub(r"_(?:bucket|count)\Z", "", name) for name in asked} <= names


def test_two_web_servers_give_no_alert_twice() -> None:
    """Each shows the same; only what is put together over all of them is one series."""
    joined = re.compile(r"\b(?:max|min|sum|absent)(?: by \([^)]*\))? ?\((?:(?:rate|increase)\()?motcua_\w+")
    alone = {rule["alert"]: re.findall(r"motcua_\w+", joined.sub("", rule["expr"])) for rule in rules()}
    assert {alert: names for alert, names in alone.items() if names} == {}


def test_the_page_explains_every_number(names: set[str]) -> None:
    page = (FOLDER / "theo-doi.md").read_text(encoding="utf-8")
    assert [name for name in sorted(names) if name not in page] == []


def test_every_alert_leads_to_what_to_do() -> None:
    page = (FOLDER / "theo-doi.md").read_text(encoding="utf-8")
    headings = {heading.lower() for heading in re.findall(r"^### (\w+)$", page, re.MULTILINE)}
    assert [
        rule["alert"] for rule in rules() if rule["annotations"]["runbook"].split("#")[1] not in headings
    ] == []
