"""What the demonstration does, as data: its steps, its servers, what they depend on."""

import hashlib
import http
import http.client
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PROVINCES = ("daklak", "dongnai")
# Folder of the numbers that the processes count together; each run begins at nothing.
COUNTS = "metrics"
_ROOMS = ("tenants", "procedures", "messaging", "dossiers", "portal")

# Fixed, whatever the shell says: a stray DEBUG=… of another tool must not change what is shown.
_FIXED = {"DEBUG": "0", "DEMO": "1", "PUBLIC_SCHEME": "http", "NATIONAL_HOST": "localhost"}
# One worker has no others to greet at its start.
_ALONE = ("--without-mingle", "--without-gossip")
_DEFAULTS = {"REQUIRE_MFA": "0", "MESSAGING_CHANNELS": "mock", "LOG_FORMAT": "plain"}


class PlanError(ValueError):
    """What was asked for makes no sense; the message is for people, in Vietnamese."""


@dataclass(frozen=True)
class Step:
    """A command that prepares data and ends; running it again must do no harm."""

    title: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Server:
    """A command that runs until it is told to stop. Its log is `logs/<name>.log`.

    `later`: started when the others are ready, so that people wait for those alone.
    """

    name: str
    command: tuple[str, ...]
    ready: Callable[[], bool] | None = None
    stop_seconds: float = 15.0
    later: bool = False


@dataclass(frozen=True)
class Plan:
    """One run of the demonstration. Servers stand in the order in which they are stopped."""

    data_dir: Path
    port: int
    steps: tuple[Step, ...]
    servers: tuple[Server, ...]
    environment: Mapping[str, str]
    provinces: tuple[str, ...] = PROVINCES
    watched: tuple[Path, ...] = ()
    project: Path = PROJECT
    lan_address: str = ""
    province_ports: Mapping[str, int] = field(default_factory=dict)

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port that the servers will listen on."""
        return (self.port, *self.province_ports.values())

    @property
    def bind_address(self) -> str:
        """All addresses in a LAN demonstration, else this machine alone."""
        return "0.0.0.0" if self.lan_address else "127.0.0.1"  # noqa: S104

    def fingerprint(self, database: str) -> str:
        """Changes when what the steps read, the steps themselves or the database they filled changes."""
        digest = hashlib.sha256(repr((database, [step.command for step in self.steps])).encode())
        for path in self.watched:
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file() and "__pycache__" not in file.parts:
                    digest.update(f"\0{file.relative_to(self.project)}\0".encode())
                    digest.update(file.read_bytes())
        return digest.hexdigest()


def from_environment(environment: Mapping[str, str]) -> Plan:
    """The demonstration that PORT, LAN, DATA_DIR ask for. Raises PlanError when PORT is no port number."""
    given = environment.get("PORT") or "8000"
    lan = switched_on(environment, "LAN")
    room = len(PROVINCES) if lan else 0
    if not (given.isascii() and given.isdigit()) or not 1 <= int(given) <= 65535 - room:
        raise PlanError(f"PORT={given} không phải là số cổng hợp lệ (1 đến {65535 - room}).")
    port = int(given)
    data_dir = Path(environment.get("DATA_DIR") or PROJECT / ".data").resolve()
    province_ports = {slug: port + number for number, slug in enumerate(PROVINCES, 1)} if lan else {}
    settings = {
        **{name: environment.get(name) or value for name, value in _DEFAULTS.items()},
        **_FIXED,
        "DATA_DIR": str(data_dir),
        "PROMETHEUS_MULTIPROC_DIR": str(data_dir / COUNTS),
        "PUBLIC_PORT": str(port),
        "PROVINCE_PORTS": ",".join(f"{number}={slug}" for slug, number in province_ports.items()),
    }
    if lan:
        settings["LAN_HOST"] = lan_address()
    host = "0.0.0.0" if lan else "127.0.0.1"  # noqa: S104
    return Plan(
        data_dir=data_dir,
        port=port,
        steps=_steps(("--dossiers", environment["DOSSIERS"]) if environment.get("DOSSIERS") else ()),
        servers=(
            _web("web", host, port),
            *(_web(f"web-{slug}", host, number) for slug, number in province_ports.items()),
            Server("beat", (*_celery("beat"), "--schedule", str(data_dir / "beat"), "--pidfile=")),
            Server(
                "worker", (*_celery("worker"), "--pool", "prefork", "-c", "2", *_ALONE), ready=worker_answers
            ),
            # The safety net: it sends whatever the others leave, and needs no queue.
            Server("relay", (sys.executable, str(PROJECT / "manage.py"), "relay", "run"), later=True),
        ),
        environment=settings,
        watched=(
            PROJECT / "provinces",
            PROJECT / "procedures" / "data",
            PROJECT / "requirements" / "production.txt",
            *(
                folder
                for room in _ROOMS
                for name in ("migrations", "static")
                for folder in sorted((PROJECT / room).rglob(name))
            ),
        ),
        lan_address=lan_address() if lan else "",
        province_ports=province_ports,
    )


def switched_on(environment: Mapping[str, str], name: str) -> bool:
    """Whether a yes-or-no variable says yes."""
    return environment.get(name, "").strip().lower() in ("1", "on", "true", "yes")


def _steps(dossiers: tuple[str, ...]) -> tuple[Step, ...]:
    manage = (sys.executable, str(PROJECT / "manage.py"))
    return (
        Step("Gom tệp tĩnh", (*manage, "collectstatic", "--noinput")),
        Step("Tạo bảng dùng chung", (*manage, "migrate_schemas", "--shared")),
        *(
            Step(f"Dựng tỉnh {slug}", (*manage, "province", "apply", slug, "--yes", "--keep-manual"))
            for slug in PROVINCES
        ),
        Step("Nạp hồ sơ minh họa", (*manage, "demo", "seed", *dossiers)),
    )


def _web(name: str, host: str, port: int) -> Server:
    command = (sys.executable, "-m", "portal.server", "--host", host, "--port", str(port))
    return Server(name, command, ready=lambda: web_answers(port))


def _celery(part: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "celery", "-A", "portal", part, "--loglevel", "warning")


def web_answers(port: int) -> bool:
    """Whether the web server on this port answers its health page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)  # no proxy of the shell's
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def worker_answers() -> bool:
    """Whether a Celery worker answers on the queue; waits up to a second."""
    from kombu.exceptions import OperationalError
    from redis import RedisError

    from portal.celery import app

    try:
        return bool(app.control.ping(timeout=1.0, limit=1))
    except (OperationalError, RedisError, OSError):
        return False


def lan_address() -> str:
    """Address of this machine in its local network; 127.0.0.1 when it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: only asks which way packets would leave
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def port_is_free(host: str, port: int) -> bool:
    """Whether a server can listen there now. Raises PlanError when this account may not use the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise PlanError(f"Tài khoản này không được mở cổng {port}. Hãy chọn cổng từ 1024.") from error
        except OSError:
            return False
        return True
