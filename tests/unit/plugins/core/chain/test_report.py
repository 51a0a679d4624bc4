# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# What a run of the chain proves is decided in one place, by the results of this run.

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.gpuops.aks.plugins.module_utils._core.chain.report import chain_report

from tests.unit.plugins.core.chain import runs

CHAIN = {"pool": "gpunp", "resource_group": "rg-ml", "cluster": "aks-dev", "path": "manual_plugin", "written": "2026-11-28T15:00:00Z"}
NODE = "aks-gpunp-28993262-vmss000000"
JOB = {
    "name": "samples-tf-mnist-demo", "namespace": "default", "succeeded": True, "gpu_device": "Tesla T4", "node": NODE,
    "pod": "samples-tf-mnist-demo-x", "final_accuracy": 0.95, "steps": 490, "findings": [],
    "pool": "gpunp", "resource_group": "rg-ml", "cluster": "aks-dev",
}  # fmt: skip
FINDING = {"code": "PluginLacksToleration", "severity": "error", "subjects": [NODE], "evidence": "e", "cause": "c", "remedy": "r"}


def facts(*nodes: str, findings: tuple[Any, ...] = ()) -> dict[str, Any]:
    return {
        "ansible_facts": {
            "gpu_schedulable": {
                "schedulable_gpus": len(nodes),
                "nodes": [{"name": name, "vm_size": "s", "capacity": 1, "allocatable": 1, "schedulable": True} for name in nodes],
                "findings": list(findings),
            }
        },
        "seconds": 3.0,
    }


def steps(**returned: Any) -> dict[str, Any]:
    return {"register": {}, "verify": facts(NODE), "workload": {"job": JOB, "seconds": 9.5, "changed": True}, **returned}


def verdict(**returned: Any) -> tuple[str, str]:
    report = chain_report(steps(**returned), CHAIN, {})
    assert report["job"]["succeeded"] == (report["verdict"] == "proven"), "the page and the verdict disagree"
    return report["verdict"], report["summary"]


def word_of(**returned: Any) -> str:
    """The verdict on a run whose workload need not be part of the proof."""
    return str(chain_report(steps(**returned), CHAIN, {})["verdict"])


def test_a_workload_on_a_node_of_the_pool_proves_it() -> None:
    assert verdict() == ("proven", f"1 schedulable GPU in gpunp; samples-tf-mnist-demo ran on Tesla T4, node {NODE}.")


def test_two_gpus_are_counted_in_the_plural() -> None:
    assert verdict(verify=facts(NODE, "aks-gpunp-28993262-vmss000001"))[1].startswith("2 schedulable GPUs in gpunp; ")


def test_proof_of_an_earlier_run_names_the_nodes_gpu() -> None:
    looked = facts(NODE)
    looked["ansible_facts"]["gpu_schedulable"]["nodes"][0].update(allocatable=0, schedulable=False)
    earlier = {**JOB, "earlier_run": True}
    assert verdict(verify=looked, workload={"job": earlier})[1].endswith(
        f"ran on {NODE} in an earlier run, and the node offers no GPU any more."
    )
    assert verdict(verify=looked, workload={"job": earlier})[0] == "not_proven"
    assert verdict(verify=looked)[0] == "proven", "the Job of this run has seen the GPU after verify has looked"
    assert verdict(verify=looked, workload={"job": {**earlier, "sharing": "mig"}})[0] == "proven"


@pytest.mark.parametrize("state", [{"allocatable": "0"}, {"ready": False}], ids=["a count as text", "a node that does not report"])
def test_a_node_without_a_gpu_proves_nothing_of_an_earlier_run(state: dict[str, Any]) -> None:
    looked = facts(NODE)
    looked["ansible_facts"]["gpu_schedulable"]["nodes"][0].update(state)
    assert verdict(verify=looked, workload={"job": {**JOB, "earlier_run": True}})[0] == "not_proven"


