# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Does once, before Ansible forks, what each worker would otherwise repeat for its first request: some 90 ms of processor time.

Most of it is reading the CA certificates. Only the in-process entry point calls it: a module has a process of its own.
"""

from __future__ import annotations

import importlib
import os
from contextlib import suppress

from .._errors import InvalidInputError
from .sign_in.settings import ca_bundle_of
from .transport import tls_context

try:
    from requests import Request, Session
except ImportError:  # the entry point reports what is missing
    pass

# What azure-core, azure-identity and the codecs import only with the first request.
_IMPORTED_LATE = ("azure.core.rest._requests_basic", "encodings.utf_8_sig", "msal_extensions")


def warm_up() -> None:
    """Fill caches of this process that its forks inherit. Sends nothing and opens no socket.

    Nothing fails here: what is missing or unreadable is reported by the task that needs it.
    """
    for name in _IMPORTED_LATE:
        with suppress(ImportError):
            importlib.import_module(name)
    with suppress(NameError, InvalidInputError):  # NameError: requests is not installed
        _fill_isinstance_caches()
        tls_context(ca_bundle_of(os.environ))


def _fill_isinstance_caches() -> None:
    """Prepare a request that is never sent.

    requests asks of each part of a request whether it is, say, a Mapping. Mapping is an abstract base class, so the first time a process
    asks that about a type, ABCMeta walks through all subclasses of Mapping, among them some 200 models of the SDK, and caches the answer.
    """
    Session().prepare_request(Request("GET", "https://localhost"))
