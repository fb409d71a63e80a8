#include "demo/base_data_parts.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace chengge::demo {

namespace {

constexpr double metres_per_degree = 111'320;

double shrink_at(double lat) { return std::cos(lat * std::numbers::pi / 180); }

struct Species {
    const char *name, *latin, *family, *genus;
};
constexpr Species species[] = {{"榕树", "Ficus microcarpa", "桑科", "榕属"},       {"龙眼", "Dimocarpus longan", "无患子科", "龙眼属"},  {"荔枝", "Litchi chinensis", "无患子科", "荔枝属"},
                               {"樟树", "Camphora officinarum", "樟科", "樟属"},   {"见血封喉", "Antiaris toxicaria", "桑科", "见血封喉属"}, {"木棉", "Bombax ceiba", "锦葵科", "木棉属"},
                               {"高山榕", "Ficus altissima", "桑科", "榕属"},      {"秋枫", "Bischofia javanica", "叶下珠科", "秋枫属"}, {"人面子", "Dracontomelon duperreanum", "漆树科", "人面子属"},
                               {"杧果", "Mangifera indica", "漆树科", "杧果属"},   {"凤凰木", "Delonix regia", "豆科", "凤凰木属"},     {"朴树", "Celtis sinensis", "大麻科", "朴属"}};
// Counties outside the grid, where registered trees stand too; the places are invented.
struct County {
    const char *code, *name;
    double east_km, north_km;
};
constexpr County counties[] = {{"440823", "遂溪县", -32, 8}, {"440825", "徐闻县", -20, -110}, {"440881", "廉江市", -30, 55}, {"440882", "雷州市", -24, -50}, {"440883", "吴川市", 38, 26}};

class More {
public:
    explicit More(BaseWorld& world) : world_(world), random_(world.random) {}

