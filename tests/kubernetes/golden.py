"""What each case came to when somebody last looked: a change has to be seen before it is kept."""

import difflib
import json
from pathlib import Path

import yaml

from manifests import ROOT

FOLDER = Path(__file__).with_name("golden")
DASHBOARDS = ROOT / "grafana/dashboards"


def differences(cases):
    expected = {path.stem: path.read_text() for path in FOLDER.glob("*.yaml")}
    actual = {case.name: text(case) for case in cases}
    for name in sorted(expected.keys() | actual.keys()):
        old, new = expected.get(name, ""), actual.get(name, "")
        if old != new:
            lines = difflib.unified_diff(old.splitlines(), new.splitlines(), f"golden/{name}.yaml", name, n=2, lineterm="")
            yield "\n".join(list(lines)[:60])


def update(cases):
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.yaml"):
        path.unlink()
    for case in cases:
        (FOLDER / f"{case.name}.yaml").write_text(text(case))


def text(case):
    """In an order and a form of our own, so that no release of a tool changes it; long files that stand elsewhere are named."""
    documents = [_short(document) for document in case.documents]
    documents.sort(key=lambda it: (it["kind"], it["metadata"]["name"]))
    return yaml.dump_all(documents, Dumper=_Readable, width=120, allow_unicode=True)


def _short(document):
    if document["kind"] == "PrometheusRule":
        names = [f"{group['name']}: {len(group['rules'])} rules" for group in document["spec"]["groups"]]
        return document | {"spec": {"groups": names}}
    if document["kind"] == "ConfigMap":
        return document | {"data": {name: _named(name, content) for name, content in document["data"].items()}}
    return document


def _named(name, content):
    source = DASHBOARDS / name
    if not source.exists():
        return content
    is_same = json.loads(content) == json.loads(source.read_text())
    return f"grafana/dashboards/{name}" if is_same else f"differs from grafana/dashboards/{name}"


class _Readable(yaml.SafeDumper):
    """Texts of several lines as such, and nothing said by reference."""

    def ignore_aliases(self, data):
        return True


def _text(dumper, value):
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Readable.add_representer(str, _text)
