"""Runs all checks of the manifests and the chart; called by `check`, which brings the tools."""

import argparse
import base64
import gzip
import json
import sys
import tarfile
import tempfile
import time
from pathlib import Path

import helm_python

import alerts
import dependency
import generated
import golden
import images
import manifests
import nulls
import openshift
import policy
import references
import sabotage
import schemas

# Values that the chart must refuse, with words of the message.
WATCHED = {"config": {"workspaces": [{"url": "https://chat.example.com", "user_id": "u"}]}, "existingSecret": "token"}
PROXIED = WATCHED["config"]["workspaces"][0] | {"proxy_url": "http://ada:secret@proxy.example.com:3128"}
TLS = WATCHED | {"webConfig": {"existingSecret": "tls"}}
ALERT = "OmnichannelAbandonmentHigh"
REFUSED = [
    ({}, "config.workspaces is empty"),
    (WATCHED | {"existingSecret": ""}, "no token"),
    (WATCHED | {"tokens": {"token": "t"}}, "not both"),
    (WATCHED | {"replicaCount": 2}, "replicaCount is 2 without sharding"),
    (WATCHED | {"replicaCount": 3, "sharding": {"enabled": True, "shards": 2}}, "but sharding.shards only 2"),
    (WATCHED | {"replicaCount": 1, "sharding": {"enabled": True, "shards": 2}}, "would not be polled"),
    (WATCHED | {"config": WATCHED["config"] | {"shards": 2}}, "sharding.shards instead"),
    (WATCHED | {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}}, "twice"),
    (WATCHED | {"config": {"wep": {}}}, "'wep' not allowed"),
    (WATCHED | {"config": {"workspaces": [{"url": "https://a.example.com"}]}}, "user_id"),
    (WATCHED | {"config": {"workspaces": [{"url": "https://a.example.com", "user_id": "u", "auth_token": "s"}]}},
     "would be readable in the ConfigMap"),
    (WATCHED | {"config": {"workspaces": [WATCHED["config"]["workspaces"][0] | {"webhook_token": "s"}]}},
     "set webhook_token_file"),
    (WATCHED | {"config": WATCHED["config"] | {"web": {"listen_address": ":9000"}}}, "containerPort"),
    (WATCHED | {"config": WATCHED["config"] | {"web": {"config_file": "/x"}}}, "webConfig.existingSecret"),
    (WATCHED | {"config": {"workspaces": [PROXIED]}}, "workspaces[0].proxy_url contains a login"),
    (WATCHED | {"extraArgs": ["--log.level=debug", "--shards=2"]}, "extraArgs[1] is --shard"),
    (WATCHED | {"extraArgs": ["--shard", "0"]}, "set sharding instead"),
    (WATCHED | {"extraArgs": ["--web.listen-address=:9000"]}, "set containerPort instead"),
    (WATCHED | {"extraArgs": ["--web.config.file=/x"]}, "set webConfig.existingSecret instead"),
    (WATCHED | {"commonLabels": {"app.kubernetes.io/name": "chat"}}, "commonLabels has app.kubernetes.io/name"),
    (WATCHED | {"podLabels": {"app.kubernetes.io/instance": "chat"}}, "podLabels has app.kubernetes.io/instance"),
    (WATCHED | {"service": {"labels": {"app.kubernetes.io/name": "chat"}}}, "service.labels has app.kubernetes.io/name"),
    (TLS | {"serviceMonitor": {"enabled": True}}, "set serviceMonitor.scheme to https"),
    (TLS | {"podMonitor": {"enabled": True}}, "set podMonitor.scheme to https"),
    (WATCHED | {"servicemonitor": {}}, "'servicemonitor' not allowed"),
    (WATCHED | {"image": {"repository": "registry.example.com:5000/exporter:1.2.3"}}, "set image.tag or image.digest"),
    (WATCHED | {"image": {"repository": f"exporter@sha256:{'a' * 64}"}}, "set image.tag or image.digest"),
    (WATCHED | {"image": {"digest": "sha256:abc"}}, "/image/digest"),
    (WATCHED | {"global": {"imagePullSecrets": [{"secret": "registry"}]}}, "/global/imagePullSecrets/0"),
    (WATCHED | {"global": {"compatibility": {"openshift": {"adaptSecurityContext": "on"}}}}, "adaptSecurityContext"),
    (WATCHED | {"prometheusRule": {"disabled": {"OmnichannelQueueStaled": True}}},
     "prometheusRule.disabled has OmnichannelQueueStaled, which is no alert"),
    (WATCHED | {"prometheusRule": {"customRules": {"OmnichannelQueueStaled": {"for": "5m"}}}},
     "prometheusRule.customRules has OmnichannelQueueStaled, which is no alert"),
    (WATCHED | {"prometheusRule": {"disabled": {ALERT: "yes"}}}, f"/prometheusRule/disabled/{ALERT}"),
    (WATCHED | {"prometheusRule": {"customRules": {ALERT: {"severity": "urgent"}}}}, "'critical', 'warning', 'info', 'none'"),
    (WATCHED | {"prometheusRule": {"customRules": {ALERT: {"for": "5 min"}}}}, f"/customRules/{ALERT}/for"),
    (WATCHED | {"prometheusRule": {"customRules": {ALERT: {"for": 5}}}}, f"/customRules/{ALERT}/for"),
    (WATCHED | {"prometheusRule": {"customRules": {ALERT: {"keep_firing_for": "5m"}}}}, "'keep_firing_for' not allowed"),
    (WATCHED | {"prometheusRule": {"customRules": {ALERT: {"labels": {"department": "Sales"}}}}},
     f"prometheusRule.customRules.{ALERT}.labels has department"),
    (WATCHED | {"prometheusRule": {"additionalRuleLabels": {"severity": "page"}}}, "set customRules.NAME.severity"),
    (WATCHED | {"prometheusRule": {"additionalRuleLabels": {"on-call": "a"}}}, "'on-call' does not match"),
    (WATCHED | {"prometheusRule": {"thresholds": {"abandonmentRatio": 5}}},
     "prometheusRule.thresholds.abandonmentRatio is 5: write a number from 0 to 1"),
    (WATCHED | {"prometheusRule": {"thresholds": {"abandonmentRatio": "5%"}}}, "got string, want"),
    (WATCHED | {"prometheusRule": {"thresholds": {"objective": 0.9}}}, "are in config.service_level"),
    (WATCHED | {"networkPolicy": {"from": []}}, "/networkPolicy/from"),
]