@pytest.mark.parametrize(("told", "word"), [("False", "not_proven"), ("True", "proven"), ("no", "not_proven")])
def test_a_success_that_a_template_made_text_of_is_read_as_what_it_says(told: str, word: str) -> None:
    report = chain_report(steps(workload={"job": {**JOB, "succeeded": told}}), CHAIN, {})
    assert report["verdict"] == word


def test_the_gpus_of_other_pools_are_not_counted_as_the_pools() -> None:
    every = facts(NODE, "aks-other-28993262-vmss000000")
    found = every["ansible_facts"]["gpu_schedulable"]
    found.update(pool="", pools={"gpunp": {"schedulable_gpus": 1}, "other": {"schedulable_gpus": 1}})
    assert verdict(verify=every)[1].startswith("1 schedulable GPU in gpunp; ")
    found.update(pool="other", pools={"other": {"schedulable_gpus": 1}})
    assert "in gpunp" not in verdict(verify=every)[1]


def test_failed_step_proves_nothing_whatever_it_returned() -> None:
    assert verdict(workload={"job": JOB, "failed": True})[0] == "not_proven"


def test_proof_of_an_earlier_run_is_labeled_as_that() -> None:
    earlier = {**JOB, "earlier_run": True, "finished": "2026-11-20T01:02:03Z"}
    assert verdict(workload={"job": earlier})[1].endswith("in an earlier run that ended at 2026-11-20T01:02:03Z.")


@pytest.mark.parametrize("sharing", ["time-slicing", "mps", "mig", "shared"])
def test_shared_gpu_is_not_reported_as_a_whole_gpu(sharing: str) -> None:
    assert f"ran on a share ({sharing}) of Tesla T4" in verdict(workload={"job": {**JOB, "sharing": sharing}})[1]


def test_chain_without_a_cluster_name_is_proven_by_its_pool() -> None:
    report = chain_report(steps(), {**CHAIN, "resource_group": "", "cluster": ""}, {})
    assert report["verdict"] == "proven"


ASKED = {"pool": "gpunp", "nodes": [], "node_selector": ""}
UNKNOWN_NODE = "not known to be a node of gpunp"
NOT_PROVEN = [
    pytest.param({"workload": {"job": {**JOB, "succeeded": False}}}, "has not succeeded", id="job not succeeded"),
    pytest.param({"workload": {"job": {**JOB, "gpu_device": ""}}}, "has not named a GPU", id="no GPU in the log"),
    pytest.param({"workload": {"job": {**JOB, "node": "aks-gpua10x-1-vmss000000"}}}, UNKNOWN_NODE, id="node of another pool"),
    pytest.param({"workload": {"job": {**JOB, "node": ""}}}, UNKNOWN_NODE, id="node not known"),
    pytest.param({"workload": {"job": {**JOB, "pool": "gpua10x"}}, "verify": {}}, UNKNOWN_NODE, id="another pool, not verified"),
    pytest.param(
        {"workload": {"job": {**JOB, "server": "https://a:443"}}, "credentials": {"server": "https://b:443"}}, "different API servers",
        id="another cluster",
    ),
    pytest.param({"workload": {"job": {**JOB, "pool": ""}}}, UNKNOWN_NODE, id="held to no pool"),
    pytest.param({"workload": {"job": {**JOB, "cluster": "aks-stage"}}}, "against the cluster aks-dev", id="held against another cluster"),
    pytest.param({"workload": {"job": {**JOB, "cluster": ""}}}, "against the cluster aks-dev", id="held against no cluster"),
    pytest.param({"workload": {"job": {**JOB, "resource_group": "rg"}}}, "against the resource group rg-ml", id="another group"),
    pytest.param({"workload": {"job": {"name": "train"}}}, "has not succeeded", id="nothing but a name"),
]  # fmt: skip


@pytest.mark.parametrize(("returned", "said"), NOT_PROVEN)
def test_unproven_run_is_never_reported_as_proven(returned: dict[str, Any], said: str) -> None:
    word, summary = verdict(**returned)
    assert (word, said in summary) == ("not_proven", True), summary


