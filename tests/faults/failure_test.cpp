// The disk fails, is full, is slow; the clock is set wrong: what a person is told, and that nothing
// acknowledged is lost by it.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include <gmock/gmock.h>
#include <signal.h>

#include "faults/kit_load.hpp"

namespace failure_test {

using namespace chengge;
using namespace chengge::faults;
using storage::Engine;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

namespace {

using SteadyClock = std::chrono::steady_clock;

class World : public kit::OnBothEngines {
protected:
    bool is_sqlite() const { return GetParam() == Engine::sqlite; }
    void begin(LoadOptions options = {.seed = 11, .photo_chance = 0}) {
        city.need_start();
        load = std::make_unique<Load>(city, options);
    }
    // A problem document with this code and a sentence a person can read.
    static void expect_refused(const Deed& deed, const std::string& code) {
        EXPECT_EQ(deed.status, 503) << deed.answer;
        const auto body = parse_json(deed.answer).value_or(nullptr);
        ASSERT_TRUE(body.is_object()) << deed.answer;
        EXPECT_EQ(body.at("code").as_string(), code) << deed.answer;
        EXPECT_THAT(std::string(body.at("zh").as_string()), HasSubstr("。"));
    }
    int read_status(const std::string& who = "operator") { return city.ask({.who = who, .path = "/api/v1/cases"}).status; }
    int health() { return city.ask({.path = "/healthz"}).status; }
    template <class Is>
    static bool wait_until(Is&& is, std::chrono::seconds limit) {
        for (const auto until = SteadyClock::now() + limit; SteadyClock::now() < until; std::this_thread::sleep_for(20ms))
            if (is()) return true;
        return false;
    }
    // Until nothing has come to the disk for longer than a checkpoint waits.
    void wait_for_quiet() {
        for (std::int64_t before = -1; before != city.disk.done(act_any);) {
            before = city.disk.done(act_any);
            std::this_thread::sleep_for(400ms);
        }
    }
    void judge() {
        for (const auto& fault : load->judge()) ADD_FAILURE() << fault;
    }
    std::int64_t count(const char* sql) {
        const auto database = storage::Database::open({.url = city.database().empty() ? city.data() + "/chengge.db" : city.database(), .readers = 1, .writers = 1, .cache_mb = 16});
        const storage::Statement statement("count", sql, sql);
        return database->read([&](storage::Transaction& transaction) { return transaction.run(statement)[0].integer("n"); });
    }

