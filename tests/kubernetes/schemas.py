"""Shapes: every object against the strict schema of every Kubernetes release, and of the Prometheus Operator."""

import json
import re
from functools import cache

import jsonschema
from cloudcoil.models.prometheus_operator import v1, v1alpha1
from kubernetes_validate import utils
from referencing import Registry, Resource

RELEASES = [f"1.{minor}.0" for minor in range(27, 38)]
OPERATOR = {"monitoring.coreos.com/v1": v1, "monitoring.coreos.com/v1alpha1": v1alpha1}


def problems(documents):
    return [problem for document in documents for problem in _problems(document)]


def _problems(document):
    if document["apiVersion"] in OPERATOR:
        validator = _operator_validator(document["apiVersion"], document["kind"])
        return _errors(validator, document, "operator")
    return [problem for release in RELEASES
            for problem in _errors(_validator(release, document["kind"], document["apiVersion"]), document, release)]


def _errors(validator, document, where):
    name = document["metadata"]["name"]
    return [f"{where}: {document['kind']} {name}: {'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in validator.iter_errors(document)]


@cache
def _definitions(release):
    content = utils.schema_contents(f"kubernetes-json-schema/v{release}-local-strict/_definitions.json", release)
    return Resource.from_contents(content) @ Registry()


@cache
def _validator(release, kind, version):
    """The schema that `kubernetes-validate --strict` takes, kept for the next object of its kind."""
    version = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", version)
    path = f"kubernetes-json-schema/v{release}-local-strict/{kind.lower()}-{version}.json"
    schema = utils.schema_contents(path, release)
    registry = Resource.from_contents(schema) @ _definitions(release)
    return jsonschema.Draft202012Validator(schema, registry=registry)


@cache
def _operator_validator(version, kind):
    schema = json.loads(json.dumps(getattr(OPERATOR[version], kind).model_json_schema(by_alias=True)))
    _close(schema)
    return jsonschema.Draft202012Validator(schema)


def _close(schema):
    """The generated models let unknown fields pass; a misspelt one must not."""
    if isinstance(schema, list):
        for item in schema:
            _close(item)
    elif isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            _close(value)
