#include "registry/registry_service.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "base/ahead.hpp"
#include "base/assert.hpp"
#include "base/process.hpp"
#include "registry/queries.hpp"
#include "registry/registry_state.hpp"
#include "storage/feed.hpp"
#include "storage/list_builder.hpp"

namespace chengge::registry {

using storage::Blob;
using storage::Transaction;

namespace {

constexpr int page_rows = 5'000, old_kept = 4;
constexpr std::size_t pages_at_once = 2; // a start reads and unpacks
constexpr std::size_t change_features_max = 20'000, ids_a_query = 400;

struct InForce {
    std::int64_t since = 0;
    Feature feature;
};

std::unordered_map<std::string, InForce> load_in_force(Transaction& transaction, const Layer& layer, const std::vector<std::string>& ids) {
    std::unordered_map<std::string, InForce> found;
    for (std::size_t from = 0; from < ids.size(); from += ids_a_query) {
        std::vector<storage::Value> some(ids.begin() + static_cast<std::ptrdiff_t>(from), ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), from + ids_a_query)));
        storage::ListBuilder list("SELECT f.id, f.version_from, f.geometry, f.attributes FROM registry_features f");
        list.where("f.layer = :layer AND f.version_to IS NULL", {"layer", layer.id}).where_in("f.id", some).limit(static_cast<int>(some.size()));
        for (const auto row : list.run(transaction)) found.emplace(row.text("id"), InForce{row.integer("version_from"), read_row(layer, row.text("id"), row)});
    }
    return found;
}

VersionInfo new_version(const Layer& layer, const Author& author, std::int64_t now_ms) {
    VersionInfo info;
    info.layer = layer.id;
    info.kind = author.kind;
    info.reason = author.reason;
    info.source = author.source;
    info.made_by = author.person;
    info.made_ms = now_ms;
    return info;
}

} // namespace

VersionTeller::VersionTeller() : thread_([this](std::stop_token stop) { run(stop); }) {}

void VersionTeller::hear(std::function<void(const std::string&, std::int64_t)> ear) {
    const std::lock_guard lock(mutex_);
    ears_.push_back(std::move(ear));
}

void VersionTeller::tell(const std::string& layer, std::int64_t version) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace_back(layer, version);
    changed_.notify_one();
}

void VersionTeller::run(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
        const auto [layer, version] = waiting_.front();
        waiting_.pop_front();
        const auto ears = ears_;
        lock.unlock();
        for (const auto& ear : ears) ear(layer, version);
        lock.lock();
    }
}

Error bad_feature(const std::string& id, const RegistryService::Fault& fault, const Layer& layer) {
    const auto* field = layer.find_field(fault.field);
    return {"bad_feature", {{"id", id.empty() ? "-" : id}, {"field", field == nullptr ? "" : fault.field}, {"fault", fault.code}, {"reason", fault.words.zh}, {"reason_en", fault.words.en}}};
}

Result<LayerState*> RegistryService::State::need(std::string_view id) const {
    auto* state = find(id);
    if (state == nullptr) return fail("layer_unknown");
    return state;
}

void RegistryService::State::load_all() {
    std::map<std::string, std::int64_t, std::less<>> versions, changed;
    const auto stood = parts.database.read([&](Transaction& transaction) {
        std::vector<std::pair<std::string, VersionInfo>> found;
        for (const auto row : transaction.run(sql::list_layers)) {
            const auto& layer = row.text("layer");
            VersionInfo info;
            info.version = row.integer("version");
            const auto rows = transaction.run(sql::find_version, {{"layer", layer}, {"version", info.version}});
            if (!rows.empty()) info = read_version(layer, rows[0]);
            found.emplace_back(layer, info);
        }
        return found;
    });
    for (const auto& [layer, info] : stood) {
        versions[layer] = info.version;
        changed[layer] = info.made_ms;
    }
    std::map<std::string, SnapshotBuilder, std::less<>> builders;
    for (const auto& [id, state] : layers) builders.emplace(id, SnapshotBuilder(state->layer));
    // What begins after this is of versions not in force here.
    const auto last = parts.database.read([&](Transaction& transaction) { return transaction.run(sql::last_feature)[0].integer("feature_key"); });
    struct Read {
        const std::string* layer;
        Feature feature;
    };
    AheadOneByOne<Read> read(pages_at_once, [&](std::size_t page) -> std::optional<std::vector<Read>> {
        const auto after = static_cast<std::int64_t>(page) * page_rows;
        if (after >= last) return std::nullopt;
        const auto rows = parts.database.read([&](Transaction& transaction) { return transaction.run(sql::page_all, {{"after", after}, {"upto", after + page_rows}}); });
        std::vector<Read> features;
        features.reserve(rows.size());
        for (const auto row : rows) {
            const auto* state = find(row.text("layer"));
            if (state == nullptr) continue;
            const auto version = versions.find(state->layer->id);
            const auto ended = row.maybe_integer("version_to");
            if (version == versions.end() || row.integer("version_from") > version->second || (ended && *ended <= version->second)) continue;
            features.push_back({&state->layer->id, read_row(*state->layer, row.text("id"), row)});
        }
        return features;
    });
    while (const auto one = read.next()) builders.at(*one->layer).add(one->feature);
    for (auto& [id, state] : layers) state->snapshot.store(builders.at(id).finish(versions[id], changed[id]), std::memory_order_release);
}

