"""The operations tests' common ground: the program as a child, a folder for a city, its first lists."""
import csv
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
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


class CityTest(unittest.TestCase):
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
