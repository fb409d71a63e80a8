"""What a city installs: the package with its unit, and nginx in front."""
import http.client
import json
import os
import socket
import ssl
import subprocess
import time
import uuid

from kit import BUILD, SOURCE, CityTest, free_port, make_certificate


class Delivery(CityTest):
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
