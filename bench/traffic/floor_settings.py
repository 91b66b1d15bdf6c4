"""The portal's settings without middleware, and the bare views of `bench.traffic.floor` in place of its pages."""

from portal.settings import *  # noqa: F403

MIDDLEWARE: list[str] = []
ROOT_URLCONF = PUBLIC_SCHEMA_URLCONF = "bench.traffic.floor"
