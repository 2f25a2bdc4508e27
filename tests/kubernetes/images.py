"""Names of images and Secrets for pulling them: mirrors, own builds, and what a parent chart sets for all its charts."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

import yaml

import manifests

OURS = "rocketchat-omnichannel-exporter/rocketchat-omnichannel-exporter"
VERSION = yaml.safe_load((manifests.CHART / "Chart.yaml").read_text())["appVersion"]
DIGEST = f"sha256:{'a' * 64}"
MIRROR = {"imageRegistry": "mirror.example.com:5000"}

# The values, and the image that comes of them.
NAMES = [
    ({}, f"ghcr.io/{OURS}:{VERSION}"),
    ({"global": MIRROR}, f"mirror.example.com:5000/{OURS}:{VERSION}"),
    ({"image": {"registry": "mirror.example.com/ghcr/"}}, f"mirror.example.com/ghcr/{OURS}:{VERSION}"),
    ({"global": MIRROR, "image": {"registry": "other.example.com"}}, f"mirror.example.com:5000/{OURS}:{VERSION}"),
    ({"image": {"repository": "registry.example.com/monitoring/exporter"}}, f"registry.example.com/monitoring/exporter:{VERSION}"),
    ({"image": {"repository": "exporter", "tag": "dev"}}, "exporter:dev"),
    ({"image": {"repository": "localhost/exporter", "tag": "dev"}}, "localhost/exporter:dev"),
    ({"global": MIRROR, "image": {"repository": "localhost/exporter"}}, f"mirror.example.com:5000/exporter:{VERSION}"),
    ({"global": MIRROR, "image": {"repository": "monitoring/exporter"}}, f"mirror.example.com:5000/monitoring/exporter:{VERSION}"),
    ({"global": MIRROR, "image": {"repository": "registry.example.com:80/exporter", "digest": DIGEST, "tag": "1"}},
     f"mirror.example.com:5000/exporter@{DIGEST}"),
    ({"global": None, "image": {"tag": None, "digest": None, "registry": None}}, f"ghcr.io/{OURS}:{VERSION}"),
]
# The values, and the names of the Secrets.
SECRETS = [
    ({}, None),
    ({"imagePullSecrets": [{"name": "a"}]}, ["a"]),
    ({"imagePullSecrets": ["a"]}, ["a"]),
    ({"global": {"imagePullSecrets": ["b", {"name": "a"}]}, "imagePullSecrets": ["a", "c"]}, ["b", "a", "c"]),
    ({"global": {"imagePullSecrets": None}}, None),
]


def problems():
    watched = {"config": {"workspaces": [{"url": "https://chat.example.com", "user_id": "u"}]}, "existingSecret": "token"}
    for values, image in NAMES:
        found = {container["image"] for pod in _pods(watched | values) for container in pod["containers"]}
        if found != {image}:
            yield f"{values} make {found}, not {image}"
    for values, names in SECRETS:
        wanted = names and [{"name": name} for name in names]
        yield from (f"{values} make {pod.get('imagePullSecrets')}" for pod in _pods(watched | values)
                    if pod.get("imagePullSecrets") != wanted)
    yield from _documented()


def _documented():
    """The overlay that the page shows, beside the overlays of the repository, with a tag and with a digest."""
    blocks = re.findall(r"```yaml\n(.*?)```", manifests.DEPLOYMENT.read_text(), re.DOTALL)
    overlay = next(yaml.safe_load(block) for block in blocks if "\nimages:" in block)
    name = overlay["images"][0]["newName"]
    tag = overlay["images"][0].pop("newTag")
    for pinned, image in (({"newTag": tag}, f"{name}:{tag}"), ({"digest": DIGEST}, f"{name}@{DIGEST}")):
        overlay["images"] = [{key: overlay["images"][0][key] for key in ("name", "newName")} | pinned]
        with tempfile.TemporaryDirectory() as folder:
            beside = os.path.relpath(manifests.KUSTOMIZE / "overlays", Path(folder).resolve().parent)
            overlay["resources"] = [f"../{beside}/prometheus-operator"]
            (Path(folder) / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
            built = subprocess.run(["kubectl", "kustomize", folder], check=True, capture_output=True, text=True).stdout
        found = re.findall(r"image: (\S+)", built)
        if found != [image]:
            yield f"the overlay of the page with {pinned} has {found}"


def _pods(values):
    """The pod of the exporter and that of the test."""
    documents = manifests.documents(manifests.render_values(values))
    pods = [document["spec"].get("template", document)["spec"] for document in documents if document["kind"] in ("Deployment", "Pod")]
    if len(pods) != 2:
        raise SystemExit(f"{values} make {len(pods)} pods")
    return pods
