"""The kinds of file that a network is exported to: how it is made, and how it is run without this package."""

import io
import logging
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.export import ExportedProgram

from s4mcl_trainables.problems import InputError, first_line

INPUT = "images"
OPSET = 20


class NetworkKind(ABC):
    """One kind of file.

    Attributes:
        file: its name.
        needs: packages that the extra `s4mcl[export]` brings.
    """

    file: str
    needs: Sequence[str] = ()

    def require(self) -> None:
        """Refuse where a package is missing.

        Raises:
            InputError: one is.
        """
        missing = [name for name in self.needs if find_spec(name) is None]
        if missing:
            raise InputError(
                f"{self.file} needs {', '.join(missing)}, which this environment lacks.\n"
                "Cure: pip install 's4mcl[export]'"
            )

    @abstractmethod
    def made(self, traced: ExportedProgram, outputs: Sequence[str]) -> bytes:
        """The file's content, of a traced network whose outputs are to be called so."""

    @abstractmethod
    def run(self, content: bytes, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The outputs for images [B,1,H,W], by what reads such files."""

    @abstractmethod
    def versions(self) -> dict[str, Any]:
        """What a reader of the file may have to know."""


class Onnx(NetworkKind):
    """ONNX, run by ONNX Runtime."""

    file = "network.onnx"
    needs = ("onnx", "onnxscript", "onnxruntime")

    def made(self, traced: ExportedProgram, outputs: Sequence[str]) -> bytes:
        """One file, weights included."""
        with _silence():
            program = torch.onnx.export(
                traced,
                dynamo=True,
                opset_version=OPSET,
                input_names=[INPUT],
                output_names=list(outputs),
                external_data=False,
                verbose=False,
            )
        assert program is not None, "dynamo=True gives a program"
        model = program.model_proto
        for node in model.graph.node:
            node.ClearField("metadata_props")  # paths of this machine
        batch = model.graph.input[0].type.tensor_type.shape.dim[0].dim_param  # as torch has numbered it
        for info in (*model.graph.input, *model.graph.output, *model.graph.value_info):
            for size in info.type.tensor_type.shape.dim:
                if size.dim_param == batch:
                    size.dim_param = "batch"
        content: bytes = model.SerializeToString()
        return content

    def run(self, content: bytes, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """On the CPU."""
        import onnxruntime  # noqa: PLC0415  # of the extra

        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        return [np.asarray(output) for output in session.run(None, {INPUT: images})]

    def versions(self) -> dict[str, Any]:
        """The operator set."""
        return {"opset": OPSET}


class Torch(NetworkKind):
    """The archive of torch.export, read by torch.export.load."""

    file = "network.pt2"

    def made(self, traced: ExportedProgram, outputs: Sequence[str]) -> bytes:
        """The traced graph and its weights; nothing of this package is needed to read it."""
        content = io.BytesIO()
        with _silence():
            torch.export.save(traced, content)
        return content.getvalue()

    def run(self, content: bytes, images: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """On the CPU."""
        with _silence(), torch.no_grad():
            outputs = torch.export.load(io.BytesIO(content)).module()(torch.from_numpy(images))
        return [output.numpy() for output in outputs]

    def versions(self) -> dict[str, Any]:
        """That of torch, which is told already."""
        return {}


def trace(network: nn.Module, images: NDArray[np.float32]) -> ExportedProgram:
    """A network as a graph, with nothing of this package in it, that takes any number of images [B,1,H,W].

    Raises:
        InputError: the network does something that torch cannot trace.
    """
    example = torch.from_numpy(np.resize(images, (2, *images.shape[1:])))
    shapes = {INPUT: {0: torch.export.Dim("batch", min=1)}}
    try:
        with _silence(), torch.no_grad():
            traced = torch.export.export(network, (example,), dynamic_shapes=shapes)
    except Exception as error:  # torch has many kinds for it
        raise InputError(
            f"the network cannot be traced: {first_line(error)}.\n"
            "Cure: let `predict` of the method's learner do without branches on values; s4mcl predict needs no tracing"
        ) from error
    for node in traced.graph.nodes:
        node.meta.pop("stack_trace", None)  # paths of this machine
    return traced


KINDS: dict[str, NetworkKind] = {"onnx": Onnx(), "torch": Torch()}


@contextmanager
def _silence() -> Iterator[None]:
    """Hold back what torch says of packages that are not installed and of its own deprecations."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
