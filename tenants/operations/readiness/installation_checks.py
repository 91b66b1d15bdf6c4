"""Checks of the installation, whatever province: `manage.py doctor` asks all, `/readyz` and `province check` some.

WARNING: it serves, but needs a look. BLOCKED: something does not work. A check may wait: `run_all` gives each
its seconds.
"""

import logging
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import redis
from django.conf import settings
from django.core import checks
from django.db import DatabaseError
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from messaging.channels.models import ChannelAccount
from tenants import clock
from tenants.files import storage, virus_scanner
from tenants.folder.readiness import Finding, Owner, State, found
from tenants.isolation import province_cache, schema_migrations
from tenants.isolation.backend import connection, server
from tenants.isolation.context import province_context, public_context
from tenants.operations import certificates, disks, processes
from tenants.operations.backup import pg_tools
from tenants.operations.backup.archive import BackupRefused
from tenants.operations.parallel import ask_each
from tenants.web import http

log = logging.getLogger(__name__)

SECONDS = 20.0
"""So long `run_all` waits for the slowest."""
ANSWER_SECONDS = 5.0
CLOCK_SECONDS = 5.0
"""A difference at which codes of telephones and time limits go wrong."""
LEAST_LOCKS = 256
PGBACKREST_FOR_18 = (2, 56)
"""2.55 knows PostgreSQL 18 as it was half a year before its release."""
_SERVER = """
SELECT current_setting('server_version'), current_setting('max_locks_per_transaction')::int,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false), inet_server_addr()::text,
    (SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication FROM pg_roles WHERE rolname = %s)
"""


def schemas_behind() -> tuple[dict[str, list[str]], list[str]]:
    """Migrations of this code that `public` and provinces which serve lack, by slug; and slugs that only get ready.

    Raises DatabaseError.
    """
    lacking: dict[str, list[str]] = {}
    being_prepared = []
    with public_context():
        if missing := schema_migrations.missing_here():
            lacking["public"] = missing
        for record in province_cache.all_records():
            if record.is_at_rest:
                continue
            with province_context(record):
                missing = schema_migrations.missing_here()
            if missing and record.is_being_prepared:
                # Its tables are being made: no reason to send away the visitors of all others.
                being_prepared.append(record.slug)
            elif missing:
                lacking[record.slug] = missing
    return lacking, being_prepared


def page_renders() -> bool:
    """Whether the page that needs least can be made; each page names static files by their hashed names."""
    try:
        render_to_string("503.html")
    except Exception:  # whatever it is, visitors would meet it on every page
        log.exception("no page can be made; manage.py collectstatic makes the static files")
        return False
    return True


def store_findings(folder: str = "") -> Iterator[Finding]:
    """The store of files, tried in this folder or in that of the present province, and the scanner of viruses."""
    trouble, cause = storage.try_out(folder), ""
    if trouble:
        cause = _("Kho tệp không nhận, đọc hay xóa được tệp thử ở %(trouble)s.") % {"trouble": trouble}
    fix = _("Xem DOSSIER_STORAGE, DATA_DIR và quyền ở kho: docs/van-hanh/tep.md.")
    yield _found("files", _("Kho tệp nhận, đọc, xóa được một tệp thử"), cause, fix)
    # Said here, since nothing of it is said to citizens.
    title, state = _("Có máy quét vi-rút"), State.WARNING
    cause = "" if virus_scanner.is_configured() else _("Tệp được phát ra mà chưa quét vi-rút.")
    fix = _("Cài clamd và khai CLAMD_URL: docs/van-hanh/tep.md.")
    if not cause:
        try:
            virus_scanner.ask(settings.CLAMD_URL, [b"mot-cua"])
        except virus_scanner.ScannerError as error:
            cause, state = _("clamd không trả lời (%(error)s).") % {"error": error}, State.BLOCKED
            fix = _("Xem clamd còn chạy và CLAMD_URL đúng không: docs/van-hanh/tep.md.")
    yield _found("files.scanner", title, cause, fix, state)


def _found(id: str, title: str, cause: str = "", fix: str = "", state: State = State.BLOCKED) -> Finding:
    return found(id, title, cause, fix, Owner.OPERATOR, state=state)


