#include "kit/city.hpp"

#include <cstdio>
#include <stdexcept>

#include "base/log.hpp"
#include "mix/case_mix.hpp"

namespace chengge::bench {

using storage::Statement;
using storage::Transaction;

storage::Rows query(storage::Database& database, const std::string& sql, const storage::Params& params) {
    const Statement statement("bench", sql, sql);
    return database.read([&](Transaction& transaction) { return transaction.run(statement, params); });
}

std::int64_t query_number(storage::Database& database, const std::string& sql) {
    const auto rows = query(database, sql);
    return rows.empty() ? 0 : rows[0].maybe_integer("n").value_or(0);
}

City::City(const Options& options) {
    set_log_level(LogLevel::warning);
    platform::InstallationOptions installation;
    installation.data = options.city;
    installation.home = platform::default_home();
    auto opened = platform::Installation::open(installation);
    if (!opened) throw std::runtime_error("the city cannot be opened: " + opened.error().code);
    installation_ = std::move(*opened);
    auto& database = *installation_->database;
    add_photos();
    case_count_ = query_number(database, "SELECT COUNT(*) AS n FROM cases");
    Random random(7);
    for (int i = 0; i < 4000; ++i) drawn_.push_back(draw_report(random));
}

City::~City() = default;

// As in life every report has a photo of its own: many rows, uploaded one after the other, over one picture.
void City::add_photos() {
    constexpr int photos_max = 20'000;
    auto& database = *installation_->database;
    const auto columns = "sm3, sha256, content_type, bytes, width, height, taken_ms, lon, lat, owner_person_key, created_ms, is_simulated";
    const auto copy = std::string("INSERT INTO media (media_id, ") + columns + ") SELECT :media_id, " + columns + " FROM media WHERE media_key = (SELECT MIN(media_key) FROM media WHERE is_simulated = 1)";
    const Statement statement("bench", copy, copy);
    Random random(static_cast<std::uint64_t>(now_s() * 1e6));
    const auto now_ms = installation_->clock->now_ms();
    std::vector<storage::Params> rows;
    for (int i = 0; i < photos_max; ++i) {
        photos_.push_back(make_uuid(now_ms - photos_max + i, random));
        rows.push_back({{"media_id", storage::Blob{photos_.back().raw()}}});
    }
    (void)database.write([&](Transaction& transaction) -> Result<void> {
        transaction.run_batch(statement, rows);
        return {};
    });
}

identity::Viewer City::viewer(const std::string& login) const {
    const auto directory = installation_->identity->directory();
    const auto* person = directory->find_person_by_login(login);
    if (person == nullptr) throw std::runtime_error("the city has nobody called " + login);
    return installation_->identity->viewer_of(*person);
}

cases::NewReport City::draw_report(Random& random) const {
    const auto finding = mix::draw_finding(installation_->rules->current()->taxonomy, random);
    const auto& cells = installation_->grid->cells();
    const auto& outline = cells[random.below(cells.size())].outline;
    const auto centre = geo::centroid(outline);
    const auto& corner = outline.rings[0][random.below(outline.rings[0].size())];
    const double out = 0.8 * random.unit();
    cases::NewReport report;
    report.case_id = make_uuid(installation_->clock->now_ms(), random);
    report.lon = centre.lon + out * (corner.lon - centre.lon);
    report.lat = centre.lat + out * (corner.lat - centre.lat);
    report.coord_type = "cgcs2000";
    report.description = finding.description;
    report.address = "人民大道北" + std::to_string(random.between(1, 400)) + "号旁";
    report.edition = finding.problem->edition;
    report.kind = finding.problem->kind;
    report.class_code = finding.problem->code;
    report.source = "collector";
    report.media = {next_photo()};
    return report;
}

cases::NewReport City::next_report(Random& random) const {
    auto report = drawn_[random.below(drawn_.size())];
    report.case_id = make_uuid(installation_->clock->now_ms(), random);
    report.media = {next_photo()};
    return report;
}

Bookmark::Bookmark(const std::string& city_folder) : path_(city_folder + "/chengge.db") {
    const auto database = storage::Database::open({.url = path_, .readers = 1, .cache_mb = 8});
    last_case_ = query_number(*database, "SELECT MAX(case_key) AS n FROM cases");
    last_entry_ = query_number(*database, "SELECT MAX(entry_key) AS n FROM feed_entries");
    last_session_ = query_number(*database, "SELECT MAX(session_key) AS n FROM sessions");
    last_media_ = query_number(*database, "SELECT MAX(media_key) AS n FROM media");
    last_access_ = query_number(*database, "SELECT MAX(access_key) AS n FROM access_log");
    for (const auto row : query(*database, "SELECT s.platform, s.day, s.last FROM case_sequences s")) sequences_.push_back({row.text("platform"), row.text("day"), row.integer("last")});
    for (const auto row : query(*database, "SELECT r.name, r.txid, r.entry_key FROM feed_readers r")) readers_.push_back({row.text("name"), {row.integer("txid"), row.integer("entry_key")}});
}

Bookmark::~Bookmark() {
    // Only whole cases that a bench has made are taken out: the history of others is never touched.
    constexpr const char* parts[][2] = {{"case_steps", "step_key"}, {"assignments", "assignment_key"}, {"tasks", "task_key"}, {"requests", "request_key"}, {"case_clocks", "clock_key"}};
    try {
        const auto database = storage::Database::open({.url = path_, .readers = 1, .cache_mb = 64});
        (void)database->write([&](Transaction& transaction) -> Result<void> {
            const auto run = [&](const std::string& sql, const storage::Params& params) { transaction.run(Statement("bench", sql, sql), params); };
            for (const auto& [table, key] : parts) run("DELETE FROM " + std::string(table) + " WHERE " + key + " >= :first", {{"first", (last_case_ + 1) * 4096}});
            for (const auto* table : {"case_media", "case_contacts", "case_people"}) run("DELETE FROM " + std::string(table) + " WHERE case_key > :last", {{"last", last_case_}});
            run("DELETE FROM case_search WHERE rowid > :last", {{"last", last_case_}});
            run("DELETE FROM cases WHERE case_key > :last", {{"last", last_case_}});
            run("DELETE FROM feed_entries WHERE entry_key > :last", {{"last", last_entry_}});
            run("DELETE FROM media WHERE media_key > :last", {{"last", last_media_}});
            run("DELETE FROM sessions WHERE session_key > :last", {{"last", last_session_}});
            run("DELETE FROM access_log WHERE access_key > :last", {{"last", last_access_}});
            for (const auto& [name, at] : readers_)
                run("UPDATE feed_readers SET txid = :txid, entry_key = :entry_key WHERE name = :name", {{"txid", at.first}, {"entry_key", at.second}, {"name", name}});
            run("DELETE FROM case_sequences", {});
            for (const auto& one : sequences_)
                run("INSERT INTO case_sequences (platform, day, last) VALUES (:platform, :day, :last)", {{"platform", one.platform}, {"day", one.day}, {"last", one.last}});
            return {};
        });
    } catch (const std::exception& error) {
        std::fprintf(stderr, "the city could not be put back, remove it: %s\n", error.what());
    }
}

} // namespace chengge::bench
