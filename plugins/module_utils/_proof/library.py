# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Loads one of NVIDIA's libraries with ctypes and turns its return codes into errors that say what they mean."""

from __future__ import annotations

import ctypes
from typing import Any, Callable, Dict, Optional

from . import codes

# A symbol that the libraries of the collection's lab export, which compute on the CPU.
_STAND_IN = "gpuops_lab_stand_in"


class CallError(Exception):
    """A call failed; the fields are those of `error` in the output."""

    def __init__(self, call: Optional[str], explanation: codes.Meaning, number: Optional[int] = None) -> None:
        self.call = call
        self.explanation = explanation
        self.number = number
        super().__init__(f"{call}: {explanation.code}")

    def fields(self, during: str) -> Dict[str, Any]:
        """The error as the output has it."""
        return error_fields(during, self.call, self.explanation, number=self.number)


def error_fields(
    during: str, call: Optional[str], explanation: codes.Meaning, *, number: Optional[int] = None, timeout: bool = False
) -> Dict[str, Any]:
    """`error` in the output."""
    return {"during": during, "call": call, **explanation._asdict(), "number": number, "timeout": timeout}


class Library:
    """A loaded library; calling it with a function's name and ctypes values calls the function and raises CallError unless it returns 0.

    Args:
        name: the library's file name.
        table: what its return codes mean.
        entering: gets each function's name before the call, which names a call that never returns.
    """

    def __init__(self, name: str, table: codes.Codes, entering: Callable[[str], None]) -> None:
        self._table = table
        self._entering = entering
        entering(f"loading {name}")
        try:
            self._library = ctypes.CDLL(name)
        except OSError as error:
            raise CallError(name, codes.LIBRARY_MISSING.more(str(error))) from error

    @property
    def simulated(self) -> bool:
        """Whether the lab's stand-in was loaded instead of NVIDIA's library."""
        return self.has(_STAND_IN)

    def has(self, function: str) -> bool:
        """Whether the installed version has this function."""
        return hasattr(self._library, function)

    def __call__(self, function: str, *arguments: Any) -> None:
        """Call a function that returns a code."""
        if not self.has(function):
            raise CallError(function, codes.FUNCTION_MISSING)
        self._entering(function)
        number = int(getattr(self._library, function)(*arguments))
        if number != 0:
            raise CallError(function, codes.explain(self._table, number), number)
