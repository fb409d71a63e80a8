#!/usr/bin/env python3
"""The laws of the tree that no compiler knows: who may include whom, where foreign headers live,
what an SQL file looks like, what the tables of refusals say.

tidy_test.py [ROOT]   first plants one fault of each kind in a small tree and must find each,
                      then looks at ROOT (default: the tree this file lies in). Exit 1 with faults.
"""
import csv
import re
import sys
import tempfile
from pathlib import Path

LINES_MAX = 600
MIGRATION_TOKENS = {"key", "blob", "text_c"}
# Foreign headers (by prefix) and the modules that own them.
FOREIGN = {
    "boost/json.hpp": {"base"},
    "tl/expected.hpp": {"base"},
    "openssl/": {"base", "http"},
    "utf8proc.h": {"base"},
    "fmt/": None,  # a formatting library is nobody's secret
    "boost/": {"http"},  # Beast and Asio
    "zlib.h": {"base", "http", "survey"},
    "proj.h": {"geo"},
    "protozero/": {"geo"},
    "seccomp.h": {"survey"},
    "jemalloc/": {"base"},
    "sqlite3.h": {"storage"},
    "libpq-fe.h": {"storage"},
    "sodium.h": {"identity"},
    "fasttext/": {"hotline"},
    "curl/": {"outgoing"},
    "vips/": {"media", "demo"},
    "yaml-cpp/": {"platform"},
    "CLI/": {"platform"},
}
SYSTEM = {"arpa/inet.h", "fcntl.h", "iconv.h", "linux/filter.h", "linux/landlock.h", "linux/seccomp.h", "netdb.h", "netinet/in.h", "poll.h", "pwd.h", "sched.h", "semaphore.h", "signal.h", "spawn.h", "sys/epoll.h",
          "sys/file.h", "sys/mman.h", "sys/prctl.h", "sys/resource.h", "sys/socket.h", "sys/stat.h", "sys/statvfs.h", "sys/syscall.h", "sys/time.h", "sys/timex.h", "sys/un.h", "sys/wait.h",
          "malloc.h", "unistd.h"}
# Written apart, or this file would be a finding of its own.
MARKS = re.compile(r"\b(FIX" + r"ME|XX" + r"X)\b|^(<<<<<<<|>>>>>>>)( |$)")
HAN = re.compile("[\u4e00-\u9fff]")


def read(path):
    return path.read_text(encoding="utf-8")


def load_layers(root):
    """Module → modules it may include; the capabilities; the modules that know every other."""
    uses, capabilities, knows_all, section = {}, set(), set(), ""
    for line in read(root / "tools/layers.txt").splitlines():
        if line.startswith("#"):
            section = line
        elif ":" in line:
            name, _, rest = line.partition(":")
            uses[name] = set(rest.split())
            if section == "# capabilities":
                capabilities.add(name)
            if section.startswith("# the only place"):
                knows_all.add(name)
    return uses, capabilities, knows_all


def source_files(root):
    return sorted(path for path in (root / "src").rglob("*") if path.suffix in (".hpp", ".cpp"))


def module_of(root, path):
    parts = path.relative_to(root / "src").parts
    return parts[0] if len(parts) > 1 else ""


def check_own_include(header, module, layers):
    uses, capabilities, knows_all = layers
    other = header.split("/")[0]
    if "/" not in header:
        return "includes \"%s\" without its folder" % header
    if other == module:
        return None
    if module == "":  # main.cpp
        return None if other in knows_all else "main may include only %s" % ", ".join(sorted(knows_all))
    if other not in uses.get(module, set()):
        return "the module %s may not include %s (tools/layers.txt)" % (module, header)
    if other in capabilities and module not in knows_all and not re.fullmatch(other + r"/[a-z]+_service\.hpp", header) and header not in ("registry/layer.hpp", "registry/layer_snapshot.hpp"):
        return "of the capability %s only its service may be included, not %s" % (other, header)
    return None