bool RegistryService::State::refresh(LayerState& state) {
    const std::lock_guard lock(state.refreshing);
    const auto& layer = *state.layer;
    auto snapshot = state.now();
    const auto old = snapshot->version();
    const auto newest = parts.database.read([&](Transaction& transaction) {
        std::int64_t version = 0;
        for (const auto row : transaction.run(sql::list_layers))
            if (row.text("layer") == layer.id) version = row.integer("version");
        const auto rows = transaction.run(sql::find_version, {{"layer", layer.id}, {"version", version}});
        return rows.empty() ? VersionInfo{} : read_version(layer.id, rows[0]);
    });
    if (newest.version <= old) return false;
    std::vector<std::string> removed;
    const auto ended = parts.database.read([&](Transaction& transaction) { return transaction.run(sql::list_ended, {{"layer", layer.id}, {"old", old}, {"version", newest.version}}); });
    for (const auto row : ended) removed.push_back(row.text("id"));
    snapshot = snapshot->with(newest.version, newest.made_ms, {}, removed);
    std::string after;
    constexpr std::size_t rows_max = 50'000;
    const auto next_page = [&] {
        std::vector<Feature> puts;
        const auto rows = parts.database.read([&](Transaction& transaction) {
            return transaction.run(sql::page_begun, {{"layer", layer.id}, {"old", old}, {"version", newest.version}, {"after", after}, {"rows", static_cast<std::int64_t>(rows_max)}});
        });
        for (const auto row : rows) puts.push_back(read_row(layer, row.text("id"), row));
        if (!puts.empty()) after = puts.back().id;
        return puts;
    };
    auto first = next_page();
    if (first.size() < rows_max) {
        if (!first.empty()) snapshot = snapshot->with(newest.version, newest.made_ms, std::move(first), {});
    } else {
        snapshot = snapshot->with_pages(newest.version, newest.made_ms, [&] { return first.empty() ? next_page() : std::exchange(first, {}); });
    }
    state.snapshot.store(snapshot, std::memory_order_release);
    teller.tell(layer.id, newest.version);
    return true;
}

RegistryService::RegistryService(std::unique_ptr<State> state) : state_(std::move(state)) {}
RegistryService::~RegistryService() = default;

Result<std::unique_ptr<RegistryService>> RegistryService::open(RegistryParts parts) {
    auto state = std::make_unique<State>(std::move(parts));
    state->owner = process_name();
    for (std::size_t i = 0; i < state->parts.layers->size(); ++i) {
        auto made = std::make_unique<LayerState>();
        made->layer = std::shared_ptr<const Layer>(state->parts.layers, &(*state->parts.layers)[i]);
        state->layers.emplace(made->layer->id, std::move(made));
    }
    TRY(state->parts.database.write([&](Transaction& transaction) -> Result<void> {
        std::set<std::string> known;
        for (const auto row : transaction.run(sql::list_layers)) known.insert(row.text("layer"));
        for (const auto& [id, one] : state->layers)
            if (!known.contains(id)) transaction.run(sql::add_layer, {{"layer", id}});
        return {};
    }));
    for (auto& [id, one] : state->layers) state->clear_leftovers(*one);
    state->load_all();
    auto service = std::unique_ptr<RegistryService>(new RegistryService(std::move(state)));
    service->state_->find_unfollowed(*service);
    TRY(service->take_over());
    // Cells changed, and the program ended before all had followed.
    service->state_->follow_places(*service, {}, follower({.person = std::nullopt, .reason = "启动时检查"}));
    return service;
}

const std::vector<Layer>& RegistryService::layers() const { return *state_->parts.layers; }