def configuration() -> Iterator[Finding]:
    wrong = [one for one in checks.run_checks() if one.level >= checks.WARNING and not one.is_silenced()]
    cause = " ".join(f"{one.msg}" for one in wrong[:3])
    state = State.BLOCKED if any(one.is_serious() for one in wrong) else State.WARNING
    yield _found("settings", _("Cấu hình đọc được"), cause, _("Sửa theo docs/van-hanh/cau-hinh.md."), state)


def database() -> Iterator[Finding]:
    with public_context():
        unfit = server.unfit()
        with connection.cursor() as cursor:
            cursor.execute(_SERVER, [settings.DATABASE_RUNTIME_USER])
            version, locks, places, is_tls, address, has_rights = cursor.fetchone()
        large_objects = server.lets_all_make_large_objects(settings.DATABASE_RUNTIME_USER)
        lives = processes.signs_of_life()
    guide = _("Xem docs/van-hanh/cai-dat.md, mục PostgreSQL.")
    yield _found("database", f"PostgreSQL {version}", unfit, guide)
    web, worker = (max(1, lives[kind].machines) for kind in ("web", "worker"))
    need = (
        (settings.WEB_THREADS + 18) * (settings.WEB_PROCESSES or os.cpu_count() or 1) * web + 16 * worker + 16
    )
    numbers = {"places": places, "need": need}
    title = _("Chỗ cho kết nối: %(places)d, cổng mở nhiều nhất %(need)d") % numbers
    cause = _("Giờ cao điểm sẽ có trang không nối được.") if places < need else ""
    fix = _("Tăng max_connections, hoặc giảm WEB_PROCESSES, WEB_THREADS: docs/van-hanh/co-may.md.")
    yield _found("database.connections", title, cause, fix, State.WARNING)
    title = f"max_locks_per_transaction = {locks}"
    cause = _("Bỏ hay phục hồi một tỉnh sẽ thiếu khóa.") if locks < LEAST_LOCKS else ""
    yield _found("database.locks", title, cause, _("Đặt 512 rồi khởi động lại PostgreSQL."), State.WARNING)
    is_near = address is None or address.startswith(("127.", "::1"))
    cause = "" if is_tls or is_near else _("Dữ liệu đi giữa hai máy mà không mã hóa.")
    fix = _("Thêm sslmode=verify-full vào DATABASE_URL, bật ssl ở PostgreSQL; mạng riêng đã kín thì thôi.")
    title = _("Kết nối qua TLS") if is_tls else _("Kết nối không qua TLS")
    yield _found("database.tls", title, cause, fix, State.WARNING)
    cause = _("Đăng nhập này có quyền của chủ hay tạo được large object: lỗi có thể lan sang tỉnh khác.")
    fix = _("Dùng đăng nhập chỉ để chạy, như deploy/roles.sql tạo.")
    title = _("Quyền của đăng nhập lúc chạy (%(login)s)") % {"login": settings.DATABASE_RUNTIME_USER}
    yield _found("database.rights", title, cause if has_rights or large_objects else "", fix)


def tables() -> Iterator[Finding]:
    lacking = ", ".join(schemas_behind()[0])
    cause = _("Còn theo bản mã cũ: %(names)s.") % {"names": lacking} if lacking else ""
    fix = _("Chạy manage.py schemas migrate: docs/van-hanh/luoc-do.md.")
    yield _found("tables", _("Bảng của mọi tỉnh theo bản mã này"), cause, fix)


def pages() -> Iterator[Finding]:
    cause = "" if page_renders() else _("Chưa gom tệp tĩnh của bản mã này.")
    yield _found("pages", _("Trang làm được"), cause, _("Chạy sh deploy/prepare.sh, khởi động lại web."))


def queue() -> Iterator[Finding]:
    fix = _("Xem Valkey còn chạy và REDIS_URL đúng không; tin vẫn đi nhờ relay, chậm hơn.")
    limits: Any = {"socket_connect_timeout": ANSWER_SECONDS, "socket_timeout": ANSWER_SECONDS}
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **limits) as asked:
            policy = str(asked.info("memory").get("maxmemory_policy", ""))
    except redis.RedisError as error:
        cause = _("Valkey không trả lời (%(error)s).") % {"error": type(error).__name__}
        yield _found("queue", "Valkey", cause, fix)
        return
    cause = _("Khi đầy, Valkey tự bỏ việc cũ (%(policy)s).") % {"policy": policy}
    cause = "" if policy == "noeviction" else cause
    yield _found("queue", "Valkey", cause, _("Đặt maxmemory-policy noeviction."), State.WARNING)


