"""What is checked: every overlay as kustomize builds it, and the chart with each set of values as Helm renders it."""

import json
import re
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import helm_python
import yaml
from helm_python import _native

ROOT = Path(__file__).resolve().parents[2]
KUSTOMIZE = ROOT / "deploy/kubernetes"
CHART = ROOT / "deploy/helm/rocketchat-omnichannel-exporter"
COMBINED = ROOT / "tests/kubernetes/combined"
DEPLOYMENT = ROOT / "docs/deployment.md"

# Secrets and their keys that whoever installs the chart has made before.
EXISTING = {
    "rocketchat-token": {"token"},
    "rocketchat-tokens": {"acme", "acme-webhook", "globex"},
    "exporter-webhooks-tls": {"tls.crt", "tls.key"},
    "exporter-tls": {"web-config.yml", "tls.crt", "tls.key", "ca.crt"},
    "exporter-password": {"web-config.yml"},
    "prometheus-login": {"username", "password"},
    "registry": {".dockerconfigjson"},
}


@dataclass
class Case:
    """One set of objects that somebody applies together."""

    name: str
    documents: list
    # Secrets made by hand, with their keys.
    secrets: dict = field(default_factory=dict)


def overlays():
    folders = [KUSTOMIZE / "base", *sorted((KUSTOMIZE / "overlays").iterdir()), *sorted(COMBINED.iterdir())]
    return [_overlay(folder) for folder in folders]


def _overlay(folder):
    kind = "combined" if folder.parent == COMBINED else "kustomize"
    built = subprocess.run(["kubectl", "kustomize", folder], check=True, capture_output=True, text=True).stdout
    is_sharded = "--shards" in built
    example = KUSTOMIZE / ("components/sharded" if is_sharded else "base") / "secret.example.yaml"
    secret = yaml.safe_load(example.read_text())
    secrets = {secret["metadata"]["name"]: set(secret["stringData"])}
    return Case(f"{kind}-{folder.name}", list(yaml.safe_load_all(built)), secrets)


def examples():
    """Files that are applied by themselves, or shown only."""
    shown = sorted(KUSTOMIZE.glob("*/**/secret.example.yaml"))
    return [Case(f"example-{path.parent.name}-{path.stem}", [yaml.safe_load(path.read_text())]) for path in
            [*shown, KUSTOMIZE / "base/namespace.yaml"]]


def charts():
    return [Case(f"helm-{path.name.removesuffix('-values.yaml')}", documents(render(path)), EXISTING) for path in
            sorted((CHART / "ci").glob("*-values.yaml"))]


def documented():
    """What the pages show, copied from there: values of the chart, and the Secret that goes with them."""
    for page in (DEPLOYMENT, CHART / "README.md"):
        text = page.read_text()
        secret = re.search(r"create secret generic (rocketchat-token) --from-file=(\w+)", text)
        blocks = [block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "existingSecret:" in block]
        for block in blocks:
            yield Case(f"{page.relative_to(ROOT)}", documents(render_values(yaml.safe_load(block))), {secret[1]: {secret[2]}})


def missing_paths():
    """Paths that commands on the pages name."""
    for page in (ROOT / "README.md", DEPLOYMENT, CHART / "README.md"):
        for path in re.findall(r"(?:-[fk]|install \w+) (deploy/\S+)", page.read_text()):
            if not (ROOT / path).exists():
                yield f"{page.relative_to(ROOT)}: {path} is not there"


def render(path):
    return render_values(yaml.safe_load(path.read_text()))


def render_values(values, api_versions=()):
    """Template path to text, in a cluster that also has these APIs; the notes are rendered as well."""
    # `Chart.render` cannot name APIs, although the library below it can.
    options = {"name": "omni", "namespace": "support", "api_versions": list(api_versions)}
    return json.loads(_native.call_string("helm_render", _chart()._raw(), json.dumps(values), json.dumps(options)))


@cache
def _chart():
    return helm_python.Chart.load(str(CHART))


def documents(rendered):
    texts = [text for path, text in sorted(rendered.items()) if not path.endswith("NOTES.txt")]
    return [document for text in texts for document in yaml.safe_load_all(text) if document]


def identity(document):
    metadata = document["metadata"]
    return f"{document['kind']} {metadata.get('namespace', '-')}/{metadata['name']}"
