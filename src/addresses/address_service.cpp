#include "addresses/address_service.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace chengge::addresses {

namespace {

using namespace std::chrono_literals;

constexpr double door_metres = 60, landmark_metres = 150, street_metres = 80;
constexpr double beside_metres = 15; // nearer than this a place is at the address, not near it
constexpr double standard_metres = 500; // between a report's point and the address its words mean
constexpr std::size_t table_rows_max = 20'000;

std::string text_of(const registry::LayerSnapshot& layer, std::size_t at, int field) {
    if (field < 0) return "";
    const auto value = layer.value(at, field);
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr ? *text : "";
}

PlaceKind kind_of(std::string_view category) {
    constexpr std::pair<std::string_view, PlaceKind> kinds[] = {{"door", PlaceKind::door}, {"building", PlaceKind::building}, {"poi", PlaceKind::poi}, {"landmark", PlaceKind::landmark},
                                                               {"estate", PlaceKind::estate}, {"block", PlaceKind::block}, {"zone", PlaceKind::zone}, {"street", PlaceKind::street}};
    for (const auto& [name, kind] : kinds)
        if (name == category) return kind;
    return PlaceKind::zone;
}

std::vector<Place> places_of(const registry::LayerSnapshot& layer, const grid::GridService& grid) {
    const auto& fields = layer.layer();
    const int name = fields.field_index("name"), category = fields.field_index("category"), aliases = fields.field_index("aliases");
    std::vector<Place> places;
    for (std::size_t at = 0; at < layer.slots(); ++at) {
        if (!layer.is_there(at)) continue;
        const auto box = layer.box(at);
        if (!(box.west <= box.east)) continue;
        const geo::Point middle{(box.west + box.east) / 2, (box.south + box.north) / 2};
        Place place{std::string(layer.id(at)), text_of(layer, at, name), {}, kind_of(text_of(layer, at, category)), middle, "", ""};
        const auto others = text_of(layer, at, aliases);
        for (std::size_t from = 0; from < others.size();) {
            const auto end = std::min(others.find("、", from), others.size());
            if (end > from) place.aliases.push_back(others.substr(from, end - from));
            from = end + std::string_view("、").size();
        }
        if (const auto cell = grid.find_cell(middle.lon, middle.lat); cell >= 0) place.region = grid.cells()[static_cast<std::size_t>(cell)].community_code;
        if (const auto* community = grid.find_region(place.region)) place.manager = community->managed_by_code;
        if (!place.name.empty()) places.push_back(std::move(place));
    }
    return places;
}

void add_regions(std::vector<Place>& places, const grid::GridService& grid) {
    for (const auto& region : grid.regions()) {
        if (region.level == grid::RegionLevel::city) continue;
        const auto kind = region.level == grid::RegionLevel::district ? PlaceKind::county : region.level == grid::RegionLevel::subdistrict ? PlaceKind::town : PlaceKind::community;
        places.push_back({region.code, region.name, {}, kind, region.label_point, region.code, region.managed_by_code});
    }
}

std::vector<Road> roads_of(const registry::LayerSnapshot& layer) {
    std::map<std::string, Road> by_name;
    const int name = layer.layer().field_index(layer.layer().name_field);
    for (std::size_t at = 0; at < layer.slots(); ++at) {
        if (!layer.is_there(at)) continue;
        const auto called = text_of(layer, at, name);
        const auto geometry = layer.geometry(at);
        if (called.empty() || !geometry) continue;
        auto& road = by_name[called];
        road.name = called;
        if (const auto* line = std::get_if<geo::Line>(&*geometry)) road.lines.push_back(*line);
        if (const auto* lines = std::get_if<geo::MultiLine>(&*geometry)) road.lines.insert(road.lines.end(), lines->begin(), lines->end());
    }
    std::vector<Road> roads;
    for (auto& [called, road] : by_name) roads.push_back(std::move(road));
    return roads;
}

constexpr std::pair<std::string_view, std::string_view> sides[] = {{"east", "东"}, {"north_east", "东北"}, {"north", "北"}, {"north_west", "西北"},
                                                                   {"west", "西"}, {"south_west", "西南"}, {"south", "南"}, {"south_east", "东南"}};

// Where `point` lies seen from `from`.
const std::pair<std::string_view, std::string_view>& side_of(geo::Point from, geo::Point point) {
    const auto angle = std::atan2(point.lat - from.lat, (point.lon - from.lon) * std::cos(from.lat * 3.14159265358979 / 180)) * 180 / 3.14159265358979;
    return sides[static_cast<std::size_t>(std::lround((angle + 360) / 45)) % 8];
}

// A point that surely lies in the cell: its middle, or for a bent one the middle of an edge moved inwards.
geo::Point point_in(const geo::Polygon& outline) {
    const auto middle = geo::centroid(outline);
    if (geo::contains(outline, middle)) return middle;
    const auto& ring = outline.rings.front();
    for (std::size_t i = 0; i + 1 < ring.size(); ++i)
        for (std::size_t j = i + 2; j + 1 < ring.size(); ++j) {
            const geo::Point between{(ring[i].lon + ring[j].lon) / 2, (ring[i].lat + ring[j].lat) / 2};
            if (geo::contains(outline, between)) return between;
        }
    return ring.front();
}

} // namespace

