"""From a password to a session, step by step. An account between the steps is still anonymous to every page."""

from collections.abc import Callable
from enum import Enum

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import ExternalIdentity, User
from tenants.accounts.session_store import DEVICE_KEY, STARTED_KEY
from tenants.accounts.signin import audit_trail, passkeys, sessions, totp, unsent_form
from tenants.accounts.signin.budgets import Try, code_budget, may_record_unknown, password_budget
from tenants.isolation import crypto
from tenants.isolation.context import public_context

HALF_WAY = "_half_way"
CONFIRMED = "_confirmed"
HALF_WAY_SECONDS = 10 * 60
BACKEND = "tenants.organisation.auth_backend.RoleBackend"


class Step(Enum):
    IN = "in"
    CODE = "code"
    """The password was right; now the second factor."""
    ENROL = "enrol"
    """The password was right; a second factor must be set up first."""
    WRONG = "wrong"
    TOO_MANY = "too many"
    BUSY = "busy"
    """The provider of identities does not answer; nothing was tried."""


def by_password(request: HttpRequest, username: str, password: str) -> Step:
    """Try a name and a password.

    WRONG says nothing about which of the two was wrong, whether there is such an account, or whether it may
    work here; neither does the time it takes.
    """
    user = _try_password(request, username, lambda: password, "password")
    return user if isinstance(user, Step) else after_first_step(request, user)


def _try_password(request: HttpRequest, username: str, ask: Callable[[], str], what: str) -> User | Step:
    """The account that this password proves, one try counted before it is asked for; or why it proves none."""
    budget = password_budget(request, username)
    account = User.objects.filter(username=username).first()
    if not budget.take():
        record_lock(request, account, budget, what)
        return Step.TOO_MANY
    user = auth.authenticate(request, username=username, password=ask())
    if not isinstance(user, User) or not user.is_staff:
        if account is not None or may_record_unknown():
            audit_trail.record("failure", account, request=request, step=what)
        return Step.WRONG
    budget.give_back()
    return user


def half_way_account(request: HttpRequest) -> User | None:
    """The account whose right password was given in this browser a moment ago, not signed in yet."""
    kept = request.session.get(HALF_WAY)
    if not kept or clock.now().timestamp() - kept["at"] > HALF_WAY_SECONDS:
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True, is_staff=True).first()
    # A password that was changed meanwhile proves nothing any more, nor does an identity that was unlinked.
    if user is None or user.get_session_auth_hash() != kept["hash"]:
        return None
    identity = kept.get("identity")
    is_proved = identity is None or ExternalIdentity.objects.filter(pk=identity, user=user).exists()
    return user if is_proved else None


def by_code(request: HttpRequest, user: User, typed: str) -> Step:
    """Try a code of the second factor, or a recovery code, of a half-way account."""
    return _enter_by(request, user, _try_code(request, user, typed))


def by_passkey(request: HttpRequest, user: User, answer: str) -> Step:
    """Try the answer of a passkey of a half-way account to the challenge of this browser."""

    def verify() -> str:
        return "passkey" if passkeys.verify(request, user, answer) else ""

    return _enter_by(request, user, _try_factor(request, user, "passkey", verify))


def _enter_by(request: HttpRequest, user: User, tried: tuple[Step, str]) -> Step:
    step, kind = tried
    if step is Step.IN:
        _enter(request, user, factor=kind)
    return step


def offered_secret(request: HttpRequest) -> str:
    """The secret that this browser is offered for a telephone; the same one while its page is shown again.

    It waits in the session, not at the account: another browser is offered another one.
    """
    kept = request.session.get("_offered")
    if kept is None:
        kept = request.session["_offered"] = crypto.encrypt_here(totp.new_secret())
    return crypto.decrypt_here(kept)


def by_enrolling(request: HttpRequest, user: User, typed: str) -> list[str] | None:
    """Set up the offered second factor with its first code, and sign in who is half way.

    Answers the recovery codes, or None when the code was wrong.
    """
    codes = totp.enrol(user, offered_secret(request), typed)
    if codes is None:
        return None
    del request.session["_offered"]
    audit_trail.record("factor_set", user, request=request, actor=user)
    if request.user.is_authenticated:
        sessions.end_others(request)
    else:
        _enter(request, user, factor="app")
    return codes


def new_recovery_codes(request: HttpRequest, user: User, typed: str) -> tuple[Step, list[str]]:
    """New recovery codes for a signed-in account that proves again to hold the telephone (or a former code)."""
    step, _kind = _try_code(request, user, typed)
    if step is not Step.IN:
        return step, []
    audit_trail.record("recovery_codes_renewed", user, request=request, actor=user)
    return step, totp.renew_recovery_codes(user)


