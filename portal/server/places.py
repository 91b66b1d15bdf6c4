"""Places for work that costs much, asked for before a body is read: files, passwords, heavy lists.

Citizens and staff have places and threads of their own, so that none waits for the other's work, and no page for
either. A sender who proved nothing has one place for the draft and one for the network; a proven number and an account
of staff have theirs. Callbacks of channels have a thread too: their senders count seconds.
"""

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from dossiers.filing import drafts
from portal.server.application import FILES_KEY, PAGES, Wanted
from portal.server.threads import Sender
from tenants.accounts import api_keys
from tenants.accounts.signin import sessions
from tenants.isolation.backend import server
from tenants.isolation.middleware import CALLBACK_PATH, ProvinceMiddleware, split_host
from tenants.isolation.signing import present_owner
from tenants.web import rate_limits
from tenants.web.client_address import address_of, client_address

CALLBACKS, STAFF_PAGES, SEARCHES, FEEDS = "callbacks", "staff-pages", "searches", "feeds"
CITIZENS_FILES, STAFF_FILES = "citizens-files", "staff-files"
SIGN_INS, KNOWN_SIGN_INS = "sign-ins", "known-sign-ins"
STAFF_WORK, STAFF_EXPORTS, STAFF_SHEETS = "staff-work", "staff-exports", "staff-sheets"
"""Passwords, and those of browsers that signed in before; heavy lists, reports and acts on many dossiers, of seconds; files made of them, of minutes; one form."""
THREADS = {
    CALLBACKS: (1, 1), FEEDS: (2, 1), STAFF_PAGES: (3, 2), SEARCHES: (2, 1),
    CITIZENS_FILES: (3, 1), STAFF_FILES: (3, 2), SIGN_INS: (2, 1), KNOWN_SIGN_INS: (2, 1), STAFF_WORK: (2, 1), STAFF_EXPORTS: (2, 1),
    STAFF_SHEETS: (2, 1),
}  # fmt: skip
"""By kind how many, and how many one sender has at one time: never all where there are several."""
BUSY = {
    CITIZENS_FILES: _(
        "Cổng đang nhận một tệp khác từ số điện thoại hoặc mạng này. Xin ông/bà gửi lại sau vài giây."
    ),
    STAFF_FILES: _(
        "Cổng đang nhận các tệp khác của tài khoản này hoặc của tỉnh. Xin đợi gửi xong rồi gửi tiếp."
    ),
    SIGN_INS: _("Cổng đang kiểm tra một lần đăng nhập khác từ mạng này. Xin thử lại sau vài giây."),
    KNOWN_SIGN_INS: _(
        "Cổng đang kiểm tra một lần đăng nhập khác của tài khoản này. Xin thử lại sau vài giây."
    ),
    STAFF_WORK: _("Các lần tìm, thống kê khác chưa xong. Xin thử lại sau vài giây."),
    STAFF_EXPORTS: _("Các lần xuất tệp khác chưa xong. Xin thử lại sau ít phút."),
    STAFF_SHEETS: _("Các tờ in khác chưa xong. Xin thử lại sau vài giây."),
}
"""The sentence for one whose place did not come free."""
STAFF_PATHS = ("/quan-tri/", "/van-hanh/")
FILES_PATHS = (*STAFF_PATHS, drafts.ADDRESS)
PASSWORD_PATHS = tuple(
    f"{path}{page}/" for path in STAFF_PATHS for page in ("login", "loi-moi", "password_change")
)
"""Where a password is checked or set, which is slow on purpose."""
PROVIDER_PATHS = tuple(f"{path}dang-nhap/sso/" for path in STAFF_PATHS)
"""Where a provider of identities is asked over the network."""
MACHINES_FILES = re.compile(r"/api/v1/dossiers/[^/]+/files/")
"""Where machines send files; a key stands for the session."""
FEED_PATHS, MACHINES_LIST = ("/api/v1/feeds/",), "/api/v1/dossiers/"
"""Where another system sends up to 500 rows, and reads as many: seconds of work, for which no page waits."""
COUNTING_PATHS = ("/api/v1/statistics/",)
"""Where anybody may have many rows counted."""
CATALOGUE_PATH, CATALOGUE_LIST = "/thu-tuc/", "/quan-tri/procedures/procedure/"
"""Lists of up to thousands of procedures, counted anew with each filter."""
HEAVY_PATHS = ("/quan-tri/bao-cao/", "/quan-tri/san-sang/", "/quan-tri/dossiers/dossier/nhieu/")
HEAVY_ENDS, SHEETS_FOLDER = (".xlsx", ".pdf", ".csv"), "/bieu-mau/"
"""Pages for staff that count, change or make a file of many rows; one form of one dossier has threads of its own."""
SMALL_BODY = 256 * 1024
"""Bytes that a form without files has at most."""
CITIZENS_FORM = 64 * 1024
"""Bytes of a form of citizens outside online filing: its page comes back with all that was typed."""
FORM_ROOM = 64 * 1024
"""Bytes of a form around the one file that a citizen sends at a time."""
FAILURE_KEY = "portal.failure"
"""The error for which no place could be found."""
STRANGERS_SECONDS, FILES_SECONDS = 60, 600
"""A place that a killed process never gave back is free again after so long."""
BYTES_A_SECOND = 50_000
"""An upload of a known sender arrives at this rate or faster."""
STRANGERS_BODY = 25_000, 3.0
"""So many bytes a second, after so many seconds, a stranger's upload arrives, or its place is another's."""
# The name of the parameter may be escaped. No parser: this is asked in the loop that every request passes.
_SEARCHED = re.compile(r"(?:^|&)(?:q|%71)=[^&]")
# In one process at one time: so many may send or wait, strangers one of a network, proven numbers 24.
STRANGERS_MOST, KNOWN_MOST, NUMBERS_PER_NETWORK = 32, 60, 24


