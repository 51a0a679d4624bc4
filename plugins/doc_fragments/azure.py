# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options for signing in to Azure."""

from __future__ import annotations


class ModuleDocFragment:
    # Describes the arguments of module_utils/_operations/arguments.py:azure_arguments
    DOCUMENTATION = r"""
options:
  subscription_id:
    description:
      - The Azure subscription's ID.
      - Can also be set with E(AZURE_SUBSCRIPTION_ID). If neither is set, credentials from a file use the subscription of the profile, and
        credentials from the Azure CLI use its default subscription.
    type: str
  tenant:
    description:
      - The tenant of the service principal, as an ID or a domain.
      - Can also be set with E(AZURE_TENANT) or, if that is not set, E(AZURE_TENANT_ID).
    type: str
  client_id:
    description:
      - The application ID of the service principal, or the client ID of a user-assigned managed identity.
      - Can also be set with E(AZURE_CLIENT_ID).
    type: str
  secret:
    description:
      - The service principal's secret.
      - Can also be set with E(AZURE_SECRET) or, if that is not set, E(AZURE_CLIENT_SECRET).
    type: str
  x509_certificate_path:
    description:
      - The path of a file that contains the service principal's certificate and its RSA key, in PEM or PKCS12 format. It is used only if
        there is no O(secret).
      - Can also be set with E(AZURE_X509_CERTIFICATE_PATH) or, if that is not set, E(AZURE_CLIENT_CERTIFICATE_PATH).
    type: path
  certificate_password:
    description:
      - The password of O(x509_certificate_path), if it has one.
      - Can also be set with E(AZURE_CLIENT_CERTIFICATE_PASSWORD).
    type: str
  thumbprint:
    description:
      - The thumbprint of the certificate that is registered with the application. A certificate with another thumbprint is refused.
        By default, the thumbprint of the certificate in the file is used.
      - Can also be set with E(AZURE_THUMBPRINT).
    type: str
  federated_token_file:
    description:
      - The path of a file that contains a token trusted by a federated credential of the identity. It is used only if there is neither
        a O(secret) nor a certificate.
      - Can also be set with E(AZURE_FEDERATED_TOKEN_FILE), which the Azure workload identity webhook sets in a pod.
    type: path
  profile:
    description:
      - The section of C(~/.azure/credentials) to use.
      - Can also be set with E(AZURE_PROFILE).
    type: str
  auth_source:
    description:
      - Where the credentials come from.
      - V(auto) uses the first complete source in this order - the O(profile), if one is named; O(tenant) and O(client_id) with O(secret),
        a certificate or a federated token, each from the parameter or else from the environment; the profile C(default) in
        C(~/.azure/credentials); the sign-in of the Azure CLI.
      - V(env) gives the environment precedence over the parameters.
      - V(credential_file) uses O(profile), or C(default) if no profile is named.
      - V(cli) uses the sign-in of the Azure CLI.
      - V(msi) uses the machine's managed identity, either the user-assigned one with O(client_id) or the system-assigned one.
      - V(workload_identity) uses O(federated_token_file) even if there is a secret.
      - Can also be set with E(ANSIBLE_AZURE_AUTH_SOURCE). The default is V(auto).
    type: str
    choices: [auto, env, credential_file, cli, msi, workload_identity]
  cloud_environment:
    description:
      - The Azure cloud. One of V(AzureCloud), V(AzureChinaCloud) and V(AzureUSGovernment), or for any other cloud the https URL of its
        Resource Manager or metadata endpoint.
      - Can also be set with E(AZURE_CLOUD_ENVIRONMENT). If neither is set, the cloud of the profile or of the Azure CLI's subscription is
        used, otherwise V(AzureCloud).
    type: str
requirements:
  - python >= 3.11
  - azure-mgmt-containerservice >= 41.6.0
  - azure-identity >= 1.25.0
notes:
  - Azure's certificates are verified with the CA certificates in the file named by E(REQUESTS_CA_BUNDLE), or with the system's if it is
    not set.
  - Parameters and environment variables have the same names as in C(azure.azcollection) and azure-identity, so AWX's credential type for
    Azure works. Signing in with a user name and password is not supported.
"""
