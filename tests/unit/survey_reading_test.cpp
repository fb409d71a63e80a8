// Surveys' bytes: rows in whatever encoding, dates, places, columns; zips that lie; ogr2ogr without rights.
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.hpp"
#include "base/zip.hpp"
#include "kit/scratch_folder.hpp"
#include "survey/features.hpp"
#include "survey/first_rows.hpp"
#include "survey/ogr.hpp"
#include "survey/prepared.hpp"
#include "survey/sandbox.hpp"
#include "survey/unpack.hpp"

namespace chengge::survey {
namespace {

namespace files = std::filesystem;

class SurveyReading : public testing::Test {
protected:
    std::string put(const std::string& name, std::string_view bytes) const {
        const auto path = folder + "/" + name;
        std::ofstream(path, std::ios::binary) << bytes;
        return path;
    }
    std::vector<SourceRow> read(std::string_view text, Encoding encoding = Encoding::automatic) {
        auto reader = RowReader::open(put("rows.csv", text), encoding);
        EXPECT_TRUE(reader);
        std::vector<SourceRow> rows;
        if (!reader) return rows;
        header = reader->header();
        for (SourceRow row; reader->next(row);) rows.push_back(row);
        return rows;
    }
    const kit::ScratchFolder scratch;
    const std::string folder = scratch.path();
    std::vector<std::string> header;
};

// Read while it is written, byte by byte or in large pieces, it is what it is when it is whole.
TEST_F(SurveyReading, AFileThatGrowsIsReadAsTheWholeOne) {
    std::string text = "id,name,WKT\n";
    for (int i = 0; i < 9'000; ++i) text += std::to_string(i) + ",\"名称, \"\"" + std::string(static_cast<std::size_t>(i % 300), 'x') + "\nzwei\"\r\n";
    text += "last,,\"POINT (1 2)\""; // no line's end
    const auto whole = read(text);
    ASSERT_EQ(whole.size(), 9'001u);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{777}, std::size_t{400'000}, text.size()}) {
        const auto path = folder + "/grows.csv";
        files::remove(path);
        std::atomic<bool> has_ended = false;
        std::jthread writer([&] {
            std::ofstream file(path, std::ios::binary);
            // One byte at a time only where a record is cut: the rest would take minutes.
            for (std::size_t at = 0; at < text.size();) {
                const auto size = piece == 1 && at % 50'000 > 40 ? std::min<std::size_t>(text.size() - at, 50'000 - at % 50'000) : std::min(piece, text.size() - at);
                file.write(text.data() + at, static_cast<std::streamsize>(size));
                file.flush();
                at += size;
            }
            file.close();
            has_ended = true;
        });
        auto reader = RowReader::follow(path, Encoding::utf8, [&] { return !has_ended; });
        ASSERT_TRUE(reader);
        EXPECT_EQ(reader->header(), header);
        std::size_t count = 0;
        for (SourceRow row; reader->next(row); ++count) {
            ASSERT_LT(count, whole.size());
            ASSERT_EQ(row.values, whole[count].values) << piece;
            ASSERT_EQ(row.line, whole[count].line);
            ASSERT_EQ(row.number, whole[count].number);
        }
        EXPECT_EQ(count, whole.size());
    }
    EXPECT_EQ(RowReader::follow(folder + "/never.csv", Encoding::utf8, [] { return false; }).error().code, "survey_file_empty");
}

TEST_F(SurveyReading, ACodeIsKnownByTheRowItFirstCameIn) {
    FirstRows rows;
    std::map<std::string, std::int64_t> expected;
    EXPECT_FALSE(rows.contains("x"));
    for (std::int64_t row = 1; row <= 20'000; ++row) {
        const auto id = std::string(static_cast<std::size_t>(row % 3), 'L') + std::to_string(row * row % 9'973);
        EXPECT_EQ(rows.put(id, row), expected.try_emplace(id, row).first->second) << id;
    }
    EXPECT_EQ(rows.size(), expected.size());
    for (const auto& [id, row] : expected) EXPECT_TRUE(rows.contains(id));
    EXPECT_FALSE(rows.contains("LLL1"));
}

// The rest of the file is not taken into memory for the sake of one quote.
TEST_F(SurveyReading, ARowThatDoesNotEndIsTold) {
    auto reader = RowReader::open(put("endless.csv", "id,name\n1,a\n2,\"" + std::string(70u << 20, 'x') + "\n3,b\n"), Encoding::utf8);
    ASSERT_TRUE(reader);
    SourceRow row;
    EXPECT_TRUE(reader->next(row));
    EXPECT_FALSE(reader->is_endless());
    EXPECT_FALSE(reader->next(row));
    EXPECT_TRUE(reader->is_endless());
    EXPECT_EQ(reader->line(), 3);
}

TEST_F(SurveyReading, PreparedFeaturesComeBackByIdOrNotAtAll) {
    registry::Layer layer;
    layer.id = "lamps";
    for (const auto* name : {"id", "name", "height", "number"}) layer.fields.push_back({.name = name});
    layer.fields[2].kind = registry::FieldKind::number, layer.fields[3].kind = registry::FieldKind::integer;
    const auto shared = std::make_shared<const registry::Layer>(layer);
    std::vector<registry::Feature> made;
    for (int i = 0; i < 2'500; ++i) {
        const auto id = "LD44080" + std::to_string(2'000'000 + (i * 7919) % 2'500);
        registry::Feature feature{id, geo::Geometry(geo::Point{110.3 + i * 1e-7, 21.2}), {id, std::string(static_cast<std::size_t>(i % 40), 'n'), i * 0.1, std::int64_t{i}}};
        if (i % 3 == 0) feature.geometry.reset(), feature.values[1] = std::monostate{};
        if (i % 5 == 0) feature.geometry = geo::Polygon{{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}};
        made.push_back(std::move(feature));
    }
    // The first stands as it is in force; of it the file holds the id alone.
    const auto in_force = registry::LayerSnapshot::make(shared, 3, 0, {made[0]});
    const auto path = folder + "/prepared";
    const auto write = [&](bool is_finished) {
        PreparedWriter writer(path);
        for (std::size_t i = 0; i < made.size(); ++i) writer.add(to_prepared(made[i], i == 0));
        if (is_finished) writer.finish("version 3 of the rows");
    };
    write(false);
    EXPECT_FALSE(files::exists(path)) << "what was not finished goes";
    write(true);
    const auto features = PreparedFeatures::open(path, "version 3 of the rows", *shared, in_force);
    ASSERT_NE(features, nullptr);
    auto expected = made;
    std::ranges::sort(expected, {}, &registry::Feature::id);
    for (const auto& one : expected) {
        const auto read = features->next();
        ASSERT_TRUE(read);
        EXPECT_EQ(read->id, one.id);
        EXPECT_EQ(read->values, one.values);
        ASSERT_EQ(read->geometry.has_value(), one.geometry.has_value());
        if (one.geometry) {
            EXPECT_EQ(geo::to_wkb(*read->geometry), geo::to_wkb(*one.geometry));
        }
    }
    EXPECT_FALSE(features->next());
    EXPECT_EQ(PreparedFeatures::open(path, "version 4 of the rows", *shared, in_force), nullptr);
    EXPECT_EQ(PreparedFeatures::open(path, "", *shared, in_force), nullptr);
    EXPECT_EQ(PreparedFeatures::open(folder + "/none", "version 3 of the rows", *shared, in_force), nullptr);
    // Any byte that is another, and any end that is too early.
    const auto whole = *load_file(path);
    for (const std::size_t at : {std::size_t{0}, whole.size() / 3, whole.size() / 2, whole.size() - 70, whole.size() - 41, whole.size() - 9, whole.size() - 1}) {
        auto damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        EXPECT_EQ(PreparedFeatures::open(put("damaged", damaged), "version 3 of the rows", *shared, in_force), nullptr) << at << " of " << whole.size();
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{12}, whole.size() / 2, whole.size() - 1}) EXPECT_EQ(PreparedFeatures::open(put("cut", whole.substr(0, size)), "version 3 of the rows", *shared, in_force), nullptr) << size;
}

TEST_F(SurveyReading, RowsOfEverySeparatorAndQuote) {
    const auto rows = read("\xEF\xBB\xBFid;name;note\r\n1;\"a;\"\"b\"\"\";\"two\nlines\"\r\n\r\n2;c\r\n3;d;e;f");
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(header, (std::vector<std::string>{"id", "name", "note"}));
    EXPECT_EQ(rows[0].values[1], "a;\"b\"");
    EXPECT_EQ(rows[0].values[2], "two\nlines");
    EXPECT_EQ(rows[0].line, 2);
    EXPECT_EQ(rows[1].number, 2);
    EXPECT_TRUE(rows[1].has_wrong_width);
    EXPECT_TRUE(rows[2].has_wrong_width);
    EXPECT_EQ(rows[2].values[2], "e");
}

TEST_F(SurveyReading, GbkAndUtf8InOneFile) {
    const auto well = *to_gbk("井盖"), street = *to_gbk("人民大道");
    const auto rows = read("id,name\n1," + well + "\n2," + street + "\n3,路灯杆\n4," + well.substr(0, 3) + "\n");
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0].values[1], "井盖");
    EXPECT_EQ(rows[0].texts, TextState::fits);
    EXPECT_EQ(rows[2].values[1], "路灯杆");
    EXPECT_EQ(rows[2].texts, TextState::other_encoding);
    EXPECT_EQ(rows[3].values[1], "井"); // cut in its second character, as fields of fixed width are
}

