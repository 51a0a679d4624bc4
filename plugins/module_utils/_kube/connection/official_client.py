# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Imports the two classes that are used of the official Kubernetes client, and not the rest of it.

The package imports all of itself: models, OAuth, websockets, pydantic. That took 0.4 s of each play, and a sixth of the processor time of a
workflow that changes nothing, because each worker that Ansible forks inherits the memory.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Iterator

_PACKAGES = ("kubernetes", "kubernetes.client", "kubernetes.utils")


@contextmanager
def _bare_packages() -> Iterator[None]:
    """While the context lasts, the client's packages are there, but their own code has not run.

    Afterwards Python knows nothing of them: whoever else imports the client in this process gets all of it.
    """
    if "kubernetes" in sys.modules:
        yield
        return
    try:
        for name in _PACKAGES:
            spec = find_spec(name)
            if spec is not None:
                sys.modules[name] = module_from_spec(spec)
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "kubernetes"]:
            del sys.modules[name]


try:
    with _bare_packages():
        Configuration = import_module("kubernetes.client.configuration").Configuration
        RESTClientObject = import_module("kubernetes.client.rest").RESTClientObject
except ImportError:  # the entry point reports what is missing
    pass
