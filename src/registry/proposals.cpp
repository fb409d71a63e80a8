#include "registry/proposals.hpp"

#include "base/digest.hpp"
#include "base/time.hpp"
#include "registry/photos.hpp"
#include "registry/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::registry {

using identity::Viewer;
using storage::Blob;
using storage::Transaction;

namespace {

constexpr std::string_view proposal_columns = "SELECT p.proposal_key, p.proposal_id, p.body_hash, p.layer, p.kind, p.feature_id, p.content, p.words, p.media, p.district_code, p.made_by, p.organisation, p.made_ms, p.state, "
                                     "p.decided_by, p.decided_ms, p.decided_words, p.version FROM registry_proposals p";

std::string media_text(const std::vector<Uuid>& media) {
    json::array ids;
    for (const auto& id : media) ids.emplace_back(format_uuid(id));
    return to_json_text(ids);
}

std::vector<Uuid> media_of(const storage::Rows::Row& row) {
    std::vector<Uuid> ids;
    const auto listed = json::parse(row.text("media"));
    for (const auto& one : listed.as_array())
        if (const auto id = parse_uuid(std::string(one.as_string()))) ids.push_back(*id);
    return ids;
}

std::string hash_of(const NewProposal& proposal, const std::string& content, const Uuid& owner) {
    std::string text = format_uuid(owner);
    for (const auto& part : {proposal.layer, proposal.kind, proposal.feature_id, content, proposal.words, media_text(proposal.media)}) text += "\n" + std::to_string(part.size()) + ":" + part;
    return sm3(text);
}

// Who reviews sees all; others their own.
void limit_to_scope(storage::ListBuilder& list, const Viewer& viewer) {
    if (!viewer.may("registry.review") && !viewer.scope.sees_all && !viewer.may("registry.edit")) {
        std::string condition = "p.made_by = " + list.bind(Blob{viewer.person_id.raw()});
        if (!viewer.scope.region_code.empty()) condition += " OR p.district_code = " + list.bind(viewer.scope.region_code);
        list.where(condition);
    }
}

} // namespace

Result<json::object> Proposals::add(const NewProposal& proposal, const Viewer& viewer, const std::string& language) {
    TRY_ASSIGN(layer_state, state_.need(proposal.layer));
    const auto& layer = *layer_state->layer;
    auto feature = proposal.feature;
    const auto now = layer_state->now();
    std::optional<geo::Point> place = feature.geometry ? place_of(*feature.geometry) : std::nullopt;
    if (proposal.kind == "new") {
        // Judged as the reviewer will find it; the code is given when it is merged.
        auto tried = feature;
        tried.id.clear();
        const auto faults = service_.check(layer, to_canonical(layer, tried));
        for (const auto& fault : faults)
            if (fault.code != "missing") return tl::unexpected(bad_feature("", fault, layer));
    } else {
        const auto at = now->find(proposal.feature_id);
        if (!at) return fail("feature_unknown", {{"id", proposal.feature_id.substr(0, 40)}});
        if (!place)
            if (const auto geometry = now->geometry(*at)) place = place_of(*geometry);
    }
    if (proposal.kind == "moved" && !feature.geometry) return tl::unexpected(bad_feature(proposal.feature_id, {"", "missing", {"请给出新的位置", "the new place is missing"}}, layer));
    TRY(check_own_photos(state_.parts.media, proposal.media, viewer));
    const auto where = place ? state_.parts.grid.locate(place->lon, place->lat) : Result<grid::Place>(fail("place_invalid"));
    const auto content = to_json_text(registry::to_json(layer, to_canonical(layer, feature), true));
    const auto hash = hash_of(proposal, content, viewer.person_id);
    TRY(state_.parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(sql::insert_proposal, {{"proposal_id", Blob{proposal.id.raw()}}, {"body_hash", Blob{hash}}, {"layer", layer.id}, {"kind", proposal.kind},
                                                                 {"feature_id", proposal.feature_id}, {"content", content}, {"words", proposal.words}, {"media", media_text(proposal.media)},
                                                                 {"district_code", where ? where->managing_district_code : ""}, {"made_by", Blob{viewer.person_id.raw()}},
                                                                 {"organisation", viewer.organisation_code}, {"made_ms", state_.parts.clock.now_ms()}});
        if (rows.empty()) {
            const auto found = transaction.run(sql::find_proposal, {{"proposal_id", Blob{proposal.id.raw()}}});
            if (found.empty() || found[0].bytes("body_hash") != hash) return fail("proposal_id_taken");
            return {};
        }
        for (const auto& id : proposal.media) transaction.run(sql::insert_proposal_photo, {{"media_id", Blob{id.raw()}}, {"proposal_key", rows[0].integer("proposal_key")}});
        return {};
    }));
    return find(proposal.id, viewer, language);
}

