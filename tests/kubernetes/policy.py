"""Policies: checkov without a finding but those excused in checkov.yaml, promtool on the rules, Helm's strict lint."""

import json
import re
import subprocess
import sys
from pathlib import Path

import helm_python
import yaml

from manifests import CHART

ARGUED = Path(__file__).with_name("checkov.yaml")


def checkov(cases, folder):
    """What is left when the exceptions are taken away, and exceptions that excused nothing."""
    exceptions = yaml.safe_load(ARGUED.read_text())
    needed, left = set(), []
    for check, where in _findings(cases, folder):
        excused = [number for number, it in enumerate(exceptions) if check in it["checks"] and re.fullmatch(it["where"], where)]
        needed.update(excused)
        left += [] if excused else [f"{check}: {where}"]
    unused = [f"nothing needs the exception of {it['checks']}" for number, it in enumerate(exceptions) if number not in needed]
    return left, unused


def _findings(cases, folder):
    """One run over everything: starting takes longer than looking."""
    for case in cases:
        (folder / f"{case.name}.yaml").write_text(yaml.safe_dump_all(case.documents))
    command = [Path(sys.executable).with_name("checkov"), "-d", folder, "--framework", "kubernetes", "--output", "json",
               "--quiet", "--skip-download", "--soft-fail"]
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    if report["summary"]["parsing_errors"] or not report["summary"]["resource_count"]:
        raise SystemExit(f"checkov could not read everything: {report['summary']}")
    return [(it["check_id"], f"{it['file_path']} {it['resource']}") for it in report["results"]["failed_checks"]]


def rules(documents, folder):
    found = []
    for index, document in enumerate(documents):
        path = folder / f"{index}.rules.yaml"
        path.write_text(yaml.safe_dump({"groups": document["spec"]["groups"]}, sort_keys=False))
        command = ["promtool", "check", "rules", "--lint=all", "--lint-fatal", path]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            found.append(f"promtool: {document['metadata']['name']}: {done.stdout}{done.stderr}")
    return found


def lint(path, release):
    values = yaml.safe_load(path.read_text())
    report = helm_python.lint(str(CHART), values, strict=True, kube_version=release)
    # 1 is a hint, such as that an icon is recommended.
    messages = [message["error"] for message in report["messages"] if message["severity"] > 1]
    return [f"helm lint: {path.name}: {message}" for message in messages + report["errors"]]
