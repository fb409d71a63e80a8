#include "survey/dry_run.hpp"

#include <algorithm>
#include <cmath>
#include <future>
#include <unordered_set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "survey/first_rows.hpp"
#include "survey/prepared.hpp"

namespace chengge::survey {

using registry::Feature;
using registry::Layer;
using registry::LayerSnapshot;
using registry::Value;

namespace {

constexpr std::size_t examples_max = 20, sample_max = 4000;
constexpr std::int64_t rows_max = 5'000'000; // what a check holds of each row is bounded with them: docs/operations/surveys.md
constexpr std::size_t batch_rows = 1'000;

// Calls `act(i)` for every i below `count`, one half in another thread. What is called may touch only what is of i.
template <class Act>
void in_halves(std::size_t count, const Act& act) {
    const auto run = [&act](std::size_t from, std::size_t to) {
        for (auto i = from; i < to; ++i) act(i);
    };
    if (count < 64) return run(0, count);
    auto other = std::async(std::launch::async, run, count / 2, count);
    run(0, count / 2);
    other.get();
}

// The next rows, at most a batch of them; their texts' memory is used again.
std::size_t read_batch(RowReader& reader, std::vector<SourceRow>& rows) {
    rows.resize(batch_rows);
    std::size_t count = 0;
    while (count < batch_rows && reader.next(rows[count])) ++count;
    return count;
}

bool is_same_place(const std::optional<geo::Geometry>& a, const std::optional<geo::Geometry>& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    if (a->index() != b->index()) return false;
    const auto points_of = [](geo::Geometry geometry) {
        std::vector<registry::FixedPoint> points;
        each_point(geometry, [&](std::span<geo::Point> part) {
            for (const auto point : part) points.push_back(registry::to_fixed(point));
            points.push_back({0, 0}); // where a part ends
        });
        return points;
    };
    return points_of(*a) == points_of(*b);
}

// Formats carry numbers with 15 digits: what differs beyond them is the same.
bool is_same_value(const Value& a, const Value& b) {
    const auto *one = std::get_if<double>(&a), *other = std::get_if<double>(&b);
    if (one == nullptr || other == nullptr) return a == b;
    return std::fabs(*one - *other) <= 1e-14 * std::max(std::fabs(*one), std::fabs(*other));
}

// The names of what differs; dates of change follow from the rest.
std::vector<std::string> differing(const Layer& layer, const Feature& before, const Feature& after) {
    std::vector<std::string> names;
    if (!is_same_place(before.geometry, after.geometry)) names.emplace_back("geometry");
    for (std::size_t i = 0; i < layer.fields.size(); ++i)
        if (layer.fields[i].filled_with != "changed_date" && !is_same_value(before.values[i], after.values[i])) names.push_back(layer.fields[i].name);
    return names;
}

std::string text_of(const Layer& layer, const Feature& feature, std::string_view field) {
    const auto at = layer.field_index(field);
    const auto* text = at < 0 || feature.values.size() <= static_cast<std::size_t>(at) ? nullptr : std::get_if<std::string>(&feature.values[static_cast<std::size_t>(at)]);
    return text == nullptr ? "" : *text;
}

std::string field_filled_with(const Layer& layer, std::string_view what) {
    for (const auto& field : layer.fields)
        if (field.filled_with == what) return field.name;
    return {};
}

double accuracy_of(const Layer& layer, const Feature& feature) {
    if (!layer.class_field.empty())
        if (const auto* found = layer.find_class(text_of(layer, feature, layer.class_field)); found != nullptr && found->accuracy_m > 0) return found->accuracy_m;
    return layer.accuracy_m;
}

// The county of the cell in which a feature lies; empty outside the city.
std::string county_at(const grid::GridService& grid, const Feature& feature) {
    if (!feature.geometry) return {};
    const auto* area = std::get_if<geo::Polygon>(&*feature.geometry);
    const auto point = area == nullptr || area->rings.empty() ? first_point(*feature.geometry) : geo::centroid(*area);
    const auto cell = grid.find_cell(point.lon, point.lat);
    return cell < 0 ? "" : grid.cells()[static_cast<std::size_t>(cell)].code.substr(0, 6);
}

// A code as the layer's rule wants it, in the place of one that is given when the survey is published; empty when none could be.
std::string provisional_code(const Layer& layer, const grid::GridService& grid, const Feature& feature) {
    const auto county = county_at(grid, feature);
    if (county.empty() || layer.code_rule == "cell" || layer.code_rule == "region") return {};
    if (layer.code_rule != "component") return layer.code_rule + county + "999999";
    const auto class_code = text_of(layer, feature, layer.class_field);
    return layer.find_class(class_code) == nullptr ? "" : county + class_code + "999999";
}

Locating locating(const DryRunParts& parts, const SurveyFile& file) { return {file.address_column, file.address_column.empty() ? nullptr : parts.find_address}; }

class Check {
public:
    Check(const DryRunParts& parts, const Layer& layer, const SurveyFile& file) : parts_(parts), layer_(layer), file_(file), in_force_(parts.registry.snapshot(layer.id)), cell_field_(field_filled_with(layer, "cell_code")) {}