std::shared_ptr<const Layer> RegistryService::find_layer(std::string_view id) const {
    const auto* state = state_->find(id);
    return state == nullptr ? nullptr : state->layer;
}

std::shared_ptr<const LayerSnapshot> RegistryService::snapshot(std::string_view layer) const {
    const auto* state = state_->find(layer);
    return state == nullptr ? nullptr : state->now();
}

Result<std::shared_ptr<const LayerSnapshot>> RegistryService::snapshot_at(std::string_view id, std::int64_t version, const Progress& progress) const {
    TRY_ASSIGN(state, state_->need(id));
    const auto& layer = *state->layer;
    if (const auto now = state->now(); now->version() == version) return now;
    {
        const std::lock_guard lock(state_->old_mutex);
        for (const auto& one : state_->old)
            if (one->version() == version && one->layer().id == layer.id) return one;
    }
    auto& database = state_->parts.database;
    const auto info = database.read([&](Transaction& transaction) -> std::optional<VersionInfo> {
        const auto rows = transaction.run(sql::find_version, {{"layer", layer.id}, {"version", version}});
        if (rows.empty()) return std::nullopt;
        return read_version(layer.id, rows[0]);
    });
    if (!info) return fail("version_not_found");
    SnapshotBuilder builder(state->layer);
    std::string after;
    std::int64_t done = 0;
    for (bool is_last = false; !is_last;) {
        const auto rows = database.read([&](Transaction& transaction) {
            return transaction.run(sql::page_layer, {{"layer", layer.id}, {"version", version}, {"after", after}, {"rows", page_rows}});
        });
        for (const auto row : rows) builder.add(read_row(layer, after = row.text("id"), row));
        done += static_cast<std::int64_t>(rows.size());
        if (progress.tell) progress.tell(done, info->size);
        if (progress.is_stopped && progress.is_stopped()) return fail("publication_stopped");
        is_last = rows.size() < static_cast<std::size_t>(page_rows);
    }
    const auto made = builder.finish(version, info->made_ms);
    const std::lock_guard lock(state_->old_mutex);
    state_->old.push_front(made);
    if (state_->old.size() > old_kept) state_->old.pop_back();
    return made;
}

namespace {

struct Prepared {
    std::vector<Feature> puts;
    std::vector<std::string> removed;
};

Result<Prepared> prepare(RegistryService& service, const LayerState& state, Change change) {
    const auto& layer = *state.layer;
    const auto now = state.now();
    Prepared prepared;
    std::set<std::string> ids;
    for (auto& put : change.puts) {
        auto feature = service.filled(layer, std::move(put), false);
        const auto at = feature.id.empty() ? std::nullopt : now->find(feature.id);
        if (at) {
            const auto old = now->feature(*at);
            if (is_same(old, feature)) continue;
            feature = service.filled(layer, std::move(feature), true);
        }
        if (const auto faults = service.check(layer, feature); !faults.empty()) return tl::unexpected(bad_feature(feature.id, faults.front(), layer));
        if (!ids.insert(feature.id).second) return tl::unexpected(bad_feature(feature.id, {"", "duplicate", {"同一编码出现两次", "the same id stands twice"}}, layer));
        prepared.puts.push_back(std::move(feature));
    }
    for (auto& id : change.removed) {
        if (!ids.insert(id).second) return tl::unexpected(bad_feature(id, {"", "duplicate", {"同一编码出现两次", "the same id stands twice"}}, layer));
        if (!now->find(id)) return fail("feature_unknown", {{"id", id}});
        prepared.removed.push_back(std::move(id));
    }
    return prepared;
}

Result<VersionInfo> write_change(Transaction& transaction, const LayerState& state, const Prepared& change, std::int64_t base_version, VersionInfo info, std::size_t size) {
    const auto& layer = *state.layer;
    const auto numbered = transaction.run(sql::next_version, {{"layer", layer.id}});
    if (numbered.empty()) return fail("layer_is_busy");
    info.version = numbered[0].integer("version");
    std::vector<std::string> ids = change.removed;
    for (const auto& put : change.puts) ids.push_back(put.id);
    const auto in_force = load_in_force(transaction, layer, ids);
    const auto keys = attribute_keys(layer);
    std::vector<storage::Params> ended, begun;
    for (const auto& id : ids) {
        const auto found = in_force.find(id);
        if (found == in_force.end()) continue;
        if (base_version > 0 && found->second.since > base_version) return fail("feature_changed", {{"id", id}});
        ended.push_back({{"layer", layer.id}, {"id", id}, {"version", info.version}});
    }
    for (const auto& id : change.removed)
        if (!in_force.contains(id)) return fail("feature_changed", {{"id", id}});
    for (const auto& put : change.puts) {
        ++(in_force.contains(put.id) ? info.changed : info.added);
        begun.push_back(feature_params(layer, put, info.version, keys));
    }
    info.removed = static_cast<std::int64_t>(change.removed.size());
    info.size = static_cast<std::int64_t>(size) + info.added - info.removed;
    transaction.run_batch(sql::end_feature, ended);
    transaction.run_batch(sql::insert_feature, begun);
    const auto key = transaction.run(sql::insert_version, version_params(info))[0].integer("version_key");
    storage::append_feed(transaction, {.kind = "registry", .subject_key = key, .version = info.version, .recorded_ms = info.made_ms});
    return info;
}

} // namespace

