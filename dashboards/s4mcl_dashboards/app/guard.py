"""Who may ask the app, and what: hosts, the token, and requests that change something."""

import hmac
import secrets
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, redirect, request

from s4mcl_dashboards.app.hosts import Hosts
from s4mcl_dashboards.markup import escaped

TOKEN = "token"  # in the query of the first request
READS = ("GET", "HEAD", "OPTIONS")
CSRF_HEADER = "X-CSRFToken"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Looks at every request before the app does.

    A request must name a host that is the app's. Where a token is asked for, it must bring the token, in its query
    (a browser then gets a cookie and an address without it), in a header `Authorization: Bearer`, or the cookie.
    One that changes something must come from a page of the app itself and repeat its anti-forgery cookie in a header.
    """

    def __init__(self, hosts: Hosts, token: str | None, port: int) -> None:
        """The cookies' names hold the port: a browser shares cookies among all ports of a host."""
        self.hosts, self.token, self.port = hosts, token, port
        self.session_name, self.csrf_name = f"s4mcl-{port}", f"s4mcl-csrf-{port}"
        self._session = secrets.token_urlsafe(32)
        self._policy = "default-src 'self'"

    def install(self, server: Flask, scripts: list[str]) -> None:
        """Look at all requests of a server from now on; `scripts` are the hashes of the inline scripts it sends."""
        allowed = " ".join(["'self'", *scripts])
        self._policy = (
            f"default-src 'none'; script-src {allowed}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
            "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        server.before_request(self.refusal)
        server.after_request(self.sealed)

    def refusal(self) -> Response | None:
        """What a request is told that the app does not answer; None where it does."""
        if not self.hosts.knows(request.host):
            return _told(403, f"{request.host} is not this app", f"open {self.hosts.url(self.port)}")
        if self.token is not None:
            if request.method == "GET" and _same(request.args.get(TOKEN), self.token):
                return self._welcome()
            if not self._is_known(self.token):
                cure = "open the address that s4mcl dashboard has printed, with its token"
                refused = _told(401, "this app asks for its token", cure)
                refused.headers["WWW-Authenticate"] = "Bearer"
                return refused
        if request.method not in READS and not self._is_own():
            return _told(403, "this request did not come from a page of this app", "reload the page, then ask again")
        return None

    def sealed(self, response: Response) -> Response:
        """The response with the headers that keep other sites out, and an anti-forgery cookie for a browser's pages."""
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = self._policy
        response.headers.setdefault("Cache-Control", "no-store")
        page = response.mimetype == "text/html" and response.status_code == 200
        if page and self.csrf_name not in request.cookies:
            response.set_cookie(self.csrf_name, secrets.token_urlsafe(32), samesite="Strict")  # its own script reads it
        return response

    def _welcome(self) -> Response:
        """To the same address without the token, so that it stays out of the history and of what is sent on."""
        rest = [(name, value) for name, value in request.args.items(multi=True) if name != TOKEN]
        response: Response = redirect(f"{request.path}{'?' if rest else ''}{urlencode(rest)}", 303)  # type: ignore[assignment]
        response.set_cookie(self.session_name, self._session, httponly=True, samesite="Lax")
        return response

    def _is_known(self, token: str) -> bool:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        bearer = given if scheme.lower() == "bearer" else None
        return _same(bearer, token) or _same(request.cookies.get(self.session_name), self._session)

    def _is_own(self) -> bool:
        """Whether a page of this app sent the request: browsers tell where it came from, and only the app's own pages
        can read the cookie and repeat it."""
        origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
        if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
            return False
        if site is not None and site != "same-origin":
            return False
        cookie = request.cookies.get(self.csrf_name)
        return bool(cookie) and _same(request.headers.get(CSRF_HEADER), str(cookie))


def _same(given: str | None, known: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell how far they are."""
    return given is not None and hmac.compare_digest(given.encode(), known.encode())


def _told(status: int, problem: str, cure: str) -> Response:
    told = f"<p>s4mcl: {escaped(problem)}.</p><p>Cure: {escaped(cure)}</p>"
    return Response(f"<!DOCTYPE html><html lang=en><title>s4mcl</title>{told}", status, mimetype="text/html")
