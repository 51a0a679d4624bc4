# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""What an operation would change: `changed`, the diff and check mode are all derived from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping


@dataclass(frozen=True)
class Change:
    """What an operation would change.

    before and after contain only fields that the operation owns or was asked to set. If they are equal, there is nothing to do.
    """

    subject: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether applying would write anything."""
        return self.before != self.after

    def diff(self) -> dict[str, Any]:
        """The diff in Ansible's form. The headers name the object, which distinguishes several diffs of one task."""
        return {
            "before": dict(self.before),
            "after": dict(self.after),
            "before_header": self.subject,
            "after_header": self.subject,
        }


def narrowed(subject: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    """The change between two states, without the fields that do not change."""
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    return Change(
        subject,
        before={key: before[key] for key in keys if key in before},
        after={key: after[key] for key in keys if key in after},
    )
