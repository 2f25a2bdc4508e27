"""Every value set to null, one by one: the chart renders valid objects, or says which value is missing."""

import copy
import re

import helm_python
import yaml

import manifests
import schemas

# Words of a template that failed over a null, and not of a refusal.
CRASH = re.compile(r"nil pointer|nil data|wrong type|error calling|can't|incompatible types|invalid value|interface \{\}")

WORKSPACE = {"url": "https://chat.example.com", "user_id": "u"}
WATCHED = {"config": {"workspaces": [WORKSPACE]}, "existingSecret": "rocketchat-token"}
# Switches that no two sets have together; each switch is on in one set.
SETS = [
    WATCHED,
    WATCHED | {"persistence": {"enabled": True}, "serviceMonitor": {"enabled": True}, "networkPolicy": {"enabled": True},
               "prometheusRule": {"enabled": True}, "dashboards": {"enabled": True}},
    WATCHED | {"sharding": {"enabled": True}, "podMonitor": {"enabled": True, "scheme": "https"},
               "podDisruptionBudget": {"enabled": True}, "webConfig": {"existingSecret": "exporter-tls"},
               "service": {"type": "NodePort", "nodePort": 30458}},
]


def problems():
    """The crash, or the fields of the objects that are not valid."""
    defaults = yaml.safe_load((manifests.CHART / "values.yaml").read_text())
    for values in SETS:
        usual = manifests.render_values(values)
        for path in _paths(defaults):
            name = ".".join(path)
            try:
                rendered = manifests.render_values(_with_null(values, path))
            except helm_python.HelmError as error:
                yield from unclear(name, str(error))
                continue
            changed = manifests.documents(dict(rendered.items() - usual.items()))
            yield from (f"{name} is null: {problem}" for problem in schemas.problems(changed)[:1])


def unclear(name, message):
    """A refusal names the value or the part of it that is missing."""
    if CRASH.search(message):
        yield f"{name} is null: {message}"
    elif name.rsplit(".", 1)[-1] not in message:
        yield f"{name} is null, and the message does not name it: {message}"


def _paths(values, path=()):
    for key, value in values.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from _paths(value, (*path, key))


def _with_null(values, path):
    changed = copy.deepcopy(values)
    holder = changed
    for key in path[:-1]:
        holder = holder.setdefault(key, {})
    holder[path[-1]] = None
    return changed
