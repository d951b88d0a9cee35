"""The JSON Schema of rule files, derived from the vocabulary."""

from __future__ import annotations

from typing import Any

from data.records import NeedKind
from data.rules.reading import BOUND_KEYS, LIST_KEYS, RULE_KEYS
from data.rules.values import EXAMPLE, choice_words
from data.rules.vocabulary import FACTS, FactKind, FactSpec

SCHEMA_ID = "finmatch-rules"
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TEXTS: dict[str, Any] = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
}
_DAY: dict[str, Any] = {"type": ["string", "null"], "format": "date"}
_PATTERNS = {
    FactKind.MONEY: r"[元圆]|[A-Z]{3}|\$|€|£|¥",
    FactKind.MONTHS: r"年|月|天|日|year|month|day",
    FactKind.PERCENT: r"[%％]\s*$",
}


def json_schema() -> dict[str, Any]:
    """Return the schema; it accepts every file that reads without a fault."""
    rule_properties: dict[str, Any] = {
        "id": {"type": "string", "description": "Stays the same through all versions."},
        "version": {"type": ["string", "number"]},
        "title": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"zh": {"type": "string"}, "en": {"type": "string"}},
                    "additionalProperties": False,
                },
            ]
        },
        "effective_from": _DAY,
        "effective_to": _DAY,
        "source": {"type": "string", "description": "The text that the rule comes from."},
        "unconfirmed": {**_TEXTS, "description": "What was not confirmed against its source."},
        "offers": _TEXTS,
        "institutions": _TEXTS,
        "kinds": {**_TEXTS, "examples": [list(NeedKind)]},
        "when": {"$ref": "#/$defs/condition"},
        "require": {"$ref": "#/$defs/condition"},
    }
    assert set(rule_properties) == set(RULE_KEYS)
    return {
        "$schema": DIALECT,
        "$id": SCHEMA_ID,
        "title": "FinMatch eligibility rules",
        "type": "object",
        "required": ["rules"],
        "additionalProperties": False,
        "properties": {
            "rules": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/rule"}}
        },
        "$defs": {
            "rule": {
                "type": "object",
                "required": ["id", "version", "require"],
                "additionalProperties": False,
                "properties": rule_properties,
            },
            "condition": {
                "anyOf": [
                    {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}},
                    {
                        "type": "object",
                        "minProperties": 1,
                        "additionalProperties": False,
                        "properties": {
                            **_forms(),
                            **{name: _fact(spec) for name, spec in FACTS.items()},
                        },
                    },
                ]
            },
        },
    }


def _forms() -> dict[str, Any]:
    conditions = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/condition"}}
    band = {
        "type": "object",
        "required": ["points", "if"],
        "additionalProperties": False,
        "properties": {
            "points": {"type": "number", "minimum": 0},
            "if": {"$ref": "#/$defs/condition"},
        },
    }
    return {
        "all": {**conditions, "description": "Every part holds."},
        "any": {**conditions, "description": "At least one part holds."},
        "none": {**conditions, "description": "No part holds."},
        "if": {"$ref": "#/$defs/condition"},
        "then": {"$ref": "#/$defs/condition"},
        "rule": {"type": "string", "description": "Another rule by its id."},
        "judge": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {key: {"type": "string"} for key in ("zh", "en", "fact")},
                },
            ],
            "description": "A person judges this.",
        },
        "quota_left": {"type": "string", "pattern": _PATTERNS[FactKind.MONEY]},
        "score": {
            "type": "object",
            "required": ["items"],
            "additionalProperties": False,
            "properties": {
                "at_least": {"type": "number", "minimum": 0},
                "above": {"type": "number", "minimum": 0},
                "items": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "array", "minItems": 1, "items": band},
                },
            },
        },
    }


def _fact(spec: FactSpec) -> dict[str, Any]:
    described = f"{spec.zh} / {spec.en}"
    if spec.kind is FactKind.FLAG:
        return {"type": "boolean", "description": described}
    if spec.numeric:
        return {
            "type": "object",
            "description": f"{described}, for example {EXAMPLE[spec.kind]}",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {key: _number(spec.kind) for key in BOUND_KEYS},
        }
    item: dict[str, Any] = {"type": "string"}
    if spec.choice is not None:
        item["examples"] = sorted(set(choice_words(spec.choice).values()))
    listed = {"anyOf": [item, {"type": "array", "minItems": 1, "items": item}]}
    return {
        "description": described,
        "anyOf": [
            *listed["anyOf"],
            {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "properties": dict.fromkeys(LIST_KEYS, listed),
            },
        ],
    }


def _number(kind: FactKind) -> dict[str, Any]:
    if kind in _PATTERNS:
        return {"type": "string", "pattern": _PATTERNS[kind]}
    if kind is FactKind.DAY:
        return {"type": "string", "format": "date"}
    return {"type": ["number", "string"]}
