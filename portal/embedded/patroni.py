"""Two PostgreSQL servers under Patroni, with one etcd, on this machine: `make demo HA=1`.

etcd and Patroni's own pages are behind passwords as well: whoever writes there decides which programs
PostgreSQL's account runs. Addresses and passwords are kept in `patroni.json`, chosen once.
"""

import base64
import functools
import hashlib
import http.client
import importlib.metadata
import importlib.util
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal.embedded import postgres
from portal.embedded.files import write_private
from portal.embedded.processes import (
    EmbeddedError,
    free_port,
    launch_on_port,
    log_of,
    run_as,
    running,
    tail,
)

NODES = ("a", "b")
SERVERS = ("etcd", *(f"patroni-{name}" for name in NODES))
"""Their names among the running servers."""
STATE_FILE = "patroni.json"
LOCAL = "127.0.0.1"

_PASSWORDS = ("runtime", "owner", "postgres", "replicator", "pages", "etcd")
_REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements" / "ha.txt"
_READY_SECONDS = 90
_STOP_SECONDS = 10
# 20 is the shortest ttl that Patroni takes. A server that died is not started again first: the other one leads.
RULES = {
    "ttl": 20,
    "loop_wait": 1,
    "retry_timeout": 3,
    "primary_start_timeout": 0,
    "synchronous_mode": True,
    "failsafe_mode": True,
}
# Patroni takes these from the rules that all nodes share.
_SHARED = ("max_connections", "max_locks_per_transaction")
_MANAGED = ("listen_addresses", *_SHARED)


class ProgramMissing(EmbeddedError):
    """This machine lacks a program; the message says which one to install."""


def require(data_dir: Path) -> None:
    """Have the programs ready: on Debian etcd is fetched into DATA_DIR. Raises ProgramMissing."""
    if importlib.util.find_spec("patroni") is None:
        raise ProgramMissing(
            f"HA=1 cần gói patroni: {sys.executable} -m pip install --requirement requirements/ha.txt"
        )
    if not _etcd(data_dir):
        _fetch_etcd(data_dir)
    if not _etcd(data_dir):
        raise ProgramMissing(
            "HA=1 cần chương trình etcd. Debian, Ubuntu: sudo apt install etcd-server; "
            "máy khác: xem https://etcd.io/docs/latest/install/. Không có thì chạy `make demo`."
        )


