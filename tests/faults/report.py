"""Results on disk (git-ignored, beside those of the benchmarks) and the table in the guide for operators."""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from tenants.text import grouped
from tests import tables
from tests.faults.result import worst

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results" / "faults"
GUIDE = ROOT / "docs" / "van-hanh"
# Name of a figure and the head of its column; `called` and `shown` where a provider cannot be asked.
COLUMNS = tables.read(__file__, "columns.yaml")
ONLY_IN_DOUBT = ("shown", "called")
HA_COLUMNS = tables.read(__file__, "ha_columns.yaml")
FILING_COLUMNS = tables.read(__file__, "filing_columns.yaml")


@dataclass(frozen=True)
class Table:
    """A table in a page of the guide: where it stands, its rows, and the words below it."""

    page: str
    marks: str
    package: str
    columns: Mapping[str, str]
    figures: Callable[[Sequence[dict[str, Any]]], dict[str, str]]
    below: str
    # What it vouches for: figures of other code than stands there now are not published.
    vouches_for: tuple[str, ...] = ()
    least_runs: int = 2

    def digest(self) -> str:
        """The beginning of a hash of the code that it vouches for, whatever its files are called; "" for none."""
        files = (path for folder in self.vouches_for for path in (ROOT / folder).rglob("*.py"))
        contents = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
        return hashlib.sha256("".join(contents).encode()).hexdigest()[:12] if contents else ""

    def text(self) -> str:
        page = (GUIDE / self.page).read_text(encoding="utf-8")
        return page.partition(f"<!-- {self.marks}:begin -->")[2].partition(f"<!-- {self.marks}:end -->")[0]

    def rows(self) -> Mapping[str, Any]:
        """The rows by name; asks for Django's settings."""
        found: Mapping[str, Any] = import_module(self.package).ROWS
        return found


