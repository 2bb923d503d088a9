"""Trials that a worker gives back, as something is wrong that is not theirs: they go on later, or the study stops."""

import logging
import socket
from collections.abc import Callable, Mapping
from typing import Any

from s4mcl.execution.away_storage import AwayStorage
from s4mcl.execution.claiming import Claiming
from s4mcl.execution.pack import Pack
from s4mcl.execution.room import Room
from s4mcl.execution.shares import Shares
from s4mcl.execution.under_way import UnderWay
from s4mcl.ledger import Ledger
from s4mcl_trainables.problems import first_line

FULL_DISK = ("No space left on device", "Disk quota exceeded")

logger = logging.getLogger(__name__)


class GivenBack:
    """What becomes of a study when a trial is given back (`endings.UNDONE`); the trial itself is planned again."""

    def __init__(
        self,
        study: str,
        ledger: Ledger,
        under_way: UnderWay,
        *,
        room: Room,
        shares: Shares,
        claiming: Claiming,
        reaches_artifacts: Callable[[], bool],
        stop: Callable[[str], None],
    ) -> None:
        """Begin.

        Args:
            reaches_artifacts: whether the driver reaches the storage of the trials' files now.
            stop: ends the study, for a reason.
        """
        self._study, self._ledger, self._under_way = study, ledger, under_way
        self._room, self._shares, self._claiming = room, shares, claiming
        self._storage, self._stop = AwayStorage(reaches_artifacts), stop

    def take(self, pack: Pack, key: str, ending: Mapping[str, Any]) -> None:
        """A worker gave a trial of a pack back.

        Args:
            ending: outcome and detail.
        """
        outcome, detail = ending["outcome"], ending["detail"]
        text = str(detail.get("text", outcome))
        self._under_way.give_back(pack, key, "moved" if outcome == "moved" else "released")
        if outcome == "no_memory":
            self.outgrew(pack, key)
        elif outcome == "no_space":
            if not detail.get("nodes_own"):  # else its worker waits there, and others go on
                self.pause(int(detail.get("needed") or 0))
        elif outcome == "unreachable":
            self._unreachable(pack, key, text)
        elif outcome == "unfit":  # the worker's node
            self._stop(text)
        elif outcome == "data_error":
            if key in pack.claimed:
                self._stop(_on_node(pack, str(detail.get("text", "the data cannot be read"))))
            else:  # what it was trained to cannot be read any more: it is trained again
                self._claiming.gone.add(key)

    def completed(self, pack: Pack) -> None:
        """A trial of a pack came to its end: its node reaches the storage."""
        self._storage.reached(_host(pack))

    def outgrew(self, pack: Pack, key: str) -> None:
        """A pack found too little memory in its share of a device."""
        device = pack.worker.device if pack.worker else ""
        share = self._shares.outgrew(pack.method, pack.size, device=device, share=pack.gpus)
        found = f"no memory in {pack.gpus:g} of a GPU, packs of its kind have {share:g} from now on"
        self._tell("no_memory", f"{pack.described(key)}: {found}", {"key": key})

    def pause(self, needed: int) -> None:
        """Begin nothing more until so many bytes are free."""
        self._tell("paused", self._room.ran_out(needed), {})

    def _unreachable(self, pack: Pack, key: str, told: str) -> None:
        """A worker did not reach the storage of the trials' files."""
        if not pack.assignments and self._storage.stops(_host(pack)):  # once a pack
            self._stop(told)
            return
        said = f"{first_line(told).rstrip('.')}; others reach it, and the trial goes on from its checkpoint"
        self._tell("unreachable", f"{pack.described(key)}: {said}", {"key": key})

    def _tell(self, kind: str, text: str, detail: Mapping[str, Any]) -> None:
        logger.warning(text)
        self._ledger.record_event(self._study, kind, text, detail)


def _host(pack: Pack) -> str:
    return pack.worker.host if pack.worker else ""


def _on_node(pack: Pack, text: str) -> str:
    """What a worker told, with its node where that is another machine than this one."""
    return text if _host(pack) in (socket.gethostname(), "") else f"on node {_host(pack)}: {text}"