Result<VersionInfo> RegistryService::change(std::string_view id, Change change, const Author& author) {
    std::vector<std::pair<std::string, Change>> one;
    one.emplace_back(id, std::move(change));
    TRY_ASSIGN(made, change_together(std::move(one), author));
    return std::move(made.front());
}

Result<std::vector<VersionInfo>> RegistryService::change_together(std::vector<std::pair<std::string, Change>> changes, const Author& author) {
    std::map<std::string_view, LayerState*> states;
    std::size_t count = 0;
    for (const auto& [id, change] : changes) {
        TRY_ASSIGN(state, state_->need(id));
        states.emplace(id, state);
        count += change.puts.size() + change.removed.size();
    }
    if (author.reason.empty()) return fail("needs_reasons");
    if (count == 0) return fail("nothing_to_change");
    if (count > change_features_max) return fail("too_many_features", {{"most", std::to_string(change_features_max)}});
    std::vector<std::unique_lock<std::mutex>> locks; // in the order of the layers' names
    for (const auto& [id, state] : states) locks.emplace_back(state->writing);
    struct Part {
        LayerState* state;
        std::int64_t base_version;
        Prepared prepared;
        std::shared_ptr<const LayerSnapshot> before;
        grid::CityChanges grid_changes;
    };
    std::vector<Part> parts;
    for (auto& [id, change] : changes) {
        auto* state = states.at(id);
        state_->refresh(*state);
        const auto base_version = change.base_version;
        TRY_ASSIGN(prepared, prepare(*this, *state, std::move(change)));
        if (!prepared.puts.empty() || !prepared.removed.empty()) parts.push_back({state, base_version, std::move(prepared), state->now(), {}});
    }
    if (parts.empty()) return fail("nothing_to_change");
    std::vector<grid::Region> regions;
    for (auto& part : parts) {
        if (part.state->layer->kept_by != "grid") continue;
        TRY_ASSIGN(planned, state_->plan_grid(*part.state, part.prepared.puts, part.prepared.removed, false, regions));
        regions.insert(regions.end(), planned.regions.begin(), planned.regions.end());
        part.grid_changes = std::move(planned);
    }
    const auto now_ms = state_->parts.clock.now_ms();
    const auto write = [&] {
        return state_->parts.database.write([&](Transaction& transaction) -> Result<std::vector<VersionInfo>> {
            std::vector<VersionInfo> made;
            for (const auto& part : parts) {
                TRY_ASSIGN(version, write_change(transaction, *part.state, part.prepared, part.base_version, new_version(*part.state->layer, author, now_ms), part.before->size()));
                state_->parts.grid.store(transaction, part.grid_changes);
                made.push_back(std::move(version));
            }
            return made;
        });
    };
    auto made = write();
    // What a dead process left half written is in nobody's way.
    if (!made && made.error().code == "layer_is_busy" && std::ranges::all_of(parts, [&](const Part& part) { return state_->clear_leftovers(*part.state); })) made = write();
    if (!made) return made;
    if (std::ranges::any_of(parts, [](const Part& part) { return !part.grid_changes.empty(); })) state_->parts.grid.reload();
    for (const auto& part : parts) state_->refresh(*part.state);
    for (const auto& part : parts)
        if (part.state->layer->id == "cells") state_->follow_places(*this, changed_cells(*part.before, *part.state->now()), follower(author));
    return made;
}

