"""Data that no one would write on purpose: every door answers with sentences, quickly, and repeats no secret."""

import time as clock_of_the_machine
from typing import Any

import pytest
import yaml

from dossiers.deadlines.rules.calendar import CalendarData
from dossiers.workflow.rules.shipped import default_workflow_data
from dossiers.workflow.rules.workflow import Workflow, WorkflowError
from messaging.channels.sms.channel import SmsChannel
from tenants.folder.manifest import read_manifest
from tenants.folder.readers.yaml_reader import Document
from tenants.validation import Schema, read
from tests.tenants.workshop import MANIFEST


def manifest_of(text: str) -> list[str]:
    document = Document("province.yaml", yaml.safe_load(text), {})
    return [problem.message for problem in read_manifest(document, "thu")[1]]


def test_a_key_that_ends_like_a_place_is_an_unknown_key() -> None:
    assert any("“foo]”" in text for text in manifest_of(MANIFEST.format(slug="thu") + '"foo]": 1\n'))
    with pytest.raises(WorkflowError):
        Workflow.from_data({"foo]": 1})
    assert SmsChannel().check_account({"foo]": 1}, {})


def test_a_host_given_twice_hides_no_other_fault() -> None:
    text = MANIFEST.format(slug="thu").replace("  - thu.localhost", "  - a.vn\n  - a.vn")
    told = manifest_of(text.replace("name: Tỉnh Ninh Bình\n", "", 1))
    assert any("thiếu mục “name”" in one for one in told)
    assert any("có hai lần" in one for one in told)


def test_many_faults_are_counted_once_each() -> None:
    rows: list[Any] = [{"source": []}] * 4_000
    began = clock_of_the_machine.process_time()
    with pytest.raises(WorkflowError):
        Workflow.from_data({**default_workflow_data(), "transitions": rows})
    assert clock_of_the_machine.process_time() - began < 5


def test_nothing_is_a_crash() -> None:
    for odd in (None, [], {"x]": {"y]": [1]}}, {"days_off": {"[key]": None}}, {5: {}}):
        assert read(CalendarData, odd) is not None


class Nullable(Schema):
    maybe: str | None = "sẵn"


def test_null_may_be_kept_where_it_says_something() -> None:
    assert [read(Nullable, {"maybe": None}, keep_null=kept)[0].maybe for kept in (True, False)] == [
        None,
        "sẵn",
    ]
