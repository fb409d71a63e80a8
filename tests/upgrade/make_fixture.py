#!/usr/bin/env python3
"""Makes a fixture of this folder with the program of an earlier version: a small city with cases in every stage.

make_fixture.py PROGRAM sqlite OUT.tar.xz
make_fixture.py PROGRAM postgres OUT.tar.xz     (as root; makes and removes a cluster of its own)
"""
import http.client
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

PROGRAM, ENGINE, OUT = sys.argv[1:4]
POSTGRES = "/usr/lib/postgresql/15/bin/"
COMMUNITY = "440802007001"
# A demo city is large; one community and the people who meet its cases are enough.
TRIM = [
    "DELETE FROM base_features",
    "DELETE FROM media",
    "DELETE FROM grid_cells WHERE community_code <> '%s'" % COMMUNITY,
    "DELETE FROM regions WHERE level = (SELECT MAX(level) FROM regions) AND code <> '%s'" % COMMUNITY,
    "CREATE TEMPORARY TABLE kept AS SELECT person_key FROM people WHERE login IN ('operator', 'leader', 'dispatcher', 'dispatcher-440802', 'inspector', 'collector-001', 'commander', 'system-admin',"
    " 'security-admin', 'audit-admin') OR login LIKE '%-440802' OR login LIKE '%-440802-crew-1-%'",
    "DELETE FROM person_roles WHERE person_key NOT IN (SELECT person_key FROM kept)",
    "DELETE FROM people WHERE person_key NOT IN (SELECT person_key FROM kept)",
    "DROP TABLE kept",
]