@pytest.mark.parametrize("verified", [{}, facts(NODE)])
def test_run_without_a_workload_is_reported_as_not_checked(verified: dict[str, Any]) -> None:
    word, summary = verdict(workload={}, verify=verified)
    assert word == "not_checked"
    assert summary.lower().endswith("no workload was part of this run, so whether gpunp is proven is not known.")


def test_check_mode_proves_nothing() -> None:
    report = chain_report(steps(), {**CHAIN, "check_mode": True}, {})
    assert (report["verdict"], report["job"]["succeeded"]) == ("not_checked", False)


def prove(*devices: dict[str, Any], **different: Any) -> dict[str, Any]:
    return {**runs.proof(*devices), "server": "", **different}


def in_pool(name: str, proved: dict[str, Any]) -> dict[str, Any]:
    """The same on nodes of another pool."""
    return {**proved, "nodes": [{**node, "pool": name} for node in proved["nodes"]]}


def test_proven_gpus_are_counted_first() -> None:
    word, summary = verdict(prove=prove(runs.device(0, 0), runs.device(0, 1), runs.busy(1)))
    assert (word, summary.startswith("2 of 3 GPUs proven on 2 nodes; ")) == ("proven", True)


@pytest.mark.parametrize(
    ("proved", "said"),
    [
        (prove(runs.device(0, 0), runs.slow(0, 1)), "1 GPU failed"),
        (prove(runs.busy(0)), "no GPU is proven"),
        ({**prove(runs.device(0, 0)), "devices": []}, "counts 1 proven GPU and lists 0"),
        (prove(runs.device(0, 0), failed=True), "has failed"),
        (prove(runs.device(0, 0), server="https://other:443"), "different API servers"),
        (prove(runs.device(0, 0), cluster="aks-stage"), "against the cluster aks-dev"),
        (prove(runs.device(9, 0), selection={**ASKED, "pool": "gpuother"}), "was of gpuother, not of gpunp"),
        (prove(runs.device(9, 0), selection={}), "was of an unknown pool, not of gpunp"),
        (in_pool("gpuother", prove(runs.device(9, 0))), "vmss000009 cannot be shown to belong to gpunp"),
        (in_pool("gpuother", prove(runs.device(9, 0), selection={**ASKED, "pool": ""})), "vmss000009 cannot be shown to belong to gpunp"),
        (in_pool("", prove(runs.device(9, 0))), "vmss000009 cannot be shown to belong to gpunp"),
        (prove(runs.device(9, 0), nodes=[]), "vmss000009 cannot be shown to belong to gpunp"),
        (prove(runs.device(9, 0), selection={**ASKED, "nodes": ["n"]}), f"left out {NODE}"),
        (prove(runs.device(9, 0), selection={**ASKED, "node_selector": "a=b"}), f"left out {NODE}"),
    ],
    ids=[
        "a failed GPU", "only busy GPUs", "GPUs that are not listed", "failed step", "another server", "another cluster",
        "asked of another pool", "not known what was asked", "nodes of another pool", "all pools",
        "nodes whose pool is not known", "nodes that are not listed",
        "other nodes of the pool", "other nodes of the pool, by label",
    ],
)  # fmt: skip
def test_gpus_that_do_not_prove_the_pool_are_told(proved: dict[str, Any], said: str) -> None:
    job = {**JOB, "server": "https://own:443"}
    word, summary = verdict(prove=proved, workload={"job": job})
    assert (word, said in summary) == ("not_proven", True), summary


def test_proven_gpus_do_not_make_up_for_a_failed_workload() -> None:
    assert verdict(prove=prove(runs.device(0, 0)), workload={"job": {**JOB, "succeeded": False}})[0] == "not_proven"


def test_proof_of_all_pools_proves_the_only_one() -> None:
    every = prove(runs.device(0, 0), selection={**ASKED, "pool": ""})
    assert word_of(workload={}, prove=every, verify={}) == "proven"


def test_proof_that_names_all_nodes_of_the_pool_proves_it() -> None:
    named = prove(runs.device(0, 0), selection={**ASKED, "nodes": [NODE]})
    assert word_of(workload={}, prove=named) == "proven"
    assert word_of(workload={}, prove=named, verify={}) == "not_proven", "what else the pool has is not known"


