# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options for connecting to the API server."""

from __future__ import annotations


class ModuleDocFragment:
    # Describes the arguments of module_utils/_operations/arguments.py:kube_arguments
    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - The kubeconfig file to connect with. M(gpuops.aks.aks_credentials) writes one.
      - Can also be set with E(K8S_AUTH_KUBECONFIG) or, if that is not set, E(KUBECONFIG). The default is C(~/.kube/config).
      - Several files can be given, separated by colons. As in C(kubectl), the first file that has an entry or a current context takes
        precedence.
    type: path
  context:
    description:
      - The kubeconfig context to use. The default is the current context.
      - Can also be set with E(K8S_AUTH_CONTEXT).
    type: str
  host:
    description:
      - The URL of the API server, to connect without a kubeconfig.
      - Can also be set with E(K8S_AUTH_HOST).
    type: str
  api_key:
    description:
      - A bearer token for the API server.
      - Can also be set with E(K8S_AUTH_API_KEY).
    type: str
  ca_cert:
    description:
      - The path of a file with the CA certificates that verify the API server's certificate.
      - Can also be set with E(K8S_AUTH_SSL_CA_CERT).
    type: path
    aliases: [ssl_ca_cert]
  client_cert:
    description:
      - The path of the client certificate.
      - Can also be set with E(K8S_AUTH_CERT_FILE).
    type: path
    aliases: [cert_file]
  client_key:
    description:
      - The path of the client certificate's key.
      - Can also be set with E(K8S_AUTH_KEY_FILE).
    type: path
    aliases: [key_file]
  validate_certs:
    description:
      - Whether to verify the API server's certificate. By default, it is verified.
      - Can also be set with E(K8S_AUTH_VERIFY_SSL).
    type: bool
    aliases: [verify_ssl]
  proxy:
    description:
      - The URL of a proxy to connect through. Its scheme must be V(http), V(https), V(socks5) or V(socks5h).
      - Can also be set with E(K8S_AUTH_PROXY). If neither is set, the kubeconfig's C(proxy-url) is used, then E(HTTPS_PROXY), unless
        E(NO_PROXY) excludes the API server.
    type: str
requirements:
  - python >= 3.11
  - kubernetes >= 31.0.0
  - PyYAML >= 6
  - urllib3 >= 2.3
  - PySocks, if the API server is reached through a SOCKS proxy
"""