def check_foreign_include(header, module):
    if "/" not in header and not header.endswith(".h"):
        return None  # the standard library
    if header in SYSTEM:
        return None
    for prefix, owners in FOREIGN.items():
        if header.startswith(prefix):
            if owners is None or module in owners:
                return None
            return "<%s> belongs to %s" % (header, " and ".join(sorted(owners)))
    return "<%s> is a foreign header that no module owns (tools/tidy_test.py)" % header


def check_sources(root):
    layers = load_layers(root)
    for path in source_files(root):
        module = module_of(root, path)
        text = read(path)
        if module and module not in layers[0]:
            yield path, 1, "the module %s is not in tools/layers.txt" % module
        for number, line in enumerate(text.splitlines(), 1):
            own = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            foreign = re.match(r"\s*#\s*include\s+<([^>]+)>", line)
            fault = None
            if own:
                fault = check_own_include(own.group(1), module, layers)
            elif foreign:
                fault = check_foreign_include(foreign.group(1), module)
            if fault:
                yield path, number, fault
        lines = text.count("\n")
        if lines > LINES_MAX and not re.search(r"^// long: \S", text, re.MULTILINE):
            yield path, lines, "%d lines want a split, or a line '// long: reason'" % lines


def check_marks(root):
    for folder in ("src", "tests", "tools", "scripts", "web", "db", "api", "cmake"):
        for path in sorted((root / folder).rglob("*")) if (root / folder).exists() else []:
            if path.suffix not in (".cpp", ".hpp", ".py", ".ts", ".vue", ".sql", ".yaml", ".sh", ".cmake", ".story"):
                continue
            if "node_modules" in path.parts or "dist" in path.parts:
                continue
            for number, line in enumerate(read(path).splitlines(), 1):
                if MARKS.search(line):
                    yield path, number, "unfinished: " + line.strip()


def without_comments_and_texts(sql):
    return re.sub(r"--[^\n]*|'(?:[^']|'')*'", " ", sql)


def check_query(path):
    text = read(path)
    if not text.startswith("-- "):
        yield path, 1, "the first line must be a comment with the purpose"
    body = without_comments_and_texts(text).strip().rstrip(";")
    if ";" in body:
        yield path, 1, "more than one statement"
    if not body.strip():
        yield path, 1, "no statement"
    if re.search(r"\bSELECT\s+(?:\w+\.)?\*", body, re.IGNORECASE):
        yield path, 1, "columns must be listed, not taken by a star"
    if not path.name.endswith(".postgres.sql"):
        if "::" in body:
            yield path, 1, "CAST, not ::"
        if re.search(r"\bLIKE\b", body, re.IGNORECASE):
            yield path, 1, "LIKE differs between the engines"


def check_queries(root):
    for folder in sorted((root / "src").glob("*/queries")):
        module = folder.parent.name
        code = "".join(read(path) for path in folder.parent.glob("*.[ch]pp"))
        names = {}
        for path in sorted(folder.glob("*.sql")):
            yield from check_query(path)
            name = re.sub(r"(\.sqlite|\.postgres)?\.sql$", "", path.name)
            names.setdefault(name, []).append(path)
            if not re.search(r"\bsql::%s\b" % name, code):
                yield path, 1, "nobody in src/%s uses sql::%s" % (module, name)
        for name, paths in names.items():
            kinds = sorted(path.name[len(name):] for path in paths)
            if kinds not in ([".sql"], [".postgres.sql", ".sqlite.sql"]):
                yield paths[0], 1, "the other engine's file is missing, or there is one too many"


def check_migrations(root):
    numbers = []
    for path in sorted((root / "db/migrations").glob("*.sql")):
        match = re.match(r"(\d{4})_[a-z0-9_]+(\.sqlite|\.postgres)?\.sql$", path.name)
        if not match:
            yield path, 1, "the name must be NNNN_name.sql"
            continue
        numbers.append(int(match.group(1)))
        for token in re.findall(r"\{\{(\w+)\}\}", read(path)):
            if token not in MIGRATION_TOKENS:
                yield path, 1, "the token {{%s}} is not known" % token
        if not read(path).startswith("-- "):
            yield path, 1, "the first line must be a comment with the purpose"
    if sorted(set(numbers)) != list(range(1, len(set(numbers)) + 1)):
        yield root / "db/migrations", 1, "the numbers have a gap"


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        lines = [(number, line) for number, line in enumerate(file, 1) if not line.startswith("#")]
    for (number, _), row in zip(lines, csv.reader(line for _, line in lines)):
        yield number, row


