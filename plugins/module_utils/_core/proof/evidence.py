# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Where the evidence of a proof belongs: a folder for each cluster and selection of nodes, in which each run replaces the one before."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from ..shared.mappings import Json

UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_OF_DEVICE = re.compile(r"[A-Za-z0-9._-]+-\d+-(?:unseen|[A-Za-z0-9._-]*[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}[0-9-]*)\.json")
_KEYS = {"node", "verdict", "uuid", "findings", "report"}
_OF_TASK = ("resource_group", "cluster", "selection")
_LONGEST, _DIGITS = 40, 8


def folder_of(result: Json) -> str:
    """The folder of a proof, which no proof of another cluster, pool or selection shares.

    Args:
        result: What the module returns: the cluster, the server and the selection.
    """
    asked, server = result["selection"], str(result["server"])
    whose = json.dumps([server, result["resource_group"], result["cluster"], asked], sort_keys=True)
    cluster = result["cluster"] or server.partition("://")[2] or "cluster"
    named = "-".join(UNSAFE.sub("-", str(each))[:_LONGEST] for each in (cluster, asked["pool"] or "all"))
    return f"{named}-{hashlib.sha256(whose.encode()).hexdigest()[:_DIGITS]}"


def is_of_device(name: str, content: str) -> bool:
    """Whether a file is the evidence of a GPU from an earlier run, by its name and by its form."""
    return bool(_OF_DEVICE.fullmatch(name)) and _document(content).keys() >= _KEYS


def may_be_of_task(summary: str, task: Json) -> bool:
    """Whether a summary may be that of an earlier run of a task whose API server is not known: it names the same cluster and selection.

    Args:
        summary: The content of the file.
        task: The cluster and the selection of the task. If it does not name a cluster, no summary can be said to be its own.
    """
    found = _document(summary)
    return bool(task["cluster"]) and all(found.get(name) == task[name] for name in _OF_TASK)


def _document(content: str) -> dict[str, Any]:
    """The object in a JSON file, {} if it has none."""
    try:
        document: Any = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
