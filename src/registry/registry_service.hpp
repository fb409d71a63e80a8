// The registry of what the city has and is divided into: layers as data, features with dated versions, who changed what
// and why. One act of editing or one publication is one version of its layer; an older one stays readable and can be
// brought back. The one public face of the module.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "geo/partition.hpp"
#include "grid/grid_service.hpp"
#include "http/http.hpp"
#include "identity/identity_service.hpp"
#include "media/media_service.hpp"
#include "registry/codes.hpp"
#include "registry/layer.hpp"
#include "registry/layer_snapshot.hpp"
#include "storage/database.hpp"

namespace chengge::registry {

struct RegistryParts {
    storage::Database& database;
    const Clock& clock;
    identity::IdentityService& identity;
    grid::GridService& grid;
    media::MediaService& media;
    std::shared_ptr<const std::vector<Layer>> layers;
    std::shared_ptr<const EditionMap> editions;
    bool is_for_one_act = false; // this process ends with what it publishes: nobody in it looks at the layers afterwards
};

struct VersionInfo {
    std::int64_t version = 0; // 1, 2, … within its layer
    std::string layer;
    std::string kind; // survey, edit, proposal, restore, taken_over
    std::string reason, source; // source: a file's name, a proposal's id, the version brought back
    std::optional<Uuid> made_by;
    std::int64_t made_ms = 0;
    std::int64_t added = 0, changed = 0, removed = 0, size = 0;
};

// Who acts: nil for the platform itself (demo, command line).
struct Author {
    std::optional<Uuid> person;
    std::string reason; // why; must not be empty
    std::string kind = "edit", source;
};

struct Change {
    std::vector<Feature> puts;        // whole features; an empty id gets the next code
    std::vector<std::string> removed; // ids
    std::int64_t base_version = 0;    // what the author saw; a feature changed since is refused: feature_changed
};

// Outlines cut, joined, bent.
struct ShapeAct {
    enum class Kind { split, merge, move_corner } kind = Kind::split;
    std::vector<std::string> ids; // split: one; merge: two or more that lie side by side; move_corner: not asked
    geo::MultiLine lines;         // split: along these
    geo::Point from, to;          // move_corner: every outline's corner there
};
struct ShapePlan {
    Change change;  // of the layer
    Change regions; // of cells: outlines of communities that take in corners; may be empty
};

// 责任网格: how a region's cells are to be shared out.
struct DutyWish {
    std::string region;     // a managing district, subdistrict or community
    int areas = 0;          // 0: as many as there are
    double case_weight = 5; // components that a case reported in the days counts for
    int days = 90;
};
struct DutyPlan {
    struct Area {
        std::string id, name, collector_name; // empty: a new one
        std::int64_t cells = 0, components = 0, cases = 0;
        double load = 0;
    };
    std::vector<Area> areas;                   // in the order of change.puts
    double worst_before = 0, worst_after = 0; // the heaviest to the mean; before: 0 when there are none
    Change change;
};

// A collectors' shift: its times "07:00", one that ends before it begins ends the next day.
struct DutyShift {
    std::string code, zh, en, from, to;
};

// Who looks after a duty area on a shift, from day to day.
struct NewDuty {
    Uuid id;
    std::string area_id, shift; // a duty area in force; a shift of use_shifts
    Uuid person;
    bool is_substitute = false;
    std::string from_day, to_day; // "2026-11-28", both within; an empty last day: until further notice
    std::string words;
};

// 部件在线更新: what somebody in the street says of a feature.
struct NewProposal {
    Uuid id;
    std::string layer, kind; // missing, moved, new, wrong
    std::string feature_id;  // empty of a new one
    Feature feature;         // moved: the place; new: all of it; wrong: what is right
    std::string words;
    std::vector<Uuid> media;
};

struct Progress {
    std::function<void(std::int64_t done, std::int64_t all)> tell; // may be empty
    std::function<bool()> is_stopped;                              // may be empty
};

// What a publication makes of a layer, one feature after the other; nothing = the end.
using FeatureSource = std::function<std::optional<Feature>()>;
// kept: each as `filled` or a snapshot gives it, not to be brought into that form again.
enum class FeatureForm { any, kept };

// A point that says where a feature is: in the middle, on it; by it cell and county are found. Nothing of an empty shape.
std::optional<geo::Point> place_of(const geo::Geometry& geometry);

class RegistryService {
public:
    // Reads every layer's version in force into memory; takes over cells and regions from the grid when they differ.
    static Result<std::unique_ptr<RegistryService>> open(RegistryParts parts);
    ~RegistryService();