def test_workload_that_names_no_gpu_neither_proves_nor_objects() -> None:
    silent = {"job": {**JOB, "gpu_device": ""}}
    report = chain_report(steps(workload=silent, prove=prove(runs.device(0, 0))), CHAIN, {})
    assert (report["verdict"], report["job"]["succeeded"]) == ("proven", False)
    assert f"{JOB['name']} does not count" in report["summary"]
    assert verdict(workload=silent, prove=prove(runs.busy(0)))[0] == "not_proven"
    assert verdict(workload={"job": {**JOB, "gpu_device": "", "succeeded": False}}, prove=prove(runs.device(0, 0)))[0] == "not_proven"


def test_verify_of_all_pools_does_not_lend_the_pool_its_nodes() -> None:
    other = "aks-gpuother-28993262-vmss000000"
    every = facts(NODE, other)
    for node in every["ansible_facts"]["gpu_schedulable"]["nodes"]:
        node["pool"] = "gpunp" if node["name"] == NODE else "gpuother"
    assert verdict(verify=every)[0] == "proven"
    assert verdict(verify=every, workload={"job": {**JOB, "node": other}})[0] == "not_proven"


def test_gpus_are_proven_without_a_workload() -> None:
    report = chain_report(steps(workload={}, prove=prove(runs.device(0, 0))), CHAIN, {})
    assert (report["verdict"], report["job"]["succeeded"]) == ("proven", False)
    assert report["coverage"]["sentence"] == "1 of 1 GPUs proven on 1 node"


def test_report_without_the_step_prove_has_neither_coverage_nor_devices() -> None:
    assert not {"coverage", "devices"} & chain_report(steps(), CHAIN, {}).keys()


@pytest.mark.parametrize(
    ("returned", "date"),
    [
        ({"workload": {"job": {**JOB, "finished": "2026-11-27T23:59:59Z"}}}, "2026-11-27"),
        ({"workload": {"job": {**JOB, "finished": "2026-11-28T01:00:00Z"}}}, None),
        ({"prove": prove(runs.device(0, 0), started_at="2026-11-27T10:00:00.000Z")}, "2026-11-27"),
        ({"prove": prove(runs.device(0, 0), started_at="2026-11-28T10:00:00.000Z")}, None),
    ],
    ids=["workload of yesterday", "workload of today", "GPUs of yesterday", "GPUs of today"],
)
def test_proof_of_another_day_does_not_read_as_one_of_today(returned: dict[str, Any], date: str | None) -> None:
    word, summary = verdict(**returned)
    assert word == "proven"
    assert (f", on {date}" in summary) if date else (", on 2026" not in summary)


def test_each_proof_has_its_time() -> None:
    assert runs.proven()["proofs"] == [
        {"step": "prove", "at": runs.proven()["timeline"][-1]["started"], "earlier_run": False},
        {"step": "workload", "at": "2026-11-28T15:00:48Z", "earlier_run": False},
    ]


def test_timeline_follows_the_clock() -> None:
    rows = runs.failed()["timeline"]
    assert [row["step"] for row in rows] == ["register", "preflight", "cluster", "credentials", "pool", "plugin", "verify"]
    assert (rows[0]["after"], rows[-1]["seconds"]) == (0.0, 123.0)
    assert [row["after"] for row in rows] == sorted(row["after"] for row in rows)


def test_time_of_a_step_of_several_tasks_counts_from_the_first() -> None:
    first = {"started_at": "2026-11-28T15:00:00.000Z", "seconds": 0.4}
    last = {"started_at": "2026-11-28T15:00:30.500Z", "seconds": 12.0, "changed": True}
    report = chain_report(steps(plugin=last), CHAIN, {}, {"plugin": first, "pool": {}})
    assert {step["step"]: step["seconds"] for step in report["steps"]}["plugin"] == 42.5
    assert [row["started"] for row in report["timeline"] if row["step"] == "plugin"] == [first["started_at"]]
    failed = chain_report(steps(), CHAIN, {"step": "plugin", "task": "Wait", "result": last}, {"plugin": first})
    assert {step["step"]: step["seconds"] for step in failed["steps"]}["plugin"] == 42.5


