"""Every check proves that it can fail: mistakes are planted in what is right, and each has to be found."""

import copy

import yaml

import alerts
import nulls
import openshift
import policy
import references
import schemas
from manifests import Case

# What is broken, where: kind, path in the object, the wrong value (None takes it away).
SHAPES = [
    ("Deployment", "spec.replica", 1),
    ("Deployment", "spec.template.spec.containers.0.readynessProbe", {}),
    ("NetworkPolicy", "spec.ingres", []),
    ("ServiceMonitor", "spec.jobLabell", "app"),
    ("ServiceMonitor", "spec.endpoints.0.intervall", "30s"),
    ("ServiceMonitor", "spec.selector", None),
    ("PrometheusRule", "spec.groups.0.rules.0.exprr", "1"),
]
REFERENCES = [
    ("Deployment", "spec.template.metadata.labels", {"app.kubernetes.io/name": "exporter"}),
    ("Deployment", "spec.strategy", {"type": "RollingUpdate"}),
    ("Deployment", "spec.replicas", 2),
    ("Deployment", "spec.template.spec.serviceAccountName", "somebody"),
    ("Deployment", "spec.template.spec.volumes.2.secret.secretName", "rocketchat"),
    ("Deployment", "spec.template.spec.volumes.1.configMap.name", "rocketchat"),
    ("Deployment", "spec.template.spec.volumes.0.name", "stat"),
    ("Deployment", "spec.template.spec.containers.0.volumeMounts.2.subPath", "token"),
    ("Deployment", "spec.template.spec.containers.0.volumeMounts.2.mountPath", "/run/secrets"),
    ("Deployment", "spec.template.spec.containers.0.volumeMounts.0.mountPath", "/var/lib"),
    ("Deployment", "spec.template.spec.containers.0.args.0", "--config.file=/etc/config.yaml"),
    ("Deployment", "spec.template.spec.containers.0.ports.0.containerPort", 9458),
    ("Deployment", "spec.template.spec.containers.0.ports.0.name", "metrics"),
    ("Deployment", "spec.template.spec.containers.0.livenessProbe.httpGet.path", "/-/ready"),
    ("Deployment", "spec.template.spec.containers.0.readinessProbe.httpGet.port", "metrics"),
    ("Deployment", "spec.template.spec.containers.0.livenessProbe", {"exec": {"command": ["/exporter"]}}),
    ("Service", "spec.selector", {"app.kubernetes.io/name": "exporter"}),
    ("Service", "spec.ports.0.targetPort", "metrics"),
    ("NetworkPolicy", "spec.podSelector.matchLabels", {"app.kubernetes.io/name": "exporter"}),
    ("NetworkPolicy", "metadata.namespace", "default"),
    ("NetworkPolicy", "spec.ingress.0.ports.0.port", "metrics"),
    ("ServiceMonitor", "spec.endpoints.0.port", "metrics"),
    ("ServiceMonitor", "spec.endpoints.0.path", "/"),
    ("ServiceMonitor", "spec.endpoints.0.relabelings", []),
    ("ServiceMonitor", "spec.selector.matchLabels", {"app.kubernetes.io/name": "exporter"}),
    ("ServiceMonitor", "spec.endpoints.0.relabelings.0.replacement", "chat"),
    ("ServiceMonitor", "spec.endpoints.0.relabelings.1.targetLabel", "namespace"),
    ("ServiceMonitor", "spec.endpoints.0.relabelings.3.regex", "pod|namespace"),
    ("ServiceMonitor", "spec.endpoints.0.relabelings.3", {"action": "labelkeep", "regex": "__.+|job|instance"}),
    ("ServiceAccount", "metadata.namespace", None),
    ("ConfigMap", "data", {"config.yaml": "x" * 256 * 1024}),
    ("PrometheusRule", "kind", "Namespace"),
]
MOVES = [
    ("StatefulSet", "kind", "Deployment"),
    ("StatefulSet", "spec.podManagementPolicy", None),
    ("StatefulSet", "spec.serviceName", "exporter"),
    ("StatefulSet", "spec.volumeClaimTemplates.0.spec.resources.requests.storage", "1Gi"),
    ("NetworkPolicy", "metadata.name", "exporter"),
]
POLICIES = [
    ("Deployment", "spec.template.spec.containers.0.securityContext.allowPrivilegeEscalation", True),
    ("Deployment", "spec.template.spec.containers.0.securityContext.readOnlyRootFilesystem", False),
    ("Deployment", "spec.template.spec.containers.0.securityContext.capabilities", None),
    ("Deployment", "spec.template.spec.automountServiceAccountToken", True),
    ("Deployment", "spec.template.spec.securityContext.seccompProfile", None),
    ("Deployment", "spec.template.spec.containers.0.resources.limits", None),
]
OPENSHIFT = [
    ("StatefulSet", "spec.template.spec.securityContext.runAsUser", 65532),
    ("StatefulSet", "spec.template.spec.securityContext.fsGroup", 65532),
    ("StatefulSet", "spec.template.spec.securityContext.runAsNonRoot", None),
    ("StatefulSet", "spec.template.spec.securityContext.seccompProfile", {"type": "Unconfined"}),
    ("StatefulSet", "spec.template.spec.securityContext.seccompProfile", None),
    ("StatefulSet", "spec.template.spec.securityContext.supplementalGroups", [0]),
    ("StatefulSet", "spec.template.spec.hostNetwork", True),
    ("StatefulSet", "spec.template.spec.volumes.0", {"name": "config", "hostPath": {"path": "/etc"}}),
    ("StatefulSet", "spec.template.spec.containers.0.ports.0.hostPort", 10458),
    ("StatefulSet", "spec.template.spec.containers.0.securityContext.runAsUser", 0),
    ("StatefulSet", "spec.template.spec.containers.0.securityContext.privileged", True),
    ("StatefulSet", "spec.template.spec.containers.0.securityContext.allowPrivilegeEscalation", None),
    ("StatefulSet", "spec.template.spec.containers.0.securityContext.capabilities", {"drop": ["KILL"]}),
    ("StatefulSet", "spec.template.spec.containers.0.securityContext.capabilities.add", ["SYS_TIME"]),
    ("StatefulSet", "spec.template.spec.initContainers", [{"name": "init"}]),
    ("NetworkPolicy", "spec.egress.0.ports.3", {"port": 53, "protocol": "TCP"}),
]
# What is broken in the table of thresholds.
THRESHOLDS = [
    ("abandonmentRatio", "alert", "OmnichannelAbandonment"),
    ("abandonmentRatio", "text", "_budget:ratio, NUMBER,"),
    ("abandonmentRatio", "text", "NUMBER"),
    ("abandonmentRatio", "maximum", 0.01),
    ("abandonmentRatio", "says", {"above a share": "above NUMBER"}),
    ("fastBurnFactor", "occurs", 1),
    ("oldestWaitHighFactor", "says", {}),
]


