#include "demo/settlement.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <queue>
#include <set>
#include <span>

#include <fmt/format.h>

#include "base/assert.hpp"

namespace chengge::demo {

namespace {

struct PublishedSubdistrict {
    const char* code;
    const char* name;
    int communities;
};

// Codes and names of streets as published; who manages 泉庄 and 乐华 differs from what the code
// says.
constexpr PublishedSubdistrict chikan[] = {{"440802008", "北桥街道", 2}, {"440802005", "沙湾街道", 3},
                             {"440802002", "寸金街道", 2}, {"440802001", "中华街道", 3},
                             {"440802006", "调顺街道", 2}, {"440802003", "民主街道", 2},
                             {"440802004", "中山街道", 2}, {"440802007", "南桥街道", 2}};
constexpr PublishedSubdistrict xiashan[] = {{"440803009", "建设街道", 2}, {"440803011", "新园街道", 2},
                              {"440803010", "东新街道", 2}, {"440803005", "新兴街道", 2},
                              {"440803003", "工农街道", 2}, {"440803004", "友谊街道", 2},
                              {"440803001", "解放街道", 2}, {"440803012", "海头街道", 3},
                              {"440803006", "海滨街道", 3}, {"440803002", "爱国街道", 2}};
constexpr PublishedSubdistrict development[] = {{"440803070", "泉庄街道", 4}, {"440803071", "乐华街道", 4}};
constexpr PublishedSubdistrict potou[] = {{"440804001", "南调街道", 3}, {"440804002", "麻斜街道", 2}};
constexpr PublishedSubdistrict mazhang[] = {{"440811100", "麻章镇", 5}};

struct District {
    const char* code;
    const char* name;
    int cells;
    std::span<const PublishedSubdistrict> streets;
};

constexpr District districts[] = {{"440802", "赤坎区", 2150, chikan},
                                  {"440891", "开发区", 1286, development},
                                  {"440803", "霞山区", 2650, xiashan},
                                  {"440811", "麻章区", 680, mazhang},
                                  {"440804", "坡头区", 760, potou}};

// Invented; in the order in which communities are laid out.
constexpr const char* community_names[] = {
    "榕荫", "听涛", "望潮", "银帆", "荔香", "瑞云", "金鸥", "棠梨", "松涛", "锦溪", "鹭洲", "椰影",
    "晴川", "朝晖", "碧桐", "云霞", "海晏", "星湖", "翠屏", "兰亭", "镜湖", "渔歌", "沁园", "南薰",
    "紫藤", "芳洲", "梧桐", "丹霞", "汇景", "同安", "观澜", "安澜", "虹桥", "清和", "康宁", "永乐",
    "福泽", "广济", "仁和", "长兴", "新港", "风帆", "石榴", "木棉", "凤凰", "灯塔", "渔港", "白鹭",
    "浅湾", "莲塘", "桂园", "竹苑", "稻香", "甘泉", "青禾", "平岭", "桃溪", "晨光"};
static_assert(std::size(community_names) == 58);

double score_of(const Ground& ground, Mesh mesh) {
    const double u = mesh.i + 0.5, v = mesh.j + 0.5;
    const double spine = ground.west_shore(v) - 25;
    const double half_width = 23 + 4 * std::sin(v / 17) + 2.5 * std::sin(v / 7 + 2);
    double score = std::fabs(u - spine) / (u > spine ? 26 : half_width);
    if (v > 140) score += (v - 140) / 9;
    if (v < 24) score += (24 - v) / 9;
    const double town = std::hypot((u - 50) * 0.9, v - 108) / 17;
    return std::min(score, town);
}

// Grows from a mesh by the least score until it has `count` meshes: connected by construction.
std::vector<Mesh> grow(const Ground& ground, Mesh from, std::size_t count, auto&& score) {
    using Entry = std::pair<double, Mesh>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> edge;
    std::set<Mesh> seen{from};
    std::vector<Mesh> grown;
    edge.push({0, from});
    while (grown.size() < count) {
        ASSERT(!edge.empty());
        const auto [_, mesh] = edge.top();
        edge.pop();
        grown.push_back(mesh);
        for (const auto [di, dj] : {Mesh{1, 0}, Mesh{-1, 0}, Mesh{0, 1}, Mesh{0, -1}}) {
            const Mesh next{mesh.i + di, mesh.j + dj};
            if (ground.is_land(next) && seen.insert(next).second) edge.push({score(next), next});
        }
    }
    return grown;
}

// Cuts meshes into parts of the given sizes, across the longer side each time.
void cut(std::vector<Mesh> meshes, std::span<const std::size_t> sizes,
         std::vector<std::vector<Mesh>>& parts) {
    if (sizes.size() == 1) {
        parts.push_back(std::move(meshes));
        return;
    }
    const auto half = sizes.subspan(0, (sizes.size() + 1) / 2);
    const auto first = std::accumulate(half.begin(), half.end(), std::size_t{0});
    const auto [west, east] = std::ranges::minmax(meshes, {}, &Mesh::i);
    const auto [south, north] = std::ranges::minmax(meshes, {}, &Mesh::j);
    if (east.i - west.i > north.j - south.j)
        std::ranges::sort(meshes, {}, [](Mesh mesh) { return std::pair(mesh.i, -mesh.j); });
    else std::ranges::sort(meshes, {}, [](Mesh mesh) { return std::pair(-mesh.j, mesh.i); });
    const auto middle = meshes.begin() + static_cast<std::ptrdiff_t>(first);
    cut({meshes.begin(), middle}, half, parts);
    cut({middle, meshes.end()}, sizes.subspan(half.size()), parts);
}

// Shares out `total` by weights, exactly.
std::vector<std::size_t> share(std::size_t total, const std::vector<double>& weights) {
    const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    std::vector<std::size_t> sizes;
    double given = 0;
    std::size_t handed_out = 0;
    for (const double weight : weights) {
        given += weight;
        const auto until =
            static_cast<std::size_t>(std::llround(static_cast<double>(total) * given / sum));
        sizes.push_back(until - handed_out);
        handed_out = until;
    }
    return sizes;
}

class Settler {
public:
    Settler(const Ground& ground, std::uint64_t seed)
        : ground_(ground), random_(seed ^ 0x736574746c65) {}

