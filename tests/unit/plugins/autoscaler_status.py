# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the cluster autoscaler writes into the ConfigMap kube-system/cluster-autoscaler-status: the form of kubernetes/autoscaler#6375."""

from __future__ import annotations

import yaml


def status_of(pool: str, *, target: int, maximum: int, minimum: int = 0, failure: str = "") -> str:
    """The status of an AKS cluster with one pool."""
    scale_up = {"status": "Backoff", "backoffInfo": {"errorCode": "cloudProviderError", "errorMessage": failure}}
    group = {
        "name": f"aks-{pool}-38371103-vmss",
        "health": {"status": "Healthy", "cloudProviderTarget": target, "minSize": minimum, "maxSize": maximum},
        "scaleUp": scale_up if failure else {"status": "NoActivity"},
    }
    return yaml.safe_dump(
        {"autoscalerStatus": "Running", "clusterWide": {"health": {"status": "Healthy"}}, "nodeGroups": [group]}, sort_keys=False
    )