def check_named_tests(root):
    """A test that a page names as its proof must be there."""
    pages = sorted((root / "docs" / "operations").glob("*.md"))
    if not pages:
        return
    tests = set()
    for path in (root / "tests").rglob("*.cpp"):
        tests.update("%s.%s" % pair for pair in re.findall(r"^TEST(?:_[FP])?\((\w+), (\w+)\)", read(path), re.MULTILINE))
    for path in pages:
        for number, line in enumerate(read(path).splitlines(), 1):
            for name in re.findall(r"`([A-Z]\w+\.[A-Z]\w+)`", line):
                if name not in tests:
                    yield path, number, "there is no test %s" % name


def check_crash_points(root):
    """Every named point lies somewhere."""
    header = root / "src/base/crash_point.hpp"
    if not header.exists():
        return
    text = read(header)
    listed = re.findall(r'^    "([a-z_.]+)",', text, re.MULTILINE)
    used = set()
    for path in source_files(root):
        used.update(re.findall(r'CRASH_POINT\("([a-z_.]+)"\)', read(path)))
    for name in listed:
        if name not in used:
            yield header, 1, "no CRASH_POINT(\"%s\") anywhere" % name


def check_sentences(root):
    path = root / "api/errors.csv"
    seen = set()
    for number, row in list(rows_of(path))[1:]:
        if len(row) != 4:
            yield path, number, "a row has code,status,zh,en"
            continue
        code, _, zh, en = row
        if code in seen:
            yield path, number, "%s stands twice" % code
        seen.add(code)
        if not HAN.search(zh) or not zh.endswith("。"):
            yield path, number, "the zh sentence of %s must be Chinese and end with 。" % code
        if HAN.search(en) or not en.endswith("."):
            yield path, number, "the en sentence of %s must be English and end with a full stop" % code
        if set(re.findall(r"\{(\w+?)(?:_en)?\}", zh)) - set(re.findall(r"\{(\w+?)(?:_en)?\}", en)):
            yield path, number, "the zh sentence of %s tells more than the en one" % code


CHECKS = (check_sources, check_marks, check_queries, check_migrations, check_named_tests, check_crash_points, check_sentences)


def find_faults(root):
    for check in CHECKS:
        yield from check(root)


# --- the test of the test -------------------------------------------------------------------------

