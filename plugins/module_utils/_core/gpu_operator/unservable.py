# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the GPU Operator cannot serve on AKS: refused before values are computed that could not work."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, Optional

from ..._errors import InvalidInputError
from ..pool.spec import is_word
from ..shared.explanation import Explanation
from ..sizes.lookup import has_amd_gpus, may_have_gpus
from .fact_names import FactNames
from .facts import AKS, CLUSTER_FACTS, OPERATOR, POOL_FACTS, OperatorFacts, OperatorPool

_FACT = re.compile(rf"{{({'|'.join((*CLUSTER_FACTS, *POOL_FACTS))})}}")


@dataclass(frozen=True)
class OperatorRule:
    """A combination that cannot work. broken: what shows it, None if the pool follows the rule.

    The evidence and the remedy name facts in braces, which become what the user calls them.
    """

    explanation: Explanation
    broken: Callable[[OperatorFacts, OperatorPool], Optional[str]]


def _hardware(pool: OperatorPool) -> str:
    return f"{pool.vm_size} has {pool.series.gpu_model}" if pool.vm_size and pool.series else f"{{gpu_model}} is {pool.gpu_model}"


def _licensed(facts: OperatorFacts, pool: OperatorPool) -> str | None:
    licensed = facts.driver == OPERATOR and pool.series is not None and pool.series.driver == "grid"
    return f"{{driver}} is {facts.driver}, and {_hardware(pool)}" if licensed else None


def _no_driver_of_aks(facts: OperatorFacts, pool: OperatorPool) -> str | None:
    missing = facts.driver == AKS and pool.series is not None and pool.series.driver == "none" and pool.series.vendor == "nvidia"
    return f"{{driver}} is {facts.driver}, and {_hardware(pool)}" if missing else None


def _not_nvidia(_facts: OperatorFacts, pool: OperatorPool) -> str | None:
    if pool.series is None:
        return f"{pool.vm_size} is a size with AMD GPUs" if has_amd_gpus(pool.vm_size) else None
    return _hardware(pool) if pool.series.vendor != "nvidia" else None


def _without_gpu(_facts: OperatorFacts, pool: OperatorPool) -> str | None:
    return f"{pool.vm_size} is not an N size" if pool.vm_size and not may_have_gpus(pool.vm_size) else None


def _unsupported_system(_facts: OperatorFacts, pool: OperatorPool) -> str | None:
    unfit = is_word(pool.os_sku, "azurelinuxosguard", "flatcar", "azurecontainerlinux") or pool.os_sku.lower().startswith("windows")
    return f"{{os_sku}} is {pool.os_sku}" if unfit else None


def _no_driver_for_system(facts: OperatorFacts, pool: OperatorPool) -> str | None:
    linux = is_word(pool.os_sku, "azurelinux", "azurelinux3", "cblmariner", "mariner")
    return f"{{driver}} is {facts.driver}, and {{os_sku}} is {pool.os_sku}" if facts.driver == OPERATOR and linux else None


def _indivisible(facts: OperatorFacts, pool: OperatorPool) -> str | None:
    whole = len(facts.pools) == 1 or pool.gpu_instance_profile
    unfit = facts.mig_strategy != "none" and whole and pool.series is not None and not pool.series.mig
    return f"{{mig_strategy}} is {facts.mig_strategy}, and {_hardware(pool)}" if unfit else None


def _sliced_without_strategy(facts: OperatorFacts, pool: OperatorPool) -> str | None:
    sliced = facts.mig_strategy == "none" and pool.gpu_instance_profile
    return f"{{mig_strategy}} is none, and {{gpu_instance_profile}} is {pool.gpu_instance_profile}" if sliced else None


RULES = (
    OperatorRule(
        Explanation(
            "SizeWithoutGpu",
            cause="On Azure, only sizes whose names begin with Standard_N have GPUs (sizes/overview).",
            remedy="Set {vm_size} to a size with a GPU, such as Standard_NC4as_T4_v3.",
        ),
        _without_gpu,
    ),
    OperatorRule(
        Explanation(
            "NotNvidia",
            cause="The NVIDIA GPU Operator supports only NVIDIA GPUs. AMD GPUs need AMD's own operator (use-amd-gpus).",
            remedy="Leave the pool out.",
        ),
        _not_nvidia,
    ),
    OperatorRule(
        Explanation(
            "LicensedDriver",
            cause="Only AKS provides the licensed driver for this GPU, see https://github.com/Azure/AKS/issues/5860.",
            remedy="Create the pool with gpu_driver: Install, and set {driver}: aks.",
        ),
        _licensed,
    ),
    OperatorRule(
        Explanation(
            "DriverNotInstalled",
            cause="This size needs a signed driver, which AKS does not install (use-confidential-gpus).",
            remedy="Create the pool with gpu_driver: None, and set {driver}: operator.",
        ),
        _no_driver_of_aks,
    ),
    OperatorRule(
        Explanation(
            "SystemNotSupported",
            cause="The GPU Operator does not support this operating system (nvidia-gpu-operator).",
            remedy="Create the pool with {os_sku}: Ubuntu.",
        ),
        _unsupported_system,
    ),
    OperatorRule(
        Explanation(
            "SystemNotSupported",
            cause="NVIDIA has no driver image for Azure Linux, see https://github.com/NVIDIA/gpu-operator/issues/2347.",
            remedy="Create the pool with {os_sku}: Ubuntu, or with gpu_driver: Install and set {driver}: aks.",
        ),
        _no_driver_for_system,
    ),
    OperatorRule(
        Explanation(
            "MigNotSupported",
            cause="This GPU does not support MIG on AKS: only A100, H100 and H200 do (gpu-multi-instance).",
            remedy="Leave out {mig_strategy} and {gpu_instance_profile}, or use a size with one of these GPUs.",
        ),
        _indivisible,
    ),
    OperatorRule(
        Explanation(
            "ContradictingOptions",
            cause="AKS partitions the pool's GPUs, and the device plugin offers MIG slices only with a MIG strategy.",
            remedy="Set {mig_strategy}: single, or mixed to offer each size of slice under its own name.",
        ),
        _sliced_without_strategy,
    ),
)


def refuse_unservable(facts: OperatorFacts) -> None:
    """Refuse pools that the operator cannot serve. Raises InvalidInputError for the first rule that one breaks."""
    for rule in RULES:
        for index, pool in enumerate(facts.pools):
            evidence = rule.broken(facts, pool)
            if evidence:
                raise _refusal(rule, evidence, facts.names, index)


def _refusal(rule: OperatorRule, evidence: str, names: FactNames, index: int) -> InvalidInputError:
    def named(text: str) -> str:
        return _FACT.sub(lambda fact: names.of_cluster(fact[1]) if fact[1] in CLUSTER_FACTS else names.setting(fact[1], index), text)

    fields = rule.explanation.error_fields()
    return InvalidInputError(f"The GPU Operator cannot serve the pool: {named(evidence)}.", **{**fields, "remedy": named(fields["remedy"])})
