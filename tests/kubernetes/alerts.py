"""Alerts as values of the chart change them: each value changes what it names, and nothing else."""

import copy
import re

import helm_python
import yaml

import manifests
from nulls import WATCHED

RULES = manifests.ROOT / "deploy/prometheus/alerts.rules.yaml"
PLACES = manifests.CHART / "files/thresholds.yaml"
# Default numbers as a text may write them.
WORDS = {"2": "two", "3": "three", "5": "five", "10": "ten", "20": "twenty"}


def places():
    """The table of thresholds: name to place."""
    return yaml.safe_load(PLACES.read_text())


def alerts():
    """Name to rule, of the file itself."""
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def pattern(place):
    """Its number is the group `number`."""
    return re.compile(r"(?P<number>[0-9.]+)".join(re.escape(part) for part in place["text"].split("NUMBER")))


def default(place):
    return pattern(place).search(alerts()[place["alert"]]["expr"])["number"]


def problems():
    table = places()
    yield from misplaced(table)
    yield from _thresholds(table)
    yield from _each_alert()
    yield from _labels()
    yield from _replaceable()


def misplaced(table):
    """Places that are not in the expression of their alert, and texts that its annotations do not have."""
    rules = alerts()
    for name, place in table.items():
        rule = rules.get(place["alert"])
        if rule is None:
            yield f"{name}: {place['alert']} is no alert"
            continue
        numbers = [found["number"] for found in pattern(place).finditer(rule["expr"])]
        if len(numbers) != place.get("occurs", 1) or len(set(numbers)) != 1:
            yield f"{name}: {place['text']} has the numbers {numbers} in {place['alert']}"
        elif not place["minimum"] <= float(numbers[0]) <= place["maximum"]:
            yield f"{name}: the default {numbers[0]} is not allowed"
        texts = rule["annotations"]["summary"] + rule["annotations"]["description"]
        yield from (f"{name}: the annotations do not say {old}" for old in place.get("says", {}) if old not in texts)
    for alert in {place["alert"] for place in table.values()} & rules.keys():
        yield from _repeated(rules[alert], [place for place in table.values() if place["alert"] == alert])


def _repeated(rule, there):
    """Numbers of the expression in annotations that would stay when the threshold changes."""
    said = f"{rule['annotations']['summary']} {rule['annotations']['description']}"
    for old in (old for place in there for old in place.get("says", {})):
        said = said.replace(old, "")
    for place in there:
        number = re.search(pattern(place), rule["expr"])
        words = [number["number"], WORDS.get(number["number"])] if number else []
        yield from (f"{rule['alert']} says {word} itself: {said}" for word in words if word and re.search(
            rf"(least|than|times) {re.escape(word)}\b", said))


def _rendered(values):
    """The groups of a PrometheusRule with these values, without that of the links."""
    rendered = manifests.render_values(WATCHED | {"prometheusRule": {"enabled": True} | values})
    text = next(text for path, text in rendered.items() if path.endswith("prometheus-rule.yaml"))
    return yaml.load(text, Loader=yaml.CSafeLoader)["spec"]["groups"][1:]


def _changes(usual, values, expected):
    """What differs from the usual groups, apart from what `expected` does to each alert."""
    wanted = copy.deepcopy(usual)
    for group in wanted:
        group["rules"] = [rule for rule in group["rules"] if "alert" not in rule or expected(rule) is not False]
    wanted = [group for group in wanted if group["rules"]]
    if (found := _rendered(values)) != wanted:
        rules = [rule for group in wanted for rule in group["rules"]]
        wrong = [rule for group in found for rule in group["rules"] if rule not in rules]
        yield f"{str(values)[:200]}: not as expected: {wrong[:1]}"


def other(place):
    """An allowed number that is not the default."""
    number = float(default(place)) / 2
    return number if number and number >= place["minimum"] else place["maximum"]


def _halves(names):
    """Two sets: what one of them changes, the other leaves."""
    names = sorted(names)
    return names[::2], names[1::2]


def _thresholds(table):
    usual = _rendered({})
    for half in _halves(table):
        numbers = {name: other(table[name]) for name in half}

        def expected(rule, numbers=numbers):
            for place, number in ((table[name], f"{number:g}") for name, number in numbers.items()):
                if rule["alert"] == place["alert"]:
                    rule["expr"] = pattern(place).sub(place["text"].replace("NUMBER", number), rule["expr"])
                    for old, new in place.get("says", {}).items():
                        _say(rule["annotations"], old, new.replace("NUMBER", number))

        yield from _changes(usual, {"thresholds": numbers}, expected)


def _say(annotations, old, new):
    annotations |= {key: annotations[key].replace(old, new) for key in ("summary", "description")}


def _each_alert():
    usual = _rendered({})
    for half in _halves(alerts()):
        rules = {name: {"severity": "none", "for": f"{minutes}m", "keepFiringFor": f"1h{minutes}m",
                        "labels": {"page": "no"}, "annotations": {"summary": f"Ours, {minutes}."}}
                 for minutes, name in enumerate(half, 61)}

        def changed(rule, rules=rules):
            if own := rules.get(rule["alert"]):
                rule["labels"] = {"severity": "none", "page": "no"}
                rule |= {"for": own["for"], "keep_firing_for": own["keepFiringFor"]}
                rule["annotations"] |= own["annotations"]

        yield from _changes(usual, {"customRules": rules}, changed)
        disabled = {name: name in half for name in alerts()}
        yield from _changes(usual, {"disabled": disabled}, lambda rule, half=half: rule["alert"] not in half)
    everything_off = _rendered({"disabled": dict.fromkeys(alerts(), True)})
    if any("alert" in rule for group in everything_off for rule in group["rules"]):
        yield "alerts are left where all are disabled"


def _labels():
    def labelled(rule):
        rule["labels"] = {"team": "support", "page": "yes"} | rule["labels"]

    yield from _changes(_rendered({}), {"additionalRuleLabels": {"team": "support", "page": "yes"}}, labelled)


def _replaceable():
    """Labels of alerts, as the unit tests of the rules have them, that the chart lets replace."""
    tests = [yaml.load(path.read_text(), Loader=yaml.CSafeLoader)["tests"] for path in RULES.parent.glob("tests/*.yaml")]
    cases = [case for file in tests for test in file for case in test.get("alert_rule_test", [])]
    labels = {label for case in cases for alert in case["exp_alerts"] for label in alert["exp_labels"]}
    for label in sorted(labels | {"cluster"}):
        try:
            _rendered({"additionalRuleLabels": {label: "x"}})
            yield f"additionalRuleLabels may have {label}, which an alert has"
        except helm_python.HelmError:
            pass


def everything():
    """One object in which every number differs from the default, for promtool."""
    table = places()
    groups = _rendered({"thresholds": {name: other(place) for name, place in table.items()}, "staffing": True})
    return {"metadata": {"name": "every threshold"}, "spec": {"groups": groups}}
