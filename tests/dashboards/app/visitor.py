"""Somebody who asks the app by HTTP, as its page does."""

import gzip
import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.test import Client, TestResponse

OUTPUTS = (("live", "html"), ("live", "title"), ("problem", "children"), ("held", "data"))
FROM = {"REMOTE_ADDR": "10.0.0.9"}
READING = "data-again"
SECONDS = 30.0
FIGURE = re.compile(r'data-figure="(\w+)"')


def question(address: str, held: list[str]) -> dict[str, Any]:
    """What Dash's renderer sends to show the page of an address to somebody who holds another."""
    parts = urlsplit(address)
    search = f"?{parts.query}" if parts.query else ""
    values = {"tick.n_intervals": 0, "url.pathname": parts.path, "url.search": search}
    inputs = [dict(zip(("id", "property"), name.split("."), strict=True)) | {"value": values[name]} for name in values]
    outputs = [{"id": name, "property": prop} for name, prop in OUTPUTS]
    return {
        "output": f"..{'...'.join(f'{name}.{prop}' for name, prop in OUTPUTS)}..",
        "outputs": outputs,
        "inputs": inputs,
        "changedPropIds": ["tick.n_intervals"],
        "state": [{"id": "held", "property": "data", "value": held}],
    }


class Visitor:
    """A browser without a screen: keeps cookies, and what it was shown last."""

    def __init__(self, server: Flask, host: str = "127.0.0.1:8050") -> None:
        self.host = host
        self.client = Client(server)
        self.held = ["", ""]
        self.html = self.title = ""
        self.problem: list[str] = []

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, base_url=f"http://{self.host}", headers=headers, environ_base=FROM)

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        """With the anti-forgery token, unless another one is given."""
        cookie = self.client.get_cookie(self.csrf_name, self.host.partition(":")[0])
        given = {"X-CSRFToken": cookie.value if cookie else "", **headers}
        return self.client.post(path, base_url=f"http://{self.host}", headers=given, json=body, environ_base=FROM)

    @property
    def csrf_name(self) -> str:
        return "s4mcl-csrf-8050"

    def look(self, address: str) -> bool:
        """Ask for the page of an address, until it is read; whether anything new was sent."""
        found = self.look_once(address)
        until = time.monotonic() + SECONDS
        while READING in self.html:
            assert time.monotonic() < until
            self.look_once(address)
        return found

    def look_once(self, address: str) -> bool:
        """Ask for the page of an address; whether anything new was sent."""
        if not self.client.get_cookie(self.csrf_name, self.host.partition(":")[0]):
            assert self.get("/").status_code == 200
        answer = self.post("/_dash-update-component", question(address, self.held))
        assert answer.status_code in (200, 204), answer.get_data(as_text=True)
        if answer.status_code == 204:
            return False
        told = json.loads(answer.get_data())["response"]
        self.html = told.get("live", {}).get("html", self.html)
        self.title = told.get("live", {}).get("title", self.title)
        self.problem = texts(told["problem"]["children"])
        self.held = told["held"]["data"]
        return True

    def figures(self) -> list[dict[str, Any]]:
        """The figures of the page that is shown."""
        found = [self.get(f"/figure/{name}") for name in FIGURE.findall(self.html)]
        assert {answer.status_code for answer in found} <= {200}
        return [json.loads(gzip.decompress(answer.get_data())) for answer in found]


Visit = Callable[..., Visitor]


def texts(component: Any) -> list[str]:
    """All texts in a tree of Dash's components."""
    if isinstance(component, str):
        return [component]
    if isinstance(component, list):
        return [text for one in component for text in texts(one)]
    return texts(component["props"].get("children", [])) if isinstance(component, dict) else []
