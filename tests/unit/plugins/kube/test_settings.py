# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._errors import KubernetesError
from ansible_collections.gpuops.aks.plugins.module_utils._kube.connection.settings import ENVIRONMENT, kube_settings, require_reachable
from ansible_collections.gpuops.aks.plugins.module_utils._kube.resources import Kind

from ..builders import assert_explained

TEXTS = [(name, variable) for name, variables in ENVIRONMENT.items() if name != "validate_certs" for variable in variables]


@pytest.mark.parametrize(("name", "variable"), TEXTS, ids=[variable for _unused, variable in TEXTS])
def test_unset_parameter_comes_from_the_environment(name: str, variable: str) -> None:
    assert getattr(kube_settings({}, {variable: "theirs"}), name) == "theirs"
    assert getattr(kube_settings({name: None}, {variable: "theirs"}), name) == "theirs"
    assert getattr(kube_settings({name: "ours"}, {variable: "theirs"}), name) == "ours"
    assert getattr(kube_settings({}, {variable: ""}), name) is None


def test_k8s_auth_kubeconfig_wins_over_kubeconfig() -> None:
    assert kube_settings({}, {"KUBECONFIG": "kubectls", "K8S_AUTH_KUBECONFIG": "ours"}).kubeconfig == "ours"


@pytest.mark.parametrize(
    ("given", "variable", "validates"),
    [
        (None, "", True),
        (None, "true", True),
        (None, "False", False),
        (None, "no", False),
        (None, "0", False),
        (False, "true", False),
        (True, "false", True),
    ],
)
def test_certificates_are_validated_by_default(given: bool | None, variable: str, validates: bool) -> None:
    assert kube_settings({"validate_certs": given}, {"K8S_AUTH_VERIFY_SSL": variable}).validate_certs is validates


def test_repr_of_settings_hides_the_token() -> None:
    assert "s3cret" not in repr(kube_settings({"api_key": "s3cret"}, {}))


def test_kubeconfig_may_list_several_files_or_be_unset() -> None:
    assert kube_settings({"kubeconfig": "/a:/b:"}, {}).paths == [Path("/a"), Path("/b")]
    assert kube_settings({}, {}).paths == [Path("~/.kube/config").expanduser()]


def test_host_or_existing_kubeconfig_is_enough_to_connect(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text("{}")
    require_reachable(kube_settings({"host": "https://127.0.0.1:6443"}, {}))
    require_reachable(kube_settings({"kubeconfig": f"{tmp_path / 'none'}:{file}"}, {}))


def test_missing_kubeconfig_error_names_the_paths(tmp_path: Path) -> None:
    settings = kube_settings({"kubeconfig": f"{tmp_path / 'a'}:{tmp_path}"}, {})
    with pytest.raises(KubernetesError) as refusal:
        require_reachable(settings)
    assert_explained(refusal.value, "MissingKubeconfig", f"{tmp_path / 'a'}, {tmp_path}", "gpuops.aks.aks_credentials")


@pytest.mark.parametrize(
    ("kind", "group", "everywhere", "in_namespace"),
    [
        pytest.param(Kind("api/v1", "pods"), "", "/api/v1/pods", "/api/v1/namespaces/team/pods", id="core"),
        pytest.param(
            Kind("apis/apps/v1", "daemonsets"), "apps", "/apis/apps/v1/daemonsets", "/apis/apps/v1/namespaces/team/daemonsets", id="apps"
        ),
    ],
)
def test_group_and_paths_of_a_kind(kind: Kind, group: str, everywhere: str, in_namespace: str) -> None:
    assert (kind.group, kind.collection(), kind.collection("team")) == (group, everywhere, in_namespace)
