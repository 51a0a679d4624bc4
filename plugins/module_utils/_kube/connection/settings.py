# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""How to reach an API server: takes each setting from the task's parameters or its environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping

from ..._errors import KubernetesError
from ..kubeconfig.file import read_kubeconfig

# Parameter → environment variables that may set it instead, as in kubernetes.core.
ENVIRONMENT = {
    "kubeconfig": ("K8S_AUTH_KUBECONFIG", "KUBECONFIG"),
    "context": ("K8S_AUTH_CONTEXT",),
    "host": ("K8S_AUTH_HOST",),
    "api_key": ("K8S_AUTH_API_KEY",),
    "ca_cert": ("K8S_AUTH_SSL_CA_CERT",),
    "client_cert": ("K8S_AUTH_CERT_FILE",),
    "client_key": ("K8S_AUTH_KEY_FILE",),
    "validate_certs": ("K8S_AUTH_VERIFY_SSL",),
    "proxy": ("K8S_AUTH_PROXY",),
}


@dataclass(frozen=True)
class KubeSettings:
    """How to reach an API server: by host, with a token or certificate, if host is set, otherwise by kubeconfig and context."""

    kubeconfig: str | None
    context: str | None
    host: str | None
    api_key: str | None = field(repr=False)
    ca_cert: str | None
    client_cert: str | None
    client_key: str | None
    validate_certs: bool
    proxy: str | None

    @property
    def paths(self) -> list[Path]:
        """The kubeconfig files; KUBECONFIG may list several."""
        return [Path(part).expanduser() for part in (self.kubeconfig or "~/.kube/config").split(":") if part]

    @property
    def reachable(self) -> bool:
        """Whether the settings name a cluster; a kubeconfig may not exist yet, or not have the context."""
        return bool(self.host) or (any(path.is_file() for path in self.paths) and (not self.context or self.context in self.contexts))

    @property
    def contexts(self) -> list[str]:
        """The names of the kubeconfig's contexts. Raises InvalidInputError for an invalid kubeconfig."""
        return [str(entry["name"]) for path in self.paths if path.is_file() for entry in read_kubeconfig(path).get("contexts") or ()]


def kube_settings(params: Mapping[str, Any], environ: Mapping[str, str]) -> KubeSettings:
    """The settings from the task's parameters and, where those are not set, its environment."""
    values: dict[str, Any] = {}
    for name, variables in ENVIRONMENT.items():
        given = params.get(name)
        values[name] = given if given is not None else next((environ[v] for v in variables if environ.get(v)), None)
    validate_certs = str(values.pop("validate_certs")).lower() not in ("false", "no", "0")
    return KubeSettings(validate_certs=validate_certs, **{name: value or None for name, value in values.items()})


def require_reachable(settings: KubeSettings) -> None:
    """Refuse settings without a kubeconfig, or with a context that the kubeconfig does not have. Raises KubernetesError."""
    if settings.reachable:
        return
    if any(path.is_file() for path in settings.paths):
        raise KubernetesError(
            f"The kubeconfig {', '.join(map(str, settings.paths))} has no context '{settings.context}'.",
            code="MissingContext",
            cause=f"Its contexts are {', '.join(settings.contexts)}." if settings.contexts else "It has no contexts.",
            remedy="Fetch the cluster's credentials with gpuops.aks.aks_credentials, or set context to one of the file's contexts.",
        )
    raise KubernetesError(
        f"There is no kubeconfig at {', '.join(map(str, settings.paths))}.",
        code="MissingKubeconfig",
        cause="The cluster's credentials have not been fetched yet, or were written to another file.",
        remedy="Fetch them with gpuops.aks.aks_credentials, or set kubeconfig to the file that has them.",
    )
