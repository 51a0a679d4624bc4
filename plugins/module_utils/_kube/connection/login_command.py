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

# Getting a token takes a few seconds; a program that waits for a person never ends.
LOGIN_SECONDS = 60.0
_MIN_SECRET_LENGTH = 4
_MAX_QUOTE_LENGTH = 300
_RUN_BY_HAND = "Run it by hand to see what it needs; let kubelogin sign in non-interactively ('kubelogin convert-kubeconfig')"
_FETCH_AGAIN = "set entra_token: true in gpuops.aks.aks_credentials to write a token to the file instead"


@dataclass(frozen=True)
class LoginCommand:
    """A program that signs in to a cluster.

    arguments: the program and its arguments. environment: variables in addition to the task's. directory: where it runs.
    hint: how to install it, as the kubeconfig says.
    """

    arguments: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    hint: str | None = None

    def run(self, seconds: float) -> Any:
        """Run the program for up to this many seconds; return its output, decoded from JSON. Raises KubernetesError."""
        try:
            # The user's kubeconfig names the program. AnsibleModule.run_command has no time limit, and needs a module.
            process = subprocess.Popen(  # noqa: S603  # pylint: disable=ansible-bad-function
                self.arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=self.directory,
                env={**os.environ, **self.environment},
                start_new_session=True,  # so that it can be killed together with its children
            )
        except (OSError, ValueError) as error:  # ValueError: a null character in an argument
            raise self._failed(f"cannot be started: {getattr(error, 'strerror', None) or error}") from error
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise self._failed(f"did not end within {seconds:.0f} s{self._quoted(error.stderr or b'')}") from error
        finally:
            if process.returncode is None:
                _kill(process)
        if process.returncode != 0:
            raise self._failed(f"ended with exit code {process.returncode}{self._quoted(errors)}")
        try:
            return json.loads(output)
        except (RecursionError, ValueError) as error:
            raise self.invalid_output("is not JSON") from error

    def invalid_output(self, problem: str) -> KubernetesError:
        """The error for output that cannot be used. problem: a predicate, such as "is not JSON"."""
        return self._failed(f"returned output that {problem}")

    def _quoted(self, errors: bytes) -> str:
        """The last line of the program's error output, after a colon and without secrets; empty if there is none."""
        lines = errors.decode(errors="replace").split("\n")
        line = next((line for line in reversed(lines) if line.strip()), "")
        for secret in sorted((*self.arguments[1:], *self.environment.values()), key=len, reverse=True):
            line = line.replace(secret, "***") if len(secret) >= _MIN_SECRET_LENGTH else line
        quote = _printable(line).strip()[:_MAX_QUOTE_LENGTH]
        return f": {quote}" if quote else ""

    def _failed(self, problem: str) -> KubernetesError:
        hint = _printable(self.hint or "").strip(" .")
        return KubernetesError(
            f"The kubeconfig's login command {self.arguments[0]} {problem}.",
            code="LoginCommandFailed",
            cause="The kubeconfig signs in with this command, which returned no credentials.",
            remedy=f"{hint or _RUN_BY_HAND}, or {_FETCH_AGAIN}.",
        )


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # all of them have ended
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    process.wait()