    Result<DryRun> run(const std::string& report, const registry::Progress& progress) {
        TRY_ASSIGN(reader, file_.open());
        if (!file_.address_column.empty() && std::ranges::find(reader.header(), file_.address_column) == reader.header().end()) return fail("survey_column_unknown", {{"column", file_.address_column}});
        const FeatureBuilder builder(layer_, *in_force_, reader.header(), file_.mapping, file_.system, locating(parts_, file_));
        if (!file_.prepared.empty() && layer_.kept_by != "grid") prepared_ = std::make_unique<PreparedWriter>(file_.prepared);
        run_.base_version = in_force_->version();
        std::vector<SourceRow> rows;
        std::vector<Looked> looked(batch_rows);
        while (const auto count = read_batch(reader, rows)) {
            run_.rows += static_cast<std::int64_t>(count);
            if (run_.rows > rows_max) return fail("survey_too_many_rows", {{"most", std::to_string(rows_max)}});
            in_halves(count, [&](std::size_t i) { looked[i] = judge(builder, rows[i]); });
            for (std::size_t i = 0; i < count; ++i) note(builder, rows[i], looked[i]);
            if (progress.is_stopped && progress.is_stopped()) return fail("survey_stopped");
            if (progress.tell && !file_.is_growing) progress.tell(reader.bytes_done(), reader.bytes());
            else if (progress.tell) progress.tell(run_.rows, std::max(run_.rows, file_.expected_rows));
            if (log_.blocking() > 0) prepared_.reset(); // it will not be published as it is
        }
        if (reader.is_endless()) return fail("survey_file_broken", {{"reason", fmt::format("the row in line {} does not end: a quote is not closed", reader.line())}});
        if (run_.rows == 0) return fail("survey_file_empty");
        look_at_whole();
        check_tiling();
        find_removed();
        run_.faults = log_.save(report);
        if (prepared_ && run_.may_publish()) prepared_->finish(file_.binding(run_.base_version));
        prepared_.reset();
        return std::move(run_);
    }

private:
    // A row as a feature, and what the registry says of it.
    struct Looked {
        BuiltFeature built;
        std::optional<Feature> before;
        std::vector<registry::RegistryService::Fault> judged;
        std::string said_cell; // as the file says it
        std::vector<std::string> differing; // from before: fields
        std::string prepared;
        bool is_numbered_later = false, is_numbered = false, is_outside = false;
    };

    // Of one row alone: several may be judged at once.
    Looked judge(const FeatureBuilder& builder, const SourceRow& row) const {
        Looked looked{.built = builder.build(row)};
        auto& feature = looked.built.feature;
        if (const auto at = feature.id.empty() ? std::nullopt : in_force_->find(feature.id)) looked.before = in_force_->feature(*at);
        if (!cell_field_.empty() && !builder.column_of(cell_field_).empty()) looked.said_cell = text_of(layer_, feature, cell_field_);
        looked.is_numbered_later = feature.id.empty();
        if (looked.is_numbered_later) feature.id = provisional_code(layer_, parts_.grid, feature);
        // Without a county no code is given either; a cell's is not asked for, it would be used up.
        looked.judged = parts_.registry.judge(layer_, feature, looked.before.has_value(), layer_.code_rule != "cell");
        if (looked.before) looked.differing = survey::differing(layer_, *looked.before, feature);
        if (prepared_ && !looked.is_numbered_later) looked.prepared = to_prepared(feature, looked.before && looked.differing.empty());
        looked.is_numbered = !feature.id.empty();
        if (looked.is_numbered_later) feature.id.clear(); // nobody has seen that code
        looked.is_outside = looked.built.has_place && !parts_.grid.cells().empty() && county_at(parts_.grid, feature).empty();
        return looked;
    }

