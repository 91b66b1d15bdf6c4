"""What a running demonstration says of itself: to people on the terminal, to programs in demo.json."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from portal.demo.plan import PROVINCES, Plan

_LINE = "─" * 78
WITH_URL = ("api", "feed", "filing")


def compose(plan: Plan, pids: Mapping[str, int | None]) -> dict[str, Any]:
    """Content of demo.json: where everything answers, log-ins and samples as the seed left them.

    Raises OSError, ValueError or KeyError when the seed left nothing legible.
    """
    seeded = json.loads((plan.data_dir / "demo-seed.json").read_text(encoding="utf-8"))
    by_slug = {province["slug"]: province for province in seeded["provinces"]}
    return {
        "notice": "DỮ LIỆU MINH HỌA",
        "national_url": f"http://localhost:{plan.port}/",
        "provinces": [_province(plan, by_slug[slug]) for slug in PROVINCES],
        "operators": seeded["operators"],
        "pids": dict(pids),
    }


def with_nodes(said: Mapping[str, Any], nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """The same content with several servers of PostgreSQL, of which one leads."""
    leader = next((node["pid"] for node in nodes if node["role"] == "leader"), None)
    return {**said, "pids": {**said["pids"], "postgres": leader}, "database": {"nodes": nodes}}


def _province(plan: Plan, seeded: dict[str, Any]) -> dict[str, Any]:
    host = f"{seeded['slug']}.localhost:{plan.port}"

    def at(address: str) -> str:
        """The same page on this run's host and port: the seed may be older than PORT."""
        return urlsplit(address)._replace(scheme="http", netloc=host).geturl() if address else ""

    sample = seeded["sample"]
    return {
        **seeded,
        "url": f"http://{host}/",
        "host": host,
        "connect": f"127.0.0.1:{plan.port}",
        "staff_url": at(seeded["staff_url"]),
        "sample": {**sample, "token_url": at(sample["token_url"])},
        "phone_url": at(seeded["phone_url"]),
        **{name: {**part, "url": at(part["url"])} for name in WITH_URL if (part := seeded.get(name))},
    }


def as_text(plan: Plan, said: Mapping[str, Any]) -> str:
    lines = [
        "",
        _LINE,
        "DỮ LIỆU MINH HỌA: mọi người, hồ sơ, số điện thoại ở đây đều được bịa ra.",
        _LINE,
        f"Trang chung            {said['national_url']}",
        f"Trang vận hành         {said['national_url']}van-hanh/",
        *map(_account, said["operators"]),
    ]
    for province in said["provinces"]:
        sample = province["sample"]
        lines += ["", f"{province['name']:<22} {province['url']}"]
        if port := plan.province_ports.get(province["slug"]):
            lines.append(f"  Mạng nội bộ          http://{plan.lan_address}:{port}/")
        lines += [
            f"  Cán bộ               {province['staff_url']}",
            *map(_account, province["users"]),
            f"  Hồ sơ mẫu            {sample['code']}   mã tra cứu {sample['key']}",
            f"    Như quét mã QR     {sample['token_url']}",
        ]
        if api := province.get("api"):
            lines.append(f"  API                  {api['url']}   khóa {api['key']}")
        if feed := province.get("feed"):
            lines.append(f"  Bộ gửi hồ sơ         {feed['url']}   khóa {feed['key']}")
        if filing := province.get("filing"):
            lines.append(f"  Nộp hồ sơ            {filing['url']}")
        if province["phone_url"]:
            lines.append(f"  Điện thoại mô phỏng  {province['phone_url']}")
            lines.append(f"  Hệ thống mô phỏng    {province['url']}dev/he-thong-bo/")
    if nodes := said.get("database", {}).get("nodes"):
        names = {"leader": "dẫn đầu", "standby": "dự phòng", "down": "không chạy"}
        lines += ["", "PostgreSQL             hai máy; giết tiến trình của máy dẫn đầu thì máy kia nhận thay"]
        lines += [
            f"    {node['name']:<18} {names[node['role']]:<10} tiến trình {node['pid']}" for node in nodes
        ]
    lines += ["", *_first_steps(said["provinces"][0]), ""]
    if plan.environment.get("REQUIRE_MFA") == "0":
        lines.append("Đăng nhập hai lớp đang TẮT (REQUIRE_MFA=0): chỉ được phép trong bản minh họa.")
    if plan.lan_address:
        lines.append("LAN=1: mọi máy trong mạng nội bộ đều mở được các trang này.")
    return "\n".join([*lines, f"Nhật ký: {plan.data_dir / 'logs'}", "Nhấn Ctrl-C để dừng.", _LINE, ""])


def _first_steps(province: Mapping[str, Any]) -> list[str]:
    names = {user["role"]: user["username"] for user in province["users"]}
    filing, phone = province.get("filing") or {}, province["phone_url"]
    steps = [
        "Mở địa chỉ “Như quét mã QR”: hồ sơ đến đâu, hẹn ngày nào, vì sao.",
        phone and "Mở “Điện thoại mô phỏng”: đọc tin đã đến, rồi hỏi “làm khai sinh cần giấy gì”.",
        filing
        and "Mở “Nộp hồ sơ”: mỗi trang một câu hỏi; đóng trình duyệt giữa chừng rồi mở lại bằng số điện thoại.",
        f"Đăng nhập {names['clerk']}: việc hôm nay, tiếp nhận một hồ sơ, xem hồ sơ nộp trực tuyến.",
        f"Đăng nhập {names['leader']}: duyệt hai đề nghị đang chờ, xem nơi nào hay trễ hẹn.",
    ]
    numbered = enumerate(filter(None, steps), 1)
    return [f"Nên thử, theo thứ tự (ở {province['name']}):", *(f"  {n}. {step}" for n, step in numbered)]


def _account(user: Mapping[str, Any]) -> str:
    position = ", ".join(user[name] for name in ("position", "agency") if name in user) or user["role"]
    return f"    {user['username']:<18} mật khẩu {user['password']}   ({position})"
