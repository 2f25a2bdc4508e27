"""The chart inside a chart of somebody else's, which switches it on and off."""

import json
import tempfile
from pathlib import Path

import helm_python

import manifests
import references

OURS = manifests.CHART.name
WATCHED = {"config": {"workspaces": [{"url": "https://chat.example.com", "user_id": "u"}]},
           "existingSecret": "rocketchat-token", "serviceMonitor": {"enabled": True}}
BY_CONDITION = {"condition": f"{OURS}.enabled"}
BY_TAG = {"tags": ["monitoring"]}
ALIAS = {"alias": "omnichannel", "condition": "omnichannel.enabled"}

# How the dependency is written, the values of the parent, and whether anything is installed.
CASES = [
    (BY_CONDITION, {OURS: WATCHED | {"enabled": True}}, True),
    (BY_CONDITION, {OURS: WATCHED | {"enabled": False}}, False),
    (BY_CONDITION, {OURS: WATCHED, "global": {"imageRegistry": "registry.example.com"}}, True),
    (BY_CONDITION, {OURS: WATCHED | {"enabled": True, "podDisruptionBudget": None, "tests": None}}, True),
    (BY_CONDITION, {OURS: WATCHED, "global": {"compatibility": None, "imagePullSecrets": ["registry"]}}, True),
    (BY_CONDITION | BY_TAG, {OURS: WATCHED, "tags": {"monitoring": False}}, False),
    (BY_TAG, {OURS: WATCHED, "tags": {"monitoring": True}}, True),
    (BY_TAG, {OURS: WATCHED | {"tags": {"monitoring": True}}, "tags": {"monitoring": True}}, True),
    (BY_TAG, {OURS: WATCHED, "tags": {"monitoring": False}}, False),
    (ALIAS, {"omnichannel": WATCHED | {"enabled": True}}, True),
    (ALIAS, {"omnichannel": WATCHED | {"enabled": False}}, False),
]
# What is no switch, with words of the message.
REFUSED = [({"enabled": "false"}, "got string, want boolean"), ({"tags": ["monitoring"]}, "got array, want object"),
           ({"tags": {"monitoring": "no"}}, "got string, want boolean")]


def problems(folder):
    ours = helm_python.package(str(manifests.CHART), destination=str(folder))
    for dependency, values, is_installed in CASES:
        case = f"{dependency}, {values}"
        try:
            documents = manifests.documents(_rendered(ours, dependency, values))
        except helm_python.HelmError as error:
            yield f"{case}: {error}"
            continue
        if bool(documents) != is_installed:
            yield f"{case}: {len(documents)} objects"
        yield from references.problems(manifests.Case(case, documents, manifests.EXISTING)) if documents else ()
    for values, words in REFUSED:
        try:
            _rendered(ours, {}, {OURS: WATCHED | values})
            yield f"{values} are taken"
        except helm_python.HelmError as error:
            if words not in str(error):
                yield f"{values}: {error}, not: {words}"


def _rendered(ours, dependency, values):
    with tempfile.TemporaryDirectory() as folder:
        parent = Path(folder) / "parent"
        (parent / "charts").mkdir(parents=True)
        (parent / "charts" / Path(ours).name).write_bytes(Path(ours).read_bytes())
        version = Path(ours).stem.removeprefix(f"{OURS}-")
        chart = {"apiVersion": "v2", "name": "parent", "version": "1.0.0",
                 "dependencies": [{"name": OURS, "version": version} | dependency]}
        # JSON is YAML.
        (parent / "Chart.yaml").write_text(json.dumps(chart))
        (parent / "values.yaml").write_text(json.dumps(values))
        with helm_python.Chart.load(str(parent)) as loaded:
            return loaded.render({}, name="omni", namespace="support")
