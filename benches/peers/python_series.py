"""The series of the comparison in prometheus_client.

Standard input: one series a line, an empty line, then commands; each command has one answer.
"""

import sys
import time

from prometheus_client import CollectorRegistry, Gauge, generate_latest, start_http_server


def read_series(registry):
    gauges = {}
    for line in sys.stdin:
        if line == "\n":
            return
        name, text, labels, values, value = line.rstrip("\n").split("\t")
        if name not in gauges:
            gauges[name] = Gauge(name, text, labels.split(","), registry=registry)
        gauges[name].labels(*values.split(",")).set(int(value))


def peak_kib():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(line.split()[1] for line in status if line.startswith("VmHWM:"))


def answer(registry, command, number):
    if command == "encode":
        before = time.process_time()
        for _ in range(number):
            generate_latest(registry)
        return time.process_time() - before
    if command == "page":
        with open(sys.argv[1], "wb") as page:
            page.write(generate_latest(registry))
        return "written"
    if command == "serve":
        server, _ = start_http_server(0, "127.0.0.1", registry)
        return server.server_port
    if command == "cpu":
        return time.process_time()
    return peak_kib()


def main():
    registry = CollectorRegistry()
    read_series(registry)
    for line in sys.stdin:
        command, number = line.split()
        print(answer(registry, command, int(number)), flush=True)


main()
