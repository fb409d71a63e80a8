// Code ↔ geometry ↔ parent: what says in which cell it stands says so anew when that cell has ended or its outline has moved.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "registry/queries.hpp"
#include "registry/registry_state.hpp"

namespace chengge::registry {

namespace {

constexpr std::size_t batch_max = 5'000; // features of one version: a page of the history that can be read

int cell_field_of(const Layer& layer) {
    if (layer.kept_by == "grid") return -1;
    for (std::size_t i = 1; i < layer.fields.size(); ++i)
        if (layer.fields[i].filled_with == "cell_code") return static_cast<int>(i);
    return -1;
}

// Whether each cell that is named must be looked at, asked once a name.
class Doubt {
public:
    Doubt(const grid::GridService& grid, const std::set<std::string>& changed) : grid_(grid), changed_(changed) {}
    bool operator()(std::string_view code) {
        const auto found = known_.find(std::string(code));
        if (found != known_.end()) return found->second;
        const bool is_doubtful = changed_.contains(std::string(code)) || grid_.find_cell(code) == nullptr;
        return known_.emplace(std::string(code), is_doubtful).first->second;
    }

private:
    const grid::GridService& grid_;
    const std::set<std::string>& changed_;
    std::unordered_map<std::string, bool> known_;
};

// The features of one layer that must say another cell than before, a page at a time.
class Following {
public:
    Following(RegistryService& service, const Layer& layer, Author author) : service_(service), layer_(layer), author_(std::move(author)) {}

    // The feature as it stands now; nothing to store when it says so already.
    void look_at(Feature feature, int cell_field) {
        const auto before = feature.values;
        for (std::size_t i = 1; i < layer_.fields.size(); ++i)
            if (is_filled_from_place(layer_.fields[i])) feature.values[i] = {};
        feature = service_.filled(layer_, std::move(feature), false);
        if (feature.values == before) return;
        // What lies in no cell any more, or would be refused for another reason, is left to a person.
        if (std::holds_alternative<std::monostate>(feature.values[static_cast<std::size_t>(cell_field)]) || !service_.check(layer_, feature).empty()) {
            ++kept;
            return;
        }
        change_.puts.push_back(std::move(feature));
        if (change_.puts.size() == batch_max) store();
    }
    void store() {
        if (change_.puts.empty()) return;
        const auto count = change_.puts.size();
        change_.base_version = service_.snapshot(layer_.id)->version();
        const auto made = service_.change(layer_.id, std::exchange(change_, {}), author_);
        if (made) log_info("features follow their cells", {{"layer", layer_.id}, {"version", std::to_string(made->version)}, {"features", std::to_string(count)}});
        if (made || made.error().code == "nothing_to_change") return;
        is_whole = false;
        log_warning("features do not follow their cells yet", {{"layer", layer_.id}, {"reason", made.error().code}});
    }

    std::size_t kept = 0;
    bool is_whole = true;

private:
    RegistryService& service_;
    const Layer& layer_;
    const Author author_;
    Change change_;
};

} // namespace

Author follower(const Author& of_cells) { return {.person = of_cells.person, .reason = "单元网格已变更，所在网格随之更新：" + of_cells.reason, .kind = "edit", .source = "cells"}; }

void ChangedCells::add(const ChangedCells& more) {
    codes.insert(more.codes.begin(), more.codes.end());
    if (more.to == 0) return;
    from = to == 0 ? more.from : std::min(from, more.from);
    to = std::max(to, more.to);
}

ChangedCells changed_cells(const LayerSnapshot& before, const LayerSnapshot& now) {
    ChangedCells changed{.codes = {}, .from = before.version(), .to = now.version()};
    for (std::size_t at = 0; at < before.slots(); ++at) {
        if (!before.is_there(at)) continue;
        const auto here = now.find(before.id(at));
        if (!here) {
            changed.codes.emplace(before.id(at));
            continue;
        }
        const auto was = before.geometry(at), is = now.geometry(*here);
        if (was.has_value() != is.has_value() || (was && geo::to_wkb(*was) != geo::to_wkb(*is))) changed.codes.emplace(before.id(at));
    }
    return changed;
}

void RegistryService::State::find_unfollowed(const RegistryService& service) {
    const auto cells = service.snapshot("cells");
    if (cells == nullptr || cells->version() == 0) return;
    std::map<std::string, std::int64_t> followed;
    parts.database.read([&](storage::Transaction& transaction) {
        followed.clear();
        for (const auto row : transaction.run(sql::list_layers)) followed[row.text("layer")] = row.integer("followed");
    });
    std::map<std::int64_t, ChangedCells> since; // most layers stand at the same version
    for (auto& [id, state] : layers) {
        const auto version = followed[id];
        if (cell_field_of(*state->layer) < 0 || version == 0 || version >= cells->version()) continue;
        if (!since.contains(version)) {
            const auto before = service.snapshot_at("cells", version);
            if (!before) continue; // what has ended is found all the same
            since[version] = changed_cells(**before, *cells);
        }
        const std::lock_guard guard(state->following);
        state->unfollowed.add(since[version]);
    }
}

// What a layer has followed, its features stored; nothing when it is not told of any change, or could not do it yet.
std::optional<RegistryService::State::Followed> RegistryService::State::follow_cells_in(RegistryService& service, LayerState& state, const ChangedCells& changed, const Author& author) {
    const auto& layer = *state.layer;
    const int field = cell_field_of(layer);
    if (field < 0) return std::nullopt;
    ChangedCells doubtful;
    {
        const std::lock_guard guard(state.following);
        state.unfollowed.add(changed);
        // A publication of the layer follows at its end: nobody waits for it here.
        const std::unique_lock free(state.writing, std::try_to_lock);
        if (!free.owns_lock()) return std::nullopt;
        std::swap(doubtful, state.unfollowed);
    }
    const auto now = state.now();
    Doubt is_doubtful(parts.grid, doubtful.codes);
    Following following(service, layer, author);
    for (std::size_t at = 0; at < now->slots(); ++at) {
        if (!now->is_there(at)) continue;
        const auto said = now->text(at, field);
        if (said && !said->empty() && is_doubtful(*said)) following.look_at(now->feature(at), field);
    }
    following.store();
    if (following.kept > 0) log_warning("features keep a cell that is no more", {{"layer", layer.id}, {"features", std::to_string(following.kept)}});
    if (doubtful.to == 0) return std::nullopt;
    if (!following.is_whole) {
        const std::lock_guard guard(state.following);
        state.unfollowed.add(doubtful);
        return std::nullopt;
    }
    return Followed{layer.id, doubtful.from, doubtful.to};
}

void RegistryService::State::store_followed(const std::vector<Followed>& followed) {
    if (followed.empty()) return;
    CRASH_POINT("registry.followed");
    (void)parts.database.write([&](storage::Transaction& transaction) -> Result<void> {
        for (const auto& one : followed) transaction.run(sql::store_followed, {{"layer", one.layer}, {"followed", one.to}, {"since", one.from}});
        return {};
    });
}

void RegistryService::State::follow_places(RegistryService& service, LayerState& state, const ChangedCells& changed, const Author& author) {
    if (const auto followed = follow_cells_in(service, state, changed, author)) store_followed({*followed});
}

void RegistryService::State::follow_places(RegistryService& service, const ChangedCells& changed, const Author& author) {
    if (!changed.codes.empty()) CRASH_POINT("registry.following");
    std::vector<Followed> followed;
    for (auto& [id, state] : layers)
        if (auto one = follow_cells_in(service, *state, changed, author)) followed.push_back(std::move(*one));
    store_followed(followed);
}

} // namespace chengge::registry
