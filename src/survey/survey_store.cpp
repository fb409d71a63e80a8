// Rows ↔ surveys, and what a person asks of one.
#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crash_point.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "survey/queries.hpp"
#include "survey/survey_state.hpp"

namespace chengge::survey {

using storage::Params;
using storage::Rows;
using storage::Transaction;

namespace {

json::value json_of(const std::string& text) {
    if (text.empty()) return {};
    boost::system::error_code error;
    auto value = json::parse(text, error);
    return error ? json::value{} : value;
}

std::optional<Error> problem_of(const std::string& text) {
    const auto value = json_of(text);
    if (!value.is_object()) return std::nullopt;
    Error error{std::string(value.get_object().at("code").as_string()), {}};
    for (const auto& fact : value.get_object().at("facts").as_object()) error.facts[std::string(fact.key())] = std::string(fact.value().as_string());
    return error;
}

Result<Import> find(Transaction& transaction, const Uuid& id) {
    const auto rows = transaction.run(sql::load_import, {{"import_id", blob_of(id)}});
    if (rows.empty()) return fail("survey_unknown");
    return import_of(rows[0]);
}

tl::unexpected<Error> wrong_state(const Import& import) { return fail("survey_state", {{"state", import.state}}); }

std::optional<storage::Blob> person_blob(const std::optional<Uuid>& person) { return person ? std::optional(blob_of(*person)) : std::nullopt; }

void write_at(const std::string& path, std::int64_t offset, std::string_view bytes) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    const auto give_up = [&] {
        const auto code = errno == ENOSPC || errno == EDQUOT ? "storage_full" : "temporarily_unavailable";
        if (fd >= 0) close(fd);
        throw Failure(code, "cannot store an upload");
    };
    if (fd < 0) give_up();
    while (!bytes.empty()) {
        const auto done = pwrite(fd, bytes.data(), bytes.size(), offset);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) give_up();
        bytes.remove_prefix(static_cast<std::size_t>(done));
        offset += done;
    }
    // The row that says so is written after the bytes are on the disk.
    if (fdatasync(fd) != 0) give_up();
    close(fd);
}

bool is_same_request(const Import& import, const NewImport& asked) { return import.layer == asked.layer && import.file_name == asked.file_name && import.bytes == asked.bytes; }

} // namespace

Import import_of(const Rows::Row& row) {
    Import import;
    import.key = row.integer("import_key"), import.id = uuid_from_raw(row.bytes("import_id"));
    import.layer = row.text("layer"), import.file_name = row.text("file_name");
    import.bytes = row.integer("bytes"), import.received = row.integer("received");
    import.crs = row.text("crs"), import.encoding = row.text("encoding"), import.source_layer = row.text("source_layer");
    import.is_complete = row.flag("is_complete"), import.state = row.text("state"), import.stopped_in = row.text("stopped_in");
    import.is_stopping = row.flag("is_stopping"), import.owner = row.text("owner");
    import.done = row.integer("done"), import.of_all = row.integer("of_all");
    import.problem = problem_of(row.text("problem"));
    import.found = found_from_json(json_of(row.text("found")));
    import.mapping = mapping_from_json(json_of(row.text("mapping")));
    import.report = row.text("report"), import.reason = row.text("reason"), import.version = row.integer("version");
    if (!row.is_null("made_by")) import.made_by = uuid_from_raw(row.bytes("made_by"));
    if (!row.is_null("published_by")) import.published_by = uuid_from_raw(row.bytes("published_by"));
    import.restores = row.integer("restores"), import.base_version = row.integer("base_version"), import.address_column = row.text("address_column");
    import.made_ms = row.integer("made_ms"), import.touched_ms = row.integer("touched_ms");
    return import;
}

Result<Import> SurveyService::State::create(const NewImport& asked, const std::optional<Uuid>& person) {
    if (parts.registry.find_layer(asked.layer) == nullptr) return fail("layer_unknown");
    if (asked.bytes <= 0) return fail("survey_file_empty");
    if (asked.bytes > upload_bytes_max) return fail("survey_too_large", {{"gigabytes", std::to_string(upload_bytes_max >> 30)}});
    if (!parse_encoding(asked.encoding)) return fail("encoding_unknown");
    if (!asked.crs.empty()) TRY(geo::CoordinateSystem::parse(asked.crs, systems));
    auto made = parts.database.write([&](Transaction& transaction) -> Result<Import> {
        transaction.run(sql::insert_import, {{"import_id", blob_of(asked.import_id)}, {"layer", asked.layer}, {"file_name", asked.file_name}, {"bytes", asked.bytes}, {"crs", asked.crs}, {"encoding", asked.encoding}, {"source_layer", asked.source_layer}, {"address_column", asked.address_column}, {"is_complete", asked.is_complete},
                                             {"mapping", asked.mapping.empty() ? std::string() : to_json_text(to_json(asked.mapping))}, {"made_by", person_blob(person)}, {"now_ms", parts.clock.now_ms()}});
        return find(transaction, asked.import_id);
    });
    if (made && !is_same_request(*made, asked)) return fail("survey_id_taken");
    if (made) make_folders(folder_of(made->id));
    return made;
}

