// What a SurveyService holds, and a survey as its row says it. Private to this module.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/process.hpp"
#include "survey/dry_run.hpp"
#include "survey/ogr.hpp"
#include "survey/survey_service.hpp"

namespace chengge::survey {

// What converting has found out.
struct Found {
    std::string format;
    std::vector<SourceLayer> layers; // of the file
    std::string layer;               // the one that was taken
    std::string crs;                 // as the file says; empty: it does not
    std::string encoding;            // as it was read
    std::vector<std::string> header;
    std::vector<std::vector<std::string>> examples; // of each column, at most three
    bool has_heights = false;
};
json::value to_json(const Found& found);
Found found_from_json(const json::value& value);

struct Import {
    std::int64_t key = 0;
    Uuid id;
    std::string layer, file_name;
    std::int64_t bytes = 0, received = 0;
    std::string crs, encoding, source_layer;
    std::string address_column; // by which rows without coordinates are located; empty: they are not
    bool is_complete = false;
    std::int64_t restores = 0;     // the version that is brought back; 0: a survey
    std::int64_t base_version = 0; // of what is brought back: in force when it was asked for
    std::string state, stopped_in, owner;
    bool is_stopping = false;
    std::int64_t done = 0, of_all = 0;
    std::optional<Error> problem;
    Found found;
    Mapping mapping;
    std::string report; // JSON of a DryRun; empty before
    std::string reason;
    std::int64_t version = 0;
    std::optional<Uuid> made_by, published_by;
    std::int64_t made_ms = 0, touched_ms = 0;
};

Import import_of(const storage::Rows::Row& row);

struct SurveyService::State {
    explicit State(SurveyParts parts_in) : parts(std::move(parts_in)), owner(process_name() + "/" + format_uuid(make_uuid(parts.clock.now_ms()))) {}

    SurveyParts parts;
    std::vector<geo::LocalSystem> systems;
    std::string owner; // this service of this process

    // --- rows: survey_store.cpp
    Result<Import> create(const NewImport& import, const std::optional<Uuid>& person); // layer_unknown, survey_id_taken, crs_unknown, encoding_unknown, survey_too_large
    // version_not_found, nothing_to_change (it is in force), survey_id_taken. The same id sent again is the same work.
    Result<Import> create_restore(const Uuid& id, const registry::Layer& layer, std::int64_t version, const std::string& reason, const std::optional<Uuid>& person);
    Result<Import> load(const Uuid& id); // survey_unknown
    std::vector<Import> list(const std::string& layer, std::int64_t before, int limit);
    Result<Import> change(const Uuid& id, const ImportSettings& settings);
    Result<Import> stop(const Uuid& id);
    Result<Import> resume(const Uuid& id);
    Result<Import> ask_publish(const Uuid& id, const std::string& reason, const std::optional<Uuid>& person);
    Result<Import> discard(const Uuid& id);
    // Writes a piece of the upload at `offset`. Refusals: survey_state, survey_offset (received), survey_too_large.
    Result<Import> receive(const Uuid& id, std::int64_t offset, std::string_view bytes);
    // The command line's file lies where it is: nothing is to be received.
    Result<Import> take_in_place(const Import& import);
    Mapping remembered(const std::string& layer, const std::vector<std::string>& header);

    // --- work: survey_jobs.cpp
    // Converts, checks or publishes one survey as far as it goes without a person; false when another has it.
    bool work_on(std::int64_t key, const registry::Progress& progress);
    void loop(const std::stop_token& stop);

    std::string folder_of(const Uuid& id) const { return parts.folder + "/" + format_uuid(id); }
    std::string upload_of(const Uuid& id) const { return folder_of(id) + "/upload"; }
    std::string report_of(const Uuid& id) const { return folder_of(id) + "/faults.jsonl"; }
    std::string prepared_of(const Uuid& id) const { return folder_of(id) + "/prepared"; } // where the sandbox cannot reach
    Result<SurveyFile> file_of(const Import& import, const std::string& upload) const;

    std::mutex mutex; // of waking
    std::condition_variable_any woken;
    bool has_work = false;
    void wake();
    void free_dead();
    void clean_up(); // once an hour
    std::int64_t cleaned_ms = 0;
    std::atomic<KeptDays> kept_days{KeptDays{}};
    std::jthread thread; // last: ends before the rest
};

// As the API shows it; sentences in the language, of problems by `problems` (null: their codes).
json::value show(const Import& import, const registry::Layer& layer, Language language, const http::Problems* problems, const std::vector<geo::LocalSystem>& systems = {});
DryRun report_of(const Import& import);
inline storage::Blob blob_of(const Uuid& id) { return {id.raw()}; }

// Converting: uploaded bytes to rows (`folder`/converted/rows.csv, or the upload itself when it is CSV). survey_convert.cpp
// In three steps: what the file is (its columns not yet; `encoding` may be "auto"), its rows, their columns.
Result<Found> find_out(const std::string& upload, const std::string& folder, const Import& import, const registry::Layer& layer, const OgrOptions& options);
Result<void> write_rows(const std::string& folder, const Found& found, const OgrOptions& options);
Result<void> read_columns(const std::string& upload, const std::string& folder, Found& found);
Result<Found> convert(const std::string& upload, const std::string& folder, const Import& import, const registry::Layer& layer, const OgrOptions& options);
std::string rows_path(const std::string& upload, const std::string& folder, const Found& found);

} // namespace chengge::survey
