"""chengge doctor: each of its findings seen good and bad."""
import http.server
import json
import os
import re
import shutil
import sqlite3
import subprocess
import threading
import time

from kit import ANSWERS, CityTest, free_port, make_certificate, run


class Doctor(CityTest):
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

    def test_doctor_asks_the_base_maps(self):
        """Each way in which a foreign base map fails, by a provider of our own; the key is in no line."""
        self.init()
        picture = b"\x89PNG\r\n\x1a\n" + b"p" * 200
        answers = {"status": 200, "type": "image/png", "body": picture}
        asked = []

        class Provider(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(answers["status"])
                self.send_header("Content-Type", answers["type"])
                self.send_header("Content-Length", str(len(answers["body"])))
                self.end_headers()
                self.wfile.write(answers["body"])

            def log_message(self, *_):
                pass

        provider = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
        threading.Thread(target=provider.serve_forever, daemon=True).start()
        self.addCleanup(provider.server_close)
        self.addCleanup(provider.shutdown)
        base = {"id": "vec", "zh": "天地图", "en": "Tianditu", "attribution": "天地图", "key_file": "vec.key", "quota_day": 100,
                "url": "http://127.0.0.1:%d/{z}/{x}/{y}?tk={key}" % provider.server_address[1]}
        (self.data / "vec.key").write_text("SECRET123\n")

        def look(network="127.0.0.0/8", **changed):
            (self.data / "bases.json").write_text(json.dumps([{**base, **changed}]))
            self.configure(ANSWERS + 'base_maps: {file: bases.json, private_networks: [%s]}\n' % network)
            done = run("--lang", "en", "doctor", "--data", self.data, code=None)
            told = run("doctor", "--data", self.data, code=None)
            self.assertEqual(done.returncode, told.returncode)
            self.assertNotIn("SECRET123", done.stdout + done.stderr + told.stdout + told.stderr)
            self.assertIn("底图 天地图：", told.stdout)
            lines = done.stdout.splitlines()
            at = next(i for i, line in enumerate(lines) if "base map Tianditu" in line)
            if not lines[at].startswith("ok"):
                self.assertIn("→", lines[at + 1])
            return lines[at]

        self.assertRegex(look(), r"ok    base map Tianditu: 0 tiles today of 100")
        self.assertTrue(asked[0].endswith("?tk=SECRET123"), asked)
        self.assertTrue(asked[0].startswith("/12/"), asked)
        self.assertIn("warn  base map Tianditu: lies in an inner network", look(network="10.0.0.0/8"))
        self.assertIn("warn  base map Tianditu: cannot be reached", look(url="http://127.0.0.1:%d/{z}/{x}/{y}?tk={key}" % free_port()))
        for status, words in ((403, "refuses the key (HTTP 403)"), (418, "refuses the key (HTTP 418)"), (500, "answers with an error (HTTP 500)"), (404, "has no tile where the city lies")):
            answers["status"] = status
            self.assertIn("warn  base map Tianditu: " + words, look())
        answers.update(status=200, body=b"<html>key expired</html>")
        self.assertIn("what it sends is no picture", look())
        answers.update(body=picture)
        # Nine tenths of the day's quota.
        today = (int(time.time()) + 8 * 3600) // 86400
        self.ask_database("INSERT INTO base_map_uses (base_id, day, used) VALUES ('vec', %d, 89) RETURNING used" % today)
        self.assertIn("ok    base map Tianditu: 89 tiles today of 100", look())
        self.assertEqual(self.ask_database("UPDATE base_map_uses SET used = 90 RETURNING used"), 90)
        self.assertIn("warn  base map Tianditu: 90 tiles today of 100", look())
        self.assertEqual(self.ask_database("SELECT used FROM base_map_uses"), 90)  # the look itself is not counted
        # A folder that is none takes no tile.
        (self.data / "cache").mkdir(exist_ok=True)
        (self.data / "cache/base_maps").write_text("")
        self.assertIn("tiles of base maps: cannot be kept", run("--lang", "en", "doctor", "--data", self.data, code=None).stdout)
