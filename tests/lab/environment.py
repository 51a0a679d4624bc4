# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files for clients of the lab: environment files, a kubeconfig, a CA bundle, kubectl and Helm."""

from __future__ import annotations

import base64
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import certifi
import yaml

from tests.lab import build
from tests.lab.config import IDENTITY_HEADER, TOKEN_REVIEW_PATH, Layout, Settings, write_private


def variables(layout: Layout, settings: Settings) -> dict[str, str]:
    """The environment of a client of this lab, PATH apart."""
    return {
        "AZURE_SUBSCRIPTION_ID": settings.subscription_id,
        "AZURE_TENANT": settings.tenant_id,
        "AZURE_CLIENT_ID": settings.client_id,
        "AZURE_SECRET": settings.secret,
        "AZURE_CLOUD_ENVIRONMENT": settings.arm_url,
        "REQUESTS_CA_BUNDLE": str(layout.ca_bundle),
        "KUBECONFIG": str(layout.kubeconfig),
        "LAB_ARM_URL": settings.arm_url,
        "LAB_ERA": settings.era,
        "LAB_CA": str(layout.ca),
        "LAB_CLIENT_CERTIFICATE": str(layout.service_principal),
        "LAB_IDENTITY_ENDPOINT": f"{settings.arm_url}/msi/token",
        "LAB_IDENTITY_HEADER": IDENTITY_HEADER,
        "LAB_PROXY": settings.proxy_url,
        # molecule takes a folder of this name in a collection's root for a thing of the past, and says so each time, unless it is told.
        "MOLECULE_GLOB": "molecule/*/molecule.yml",
    }


def write_client_files(layout: Layout, settings: Settings, binary: Path) -> None:
    """Writes the files that a client sources or runs; the kubeconfig is a copy that it may change or delete."""
    layout.ca_bundle.write_bytes(_bundle_in_force(os.environ) + b"\n" + layout.ca.read_bytes())
    write_private(layout.kubeconfig, kubeconfig(layout, settings, "client"))
    _write_programs(layout, binary)
    exports = _exports(variables(layout, settings)) + "".join(_in_front(directory) for directory in (*_own_programs(), layout.bin))
    write_private(layout.env, exports)
    through_proxy = {"HTTPS_PROXY": settings.proxy_url, "NO_PROXY": "127.0.0.1,localhost"}
    # The Azure CLI and azure.azcollection reach the lab as the public cloud, through the proxy.
    write_private(layout.env_proxy, exports + _exports(through_proxy) + "unset AZURE_CLOUD_ENVIRONMENT\n")


def _own_programs() -> tuple[Path, ...]:
    """The directory of ansible-playbook and of the Python that runs the lab, where that is a virtual environment."""
    return (Path(sys.prefix) / "bin",) if sys.prefix != sys.base_prefix else ()


def _in_front(directory: Path) -> str:
    """Puts a directory first in PATH, once however often the file is sourced."""
    quoted = shlex.quote(str(directory))
    return f'case ":$PATH:" in *:{quoted}:*) ;; *) export PATH={quoted}":$PATH" ;; esac\n'


def _exports(values: Mapping[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())


def _bundle_in_force(environment: Mapping[str, str]) -> bytes:
    """The authorities that requests trusts in this shell now, so that pip and others still work in the lab's environment."""
    named = (environment.get(name) for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))
    files = [Path(name) for name in named if name and Path(name).is_file()]
    return (files[0] if files else Path(certifi.where())).read_bytes()


def _write_programs(layout: Layout, binary: Path) -> None:
    layout.bin.mkdir()
    # Caches of their own: the shared ones are keyed by host and port, which another lab may have had.
    discovery = {"KUBECACHEDIR": layout.root / "kubectl-cache"}
    homes = {f"HELM_{name.upper()}_HOME": layout.root / "helm" / name for name in ("cache", "config", "data")}
    _write_program(layout.bin / "kubectl", discovery, binary, "kubectl")
    _write_program(layout.bin / "helm", {**discovery, **homes}, build.helm(binary))


def _write_program(file: Path, variables: Mapping[str, Path], *command: Path | str) -> None:
    """A program that runs that command with these variables."""
    exports = "".join(f"export {name}={shlex.quote(str(path))}\n" for name, path in variables.items())
    file.write_text(f'#!/bin/sh\n{exports}exec {shlex.join(map(str, command))} "$@"\n')
    file.chmod(0o755)


def kubeconfig(layout: Layout, settings: Settings, user: str) -> str:
    """A kubeconfig that holds the named client certificate itself, so that it can be copied anywhere."""
    certificate, key = layout.certificate(user).read_bytes(), layout.key(user).read_bytes()
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "lab", "cluster": {"server": settings.kube_url, "certificate-authority-data": _data(layout.ca.read_bytes())}}
        ],
        "users": [{"name": user, "user": {"client-certificate-data": _data(certificate), "client-key-data": _data(key)}}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": user}}],
        "current-context": "lab",
    }
    return yaml.safe_dump(config, sort_keys=False)


def token_webhook(layout: Layout, settings: Settings) -> str:
    """Where the API server asks about the tokens of Entra ID: at the simulator, as a kubeconfig."""
    server = {"server": f"{settings.arm_url}{TOKEN_REVIEW_PATH}", "certificate-authority-data": _data(layout.ca.read_bytes())}
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "entra", "cluster": server}],
        "users": [{"name": "apiserver", "user": {}}],
        "contexts": [{"name": "entra", "context": {"cluster": "entra", "user": "apiserver"}}],
        "current-context": "entra",
    }
    return yaml.safe_dump(config, sort_keys=False)


def _data(pem: bytes) -> str:
    return base64.b64encode(pem).decode()
