# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The arguments of aks_gpu_nodepool, and the typed request that they become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping

from ..._azure.ids import AKS_API, pool_id
from ..._azure.session import Session
from ..._core.arm.resource_option import named_properties
from ..._core.nodes.gpu_operator import OPERANDS_LABEL
from ..._core.pool.options import POOL_OPTIONS
from ..._core.pool.passthrough import validate_api_version, validate_headers, with_extra
from ..._core.pool.plan import DesiredPool
from ..._core.pool.preview import refuse_under_stable
from ..._core.pool.rules import validate_pool_name
from ..._core.shared.names import CLUSTER, GROUP, checked_name
from ..._core.shared.ranges import SECONDS
from ..._core.shared.strings import as_texts
from ..arguments import (
    azure_arguments,
    option_arguments,
    state_arguments,
    wait_arguments,
    wait_timeout_of,
)


@dataclass(frozen=True)
class PoolRequest:
    """The agent pool that should exist, or should not.

    kubeconfig and context: the cluster in which to look for device plugins, None not to look. api: the API version of every request about
    the pool. wait_timeout and poll_interval are in seconds; an interval of 0 leaves the pace to Azure.
    """

    resource_group: str
    cluster: str
    desired: DesiredPool
    upgrade_node_image: bool
    kubeconfig: str | None
    context: str | None
    api: str
    absent: bool
    created_only: bool
    ignore_budgets: bool
    wait: bool
    wait_timeout: float
    poll_interval: float

    @property
    def subject(self) -> str:
        """The pool as messages name it."""
        return f"the node pool {self.desired.name}"

    def path(self, session: Session) -> str:
        """The pool's path in the session's subscription."""
        return pool_id(session.subscription_id, self.resource_group, self.cluster, self.desired.name)


def pool_arguments() -> dict[str, Any]:
    """Everything that the module takes; the pool's own options come from their table."""
    return {
        **azure_arguments(),
        **state_arguments(),
        **wait_arguments(timeout=1800),
        "poll_interval": {"type": "int"},
        "resource_group": {"type": "str", "required": True},
        "cluster": {"type": "str", "required": True, "aliases": ["cluster_name"]},
        "name": {"type": "str", "required": True},
        **option_arguments(POOL_OPTIONS),
        "upgrade_node_image": {"type": "bool", "default": False},
        "custom_headers": {"type": "dict", "default": {}},
        "extra_properties": {"type": "dict", "default": {}},
        "api_version": {"type": "str"},
        "gpu_operator": {"type": "bool", "default": True},
        "ignore_pod_disruption_budget": {"type": "bool", "default": False},
        "kubeconfig": {"type": "path"},
        "context": {"type": "str"},
        "allow_retired": {"type": "bool", "default": False},
    }


def pool_request(params: Mapping[str, Any]) -> PoolRequest:
    """The request of a task's validated parameters. Raises InvalidInputError for parameters that contradict each other."""
    headers = as_texts("custom_headers", params["custom_headers"])
    validate_headers(headers)
    api = params["api_version"] or AKS_API
    validate_api_version(api)
    refuse_under_stable(params, params["api_version"])
    validate_pool_name(params["name"])
    return PoolRequest(
        resource_group=checked_name("resource_group", params["resource_group"], GROUP),
        cluster=checked_name("cluster", params["cluster"], CLUSTER),
        desired=DesiredPool(
            params["name"],
            with_extra(named_properties(params, POOL_OPTIONS), params["extra_properties"]),
            headers,
            preview=api.endswith("-preview"),
            creation_labels={} if params["gpu_operator"] else {OPERANDS_LABEL: "false"},
        ),
        upgrade_node_image=params["upgrade_node_image"],
        kubeconfig=params["kubeconfig"],
        context=params["context"],
        api=api,
        absent=params["state"] == "absent",
        created_only=params["created_only"],
        ignore_budgets=params["ignore_pod_disruption_budget"],
        wait=params["wait"],
        wait_timeout=wait_timeout_of(params),
        poll_interval=_poll_interval(params["poll_interval"]),
    )


def _poll_interval(seconds: int | None) -> float:
    return 0 if seconds is None else SECONDS.checked("poll_interval", seconds, also="To poll at Azure's own pace, leave it out.")
