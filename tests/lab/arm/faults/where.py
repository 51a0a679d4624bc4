# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Where:
    """Which requests: methods (none: all) and path patterns, in which * is one segment and ** any number of them, in any letter case."""

    methods: tuple[str, ...]
    paths: tuple[str, ...]

    def matches(self, method: str, path: str) -> bool:
        """Whether the request is one of them."""
        return (not self.methods or method.upper() in self.methods) and any(_pattern(p).fullmatch(path) for p in self.paths)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    expression = re.escape(path).replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.compile(expression, re.IGNORECASE)


_POOL, _CLUSTER = "**/agentPools/*", "**/managedClusters/*"

POOL_PUT = Where(("PUT",), (_POOL,))
CLUSTER_PUT = Where(("PUT",), (_CLUSTER,))
PUT = Where(("PUT",), (_POOL, _CLUSTER))
DELETE = Where(("DELETE",), (_POOL, _CLUSTER))
WRITE = Where(("PUT", "DELETE", "POST"), (_POOL, _CLUSTER, f"{_POOL}/*", f"{_CLUSTER}/start", f"{_CLUSTER}/stop"))
CHANGE = Where(("PUT", "POST"), (_POOL, _CLUSTER, f"{_POOL}/upgradeNodeImageVersion"))
READ = Where(("GET",), (_POOL, _CLUSTER))
POLL = Where(("GET",), ("**/operations/*",))
FOLLOW = Where(("GET",), ("**/operations/*", "**/operationresults/*"))
STANDING = Where(("GET",), ("**/operations/*", _POOL, _CLUSTER))
POOL_DELETE = Where(("DELETE",), (_POOL,))
FEATURE = Where(("POST",), ("**/features/*/*",))
ARM = Where((), ("/subscriptions/**", "/subscriptions"))
TOKEN = Where(("POST", "GET"), ("/*/oauth2/v2.0/token", "/metadata/identity/oauth2/token", "/msi/token"))