std::vector<VersionInfo> RegistryService::versions(std::string_view layer) const {
    return state_->parts.database.read([&](Transaction& transaction) {
        std::vector<VersionInfo> found;
        for (const auto row : transaction.run(sql::list_versions, {{"layer", layer}, {"before", std::numeric_limits<std::int64_t>::max()}, {"rows", 10'000}}))
            found.push_back(read_version(std::string(layer), row));
        return found;
    });
}

std::vector<RegistryService::Past> RegistryService::history(std::string_view id, std::string_view feature, int most) const {
    const auto* state = state_->find(id);
    if (state == nullptr) return {};
    const auto& layer = *state->layer;
    const auto version = state->now()->version();
    return state_->parts.database.read([&](Transaction& transaction) {
        std::vector<Past> past;
        for (const auto row : transaction.run(sql::history, {{"layer", layer.id}, {"id", feature}, {"version", version}, {"rows", most}})) {
            Past one;
            const auto rows = transaction.run(sql::find_version, {{"layer", layer.id}, {"version", row.integer("version_from")}});
            if (!rows.empty()) one.version = read_version(layer.id, rows[0]);
            const auto ended = row.maybe_integer("version_to").value_or(0);
            one.until = ended > version ? 0 : ended;
            one.feature = read_row(layer, std::string(feature), row);
            past.push_back(std::move(one));
        }
        return past;
    });
}

Result<RegistryService::DifferencePage> RegistryService::difference(std::string_view id, std::int64_t from, std::int64_t to, const std::string& after, int limit) const {
    TRY_ASSIGN(state, state_->need(id));
    const auto& layer = *state->layer;
    const auto newest = state->now()->version();
    if (from < 0 || to < from || to > newest) return fail("version_not_found");
    return state_->parts.database.read([&](Transaction& transaction) -> Result<DifferencePage> {
        DifferencePage page;
        const auto rows = transaction.run(sql::page_touched, {{"layer", layer.id}, {"after", after}, {"old", from}, {"version", to}, {"rows", limit}});
        for (const auto row : rows) {
            Difference one;
            one.id = page.next = row.text("id");
            for (const auto state_row : transaction.run(sql::history, {{"layer", layer.id}, {"id", one.id}, {"version", to}, {"rows", 100'000}})) {
                const auto begun = state_row.integer("version_from");
                const auto ended = state_row.maybe_integer("version_to");
                if (begun <= to && (!ended || *ended > to)) one.after = read_row(layer, one.id, state_row);
                if (begun <= from && (!ended || *ended > from)) one.before = read_row(layer, one.id, state_row);
            }
            const bool is_equal = one.before && one.after ? is_same(*one.before, *one.after) : !one.before && !one.after;
            if (!is_equal) page.items.push_back(std::move(one));
        }
        if (rows.size() < static_cast<std::size_t>(limit)) page.next.clear();
        return page;
    });
}

std::vector<std::string> RegistryService::next_codes(const Layer& layer, std::string_view county, std::string_view class_code, int count) {
    const bool is_component = layer.code_rule == "component", is_cell = layer.code_rule == "cell";
    const std::size_t digits = is_cell ? 3 : 6;
    const auto prefix = (is_component || is_cell ? "" : layer.code_rule) + std::string(county) + (is_component ? std::string(class_code) : "");
    const auto most = prefix + std::string(digits, '9'), least = prefix + std::string(digits, '0');
    ASSERT(count >= 1);
    const auto last = state_->parts.database.write([&](Transaction& transaction) -> Result<std::int64_t> {
        transaction.run(sql::add_sequence, {{"layer", layer.id}, {"prefix", prefix}});
        const auto seen = transaction.run(sql::last_code, {{"layer", layer.id}, {"least", least}, {"most", most}})[0].text_or_empty("last");
        const auto number = seen.size() == most.size() ? std::stoll(seen.substr(prefix.size())) : 0;
        return transaction.run(sql::take_codes, {{"layer", layer.id}, {"prefix", prefix}, {"seen", static_cast<std::int64_t>(number)}, {"count", count}})[0].integer("last");
    });
    std::vector<std::string> codes;
    const auto sequence_end = is_cell ? 999 : sequence_max;
    for (auto number = *last - count + 1; number <= *last && number <= sequence_end; ++number) {
        auto text = std::to_string(number);
        codes.push_back(prefix + std::string(digits - text.size(), '0') + text);
    }
    return codes;
}

void RegistryService::on_version(std::function<void(const std::string& layer, std::int64_t version)> hear) { state_->teller.hear(std::move(hear)); }

void RegistryService::reload() {
    for (auto& [id, state] : state_->layers) state_->refresh(*state);
}

} // namespace chengge::registry
