# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that say how to sign in to Azure."""

from __future__ import annotations


class ModuleDocFragment:
    # Describes the arguments of module_utils/_operations/arguments.py:azure_arguments
    DOCUMENTATION = r"""
options:
  subscription_id:
    description:
      - The Azure subscription's ID.
      - When not set, the value of the environment variable E(AZURE_SUBSCRIPTION_ID) is used. When that isn't set either,
        it comes from the profile of the credential file, or is the Azure CLI's default subscription, where one of the two signs in.
    type: str
  tenant:
    description:
      - The tenant of the service principal, as an ID or a domain.
      - When not set, E(AZURE_TENANT), then E(AZURE_TENANT_ID) is used.
    type: str
  client_id:
    description:
      - The application ID of the service principal, or the client ID of a user-assigned managed identity.
      - When not set, E(AZURE_CLIENT_ID) is used.
    type: str
  secret:
    description:
      - The service principal's secret.
      - When not set, E(AZURE_SECRET), then E(AZURE_CLIENT_SECRET) is used.
    type: str
  x509_certificate_path:
    description:
      - A file with the service principal's certificate and its RSA key, as PEM or PKCS12; used when there is no O(secret).
      - When not set, E(AZURE_X509_CERTIFICATE_PATH), then E(AZURE_CLIENT_CERTIFICATE_PATH) is used.
    type: path
  certificate_password:
    description:
      - The password of O(x509_certificate_path), where it has one.
      - When not set, E(AZURE_CLIENT_CERTIFICATE_PASSWORD) is used.
    type: str
  thumbprint:
    description:
      - The thumbprint of the certificate that is registered with the application, to refuse any other. The file's own is used when not set.
      - When not set, E(AZURE_THUMBPRINT) is used.
    type: str
  federated_token_file:
    description:
      - A file with a token that a federated credential of the identity trusts; used when there is neither O(secret) nor certificate.
      - When not set, E(AZURE_FEDERATED_TOKEN_FILE) is used, which Azure's workload identity webhook sets in a pod.
    type: path
  profile:
    description:
      - The section of C(~/.azure/credentials) to use.
      - When not set, E(AZURE_PROFILE) is used.
    type: str
  auth_source:
    description:
      - Where the credentials come from.
      - V(auto) takes the first of these that is complete. The O(profile) that is named; O(tenant) and O(client_id) with O(secret),
        a certificate or a federated token, each as a parameter or else from the environment;
        the profile C(default) of C(~/.azure/credentials); the sign-in of the Azure CLI.
      - V(env) prefers the environment to parameters. V(credential_file) takes O(profile), or C(default).
      - V(cli) uses the sign-in of the Azure CLI. V(msi) uses the managed identity of the machine, the user-assigned one of O(client_id)
        or the system-assigned one. V(workload_identity) uses O(federated_token_file) even where there is a secret.
      - When not set, E(ANSIBLE_AZURE_AUTH_SOURCE), then V(auto) is used.
    type: str
    choices: [auto, env, credential_file, cli, msi, workload_identity]
  cloud_environment:
    description:
      - The cloud, V(AzureCloud), V(AzureChinaCloud) or V(AzureUSGovernment), or an https URL of another one's Resource Manager
        or of its metadata endpoint.
      - When not set, E(AZURE_CLOUD_ENVIRONMENT), then the cloud of the profile or of the Azure CLI's subscription,
        then V(AzureCloud) is used.
    type: str
requirements:
  - python >= 3.10
  - azure-mgmt-containerservice >= 41.6.0
  - azure-identity >= 1.25.0
notes:
  - The file that E(REQUESTS_CA_BUNDLE) names is used to check Azure's certificates, the system's certificates otherwise.
  - Names of parameters and variables are those of C(azure.azcollection) and of azure-identity, so that AWX's
    credential type for Azure works. Signing in with a user's name and password is not supported.
"""
