# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Action plugin dcgm_exporter: runs the module's operation in the controller's process where possible."""

from __future__ import annotations

from ansible_collections.gpuops.aks.plugins.module_utils._operations.metrics.dcgm.operation import OPERATION
from ansible_collections.gpuops.aks.plugins.plugin_utils._entrypoints.action import InProcessAction


class ActionModule(InProcessAction):
    """The module of this name, in the controller's own process where possible."""

    operation = OPERATION
