"""`python -m portal.demo [--stop]`: PORT, RESET, LAN and DATA_DIR come from the environment."""

import os
import sys

from portal.demo.plan import PlanError, from_environment, switched_on
from portal.demo.supervisor import MISUSED, run, say, stop


def main() -> int:
    try:
        plan = from_environment(os.environ)
    except PlanError as error:
        say(str(error))
        return MISUSED
    if sys.argv[1:] == ["--stop"]:
        return stop(plan.data_dir)
    os.environ.update(plan.environment)  # the supervisor too asks the worker through the settings
    return run(plan, reset=switched_on(os.environ, "RESET"))


if __name__ == "__main__":
    sys.exit(main())
