// The work on surveys: one after the other in a thread, each step begun anew when its worker died. What a step has made lies in
// the survey's own folder until its row says so; a version in force is told by its source, so nothing is published twice.
#include <filesystem>

#include "base/crash_point.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "survey/queries.hpp"
#include "survey/survey_state.hpp"

namespace chengge::survey {

using namespace std::chrono_literals;
using storage::Params;
using storage::Transaction;

namespace {

constexpr std::int64_t lease_ms = 15'000; // renewed each second while something moves
constexpr auto idle_wait = 2s;            // another process may have been asked

std::string problem_text(const Error& error) {
    json::object facts;
    for (const auto& [name, value] : error.facts) facts[name] = value;
    return to_json_text(json::object{{"code", error.code}, {"facts", std::move(facts)}});
}

// How a version says which survey it was.
std::string source_of(const Import& import) {
    const auto id = format_uuid(import.id);
    return std::string(take_characters(import.file_name, 100)) + " · " + id.substr(id.size() - 12);
}

// One survey in this worker's hands.
class Work {
public:
    Work(SurveyService::State& state, Import import, std::string upload, const registry::Progress& outer)
        : state_(state), parts_(state.parts), import_(std::move(import)), upload_(std::move(upload)), outer_(outer), folder_(state.folder_of(import_.id)) {}

    void run() {
        Result<void> done;
        try {
            const auto layer = parts_.registry.find_layer(import_.layer);
            done = layer == nullptr ? Result<void>(fail("layer_unknown")) : step(*layer);
        } catch (const Failure& failure) {
            log_warning("a survey could not be worked on", {{"import", format_uuid(import_.id)}, {"state", import_.state}, {"what", failure.what()}});
            done = fail(failure.code);
        }
        if (!done) give_back(done.error());
    }

private:
    // The next step follows at once while the survey is ours.
    Result<void> step(const registry::Layer& layer) {
        if (import_.state == "converting") TRY(convert_file(layer));
        if (import_.state == "checking") return check(layer);
        return import_.state == "publishing" ? publish(layer) : Result<void>{};
    }

    Result<void> convert_file(const registry::Layer& layer) {
        TRY_ASSIGN(found, convert(upload_, folder_, import_, layer, {.is_stopped = [this] { return is_stopped(0, 0); }}));
        CRASH_POINT("survey.converted");
        auto mapping = map_columns(layer, found.header, import_.mapping.empty() ? state_.remembered(layer.id, found.header) : import_.mapping);
        TRY(write(sql::save_found, {{"found", to_json_text(to_json(found))}, {"mapping", to_json_text(to_json(mapping))}, {"state", "checking"}, {"next_owner", state_.owner}}));
        import_.found = std::move(found);
        import_.mapping = std::move(mapping);
        import_.state = "checking";
        return {};
    }

    Result<void> check(const registry::Layer& layer) {
        std::error_code ignored;
        if (!std::filesystem::exists(rows_path(upload_, folder_, import_.found), ignored)) { // the disk lost what the row says
            import_.state = "converting";
            return step(layer);
        }
        TRY_ASSIGN(file, state_.file_of(import_, upload_));
        TRY_ASSIGN(run, check_survey({parts_.registry, parts_.grid, state_.systems}, layer, file, state_.report_of(import_.id), progress()));
        CRASH_POINT("survey.checked");
        return write(sql::save_report, {{"report", to_json_text(to_json(run))}});
    }

