#include "demo/base_data.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/random.hpp"
#include "demo/base_data_parts.hpp"

namespace chengge::demo {

namespace {

// What stands along a street at scale 1: every so many metres, so far from its middle line (1: the house fronts).
struct Planting {
    const char* class_code;
    double main_m, road_m, lane_m; // 0: never on such a street
    double offset;
    bool is_both_sides;
};
constexpr Planting rows[] = {{"01037", 30, 35, 50, 0.76, true},   {"04002", 9, 11, 30, 0.83, true},    {"04011", 30, 40, 0, 0.83, true},    {"01004", 30, 32, 45, 0.66, true},   {"01003", 40, 45, 60, 0.35, false},
                        {"01002", 45, 45, 60, 0.25, false},  {"01001", 70, 70, 90, 0.5, false},   {"01007", 60, 70, 120, 0.55, true},  {"01005", 90, 110, 0, 0.6, false},   {"01011", 140, 150, 180, 0.45, false},
                        {"01006", 90, 110, 0, 0.8, false},   {"03005", 90, 110, 160, 0.88, true}, {"02010", 160, 220, 0, 0.72, true},  {"02012", 260, 260, 300, 0.9, false}, {"02004", 480, 700, 0, 0.86, true},
                        {"01050", 320, 480, 0, 0.78, true},  {"02014", 420, 600, 0, 0.7, true},   {"01077", 240, 0, 0, 0.78, true},    {"01030", 0, 130, 60, 0.84, false},  {"01031", 0, 140, 80, 0.86, false},
                        {"02021", 70, 120, 0, 0.74, true},   {"01027", 400, 420, 500, 0.93, false}, {"03006", 420, 640, 0, 0.95, true}, {"03008", 500, 400, 350, 0.95, false}, {"02018", 260, 0, 0, 0.68, true},
                        {"01013", 160, 180, 240, 0.8, true}, {"01054", 900, 900, 0, 0.95, false}, {"04005", 200, 0, 0, 0.85, true},    {"02038", 60, 50, 40, 0.99, true},   {"03007", 80, 70, 90, 0.98, true}};

double spacing_of(const Planting& row, std::string_view street) { return street == "road_main" ? row.main_m : street == "road" ? row.road_m : row.lane_m; }

class Planner {
public:
    Planner(const City& city, const BaseDataOptions& options, const rules::Rules& rules, const registry::Layer& components)
        : city_(city), options_(options), components_(components), units_(city, rules), random_(options.seed ^ 0x626173) {}

    std::map<std::string, std::vector<Draft>> run() {
        std::vector<geo::Polygon> outlines;
        for (const auto& cell : city_.cells) outlines.push_back(cell.outline);
        index_ = geo::PointIndex(std::move(outlines));
        for (const auto& feature : city_.base_map)
            if (const auto* line = std::get_if<geo::Line>(&feature.geometry); line != nullptr && is_street(feature.layer)) streets_.push_back({feature.layer, feature.name, *line});
        add_components();
        add_rare_components();
        add_railings();
        add_map_layers();
        add_people_layers();
        add_more_layers(make_world());
        return std::move(drafts_);
    }

private:
    static bool is_street(const std::string& layer) { return layer == "road_main" || layer == "road" || layer == "lane"; }
    BaseWorld make_world() { return {city_, index_, streets_, units_, random_, drafts_, options_}; }

    void component(const char* class_code, geo::Geometry geometry, std::size_t cell, const std::string& address) {
        auto& list = drafts_["components"];
        Draft draft{std::move(geometry), city_.cells[cell].code.substr(0, 6), {{"class_code", std::string(class_code)}}};
        const auto& unit = units_.of(class_code, city_.cells[cell].code);
        draft.values.emplace_back("competent_code", unit.code);
        draft.values.emplace_back("competent_name", unit.name);
        draft.values.emplace_back("maintenance_code", unit.code);
        draft.values.emplace_back("maintenance_name", unit.name);
        const double chance = random_.unit();
        draft.values.emplace_back("state", std::string(chance < 0.955 ? "intact" : chance < 0.985 ? "damaged" : chance < 0.993 ? "missing" : "abandoned"));
        draft.values.emplace_back("source", std::string(random_.chance(0.8) ? "surveyed" : "topographic_map"));
        if (!address.empty()) draft.values.emplace_back("address", address);
        list.push_back(std::move(draft));
    }

    // Main streets lead on into the country, which no cell has.
    double length_in_city_m(const StreetLine& street) const {
        constexpr double step = 40;
        const double length = length_m(street.line), off = 0.6 * half_width_m(street.layer);
        int in = 0, all = 0;
        for (double at = step / 2; at < length; at += step)
            for (const double side : {off, -off}) {
                ++all;
                in += index_.find(beside(street.line, at, side)) >= 0;
            }
        return all > 0 ? length * in / all : 0;
    }

