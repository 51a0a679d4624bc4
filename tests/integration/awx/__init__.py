# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX does with this collection, without an AWX: its API played, its jobs by ansible-runner."""