Result<Change> Proposals::merged(const storage::Rows::Row& row, const std::optional<json::value>& edited) const {
    TRY_ASSIGN(layer_state, state_.need(row.text("layer")));
    const auto& layer = *layer_state->layer;
    const auto now = layer_state->now();
    const auto& kind = row.text("kind");
    const auto& id = row.text("feature_id");
    TRY_ASSIGN(content, parse_json(row.text("content")));
    Feature feature;
    if (kind != "new") {
        const auto at = now->find(id);
        if (!at) return fail("feature_unknown", {{"id", id}});
        feature = now->feature(*at);
    }
    Change change;
    change.base_version = now->version();
    if (kind == "missing") {
        const int state = layer.field_index("state");
        if (state < 0) {
            change.removed.push_back(id);
            return change;
        }
        feature.values[static_cast<std::size_t>(state)] = std::string("missing");
    } else {
        TRY_ASSIGN(said, read_feature(layer, content, nullptr));
        if (kind == "new" || kind == "moved") feature.geometry = said.geometry;
        if (kind == "new") feature.values = said.values;
        if (kind == "wrong")
            for (std::size_t i = 1; i < layer.fields.size(); ++i)
                if (!std::holds_alternative<std::monostate>(said.values[i])) feature.values[i] = said.values[i];
        if (kind == "moved") // where it lies follows from the place
            for (std::size_t i = 1; i < layer.fields.size(); ++i)
                if (is_filled_from_place(layer.fields[i])) feature.values[i] = {};
    }
    if (edited) {
        TRY_ASSIGN(better, read_feature(layer, *edited, &feature));
        feature = std::move(better);
    }
    change.puts.push_back(std::move(feature));
    return change;
}

// What was new has got its id by the version that took it in.
std::string Proposals::feature_of(const storage::Rows::Row& row, std::int64_t version) const {
    const auto& id = row.text("feature_id");
    if (!id.empty() || version <= 0) return id;
    const auto page = service_.difference(row.text("layer"), version - 1, version, "", 1);
    return page && !page->items.empty() ? page->items.front().id : "";
}

Result<json::object> Proposals::decide(const Uuid& id, bool agrees, const std::string& words, const std::optional<json::value>& edited, const Viewer& viewer, const std::string& language) {
    if (!agrees && words.empty()) return fail("needs_reasons");
    const auto rows = state_.parts.database.read([&](Transaction& transaction) { return transaction.run(sql::find_proposal, {{"proposal_id", Blob{id.raw()}}}); });
    if (rows.empty()) return fail("proposal_unknown");
    if (rows[0].text("state") != "open") return fail("proposal_decided");
    // What is merged has the photographs that it came with.
    const auto set = [&](std::string_view sql_state, std::optional<std::int64_t> version, const std::string& feature_id) {
        return state_.parts.database.write([&](Transaction& transaction) -> Result<void> {
            if (transaction.run(sql::decide_proposal, {{"proposal_id", Blob{id.raw()}}, {"state", sql_state}, {"decided_by", Blob{viewer.person_id.raw()}}, {"decided_ms", state_.parts.clock.now_ms()},
                                                       {"decided_words", words}, {"version", version}, {"feature_id", feature_id}})
                    .affected == 0)
                return fail("proposal_decided");
            if (sql_state == "merged" && !feature_id.empty())
                Photos::bind(transaction, state_.parts, rows[0].text("layer"), feature_id, media_of(rows[0]),
                             {.words = rows[0].text("words"), .proposal = id, .made_by = uuid_from_raw(rows[0].bytes("made_by")), .organisation = rows[0].text("organisation"), .made_ms = rows[0].integer("made_ms")});
            return {};
        });
    };
    if (!agrees) {
        TRY(set("refused", std::nullopt, ""));
        return find(id, viewer, language);
    }
    const Author author{.person = viewer.person_id, .reason = words.empty() ? rows[0].text("words") : words, .kind = "proposal", .source = format_uuid(id)};
    const std::lock_guard lock(state_.deciding);
    const auto again = state_.parts.database.read([&](Transaction& transaction) { return transaction.run(sql::find_proposal, {{"proposal_id", Blob{id.raw()}}}); });
    if (again[0].text("state") != "open") return fail("proposal_decided");
    // Merged before the program ended, and nobody was told.
    const auto before = state_.parts.database.read(
        [&](Transaction& transaction) { return transaction.run(sql::find_version_of_source, {{"layer", rows[0].text("layer")}, {"source", author.source}}); });
    if (!before.empty()) {
        TRY(set("merged", before[0].integer("version"), feature_of(rows[0], before[0].integer("version"))));
        return find(id, viewer, language);
    }
    TRY_ASSIGN(change, merged(rows[0], edited));
    auto made = service_.change(rows[0].text("layer"), std::move(change), author);
    if (!made && made.error().code != "nothing_to_change") return tl::unexpected(made.error());
    TRY(set("merged", made ? std::optional(made->version) : std::nullopt, feature_of(rows[0], made ? made->version : 0)));
    return find(id, viewer, language);
}

