# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/report.md: every key of report.json, from docs/report.schema.json. `make pages` writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .finding_page import REPOSITORY

PAGE = REPOSITORY / "docs" / "report.md"
SCHEMA = REPOSITORY / "docs" / "report.schema.json"
_INTRODUCTION = """\
<!-- Copyright: (c) 2026, gpuops.aks contributors
     SPDX-License-Identifier: GPL-3.0-or-later -->

# The report

<!-- Written by `make pages` from report.schema.json; a test holds it exact. -->

The last step of the chain writes what the run proved, twice: `report.json` for programs and `report.html` for people. `gpu_report` sets
the path of the JSON report; the page is written next to it. Both are also written if a step fails, with the error, the findings and the
remedy.

**The page** is one file without scripts that loads nothing, so it can be mailed, attached to a ticket or opened offline. It shows the
verdict with the number of proven GPUs, the findings with their remedies and the commands to copy, each GPU by node (open a node for the
figures and UUIDs of its GPUs), the accuracy of the training, the timeline of the steps, and what was used. It follows the light or dark
mode of the browser, fits a phone, and prints what is open.

**Several clusters.** With one inventory host per cluster, from [the inventory plugin](tutorial.md#8-all-clusters-at-once) or written by
hand, give each its own report, and set `gpu_report_index` to get one more page that
lists all clusters, those that need attention first, each with a link to its report:

```console
ansible-playbook gpuops.aks.site --inventory gpu.aks.yml --extra-vars '{
  "gpu_hosts": "all",
  "gpu_report": "~/reports/{{ inventory_hostname }}.json",
  "gpu_report_index": "~/reports/index.html"
}'
```

A run on several hosts also ends with a summary: a line for each cluster, those that need attention first, and one sentence, such as
`187 of 200 clusters proven, 9 explained, 4 not reached.` Explained clusters have a report with a cause and a remedy. Clusters that were not
reached have no report, or gave no answer. The index page begins with the same sentence.

The index page is written after the last step, and also when a cluster fails, with the reports that exist by then. A host of the play
without a report, because it cannot be reached or its report cannot be written, is listed as not proven, with the reason. So is a report of
another version, or with numbers that contradict each other.

**Not from today?** A run without a new proof can only report an earlier one. `summary` then names its date, `proofs` has the time of each
proof, and the page shows both.

## report.json

A program should check that `schema` is `gpuops.aks/report/2`. A later version 2 may have additional keys. The JSON Schema is
[report.schema.json](https://github.com/gpuops/aks/blob/main/docs/report.schema.json).
"""


def page() -> str:
    """The page as it has to be."""
    schema = json.loads(SCHEMA.read_text())
    return "\n".join([_INTRODUCTION, *_tables(schema, "")]) + "\n"


def _tables(schema: Any, name: str) -> Iterator[str]:
    """The table of an object, then those of the objects in it."""
    if name:
        yield from ("", f"### {name}", "", schema["description"], "")
    yield from ("| key | type | unit | meaning |", "|---|---|---|---|")
    for key, described in schema["properties"].items():
        yield f"| `{key}` | {_type(described)} | {described.get('unit', '')} | {_meaning(described)} |"
    for key, described in schema["properties"].items():
        inner, many = described.get("items", described), "[]" if "items" in described else ""
        if inner.get("properties"):
            yield from _tables(inner, f"{name}.{key}{many}".lstrip("."))


def _type(described: Any) -> str:
    if "const" in described:
        return f"`{described['const']}`"
    if "enum" in described:
        return ", ".join(f"`{value}`" for value in described["enum"])
    types = described["type"] if isinstance(described["type"], list) else [described["type"]]
    names = {"array": f"list of {_items(described['items'])}" if "items" in described else "list"}
    return " or ".join(names.get(kind, kind) for kind in types)


def _items(items: Any) -> str:
    return f"lists of {len(items['prefixItems'])} numbers" if _is_row(items) else f"{items['type']}s"


def _meaning(described: Any) -> str:
    """What the key means, and what is in each list of a list of lists."""
    items = described.get("items", {})
    return f"{described['description']} Each list: {items['description']}" if _is_row(items) else str(described["description"])


def _is_row(items: Any) -> bool:
    return "prefixItems" in items


if __name__ == "__main__":
    PAGE.write_text(page())
