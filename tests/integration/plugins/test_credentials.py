# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.gpuops.aks.plugins.module_utils._entrypoints.outcome import success
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError
from ansible_collections.gpuops.aks.plugins.module_utils._operations.cluster.operation import OPERATION as CLUSTERS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.credentials.operation import OPERATION as CREDENTIALS
from ansible_collections.gpuops.aks.plugins.module_utils._operations.operation import Outcome

from tests.integration.lab.arm_site import BACKING
from tests.integration.plugins.azure import CLUSTER, GROUP, Azure, cluster_body, four_times

HERE: dict[str, Any] = {"resource_group": GROUP, "cluster": CLUSTER}
OTHERS: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "clusters": [{"name": "minikube", "cluster": {"server": "https://192.168.49.2:8443"}}],
    "users": [{"name": "minikube", "user": {"token": "minikubes-own-token"}}],
    "contexts": [{"name": "minikube", "context": {"cluster": "minikube", "user": "minikube", "namespace": "mine"}}],
    "current-context": "minikube",
}
FETCH_USER, FETCH_ADMIN = "POST aks/listClusterUserCredential", "POST aks/listClusterAdminCredential"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that doesn't exist, in a directory that doesn't either."""
    return tmp_path / "kube" / "aks.config"


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A kubeconfig that holds another cluster."""
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(OTHERS))
    path.chmod(0o600)
    return path


def mode(path: Path) -> str:
    """The file's rights, as chmod takes them."""
    return f"{path.stat().st_mode & 0o777:04o}"


def content(path: Path) -> Any:
    """The kubeconfig in the file."""
    return yaml.safe_load(path.read_text())


def names(path: Path) -> dict[str, list[str]]:
    """Which contexts, clusters and users the file holds."""
    return {kind: [entry["name"] for entry in content(path)[kind]] for kind in ("contexts", "clusters", "users")}


def evidence(path: Path) -> tuple[Any, ...]:
    """All there is to see of a file."""
    return (path.read_bytes(), mode(path), path.stat().st_ino) if path.exists() else ()


def secrets(path: Path) -> list[str]:
    """Every credential in the file."""
    users = [entry["user"] for entry in content(path)["users"]]
    return [value for user in users for value in user.values()]


def shown(outcome: Outcome) -> str:
    """All that a task with --diff prints of an outcome."""
    return json.dumps(success(outcome, diff=True))


def test_lifecycle_of_a_separate_file_with_check_mode_and_idempotence(with_cluster: Azure, path: Path) -> None:
    azure = with_cluster
    made = four_times(azure, CREDENTIALS, evidence=lambda: evidence(path), **HERE, path=str(path))
    assert made.result == {"path": str(path), "context": CLUSTER, "server": BACKING.server, "token_expires": ""}
    assert (mode(path), mode(path.parent)) == ("0600", "0700")
    user = "clusterUser_rg_aks"
    assert names(path) == {"contexts": [CLUSTER], "clusters": [CLUSTER], "users": [user]}
    assert base64.b64decode(content(path)["users"][0]["user"]["client-key-data"]) == BACKING.user_key_pem

    renamed = four_times(azure, CREDENTIALS, evidence=lambda: evidence(path), **HERE, path=str(path), context_name=CLUSTER, admin=True)
    assert renamed.result["context"] == CLUSTER
    assert base64.b64decode(content(path)["users"][0]["user"]["client-key-data"]) == BACKING.admin_key_pem
    assert names(path)["users"] == ["clusterAdmin_rg_aks"]

    gone = four_times(azure, CREDENTIALS, evidence=lambda: evidence(path), **HERE, path=str(path), state="absent")
    assert gone.result["kept"] == []
    assert not path.exists()
    assert list(path.parent.iterdir()) == []


def test_azure_is_only_read_and_not_asked_for_removal(with_cluster: Azure, path: Path) -> None:
    with with_cluster.requests() as sent:
        with_cluster.run(CREDENTIALS, **HERE, path=str(path))
        with_cluster.run(CREDENTIALS, **HERE, path=str(path.with_name("admin.config")), admin=True)
    assert sent.writes == []
    assert [str(request) for request in sent if request.path.endswith("Credential")] == [FETCH_USER, FETCH_ADMIN]
    with with_cluster.requests() as sent:
        assert with_cluster.run(CREDENTIALS, **HERE, path=str(path), state="absent").changed
    assert sent == []


