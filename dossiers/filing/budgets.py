"""What strangers may cause at the pages of filing: drafts and codes, posts, files and their inspection, bytes kept.

One who proved a number is bounded by that number; one who did not, by network and site, since numbers cost nothing to
invent. What all share narrows what a network has, so that one stranger closes nothing for the others.
"""

from django.utils.translation import gettext_lazy as _

from dossiers.models import FilingDraft
from messaging.one_time_codes import codes
from tenants.crypto import blind_index
from tenants.web.budgets import DAY, NETWORK, PROVINCE, SITE, Budget, Limit, Taken

MILLISECONDS, MEGABYTE = 1000, 1_000_000
_CODES = _("Từ mạng ông/bà đang dùng đã lấy nhiều mã xác nhận để nộp hồ sơ.")
_ACTS = (
    Limit(NETWORK, 30),
    Limit(SITE, 120),
    Limit(PROVINCE, 2000, narrowed=5),
    Limit(NETWORK, 300, DAY),
    Limit(SITE, 300, DAY),
)
BEGIN = Budget(
    "filing-begin",
    _("Từ mạng ông/bà đang dùng đã bắt đầu nhiều hồ sơ."),
    *_ACTS,
    Limit(PROVINCE, 3000, DAY, narrowed=30),
)
# Codes that begin a draft must not use up those by which others go on: the last limit keeps these free.
BEGIN_CODE = Budget(
    "filing-code",
    _CODES,
    *_ACTS,
    Limit(PROVINCE, codes.PER_PROVINCE_A_DAY // 2, DAY, narrowed=5),
    Limit(PROVINCE, codes.PER_PROVINCE_A_DAY * 7 // 10, DAY),
)
RESUME_CODE = Budget("filing-resume-code", _CODES, *_ACTS)
SUPPLEMENT_CODE = Budget("filing-supplement-code", _CODES, *_ACTS)
# Wrong numbers typed for a draft that no code opens. Its holder, elsewhere, always has some tries.
NUMBER = Budget(
    "filing-number",
    _(
        "Bản nháp này vừa được thử mở nhiều lần bằng số điện thoại chưa khớp. Đổi sang mạng khác thì thử được ngay."
    ),
    Limit("draft", 20, narrowed=2),
    Limit("draft_here", 5),
    Limit(NETWORK, 30),
    Limit(SITE, 120),
)
POSTS = Budget(
    "filing-posts",
    _("Các trang điền hồ sơ vừa được gửi quá nhiều lần. Những gì đã ghi vẫn còn."),
    Limit("draft", 300),
    Limit(NETWORK, 3000),
    Limit(SITE, 12_000),
)
_FILES = _("Từ mạng này đã gửi quá nhiều tệp. Xin gửi tiếp sau 15 phút.")
FILES = Budget("filing-files", _FILES, Limit(NETWORK, 300), Limit(SITE, 1200))
_INSPECTED = _("Các tệp vừa gửi tốn quá nhiều sức kiểm tra. Xin gửi tiếp sau 15 phút, chụp ở cỡ nhỏ hơn.")
STRANGERS_SECONDS = 3
"""Processor seconds for one file of a draft whose number no code has proven."""
# In milliseconds of a processor.
_STRANGERS_INSPECTION = Budget(
    "filing-inspection",
    _INSPECTED,
    Limit("draft", 30 * MILLISECONDS),
    Limit(NETWORK, 90 * MILLISECONDS),
    Limit(SITE, 180 * MILLISECONDS),
    Limit(PROVINCE, 300 * MILLISECONDS, narrowed=10 * MILLISECONDS),
)
_HOLDERS_INSPECTION = Budget(
    "filing-inspection-proven",
    _INSPECTED,
    Limit("draft", 90 * MILLISECONDS),
    Limit("number", 120 * MILLISECONDS),
    Limit(NETWORK, 600 * MILLISECONDS),
    Limit(PROVINCE, 1200 * MILLISECONDS, narrowed=60 * MILLISECONDS),
)
_STRANGERS_BYTES = Budget(
    "filing-bytes",
    _("Hôm nay mạng này đã gửi nhiều tệp cho bản nháp chưa xác nhận số điện thoại. Xin gửi tiếp ngày mai."),
    Limit("draft", 30 * MEGABYTE, DAY),
    Limit(NETWORK, 200 * MEGABYTE, DAY),
    Limit(SITE, 400 * MEGABYTE, DAY),
    Limit(PROVINCE, 2000 * MEGABYTE, DAY, narrowed=20 * MEGABYTE),
)
_HOLDERS_BYTES = Budget(
    "filing-bytes-proven",
    _("Hôm nay số điện thoại này đã gửi nhiều tệp. Xin gửi tiếp ngày mai."),
    Limit("draft", 200 * MEGABYTE, DAY),
    Limit("number", 400 * MEGABYTE, DAY),
)


def take_inspection(draft: FilingDraft, address: str, seconds: float) -> Taken:
    """Take so many processor seconds before a file of this draft is read, in milliseconds. Raises BudgetSpent."""
    budget = _HOLDERS_INSPECTION if draft.proven_at else _STRANGERS_INSPECTION
    return budget.take(round(seconds * MILLISECONDS), address=address, **_scopes(draft))


def take_bytes(draft: FilingDraft, address: str, size: int) -> Taken:
    """Take the bytes that are about to be kept for this draft. Raises BudgetSpent."""
    budget = _HOLDERS_BYTES if draft.proven_at else _STRANGERS_BYTES
    return budget.take(size, address=address, **_scopes(draft))


def _scopes(draft: FilingDraft) -> dict[str, object]:
    return {"draft": draft.pk, "number": blind_index(draft.phone, "phone")[:20] if draft.phone else ""}
