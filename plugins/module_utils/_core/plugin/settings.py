# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""The device plugin's settings: which of options, args, env and config file sets each one, and where they contradict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping, Sequence

from ..._errors import InvalidInputError
from ..scheduling.device_plugins import MIG_ARGUMENT, MIG_VARIABLE, NO_MIG
from ..shared.mappings import Json

_TRUE = "true"
_RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


@dataclass(frozen=True)
class Flag:
    """One setting of the plugin, and the four places that may set it; for the plugin, args override env, and env overrides its file."""

    option: str
    variable: str
    argument: str
    path: tuple[str, ...]
    default: str


# https://github.com/NVIDIA/k8s-device-plugin#as-command-line-flags-or-envvars
_FAIL_ON_INIT_ERROR = Flag("fail_on_init_error", "FAIL_ON_INIT_ERROR", "--fail-on-init-error", ("flags", "failOnInitError"), "false")
FLAGS = (
    Flag("mig_strategy", MIG_VARIABLE, MIG_ARGUMENT, ("flags", "migStrategy"), NO_MIG),
    Flag(
        "device_list_strategy", "DEVICE_LIST_STRATEGY", "--device-list-strategy", ("flags", "plugin", "deviceListStrategy"), "envvar"
    ),
    Flag("pass_device_specs", "PASS_DEVICE_SPECS", "--pass-device-specs", ("flags", "plugin", "passDeviceSpecs"), "false"),
    _FAIL_ON_INIT_ERROR,
)  # fmt: skip


@dataclass(frozen=True)
class PluginOptions:
    """How the plugin should work.

    Args:
        given: Option → value as a string, of the options that are not at their default.
        config: The plugin's own configuration file.
    """

    given: Mapping[str, str]
    env: Mapping[str, str]
    args: Sequence[str]
    config: Json
    security_context: Json | None


@dataclass(frozen=True)
class PluginRuntime:
    """What the options mean for the container. cdi: it writes CDI specifications, for which it mounts more of the host."""

    env: Mapping[str, str]
    security_context: Json
    mig_strategy: str
    cdi: bool


def plugin_runtime(options: PluginOptions) -> PluginRuntime:
    """The container's environment and privileges. Raises InvalidInputError if the options contradict each other."""
    meant = {flag.option: _meant(flag, options) for flag in FLAGS}
    env = {flag.variable: options.given[flag.option] for flag in FLAGS if flag.option in options.given}
    if not list(_given_values(_FAIL_ON_INIT_ERROR, options)):
        env[_FAIL_ON_INIT_ERROR.variable] = "false"  # by its own default, the plugin would exit again and again
    if meant["mig_strategy"] != NO_MIG:
        env["NVIDIA_MIG_MONITOR_DEVICES"] = "all"
    return PluginRuntime(
        env={**env, **options.env},
        security_context=_security_context(meant, options.security_context),
        mig_strategy=meant["mig_strategy"],
        cdi="cdi-" in meant["device_list_strategy"],
    )


def _security_context(meant: Mapping[str, str], given: Json | None) -> Json:
    """The user's own security context, or the one of NVIDIA's Helm chart for these settings."""
    privileged = _TRUE in meant["pass_device_specs"]
    if given is None:
        if privileged:
            return {"privileged": True}
        if meant["mig_strategy"] != NO_MIG or "volume-mounts" in meant["device_list_strategy"]:
            return {"capabilities": {"add": ["SYS_ADMIN"]}}
        return _RESTRICTED
    if privileged and given.get("privileged") is not True:
        raise InvalidInputError(
            "pass_device_specs requires a privileged container, but security_context does not contain privileged: true.",
            code="ContradictingOptions",
            cause="The plugin passes on the host's device nodes, which only a privileged container can see.",
            remedy="Leave out security_context, or add privileged: true to it.",
        )
    return given


def _meant(flag: Flag, options: PluginOptions) -> str:
    """The one value of a setting, wherever it is set."""
    said = list(_given_values(flag, options))
    values = {value for where, value in said}
    if len(values) > 1:
        raise InvalidInputError(
            f"The plugin's {flag.option} is set more than once, with different values: "
            + ", ".join(f"{where}: {value}" for where, value in said) + ".",
            code="ContradictingOptions",
            cause="The plugin would silently use one of them: args override env, and env overrides the configuration file.",
            remedy=f"Set it only once, with {flag.option}.",
        )  # fmt: skip
    return said[0][1] if said else flag.default


def _given_values(flag: Flag, options: PluginOptions) -> Iterator[tuple[str, str]]:
    """Where a setting is set, and to what."""
    if flag.option in options.given:
        yield flag.option, options.given[flag.option]
    value = _argument(flag.argument, options.args)
    if value is not None:
        yield f"args {flag.argument}", value
    if flag.variable in options.env:
        yield f"env {flag.variable}", options.env[flag.variable].lower()
    found: Any = options.config
    for key in flag.path:
        found = found.get(key) if isinstance(found, dict) else None
    if found is not None:
        yield f"config {'.'.join(flag.path)}", flag_text(found)


def _argument(name: str, args: Sequence[str]) -> str | None:
    for place, argument in enumerate(args):
        given, equals, value = argument.partition("=")
        if given == name:
            following = args[place + 1] if place + 1 < len(args) else "-"
            return value.lower() if equals else "true" if following.startswith("-") else following.lower()
    return None


def flag_text(value: Any) -> str:
    """A value in the form of the plugin's environment: true and false, lists with commas."""
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return str(value).lower()