TEST_F(SurveyReading, TextsThatAreNeitherAreTold) {
    const auto rows = read("id,name\n1,路灯\n2,\xff\xfe\xff\n", Encoding::utf8);
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[1].texts, TextState::unreadable);
}

TEST_F(SurveyReading, EmptyAndWideFilesAreRefused) {
    EXPECT_EQ(RowReader::open(put("a.csv", ""), Encoding::automatic).error().code, "survey_file_empty");
    EXPECT_EQ(RowReader::open(put("b.csv", "\xFF\xFEi\0d\0"), Encoding::automatic).error().code, "survey_file_broken");
}

TEST(SurveyDates, InEveryFormPeopleWrite) {
    for (const auto* text : {"2026-01-31", "2026/1/31", "20260131", "2026.1.31", "2026年1月31日", "2026-01-31 08:00:00", "20260131 0800", "2026-01-31T08:00:00"}) EXPECT_EQ(read_date(text), "2026-01-31") << text;
    for (const auto* text : {"", "2026", "2026-13-01", "2026-02-30", "31/01/2026", "yesterday", "20261331", "2026-01-31x", "99999999"}) EXPECT_FALSE(read_date(text)) << text;
}

TEST(SurveyPlaces, AreFoundByTheirNames) {
    const auto found = find_geometry_columns({"编号", "经度", "纬度"});
    EXPECT_EQ(found.x, 1);
    EXPECT_EQ(found.y, 2);
    EXPECT_TRUE(found.are_there());
    EXPECT_FALSE(find_geometry_columns({"id", "name"}).are_there());
    // Chinese tables: X is north.
    SourceRow row{.values = {"2345678.12", "412345.67"}};
    const auto shape = read_shape(row, {.x = 0, .y = 1});
    ASSERT_EQ(shape.state, ShapeState::ok);
    EXPECT_EQ(std::get<geo::Point>(*shape.geometry), (geo::Point{412345.67, 2345678.12}));
}

