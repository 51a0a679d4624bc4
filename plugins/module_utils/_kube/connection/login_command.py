# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Runs a kubeconfig's login command, such as kubelogin, with a time limit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Sequence

from ..._errors import KubernetesError

# A program that gets a token from the network needs a few; one that waits for a person never ends.
LOGIN_SECONDS = 60.0
_SHORTEST_SECRET = 4
_LONGEST_WORDS = 300
_BY_HAND = "Run it by hand to see what it needs; have kubelogin sign in without a person ('kubelogin convert-kubeconfig')"
_FETCH = "set entra_token: true of gpuops.aks.aks_credentials to have a token in the file instead"


@dataclass(frozen=True)
class LoginCommand:
    """A program that signs in: its arguments, its own environment beside ours, where it runs, and how its user says to install it."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    hint: str = ""

    def run(self, seconds: float) -> Any:
        """What the program says, decoded. Raises KubernetesError."""
        try:
            process = subprocess.Popen(  # noqa: S603  # it is what the user's kubeconfig says
                self.arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.directory,
                env={**os.environ, **self.environment},
                start_new_session=True,  # so that it can be ended with all that it has started
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
            raise self._failed(f"can't be started: {getattr(error, 'strerror', None) or error}") from error
        try:
            said, complaints = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            words = self._words(error.stderr or b"")
            raise self._failed(f"has not ended after {seconds:.0f} s" + (f", and said: {words}" if words else "")) from error
        finally:
            if process.returncode is None:
                _end(process)
        if process.returncode != 0:
            words = self._words(complaints)
            raise self._failed(f"ended with {process.returncode}" + (f": {words}" if words else ""))
        try:
            return json.loads(said)
        except (RecursionError, ValueError) as error:
            raise self.wrong("is not JSON") from error

    def wrong(self, problem: str) -> KubernetesError:
        """The error for an answer that can't be used."""
        return self._failed(f"gave an answer that {problem}")

    def _words(self, complaints: bytes) -> str:
        """The last line that the program has written for people, without the secrets that it was given."""
        lines = complaints.decode(errors="replace").split("\n")
        text = next((line for line in reversed(lines) if line.strip()), "")
        for secret in sorted((*self.arguments[1:], *self.environment.values()), key=len, reverse=True):
            text = text.replace(secret, "***") if len(secret) >= _SHORTEST_SECRET else text
        return "".join(letter if letter.isprintable() else " " for letter in text).strip()[:_LONGEST_WORDS]

    def _failed(self, problem: str) -> KubernetesError:
        hint = "".join(letter if letter.isprintable() else " " for letter in self.hint).strip(" .")
        return KubernetesError(
            f"The kubeconfig's login command {self.arguments[0]} {problem}.",
            code="LoginCommandFailed",
            cause="The kubeconfig signs in with this command, which gave no credentials.",
            remedy=f"{hint or _BY_HAND}, or {_FETCH}.",
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program with all that it has started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # there is nothing left
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    process.wait()