SOUND = {
    "tools/layers.txt": "# columns\nbase:\nstorage: base\nhttp: base\n# capabilities\ngrid: base storage\ncases: base grid\n"
                        "# the only place that knows every module\nplatform: base grid cases\n",
    "src/main.cpp": '#include "platform/cli.hpp"\n',
    "src/platform/cli.cpp": '#include "grid/tiling.hpp"\n#include <CLI/CLI.hpp>\n',
    "src/cases/cases.cpp": '#include "cases/cases.hpp"\n#include "grid/grid_service.hpp"\n#include <string>\nsql::one; sql::two;\n',
    "src/storage/sqlite.cpp": "#include <sqlite3.h>\n",
    "src/cases/queries/one.sql": "-- One; with a comment.\nSELECT a FROM b WHERE c = ';'\n",
    "src/cases/queries/two.sqlite.sql": "-- Two.\nSELECT a FROM b\n",
    "src/cases/queries/two.postgres.sql": "-- Two.\nSELECT a::text FROM b\n",
    "db/migrations/0001_first.sql": "-- First.\nCREATE TABLE t (a {{key}});\n",
    "api/errors.csv": "code,status,zh,en\nbad,400,不对。,Wrong.\n",
    "src/base/crash_point.hpp": 'list = {\n    "file.written", // x\n};\n',
    "src/base/files.cpp": 'CRASH_POINT("file.written");\n',
    "docs/operations/faults.md": "| killed | `Kill.AtRandom` |\n",
    "tests/faults/kill_test.cpp": "TEST_P(Kill, AtRandom) {\n",
}
PLANTED = [
    ("src/cases/a.cpp", '#include "http/http.hpp"\n', "may not include http"),
    ("src/cases/a.cpp", '#include "grid/tiling.hpp"\n', "only its service"),
    ("src/cases/a.cpp", '#include "cases.hpp"\n', "without its folder"),
    ("src/cases/a.cpp", "#include <boost/asio.hpp>\n", "belongs to http"),
    ("src/cases/a.cpp", "#include <libpq-fe.h>\n", "belongs to storage"),
    ("src/grid/a.cpp", "#include <vips/vips.h>\n", "belongs to demo and media"),
    ("src/grid/a.cpp", "#include <lzma.h>\n", "no module owns"),
    ("src/video/a.cpp", "\n", "not in tools/layers.txt"),
    ("src/main.cpp", '#include "cases/cases.hpp"\n', "main may include only"),
    ("src/cases/a.cpp", "// FIX" + "ME later\n", "unfinished"),
    ("src/cases/a.cpp", "<<<<<<" + "< HEAD\n", "unfinished"),
    ("src/cases/a.cpp", "\n" * 601, "want a split"),
    ("src/cases/queries/one.sql", "SELECT a FROM b\n", "must be a comment"),
    ("src/cases/queries/one.sql", "-- One.\nDELETE FROM a; DELETE FROM b\n", "more than one statement"),
    ("src/cases/queries/one.sql", "-- One.\nSELECT c.* FROM c\n", "must be listed"),
    ("src/cases/queries/one.sql", "-- One.\nSELECT a::text FROM b\n", "CAST"),
    ("src/cases/queries/one.sql", "-- One.\nSELECT a FROM b WHERE a LIKE 'x'\n", "differs"),
    ("src/cases/queries/three.sql", "-- Three.\nSELECT a FROM b\n", "nobody"),
    ("src/cases/queries/two.sql", "-- Two.\nSELECT a FROM b\n", "one too many"),
    ("db/migrations/0001_first.sql", "-- First.\nCREATE TABLE t (a {{serial}});\n", "is not known"),
    ("db/migrations/0003_third.sql", "-- Third.\n", "a gap"),
    ("api/errors.csv", "code,status,zh,en\nbad,400,不对,Wrong.\n", "end with"),
    ("api/errors.csv", "code,status,zh,en\nbad,400,No.,Wrong.\n", "must be Chinese"),
    ("api/errors.csv", "code,status,zh,en\nbad,400,不对({reason})。,Wrong.\n", "tells more"),
    ("api/errors.csv", "code,status,zh,en\nbad,400,不对。,Wrong.\nbad,400,不对。,Wrong.\n", "stands twice"),
    ("docs/operations/faults.md", "| killed | `Kill.AtNight` |\n", "no test Kill.AtNight"),
    ("src/base/crash_point.hpp", 'list = {\n    "file.written",\n    "file.read",\n};\n', "file.read"),
]


def write_tree(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_itself():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_tree(root, SOUND)
        for fault in find_faults(root):
            sys.exit("the sound tree has a fault: %s" % (fault,))
    for name, text, expected in PLANTED:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            write_tree(root, {**SOUND, name: text})
            found = [reason for _, _, reason in find_faults(root)]
            if len(found) != 1 or expected not in found[0]:
                sys.exit("the planted fault '%s' in %s gave %s" % (expected, name, found))


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    test_itself()
    faults = list(find_faults(root))
    for path, line, reason in faults:
        print("%s:%d: %s" % (path.relative_to(root), line, reason))
    print("%d planted faults found, %d faults in the tree" % (len(PLANTED), len(faults)))
    sys.exit(1 if faults else 0)


main()
