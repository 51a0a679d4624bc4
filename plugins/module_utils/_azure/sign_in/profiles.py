# Copyright: (c) 2026, gpuops.aks contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection: it may change or go in any release.

"""Reads the files that hold a sign-in: ~/.azure/credentials and the Azure CLI's profile."""

from __future__ import annotations

import configparser
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping

from ..._errors import InvalidInputError


@dataclass(frozen=True)
class CliAccount:
    """A subscription that the Azure CLI is signed in to, and the name of its cloud."""

    subscription_id: str
    cloud: str


def credential_profile(name: str, environ: Mapping[str, str], *, required: bool) -> dict[str, str]:
    """A section of ~/.azure/credentials, the file that azure.azcollection reads; empty if it doesn't exist and isn't required.

    Raises InvalidInputError.
    """
    path = _home(environ) / ".azure" / "credentials"
    config = configparser.ConfigParser(interpolation=None, default_section="")  # [default] is a profile like any other
    try:
        config.read_string(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        raise InvalidInputError(
            f"The credential file {path} can't be read: {str(error).splitlines()[0]}",
            code="UnreadableFile",
            cause="The file does not consist of sections with 'name = value' lines, or the user who runs the task cannot read it.",
            remedy="Correct the file, move it away, or set auth_source to a value other than auto and credential_file.",
        ) from error
    if config.has_section(name):
        return dict(config[name])
    if required:
        raise InvalidInputError(
            f"There is no profile '{name}' in {path}.",
            code="NoCredentialProfile",
            cause="profile (AZURE_PROFILE) or auth_source: credential_file asks for it.",
            remedy=f"Add a section [{name}] with subscription_id, tenant, client_id and secret, or use another auth_source.",
        )
    return {}


def cli_account(subscription: str, environ: Mapping[str, str]) -> CliAccount | None:
    """The account with this subscription that the Azure CLI knows, or its default one; None if it is not signed in to any.

    Reads the CLI's own file, because starting 'az' takes half a second.
    """
    directory = environ.get("AZURE_CONFIG_DIR") or _home(environ) / ".azure"
    try:
        content = json.loads((Path(directory) / "azureProfile.json").read_text(encoding="utf-8-sig"))  # az writes a byte order mark
    except (OSError, ValueError):
        return None
    accounts = [account for account in _list_of(content, "subscriptions") if _is_meant(account, subscription)]
    return next((CliAccount(str(account.get("id", "")), str(account.get("environmentName") or "")) for account in accounts), None)


def _list_of(content: Any, name: str) -> list[Mapping[str, Any]]:
    entries = content.get(name) if isinstance(content, dict) else None
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _is_meant(account: Mapping[str, Any], subscription: str) -> bool:
    if subscription:
        return str(account.get("id", "")).lower() == subscription.lower()
    return account.get("isDefault") is True


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ["HOME"]) if environ.get("HOME") else Path.home()
