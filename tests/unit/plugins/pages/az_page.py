# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/from-az.md: what of a script of the Azure CLI and kubectl becomes what. `make pages` writes it.

The options come from the rows of `make conformance`, which compares the request of each with ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import yaml

from tests.conformance.cluster_options import NEW_CLUSTER
from tests.conformance.option import NETWORK, Option
from tests.conformance.pool_options import NEW_POOL

from .finding_page import REPOSITORY

PAGE = REPOSITORY / "docs" / "from-az.md"
# Each row of a new cluster names one, because the lab is asked for many.
_EVERY_CLUSTER, _EVERY_CLUSTER_OURS = "--dns-name-prefix gpus", "dns_prefix"
_PROVIDERS = NETWORK.rpartition("/")[0]
_INTRODUCTION = """\
<!-- Copyright: (c) 2026, gpuops.aks contributors
     SPDX-License-Identifier: GPL-3.0-or-later -->

# From az scripts

<!-- Written by `make pages`; a test holds it exact. -->

A script of `az` and `kubectl` runs once, from the top to the first error. The chain can be repeated, shows beforehand what it would do
(`--check --diff`), waits for what Azure and Kubernetes really report, and says why a GPU does not work. It needs neither `az` nor
`kubectl`.

| in the script | instead |
|---|---|
| `az login`, `az account set` | [any way to sign in](authentication.md), including that of the Azure CLI |
| `az provider register`, `az feature register`, loops around `az feature show` | `gpuops.aks.register`, module `aks_feature` |
| `az vm list-skus`, `az vm list-usage` | `gpuops.aks.preflight`, module `gpu_preflight_info` |
| `az group create`, `az aks create` | `gpuops.aks.cluster` with `gpu_create_cluster: true`, module `aks_cluster` |
| `az aks nodepool add`, `update`, `scale` | `gpuops.aks.pool`, module `aks_gpu_nodepool` |
| `az aks get-credentials` | `gpuops.aks.cluster`, module `aks_credentials` |
| `kubectl apply` of the device plugin | `gpuops.aks.plugin`, module `nvidia_device_plugin` |
| `helm install` of the GPU Operator | `gpuops.aks.plugin` on the path `gpu_operator` |
| `kubectl get nodes` and `kubectl describe node` until `nvidia.com/gpu` appears | `gpuops.aks.verify`, module `gpu_schedulable_facts` |
| `kubectl apply` of a Job, `kubectl wait`, `kubectl logs` and `grep` | `gpuops.aks.workload`, modules `mnist_job` and `gpu_job` |
| `kubectl exec … nvidia-smi` | `gpuops.aks.prove`, module `gpu_proof` |
| `az aks nodepool delete`, `az aks delete`, `az group delete` | `gpuops.aks.teardown` |

This script, for example, does not show that anything works:

```bash
az aks nodepool add --resource-group myResourceGroup --cluster-name myAKSCluster --name gpunp \\
  --node-vm-size Standard_NC4as_T4_v3 --node-count 1 --node-taints sku=gpu:NoSchedule \\
  --enable-cluster-autoscaler --min-count 1 --max-count 3
az aks get-credentials --resource-group myResourceGroup --name myAKSCluster
kubectl apply --filename nvidia-device-plugin-ds.yaml
```

This command does the same, and also proves the GPUs. The script's values are the chain's defaults, so you only name the cluster:

```console
ansible-playbook gpuops.aks.site -e gpu_resource_group=myResourceGroup -e gpu_cluster=myAKSCluster
```

If the script has already created the pool, the chain [uses it as it is](migration.md#az-aks-nodepool-add).

## Options of a pool

These are options of `aks_gpu_nodepool`, and of the chain's `gpu_pool_options`. The chain has separate variables for the size, the
counts, the taints and the headers. `make conformance` compares the requests of both columns ([result](conformance.md)). `…` stands for
the rest of a resource ID.

"""
_CLUSTER = """
## Options of a cluster

These are options of `aks_cluster`. A size, a count, zones or a subnet in this table are those of the cluster's first pool.

"""


def written(params: object) -> str:
    """Parameters as YAML in one line."""
    return yaml.safe_dump(params, default_flow_style=True, width=10_000, sort_keys=False).strip()[1:-1]


def options(table: Sequence[Option], without: str = "", without_ours: str = "") -> Iterator[str]:
    """The rows of a table; those that set nothing but what every row sets are left out."""
    yield from ("| Azure CLI | here |", "|---|---|")
    for option in table:
        flags = option.flags.replace(without, "").strip()
        ours = {name: value for name, value in option.ours.items() if name != without_ours}
        if flags:
            yield f"| `{flags}` | `{written(ours)}` |".replace(_PROVIDERS, "…")


def page() -> str:
    """The whole page."""
    of_a_pool, of_a_cluster = options(NEW_POOL), options(NEW_CLUSTER, _EVERY_CLUSTER, _EVERY_CLUSTER_OURS)
    return f"{_INTRODUCTION}{chr(10).join(of_a_pool)}\n{_CLUSTER}{chr(10).join(of_a_cluster)}\n"


if __name__ == "__main__":
    PAGE.write_text(page())
