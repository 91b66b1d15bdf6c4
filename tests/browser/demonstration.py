"""`make demo` with a data folder, ports and processes of its own: started as people start it, then watched."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal import embedded
from portal.embedded.processes import free_port
from tests.simulators.openid import CLIENT, SECRET, OpenIdProvider
from tests.simulators.zalo.process import ZaloProcess

PROJECT = Path(__file__).resolve().parents[2]
DOSSIERS = 50
START_SECONDS = 240
STOP_SECONDS = 60
UP = "Nhấn Ctrl-C để dừng."


@dataclass(frozen=True)
class DemoProvince:
    """A province as demo.json describes it; `log_ins` are user name and password by role."""

    slug: str
    url: str
    staff_url: str
    telephone_url: str
    sample: Mapping[str, str]
    log_ins: Mapping[str, tuple[str, str]]


class Demonstration:
    """One run of `python -m portal.demo` in a session of its own. Its Zalo is a pretended one."""

    def __init__(self) -> None:
        self.zalo = ZaloProcess(delivery_seconds=0.0, article_seconds=0.0)
        self.identities = OpenIdProvider()
        signs_in = {"issuer": self.identities.url, "client_id": CLIENT, "client_secret": SECRET}
        self.data_dir = Path(tempfile.mkdtemp(prefix="mot-cua-walk-"))
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._environment = {
            **inherited,
            "PYTHONUTF8": "1",
            "DATA_DIR": str(self.data_dir),
            "PORT": str(free_port(None)),
            "DOSSIERS": str(DOSSIERS),
            "MESSAGING_CHANNELS": "mock,zalo",
            "OUTBOUND_ALLOW": f"{self.zalo.address},{self.identities.address}",
            "OIDC_PROVIDERS": json.dumps({"daklak": {**signs_in, "label": "SSO minh họa"}}),
            "ZALO_OAUTH_URL": self.zalo.urls.oauth,
            "ZALO_OPENAPI_URL": self.zalo.urls.openapi,
            "ZALO_BUSINESS_URL": self.zalo.urls.business,
        }
        self._child = subprocess.Popen(
            [sys.executable, "-m", "portal.demo"],
            cwd=PROJECT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._said: dict[str, Any] = {}

    def until_up(self) -> "Demonstration":
        """Wait until everything answers. Raises AssertionError with its last words when it does not."""
        impatient = threading.Timer(START_SECONDS, self._child.terminate)
        impatient.start()
        lines = []
        assert self._child.stdout is not None
        for line in self._child.stdout:
            lines.append(line)
            if UP in line:
                break
        impatient.cancel()
        assert UP in "".join(lines[-1:]), "".join(lines)
        self._said = json.loads((self.data_dir / "demo.json").read_text())
        return self

    @property
    def national_url(self) -> str:
        return str(self._said["national_url"])

    def province(self, slug: str) -> DemoProvince:
        described = next(province for province in self._said["provinces"] if province["slug"] == slug)
        return DemoProvince(
            slug=slug,
            url=described["url"],
            staff_url=described["staff_url"],
            telephone_url=described["phone_url"],
            sample=described["sample"],
            log_ins={user["role"]: (user["username"], user["password"]) for user in described["users"]},
        )

    def pid(self, server: str) -> int:
        """The process of web, worker, beat, valkey or postgres, as the demonstration wrote it down."""
        return int(json.loads((self.data_dir / "demo.json").read_text())["pids"][server])

    def samples(self) -> dict[str, Any]:
        """Slips of Đắk Lắk by state, and pages of a server in trouble; see samples.py."""
        return dict(json.loads(self.inside("tests.browser.samples")))

    def inside(self, module: str, told: str = "") -> str:
        """What this module says when it is run with the demonstration's settings and told this."""
        done = subprocess.run(
            [sys.executable, "-m", module],
            input=told,
            cwd=PROJECT,
            env={
                **self._environment,
                "DJANGO_SETTINGS_MODULE": "portal.settings",
                "DEMO": "1",
                "NATIONAL_HOST": "localhost",
                "PUBLIC_SCHEME": "http",
                "PUBLIC_PORT": self._environment["PORT"],
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def stop(self) -> tuple[int, list[str]]:
        """SIGTERM, as an administrator would; the exit code, and what still runs afterwards."""
        self._child.send_signal(signal.SIGTERM)
        code = self._child.wait(STOP_SECONDS)
        return code, [name for name, pid in self._said.get("pids", {}).items() if _group_lives(pid)]

    def remove(self) -> None:
        """End what a failure left, and its data."""
        self.zalo.stop()
        self.identities.stop()
        if self._child.poll() is None:
            self._child.terminate()
            self._child.wait(STOP_SECONDS)
        if self._child.stdout is not None:
            self._child.stdout.close()
        embedded.reset(self.data_dir)
        shutil.rmtree(self.data_dir, ignore_errors=True)


def _group_lives(leader: int) -> bool:
    """Whether any process is left in the group of this one; each server leads its own."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # the database runs under an account of its own
        return True
    return True