    void note(const FeatureBuilder& builder, const SourceRow& row, Looked& looked) {
        auto& feature = looked.built.feature;
        if (looked.is_numbered_later) prepared_.reset(); // its code is given when it is published
        if (prepared_) prepared_->add(looked.prepared);
        note_address(looked.built);
        if (looked.built.address_score == 0) remember_place(looked); // an address says nothing of the file's coordinate system
        // What lies beside the city is told as a fault; the map shows where the rest is.
        if (looked.built.has_place && !looked.is_outside) see(feature);
        for (auto& fault : looked.built.faults) {
            if (!fault.at && feature.geometry) fault.at = first_point(*feature.geometry);
            fault.id = feature.id;
            log_.add(fault);
        }
        // What follows from the place is not missing: the place is wrong.
        // A layer whose cell may be empty has things beyond the grid: trees of the counties.
        const auto* cell_field = layer_.find_field(cell_field_);
        const bool is_outside = looked.is_outside && cell_field != nullptr && cell_field->need == registry::Need::mandatory && layer_.kept_by != "grid";
        if (is_outside) tell(row, builder, feature, "", "outside_city", {"位置不在任何单元网格内", "the place is in no cell"}, true);
        for (auto& fault : looked.judged) {
            if (is_outside && (fault.code == "outside_city" || (fault.code == "missing" && (fault.field == layer_.id_field || is_of_place(fault.field))))) continue;
            const bool is_known = std::ranges::any_of(looked.built.faults, [&](const RowFault& one) { return one.is_blocking && one.field == fault.field; });
            if (is_known || (looked.is_numbered_later && looked.is_numbered && fault.field == layer_.id_field)) continue; // a code is given when it is published
            tell(row, builder, feature, fault.field, fault.code, std::move(fault.words), true);
        }
        check_code(row, builder, feature, looked.before);
        if (looked.before) check_move(row, builder, feature, *looked.before);
        count(feature, looked);
        if (layer_.code_rule == "cell") keep_cell(feature, row.number);
        if (layer_.code_rule == "region") keep_region(feature, row.number);
    }

    void note_address(const BuiltFeature& built) {
        auto& located = run_.located;
        located.unsure += built.is_address_unsure;
        if (built.address_score <= 0) return;
        ++located.rows;
        located.score_sum += built.address_score;
        located.least_score = std::min(located.least_score, built.address_score);
    }

    bool is_of_place(std::string_view name) const {
        const auto* field = layer_.find_field(name);
        return field != nullptr && !field->filled_with.empty();
    }

    void tell(const SourceRow& row, const FeatureBuilder& builder, const Feature& feature, const std::string& field, std::string code, Words words, bool is_blocking) {
        RowFault fault{.row = row.number, .id = feature.id, .field = field, .column = builder.column_of(field), .code = std::move(code), .words = std::move(words), .is_blocking = is_blocking};
        if (!fault.column.empty()) fault.value = text_of(layer_, feature, field);
        if (feature.geometry) fault.at = first_point(*feature.geometry);
        log_.add(std::move(fault));
    }

    void see(const Feature& feature) {
        const auto box = geo::bounds_of(*feature.geometry);
        auto& all = run_.bounds;
        if (all.west > all.east) all = box;
        else all = {std::min(all.west, box.west), std::min(all.south, box.south), std::max(all.east, box.east), std::max(all.north, box.north)};
    }

    // A sample over the whole file, thinned when it grows.
    void remember_place(const Looked& looked) {
        const auto& built = looked.built;
        const auto& before = looked.before;
        const bool is_read = built.has_place || std::ranges::any_of(built.faults, [](const RowFault& one) { return one.code == "outside_city"; });
        if (!is_read || places_seen_++ % every_ != 0) return;
        PlacedPoint place{built.raw, {}, looked.said_cell};
        if (before && before->geometry) place.in_force = first_point(*before->geometry);
        places_.push_back(std::move(place));
        if (places_.size() < sample_max) return;
        for (std::size_t i = 0; i * 2 < places_.size(); ++i) places_[i] = std::move(places_[i * 2]);
        places_.resize(places_.size() / 2);
        every_ *= 2;
    }

