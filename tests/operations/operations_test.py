#!/usr/bin/env python3
"""What an operator does with the program as a process: init, config, imports, serve, reload, stop, doctor, the package.

operations_test.py BUILD_FOLDER [unittest options]
"""
import csv
import http.client
import json
import os
import pty
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import uuid
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(sys.argv.pop(1) if len(sys.argv) > 1 else SOURCE / "build/release").resolve()
PROGRAM = str(BUILD / "chengge")
ANSWERS = 'platform: {code: 440800, name: "小城", url: "https://cg.example"}\nmap: {lon: 110.364, lat: 21.202, zoom: 15}\nlisten: 127.0.0.1:0\n'


def run(*words, code=0, **options):
    done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=60, **options)
    if code is not None and done.returncode != code:
        raise AssertionError("%s: exit %d\n%s%s" % (" ".join(map(str, words)), done.returncode, done.stdout, done.stderr))
    return done


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def make_certificate(folder, name, days=20):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days), "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=IP:127.0.0.1,DNS:cg.example.gov.cn", "-keyout", folder / (name + ".key"), "-out", folder / (name + ".pem")], check=True, capture_output=True)


def mode_of(path):
    return oct(os.stat(path).st_mode & 0o777)


def ring(west, south, east, north):
    """A square in degrees; every corner of a cell of 0.001 on its border is a corner of it."""
    steps = lambda a, b: [round(a + (b - a) * i / max(1, round(abs(b - a) / 0.001)), 7) for i in range(max(1, round(abs(b - a) / 0.001)))]
    points = [(x, south) for x in steps(west, east)] + [(east, y) for y in steps(south, north)] + [(x, north) for x in steps(east, west)] + [(west, y) for y in steps(north, south)]
    return "POLYGON((%s))" % ",".join("%s %s" % point for point in points + points[:1])


