# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m tests.benchmarks.table [--into docs/benchmarks.md]`: what build/bench/*.json say, as Markdown."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.report import result_file

Result = Mapping[str, Any]
Rows = Iterable[Iterable[object]]
BEGIN, END = "<!-- figures: python -m tests.benchmarks.table --into docs/benchmarks.md -->", "<!-- end of figures -->"
# From its heading, which ends with its name, to the next one.
_WRITTEN = re.compile(r"^### [^\n]*\(`(\w+)`\)\n.*?(?=^### |\Z)", re.DOTALL | re.MULTILINE)
_MOST_MB_OF_A_DUMP = 300


def sections(results: Mapping[str, Result]) -> dict[str, str]:
    """Benchmark → its figures in Markdown."""
    return {name: _SECTIONS[name](result) for name, result in results.items()}


def replaced(page: str, measured: Mapping[str, str]) -> str:
    """The page with these sections in the place of its own; of a benchmark that was not run it keeps what it has.

    Raises ValueError if it has no place for them.
    """
    before, begin, rest = page.partition(BEGIN)
    old, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"The page has no lines '{BEGIN}' and '{END}'.")
    figures = _joined({**{heading[1]: heading[0].strip() for heading in _WRITTEN.finditer(old)}, **measured})
    return f"{before}{begin}\n\n{figures}\n\n{end}{after}"


def _joined(sections: Mapping[str, str]) -> str:
    """In the order in which the benchmarks run."""
    return "\n\n".join(sections[name] for name in _SECTIONS if name in sections)


