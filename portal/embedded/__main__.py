"""`python -m portal.embedded start|stop|status|reset`: the embedded services by hand, on DATA_DIR."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from portal.embedded import reset, start, stop
from portal.embedded.files import ensure_secrets
from portal.embedded.processes import EmbeddedError, running

_USAGE = (
    "Cách dùng: python -m portal.embedded start|stop|status|reset (DATA_DIR: thư mục dữ liệu, mặc định .data)"
)


def main(arguments: list[str]) -> int:
    """Exit code: 0 done or running; 1 failed; 2 wrong use; 3 (status) not running."""
    data_dir = Path(os.environ.get("DATA_DIR") or Path(__file__).resolve().parents[2] / ".data").resolve()
    actions: dict[str, Callable[[Path], object]] = {
        "start": start,
        "stop": stop,
        "status": lambda _data_dir: None,
        "reset": reset,
    }
    if len(arguments) != 1 or arguments[0] not in actions:
        sys.stderr.write(f"{_USAGE}\n")
        return 2
    try:
        actions[arguments[0]](data_dir)
        if arguments == ["start"]:
            ensure_secrets(data_dir)
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    alive = True
    for name, variable in (("postgres", "DATABASE_URL"), ("valkey", "REDIS_URL")):
        pid = running(data_dir, name)
        state = f"đang chạy (tiến trình {pid})" if pid else "không chạy"
        if os.environ.get(variable):
            state = "dùng dịch vụ bên ngoài theo biến môi trường"
        alive = alive and state != "không chạy"
        sys.stdout.write(f"{name}: {state}\n")
    return 3 if arguments == ["status"] and not alive else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
