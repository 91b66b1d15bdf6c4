"""How much one person, and all people of an account, may write before it is no longer read: a flood at one costs
the others nothing."""

from collections.abc import Mapping
from typing import Any

from messaging.conversations import conversation
from tenants import rate_limits
from tenants.isolation.context import current_province

# In a quarter of an hour: nobody who asks something types more.
PER_READER = 40
# In a minute. Providers count the calls of all provinces together; what is more than this is not answered.
PER_ACCOUNT = 1500
PER_PROVINCE = 2000
MINUTE = 60


def admits(follower: Any) -> bool:
    """Whether one more text of this follower is to be answered; counted either way, and who wrote too much is
    told so once. Part of the caller's transaction, in which the follower is locked."""
    if not rate_limits.take({f"chat:said:{follower.pk}": PER_READER}):
        _tell(follower)
        return False
    return rate_limits.take(_many(follower), seconds=MINUTE)


def _many(follower: Any) -> Mapping[str, int]:
    return {
        f"chat:account:{follower.channel}:{follower.account}": PER_ACCOUNT,
        "chat:province": PER_PROVINCE,
    }


def _tell(follower: Any) -> None:
    """To citizens it writes Vietnamese, whatever they read."""
    if rate_limits.take({f"chat:told:{follower.pk}": 1}):
        hotline = current_province().hotline
        text = "Ông/bà nhắn nhiều tin quá, chúng tôi chưa đọc kịp. Xin đợi 15 phút rồi nhắn tiếp."
        more = f" Cần gấp, xin gọi {hotline}." if hotline else ""
        conversation.say(follower, f"flood:{follower.pk}:{follower.db_now:%Y%m%d%H%M}", text + more)
