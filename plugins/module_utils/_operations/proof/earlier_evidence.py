# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Removes the evidence of the run before when a run begins, so that a run without a verdict leaves none that says "proven"."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from ..._core.proof.evidence import folder_of
from ..._errors import GpuopsError, RefusedError
from ..._kube.connection.connection import api_server
from ..._kube.connection.settings import KubeSettings
from ..operation import Run
from .evidence_files import remove_evidence, require_folder
from .request import ProofRequest


@contextmanager
def without_earlier_evidence(request: ProofRequest, settings: KubeSettings, run: Run) -> Iterator[None]:
    """Remove the evidence of the run before, except in check mode, before anything in the context can fail. Raises InvalidInputError."""
    if request.evidence_dir is None or request.absent:
        yield
        return
    directory, task = Path(request.evidence_dir).expanduser(), {**request.identity, "server": _server(settings)}
    if task["server"]:
        require_folder(directory / folder_of(task))
    if run.check_mode:
        yield
        return
    remove_evidence(directory, task)
    try:
        yield
    except RefusedError as error:
        if error.code == "WrongCluster":  # the evidence is of another server's folder
            remove_evidence(directory, {**task, "server": ""})
        raise


def _server(settings: KubeSettings) -> str:
    """The API server, "" if the settings do not lead to one, which is for the connection to report."""
    try:
        return api_server(settings)
    except GpuopsError:
        return ""
