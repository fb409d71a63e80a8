"""chengge import layer and export layer over files that are broken, lie or are too large; real GDAL makes and reads them."""
import json
import os
import shutil
import socket
import subprocess
import zipfile

from kit import CityTest, run

FIELDS = {"class_code": "01004", "competent_code": "cgj", "competent_name": "城市管理局", "state": "完好"}
HEADER = "class_code,competent_code,competent_name,state,lon,lat\n"


def ogr(*words):
    subprocess.run(["ogr2ogr", *map(str, words)], check=True, capture_output=True)


class Surveys(CityTest):
    def setUp(self):
        super().setUp()
        self.init()
        self.import_small_city()

    def layer(self, file, *words, code=0, language="zh"):
        done = run("--lang", language, "import", "layer", "components", file, "--data", self.data, *(words or ("--check",)), code=None)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def count(self):
        out = self.folder / "count.csv"
        run("export", "layer", "components", "--format", "csv", "--out", out, "--data", self.data)
        return len(out.read_text(encoding="utf-8").splitlines()) - 1

    def points(self, count=3, **changed):
        return {"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {**FIELDS, **changed}, "geometry": {"type": "Point", "coordinates": [110.3605 + i * 0.00001, 21.2005]}} for i in range(count)]}

    def geojson(self, document, name="a.geojson"):
        path = self.folder / name
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    def shapefile(self, *options, zipped=("shp", "shx", "dbf", "prj", "cpg"), edit=None, **changed):
        source = self.geojson(self.points(**changed))
        folder = self.folder / "shape"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        ogr("-f", "ESRI Shapefile", folder / "a.shp", source, "-t_srs", "EPSG:4546", *(options or ("-lco", "ENCODING=UTF-8")))
        if edit:
            edit(folder)
        with zipfile.ZipFile(self.folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for part in zipped:
                if (folder / ("a." + part)).exists():
                    archive.write(folder / ("a." + part), "a." + part)
        return self.folder / "a.zip"

    MAPPED = ("--map", "competent_code=competent_", "--map", "competent_name=competen_1", "--check")

    def test_every_format_of_gdal_comes_in(self):
        source = self.geojson(self.points())
        self.assertIn("3 行通过，0 行要改", self.layer(source))
        ogr("-f", "GPKG", self.folder / "a.gpkg", source, "-t_srs", "EPSG:4546", "-dim", "XYZ", "-nlt", "MULTIPOINT")
        said = self.layer(self.folder / "a.gpkg")
        self.assertIn("3 行通过", said)
        self.assertIn("高程", said)
        ogr("-f", "LIBKML", self.folder / "a.kml", source)
        self.assertIn("3 行通过", self.layer(self.folder / "a.kml"))
        self.assertIn("3 行通过", self.layer(self.shapefile(), *self.MAPPED))
        ogr("-f", "DXF", self.folder / "a.dxf", source, "-nlt", "POINT")
        said = self.layer(self.folder / "a.dxf", code=1)  # a drawing has no attributes: told, not guessed
        self.assertIn("3 行要改", said)

    def test_shapefiles_as_they_come(self):
        # GBK with and without .cpg, without .prj, without .shx, cut off, without .dbf.
        for options, zipped in ((("-lco", "ENCODING=GBK"), ("shp", "shx", "dbf", "prj", "cpg")), (("-lco", "ENCODING=GBK"), ("shp", "shx", "dbf", "prj")), (("-lco", "ENCODING=UTF-8"), ("shp", "dbf", "prj", "cpg"))):
            self.assertIn("3 行通过", self.layer(self.shapefile(*options, zipped=zipped), *self.MAPPED))
        said = self.layer(self.shapefile(zipped=("shp", "shx", "dbf", "cpg")), *self.MAPPED, code=1)
        self.assertIn("EPSG:4546", said)  # what would fit is named
        self.assertIn("3 行通过", self.layer(self.folder / "a.zip", "--crs", "EPSG:4546", *self.MAPPED))
        self.assertIn(".dbf", self.layer(self.shapefile(zipped=("shp", "shx")), *self.MAPPED, code=1))

        def cut(folder):
            os.truncate(folder / "a.shp", 120)
        said = self.layer(self.shapefile(edit=cut), *self.MAPPED, code=1)
        self.assertTrue("读不出来" in said or "要改" in said, said)

        def scramble(folder):
            (folder / "a.shp").write_bytes(os.urandom(2000))
        self.assertIn("读不出来", self.layer(self.shapefile(edit=scramble, zipped=("shp", "dbf")), *self.MAPPED, code=1))

    def test_mixed_encodings_in_one_file(self):
        path = self.folder / "mixed.csv"
        line = "01004,cgj,城市管理局,完好,110.3605,21.2005\n"
        path.write_bytes(HEADER.encode() + line.encode("gbk") * 3 + line.encode("utf-8") + b"01004,cgj,\xff\xfe\xff,\xcd\xea\xba\xc3,110.3605,21.2005\n")
        said = self.layer(path, code=1)
        self.assertIn("第 4 行", said)
        self.assertIn("编码", said)
        self.assertIn("1 行要改", said)

    def test_zips_that_lie(self):
        path = self.folder / "bomb.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.shp", bytes(600_000_000))
            archive.writestr("a.dbf", b"x")
        self.assertIn("大得不正常", self.layer(path, code=1))
        with zipfile.ZipFile(path, "w") as archive:
            link = zipfile.ZipInfo("a.shp")
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
            archive.writestr("a.dbf", b"x")
        self.assertIn("链接", self.layer(path, code=1))
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("../../a.shp", b"x")
            archive.writestr("a.dbf", b"x")
        self.assertIn("不能接收", self.layer(path, code=1))

    def test_nothing_calls_out(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(0.3)
            url = "http://127.0.0.1:%d/" % listener.getsockname()[1]
            secret = self.folder / "secret.csv"
            secret.write_text("id,name\n1,secret-word\n")
            lures = {
                "a.kml": '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>%sa.kml</href></Link></NetworkLink><Placemark><styleUrl>%ss.kml#x</styleUrl><Point><coordinates>110.36,21.2</coordinates></Point></Placemark></Document></kml>' % (url, url),
                "b.kml": '<!DOCTYPE kml [<!ENTITY x SYSTEM "file://%s">]><kml><Document><Placemark><name>&x;</name><Point><coordinates>110.36,21.2</coordinates></Point></Placemark></Document></kml>' % secret,
                "c.kml": '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/%sa.csv</SrcDataSource></OGRVRTLayer></OGRVRTDataSource><!-- <kml -->' % url,
                "d.vrt": '<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>%s</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>' % secret,
                "e.geojson": '{"type":"FeatureCollection","crs":{"type":"link","properties":{"href":"%scrs"}},"features":[]}' % url}
            for name, text in lures.items():
                (self.folder / name).write_text(text)
                self.assertNotIn("secret-word", self.layer(self.folder / name, code=1), name)
                with self.assertRaises(TimeoutError, msg=name):
                    listener.accept()

    def test_a_file_of_two_gigabytes_and_a_full_disk(self):
        path = self.folder / "large.csv"
        path.write_text(HEADER)
        with open(path, "r+b") as file:
            file.truncate(2_200_000_000)
        said = self.layer(path, code=1)  # zeroes: a sentence, not a crash
        self.assertNotIn("exception", said)
        path.unlink()
        small = self.folder / "small"
        small.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", small], check=True)
        self.addCleanup(subprocess.run, ["umount", small])
        (self.data / "imports").exists() and shutil.rmtree(self.data / "imports")
        (self.data / "imports").symlink_to(small)
        source = self.geojson(self.points(20_000))
        before = self.count()
        said = self.layer(source, "--reason", "试验", code=1)
        self.assertTrue("磁盘" in said or "空间" in said, said)
        self.assertEqual(self.count(), before)

    def test_published_whole_and_exported_for_gdal(self):
        source = self.geojson(self.points(50))
        self.assertIn("已发布", self.layer(source, "--reason", "第一批"))
        self.assertEqual(self.count(), 50)
        for name, words in {"gpkg": (), "zip": ("--format", "shp", "--encoding", "gbk", "--crs", "EPSG:4546"), "geojson": ("--format", "geojson"), "kml": ("--format", "kml")}.items():
            out = self.folder / ("out." + name)
            run("export", "layer", "components", "--out", out, "--data", self.data, *words)
            info = subprocess.run(["ogrinfo", "-ro", "-so", "-al", ("/vsizip/" if name == "zip" else "") + str(out)], capture_output=True, text=True).stdout
            self.assertIn("Feature Count: 50", info, name)
        # Faulty: nothing of it comes in.
        self.assertIn("要改", self.layer(self.geojson(self.points(5, state="很好")), "--reason", "第二批", code=1))
        self.assertEqual(self.count(), 50)

    def published(self):
        out = self.folder / "published.csv"
        run("export", "layer", "components", "--format", "csv", "--out", out, "--data", self.data)
        return out.read_bytes()

    def test_a_relative_data_folder_serves_as_well(self):
        source = self.geojson(self.points())
        done = run("import", "layer", "components", source, "--check", "--data", self.data.name, cwd=self.folder)
        self.assertIn("3 行通过", done.stdout)
        run("export", "layer", "components", "--format", "gpkg", "--out", "out.gpkg", "--data", self.data.name, cwd=self.folder)
        self.assertTrue((self.folder / "out.gpkg").exists())

    def test_what_is_published_stays_untouched_by_files_that_fail(self):
        self.assertIn("已发布", self.layer(self.geojson(self.points(50)), "--reason", "第一批"))
        before = self.published()

        def scramble(folder):
            (folder / "a.shp").write_bytes(os.urandom(2000))
        bomb, link, large, drawing, remote, halved = (self.folder / name for name in ("bomb.zip", "link.zip", "large.gpkg", "large.geojson", "remote.kml", "halved.csv"))
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.shp", bytes(600_000_000))
            archive.writestr("a.dbf", b"x")
        with zipfile.ZipFile(link, "w") as archive:
            member = zipfile.ZipInfo("a.shp")
            member.create_system, member.external_attr = 3, 0o120777 << 16
            archive.writestr(member, "/etc/passwd")
            archive.writestr("a.dbf", b"x")
        # Over 2 GB, sparse: as a database and as a text.
        for path, head in ((large, b"SQLite format 3\0"), (drawing, b'{"type":"FeatureCollection","features":[')):
            path.write_bytes(head)
            os.truncate(path, 2_200_000_000)
        remote.write_text('<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>http://127.0.0.1:9/a.kml</href></Link></NetworkLink></Document></kml>')
        halved.write_bytes(HEADER.encode() + "01004,cgj,城市管理局,完好,110.3605,21.2005\n".encode() + b"01004,cgj,\xff\xfe\xff,\xcd\xea\xba\xc3,110.3605,21.2005\n")
        for path in (self.shapefile(edit=scramble), bomb, link, large, drawing, remote, halved):
            said = self.layer(path, "--reason", "不该发布", code=1)
            self.assertIn("。", said, path)
            self.assertNotIn("已发布", said, path)
            self.assertEqual(self.published(), before, path)
        versions = run("registry", "versions", "components", "--data", self.data).stdout
        self.assertNotIn("不该发布", versions)