def test_admin_context_has_its_own_name_as_with_az(with_cluster: Azure, path: Path) -> None:
    with_cluster.run(CREDENTIALS, **HERE, path=str(path))
    made = with_cluster.run(CREDENTIALS, **HERE, path=str(path), admin=True, merge=True, set_current_context=True)
    assert made.result["context"] == "aks-admin"
    assert names(path) == {"contexts": ["aks", "aks-admin"], "clusters": ["aks"], "users": ["clusterUser_rg_aks", "clusterAdmin_rg_aks"]}
    assert content(path)["current-context"] == "aks-admin"
    with_cluster.run(CREDENTIALS, **HERE, path=str(path), admin=True, state="absent")
    assert names(path) == {"contexts": ["aks"], "clusters": ["aks"], "users": ["clusterUser_rg_aks"]}


class TestMerging:
    """With merge, what else is in the file stays."""

    def test_lifecycle_of_an_entry_with_check_mode_and_idempotence(self, with_cluster: Azure, shared: Path) -> None:
        merging: dict[str, Any] = {**HERE, "path": str(shared), "merge": True, "context_name": "lab", "set_current_context": True}
        before = shared.read_text()
        four_times(with_cluster, CREDENTIALS, evidence=lambda: evidence(shared), **merging)
        assert names(shared) == {
            "contexts": ["minikube", "lab"],
            "clusters": ["minikube", "lab"],
            "users": ["minikube", "clusterUser_rg_aks"],
        }
        assert content(shared)["current-context"] == "lab"
        for kind in ("contexts", "clusters", "users"):
            assert content(shared)[kind][0] == OTHERS[kind][0]

        gone = four_times(with_cluster, CREDENTIALS, evidence=lambda: evidence(shared), **merging, state="absent")
        assert gone.result["kept"] == []
        for kind in ("contexts", "clusters", "users"):
            assert content(shared)[kind] == yaml.safe_load(before)[kind]

    def test_current_context_of_the_user_is_kept(self, with_cluster: Azure, shared: Path) -> None:
        four_times(with_cluster, CREDENTIALS, evidence=lambda: evidence(shared), **HERE, path=str(shared), merge=True)
        assert content(shared)["current-context"] == "minikube"

    def test_file_with_other_contexts_is_rejected_without_merge(self, with_cluster: Azure, shared: Path) -> None:
        before = evidence(shared)
        for check_mode in (True, False):
            error = with_cluster.refused(CREDENTIALS, check_mode=check_mode, **HERE, path=str(shared))
            assert error.code == "ForeignKubeconfig"
            assert f"{shared} " in error.message
            assert "minikube" in error.message
            assert "merge: true" in error.remedy
        assert evidence(shared) == before

    def test_context_of_others_is_kept_with_created_only(self, azure: Azure, shared: Path) -> None:
        where: dict[str, Any] = {"resource_group": GROUP, "cluster": "minikube", "path": str(shared), "state": "absent"}
        before = evidence(shared)
        spared = azure.run(CREDENTIALS, **where, created_only=True)
        assert (spared.changed, evidence(shared)) == (False, before)
        assert spared.result["kept"] == [f"context minikube in {shared}: not written by this collection"]
        assert azure.run(CREDENTIALS, **where).changed
        assert not shared.exists()

    def test_context_of_the_collection_is_removed_with_created_only(self, with_cluster: Azure, shared: Path) -> None:
        with_cluster.run(CREDENTIALS, **HERE, path=str(shared), merge=True)
        gone = with_cluster.run(CREDENTIALS, **HERE, path=str(shared), state="absent", created_only=True)
        assert (gone.changed, gone.result["kept"]) == (True, [])
        assert names(shared)["contexts"] == ["minikube"]

    def test_unused_users_and_clusters_keep_the_file(self, with_cluster: Azure, shared: Path) -> None:
        shared.write_text(yaml.safe_dump({**OTHERS, "contexts": []}))
        with_cluster.run(CREDENTIALS, **HERE, path=str(shared), merge=True)
        assert with_cluster.run(CREDENTIALS, **HERE, path=str(shared), state="absent").changed
        assert names(shared) == {"contexts": [], "clusters": ["minikube"], "users": ["minikube"]}