@pytest.mark.parametrize("first", [{}, {"started_at": "yesterday"}, {"started_at": "2026-11-28T15:01:00.000Z"}])
def test_first_task_that_says_nothing_of_its_time_changes_nothing(first: dict[str, str]) -> None:
    last = {"started_at": "2026-11-28T15:00:30.500Z", "seconds": 12.0}
    report = chain_report(steps(plugin=last), CHAIN, {}, {"plugin": first})
    assert {step["step"]: step["seconds"] for step in report["steps"]}["plugin"] == 12.0


def test_unknown_start_of_a_step_is_null() -> None:
    rows = chain_report(steps(pool={"started_at": "yesterday", "seconds": "long", "changed": True}), CHAIN, {})["timeline"]
    assert {(row["started"], row["after"]) for row in rows} == {(None, None)}
    assert next(row for row in rows if row["step"] == "pool")["seconds"] is None


def test_used_names_cluster_versions_and_image() -> None:
    used = runs.proven()["used"]
    assert (used["region"], used["kubernetes_version"], used["driver_version"], used["lab"]) == ("eastus", "1.35.4", "580.126.09", False)
    assert used["image"].endswith(":gpu")


@pytest.mark.parametrize(
    ("points", "kept"), [(None, []), ("x", []), ([[0, 0.1], [1, "2"], [2], [3, float("nan")], [4, 0.5]], [[0, 0.1], [4, 0.5]])]
)
def test_accuracy_curve_has_numbers_only(points: Any, kept: Any) -> None:
    assert chain_report(steps(workload={"job": {**JOB, "accuracy": points}}), CHAIN, {})["accuracy_curve"] == kept


def failing(step: str, **result: Any) -> dict[str, Any]:
    return chain_report(steps(workload={}, verify={}), CHAIN, {"step": step, "task": "A task", "result": {"failed": True, **result}})


def test_findings_of_the_metrics_are_reported_also_if_the_step_failed() -> None:
    seen = {"started_at": "2026-11-28T10:00:00.000Z", "gpu_metrics": {"findings": [FINDING]}}
    assert chain_report({"metrics": seen}, CHAIN, {})["findings"] == [FINDING]
    report = failing("metrics", msg="The exporters of pool gpunp do not show the GPUs of n. c r", **seen)
    assert (report["findings"], report["error"]["step"], report["steps"][-1]["failed"]) == ([FINDING], "metrics", True)


def test_a_failure_is_reported_with_cause_remedy_and_findings() -> None:
    error = {"code": "PluginLacksToleration", "message": "0 of 1 GPU nodes serve.", "cause": "c", "remedy": "r", "retriable": True}
    report = failing("verify", msg="0 of 1 GPU nodes serve. c r", error=error, **facts(NODE, findings=(FINDING,)))
    assert report["verdict"] == "failed"
    assert report["summary"] == "Failed at the step verify: 0 of 1 GPU nodes serve."
    assert report["error"] == {"step": "verify", "task": "A task", **error, "variables": ""}
    assert report["findings"] == [FINDING]
    assert report["steps"] == [{"step": "verify", "changed": False, "failed": True, "seconds": 3.0}]


def test_failure_of_another_task_has_its_message() -> None:
    error = failing("register", msg="missing required arguments: name")["error"]
    assert (error["code"], error["message"], error["retriable"]) == ("TaskFailed", "missing required arguments: name", False)


def test_finding_of_two_results_is_reported_once() -> None:
    job = {**JOB, "findings": [FINDING]}
    assert chain_report(steps(verify=facts(NODE, findings=(FINDING,)), workload={"job": job}), CHAIN, {})["findings"] == [FINDING]


@pytest.mark.parametrize("accuracy", [float("nan"), float("inf")])
def test_report_is_json_whatever_the_accuracy_is(accuracy: float) -> None:
    report = chain_report(steps(workload={"job": {**JOB, "final_accuracy": accuracy}}), CHAIN, {})
    assert json.loads(json.dumps(report, allow_nan=False))["job"]["final_accuracy"] is None