def save(row: str, channel: str, results: Sequence[Any], *, quick: bool, runs: int) -> None:
    """Write what the runs of a row showed, with the machine; quick runs stand apart."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    content = {
        "row": row,
        "channel": channel,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "processor": platform.machine(),
            "python": platform.python_version(),
        },
        "code": TABLES[channel].digest(),
        "complete": not quick and len(results) >= runs >= TABLES[channel].least_runs,
        "commit": _commit(),
        "results": [result.as_data() for result in results],
    }
    path = _path(row, channel, quick=quick)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def summary(rows: Iterable[str], channel: str, *, quick: bool) -> str:
    lines = []
    for row in rows:
        left = _read(row, channel, quick=quick)
        results = left["results"] if left else []
        failed = [f"{one['run']}: {', '.join(one['failures'])}" for one in results if not one["passed"]]
        figures = TABLES[channel].figures(results) if results else {}
        said = ", ".join(f"{name} {value}" for name, value in figures.items())
        verdict = "FAILED " + " | ".join(failed) if failed else "ok" if results else "NOT PLAYED"
        lines.append(f"{row:10} {said}  {verdict}\n")
    return "".join(lines)


def write_table(rows: Sequence[str], channel: str) -> bool:
    """Put the figures between the channel's marks in the page; False, and nothing changed, while a row has no
    complete figures of the code that stands there now."""
    left = {row: _read(row, channel, quick=False) for row in rows}
    table = TABLES[channel]
    if not all(one and one["complete"] and one.get("code") == table.digest() for one in left.values()):
        return False
    begin, end = (f"<!-- {table.marks}:{which} -->" for which in ("begin", "end"))
    path = GUIDE / table.page
    page = path.read_text(encoding="utf-8")
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{begin}\n{_drawn(left, table)}\n{end}{after}", encoding="utf-8")
    return True


def _drawn(left: dict[str, Any], table: Table) -> str:
    rows = table.rows()
    days = sorted({one["measured_at"][:10] for one in left.values()})
    machine = next(iter(left.values()))["machine"]
    in_doubt = any(result.get("shown") is not None for one in left.values() for result in one["results"])
    columns = [name for name in table.columns if in_doubt or name not in ONLY_IN_DOUBT]
    head = ["Sự cố", *(table.columns[name] for name in columns), "Giữ lời"]
    lines = [f"| {' | '.join(head)} |", f"| --- | {'--: | ' * len(columns)}--- |"]
    for row, one in left.items():
        figures = table.figures(one["results"])
        cells = [
            rows[row].TITLE,
            *(figures[name] for name in columns),
            "có" if all(result["passed"] for result in one["results"]) else "**không**",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    when = " – ".join(dict.fromkeys((_day(days[0]), _day(days[-1]))))
    lines += [
        "",
        f"Đo {when} trên máy {machine['cores']} nhân {machine['processor']}, Python {machine['python']}, "
        f"PostgreSQL bật fsync, mọi tiến trình trên cùng một máy. {table.below}",
    ]
    if in_doubt:
        lines[-1] += (
            " *Chờ gọi điện* ghi kèm số tin mà lúc xảy ra sự cố không ai biết được đã gửi chưa; nó không bao giờ "
            "lớn hơn số ấy."
        )
    if table.least_runs == 1:
        commits = sorted({one["commit"] for one in left.values()})
        lines[-1] += f" Mã lúc đo: `{'`, `'.join(commits)}`."
    if table.vouches_for:
        lines[-1] += f" Mã của phần gửi tin lúc đo: `{table.digest()}`."
    return "\n".join(lines)


def _figures(results: Sequence[dict[str, Any]]) -> dict[str, str]:
    busiest = [(one["busiest"], one["rate"]) for one in results if one["busiest"] is not None]
    top = max(busiest, default=None)
    return {
        "runs": str(len(results)),
        "messages": grouped(sum(one["messages"] for one in results)),
        "shown": _sum(results, "shown"),
        "called": f"{_sum(results, 'called')} ({_sum(results, 'in_doubt')} không rõ)",
        "lost": grouped(sum(one["lost"] for one in results)),
        "repeated": f"{grouped(sum(one['duplicates'] for one in results))} "
        f"({grouped(sum(one['in_flight'] for one in results))} đang gửi)",
        "recovery": _seconds(worst([one["recovery"] for one in results])),
        "p95": _seconds(worst([one["p95"] for one in results])),
        "second": f"{top[0]} / {top[1]:g}" if top else "–",
    }


def _filing_figures(results: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {"runs": str(len(results))} | {
        name: _sum(results, name) for name in FILING_COLUMNS if name != "runs"
    }


def _ha_figures(results: Sequence[dict[str, Any]]) -> dict[str, str]:
    counted = {name: _sum(results, name) for name in HA_COLUMNS if name not in ("writes", "limit")}
    return counted | {
        "runs": str(len(results)),
        "writes": _seconds(worst([one["writes"] for one in results])),
        "limit": f"≤ {results[0]['limit']:.0f} giây",
    }


def _commit() -> str:
    command = ("git", "describe", "--always", "--dirty", "--exclude=*")
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def _sum(results: Sequence[dict[str, Any]], name: str) -> str:
    return grouped(sum(one.get(name) or 0 for one in results))


def _day(iso: str) -> str:
    return datetime.fromisoformat(iso).strftime("%d/%m/%Y")


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} giây".replace(".", ",")


def _path(row: str, channel: str, *, quick: bool) -> Path:
    return RESULTS / f"{channel}-{row}{'-quick' if quick else ''}.json"


def _read(row: str, channel: str, *, quick: bool) -> dict[str, Any] | None:
    try:
        return dict(json.loads(_path(row, channel, quick=quick).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


_MESSAGES_BELOW = "*Lặp* ghi kèm số tin đang trên đường lúc xảy ra sự cố. *Chạy lại sau* là lần chậm nhất."
_SENDING = ("messaging/delivery", "messaging/channels")
# Stands below a table whose code has changed since, until `make faults` has written it anew.
OLDER = "**Bảng này đo trên bản trước của phần gửi tin; chưa đo lại trên bản này.**"
TABLES = {
    "sms": Table(
        "bao-dam-gui-tin.md", "faults", "tests.faults.rows", COLUMNS, _figures, _MESSAGES_BELOW, _SENDING
    ),
    "zalo": Table(
        "bao-dam-gui-tin.md", "faults-zalo", "tests.faults.rows", COLUMNS, _figures, _MESSAGES_BELOW, _SENDING
    ),
    "filing": Table(
        "bao-dam-nop-ho-so.md",
        "faults-filing",
        "tests.faults.filing.rows",
        FILING_COLUMNS,
        _filing_figures,
        "*Lần gửi không có trả lời* là những lần người nộp phải bấm lại vì trang không tải.",
    ),
    "ha": Table(
        "bao-dam-gui-tin.md",
        "faults-ha",
        "tests.faults.ha.rows",
        HA_COLUMNS,
        _ha_figures,
        "*Ghi lại được sau* là quãng dài nhất không việc nào được báo xong. *Mất* và *Trùng* đếm việc, câu trả lời, tệp "
        "và tin đã báo là xong. *Hai máy cùng nhận ghi*: mỗi máy được yêu cầu ghi mười lần một giây.",
        least_runs=1,
    ),
}