class TestConflicts:
    """What others wrote under our names stays, unless it was asked for otherwise; as with az."""

    @pytest.mark.parametrize("merge", [True, False])
    def test_other_cluster_of_the_same_name_is_kept_without_overwrite(self, with_cluster: Azure, path: Path, merge: bool) -> None:
        with_cluster.run(CREDENTIALS, **HERE, path=str(path))
        theirs = content(path)
        del theirs["contexts"][0]["context"]["extensions"]
        theirs["clusters"][0]["cluster"]["server"] = "https://theirs:443"
        path.write_text(yaml.safe_dump(theirs, sort_keys=False))
        before = evidence(path)
        for check_mode in (True, False):
            error = with_cluster.refused(CREDENTIALS, check_mode=check_mode, **HERE, path=str(path), merge=merge)
            assert error.code == "ConflictingKubeconfig"
            assert "clusters aks" in error.message
            assert "overwrite_existing" in error.remedy
        assert evidence(path) == before
        overwriting: dict[str, Any] = {**HERE, "path": str(path), "merge": merge, "overwrite_existing": True}
        four_times(with_cluster, CREDENTIALS, evidence=lambda: evidence(path), **overwriting)
        assert content(path)["clusters"][0]["cluster"]["server"] == BACKING.server

    def test_context_name_avoids_the_conflict(self, with_cluster: Azure, shared: Path) -> None:
        shared.write_text(shared.read_text().replace("minikube", CLUSTER))
        made = with_cluster.run(CREDENTIALS, **HERE, path=str(shared), merge=True, context_name="gpu")
        assert made.result["server"] == BACKING.server
        assert names(shared)["contexts"] == names(shared)["clusters"] == [CLUSTER, "gpu"]

    def test_entries_that_az_wrote_for_this_cluster_do_not_conflict(self, with_cluster: Azure, path: Path) -> None:
        with_cluster.run(CREDENTIALS, **HERE, path=str(path))
        theirs = content(path)
        del theirs["contexts"][0]["context"]["extensions"]
        path.write_text(yaml.safe_dump(theirs, sort_keys=False))
        assert not with_cluster.run(CREDENTIALS, **HERE, path=str(path)).changed
        assert with_cluster.run(CREDENTIALS, **HERE, path=str(path), state="absent", created_only=True).result["kept"]

    def test_namespace_of_the_context_is_kept(self, with_cluster: Azure, path: Path) -> None:
        with_cluster.run(CREDENTIALS, **HERE, path=str(path))
        mine = content(path)
        mine["contexts"][0]["context"]["namespace"] = "gpu"
        path.write_text(yaml.safe_dump(mine, sort_keys=False))
        assert not with_cluster.run(CREDENTIALS, **HERE, path=str(path)).changed