    Settlement run() {
        auto west =
            grow(ground_, {82, 80}, 6'766, [&](Mesh mesh) { return score_of(ground_, mesh); });
        // The town takes the western bulge, to a border that curves with it.
        std::ranges::sort(west, {}, [](Mesh mesh) {
            const double off = mesh.j - 107.5;
            return std::pair(mesh.i + 0.03 * off * off, mesh);
        });
        std::vector<Mesh> town(west.begin(), west.begin() + districts[3].cells);
        west.erase(west.begin(), west.begin() + districts[3].cells);
        // The rest from north to south, along lattice lines.
        std::ranges::sort(west, {}, [](Mesh mesh) { return std::pair(-mesh.j, mesh.i); });
        auto next = west.begin();
        for (int d = 0; d < 3; ++d) {
            lay_out(districts[d], {next, next + districts[d].cells});
            next += districts[d].cells;
        }
        lay_out(districts[3], std::move(town));
        const Mesh landing{static_cast<int>(ground_.east_shore(92)) + 4, 92};
        lay_out(
            districts[4],
            grow(ground_, landing, static_cast<std::size_t>(districts[4].cells), [&](Mesh mesh) {
                return std::hypot(mesh.i - landing.i - 7.0, (mesh.j - landing.j) * 0.62);
            }));
        settle_map();
        while (join_fragments()) {
        }
        number_communities();
        return std::move(settlement_);
    }

private:
    void lay_out(const District& district, std::vector<Mesh> meshes) {
        settlement_.districts.push_back({district.code, district.name});
        std::vector<double> weights;
        for (const auto& street : district.streets)
            weights.push_back(street.communities * (0.85 + 0.3 * random_.unit()));
        std::vector<std::vector<Mesh>> streets;
        cut(std::move(meshes), share(static_cast<std::size_t>(district.cells), weights), streets);
        for (std::size_t s = 0; s < streets.size(); ++s) {
            std::vector<double> shares;
            for (int c = 0; c < district.streets[s].communities; ++c)
                shares.push_back(0.9 + 0.2 * random_.unit());
            const auto sizes = share(streets[s].size(), shares);
            std::vector<std::vector<Mesh>> parts;
            cut(std::move(streets[s]), sizes, parts);
            for (auto& part : parts) {
                CommunityPlan plan;
                plan.subdistrict_code = district.streets[s].code;
                plan.subdistrict_name = district.streets[s].name;
                plan.district_code = plan.subdistrict_code.substr(0, 6);
                plan.managing_district_code = district.code;
                plan.meshes = std::move(part);
                settlement_.communities.push_back(std::move(plan));
            }
        }
    }

    void settle_map() {
        settlement_.community_at.assign(static_cast<std::size_t>(Ground::columns * Ground::rows),
                                        -1);
        for (std::size_t c = 0; c < settlement_.communities.size(); ++c)
            for (const auto mesh : settlement_.communities[c].meshes)
                set(mesh, static_cast<int>(c));
    }

    void set(Mesh mesh, int community) {
        settlement_.community_at[static_cast<std::size_t>(mesh.j * Ground::columns + mesh.i)] =
            community;
    }

    // Gives what a cut left apart to the neighbour with the longest common border, in the same
    // street when there is one. True when something moved.
    bool join_fragments() {
        for (std::size_t c = 0; c < settlement_.communities.size(); ++c) {
            auto parts = parts_of(settlement_.communities[c].meshes);
            if (parts.size() < 2) continue;
            std::ranges::sort(parts, std::greater(), [](const auto& part) { return part.size(); });
            bool has_moved = false;
            for (std::size_t p = 1; p < parts.size(); ++p) {
                const int to = neighbour_of(parts[p], static_cast<int>(c));
                if (to < 0) continue;
                auto& target = settlement_.communities[static_cast<std::size_t>(to)].meshes;
                target.insert(target.end(), parts[p].begin(), parts[p].end());
                for (const auto mesh : parts[p]) {
                    set(mesh, to);
                    std::erase(settlement_.communities[c].meshes, mesh);
                }
                has_moved = true;
            }
            if (has_moved) return true;
        }
        return false;
    }

    std::vector<std::vector<Mesh>> parts_of(const std::vector<Mesh>& meshes) const {
        std::set<Mesh> left(meshes.begin(), meshes.end());
        std::vector<std::vector<Mesh>> parts;
        while (!left.empty()) {
            std::vector<Mesh> part{*left.begin()};
            left.erase(left.begin());
            for (std::size_t at = 0; at < part.size(); ++at)
                for (const auto [di, dj] : {Mesh{1, 0}, Mesh{-1, 0}, Mesh{0, 1}, Mesh{0, -1}})
                    if (const auto found = left.find({part[at].i + di, part[at].j + dj});
                        found != left.end()) {
                        part.push_back(*found);
                        left.erase(found);
                    }
            parts.push_back(std::move(part));
        }
        return parts;
    }

    int neighbour_of(const std::vector<Mesh>& part, int from) const {
        std::map<int, double> borders;
        const auto& own = settlement_.communities[static_cast<std::size_t>(from)];
        for (const auto [i, j] : part)
            for (const auto [di, dj] : {Mesh{1, 0}, Mesh{-1, 0}, Mesh{0, 1}, Mesh{0, -1}}) {
                const int other = settlement_.at({i + di, j + dj});
                if (other < 0 || other == from) continue;
                const auto& community = settlement_.communities[static_cast<std::size_t>(other)];
                borders[other] += community.subdistrict_code == own.subdistrict_code ? 10'000
                                  : community.managing_district_code == own.managing_district_code
                                      ? 100
                                      : 1;
            }
        const auto longest =
            std::ranges::max_element(borders, {}, [](const auto& border) { return border.second; });
        return longest == borders.end() ? -1 : longest->first;
    }

    void number_communities() {
        std::map<std::string, int> numbers;
        int named = 0;
        for (auto& plan : settlement_.communities) {
            const auto number = fmt::format("{:03}", ++numbers[plan.subdistrict_code]);
            plan.code = plan.subdistrict_code + number;
            plan.name = std::string(community_names[named++]) + "社区";
            const double centre = std::accumulate(
                plan.meshes.begin(), plan.meshes.end(), 0.0, [&](double sum, Mesh mesh) {
                    return sum + score_of(ground_, mesh) / static_cast<double>(plan.meshes.size());
                });
            const bool is_across =
                plan.managing_district_code == "440804" || plan.managing_district_code == "440811";
            plan.area_class = is_across || centre > 0.75 ? "C" : centre > 0.45 ? "B" : "A";
        }
    }

    const Ground& ground_;
    Random random_;
    Settlement settlement_;
};

} // namespace

Settlement settle(const Ground& ground, std::uint64_t seed) { return Settler(ground, seed).run(); }

} // namespace chengge::demo
