"""What the demonstration does, as data: its steps, its servers, what they depend on."""

import hashlib
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

# Fixed, whatever the shell says: a stray DEBUG=… of another tool must not change what is shown.
_FIXED = {"DEBUG": "0", "DEMO": "1", "PUBLIC_SCHEME": "http", "NATIONAL_HOST": "localhost"}
_DEFAULTS = {"REQUIRE_MFA": "0", "MESSAGING_CHANNELS": "mock", "LOG_FORMAT": "plain"}
_WATCHED = (
    "provinces",
    "procedures/catalogue/data",
    "requirements/production.txt",
    *(
        f"{room}/**/{name}"
        for room in ("tenants", "procedures", "messaging", "dossiers", "portal")
        for name in ("migrations", "static")
    ),
)
_MANAGE = (sys.executable, str(PROJECT / "manage.py"))
_CELERY = (sys.executable, "-m", "celery", "-A")

Command = tuple[str, ...]


class PlanError(ValueError):
    """What was asked for makes no sense; the message is for people, in Vietnamese."""


@dataclass(frozen=True)
class Step:
    """Commands that prepare data and end, at the same time; running them again must do no harm."""

    title: str
    commands: tuple[Command, ...]


@dataclass(frozen=True)
class Server:
    """A command that runs until it is stopped. Its log is `logs/<name>.log`."""

    name: str
    command: Command
    ready: Callable[[], bool] | None = None


@dataclass(frozen=True)
class Plan:
    """One run of the demonstration. People wait for its servers, but not for the last one."""

    data_dir: Path
    port: int
    steps: tuple[Step, ...]
    servers: tuple[Server, ...]
    environment: Mapping[str, str]
    watched: tuple[str, ...] = _WATCHED
    project: Path = PROJECT
    host: str = "127.0.0.1"
    lan_address: str = ""
    ha: bool = False
    province_ports: Mapping[str, int] = field(default_factory=dict)

    def fingerprint(self, database: str) -> str:
        """Changes when what the steps read, the steps themselves or the database they filled changes."""
        digest = hashlib.sha256(repr((database, self.steps)).encode())
        for path in sorted(path for pattern in self.watched for path in self.project.glob(pattern)):
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file() and "__pycache__" not in file.parts:
                    digest.update(f"\0{file.relative_to(self.project)}\0".encode())
                    digest.update(file.read_bytes())
        return digest.hexdigest()


def from_environment(environment: Mapping[str, str]) -> Plan:
    """The demonstration that PORT, LAN, HA, DATA_DIR ask for. Raises PlanError when they make no sense."""
    ha = switched_on(environment, "HA")
    if ha and environment.get("DATABASE_URL"):
        raise PlanError("HA=1 tự dựng hai máy PostgreSQL: hãy bỏ DATABASE_URL, hoặc bỏ HA=1.")
    given = environment.get("PORT") or "8000"
    lan = lan_address() if switched_on(environment, "LAN") else ""
    highest = 65535 - (len(PROVINCES) if lan else 0)
    if not (given.isascii() and given.isdigit()) or not 1 <= int(given) <= highest:
        raise PlanError(f"PORT={given} không phải là số cổng hợp lệ (1 đến {highest}).")
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
        settings["LAN_HOST"] = lan
    host = "0.0.0.0" if lan else "127.0.0.1"  # noqa: S104
    dossiers = ("--dossiers", environment["DOSSIERS"]) if environment.get("DOSSIERS") else ()
    apply = ("province", "apply", "--yes", "--keep-manual")
    # One worker has no others to greet at its start.
    worker = ("worker", "--pool", "prefork", "-c", "2", "--without-mingle", "--without-gossip")
    return Plan(
        data_dir=data_dir,
        port=port,
        steps=(
            Step(
                "Gom tệp tĩnh, tạo bảng dùng chung",
                ((*_MANAGE, "collectstatic", "--noinput"), (*_MANAGE, "migrate_schemas", "--shared")),
            ),
            *(Step(f"Dựng tỉnh {slug}", ((*_MANAGE, *apply, slug),)) for slug in PROVINCES),
            # A province has one writer, and the two do not meet.
            Step(
                "Nạp hồ sơ minh họa", tuple((*_MANAGE, "demo", "seed", slug, *dossiers) for slug in PROVINCES)
            ),
        ),
        servers=(
            _web("web", host, port),
            *(_web(f"web-{slug}", host, number) for slug, number in province_ports.items()),
            _celery("beat", "portal.beat", "beat", "--schedule", str(data_dir / "beat"), "--pidfile="),
            _celery("worker", "portal", *worker, ready=worker_answers),
            # The safety net: it sends whatever the others leave, and needs no queue.
            Server("relay", (*_MANAGE, "relay", "run")),
        ),
        environment=settings,
        host=host,
        lan_address=lan,
        ha=ha,
        province_ports=province_ports,
    )


def switched_on(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "").strip().lower() in ("1", "on", "true", "yes")


def _web(name: str, host: str, port: int) -> Server:
    command = (sys.executable, "-m", "portal.server", "--host", host, "--port", str(port))
    return Server(name, command, ready=lambda: web_answers(port))


def _celery(name: str, *words: str, ready: Callable[[], bool] | None = None) -> Server:
    return Server(name, (*_CELERY, *words, "--loglevel", "warning"), ready=ready)


def web_answers(port: int) -> bool:
    """Whether the web server on this port answers its health page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)  # no proxy of the shell's
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == http.client.OK
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
