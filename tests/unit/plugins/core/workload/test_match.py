# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a Job that exists is the wanted one: everything that makes its log a proof has to be as asked."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.shared.ownership import MARK
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.manifest import QUEUE_LABEL, job_manifest
from ansible_collections.gpuops.aks.plugins.module_utils._core.workload.match import differences, held_to, pool_rule, stand_in
from ansible_collections.gpuops.aks.plugins.module_utils._errors import InvalidInputError

from ...builders import GPU, SKU_TOLERATION, Json, job_settings


def kept(manifest: Json, uid: str = "7a5c") -> Json:
    """The Job with what the API server adds to it."""
    live = copy.deepcopy(manifest)
    live["spec"].update({"completions": 1, "parallelism": 1, "completionMode": "NonIndexed", "suspend": False})
    template = live["spec"]["template"]
    template["spec"].update(
        {"dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30, "securityContext": {}}
    )
    template["spec"]["containers"][0].update({"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"})
    template["spec"]["containers"][0]["resources"]["requests"] = {GPU: "1"}
    template["metadata"]["labels"]["batch.kubernetes.io/controller-uid"] = uid
    return live


def made(**changes: Any) -> Json:
    """What the server would make of a wanted Job."""
    return kept(job_manifest(job_settings(**changes)), uid="another")


def live(**changes: Any) -> Json:
    """A Job that exists."""
    return kept(job_manifest(job_settings(**changes)))


def test_job_with_the_servers_defaults_does_not_differ() -> None:
    wanted = {"env": {"A": "1"}, "command": ["python"], "node_selector": {"accelerator": "nvidia"}, "pool": "gpunp"}
    assert differences(live(**wanted), made(**wanted)) == {}


def test_job_of_others_without_our_mark_does_not_differ() -> None:
    theirs = live()
    for name in MARK:
        del theirs["spec"]["template"]["metadata"]["labels"][name]
    assert differences(theirs, made()) == {}
    theirs["spec"]["template"]["metadata"]["labels"].update(dict.fromkeys(MARK, "Helm"))
    assert set(differences(theirs, made())) == {"labels"}


def test_job_that_someone_holds_back_is_still_the_same() -> None:
    held = live()
    held["spec"]["parallelism"] = 0
    assert differences(held, made()) == {}


def test_changes_by_a_policy_are_not_a_difference() -> None:
    found, wanted = live(), made()
    for job in (found, wanted):
        container = job["spec"]["template"]["spec"]["containers"][0]
        container.update(imagePullPolicy="Always", image=f"mirror.example.com/{container['image']}")
    assert differences(found, wanted) == {}
    assert set(differences(live(), wanted)) == {"image", "imagePullPolicy"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"image": "example.com/other:1"}, "image", id="image"),
        pytest.param({"args": ["--max_steps", "100"]}, "args", id="args"),
        pytest.param({"gpus": 2}, "resources", id="gpus"),
        pytest.param({"env": {"A": "1"}}, "env", id="env"),
        pytest.param({"node_taints": ["team=a:NoSchedule"]}, "tolerations", id="taints"),
        pytest.param({"node_selector": {"tier": "gold"}}, "nodeSelector", id="selector"),
    ],
)
def test_requested_difference_is_found_in_its_field(changes: dict[str, Any], field: str) -> None:
    wanted = made(**changes)
    spec = wanted["spec"]["template"]["spec"]
    found = differences(live(), wanted)
    assert list(found) == [field]
    assert found[field][1] == {**spec, **spec["containers"][0]}[field]


ECHO = ["sh", "-c", "echo 'Creating TensorFlow device (/device:GPU:0) -> (device: 0, name: Tesla T4, pci bus id: 1)'"]
SIDE = {"name": "side", "image": "example.com/side:1"}