TEST(SurveyShapes, OneOfAMultiIsItself) {
    EXPECT_TRUE(std::holds_alternative<geo::Polygon>(*read_wkt("MULTIPOLYGON (((0 0,1 0,1 1,0 0)))").geometry));
    EXPECT_TRUE(std::holds_alternative<geo::MultiPolygon>(*read_wkt("MULTIPOLYGON (((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))").geometry));
    EXPECT_EQ(std::get<geo::Point>(*read_wkt("MULTIPOINT ((1 2))").geometry), (geo::Point{1, 2}));
    EXPECT_EQ(read_wkt("MULTIPOINT (1 2,3 4)").state, ShapeState::mixed);
    EXPECT_EQ(read_wkt("GEOMETRYCOLLECTION (POINT (1 2))").state, ShapeState::mixed);
    EXPECT_EQ(read_wkt("POINT EMPTY").state, ShapeState::missing);
    EXPECT_EQ(read_wkt("").state, ShapeState::missing);
    EXPECT_EQ(read_wkt("POINT (1 x)").state, ShapeState::unreadable);
    EXPECT_EQ(read_wkt("POINT Z (1 2 3)").state, ShapeState::ok);
}

TEST(SurveyFormats, AreToldByTheirBytes) {
    EXPECT_EQ(sniff_format("SQLite format 3\0...", "a.shp"), Format::geopackage);
    EXPECT_EQ(sniff_format("PK\3\4", "a.zip"), Format::shapefile);
    EXPECT_EQ(sniff_format(" {\"type\":", "a.geojson"), Format::geojson);
    EXPECT_EQ(sniff_format("<?xml version=\"1.0\"?><kml>", "a.kml"), Format::kml);
    EXPECT_FALSE(sniff_format("<OGRVRTDataSource><kml>", "a.kml"));
    EXPECT_FALSE(sniff_format("<GDAL_WMS>", "a.csv"));
    EXPECT_FALSE(sniff_format("\x7f" "ELF", "a.exe"));
    EXPECT_EQ(sniff_format("id,name\n", "a.csv"), Format::csv);
}

