"""What Kustomize builds for a cluster: valid, nothing more than needed, and each command line runs on empty servers.

No cluster is needed: the image is a copy of its files, and each container's command and probes run there with the
environment that the manifests give to them.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml

from portal.settings import environment
from tests.system import test_first_start as first_start
from tests.system.composing import Machine, dockerfile, services
from tests.system.test_first_start import Running, empty_database, free_port, get
from tests.system.tree import ROOT

pytestmark = [pytest.mark.deep, pytest.mark.committed]
machine = first_start.machine

KUBERNETES = ROOT / "deploy" / "kubernetes"
OVERLAYS = sorted(path.name for path in (KUBERNETES / "overlays").iterdir())
VERSIONS = ("1.32", "1.37")
OWNERS = {"migrate", "manage", "backup"}
# Settings of other programs than ours.
FOREIGN = {"TMPDIR"}
FIRST = {"app.kubernetes.io/component": "migrate"}
SECRETS = {
    "portal": (
        "database_url", "redis_url", "secret_key", "field_keys", "index_keys", "s3_access_key", "s3_secret_key",
    ),
    "owner": ("database_owner_url", "backup_keys"),
}  # fmt: skip
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


@dataclass(frozen=True)
class Pod:
    """One kind of process: the template of its pod, with the plain values of its ConfigMaps in place."""

    name: str
    replicas: int
    spec: dict[str, Any]
    labels: dict[str, str]
    settings: dict[str, str]

    @property
    def container(self) -> dict[str, Any]:
        (only,) = self.spec["containers"]
        return dict(only)

    @property
    def variables(self) -> dict[str, str]:
        own = {one["name"]: one["value"] for one in self.container.get("env", [])}
        return {**self.settings, **own}

    def mounts(self, *kinds: str) -> list[str]:
        """Folders where a volume of these kinds is mounted."""
        volumes = {one["name"] for one in self.spec["volumes"] if set(kinds) & one.keys()}
        return [one["mountPath"] for one in self.container["volumeMounts"] if one["name"] in volumes]

    def secrets(self) -> set[str]:
        return {one["secret"]["secretName"] for one in self.spec["volumes"] if "secret" in one}

    def service(self) -> dict[str, Any]:
        """The same container in Compose's words."""
        image = re.sub(r".*/(.*):.*", r"\1", self.container["image"])
        said: dict[str, Any] = {"image": image, "environment": self.variables}
        if "command" in self.container:
            said["command"] = shlex.join(self.container["command"])
        return said


