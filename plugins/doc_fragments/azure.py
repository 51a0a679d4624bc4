# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Describes the arguments of module_utils/_operations/arguments.py:azure_arguments
    DOCUMENTATION = r"""
options:
  subscription_id:
    description:
      - The Azure subscription's ID.
      - When not set, the value of the environment variable E(AZURE_SUBSCRIPTION_ID) is used.
    type: str
  tenant:
    description:
      - The tenant of the service principal, as an ID or a domain.
      - When not set, E(AZURE_TENANT), then E(AZURE_TENANT_ID) is used.
    type: str
  client_id:
    description:
      - The service principal's application ID, or the client ID of a user-assigned managed identity.
      - When not set, E(AZURE_CLIENT_ID) is used.
    type: str
  secret:
    description:
      - The service principal's secret.
      - When not set, E(AZURE_SECRET), then E(AZURE_CLIENT_SECRET) is used.
    type: str
  auth_source:
    description:
      - Where the credentials come from. V(auto) takes a service principal when O(tenant), O(client_id) and O(secret) are all known,
        else the sign-in of the Azure CLI. V(env) reads the environment only. V(cli) uses the Azure CLI's sign-in.
        V(msi) uses the managed identity of the machine.
      - When not set, E(ANSIBLE_AZURE_AUTH_SOURCE), then V(auto) is used.
    type: str
    choices: [auto, env, cli, msi]
  cloud_environment:
    description:
      - The cloud, V(AzureCloud), V(AzureChinaCloud) or V(AzureUSGovernment), or an https URL of another one's Resource Manager
        or of its metadata endpoint.
      - When not set, E(AZURE_CLOUD_ENVIRONMENT), then V(AzureCloud) is used.
    type: str
requirements:
  - python >= 3.10
  - azure-mgmt-containerservice >= 41.6.0
  - azure-identity >= 1.25.0
notes:
  - The file that E(REQUESTS_CA_BUNDLE) names is used to check Azure's certificates, the system's certificates otherwise.
"""