struct AddressService::State {
    explicit State(AddressParts given) : parts(given) {}

    std::shared_ptr<const AddressIndex> now() {
        if (auto made = std::atomic_load(&index)) return made;
        const std::lock_guard lock(making);
        if (!std::atomic_load(&index)) make();
        return std::atomic_load(&index);
    }

    void make() {
        auto places = places_of(*parts.registry.snapshot("addresses"), parts.grid);
        add_regions(places, parts.grid);
        std::atomic_store(&index, std::make_shared<const AddressIndex>(std::move(places), roads_of(*parts.registry.snapshot("roads"))));
    }

    // Many small edits are taken together.
    void follow(std::stop_token stop) {
        while (!stop.stop_requested()) {
            {
                std::unique_lock lock(mutex);
                if (!changed.wait(lock, stop, [&] { return is_stale; })) return;
                is_stale = false;
            }
            try {
                const std::lock_guard lock(making);
                if (std::atomic_load(&index)) make();
            } catch (const std::exception& error) {
                log_warning("the addresses could not be read anew", {{"reason", error.what()}});
            }
            std::this_thread::sleep_for(500ms);
        }
    }

    Located locate(Candidate candidate) const {
        Located located{std::move(candidate), "", "", "", ""};
        const auto point = located.candidate.place.point;
        if (const auto place = parts.grid.locate(point.lon, point.lat)) {
            located.cell_code = place->cell_code;
            located.community_code = place->community_code;
            located.community_name = place->community_name;
            located.district_name = place->managing_district_name;
        }
        return located;
    }

    AddressParts parts;
    std::shared_ptr<const AddressIndex> index; // null until somebody asks
    std::mutex making;
    std::mutex mutex;
    std::condition_variable_any changed;
    bool is_stale = false;
    std::jthread follower;
};

AddressService::AddressService(AddressParts parts) : parts_(parts), state_(std::make_shared<State>(parts)) {
    parts.registry.on_version([weak = std::weak_ptr(state_)](const std::string& layer, std::int64_t) {
        const auto state = weak.lock();
        if (!state) return;
        if (layer != "addresses" && layer != "roads" && layer != "regions" && layer != "cells") return;
        {
            const std::lock_guard lock(state->mutex);
            state->is_stale = true;
        }
        state->changed.notify_all();
    });
    state_->follower = std::jthread([state = state_.get()](std::stop_token stop) { state->follow(stop); });
}

// The registry may still be telling of a version: the thread ends first, what it is told then goes nowhere.
AddressService::~AddressService() { state_->follower = {}; }

std::size_t AddressService::size() const { return state_->now()->size(); }

std::vector<Element> AddressService::parse(std::string_view text) const { return state_->now()->parse(text); }

std::vector<Place> AddressService::suggest(std::string_view text, const Wish& wish) const { return state_->now()->suggest(text, wish); }

std::vector<Located> AddressService::geocode(std::string_view text, const Wish& wish) const {
    const auto index = state_->now();
    std::vector<Located> found;
    for (auto& candidate : index->find(text, wish)) found.push_back(state_->locate(std::move(candidate)));
    // A cell that the text names decides: a place within it, else the cell itself.
    for (const auto& element : index->parse(text)) {
        const auto* cell = element.kind == ElementKind::cell ? state_->parts.grid.find_cell(element.text) : nullptr;
        if (cell == nullptr) continue;
        std::erase_if(found, [&](const Located& one) { return one.cell_code != cell->code; });
        for (auto& one : found) one.candidate.reasons.push_back(Reason::cell);
        if (found.empty()) found.push_back(state_->locate({{cell->code, cell->code, {}, PlaceKind::zone, point_in(cell->outline), cell->community_code, ""}, 0.7, {Reason::cell}}));
        break;
    }
    return found;
}

std::optional<StandardAddress> AddressService::standard_address(std::string_view text, geo::Point point) const {
    const auto found = state_->now()->find(text, {.near = point, .has_near = true, .limit = 1});
    if (found.empty()) return std::nullopt;
    const auto& best = found.front();
    const auto is = [&](Reason reason) { return std::ranges::find(best.reasons, reason) != best.reasons.end(); };
    const bool is_between = is(Reason::between_doors);
    if (best.place.id.empty() || best.place.kind > PlaceKind::poi || is(Reason::region_differs)) return std::nullopt;
    if (!is_between && !is(Reason::same_name) && !is(Reason::alias) && !is(Reason::same_door) && !is(Reason::within_name)) return std::nullopt;
    // Further off it is another of this name, or the pin is not where the words are.
    if (geo::distance_m(best.place.point, point) > standard_metres) return std::nullopt;
    return StandardAddress{is_between ? best.place.region + " " + best.place.name : best.place.id, best.place.name};
}