def confirm(request: HttpRequest, user: User, typed: str) -> Step:
    """Prove again, signed in, to hold the telephone: `is_confirmed` says so of this session for ten minutes."""
    step, _kind = _try_code(request, user, typed)
    if step is Step.IN:
        request.session[CONFIRMED] = clock.now().timestamp()
    return step


def is_confirmed(request: HttpRequest) -> bool:
    """Whether a code was given in this session a moment ago, so that it may change how the account signs in."""
    return clock.now().timestamp() - request.session.get(CONFIRMED, 0) <= HALF_WAY_SECONDS


def _try_code(request: HttpRequest, user: User, typed: str) -> tuple[Step, str]:
    step, kind = _try_factor(request, user, "code", lambda: totp.verify(user, typed))
    if kind == "recovery":
        audit_trail.record("recovery_code", user, request=request, left=user.recovery_codes.count())
    return step, kind


def _try_factor(request: HttpRequest, user: User, what: str, verify: Callable[[], str]) -> tuple[Step, str]:
    """One try at a second factor, counted before it is made; with IN the kind that `verify` answered."""
    budget = code_budget(request, user)
    if not budget.take():
        record_lock(request, user, budget, what)
        return Step.TOO_MANY, ""
    kind = verify()
    if not kind:
        audit_trail.record("failure", user, request=request, step=what)
        return Step.WRONG, ""
    budget.give_back()
    return Step.IN, kind


def after_first_step(
    request: HttpRequest, user: User, *, identity: int | None = None, is_strong: bool = False
) -> Step:
    """The next step of an account that has proved a password, an invitation, or an `identity` linked to it.

    `is_strong`: the proof stands for the second factor as well.
    """
    if is_strong:
        _enter(request, user, factor="sso")
        return Step.IN
    if totp.has_factor(user):
        step = Step.CODE
    elif settings.REQUIRE_MFA:
        step = Step.ENROL
    else:
        _enter(request, user, factor="")
        return Step.IN
    _begin_session(request, user)
    request.session[HALF_WAY] = {
        "user": user.pk,
        "at": clock.now().timestamp(),
        "hash": user.get_session_auth_hash(),
        "identity": identity,
    }
    return step


def _begin_session(request: HttpRequest, user: User) -> None:
    """Nothing of what was in the browser before goes on but its owner's unsent form; nor does the session's number."""
    unsent = unsent_form.of_account(request, user)
    request.session.flush()
    if unsent:
        request.session[unsent_form.KEY] = unsent


def _enter(request: HttpRequest, user: User, *, factor: str) -> None:
    _begin_session(request, user)
    request.session[STARTED_KEY] = clock.now().timestamp()
    request.session[DEVICE_KEY] = sessions.describe_device(request)
    auth.login(request, user, backend=BACKEND)
    sessions.delete_expired()
    audit_trail.record("entered", user, request=request, actor=user, factor=factor)


def record_lock(request: HttpRequest, account: User | None, budget: Try, step: str) -> None:
    """Record, once in the window of this budget, that it is used up."""
    if not budget.is_recorded() and (account is not None or may_record_unknown()):
        audit_trail.record("locked", account, request=request, step=step)


class NotProved(Exception):
    """The operator at the terminal was not proved. Carries a sentence for this person."""


def operator_at_terminal(username: str, ask_password: Callable[[], str], ask_code: Callable[[], str]) -> User:
    """The operator of this name, who gives the password, and the code where there is a second factor.

    Raises NotProved, with the same words for an unknown name as for a wrong password, and for an account that
    has yet to set up the second factor where one is required.
    """
    here = HttpRequest()
    here.META["REMOTE_ADDR"] = "127.0.0.1"
    wrong = {
        Step.TOO_MANY: _("Đã nhập sai quá nhiều lần. Xin thử lại sau."),
        Step.WRONG: _("Tên đăng nhập hoặc mật khẩu chưa đúng."),
    }
    with public_context():
        user = _try_password(here, username, ask_password, "terminal")
        if isinstance(user, Step):
            raise NotProved(wrong[user])
        if totp.has_factor(user):
            step, _kind = _try_factor(here, user, "terminal-code", lambda: totp.verify(user, ask_code()))
            if step is not Step.IN:
                raise NotProved({**wrong, Step.WRONG: _("Mã chưa đúng.")}[step])
        elif settings.REQUIRE_MFA:
            raise NotProved(
                _("Tài khoản chưa cài mã trên điện thoại: hãy đăng nhập trang vận hành một lần trước.")
            )
    return user
