from pathlib import Path
from typing import Any

import pytest
from visitor import Visit, question

TOKEN = "t" * 43
UPDATE = "/_dash-update-component"
PATHS = ("/", "/study?study=demo", "/figure/0123", "/_dash-layout", "/_dash-dependencies", "/own/x/live.js", "/nothing")


def ask() -> dict[str, Any]:
    return question("/", ["", ""])


@pytest.mark.parametrize("path", PATHS)
def test_another_host_is_refused(made_storage: Path, visit: Visit, path: str) -> None:
    visitor = visit(made_storage, named="evil.example:8050")
    answer = visitor.get(path)
    assert answer.status_code == 403
    assert "open http://127.0.0.1:8050" in answer.get_data(as_text=True)
    assert "demo" not in answer.get_data(as_text=True)
    assert visitor.post(UPDATE, ask()).status_code == 403


def test_the_name_of_a_host_is_shown_as_text(made_storage: Path, visit: Visit) -> None:
    answer = visit(made_storage).get("/", Host="<script>alert(1)</script>")
    assert answer.status_code in (400, 403)
    assert "<script>" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("path", PATHS)
def test_without_the_token_nothing_is_answered(made_storage: Path, visit: Visit, path: str) -> None:
    visitor = visit(made_storage, host="10.0.0.5", token=TOKEN)
    for given in ("", "token=", "token=wrong", f"token={TOKEN}x", f"token={TOKEN[:-1]}", "token=%C3%A9"):
        answer = visitor.get(f"{path}{'&' if '?' in path else '?'}{given}")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "Set-Cookie" not in answer.headers
    assert visitor.get(path, Authorization="Bearer wrong").status_code == 401
    assert visitor.get(path, Cookie=f"s4mcl-8050={TOKEN}").status_code == 401
    assert visitor.post(UPDATE, ask()).status_code == 401
    assert visitor.post("/stop", {"study": "demo", "key": None}).status_code == 401


def test_the_token_is_exchanged_for_a_cookie(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage, host="10.0.0.5", token=TOKEN)
    answer = visitor.get(f"/study?study=a+b&token={TOKEN}&state=failed")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/study?study=a+b&state=failed"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert TOKEN not in cookie
    assert visitor.get("/").status_code == 200
    assert visitor.look("/study?study=demo")
    assert "demo" in visitor.html


def test_a_script_may_bring_the_token_in_a_header(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage, host="10.0.0.5", token=TOKEN)
    assert visitor.get("/", Authorization=f"Bearer {TOKEN}").status_code == 200


def test_on_this_machine_no_token_is_asked_for(made_storage: Path, visit: Visit) -> None:
    assert visit(made_storage).get("/").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-CSRFToken": ""},
        {"X-CSRFToken": "guessed"},
    ],
)
@pytest.mark.parametrize("path", [UPDATE, "/stop"])
def test_a_request_of_another_site_changes_nothing(
    made_storage: Path, visit: Visit, path: str, headers: dict[str, str]
) -> None:
    visitor = visit(made_storage)
    visitor.get("/")
    body = ask() if path == UPDATE else {"study": "demo", "key": None}
    assert visitor.post(path, body, **headers).status_code == 403
    assert visitor.post(UPDATE, ask(), Origin="http://127.0.0.1:8050").status_code == 200


def test_without_a_cookie_nothing_is_posted(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage)
    assert visitor.post(UPDATE, ask()).status_code == 403
    assert visitor.post("/stop", {"study": "demo", "key": None}).status_code == 403


def test_pages_say_what_a_browser_may_load(made_storage: Path, visit: Visit) -> None:
    answer = visit(made_storage).get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe-inline" not in scripts
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    page = answer.get_data(as_text=True)
    assert "http://" not in page.replace("http-equiv", "")
    assert 'src="https:' not in page


def test_there_is_no_debugger_and_no_foreign_interface(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage)
    config = visitor.get("/").get_data(as_text=True)
    assert '"ui":false' in config
    assert visitor.get("/_mcp").headers["Content-Type"].startswith("text/html")  # the app's page, as for any address
    assert visitor.get("/console").status_code == 200
    assert "Werkzeug" not in visitor.get("/console").get_data(as_text=True)


def test_a_large_request_is_refused(made_storage: Path, visit: Visit) -> None:
    visitor = visit(made_storage)
    visitor.get("/")
    assert visitor.post("/stop", {"study": "x" * 2**21}).status_code in (400, 413)