def write_csv(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


class Server:
    """chengge serve as a child; `port` when it listens."""

    def __init__(self, data, *words):
        self.log = open(data / "serve.log", "ab")
        self.child = subprocess.Popen([PROGRAM, "serve", "--data", str(data), *words], stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.said = ""
        while "listening on" not in self.said:
            line = self.child.stdout.readline()
            if not line:
                raise AssertionError("the server did not start: " + (data / "serve.log").read_text())
            self.said += line
        self.port = int(re.search(r"listening on .*:(\d+)", self.said).group(1))

    def ask(self, method, path, body=None, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = "Bearer " + token
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, json.loads(text) if "json" in answer.headers.get("Content-Type", "") else text

    def signal(self, number):
        self.child.send_signal(number)

    def end(self):
        if self.child.poll() is None:
            self.child.terminate()
        code = self.child.wait(timeout=40)
        self.child.stdout.close()
        self.log.close()
        return code


class Operations(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="chengge-operations-"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "answers.yaml").write_text(ANSWERS)
        self.data = self.folder / "city"
        self.servers = []
        self.addCleanup(lambda: [server.end() for server in self.servers])

    def init(self):
        return run("init", "--data", self.data, "--from", self.folder / "answers.yaml").stdout

    def serve(self, *words):
        self.servers.append(Server(self.data, *words))
        return self.servers[-1]

    def configure(self, text):
        (self.data / "chengge.yaml").write_text(text)

    def import_small_city(self):
        """Two communities side by side, a centre, a department, three people."""
        regions = [["code", "name", "managed_by_code", "wkt"], ["440800", "小城", "", ""], ["440803", "南区", "", ""], ["440803001", "解放街道", "", ""],
                   ["440803001001", "甲社区", "", ring(110.36, 21.2, 110.364, 21.204)], ["440803001002", "乙社区", "", ring(110.364, 21.2, 110.368, 21.204)]]
        cells = [["code", "wkt"]]
        for community in range(2):
            for number in range(16):
                west, south = 110.36 + community * 0.004 + number % 4 * 0.001, 21.2 + number // 4 * 0.001
                cells.append(["44080300100%d%03d" % (community + 1, number + 1), ring(round(west, 7), round(south, 7), round(west + 0.001, 7), round(south + 0.001, 7))])
        organisations = [["编码", "名称", "类型", "上级编码", "区划编码"], ["centre", "监督中心", "监督中心", "", ""], ["command", "指挥中心", "city_command_center", "", ""], ["sanitation", "环卫处", "政府部门", "command", "440803"]]
        people = [["登录名", "姓名", "电话", "机构编码", "岗位"], ["li", "李接听", "13800002406", "centre", "受理员"], ["zhang", "张采集", "", "centre", "collector"], ["wang", "王派遣", "", "command", "派遣员"]]
        for name, rows in [("regions", regions), ("cells", cells), ("organisations", organisations), ("people", people)]:
            run("import", name, "--file", write_csv(self.folder / (name + ".csv"), rows), "--data", self.data)

    def sign_in(self, server, login):
        """Chooses a password by the imported link; the token."""
        with open(next(self.data.glob("people-links-*.csv")), encoding="utf-8") as file:
            secret = next(row["link"] for row in csv.DictReader(file) if row["login"] == login).split("secret=")[1]
        self.assertEqual(server.ask("POST", "/api/v1/password-links", {"secret": secret, "password": "hai-tian-lu-38"})[0], 204)
        return server.ask("POST", "/api/v1/sessions", {"name": login, "password": "hai-tian-lu-38"})[1]["token"]

    def wait_until(self, is_so, seconds=10):
        until = time.time() + seconds
        while not is_so():
            self.assertLess(time.time(), until, "waited in vain")
            time.sleep(0.05)

    # --- configuration ---------------------------------------------------------------------------

    def test_the_page_of_keys_names_the_programs_keys(self):
        (self.folder / "empty.yaml").write_text("")
        section, keys = "", {}
        for line in run("--lang", "en", "config", "show", "--file", self.folder / "empty.yaml").stdout.splitlines():
            name, _, rest = line.strip().partition(":")
            if not line.startswith(" "):
                section = ""
            if not rest:
                section = name + "."
                continue
            value, _, remark = rest.partition("#")
            keys[section + name] = (value.strip(), "restart" in remark)
        page = (SOURCE / "docs/operations/configuration.md").read_text()
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| `")]
        self.assertEqual({row[0].strip("`"): (row[1].strip("`"), row[2] == "restart") for row in rows}, keys)
        self.assertEqual([row[0].strip("`") for row in rows], list(keys))  # in the same order
        self.assertEqual([row[0] for row in rows if not row[3]], [])

    def test_config_says_what_is_wrong_and_where(self):
        self.init()
        self.assertIn("配置正确", run("config", "validate", "--data", self.data).stdout)
        good = (self.data / "chengge.yaml").read_text()
        self.configure(good + "lisen: 1\n")
        line = len(good.splitlines()) + 1
        self.assertIn("chengge.yaml:%d:there is no key lisen; did you mean listen?" % line, run("--lang", "en", "config", "validate", "--data", self.data, code=1).stderr)
        self.assertIn("没有 lisen 这个键", run("config", "show", "--data", self.data, code=1).stderr)
        self.assertIn("没有 lisen 这个键", run("audit", "--data", self.data, code=1).stderr)  # no command works with it
        self.configure(good + "database: postgresql://a:geheim@h/d\n")
        self.assertNotIn("geheim", run("config", "show", "--data", self.data).stdout)

    # --- init --------------------------------------------------------------------------------------

    def test_init_makes_a_city_once(self):
        said = self.init()
        self.assertRegex(said, r"https://cg\.example/setup#secret=\S+")
        self.assertEqual(mode_of(self.data / "keys/identity.key"), "0o600")
        self.assertEqual(mode_of(self.data / "chengge.yaml"), "0o600")
        self.assertEqual(mode_of(self.data / "keys"), "0o700")
        before = {path: path.read_bytes() for path in self.data.rglob("*") if path.is_file()}
        self.assertIn("city_exists", run("init", "--data", self.data, "--from", self.folder / "answers.yaml", code=1).stderr)
        self.assertEqual(before, {path: path.read_bytes() for path in self.data.rglob("*") if path.is_file()})

    def test_init_refuses_bad_answers(self):
        (self.folder / "answers.yaml").write_text("map: {lon: 1}\n")
        self.assertIn("answers.yaml:1:", run("init", "--data", self.data, "--from", self.folder / "answers.yaml", code=1).stderr)
        (self.folder / "answers.yaml").write_text("map: {lon: 110}\n")
        self.assertIn("platform_code_missing", run("init", "--data", self.data, "--from", self.folder / "answers.yaml", code=1).stderr)
        self.assertIn("answers_missing", run("init", "--data", self.data, code=1, stdin=subprocess.DEVNULL).stderr)
        self.assertFalse(self.data.exists())

    def test_init_asks_on_a_terminal(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(PROGRAM, [PROGRAM, "init", "--data", str(self.data)])
        said = b""
        # A code that is none is asked for again; empty answers keep what stands in brackets.
        answers = [b"4408\n", b"440300\n", "深圳: 城管\n".encode(), b"114.06\n", b"22.54\n", b"\n", b"127.0.0.1:0\n", b"\n"]
        try:
            while True:
                piece = os.read(terminal, 4096)
                said += piece
                if piece.rstrip().endswith(b"]:") and answers:
                    os.write(terminal, answers.pop(0))
        except OSError:
            pass  # the terminal is gone with the program
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0, said.decode())
        self.assertIn("须为 6、9 或 12 位数字", said.decode())
        shown = run("config", "show", "--data", self.data).stdout
        self.assertIn('code: "440300"', shown)
        self.assertIn('name: "深圳: 城管"', shown)
        self.assertIn("lon: 114.06", shown)

    # --- from nothing to people at work ------------------------------------------------------------

    def test_a_city_starts_from_files(self):
        secret = re.search(r"setup#secret=(\S+)", self.init()).group(1)
        server = self.serve()
        self.assertIn("the link made before works until", server.said)
        # The imports run beside the server, which takes them over.
        self.import_small_city()
        accounts = [{"role": role, "login": role.replace("_", "-"), "name": "管理员", "password": "gang-kou-da-dao-9"} for role in ("system_admin", "security_admin", "audit_admin")]
        self.assertEqual(server.ask("POST", "/api/v1/setup", {"secret": secret, "accounts": accounts})[0], 204)
        links = next(self.data.glob("people-links-*.csv"))
        self.assertEqual(mode_of(links), "0o600")
        with open(links, encoding="utf-8") as file:
            rows = {row["login"]: row for row in csv.DictReader(file)}
        self.assertEqual(sorted(rows), ["li", "wang", "zhang"])
        self.assertEqual(server.ask("POST", "/api/v1/sessions", {"name": "li", "password": "hai-tian-lu-38"})[0], 401)
        secret = re.fullmatch(r"https://cg\.example/welcome#secret=(\S+)", rows["li"]["link"]).group(1)
        self.assertEqual(server.ask("POST", "/api/v1/password-links", {"secret": secret, "password": "short"})[1]["code"], "password_too_short")
        self.assertEqual(server.ask("POST", "/api/v1/password-links", {"secret": "x" * 43, "password": "hai-tian-lu-38"})[1]["code"], "password_link_unknown")
        self.assertEqual(server.ask("POST", "/api/v1/password-links", {"secret": secret, "password": "hai-tian-lu-38"})[0], 204)
        self.assertEqual(server.ask("POST", "/api/v1/password-links", {"secret": secret, "password": "hai-tian-lu-39"})[1]["code"], "password_link_unknown")
        status, given = server.ask("POST", "/api/v1/sessions", {"name": "li", "password": "hai-tian-lu-38"})
        self.assertEqual((status, given["must_change_password"]), (201, False))
        status, regions = server.ask("GET", "/api/v1/regions", token=given["token"])
        self.assertEqual((status, len(regions["items"])), (200, 5))
        # Again nothing changes; a changed cell ends and begins anew, and the server knows it at once.
        self.assertIn("未变 32，终止 0", run("import", "cells", "--file", self.folder / "cells.csv", "--data", self.data).stdout)
        text = (self.folder / "regions.csv").read_text().replace("乙社区", "丙社区")
        (self.folder / "regions.csv").write_text(text)
        self.assertIn("变更 1，未变 4", run("import", "regions", "--file", self.folder / "regions.csv", "--data", self.data).stdout)
        until = time.time() + 10
        while time.time() < until and "丙社区" not in json.dumps(server.ask("GET", "/api/v1/regions", token=given["token"])[1], ensure_ascii=False):
            time.sleep(0.1)
        self.assertLess(time.time(), until)
        # New links are made for those who still have no password.
        before = links.read_text()
        run("import", "people", "--file", self.folder / "people.csv", "--data", self.data, "--renew-links", "--links", self.folder / "links.csv")
        self.assertEqual(links.read_text(), before)
        self.assertEqual([line.split(",")[0] for line in (self.folder / "links.csv").read_text().splitlines()], ["login", "zhang", "wang"])

    def test_a_faulty_import_stores_nothing(self):
        self.init()
        self.import_small_city()
        text = (self.folder / "cells.csv").read_text().replace("440803001001001", "440803001001101").replace("110.361 21.2,", "110.3612 21.2,", 1)
        (self.folder / "bad.csv").write_text(text)
        done = run("import", "cells", "--file", self.folder / "bad.csv", "--data", self.data, "--complete", code=1)
        self.assertRegex(done.stderr, r"bad\.csv:\d+: 单元网格 440803001001101 与 440803001001002 重叠 \d+\.\d 平方米，在 110\.36\d+,21\.2\d+")
        self.assertIn("没有写入任何内容", done.stdout)
        people = [["login", "name", "phone", "organisation_code", "roles"], ["li", "李接听", "13800002406", "centre", "handler"], ["zhao", "", "123", "nobody", "king"], ["boss", "大", "", "centre", "system_admin"]]
        done = run("--lang", "en", "import", "people", "--file", write_csv(self.folder / "people.csv", people), "--data", self.data, code=1)
        for words in ("people.csv:3: the name of zhao", "the phone of zhao", "the organisation nobody of zhao", "there is no post king", "people.csv:4: boss: administrators are not imported"):
            self.assertIn(words, done.stderr)
        done = run("--lang", "en", "import", "people", "--file", self.folder / "people.csv", "--data", self.data, "--skip-faulty")
        self.assertIn("3 rows: 0 added, 1 changed, 0 unchanged, 0 ended, 2 skipped; 5 faults", done.stdout)

    # --- a running server ---------------------------------------------------------------------------

    def test_serve_needs_a_city(self):
        self.data.mkdir()
        self.assertIn("chengge init", run("serve", "--data", self.data, code=1).stderr)

    def test_reload_loses_no_request(self):
        self.init()
        for name in ("first", "second"):
            make_certificate(self.folder, name)
        for kind in ("pem", "key"):
            shutil.copy(self.folder / ("first." + kind), self.data / ("current." + kind))
        text = ANSWERS + "tls: {certificate: current.pem, key: current.key}\nlog: {level: %s, file: chengge.log}\n"
        self.configure(text % "info")
        server = self.serve()
        believed = ssl.create_default_context(cadata=(self.folder / "first.pem").read_text() + (self.folder / "second.pem").read_text())
        over = threading.Event()
        asked, lost = [0] * 4, []

        def ask_on(number):
            connection = None
            while not over.is_set():
                if connection is None or asked[number] % 50 == 0:  # kept connections and new ones
                    connection = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=20, context=believed)
                asked[number] += 1
                try:
                    connection.request("GET", "/healthz" if asked[number] % 2 else "/api/v1/demo")
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status not in (200, 404):
                        lost.append(answer.status)
                except Exception as error:
                    lost.append(repr(error))
                    connection = None

        threads = [threading.Thread(target=ask_on, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for round in range(12):
            for kind in ("pem", "key"):
                shutil.copy(self.folder / ("%s.%s" % ("second" if round % 2 == 0 else "first", kind)), self.data / ("current." + kind))
            self.configure(text % ("warning" if round % 2 == 0 else "info"))
            server.signal(signal.SIGHUP)
            time.sleep(0.25)
        self.configure(text % "shouting")  # a fault: the old one stays in force
        server.signal(signal.SIGHUP)
        time.sleep(0.4)
        over.set()
        for thread in threads:
            thread.join()
        self.assertEqual(lost, [])
        self.assertGreater(sum(asked), 1000)
        print("\n  reload under load: 13 reloads, %d requests, %d lost" % (sum(asked), len(lost)))
        log = (self.data / "chengge.log").read_text()
        self.assertIn('"changed":"log.level"', log)
        self.assertIn("nothing was changed: the configuration has faults", log)
        only_first = ssl.create_default_context(cafile=self.folder / "first.pem")
        with socket.create_connection(("127.0.0.1", server.port)) as plain, only_first.wrap_socket(plain, server_hostname="127.0.0.1") as sealed:
            self.assertEqual(sealed.version(), "TLSv1.3")

    def test_stop_finishes_what_runs(self):
        self.init()
        self.import_small_city()
        server = self.serve()
        stream = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        stream.request("GET", "/api/v1/stream", headers={"Authorization": "Bearer " + self.sign_in(server, "li")})
        events = stream.getresponse()
        self.assertEqual(events.status, 200)
        answered, broken = [0] * 4, []

        def ask_on(number):
            while True:
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
                try:
                    connection.connect()
                except OSError:
                    return  # closed to new ones
                try:
                    connection.request("GET", "/api/openapi.json")
                    answer = connection.getresponse()
                    if len(answer.read()) > 10000:
                        answered[number] += 1
                except (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected):
                    pass  # came while the port closed; it was not begun
                except Exception as error:
                    broken.append(repr(error))
                connection.close()

        threads = [threading.Thread(target=ask_on, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        begun = time.time()
        self.assertEqual(server.end(), 0)
        self.assertLess(time.time() - begun, 10)
        for thread in threads:
            thread.join()
        self.assertEqual(broken, [])
        self.assertIn(b": the server is stopping", events.read())  # it ended, and was told to come again
        stream.close()
        self.assertGreater(sum(answered), 50)
        self.assertIn("running requests are finished first", (self.data / "serve.log").read_text())

    def test_a_rotated_log_loses_no_line(self):
        self.init()
        self.configure(ANSWERS + "log: {file: chengge.log, level: debug}\n")
        server = self.serve()
        log, asked, over = self.data / "chengge.log", [0] * 3, threading.Event()

        def ask_on(number):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            while not over.is_set():
                connection.request("GET", "/api/openapi.json?client=%d-%d" % (number, asked[number]))
                connection.getresponse().read()
                asked[number] += 1
            connection.close()

        threads = [threading.Thread(target=ask_on, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for number in range(10):  # as logrotate does: rename, tell
            log.rename(self.data / ("chengge.log.moved-%d" % number))
            server.signal(signal.SIGUSR1 if number % 2 else signal.SIGHUP)
            self.wait_until(log.exists)
            time.sleep(0.05)
        over.set()
        for thread in threads:
            thread.join()
        self.assertEqual(server.end(), 0)
        lines = [json.loads(line) for path in self.data.glob("chengge.log*") for line in path.read_text().splitlines()]
        told = sum(line.get("path") == "/api/openapi.json" for line in lines)
        self.assertGreater(sum(asked), 300)
        self.assertEqual(told, sum(asked))
        self.assertIn("the server stops", log.read_text())
        self.assertEqual(mode_of(log), "0o640")
        print("\n  log: 10 rotations, %d requests, %d lines of them" % (sum(asked), told))

    def test_https_and_the_way_to_it(self):
        self.init()
        make_certificate(self.data, "own")
        plain_port = free_port()
        self.configure(ANSWERS + "tls: {certificate: own.pem, key: own.key, redirect_from: '127.0.0.1:%d', hsts_days: 30}\n" % plain_port)
        server = self.serve()
        self.assertIn("listening on https://", server.said)
        plain = http.client.HTTPConnection("127.0.0.1", plain_port, timeout=20)
        plain.request("GET", "/healthz?a=1")
        answer = plain.getresponse()
        self.assertEqual((answer.status, answer.headers["Location"]), (308, "https://127.0.0.1:%d/healthz?a=1" % server.port))
        plain.close()
        sealed = http.client.HTTPSConnection("127.0.0.1", server.port, timeout=20, context=ssl.create_default_context(cafile=self.data / "own.pem"))
        sealed.request("GET", "/healthz")
        answer = sealed.getresponse()
        self.assertEqual((answer.status, answer.read(), answer.headers["Strict-Transport-Security"]), (200, b"ok\n", "max-age=2592000"))
        sealed.close()
        with self.assertRaises(OSError):
            server.ask("GET", "/healthz")  # not in the clear on the same port
        self.assertEqual(server.end(), 0)
        # A certificate with another's key does not start, and says which file.
        make_certificate(self.folder, "other")
        shutil.copy(self.folder / "other.key", self.data / "own.key")
        self.assertRegex(run("--lang", "en", "serve", "--data", self.data, code=1).stderr, r"chengge\.yaml:\d+:the key .*own\.key is not the certificate's")

    def test_metrics_and_health(self):
        self.init()
        server = self.serve()
        self.assertEqual(server.ask("GET", "/healthz"), (200, "ok\n"))
        status, text = server.ask("GET", "/metrics")
        self.assertEqual(status, 200)
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) chengge_\w+ .+|chengge_\w+(\{(\w+=\"[^\"]*\",?)+\})? -?[0-9.e+-]+)$")
        names = set(re.findall(r"^# TYPE (\S+)", text, re.M))
        for name in ("http_requests_total", "http_request_duration_seconds", "http_queue_depth", "http_streams", "feed_position", "feed_reader_lag_seconds", "storage_commits_total",
                     "storage_commit_duration_seconds", "open_cases", "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"):
            self.assertIn("chengge_" + name, names)
        self.assertIn('chengge_http_requests_total{method="GET",route="/healthz",status="200"} 1', text)
        # A proxy asks for somebody outside: for him there is nothing here.
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
        self.assertEqual(connection.getresponse().status, 404)
        connection.close()

    # --- doctor --------------------------------------------------------------------------------------

    def test_doctor(self):
        self.init()
        done = run("doctor", "--data", self.data, code=None)
        self.assertEqual(done.returncode, 1, done.stdout)  # warnings: no backup, no administrators
        self.assertNotIn("fail", done.stdout)
        for words in ("数据目录：剩余", "写盘：每秒", "时钟：", "密钥：文件权限正确", "数据库：完好", "管理员：还没有建立", "→ chengge setup-link"):
            self.assertIn(words, done.stdout)
        self.assertIn("ok    keys: only their owner can read them", run("--lang", "en", "doctor", "--data", self.data, code=1).stdout)
        os.chmod(self.data / "keys/identity.key", 0o644)
        done = run("--lang", "en", "doctor", "--data", self.data, code=2)
        self.assertIn("fail  keys: others can read", done.stdout)
        self.assertIn("→ chmod go-rwx", done.stdout)
        os.chmod(self.data / "keys/identity.key", 0o600)
        server = self.serve()  # works beside a server
        run("doctor", "--data", self.data, code=1)
        self.assertEqual(server.end(), 0)
        (self.data / "demo.json").write_text("{}")
        self.configure(ANSWERS.replace("127.0.0.1:0", "0.0.0.0:0"))
        self.assertIn("fail  demo: a demo city with known passwords", run("--lang", "en", "doctor", "--data", self.data, code=2).stdout)
        (self.data / "demo.json").unlink()
        self.configure(ANSWERS)
        with open(self.data / "chengge.db", "r+b") as file:
            file.seek(8192)
            file.write(os.urandom(40960))
        self.assertIn("fail  database: damaged", run("--lang", "en", "doctor", "--data", self.data, code=2).stdout)

    def findings(self):
        """By what they are about: "ok", "warn" or "fail"."""
        done = run("--lang", "en", "doctor", "--data", self.data, code=None)
        levels = {}
        for line in done.stdout.splitlines():
            if found := re.match(r"(ok|warn|fail) +([^:]+): (.*)", line):
                levels[found[2]] = max(levels.get(found[2], ""), found[1], key=("", "ok", "warn", "fail").index)
        self.assertEqual(done.returncode, max({"ok": 0, "warn": 1, "fail": 2}[level] for level in levels.values()), done.stdout)
        return levels

    def test_doctor_sees_good_and_bad(self):
        self.init()
        self.import_small_city()
        backups = self.folder / "backups"
        backups.mkdir()
        text = ANSWERS + "backup: {folder: %s}\n" % backups
        self.configure(text)
        # Backups: none, a fresh one, one of the day before yesterday, one of last week; a half one is none.
        (backups / ".making-20260101-000000").mkdir()
        self.assertEqual(self.findings()["backup"], "fail")
        run("backup", "make", "--data", self.data, "--to", backups)
        self.assertEqual(self.findings()["backup"], "ok")
        manifest = next(backups.glob("2*/manifest.json"))
        made = json.loads(manifest.read_text())
        for hours, level in ((30, "warn"), (100, "fail")):
            manifest.write_text(json.dumps({**made, "made_ms": made["made_ms"] - hours * 3600000}))
            self.assertEqual(self.findings()["backup"], level)
        # Disk: enough, and none left (proc has none).
        self.assertIn(self.findings()["backup folder"], ("ok", "warn"))
        self.configure(ANSWERS + "backup: {folder: /proc}\n")
        self.assertEqual(self.findings()["backup folder"], "fail")
        self.configure(text)
        # Certificate: a year, twenty days, three days.
        self.assertNotIn("certificate", self.findings())
        self.configure(text + "tls: {certificate: own.pem, key: own.key}\n")
        for days, level in ((365, "ok"), (20, "warn"), (3, "fail")):
            make_certificate(self.data, "own", days)
            os.chmod(self.data / "own.key", 0o600)
            self.assertEqual(self.findings()["certificate"], level)
        self.configure(text)
        # Next year's calendar: as published, and not there.
        year = time.gmtime(time.time() + 8 * 3600).tm_year + 1
        calendar = self.data / "overlay/calendar"
        calendar.mkdir(parents=True)
        for days, level in (([{"date": "%d-01-01" % year, "is_off": True, "name": "元旦"}], "ok"), ([], "warn")):
            (calendar / ("%d.json" % year)).write_text(json.dumps({"year": year, "sources": ["https://www.gov.cn/notice"] if days else [], "days": days}))
            self.assertEqual(self.findings()["calendar"], level)
        shutil.rmtree(self.data / "overlay")
        # The feed's readers: behind by two hours while nothing runs, caught up by the server.
        server = self.serve()
        self.wait_until(lambda: self.ask_database("SELECT COUNT(*) FROM feed_readers") > 0)
        self.assertEqual(server.end(), 0)
        name = self.ask_database("SELECT MIN(name) FROM feed_readers")
        self.assertEqual(self.findings()["reader " + name], "ok")
        self.ask_database("UPDATE feed_entries SET recorded_ms = recorded_ms - 7200000")
        self.ask_database("UPDATE feed_readers SET entry_key = 0")
        self.assertEqual(self.findings()["reader " + name], "fail")
        server = self.serve()
        self.wait_until(lambda: self.findings()["reader " + name] == "ok")
        self.assertEqual(server.end(), 0)
        # The clock: behind what is recorded.
        self.assertIn(self.findings()["clock"], ("ok", "warn"))  # whether this machine follows a time source
        self.ask_database("UPDATE feed_entries SET recorded_ms = recorded_ms + 86400000")
        self.assertEqual(self.findings()["clock"], "fail")

    def ask_database(self, statement):
        with sqlite3.connect(self.data / "chengge.db", timeout=20) as database:
            row = database.execute(statement).fetchone()
        database.close()
        return row[0] if row else None

    def test_doctor_measures_the_disk(self):
        self.init()
        self.assertIn(self.findings()["sync"], ("ok", "warn"))
        (self.folder / "slow.c").write_text("#include <unistd.h>\n#include <sys/syscall.h>\nint fdatasync(int file) { usleep(%s); return (int)syscall(SYS_fdatasync, file); }\n" % "DELAY_US")
        for delay, level in ((20000, "warn"), (80000, "fail")):
            subprocess.run(["c++", "-x", "c", "-shared", "-fPIC", "-D_GNU_SOURCE", "-DDELAY_US=%d" % delay, "-o", self.folder / "slow.so", self.folder / "slow.c"], check=True, capture_output=True)
            done = run("--lang", "en", "doctor", "--data", self.data, code=None, env={**os.environ, "LD_PRELOAD": str(self.folder / "slow.so")})
            self.assertRegex(done.stdout, r"(?m)^%s  sync: \d+ durable writes a second" % level)

    # --- behind nginx --------------------------------------------------------------------------------

    def test_the_nginx_example_passes_requests_and_events_on(self):
        self.init()
        self.import_small_city()
        server = self.serve()
        li, zhang = self.sign_in(server, "li"), self.sign_in(server, "zhang")
        make_certificate(self.folder, "front")
        plain, sealed = free_port(), free_port()
        example = (SOURCE / "deploy/nginx/chengge.conf").read_text()
        for old, new in (("listen 80;", "listen 127.0.0.1:%d;" % plain), ("listen [::]:80;", ""), ("listen 443 ssl http2;", "listen 127.0.0.1:%d ssl http2;" % sealed), ("listen [::]:443 ssl http2;", ""),
                         ("127.0.0.1:8080", "127.0.0.1:%d" % server.port), ("/etc/ssl/chengge/fullchain.pem", str(self.folder / "front.pem")), ("/etc/ssl/chengge/private.pem", str(self.folder / "front.key"))):
            self.assertIn(old, example)
            example = example.replace(old, new)
        (self.folder / "chengge.conf").write_text(example)
        temporary = "".join("%s_temp_path %s/nginx-%s;" % (kind, self.folder, kind) for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text("daemon off; worker_processes 1; pid %s/nginx.pid; events {} http { access_log off; %s include %s/chengge.conf; }" % (self.folder, temporary, self.folder))
        words = ["nginx", "-p", str(self.folder), "-e", str(self.folder / "nginx.log"), "-c", str(self.folder / "nginx.conf")]
        if os.geteuid() == 0:
            words += ["-g", "user root;"]  # its worker writes into this test's folder
        tried = subprocess.run([*words, "-t"], capture_output=True, text=True)
        self.assertEqual(tried.returncode, 0, tried.stderr)
        self.assertNotIn("[warn]", tried.stderr)
        front = subprocess.Popen(words)
        self.addCleanup(lambda: (front.terminate(), front.wait(timeout=10)))
        believed = ssl.create_default_context(cafile=self.folder / "front.pem")

        def connect():
            return http.client.HTTPSConnection("127.0.0.1", sealed, timeout=20, context=believed)

        def is_up():
            try:
                socket.create_connection(("127.0.0.1", sealed), timeout=1).close()
                return True
            except OSError:
                return False

        self.wait_until(is_up)
        way = http.client.HTTPConnection("127.0.0.1", plain, timeout=20)
        way.request("GET", "/x", headers={"Host": "cg.example.gov.cn"})
        answer = way.getresponse()
        self.assertEqual((answer.status, answer.headers["Location"]), (308, "https://cg.example.gov.cn/x"))
        way.close()
        for path, status in (("/healthz", 200), ("/metrics", 404), ("/api/v1/regions", 401)):
            connection = connect()
            connection.request("GET", path)
            self.assertEqual(connection.getresponse().status, status, path)
            connection.close()
        # A session begun behind it is marked secure: chengge believes what its proxy says.
        connection = connect()
        connection.request("POST", "/api/v1/sessions", json.dumps({"name": "li", "password": "hai-tian-lu-38"}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 201)
        self.assertIn("Secure", answer.headers["Set-Cookie"])
        connection.close()
        # An event comes at once, not when a buffer is full.
        stream = connect()
        stream.request("GET", "/api/v1/stream", headers={"Authorization": "Bearer " + li})
        events = stream.getresponse()
        self.assertEqual(events.status, 200)
        case_id = str(uuid.uuid4())
        body = {"case_id": case_id, "lon": 110.3605, "lat": 21.2005, "coord_type": "cgcs2000", "description": "路边堆放垃圾", "kind": "event", "class_code": "06010", "source": "hotline_12319"}
        begun = time.time()
        status, said = server.ask("POST", "/api/v1/reports", body, token=li)
        self.assertEqual(status, 201, said)
        seen = b""
        while case_id.encode() not in seen:
            seen += events.readline()
            self.assertLess(time.time() - begun, 5, seen)
        stream.close()

    # --- the package ---------------------------------------------------------------------------------

    def test_the_package_holds_a_program_that_runs(self):
        done = subprocess.run([SOURCE / "scripts/package", "--from", BUILD, "--out", self.folder], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        package = next(self.folder.glob("chengge_*.deb"))
        listed = subprocess.run(["dpkg-deb", "--contents", package], check=True, capture_output=True, text=True).stdout
        for path in ("./usr/bin/chengge", "./usr/share/chengge/data/workflow/case.json", "./usr/share/chengge/db/migrations/0001_feed.sqlite.sql", "./usr/share/chengge/api/openapi.yaml",
                     "./usr/share/chengge/web/apps/desk/dist/index.html", "./lib/systemd/system/chengge.service", "./usr/share/doc/chengge/examples/nginx-chengge.conf", "./usr/share/doc/chengge/operations/README.md"):
            self.assertIn(path + "\n", listed)
        self.assertNotRegex(listed, r"(?m)^\S+ (?!root/root)")
        fields = subprocess.run(["dpkg-deb", "--field", package, "Depends", "Version"], check=True, capture_output=True, text=True).stdout
        for library in ("libc6", "libssl3", "libsqlite3-0", "libpq5", "libsodium23", "libvips42", "libboost-json1.81.0"):
            self.assertIn(library, fields)
        root = self.folder / "root"
        subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
        environment = {**os.environ, "CHENGGE_HOME": str(root / "usr/share/chengge")}
        subprocess.run([root / "usr/bin/chengge", "rules", "validate"], check=True, capture_output=True, env=environment)
        subprocess.run([root / "usr/bin/chengge", "init", "--data", self.data, "--from", self.folder / "answers.yaml"], check=True, capture_output=True, env=environment)
        # It runs from there, desk and all.
        child = subprocess.Popen([root / "usr/bin/chengge", "serve", "--data", self.data], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        try:
            line = ""
            while "listening on" not in line:
                line = child.stdout.readline()
                self.assertTrue(line)
            connection = http.client.HTTPConnection("127.0.0.1", int(line.rsplit(":", 1)[1]), timeout=20)
            for path, words in (("/healthz", "ok"), ("/", "<!doctype html>"), ("/api/openapi.json", "openapi")):
                connection.request("GET", path)
                answer = connection.getresponse()
                text = answer.read().decode()
                self.assertEqual((answer.status, words in text.lower()), (200, True), path)
            connection.close()
        finally:
            child.terminate()
            self.assertEqual(child.wait(timeout=40), 0)
            child.stdout.close()
        self.check_unit(root)

    def check_unit(self, root):
        unit = root / "lib/systemd/system/chengge.service"
        text = unit.read_text()
        for setting in ("NoNewPrivileges=yes", "ProtectSystem=strict", "MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service", "User=chengge", "StateDirectory=chengge", "LimitNOFILE="):
            self.assertIn(setting, text)
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=20", unit], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout[-600:] + done.stderr)
        # Its program is looked for where it would be installed: here under this test's root.
        (self.folder / "units").mkdir()
        (self.folder / "units/chengge.service").write_text(text.replace("/usr/bin/chengge", str(root / "usr/bin/chengge")))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", self.folder / "units/chengge.service"], capture_output=True, text=True)
        self.assertEqual((done.returncode, [line for line in done.stderr.splitlines() if "chengge" in line]), (0, []))


if __name__ == "__main__":
    unittest.main()
