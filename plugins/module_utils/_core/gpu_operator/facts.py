# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What is known of a cluster and its GPU pools when the GPU Operator's values are computed, checked and typed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Callable, Iterator, Mapping, Sequence

from ..._errors import InvalidInputError
from ..nodes.taints import SPOT_KEY, Taint, parse_taint
from ..pool.options import MIG_PROFILES
from ..pool.spec import is_word
from ..shared.mappings import Json, mapping
from ..shared.versions import validate_version, version_key
from ..sizes.catalog import SIZES, GpuSize, Series
from ..sizes.lookup import known_size
from .fact_names import OF_FILTER, FactNames

_Named = Callable[[str], str]  # fact → what the user calls it

OPERATOR, AKS = "operator", "aks"  # who installs the driver
MIG_STRATEGIES = ("none", "single", "mixed")
_ALIKE = 0.8
# https://learn.microsoft.com/rest/api/aks/agent-pools: OSSKU
_SYSTEMS = (
    "Ubuntu", "Ubuntu2204", "Ubuntu2404", "AzureLinux", "AzureLinux3", "AzureLinuxOSGuard", "AzureContainerLinux", "Flatcar", "CBLMariner",
    "Mariner", "Windows2019", "Windows2022", "Windows2025", "WindowsAnnual",
)  # fmt: skip
_LONGEST = 100  # characters of a value in a message
# The names are those of the options of gpuops.aks.aks_gpu_nodepool where it has the option.
POOL_FACTS: Mapping[str, type] = {
    "vm_size": str,
    "gpu_model": str,
    "os_sku": str,
    "node_image_version": str,
    "node_taints": list,
    "scale_set_priority": str,
    "gpu_instance_profile": str,
}
CLUSTER_FACTS: Mapping[str, type] = {
    "driver": str,
    "kubernetes_version": str,
    "mig_strategy": str,
    "dcgm_exporter": bool,
    "registry": str,
    "system_node_taints": list,
    "pools": list,
    "values": dict,
}
_KINDS = {str: "a string", bool: "true or false", list: "a list", dict: "a dictionary"}
# A host with an optional port, and a path; no scheme, because it becomes part of an image's name.
_REGISTRY = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?(:[0-9]{1,5})?(/[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?)*")
_IMAGE = re.compile(r"AKSUbuntu-(?P<version>\d{4})", re.IGNORECASE)
_UBUNTU = re.compile(r"ubuntu(?P<version>\d{4})?", re.IGNORECASE)
# https://learn.microsoft.com/azure/aks/upgrade-os-version: os_sku Ubuntu means 22.04 up to Kubernetes 1.34, and 24.04 from 1.35 on.
_FIRST_WITH_2404 = (1, 35)


@dataclass(frozen=True)
class OperatorPool:
    """A pool of GPU nodes that the operator serves; "" and () stand for what is not known."""

    vm_size: str = ""
    gpu_model: str = ""
    os_sku: str = ""
    node_image_version: str = ""
    node_taints: tuple[Taint, ...] = ()
    gpu_instance_profile: str = ""

    @property
    def series(self) -> Series | None:
        """The size's series in the catalog, or else the only kind of series that has the GPU; None if neither is known."""
        size = known_size(self.vm_size)
        if size is not None:
            return size.series
        having = {each.series for each in SIZES if is_word(each.gpu_model, self.gpu_model.lower())}
        alike = {(series.driver, series.vendor, series.mig) for series in having}
        return min(having, key=lambda series: series.family) if len(alike) == 1 else None


@dataclass(frozen=True)
class OperatorFacts:
    """A cluster as the operator's values depend on it.

    driver: who installs the driver, operator or aks. system_node_taints: of the nodes on which the controllers run.
    registry: the mirror of the images, "" for the public registries. values: what the user sets in addition. names: what the user calls
    all this.
    """

    pools: tuple[OperatorPool, ...] = (OperatorPool(),)
    driver: str = OPERATOR
    kubernetes_version: str = ""
    mig_strategy: str = "none"
    dcgm_exporter: bool = True
    registry: str = ""
    system_node_taints: tuple[Taint, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    names: FactNames = OF_FILTER

    @property
    def node_taints(self) -> tuple[Taint, ...]:
        """The taints of all GPU pools, each once."""
        return tuple(dict.fromkeys(taint for pool in self.pools for taint in pool.node_taints))

    @property
    def partitioned(self) -> bool:
        """Whether AKS partitions GPUs of a pool."""
        return any(pool.gpu_instance_profile for pool in self.pools)

    def ubuntu(self, pool: OperatorPool) -> str | None:
        """The pool's Ubuntu release as 2204, by its node image or else by SKU and Kubernetes version; None if it isn't known."""
        image = _IMAGE.match(pool.node_image_version)
        sku = _UBUNTU.fullmatch(pool.os_sku or "Ubuntu")  # AKS' default
        if image is not None:
            return image["version"]
        if sku is None or sku["version"]:
            return sku["version"] if sku else None
        if not self.kubernetes_version:
            return None
        return "2404" if version_key(self.kubernetes_version) >= _FIRST_WITH_2404 else "2204"


def operator_facts(given: Any, names: FactNames = OF_FILTER) -> OperatorFacts:
    """The facts as a user gives them. Facts of a pool may stand next to those of the cluster; each entry of pools inherits them.

    None and "" leave a fact unknown. Raises InvalidInputError.
    """
    if not isinstance(given, dict):
        raise _invalid(f"the input is {shown(given)}, not a dictionary")
    facts = _typed(given, {**POOL_FACTS, **CLUSTER_FACTS}, names.of_cluster)
    pools = tuple(_pool(facts, each, index, names) for index, each in enumerate(facts.get("pools") or [{}]))
    kubernetes_version = facts.get("kubernetes_version", "")
    validate_version(names.of_cluster("kubernetes_version"), kubernetes_version or None)
    return OperatorFacts(
        pools=pools,
        driver=_word(facts, "driver", (OPERATOR, AKS), names) or OPERATOR,
        kubernetes_version=kubernetes_version,
        mig_strategy=_word(facts, "mig_strategy", MIG_STRATEGIES, names) or _mig_strategy(pools),
        dcgm_exporter=facts.get("dcgm_exporter", True),
        registry=_registry(facts.get("registry", ""), names.of_cluster("registry")),
        system_node_taints=tuple(_taints(facts, "system_node_taints", names.of_cluster("system_node_taints"))),
        values=facts.get("values", {}),
        names=names,
    )


def _mig_strategy(pools: Sequence[OperatorPool]) -> str:
    return "single" if any(pool.gpu_instance_profile for pool in pools) else "none"


def _pool(shared: Json, given: Any, index: int, names: FactNames) -> OperatorPool:
    def named(fact: str) -> str:
        return names.of_pool(fact, index)

    own = _typed(mapping(given, names.pool(index), _invalid), POOL_FACTS, named)
    facts = {name: value for name, value in {**shared, **own}.items() if name in POOL_FACTS}
    _refuse_unknown_words(facts, named)
    taints = _taints(facts, "node_taints", named("node_taints") if "node_taints" in own else names.of_cluster("node_taints"))
    spot = [Taint(SPOT_KEY, "spot", "NoSchedule")] if is_word(facts.get("scale_set_priority"), "spot") else []
    return OperatorPool(
        vm_size=facts.get("vm_size", ""),
        gpu_model=facts.get("gpu_model", ""),
        os_sku=facts.get("os_sku", ""),
        node_image_version=facts.get("node_image_version", ""),
        node_taints=tuple(dict.fromkeys([*taints, *spot])),
        gpu_instance_profile=facts.get("gpu_instance_profile", ""),
    )


def _refuse_unknown_words(facts: Json, named: _Named) -> None:
    """Refuse a word that is misspelled. Azure may have systems that are not known here, so those are refused only if they look like it."""
    system, profile = str(facts.get("os_sku", "")), facts.get("gpu_instance_profile")
    known = is_word(system, *map(str.lower, _SYSTEMS)) or _UBUNTU.fullmatch(system)
    meant = [] if known else _alike(system, _SYSTEMS)
    if meant:
        raise _invalid(f"{named('os_sku')} is {shown(system)}; did you mean {meant[0]}?")
    if profile and profile not in MIG_PROFILES:
        raise _invalid(f"{named('gpu_instance_profile')} is {shown(profile)}, not one of {', '.join(MIG_PROFILES)}")
    if facts.get("gpu_model"):
        _refuse_model(facts["gpu_model"], known_size(facts.get("vm_size", "")), named("gpu_model"))


def _refuse_model(model: str, size: GpuSize | None, name: str) -> None:
    models = sorted({each.gpu_model for each in SIZES})
    if not is_word(model, *map(str.lower, models)):
        raise _invalid(f"{name} is {shown(model)}, not one of {', '.join(models)}; leave it out for any other GPU")
    if size is not None and not is_word(model, size.gpu_model.lower()):
        raise _invalid(f"{name} is {shown(model)}, but {size.name} has {size.gpu_model}")


def _alike(word: str, words: Sequence[str]) -> list[str]:
    close = get_close_matches(word.lower(), [each.lower() for each in words], n=1, cutoff=_ALIKE)
    return [each for each in words if each.lower() in close]


def _typed(given: Json, kinds: Mapping[str, type], named: _Named) -> dict[str, Any]:
    """The facts that are known, each of its kind."""
    unknown = [str(name) for name in given if name not in kinds]
    if unknown:
        raise _invalid(f"{named(unknown[0])} is not a fact; the facts are {', '.join(kinds)}")
    known = {name: value for name, value in given.items() if value is not None and value != ""}
    for name, value in known.items():
        if not isinstance(value, kinds[name]):
            raise _invalid(f"{named(name)} is {shown(value)}, not {_KINDS[kinds[name]]}")
    return known


def _taints(facts: Json, fact: str, name: str) -> Iterator[Taint]:
    for text in facts.get(fact, ()):
        if not isinstance(text, str):
            raise _invalid(f"{name} contains {shown(text)}, which is not a string")
        try:
            yield parse_taint(text)
        except InvalidInputError as error:
            remedy = f"Correct {name}. {error.remedy}"
            raise InvalidInputError(error.message, code=error.code, cause=error.cause, remedy=remedy) from error


def _word(facts: Json, fact: str, words: Sequence[str], names: FactNames) -> str | None:
    word = facts.get(fact)
    if word is None or word in words:
        return word
    raise _invalid(f"{names.of_cluster(fact)} is {shown(word)}, not one of {', '.join(words)}")


def _registry(registry: str, name: str) -> str:
    if not registry or _REGISTRY.fullmatch(registry):
        return registry
    raise InvalidInputError(
        f"{name} is {shown(registry)}.",
        code="InvalidRegistry",
        cause="It becomes the beginning of an image's name: a host with an optional path, without a scheme and without a final slash.",
        remedy=f"Set {name} to a name such as myregistry.azurecr.io or myregistry.azurecr.io/mirror.",
    )


def shown(value: Any) -> str:
    """A user's value for a message, as YAML and JSON write it, and shortened."""
    text = json.dumps(value, default=repr, skipkeys=True, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def sentence(text: str) -> str:
    """The text with a period, unless it is a question."""
    return text if text.endswith("?") else f"{text}."


def _invalid(why: str) -> InvalidInputError:
    return InvalidInputError(
        sentence(f"The GPU Operator's values cannot be computed: {why}"),
        code="InvalidOperatorFacts",
        cause="The values depend on these facts, so a fact that is misspelled or of another type would give wrong values.",
        remedy="Correct it. 'ansible-doc -t filter gpuops.aks.gpu_operator_values' describes all facts.",
    )
