"""The samples for an installation without Docker: they run what Compose runs, and keep the owner's password apart."""

import configparser
import json
import re
import subprocess
from pathlib import Path

import pytest

from portal.settings import environment
from tests.system.composing import dockerfile, services
from tests.system.tree import ROOT

DEPLOY = ROOT / "deploy"
PLACE = "/opt/mot-cua/current/.venv/bin/"
SERVERS = ("web", "worker", "relay", "beat")
Unit = dict[str, list[str]]


def unit(name: str) -> Unit:
    """What its [Service] section says, by key."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment]
    text = (DEPLOY / "systemd" / f"mot-cua-{name}.service").read_text(encoding="utf-8")
    parser.read_string(text)
    said: Unit = {key: [] for key in parser["Service"]}
    for line in text.partition("[Service]")[2].partition("[Install]")[0].splitlines():
        key, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            said[key].append(value)
    return said


@pytest.mark.parametrize("name", SERVERS)
def test_a_unit_runs_what_compose_runs_comes_back_and_has_time_to_end(name: str) -> None:
    unit_says, service = unit(name), services("compose.yaml")[name]
    said = service.get("command") or " ".join(json.loads(dockerfile("CMD", "portal")))
    (line,) = unit_says["ExecStart"]
    assert line.removeprefix(PLACE) == said.replace("0.0.0.0", "127.0.0.1")
    grace = int(re.sub(r"\D", "", service.get("stop_grace_period", "10s")))
    assert (unit_says["Restart"], unit_says["User"]) == (["always"], ["mot-cua"])
    assert int(unit_says["TimeoutStopSec"][0]) >= grace


def test_only_the_backup_knows_the_owner_of_the_database() -> None:
    knows = [
        name for name in (*SERVERS, "backup") if "/etc/mot-cua/owner.env" in unit(name)["EnvironmentFile"]
    ]
    assert knows == ["backup"]


def test_settings_are_made_once_with_every_secret(tmp_path: Path) -> None:
    command = ["sh", str(DEPLOY / "make-settings.sh"), "mot-cua.example"]
    made: list[dict[str, str]] = []
    for _again in range(2):
        subprocess.run(
            command,
            env={"PATH": "/usr/bin:/bin", "CONFIG_DIR": str(tmp_path)},
            check=True,
            capture_output=True,
        )
        made.append({path.name: path.read_text() for path in tmp_path.iterdir()})
    assert made[0] == made[1]
    assert "…" not in "".join(made[0].values())
    variables = {
        name: dict(re.findall(r'^(\w+)="(.*)"$', made[0][name], re.MULTILINE))
        for name in ("env", "owner.env")
    }
    assert set(variables["env"]) | set(variables["owner.env"]) <= set(environment.Environment.model_fields)
    assert not {"DATABASE_OWNER_URL", "BACKUP_KEYS"} & set(variables["env"])
    runtime = re.search(r"MC_RUNTIME_PASSWORD=(\w+)", made[0]["roles.env"])
    assert runtime
    assert runtime[1] in variables["env"]["DATABASE_URL"]


@pytest.mark.parametrize("script", ["prepare.sh", "make-settings.sh", "mot-cua"])
def test_scripts_are_sound(script: str) -> None:
    assert subprocess.run(["sh", "-n", DEPLOY / script], check=False).returncode == 0


def commands(heading: str) -> list[str]:
    """The command lines of one section of the install guide."""
    guide = (ROOT / "docs" / "van-hanh" / "cai-dat.md").read_text(encoding="utf-8")
    section = guide.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line for block in section.split("\n```")[1::2] for line in block.strip().splitlines()]


def test_an_operator_without_a_shell_of_root_can_follow_the_guide() -> None:
    """A `cd` into a folder of root's fails, and what follows lands elsewhere."""
    lines = commands("Không dùng Docker")
    assert len(lines) > 20
    assert [line for line in lines if not re.match(r"sudo |umask |curl |echo .*\| sudo tee ", line)] == []


def test_the_certificates_of_the_guide_pass_a_strict_look(tmp_path: Path) -> None:
    lines = [
        line for line in commands("Không dùng Docker") if line.startswith("sudo openssl") or "san.txt" in line
    ]
    for line in lines:
        line = line.replace("sudo ", "").replace("/etc/mot-cua/tls", str(tmp_path))
        subprocess.run(["sh", "-c", line], check=True, capture_output=True)
    strict = ["openssl", "verify", "-x509_strict", "-verify_hostname", "daklak.localhost", "-CAfile"]
    subprocess.run([*strict, tmp_path / "ca.pem", tmp_path / "cong.pem"], check=True, capture_output=True)


def test_a_bundle_is_linked_to_as_a_clone_is() -> None:
    clone, bundle = (
        {line.split()[-1] for line in commands(heading) if "ln -sf" in line and "/nginx/" not in line}
        for heading in ("Không dùng Docker", "Nơi không có Internet")
    )
    assert bundle == clone


def test_the_image_and_embedded_services_refuse_the_same_as_the_sql() -> None:
    from portal.embedded import postgres

    sql = (DEPLOY / "roles.sql").read_text(encoding="utf-8")
    assert re.findall(r"proname ~ '(.*?)'", postgres._NO_LARGE_OBJECTS) == re.findall(
        r"proname ~ '(.*?)'", sql
    )
    for statement in postgres._set_passwords("x", "x", verb="CREATE"):
        assert statement.partition(" PASSWORD")[0] in sql


def test_the_bundle_brings_every_page_and_file_that_its_pages_link_to() -> None:
    script = (ROOT / "docker" / "bundle.sh").read_text(encoding="utf-8").replace("\\\n", " ")
    found = re.search(r"git archive HEAD (.*?) \|", script)
    assert found
    brought = [ROOT / name for name in found[1].split()]
    pages = [page for place in brought for page in (place.rglob("*.md") if place.is_dir() else [place])]
    missing = {
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        if page.suffix == ".md" and page.parent.name != "phat-trien"  # these are about the tree itself
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not any((page.parent / link).resolve().is_relative_to(place) for place in brought)
    }
    assert missing == set()