    void check_code(const SourceRow& row, const FeatureBuilder& builder, const Feature& feature, const std::optional<Feature>& before) {
        if (feature.id.empty()) return;
        if (const auto first = first_row_.put(feature.id, row.number); first != row.number)
            tell(row, builder, feature, layer_.id_field, "code_twice", {fmt::format("编码 {} 重复，前面第 {} 行已有", feature.id, first), fmt::format("the code {} stands twice, before in row {}", feature.id, first)}, true);
        if (!before || layer_.class_field.empty()) return;
        const auto was = text_of(layer_, *before, layer_.class_field), is = text_of(layer_, feature, layer_.class_field);
        if (was == is || was.empty()) return;
        const auto* old = layer_.find_class(was);
        tell(row, builder, feature, layer_.id_field, "code_of_other_class",
             {"编码 " + feature.id + " 现属“" + (old == nullptr ? was : old->label.zh) + "”，不能改作别的类别", "the code " + feature.id + " belongs to " + (old == nullptr ? was : old->label.en)}, true);
    }

    // The same id further away than its grade allows: a new survey errs less, so the thing was moved or the row is another's.
    void check_move(const SourceRow& row, const FeatureBuilder& builder, const Feature& feature, const Feature& before) {
        const auto accuracy = accuracy_of(layer_, feature);
        const auto *now = feature.geometry ? std::get_if<geo::Point>(&*feature.geometry) : nullptr, *then = before.geometry ? std::get_if<geo::Point>(&*before.geometry) : nullptr;
        if (accuracy <= 0 || now == nullptr || then == nullptr) return;
        const auto metres = geo::distance_m(*now, *then);
        if (metres <= accuracy) return;
        tell(row, builder, feature, "", "moved", {fmt::format("与现有位置相差 {:.1f} 米，超过精度 {:.1f} 米；确已移位请说明，否则请核对", metres, accuracy), fmt::format("it lies {:.1f} m from where it is in force, more than {:.1f} m", metres, accuracy)}, false);
    }

    void count(const Feature& feature, Looked& looked) {
        auto& difference = run_.difference;
        if (!looked.before) {
            ++difference.added;
            give_example("added", feature, {});
            return;
        }
        if (looked.differing.empty()) {
            ++difference.unchanged;
            return;
        }
        ++difference.changed;
        give_example("changed", feature, std::move(looked.differing));
    }

    void give_example(const char* kind, const Feature& feature, std::vector<std::string> fields) {
        if (given_[kind]++ >= examples_max) return;
        run_.difference.examples.push_back({feature.id, text_of(layer_, feature, layer_.name_field), kind, std::move(fields)});
    }

    void keep_cell(const Feature& feature, std::int64_t row) {
        const auto* outline = feature.geometry ? std::get_if<geo::Polygon>(&*feature.geometry) : nullptr;
        if (outline == nullptr) return;
        grid::Cell cell;
        cell.code = feature.id, cell.community_code = feature.id.substr(0, 12), cell.outline = *outline, cell.area_m2 = geo::area_m2(*outline);
        cells_.push_back(std::move(cell));
        grid_rows_.push_back(row);
    }

    void look_at_whole() {
        run_.fitting_system = find_fitting_system(places_, file_.system, parts_.grid, parts_.local_systems);
        if (!run_.fitting_system.empty()) {
            const auto fitting = geo::CoordinateSystem::parse(run_.fitting_system, parts_.local_systems);
            const auto label = fitting ? fitting->label() : Words{};
            log_.drop({"outside_city", "wrong_cell", "wrong_parent", "wrong_county", "moved", "tiling"});
            log_.add({.code = "wrong_datum", .words = {"按“" + file_.system.label().zh + "”读，多数图形不在应在的位置；按“" + label.zh + "”(" + run_.fitting_system + ")读就对上了，请改选坐标系",
                                                       "read as " + file_.system.label().en + " most features do not lie where they should; they do when read as " + label.en + " (" + run_.fitting_system + "): choose that"}});
        }
        if (file_.has_heights) log_.add({.code = "heights_dropped", .words = {"文件中的图形带高程，高程不入库", "the file's geometries have heights, which are not kept"}, .is_blocking = false});
    }