def undetected(case, persistent, openshift_case, folder):
    """The mistakes that nobody noticed."""
    missed = [f"shape {it}" for it in SHAPES if not schemas.problems([_broken(case, it)[1]])]
    missed += [f"reference {it[:2]}" for it in REFERENCES if not _references(case, it)]
    missed += [f"move {it[:2]}" for it in MOVES if not list(references.moves(persistent, [_broken(persistent, it)[0]]))]
    missed += [f"openshift {it[:2]}" for it in OPENSHIFT if not list(openshift.problems(_broken(openshift_case, it)[0]))]
    missed += [f"thresholds {it[:2]}" for it in THRESHOLDS if not list(alerts.misplaced(_misplaced(*it)))]
    crash = "nil pointer evaluating interface {}.enabled in dashboards"
    missed += [f"null {message}" for message in (crash, "missing property 'image'") if not list(nulls.unclear("dashboards", message))]
    rule = _broken(case, ("PrometheusRule", "spec.groups.0.rules.0.expr", "up ==="))[1]
    missed += [] if policy.rules([rule], folder) else ["expression of a rule"]
    return missed + _unseen_by_checkov(case, folder)


def _misplaced(name, key, value):
    table = alerts.places()
    table[name][key] = value
    return table


def _references(case, mistake):
    try:
        return list(references.problems(_broken(case, mistake)[0]))
    except (KeyError, TypeError, yaml.YAMLError) as error:
        return [repr(error)]


def _unseen_by_checkov(case, folder):
    names, cases = [], []
    for index, mistake in enumerate(POLICIES):
        cases.append(Case(f"sabotage-{index}", [_broken(case, mistake)[1]]))
        names.append(f"policy {mistake[1]}")
    found = " ".join(policy.checkov(cases, folder)[0])
    return [name for case, name in zip(cases, names, strict=True) if f"/{case.name}.yaml" not in found]


def _broken(case, mistake):
    """The case with the mistake in it, and the object that has it."""
    kind, path, value = mistake
    broken = copy.deepcopy(case)
    document = next(document for document in broken.documents if document["kind"] == kind)
    *parents, last = path.split(".")
    holder = document
    for key in parents:
        holder = holder[int(key)] if isinstance(holder, list) else holder[key]
    if isinstance(holder, list):
        holder[int(last)] = value
    elif value is None:
        del holder[last]
    else:
        holder[last] = value
    return broken, document
