# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import steps
from tests.conformance.steps import Step
from tests.conformance.walkthrough import article
from tests.sources import articles

CREATE = "az aks create --resource-group myResourceGroup --name myAKSCluster --node-count 1"
ADD = "az aks nodepool add --resource-group myResourceGroup --cluster-name myAKSCluster --name gpunp"


def commands(planned: list[Step]) -> list[str]:
    return [step.command for step in planned]


class TestPlan:
    """An article from its first command to its last."""

    def test_commands_stay_as_they_are_and_in_their_order(self) -> None:
        planned = steps.plan([CREATE, ADD, "kubectl get nodes"], {})
        assert commands(planned) == [CREATE, ADD, "kubectl get nodes"]
        assert not any(step.added for step in planned)

    def test_a_pool_in_the_way_of_its_alternative_is_deleted_first(self) -> None:
        planned = steps.plan([ADD, f"{ADD} --node-count 2", f"{ADD} --node-count 3"], {})
        deletion = "az aks nodepool delete --resource-group myResourceGroup --cluster-name myAKSCluster --name gpunp"
        assert commands(planned) == [ADD, deletion, f"{ADD} --node-count 2", deletion, f"{ADD} --node-count 3"]
        assert [bool(step.added) for step in planned] == [False, True, False, True, False]

    def test_another_cluster_of_the_name_has_another_kubeconfig_and_no_pools(self) -> None:
        planned = steps.plan([CREATE, ADD, CREATE, ADD], {})
        assert commands(planned) == [
            CREATE,
            ADD,
            "az aks delete --resource-group myResourceGroup --name myAKSCluster --yes",
            CREATE,
            steps.get_credentials(),
            ADD,
        ]
        assert [step.fresh_kubeconfig for step in planned] == [False, False, False, False, True, False]

    def test_a_feature_is_asked_for_until_it_is_registered(self) -> None:
        (step,) = steps.plan(["az feature list -o table"], {})
        assert step.reads
        assert step.expects == (r"\bRegistered\b",)

    @pytest.mark.parametrize("command", ["az aks create --resource-group g --name n", "az aks show --name n", "kubectl apply -f x.yaml"])
    def test_what_changes_something_is_run_once(self, command: str) -> None:
        assert Step(command).reads is False


class TestNames:
    """Names that the article has from its own cluster."""

    def test_a_node_is_filled_in_by_its_pool(self) -> None:
        step = Step("kubectl describe node aks-gpunp-28993262-0")
        assert step.node_pool == "gpunp"
        assert step.with_names(node="aks-gpunp-1-vmss000000") == "kubectl describe node aks-gpunp-1-vmss000000"

    def test_a_pod_is_filled_in_by_its_job(self) -> None:
        step = Step("kubectl logs samples-tf-mnist-demo-smnr6")
        assert step.job == "samples-tf-mnist-demo"
        assert step.with_names(pod="samples-tf-mnist-demo-abcde") == "kubectl logs samples-tf-mnist-demo-abcde"

    @pytest.mark.parametrize("command", ["kubectl delete jobs samples-tf-mnist-demo", CREATE, "kubectl get nodes"])
    def test_other_commands_name_no_pool_or_job(self, command: str) -> None:
        assert (Step(command).node_pool, Step(command).job) == (None, None)


class TestTelling:
    """What two runs of a command have in common."""

    def test_columns_may_have_others_between_them(self) -> None:
        (pattern,) = steps.telling("NAME   COMPLETIONS   AGE\n\nx   0/1   3m29s\n")
        assert pattern == r"NAME\b.*\bCOMPLETIONS\b.*\bAGE"

    def test_states_and_gpus_tell_and_ages_don_t(self) -> None:
        assert steps.telling("node   Ready   agent   13m\nCapacity:\n nvidia.com/gpu:      1\n") == ("Ready", r"nvidia\.com/gpu:\s+1")

    def test_outputs_are_distinguished_by_command(self) -> None:
        assert steps.read_outputs("$ kubectl get nodes\nNAME\n\n$ kubectl get pods\nnone\n") == {
            "kubectl get nodes": "NAME\n\n",
            "kubectl get pods": "none\n",
        }


@pytest.mark.parametrize("directory", articles("2020", "2021"))
def test_every_command_of_the_articles_is_run_as_it_stands(directory: Path) -> None:
    planned = article(directory, route=())
    own = [step.command for step in planned if not step.added]
    assert own == steps.read_commands((directory / "commands.txt").read_text())
    assert {step.command: step.expects for step in planned}["kubectl get jobs samples-tf-mnist-demo --watch"][-1] == "1/1"
