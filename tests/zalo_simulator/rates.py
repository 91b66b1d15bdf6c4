"""The buckets of calls: one per App for all its OAs together, one per OA; each minute starts afresh."""

from tests.zalo_simulator.model import OA, App
from tests.zalo_simulator.settings import Settings


class Rates:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._used: dict[str, tuple[int, int]] = {}

    def _count(self, key: str, minute: int) -> int:
        at, used = self._used.get(key, (minute, 0))
        return used if at == minute else 0

    def take(self, app: App, oa: OA, now: float) -> str:
        """Counts one call; "app" or "oa" when that bucket is empty (then nothing is counted), else ""."""
        minute = int(now // 60)
        app_used, oa_used = self._count("app" + app.app_id, minute), self._count("oa" + oa.oa_id, minute)
        if app_used >= self._settings.app_rate_limit:
            return "app"
        if oa_used >= oa.rate_limit:
            return "oa"
        self._used["app" + app.app_id] = minute, app_used + 1
        self._used["oa" + oa.oa_id] = minute, oa_used + 1
        return ""

    def headers(self, app: App | None, oa: OA | None, now: float) -> dict[str, str]:
        """What the answer says about the bucket that is nearer to its end."""
        minute = int(now // 60)
        limit = self._settings.app_rate_limit
        remain = limit - (self._count("app" + app.app_id, minute) if app else 0)
        if oa and oa.rate_limit - self._count("oa" + oa.oa_id, minute) < remain:
            limit, remain = oa.rate_limit, oa.rate_limit - self._count("oa" + oa.oa_id, minute)
        return {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remain": str(max(remain, 0))}

    def clear(self) -> None:
        self._used.clear()