def start(data_dir: Path, *, fsync: bool, settings: Mapping[str, str]) -> tuple[str, str]:
    """Start what does not run and wait until one node leads and the other follows it synchronously.

    Returns the addresses of both logins, each naming both nodes. Raises EmbeddedError when they do not come up.
    """
    home = postgres.home_of(data_dir)
    seed = home / "seed"
    account = postgres.account_of(seed)
    programs = postgres.programs_for(home, account)
    python, environment = _python(home, account)
    state = _read_state(data_dir, seed)
    if not seed.exists():
        passwords = (
            f"ALTER ROLE postgres PASSWORD '{state['postgres']}'",
            f"CREATE ROLE replicator LOGIN REPLICATION PASSWORD '{state['replicator']}'",
        )
        postgres.make_cluster(programs, seed, account, state["runtime"], state["owner"], *passwords)
    postgres.refuse_other_version(seed)
    if running(data_dir, "etcd") is None:
        state["ports"]["etcd"] = _start_etcd(data_dir, state)
    options = {**postgres.SETTINGS, **({} if fsync else postgres.NOT_DURABLE), **settings}
    ports = state["ports"]
    for name in NODES:
        if running(data_dir, f"patroni-{name}") is not None:
            continue
        folder, pages = home / name, f"{name} pages"

        def command(
            port: int, name: str = name, folder: Path = folder, pages: str = pages
        ) -> list[str | Path]:
            ports[name], ports[pages] = port, free_port(ports.get(pages))
            folder.mkdir(mode=0o700, exist_ok=True)
            config = folder / "patroni.json"
            write_private(config, node_config(name, state, home, programs, options))
            for path in (folder, config):
                os.chown(path, *((account, account) if account is not None else (-1, -1)))
            return [python, "-m", "patroni", config]

        launch_on_port(
            f"patroni-{name}",
            ports.get(name),
            command,
            functools.partial(_serves, ports, pages),
            data_dir=data_dir,
            folder=home,
            environment={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", **environment},
            account=account,
        )
    write_private(data_dir / STATE_FILE, state)
    _wait_until_both_serve(data_dir, state)
    runtime, owner = (
        address(login, state[word], state)
        for login, word in ((postgres.RUNTIME, "runtime"), (postgres.OWNER, "owner"))
    )
    return runtime, owner


def address(login: str, password: str, state: Mapping[str, Any]) -> str:
    """One address that names all nodes."""
    places = ",".join(f"{LOCAL}:{state['ports'][name]}" for name in NODES)
    return f"postgresql://{login}:{password}@{places}/{postgres.DATABASE}"


def nodes(data_dir: Path) -> list[dict[str, Any]]:
    """What each node says of itself now. `role` is leader, standby or down, `pid` that of its PostgreSQL."""
    try:
        ports = json.loads((data_dir / STATE_FILE).read_text())["ports"]
    except FileNotFoundError:
        return []
    home, found = (data_dir / "postgres").resolve(), []
    for name in NODES:
        data = home / name / "data"
        said = json.loads(ask(ports[f"{name} pages"], "/patroni")[1] or "{}")
        serves = said.get("state") in ("running", "streaming")
        role = {"primary": "leader", "replica": "standby"}.get(said.get("role", ""), "down")
        pid = _postmaster(data)
        found.append(
            {"name": name, "pid": pid, "data_dir": str(data), "role": role if serves and pid else "down"}
        )
    return found


def in_stop_order(data_dir: Path, names: list[str]) -> list[str]:
    """The same names, a standby before the leader: it would take over from a leader that stops."""
    home = (data_dir / "postgres").resolve()

    def leads(name: str) -> bool:
        data = home / name.partition("-")[2] / "data"
        return name.startswith("patroni-") and not (data / "standby.signal").exists()

    others = [name for name in names if name not in SERVERS]
    ours = sorted((name for name in names if name.startswith("patroni-")), key=leads)
    return [*others, *ours, *(name for name in names if name == "etcd")]


def stop_left(data_dir: Path) -> list[str]:
    """End servers whose Patroni was killed: it starts them in sessions of their own. Returns the nodes' names."""
    home, left = (data_dir / "postgres").resolve(), []
    for name in NODES:
        if pid := _postmaster(home / name / "data"):
            left.append(f"postgres-{name}")
            _end(pid)
    return left


def remove(data_dir: Path) -> None:
    """Delete what is not in the home of PostgreSQL; a fetched etcd stays."""
    shutil.rmtree(data_dir / "etcd", ignore_errors=True)
    (data_dir / STATE_FILE).unlink(missing_ok=True)


def ask(port: int, path: str, body: Any = None, *, password: str = "", method: str = "") -> tuple[int, str]:
    """(status, text) of one call to a page of this machine; (0, "") where nothing answers within two seconds."""
    headers = {"Content-Type": "application/json"}
    if password:
        headers["Authorization"] = f"Basic {base64.b64encode(f'patroni:{password}'.encode()).decode()}"
    connection = http.client.HTTPConnection(LOCAL, port, timeout=2)  # no proxy of the shell's
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method or ("GET" if body is None else "POST"), path, content, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def node_config(
    name: str, state: Mapping[str, Any], home: Path, programs: Path, options: Mapping[str, str]
) -> dict[str, Any]:
    """What Patroni reads. The first node copies the seed, every other one is copied from the leader."""
    ports = state["ports"]
    logins = {"superuser": "postgres", "replication": "replicator"}
    pages = f"{LOCAL}:{ports[f'{name} pages']}"
    listen = f"{LOCAL}:{ports[name]}"
    copy = ("/bin/cp", "-a", str(home / "seed"), str(home / name / "data"))
    shared = {key: options[key] for key in _SHARED}
    return {
        "scope": postgres.DATABASE,
        "name": name,
        "restapi": {
            "listen": pages,
            "connect_address": pages,
            "authentication": {"username": "patroni", "password": state["pages"]},
        },
        "etcd3": {"host": f"{LOCAL}:{ports['etcd']}", "username": "root", "password": state["etcd"]},
        "bootstrap": {
            "dcs": {**RULES, "postgresql": {"use_pg_rewind": True, "parameters": shared}},
            "method": "copy_of_seed",
            "copy_of_seed": {"command": shlex.join(copy), "no_params": True},
        },
        "postgresql": {
            "listen": listen,
            "connect_address": listen,
            "data_dir": str(home / name / "data"),
            "bin_dir": str(programs),
            "pgpass": str(home / name / "pgpass"),
            "authentication": {
                kind: {"username": login, "password": state[login]} for kind, login in logins.items()
            },
            "parameters": {key: value for key, value in options.items() if key not in _MANAGED},
            "pg_hba": [
                f"host {kind} {LOCAL}/32 scram-sha-256" for kind in ("all all", "replication replicator")
            ],
            "basebackup": [{"checkpoint": "fast"}],
        },
    }


# --- Starting


def _read_state(data_dir: Path, seed: Path) -> dict[str, Any]:
    path = data_dir / STATE_FILE
    if not path.exists():
        if seed.exists():
            raise EmbeddedError(
                f"Thiếu tệp {path}: không còn mật khẩu của dữ liệu cũ. Hãy chạy lại với RESET=1."
            )
        made = {name: secrets.token_urlsafe(24) for name in _PASSWORDS}
        write_private(path, {**made, "ports": {}})
    return dict(json.loads(path.read_text()))


def _start_etcd(data_dir: Path, state: Mapping[str, Any]) -> int:
    folder = data_dir / "etcd"
    folder.mkdir(mode=0o700, exist_ok=True)

    def command(port: int) -> list[str | Path]:
        clients, peers = f"http://{LOCAL}:{port}", f"http://{LOCAL}:{free_port(None)}"
        given = {
            "name": "etcd",
            "data-dir": "data",
            "listen-client-urls": clients,
            "advertise-client-urls": clients,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "initial-cluster": f"etcd={peers}",
            "auto-compaction-retention": "1",
            "log-level": "warn",
        }
        return [_etcd(data_dir) or "etcd", *(f"--{name}={value}" for name, value in given.items())]

    port = launch_on_port(
        "etcd",
        state["ports"].get("etcd"),
        command,
        lambda port: ask(port, "/health")[0] == http.client.OK,
        data_dir=data_dir,
        folder=folder,
        environment={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
    )
    # Refused one by one where they were done by an earlier start.
    for call, body in (
        ("user/add", {"name": "root", "password": state["etcd"]}),
        ("role/add", {"name": "root"}),
        ("user/grant", {"user": "root", "role": "root"}),
        ("enable", {}),
    ):
        ask(port, f"/v3/auth/{call}", body)
    return port


def _serves(ports: Mapping[str, int], pages: str, _port: int) -> bool:
    return ask(ports[pages], "/health")[0] == http.client.OK


def _wait_until_both_serve(data_dir: Path, state: Mapping[str, Any]) -> None:
    """Until then a leader that dies would leave nothing that may lead."""
    pages = [state["ports"][f"{name} pages"] for name in NODES]
    end = time.monotonic() + _READY_SECONDS
    while not all(
        any(ask(port, page)[0] == http.client.OK for port in pages) for page in ("/primary", "/sync")
    ):
        if time.monotonic() > end:
            logs = "\n".join(tail(log_of(data_dir, f"patroni-{name}"), 8) for name in NODES)
            raise EmbeddedError(f"Hai máy PostgreSQL không cùng chạy sau {_READY_SECONDS} giây:\n{logs}")
        time.sleep(0.1)


def _etcd(data_dir: Path) -> str:
    """The program, "" where there is none."""
    return shutil.which("etcd") or shutil.which(str(data_dir / "etcd-server" / "usr" / "bin" / "etcd")) or ""


def _fetch_etcd(data_dir: Path) -> None:
    """Debian's own package, unpacked without root; leaves nothing where that fails."""
    folder = data_dir / "etcd-server"
    shutil.rmtree(folder, ignore_errors=True)
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return
    folder.mkdir(mode=0o700)
    for command in (
        "apt-get download -q etcd-server",
        "dpkg-deb -x etcd-server_*.deb .",
    ):
        done = subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            return


def _python(home: Path, account: int | None) -> tuple[str, dict[str, str]]:
    """A Python with Patroni that the account can run, and its variables; for root a copy of the packages."""
    if account is None:
        return sys.executable, {}
    listed = _REQUIREMENTS.read_text()
    copy = home / f"patroni-{hashlib.sha256(listed.encode()).hexdigest()[:12]}"
    if not copy.exists():
        for old in home.glob("patroni-*"):
            shutil.rmtree(old)
        unfinished = home / "packages-new"
        shutil.rmtree(unfinished, ignore_errors=True)
        for name in re.findall(r"^([\w.-]+)==", listed, re.MULTILINE):
            try:
                files = importlib.metadata.files(name) or []
            except importlib.metadata.PackageNotFoundError:
                continue  # of another system
            for file in files:
                if ".." not in file.parts and "__pycache__" not in file.parts:
                    (unfinished / file).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(str(file.locate()), unfinished / file)
        postgres.open_to_all(unfinished)
        unfinished.rename(copy)
    python, environment = os.path.realpath(sys.executable), {"PYTHONPATH": str(copy)}
    tried = subprocess.run(  # noqa: S603
        [python, "-c", "import patroni.dcs.etcd3, psycopg"],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
        **run_as(account),
    )
    if tried.returncode:
        last = tried.stderr.strip().splitlines()[-1:]
        raise ProgramMissing(
            f"Tài khoản không đặc quyền không chạy được {python} {last}. Hãy chạy `make demo HA=1` bằng tài khoản thường."
        )
    return python, environment


# --- Ending


def _postmaster(data: Path) -> int | None:
    """The number of the server that runs on this data, also when its Patroni does not."""
    try:
        import psutil
    except ModuleNotFoundError:
        return None
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        return pid if str(data) in psutil.Process(pid).cmdline() else None
    except (OSError, ValueError, IndexError, psutil.Error):
        return None


def _end(pid: int) -> None:
    import psutil

    try:
        leader = psutil.Process(pid)
        family = [leader, *leader.children(recursive=True)]
        leader.send_signal(signal.SIGINT)
    except psutil.NoSuchProcess:
        return
    _ended, alive = psutil.wait_procs(family, timeout=_STOP_SECONDS)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=_STOP_SECONDS)
