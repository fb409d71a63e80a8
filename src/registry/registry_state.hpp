// What a RegistryService holds. Private to this module.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "registry/feature_store.hpp"

namespace chengge::registry {

inline constexpr std::size_t words_max = 500; // of a reason or a remark

// Codes of cells that have ended or whose outline is another, from one version of the cells to a later one. Both 0: none.
struct ChangedCells {
    std::set<std::string> codes;
    std::int64_t from = 0, to = 0;
    void add(const ChangedCells& more);
};

struct LayerState {
    std::shared_ptr<const Layer> layer;
    std::shared_ptr<const LayerSnapshot> now() const { return snapshot.load(std::memory_order_acquire); }
    std::atomic<std::shared_ptr<const LayerSnapshot>> snapshot;
    std::mutex writing;   // one act on the layer at a time in this process
    std::mutex refreshing; // reading what the database has beyond the snapshot
    std::mutex following;
    ChangedCells unfollowed; // while the layer was being written, or before this process began
};

// Tells listeners of versions from a thread of its own.
class VersionTeller {
public:
    VersionTeller();
    void hear(std::function<void(const std::string&, std::int64_t)> ear);
    void tell(const std::string& layer, std::int64_t version);

private:
    void run(std::stop_token stop);
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<std::function<void(const std::string&, std::int64_t)>> ears_;
    std::deque<std::pair<std::string, std::int64_t>> waiting_;
    std::jthread thread_; // last: ends before the rest
};

struct RegistryService::State {
    explicit State(RegistryParts given) : parts(std::move(given)) {}
    LayerState* find(std::string_view id) const {
        const auto found = layers.find(id);
        return found == layers.end() ? nullptr : found->second.get();
    }
    Result<LayerState*> need(std::string_view id) const;

    // Reads every layer in one walk over the rows.
    void load_all();
    // Brings the snapshot to what is in force; true when it has moved.
    bool refresh(LayerState& state);

    // Takes away what a publication that has ended without its last row has left; false when it still runs.
    bool clear_leftovers(LayerState& state);
    // `writing` of the row is ours: takes its rows away and frees the layer.
    void remove_written(const Layer& layer, std::int64_t writing, const std::string& owner);
    struct Publication {
        FeatureSource next;
        bool is_complete = false;
        Author author;
        const grid::CityChanges* grid_changes = nullptr; // stored with the last row
        FeatureForm form = FeatureForm::any;
        std::optional<std::int64_t> base_version; // as PublishOptions
        bool is_looked_at = true; // in this process, afterwards
    };
    Result<VersionInfo> publish(LayerState& state, const Publication& publication, const Progress& progress);

    // Cells and regions as the grid keeps them. `regions`: those that come into force together with the cells.
    Result<grid::CityChanges> plan_grid(const LayerState& state, std::vector<Feature>& puts, const std::vector<std::string>& removed, bool is_complete, const std::vector<grid::Region>& regions = {}) const;
    Result<void> take_over(LayerState& state);
    // Features that say they stand in one of these cells, or in one that is no more, say where they stand now: a version of their layer, of the
    // platform or of whoever changed the cells. What cannot be stored yet is told in the log and done at the next occasion.
    void follow_places(RegistryService& service, const ChangedCells& changed, const Author& author);
    void follow_places(RegistryService& service, LayerState& state, const ChangedCells& changed, const Author& author);
    struct Followed {
        std::string layer;
        std::int64_t from = 0, to = 0; // versions of the cells
    };
    std::optional<Followed> follow_cells_in(RegistryService& service, LayerState& state, const ChangedCells& changed, const Author& author);
    void store_followed(const std::vector<Followed>& followed);
    // What the cells' versions beyond `registry_layers.followed` have changed is to be followed: an earlier process did not come to it.
    void find_unfollowed(const RegistryService& service);
    // Duty areas whose cells have ended take in what began in their place.
    Result<void> follow_cells(RegistryService& service, const std::vector<std::string>& ended, const Author& author);

    RegistryParts parts;
    std::map<std::string, std::unique_ptr<LayerState>, std::less<>> layers;
    std::string owner; // this process, as `registry_layers.owner` names it
    VersionTeller teller;
    std::mutex deciding; // about proposals
    std::mutex assigning; // people to duty areas
    std::vector<DutyShift> shifts;
    std::function<std::map<std::string, std::int64_t>(std::int64_t)> count_cases; // by cell since an instant
    mutable std::mutex old_mutex;
    mutable std::list<std::shared_ptr<const LayerSnapshot>> old; // versions asked for, newest first
};

ChangedCells changed_cells(const LayerSnapshot& before, const LayerSnapshot& now);
// Who makes features follow their cells.
Author follower(const Author& of_cells);

// Whether a publication's writer still lives; false too of another machine's that has not been heard of for ten minutes.
bool is_alive(const std::string& process, std::int64_t touched_ms, std::int64_t now_ms);

// A route with its permission; how a version is told to a viewer.
using Act = std::function<Result<http::Response>(const http::Request&, const identity::Viewer&)>;
using Route = std::function<void(http::Method, std::string, const char*, Act)>;
using VersionView = std::function<json::object(const VersionInfo&, const identity::Viewer&)>;
void add_shape_routes(const Route& route, RegistryService& service, const VersionView& view);
void add_duty_routes(const Route& route, RegistryService::State& state);
void add_photo_routes(const Route& route, RegistryService& service, RegistryService::State& state);

Error bad_feature(const std::string& id, const RegistryService::Fault& fault, const Layer& layer);

} // namespace chengge::registry
