"""PyTorch's CUDA side without a GPU: programs on the device that `tools/record/imitated_*.c` imitate."""

from __future__ import annotations

import ctypes
import glob
import json
import os
import pathlib
import subprocess
import sys
import textwrap
from typing import Any, Callable, Optional

ROOT = pathlib.Path(os.environ.get("STOWAGE_ROOT") or pathlib.Path(__file__).resolve().parents[2])
GIB = 1 << 30


def build(folder: str) -> None:
    """Compiles the device into a folder, for `run`."""
    library = os.path.join(folder, "libcuda.so.1")
    sources = sorted(glob.glob(str(ROOT / "tools" / "record" / "imitated_*.c")))
    flags = ["-shared", "-fPIC", "-O1", "-Wl,-soname,libcuda.so.1"]
    subprocess.run(["cc", *flags, "-o", library, *sources, "-ldl", "-pthread"], check=True, timeout=120)
    os.symlink("libcuda.so.1", os.path.join(folder, "libnvidia-ml.so.1"))


class Failed(Exception):
    """The program ended with an error: its last lines."""


def run(folder: str, program: str, bytes_: int = 80 * GIB, **environment: str) -> Any:
    """Runs a program on the device, and returns what `report` was called with."""
    variables = {
        **os.environ,
        "LD_LIBRARY_PATH": folder,
        "LD_PRELOAD": os.path.join(folder, "libcuda.so.1"),
        "IMITATED_CUDA_BYTES": str(bytes_),
        **environment,
    }
    command = [sys.executable, "-X", "faulthandler", "-W", "ignore", "-c", textwrap.dedent(program)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=240)
    if done.returncode != 0:
        raise Failed(f"exit code {done.returncode}: {done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


# --- In the program ---


def report(value: Any) -> None:
    """Prints the result, and ends: PyTorch's own clean-up expects a real device."""
    print(json.dumps(value), flush=True)
    os._exit(0)


class Device:
    """What the device counts, and when its work is done."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libcuda.so.1")
        for name in ("imitated_cuda_bytes", "imitated_cuda_most"):
            getattr(self._library, name).restype = ctypes.c_size_t

    def bytes(self) -> int:
        return self._library.imitated_cuda_bytes()

    def most(self) -> int:
        return self._library.imitated_cuda_most()

    def hold(self) -> None:
        """Events recorded from now on are pending."""
        self._library.imitated_cuda_hold()

    def release(self) -> None:
        self._library.imitated_cuda_release()


def trainer(name: str, batch: int) -> Callable[..., None]:
    """A training step of a net of `nets.py`: SGD with momentum; gradients die within it. It takes other inputs."""
    import torch

    import nets

    torch.backends.cudnn.enabled = False
    net, given = nets.make(name, batch)
    net, given = net.cuda().train(), [x.cuda() for x in given]
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9, foreach=False)

    def step(inputs: Optional[list] = None) -> None:
        loss = net(*(inputs or given)).float().square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return step
