# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

from __future__ import annotations

from pathlib import Path

from .._errors import KubernetesError
from .kubeconfig_file import read_kubeconfig
from .settings import KubeSettings, require_reachable

try:
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException, load_kube_config
except ImportError:  # the door reports what is missing
    pass


def configuration(settings: KubeSettings) -> Configuration:
    """The official client's configuration for these settings. Raises KubernetesError where there is nothing to connect with."""
    require_reachable(settings)
    files = {"ca_cert": settings.ca_cert, "client_cert": settings.client_cert, "client_key": settings.client_key}
    for name, file in files.items():
        if file and not Path(file).is_file():
            raise KubernetesError(f"{name} names the file {file}, which doesn't exist.", code="UnreadableFile", remedy=f"Correct {name}.")
    made = Configuration()
    if settings.host:
        made.host = settings.host.rstrip("/")
    else:
        _load_kubeconfig(settings, made)
    if settings.api_key:
        made.api_key = {"authorization": f"Bearer {settings.api_key}"}
    for name, value in (("ssl_ca_cert", settings.ca_cert), ("cert_file", settings.client_cert), ("key_file", settings.client_key)):
        if value:
            setattr(made, name, value)
    if not settings.validate_certs:
        made.verify_ssl = False
    if settings.proxy:
        made.proxy = settings.proxy
    return made


def _load_kubeconfig(settings: KubeSettings, into: Configuration) -> None:
    for path in settings.paths:
        read_kubeconfig(path)  # refuses what is no kubeconfig, which the official client doesn't
    try:
        load_kube_config(config_file=":".join(map(str, settings.paths)), context=settings.context or None, client_configuration=into)
    except ConfigException as error:
        raise KubernetesError(
            f"The kubeconfig {settings.kubeconfig or '~/.kube/config'} can't be used: {error}",
            code="InvalidKubeconfig",
            cause="The file is incomplete or no kubeconfig, or it lacks the context.",
            remedy="Check kubeconfig and context, or fetch the file again with gpuops.aks.aks_credentials.",
        ) from error
