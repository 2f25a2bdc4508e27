"""What schemas do not see: names, labels, ports, files and figures that have to agree between objects."""

import json
import re
from pathlib import PurePosixPath

import yaml

from manifests import ROOT, identity

WORKLOADS = ("Deployment", "StatefulSet")
# `kubectl apply` keeps the whole object in an annotation, and annotations have 256 KiB.
LARGEST_BYTES = 256 * 1024 - 1024
ALERTS = (ROOT / "deploy/prometheus/alerts.rules.yaml").read_text()
JOB = re.compile(re.search(r'- alert: OmnichannelExporterDown\n.*?up\{job=~"(.+?)"\}', ALERTS, re.DOTALL)[1])
# Labels that the Operator sets, alerts keep, and nothing here may take away.
KEPT = ("namespace", "job", "instance")
ENTRY_POINT = re.search(r'^ENTRYPOINT \["(.+)"\]$', (ROOT / "deploy/container/Dockerfile").read_text(), re.MULTILINE)[1]
PROBES = {"startupProbe": "/-/healthy", "livenessProbe": "/-/healthy", "readinessProbe": "/-/ready"}


# What Kubernetes lets change in a StatefulSet.
CHANGEABLE = {"replicas", "ordinals", "template", "updateStrategy", "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
              "revisionHistoryLimit"}


def problems(case):
    return [f"{case.name}: {problem}" for problem in _Objects(case).problems()]


def moves(persistent, overlays):
    """Where an overlay cannot be applied over `persistent`: objects would stay behind, or fields may not change."""
    for overlay in overlays:
        left = {identity(it) for it in persistent.documents} - {identity(it) for it in overlay.documents}
        yield from (f"{overlay.name}: {it} of {persistent.name} would stay behind" for it in sorted(left))
        before, after = _lasting(persistent), _lasting(overlay)
        changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        yield from (f"{overlay.name}: {key} of a StatefulSet may not change" for key in changed)


def _lasting(case):
    specs = [document["spec"] for document in case.documents if document["kind"] == "StatefulSet"]
    return {key: value for spec in specs for key, value in spec.items() if key not in CHANGEABLE}


