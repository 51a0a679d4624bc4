# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for the controller of NVIDIA's GPU Operator, and for what its components do on nodes.

The chart is tests/lab/charts/gpu-operator; node feature discovery's master is the real one. Order, names and texts are from
NVIDIA/gpu-operator v26.7.0: controllers/state_manager.go, assets/, cmd/nvidia-validator; api/nvidia/v1; internal/conditions.
"""