def accepted():
    """What should have been refused, or was with other words."""
    for values, words in REFUSED:
        try:
            manifests.render_values(values)
            yield f"the chart takes what is wrong: {words}"
        except helm_python.HelmError as error:
            if words not in str(error):
                yield f"the chart says {error}, not: {words}"


def release_sizes(charts):
    """Helm keeps chart and manifests in one Secret of at most 1 MiB."""
    files = {str(path): path.read_text() for path in manifests.CHART.glob("**/*") if path.is_file()}
    for case in charts:
        content = json.dumps([files, case.documents]).encode()
        size = len(base64.b64encode(base64.b64encode(gzip.compress(content))))
        if size > 900 * 1024:
            yield f"{case.name}: a release of {size} bytes is too large for its Secret"


def drift():
    for path, content in generated.files().items():
        if not path.exists() or path.read_text() != content:
            yield f"{path.relative_to(manifests.ROOT)} is out of date"
    yield from (f"values.yaml: {key} has no words" for key in generated.undescribed())
    yield from (f"files/{name} is missing, or no link to the file itself" for name in generated.unlinked())


def package(folder):
    """The chart that is published holds the files themselves, not links out of it."""
    with tarfile.open(helm_python.package(str(manifests.CHART), destination=str(folder))) as archive:
        members = {member.name.split("/", 1)[1]: member for member in archive.getmembers()}
    for path in manifests.CHART.glob("files/*/*"):
        member = members.get(str(path.relative_to(manifests.CHART)))
        if member is None or not member.isfile() or member.size != path.stat().st_size:
            yield f"the package lacks {path.name}"


def steps(folder):
    overlays, charts = manifests.overlays(), manifests.charts()
    cases = overlays + charts
    shown = cases + manifests.examples()
    documents = list({json.dumps(it, sort_keys=True): it for case in shown for it in case.documents}.values())
    rules = [it for it in documents if it["kind"] == "PrometheusRule"]
    values = sorted((manifests.CHART / "ci").glob("*.yaml"))
    yield "generated files", [*drift(), *generated.strange_rules(rules)]
    yield "golden files", golden.differences(cases)
    yield f"{len(documents)} objects, Kubernetes {schemas.RELEASES[0]} to {schemas.RELEASES[-1]}", schemas.problems(documents)
    persistent = next(case for case in cases if case.name == "kustomize-persistent")
    successors = [case for case in overlays if case.name.startswith("kustomize-") and case.name != "kustomize-base"]
    yield "references", [it for case in cases for it in references.problems(case)]
    yield "moves from persistent", references.moves(persistent, successors)
    pages = list(manifests.documented())
    found = [it for case in pages for it in references.problems(case) + schemas.problems(case.documents)]
    yield "pages", [*found, *manifests.missing_paths(), *([] if len(pages) == 2 else [f"{len(pages)} examples of values"])]
    yield "helm lint", [it for path in values for release in ("1.27", "1.37") for it in policy.lint(path, release)]
    yield "refusals of the chart", accepted()
    yield "release and package of the chart", [*release_sizes(charts), *package(folder)]
    yield "the chart as a dependency", dependency.problems(_sub(folder, "dependency"))
    yield "every value as null", nulls.problems()
    yield "alerts as values change them", alerts.problems()
    yield "images", images.problems()
    constrained = openshift.cases(overlays, charts)
    yield f"{len(constrained)} cases in OpenShift", [it for case in constrained for it in openshift.problems(case)]
    yield "promtool", policy.rules([*rules, alerts.everything()], folder)
    yield "checkov", sum(policy.checkov(shown, _sub(folder, "checkov")), [])
    operator = next(case for case in cases if case.name == "combined-operator-without-volumes")
    yield "planted mistakes", sabotage.undetected(operator, persistent, constrained[0], _sub(folder, "sabotage"))


def _sub(folder, name):
    (folder / name).mkdir()
    return folder / name


def update():
    for path, content in generated.files().items():
        path.write_text(content)
    golden.update(manifests.overlays() + manifests.charts())


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--update", action="store_true", help="write generated and golden files first")
    if arguments.parse_args().update:
        update()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        for name, found in steps(Path(folder)):
            found = list(found)
            failed += len(found)
            print(f"{'ok' if not found else 'FAILED':6} {name} ({time.monotonic() - began:.0f} s)", flush=True)
            print("".join(f"  {problem}\n" for problem in found), end="", flush=True)
            began = time.monotonic()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