class City:
    def __init__(self, port, password):
        self.port, self.password, self.tokens = port, password, {}

    def ask(self, method, path, body=None, login=None, kind="application/json"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Content-Type": kind} if body is not None else {}
        if login:
            headers["Authorization"] = "Bearer " + self.token(login)
        connection.request(method, "/api/v1/" + path, json.dumps(body) if isinstance(body, dict) else body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status >= 400:
            raise SystemExit("%s %s: %d %s" % (method, path, answer.status, text))
        return json.loads(text) if text else None

    def token(self, login):
        if login not in self.tokens:
            self.tokens[login] = self.ask("POST", "sessions", {"name": login, "password": self.password})["token"]
        return self.tokens[login]

    def report(self, play, words, source="collector", login="collector-001", **more):
        case_id = str(uuid.uuid4())
        self.ask("POST", "reports", {"case_id": case_id, "lon": play["lon"], "lat": play["lat"], "coord_type": "cgcs2000", "description": words, "kind": play["kind"], "class_code": play["class_code"],
                                     "source": source, **more}, login)
        return case_id

    def act(self, login, case_id, action, opinion="", to="", media=None):
        seen = self.ask("GET", "cases/" + case_id, login=login)
        allowed = next((one for one in seen["allowed_actions"] if one["action"] == action), None)
        if allowed is None:
            raise SystemExit("%s may not %s: %s" % (login, action, [one["action"] for one in seen["allowed_actions"]]))
        step = {"step_id": str(uuid.uuid4()), "action": action, "version": seen["version"], "subject": allowed["subject"]}
        if opinion:
            step["opinion"] = opinion
        if media:
            step["media"] = [media]
        if "filing_row" in allowed["needs"]:
            step["filing_row"] = self.ask("GET", "rules/filing-rows?kind=%s&class_code=%s" % (seen["kind"], seen["class_code"]), login=login)["items"][0]["id"]
        if "receiver" in allowed["needs"]:
            items = self.ask("GET", "cases/%s/receivers?action=%s&subject_kind=%s&subject_id=%s" % (case_id, action, step["subject"]["kind"], step["subject"]["id"]), login=login)["items"]
            chosen = next(one for one in items if to in json.dumps(one, ensure_ascii=False))
            step["receiver"] = {key: chosen[key] for key in ("organisation", "person") if chosen.get(key)}
        return self.ask("POST", "cases/%s/steps" % case_id, step, login)

    def unit_of(self, case_id):
        return self.ask("GET", "cases/" + case_id, login="leader")["assignments"][-1]["organisation_code"]


def live(city, play, photo):
    """One case at each place where work waits."""
    def picture_of(login):
        return city.ask("POST", "media", photo, login, "image/jpeg")["media_id"]

    def reported(words):
        return city.report(play, words, media=[picture_of("collector-001")])

    def to_the_unit(words):
        case_id = reported(words)
        city.act("operator", case_id, "accept", "予以受理")
        city.act("leader", case_id, "file_case")
        city.act("dispatcher", case_id, "dispatch", to="440802")
        city.act("dispatcher-440802", case_id, "dispatch", "请及时处置")
        return case_id, city.unit_of(case_id)

    def to_the_gate(words):
        case_id, unit = to_the_unit(words)
        city.act(unit, case_id, "sign")
        city.act(unit, case_id, "assign", "带料到场", to="crew-1")
        city.act(unit + "-crew-1-handler-1", case_id, "feed_back", "已处置", media=picture_of(unit + "-crew-1-handler-1"))
        city.act(unit, case_id, "approve_review")
        return case_id, unit

    city.report(play, "市民来电：公交站旁雨水箅子缺失", source="hotline_12345", login="operator", contact={"name": "陈女士", "phone": "13922223333", "public": False, "call_back": True})
    city.act("operator", reported("重复上报"), "decline", "同一问题已受理")
    city.act("operator", reported("等待立案"), "accept")
    to_the_unit("等待签收")
    returned, unit = to_the_unit("要求退回")
    city.act(unit, returned, "ask_send_back", "不属本单位管养")
    handling, unit = to_the_unit("正在处置")
    city.act(unit, handling, "sign")
    city.act(unit, handling, "assign", to="crew-1")
    to_the_gate("等待把关")
    reworked, _ = to_the_gate("返工一次")
    city.act("dispatcher-440802", reworked, "rework", "箅子松动，请重装")
    closed, _ = to_the_gate("办结")
    city.act("dispatcher-440802", closed, "approve_gate")
    city.act("operator", closed, "send_check", to="督查员")
    city.act("inspector", closed, "check_pass", "已装牢", media=picture_of("inspector"))
    city.act("leader", closed, "close", "符合结案条件")


def main():
    folder = Path(tempfile.mkdtemp(prefix="fixture-"))
    folder.chmod(0o755)
    data, cluster = folder / "city", folder / "cluster"
    url = "postgresql:///city?host=%s&user=chengge" % folder
    words = ["--data", str(data)] + (["--database", url] if ENGINE == "postgres" else [])
    as_postgres = lambda *command: subprocess.run(["runuser", "-u", "postgres", "--", *map(str, command)], check=True, stdout=subprocess.DEVNULL)
    try:
        if ENGINE == "postgres":
            shutil.chown(folder, "postgres")
            as_postgres(POSTGRES + "initdb", "-D", cluster, "-U", "chengge", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
            as_postgres(POSTGRES + "pg_ctl", "-w", "-D", cluster, "-l", folder / "log", "-o", "-k %s -c listen_addresses=''" % folder, "start")
            subprocess.run([POSTGRES + "createdb", "-h", folder, "-U", "chengge", "city"], check=True)
        subprocess.run([PROGRAM, "demo", *words, "--months", "0"], check=True)
        # A picture made small, of its own: the demo's fill eighty megabytes.
        photo = min((data / "media/derived").rglob("*-320.jpg"), key=lambda path: path.stat().st_size).read_bytes()
        shutil.rmtree(data / "media")
        if ENGINE == "sqlite":
            with sqlite3.connect(data / "chengge.db") as database:
                for statement in TRIM:
                    database.execute(statement)
            database.close()
        else:
            subprocess.run([POSTGRES + "psql", "-q", "-h", folder, "-U", "chengge", "-d", "city", "-c", ";".join(TRIM)], check=True)
        play = json.loads((data / "demo.json").read_text())
        server = subprocess.Popen([PROGRAM, "serve", *words, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        line = ""
        while not line.startswith("listening on"):
            line = server.stdout.readline()
        try:
            live(City(int(re.search(r":(\d+)$", line.strip()).group(1)), play["password"]), play["play"], photo)
        finally:
            server.terminate()
            server.wait()
        subprocess.run([PROGRAM, "audit", *words], check=True)
        if ENGINE == "sqlite":
            with sqlite3.connect(data / "chengge.db", isolation_level=None) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                database.execute("VACUUM")
            database.close()
        else:
            with open(data / "database.sql", "w") as file:
                subprocess.run([POSTGRES + "pg_dump", "-h", folder, "-U", "chengge", "--no-owner", "city"], check=True, stdout=file)
        shutil.rmtree(data / "media/derived", ignore_errors=True)
        for name in ("chengge.db-wal", "chengge.db-shm", "chengge.lock"):
            (data / name).unlink(missing_ok=True)
        subprocess.run(["tar", "-C", data, "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "-cJf", os.path.abspath(OUT), "."], check=True, env={**os.environ, "XZ_OPT": "-9e"})
    finally:
        if ENGINE == "postgres":
            as_postgres(POSTGRES + "pg_ctl", "-m", "fast", "-D", cluster, "stop")
        shutil.rmtree(folder)


main()
