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
import threading
import time
import unittest

sys.dont_write_bytecode = True
from kit import ANSWERS, PROGRAM, SOURCE, CityTest, free_port, make_certificate, mode_of, run, write_csv
from delivery_test import Delivery  # noqa: F401: unittest finds it here
from doctor_test import Doctor  # noqa: F401
from survey_test import Surveys  # noqa: F401


class Operations(CityTest):
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
        # What is said of all commands may stand behind one, too.
        self.assertIn("there is no key lisen", run("config", "validate", "--data", self.data, "--lang", "en", code=1).stderr)
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

    def test_an_address_in_use_is_told_and_the_first_server_goes_on(self):
        self.init()
        server = self.serve()
        second = run("serve", "--data", self.data, "--listen", "127.0.0.1:%d" % server.port, code=1)  # ends by itself
        self.assertIn("127.0.0.1:%d cannot be listened on" % server.port, second.stderr)
        self.assertEqual(server.ask("GET", "/healthz")[0], 200)

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


if __name__ == "__main__":
    unittest.main()