// --- zips ------------------------------------------------------------------------------------------------------------

std::string zip_of(const std::vector<std::pair<std::string, std::string>>& members) {
    std::string bytes;
    ZipWriter zip([&](std::string_view piece) { bytes += piece; }, 0);
    for (const auto& [name, content] : members) zip.add(name, content);
    zip.finish();
    return bytes;
}

// In the directory's entry of a name, something at an offset from its beginning.
std::string with_entry_bytes(std::string zip, const std::string& name, std::size_t offset, std::string_view bytes) {
    for (auto at = zip.find("PK\1\2"); at != std::string::npos; at = zip.find("PK\1\2", at + 1))
        if (zip.compare(at + 46, name.size(), name) == 0) zip.replace(at + offset, bytes.size(), bytes);
    return zip;
}

class SurveyZips : public SurveyReading {
protected:
    std::string refusal(const std::string& zip, const std::string& wanted = "") {
        files::remove_all(folder + "/out");
        make_folders(folder + "/out");
        const auto done = unpack_shapefile(put("a.zip", zip), folder + "/out", wanted, {});
        return done ? "" : done.error().code;
    }
};

TEST_F(SurveyZips, OnlyTheShapefileComesOutUnderOurNames) {
    EXPECT_EQ(refusal(zip_of({{"测量/井盖.SHP", "shape"}, {"测量/井盖.dbf", "table"}, {"测量/井盖.prj", "wkt"}, {"readme.txt", "x"}})), "");
    std::vector<std::string> names;
    for (const auto& entry : files::directory_iterator(folder + "/out")) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    EXPECT_EQ(names, (std::vector<std::string>{"input.dbf", "input.prj", "input.shp"}));
    EXPECT_EQ(*load_file(folder + "/out/input.shp"), "shape");
}

