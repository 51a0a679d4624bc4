# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventory plugin aks, for the AKS clusters of one or many subscriptions."""

from __future__ import annotations

DOCUMENTATION = r"""
name: aks
short_description: Make an inventory of AKS clusters
version_added: 1.0.0
description:
  - Returns one host for each AKS cluster, with the variables that the playbooks of this collection need to run on it.
  - The file must end in C(aks.yml) or C(aks.yaml).
  - The plugin only sends the requests that list subscriptions and clusters. It reads several subscriptions at the same time, page by
    page, and waits as long as Azure asks if it throttles a request. All of this ends within 180 seconds.
  - If a subscription cannot be read, the plugin warns, and returns the clusters of the others. If none can be read, it fails. It also fails
    if O(subscriptions) names one that the identity does not see.
  - A host has the name of its cluster. If several clusters have the same name, each of them has its resource group added to the name,
    as in C(gpu.rg-a), and if these are the same, too, the ID of its subscription.
author: gpuops.aks contributors (@gpuops)
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [gpuops.aks.aks]
  subscriptions:
    description:
      - The IDs or names of the subscriptions to search.
      - By default, all subscriptions that the identity sees.
    type: list
    elements: str
  subscription_id:
    description:
      - The ID of a single subscription to search, which has the same effect as one entry in O(subscriptions).
      - E(AZURE_SUBSCRIPTION_ID) does not limit the search, so that an AWX credential, which always sets it, does not hide clusters.
    type: str
  filters:
    description:
      - Jinja2 conditions on the variables of a host. A cluster is part of the inventory only if all of them are true.
      - A condition that cannot be evaluated is false, or an error if O(strict=true).
    type: list
    elements: str
    default: []
  exclude_filters:
    description:
      - Jinja2 conditions on the variables of a host. A cluster is left out if one of them is true.
      - A condition that cannot be evaluated is false, or an error if O(strict=true).
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - gpuops.aks.azure
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
notes:
  - The variable C(aks) of a host contains the facts about its cluster - C(id), C(name), C(resource_group), C(node_resource_group),
    C(subscription_id), C(subscription) (its name), C(location), C(kubernetes_version), C(power_state) (C(Running) or C(Stopped)),
    C(provisioning_state), C(private), C(tags), C(pools), and of the pools with GPUs their names (C(gpu_pools)), C(gpu_sizes),
    C(gpu_models), C(driver_owners) (C(aks), C(image) or C(none)) and C(paths), the values of C(gpu_path) that fit.
  - The playbooks use C(gpu_subscription), C(gpu_resource_group), C(gpu_cluster) and C(gpu_location). If the cluster has a GPU pool,
    C(gpu_pool) and the other variables of the first one by name describe it as it is, so that a run leaves it unchanged. C(gpu_path)
    is set only if the pool fixes it. To override a variable, use O(compose) or C(host_vars).
  - If the plugin fails, Ansible only warns, and a playbook then runs on no host and ends successfully. To make it fail, set
    C(ANSIBLE_INVENTORY_UNPARSED_FAILED) to V(true), as AWX does.
  - C(ansible_connection) is C(local), and C(ansible_python_interpreter) is the Python that runs the plugin.
  - The cache contains the facts, but no credentials. It is not written if a subscription could not be read. C(--flush-cache) reads Azure
    anew, for example after a cluster was created.
"""

EXAMPLES = r"""
# gpu.aks.yml: all clusters that have GPUs, in groups by region, GPU model and Kubernetes version
plugin: gpuops.aks.aks
filters:
  - aks.gpu_pools | length > 0
exclude_filters:
  - aks.power_state == 'Stopped'
keyed_groups:
  - key: aks.location
    prefix: region
  - key: aks.gpu_models
    prefix: gpu
  - key: aks.kubernetes_version
    prefix: kubernetes
  - key: aks.paths
    prefix: path
  - key: aks.tags
    prefix: tag
groups:
  production: aks.tags.environment | default('') == 'production'
compose:
  gpu_report: "'~/reports/' ~ aks.resource_group ~ '-' ~ aks.name ~ '.json'"
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/aks-inventory

# Then, to run the whole chain on all of them, or on a group:
#   ansible-playbook gpuops.aks.site -i gpu.aks.yml -e gpu_hosts=all
#   ansible-playbook gpuops.aks.verify -i gpu.aks.yml -e gpu_hosts=region_eastus
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ..module_utils._core.inventory.cluster_host import chain_variables
from ..module_utils._core.inventory.host_names import named_hosts
from ..module_utils._operations.inventory import OPERATION
from ..plugin_utils._entrypoints.inventory import exported, performed, refuse_unknown

_ENDINGS = ("aks.yml", "aks.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """What Ansible loads."""

    NAME = "gpuops.aks.aks"
    inventory: Any  # parse sets it

    def verify_file(self, path: str) -> bool:
        """Whether the file's name says that it is for this plugin."""
        return bool(super().verify_file(path)) and path.endswith(_ENDINGS)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add a host for each cluster."""
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        refuse_unknown(list(config), list(self.get_options()))
        for name, facts in named_hosts(self._clusters(path, cache=cache)):
            self._add(name, facts)

    def _clusters(self, path: str, *, cache: bool) -> Sequence[Mapping[str, Any]]:
        """The facts of all clusters, from the cache if that is wanted and has them."""
        key, cached = self.get_cache_key(path), self.get_option("cache")
        if cached and cache and key in self._cache:
            clusters: Sequence[Mapping[str, Any]] = self._cache[key]
            return clusters
        result = performed(OPERATION, self.get_options(), self.display.warning)
        if cached and result["complete"]:
            self._cache[key] = result["clusters"]
        found: Sequence[Mapping[str, Any]] = result["clusters"]
        return found

    def _add(self, host: str, facts: Mapping[str, Any]) -> None:
        variables = {
            **chain_variables(facts),
            "aks": facts,
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
        }
        if not self._wanted(host, variables):
            return
        self.inventory.add_host(host)
        for name, value in variables.items():
            self.inventory.set_variable(host, name, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        for name, value in self.inventory.hosts[host].vars.items():
            self.inventory.set_variable(host, name, exported(value))
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)

    def _wanted(self, host: str, variables: Mapping[str, Any]) -> bool:
        """Whether the filters leave the host in the inventory."""
        holds = all(self._holds(condition, host, variables) for condition in self.get_option("filters"))
        return holds and not any(self._holds(condition, host, variables) for condition in self.get_option("exclude_filters"))

    def _holds(self, condition: str, host: str, variables: Mapping[str, Any]) -> bool:
        try:
            return bool(self._compose(condition, dict(variables)))
        except AnsibleError as error:
            if self.get_option("strict"):
                raise AnsibleParserError(f"The filter '{condition}' cannot be evaluated for the host {host}: {error}") from error
            return False