    Result<void> publish(const registry::Layer& layer) {
        const auto source = source_of(import_);
        rows_ = report_of(import_).rows;
        for (const auto& version : parts_.registry.versions(layer.id))
            if (version.kind == "survey" && version.source == source) return write(sql::save_published, {{"version", version.version}}); // before the worker died
        CRASH_POINT("survey.publishing");
        if (std::error_code ignored; !std::filesystem::exists(rows_path(upload_, folder_, import_.found), ignored)) TRY(convert(upload_, folder_, import_, layer, {.is_stopped = [this] { return is_stopped(0, 0); }}));
        TRY_ASSIGN(file, state_.file_of(import_, upload_));
        TRY_ASSIGN(features, SurveyFeatures::open(parts_.registry, parts_.grid, layer, file));
        const registry::Author author{import_.published_by, import_.reason, "survey", source};
        TRY_ASSIGN(version, parts_.registry.publish(layer.id, [&] { return features->next(); }, import_.is_complete, author, progress()));
        CRASH_POINT("survey.published");
        TRY(write(sql::save_published, {{"version", version.version}}));
        remember_mapping(layer);
        return {};
    }

    // A mapping that led to a version is what the next survey of this form begins with.
    void remember_mapping(const registry::Layer& layer) {
        (void)parts_.database.write([&](Transaction& transaction) -> Result<void> {
            transaction.run(sql::save_mapping, {{"layer", layer.id}, {"columns_digest", columns_digest(import_.found.header)}, {"mapping", to_json_text(to_json(import_.mapping))}, {"now_ms", parts_.clock.now_ms()}});
            return {};
        });
    }

    registry::Progress progress() {
        return {.tell = [this](std::int64_t done, std::int64_t all) { (void)is_stopped(done, all > 0 ? all : rows_); }, .is_stopped = [this] { return is_stopping_; }};
    }

    // Tells how far it is and asks whether to stop, at most once a second.
    bool is_stopped(std::int64_t done, std::int64_t all) {
        if (outer_.tell && all > 0) outer_.tell(done, all);
        if (outer_.is_stopped && outer_.is_stopped()) is_stopping_ = true;
        const auto now = std::chrono::steady_clock::now();
        if (is_stopping_ || now - told_ < 1s) return is_stopping_;
        told_ = now;
        (void)parts_.database.write([&](Transaction& transaction) -> Result<void> {
            const auto now_ms = parts_.clock.now_ms();
            const bool is_ours = transaction.run(sql::tell_progress, {{"done", done}, {"of_all", all}, {"lease_ms", now_ms + lease_ms}, {"now_ms", now_ms}, {"import_key", import_.key}, {"owner", state_.owner}}).affected > 0;
            const auto rows = transaction.run(sql::load_stopping, {{"import_key", import_.key}, {"owner", state_.owner}});
            is_stopping_ = !is_ours || rows.empty() || rows[0].flag("is_stopping");
            return {};
        });
        return is_stopping_;
    }

    Result<void> write(const storage::Statement& statement, Params params) {
        params.add("now_ms", parts_.clock.now_ms()).add("import_key", import_.key).add("owner", state_.owner);
        return parts_.database.write([&](Transaction& transaction) -> Result<void> {
            if (transaction.run(statement, params).affected == 0) return fail("survey_taken");
            return {};
        });
    }

    // Why it did not go on: stopped by a person, or a refusal that a person can do something about.
    void give_back(const Error& error) {
        if (error.code == "survey_taken") return;
        // Half of what was read is of no use, and may be what filled the disk.
        if (std::error_code ignored; import_.state == "converting") std::filesystem::remove_all(folder_ + "/converted", ignored);
        const bool was_stopped = error.code == "survey_stopped" || error.code == "publication_stopped";
        const bool was_shutdown = was_stopped && outer_.is_stopped && outer_.is_stopped();
        // The process ends: the survey stays where it is, for the next one. A checked survey whose publication was refused may be published again.
        const auto to = was_shutdown ? import_.state : was_stopped ? "stopped" : import_.state == "publishing" ? "waiting" : "failed";
        (void)write(sql::save_problem, {{"problem", was_stopped ? std::string() : problem_text(error)}, {"state", to}, {"stopped_in", was_stopped && !was_shutdown ? (import_.state == "publishing" ? "checking" : import_.state) : std::string()}});
    }

