# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/rbac.md as the tests read it: the roles of each section, and each single right in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from tests.integration.running_lab import REPOSITORY

PAGE = REPOSITORY / "docs" / "rbac.md"


@dataclass(frozen=True)
class Right:
    """One verb on one resource, as a rule of the page gives it; namespace "" is the whole cluster."""

    namespace: str
    group: str
    resource: str
    verb: str
    names: tuple[str, ...] = ()

    def rule(self) -> dict[str, Any]:
        """The rule that gives only this right."""
        only = {"resourceNames": list(self.names)} if self.names else {}
        return {"apiGroups": [self.group], "resources": [self.resource], "verbs": [self.verb], **only}

    def covers(self, denied: Right) -> bool:
        """Whether who has this right has that one."""
        return (
            self.namespace in ("", denied.namespace)
            and self.group in ("*", denied.group)
            and self.resource in ("*", denied.resource)
            and self.verb == denied.verb
        )


def section(step: str) -> str:
    """The page's YAML for a step."""
    found = re.search(rf"^## {re.escape(step)}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert found is not None, f"docs/rbac.md has no section {step}"
    (block,) = re.findall(r"^```yaml\n(.*?)^```", found[1], re.DOTALL | re.MULTILINE)
    return str(block)


def rights_in(role: Mapping[str, Any]) -> Iterator[Right]:
    """Every single right of a role."""
    for rule in role["rules"]:
        for group, resource, verb in product(rule["apiGroups"], rule["resources"], rule["verbs"]):
            yield Right(role["metadata"].get("namespace", ""), group, resource, verb, tuple(rule.get("resourceNames", ())))
