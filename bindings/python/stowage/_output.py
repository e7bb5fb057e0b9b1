"""Output files: a regular one is replaced whole or not at all; devices, pipes and sockets are written to."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import socket
import stat
import time
import uuid
from typing import Iterator, Optional, TextIO

#: Of a temporary file: digests of the output and the machine, the process, its start, random digits.
_NAME = re.compile(r"\.stowage-([0-9a-f]{12})-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{8}\.tmp")
#: Seconds for which files of another machine or container, whose processes are not seen here, are left alone.
_FOREIGN = 24 * 60 * 60
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})")


@contextlib.contextmanager
def opened(path: str) -> Iterator[TextIO]:
    """A file to write text to, which becomes ``path`` at the end; nothing changes where the block raises."""
    name = {"/dev/stdout": "/dev/fd/1", "/dev/stderr": "/dev/fd/2"}.get(path, path)
    descriptor = _DESCRIPTOR.fullmatch(name)
    if descriptor:
        with open(os.dup(int(descriptor.group(1))), "w", encoding="utf-8") as file:
            yield file
        return
    target = os.path.realpath(path)
    try:
        found: Optional[os.stat_result] = os.stat(target)
    except FileNotFoundError:
        found = None
    if found is None or stat.S_ISREG(found.st_mode):
        with _replaced(target, found) as file:
            yield file
    elif stat.S_ISSOCK(found.st_mode):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(target)
            with connection.makefile("w", encoding="utf-8") as file:
                yield file
    else:
        # neither made nor cut: it is there
        with open(os.open(target, os.O_WRONLY), "w", encoding="utf-8") as file:
            yield file


@contextlib.contextmanager
def _replaced(target: str, found: Optional[os.stat_result]) -> Iterator[TextIO]:
    if found and not os.access(target, os.W_OK):
        raise PermissionError(f"{target}: permission denied")
    folder, name = os.path.split(target)
    digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:12]
    _remove_abandoned(folder, digest)
    process = f"{_machine()}-{os.getpid()}-{_start(os.getpid()) or 0}"
    partial = os.path.join(folder, f".stowage-{digest}-{process}-{secrets.token_hex(4)}.tmp")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if found else 0o666)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            if found:
                _keep_attributes(file, found, target)
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)
        raise


def _keep_attributes(file: TextIO, found: os.stat_result, target: str) -> None:
    own = os.fstat(file.fileno())
    if (own.st_uid, own.st_gid) != (found.st_uid, found.st_gid):
        try:
            os.fchown(file.fileno(), found.st_uid, found.st_gid)
        except PermissionError:
            message = "is of another user or group, and a file in its place would not be"
            raise PermissionError(f"{target}: {message}: remove it, or write to another name") from None
    if stat.S_IMODE(own.st_mode) != stat.S_IMODE(found.st_mode):
        os.fchmod(file.fileno(), stat.S_IMODE(found.st_mode))


def _remove_abandoned(folder: str, digest: str) -> None:
    """Removes what killed processes left of this output; the name of such a file says which process made it."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            made = _NAME.fullmatch(entry.name)
            if not made or made.group(1) != digest:
                continue
            if made.group(2) == _machine():
                is_abandoned = not _is_running(int(made.group(3)), made.group(4))
            else:
                is_abandoned = time.time() - entry.stat(follow_symlinks=False).st_mtime > _FOREIGN
            if is_abandoned:
                os.unlink(entry.path)


def _is_running(process: int, start: str) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    # another process may have the number by now
    return (_start(process) or start) == start


def _start(process: int) -> Optional[str]:
    """When a process started, in clock ticks; none where that is not known, ``ended`` of one that has ended."""
    try:
        with open(f"/proc/{process}/stat", encoding="latin-1") as file:
            state, *fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return "ended" if state in "ZX" else fields[18]


def _machine() -> str:
    """The same for processes that see each other: one start of one machine, and one namespace of processes."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="latin-1") as file:
            text = file.read()
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        text, namespace = f"{socket.gethostname()} {uuid.getnode()}", ""
    return hashlib.sha256((text + namespace).encode()).hexdigest()[:8]
