# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The SXid errors of NVSwitch, which connects the GPUs of the ND sizes: number, name, meaning and what ends it."""

from __future__ import annotations

from typing import Iterator, Mapping

from .fault import Action, Fault, Owner

# Appendix D of the guide: D.4 non-fatal, D.5 fatal (restart the guest), D.6 always fatal (restart the host, which a guest cannot: only
# another machine gets another host), D.7 other notable errors.
GUIDE = "https://docs.nvidia.com/datacenter/tesla/pdf/fabric-manager-user-guide.pdf, appendix D"
_CORRECTED = "a memory error of the switch, which ECC has corrected"
_PORT = "a fatal error of the port of an NVLink"
_FABRIC = "an error that is fatal to the whole NVLink fabric"
_COOLING = "the switch is too hot, and its links may slow down"

_NON_FATAL: Mapping[int, tuple[str, str, Owner, Action]] = {
    10001: ("Host_priv_error", "an error of an access by the host, which fatal errors may follow", Owner.FABRIC, Action.NONE),
    10002: ("Host_priv_timeout", "a timeout of an access by the host, which fatal errors may follow", Owner.FABRIC, Action.NONE),
    10003: ("Host_unhandled_interrupt", "an interrupt that nothing handles, which is fatal to the fabric", Owner.FABRIC, Action.RESET),
    10004: ("Host_thermal_event_start", _COOLING, Owner.THERMAL, Action.REPORT),
    10005: ("Host_thermal_event_end", "the switch has cooled down again", Owner.THERMAL, Action.NONE),
    11004: ("Ingress invalid ACL", "an NVLink stalls, and the next access to its GPU hangs", Owner.FABRIC, Action.REBOOT),
    12028: ("egress nonposted PRIV error", "an NVLink stalls, and the next access to its GPU hangs", Owner.FABRIC, Action.REBOOT),
    19084: ("AN1 Heartbeat Timeout Error", "a link lost its heartbeat, usually together with a fatal error", Owner.FABRIC, Action.RESET),
    20001: ("TX Replay Error", "a packet was sent again, which costs bandwidth", Owner.FABRIC, Action.NONE),
    20009: ("RX Short Error Rate", "a link receives errors at a high rate for a short time", Owner.FABRIC, Action.NONE),
    20012: ("Broken/inconsistent connection", "a link is broken, or was shut down without its peer", Owner.FABRIC, Action.REPORT),
    22012: ("Minion Link NA interrupt", "a link is broken, or was shut down without its peer", Owner.FABRIC, Action.REPORT),
    22013: ("Minion Link DLREQ interrupt", "a link asks for service", Owner.FABRIC, Action.NONE),
}
_CORRECTED_NUMBERS = (
    11012, 11021, 11022, 11023, 12021, 12023, 15008, 15011, 19049, 19055, 19057, 19059, 19062, 19065, 19068, 19071, 24001, 24002, 24003,
)  # fmt: skip
_FATAL = {
    11001: "ingress invalid command",
    11009: "ingress invalid VCSet",
    11013: "ingress header DBE",
    11018: "ingress RID DBE",
    11019: "ingress RLAN DBE",
    11020: "ingress control parity",
    12001: "egress crossbar overflow",
    12002: "egress packet route",
    12022: "egress input ECC DBE error",
    12024: "egress output ECC DBE error",
    12025: "egress credit overflow",
    12026: "egress destination request ID error",
    12027: "egress destination response ID error",
    12030: "egress control parity error",
    12031: "egress credit parity error",
    12032: "egress flit type mismatch",
    14017: "TS ATO timeout",
    15001: "route buffer over/underflow",
    15006: "route transdone over/underflow",
    15009: "route GLT DBE",
    15010: "route parity",
    15012: "route incoming DBE",
    15013: "route credit parity",
    19047: "NCISOC HDR ECC DBE Error",
    19048: "NCISOC DAT ECC DBE Error",
    19054: "HDR RAM ECC DBE Error",
    19056: "DAT0 RAM ECC DBE Error",
    19058: "DAT1 RAM ECC DBE Error",
    19060: "CREQ RAM HDR ECC DBE Error",
    19061: "CREQ RAM DAT ECC DBE Error",
    19063: "Response RAM HDR ECC DBE Error",
    19064: "Response RAM DAT ECC DBE Error",
    19066: "COM RAM HDR ECC DBE Error",
    19067: "COM RAM DAT ECC DBE Error",
    19069: "RSP1 RAM HDR ECC DBE Error",
    19070: "RSP1 RAM DAT ECC DBE Error",
    20034: "LTSSM Fault Up",
    24004: "sourcetrack TCEN0 crumbstore DBE",
    24005: "sourcetrack TCEN0 TD crumbstore DBE",
    24006: "sourcetrack TCEN1 crumbstore DBE",
    24007: "sourcetrack timeout error",
}
_ALWAYS_FATAL = {
    12020: "egress sequence ID error",
    22003: "Minion Halt",
    22011: "Minion exterror",
    23001: "ingress SRC-VC buffer overflow",
    23002: "ingress SRC-VC buffer underflow",
    23003: "egress DST-VC credit overflow",
    23004: "egress DST-VC credit underflow",
    23005: "ingress packet burst error",
    23006: "ingress packet sticky error",
    23007: "possible bubbles at ingress",
    23008: "ingress packet invalid dst error",
    23009: "ingress packet parity error",
    23010: "ingress SRC-VC buffer overflow",
    23011: "ingress SRC-VC buffer underflow",
    23012: "egress DST-VC credit overflow",
    23013: "egress DST-VC credit underflow",
    23014: "ingress packet burst error",
    23015: "ingress packet sticky error",
    23016: "possible bubbles at ingress",
    23017: "ingress credit parity error",
}


def _rows() -> Iterator[tuple[int, str, str, Owner, Action]]:
    for number, row in _NON_FATAL.items():
        yield (number, *row)
    for number in _CORRECTED_NUMBERS:
        yield number, "Single bit ECC errors", _CORRECTED, Owner.FABRIC, Action.NONE
    for number, name in _FATAL.items():
        yield number, name, _PORT, Owner.FABRIC, Action.REBOOT
    for number, name in _ALWAYS_FATAL.items():
        yield number, name, _FABRIC, Owner.FABRIC, Action.REPLACE


SXIDS = {row[0]: Fault("SXid", str(row[0]), *row[1:], GUIDE) for row in sorted(_rows())}
