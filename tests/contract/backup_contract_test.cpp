// Backups over both databases: made beside work, verified by the product itself, restored into a city
// that goes on; damage, halves and failed upgrades.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/csv.hpp"
#include "base/files.hpp"
#include "base/time.hpp"
#include "kit/small_city.hpp"
#include "platform/backup.hpp"
#include "platform/backup_files.hpp"
#include "platform/installation.hpp"
#include "storage/migrations.hpp"
#include "storage/snapshot.hpp"

namespace backup_contract_test {

using namespace chengge;
using namespace chengge::platform;
namespace files = std::filesystem;

namespace {

class BackupContract : public kit::OnBothEngines {
protected:
    kit::SmallCity city{GetParam()};
    kit::ScratchFolder scratch;
    std::string data = city.folder.path();
    std::string backups = scratch.path() + "/backups";
    cases::RootSigner signer{*city.database, city.clock, {.keys_folder = data + "/keys"}, "440800"};

    bool is_postgres() const { return GetParam() == storage::Engine::postgres; }
    void to_next_day() { city.clock.set(city_midnight_ms(city_date(city.clock.now_ms())) + day_ms + 9 * hour_ms); }
    // A closed case with photos and one with a contact, and their day signed.
    void live() {
        city.closed_case("A1");
        auto reported = city.report_at("A3");
        reported.contact = cases::Contact{"何小姐", "13987654321", false, true};
        ASSERT_TRUE(city.cases->report(reported, city.viewer("operator")));
        to_next_day();
        ASSERT_TRUE(signer.sign_ended_days());
    }
    Result<BackupManifest> make(const std::string& reason = "hand") { return make_backup({*city.database, data, city.clock.now_ms()}, backups, reason); }
    Result<cases::AuditReport> verify(const BackupManifest& backup, const std::string& keys) {
        VerifyOptions options{.home = CHENGGE_SOURCE, .keys = keys};
        if (is_postgres()) options.database = city.database.url();
        return verify_backup(backups, backup, options);
    }
    std::string faults_of(const Result<cases::AuditReport>& report) {
        if (!report) return report.error().code;
        std::string all;
        for (const auto& fault : report->faults) all += fault + "\n";
        return all;
    }
    InstallationOptions options_of(const std::string& folder, const std::string& database) {
        InstallationOptions options;
        options.data = folder;
        options.database = database;
        options.home = CHENGGE_SOURCE;
        return options;
    }
    void spoil(const std::string& path) {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(0, std::ios::end);
        const auto middle = file.tellg() / 2;
        file.seekg(middle);
        const auto byte = static_cast<char>(file.get() ^ 1);
        file.seekp(middle);
        file.put(byte);
        ASSERT_TRUE(file.good()) << path;
    }
    std::string first_original() {
        for (const auto& entry : files::recursive_directory_iterator(pool_path(backups)))
            if (entry.is_regular_file()) return entry.path().string();
        return "";
    }
    // Another clock for every test; a restored PostgreSQL city lives in a database of its own.
    struct Restored {
        std::unique_ptr<storage::ScratchPostgres> server;
        std::string data, database;
    };
    Restored target() {
        Restored restored;
        restored.data = scratch.path() + "/restored";
        if (is_postgres()) {
            restored.server = std::make_unique<storage::ScratchPostgres>(city.database.url());
            restored.database = restored.server->url();
        }
        return restored;
    }
};

} // namespace

TEST_P(BackupContract, IsVerifiedByTheProductAndRestoredIntoACityThatGoesOn) {
    live();
    make_folders(data + "/overlay");
    save_file(data + "/demo.json", "{\"city_name\":\"湛江\"}");
    ASSERT_TRUE(city.identity->sign_in_demo("operator"));
    const auto made = make();
    ASSERT_TRUE(made);
    EXPECT_EQ(made->counts, (cases::CityCounts{2, 14, made->counts.media, 1}));
    EXPECT_GT(made->counts.media, 0);
    ASSERT_EQ(list_backups(backups).size(), 1u);
    const auto report = verify(*made, data + "/keys");
    EXPECT_EQ(faults_of(report), "");
    EXPECT_EQ(report->cases, 2);
    EXPECT_EQ(report->steps, 14);
    EXPECT_EQ(report->roots, 1);
    EXPECT_GT(report->photos, 0);
    EXPECT_TRUE(report->notes.empty());
    EXPECT_EQ(verify(*made, "")->notes.size(), 1u); // the contact stays unproven without its key
    // What happens after the backup is lost with the old city.
    city.closed_case("A2");
    const auto lost_position = city.database->read([](storage::Transaction& transaction) { return storage::feed_end(transaction); });

    auto there = target();
    ASSERT_TRUE(restore_backup(backups, *made, {.data = there.data, .database = there.database, .now_ms = city.clock.now_ms()}));
    EXPECT_EQ(*load_file(there.data + "/demo.json"), *load_file(data + "/demo.json"));
    for (const auto& entry : files::directory_iterator(there.data + "/keys")) EXPECT_EQ(entry.path().extension(), ".pub") << "a private key came back";
    const auto no_key = Installation::open(options_of(there.data, there.database), std::make_unique<FixedClock>(city.clock.now_ms()));
    ASSERT_FALSE(no_key);
    EXPECT_EQ(no_key.error().code, "identity_keys_missing");
    for (const auto& entry : files::directory_iterator(data + "/keys"))
        if (entry.path().extension() == ".key") files::copy_file(entry.path(), there.data + "/keys/" + entry.path().filename().string());
    const auto opened = Installation::open(options_of(there.data, there.database), std::make_unique<FixedClock>(city.clock.now_ms()));
    ASSERT_TRUE(opened) << opened.error().code;
    auto& again = **opened;
    const auto position = again.database->read([](storage::Transaction& transaction) { return storage::feed_end(transaction); });
    EXPECT_GT(position, lost_position);
    static const storage::Statement count_sessions("count_sessions", "SELECT COUNT(*) AS n FROM sessions", "SELECT COUNT(*) AS n FROM sessions");
    EXPECT_EQ(again.database->read([](storage::Transaction& transaction) { return transaction.run(count_sessions)[0].integer("n"); }), 0);
    // Numbers, chain, feed and roots go on where the copy ended.
    const auto* person = again.identity->directory()->find_person_by_login("operator");
    ASSERT_NE(person, nullptr);
    const auto viewer = again.identity->viewer_of(*person);
    auto fresh = city.report_at("A2");
    const auto reported = again.cases->report(fresh, viewer);
    ASSERT_TRUE(reported) << reported.error().code;
    cases::NewStep accept;
    accept.step_id = city.new_id();
    accept.action = "accept";
    accept.version = 1;
    const auto accepted = again.cases->act(format_uuid(fresh.case_id), accept, viewer);
    ASSERT_TRUE(accepted) << accepted.error().code;
    EXPECT_EQ(accepted->stored.case_no, "440800-20260930-00001");
    EXPECT_GT(accepted->position, position);
    EXPECT_EQ(*again.roots->sign_now(), 1);
    const auto audited = cases::audit_city({*again.database, *again.rules, &again.identity->keys(), again.media.get()}, {});
    EXPECT_EQ(faults_of(audited), "");
    EXPECT_EQ(audited->cases, 3);
    EXPECT_EQ(audited->roots, 2);
}

TEST_P(BackupContract, BesideWorkEveryCopyIsWhole) {
    live();
    std::atomic<bool> is_over = false;
    std::jthread worker([&] {
        // A case takes the city's clock through an hour and a half; nobody signs when its day has ended.
        for (int i = 0; !is_over; ++i)
            if (i < 6) city.closed_case("A3");
            else (void)city.cases->report(city.report_at("A3"), city.viewer("collector"));
    });
    std::vector<BackupManifest> made;
    for (int round = 0; round < 3; ++round) {
        const auto one = make();
        ASSERT_TRUE(one);
        made.push_back(*one);
        EXPECT_EQ(faults_of(verify(*one, data + "/keys")), "");
    }
    is_over = true;
    worker.join();
    EXPECT_LT(made.front().counts.steps, made.back().counts.steps);
}

TEST_P(BackupContract, ALongReaderHoldsNoWriterUp) {
    city.closed_case("A1");
    std::atomic<bool> is_over = false;
    std::jthread reader([&] {
        city.database->copy_to(scratch.path() + "/copy", [&](storage::Transaction& transaction) {
            cases::count_city(transaction);
            while (!is_over) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        });
    });
    auto longest = std::chrono::steady_clock::duration::zero();
    for (int i = 0; i < 8; ++i) {
        // Idle for a moment, so that the checkpoint wants to begin the log anew.
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
        const auto begin = std::chrono::steady_clock::now();
        ASSERT_TRUE(city.cases->report(city.report_at("A2"), city.viewer("collector")));
        longest = std::max(longest, std::chrono::steady_clock::now() - begin);
    }
    is_over = true;
    EXPECT_LT(longest, std::chrono::seconds(3));
}

TEST_P(BackupContract, DamageIsNamed) {
    live();
    const auto made = make();
    ASSERT_TRUE(made);
    const auto path = backups + "/" + made->name, database = path + "/" + storage::copy_name(GetParam());
    const auto expect_damaged = [&](const std::string& file) {
        spoil(file);
        EXPECT_NE(faults_of(verify(*made, data + "/keys")), "") << file;
        const auto restored = restore_backup(backups, *made, {.data = scratch.path() + "/never", .database = is_postgres() ? city.database.url() : "", .now_ms = 0});
        ASSERT_FALSE(restored) << file;
        EXPECT_EQ(restored.error().code, "backup_damaged") << file;
        files::remove_all(scratch.path() + "/never");
        spoil(file); // the same bit back
    };
    expect_damaged(database);
    expect_damaged(path + "/media.csv");
    expect_damaged(first_original());
    ASSERT_EQ(faults_of(verify(*made, data + "/keys")), "");
    // A manifest that tells of more than there is.
    auto richer = *made;
    richer.counts.cases += 1;
    EXPECT_NE(faults_of(verify(richer, data + "/keys")).find("when it was made there were 3 cases"), std::string::npos);
    // A whole case taken out of the copy, the manifest written to fit: the roots still know.
    if (!is_postgres()) {
        auto copy = storage::Database::open({.url = database});
        (void)copy->write([](storage::Transaction& transaction) -> Result<void> {
            transaction.run_script("DELETE FROM case_steps; DELETE FROM assignments; DELETE FROM tasks; DELETE FROM case_clocks; DELETE FROM case_media; DELETE FROM cases; DELETE FROM case_sequences; DELETE FROM feed_entries");
            return {};
        });
        copy.reset();
        auto forged = *made;
        for (auto& file : forged.files)
            if (file.path == storage::copy_name(GetParam())) {
                file = hash_file(database);
                file.path = storage::copy_name(GetParam());
            }
        forged.counts.cases = forged.counts.steps = 0;
        EXPECT_NE(faults_of(verify(forged, data + "/keys")).find("14 steps were signed, the feed has 0 there"), std::string::npos);
    }
    files::remove(database);
    EXPECT_EQ(faults_of(verify(*made, data + "/keys")), "backup_damaged");
    save_file(path + "/manifest.json", "{\"format\":\"chengge-backup-1\"");
    EXPECT_TRUE(list_backups(backups).empty());
    EXPECT_EQ(find_backup(backups, made->name).error().code, "backup_unknown");
}

TEST_P(BackupContract, APhotoThatIsLostIsToldAndStopsNothing) {
    live();
    const auto original = [&] {
        for (const auto& entry : files::recursive_directory_iterator(data + "/media/originals"))
            if (entry.is_regular_file()) return entry.path().string();
        return std::string();
    }();
    spoil(original);
    const auto made = make();
    ASSERT_TRUE(made);
    ASSERT_EQ(made->warnings.size(), 1u);
    EXPECT_NE(made->warnings[0].find("is damaged"), std::string::npos);
    EXPECT_NE(faults_of(verify(*made, data + "/keys")).find("a photo's file: the file is missing"), std::string::npos);
}

TEST_P(BackupContract, AHalfIsNeverListedAndTwoNeverMeet) {
    live();
    make_folders(backups + "/.making-20260930-000000");
    save_file(backups + "/.making-20260930-000000/manifest.json", "{}");
    EXPECT_TRUE(list_backups(backups).empty());
    {
        const FolderLock other(backups);
        ASSERT_TRUE(other.is_held());
        EXPECT_EQ(make().error().code, "backup_busy");
        EXPECT_EQ(prune_backups(backups, 1).error().code, "backup_busy");
    }
    ASSERT_TRUE(make());
    EXPECT_FALSE(files::exists(backups + "/.making-20260930-000000"));
}

TEST_P(BackupContract, OldOnesGoAndTheirPhotosWithThem) {
    city.closed_case("A1");
    std::vector<std::string> names;
    for (int i = 0; i < 4; ++i) {
        city.clock.advance(minute_ms);
        const auto made = make(i == 0 ? "hand" : "schedule");
        ASSERT_TRUE(made);
        names.push_back(made->name);
    }
    const auto original = first_original();
    // An original that only the second backup names.
    const std::string orphan = std::string(64, 'a');
    make_folders(pool_path(backups) + "/aa");
    save_file(pool_path(backups) + "/aa/" + orphan, "x");
    EXPECT_EQ(*prune_backups(backups, 2), 1);
    const auto left = list_backups(backups);
    ASSERT_EQ(left.size(), 3u);
    EXPECT_EQ(left[0].name, names[0]); // made by hand: stays
    EXPECT_EQ(left[1].name, names[2]);
    EXPECT_FALSE(files::exists(pool_path(backups) + "/aa/" + orphan));
    EXPECT_TRUE(files::exists(original));
    EXPECT_EQ(faults_of(verify(left[2], data + "/keys")), "");
    EXPECT_EQ(*prune_backups(backups, 2), 0);
}

TEST_P(BackupContract, ARestoreOverwritesNothingAndACutOneIsTakenUpAgain) {
    live();
    const auto made = make();
    ASSERT_TRUE(made);
    auto there = target();
    RestoreTarget into{.data = there.data, .database = there.database, .now_ms = city.clock.now_ms()};
    make_folders(there.data);
    save_file(there.data + "/notes.txt", "mine");
    EXPECT_EQ(restore_backup(backups, *made, into).error().code, "target_not_empty");
    EXPECT_EQ(*load_file(there.data + "/notes.txt"), "mine");
    files::remove(there.data + "/notes.txt");
    // The other kind of database.
    auto other = into;
    other.database = is_postgres() ? "" : "postgresql:///nowhere";
    EXPECT_EQ(restore_backup(backups, *made, other).error().code, is_postgres() ? "bad_argument" : "backup_engine_differs");
    // Cut short: the city does not start, the same command ends it.
    make_folders(there.data + "/.restoring/city");
    save_file(there.data + "/demo.json", "half");
    const auto half = Installation::open(options_of(there.data, there.database));
    ASSERT_FALSE(half);
    EXPECT_EQ(half.error().code, "restore_unfinished");
    ASSERT_TRUE(restore_backup(backups, *made, into));
    EXPECT_FALSE(files::exists(there.data + "/.restoring"));
    EXPECT_FALSE(files::exists(there.data + "/demo.json"));
    if (is_postgres()) {
        into.data = scratch.path() + "/second";
        EXPECT_EQ(restore_backup(backups, *made, into).error().code, "target_not_empty");
    }
}

TEST_P(BackupContract, AFailedUpgradeLeavesTheVersionBeforeStartable) {
    live();
    // The next version: the same files and two more migrations, of which the second fails.
    const auto next = scratch.path() + "/next";
    make_folders(next + "/db");
    for (const std::string folder : {"data", "api", "web"}) files::create_directory_symlink(std::string(CHENGGE_SOURCE) + "/" + folder, next + "/" + folder);
    files::copy(std::string(CHENGGE_SOURCE) + "/db/migrations", next + "/db/migrations", files::copy_options::recursive);
    save_file(next + "/db/migrations/9998_works.sql", "-- Works.\nCREATE TABLE works (x BIGINT);\nALTER TABLE cases ADD COLUMN extra BIGINT;\n");
    save_file(next + "/db/migrations/9999_fails.sql", "-- Fails half way.\nCREATE TABLE half (x BIGINT);\nINSERT INTO half SELECT y FROM nowhere;\n");
    auto options = options_of(data, city.database.url());
    options.home = next;
    options.config.backup.folder = backups;
    city.reopen(); // releases nothing: an upgrade beside readers must not need them gone
    EXPECT_THROW((void)Installation::open(options), storage::DatabaseError);
    // The one before: starts, and finds everything as it was.
    options.home = CHENGGE_SOURCE;
    {
        const auto before = Installation::open(options, std::make_unique<FixedClock>(city.clock.now_ms()));
        ASSERT_TRUE(before) << before.error().code;
        for (const auto& one : storage::list_migrations(*(*before)->database)) EXPECT_LT(one.number, 9998);
        const auto audited = cases::audit_city({*(*before)->database, *(*before)->rules, &(*before)->identity->keys(), (*before)->media.get()}, {});
        EXPECT_EQ(faults_of(audited), "");
    }
    // A backup was made before the attempt, and is whole.
    const auto made = list_backups(backups);
    ASSERT_EQ(made.size(), 1u);
    EXPECT_EQ(made[0].reason, "upgrade");
    EXPECT_EQ(faults_of(verify(made[0], data + "/keys")), "");
    // Mended, the upgrade runs.
    files::remove(next + "/db/migrations/9999_fails.sql");
    options.home = next;
    ASSERT_TRUE(Installation::open(options, std::make_unique<FixedClock>(city.clock.now_ms())));
    EXPECT_EQ(list_backups(backups).size(), 2u);
    // And the program before says that it is too old.
    options.home = CHENGGE_SOURCE;
    EXPECT_EQ(Installation::open(options).error().code, "migration_unknown");
}

TEST_P(BackupContract, TheDaysBackupIsMadeAtItsHour) {
    city.closed_case("A1");
    EXPECT_EQ(last_due_ms(*parse_instant("2026-09-30T03:00"), 3), *parse_instant("2026-09-30T03:00"));
    EXPECT_EQ(last_due_ms(*parse_instant("2026-09-30T02:59"), 3), *parse_instant("2026-09-29T03:00"));
    BackupSettings settings{.folder = backups, .hour = 3, .keep = 1};
    const auto made_by = [&](std::int64_t now_ms) {
        city.clock.set(now_ms);
        const auto before = list_backups(backups);
        BackupJob job(*city.database, city.clock, data, [&] { return settings; });
        for (int i = 0; i < 600; ++i) {
            const auto now = list_backups(backups);
            if (!now.empty() && (before.empty() || now.back().made_ms > before.back().made_ms)) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
            if (!before.empty() && i > 50 && now_ms < before.back().made_ms + hour_ms) return false;
        }
        return false;
    };
    EXPECT_TRUE(made_by(*parse_instant("2026-09-30T04:00"))); // none yet, and the hour is past
    EXPECT_FALSE(made_by(*parse_instant("2026-09-30T04:30"))); // the day has its own
    EXPECT_TRUE(made_by(*parse_instant("2026-10-02T08:00"))); // a day was missed
    EXPECT_EQ(list_backups(backups).back().reason, "schedule");
    settings.folder.clear();
}

ON_BOTH_ENGINES(BackupContract);

} // namespace backup_contract_test
