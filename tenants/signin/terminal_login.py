"""Who sits at a terminal: the same password, the same second factor and the same budgets as on the page."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import auth
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tenants.accounts.models import User
from tenants.isolation.context import public_context
from tenants.signin import audit_trail, rate_limits, totp


class NotProved(Exception):
    """It was not shown who sits there. Carries a sentence for this person."""


def operator(username: str, ask_password: Callable[[], str], ask_code: Callable[[], str]) -> User:
    """The operator of this name, who gives the password, and the code where there is a second factor.

    Raises NotProved, with the same words for an unknown name as for a wrong password, and for an account that
    has yet to set up the second factor where one is required.
    """
    here = HttpRequest()
    here.META["REMOTE_ADDR"] = "127.0.0.1"
    with public_context():
        budget = rate_limits.of_password(here, username)
        if not budget.take():
            raise NotProved(_("Đã nhập sai quá nhiều lần. Xin thử lại sau."))
        user = auth.authenticate(here, username=username, password=ask_password())
        if not isinstance(user, User) or not user.is_staff:
            audit_trail.record("failure", User.objects.filter(username=username).first(), step="terminal")
            raise NotProved(_("Tên đăng nhập hoặc mật khẩu chưa đúng."))
        budget.give_back()
        _second_step(here, user, ask_code)
    return user


def _second_step(here: HttpRequest, user: User, ask_code: Callable[[], str]) -> None:
    if not totp.has_one(user):
        if settings.REQUIRE_MFA:
            raise NotProved(
                _("Tài khoản chưa cài mã trên điện thoại: hãy đăng nhập trang vận hành một lần trước.")
            )
        return
    budget = rate_limits.of_code(here, user)
    if not budget.take():
        raise NotProved(_("Đã nhập sai quá nhiều lần. Xin thử lại sau."))
    if not totp.accept(user, ask_code()):
        audit_trail.record("failure", user, step="terminal-code")
        raise NotProved(_("Mã chưa đúng."))
    budget.give_back()
