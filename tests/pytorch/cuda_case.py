"""What the tests of CUDA share: the imitated device, compiled once for a file, and programs that run on it.

A test file imports ``setUpModule`` and ``tearDownModule`` with ``run``.
"""

import tempfile
import textwrap
import unittest

import torch

import imitated

_folder = None


def setUpModule() -> None:
    global _folder
    if torch.version.cuda is None:
        raise unittest.SkipTest(f"PyTorch {torch.__version__} is built without CUDA")
    _folder = tempfile.TemporaryDirectory()
    imitated.build(_folder.name)


def tearDownModule() -> None:
    if _folder is not None:
        _folder.cleanup()


PRELUDE = """
import json, os, threading
import torch
import imitated, nets, stowage
device = imitated.Device()
enabled = stowage.enable(["cuda"])
assert enabled, enabled
MIB = 1 << 20

def tensor(mib, **options):
    return torch.empty(int(mib * MIB), dtype=torch.uint8, device="cuda", **options)

def counts(name="step"):
    figures = stowage.stats().get(name, {}).get("cuda:0", {})
    return {key: value for key, value in figures.items() if isinstance(value, int)}

def counted(body, name="step"):
    '''Runs a step. Returns what it added to the counters.'''
    before = counts(name)
    with stowage.step(name):
        body()
    return {key: value - before.get(key, 0) for key, value in counts(name).items()}

def warmed(body, name="step"):
    '''Runs the steps that pass and the one that is recorded.'''
    for _ in range(4):
        counted(body, name)
"""


def run(program: str, **options) -> dict:
    """Runs a program with stowage on the device, and returns what it reports."""
    return imitated.run(_folder.name, PRELUDE + textwrap.dedent(program), **options)


def run_plain(program: str, **options) -> dict:
    """The same, with PyTorch's own allocator."""
    return imitated.run(_folder.name, program, **options)
