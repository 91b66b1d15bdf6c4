"""Two nodes as in `make demo HA=1`, but with three etcd, and links between all of them that can be cut."""

import contextlib
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
from psycopg.conninfo import conninfo_to_dict

from portal import embedded
from portal.embedded import patroni
from portal.embedded.files import Services
from portal.embedded.processes import free_port, running, stop_servers
from tests.faults.ground import Ground
from tests.faults.processes import Server, python, wait_until

MEMBERS = ("e1", "e2", "e3")
BETWEEN = "between"
READY_SECONDS = 120.0
ENTRANCE = """defaults
  mode tcp
  timeout connect 2s
  timeout check 2s
  timeout client 1d
  timeout server 1d
listen postgresql
  bind 127.0.0.1:{port}
  option httpchk GET /primary
  http-check expect status 200
  default-server check inter 1s fall 2 rise 1 on-marked-down shutdown-sessions
{servers}
"""
_node_config = patroni.node_config


class Cluster(Ground):
    """The services of the rows with several database servers. `fault` of a row breaks one of its parts."""

    def _start(self) -> Services:
        self._ports: dict[str, int] = {}
        self._servers: dict[str, Server] = {}
        self._secrets: dict[str, Any] = {}
        patroni._start_etcd = self._start_etcd  # type: ignore[assignment]
        patroni.node_config = self._config  # type: ignore[assignment]
        patroni.require(self.folder)
        return embedded.start(self.folder, fsync=True, ha=True)

    def start_services(self) -> None:
        """Start what does not run, and wait until one node leads and the other follows it synchronously."""
        hidden = {name: os.environ.pop(name) for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")}
        try:
            embedded.start(self.folder, fsync=True, ha=True)
        finally:
            os.environ.update(hidden)
        wait_until(lambda: {"leader", "standby"} == self.roles().keys(), READY_SECONDS, "both nodes")

    def remove(self) -> None:
        for server in self._servers.values():
            if server.name.startswith("link"):
                server.thaw()
        super().remove()
        for server in self._servers.values():
            server.stop()

    # --- Parts

    def roles(self) -> dict[str, dict[str, Any]]:
        """The nodes by their roles."""
        return {node["role"]: node for node in patroni.nodes(self.folder)}

    def port(self, name: str) -> int:
        """Of a node, of its pages (`a pages`), of a link or of a member of etcd."""
        state = json.loads((self.folder / patroni.STATE_FILE).read_text())
        return int({**self._ports, **state["ports"]}[name])

    def url_at(self, port: int) -> str:
        """The portal's own address of the database, at another port of this machine."""
        said = conninfo_to_dict(self.services.database_url)
        return f"postgresql://{said['user']}:{said['password']}@127.0.0.1:{port}/{said['dbname']}"

    def entrance(self, port: int) -> Path:
        """What HAProxy reads: connections to this port go to the node that leads, and end when it leads no more."""
        servers = "\n".join(
            f"  server {name} 127.0.0.1:{self.port(name)} port {self.port(f'{name} pages')}"
            for name in patroni.NODES
        )
        path = self.folder / "haproxy.cfg"
        path.write_text(ENTRANCE.format(port=port, servers=servers))
        return path

    def _server(self, name: str, command: tuple[str, ...]) -> None:
        self._servers[name] = Server(name, command, dict(os.environ), self.logs / f"{name}.log")
        self._servers[name].start()

    def _link(self, name: str, targets: Mapping[str, int]) -> None:
        """One process that joins a new port for each of these to what it names."""
        for target in targets:
            self._ports[f"{name} {target}"] = free_port(None)
        pairs = [f"{self._ports[f'{name} {target}']}:{port}" for target, port in targets.items()]
        self._server(f"link-{name}", python("-m", "tests.faults.ha.link", *pairs))

    def _start_etcd(self, data_dir: Path, state: Mapping[str, Any]) -> int:
        """Three members in the place of one; runs once, since later ones are started by their rows."""
        if not self._servers:
            self._secrets = dict(state)
            for name in (*MEMBERS, *(f"{one} peers" for one in MEMBERS)):
                self._ports[name] = free_port(None)
            for name in MEMBERS:
                self._server(name, self._etcd(data_dir, name))
            first = self._ports[MEMBERS[0]]
            wait_until(lambda: patroni.ask(first, "/health")[0] == 200, READY_SECONDS, "etcd")
            for call, body in (
                ("user/add", {"name": "root", "password": state["etcd"]}),
                ("role/add", {"name": "root"}),
                ("user/grant", {"user": "root", "role": "root"}),
                ("enable", {}),
            ):
                patroni.ask(first, f"/v3/auth/{call}", body)
            for node in patroni.NODES:
                self._link(node, {name: self._ports[name] for name in MEMBERS})
        return self._ports[MEMBERS[0]]

    def _etcd(self, data_dir: Path, name: str) -> tuple[str, ...]:
        def at(port: str) -> str:
            return f"http://127.0.0.1:{self._ports[port]}"

        given = {
            "name": name,
            "data-dir": str(data_dir / "etcd" / name),
            "listen-client-urls": at(name),
            "advertise-client-urls": at(name),
            "listen-peer-urls": at(f"{name} peers"),
            "initial-advertise-peer-urls": at(f"{name} peers"),
            "initial-cluster": ",".join(f"{one}={at(f'{one} peers')}" for one in MEMBERS),
            "log-level": "warn",
        }
        return (patroni._etcd(data_dir), *(f"--{key}={value}" for key, value in given.items()))

    def _config(
        self, name: str, state: Mapping[str, Any], home: Path, programs: Path, options: Mapping[str, str]
    ) -> dict[str, Any]:
        """As in the demonstration, but the other node and etcd are reached over links."""
        found = _node_config(name, state, home, programs, options)
        ports = {key: state["ports"][key] for key in (name, f"{name} pages")}
        if f"{BETWEEN}-{name} {name}" not in self._ports:
            self._link(f"{BETWEEN}-{name}", ports)
        for part, key in (("postgresql", name), ("restapi", f"{name} pages")):
            found[part]["connect_address"] = f"127.0.0.1:{self._ports[f'{BETWEEN}-{name} {key}']}"
        found["etcd3"].pop("host")
        found["etcd3"]["hosts"] = [f"127.0.0.1:{self._ports[f'{name} {one}']}" for one in MEMBERS]
        found["etcd3"]["use_proxies"] = True
        return found

    # --- Faults

    def kill(self, node: dict[str, Any], *, patroni_too: bool = False, data_too: bool = False) -> None:
        """kill -9 for PostgreSQL, and on wish for its Patroni; its folder goes as well."""
        if patroni_too:
            stop_servers(self.folder, f"patroni-{node['name']}", number=signal.SIGKILL)
        _signal(node["pid"], signal.SIGKILL)
        if data_too:
            data = Path(node["data_dir"])
            gone = data.parent if patroni_too else data
            for _again in range(50):  # a process that just ends may write one more file
                shutil.rmtree(gone, ignore_errors=True)
                if not gone.exists():
                    break
                time.sleep(0.05)

    @contextlib.contextmanager
    def frozen(self, node: dict[str, Any]) -> Iterator[None]:
        """SIGSTOP for a whole node, as when a hypervisor pauses it."""
        both = [running(self.folder, f"patroni-{node['name']}") or 0, node["pid"]]
        for pid in both:
            _signal(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in both:
                _signal(pid, signal.SIGCONT)

    @contextlib.contextmanager
    def cut(self, node: dict[str, Any]) -> Iterator[None]:
        """This node reaches neither the other one nor etcd, and is not reached by them; the portal reaches both."""
        names = [f"link-{BETWEEN}-{name}" for name in patroni.NODES] + [f"link-{node['name']}"]
        for name in names:
            self._servers[name].freeze()
        try:
            yield
        finally:
            for name in names:
                self._servers[name].thaw()

    def switch(self, leader: str, candidate: str) -> None:
        """By hand, as an operator asks Patroni for it; it goes on when the answer takes too long."""
        wish = {"leader": leader, "candidate": candidate}
        pages = self.port(f"{leader} pages")
        status, text = patroni.ask(pages, "/switchover", wish, password=self._secrets["pages"])
        assert status in (0, 200, 202), text

    def etcd_leader(self) -> str:
        for name in MEMBERS:
            _status, text = patroni.ask(self._ports[name], "/v3/maintenance/status", {})
            said = json.loads(text or "{}")
            if said.get("leader") and said["leader"] == said["header"]["member_id"]:
                return name
        raise LookupError("no member of etcd leads")

    @contextlib.contextmanager
    def without(self, *members: str) -> Iterator[None]:
        """These members of etcd are killed (-9), and started again afterwards on their data."""
        for name in members:
            self._servers[name].kill()
        try:
            yield
        finally:
            for name in members:
                self._servers[name].start()


def _signal(pid: int, number: signal.Signals) -> None:
    """For a process and all that it started, none of which may start others meanwhile."""
    with contextlib.suppress(psutil.NoSuchProcess):
        first = psutil.Process(pid)
        family = [first, *first.children(recursive=True)]
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(number)
