# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs that nobody has thought of: each must end in a result or in an error that explains itself, never in an exception of ours."""