TEST_F(SurveyZips, WhatLiesIsRefused) {
    const auto good = zip_of({{"a.shp", "shape"}, {"a.dbf", "table"}});
    EXPECT_EQ(refusal(zip_of({{"../a.shp", "x"}, {"a.dbf", "y"}})), "survey_zip_unsafe");
    EXPECT_EQ(refusal(zip_of({{"/etc/a.shp", "x"}, {"a.dbf", "y"}})), "survey_zip_unsafe");
    EXPECT_EQ(refusal(zip_of({{"c:\\a.shp", "x"}, {"a.dbf", "y"}})), "survey_zip_unsafe");
    // made on Unix, a symbolic link
    auto linked = with_entry_bytes(good, "a.dbf", 5, "\3");
    linked = with_entry_bytes(linked, "a.dbf", 38, std::string("\0\0\xff\xa1", 4));
    EXPECT_EQ(refusal(linked), "survey_zip_unsafe");
    EXPECT_EQ(refusal(with_entry_bytes(good, "a.dbf", 8, std::string("\1\0", 2))), "survey_zip_unsafe"); // encrypted
    EXPECT_EQ(refusal(with_entry_bytes(good, "a.shp", 24, std::string("\0\0\0\x7f", 4))), "survey_zip_bomb"); // says 2 GB of 5 bytes
    EXPECT_EQ(refusal(good.substr(0, good.size() / 2)), "survey_zip_broken");
    EXPECT_EQ(refusal("PK\3\4"), "survey_zip_broken");
    EXPECT_EQ(refusal(zip_of({{"a.txt", "x"}})), "survey_zip_without_shapefile");
    EXPECT_EQ(refusal(zip_of({{"a.shp", "x"}})), "survey_zip_broken"); // no attributes
}

TEST_F(SurveyZips, OfSeveralOneIsChosen) {
    const auto two = zip_of({{"a.shp", "one"}, {"a.dbf", "x"}, {"b.shp", "two"}, {"b.dbf", "y"}});
    EXPECT_EQ(refusal(two), "survey_zip_of_many");
    EXPECT_EQ(refusal(two, "b.shp"), "");
    EXPECT_EQ(*load_file(folder + "/out/input.shp"), "two");
}

TEST_F(SurveyZips, EveryTruncationAndEveryFlippedByteIsSafe) {
    const auto good = zip_of({{"a.shp", "shape"}, {"a.dbf", "table"}});
    for (std::size_t size = 0; size < good.size(); ++size) (void)refusal(good.substr(0, size));
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto flipped = good;
        flipped[at] = static_cast<char>(flipped[at] ^ 0xff);
        (void)refusal(flipped);
        for (const auto& entry : files::directory_iterator(folder + "/out")) ASSERT_TRUE(entry.path().filename().string().starts_with("input."));
    }
}

// --- the sandbox -----------------------------------------------------------------------------------------------------

SandboxJob python(const std::string& folder, const std::string& code) {
    return {.program = "/usr/bin/python3", .arguments = {"-I", "-c", code}, .environment = {"PATH=/usr/bin"}, .folder = folder, .readable = {"/etc"}, .cpu_seconds = 20, .wall_seconds = 20};
}