    const std::vector<Layer>& layers() const;
    std::shared_ptr<const Layer> find_layer(std::string_view id) const; // null when there is none
    // In force now, never null for a layer that is there.
    std::shared_ptr<const LayerSnapshot> snapshot(std::string_view layer) const;
    // As it was at a version; the last few asked for are kept. Refusals: version_not_found, publication_stopped (by `progress`).
    Result<std::shared_ptr<const LayerSnapshot>> snapshot_at(std::string_view layer, std::int64_t version, const Progress& progress = {}) const;

    // One act: all of it or nothing, a new version. Checks every feature (types, M fields, lists, codes, parents, geometry) and
    // fills in what the registry fills in. Refusals: bad_feature (facts: id, field, reason), feature_changed, layer_is_busy.
    Result<VersionInfo> change(std::string_view layer, Change change, const Author& author);
    // Changes of several layers, each named once, as one act: all of them come into force or none. Of the grid's, regions stand
    // before the cells they hold. The versions made, in the order of `changes`; a part that changes nothing has none.
    Result<std::vector<VersionInfo>> change_together(std::vector<std::pair<std::string, Change>> changes, const Author& author);
    // Makes the layer what `next` gives: rows are written in small paced transactions that nobody sees and become the
    // version by the last one; stopped or killed half-way, nothing is seen of it. `is_complete`: what is not given is
    // removed, else it stays. Features are taken as checked. One publication a layer at a time (layer_is_busy). Quickest when they come by id.
    struct PublishOptions {
        FeatureForm form = FeatureForm::any;
        std::optional<std::int64_t> base_version; // which the features follow from: refused when another is in force (layer_changed)
    };
    Result<VersionInfo> publish(std::string_view layer, const FeatureSource& next, bool is_complete, const Author& author, const Progress& progress, const PublishOptions& options);
    Result<VersionInfo> publish(std::string_view layer, const FeatureSource& next, bool is_complete, const Author& author, const Progress& progress) { return publish(layer, next, is_complete, author, progress, PublishOptions{}); }
    // A new version that equals an older one.
    Result<VersionInfo> restore(std::string_view layer, std::int64_t version, const Author& author, const Progress& progress);
    std::vector<VersionInfo> versions(std::string_view layer) const; // newest first

    // What a feature has been, newest first: with the version that made it so.
    struct Past {
        VersionInfo version;
        std::int64_t until = 0; // the version that ended it; 0: it is in force
        Feature feature;
    };
    std::vector<Past> history(std::string_view layer, std::string_view id, int most = 100) const;
    // What differs between two versions (from < to), by id. A page; `next` is the id to go on after, empty at the end.
    struct Difference {
        std::string id;
        std::optional<Feature> before, after; // one alone: added or removed
    };
    struct DifferencePage {
        std::vector<Difference> items;
        std::string next;
    };
    // Refusal: version_not_found.
    Result<DifferencePage> difference(std::string_view layer, std::int64_t from, std::int64_t to, const std::string& after, int limit) const;

    // What `change` would make of a feature: coordinates and values as they are kept, filled in what the registry fills in.
    // `is_changed`: there is one of this id already.
    Feature filled(const Layer& layer, Feature feature, bool is_changed);
    // The county, as coded, in which a feature of this geometry lies: the first six digits of its code; empty outside the city.
    std::string county_at(const geo::Geometry& geometry) const;
    // The faults of a feature as `change` would refuse it; empty when it is well. Pure but for looking into snapshots.
    struct Fault {
        std::string field; // empty: the geometry
        std::string code;  // missing, too_long, not_a_number, not_in_list, bad_code, outside_city, wrong_cell, …
        Words words;
    };
    std::vector<Fault> check(const Layer& layer, const Feature& feature) const;
    // `filled` and then `check` of what came out, where the place is looked for once. Without `gets_code` a feature that has no id is not filled in.
    std::vector<Fault> judge(const Layer& layer, Feature& feature, bool is_changed, bool gets_code);
    // The next free codes of a county and class (component) or of a county; each is given once, also when not used then.
    std::vector<std::string> next_codes(const Layer& layer, std::string_view county, std::string_view class_code, int count);

