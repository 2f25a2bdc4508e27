"""The rules of OpenShift's constraint restricted-v2, and of the restricted standard that comes with it.

From openshift/cluster-kube-apiserver-operator,
bindata/bootkube/scc-manifests/0000_20_kube-apiserver-operator_00_scc-restricted-v2.yaml. User and groups of the
namespace's range are not known here, so none may be named.
"""

import yaml

import manifests
from manifests import Case

VOLUMES = {"configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected", "secret"}
OPENSHIFT = "security.openshift.io/v1"


def cases(overlays, charts):
    """What is for OpenShift: overlays and values that say so, and every set of values in a cluster that is OpenShift."""
    named = [case for case in overlays + charts if "openshift" in case.name]
    for path in sorted((manifests.CHART / "ci").glob("*-values.yaml")):
        values = yaml.safe_load(path.read_text())
        rendered = manifests.render_values(values, [OPENSHIFT])
        named.append(Case(f"{path.name} in OpenShift", manifests.documents(rendered), manifests.EXISTING))
    return named


def problems(case):
    for document in case.documents:
        template = document["spec"].get("template", document) if "spec" in document else {}
        if "containers" in template.get("spec", {}):
            name = f"{case.name}: {document['kind']} {document['metadata']['name']}"
            yield from (f"{name}: {problem}" for problem in _pod(template["spec"]))
        if document["kind"] == "NetworkPolicy":
            yield from (f"{case.name}: {problem}" for problem in _names_are_resolved(document["spec"]["egress"]))


def _pod(spec):
    yield from (f"{key} is {spec[key]}" for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key))
    for volume in spec.get("volumes", []):
        yield from (f"volume {volume['name']} is {kind}" for kind in volume.keys() - {"name"} - VOLUMES)
    pod = spec.get("securityContext", {})
    yield from _users("pod", pod)
    yield from (f"the pod has {key}" for key in ("supplementalGroups", "sysctls") if pod.get(key))
    for container in spec.get("initContainers", []) + spec["containers"]:
        yield from _container(container, pod)


def _users(holder, context):
    yield from (f"{holder} has {key}, which is not of the namespace's range" for key in
                ("runAsUser", "runAsGroup", "fsGroup", "seLinuxOptions") if context.get(key) is not None)


def _container(container, pod):
    name, own = container["name"], container.get("securityContext", {})
    yield from _users(name, own)
    both = pod | own
    if own.get("privileged") or own.get("procMount"):
        yield f"{name} is privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield f"{name} may escalate its privileges"
    if both.get("runAsNonRoot") is not True:
        yield f"{name} may be root"
    if both.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield f"{name} has the seccomp profile {both.get('seccompProfile')}"
    capabilities = own.get("capabilities", {})
    if "ALL" not in capabilities.get("drop", []) or set(capabilities.get("add", [])) - {"NET_BIND_SERVICE"}:
        yield f"{name} has the capabilities {capabilities}"
    yield from (f"{name} has a port of the host" for port in container.get("ports", []) if port.get("hostPort"))


def _names_are_resolved(egress):
    """The network of OpenShift compares the port of the DNS pods, not that of their Service."""
    ports = {(port["port"], port["protocol"]) for rule in egress if "to" not in rule for port in rule["ports"]}
    if not {(5353, "UDP"), (5353, "TCP")} <= ports:
        yield "the network policy shuts the DNS of OpenShift out"