TEST_F(SurveyReading, TheSandboxOpensNoSocketAndStartsNoProcess) {
    const auto outcome = run_sandboxed(python(folder, R"(
import socket, os, subprocess
def attempt(what, act):
    try: act(); print(what, "went")
    except OSError as error: print(what, error.errno)
attempt("inet", lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM))
attempt("unix", lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
attempt("fork", os.fork)
attempt("link", lambda: os.symlink("/etc/passwd", "x"))
attempt("write", lambda: open("here", "w").write("x"))
)"));
    EXPECT_EQ(outcome.end, SandboxEnd::exited);
    EXPECT_EQ(outcome.out, "inet 1\nunix 1\nfork 1\nlink 1\nwrite went\n") << outcome.errors;
}

TEST_F(SurveyReading, TheSandboxBoundsMemoryTimeAndFiles) {
    auto job = python(folder, "x = bytearray(900_000_000)");
    job.memory_bytes = 300 << 20;
    const auto memory = run_sandboxed(job);
    EXPECT_NE(memory.exit_code, 0);
    job = python(folder, "open('big', 'wb').write(bytes(3_000_000))");
    job.file_bytes = 1 << 20;
    EXPECT_NE(run_sandboxed(job).exit_code, 0);
    EXPECT_LE(files::file_size(folder + "/big"), 1u << 20);
    job = python(folder, "import time\ntime.sleep(60)");
    job.wall_seconds = 1;
    EXPECT_EQ(run_sandboxed(job).end, SandboxEnd::out_of_time);
    job.wall_seconds = 30;
    job.is_stopped = [] { return true; };
    EXPECT_EQ(run_sandboxed(job).end, SandboxEnd::stopped);
    job = python(folder, "while True: pass");
    job.cpu_seconds = 1;
    EXPECT_EQ(run_sandboxed(job).end, SandboxEnd::out_of_time);
}

// What a library asks to be run in each child (PROJ does): it waits for a lock that another thread of the parent has.
std::mutex lock_of_a_library;
std::atomic<bool> is_lock_held = false;
void wait_in_the_child() {
    if (is_lock_held) lock_of_a_library.lock();
}

TEST_F(SurveyReading, TheSandboxWaitsForNoLockThatALibraryHas) {
    static const int registered = pthread_atfork(nullptr, nullptr, wait_in_the_child);
    ASSERT_EQ(registered, 0);
    std::promise<void> held, over;
    std::jthread library([&] {
        const std::lock_guard lock(lock_of_a_library);
        is_lock_held = true;
        held.set_value();
        over.get_future().wait();
        is_lock_held = false;
    });
    held.get_future().wait();
    // A child begun as others are hangs.
    const auto plain = fork();
    if (plain == 0) _exit(0);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_EQ(waitpid(plain, nullptr, WNOHANG), 0) << "the lock is not waited for";
    kill(plain, SIGKILL);
    waitpid(plain, nullptr, 0);
    auto job = python(folder, "print('began')");
    job.wall_seconds = 10; // a child that waits for the lock ends by then
    const auto outcome = run_sandboxed(job);
    over.set_value();
    EXPECT_EQ(outcome.end, SandboxEnd::exited);
    EXPECT_EQ(outcome.out, "began\n") << outcome.errors;
}

// --- ogr2ogr ---------------------------------------------------------------------------------------------------------

constexpr std::string_view three_points = R"({"type":"FeatureCollection","features":[
 {"type":"Feature","properties":{"id":"1","name":"井盖"},"geometry":{"type":"Point","coordinates":[110.4,21.2,5.5]}},
 {"type":"Feature","properties":{"id":"2","name":"路灯"},"geometry":{"type":"Point","coordinates":[110.5,21.3,6.5]}},
 {"type":"Feature","properties":{"id":"3","name":null},"geometry":null}]})";

TEST_F(SurveyReading, OgrReadsALayerAndItsHeights) {
    put("input.geojson", three_points);
    const auto layers = list_layers(folder, "input.geojson", Format::geojson, {});
    ASSERT_TRUE(layers) << layers.error().code;
    ASSERT_EQ(layers->size(), 1u);
    EXPECT_EQ(layers->front().features, 3);
    EXPECT_TRUE(layers->front().geometry.starts_with("3D")) << layers->front().geometry;
    EXPECT_NE(layers->front().crs.find("WGS 84"), std::string::npos);
    ASSERT_TRUE(to_csv(folder, "input.geojson", Format::geojson, layers->front().name, "rows.csv", {}));
    const auto rows = read(*load_file(folder + "/rows.csv"));
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(header.front(), "WKT");
    EXPECT_EQ(rows[0].values.front(), "POINT (110.4 21.2)");
}