@pytest.mark.parametrize(
    ("pod", "container", "field"),
    [
        pytest.param({}, {"command": ECHO}, "command", id="a command that prints the proof"),
        pytest.param({}, {"args": None}, "args", id="no args"),
        pytest.param({}, {"resources": {}}, "resources", id="no GPU"),
        pytest.param({}, {"env": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]}, "env", id="GPUs past Kubernetes"),
        pytest.param({}, {"envFrom": [{"configMapRef": {"name": "c"}}]}, "envFrom", id="environment of a ConfigMap"),
        pytest.param({}, {"volumeMounts": [{"name": "v", "mountPath": "/app"}]}, "volumeMounts", id="another program mounted over it"),
        pytest.param({}, {"securityContext": {"privileged": True}}, "securityContext of the container", id="privileged"),
        pytest.param({}, {"lifecycle": {"postStart": {"exec": {"command": ECHO}}}}, "lifecycle", id="a hook"),
        pytest.param({}, {"workingDir": "/tmp"}, "workingDir", id="working directory"),  # noqa: S108
        pytest.param({}, {"name": "main"}, "name of the container", id="container of another name"),
        pytest.param({"initContainers": [SIDE]}, {}, "initContainers", id="init container"),
        pytest.param({"runtimeClassName": "nvidia"}, {}, "runtimeClassName", id="runtime class"),
        pytest.param({"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}, {}, "volumes", id="the node's files"),
        pytest.param({"securityContext": {"runAsUser": 0}}, {}, "securityContext", id="another user"),
        pytest.param({"resources": {"limits": {"cpu": "1"}}}, {}, "resources of the pod", id="resources of the pod as a whole"),
        pytest.param({"hostPID": True}, {}, "hostPID", id="the node's processes"),
        pytest.param({"nodeName": "n"}, {}, "nodeName", id="a node by name"),
        pytest.param({"resourceClaims": [{"name": "gpu"}]}, {}, "resourceClaims", id="a claim"),
        pytest.param({"serviceAccountName": "robot"}, {}, "serviceAccountName", id="service account"),
    ],
)
def test_unrequested_field_makes_it_another_job(pod: Json, container: Json, field: str) -> None:
    foreign = live()
    spec = foreign["spec"]["template"]["spec"]
    spec.update(pod)
    spec["containers"][0].update(container)
    assert list(differences(foreign, made())) == [field]


def test_second_container_makes_it_another_job() -> None:
    foreign = live()
    foreign["spec"]["template"]["spec"]["containers"].append(SIDE)
    assert differences(foreign, made()) == {"more containers": (["side"], None)}


@pytest.mark.parametrize(
    ("field", "value"),
    [("manualSelector", True), ("completions", 2), ("parallelism", 2), ("managedBy", "example.com/x"), ("successPolicy", {"rules": []})],
)
def test_how_a_jobs_end_comes_about_makes_it_another_job(field: str, value: object) -> None:
    foreign = live()
    foreign["spec"][field] = value
    assert list(differences(foreign, made())) == [field]


@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_fields_that_policies_use_make_it_another_job(field: str) -> None:
    foreign = live()
    foreign["spec"]["template"]["metadata"].setdefault(field, {})["sidecar.istio.io/inject"] = "true"
    assert list(differences(foreign, made())) == [field]


@pytest.mark.parametrize(("field", "value"), [("backoffLimit", 6), ("activeDeadlineSeconds", 60), ("ttlSecondsAfterFinished", 60)])
def test_how_long_and_how_often_it_may_try_proves_nothing_else(field: str, value: int) -> None:
    other = live()
    other["spec"][field] = value
    assert differences(other, made()) == {}


def test_a_difference_has_the_live_value_first() -> None:
    other = {"key": "team", "operator": "Exists"}
    assert differences(live(), made(node_taints=[], tolerations=[other])) == {"tolerations": ([SKU_TOLERATION], [other])}


def test_a_job_with_another_failure_policy_differs() -> None:
    assert differences(live(fail_on_exit_codes=[9]), made(fail_on_exit_codes=[9])) == {}
    assert list(differences(live(fail_on_exit_codes=[9]), made(fail_on_exit_codes=[10]))) == ["podFailurePolicy"]
    assert set(differences(live(fail_on_exit_codes=[9]), made())) == {"restartPolicy", "podFailurePolicy"}


def test_changes_by_a_queue_are_not_a_difference() -> None:
    admitted = live(queue="gpus", node_selector={"tier": "gold"})
    template = admitted["spec"]["template"]
    template["spec"]["tolerations"] = [{"key": "flavor", "operator": "Exists"}, *template["spec"]["tolerations"]]
    template["spec"]["nodeSelector"]["flavor"] = "a100"
    template["spec"]["schedulingGates"] = [{"name": "kueue.x-k8s.io/topology"}]
    template["metadata"]["labels"]["kueue.x-k8s.io/podset"] = "main"
    template["metadata"]["annotations"] = {"kueue.x-k8s.io/workload": "job-train"}
    assert differences(admitted, made(queue="gpus", node_selector={"tier": "gold"})) == {}
    assert (
        differences(admitted, made(queue="gpus", node_selector={"tier": "gold"}, node_taints=["team=a:NoSchedule"]))["tolerations"][0]
        is None
    )
    template["spec"]["containers"][0]["command"] = ECHO
    assert list(differences(admitted, made(queue="gpus", node_selector={"tier": "gold"}))) == ["command"]


def test_queue_of_a_flavor_without_taints_adds_only_a_selector() -> None:
    admitted = live(queue="gpus", node_taints=[])
    admitted["spec"]["template"]["spec"]["nodeSelector"] = {"flavor": "a100"}
    assert differences(admitted, made(queue="gpus", node_taints=[])) == {}


def test_job_of_another_queue_differs_and_no_queue_matches_any() -> None:
    queued = live(queue="gpus")
    assert queued["metadata"]["labels"][QUEUE_LABEL] == "gpus"
    assert differences(queued, made(queue="others")) == {"queue": ("gpus", "others")}
    assert differences(queued, made()) == {}
    assert differences(live(), made(queue="gpus")) == {"queue": ("", "gpus")}


def test_job_without_a_pool_is_judged_by_where_it_ran() -> None:
    assert differences(live(), made(pool="gpunp")) == {}
    assert differences(live(pool="others"), made(pool="gpunp")) == {"pool": ("others", "gpunp")}
    assert list(differences(live(pool="gpunp"), made())) == ["affinity"]


def test_pool_of_a_job_is_recognized_by_rule_and_by_selector() -> None:
    assert held_to(live(pool="gpunp")) == "gpunp"
    assert held_to(live(node_selector={"agentpool": "old"})) == "old"
    assert held_to(live()) is None
    two = live()
    rule = pool_rule("a")["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    rule["nodeSelectorTerms"][0]["matchExpressions"][0]["values"].append("b")
    two["spec"]["template"]["spec"]["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": rule}}
    assert held_to(two) is None


def test_pool_rule_of_the_manifest_is_recognized() -> None:
    assert job_manifest(job_settings(pool="gpunp"))["spec"]["template"]["spec"]["affinity"] == pool_rule("gpunp")
    assert "affinity" not in job_manifest(job_settings())["spec"]["template"]["spec"]


def test_node_selector_of_the_user_is_combined_with_the_pool_without_conflict() -> None:
    spec = job_manifest(job_settings(pool="gpunp", node_selector={"tier": "gold"}))["spec"]["template"]["spec"]
    assert (spec["nodeSelector"], spec["affinity"]) == ({"tier": "gold"}, pool_rule("gpunp"))
    for label in ("agentpool", "kubernetes.azure.com/agentpool"):
        with pytest.raises(InvalidInputError) as caught:
            job_manifest(job_settings(pool="gpunp", node_selector={label: "other"}))
        assert caught.value.code == "ContradictingOptions"


def test_dry_run_job_has_a_free_name_and_the_same_template() -> None:
    manifest = job_manifest(job_settings(name="n" * 63))
    beside = stand_in(manifest, {"metadata": {"uid": "0f3c9a1e-0000"}})
    assert beside["metadata"]["name"] == "n" * 54 + "-0f3c9a1e"
    assert {**beside, "metadata": manifest["metadata"]} == manifest
