# Copyright: (c) 2026, gpuops.aks contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX refuses to store, as far as the stand-in for its API knows it.

The rules are those of ansible/awx at e21dd0a093 (2024-10-23): awx/api/views (surveys), awx/main/fields.py (credential types),
awx/api/serializers.py (everything else).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

if TYPE_CHECKING:
    from .controller import Controller

Json = dict[str, Any]
_JINJA = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
_REQUIRED = {
    "credential_types": ("name", "kind"),
    "credentials": ("name", "credential_type"),
    "execution_environments": ("name", "image"),
    "inventories": ("name", "organization"),
    "inventory_sources": ("name", "inventory", "source"),
    "job_templates": ("name", "project", "playbook", "inventory"),
    "notification_templates": ("name", "organization", "notification_type"),
    "projects": ("name", "organization"),
    "schedules": ("name", "rrule", "unified_job_template"),
    "workflow_job_templates": ("name",),
    "workflow_job_template_nodes": ("workflow_job_template",),
}
# Field → the kind of the object whose ID it is.
_REFERENCES = {
    "organization": "organizations",
    "credential": "credentials",
    "credential_type": "credential_types",
    "execution_environment": "execution_environments",
    "default_environment": "execution_environments",
    "inventory": "inventories",
    "project": "projects",
    "source_project": "projects",
    "unified_job_template": "unified_job_templates",
    "workflow_job_template": "workflow_job_templates",
}
_ANSWERS = {
    "text": str, "textarea": str, "password": str, "multiplechoice": str, "multiselect": (str, list), "integer": int, "float": (int, float)
}  # fmt: skip
_INPUT = {"id", "label", "help_text", "type", "format", "choices", "multiline", "secret", "ask_at_runtime", "default"}
_RULE = re.compile(r"DTSTART(;TZID=[^:]+)?:\d{8}T\d{6}Z? RRULE:.*FREQ=\w+.*INTERVAL=\d+")


class RefusedError(Exception):
    """The answer of AWX to a request that it refuses, with status 400."""

    def __init__(self, answer: Json) -> None:
        super().__init__(answer)
        self.answer = answer


def checked(controller: Controller, kind: str, body: Json, before: Json) -> Json:
    """The fields as AWX stores them. Raises RefusedError."""
    fields = {**before, **body}
    for name in _REQUIRED.get(kind, ()):
        if not fields.get(name):
            raise RefusedError({name: ["This field is required."]})
    for name, of in _REFERENCES.items():
        if fields.get(name) and fields[name] not in {each["id"] for each in controller.all(of)}:
            raise RefusedError({name: [f'Invalid pk "{fields[name]}" - object does not exist.']})
    _CHECKS.get(kind, _nothing)(controller, fields)
    return fields


def _nothing(_controller: Controller, _fields: Json) -> None:
    """Nothing more is known about this kind."""


def _check_job_template(controller: Controller, fields: Json) -> None:
    if fields["playbook"] not in controller.playbooks:
        raise RefusedError({"playbook": ["Playbook not found for project."]})


def _check_schedule(_controller: Controller, fields: Json) -> None:
    if not _RULE.fullmatch(fields["rrule"]):
        raise RefusedError({"rrule": ["DTSTART, FREQ and INTERVAL are required in rrule."]})


def _check_credential(controller: Controller, fields: Json) -> None:
    kind = controller.by_id(fields["credential_type"])
    known = {field["id"] for field in (kind or {"fields": {}})["fields"]["inputs"]["fields"]}
    if unknown := set(fields.get("inputs", {})) - known:
        raise RefusedError({"inputs": [f"Additional properties are not allowed ({', '.join(sorted(unknown))} were unexpected)"]})


def _check_credential_type(_controller: Controller, fields: Json) -> None:
    inputs, injectors = fields.get("inputs", {}), fields.get("injectors", {})
    for field in inputs.get("fields", ()):
        field.setdefault("type", "string")
        if set(field) - _INPUT or not {"id", "label"} <= set(field):
            raise RefusedError({"inputs": [f"Schema validation failed: {field}"]})
    if set(injectors) - {"file", "env", "extra_vars"}:
        raise RefusedError({"injectors": [f"Additional properties are not allowed: {sorted(injectors)}"]})
    if refused := [
        name for name in injectors.get("env", {}) if name.startswith("ANSIBLE_") or name in ("PATH", "PYTHONPATH", "VIRTUAL_ENV")
    ]:
        raise RefusedError({"injectors": [f"Environment variable {refused[0]} is not allowed to be used in credentials."]})
    _check_injectors(injectors, [field["id"] for field in inputs.get("fields", ())])


def _check_injectors(injectors: Json, fields: Iterable[str]) -> None:
    """Every template uses only fields that there are, and tower.filename only if there is a file."""
    values: Json = dict.fromkeys(fields, "EXAMPLE")
    values["tower"] = {"filename": "EXAMPLE_FILENAME"} if "template" in injectors.get("file", {}) else {}
    for kind, templates in injectors.items():
        for name, template in templates.items():
            _render(template, values, {"injectors": [f"{name} inside of {kind}"]})


def _check_notification(_controller: Controller, fields: Json) -> None:
    for event, messages in (fields.get("messages") or {}).items():
        if event not in ("started", "success", "error", "workflow_approval") or set(messages) - {"message", "body"}:
            raise RefusedError({"messages": [f"Event '{event}' invalid"]})
        if "\n" in messages.get("message", ""):
            raise RefusedError({"messages": ["Messages cannot contain newlines"]})
        for text in messages.values():
            _render(text, {"job": {"name": "Stub", "status": "running", "artifacts": {}}, "url": "https://stub"}, {"messages": [event]})


def _render(template: str, values: Json, refusal: Json) -> None:
    try:
        _JINJA.from_string(template).render(values)
    except TemplateError as error:
        raise RefusedError({name: [f"{told[0]}: {error}"] for name, told in refusal.items()}) from error


def _check_survey(_controller: Controller, spec: Json) -> None:
    if not (isinstance(spec.get("name"), str) and isinstance(spec.get("description"), str) and spec.get("spec")):
        raise RefusedError({"error": "name, description or spec is missing from survey spec."})
    variables = [question["variable"] for question in spec["spec"]]
    if len(set(variables)) < len(variables):
        raise RefusedError({"error": f"'variable' duplicated in survey: {variables}"})
    for question in spec["spec"]:
        _check_question(question)


def _check_question(question: Json) -> None:
    def refuse(why: str) -> None:
        raise RefusedError({"error": f"survey question {question.get('variable')}: {why}"})

    if not all(isinstance(question.get(name), str) for name in ("type", "question_name", "variable")):
        refuse("type, question_name or variable missing")
    if not isinstance(question.get("required"), bool):
        refuse("'required' expected to be boolean")
    if not isinstance(question.get("default", ""), _ANSWERS.get(question["type"], ())) and question.get("default", "") != "":
        refuse("unknown type, or default value of another type")
    if not all(isinstance(question.get(bound, 0), int) for bound in ("min", "max")):
        refuse("limit expected to be integer")
    if question["type"] in ("multiplechoice", "multiselect") and question.get("default", question["choices"][0]) not in question["choices"]:
        refuse("Default choice must be answered from the choices listed.")


_CHECKS: dict[str, Callable[[Controller, Json], None]] = {
    "job_templates": _check_job_template,
    "schedules": _check_schedule,
    "credentials": _check_credential,
    "credential_types": _check_credential_type,
    "notification_templates": _check_notification,
    "survey_spec": _check_survey,
}
