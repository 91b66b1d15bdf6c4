"""`python -m portal.embedded start|stop|status|reset`: the embedded services by hand, on DATA_DIR."""

import os
import sys
from pathlib import Path

from portal.embedded import EmbeddedError, ensure_secrets, find_running, reset, start, stop

_USAGE = (
    "Cách dùng: python -m portal.embedded start|stop|status|reset (DATA_DIR: thư mục dữ liệu, mặc định .data)"
)


def main(arguments: list[str]) -> int:
    """Exit code: 0 done or running; 1 failed; 2 wrong use; 3 (status) not running."""
    data_dir = Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parents[2] / ".data")
    actions = {"start": _start, "stop": _stop, "status": _status, "reset": _reset}
    if len(arguments) != 1 or arguments[0] not in actions:
        sys.stderr.write(f"{_USAGE}\n")
        return 2
    try:
        return actions[arguments[0]](data_dir)
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _start(data_dir: Path) -> int:
    start(data_dir)
    ensure_secrets(data_dir)
    return _status(data_dir)


def _stop(data_dir: Path) -> int:
    if data_dir.is_dir():
        stop(find_running(data_dir))
    sys.stdout.write("Đã dừng Valkey và PostgreSQL.\n")
    return 0


def _status(data_dir: Path) -> int:
    services = find_running(data_dir)
    found = [
        ("PostgreSQL", services.postgres, services.postgres_port, os.environ.get("DATABASE_URL")),
        ("Valkey", services.valkey, services.valkey_port, os.environ.get("REDIS_URL")),
    ]
    for name, process, port, external in found:
        if external:
            line = "dùng dịch vụ bên ngoài theo biến môi trường"
        elif process:
            line = f"đang chạy ở 127.0.0.1:{port} (tiến trình {process.pid})"
        else:
            line = "không chạy"
        sys.stdout.write(f"{name}: {line}\n")
    return 0 if all(process or external for _, process, _, external in found) else 3


def _reset(data_dir: Path) -> int:
    reset(data_dir)
    sys.stdout.write(f"Đã xóa dữ liệu của PostgreSQL và Valkey trong {data_dir}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
