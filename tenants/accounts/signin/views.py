"""The pages of signing in, the same at both sites. Each parses, calls one function of the room and shows its answer."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from tenants.accounts.models import User
from tenants.accounts.signin import (
    invitations,
    login_flow,
    passkeys,
    sessions,
    single_sign_on,
    totp,
    unsent_form,
)
from tenants.accounts.signin.login_flow import Step
from tenants.web import openid, qr
from tenants.web.rate_limits import WINDOW_SECONDS

NEXT = "next"
PAGE_OF = {Step.CODE: "sign-in-code", Step.ENROL: "sign-in-app"}
_page = require_http_methods(["GET", "HEAD", "POST"])


def _secret_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    guarded: Callable[..., HttpResponse] = sensitive_post_parameters()(csrf_protect(never_cache(_page(view))))
    return guarded


def _field(
    label: Any,
    required: Any,
    autocomplete: str,
    *,
    widget: type[forms.Widget] = forms.TextInput,
    **options: Any,
) -> forms.CharField:
    """One line to type; `options` are those of the field, and `attrs` more attributes of its box."""
    attrs = {"class": "mc-input", "autocomplete": autocomplete, **options.pop("attrs", {})}
    return forms.CharField(
        label=label, error_messages={"required": required}, widget=widget(attrs=attrs), **options
    )


def _password(label: Any, required: Any, autocomplete: str, **attrs: Any) -> forms.CharField:
    return _field(
        label, required, autocomplete, widget=forms.PasswordInput, max_length=1000, strip=False, attrs=attrs
    )


class PasswordForm(forms.Form):
    username = _field(
        gettext_lazy("Tên đăng nhập"),
        gettext_lazy("Xin nhập tên đăng nhập."),
        "username",
        max_length=150,
        attrs={"autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )
    password = _password(gettext_lazy("Mật khẩu"), gettext_lazy("Xin nhập mật khẩu."), "current-password")


class CodeForm(forms.Form):
    """Six digits of the telephone, or a recovery code."""

    code = _field(
        gettext_lazy("Mã xác nhận"),
        gettext_lazy("Xin nhập mã."),
        "one-time-code",
        max_length=40,
        attrs={"autocapitalize": "characters", "spellcheck": "false", "autofocus": True},
    )


class NewPasswordForm(forms.Form):
    password = _password(
        gettext_lazy("Mật khẩu mới"), gettext_lazy("Xin nhập mật khẩu mới."), "new-password", autofocus=True
    )
    again = _password(
        gettext_lazy("Nhập lại mật khẩu mới"), gettext_lazy("Xin nhập lại mật khẩu mới."), "new-password"
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.rules = " ".join(password_validation.password_validators_help_texts())

    def clean_password(self) -> str:
        password = str(self.cleaned_data["password"])
        password_validation.validate_password(password, self.user)
        return password

    def clean(self) -> None:
        given = self.cleaned_data
        if "password" in given and "again" in given and given["password"] != given["again"]:
            raise ValidationError({"again": _("Hai lần nhập không giống nhau.")})


@_secret_page
def password(request: HttpRequest, site: AdminSite) -> HttpResponse:
    if site.has_permission(request):
        return redirect(_onward(request, site))
    form = PasswordForm(request.POST or None)
    context: dict[str, Any] = {"title": _("Đăng nhập"), "provider": single_sign_on.provider()}
    context["provider_url"] = _with_next(request, site, reverse(f"{site.name}:sign-in-sso"))
    if not form.is_valid():
        return show(request, site, "password", form, **context)
    username = form.cleaned_data["username"]
    step = login_flow.by_password(request, username, form.cleaned_data["password"])
    if step in (Step.WRONG, Step.TOO_MANY):
        wrong = _("Tên đăng nhập hoặc mật khẩu chưa đúng. Kiểm tra Caps Lock và bộ gõ tiếng Việt.")
        return _refuse(request, site, "password", form, step, wrong, **context)
    return _go_on(request, site, step, username)


@_secret_page
def code(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """The second factor after the right password: a code, or a passkey."""
    user = login_flow.half_way_account(request)
    if user is None:
        return redirect(_start(request, site))
    form = CodeForm(request.POST or None)
    step, wrong = None, ""
    if "passkey" in request.POST:
        form.fields["code"].required = False
        step = login_flow.by_passkey(request, user, request.POST["passkey"])
        wrong = _("Khóa truy cập chưa được nhận. Bấm lại nút của khóa, hoặc nhập mã 6 chữ số.")
    elif form.is_valid():
        step = login_flow.by_code(request, user, form.cleaned_data["code"])
        wrong = _("Mã chưa đúng, hoặc đã dùng rồi. Chờ ứng dụng hiện mã mới rồi nhập lại.")
    if step is not Step.IN:
        context: dict[str, Any] = {
            "title": _("Nhập mã xác nhận"),
            "passkey": passkeys.offer_sign_in(request, user),
        }
        if step is None:
            return show(request, site, "code", form, **context)
        return _refuse(request, site, "code", form, step, wrong, **context)
    return _go_on(request, site, step, user.get_username())


@_secret_page
def app(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Setting up a telephone as second factor: required before signing in, or by choice."""
    user = request.user if site.has_permission(request) else login_flow.half_way_account(request)
    if not isinstance(user, User):
        return redirect(_start(request, site))
    if totp.has_factor(user):
        return redirect(
            f"{site.name}:account" if request.user.is_authenticated else f"{site.name}:sign-in-code"
        )
    form = CodeForm(request.POST or None)
    secret = login_flow.offered_secret(request)
    context: dict[str, Any] = {
        "title": _("Cài mã xác nhận trên điện thoại"),
        "picture": qr.svg(totp.otpauth_uri(secret, account=user.get_username(), issuer=issuer(request))),
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
    }
    if not form.is_valid():
        return show(request, site, "app", form, **context)
    codes = login_flow.by_enrolling(request, user, form.cleaned_data["code"])
    if codes is None:
        form.add_error(
            "code", _("Mã chưa đúng. Kiểm tra giờ của điện thoại đang để tự động, rồi nhập mã mới.")
        )
        return show(request, site, "app", form, **context)
    response = show_codes(request, site, codes)
    sessions.remember_device(request, response, user.get_username())
    return response