    FaultCity city{GetParam()};
    std::unique_ptr<Load> load;
};

class SqliteWorld : public World {};

} // namespace

// After a failed sync a second one says nothing of what the first lost: no more writes until a
// restart, which must not build on what the disk never got.
TEST_P(SqliteWorld, AFailedSyncStopsWritingForGood) {
    begin();
    load->start();
    ASSERT_TRUE(load->wait_for(10, 30));
    city.disk.fail(act_sync, EIO);
    ASSERT_TRUE(wait_until([&] { return health() == 503; }, 10s)) << city.log();
    load->stop();
    city.disk.heal(); // the disk is well again: the server must not trust it
    for (int i = 0; i < 3; ++i) expect_refused(load->report(), "storage_failed");
    EXPECT_EQ(read_status(), 200);
    EXPECT_EQ(health(), 503);
    EXPECT_THAT(city.log(), HasSubstr("writing has stopped until a restart"));
    city.stop();
    // What the failed sync lost stays lost on the disk, though the machine's memory still shows it.
    // Acknowledged before the first checkpoint of the new run could bring anything home.
    city.need_start();
    EXPECT_EQ(load->report().status, 201);
    city.kill();
    city.disk.cut_power(0, 1);
    city.need_start();
    EXPECT_EQ(health(), 200);
    load->settle();
    judge();
}

TEST_P(SqliteWorld, AFailedSyncOfTheCheckpointStopsWritingToo) {
    begin();
    // Only the checkpoint, 100 ms later, still syncs.
    for (int i = 0; i < 20 && health() == 200; ++i) {
        EXPECT_EQ(load->report().status, 201);
        city.disk.fail(act_sync, EIO);
        wait_until([&] { return health() == 503; }, 2s);
        city.disk.heal();
    }
    EXPECT_EQ(health(), 503) << city.log();
    expect_refused(load->report(), "storage_failed");
    EXPECT_EQ(read_status(), 200);
    city.kill();
    city.need_start();
    load->settle();
    EXPECT_EQ(load->report().status, 201);
    city.kill();
    city.disk.cut_power(0, 1);
    city.need_start();
    judge();
}

TEST_P(SqliteWorld, AReloadThatCannotBeStoredLeavesTheServerRunning) {
    begin();
    city.disk.fail_from_now_on(act_write, EIO);
    expect_refused(load->report(), "temporarily_unavailable");
    // A changed rule set has to be stored before it is used.
    std::filesystem::create_directories(city.data() + "/overlay/workflow");
    std::ofstream(city.data() + "/overlay/workflow/settings.json") << R"({"rework_clock": "restart", "yellow_share": 0.7, "suspension_days_max": 365, "extensions_max": 2})";
    city.signal(SIGHUP);
    EXPECT_TRUE(wait_until([&] { return city.log().find("nothing was changed") != std::string::npos; }, 10s)) << city.log();
    EXPECT_EQ(read_status(), 200);
    city.disk.heal();
    city.signal(SIGHUP);
    EXPECT_TRUE(wait_until([&] { return city.log().find("rules were read again") != std::string::npos; }, 10s)) << city.log();
    load->settle();
    EXPECT_EQ(load->report().status, 201);
    judge();
}

// Beneath the photographs, on both engines.
TEST_P(World, APhotoThatCannotBeStoredIsRefusedAndTheNextIsTaken) {
    begin({.seed = 12, .photo_chance = 1});
    for (const auto act : {act_open, act_write, act_sync, act_rename}) {
        wait_for_quiet(); // a checkpoint would take the failure
        city.disk.fail(act, EIO);
        load->report(); // the first act of an upload is its own
        city.disk.heal();
    }
    for (const auto& deed : load->deeds)
        if (deed.kind == Deed::Kind::photo) expect_refused(deed, "temporarily_unavailable");
    load->settle();
    EXPECT_EQ(load->report().status, 201);
    judge();
}

// A real small disk: a tmpfs of its own in a mount namespace of its own.
TEST_P(World, AFullDiskRefusesWritesAndRecovers) {
    const auto full = city.data() + ".out";
    // In a root that is no mount of its own (a chroot) nothing can be made private, and nothing need be.
    const std::string apart = ::geteuid() == 0 ? "-m" : "-rm";
    const bool can_be_private = std::system(("unshare " + apart + " true 2>/dev/null").c_str()) == 0;
    city.wrapper = {"unshare", apart, "--propagation", can_be_private ? "private" : "unchanged", "--", "sh", "-c",
                    "mv \"$0\" \"$0.copy\" && mkdir \"$0\" && mount -t tmpfs -o size=24m none \"$0\" && cp -a \"$0.copy/.\" \"$0\" && exec \"$@\"", city.data()};
    begin({.seed = 13, .photo_chance = 1});
    EXPECT_EQ(load->report().status, 201);
    const auto inside = "/proc/" + std::to_string(city.pid()) + "/root" + city.data();
    {
        std::ofstream filler(inside + "/filler");
        const std::string block(1 << 16, 'x');
        while (filler.write(block.data(), static_cast<std::streamsize>(block.size())) && filler.flush()) {}
    }
    // What still fits into what is open is taken; then the sentence.
    Deed photo, report;
    EXPECT_TRUE(wait_until([&] {
        report = load->report();
        photo = load->deeds[load->deeds.size() - 2];
        return photo.status == 503 && (report.status == 503 || !is_sqlite());
    }, 30s));
    expect_refused(photo, "storage_full");
    if (is_sqlite()) expect_refused(report, "storage_full");
    EXPECT_EQ(read_status(), 200);
    EXPECT_TRUE(city.is_running());
    std::filesystem::remove(inside + "/filler");
    EXPECT_TRUE(wait_until([&] { return load->report().status == 201; }, 10s)) << city.log();
    load->settle();
    // Out of the namespace, as a crash would leave it.
    city.signal(SIGSTOP);
    std::filesystem::copy(inside, full, std::filesystem::copy_options::recursive);
    city.kill();
    std::filesystem::remove_all(city.data());
    std::filesystem::rename(full, city.data());
    judge();
}

// Every sync takes most of a second: who only looks does not wait, who writes waits and is answered.
TEST_P(World, ASlowDiskSlowsOnlyWhoWrites) {
    begin({.seed = 14, .clients = 8, .photo_chance = 0.2});
    load->start();
    ASSERT_TRUE(load->wait_for(8, 30));
    city.disk.control().sync_delay_ms = 700;
    std::vector<double> reads;
    for (const auto until = SteadyClock::now() + 4s; SteadyClock::now() < until;) {
        const auto asked = SteadyClock::now();
        EXPECT_EQ(read_status(), 200);
        reads.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - asked).count());
    }
    const auto written = load->acknowledged();
    EXPECT_TRUE(load->wait_for(written + 1, 20)) << "nothing is written any more";
    city.disk.heal();
    load->stop();
    std::sort(reads.begin(), reads.end());
    std::printf("%zu reads, p50 %.0f ms, p95 %.0f ms\n", reads.size(), reads[reads.size() / 2], reads[reads.size() * 95 / 100]);
    EXPECT_LT(reads[reads.size() * 95 / 100], 350) << "reads wait for the disk";
    for (const auto& deed : load->deeds) EXPECT_NE(deed.status, 503) << deed.answer;
    load->settle();
    judge();
}

// Ten minutes forwards, twenty back, under load.
TEST_P(World, AClockThatJumpsMakesNoNegativeTimes) {
    begin({.seed = 15, .photo_chance = 0.1});
    load->start();
    std::mt19937_64 random(15);
    for (int jump = 0; jump < 12; ++jump) {
        city.disk.control().clock_offset_ms = static_cast<std::int64_t>(random() % 3) * 600'000 - 600'000;
        EXPECT_TRUE(load->wait_for(load->acknowledged() + 8, 20)) << city.log();
    }
    load->stop();
    city.disk.heal();
    load->settle();
    EXPECT_TRUE(city.is_running());
    judge();
    EXPECT_EQ(count("SELECT COUNT(*) AS n FROM case_clocks WHERE stopped_ms < started_ms"), 0);
    EXPECT_EQ(count("SELECT COUNT(*) AS n FROM assignments WHERE used_ms < 0 OR finished_ms < offered_ms"), 0);
    EXPECT_EQ(count("SELECT COUNT(*) AS n FROM case_steps a, case_steps b WHERE b.case_key = a.case_key AND b.seq = a.seq + 1 AND b.recorded_ms < a.recorded_ms"), 0);
}

ON_BOTH_ENGINES(World);
INSTANTIATE_TEST_SUITE_P(Engine, SqliteWorld, testing::Values(Engine::sqlite), kit::engine_name);

} // namespace failure_test
