// The work on surveys: one after the other in a thread, each step begun anew when its worker died. What a step has made lies in
// the survey's own folder until its row says so; a version in force is told by its source, so nothing is published twice.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/crash_point.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "survey/prepared.hpp"
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

// All that the features of a survey follow from: who has made them under the same may use them.
std::string binding_of(const SurveyParts& parts, const registry::Layer& layer, const SurveyFile& file, std::int64_t version) {
    struct stat rows {};
    if (stat(file.rows.c_str(), &rows) != 0) return {};
    auto text = fmt::format("{} {} cells {} regions {} day {} rows {} {} {} {}.{:09}\n{} {} {}\n", layer.id, version, parts.registry.snapshot("cells")->version(), parts.registry.snapshot("regions")->version(),
                            format_date(city_date(parts.clock.now_ms())), rows.st_dev, rows.st_ino, rows.st_size, rows.st_mtim.tv_sec, rows.st_mtim.tv_nsec, file.system.text(), encoding_name(file.encoding), file.address_column);
    for (const auto& [field, column] : file.mapping) text += field + "=" + column + "\n";
    for (const auto& field : layer.fields) text += fmt::format("{} {} {}\n", field.name, static_cast<int>(field.kind), field.filled_with);
    return text;
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

    // Rows are checked while they are written, where their encoding is known; what is checked counts when all of them are on the disk.
    Result<void> convert_file(const registry::Layer& layer) {
        const OgrOptions options{.is_stopped = [this] { return is_stopped(); }};
        TRY_ASSIGN(found, find_out(upload_, folder_, import_, layer, options));
        std::optional<Result<DryRun>> run; // nothing: is to be checked yet
        const bool is_read_apart = found.format == "csv" || found.encoding == "auto";
        TRY(is_read_apart ? write_rows(folder_, found, options) : write_and_check(layer, found, run));
        TRY(read_columns(upload_, folder_, found));
        CRASH_POINT("survey.converted");
        auto mapping = mapping_for(layer, found.header);
        TRY(write(sql::save_found, {{"found", to_json_text(to_json(found))}, {"mapping", to_json_text(to_json(mapping))}, {"state", "checking"}, {"next_owner", state_.owner}}));
        import_.found = std::move(found);
        import_.mapping = std::move(mapping);
        import_.state = "checking";
        if (!run) return {};
        if (!*run) return tl::unexpected(run->error());
        TRY(save_report(**run));
        import_.state = "waiting";
        return {};
    }

    Mapping mapping_for(const registry::Layer& layer, const std::vector<std::string>& header) const { return map_columns(layer, header, import_.mapping.empty() ? state_.remembered(layer.id, header) : import_.mapping); }

    // Refused when the rows could not be written; what the check says of them is for who can see what the file has.
    Result<void> write_and_check(const registry::Layer& layer, const Found& found, std::optional<Result<DryRun>>& run) {
        std::atomic<bool> is_over = false, has_ended = false;
        auto writing = std::async(std::launch::async, [&]() -> Result<void> {
            struct End {
                std::atomic<bool>& has_ended;
                ~End() { has_ended = true; }
            } const end{has_ended};
            return write_rows(folder_, found, {.is_stopped = [&] { return is_over.load(); }});
        });
        const auto check = [&]() -> Result<DryRun> {
            auto import = import_;
            import.found = found;
            TRY_ASSIGN(file, state_.file_of(import, upload_));
            file.is_growing = [&] {
                if (is_stopped()) is_over = true;
                return !has_ended;
            };
            for (const auto& one : found.layers)
                if (one.name == found.layer) file.expected_rows = one.features;
            // In rows: how many there are in all is told only when the file says it.
            const auto all_rows = file.expected_rows;
            const registry::Progress rows_checked{.tell = [this, all_rows](std::int64_t done, std::int64_t) { (void)is_stopped(done, all_rows > 0 ? std::max(done, all_rows) : 0); }, .is_stopped = [this] { return is_stopping_; }};
            TRY_ASSIGN(reader, file.open());
            file.mapping = mapping_for(layer, reader.header());
            file.binding = [&](std::int64_t version) { return binding_of(parts_, layer, file, version); };
            return check_survey({parts_.registry, parts_.grid, state_.systems, parts_.find_address}, layer, file, state_.report_of(import_.id), rows_checked);
        };
        try {
            run = check();
        } catch (...) {
            is_over = true;
            writing.wait();
            throw;
        }
        if (!*run && run->error().code == "survey_stopped") is_over = true;
        return writing.get();
    }

    Result<void> check(const registry::Layer& layer) {
        std::error_code ignored;
        if (!std::filesystem::exists(rows_path(upload_, folder_, import_.found), ignored)) { // the disk lost what the row says
            import_.state = "converting";
            return step(layer);
        }
        TRY_ASSIGN(file, state_.file_of(import_, upload_));
        file.binding = [&](std::int64_t version) { return binding_of(parts_, layer, file, version); };
        TRY_ASSIGN(run, check_survey({parts_.registry, parts_.grid, state_.systems, parts_.find_address}, layer, file, state_.report_of(import_.id), progress()));
        return save_report(run);
    }

    Result<void> save_report(const DryRun& run) {
        CRASH_POINT("survey.checked");
        // Why it was checked anew is said until somebody publishes.
        const auto& was = import_.problem;
        return write(sql::save_report, {{"report", to_json_text(to_json(run))}, {"problem", was && was->code == "survey_outdated" ? problem_text(*was) : std::string()}});
    }

    // The layer as it was at a version, as a version of its own.
    Result<void> bring_back(const registry::Layer& layer) {
        const auto source = std::to_string(import_.restores);
        for (const auto& version : parts_.registry.versions(layer.id)) {
            if (version.version == import_.restores) rows_ = version.size;
            if (version.kind == "restore" && version.source == source && version.version > import_.base_version) return write(sql::save_published, {{"version", version.version}}); // before the worker died
        }
        CRASH_POINT("survey.restoring");
        // Read first, which the registry keeps, so that the work is one count: features read, then features made the layer's.
        const auto tell_from = [this](std::int64_t before) {
            return registry::Progress{.tell = [this, before](std::int64_t done, std::int64_t) { (void)is_stopped(before + std::min(done, rows_), 2 * rows_); }, .is_stopped = [this] { return is_stopping_; }};
        };
        TRY_ASSIGN(old, parts_.registry.snapshot_at(layer.id, import_.restores, tell_from(0)));
        TRY_ASSIGN(version, parts_.registry.restore(layer.id, import_.restores, {import_.published_by, import_.reason, "restore", source}, tell_from(static_cast<std::int64_t>(old->size()))));
        CRASH_POINT("survey.restored");
        return write(sql::save_published, {{"version", version.version}});
    }

    Result<void> publish(const registry::Layer& layer) {
        if (import_.restores > 0) return bring_back(layer);
        const auto source = source_of(import_);
        const auto checked = report_of(import_);
        rows_ = checked.rows;
        for (const auto& version : parts_.registry.versions(layer.id))
            if (version.kind == "survey" && version.source == source) return write(sql::save_published, {{"version", version.version}}); // before the worker died
        CRASH_POINT("survey.publishing");
        if (std::error_code ignored; !std::filesystem::exists(rows_path(upload_, folder_, import_.found), ignored)) TRY(convert(upload_, folder_, import_, layer, {.is_stopped = [this] { return is_stopped(); }}));
        TRY_ASSIGN(file, state_.file_of(import_, upload_));
        const auto in_force = parts_.registry.snapshot(layer.id);
        const auto prepared = PreparedFeatures::open(file.prepared, binding_of(parts_, layer, file, in_force->version()), layer, in_force);
        std::unique_ptr<SurveyFeatures> made_anew;
        if (prepared == nullptr) {
            TRY_ASSIGN(features, SurveyFeatures::open({parts_.registry, parts_.grid, state_.systems, parts_.find_address}, layer, file));
            made_anew = std::move(features);
        }
        const registry::Author author{import_.published_by, import_.reason, "survey", source};
        const auto next = [&] { return prepared ? prepared->next() : made_anew->next(); };
        // Rows that change nothing are what was in force when they were judged: an edit since then must not be undone by them.
        const auto published = parts_.registry.publish(layer.id, next, import_.is_complete, author, progress(), {.form = registry::FeatureForm::kept, .base_version = checked.base_version});
        if (!published) return tl::unexpected(published.error().code == "layer_changed" ? Error{"survey_outdated", {}} : published.error());
        CRASH_POINT("survey.published");
        TRY(write(sql::save_published, {{"version", published->version}}));
        std::error_code ignored;
        std::filesystem::remove(file.prepared, ignored);
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

    bool is_stopped() { return is_stopped(done_, all_); }
    // Tells how far it is (all = 0: of how much is not known) and asks whether to stop, at most once a second.
    bool is_stopped(std::int64_t done, std::int64_t all) {
        done_ = done, all_ = all;
        if (outer_.tell && done + all > 0) outer_.tell(done, all);
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
        // What is brought back has nothing to be read or checked: it begins again where it ends.
        const bool is_survey = import_.restores == 0;
        const auto to = was_shutdown                                     ? import_.state
                        : was_stopped                                    ? "stopped"
                        : error.code == "survey_outdated"                ? "checking"
                        : import_.state == "publishing" && is_survey ? "waiting"
                                                                         : "failed";
        const auto goes_on_in = was_shutdown ? std::string() : !is_survey ? std::string("publishing") : !was_stopped ? std::string() : import_.state == "publishing" ? "checking" : import_.state;
        (void)write(sql::save_problem, {{"problem", was_stopped ? std::string() : problem_text(error)}, {"state", to}, {"stopped_in", goes_on_in}});
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
    std::int64_t done_ = 0, all_ = 0; // as last told
};

} // namespace

Result<SurveyFile> SurveyService::State::file_of(const Import& import, const std::string& upload) const {
    SurveyFile file;
    file.rows = rows_path(upload, folder_of(import.id), import.found);
    file.encoding = parse_encoding(import.found.encoding).value_or(Encoding::automatic);
    file.mapping = import.mapping;
    file.is_complete = import.is_complete;
    file.has_heights = import.found.has_heights;
    file.address_column = import.address_column;
    file.prepared = prepared_of(import.id);
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
    const auto days = kept_days.load();
    std::error_code ignored;
    for (const auto& entry : files::directory_iterator(parts.folder, ignored)) {
        const auto id = parse_uuid(entry.path().filename().string());
        if (!id || (!files::exists(files::symlink_status(upload_of(*id))) && !files::exists(folder_of(*id) + "/converted"))) continue; // what is left is the report
        const auto import = load(*id);
        if (!import) continue;
        if (import->state == "published" && now_ms - import->touched_ms > days.published * day_ms) {
            files::remove(upload_of(*id), ignored);
            files::remove(prepared_of(*id), ignored);
            files::remove_all(folder_of(*id) + "/converted", ignored);
        } else if (now_ms - import->touched_ms > days.untouched * day_ms) {
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