json::object Proposals::to_json(const storage::Rows::Row& row, const Viewer& viewer, const std::string& language) const {
    const auto& directory = *viewer.directory;
    const auto name_of = [&](const char* column) -> json::value {
        const auto* person = row.is_null(column) ? nullptr : directory.find_person(uuid_from_raw(row.bytes(column)));
        return person != nullptr ? json::value(person->name) : json::value(nullptr);
    };
    const auto* layer = state_.find(row.text("layer"));
    const auto* unit = directory.find_organisation(row.text("organisation"));
    const auto at = layer == nullptr ? std::nullopt : layer->now()->find(row.text("feature_id"));
    json::object object{{"proposal_id", format_uuid(uuid_from_raw(row.bytes("proposal_id")))},
                        {"layer", row.text("layer")},
                        {"layer_label", layer == nullptr ? row.text("layer") : language == "en" ? layer->layer->label.en : layer->layer->label.zh},
                        {"kind", row.text("kind")},
                        {"feature_id", row.text("feature_id").empty() ? json::value(nullptr) : json::value(row.text("feature_id"))},
                        {"feature", json::parse(row.text("content"))},
                        {"words", row.text("words")},
                        {"media", json::parse(row.text("media"))},
                        {"district_code", row.text("district_code")},
                        {"made_by", name_of("made_by")},
                        {"organisation", unit != nullptr ? unit->name : row.text("organisation")},
                        {"made_at", format_rfc3339(row.integer("made_ms"))},
                        {"state", row.text("state")},
                        {"decided_by", name_of("decided_by")},
                        {"decided_at", row.is_null("decided_ms") ? json::value(nullptr) : json::value(format_rfc3339(row.integer("decided_ms")))},
                        {"decided_words", row.text("decided_words")},
                        {"version", row.is_null("version") ? json::value(nullptr) : json::value(row.integer("version"))}};
    object["now"] = at ? json::value(registry::to_json(*layer->layer, layer->now()->feature(*at), viewer.may(layer->layer->edit_permission))) : json::value(nullptr);
    return object;
}

Result<json::object> Proposals::find(const Uuid& id, const Viewer& viewer, const std::string& language) const {
    return state_.parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        storage::ListBuilder list(proposal_columns);
        limit_to_scope(list, viewer);
        list.where("p.proposal_id = :proposal_id", {"proposal_id", Blob{id.raw()}}).limit(1);
        const auto rows = list.run(transaction);
        if (rows.empty()) return fail("proposal_unknown");
        return to_json(rows[0], viewer, language);
    });
}

Result<json::object> Proposals::list(const ProposalFilter& filter, const Viewer& viewer, const std::string& language) const {
    std::int64_t before = 0;
    if (!filter.cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_cursor(filter.cursor, 1));
        if (!std::holds_alternative<std::int64_t>(place[0])) return fail("bad_cursor");
        before = std::get<std::int64_t>(place[0]);
    }
    return state_.parts.database.read([&](Transaction& transaction) {
        storage::ListBuilder list(proposal_columns);
        limit_to_scope(list, viewer);
        if (!filter.layer.empty()) list.where("p.layer = :layer", {"layer", filter.layer});
        if (!filter.kind.empty()) list.where("p.kind = :kind", {"kind", filter.kind});
        if (!filter.state.empty()) list.where("p.state = :state", {"state", filter.state});
        if (!filter.feature_id.empty()) list.where("p.feature_id = :feature_id", {"feature_id", filter.feature_id});
        if (!filter.district.empty()) list.where("p.district_code = :district", {"district", filter.district});
        if (filter.is_mine) list.where("p.made_by = :me", {"me", Blob{viewer.person_id.raw()}});
        if (before > 0) list.where("p.proposal_key < :before", {"before", before});
        list.order_by("p.proposal_key DESC").limit(filter.limit + 1);
        const auto rows = list.run(transaction);
        json::array items;
        json::value next = nullptr;
        for (const auto row : rows) {
            if (items.size() == static_cast<std::size_t>(filter.limit)) {
                next = storage::encode_cursor({rows[items.size() - 1].integer("proposal_key")});
                break;
            }
            items.push_back(to_json(row, viewer, language));
        }
        return Result<json::object>(json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}});
    });
}

Result<void> RegistryService::propose(const NewProposal& proposal, const Viewer& viewer) {
    TRY(Proposals(*this, *state_).add(proposal, viewer, "zh"));
    return {};
}

Result<void> RegistryService::decide_proposal(const Uuid& id, bool agrees, const std::string& words, const std::optional<json::value>& edited, const Viewer& viewer) {
    TRY(Proposals(*this, *state_).decide(id, agrees, words, edited, viewer, "zh"));
    return {};
}

} // namespace chengge::registry