    void keep_region(const Feature& feature, std::int64_t row) {
        grid::Region region;
        region.code = feature.id, region.name = text_of(layer_, feature, "name"), region.parent_code = text_of(layer_, feature, "parent_code");
        region.managed_by_code = text_of(layer_, feature, "managed_by_code"), region.area_class = text_of(layer_, feature, "area_class");
        if (const auto* area = feature.geometry ? std::get_if<geo::Polygon>(&*feature.geometry) : nullptr) region.outline = {*area};
        if (const auto* areas = feature.geometry ? std::get_if<geo::MultiPolygon>(&*feature.geometry) : nullptr) region.outline = *areas;
        regions_.push_back(std::move(region));
        grid_rows_.push_back(row);
    }

    // Cells and regions are judged as the grid's own import judges them: gaps, overlaps, outside their community, without a parent.
    void check_tiling() {
        if (layer_.kept_by != "grid" || (cells_.empty() && regions_.empty()) || !run_.fitting_system.empty()) return;
        ImportReport report;
        if (layer_.code_rule == "cell") (void)parts_.grid.plan_cells(cells_, {}, file_.is_complete, report);
        else (void)parts_.grid.plan_regions(regions_, {}, file_.is_complete, report);
        for (auto& fault : report.faults) {
            RowFault one{.code = "tiling", .words = std::move(fault.words)};
            if (const auto at = static_cast<std::size_t>(fault.place); fault.place > 0 && at <= grid_rows_.size()) {
                one.row = grid_rows_[at - 1];
                one.id = cells_.empty() ? regions_[at - 1].code : cells_[at - 1].code;
                if (!cells_.empty()) one.at = geo::centroid(cells_[at - 1].outline);
                else if (!regions_[at - 1].outline.empty()) one.at = geo::centroid(regions_[at - 1].outline.front());
            }
            log_.add(std::move(one));
        }
    }

    void find_removed() {
        if (!file_.is_complete) return;
        for (std::size_t at = 0; at < in_force_->slots(); ++at) {
            if (!in_force_->is_there(at) || first_row_.contains(in_force_->id(at))) continue;
            ++run_.difference.removed;
            if (given_["removed"] < examples_max) give_example("removed", in_force_->feature(at), {});
        }
    }

    const DryRunParts& parts_;
    const Layer& layer_;
    const SurveyFile& file_;
    std::shared_ptr<const LayerSnapshot> in_force_;
    std::string cell_field_;
    DryRun run_;
    FaultLog log_;
    std::unique_ptr<PreparedWriter> prepared_; // null: the features are made anew when they are published
    FirstRows first_row_;
    std::map<std::string, std::size_t> given_;
    std::vector<PlacedPoint> places_;
    std::size_t places_seen_ = 0, every_ = 1;
    std::vector<grid::Cell> cells_;
    std::vector<grid::Region> regions_;
    std::vector<std::int64_t> grid_rows_; // of the cells or the regions
};

} // namespace

double fitting_share(const std::vector<PlacedPoint>& points, const geo::CoordinateSystem& system, const grid::GridService& grid) {
    constexpr double near_m = 20; // the coarsest grade, twice
    if (points.empty()) return 1;
    std::vector<geo::Point> places;
    for (const auto& point : points) places.push_back(point.raw);
    system.to_cgcs2000(places);
    std::size_t fitting = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto place = places[i];
        if (!std::isfinite(place.lon) || !std::isfinite(place.lat)) continue;
        const auto cell = grid.find_cell(place.lon, place.lat);
        if (points[i].in_force) fitting += geo::distance_m(*points[i].in_force, place) <= near_m;
        else if (!points[i].cell_code.empty() && grid.find_cell(points[i].cell_code) != nullptr) fitting += cell >= 0 && grid.cells()[static_cast<std::size_t>(cell)].code == points[i].cell_code;
        else fitting += cell >= 0;
    }
    return static_cast<double>(fitting) / static_cast<double>(points.size());
}

