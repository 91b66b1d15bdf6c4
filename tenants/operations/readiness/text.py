"""A readiness report as people read it, and as programs do."""

from typing import Any

from django.utils.translation import gettext as _

from tenants import clock
from tenants.folder.readiness import Level, Report, State

_KEYS = ("id", "level", "state", "title", "cause", "fix", "owner")
MARKS = {State.OK: "✓", State.WARNING: "!", State.BLOCKED: "✗", State.SKIPPED: "–"}


def as_text(report: Report) -> str:
    """One line for each finding, with cause, fix and who repairs it, then the verdict in words."""
    head = _("%(name)s (%(slug)s) – kiểm tra mức %(level)s (%(code)s)   %(at)s") % {
        "name": report.province.name,
        "slug": report.province.slug,
        "level": report.level.label,
        "code": report.level.value,
        "at": f"{clock.now().astimezone(clock.VIETNAM):%d/%m/%Y %H:%M}",
    }
    lines = [head]
    for one in report.findings:
        lines.append(f" {MARKS[one.state]} {one.id}  {one.title}")
        if one.cause:
            lines.append(f"     {one.cause}")
        if one.fix:
            lines.append(f"     → {one.fix} ({one.owner.label})")
    return "\n".join([*lines, *verdict(report)])


def verdict(report: Report, *, codes: bool = True) -> list[str]:
    """The sum, and what it means: ready, or ready for less; with `codes` each level has its code behind it."""
    counts = {state: len(found) for state, found in report.by_state.items()}
    lines = [
        _("Kết quả: %(ok)d đạt · %(warning)d cảnh báo · %(blocked)d chặn · %(skipped)d bỏ qua.") % counts
    ]

    def called(level: Level) -> str:
        return f"{level.label} ({level.value})" if codes else str(level.label)

    words = {"level": called(report.level)}
    if not report.is_blocked:
        return [*lines, _("SẴN SÀNG ở mức %(level)s.") % words, *waived(report)]
    lines.append(_("CHƯA SẴN SÀNG ở mức %(level)s.") % words)
    reached = report.reached
    if reached is not None:
        # Waiting for a provider's approval must not keep a portal from serving.
        words = {"level": called(reached), "what": _what_works(reached)}
        lines.append(_("Đạt trọn mức %(level)s: %(what)s") % words)
    return [*lines, *waived(report)]


def waived(report: Report) -> list[str]:
    """One line that says how much a demonstration was spared; none for any other province."""
    count = sum(one.waived for one in report.findings)
    text = _("Tỉnh trình diễn (demo: true) được miễn %(count)d mục; tỉnh thật không được miễn mục nào.")
    return [text % {"count": count}] if count else []


def _what_works(level: Level) -> str:
    if level is Level.WEB:
        return _(
            "tiếp nhận, giấy hẹn, tra cứu phục vụ chính thức được ngay; tin chưa có mẫu được duyệt thì đi kênh khác "
            "hoặc vào “Cần gọi điện”."
        )
    if level is Level.PILOT:
        return _(
            "tiếp nhận, giấy hẹn và tra cứu chạy được; tin nào kênh chưa gửi được thì sang kênh sau, hoặc vào "
            "“Cần gọi điện”."
        )
    return _("cán bộ dùng thử được, chưa mở cho người dân.")


def as_data(report: Report) -> dict[str, Any]:
    return {
        "province": report.province.slug,
        "level": report.level.value,
        "ready": not report.is_blocked,
        "reached": report.reached.value if report.reached else None,
        "counts": {state: len(found) for state, found in report.by_state.items()},
        "checks": [{name: str(getattr(one, name)) for name in _KEYS} for one in report.findings],
    }