def sort(environ: Mapping[str, Any]) -> tuple[str, int, bool]:
    """The threads that answer this request without a place, its largest body, and whether it wants a place."""
    path, is_read = environ["PATH_INFO"], environ["REQUEST_METHOD"] in ("GET", "HEAD")
    if path.startswith(CALLBACK_PATH):
        return CALLBACKS, settings.DATA_UPLOAD_MAX_MEMORY_SIZE, False
    if path.startswith(FEED_PATHS) or (is_read and path == MACHINES_LIST):
        return FEEDS, settings.DATA_UPLOAD_MAX_MEMORY_SIZE, False
    if is_read:
        is_copy = path.startswith(drafts.ADDRESS) and path.endswith(".pdf")
        wants = is_copy or path.startswith(PROVIDER_PATHS)
    else:
        takes_files = path.startswith(FILES_PATHS) or MACHINES_FILES.fullmatch(path)
        wants = path.startswith(PASSWORD_PATHS) or bool(takes_files and _has_files(environ))
    wants = wants or _is_heavy(environ)
    if path.startswith(STAFF_PATHS):
        return STAFF_PAGES, SMALL_BODY, wants
    # A search takes as long as ten pages; a few networks that search leave the threads of pages to the others.
    query = environ["QUERY_STRING"]
    is_list = path.startswith(COUNTING_PATHS) or (query and path == CATALOGUE_PATH)
    is_search = is_read and (is_list or _SEARCHED.search(query))
    is_small = not wants and not path.startswith(drafts.ADDRESS)
    return SEARCHES if is_search else PAGES, CITIZENS_FORM if is_small else SMALL_BODY, wants


def sender(environ: Mapping[str, Any]) -> Sender:
    """By whom threads for pages are shared: by network, and in it, for pages of staff, by host and browser.

    People of one office share a network; one of them keeps neither colleagues nor other provinces waiting, nor does one
    province from many networks. Host and cookies may be anything: who invents them divides no more than the turns of
    one network.
    """
    address = address_of(environ)
    network, one, host = rate_limits.origin(address), rate_limits.block(address), ""
    path = environ["PATH_INFO"]
    if path.startswith((*STAFF_PATHS, *FEED_PATHS)) or path == MACHINES_LIST:
        # As the province is found by it, so that one host has no other spellings.
        host = f"{split_host(environ.get('HTTP_HOST', ''))[0]}:{environ.get('SERVER_PORT', '')}"
        one = " ".join((one, host, environ.get("HTTP_COOKIE", "")))
    return Sender(network, one, host)


def want(environ: dict[str, Any]) -> Wanted | None:
    """The place that this request wants, by its sender; None where it is an ordinary page after all."""
    try:
        return ask(environ, find_place)
    except Exception as error:
        # The page says what is wrong, in the words of its reader.
        server.note_failure(error, "no place could be found")
        environ[FAILURE_KEY] = error
        return None


