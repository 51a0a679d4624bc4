# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that say how to reach the API server."""

from __future__ import annotations


class ModuleDocFragment:
    # Describes the arguments of module_utils/_operations/arguments.py:kube_arguments
    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - The kubeconfig file to connect with; M(gpuops.aks.aks_credentials) writes one.
      - When not set, E(K8S_AUTH_KUBECONFIG), then E(KUBECONFIG), then C(~/.kube/config) is used.
      - Several files, separated by colons, are read as C(kubectl) reads them. The first to have an entry, or a current context, counts.
    type: path
  context:
    description:
      - The kubeconfig's context to use, its current one when not set. E(K8S_AUTH_CONTEXT) gives it, too.
    type: str
  host:
    description:
      - The API server's URL, to connect without a kubeconfig. E(K8S_AUTH_HOST) gives it, too.
    type: str
  api_key:
    description:
      - A bearer token for the API server. E(K8S_AUTH_API_KEY) gives it, too.
    type: str
  ca_cert:
    description:
      - A file of CA certificates to check the API server's certificate with. E(K8S_AUTH_SSL_CA_CERT) gives it, too.
    type: path
    aliases: [ssl_ca_cert]
  client_cert:
    description:
      - The client certificate's file. E(K8S_AUTH_CERT_FILE) gives it, too.
    type: path
    aliases: [cert_file]
  client_key:
    description:
      - The client certificate's key file. E(K8S_AUTH_KEY_FILE) gives it, too.
    type: path
    aliases: [key_file]
  validate_certs:
    description:
      - Whether to check the API server's certificate; it is checked unless this, or E(K8S_AUTH_VERIFY_SSL), is false.
    type: bool
    aliases: [verify_ssl]
  proxy:
    description:
      - The URL of a proxy to reach the API server through, with its scheme, V(http), V(https), V(socks5) or V(socks5h).
        E(K8S_AUTH_PROXY) gives it, too.
      - When not set, the kubeconfig's C(proxy-url) is used, then E(HTTPS_PROXY), unless E(NO_PROXY) excludes the API server.
    type: str
requirements:
  - python >= 3.10
  - kubernetes >= 31.0.0
  - PyYAML >= 6
  - urllib3 >= 2.3
  - PySocks, where the API server is reached through a SOCKS proxy
"""