def files() -> Iterator[Finding]:
    yield from store_findings("thu-kho")


def dump_programs() -> Iterator[Finding]:
    title, cause, major = "pg_dump", "", _server_major()
    # Web machines make no backups.
    state = State.BLOCKED if settings.BACKUP_KEYS else State.WARNING
    try:
        title = f"pg_dump: {pg_tools.folder(major)}"
    except BackupRefused as error:
        cause = str(error)
    yield _found("pg_dump", title, cause, _("Máy không sao lưu, không phục hồi thì thôi."), state)
    if (program := shutil.which("pgbackrest")) is None:
        return
    command = [program, "version"]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ANSWER_SECONDS)  # noqa: S603
    number = re.search(r"(\d+)\.(\d+)", said.stdout)
    known = (int(number[1]), int(number[2])) if number else (0, 0)
    names = {"found": said.stdout.strip(), "server": major, "least": ".".join(map(str, PGBACKREST_FOR_18))}
    is_old = major >= 18 and known < PGBACKREST_FOR_18
    cause = _("%(found)s chưa đọc được PostgreSQL %(server)d.") if is_old else ""
    fix = _("Cài pgBackRest từ %(least)s, ví dụ từ kho của PostgreSQL; không thì dùng PostgreSQL 17.")
    yield _found("pgbackrest", said.stdout.strip() or "pgBackRest", cause % names, fix % names)


def _server_major() -> int:
    with public_context():
        connection.ensure_connection()
        return int(connection.pg_version) // 10_000


def clocks() -> Iterator[Finding]:
    with public_context(), connection.cursor() as cursor:
        before = clock.now()
        cursor.execute("SELECT clock_timestamp()")
        there, after = cursor.fetchone()[0], clock.now()
    seconds = max((before - there).total_seconds(), (there - after).total_seconds(), 0.0)
    title = _("Đồng hồ lệch máy cơ sở dữ liệu %(seconds).1f giây") % {"seconds": seconds}
    cause = _("Mã sáu số, hạn và giờ gửi tin sẽ sai.") if seconds > CLOCK_SECONDS else ""
    yield _found("clock", title, cause, _("Bật đồng bộ giờ (NTP) ở cả hai máy."))


def space() -> Iterator[Finding]:
    for name, (free, total) in disks.free_space().items():
        share = {"folder": name, "free": free / 2**30, "share": 100 * free / total}
        title = _("Chỗ trống của %(folder)s: %(free).1f GB, %(share).0f%%") % share
        cause = _("Sắp hết chỗ: tệp và bản sao lưu sẽ bị từ chối.") if free < disks.LEAST_FREE * total else ""
        yield _found(f"disk.{name}", title, cause, _("Dọn bớt hoặc thêm đĩa."))


def tls() -> Iterator[Finding]:
    fix, now = _("Gia hạn chứng thư, xem tên miền và proxy: docs/van-hanh/cai-dat.md."), clock.now()
    asked = certificates.hosts()
    ends = certificates.read(asked)
    for host in asked:
        end, state, cause = ends.get(host), State.BLOCKED, _("Tên miền không trả lời qua TLS.")
        if end is not None:
            days = (end - now).total_seconds() / 86_400
            cause = _("Chứng thư đã hết hạn.") if days < 0 else ""
            if 0 <= days < certificates.SOON_DAYS:
                cause, state = _("Chứng thư còn %(days)d ngày.") % {"days": days}, State.WARNING
        yield _found(f"certificates.{host}", _("Chứng thư của %(host)s") % {"host": host}, cause, fix, state)