def test_skipped_step_is_not_part_of_the_run() -> None:
    report = chain_report(steps(pool={"skipped": True}), CHAIN, {})
    assert [step["step"] for step in report["steps"]] == ["verify", "workload"]


@pytest.mark.parametrize(
    ("step", "path", "remedy", "said"),
    [
        ("workload", "manual_plugin", "Run it again with rerun: always.", "In the playbook, rerun is gpu_workload_rerun."),
        (
            "verify",
            "manual_plugin",
            "Run the task again, with a longer wait_timeout.",
            "In the playbook, wait_timeout is gpu_verify_timeout.",
        ),
        (
            "metrics",
            "manual_plugin",
            "Add the taints to node_taints, or correct node_selector and affinity.",
            "In the playbook, node_taints is gpu_node_taints.",
        ),
        ("pool", "dedicated_vhd", "Set wait_timeout higher.", "In the playbook, wait_timeout is dedicated_vhd_pool_timeout."),
        ("workload", "manual_plugin", "Choose another name for it.", ""),
        (
            "prove",
            "manual_plugin",
            "Raise wait_timeout, or timeout for a level that takes longer. With keep: true, the pod stays.",
            "In the playbook, keep is gpu_prove_keep, timeout is gpu_prove_gpu_timeout, wait_timeout is gpu_prove_timeout.",
        ),
        ("prove", "manual_plugin", "Raise timeout if the GPU needs it.", "In the playbook, timeout is gpu_prove_gpu_timeout."),
        (
            "prove",
            "manual_plugin",
            "Check pool, nodes and node_selector.",
            "In the playbook, node_selector is gpu_prove_node_selector, nodes is gpu_prove_nodes, pool is gpu_prove_pool.",
        ),
        ("prove", "manual_plugin", "Look at the pool's nodes.", ""),
        ("workload", "manual_plugin", "Set name: other.", "In the playbook, name is gpu_workload_name."),
        ("report", "manual_plugin", "Set rerun: always.", ""),
    ],
)
def test_remedy_with_an_option_names_the_variable_too(step: str, path: str, remedy: str, said: str) -> None:
    failure = {"step": step, "result": {"msg": "m", "error": {"message": "m", "remedy": remedy}}}
    assert chain_report({}, {**CHAIN, "path": path}, failure)["error"]["variables"] == said


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("value of level must be one of: smoke, train, stress, got: smok", "level is gpu_prove_level"),
        ("argument 'parallel' is of type str and we were unable to convert to int", "parallel is gpu_prove_parallel"),
        ("missing required arguments: keep, image", "image is gpu_prove_image, keep is gpu_prove_keep"),
    ],
)
def test_option_that_ansible_itself_refuses_is_named_with_its_variable(message: str, named: str) -> None:
    error = {"code": "InvalidArguments", "message": message, "remedy": "Correct the arguments of the task."}
    failure = {"step": "prove", "task": "A task", "result": {"msg": message, "error": error}}
    assert chain_report({}, CHAIN, failure)["error"]["variables"] == f"In the playbook, {named}."


def test_variables_that_the_remedy_names_are_not_named_again() -> None:
    remedy = "Set wait_timeout to 1 or more. In the playbook, wait_timeout is gpu_workload_timeout."
    failure = {"step": "register", "task": "A task", "result": {"msg": remedy, "error": {"code": "OutOfRange", "remedy": remedy}}}
    assert chain_report({}, CHAIN, failure)["error"]["variables"] == ""


@pytest.mark.parametrize(("simulated", "lab"), [([], None), ([False], False), ([False, True], True)])
def test_report_from_a_lab_is_labeled_as_that(simulated: list[bool], lab: bool | None) -> None:
    nodes = [{"name": f"node{number}", "simulated": each} for number, each in enumerate(simulated)]
    verified = {"ansible_facts": {"gpu_schedulable": {"nodes": nodes, "findings": [], "schedulable_gpus": 0}}}
    assert chain_report({"verify": verified}, CHAIN, {})["lab"] is lab