    // What acts on outlines that lie side by side come to, so that nothing gaps or overlaps: neighbours take in the corners
    // of a cut. Refusals: layer_unknown, feature_unknown, shapes_unfit (facts: reason, reason_en).
    Result<ShapePlan> plan_shapes(std::string_view layer, const ShapeAct& act);
    // Cells for a community, by its streets (layer roads) and the rules of division, numbered west → east, north → south; they take the place of
    // those it has. Refusals: community_unknown, shapes_unfit.
    Result<ShapePlan> plan_division(std::string_view community, const geo::DivisionRules& rules);
    // Duty areas for a region's cells: in one piece each, evenly loaded by what stands in them and what was reported in them;
    // each follows the area in force with which it has most cells in common: its code, name, collector, shift.
    // Refusals: region_unknown, no_cells.
    Result<DutyPlan> plan_duty(const DutyWish& wish);
    // How many cases were reported in each cell since an instant; said by whoever has the cases, before anybody asks.
    void count_cases_by(std::function<std::map<std::string, std::int64_t>(std::int64_t from_ms)> count);
    // The shifts on which duty areas are looked after; said once, before anybody asks.
    void use_shifts(std::vector<DutyShift> shifts);
    // The same id and content again is the same assignment. A substitute stands in for some days, so needs a last one. Refusals: feature_unknown,
    // shift_unknown, person_unknown, duty_needs_collector, bad_dates, duty_substitute_open, duty_overlaps, duty_id_taken.
    Result<void> assign_duty(const NewDuty& duty, const identity::Viewer& viewer);
    // Photographs of a feature, which stay with it through all versions; one that it has is left as it is. Refusals: layer_unknown, feature_unknown,
    // media_unknown (not uploaded by the viewer).
    Result<void> add_photos(const std::string& layer, const std::string& feature_id, const std::vector<Uuid>& media, const std::string& words, const identity::Viewer& viewer);
    // A proposal from the street, to be decided by who reviews. The same id and content again is the same proposal. Refusals: layer_unknown,
    // feature_unknown, media_unknown (not uploaded by the viewer), proposal_id_taken, bad_feature (a new one that could not be taken as it is,
    // but for what is filled in).
    Result<void> propose(const NewProposal& proposal, const identity::Viewer& viewer);
    // Merged as a version of kind proposal, as it stands or as `edited` ({geometry?, attributes?}) says, its photographs the feature's; or refused,
    // with words. Refusals: proposal_unknown, proposal_decided, needs_reasons, and those of change.
    Result<void> decide_proposal(const Uuid& id, bool agrees, const std::string& words, const std::optional<json::value>& edited, const identity::Viewer& viewer);
    // Carries a plan out, outlines of communities and their cells as one act; then duty areas of ended cells
    // take in what began in their place. Refusals as `change`.
    Result<VersionInfo> change_shapes(std::string_view layer, ShapePlan plan, const Author& author);

    // Called after each version that came into force, in this process or another: layer and version. From a thread of its own.
    void on_version(std::function<void(const std::string& layer, std::int64_t version)> hear);

    // Another process wrote a version (feed kind "registry"): reads what differs. Another changed the grid (feed kind
    // "grid", after GridService::reload): takes cells and regions over.
    void reload();
    Result<void> take_over();
    // Photographs of proposals and features are seen by who reads the registry or the layer; what is removed from view by who edits it.
    bool may_read_media(const identity::Viewer& viewer, const Uuid& media_id) const;

    void add_routes(http::Router& router, const http::Problems& problems);

    struct State; // of the implementation

private:
    explicit RegistryService(std::unique_ptr<State> state);
    void fill(const Layer& layer, Feature& feature, const std::optional<grid::Place>& place, bool is_changed);
    std::unique_ptr<State> state_;
};

} // namespace chengge::registry