def _table(head: Iterable[str], rows: Rows) -> str:
    first = tuple(head)
    lines = [first, ("---",) * len(first), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _section(title: str, result: Result, *parts: str) -> str:
    machine = result["machine"]
    where = (
        f"{machine['date']}, {machine['cpus']} cores of {machine['cpu']}, {machine['memory_gib']} GiB, Python {machine['python']}, "
        f"load {machine['load_before']} at the beginning."
    )
    return "\n\n".join([f"### {title}", *parts, where])


def _verdict(what: str, found: float, target: float, *, at_most: bool = False) -> str:
    met = found <= target if at_most else found >= target
    return f"* {what}: **{found:g}** (aim: {'at most' if at_most else 'at least'} {target:g}{'' if met else ', missed'})"


def _task(result: Result) -> str:
    names = {
        "in_process": "ours, in the controller's process",
        "module": "ours, as a module",
        "azcollection": "`azure.azcollection.azure_rm_aksagentpool`",
        "az": "`az aks nodepool show`",
    }
    rows = (
        (title, result["milliseconds_a_task"][name], result["cpu_milliseconds_a_task"][name], result["requests_a_task"].get(name, ""))
        for name, title in names.items()
    )
    targets = result["targets"]
    return _section(
        "A node pool that is as described (`task`)",
        result,
        _table(("", "ms a task", "CPU ms a task", "requests"), rows),
        "\n".join(
            [
                _verdict(
                    "azure.azcollection's time over ours", result["ratio_vs_azcollection"], result["targets"]["ratio_vs_azcollection"]
                ),
                _verdict("az's time over ours", result["ratio_vs_az"], targets["ratio_vs_az"]),
            ]
        ),
    )


def _readiness(result: Result) -> str:
    names = {
        "gpu_schedulable_facts": "`gpu_schedulable_facts` with `wait`",
        "until": "`k8s_info`, `until`, `delay: 5`",
        "k8s_info_wait": "`k8s_info` with `wait`",
    }
    rows = ((title, f"{result['milliseconds'][name]:g}", result["seconds_of_runs"][name]) for name, title in names.items())
    ours = result["milliseconds"]["gpu_schedulable_facts"]
    return _section(
        "From the GPU to the end of the task that waits for it (`readiness`)",
        result,
        _table(("", "ms", "from - to, s"), rows),
        _verdict("ms", ours, result["target_milliseconds"], at_most=True),
    )


def _chain(result: Result) -> str:
    names = {
        "servers": "the servers' own time",
        "empty_play": "an empty play",
        "ours": "`site.yml`",
        "playbook": "a playbook of azure.azcollection and kubernetes.core",
        "script": "a script of `az` and `kubectl`",
    }
    targets, again = result["targets"], result["converged"]
    rows = ((title, result["seconds"][name], result["seconds_of_runs"][name]) for name, title in names.items())
    return _section(
        "The whole chain, cluster included, without simulated delays (`chain`)",
        result,
        _table(("", "s", "from - to, s"), rows),
        "\n".join(
            [
                _verdict("the playbook's time over ours", result["ratio_vs_playbook"], targets["ratio_vs_playbook"]),
                _verdict("the script's time over ours", result["ratio_vs_script"], targets["ratio_vs_script"]),
                _verdict(
                    "ours over an empty play and the servers' time",
                    result["times_empty_play_and_servers"],
                    targets["times_empty_play_and_servers_at_most"],
                    at_most=True,
                ),
            ]
        ),
        (
            f"A second run, with nothing to change: {again['seconds']} s, {again['cpu_seconds']} CPU-seconds, "
            f"{again['azure_requests']} requests to Azure ({again['sign_in_requests']} of them to sign in), "
            f"{again['kubernetes_requests']} to Kubernetes; peak memory {again['controller_peak_mb']} MB of the controller, "
            f"{again['largest_worker_peak_mb']} MB of its largest worker."
        ),
    )


def _fleet(result: Result) -> str:
    columns = ("seconds", "milliseconds_a_cluster", "cpu_milliseconds_a_cluster", "together_mb", "simulator_share")
    groups = (("ours", "ours"), ("azure.azcollection", "azcollection"))
    rows = ((f"{title}: {shape}", *(figures[name] for name in columns)) for title, key in groups for shape, figures in result[key].items())
    growth = ", ".join(f"{factor:g} with {forks}" for forks, factor in result["cost_a_cluster_of_200_over_that_of_50"].items())
    return _section(
        "The same pool task on many clusters (`fleet`)",
        result,
        _table(("", "s", "ms a cluster", "CPU ms a cluster", "MB, all together", "simulator's share"), rows),
        "\n".join(
            [
                f"* azure.azcollection's time a cluster over ours: **{result['ratio_vs_azcollection']:g}**",
                f"* CPU of one of 200 clusters over that of one of 50: {growth}",
            ]
        ),
    )


def _clusters(result: Result) -> str:
    row = (result["seconds"], result["cpu_seconds"], result["together_mb"])
    return _section(
        f"The whole chain on {result['clusters']} clusters of the inventory, {result['forks']} forks (`clusters`)",
        result,
        _table(("s", "CPU-seconds", "MB, all together"), [row]),
        f"The summary at the end: {result['summary']}",
    )


def _facts(result: Result) -> str:
    cluster, seconds = result["cluster"], result["seconds"]
    rows = (
        ("`gpu_schedulable_facts`, median of 5", seconds["gpu_schedulable_facts"], result["peak_mb"]),
        ("the same without msgspec", result["without_msgspec"]["seconds"], result["without_msgspec"]["peak_mb"]),
        ("`kubectl describe nodes`, GPU nodes", seconds["kubectl_describe_gpu_nodes"], ""),
        ("`kubernetes.core.k8s_info`, nodes and pods", seconds["k8s_info"], result["k8s_info_peak_mb"]),
    )
    return _section(
        f"Facts of {cluster['nodes']:,} nodes and {cluster['pods']:,} pods (`facts`)",
        result,
        _table(("", "s", "peak MB"), rows),
        f"* k8s_info's time over ours: **{result['ratio_vs_k8s_info']:g}**",
    )


def _metrics(result: Result) -> str:
    targets = result["targets"]
    verdicts = (
        f"* {name}: **{result[key]:g}** (aim: at most {targets[key]:g}{', missed' if result[key] > targets[key] else ''})"
        for name, key in (("s", "seconds"), ("peak MB", "peak_mb"))
    )
    title = f"Metrics of {result['nodes']:,} nodes with 8 GPUs, from Prometheus' API (`metrics`)"
    return _section(title, result, "\n".join([*verdicts, f"* CPU s: {result['cpu_seconds']:g}"]))


def _dump(result: Result) -> str:
    runs = result["runs"]
    rows = ((f"`gpu_schedulable_facts` with {name}", run["seconds"], run["peak_mb"]) for name, run in runs.items())
    most = max(run["peak_mb"] for run in runs.values())
    return _section(
        f"A dump of {result['megabytes']} MB from files (`dump`)",
        result,
        _table(("", "s", "peak MB"), rows),
        _verdict("peak MB", most, _MOST_MB_OF_A_DUMP, at_most=True),
    )


def _proof(result: Result) -> str:
    rows = (
        (size, seconds["ours"], seconds["kubernetes.core"], f"{result['ratios'][size]:g}") for size, seconds in result["seconds"].items()
    )
    least = min(result["ratios"].values())
    return _section(
        "Every GPU of 1, 8 and 40 nodes proven (`proof`)",
        result,
        _table(("nodes", "`gpu_proof`, s", "the same Jobs by kubernetes.core, s", "times ours"), rows),
        _verdict("kubernetes.core's time over ours, where it is least", least, result["target_ratio"]),
    )


_SECTIONS: Mapping[str, Callable[[Result], str]] = {
    "task": _task,
    "readiness": _readiness,
    "chain": _chain,
    "proof": _proof,
    "fleet": _fleet,
    "clusters": _clusters,
    "facts": _facts,
    "metrics": _metrics,
    "dump": _dump,
}


def main() -> int:
    """Print the tables of the figures that are there, or put them into a page."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.table", description=__doc__)
    parser.add_argument("--into", type=Path, metavar="PAGE", help="a page with the marks of the figures' beginning and end")
    page = parser.parse_args().into
    found = {name: json.loads(result_file(name).read_text()) for name in _SECTIONS if result_file(name).exists()}
    if not found:
        print("There are no figures in build/bench. Run: make bench", file=sys.stderr)
        return 1
    if page is None:
        print(_joined(sections(found)))
    else:
        page.write_text(replaced(page.read_text(), sections(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
