# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

import pytest

from tests.conformance.azcollection import failures, rows
from tests.conformance.table import Row, Section, markdown, scrubbed, summary

# As the Azure CLI 2.91.0 prints them.
CONFIG = (
    "WARNING: Command group 'config' is experimental and under development. Reference and support levels: https://aka.ms/CLI_refstatus\n"
)
PREVIEW = "WARNING: No stable version of 'aks-preview' to install. Preview versions allowed.\n"


def test_a_section_is_a_table_with_its_own_heads() -> None:
    section = Section("One", "How.", head=("task", "result"), rows=[Row("a | b", "two\nlines", "left out")])
    assert markdown([section]).splitlines() == [
        "## One",
        "",
        "How.",
        "",
        "| task | result |",
        "|---|---|",
        "| `a \\| b` | two lines |",
    ]


@pytest.mark.parametrize(
    ("output", "complaints", "said"),
    [
        ('{"name": "gpunp", "vmSize": "NC6", "count": 1, "provisioningState": "Succeeded"}', "", "gpunp, NC6, 1, Succeeded"),
        ('{"name": "f", "properties": {"state": "Registering"}}', "", "f, Registering"),
        ('[{"name": "a", "state": "Enabled"}, {"name": "b"}]', "", "a, Enabled; b"),
        ("NAME  STATUS\nnode  Ready\n", "", "node Ready"),
        ("", "WARNING: Merged it.\nWARNING: more\n", "Merged it."),
        ("", CONFIG, ""),
        (
            "",
            f"{PREVIEW}WARNING: The installed extension 'aks-preview' is in preview.\n",
            "The installed extension 'aks-preview' is in preview.",
        ),
        ("", f"{PREVIEW}WARNING: Latest version is already installed.\n\nUse --debug\n", "Latest version is already installed."),
        ("", "", ""),
        ("true", "", "True"),
    ],
)
def test_printed_output_is_summarized_in_a_few_words(output: str, complaints: str, said: str) -> None:
    assert summary(output, complaints) == said


def test_places_of_this_machine_are_named_and_not_shown() -> None:
    assert scrubbed("in /a/b/c and /a/b", {"/a/b": "~", "/a/b/c": "$KUBECONFIG"}) == "in $KUBECONFIG and ~"


def test_tasks_are_rows_by_what_their_modules_did() -> None:
    def event(name: str, **result: object) -> str:
        return json.dumps({"_event": "v2_runner_on_ok", "task": {"name": name}, "hosts": {"localhost": result}})

    output = "\n".join(
        [
            "[WARNING]: not JSON",
            json.dumps({"_event": "v2_playbook_on_start"}),
            event("Create", action="azure.azcollection.azure_rm_aks", changed=True),
            event("Read", action="azure.azcollection.azure_rm_aks_info", changed=False),
            event("Check", action="ansible.builtin.assert", changed=False, failed=True, msg="why"),
        ]
    )
    assert rows(output) == [Row("Create", "changed", "azure_rm_aks"), Row("Read", "ok", "azure_rm_aks_info")]
    assert failures(output).startswith("Check: {")
