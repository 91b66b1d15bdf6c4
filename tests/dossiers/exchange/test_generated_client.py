"""A client made from the committed schema lives a dossier's life: what the schema says is enough to call the API."""

import importlib
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tenants.audit import sealer
from tests.dossiers.exchange.conftest import Machine, intake
from tests.dossiers.lifecycle.files import samples
from tests.factories import Office
from tests.one_connection import one_connection, served

pytestmark = pytest.mark.deep
SCHEMA = Path(settings.BASE_DIR) / "docs" / "tich-hop" / "openapi.json"
NAME = "generated_client"


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the package of the client. Only the bytes of a file that is read are left out of it."""
    folder = tmp_path_factory.mktemp("generated")
    made = subprocess.run(
        [Path(sys.executable).with_name("openapi-python-client"), "generate", "--meta", "none", "--path", SCHEMA,
         "--output-path", folder / NAME],
        capture_output=True, text=True, timeout=60, check=True, env={"PATH": str(Path(sys.executable).parent)},
    )  # fmt: skip
    assert [line for line in (made.stdout + made.stderr).splitlines() if line.startswith("WARNING")] == [
        "WARNING parsing GET /api/v1/dossiers/{code}/files/{attachment_id}/ within dossiers."
    ]
    return folder


@pytest.fixture
def package(generated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """`package("api.dossiers.move")`: a module of the client."""
    monkeypatch.syspath_prepend(generated)
    yield lambda name: importlib.import_module(f"{NAME}.{name}")
    for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
        del sys.modules[name]


def test_a_generated_client_takes_a_dossier_to_its_result(
    office: Office, machine: Machine, package: Any
) -> None:
    models, api = package("models"), lambda name: package(f"api.{name}")
    with one_connection() as door, served(door) as address, package("client").AuthenticatedClient(
        base_url=address, token=machine.key
    ) as client:  # fmt: skip
        body = models.ReceiveInput.from_dict(intake(office))
        got = [
            api("dossiers.receive").sync(client=client, body=body, idempotency_key="phieu-0001") for _ in "ab"
        ]
        assert (got[0], got[0].event) == (got[1], 1)
        code = got[0].code

        def move(step: str, etag: str, **given: Any) -> Any:
            asked = models.MoveInput.from_dict({"transition": step, **given})
            return api("dossiers.move").sync(
                code, client=client, body=asked, if_match=etag, idempotency_key=f"phieu-{step}"
            )

        for step, given in (
            ("forward", {"assignee": machine.user.username}),
            ("finish", {}),
            ("return", {"handover": {"way": "counter", "taken_by": "Nguyễn Thị Minh Họa", "identified": True, "result": "12/2026"}}),
        ):  # fmt: skip
            read = api("dossiers.dossier").sync_detailed(code, client=client)
            assert step in [one.code for one in read.parsed.transitions]
            moved = move(step, read.headers["ETag"], **given)
            assert isinstance(moved, models.DossierState), moved
            assert move(step, '"1"' if step != "forward" else '"9"', **given).type_.endswith("#key-used")
            if step == "finish":
                stale = api("dossiers.move").sync(
                    code,
                    client=client,
                    body=models.MoveInput.from_dict({"transition": "return"}),
                    if_match='"1"',
                )
                assert (stale.status, stale.type_) == (412, "/api/v1/docs/#precondition-failed")
                file = package("types").File(
                    io.BytesIO(samples.png()), file_name="ket-qua.png", mime_type="image/png"
                )
                kept = api("dossiers.attach").sync(
                    code, client=client, body=models.FileInput(file=file, kind=models.FileInputKind.RESULT)
                )
                assert isinstance(kept, models.DossierFile), kept
                assert [one.id for one in api("dossiers.files").sync(code, client=client).files] == [kept.id]
        assert (moved.status, moved.step) == (10, "returned")
        sealer.seal("daklak")
        page = api("events.events").sync(client=client, after=0)
        assert [one.type_.removeprefix("dossier.") for one in page.events] == [
            "receive",
            "forward",
            "finish",
            "attach",
            "return",
        ]
        assert page.events[0].subject == code
        looked = api("lookup.lookup").sync(
            client=package("client").Client(base_url=address),
            body=models.LookupInput(code=code, key=got[0].lookup_key),
        )
        assert looked.status.number == 10
        assert door.faults == []
