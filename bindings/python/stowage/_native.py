"""The shared object: the planner and the runtime of stowage, made C, and the hooks of PyTorch."""

from __future__ import annotations

import ctypes
import functools
import os
import pathlib

#: Room for the texts in which the library says why it could not do something.
TEXT_BYTES = 512


class Row(ctypes.Structure):
    """One allocation of an iteration; see ``stowage_row`` in ``profile.h``."""

    _fields_ = [
        ("key", ctypes.c_uint32),
        ("end", ctypes.c_uint32),
        ("size", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
    ]


#: ``Row.end`` of a block that outlives its iteration.
OPEN = 0xFFFFFFFF


def path() -> str:
    """Where the shared object is: ``STOWAGE_SO``, or beside this file."""
    return os.environ.get("STOWAGE_SO") or str(pathlib.Path(__file__).with_name("_stowage.so"))


@functools.lru_cache(maxsize=None)
def library() -> ctypes.PyDLL:
    """The shared object, loaded once.

    Its functions are called with the interpreter's lock held: they take microseconds, less than giving the lock away.

    Raises:
        OSError: it is missing or for another machine.
    """
    return ctypes.PyDLL(path())


def text() -> "ctypes.Array[ctypes.c_char]":
    """A buffer for a reason."""
    return ctypes.create_string_buffer(TEXT_BYTES)