class _Objects:
    def __init__(self, case):
        self.all = case.documents
        self.secrets = dict(case.secrets)
        for secret in self.of("Secret"):
            self.secrets[secret["metadata"]["name"]] = set(secret["stringData"])

    def of(self, *kinds):
        return [document for document in self.all if document["kind"] in kinds]

    def named(self, kind, name, namespace):
        return next((it for it in self.of(kind) if it["metadata"]["name"] == name
                     and it["metadata"].get("namespace") == namespace), None)

    def problems(self):
        yield from self.shared()
        workloads = self.of(*WORKLOADS)
        if len(workloads) != 1:
            yield f"{len(workloads)} workloads"
        for workload in workloads:
            yield from self.workload(workload)
            yield from self.pod(workload)
            yield from self.configuration(workload)
        for pod in self.of("Pod"):
            yield from self.test_pod(pod, workloads[0])
        for kind in ("Service", "NetworkPolicy", "PodDisruptionBudget"):
            for document in self.of(kind):
                yield from self.selecting(document, workloads[0])
        for monitor in self.of("ServiceMonitor", "PodMonitor"):
            yield from self.monitor(monitor, workloads[0])

    def shared(self):
        """What holds for all objects."""
        identities = [identity(document) for document in self.all]
        yield from (f"{it} stands there twice" for it in set(identities) if identities.count(it) > 1)
        for document in self.all:
            if document["kind"] == "Namespace":
                yield f"{identity(document)} would be renamed and deleted with the rest"
            elif not document["metadata"].get("namespace"):
                yield f"{identity(document)} has no namespace"
            if len(json.dumps(document)) > LARGEST_BYTES:
                yield f"{identity(document)} is too large for kubectl apply without --server-side"

    def workload(self, workload):
        name, spec = identity(workload), workload["spec"]
        labels = spec["template"]["metadata"]["labels"]
        if not _matches(spec["selector"]["matchLabels"], labels):
            yield f"{name} does not select its own pods"
        args = spec["template"]["spec"]["containers"][0]["args"]
        shards = int(args[args.index("--shards") + 1]) if "--shards" in args else 1
        if spec["replicas"] != shards:
            yield f"{name} has {spec['replicas']} replicas and {shards} shards"
        if shards > 1 and args[args.index("--shard") + 1] != "auto":
            yield f"{name} does not tell its shards apart"
        if workload["kind"] == "Deployment" and spec["strategy"] != {"type": "Recreate"}:
            yield f"{name} would run two exporters during an update"
        if workload["kind"] == "StatefulSet":
            if not self.named("Service", spec["serviceName"], workload["metadata"]["namespace"]):
                yield f"{name} is governed by a Service that is not there"
            if len(workload["metadata"]["name"]) > 52:
                yield f"{name} is too long a name for a StatefulSet"

    def pod(self, workload):
        name, spec = identity(workload), workload["spec"]["template"]["spec"]
        namespace = workload["metadata"]["namespace"]
        account = spec["serviceAccountName"]
        if account != "default" and not self.named("ServiceAccount", account, namespace):
            yield f"{name} runs as {account}, which is not there"
        yield from self.volumes(workload)
        for container in spec["containers"]:
            ports = {port["name"] for port in container.get("ports", [])}
            for kind, path in PROBES.items():
                probe = container[kind]
                asked = probe.get("httpGet") or probe.get("tcpSocket")
                if "exec" in probe and probe["exec"]["command"][0] != ENTRY_POINT:
                    yield f"{name}: {kind} runs what the image does not have"
                if asked and asked["port"] not in ports:
                    yield f"{name}: {kind} asks a port that is not there"
                if "httpGet" in probe and asked["path"] != path:
                    yield f"{name}: {kind} asks for {asked['path']}"
        pulls = {secret["name"] for secret in spec.get("imagePullSecrets", [])}
        yield from (f"{name} pulls with {it}, which is not there" for it in pulls - self.secrets.keys())

    def volumes(self, workload):
        name, spec = identity(workload), workload["spec"]["template"]["spec"]
        namespace = workload["metadata"]["namespace"]
        claims = {claim["metadata"]["name"] for claim in workload["spec"].get("volumeClaimTemplates", [])}
        volumes = {volume["name"] for volume in spec["volumes"]} | claims
        mounts = [mount for container in spec["containers"] for mount in container["volumeMounts"]]
        mounted = {mount["name"] for mount in mounts}
        yield from (f"{name}: volume {it} is mounted or defined, but not both" for it in volumes ^ mounted)
        for mount in mounts:
            if "subPath" in mount:
                yield f"{name}: {mount['mountPath']} would keep showing its old content"
        for volume in spec["volumes"]:
            if "configMap" in volume and not self.named("ConfigMap", volume["configMap"]["name"], namespace):
                yield f"{name}: ConfigMap {volume['configMap']['name']} is not there"
            if "secret" in volume and volume["secret"]["secretName"] not in self.secrets:
                yield f"{name}: Secret {volume['secret']['secretName']} is not there"
        for source in spec["containers"][0].get("envFrom", []):
            if not self.named("ConfigMap", source["configMapRef"]["name"], namespace):
                yield f"{name}: ConfigMap {source['configMapRef']['name']} is not there"
        for variable in spec["containers"][0].get("env", []):
            key = variable.get("valueFrom", {}).get("secretKeyRef")
            if key and key["key"] not in self.secrets.get(key["name"], ()):
                yield f"{name}: Secret {key['name']} has no {key['key']}"

    def files(self, workload):
        """Path to content (of ConfigMaps), or to None (of Secrets), and the directories that can be written."""
        spec, namespace = workload["spec"]["template"]["spec"], workload["metadata"]["namespace"]
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        files, writable = {}, set()
        for mount in spec["containers"][0]["volumeMounts"]:
            folder, volume = PurePosixPath(mount["mountPath"]), volumes.get(mount["name"], {})
            if "configMap" in volume:
                found = self.named("ConfigMap", volume["configMap"]["name"], namespace) or {"data": {}}
                files |= {str(folder / key): text for key, text in found["data"].items()}
            elif "secret" in volume:
                files |= {str(folder / key): None for key in self.secrets.get(volume["secret"]["secretName"], ())}
            elif not mount.get("readOnly"):
                writable.add(str(folder))
        return files, writable

    def configuration(self, workload):
        name, container = identity(workload), workload["spec"]["template"]["spec"]["containers"][0]
        files, writable = self.files(workload)
        flags = dict(arg.lstrip("-").split("=", 1) for arg in container["args"] if "=" in arg)
        yield from (f"{name}: {path} is no mounted file" for flag, path in flags.items()
                    if flag.endswith("config.file") and path not in files)
        config = yaml.safe_load(files.get(flags["config.file"]) or "{}")
        if config.get("state", {}).get("directory") not in writable:
            yield f"{name}: the state directory is no volume"
        for workspace in config.get("workspaces", []):
            paths = [workspace["auth_token_file"], *workspace.get("tls", {}).values()]
            paths += [workspace["webhook_token_file"]] if "webhook_token_file" in workspace else []
            yield from (f"{name}: {path} is no mounted file" for path in paths if path not in files)
        listened = config.get("web", {}).get("listen_address", ":10458")
        listened = [listened] if isinstance(listened, str) else listened
        port = container["ports"][0]["containerPort"]
        if not any(address.endswith(f":{port}") for address in listened):
            yield f"{name}: {port} is not listened on"
        self.telemetry_path = config.get("web", {}).get("telemetry_path", "/metrics")

    def test_pod(self, pod, workload):
        name, labels = identity(pod), pod["metadata"]["labels"]
        if _matches(workload["spec"]["selector"]["matchLabels"], labels):
            yield f"{name} would be taken for an exporter"
        url = next(arg for arg in pod["spec"]["containers"][0]["args"] if arg.startswith("--url="))
        host, port = re.fullmatch(r"--url=http://([^:]+):(\d+)", url).groups()
        service = self.named("Service", *host.split("."))
        if not service or int(port) not in self.service_ports(service, workload):
            yield f"{name} asks {host}:{port}, where nobody listens"
        for policy in self.of("NetworkPolicy"):
            peers = [peer for rule in policy["spec"]["ingress"] for peer in rule["from"]]
            own = [peer["podSelector"]["matchLabels"] for peer in peers if "podSelector" in peer]
            if not any(_matches(selector, labels) for selector in own):
                yield f"{name} is kept out by {identity(policy)}"

    def service_ports(self, service, workload):
        if service["spec"].get("clusterIP") == "None":
            return {port["containerPort"] for port in workload["spec"]["template"]["spec"]["containers"][0]["ports"]}
        return {port["port"] for port in service["spec"]["ports"]}

    def selecting(self, document, workload):
        """Services, policies and budgets are about the exporter's pods."""
        name, spec, pod = identity(document), document["spec"], workload["spec"]["template"]
        selector = spec.get("podSelector", spec["selector"] if "selector" in spec else {})
        selector = selector.get("matchLabels", selector)
        if not selector or not _matches(selector, pod["metadata"]["labels"]):
            yield f"{name} does not select the exporter"
        if document["metadata"]["namespace"] != workload["metadata"]["namespace"]:
            yield f"{name} is in another namespace than the exporter"
        rules = spec.get("ingress", [])[:1]
        targets = [port["targetPort"] for port in spec.get("ports", [])]
        targets += [port["port"] for rule in rules for port in rule["ports"]]
        ports = {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
        yield from (f"{name}: the exporter has no port {target}" for target in targets if target not in ports)
        annotations = document["metadata"].get("annotations", {})
        number = annotations.get("prometheus.io/port")
        if number and int(number) != pod["spec"]["containers"][0]["ports"][0]["containerPort"]:
            yield f"{name}: the annotated port is none of the exporter"
        if annotations.get("prometheus.io/path", self.telemetry_path) != self.telemetry_path:
            yield f"{name}: the annotated path is not that of the metrics"

    def monitor(self, monitor, workload):
        name, spec = identity(monitor), monitor["spec"]
        namespaces = spec.get("namespaceSelector", {}).get("matchNames", [monitor["metadata"].get("namespace")])
        if monitor["kind"] == "ServiceMonitor":
            targets = self.of("Service")
            labels = [target["metadata"]["labels"] for target in targets]
            ports = {port["name"] for target in targets for port in target["spec"]["ports"]}
        else:
            labels = [workload["spec"]["template"]["metadata"]["labels"]]
            ports = {port["name"] for port in workload["spec"]["template"]["spec"]["containers"][0]["ports"]}
        if namespaces != [workload["metadata"]["namespace"]]:
            yield f"{name} looks into another namespace"
        selected = [it for it in labels if _matches(spec["selector"]["matchLabels"], it)]
        if len(selected) != 1:
            yield f"{name} finds {len(selected)} targets"
        for endpoint in spec.get("endpoints", spec.get("podMetricsEndpoints")):
            if endpoint["port"] not in ports:
                yield f"{name} asks a port that is not there"
            if endpoint["path"] != self.telemetry_path:
                yield f"{name} asks for {endpoint['path']}"
            yield from (f"{name} {problem}" for problem in _relabeling(endpoint["relabelings"], spec, selected))


def _relabeling(rules, spec, selected):
    """What becomes of the labels that alerts need: `job` is told by the last rule, else by a label of the target."""
    jobs = [rule.get("replacement", "$1") for rule in rules if rule.get("targetLabel") == "job"][-1:]
    jobs = jobs or [it.get(spec.get("jobLabel"), "") for it in selected]
    if not all(JOB.fullmatch(job) for job in jobs):
        yield "gives a job that alerts do not know"
    if not any(rule.get("targetLabel") == "instance" for rule in rules):
        yield "does not keep the label instance"
    if any(rule.get("targetLabel") == "namespace" for rule in rules):
        yield "gives another namespace"
    for rule in rules:
        takes = {"labeldrop": True, "labelkeep": False}.get(rule.get("action"))
        taken = [label for label in KEPT if takes is not None and bool(re.fullmatch(rule["regex"], label)) == takes]
        yield from (f"takes the label {label} away" for label in taken)


def _matches(selector, labels):
    return selector.items() <= labels.items()