class TestEntra:
    """A cluster whose users sign in by Microsoft Entra ID."""

    @pytest.fixture
    def entra(self, azure: Azure) -> Azure:
        azure.make_group()
        wanted: dict[str, Any] = {"aad_profile": {"managed": True}, "disable_local_accounts": True}
        azure.run(CLUSTERS, resource_group=GROUP, name=CLUSTER, **wanted)
        return azure

    def test_kubelogin_sign_in_is_kept_with_warnings(self, entra: Azure, path: Path) -> None:
        environ = {**entra.environ, "PATH": str(path.parent)}
        made = entra.run(CREDENTIALS, environ=environ, **HERE, path=str(path))
        user = content(path)["users"][0]["user"]["exec"]
        assert (user["command"], "devicecode" in user["args"]) == ("kubelogin", True)
        missing, person = made.warnings
        assert "kubelogin, which is not on the PATH" in missing
        assert "devicecode" in person
        again = entra.run(CREDENTIALS, environ=environ, **HERE, path=str(path))
        assert (again.changed, len(again.warnings)) == (False, 2)

    def test_azure_format_is_written_on_request_with_a_warning(self, entra: Azure, path: Path) -> None:
        made = entra.run(CREDENTIALS, **HERE, path=str(path), format="azure")
        assert content(path)["users"][0]["user"]["auth-provider"]["name"] == "azure"
        assert "format: exec" in made.warnings[0]
        assert entra.run(CREDENTIALS, **HERE, path=str(path), format="exec").changed

    @pytest.mark.parametrize("form", ["exec", "azure"])
    def test_token_is_written_on_request_and_kept_while_usable(self, entra: Azure, path: Path, form: str) -> None:
        wanted: dict[str, Any] = {**HERE, "path": str(path), "format": form, "entra_token": True}
        made = four_times(entra, CREDENTIALS, evidence=lambda: evidence(path), **wanted)
        (token,) = secrets(path)
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        assert claims["aud"] == "6dae42f8-4368-4678-94ff-3960e28e3630"
        expires = datetime.fromtimestamp(claims["exp"], UTC)
        assert abs((expires - datetime.fromisoformat(made.result["token_expires"])).total_seconds()) < 5
        assert (made.warnings, mode(path), token in shown(made)) == ((), "0600", False)

    def test_expired_token_is_renewed(self, entra: Azure, path: Path) -> None:
        entra.run(CREDENTIALS, **HERE, path=str(path), entra_token=True)
        config = content(path)
        head, body, signature = config["users"][0]["user"]["token"].split(".")
        claims = {**json.loads(base64.urlsafe_b64decode(body + "==")), "exp": 1}
        old = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
        config["users"][0]["user"]["token"] = f"{head}.{old}.{signature}"
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        renewed = four_times(entra, CREDENTIALS, evidence=lambda: evidence(path), **HERE, path=str(path), entra_token=True)
        assert old not in path.read_text()
        assert old not in shown(renewed)

    def test_cluster_without_entra_id_needs_no_token(self, with_cluster: Azure, path: Path) -> None:
        made = with_cluster.run(CREDENTIALS, **HERE, path=str(path), entra_token=True)
        assert (made.result["token_expires"], len(secrets(path))) == ("", 3)

    def test_format_with_admin_is_rejected_before_any_request(self, entra: Azure, path: Path) -> None:
        with entra.requests() as sent:
            error = entra.refused(CREDENTIALS, **HERE, path=str(path), admin=True, format="exec")
        assert (error.code, sent) == ("InvalidFormat", [])