    void add_components() {
        double expected = 0;
        for (const auto& street : streets_) {
            const double length = length_in_city_m(street);
            for (const auto& row : rows)
                if (const double spacing = spacing_of(row, street.layer); spacing > 0) expected += length / spacing * (row.is_both_sides ? 2 : 1);
        }
        const double stretch = std::max(0.05, expected / std::max(1, options_.components));
        for (const auto& street : streets_) {
            const double length = length_m(street.line), half = half_width_m(street.layer);
            for (const auto& row : rows) {
                const double spacing = spacing_of(row, street.layer) * stretch;
                if (spacing <= 0) continue;
                int side = random_.chance(0.5) ? 1 : -1;
                // Covers and the like stand together, not every so many metres to the centimetre.
                for (double at = spacing * random_.unit(); at < length; at += spacing * (0.85 + 0.3 * random_.unit()) / (row.is_both_sides ? 2 : 1)) {
                    const auto point = beside(street.line, at, side * half * row.offset);
                    if (row.is_both_sides) side = -side;
                    if (const int cell = index_.find(point); cell >= 0) component(row.class_code, point, static_cast<std::size_t>(cell), street.name);
                }
            }
        }
    }

    // Of each other class of the standard some, so that every one can be looked at.
    void add_rare_components() {
        std::set<std::string> there;
        for (const auto& row : rows) there.insert(row.class_code);
        const int each = std::clamp(options_.components / 10'000, 1, 12);
        for (const auto& of : components_.classes) {
            if (there.contains(of.code)) continue;
            const bool is_area = of.geometry == registry::GeometryKind::polygon, is_line = of.geometry == registry::GeometryKind::line;
            for (int i = 0; i < each; ++i) {
                const auto& street = streets_[random_.below(streets_.size())];
                const double at = length_m(street.line) * (0.1 + 0.7 * random_.unit()), off = half_width_m(street.layer) * 1.25;
                const auto point = beside(street.line, at, off);
                const int cell = index_.find(point);
                if (cell < 0) continue;
                geo::Geometry geometry = point;
                if (is_area) geometry = square_at(point, 4 + 10 * random_.unit());
                if (is_line) geometry = geo::Line{point, beside(street.line, at + 12 + 20 * random_.unit(), off)};
                component(of.code.c_str(), std::move(geometry), static_cast<std::size_t>(cell), street.name);
            }
        }
    }

    void add_railings() {
        const double every = 260.0 * 120'000 / std::max(1'000, options_.components);
        for (const auto& street : streets_) {
            if (street.layer != "road_main") continue;
            const double length = length_m(street.line);
            for (double at = 40; at + 70 < length; at += every) {
                geo::Line line;
                for (double step = 0; step <= 60; step += 20) line.push_back(beside(street.line, at + step, 1.2));
                if (const int cell = index_.find(line[1]); cell >= 0) component("02017", line, static_cast<std::size_t>(cell), street.name);
            }
        }
    }

    Draft& add(const char* layer, geo::Geometry geometry) {
        auto& list = drafts_[layer];
        list.push_back({std::move(geometry), "", {}});
        return list.back();
    }

    void add_map_layers() {
        for (const auto& feature : city_.base_map) {
            const auto& layer = feature.layer;
            if (is_street(layer) || layer == "bridge") {
                auto& draft = add("roads", feature.geometry);
                draft.values = {{"name", feature.name}, {"road_class", std::string(layer == "road_main" ? "main" : layer == "road" ? "secondary" : layer == "bridge" ? "bridge" : "lane")},
                                {"length_m", std::round(length_m(std::get<geo::Line>(feature.geometry)))}};
            } else if (layer == "water") {
                auto& draft = add("water", feature.geometry);
                draft.values = {{"name", feature.name}, {"kind", std::string(feature.rank == 0 ? "bay" : feature.name.ends_with("涌") ? "river" : "lake")}};
            } else if (layer == "green") {
                auto& draft = add("green_spaces", feature.geometry);
                const auto* area = std::get_if<geo::Polygon>(&feature.geometry);
                draft.values = {{"name", feature.name.empty() ? std::string("街旁绿地") : feature.name}, {"kind", std::string(feature.name.ends_with("公园") ? "park" : feature.rank <= 10 ? "regional" : "square")},
                                {"area_m2", area == nullptr ? 0.0 : std::round(geo::area_m2(*area))}, {"grade", std::string("2")}};
            } else if (layer == "building") {
                auto& draft = add("buildings", feature.geometry);
                draft.values = {{"use", std::string(random_.chance(0.8) ? "residential" : "commercial")}, {"storeys", random_.between(1, 18)}};
            }
        }
    }