def ask[Answer](environ: Mapping[str, Any], question: Callable[[HttpRequest], Answer]) -> Answer | None:
    """The answer to a question about this request, whose body is not read, inside its province and session.

    None where the request comes to no page.
    """
    found: list[Answer] = []

    def answer(request: HttpRequest) -> HttpResponse:
        found.append(question(request))
        return HttpResponse()

    request = WSGIRequest({**environ, "CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()})
    ProvinceMiddleware(SessionMiddleware(AuthenticationMiddleware(answer)))(request)  # type: ignore[arg-type]
    return found[0] if found else None


def take(wanted: Wanted) -> bool:
    """Count it against its counters if each has room; whether they had."""
    return rate_limits.take(wanted.counters, seconds=wanted.seconds)


def leave(wanted: Wanted) -> None:
    """Give back what `take` counted."""
    rate_limits.give_back(wanted.counters)


def find_place(request: HttpRequest) -> Wanted | None:
    """The place of a request inside its province and session; None where it wants none."""
    path = request.path_info
    if path.startswith(drafts.ADDRESS):
        return _of_draft(request) if request.province else None  # type: ignore[attr-defined]
    account, is_machines = sending_account(request), bool(MACHINES_FILES.fullmatch(path))
    is_sign_in = path.startswith((*PASSWORD_PATHS, *PROVIDER_PATHS))
    if is_sign_in or _is_heavy(request.META):
        of_files = STAFF_SHEETS if SHEETS_FOLDER in path else STAFF_EXPORTS
        of_lists = of_files if path.endswith(HEAVY_ENDS) else STAFF_WORK
        if known := account or sessions.known_name(request):
            threads = KNOWN_SIGN_INS if is_sign_in else of_lists
            return _place(threads, "account", known, body_max=SMALL_BODY)
        # A list without a session is the page that asks for one.
        return _of_stranger(request, SIGN_INS, SMALL_BODY) if is_sign_in else None
    if account is None and not is_machines:
        return _of_stranger(request, CITIZENS_FILES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if account is None or not request.META.get(FILES_KEY, True):
        return None
    most = settings.FILE_MAX_BYTES + FORM_ROOM if is_machines else settings.UPLOAD_MAX_BYTES
    return _place(STAFF_FILES, "account", account, body_max=most)


def sending_account(request: HttpRequest) -> int | None:
    """The account that sends, by its session, a machine's by its key; None for a stranger."""
    if not MACHINES_FILES.fullmatch(request.path_info):
        return request.user.pk if request.user.is_authenticated else None
    key = api_keys.brought_by(request) if request.province else None  # type: ignore[attr-defined]
    return key.user_id if key else None


def draft_name(request: HttpRequest) -> str:
    """The signed name of a draft in the address of its page."""
    return request.path_info.removeprefix(drafts.ADDRESS).partition("/")[0]


def _of_draft(request: HttpRequest) -> Wanted:
    session = drafts.living_session(draft_name(request), drafts.Browser.of(request))
    if session is not None and session.proven_at is not None:
        is_open = session.draft.filed_at is None
        most = settings.FILE_MAX_BYTES + FORM_ROOM if is_open else SMALL_BODY
        network = rate_limits.origin(client_address(request))
        numbers = {f"place:{CITIZENS_FILES}:numbers:{network}": NUMBERS_PER_NETWORK}
        wanted = _place(CITIZENS_FILES, "number", session.draft.phone_index, body_max=most)
        return replace(wanted, counters={**wanted.counters, **numbers}, group=network)
    draft = {"draft": str(session.draft_id)} if session else {}
    return _of_stranger(request, CITIZENS_FILES, settings.DATA_UPLOAD_MAX_MEMORY_SIZE, **draft)


def _of_stranger(request: HttpRequest, threads: str, body_max: int, **more: str) -> Wanted:
    keys = {"network": rate_limits.origin(client_address(request)), **more}
    return Wanted(
        threads, f"{threads}:strangers", STRANGERS_MOST, body_max,
        # Of all provinces together: a stranger comes to each of them.
        {f"place:{threads}:{kind}:{key}": 1 for kind, key in keys.items()}, STRANGERS_SECONDS,
        *STRANGERS_BODY,
        # All strangers together leave a thread to numbers that were proven.
        group="strangers" if threads == CITIZENS_FILES else "", province=present_owner(),
    )  # fmt: skip


def _place(threads: str, kind: str, key: Any, *, body_max: int) -> Wanted:
    counters = {f"place:{threads}:{present_owner()}:{kind}:{key}": 1}
    return Wanted(
        threads, f"{threads}:known", KNOWN_MOST, body_max, counters, FILES_SECONDS, BYTES_A_SECOND,
        # One province never has all threads: its people wait for each other, not the people of the others.
        group="" if threads == CITIZENS_FILES else present_owner(), province=present_owner(),
    )  # fmt: skip


def _has_files(environ: Mapping[str, Any]) -> bool:
    """Whether the body may hold a file, or is larger than a form without any."""
    size = environ.get("CONTENT_LENGTH", "")
    is_large = "HTTP_TRANSFER_ENCODING" in environ or not size.isdecimal() or int(size[:19]) > SMALL_BODY
    return is_large or environ.get("CONTENT_TYPE", "").lower().startswith("multipart/")


def _is_heavy(environ: Mapping[str, Any]) -> bool:
    """Whether a page for staff searches a list, as it does for a post too, or makes a file of one."""
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    return path.startswith(STAFF_PATHS) and (
        path.startswith(HEAVY_PATHS)
        or path == CATALOGUE_LIST
        or path.endswith(HEAVY_ENDS)
        or bool(_SEARCHED.search(query))
    )