class TestFile:
    """The file's rights, and files that can't be used."""

    def test_target_of_a_symbolic_link_is_written_and_removed(self, with_cluster: Azure, path: Path, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to(path)
        four_times(with_cluster, CREDENTIALS, evidence=lambda: evidence(path), **HERE, path=str(link))
        assert (link.readlink(), mode(path)) == (path, "0600")
        four_times(with_cluster, CREDENTIALS, evidence=lambda: evidence(path), **HERE, path=str(link), state="absent")
        assert not path.exists()

    def test_readable_file_is_made_private(self, with_cluster: Azure, path: Path) -> None:
        with_cluster.run(CREDENTIALS, **HERE, path=str(path))
        path.chmod(0o644)
        (change,) = four_times(with_cluster, CREDENTIALS, evidence=lambda: evidence(path), **HERE, path=str(path)).changes
        assert (change.before, change.after) == ({"mode": "0644"}, {"mode": "0600"})
        assert mode(path) == "0600"

    def test_stale_credentials_are_replaced(self, with_cluster: Azure, path: Path) -> None:
        with_cluster.run(CREDENTIALS, **HERE, path=str(path))
        fetched = path.read_text()
        stale = content(path)
        stale["users"][0]["user"]["token"] = "stale-token"
        path.write_text(yaml.safe_dump(stale, sort_keys=False))
        done = four_times(with_cluster, CREDENTIALS, evidence=lambda: evidence(path), **HERE, path=str(path))
        assert done.changes[0].diff()["before"] == {"credentials": "others"}
        assert (path.read_text(), "stale-token" in shown(done)) == (fetched, False)

    @pytest.mark.parametrize("text", ["kind: [", "- a\n- list\n", "clusters: text\n"])
    def test_invalid_kubeconfig_is_not_changed(self, with_cluster: Azure, shared: Path, text: str) -> None:
        shared.write_text(text)
        error = with_cluster.refused(CREDENTIALS, **HERE, path=str(shared), merge=True)
        assert (error.code, shared.read_text()) == ("InvalidKubeconfig", text)

    def test_unusable_path_is_rejected(self, with_cluster: Azure, shared: Path) -> None:
        with pytest.raises(InvalidInputError, match="below-a-file") as refusal:
            with_cluster.run(CREDENTIALS, **HERE, path=str(shared / "below-a-file"))
        assert (refusal.value.code, bool(refusal.value.remedy)) == ("UnreadableFile", True)


class TestSecrets:
    """Neither the result nor the diff holds a credential, the cluster's or anybody's."""

    def test_separate_file(self, with_cluster: Azure, path: Path) -> None:
        made = with_cluster.run(CREDENTIALS, **HERE, path=str(path))
        printed = shown(made)
        assert "VALUE HIDDEN" in printed
        assert len(secrets(path)) == 3
        assert [secret for secret in secrets(path) if secret in printed] == []

    def test_shared_file(self, with_cluster: Azure, shared: Path) -> None:
        outcomes = [
            with_cluster.run(CREDENTIALS, check_mode=True, **HERE, path=str(shared), merge=True),
            with_cluster.run(CREDENTIALS, **HERE, path=str(shared), merge=True),
        ]
        everything = secrets(shared)
        assert "minikubes-own-token" in everything
        outcomes.append(with_cluster.run(CREDENTIALS, **HERE, path=str(shared), state="absent"))
        assert [secret for secret in everything for outcome in outcomes if secret in shown(outcome)] == []


class TestRefused:
    """Refused with the reason, and no file is written."""

    def test_unknown_cluster(self, azure: Azure, path: Path) -> None:
        azure.make_group()
        error = azure.refused(CREDENTIALS, **HERE, path=str(path))
        assert (error.code, path.exists()) == ("ClusterNotFound", False)

    def test_unknown_resource_group(self, azure: Azure, path: Path) -> None:
        error = azure.refused(CREDENTIALS, **HERE, path=str(path))
        assert (error.code, path.exists()) == ("ResourceGroupNotFound", False)

    def test_check_mode_without_a_cluster_predicts_the_file(self, azure: Azure, path: Path) -> None:
        outcome = azure.run(CREDENTIALS, check_mode=True, **HERE, path=str(path))
        (change,) = outcome.changes
        (warning,) = outcome.warnings
        assert f"cluster {CLUSTER} does not exist in {GROUP} yet" in warning
        assert (change.before, change.after) == ({}, {"context": CLUSTER, "server": "known when the cluster exists"})

    def test_unknown_subscription_is_an_error_in_check_mode_too(self, azure: Azure, path: Path) -> None:
        error = azure.refused(CREDENTIALS, check_mode=True, **HERE, path=str(path), subscription_id="66666666-6666-6666-6666-666666666666")
        assert error.code == "SubscriptionNotFound"

    def test_cluster_that_is_not_ready(self, azure: Azure, path: Path) -> None:
        azure.make_group()
        azure.somebody().managed_clusters.begin_create_or_update(GROUP, CLUSTER, cluster_body(), polling=False)
        error = azure.refused(CREDENTIALS, **HERE, path=str(path))
        assert (error.code, error.retriable, path.exists()) == ("OperationInProgress", True, False)

    def test_admin_of_a_cluster_without_local_accounts(self, with_cluster: Azure, path: Path) -> None:
        cluster = with_cluster.somebody().managed_clusters.get(GROUP, CLUSTER)
        cluster.disable_local_accounts = True
        with_cluster.somebody().managed_clusters.begin_create_or_update(GROUP, CLUSTER, cluster).result()
        error = with_cluster.refused(CREDENTIALS, **HERE, path=str(path), admin=True)
        assert (error.code, path.exists()) == ("LocalAccountsDisabled", False)
        assert "admin: false" in error.remedy