Result<Import> SurveyService::State::create_restore(const Uuid& id, const registry::Layer& layer, std::int64_t version, const std::string& reason, const std::optional<Uuid>& person) {
    const auto in_force = parts.registry.snapshot(layer.id)->version();
    const auto versions = parts.registry.versions(layer.id);
    const auto wanted = std::ranges::find(versions, version, &registry::VersionInfo::version);
    auto made = parts.database.write([&](Transaction& transaction) -> Result<Import> {
        // Sent again it is the same, also when it is long in force.
        if (auto known = find(transaction, id)) return known;
        if (wanted == versions.end()) return fail("version_not_found");
        if (version == in_force) return fail("nothing_to_change");
        transaction.run(sql::insert_restore, {{"import_id", blob_of(id)}, {"layer", layer.id}, {"reason", reason}, {"person", person_blob(person)}, {"restores", version}, {"base_version", in_force}, {"now_ms", parts.clock.now_ms()}});
        return find(transaction, id);
    });
    if (made && (made->layer != layer.id || made->restores != version)) return fail("survey_id_taken");
    if (made) wake();
    return made;
}

Result<Import> SurveyService::State::load(const Uuid& id) {
    return parts.database.read([&](Transaction& transaction) { return find(transaction, id); });
}

std::vector<Import> SurveyService::State::list(const std::string& layer, std::int64_t before, int limit) {
    return parts.database.read([&](Transaction& transaction) {
        std::vector<Import> imports;
        const Params params{{"before", before}, {"limit", limit}, {"layer", layer}};
        for (const auto row : layer.empty() ? transaction.run(sql::list_imports, params) : transaction.run(sql::list_imports_of_layer, params)) imports.push_back(import_of(row));
        return imports;
    });
}

Mapping SurveyService::State::remembered(const std::string& layer, const std::vector<std::string>& header) {
    return parts.database.read([&](Transaction& transaction) {
        const auto rows = transaction.run(sql::load_mapping, {{"layer", layer}, {"columns_digest", columns_digest(header)}});
        return rows.empty() ? Mapping{} : mapping_from_json(json_of(rows[0].text("mapping")));
    });
}

Result<Import> SurveyService::State::receive(const Uuid& id, std::int64_t offset, std::string_view bytes) {
    TRY_ASSIGN(import, load(id));
    if (import.state != "uploading") return wrong_state(import);
    if (offset > import.received || offset < 0) return fail("survey_offset", {{"received", std::to_string(import.received)}});
    const auto end = offset + static_cast<std::int64_t>(bytes.size());
    if (end > import.bytes) return fail("survey_too_long", {{"bytes", std::to_string(import.bytes)}});
    if (end <= import.received) return import; // sent again
    write_at(upload_of(id), offset, bytes);
    CRASH_POINT("survey.received");
    const bool is_whole = end == import.bytes;
    if (is_whole) sync_folder(folder_of(id));
    auto now = parts.database.write([&](Transaction& transaction) -> Result<Import> {
        transaction.run(sql::set_received, {{"received", end}, {"state", is_whole ? "converting" : "uploading"}, {"now_ms", parts.clock.now_ms()}, {"import_key", import.key}});
        return find(transaction, id);
    });
    if (is_whole) wake();
    return now;
}

Result<Import> SurveyService::State::take_in_place(const Import& import) {
    return parts.database.write([&](Transaction& transaction) -> Result<Import> {
        transaction.run(sql::set_received, {{"received", import.bytes}, {"state", "converting"}, {"now_ms", parts.clock.now_ms()}, {"import_key", import.key}});
        return find(transaction, import.id);
    });
}