def outbound() -> Iterator[Finding]:
    addresses = _addresses()
    answers = ask_each(_reach, addresses, 2 * ANSWER_SECONDS)
    fix = _("Mở tường lửa tới địa chỉ ấy, hoặc ghi vào OUTBOUND_ALLOW. Cổng gọi thẳng, không qua proxy.")
    for url in addresses:
        words = {"url": url, "why": answers.get(url, _("không trả lời"))}
        cause = _("Không gọi được: %(why)s.") % words if words["why"] else ""
        yield _found(f"outbound.{url}", _("Gọi ra %(url)s") % words, cause, fix)
    proxies = sorted(name for name in os.environ if name.upper() in ("HTTP_PROXY", "HTTPS_PROXY"))
    if proxies and addresses:
        cause = _("%(names)s được đặt mà cổng không dùng.") % {"names": ", ".join(proxies)}
        yield _found("outbound.proxy", _("Gọi ra không qua proxy"), cause, fix, State.WARNING)


def _addresses() -> list[str]:
    """Servers that channels and single sign-on call, as settings and the accounts of open provinces name them."""
    named = [provider.issuer for provider in settings.OIDC_PROVIDERS.values()]
    if "zalo" in settings.MESSAGING_CHANNELS:
        named += [settings.ZALO_OAUTH_URL, settings.ZALO_OPENAPI_URL, settings.ZALO_BUSINESS_URL]
    with public_context():
        for record in province_cache.all_records():
            if record.is_open:
                with province_context(record):
                    accounts = ChannelAccount.objects.filter(channel__in=settings.MESSAGING_CHANNELS)
                    for config in accounts.values_list("config", flat=True):
                        named += [value for value in config.values() if isinstance(value, str)]
    # Without the path: it may hold a word that opens the account.
    servers = (re.match(r"https?://[^/?#@]+(?=[/?#]|\Z)", value) for value in named)
    return sorted({server[0] for server in servers if server})


def _reach(url: str) -> str:
    """Why nothing answers there, in a word; "" for any answer."""
    said = http.call("GET", f"{url}/", connect=ANSWER_SECONDS, read=ANSWER_SECONDS, most=4096)
    return said.cause if isinstance(said, http.NotSent) else ""


def liveness() -> Iterator[Finding]:
    fix = _("Xem dịch vụ ấy còn chạy không và nhật ký của nó, rồi khởi động lại.")
    for kind, life in processes.signs_of_life().items():
        title = _("%(kind)s chạy ở %(machines)d máy") % {"kind": kind, "machines": life.machines}
        cause = "" if life.is_alive else _("%(kind)s không chạy, hoặc đã lâu không hỏi cơ sở dữ liệu.")
        yield _found(f"processes.{kind}", title, cause % {"kind": kind}, fix)
    cause = "" if processes.beat_holder() else _("Không beat nào giữ khóa: việc theo lịch không được gọi.")
    yield _found("processes.beat-lock", _("Có beat gọi việc theo lịch"), cause, fix)


CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "settings": configuration, "database": database, "tables": tables, "pages": pages, "queue": queue,
    "files": files, "pg_dump": dump_programs, "clock": clocks, "disk": space, "certificates": tls,
    "outbound": outbound, "processes": liveness,
}  # fmt: skip


def run_all() -> list[Finding]:
    """What all checks find, in their order, within SECONDS: one that fails or does not end by then is what is wrong."""
    answers = ask_each(_run, CHECKS, SECONDS)
    silent = _("Không trả lời trong %(seconds)d giây.") % {"seconds": SECONDS}
    fix = _("Xem máy mà mục này hỏi, rồi chạy lại.")
    return [one for id in CHECKS for one in answers.get(id) or [_found(id, id, silent, fix)]]


def _run(id: str) -> list[Finding]:
    """Its findings; one sentence where it cannot look."""
    try:
        return list(CHECKS[id]()) or [Finding(id, id, State.SKIPPED, _("Không có gì để xem."))]
    except Exception as error:
        said = _("Không kiểm tra được (%(error)s).") % {"error": type(error).__name__}
        fix = _("Xem nhật ký của lệnh này, báo đơn vị vận hành.")
        if failure := server.failure(error):
            said = f"{failure} ({server.detail(error)})"
            fix = _("Xem PostgreSQL còn chạy không và DATABASE_URL: docs/van-hanh/su-co.md.")
        return [_found(id, id, said, fix)]


def is_alive_here(kind: str) -> bool:
    """Whether a process of this kind lives on this machine; True where the database cannot be asked."""
    try:
        return processes.signs_of_life(socket.gethostname())[kind].is_alive
    except DatabaseError:
        return True
