"""What strangers may cause at the pages of filing: drafts and codes, posts, files and their inspection, bytes kept.

One who proved a number is bounded by that number; one who did not, by network and site, since numbers cost nothing to
invent. What all share narrows what a network has, so that one stranger closes nothing for the others.
"""

from django.utils.translation import gettext_lazy as _

from dossiers.filing.models import FilingDraft
from messaging.outbox.one_time_codes import codes
from tenants.isolation.crypto import blind_index
from tenants.web.budgets import DAY, EVERYWHERE, HOUR, NETWORK, PORTAL, PROVINCE, SITE, Budget, Limit, Taken

# Processor time is counted in thousandths of a second.
SECOND, MEGABYTE = 1000, 1_000_000
SECONDS_OF_A_FILE = {False: 3, True: 5}
"""Processor seconds for one file, by whether a code proved the draft's number."""
_CODES = _("Từ mạng ông/bà đang dùng đã lấy nhiều mã xác nhận để nộp hồ sơ.")
_BEGUN = _("Từ mạng ông/bà đang dùng đã bắt đầu nhiều hồ sơ.")
_GUESSED = _(
    "Bản nháp này vừa được thử mở nhiều lần bằng số điện thoại chưa khớp. Đổi sang mạng khác thì thử được ngay."
)
_POSTED = _("Các trang điền hồ sơ vừa được gửi quá nhiều lần. Những gì đã ghi vẫn còn.")
_FILES = _("Từ mạng này đã gửi quá nhiều tệp. Xin gửi tiếp sau 15 phút.")
_INSPECTED = _("Các tệp vừa gửi tốn quá nhiều sức kiểm tra. Xin gửi tiếp sau 15 phút, chụp ở cỡ nhỏ hơn.")
_KEPT = _(
    "Hôm nay mạng này đã gửi nhiều tệp cho bản nháp chưa xác nhận số điện thoại. Xin gửi tiếp ngày mai."
)
_KEPT_OF_NUMBER = _("Hôm nay số điện thoại này đã gửi nhiều tệp. Xin gửi tiếp ngày mai.")
_FILED = _(
    "Hôm nay số điện thoại này đã nộp nhiều hồ sơ. Xin nộp tiếp ngày mai; những gì đã điền vẫn được giữ."
)
_SOON = (Limit(NETWORK, 30), Limit(SITE, 120), Limit(PROVINCE, 2000, narrowed=5))
_ACTS = (*_SOON, Limit(NETWORK, 300, DAY), Limit(SITE, 300, DAY))
# Codes that begin a draft leave some to those who go on; those of one hour leave some to the next. Strangers of three
# networks narrow what the others have, of 70 use it up.
_BEGINS = codes.PER_PROVINCE_A_DAY * 7 // 10
_CODES_OF_ALL = (
    Limit(NETWORK, 30, HOUR), Limit(SITE, 120, HOUR), Limit(PROVINCE, _BEGINS // 5, HOUR, narrowed=3),
    Limit(NETWORK, 150, DAY), Limit(PROVINCE, _BEGINS // 2, HOUR), Limit(PROVINCE, _BEGINS // 2, DAY, narrowed=5),
    Limit(PROVINCE, _BEGINS, DAY),
)  # fmt: skip

BEGIN = Budget("filing-begin", _BEGUN, *_ACTS, Limit(PROVINCE, 3000, DAY, narrowed=30))
# Of those that a number may have, two networks leave some to its holder elsewhere.
_OF_NUMBER = (
    Limit("number_here", (codes.OPEN_PER_NUMBER - 1) // 2, HOUR),
    Limit("number_here", (codes.OPEN_PER_NUMBER_A_DAY - 1) // 2, DAY),
)
# One network's codes must not hold up those of others, all of which wait for the same workers and providers.
_OF_ALL = Limit(EVERYWHERE, 30)
BEGIN_CODE = Budget("filing-code", _CODES, *_ACTS, *_CODES_OF_ALL, *_OF_NUMBER, _OF_ALL)
RESUME_CODE = Budget("filing-resume-code", _CODES, *_ACTS, _OF_ALL)
SUPPLEMENT_CODE = Budget("filing-supplement-code", _CODES, *_ACTS, _OF_ALL)
# Wrong numbers for a draft that no code opens. Its holder, elsewhere, always has some tries.
_TRIES = (Limit("draft", 20, narrowed=2), Limit("draft_here", 5))
NUMBER = Budget("filing-number", _GUESSED, *_TRIES, Limit(NETWORK, 30), Limit(SITE, 120))
COUNTER_CODES = Budget(
    "filing-counter-code", _("Đã gõ nhiều mã không có bản nháp nào. Xin quét mã QR, hoặc gõ lại sau 15 phút."),
    Limit("clerk", 30), Limit(PROVINCE, 1000, narrowed=5, narrows="clerk"),
)  # fmt: skip
POSTS = Budget("filing-posts", _POSTED, Limit("session", 300), Limit(NETWORK, 3000), Limit(SITE, 12_000))
LINKS = Budget("filing-links", "", Limit("draft", 3, DAY))
# Who files for others begins six a day by codes, beside ten begun before.
FILED = Budget("filing-filed", _FILED, Limit("number", 20, DAY))
FILES = Budget("filing-files", _FILES, Limit(NETWORK, 300), Limit(SITE, 1200))
# By whether a code proved the number.
INSPECTION = {
    False: Budget(
        "filing-inspection", _INSPECTED, Limit("draft", 30 * SECOND), Limit(NETWORK, 50 * SECOND),
        Limit(SITE, 100 * SECOND), Limit(PROVINCE, 210 * SECOND, narrowed=15 * SECOND),
        Limit(PORTAL, 420 * SECOND, narrowed=15 * SECOND),
    ),
    True: Budget(
        "filing-inspection-proven", _INSPECTED, Limit("draft", 90 * SECOND), Limit("number", 120 * SECOND),
        Limit(NETWORK, 145 * SECOND), Limit(PROVINCE, 600 * SECOND, narrowed=60 * SECOND),
    ),
}  # fmt: skip
KEPT = {
    False: Budget(
        "filing-bytes", _KEPT, Limit("draft", 30 * MEGABYTE, DAY), Limit(NETWORK, 200 * MEGABYTE, DAY),
        Limit(SITE, 400 * MEGABYTE, DAY), Limit(EVERYWHERE, 400 * MEGABYTE, DAY), Limit(PROVINCE, 2000 * MEGABYTE, DAY, narrowed=20 * MEGABYTE),
    ),
    True: Budget(
        "filing-bytes-proven", _KEPT_OF_NUMBER, Limit("draft", 200 * MEGABYTE, DAY), Limit("number", 400 * MEGABYTE, DAY)
    ),
}  # fmt: skip


def take(budgets: dict[bool, Budget], draft: FilingDraft, address: str, amount: int) -> Taken:
    """Take from INSPECTION or KEPT before a file is read, or kept, for this draft. Raises BudgetSpent."""
    budget = budgets[draft.proven_at is not None]
    return budget.take(amount, address=address, draft=draft.pk, number=number_of(draft))


def number_of(draft: FilingDraft) -> str:
    """The number of a draft as budgets know it."""
    return blind_index(draft.phone, "phone")[:20]
