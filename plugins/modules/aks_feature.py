#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module aks_feature, for preview features and resource providers: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_feature
short_description: Register a resource provider and its preview features, or unregister features
version_added: 1.0.0
description:
  - Makes sure that a resource provider and its preview features are registered in the subscription.
  - Registers what is missing and waits for it. Then it registers the provider again, because a feature only takes effect after that.
  - Only reads if everything is registered already.
  - With O(state=absent), unregisters the features and registers the provider again, so that it takes effect. The provider itself stays
    registered.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.azure
options:
  provider:
    description: The namespace of the resource provider.
    type: str
    default: Microsoft.ContainerService
  features:
    description:
      - The names of the preview features of O(provider). With an empty list, only the provider is registered.
      - Required with O(state=absent).
    type: list
    elements: str
    default: []
  state:
    description:
      - Whether O(features) should be registered. Some preview features cannot be unregistered.
    type: str
    choices: [present, absent]
    default: present
  refresh_provider:
    description:
      - Whether to register the provider again even if everything is registered.
      - This is only needed if an earlier registration was interrupted between the feature and the provider, because Azure does not show
        that.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until everything is registered.
      - If V(false), the registration of a feature is only requested. The feature takes effect after a run with O(wait=true) or, once it is
        registered, with O(refresh_provider=true).
    type: bool
    default: true
  wait_timeout:
    description:
      - How long to wait, in seconds. Registering a feature takes minutes and sometimes hours.
      - A feature that needs Microsoft's approval stays in state C(Pending). The task then fails with the code C(ApprovalPending).
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Make sure that the subscription can use AKS
  gpuops.aks.aks_feature:

- name: Register the preview feature of the dedicated GPU image
  gpuops.aks.aks_feature:
    features:
      - GPUDedicatedVHDPreview

- name: Unregister the feature
  gpuops.aks.aks_feature:
    features:
      - GPUDedicatedVHDPreview
    state: absent
"""

RETURN = r"""
provider:
  description: The namespace of the provider.
  returned: success
  type: str
  sample: Microsoft.ContainerService
provider_state:
  description: The registration state of the provider.
  returned: success
  type: str
  sample: Registered
features:
  description:
    - The state of each requested feature. One of C(NotRegistered), C(Pending), C(Registering),
      C(Registered), C(Unregistering) and C(Unregistered).
  returned: success
  type: dict
  sample: {GPUDedicatedVHDPreview: Registered}
started_at:
  description: When the operation started, as ISO 8601 in UTC.
  returned: always, unless the arguments are invalid
  type: str
  sample: "2026-11-28T10:01:12.345Z"
seconds:
  description: How long the operation took, in seconds.
  returned: always, unless the arguments are invalid
  type: float
  sample: 5.3
error:
  description: The failure, with its code, message, cause and remedy.
  returned: failure
  type: dict
  sample: {code: InvalidClientSecret, message: "...", cause: "...", remedy: "...", retriable: false}
"""

from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.module import run_module
from ansible_collections.gpuops.aks.plugins.module_utils._operations.register import OPERATION


def main() -> None:
    """Run the operation as a module."""
    run_module(OPERATION)


if __name__ == "__main__":
    main()
