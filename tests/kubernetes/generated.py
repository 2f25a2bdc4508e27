"""Files that follow from others: PrometheusRules from the rule files, the chart's table of values from its comments."""

import json
import re

import yaml

import alerts
from manifests import CHART, KUSTOMIZE, ROOT

RULES = ROOT / "deploy/prometheus"


def files():
    """Path to right content."""
    rules = {KUSTOMIZE / f"components/prometheus-operator/{path.name.removesuffix('.rules.yaml')}.prometheus-rule.yaml":
             _prometheus_rule(path) for path in sorted(RULES.glob("*.rules.yaml"))}
    readme = CHART / "README.md"
    text = _with_table(readme.read_text(), "values: generated from values.yaml", _table((CHART / "values.yaml").read_text()))
    return rules | {readme: _with_table(text, "thresholds: generated from files/thresholds.yaml", _thresholds())}


def _prometheus_rule(path):
    name = path.name.removesuffix(".rules.yaml")
    groups = path.read_text().split("\ngroups:\n", 1)[1]
    indented = "".join(f"  {line}" if line.strip() else line for line in groups.splitlines(keepends=True))
    return f"""# Generated from deploy/prometheus/{path.name} by `tests/kubernetes/check --update`.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: rocketchat-omnichannel-{name}
  labels: {{ app.kubernetes.io/name: rocketchat-omnichannel-exporter }}
spec:
  groups:
{indented}"""


def _with_table(readme, title, table):
    start, end = f"<!-- {title} -->\n", f"<!-- /{title.split(':')[0]} -->"
    before, rest = readme.split(start)
    return before + start + table + end + rest.split(end)[1]


def _table(text):
    values = yaml.safe_load(text)
    rows = [f"| `{key}` | `{_shown(_at(values, key))}` | {words} |\n" for key, words in _described(text)]
    return "| value | default | meaning |\n| --- | --- | --- |\n" + "".join(rows)


def _thresholds():
    rows = [f"| `{name}` | {alerts.default(place)} | `{place['alert']}` | {place['meaning']} |\n" for name, place in
            alerts.places().items()]
    return "| threshold | default | alert | fires only if |\n| --- | --- | --- | --- |\n" + "".join(rows)


def _shown(value):
    return json.dumps(value, ensure_ascii=False).replace("|", "\\|")


def _at(values, key):
    for part in key.split("."):
        values = values[part]
    return values


def _described(text):
    """Keys that a comment beginning with `-- ` stands above."""
    path, words = [], None
    for line in text.splitlines():
        comment = re.match(r" *# (-- )?(.*)", line)
        key = re.match(r"( *)([A-Za-z]+):", line)
        if comment and comment[1]:
            words = comment[2]
        elif comment and words is not None:
            words += f" {comment[2]}"
        elif key:
            path = [*path[:len(key[1]) // 2], key[2]]
            if words is not None:
                yield ".".join(path), words
            words = None


def undescribed():
    """Values without a row: a leaf whose key and whose parents have no comment."""
    text = (CHART / "values.yaml").read_text()
    described = {key for key, _ in _described(text)}
    return sorted(leaf for leaf in _leaves(yaml.safe_load(text)) if not any(
        leaf == key or leaf.startswith(f"{key}.") for key in described))


def _leaves(values, prefix=""):
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}"


def unlinked():
    """The chart's rules and dashboards are links to the only copy there is."""
    wanted = {f"dashboards/{path.name}": path for path in (ROOT / "grafana/dashboards").glob("*.json")}
    wanted |= {f"rules/{path.name}": path for path in RULES.glob("*.rules.yaml") if path.name != "links.rules.yaml"}
    found = {str(path.relative_to(CHART / "files")): path.resolve() for path in (CHART / "files").glob("*/*")}
    return sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))


def strange_rules(documents):
    """Groups of rules that are not those of the rule files, word for word; where links lead is everybody's own."""
    files = [yaml.safe_load(path.read_text()) for path in RULES.glob("*.rules.yaml")]
    known = {group["name"]: group for file in files for group in file["groups"]}
    for group in (group for document in documents for group in document["spec"]["groups"]):
        is_own = group["name"] in ("ours", "rocketchat-omnichannel.links.rules")
        if not is_own and group != known.get(group["name"]):
            yield f"group {group['name']} differs from its file"
