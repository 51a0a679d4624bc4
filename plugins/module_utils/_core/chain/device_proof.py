# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What the step prove says about each GPU, as the report shows it, and whether that can be counted as a proof."""

from __future__ import annotations

from typing import Any, Iterator, Mapping, Sequence

from ..shared.counts import counted
from ..shared.mappings import Json
from .numbers import curve, finite_values, moments

_COVERAGE_FIELDS = {"proven": 0, "total": 0, "nodes": 0, "held": 0, "failed": 0, "sentence": ""}
_MOST = 1024  # more GPUs or slices than any node has
_DEVICE_FIELDS = ("resource", "uuid", "model", "driver_version", "level", "pod", "held_by", "simulated")


def coverage_of(steps: Mapping[str, Json]) -> dict[str, Any]:
    """How many GPUs are proven, empty if the step did not run."""
    coverage = steps.get("prove", {}).get("coverage", {})
    return {name: coverage.get(name, default) for name, default in _COVERAGE_FIELDS.items()} if coverage else {}


def devices_of(steps: Mapping[str, Json]) -> list[dict[str, Any]]:
    """Every GPU of the total by node, including those that were not tested."""
    step = steps.get("prove", {})
    devices = [_device(device) for device in step.get("devices", [])]
    untested = [each for node in step.get("nodes", []) for each in _untested(node, devices, simulated=step.get("simulated"))]
    return sorted([*devices, *untested], key=lambda device: str(device["node"]))


def device_findings(steps: Mapping[str, Json]) -> Iterator[Json]:
    """The findings about nodes and GPUs, each with its subject and a severity."""
    step = steps.get("prove", {})
    for found in (*step.get("nodes", []), *step.get("devices", [])):
        subject = " ".join(str(found[name]) for name in ("name", "node", "uuid") if found.get(name))
        for finding in found.get("findings", []):
            yield {"severity": "error", "subjects": [subject], "evidence": finding.get("message", ""), **finding}


def device_claim(steps: Mapping[str, Json]) -> str:
    """The coverage as part of a sentence."""
    coverage = coverage_of(steps)
    counts = f"{coverage.get('proven')} of {counted(coverage.get('total'), 'GPU')} proven"
    return str(coverage.get("sentence") or counts).rstrip(". ")


def device_objections(steps: Mapping[str, Json]) -> Iterator[str]:
    """Why the step's result does not prove the pool's GPUs."""
    step, coverage = steps.get("prove", {}), coverage_of(steps)
    if step.get("failed"):
        yield "the proof of the GPUs has failed"
    if coverage["proven"] > coverage["total"]:
        yield f"the result counts {coverage['proven']} of {counted(coverage['total'], 'GPU')} as proven"
    if coverage["failed"]:
        yield f"{counted(coverage['failed'], 'GPU')} failed"
    if not coverage["proven"]:
        yield "no GPU is proven"
    proven = [device for device in devices_of(steps) if device["verdict"] == "proven"]
    if len(proven) != coverage["proven"]:
        yield f"the result counts {counted(coverage['proven'], 'proven GPU')} and lists {len(proven)}"


def _untested(node: Json, devices: Sequence[Json], *, simulated: Any) -> Iterator[dict[str, Any]]:
    """The GPUs of a node that no program has seen and no pod holds; one if it is not known how many the node has."""
    name, resource = node.get("name", ""), node.get("resource")
    seen = [(device["node"], device["resource"]) for device in devices].count((name, resource))
    for _number in range(min(node.get("capacity", 0), _MOST) - seen if node.get("capacity") else 1 - seen):
        yield _device({"node": name, "resource": resource, "findings": node.get("findings", []), "simulated": simulated})


def _device(device: Json) -> dict[str, Any]:
    figures = finite_values(device.get("figures", {}))
    return {
        "node": device.get("node", ""),
        "verdict": device.get("verdict", "not_proven"),
        **{name: device.get(name) for name in _DEVICE_FIELDS},
        "figures": {**figures, "train_curve": curve(figures.get("train_curve"))},
        "floor": finite_values(device.get("floor", {})),
        "findings": [finding.get("code", "") for finding in device.get("findings", [])],
        "load": moments(device.get("load")),
    }
