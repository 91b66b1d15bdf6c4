"""Whether the host of a province leads here: its name resolves, and over TLS this very province answers."""

import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, HTTPSConnection

from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.isolation import signing
from tenants.isolation.context import current_province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.readiness.checks import Check, Finding, Level, Owner, State, checks

PORT = 443
SECONDS = 5.0


def register() -> None:
    """Add the check `host`."""
    checks.register(
        Check(
            "host",
            gettext_lazy("Tên miền trỏ về đây, trả lời qua TLS"),
            Level.GOLIVE,
            _look,
            asks_outside=True,
            waived_in_demo=True,
        )
    )


def fetch(host: str) -> str:
    """What a host answers at the path of its proof over TLS, "" for any status but 200.

    Raises socket.gaierror for a name that leads nowhere, ssl.SSLCertVerificationError for a certificate that
    browsers would refuse, OSError or HTTPException where nothing useful answers within SECONDS.
    """
    asked = HTTPSConnection(host, PORT, timeout=SECONDS, context=ssl.create_default_context())
    try:
        asked.request("GET", signing.HOST_PROOF_PATH)
        answer = asked.getresponse()
        return answer.read(200).decode("ascii", "replace").strip() if answer.status == 200 else ""
    finally:
        asked.close()


def _look() -> Iterator[Finding]:
    province = current_province()
    title = _("Tên miền %(host)s trả lời qua TLS bằng tỉnh này") % {"host": province.host}
    cause, fix = _trouble(province)
    state = State.BLOCKED if cause else State.OK
    yield Finding("host", title, state, cause, fix, Owner.OPERATOR)


def _trouble(province: ProvinceRecord) -> tuple[str, str]:
    """What keeps people from this host, and what to do; two empty texts for nothing."""
    try:
        answer = fetch(province.host)
    except socket.gaierror:
        return _("Tên miền chưa trỏ về máy nào."), _(
            "Khai bản ghi A hoặc AAAA của tên miền ở nơi giữ tên miền."
        )
    except ssl.SSLCertVerificationError as error:
        cause = _("Chứng thư TLS không dùng được: %(why)s.") % {"why": error.verify_message}
        return cause, _("Cấp chứng thư đúng tên miền này ở proxy: docs/van-hanh/cai-dat.md.")
    except (OSError, HTTPException) as error:
        cause = _("Không nói chuyện TLS được ở cổng 443 (%(error)s).") % {"error": type(error).__name__}
        return cause, _("Mở cổng 443 và cho proxy nghe tên miền này: docs/van-hanh/cai-dat.md.")
    if not constant_time_compare(answer, signing.host_proof(province)):
        cause = _("Máy ở tên miền này trả lời, nhưng không phải bằng tỉnh này của bản cài này.")
        return cause, _("Xem bản ghi DNS và proxy: có thể còn trỏ về cổng cũ.")
    return "", ""
