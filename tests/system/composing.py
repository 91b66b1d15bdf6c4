"""What Compose would run, read from its files: command lines, environment and order, on this machine's folders."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from portal.embedded import valkey
from tests.system.test_docker import DOCKER, compose
from tests.system.tree import ROOT

HOST = "mot-cua.example"
CHOSEN = {
    "NATIONAL_HOST": HOST,
    "HOSTS": HOST,
    "BACKUP_FOLDER": "/srv/backups",
    "DOSSIER_STORAGE_BUCKET": "ho-so",
    "DOSSIER_STORAGE_ENDPOINT": "http://127.0.0.1:9",
}


def dockerfile(instruction: str, stage: str) -> str:
    """What this instruction says in this stage; "" where it says nothing."""
    text = (DOCKER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
    part = next(one for one in re.split(r"^FROM ", text, flags=re.MULTILINE) if f"AS {stage}\n" in one)
    found = re.search(rf"^{instruction}(.*)$", part, re.MULTILINE)
    return found[1].strip() if found else ""


def services(*files: str) -> dict[str, Any]:
    """Services as Compose sees them when the later files are laid over the first."""
    whole: dict[str, Any] = {}
    for file in files:
        for name, service in compose(file)["services"].items():
            known = whole.pop(name, {})
            if service is not None:
                variables = {**known.get("environment", {}), **service.get("environment", {})}
                whole[name] = {**known, **service, "environment": variables}
    return whole


class Machine:
    """The files of the image as its build leaves them, with data and secrets beside them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.image = folder, folder / "portal"
        built = dockerfile("RUN PYTHONDONTWRITEBYTECODE=''", "portal")
        data = re.findall(r'"\$DATA_DIR/(\w+)"', built)
        for name in ("portal", "memory", *(f"data/{one}" for one in data)):
            (folder / name).mkdir(parents=True)
        for line in (ROOT / ".dockerignore").read_text().splitlines():
            source = ROOT / line.removeprefix("!")
            if line.startswith("!") and source.is_dir():
                shutil.copytree(source, self.image / line.removeprefix("!"))
            elif line.startswith("!"):
                (self.image / line.removeprefix("!")).parent.mkdir(exist_ok=True)
                shutil.copy2(source, self.image / line.removeprefix("!"))
        shutil.copy2(DOCKER / "make-secrets.sh", folder)
        subprocess.run(["sh", folder / "make-secrets.sh"], check=True, capture_output=True)
        collects = re.search(r"python manage.py collectstatic[^&]*", built)
        assert collects
        values = dict(re.findall(r"([A-Z_]+)=(\S+)", built))
        subprocess.run(
            shlex.split(collects[0]),
            cwd=self.image,
            env={**self.environment({}), **values},
            check=True,
            capture_output=True,
        )

    def secret(self, name: str, value: str = "") -> str:
        """The secret of this name; written first where a value is given."""
        file = self.folder / "secrets" / name
        if value:
            file.unlink(missing_ok=True)
            file.write_text(value)
        return file.read_text()

    def place(self, text: str) -> str:
        """A value of Compose or the Dockerfile, with a container's folders moved to this machine."""
        text = re.sub(r"\$\{(\w+):\?\}", lambda found: CHOSEN[found[1]], text)
        text = re.sub(r"\$\{(\w+):-(.*?)\}", lambda found: CHOSEN.get(found[1]) or found[2], text)
        moved = {"/run/secrets": "secrets", "/data": "data", "/dev/shm": "memory"}
        for there, here in {**moved, "/tools": sysconfig.get_path("purelib")}.items():
            text = re.sub(rf"\A{there}(?=/|\Z)", str(self.folder / here), text)
        return text

    def environment(self, service: dict[str, Any]) -> dict[str, str]:
        """What the image and Compose give to this service, and nothing of the shell's."""
        stages = ("portal", "backup") if service.get("image") == "mot-cua-backup" else ("portal",)
        words = [word.split("=", 1) for stage in stages for word in shlex.split(dockerfile("ENV", stage))]
        chosen = CHOSEN if service.get("env_file") else {}
        given = {**dict(words), **chosen, **service.get("environment", {})}
        here = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(self.folder)}
        return {name: self.place(str(value)) for name, value in given.items()} | here

    def command(self, service: dict[str, Any]) -> list[str]:
        """Its command line: Compose's, else the image's own."""
        if "command" in service:
            words = shlex.split(service["command"])
        elif service["image"] == "mot-cua-backup":
            words = [
                *json.loads(dockerfile("ENTRYPOINT", "backup")),
                *json.loads(dockerfile("CMD", "backup")),
            ]
        else:
            words = json.loads(dockerfile("CMD", "portal"))
        if words[0] == "valkey-server":
            words[0] = str(valkey._program())
        return [self.place(word) for word in words]
