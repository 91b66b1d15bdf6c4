"""A bucket of a real store, seen through the proxy that may spoil what goes through, as the settings name it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from portal.settings import environment
from tests.simulators.store import ACCESS_KEY, SECRET_KEY, SeaweedFS, SpoilingProxy

READY_SECONDS = 60.0


class Bucket:
    """An empty bucket of this name; `proxy` spoils what the portal asks of it."""

    def __init__(self, store: SeaweedFS, proxy: SpoilingProxy, name: str) -> None:
        self.name, self.proxy = name, proxy
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=store.url,
            region_name="vn",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def make(self) -> None:
        """Once the store takes files: its parts start one after the other."""
        end = time.monotonic() + READY_SECONDS
        while True:
            try:
                self._client.create_bucket(Bucket=self.name)
                self._client.put_object(Bucket=self.name, Key="ready", Body=b"x")
                self._client.delete_object(Bucket=self.name, Key="ready")
                return
            except (BotoCoreError, ClientError):
                if time.monotonic() > end:
                    raise

    def objects(self) -> dict[str, bytes]:
        """What the store itself holds, by name."""
        listed = self._client.list_objects_v2(Bucket=self.name).get("Contents", [])
        return {
            one["Key"]: self._client.get_object(Bucket=self.name, Key=one["Key"])["Body"].read()
            for one in listed
        }

    def empty(self) -> None:
        for name in self.objects():
            self._client.delete_object(Bucket=self.name, Key=name)

    def close(self) -> None:
        self._client.close()


@contextmanager
def bucket(folder: Path, **room: int) -> Iterator[Bucket]:
    """A store of its own with one bucket, until the end of the block."""
    with SeaweedFS(folder, **room) as store, SpoilingProxy(store.port) as proxy:
        made = Bucket(store, proxy, "mot-cua")
        made.make()
        yield made
        made.close()


def storage_settings(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, seconds: float = 20, **changed: str
) -> dict[str, Any]:
    """What the settings make of the variables that name this bucket; `seconds` is how long an answer is waited for."""
    given = {
        "DOSSIER_STORAGE": "s3",
        "DOSSIER_STORAGE_BUCKET": bucket.name,
        "DOSSIER_STORAGE_ENDPOINT": bucket.proxy.url,
        "DOSSIER_STORAGE_REGION": "vn",
        "DOSSIER_STORAGE_ACCESS_KEY": ACCESS_KEY,
        "DOSSIER_STORAGE_SECRET_KEY": SECRET_KEY,
    }
    for name, value in {**given, **changed}.items():
        monkeypatch.setenv(name, value)
    read = environment.read().dossier_storage()
    options = read["OPTIONS"]
    options["client_config"] = options["client_config"].merge(Config(read_timeout=seconds))
    return read
