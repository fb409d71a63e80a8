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
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
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


def make_certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "20", "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / (name + ".key"), "-out", folder / (name + ".pem")], check=True, capture_output=True)


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

    # --- configuration ---------------------------------------------------------------------------

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
        server = self.serve()
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
                except (ConnectionResetError, http.client.RemoteDisconnected):
                    pass  # came while the port closed; it was not begun
                except Exception as error:
                    broken.append(repr(error))

        threads = [threading.Thread(target=ask_on, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        self.assertEqual(server.end(), 0)
        for thread in threads:
            thread.join()
        self.assertEqual(broken, [])
        self.assertGreater(sum(answered), 50)
        self.assertIn("running requests are finished first", (self.data / "serve.log").read_text())

    def test_the_log_file_is_opened_anew(self):
        self.init()
        self.configure(ANSWERS + "log: {file: chengge.log}\n")
        server = self.serve()
        log = self.data / "chengge.log"
        log.rename(self.data / "moved.log")
        server.signal(signal.SIGUSR1)
        until = time.time() + 5
        while not log.exists() and time.time() < until:
            time.sleep(0.02)
        self.assertEqual(server.end(), 0)
        self.assertIn("the server stops", log.read_text())
        self.assertEqual(mode_of(log), "0o640")

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
        self.check_unit(root)

    def check_unit(self, root):
        unit = root / "lib/systemd/system/chengge.service"
        text = unit.read_text()
        for setting in ("NoNewPrivileges=yes", "ProtectSystem=strict", "MemoryDenyWriteExecute=yes", "SystemCallFilter=@system-service", "User=chengge", "StateDirectory=chengge", "LimitNOFILE="):
            self.assertIn(setting, text)
        if not shutil.which("systemd-analyze"):
            return
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=20", unit], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout[-600:] + done.stderr)


if __name__ == "__main__":
    unittest.main()