@cache
def built(overlay: str) -> list[dict[str, Any]]:
    """Everything that `kustomize build` prints for this overlay."""
    program = shutil.which("kustomize")
    if program is None:
        reason = "kustomize is not installed"
        pytest.fail(reason) if os.environ.get("CI_TOOLS") else pytest.skip(reason)
    done = subprocess.run(
        [program, "build", KUBERNETES / "overlays" / overlay], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def of_kind(overlay: str, kind: str) -> list[dict[str, Any]]:
    return [one for one in built(overlay) if one["kind"] == kind]


def pods(overlay: str) -> Iterator[Pod]:
    """Each kind of process, in the order in which the overlay has them."""
    values = {one["metadata"]["name"]: one["data"] for one in of_kind(overlay, "ConfigMap")}
    for one in built(overlay):
        spec = one.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template is None:
            continue
        (container,) = template["spec"]["containers"]
        settings: dict[str, str] = {}
        for source in container["envFrom"]:
            settings |= values[source["configMapRef"]["name"]]
        yield Pod(
            one["metadata"]["name"],
            spec.get("replicas", 1),
            template["spec"],
            template["metadata"]["labels"],
            settings,
        )


def failing(overlay: str, holds: Any) -> list[str]:
    """Names of the pods for which `holds(pod)` is not true."""
    return [pod.name for pod in pods(overlay) if not holds(pod)]


overlays = pytest.mark.parametrize("overlay", OVERLAYS)


@overlays
@pytest.mark.parametrize("version", VERSIONS)
def test_the_schemas_of_kubernetes_know_every_word(overlay: str, version: str) -> None:
    for one in built(overlay):
        kubernetes_validate.validate(one, version, strict=True)


@overlays
def test_nothing_in_a_container_can_be_changed_or_gained_and_each_is_bounded(overlay: str) -> None:
    locked = {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    account = int(dockerfile("USER", "portal"))
    assert failing(overlay, lambda pod: pod.container["securityContext"] == locked) == []
    assert failing(overlay, lambda pod: pod.spec["securityContext"]["runAsUser"] == account) == []
    assert failing(overlay, lambda pod: pod.spec["securityContext"]["runAsNonRoot"]) == []
    assert failing(overlay, lambda pod: pod.spec["automountServiceAccountToken"] is False) == []
    assert (
        failing(overlay, lambda pod: {"cpu", "memory"} <= pod.container["resources"]["requests"].keys()) == []
    )
    assert failing(overlay, lambda pod: "memory" in pod.container["resources"]["limits"]) == []


@overlays
def test_every_variable_is_one_that_the_portal_reads(overlay: str) -> None:
    named = {variable.removesuffix("_FILE") for pod in pods(overlay) for variable in pod.variables}
    assert named - FOREIGN - set(environment.Environment.model_fields) == set()


@overlays
def test_no_secret_stands_in_the_manifests(overlay: str) -> None:
    secret = re.compile(r"(DATABASE_URL|DATABASE_OWNER_URL|REDIS_URL|_KEYS?|PASSWORD|OIDC_PROVIDERS)\Z")
    assert of_kind(overlay, "Secret") == []
    named = {variable for pod in pods(overlay) for variable in pod.variables if secret.search(variable)}
    assert named == set()


@overlays
def test_every_secret_lies_in_a_volume_of_its_pod(overlay: str) -> None:
    def has_its_files(pod: Pod) -> bool:
        files = [value for name, value in pod.variables.items() if name.endswith("_FILE")]
        return all(str(Path(file).parent) in pod.mounts("secret") for file in files)

    assert failing(overlay, has_its_files) == []


@overlays
def test_the_owner_of_the_database_and_archives_are_for_migrations_people_and_backup_alone(
    overlay: str,
) -> None:
    assert {pod.name for pod in pods(overlay) if "mot-cua-owner" in pod.secrets()} == OWNERS


@overlays
def test_what_is_written_goes_to_a_volume(overlay: str) -> None:
    """The root cannot be written, and Python would quietly take another folder than the one that is not there."""

    def is_written(pod: Pod) -> bool:
        places = pod.mounts("emptyDir", "persistentVolumeClaim")
        chosen = [pod.variables[name] for name in ("TMPDIR", "PROVINCES_DIR") if name in pod.variables]
        needed = ["/tmp", "/data/metrics", *chosen]
        return all(any(Path(one).is_relative_to(place) for place in places) for one in needed)

    assert failing(overlay, is_written) == []


@overlays
def test_a_pod_runs_what_compose_runs(overlay: str, machine: Machine) -> None:
    compose = services("compose.yaml")
    differing = [
        pod.name
        for pod in pods(overlay)
        if pod.name != "manage" and machine.command(pod.service()) != machine.command(compose[pod.name])
    ]
    assert differing == []


@overlays
def test_a_machine_may_be_taken_away_where_several_of_a_kind_run(overlay: str) -> None:
    several = {pod.name for pod in pods(overlay) if pod.replicas > 1}
    assert several == {"web", "worker", "relay"}
    selected = [one["spec"]["selector"]["matchLabels"] for one in of_kind(overlay, "PodDisruptionBudget")]
    covered = {
        pod.name for pod in pods(overlay) for labels in selected if labels.items() <= pod.labels.items()
    }
    assert covered == several


@overlays
def test_migrations_can_be_applied_before_all_else(overlay: str) -> None:
    """Their job and its settings bear the label by which the guide selects them."""
    first = [one for one in built(overlay) if one["metadata"]["labels"].items() >= FIRST.items()]
    assert [one["kind"] for one in first] == ["ConfigMap", "Job"]


@pytest.fixture(scope="module")
def guide() -> str:
    return (ROOT / "docs" / "van-hanh" / "kubernetes.md").read_text(encoding="utf-8")


def test_the_guide_makes_the_secrets_that_the_pods_look_for(guide: str) -> None:
    made = {
        name: set(re.findall(r"--from-file=(\S+)", files))
        for name, files in re.findall(r"create secret generic (\S+) (.*)", guide)
    }
    needed = {pod_secret for pod in pods(OVERLAYS[0]) for pod_secret in pod.secrets()}
    assert set(made) == needed
    assert (made["mot-cua"], made["mot-cua-owner"]) == (set(SECRETS["portal"]), set(SECRETS["owner"]))


def test_the_guide_names_what_there_is(guide: str) -> None:
    named = set(re.findall(r"\b(?:deployment|job|cronjob)[/ ]([a-z]+)", guide))
    assert named <= {pod.name for pod in pods(OVERLAYS[0])}
    assert ",".join(f"{name}={value}" for name, value in FIRST.items()) in guide


def test_the_entrance_of_the_guide_leads_to_the_web(guide: str) -> None:
    (text,) = re.findall(r"```\n(apiVersion.*?)```", guide, re.DOTALL)
    entrance = yaml.safe_load(text)
    kubernetes_validate.validate(entrance, VERSIONS[0], strict=True)
    (service,) = of_kind(OVERLAYS[0], "Service")
    (path,) = entrance["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {
        "name": service["metadata"]["name"],
        "port": {"name": service["spec"]["ports"][0]["name"]},
    }


@overlays
def test_only_the_web_is_reached(overlay: str) -> None:
    (service,) = of_kind(overlay, "Service")
    opened = [
        one["spec"]["podSelector"] for one in of_kind(overlay, "NetworkPolicy") if "ingress" in one["spec"]
    ]
    for labels in (service["spec"]["selector"], opened[0]["matchLabels"]):
        assert [pod.name for pod in pods(overlay) if labels.items() <= pod.labels.items()] == ["web"]
    closed = [
        one["spec"]["podSelector"]
        for one in of_kind(overlay, "NetworkPolicy")
        if "ingress" not in one["spec"]
    ]
    assert closed == [{}]


@overlays
def test_the_images_are_of_this_version(overlay: str) -> None:
    assert failing(overlay, lambda pod: pod.container["image"].endswith(f":{environment.version()}")) == []


def unwritable(machine: Machine) -> dict[Path, int]:
    """When what lies in no volume was last changed: the files of the image, and those of the store on the disk."""
    places = (machine.image, machine.folder / "data" / "files")
    return {path: path.stat().st_mtime_ns for place in places for path in (place, *place.rglob("*"))}


def place_secrets(machine: Machine, overlay: str) -> None:
    """The files of both Secrets, where the pods look for them."""
    for folder, names in SECRETS.items():
        place = machine.folder / "secrets" / folder
        place.mkdir(exist_ok=True)
        for name in names:
            value = machine.secret(name)
            (place / name).write_text(
                several_hosts(value) if overlay == "ha" and name.startswith("database") else value
            )


def several_hosts(url: str) -> str:
    """The same address with a host before it that does not answer."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    hosts = f"host=127.0.0.1,{parts.hostname}&port=9,{parts.port}&target_session_attrs=read-write"
    return f"postgresql://{login}@{parts.path}?{hosts}"


@overlays
def test_every_command_and_probe_runs_on_empty_servers(
    overlay: str, machine: Machine, tmp_path: Path
) -> None:
    known = {pod.name: pod for pod in pods(overlay)}
    empty_database(machine, f"cum_{overlay}")
    place_secrets(machine, overlay)
    commands = {name: machine.command(pod.service()) for name, pod in known.items()}
    environments = {name: machine.environment(pod.service()) for name, pod in known.items()}

    def run(name: str, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=machine.image, env=environments[name], capture_output=True, text=True, check=False
        )

    def succeed(name: str, command: list[str]) -> None:
        ended = run(name, command)
        assert ended.returncode == 0, f"{shlex.join(command)}: {ended.stderr}"

    port = free_port()

    def passes(pod: Pod, probe: dict[str, Any]) -> bool:
        if "exec" in probe:
            words = [
                word.replace("/dev/shm", f"{machine.folder}/memory") for word in probe["exec"]["command"]
            ]
            return run(pod.name, words).returncode == 0
        assert probe["httpGet"]["port"] in [one["name"] for one in pod.container["ports"]]
        # A kubelet names the address of the pod, and no host of the portal.
        return get(port, probe["httpGet"]["path"], {})[0] == 200

    before = unwritable(machine)
    succeed("migrate", commands["migrate"])
    running = Running(machine, tmp_path)
    commands["web"] += ["--port", str(port)]
    served = [pod for name, pod in known.items() if name not in OWNERS]
    assert {pod.name for pod in served} == {"web", "worker", "relay", "beat"}
    try:
        for pod in [*served, known["manage"]]:
            running.start(pod.name, commands[pod.name], environments[pod.name])
        for pod in served:
            for kind in PROBES:
                if probe := pod.container.get(kind):
                    running.until(pod.name, lambda pod=pod, probe=probe: passes(pod, probe))
        running.until("relay", lambda: "relay.started" in running.log("relay"))
        succeed("manage", ["python", "manage.py", "schemas", "status"])
        succeed("backup", commands["backup"])
        assert [name for name, one in running.processes.items() if one.poll() is not None] == []
        assert unwritable(machine) == before
    finally:
        running.stop()
    # A probe that passes without its process would be none.
    assert not passes(known["worker"], known["worker"].container["readinessProbe"])
