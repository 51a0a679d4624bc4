#!/usr/bin/python
# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Module aks_feature, for preview features and resource providers: its documentation, and the call that runs the operation."""

from __future__ import annotations

DOCUMENTATION = r"""
module: aks_feature
short_description: Register a resource provider and its preview features, or take a feature back
version_added: 1.0.0
description:
  - Makes sure that a subscription's resource provider, and preview features of it, are registered.
  - What isn't registered is registered and waited for. Then the provider is registered again, since only that makes a feature take effect.
  - Nothing is sent but reads when everything is registered.
  - With O(state=absent), the features' registration is taken back and the provider told of it; the provider itself stays registered.
author: gpuops.aks contributors (@gpuops)
extends_documentation_fragment:
  - gpuops.aks.attributes
  - gpuops.aks.attributes.changes
  - gpuops.aks.azure
options:
  provider:
    description: The resource provider's namespace.
    type: str
    default: Microsoft.ContainerService
  features:
    description: The preview features of O(provider) to register; none only makes sure of the provider. Required with O(state=absent).
    type: list
    elements: str
    default: []
  state:
    description:
      - Whether O(features) are to be registered. Features of some previews can't be taken back.
    type: str
    choices: [present, absent]
    default: present
  refresh_provider:
    description:
      - Register the provider again even when everything is registered.
      - Needed only when an earlier registration was interrupted between the feature and the provider, which Azure doesn't show.
    type: bool
    default: false
  wait:
    description:
      - Wait until everything is registered. Without it, a feature is only asked for and has no effect yet,
        until a run with O(wait=true) or, when it is registered, with O(refresh_provider=true).
    type: bool
    default: true
  wait_timeout:
    description:
      - How long to wait, in seconds. Features take minutes, at times hours.
      - A feature that waits for Microsoft's approval stays C(Pending); the error then has the code C(ApprovalPending).
    type: int
    default: 1800
"""

EXAMPLES = r"""
- name: Make sure that AKS can be used in the subscription
  gpuops.aks.aks_feature:

- name: Register the preview feature of the dedicated GPU image
  gpuops.aks.aks_feature:
    features:
      - GPUDedicatedVHDPreview

- name: Take the registration back
  gpuops.aks.aks_feature:
    features:
      - GPUDedicatedVHDPreview
    state: absent
"""

RETURN = r"""
provider:
  description: The provider's namespace.
  returned: success
  type: str
  sample: Microsoft.ContainerService
provider_state:
  description: The provider's registration state.
  returned: success
  type: str
  sample: Registered
features:
  description:
    - The state of each feature that was asked for, as Azure names it, one of C(NotRegistered), C(Pending), C(Registering),
      C(Registered), C(Unregistering) and C(Unregistered).
  returned: success
  type: dict
  sample: {GPUDedicatedVHDPreview: Registered}
seconds:
  description: How long the operation took.
  returned: success
  type: float
  sample: 5.3
error:
  description: What failed, in fields.
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
