#include "demo/city.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/assert.hpp"
#include "demo/city_map.hpp"
#include "demo/city_people.hpp"

namespace chengge::demo {

namespace {

using grid::Region;
using grid::RegionLevel;

// The middle of the largest part.
geo::Point label_of(const geo::MultiPolygon& outline) {
    const auto largest =
        std::ranges::max_element(outline, {}, [](const auto& part) { return geo::area_m2(part); });
    return geo::centroid(*largest);
}

class Regions {
public:
    Regions(const Ground& ground, const Settlement& settlement, const std::string& initial_date)
        : ground_(ground), settlement_(settlement), initial_date_(initial_date) {}

    std::vector<Region> run() {
        std::vector<Mesh> all;
        std::map<std::string, std::vector<Mesh>> districts, streets;
        for (const auto& plan : settlement_.communities)
            for (auto* meshes :
                 {&all, &districts[plan.managing_district_code], &streets[plan.subdistrict_code]})
                meshes->insert(meshes->end(), plan.meshes.begin(), plan.meshes.end());
        add("440800", "湛江市", RegionLevel::city, "", "", "", all);
        for (const auto& district : settlement_.districts)
            add(district.code, district.name, RegionLevel::district, "440800", district.code, "",
                districts[district.code]);
        std::string last;
        for (const auto& plan : settlement_.communities) {
            if (plan.subdistrict_code == last) continue;
            last = plan.subdistrict_code;
            add(last, plan.subdistrict_name, RegionLevel::subdistrict, plan.district_code,
                plan.managing_district_code, "", streets[last]);
        }
        for (const auto& plan : settlement_.communities)
            add(plan.code, plan.name, RegionLevel::community, plan.subdistrict_code,
                plan.managing_district_code, plan.area_class, plan.meshes);
        return std::move(regions_);
    }

private:
    void add(std::string code, std::string name, RegionLevel level, std::string parent,
             std::string managed_by, std::string area_class, const std::vector<Mesh>& meshes) {
        Region region;
        region.code = std::move(code);
        region.name = std::move(name);
        region.level = level;
        region.parent_code = std::move(parent);
        region.managed_by_code = std::move(managed_by);
        region.area_class = std::move(area_class);
        region.outline = ground_.outline(meshes);
        region.label_point = label_of(region.outline);
        region.initial_date = initial_date_;
        regions_.push_back(std::move(region));
    }

    const Ground& ground_;
    const Settlement& settlement_;
    const std::string& initial_date_;
    std::vector<Region> regions_;
};

void add_cells(City& city, const Ground& ground, const Settlement& settlement, const StreetNet& net,
               const std::string& initial_date) {
    for (const auto& plan : settlement.communities) {
        std::vector<geo::Polygon> outlines;
        for (const auto mesh : plan.meshes) outlines.push_back(ground.outline(mesh));
        const auto numbers = grid::number_cells(outlines);
        std::vector<std::size_t> order(numbers.size());
        for (std::size_t i = 0; i < numbers.size(); ++i)
            order[static_cast<std::size_t>(numbers[i] - 1)] = i;
        for (const auto at : order) {
            const auto number = fmt::format("{:03}", numbers[at]);
            const double area_m2 = geo::area_m2(outlines[at]);
            city.cells.push_back({plan.code + number, plan.code, std::move(outlines[at]), area_m2,
                                  initial_date, ""});
            city.streets.push_back(net.streets_of(plan.meshes[at]));
        }
    }
    ASSERT(city.cells.size() == static_cast<std::size_t>(cell_count));
}

} // namespace

const std::string& City::responsible_unit(std::string_view kind, std::string_view subdistrict_code,
                                          std::string_view managing_district_code) const {
    const Responsibility* best = nullptr;
    for (const auto& responsibility : responsibilities) {
        const bool is_of_kind = responsibility.kind == kind || responsibility.kind == "street";
        if (!is_of_kind) continue;
        const bool is_there = responsibility.region_code.empty() ||
                              responsibility.region_code == subdistrict_code ||
                              responsibility.region_code == managing_district_code;
        if (!is_there) continue;
        // The kind itself before the fallback, then the smaller region.
        const auto rank = [&](const Responsibility& one) {
            return std::pair(one.kind == kind, one.region_code.size());
        };
        if (best == nullptr || rank(responsibility) > rank(*best)) best = &responsibility;
    }
    ASSERT(best != nullptr);
    return best->organisation_code;
}

City make_city(std::uint64_t seed, const std::string& initial_date) {
    City city;
    city.name = "湛江市";
    city.seed = seed;
    const Ground ground(seed);
    const auto settlement = settle(ground, seed);
    const StreetNet net(ground, settlement, seed);
    city.regions = Regions(ground, settlement, initial_date).run();
    add_cells(city, ground, settlement, net, initial_date);
    city.base_map = draw_map(ground, settlement, net, seed);
    add_people(city, settlement, seed);
    return city;
}

} // namespace chengge::demo
