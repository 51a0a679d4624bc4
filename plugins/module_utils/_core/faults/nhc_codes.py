# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The fault codes of Azure's HPC node health checks, which AKS' node problem detector adds to its messages: FaultCode: NHC2009."""

from __future__ import annotations

from .fault import Action, Fault, Owner

# The names are the impact categories by which a machine is reported to Azure: https://learn.microsoft.com/azure/azure-impact-reporting/
DICTIONARY = "Azure/azurehpc-health-checks triggerGHR/config/nhc_fault_dictionary.cfg"
_ROWS = (
    ("NHC2001", "HpcGenericFailure", "a failure without a category of its own", Owner.HOST),
    ("NHC2002", "MissingIB", "an InfiniBand adapter is missing", Owner.FABRIC),
    ("NHC2003", "IBPerformance", "InfiniBand is slower than it should be", Owner.FABRIC),
    ("NHC2004", "IBPortDown", "an InfiniBand port stays down", Owner.FABRIC),
    ("NHC2005", "IBPortFlapping", "an InfiniBand port goes down and comes back up", Owner.FABRIC),
    ("NHC2006", "HpcGpuDcgmDiagFailure", "a diagnostic test of DCGM fails", Owner.HARDWARE),
    ("NHC2007", "HpcRowRemapFailure", "failing GPU memory could not be remapped", Owner.HARDWARE),
    ("NHC2008", "HpcInforomCorruption", "a GPU's infoROM is corrupted", Owner.HARDWARE),
    ("NHC2009", "HpcMissingGpu", "a GPU is missing", Owner.HARDWARE),
    ("NHC2010", "ManualInvestigation", "someone at Azure has to look into it", Owner.HOST),
    ("NHC2011", "XID95UncontainedECCError", "a memory error that may have affected every program on the GPU (Xid 95)", Owner.HARDWARE),
    ("NHC2012", "XID94ContainedECCError", "a memory error that only one program was affected by (Xid 94)", Owner.HARDWARE),
    ("NHC2013", "XID79FallenOffBus", "a GPU has fallen off the PCI bus (Xid 79)", Owner.HARDWARE),
    ("NHC2014", "XID48DoubleBitECC", "a memory error that ECC cannot correct (Xid 48)", Owner.HARDWARE),
    ("NHC2015", "UnhealthyGPUNvidiasmi", "nvidia-smi hangs and may not recover", Owner.HARDWARE),
    ("NHC2016", "NvLink", "an NVLink may be down", Owner.FABRIC),
    ("NHC2017", "HpcDcgmiThermalReport", "DCGM reports that a GPU is too hot", Owner.THERMAL),
    ("NHC2018", "ECCPageRetirementTableFull", "a GPU has nearly as many retired memory pages as it can have", Owner.HARDWARE),
    ("NHC2019", "DBEOverLimit", "a GPU has retired more than 10 memory pages in a week", Owner.HARDWARE),
    ("NHC2020", "HpcGpuDcgmDiagFailure", "a diagnostic test of DCGM fails", Owner.HARDWARE),
    ("NHC2021", "GPUMemoryBWFailure", "a GPU's memory is slower than it should be", Owner.HARDWARE),
    ("NHC2022", "CPUPerformance", "the CPU is slower than it should be", Owner.HOST),
)
NHC_CODES = {code: Fault("Fault code", code, name, meaning, owner, Action.REPORT, DICTIONARY) for code, name, meaning, owner in _ROWS}
