"""An exporter of open chats and agents as people write it: requests, prometheus_client and a loop."""

import os
import time
from collections import Counter

import requests
from prometheus_client import Gauge, start_http_server

URL = os.environ["ROCKETCHAT_URL"]
INTERVAL = float(os.environ.get("INTERVAL", "30"))
# Some keep all rows of a list, others count page by page.
ROWS_OF = list if os.environ.get("ROWS") == "whole lists" else iter
PAGE = 100

OPEN_CHATS = Gauge("rocketchat_open_chats", "Open chats.", ["department", "state"])
AGENTS = Gauge("rocketchat_agents", "Agents.", ["status"])
LAST_POLL = Gauge("rocketchat_last_poll_timestamp_seconds", "Time of the last poll.")


def rows(session, path, key, **parameters):
    """All rows of a list, page by page."""
    offset = 0
    while True:
        answer = session.get(
            f"{URL}/api/v1/{path}", params={**parameters, "count": PAGE, "offset": offset}, timeout=30
        )
        answer.raise_for_status()
        body = answer.json()
        yield from body[key]
        offset += len(body[key])
        if not body[key] or offset >= body["total"]:
            return


def state(room):
    if room.get("onHold"):
        return "on_hold"
    return "in_progress" if "servedBy" in room else "queued"


def poll(session):
    chats = Counter()
    for which in ({"open": "true"}, {"queued": "true"}, {"onhold": "true"}):
        for room in ROWS_OF(rows(session, "livechat/rooms", "rooms", sort='{"ts":1}', **which)):
            department = room.get("department", {}).get("name", "Public")
            chats[department, state(room)] += 1
    agents = Counter()
    for agent in ROWS_OF(rows(session, "livechat/users/agent", "users")):
        agents[agent.get("status", "offline")] += 1
    OPEN_CHATS.clear()
    for (department, kind), count in chats.items():
        OPEN_CHATS.labels(department, kind).set(count)
    for status, count in agents.items():
        AGENTS.labels(status).set(count)
    LAST_POLL.set(time.time())


def main():
    session = requests.Session()
    session.headers["X-User-Id"] = os.environ["ROCKETCHAT_USER_ID"]
    session.headers["X-Auth-Token"] = os.environ["ROCKETCHAT_AUTH_TOKEN"]
    start_http_server(int(os.environ["PORT"]), "127.0.0.1")
    while True:
        try:
            poll(session)
        except requests.RequestException as error:
            print(f"The poll failed: {error}", flush=True)
        time.sleep(INTERVAL)


main()
