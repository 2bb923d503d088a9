"""The request to stop a trial or a study, as the page sends it."""

import logging

from flask import Flask, Response, jsonify, request

from s4mcl_dashboards.app.gallery import Gallery
from s4mcl_dashboards.app.hosts import Hosts
from s4mcl_trainables.problems import InputError

logger = logging.getLogger(__name__)

PATH = "/stop"


def let_stop(server: Flask, gallery: Gallery, hosts: Hosts) -> None:
    """Answer requests to stop; the guard has seen to it that a page of the app sent them."""

    @server.post(PATH)
    def stop() -> tuple[Response, int]:
        asked = request.get_json(silent=True)
        study, key = (asked.get("study"), asked.get("key")) if isinstance(asked, dict) else (None, None)
        if not isinstance(study, str) or not (key is None or isinstance(key, str)):
            return jsonify(told="a study was expected, and a key or null"), 400
        whose = "the live app" if hosts.is_loopback else f"the live app, from {request.remote_addr}"
        try:
            gallery.library.ledger().request_stop(study, key, whose)
        except ValueError as error:  # no such study or trial
            return jsonify(told=str(error)), 404
        except InputError as error:
            return jsonify(told=str(error)), 503
        gallery.look_again(study)
        logger.info("asked to stop %s", study if key is None else f"trial {key[:12]} of {study}")
        return jsonify(told="Asked to stop. The driver sees it within a few seconds."), 200