TEST_F(SurveyReading, OgrSaysWhyAFileIsBroken) {
    put("input.geojson", three_points.substr(0, 200));
    const auto broken = list_layers(folder, "input.geojson", Format::geojson, {});
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, "survey_file_broken");
    EXPECT_EQ(broken.error().facts.at("reason").find("/tmp/"), std::string::npos) << broken.error().facts.at("reason");
}

TEST_F(SurveyReading, ALayersNameIsNoOption) {
    put("input.geojson", three_points);
    for (const auto* name : {"-sql", "--config", "-update"}) EXPECT_EQ(to_csv(folder, "input.geojson", Format::geojson, name, "rows.csv", {}).error().code, "survey_file_broken");
}

// A server that only counts who calls.
class Listener {
public:
    Listener() : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        bind(fd_, reinterpret_cast<sockaddr*>(&address), size);
        listen(fd_, 16);
        getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        timeval wait{0, 100'000};
        setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    }
    ~Listener() { close(fd_); }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
    bool was_called() const {
        const int peer = accept(fd_, nullptr, nullptr);
        if (peer >= 0) close(peer);
        return peer >= 0;
    }

private:
    int fd_;
    int port_ = 0;
};

TEST_F(SurveyReading, NoFormatCallsAnAddressOrAnotherFile) {
    const Listener listener;
    put("secret.csv", "id,name\n1,secret\n");
    const std::vector<std::pair<Format, std::string>> lures = {
        {Format::kml, "<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document><NetworkLink><Link><href>" + listener.url() + "a.kml</href></Link></NetworkLink><Placemark><styleUrl>" + listener.url() + "s.kml#x</styleUrl><name>a</name><Point><coordinates>110,21</coordinates></Point></Placemark></Document></kml>"},
        {Format::kml, "<?xml version=\"1.0\"?><!DOCTYPE kml SYSTEM \"" + listener.url() + "k.dtd\" [<!ENTITY x SYSTEM \"file://" + folder + "/secret.csv\">]><kml><Document><Placemark><name>&x;</name></Placemark></Document></kml>"},
        {Format::geojson, "{\"type\":\"FeatureCollection\",\"url\":\"" + listener.url() + "\",\"features\":[],\"links\":[{\"rel\":\"next\",\"href\":\"" + listener.url() + "\"}]}"},
        {Format::geojson, listener.url()},
        {Format::kml, "<OGRVRTDataSource><OGRVRTLayer name=\"x\"><SrcDataSource>/vsicurl/" + listener.url() + "a.csv</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"},
        {Format::kml, "<OGRVRTDataSource><OGRVRTLayer name=\"secret\"><SrcDataSource>" + folder + "/secret.csv</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"},
        {Format::geopackage, "<GDAL_WMS><Service name=\"WMS\"><ServerUrl>" + listener.url() + "</ServerUrl></Service></GDAL_WMS>"}};
    for (const auto& [format, text] : lures) {
        const auto name = "input." + std::string(format_name(format));
        put(name, text);
        const auto layers = list_layers(folder, name, format, {});
        if (layers && !layers->empty() && to_csv(folder, name, format, layers->front().name, "rows.csv", {})) {
            EXPECT_EQ(load_file(folder + "/rows.csv").value_or("").find("secret"), std::string::npos) << text;
        }
        files::remove(folder + "/rows.csv");
        EXPECT_FALSE(listener.was_called()) << text;
    }
    // Seen to be able to fail: who may, does call.
    const auto caller = fork();
    if (caller == 0) {
        execl("/usr/bin/python3", "python3", "-c", ("import urllib.request as r\ntry: r.urlopen('" + listener.url() + "', timeout=1)\nexcept Exception: pass").c_str(), nullptr);
        _exit(1);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    EXPECT_TRUE(listener.was_called());
    kill(caller, SIGKILL);
    waitpid(caller, nullptr, 0);
}

} // namespace
} // namespace chengge::survey
