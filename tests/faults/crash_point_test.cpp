// Killed at every named point (src/base/crash_point.hpp), with and without a power cut: the restart
// needs no hand, nothing acknowledged is lost, what is sent again counts once.
#include <signal.h>

#include "base/crash_point.hpp"
#include "faults/kit_cluster.hpp"
#include "faults/kit_load.hpp"

using namespace chengge;
using namespace chengge::faults;
using storage::Engine;

namespace {

// How a point is reached: under the clients' load, at the start of the server, or by a command of its
// own on a fresh city.
enum class Way { load, start, migrate };

struct Reach {
    std::string_view name;
    Way way = Way::load;
    bool is_on_postgres = true;
    int n = 1; // the time it is reached that is meant
};

// Points that are not here are reached under load.
constexpr Reach ways[] = {
    {.name = "file.written", .n = 3}, // the third file of an upload is its original
    {.name = "file.synced", .n = 3},
    {.name = "file.renamed", .n = 3},
    {.name = "storage.committing", .n = 12}, // past the start of the server
    {.name = "storage.committed", .n = 12},
    {.name = "storage.checkpointed", .is_on_postgres = false},
    {.name = "migration.ran", .way = Way::migrate},
    {.name = "migration.recorded", .way = Way::migrate},
    {.name = "rules.published", .way = Way::start},
};

Reach way_of(std::string_view name) {
    for (const auto& one : ways)
        if (one.name == name) return one;
    return {.name = name};
}

struct Crash {
    Engine engine;
    std::string_view point;
};

class CrashPoint : public testing::TestWithParam<Crash> {
protected:
    std::vector<std::string> at_point(int n) const { return {"CHENGGE_CRASH_POINT=" + std::string(GetParam().point) + ":" + std::to_string(n)}; }
    void expect_killed(const Ended& ended) const {
        EXPECT_EQ(ended.signal, SIGKILL) << GetParam().point << " was not reached: code " << ended.code << "\n" << ended.out << ended.log;
    }

    // Once with the machine going on, once with its power cut.
    void crash_under_load(int n) {
        FaultCity city(GetParam().engine);
        city.need_start();
        Load load(city, {.seed = 1});
        for (const bool is_cut : {false, true}) {
            if (!city.is_running()) city.need_start();
            city.stop();
            city.need_start(at_point(n));
            load.start();
            EXPECT_FALSE(load.wait_for(load.acknowledged() + 400, 20)) << "never reached: " << load.summary();
            load.stop();
            city.kill();
            expect_killed(city.last);
            settle_and_judge(city, load, is_cut);
        }
    }

    void crash_at_start() {
        FaultCity city(GetParam().engine);
        city.need_start();
        Load load(city, {.seed = 1});
        for (const bool is_cut : {false, true}) {
            load.report();
            city.kill();
            EXPECT_FALSE(city.start(at_point(1)));
            expect_killed(city.last);
            settle_and_judge(city, load, is_cut);
            city.need_start();
        }
    }

    static void settle_and_judge(FaultCity& city, Load& load, bool is_cut) {
        if (is_cut) city.disk.cut_power(0.5, 1);
        else city.disk.keep_all();
        city.need_start();
        load.settle();
        for (const auto& fault : load.judge()) ADD_FAILURE() << (is_cut ? "power cut: " : "kill: ") << fault;
    }
};

std::string name_of(const testing::TestParamInfo<Crash>& info) {
    std::string name(info.param.point);
    std::replace(name.begin(), name.end(), '.', '_');
    return name + (info.param.engine == Engine::sqlite ? "_sqlite" : "_postgres");
}

std::vector<Crash> all_points() {
    std::vector<Crash> all;
    for (const auto point : crash_points) {
        // Reached by commands of their own, and not yet driven from here.
        if (point.starts_with("root.") || point.starts_with("backup.") || point.starts_with("restore.")) continue;
        all.push_back({Engine::sqlite, point});
        if (way_of(point).is_on_postgres) all.push_back({Engine::postgres, point});
    }
    return all;
}

} // namespace

TEST_P(CrashPoint, LosesAndDoublesNothing) {
    const auto reach = way_of(GetParam().point);
    if (reach.way == Way::load) crash_under_load(reach.n);
    if (reach.way == Way::start) crash_at_start();
    if (reach.way != Way::migrate) return;
    // Every migration in turn, on a folder of its own.
    int migrations = 1;
    for (int n = 1; n <= migrations; ++n) {
        SCOPED_TRACE("migration " + std::to_string(n));
        FaultyDisk disk;
        std::vector<std::string> words{"migrate", "--data", disk.root() + "/new"};
        if (GetParam().engine == Engine::postgres) {
            Cluster::shared().make_database("fresh");
            words.insert(words.end(), {"--database", Cluster::shared().url("fresh")});
        }
        auto environment = disk.environment();
        environment.push_back(at_point(n).front());
        disk.keep_all();
        expect_killed(run_chengge(words, environment));
        disk.cut_power(n % 2 == 0 ? 0 : 0.5, static_cast<std::uint64_t>(n));
        const auto again = run_chengge(words, disk.environment());
        EXPECT_EQ(again.code, 0) << again.out << again.log;
        const auto lines = std::count(again.out.begin(), again.out.end(), '\n');
        EXPECT_GE(lines, n);
        // All are recorded together, so that the last point is passed once.
        if (n == 1 && GetParam().point == "migration.ran") migrations = static_cast<int>(lines);
        EXPECT_GE(lines, migrations);
        words[0] = "audit";
        const auto audit = run_chengge(words);
        EXPECT_EQ(audit.code, 0) << audit.out << audit.log;
    }
}

INSTANTIATE_TEST_SUITE_P(Points, CrashPoint, testing::ValuesIn(all_points()), name_of);
