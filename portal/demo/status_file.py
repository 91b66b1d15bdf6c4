"""What a running demonstration says of itself: to people on the terminal, to programs in demo.json."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from portal.demo.plan import Plan

_LINE = "─" * 78
_ROLES = {
    "operator": "vận hành",
    "clerk": "cán bộ tiếp nhận",
    "specialist": "chuyên viên",
    "leader": "lãnh đạo",
    "communications": "cán bộ truyền thông",
    "auditor": "thanh tra, kiểm toán",
    "administrator": "quản trị tỉnh",
    "ward_clerk": "cán bộ tiếp nhận của phường",
    "ward_leader": "lãnh đạo phường",
}


def compose(plan: Plan, pids: Mapping[str, int | None]) -> dict[str, Any]:
    """Content of demo.json: where everything answers, log-ins and samples as the seed left them.

    Raises OSError or ValueError when the seed left nothing legible.
    """
    seeded = {province["slug"]: province for province in _seed(plan.data_dir)["provinces"]}
    return {
        "notice": "DỮ LIỆU MINH HỌA",
        "national_url": f"http://localhost:{plan.port}/",
        "provinces": [_province(plan, slug, seeded.get(slug, {})) for slug in plan.provinces],
        "operators": _seed(plan.data_dir).get("operators", []),
        "pids": dict(pids),
    }


def _seed(data_dir: Path) -> dict[str, Any]:
    return dict(json.loads((data_dir / "demo-seed.json").read_text(encoding="utf-8")))


def _province(plan: Plan, slug: str, seeded: dict[str, Any]) -> dict[str, Any]:
    host = f"{slug}.localhost:{plan.port}"
    url = f"http://{host}/"
    sample = dict(seeded.get("sample", {}))
    if sample.get("token_url"):
        sample["token_url"] = _at(url, sample["token_url"])
    return {
        "slug": slug,
        "name": seeded.get("name", slug),
        "url": url,
        "host": host,
        "connect": f"127.0.0.1:{plan.port}",
        "staff_url": _at(url, seeded.get("staff_url", "/quan-tri/")),
        "users": list(seeded.get("users", [])),
        "sample": sample,
        "phone_url": _at(url, phone) if (phone := seeded.get("phone_url", "/dev/dien-thoai/")) else "",
    }


def _at(url: str, address: str) -> str:
    """The same page on this run's host and port: the seed may be older than PORT."""
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    return f"{url.rstrip('/')}{parts.path}{query}"


def as_text(plan: Plan, said: Mapping[str, Any]) -> str:
    """What the terminal shows, in Vietnamese."""
    lines = [
        "",
        _LINE,
        "DỮ LIỆU MINH HỌA: mọi người, hồ sơ, số điện thoại ở đây đều được bịa ra.",
        _LINE,
        f"Trang chung            {said['national_url']}",
        f"Trang vận hành         {said['national_url']}van-hanh/",
    ]
    lines += [_account(user) for user in said["operators"]]
    for province in said["provinces"]:
        lines += ["", *_province_lines(plan, province)]
    lines.append("")
    if plan.environment.get("REQUIRE_MFA") == "0":
        lines.append("Đăng nhập hai lớp đang TẮT (REQUIRE_MFA=0): chỉ được phép trong bản minh họa.")
    if plan.lan_address:
        lines.append("LAN=1: mọi máy trong mạng nội bộ đều mở được các trang này.")
    lines += [f"Nhật ký: {plan.data_dir / 'logs'}", "Nhấn Ctrl-C để dừng.", _LINE, ""]
    return "\n".join(lines)


def _province_lines(plan: Plan, province: Mapping[str, Any]) -> list[str]:
    lines = [f"{province['name']:<22} {province['url']}"]
    port = plan.province_ports.get(province["slug"])
    if port:
        lines.append(f"  Mạng nội bộ          http://{plan.lan_address}:{port}/")
    lines.append(f"  Cán bộ               {province['staff_url']}")
    lines += [_account(user) for user in province["users"]]
    sample = province["sample"]
    if sample:
        lines.append(f"  Hồ sơ mẫu            {sample['code']}   mã tra cứu {sample['key']}")
        lines.append(f"    Như quét mã QR     {sample['token_url']}")
    if province["phone_url"]:
        lines.append(f"  Điện thoại mô phỏng  {province['phone_url']}")
    return lines


def _account(user: Mapping[str, Any]) -> str:
    role = _ROLES.get(user["role"], user["role"])
    return f"    {user['username']:<18} mật khẩu {user['password']}   ({role})"