    SurveyService::State& state_;
    const SurveyParts& parts_;
    Import import_;
    const std::string upload_;
    const registry::Progress& outer_;
    const std::string folder_;
    std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
    bool is_stopping_ = false;
    std::int64_t rows_ = 0; // to be published
};

} // namespace

Result<SurveyFile> SurveyService::State::file_of(const Import& import, const std::string& upload) const {
    SurveyFile file;
    file.rows = rows_path(upload, folder_of(import.id), import.found);
    file.encoding = parse_encoding(import.found.encoding).value_or(Encoding::automatic);
    file.mapping = import.mapping;
    file.is_complete = import.is_complete;
    file.has_heights = import.found.has_heights;
    const auto& said = import.crs.empty() ? import.found.crs : import.crs;
    if (!said.empty()) {
        TRY_ASSIGN(system, geo::CoordinateSystem::parse(said, systems));
        file.system = system;
    }
    return file;
}

bool SurveyService::State::work_on(std::int64_t key, const registry::Progress& progress) {
    std::optional<Import> mine;
    (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
        mine.reset();
        const auto now_ms = parts.clock.now_ms();
        if (transaction.run(sql::claim_import, {{"owner", owner}, {"lease_ms", now_ms + lease_ms}, {"now_ms", now_ms}, {"import_key", key}}).affected == 0) return {};
        const auto rows = transaction.run(sql::load_import_by_key, {{"import_key", key}});
        mine = import_of(rows[0]);
        return {};
    });
    if (!mine) return false;
    Work(*this, *mine, upload_of(mine->id), progress).run();
    return true;
}

// What a process had that is no more: nobody waits for its lease.
void SurveyService::State::free_dead() {
    const auto rows = parts.database.read([&](Transaction& transaction) { return transaction.run(sql::list_owned); });
    for (const auto row : rows) {
        const auto& its = row.text("owner");
        if (is_process_running(its).value_or(true)) continue;
        (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
            transaction.run(sql::free_owned, {{"import_key", row.integer("import_key")}, {"owner", its}});
            return {};
        });
    }
}

// What lies longer than it is of use: the file of a published survey, a survey that nobody goes on with.
void SurveyService::State::clean_up() {
    namespace files = std::filesystem;
    const auto now_ms = parts.clock.now_ms();
    if (now_ms - cleaned_ms < hour_ms) return;
    cleaned_ms = now_ms;
    std::error_code ignored;
    for (const auto& entry : files::directory_iterator(parts.folder, ignored)) {
        const auto id = parse_uuid(entry.path().filename().string());
        if (!id || (!files::exists(files::symlink_status(upload_of(*id))) && !files::exists(folder_of(*id) + "/converted"))) continue; // what is left is the report
        const auto import = load(*id);
        if (!import) continue;
        if (import->state == "published" && now_ms - import->touched_ms > published_kept_days * day_ms) {
            files::remove(upload_of(*id), ignored);
            files::remove_all(folder_of(*id) + "/converted", ignored);
        } else if (now_ms - import->touched_ms > untouched_kept_days * day_ms) {
            (void)discard(*id); // refused of one that runs
        }
    }
}

void SurveyService::State::wake() {
    {
        const std::lock_guard lock(mutex);
        has_work = true;
    }
    woken.notify_all();
}

void SurveyService::State::loop(const std::stop_token& stop) {
    const registry::Progress progress{.tell = {}, .is_stopped = [&stop] { return stop.stop_requested(); }};
    while (!stop.stop_requested()) {
        try {
            free_dead();
            std::vector<std::int64_t> keys;
            parts.database.read([&](Transaction& transaction) {
                keys.clear();
                for (const auto row : transaction.run(sql::list_runnable, {{"now_ms", parts.clock.now_ms()}})) keys.push_back(row.integer("import_key"));
            });
            for (const auto key : keys)
                if (!stop.stop_requested()) (void)work_on(key, progress);
            clean_up();
        } catch (const std::exception& error) {
            log_warning("surveys could not be looked at", {{"what", error.what()}});
        }
        std::unique_lock lock(mutex);
        woken.wait_for(lock, stop, idle_wait, [this] { return has_work; });
        has_work = false;
    }
}

} // namespace chengge::survey
