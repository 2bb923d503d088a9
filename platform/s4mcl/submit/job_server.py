"""The job server of a Ray cluster, as `s4mcl submit` talks to it. What goes wrong is one message with its cure."""

import asyncio
import logging
import os
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from importlib.util import find_spec
from typing import Any, cast
from urllib.parse import urlsplit

from s4mcl_trainables.problems import InputError, first_line

ANSWER_SECONDS = 10.0
OVERRULED_BY = ("RAY_ADDRESS", "RAY_API_SERVER_ADDRESS")  # Ray would use them in place of the address that was given
NEEDED = ("aiohttp", "requests")  # of ray[default]
TOKEN = "RAY_AUTH_TOKEN, a file named by RAY_AUTH_TOKEN_PATH, or ~/.ray/auth_token"


class JobServer:
    """Submits jobs, tells how they stand, reads their logs.

    Attributes:
        address: http://HOST:PORT
    """

    def __init__(self, address: str) -> None:
        """Connect, with the token of this machine.

        Raises:
            InputError: ray[default] is missing here, nothing or something else answers at the address, the token is
                missing or refused, or the cluster runs another version of Ray.
        """
        self.address = checked_address(address)
        for name in NEEDED:
            if find_spec(name) is None:
                raise InputError(f"{name} is missing here, which Ray's jobs need.\nCure: pip install 's4mcl[cluster]'")
        os.environ.setdefault("RAY_AUTH_MODE", "token")  # Ray looks at it when it is imported
        _refuse_silence(self.address)
        import ray  # noqa: PLC0415
        from ray.job_submission import JobSubmissionClient  # noqa: PLC0415

        for part in ("sdk", "cli_utils"):
            logging.getLogger(f"ray.dashboard.modules.job.{part}").setLevel(logging.WARNING)
        logging.getLogger("ray.dashboard.modules.dashboard_sdk").setLevel(logging.WARNING)
        with self._explained(), _without(OVERRULED_BY):
            self._client = JobSubmissionClient(self.address)
        there = getattr(self._client, "_server_ray_version", None)
        if there != ray.__version__:
            raise InputError(
                f"the cluster at {self.address} runs Ray {there}, and Ray {ray.__version__} is installed here.\n"
                f"Cure: pip install 'ray[default]=={there}' here, or start the cluster with Ray {ray.__version__}"
            )

    def submit(self, job: str, entrypoint: str, runtime_env: dict[str, Any], metadata: Mapping[str, str]) -> str:
        """Start a job on the cluster and return its name.

        Raises:
            InputError: it is refused, or the connection lost.
        """
        with self._explained():
            return str(
                self._client.submit_job(
                    entrypoint=entrypoint, submission_id=job, runtime_env=runtime_env, metadata=dict(metadata)
                )
            )

    def details(self, job: str) -> Any:
        """How a job stands, as Ray's `JobDetails`.

        Raises:
            InputError: there is no such job, or the connection is lost.
        """
        with self._explained(job):
            return self._client.get_job_info(job)

    def log(self, job: str) -> str:
        """All that a job has printed.

        Raises:
            InputError: there is no such job, or the connection is lost.
        """
        with self._explained(job):
            return str(self._client.get_job_logs(job))

    def follow_log(self, job: str, write: Callable[[str], None]) -> None:
        """Write what a job has printed, and prints, until it ends.

        Raises:
            InputError: there is no such job, or the connection is lost.
        """
        with self._explained(job):
            asyncio.run(_written(self._client.tail_job_logs(job), write))

    def stop(self, job: str) -> None:
        """Ask a job to end.

        Raises:
            InputError: there is no such job, or the connection is lost.
        """
        with self._explained(job):
            self._client.stop_job(job)

    @contextmanager
    def _explained(self, job: str | None = None) -> Iterator[None]:
        """Turn what Ray's client raises into `InputError`."""
        from aiohttp import ClientError  # noqa: PLC0415
        from ray.exceptions import AuthenticationError  # noqa: PLC0415

        try:
            yield
        except AuthenticationError as error:
            raise InputError(self._about_the_token(str(error))) from error
        except (OSError, ClientError) as error:  # requests' errors are OSErrors
            raise InputError(unreachable(self.address, first_line(error))) from error
        except (RuntimeError, ValueError, KeyError) as error:
            raise InputError(self._about_the_answer(str(error), job)) from error

    def _about_the_token(self, text: str) -> str:
        if text.startswith("Authentication failed"):
            what = f"the cluster at {self.address} refuses the token of this machine"
        else:
            what = f"the cluster at {self.address} asks for a token, and there is none here"
        where = f"it is read from {TOKEN}"
        return f"{what}.\nCure: copy the cluster's token, ~/.ray/auth_token on its head, to this machine; {where}"

    def _about_the_answer(self, text: str, job: str | None) -> str:
        if job is not None and "does not exist" in text:
            cure = f"RAY_AUTH_MODE=token ray job list --address {self.address} shows those that there are"
            return f"the cluster at {self.address} knows no job {job!r}.\nCure: {cure}"
        if "already exists" in text or "has already been used" in text:
            return f"the cluster at {self.address} has a job of this name already.\nCure: another --name-of-job"
        if "status code 404" in text or "returned 404" in text:
            return f"{self.address} has no job server.\nCure: install ray[default] on the head and start Ray again"
        return (
            f"the job server at {self.address} gave an answer that was not expected: {_last_line(text)}\n"
            "Cure: see dashboard.log in the logs of Ray's session on the head"
        )


def checked_address(address: str) -> str:
    """The address with its scheme and without a / at its end.

    Raises:
        InputError: it is none.
    """
    whole = address.strip() if "://" in address else f"http://{address.strip()}"
    try:
        parts = urlsplit(whole)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a port that is no number
        usable = False
    if not usable:
        cure = "give the job server's address, http://HOST:8265, as ray dashboard or an ssh tunnel opens it"
        raise InputError(f"--address: expected http://HOST:PORT, found {address!r}.\nCure: {cure}")
    return whole.rstrip("/")


def unreachable(address: str, why: str) -> str:
    """What to say where nothing answers."""
    return (
        f"no job server answers at {address}: {why}\n"
        "Cure: start Ray on the head with ray[default] installed; from elsewhere open a tunnel first, as with: "
        "ray dashboard CLUSTER.yaml, or ssh -N -L 8265:127.0.0.1:8265 HEAD"
    )


def _refuse_silence(address: str) -> None:
    """Ray's client would wait for ever for a server that takes connections and says nothing."""
    try:
        with urllib.request.urlopen(f"{address}/api/version", timeout=ANSWER_SECONDS):
            pass
    except urllib.error.HTTPError:
        pass  # it speaks; Ray's client, which has the token, hears what it says
    except (OSError, ValueError) as error:
        raise InputError(unreachable(address, first_line(getattr(error, "reason", error)))) from error
    except Exception as error:  # what is no HTTP at all
        raise InputError(unreachable(address, f"what answers there is no web server ({first_line(error)})")) from error


async def _written(chunks: AsyncIterator[str], write: Callable[[str], None]) -> None:
    async with aclosing(cast("Any", chunks)) as closing:
        async for text in closing:
            write(text)


@contextmanager
def _without(names: tuple[str, ...]) -> Iterator[None]:
    kept = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(kept)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["nothing"])[-1]