Result<Called> AddressService::reverse(double lon, double lat, std::string_view coord_type) const {
    const auto& grid = state_->parts.grid;
    TRY_ASSIGN(place, grid.locate(lon, lat, coord_type));
    const geo::Point point{place.lon, place.lat};
    const auto index = state_->now();
    Called called{.text = "", .short_text = "", .place = place, .address = {}, .landmark = {}, .landmark_side = "", .street = ""};
    const auto cell_at = grid.find_cell(point.lon, point.lat);
    for (const auto& near : index->places_near(point, landmark_metres, 400)) {
        if (grid.find_cell(near.place->point.lon, near.place->point.lat) != cell_at) continue;
        const bool is_door = near.place->kind == PlaceKind::door || near.place->kind == PlaceKind::building;
        const bool is_mark = near.place->kind == PlaceKind::poi || near.place->kind == PlaceKind::landmark || near.place->kind == PlaceKind::estate;
        if (is_door && !called.address && near.metres <= door_metres) called.address = *near.place, called.address_m = near.metres;
        if (is_mark && !called.landmark) {
            called.landmark = *near.place;
            called.landmark_m = near.metres;
            if (near.metres > 10) called.landmark_side = side_of(near.place->point, point).first;
        }
    }
    if (const auto roads = index->roads_near(point, street_metres); !roads.empty()) called.street = roads.front().name, called.street_m = roads.front().metres;
    if (called.address) called.short_text = called.address->name + (called.address_m > beside_metres ? "附近" : "");
    else if (called.landmark) called.short_text = called.landmark->name + (called.landmark_side.empty() ? "" : std::string(side_of(called.landmark->point, point).second) + "侧");
    else if (!called.street.empty()) called.short_text = called.street + "附近";
    const auto regions = place.managing_district_name + place.subdistrict_name + place.community_name;
    called.text = regions + called.short_text;
    const auto again = geocode(called.text, {.near = {}, .has_near = false, .limit = 1});
    if (again.empty() || again.front().cell_code != place.cell_code) {
        called.text += "（单元网格 " + place.cell_code + "）";
        if (called.short_text.empty()) called.short_text = place.community_name + "（单元网格 " + place.cell_code + "）";
    }
    return called;
}

Result<std::string> AddressService::run_table(std::string_view csv, std::string_view coord_type) const {
    const auto table = parse_csv(csv, "");
    if (!table) return fail("bad_csv", {{"line", table.error().facts.at("line")}, {"reason", table.error().facts.at("reason")}});
    const auto column = [&](std::initializer_list<std::string_view> names) {
        for (const auto name : names)
            if (const auto at = table->column(name); at >= 0) return at;
        return -1;
    };
    const auto address = column({"address", "地址", "位置", "详细地址"}), lon = column({"lon", "经度", "x"}), lat = column({"lat", "纬度", "y"});
    if (address < 0 && (lon < 0 || lat < 0)) return fail("bad_csv", {{"line", "1"}, {"reason", "has no column address, nor lon and lat"}});
    if (table->rows.size() > table_rows_max) return fail("too_many_rows", {{"rows_max", std::to_string(table_rows_max)}});
    std::string out = "\xef\xbb\xbf";
    for (const auto& name : table->header) out += csv_field(name) + ",";
    out += address >= 0 ? "found,score,reasons,lon,lat,cell_code,community_name,district_name\r\n" : "found,nearest_address,nearest_landmark,cell_code,community_name,district_name\r\n";
    for (const auto& row : table->rows) {
        for (const auto& field : row.fields) out += csv_field(field) + ",";
        if (address >= 0) {
            const auto found = geocode(row.fields[static_cast<std::size_t>(address)], {.near = {}, .has_near = false, .limit = 1});
            if (found.empty()) {
                out += ",0,,,,,,\r\n";
                continue;
            }
            const auto& best = found.front();
            std::string reasons;
            for (const auto reason : best.candidate.reasons) reasons += (reasons.empty() ? "" : " ") + std::string(name_of(reason));
            out += fmt::format("{},{:.2f},{},{:.7f},{:.7f},{},{},{}\r\n", csv_field(best.candidate.place.name), best.candidate.score, reasons, best.candidate.place.point.lon,
                               best.candidate.place.point.lat, best.cell_code, csv_field(best.community_name), csv_field(best.district_name));
            continue;
        }
        const auto number = [&](int at) -> std::optional<double> {
            const auto& text = row.fields[static_cast<std::size_t>(at)];
            char* end = nullptr;
            const auto value = std::strtod(text.c_str(), &end);
            return !text.empty() && *end == '\0' && std::isfinite(value) ? std::optional(value) : std::nullopt;
        };
        const auto x = number(lon), y = number(lat);
        const auto called = x && y ? reverse(*x, *y, coord_type) : Result<Called>(fail("bad_query_value", {{"name", "lon"}}));
        if (!called) {
            out += ",,,,,\r\n";
            continue;
        }
        out += csv_field(called->text) + "," + csv_field(called->address ? called->address->name : "") + "," + csv_field(called->landmark ? called->landmark->name : "") + "," + called->place.cell_code + "," +
               csv_field(called->place.community_name) + "," + csv_field(called->place.managing_district_name) + "\r\n";
    }
    return out;
}

} // namespace chengge::addresses
