"""The workflows of a province as its folder would say them: read for a plan, written by an export."""

from collections import defaultdict
from typing import Any

from dossiers.models import WorkflowAssignment, WorkflowVersion
from procedures.models import Sector
from tenants.folder.folder import Folder
from tenants.folder.steps import State
from tenants.folder.writer import Draft


def state(folder: Folder) -> State:
    """Which version of each workflow is in force, and for what it holds."""
    found: dict[str, dict[str, str]] = {one.code: {"version": f"bản {one.number}"} for one in _newest()}
    for row in WorkflowAssignment.objects.order_by("scope", "key"):
        found[f"{row.scope} {row.key}"] = {"workflow": row.workflow_code}
    return found


def export(draft: Draft) -> None:
    """`workflow.yaml`, and a file for each workflow that holds for something, but for those of the portal."""
    from dossiers.province_folder.workflows import DEFAULT, DIRECTORY, HEADING, shipped

    claims = _claims()
    for one in _newest():
        if one.code == WorkflowVersion.DEFAULT_CODE:
            draft.document(DEFAULT, one.data, "Quy trình chung của tỉnh.")
            continue
        wanted = claims.get(one.code, {})
        own = [kind for kind, data in shipped().items() if data == one.data]
        if not wanted or wanted == {"kinds": own}:
            continue
        draft.document(
            f"{DIRECTORY}/{one.code}.yaml", {HEADING: wanted, **one.data}, "Quy trình riêng của tỉnh."
        )


def _newest() -> list[WorkflowVersion]:
    return list(WorkflowVersion.objects.order_by("code", "-number").distinct("code"))


def _claims() -> dict[str, dict[str, list[str]]]:
    """For what each workflow holds, as a file heads it."""
    from dossiers.province_folder.workflows import SCOPES

    lists = {scope: name for name, scope in SCOPES.items()}
    sectors = dict(Sector.objects.values_list("folded", "name"))
    found: dict[str, Any] = defaultdict(lambda: defaultdict(list))
    for row in WorkflowAssignment.objects.order_by("scope", "key"):
        key = sectors.get(row.key, row.key) if row.scope == WorkflowAssignment.Scope.SECTOR else row.key
        found[row.workflow_code][lists[row.scope]].append(key)
    return {code: dict(claimed) for code, claimed in found.items()}
