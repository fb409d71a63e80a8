// Code ↔ geometry ↔ parent: what says in which cell it stands says so anew when that cell has ended or its outline has moved.
#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/log.hpp"
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

} // namespace

Author follower(const Author& of_cells) { return {.person = of_cells.person, .reason = "单元网格已变更，所在网格随之更新：" + of_cells.reason, .kind = "edit", .source = "cells"}; }

std::set<std::string> changed_cells(const LayerSnapshot& before, const LayerSnapshot& now) {
    std::set<std::string> changed;
    for (std::size_t at = 0; at < before.slots(); ++at) {
        if (!before.is_there(at)) continue;
        const auto here = now.find(before.id(at));
        if (!here) {
            changed.emplace(before.id(at));
            continue;
        }
        const auto was = before.geometry(at), is = now.geometry(*here);
        if (was.has_value() != is.has_value() || (was && geo::to_wkb(*was) != geo::to_wkb(*is))) changed.emplace(before.id(at));
    }
    return changed;
}

void RegistryService::State::follow_places(RegistryService& service, LayerState& state, const std::set<std::string>& changed, const Author& author) {
    const auto& layer = *state.layer;
    const int field = cell_field_of(layer);
    if (field < 0) return;
    std::set<std::string> doubtful;
    {
        const std::lock_guard guard(state.following);
        state.unfollowed.insert(changed.begin(), changed.end());
        // A publication of the layer follows at its end: nobody waits for it here.
        const std::unique_lock free(state.writing, std::try_to_lock);
        if (!free.owns_lock()) return;
        doubtful.swap(state.unfollowed);
    }
    const auto now = state.now();
    Doubt is_doubtful(parts.grid, doubtful);
    Change change;
    change.base_version = now->version();
    std::size_t kept = 0;
    const auto store = [&] {
        if (change.puts.empty()) return;
        const auto count = change.puts.size();
        change.base_version = state.now()->version();
        const auto made = service.change(layer.id, std::exchange(change, {}), author);
        if (made) log_info("features follow their cells", {{"layer", layer.id}, {"version", std::to_string(made->version)}, {"features", std::to_string(count)}});
        else if (made.error().code != "nothing_to_change") log_warning("features do not follow their cells yet", {{"layer", layer.id}, {"reason", made.error().code}});
    };
    for (std::size_t at = 0; at < now->slots(); ++at) {
        if (!now->is_there(at)) continue;
        const auto said = now->text(at, field);
        if (!said || said->empty() || !is_doubtful(*said)) continue;
        auto feature = now->feature(at);
        const auto before = feature.values;
        for (std::size_t i = 1; i < layer.fields.size(); ++i)
            if (is_filled_from_place(layer.fields[i])) feature.values[i] = {};
        feature = service.filled(layer, std::move(feature), false);
        if (feature.values == before) continue;
        // What lies in no cell any more, or would be refused for another reason, is left to a person.
        if (std::holds_alternative<std::monostate>(feature.values[static_cast<std::size_t>(field)]) || !service.check(layer, feature).empty()) {
            ++kept;
            continue;
        }
        change.puts.push_back(std::move(feature));
        if (change.puts.size() == batch_max) store();
    }
    store();
    if (kept > 0) log_warning("features keep a cell that is no more", {{"layer", layer.id}, {"features", std::to_string(kept)}});
}

void RegistryService::State::follow_places(RegistryService& service, const std::set<std::string>& changed, const Author& author) {
    for (auto& [id, state] : layers) follow_places(service, *state, changed, author);
}

} // namespace chengge::registry