std::string find_fitting_system(const std::vector<PlacedPoint>& points, const geo::CoordinateSystem& given, const grid::GridService& grid, const std::vector<geo::LocalSystem>& local) {
    if (points.size() < 3 || grid.cells().empty()) return {};
    const auto as_given = fitting_share(points, given, grid);
    if (as_given > 0.5) return {};
    std::vector<std::string> candidates;
    const bool are_degrees = std::ranges::all_of(points, [](const PlacedPoint& one) { return std::fabs(one.raw.lon) <= 180 && std::fabs(one.raw.lat) <= 90; });
    if (are_degrees) candidates = {"cgcs2000", "gcj02", "bd09"};
    else {
        // CGCS2000: 3-degree zones by meridian and with the zone's number, 6-degree zones, which may be the same plane; Web Mercator.
        for (int code = 4554; code >= 4491; --code) candidates.push_back("EPSG:" + std::to_string(code));
        candidates.emplace_back("EPSG:3857");
    }
    for (const auto& one : local) candidates.push_back(one.id);
    std::string best;
    double best_share = std::max(0.8, as_given);
    for (const auto& text : candidates) {
        if (text == given.text()) continue;
        const auto system = geo::CoordinateSystem::parse(text, local);
        if (!system) continue;
        if (const auto share = fitting_share(points, *system, grid); share > best_share || (best.empty() && share >= best_share)) best = text, best_share = share;
    }
    return best;
}

Result<DryRun> check_survey(const DryRunParts& parts, const Layer& layer, const SurveyFile& file, const std::string& report, const registry::Progress& progress) {
    return Check(parts, layer, file).run(report, progress);
}

SurveyFeatures::SurveyFeatures(const DryRunParts& parts, std::shared_ptr<const LayerSnapshot> in_force, const Layer& layer, RowReader reader, const SurveyFile& file)
    : registry_(parts.registry), grid_(parts.grid), layer_(layer), in_force_(std::move(in_force)), reader_(std::move(reader)), mapping_(file.mapping), system_(file.system),
      builder_(layer_, *in_force_, reader_.header(), mapping_, system_, locating(parts, file)), made_(1, [this](std::size_t) { return make_batch(); }) {}

Result<std::unique_ptr<SurveyFeatures>> SurveyFeatures::open(const DryRunParts& parts, const Layer& layer, const SurveyFile& file) {
    const auto& grid = parts.grid;
    // How many codes each county and class needs is counted first: they are asked for at once.
    std::map<std::pair<std::string, std::string>, int> needed;
    const auto in_force = parts.registry.snapshot(layer.id);
    if (file.mapping.contains(layer.id_field)) {
        TRY_ASSIGN(reader, RowReader::open(file.rows, file.encoding));
        const auto column = std::ranges::find(reader.header(), file.mapping.at(layer.id_field)) - reader.header().begin();
        SourceRow row;
        bool has_gaps = false;
        while (!has_gaps && reader.next(row)) has_gaps = row.values[static_cast<std::size_t>(column)].empty();
        if (!has_gaps) {
            TRY_ASSIGN(again, RowReader::open(file.rows, file.encoding));
            return std::unique_ptr<SurveyFeatures>(new SurveyFeatures(parts, in_force, layer, std::move(again), file));
        }
    }
    std::unordered_set<std::string> given; // codes that the file has itself
    TRY_ASSIGN(counting, RowReader::open(file.rows, file.encoding));
    const FeatureBuilder builder(layer, *in_force, counting.header(), file.mapping, file.system, locating(parts, file));
    SourceRow row;
    while (counting.next(row)) {
        const auto feature = builder.build(row).feature;
        if (!feature.id.empty()) given.insert(feature.id);
        else ++needed[{county_at(grid, feature), layer.class_field.empty() ? std::string() : text_of(layer, feature, layer.class_field)}];
    }
    TRY_ASSIGN(reader, RowReader::open(file.rows, file.encoding));
    auto features = std::unique_ptr<SurveyFeatures>(new SurveyFeatures(parts, in_force, layer, std::move(reader), file));
    for (const auto& [key, count] : needed) TRY(features->take_codes(key, count, given));
    return features;
}

