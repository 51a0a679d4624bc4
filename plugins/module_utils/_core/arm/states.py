# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The provisioning states of Azure's resources: which ones mean that an operation has ended, and how."""

from __future__ import annotations

import re

# How an operation ends, and with it a resource's provisioning state
# (https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations).
SUCCEEDED, FAILED, CANCELED = "Succeeded", "Failed", "Canceled"
BROKEN = (FAILED, CANCELED)
DELETING = "Deleting"
STOPPED = "Stopped"
# Every state that the collection asks for by name. Azure's services differ in its case, and in British from American English.
_RESOURCES = (SUCCEEDED, FAILED, CANCELED, DELETING, "Creating", "Updating", STOPPED, "Running")
_REGISTRATIONS = ("Registered", "Registering", "NotRegistered", "Unregistered", "Unregistering", "Pending")
_NAMES = {"cancelled": CANCELED, **{name.lower(): name for name in (*_RESOURCES, *_REGISTRATIONS)}}
_UNDER_WAY = ("inprogress", "running", "accepted", "pending", "started", "queued")
# A phase of an operation, as in "CreatingAgentPool: 0/1 nodes completed".
_PHASE = re.compile(r"[a-z]+ing", re.IGNORECASE)


def named_state(state: object) -> str | None:
    """A state by its one name here, an unknown state as Azure spells it; None if there is none."""
    text = str(state).strip() if state else None
    return _NAMES.get(text.lower(), text) if text else None


def has_ended(state: object) -> bool:
    """Whether an operation in this state, or one on a resource in this provisioning state, has ended."""
    return named_state(state) in (SUCCEEDED, *BROKEN)


def is_broken(state: object) -> bool:
    """Whether the last operation did not succeed."""
    return named_state(state) in BROKEN


def phase_of(state: object) -> str | None:
    """The phase that an operation is in, None if its state says only that it is running or has ended."""
    name = named_state(state)
    return None if name is None or has_ended(name) or name.lower() in _UNDER_WAY else name


def is_unknown(state: object) -> bool:
    """Whether a state is neither an end nor looks like a phase."""
    phase = phase_of(state)
    return phase is not None and _PHASE.match(phase) is None