    void run() {
        add_cameras();
        add_trees("heritage_trees", 6'865);
        add_trees("reserve_trees", 3'899);
        add_addresses();
        add_places();
        add_signs_and_lamps();
        add_toilets();
        add_sites();
        add_waterside();
    }

private:
    Draft& add(const char* layer, geo::Geometry geometry) {
        auto& list = world_.drafts[layer];
        list.push_back({std::move(geometry), "", {}});
        return list.back();
    }
    const StreetLine& any_street() { return world_.streets[random_.below(world_.streets.size())]; }
    // Somewhere in the city's streets; `offset` of the half width.
    geo::Point in_a_street(const StreetLine*& street, double offset) {
        for (;;) {
            street = &any_street();
            const auto point = beside(street->line, length_m(street->line) * random_.unit(), half_width_m(street->layer) * (random_.chance(0.5) ? offset : -offset));
            if (world_.index.find(point) >= 0) return point;
        }
    }
    geo::Point in_a_cell(std::size_t& at) {
        at = random_.below(world_.city.cells.size());
        const auto& ring = world_.city.cells[at].outline.rings[0];
        const auto middle = geo::centroid(world_.city.cells[at].outline);
        const auto& corner = ring[random_.below(ring.size())];
        const double out = 0.8 * random_.unit();
        return {middle.lon + out * (corner.lon - middle.lon), middle.lat + out * (corner.lat - middle.lat)};
    }
    int share(int whole) const { return std::max(1, static_cast<int>(whole * std::min(1.0, world_.options.components / 120'000.0))); }
    std::string day(int years_back_most) {
        return fmt::format("{:04}-{:02}-{:02}", 2026 - random_.between(1, years_back_most), random_.between(1, 12), random_.between(1, 28));
    }
    std::string middle_name(std::size_t cell) const {
        const auto found = std::ranges::find(world_.city.regions, world_.city.cells[cell].community_code, &grid::Region::code);
        return found == world_.city.regions.end() ? "" : found->name;
    }

    void add_cameras() {
        for (int i = 0; i < 96 + 988; ++i) {
            const StreetLine* street = nullptr;
            const bool is_own = i < 96;
            auto& draft = add("cameras", in_a_street(street, 0.8));
            draft.values = {{"name", street->name + fmt::format("{}{}号", is_own ? "城管" : "共享", i + 1)},
                            {"ownership", std::string(is_own ? "own" : "shared")},
                            {"device_code", fmt::format("4408000000132{:07}", i + 1)},
                            {"kind", std::string(random_.chance(0.6) ? "dome" : "box")},
                            {"height_m", static_cast<double>(random_.between(5, 12))},
                            {"bearing", random_.between(0, 359)},
                            {"address", street->name},
                            {"state", std::string(random_.chance(0.97) ? "intact" : "damaged")}};
        }
    }

    void add_trees(const char* layer, int count) {
        const bool is_reserve = std::string_view(layer) == "reserve_trees";
        const auto middle = geo::centroid(world_.city.cells[world_.city.cells.size() / 2].outline);
        for (int i = 0; i < count; ++i) {
            const auto& kind = species[static_cast<std::size_t>(std::size(species) * std::pow(random_.unit(), 1.8))];
            // Reserve trees are those of the built-up area; a third of the registered ones stand in the counties.
            const bool is_outside = !is_reserve && random_.chance(0.34);
            std::size_t cell = 0;
            const auto& county = counties[random_.below(std::size(counties))];
            const auto point = is_outside ? moved(middle, county.east_km * 1000 + (random_.unit() - 0.5) * 18'000, county.north_km * 1000 + (random_.unit() - 0.5) * 18'000) : in_a_cell(cell);
            const auto age = is_reserve ? random_.between(80, 99) : static_cast<std::int64_t>(100 + 420 * std::pow(random_.unit(), 3.2));
            const bool is_famous = !is_reserve && random_.chance(0.002);
            const double crown = std::round((6 + 18 * random_.unit()) * 10) / 10;
            const double vigour = random_.unit();
            auto& draft = add(layer, point);
            if (is_outside) draft.county = county.code;
            draft.values = {{"name", std::string(kind.name)}, {"latin_name", std::string(kind.latin)}, {"family", std::string(kind.family)}, {"genus", std::string(kind.genus)},
                            {"sign_no", fmt::format("{}{:05}", is_reserve ? "后备" : "湛古", i + 1)}, {"age", age}, {"age_basis", std::string("estimated")},
                            {"height_m", std::round((7 + 16 * random_.unit()) * 10) / 10}, {"girth_cm", static_cast<double>(random_.between(120, 260) + age)}, {"crown_m", crown},
                            {"crown_ew_m", std::round(crown * 11) / 10 - 0.5}, {"crown_ns_m", std::round(crown * 9) / 10 + 0.5}, {"vigour", std::string(vigour < 0.9 ? "normal" : vigour < 0.985 ? "weak" : "endangered")},
                            {"environment", std::string(random_.chance(0.8) ? "good" : "fair")}, {"protection_m", is_reserve ? 2.0 : 5.0}, {"ownership", std::string(random_.chance(0.6) ? "collective" : "state")},
                            {"carer", is_outside ? std::string(county.name) + "某村委会" : middle_name(cell) + "居委会"}, {"address", is_outside ? std::string(county.name) + "（虚构地点）" : middle_name(cell)}};
            if (!is_reserve) {
                draft.values.emplace_back("grade", std::string(is_famous ? "famous" : age >= 500 ? "1" : age >= 300 ? "2" : "3"));
                draft.values.emplace_back("is_grove", std::int64_t{random_.chance(0.12)});
                draft.values.emplace_back("recognised_date", day(12));
            }
        }
    }

    // Door numbers along the streets, odd on one side, even on the other.
    void add_addresses() {
        const double every = 55.0 * 120'000 / std::max(2'000, world_.options.components);
        std::set<std::string> named;
        for (const auto& street : world_.streets) {
            const double length = length_m(street.line);
            if (named.insert(street.name).second)
                if (const auto middle = beside(street.line, length / 2, 0); world_.index.find(middle) >= 0) {
                    auto& draft = add("addresses", middle);
                    draft.values = {{"name", street.name}, {"category", std::string("street")}, {"full_address", "湛江市" + street.name}, {"street_name", street.name}};
                }
            int number = 1;
            for (double at = every / 2; at < length; at += every, number += 2)
                for (const int side : {0, 1}) {
                    const auto point = beside(street.line, at, (side == 0 ? 1.05 : -1.05) * half_width_m(street.layer));
                    const int cell = world_.index.find(point);
                    if (cell < 0) continue;
                    const auto door = std::to_string(number + side) + "号";
                    auto& draft = add("addresses", point);
                    draft.values = {{"name", street.name + door}, {"category", std::string("door")}, {"full_address", district_of(static_cast<std::size_t>(cell)) + street.name + door}, {"street_name", street.name}, {"door_no", door}};
                }
        }
    }

    std::string district_of(std::size_t cell) {
        auto& name = district_names_[world_.city.cells[cell].community_code];
        if (!name.empty()) return name;
        const auto community = std::ranges::find(world_.city.regions, world_.city.cells[cell].community_code, &grid::Region::code);
        const auto district = std::ranges::find(world_.city.regions, community->managed_by_code, &grid::Region::code);
        return name = "湛江市" + (district == world_.city.regions.end() ? std::string() : district->name);
    }

    // Regions by their names, and what everybody knows: parks, schools, markets.
    void add_places() {
        for (const auto& region : world_.city.regions) {
            auto& draft = add("addresses", region.label_point);
            auto alias = region.name;
            for (const std::string_view ending : {"社区", "街道"})
                if (alias.ends_with(ending)) alias.resize(alias.size() - ending.size());
            draft.values = {{"name", region.name}, {"category", std::string("region")}, {"full_address", region.level == grid::RegionLevel::city ? region.name : "湛江市" + region.name}};
            if (alias != region.name) draft.values.emplace_back("aliases", alias);
        }
        for (const auto& feature : world_.city.base_map) {
            if (feature.name.empty() || (feature.layer != "block" && feature.layer != "green" && feature.layer != "bridge")) continue;
            const auto place = registry::place_of(feature.geometry);
            const int cell = place ? world_.index.find(*place) : -1;
            if (cell < 0 && feature.layer != "bridge") continue;
            auto& draft = add("addresses", *place);
            const bool is_landmark = feature.layer != "block";
            draft.values = {{"name", feature.name}, {"category", std::string(is_landmark ? "landmark" : "poi")}, {"full_address", (cell < 0 ? std::string("湛江市") : district_of(static_cast<std::size_t>(cell))) + feature.name}};
            if (!is_landmark) draft.values.emplace_back("kind", std::string("公共服务"));
        }
    }

    void add_signs_and_lamps() {
        for (int i = 0; i < share(420); ++i) {
            const StreetLine* street = nullptr;
            auto& draft = add("outdoor_advertisements", in_a_street(street, 0.97));
            draft.values = {{"name", street->name + fmt::format("广告{}", i + 1)}, {"kind", std::string(random_.chance(0.4) ? "wall" : "shelter")}, {"width_m", static_cast<double>(random_.between(2, 18))},
                            {"height_m", static_cast<double>(random_.between(1, 8))}, {"permit_no", fmt::format("演示广许〔2025〕{:04}", i + 1)}, {"permit_until", fmt::format("2027-{:02}-01", random_.between(1, 12))},
                            {"owner_name", std::string("演示广告公司")}, {"address", street->name}, {"state", std::string("intact")}};
        }
        const double every = 60.0 * 120'000 / std::max(2'000, world_.options.components);
        for (const auto& street : world_.streets) {
            if (street.layer != "road_main") continue;
            int number = 0;
            for (double at = every / 3; at < length_m(street.line); at += every) {
                const auto point = beside(street.line, at, 0.76 * half_width_m(street.layer));
                if (world_.index.find(point) < 0) continue;
                auto& draft = add("street_lamps", point);
                draft.values = {{"name", street.name + fmt::format("{}号灯杆", ++number)}, {"road_name", street.name}, {"lamp_kind", std::string("led")}, {"power_w", random_.between(8, 20) * 10}, {"pole_height_m", 10.0},
                                {"heads", std::int64_t{2}}, {"state", std::string(random_.chance(0.98) ? "intact" : "damaged")}};
            }
        }
        for (const auto& feature : world_.city.base_map) {
            const auto* area = std::get_if<geo::Polygon>(&feature.geometry);
            if (feature.layer != "green" || area == nullptr || feature.name.empty()) continue;
            const auto& ring = area->rings[0];
            for (std::size_t i = 0; i + 1 < ring.size(); i += std::max<std::size_t>(1, ring.size() / 4)) {
                auto& draft = add("green_line_signs", ring[i]);
                draft.values = {{"name", feature.name}, {"sign_no", fmt::format("绿线{:04}", world_.drafts["green_line_signs"].size())}, {"kind", std::string(i == 0 ? "main" : "boundary")}, {"published_date", std::string("2025-03-12")}, {"state", std::string("intact")}};
            }
        }
    }

    void add_toilets() {
        std::string last;
        for (std::size_t i = 0; i < world_.city.cells.size(); ++i) {
            if (world_.city.cells[i].community_code == last || i % 3 != 0) continue;
            last = world_.city.cells[i].community_code;
            auto& draft = add("public_toilets", geo::centroid(world_.city.cells[i].outline));
            draft.values = {{"name", middle_name(i) + "公厕"}, {"grade", std::string(random_.chance(0.4) ? "1" : "2")}, {"kind", std::string("detached")}, {"places_men", random_.between(3, 8)}, {"places_women", random_.between(4, 14)},
                            {"is_accessible", std::int64_t{1}}, {"has_family_room", std::int64_t{random_.chance(0.5)}}, {"opening_hours", std::string("全天")}, {"address", world_.city.streets[i].street}, {"state", std::string("intact")}};
        }
    }

    void add_sites() {
        constexpr const char* kinds[] = {"building", "municipal", "demolition", "road"};
        constexpr const char* phases[] = {"foundation", "structure", "fitting", "stopped"};
        for (int i = 0; i < 84; ++i) {
            std::size_t cell = 0;
            auto& draft = add("construction_sites", square_at(in_a_cell(cell), 25 + 20 * random_.unit()));
            draft.values = {{"name", middle_name(cell) + fmt::format("{}号工地", i + 1)}, {"kind", std::string(kinds[random_.below(4)])}, {"builder", std::string("演示建设公司")}, {"contractor", std::string("演示建筑公司")},
                            {"permit_no", fmt::format("演示施许{:05}", i + 1)}, {"phase", std::string(phases[random_.below(4)])}, {"begins", day(2)}, {"has_washing", std::int64_t{random_.chance(0.8)}},
                            {"has_camera", std::int64_t{random_.chance(0.7)}}, {"address", world_.city.streets[cell].street}};
        }
        constexpr const char* sponge[] = {"rain_garden", "permeable", "wetland", "storage"};
        for (int i = 0; i < 42; ++i) {
            std::size_t cell = 0;
            const double side = 20 + 40 * random_.unit();
            auto& draft = add("sponge_city_areas", square_at(in_a_cell(cell), side));
            draft.values = {{"name", middle_name(cell) + fmt::format("海绵片区{}", i + 1)}, {"kind", std::string(sponge[random_.below(4)])}, {"area_m2", std::round(side * side)}, {"runoff_control", static_cast<double>(random_.between(60, 85))}};
        }
    }

    void add_waterside() {
        for (const auto& feature : world_.city.base_map) {
            const auto* line = std::get_if<geo::Line>(&feature.geometry);
            if (feature.layer != "coast" || line == nullptr) continue;
            const double length = length_m(*line);
            for (double at = 1'500; at < length - 1'500; at += 420) {
                const auto point = beside(*line, at, 0);
                auto& draft = add("drainage_outfalls", point);
                draft.values = {{"name", fmt::format("沿海排水口{}", world_.drafts["drainage_outfalls"].size())}, {"kind", std::string(random_.chance(0.7) ? "rain" : "combined")}, {"water_name", std::string("湛江湾")},
                                {"diameter_mm", random_.between(6, 30) * 100}, {"material", std::string("混凝土")}, {"has_flow", std::int64_t{random_.chance(0.15)}}, {"state", std::string("intact")}};
            }
        }
    }

    BaseWorld& world_;
    Random& random_;
    std::map<std::string, std::string> district_names_;
};

} // namespace

double length_m(const geo::Line& line) {
    double length = 0;
    for (std::size_t i = 1; i < line.size(); ++i) length += geo::distance_m(line[i - 1], line[i]);
    return length;
}

double half_width_m(std::string_view street_layer) { return street_layer == "road_main" ? 16 : street_layer == "road" ? 9 : 4.5; }

geo::Point moved(geo::Point from, double east_m, double north_m) { return {from.lon + east_m / (metres_per_degree * shrink_at(from.lat)), from.lat + north_m / metres_per_degree}; }

geo::Point beside(const geo::Line& line, double along_m, double left_m) {
    for (std::size_t i = 1; i < line.size(); ++i) {
        const double piece = geo::distance_m(line[i - 1], line[i]);
        if (along_m > piece && i + 1 < line.size()) {
            along_m -= piece;
            continue;
        }
        const double part = piece > 0 ? std::min(1.0, along_m / piece) : 0;
        const geo::Point at{line[i - 1].lon + part * (line[i].lon - line[i - 1].lon), line[i - 1].lat + part * (line[i].lat - line[i - 1].lat)};
        const double east = (line[i].lon - line[i - 1].lon) * metres_per_degree * shrink_at(at.lat), north = (line[i].lat - line[i - 1].lat) * metres_per_degree;
        const double length = std::hypot(east, north);
        return length > 0 ? moved(at, -north / length * left_m, east / length * left_m) : at;
    }
    return line.front();
}

geo::Polygon square_at(geo::Point middle, double side_m) {
    const double half = side_m / 2;
    const auto south_west = moved(middle, -half, -half);
    return {{{south_west, moved(middle, half, -half), moved(middle, half, half), moved(middle, -half, half), south_west}}};
}

geo::Geometry outline_of(const std::vector<const grid::Cell*>& cells) {
    using Corner = std::pair<double, double>;
    std::map<Corner, std::vector<Corner>> next; // border edges in their direction
    const auto take = [&](Corner from, Corner to) {
        auto found = next.find(to);
        if (found != next.end())
            if (const auto back = std::ranges::find(found->second, from); back != found->second.end()) { // shared with a neighbour
                found->second.erase(back);
                return;
            }
        next[from].push_back(to);
    };
    geo::MultiPolygon all;
    for (const auto* cell : cells) {
        all.push_back(cell->outline);
        const auto& ring = cell->outline.rings[0];
        for (std::size_t i = 1; i < ring.size(); ++i) take({ring[i - 1].lon, ring[i - 1].lat}, {ring[i].lon, ring[i].lat});
    }
    std::size_t edges = 0;
    for (const auto& [from, to] : next) edges += to.size();
    geo::Ring ring;
    const auto begin = std::ranges::find_if(next, [](const auto& one) { return one.second.size() == 1; });
    if (begin == next.end()) return all;
    for (auto at = begin->first; ring.size() <= edges;) {
        ring.push_back({at.first, at.second});
        if (ring.size() > 1 && at == begin->first) break;
        const auto& on = next[at];
        if (on.size() != 1) return all;
        at = on.front();
    }
    if (ring.size() != edges + 1) return all;
    return geo::Polygon{{ring}};
}

const Units::Unit& Units::of(const std::string& class_code, const std::string& cell_code) {
    const auto community = cell_code.substr(0, 12);
    auto& unit = known_[class_code + "/" + community];
    if (!unit.code.empty()) return unit;
    const auto filing = rules_.taxonomy.rows_of("2026", "component", class_code);
    const auto region = std::ranges::find(city_.regions, community, &grid::Region::code);
    unit.code = city_.responsible_unit(filing.empty() ? "municipal" : filing.front()->responsible_kind, community.substr(0, 9), region == city_.regions.end() ? "" : region->managed_by_code);
    const auto organisation = std::ranges::find(city_.organisations, unit.code, &CityOrganisation::code);
    unit.name = organisation == city_.organisations.end() ? unit.code : organisation->name;
    unit.code = unit.code.substr(0, 18); // the standard's length
    return unit;
}

void add_more_layers(BaseWorld world) { More(world).run(); }

} // namespace chengge::demo
