"""What several test files use."""

import os
import subprocess
import sys
import textwrap

import stowage


def figures(name: str) -> dict:
    """The figures of the only signature whose name begins so."""
    (found,) = [devices["cpu"] for key, devices in stowage.stats().items() if key.startswith(name)]
    return found


def run_script(text: str, **environment: str) -> str:
    """Runs a program of its own, and returns what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=240,
    )
    if done.returncode != 0:
        raise AssertionError(f"exit code {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout.strip()
