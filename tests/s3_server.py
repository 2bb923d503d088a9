"""An S3 server of the test's own."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
BUCKET = "bucket"


@dataclass(frozen=True)
class S3Server:
    """Where it listens; it has one bucket."""

    host: str
    port: int

    def uri(self, folder: str, *, keys: bool = True) -> str:
        """A folder of the bucket, as pyarrow names it; without keys, they are those of the environment."""
        place = f"{'key:secret@' if keys else ''}{BUCKET}/{folder}?endpoint_override={self.host}{quote(':')}{self.port}"
        return f"s3://{place}&scheme=http&region=us-east-1"

    def copy(self, folder: str, to: Path) -> int:
        """Copy the files below a folder of the bucket; how many."""
        client = self.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"{folder}/")
        names = [each["Key"] for page in pages for each in page.get("Contents", ()) if each["Key"][-1] != "/"]
        for name in names:
            path = to / name.removeprefix(f"{folder}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            client.download_file(BUCKET, name, str(path))
        return len(names)

    def client(self) -> Any:
        """Amazon's client for it."""
        import boto3

        return boto3.client("s3", endpoint_url=f"http://{self.host}:{self.port}", **KEYS)


@contextmanager
def s3_server(address: str = "127.0.0.1") -> Iterator[S3Server]:
    """Serve while the block runs."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line a request otherwise
    server = ThreadedMotoServer(ip_address=address, port=0, verbose=False)
    server.start()
    try:
        made = S3Server(*server.get_host_and_port())
        made.client().create_bucket(Bucket=BUCKET)
        yield made
    finally:
        server.stop()