    void add_people_layers() {
        std::map<std::string, int> counts;
        for (std::size_t from = 0; from < city_.cells.size();) {
            const auto& community = city_.cells[from].community_code;
            std::size_t to = from;
            while (to < city_.cells.size() && city_.cells[to].community_code == community && to - from < 26) ++to;
            std::vector<const grid::Cell*> cells;
            std::string codes;
            double area = 0;
            for (auto i = from; i < to; ++i) {
                cells.push_back(&city_.cells[i]);
                codes += (codes.empty() ? "" : " ") + city_.cells[i].code;
                area += city_.cells[i].area_m2;
            }
            auto& draft = add("duty_areas", outline_of(cells));
            const auto* region = find_region(community);
            draft.county = community.substr(0, 6);
            draft.values = {{"name", (region == nullptr ? std::string("社区") : region->name) + fmt::format("第{}责任网格", ++counts[community])},
                            {"cells", codes}, {"cell_count", static_cast<std::int64_t>(cells.size())}, {"shift", std::string("all_day")}, {"area_m2", std::round(area)}};
            from = to;
        }
    }

    const grid::Region* find_region(const std::string& code) const {
        const auto found = std::ranges::find(city_.regions, code, &grid::Region::code);
        return found == city_.regions.end() ? nullptr : &*found;
    }

    const City& city_;
    const BaseDataOptions& options_;
    const registry::Layer& components_;
    Units units_;
    Random random_;
    geo::PointIndex index_;
    std::vector<StreetLine> streets_;
    std::map<std::string, std::vector<Draft>> drafts_;
};

} // namespace

std::map<std::string, std::vector<Draft>> draft_base_data(const City& city, const BaseDataOptions& options, const rules::Rules& rules, const registry::Layer& components) {
    return Planner(city, options, rules, components).run();
}

namespace {

// Drafts into features with codes, one after the other.
class Coder {
public:
    Coder(registry::RegistryService& registry, const registry::Layer& layer, std::vector<Draft>& drafts, const std::string& first_day, AssetShelf& shelf)
        : registry_(registry), layer_(layer), drafts_(drafts), first_day_(first_day), shelf_(shelf) {
        for (std::size_t i = 0; i < layer.fields.size(); ++i) field_at_.emplace(layer.fields[i].name, i);
        if (const auto source = field_at_.find("source"); source != field_at_.end()) source_ = source->second;
        note_ = field_at_.contains("note") ? field_at_.at("note") : 0;
    }
    std::optional<registry::Feature> next() {
        if (at_ == drafts_.size()) return std::nullopt;
        auto& draft = drafts_[at_++];
        registry::Feature feature;
        feature.geometry = std::move(draft.geometry);
        feature.values.resize(layer_.fields.size());
        std::string class_code;
        for (auto& [name, value] : draft.values) {
            const auto field = field_at_.at(name);
            if (layer_.fields[field].name == layer_.class_field) class_code = std::get<std::string>(value);
            feature.values[field] = std::move(value);
        }
        if (note_ > 0) feature.values[note_] = std::string("演示数据，虚构");
        if (source_ > 0 && std::holds_alternative<std::monostate>(feature.values[source_])) feature.values[source_] = std::string("other");
        if (const auto initial = field_at_.find("initial_date"); initial != field_at_.end()) feature.values[initial->second] = first_day_;
        feature.id = code(county_of(draft, feature), class_code);
        draft = {};
        feature = registry_.filled(layer_, std::move(feature), false);
        const auto* point = std::get_if<geo::Point>(&*feature.geometry);
        const auto* cell = class_code.empty() ? nullptr : std::get_if<std::string>(&feature.values[field_at_.at("cell_code")]);
        if (point != nullptr && cell != nullptr) shelf_[*cell + "/" + class_code].emplace_back(feature.id, *point);
        return feature;
    }

private:
    std::string county_of(const Draft& draft, const registry::Feature& feature) const {
        if (!draft.county.empty()) return draft.county;
        auto county = registry_.county_at(*feature.geometry);
        return county.empty() ? "440800" : county;
    }
    std::string code(const std::string& county, const std::string& class_code) {
        const auto number = ++counts_[county + class_code];
        if (layer_.code_rule == "component") return registry::format_component_code({county, class_code, number});
        return registry::format_prefixed_code(layer_.code_rule, county, number);
    }

    registry::RegistryService& registry_;
    const registry::Layer& layer_;
    std::vector<Draft>& drafts_;
    const std::string& first_day_;
    AssetShelf& shelf_;
    std::map<std::string, std::size_t, std::less<>> field_at_;
    std::map<std::string, int> counts_;
    std::size_t at_ = 0, source_ = 0, note_ = 0;
};

} // namespace

Result<std::int64_t> publish_base_data(registry::RegistryService& registry, std::map<std::string, std::vector<Draft>> drafts, const std::string& first_day, AssetShelf& shelf) {
    std::int64_t count = 0;
    for (auto& [id, list] : drafts) {
        const auto layer = registry.find_layer(id);
        if (!layer || list.empty()) continue; // a city's overlay may do without it
        Coder coder(registry, *layer, list, first_day, shelf);
        TRY_ASSIGN(made, registry.publish(id, [&] { return coder.next(); }, true, {.person = std::nullopt, .reason = "演示数据，全部虚构", .kind = "survey", .source = "demo"}, {}));
        count += made.size;
        list = {};
    }
    return count;
}

} // namespace chengge::demo