Result<void> SurveyFeatures::take_codes(const std::pair<std::string, std::string>& key, int count, const std::unordered_set<std::string>& given) {
    auto& codes = codes_[key];
    while (codes.size() < static_cast<std::size_t>(count)) {
        auto more = registry_.next_codes(layer_, key.first, key.second, count - static_cast<int>(codes.size()));
        if (more.empty()) return fail("survey_codes_missing", {{"county", key.first}});
        for (auto& code : more)
            if (!given.contains(code)) codes.push_back(std::move(code));
    }
    std::ranges::reverse(codes);
    return {};
}

std::optional<std::vector<Feature>> SurveyFeatures::make_batch() {
    const auto count = read_batch(reader_, rows_);
    if (count == 0) return std::nullopt;
    std::vector<Feature> features;
    features.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        auto feature = builder_.build(rows_[i]).feature;
        const auto at = feature.id.empty() ? std::nullopt : in_force_->find(feature.id);
        if (feature.id.empty()) {
            auto& codes = codes_[{county_at(grid_, feature), layer_.class_field.empty() ? std::string() : text_of(layer_, feature, layer_.class_field)}];
            if (!codes.empty()) { // as many as were counted
                feature.id = codes.back();
                codes.pop_back();
            }
        }
        feature = registry_.filled(layer_, std::move(feature), at.has_value());
        if (at) {
            // A row that says nothing new keeps its dates: the registry then keeps its row.
            auto before = in_force_->feature(*at);
            if (differing(layer_, before, feature).empty()) feature = std::move(before);
        }
        features.push_back(std::move(feature));
    }
    return features;
}

json::value to_json(const DryRun& run) {
    json::array examples;
    for (const auto& one : run.difference.examples) {
        json::array fields;
        for (const auto& field : one.fields) fields.emplace_back(field);
        examples.push_back(json::object{{"id", one.id}, {"name", one.name}, {"kind", one.kind}, {"fields", std::move(fields)}});
    }
    const auto& difference = run.difference;
    json::object object{{"rows", run.rows}, {"base_version", run.base_version}, {"faults", to_json(run.faults)}, {"fitting_system", run.fitting_system},
                        {"difference", json::object{{"added", difference.added}, {"changed", difference.changed}, {"unchanged", difference.unchanged}, {"removed", difference.removed}, {"examples", std::move(examples)}}}};
    if (const auto& located = run.located; located.rows + located.unsure > 0) object["located"] = json::object{{"rows", located.rows}, {"unsure", located.unsure}, {"score_sum", located.score_sum}, {"least_score", located.least_score}};
    if (run.bounds.west <= run.bounds.east) object["bounds"] = json::array{run.bounds.west, run.bounds.south, run.bounds.east, run.bounds.north};
    return object;
}

DryRun dry_run_from_json(const json::value& value) {
    DryRun run;
    if (!value.is_object() || value.get_object().empty()) return run;
    const auto& object = value.get_object();
    run.rows = object.at("rows").to_number<std::int64_t>(), run.base_version = object.at("base_version").to_number<std::int64_t>();
    run.faults = summary_from_json(object.at("faults"));
    run.fitting_system = std::string(object.at("fitting_system").as_string());
    const auto& difference = object.at("difference").as_object();
    run.difference = {difference.at("added").to_number<std::int64_t>(), difference.at("changed").to_number<std::int64_t>(), difference.at("unchanged").to_number<std::int64_t>(), difference.at("removed").to_number<std::int64_t>(), {}};
    for (const auto& one : difference.at("examples").as_array()) {
        const auto& example = one.as_object();
        SurveyDifference::Example read{std::string(example.at("id").as_string()), std::string(example.at("name").as_string()), std::string(example.at("kind").as_string()), {}};
        for (const auto& field : example.at("fields").as_array()) read.fields.emplace_back(field.as_string());
        run.difference.examples.push_back(std::move(read));
    }
    if (const auto* located = object.if_contains("located")) {
        const auto& numbers = located->as_object();
        run.located = {numbers.at("rows").to_number<std::int64_t>(), numbers.at("unsure").to_number<std::int64_t>(), numbers.at("score_sum").to_number<double>(), numbers.at("least_score").to_number<double>()};
    }
    if (const auto* bounds = object.if_contains("bounds")) {
        const auto& numbers = bounds->as_array();
        run.bounds = {numbers[0].to_number<double>(), numbers[1].to_number<double>(), numbers[2].to_number<double>(), numbers[3].to_number<double>()};
    }
    return run;
}

} // namespace chengge::survey
