# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every function of plugins/ is short and has few decisions, also when boolean operators and comprehensions count as some."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[2] / "plugins"
MOST_LINES, MOST_DECISIONS = 40, 10
# Those that are still to be split: a function that is mended leaves this list.
TO_SPLIT = {
    "module_utils/_azure/failures.py azure_error",
    "module_utils/_azure/session.py send",
    "module_utils/_azure/sign_in/settings.py azure_settings",
    "module_utils/_azure/sign_in/settings.py _refuse_incomplete",
    "module_utils/_core/arm/progress.py standing",
    "module_utils/_core/arm/resource_option.py _fact",
    "module_utils/_core/chain/proof.py _objections",
    "module_utils/_core/cluster/update.py plan_update",
    "module_utils/_core/cluster/update.py _refuse_fixed",
    "module_utils/_core/nodes/dra.py dynamic_devices",
    "module_utils/_core/nodes/dra.py _published",
    "module_utils/_core/nodes/dra.py _taken",
    "module_utils/_core/pool/plan.py plan_pool",
    "module_utils/_core/pool/plan.py _named",
    "module_utils/_core/pool/result_rules.py validate_upgrade",
    "module_utils/_core/pool/rules.py validate_scaling",
    "module_utils/_core/preflight/availability.py _zones",
    "module_utils/_core/preflight/versions.py version_findings",
    "module_utils/_core/scheduling/autoscaler.py scaling",
    "module_utils/_core/scheduling/autoscaler.py _refusal",
    "module_utils/_core/scheduling/device_plugin_kinds.py serves_other_devices",
    "module_utils/_core/scheduling/device_plugins.py _device_plugin",
    "module_utils/_core/scheduling/pods.py container_troubles",
    "module_utils/_core/scheduling/pods.py bound_to",
    "module_utils/_core/signatures/signature.py _not_gone_on",
    "module_utils/_core/sizes/sku.py facts",
    "module_utils/_core/verify/causes_offers.py _offers_whole_gpus",
    "module_utils/_core/verify/causes_plugin_pods.py _crashing",
    "module_utils/_core/verify/causes_plugin.py no_pod",
    "module_utils/_core/workload/causes.py _no_node",
    "module_utils/_core/workload/causes_running.py sidecar_runs",
    "module_utils/_core/workload/causes_running.py sidecar_fails",
    "module_utils/_core/workload/match.py _flat",
    "module_utils/_core/workload/match.py held_to",
    "module_utils/_core/workload/proof.py doubt_of_pod",
    "module_utils/_core/workload/proof.py doubt_of_place",
    "module_utils/_kube/client.py exchange",
    "module_utils/_kube/connection/connection.py _impersonation",
    "module_utils/_kube/connection/login.py _ask",
    "module_utils/_kube/connection/proxies.py proxy_of_environment",
    "module_utils/_kube/failures.py kubernetes_error",
    "module_utils/_kube/kubeconfig/context.py chosen",
    "module_utils/_kube/kubeconfig/document.py shown",
    "module_utils/_kube/kubeconfig/entra_login.py entra_login",
    "module_utils/_kube/kubeconfig/form.py _fields",
    "module_utils/_kube/kubeconfig/form.py check_fields",
    "module_utils/_kube/kubeconfig/merge.py without_context",
    "module_utils/_operations/cluster/removal.py remove_cluster",
    "module_utils/_operations/cluster_reader.py _pods",
    "module_utils/_operations/evidence.py _configured",
    "module_utils/_operations/plugin/config.py plan_config",
    "module_utils/_operations/plugin/refusals.py refuse_two_owners",
    "module_utils/_operations/workload/failure.py _workload",
    "module_utils/_operations/workload/operation.py ensure_job",
}
_BRANCHES = (ast.If, ast.IfExp, ast.For, ast.While, ast.ExceptHandler, ast.Assert)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(source: str) -> Iterator[Function]:
    """Every function and method; what is nested in one counts as part of it, too."""
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, Function))


def complexity(function: ast.AST) -> int:
    """1, and 1 for each branch, loop, handler, boolean operator, and each `for` and `if` of a comprehension."""
    return 1 + sum(_decisions(node) for node in ast.walk(function))


def _decisions(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    return int(isinstance(node, _BRANCHES))


def lines(function: Function) -> int:
    """From `def` to the last line, without the docstring."""
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    return _span(function) - (_span(first) if documented else 0)


def _span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def excesses(source: str) -> list[str]:
    """The functions that are too long or decide too much."""
    return [
        f"{function.name}: {lines(function)} lines, complexity {complexity(function)}"
        for function in functions(source)
        if lines(function) > MOST_LINES or complexity(function) > MOST_DECISIONS
    ]


def test_no_function_is_too_long_or_too_complex() -> None:
    files = sorted(PLUGINS.rglob("*.py"))
    assert len(files) > 200
    found = [f"{path.relative_to(PLUGINS)} {each}" for path in files for each in excesses(path.read_text())]
    assert [each for each in found if each.partition(":")[0] not in TO_SPLIT] == []


LONG = "def f():\n" + "    g()\n" * MOST_LINES
NESTED = "def f():\n    def g():\n" + "        if h(): pass\n" * MOST_DECISIONS + "    return g\n"
PLANTED = {
    "lines": LONG,
    "branches": "def f(a):\n" + "    if a: pass\n" * MOST_DECISIONS,
    "boolean operators": f"def f(a):\n    return {' or '.join('a' * (MOST_DECISIONS + 1))}\n",
    "comprehensions": f"def f(a):\n    return [{', '.join(['[x for x in a if x]'] * (MOST_DECISIONS // 2))}]\n",
    "conditional expressions": "def f(a):\n" + "    a = 1 if a else 2\n" * MOST_DECISIONS,
    "handlers": "def f():\n" + "    try: g()\n    except OSError: pass\n" * MOST_DECISIONS,
    "a nested function": NESTED,
    "a method": "class C:\n    async def f(self, a):\n" + "        while a: a()\n" * MOST_DECISIONS,
}


@pytest.mark.parametrize("source", PLANTED.values(), ids=PLANTED)
def test_counter_finds_a_planted_excess(source: str) -> None:
    assert excesses(source)


def test_counter_lets_a_function_at_the_limit_pass() -> None:
    assert excesses("def f(a):\n" + "    if a: pass\n" * (MOST_DECISIONS - 1)) == []
    assert excesses("def f():\n" + "    g()\n" * (MOST_LINES - 1)) == []
    assert excesses('def f():\n    """What.\n' + "\n    Why." * MOST_LINES + '\n    """\n    g()\n') == []