Result<Import> SurveyService::State::change(const Uuid& id, const ImportSettings& settings) {
    TRY_ASSIGN(import, load(id));
    if ((import.state != "waiting" && import.state != "failed" && import.state != "stopped") || import.restores > 0) return wrong_state(import);
    if (import.received < import.bytes) return wrong_state(import);
    const auto crs = settings.crs.value_or(import.crs), encoding = settings.encoding.value_or(import.encoding), source_layer = settings.source_layer.value_or(import.source_layer), address_column = settings.address_column.value_or(import.address_column);
    if (!parse_encoding(encoding)) return fail("encoding_unknown");
    if (!crs.empty()) TRY(geo::CoordinateSystem::parse(crs, systems));
    const bool is_converted = !import.found.header.empty() && encoding == import.encoding && source_layer == import.source_layer;
    if (is_converted && !address_column.empty() && std::ranges::find(import.found.header, address_column) == import.found.header.end()) return fail("survey_column_unknown", {{"column", address_column}});
    auto mapping = import.mapping;
    if (settings.mapping) {
        const auto layer = parts.registry.find_layer(import.layer);
        if (layer == nullptr) return fail("layer_unknown");
        mapping = *settings.mapping;
        if (is_converted) TRY(check_mapping(*layer, import.found.header, mapping));
    }
    auto changed = parts.database.write([&](Transaction& transaction) -> Result<Import> {
        const auto now = parts.clock.now_ms();
        const auto affected = transaction.run(sql::change_settings, {{"crs", crs}, {"encoding", encoding}, {"source_layer", source_layer}, {"address_column", address_column}, {"is_complete", settings.is_complete.value_or(import.is_complete)}, {"mapping", to_json_text(to_json(mapping))},
                                                                     {"state", is_converted ? "checking" : "converting"}, {"now_ms", now}, {"import_key", import.key}}).affected;
        if (affected == 0) return wrong_state(import);
        if (settings.mapping && is_converted) transaction.run(sql::save_mapping, {{"layer", import.layer}, {"columns_digest", columns_digest(import.found.header)}, {"mapping", to_json_text(to_json(mapping))}, {"now_ms", now}});
        return find(transaction, id);
    });
    wake();
    return changed;
}

Result<Import> SurveyService::State::stop(const Uuid& id) {
    return parts.database.write([&](Transaction& transaction) -> Result<Import> {
        TRY_ASSIGN(import, find(transaction, id));
        const Params params{{"now_ms", parts.clock.now_ms()}, {"import_key", import.key}};
        if (transaction.run(sql::stop_unclaimed, params).affected == 0 && transaction.run(sql::ask_stop, params).affected == 0) return wrong_state(import);
        return find(transaction, id);
    });
}

Result<Import> SurveyService::State::resume(const Uuid& id) {
    auto resumed = parts.database.write([&](Transaction& transaction) -> Result<Import> {
        TRY_ASSIGN(import, find(transaction, id));
        const auto to = import.stopped_in.empty() ? std::string("converting") : import.stopped_in;
        if (transaction.run(sql::resume_import, {{"state", to}, {"now_ms", parts.clock.now_ms()}, {"import_key", import.key}}).affected == 0) return wrong_state(import);
        return find(transaction, id);
    });
    if (resumed) wake();
    return resumed;
}

Result<Import> SurveyService::State::ask_publish(const Uuid& id, const std::string& reason, const std::optional<Uuid>& person) {
    bool is_outdated = false;
    auto asked = parts.database.write([&](Transaction& transaction) -> Result<Import> {
        is_outdated = false;
        TRY_ASSIGN(import, find(transaction, id));
        if (import.state != "waiting") return wrong_state(import);
        const auto run = dry_run_from_json(json_of(import.report));
        if (!run.may_publish()) return fail("survey_has_faults", {{"faults", std::to_string(run.faults.blocking)}});
        const Params params{{"reason", reason}, {"published_by", person_blob(person)}, {"now_ms", parts.clock.now_ms()}, {"import_key", import.key}};
        const auto in_force = parts.registry.snapshot(import.layer);
        is_outdated = in_force == nullptr || in_force->version() != run.base_version;
        transaction.run(is_outdated ? sql::ask_check : sql::ask_publish, params);
        return find(transaction, id);
    });
    if (asked) wake();
    if (asked && is_outdated) return fail("survey_outdated");
    return asked;
}

Result<Import> SurveyService::State::discard(const Uuid& id) {
    auto discarded = parts.database.write([&](Transaction& transaction) -> Result<Import> {
        TRY_ASSIGN(import, find(transaction, id));
        if (transaction.run(sql::discard_import, {{"now_ms", parts.clock.now_ms()}, {"import_key", import.key}}).affected == 0) return wrong_state(import);
        return find(transaction, id);
    });
    if (discarded) {
        std::error_code ignored;
        std::filesystem::remove_all(folder_of(id), ignored);
    }
    return discarded;
}

} // namespace chengge::survey