@_secret_page
def invitation(request: HttpRequest, site: AdminSite, token: str) -> HttpResponse:
    invited = invitations.find(token)
    if invited is not None:
        form = NewPasswordForm(request.POST or None, user=invited.user)
        if not form.is_valid():
            return show(request, site, "invitation", form, title=_("Đặt mật khẩu"), invited=invited)
        user = invitations.redeem(token, form.cleaned_data["password"], request=request)
        if user is not None and not user.is_staff:
            return redirect(_start(request, site))
        if user is not None:
            return _go_on(request, site, login_flow.after_first_step(request, user), user.get_username())
    return show(request, site, "invitation_over", title=_("Lời mời không còn hiệu lực"), status=404)


@never_cache
@require_safe
def sso(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Off to the provider of identities. A link leads here, as forms may lead to this host alone."""
    if single_sign_on.provider() is None:
        raise Http404
    if site.has_permission(request):
        return redirect(_onward(request, site))
    try:
        address, kept = single_sign_on.begin(request, sso_callback(request, site), _safe_next(request))
    except openid.Unavailable:
        return _sso_failed(request, site, Step.BUSY)
    response = redirect(address)
    single_sign_on.keep(response, kept)
    return response


@never_cache
@require_GET
def sso_return(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Back from the provider: to sign in, or with the identity that the signed-in account is to be linked to.

    By GET alone: a HEAD that spends the code would leave nothing to the visit after it.
    """
    flow = single_sign_on.resume(request, sso_callback(request, site))
    user = request.user if site.has_permission(request) else None
    if flow is None:
        response = _sso_failed(request, site, Step.WRONG)
    elif flow.user and isinstance(user, User):
        if single_sign_on.link(request, user, flow):
            messages.success(request, _("Đã nối. Lần sau có thể đăng nhập bằng trang ấy thay cho mật khẩu."))
        else:
            text = _(
                "Chưa nối được: đã bỏ qua, hết giờ, hoặc danh tính ấy đã nối với một tài khoản. Xin làm lại."
            )
            messages.error(request, text)
        response = redirect(f"{site.name}:sso-link")
    elif user is not None:
        # Begun before this account signed in, perhaps by another person at this desk: its session stays.
        response = redirect(_onward(request, site))
    else:
        step, found = (Step.WRONG, None) if flow.user else single_sign_on.sign_in(request, flow)
        # The house decides again which pages are its own.
        request.GET = QueryDict(urlencode({NEXT: flow.onward}))
        if found is None:
            response = _sso_failed(request, site, step)
        else:
            response = _go_on(request, site, step, found.get_username())
    single_sign_on.drop(response)
    return response


@never_cache
@_page
def unsent(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """The forms that were sent after their session had ended, to be sent again; POST drops one, by the guard of pages."""
    forms = unsent_form.kept(request)
    if not forms or request.method == "POST":
        return redirect(f"{site.name}:{'unsent-form' if forms else 'index'}")
    return show_unsent(request, site, forms)


def show_unsent(
    request: HttpRequest, site: AdminSite, forms: Sequence[unsent_form.UnsentForm], *, status: int = 200
) -> HttpResponse:
    """What was typed, with a button that sends it again to where it was sent."""
    return show(
        request,
        site,
        "unsent_form",
        title=_("Chữ vừa gõ còn nguyên"),
        forms=forms,
        again=unsent_form.SENT_AGAIN,
        is_kept=status == HTTPStatus.OK,
        status=status,
    )


def sso_callback(request: HttpRequest, site: AdminSite) -> str:
    """The address to which the provider sends people back: at the host that is visited."""
    return request.build_absolute_uri(reverse(f"{site.name}:sign-in-sso-return"))


def _sso_failed(request: HttpRequest, site: AdminSite, step: Step) -> HttpResponse:
    status, reason = {
        Step.WRONG: (403, _(
            "Trang đăng nhập một lần chưa xác nhận được bạn, hoặc danh tính ấy chưa nối với tài khoản nào được làm "
            "việc ở đây. Hãy đăng nhập bằng mật khẩu; muốn nối thì vào Tài khoản của tôi."
        )),
        Step.TOO_MANY: (429, _("Đã thử quá nhiều lần. Xin chờ %(minutes)d phút rồi thử lại.")),
        Step.BUSY: (503, _("Trang đăng nhập một lần chưa trả lời. Xin thử lại sau vài giây, hoặc dùng mật khẩu.")),
    }[step]  # fmt: skip
    reason %= {"minutes": WINDOW_SECONDS // 60}
    title = _("Chưa đăng nhập được")
    return show(request, site, "sso_failed", title=title, reason=reason, status=status)


def show_codes(request: HttpRequest, site: AdminSite, codes: list[str]) -> HttpResponse:
    onward = _onward(request, site)
    return show(request, site, "recovery_codes", title=_("Mã dự phòng"), codes=codes, onward=onward)


def _go_on(request: HttpRequest, site: AdminSite, step: Step, username: str) -> HttpResponse:
    if step is not Step.IN:
        return HttpResponseRedirect(_with_next(request, site, reverse(f"{site.name}:{PAGE_OF[step]}")))
    response = redirect(_onward(request, site))
    sessions.remember_device(request, response, username)
    return response


def _refuse(
    request: HttpRequest, site: AdminSite, page: str, form: Any, step: Step, wrong: str, **context: Any
) -> HttpResponse:
    if step is Step.WRONG:
        form.add_error(None, wrong)
        return show(request, site, page, form, **context)
    minutes = WINDOW_SECONDS // 60
    text = _(
        "Đã nhập sai quá nhiều lần. Xin chờ %(minutes)d phút rồi thử lại. Máy mà bạn từng đăng nhập thì không bị "
        "ảnh hưởng bởi người lạ thử ở nơi khác. Cần ngay: nhờ người quản trị tài khoản cấp lời mời mới."
    )
    form.add_error(None, text % {"minutes": minutes})
    response = show(request, site, page, form, status=429, **context)
    response["Retry-After"] = str(WINDOW_SECONDS)
    return response


def show(
    request: HttpRequest, site: AdminSite, page: str, form: Any = None, *, status: int = 200, **context: Any
) -> HttpResponse:
    """A page about an account, in the frame of its site."""
    frame = {
        **site.each_context(request),
        "form": form,
        "next": _safe_next(request) or "",
        "login_url": reverse(f"{site.name}:login"),
        **context,
    }
    return render(request, f"accounts/{page}.html", frame, status=status)


def _safe_next(request: HttpRequest) -> str:
    wanted = request.POST.get(NEXT) or request.GET.get(NEXT) or ""
    fine = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=settings.SESSION_COOKIE_SECURE
    )
    # A bare word would be looked up as the name of a page.
    return wanted if fine and wanted.startswith("/") else ""


def _onward(request: HttpRequest, site: AdminSite) -> str:
    """The page after signing in: first of all a form that could not be sent."""
    if unsent_form.KEY in request.session:
        return reverse(f"{site.name}:unsent-form")
    return _safe_next(request) or reverse(f"{site.name}:index")


def _start(request: HttpRequest, site: AdminSite) -> str:
    return _with_next(request, site, reverse(f"{site.name}:login"))


def _with_next(request: HttpRequest, site: AdminSite, address: str) -> str:
    wanted = _safe_next(request)
    return f"{address}?{urlencode({NEXT: wanted})}" if wanted else address


def issuer(request: HttpRequest) -> str:
    """The name under which applications and devices keep an account of this site."""
    province = getattr(request, "province", None)
    return f"{_('Một Cửa')} {province.short_name}" if province else _("Một Cửa – vận hành")
