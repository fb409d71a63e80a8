#include "demo/street_net.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace chengge::demo {

namespace {

constexpr const char* words[] = {
    "海晏",   "榕荫", "望潮", "椰影", "瑞云",   "灯塔", "听涛", "银帆", "荔香",   "金鸥", "松涛",
    "锦溪",   "鹭洲", "晴川", "朝晖", "碧桐",   "云霞", "星湖", "翠屏", "兰亭",   "镜湖", "渔歌",
    "沁园",   "南薰", "紫藤", "芳洲", "梧桐",   "丹霞", "汇景", "同安", "观澜",   "安澜", "虹桥",
    "清和",   "康宁", "永乐", "福泽", "广济",   "仁和", "长兴", "新港", "风帆",   "石榴", "木棉",
    "凤凰",   "渔港", "白鹭", "浅湾", "莲塘",   "桂园", "竹苑", "稻香", "甘泉",   "青禾", "平岭",
    "桃溪",   "晨光", "春晓", "秋实", "远航",   "启航", "扬帆", "破浪", "逐浪",   "踏浪", "潮声",
    "月牙",   "半月", "明月", "江月", "海月",   "山海", "云海", "林海", "花海",   "百合", "茉莉",
    "米兰",   "玉兰", "芙蓉", "紫荆", "红棉",   "山茶", "杜鹃", "含笑", "九里香", "龙眼", "黄皮",
    "菠萝",   "甘蔗", "珍珠", "珊瑚", "贝壳",   "海螺", "海星", "文蛤", "对虾",   "金鲳", "石斑",
    "墨鱼",   "盐田", "船坞", "锚地", "码头前", "帆影", "红树", "白沙", "金沙",   "银滩", "绿岛",
    "蓝湾",   "碧海", "青云", "紫云", "祥云",   "彩云", "和风", "南风", "东风里", "清风", "勤耕",
    "书院",   "学府", "文昌", "崇德", "尚德",   "明德", "厚德", "诚信", "友爱",   "和睦", "团圆",
    "团结里", "丰收", "丰裕", "兴业", "创业",   "建港", "工贸", "商贸", "物华",   "天宝", "聚贤",
    "集贤",   "思源", "饮泉", "古井", "老榕",   "三叉", "十字"};

constexpr std::array main_endings{"大道", "路", "北路", "南路", "东路", "西路"};
constexpr std::array road_endings{"路", "街", "中路", "东街", "西街"};
constexpr std::array lane_endings{"街",   "巷",   "里", "横街", "横巷", "一巷", "二巷", "三巷",
                                  "四巷", "五巷", "坊", "前街", "后街", "东巷", "西巷"};

constexpr const char* first_halves[] = {"海", "云", "锦", "瑞", "金", "银", "玉", "碧", "翠",
                                        "兰", "桂", "荔", "榕", "棠", "松", "竹", "梅", "菊",
                                        "莲", "荷", "春", "秋", "晴", "朝", "康", "福", "安",
                                        "永", "长", "广", "新", "文", "景", "嘉", "丽", "德"};
constexpr const char* second_halves[] = {"泉", "溪", "湖", "湾", "洲", "岭", "坡", "园",
                                         "苑", "亭", "桥", "塘", "浦", "田", "林", "港",
                                         "屏", "岸", "台", "井", "门", "洋", "滨", "川"};

// Hands out names that no other street has; there are more of them than streets.
class Names {
public:
    explicit Names(Random& random) : random_(random) {}
    template <std::size_t Count>
    std::string take(const std::array<const char*, Count>& endings, std::size_t preferred) {
        for (int attempt = 0;; ++attempt) {
            std::string name =
                attempt < 6 && random_.chance(0.4)
                    ? words[random_.below(std::size(words))]
                    : std::string(first_halves[random_.below(std::size(first_halves))]) +
                          second_halves[random_.below(std::size(second_halves))];
            name += endings[random_.below(attempt < 6 ? std::min(preferred, Count) : Count)];
            if (taken_.insert(name).second) return name;
        }
    }

private:
    Random& random_;
    std::set<std::string> taken_;
};

constexpr int park_sizes[][2] = {{1, 1}, {2, 1}, {1, 2}, {2, 2}, {2, 2}, {3, 2}, {3, 3}};

} // namespace

StreetNet::StreetNet(const Ground& ground, const Settlement& settlement, std::uint64_t seed)
    : ground_(ground), settlement_(settlement) {
    Random random(seed ^ 0x73747265657473);
    const auto meshes = static_cast<std::size_t>(Ground::columns * Ground::rows);
    is_park_.assign(meshes, false);
    joins_east_.assign(meshes, false);
    joins_north_.assign(meshes, false);
    choose_lines(random);
    place_parks(random);
    join_blocks(random);
    run_streets(random);
    name_streets(random);
}

void StreetNet::choose_lines(Random& random) {
    for (auto* lines : {&upright_lines_, &level_lines_}) {
        const int count = lines == &upright_lines_ ? Ground::columns : Ground::rows;
        lines->assign(static_cast<std::size_t>(count + 1), StreetClass::lane);
        int last_main = 0;
        for (int i = static_cast<int>(random.between(4, 8)); i < count;
             i += static_cast<int>(random.between(10, 13))) {
            (*lines)[static_cast<std::size_t>(i)] = StreetClass::road_main;
            const int gap = i - last_main;
            if (gap >= 7)
                (*lines)[static_cast<std::size_t>(last_main + gap / 3)] = StreetClass::road;
            if (gap >= 10)
                (*lines)[static_cast<std::size_t>(last_main + 2 * gap / 3)] = StreetClass::road;
            last_main = i;
        }
    }
    // The main street nearest to the middle of the eastern shore goes over the bay.
    for (int j = 0; j <= Ground::rows; ++j)
        if (level_lines_[static_cast<std::size_t>(j)] == StreetClass::road_main &&
            std::abs(j - 94) < std::abs(bridge_row_ - 94))
            bridge_row_ = j;
    for (const int wanted : {128, 38})
        for (int j = wanted; j < wanted + 4; ++j)
            if (level_lines_[static_cast<std::size_t>(j)] == StreetClass::lane) {
                level_lines_[static_cast<std::size_t>(j)] = StreetClass::canal;
                break;
            }
}

void StreetNet::place_parks(Random& random) {
    for (std::size_t c = 0; c < settlement_.communities.size(); ++c) {
        const auto& plan = settlement_.communities[c];
        const auto stem = plan.name.substr(0, plan.name.size() - std::string_view("社区").size());
        const int wanted = static_cast<int>(random.between(2, 4));
        for (int n = 0, attempt = 0; n < wanted && attempt < 60; ++attempt) {
            const auto mesh = plan.meshes[random.below(plan.meshes.size())];
            const auto& size = park_sizes[random.below(std::size(park_sizes))];
            bool fits = true;
            for (int dj = 0; dj < size[1]; ++dj)
                for (int di = 0; di < size[0]; ++di) {
                    const Mesh at{mesh.i + di, mesh.j + dj};
                    fits = fits && settlement_.at(at) == static_cast<int>(c) && !is_park(at);
                    fits = fits && (di == 0 || upright_lines_[static_cast<std::size_t>(at.i)] ==
                                                   StreetClass::lane);
                    fits = fits && (dj == 0 || level_lines_[static_cast<std::size_t>(at.j)] ==
                                                   StreetClass::lane);
                }
            if (!fits) continue;
            for (int dj = 0; dj < size[1]; ++dj)
                for (int di = 0; di < size[0]; ++di) {
                    const Mesh at{mesh.i + di, mesh.j + dj};
                    is_park_[index(at)] = true;
                    joins_east_[index(at)] = di + 1 < size[0];
                    joins_north_[index(at)] = dj + 1 < size[1];
                }
            const char* ending = size[0] * size[1] >= 4 ? "公园" : n == 0 ? "游园" : "小游园";
            parks_.push_back({mesh, size[0], size[1], static_cast<int>(c), stem + ending});
            ++n;
        }
    }
}

// Some neighbouring meshes are one block, without a lane between them.
void StreetNet::join_blocks(Random& random) {
    for (int j = 0; j < Ground::rows; ++j)
        for (int i = 0; i < Ground::columns; ++i) {
            const Mesh mesh{i, j};
            const int community = settlement_.at(mesh);
            const bool east = random.chance(0.2), north = random.chance(0.12);
            if (community < 0 || is_park(mesh)) continue;
            const Mesh right{i + 1, j}, above{i, j + 1};
            if (east && settlement_.at(right) == community && !is_park(right) &&
                upright_lines_[static_cast<std::size_t>(i + 1)] == StreetClass::lane)
                joins_east_[index(mesh)] = true;
            else if (north && settlement_.at(above) == community && !is_park(above) &&
                     level_lines_[static_cast<std::size_t>(j + 1)] == StreetClass::lane)
                joins_north_[index(mesh)] = true;
        }
}

void StreetNet::run_streets(Random& random) {
    upright_at_.assign(static_cast<std::size_t>((Ground::columns + 1) * Ground::rows), -1);
    level_at_.assign(static_cast<std::size_t>((Ground::rows + 1) * Ground::columns), -1);
    for (int i = 0; i <= Ground::columns; ++i) run_line(true, i, random);
    for (int j = 0; j <= Ground::rows; ++j) run_line(false, j, random);
}

// The pieces of one line that exist, joined into streets.
void StreetNet::run_line(bool is_upright, int line, Random& random) {
    const auto width = (is_upright ? upright_lines_ : level_lines_)[static_cast<std::size_t>(line)];
    const int length = is_upright ? Ground::rows : Ground::columns;
    const auto is_city = [&](int at) {
        return is_upright ? settlement_.at({line, at}) >= 0 || settlement_.at({line - 1, at}) >= 0
                          : settlement_.at({at, line}) >= 0 || settlement_.at({at, line - 1}) >= 0;
    };
    int first = length, last = -1;
    for (int at = 0; at < length; ++at)
        if (is_city(at)) {
            first = std::min(first, at);
            last = at;
        }
    if (last < 0 && width != StreetClass::road_main) return;
    // Main streets lead on into the country.
    const int beyond =
        width == StreetClass::road_main ? static_cast<int>(random.between(12, 70)) : 0;
    const int longest = width == StreetClass::road_main ? length
                        : width == StreetClass::road    ? 34
                                                        : 7;
    int open = -1;
    for (int at = 0; at <= length; ++at) {
        const bool is_there =
            at < length && exists(is_upright, line, at, first - beyond, last + beyond);
        const bool is_full =
            open >= 0 && at - streets_[static_cast<std::size_t>(open)].from >= longest;
        if (!is_there || is_full) open = -1;
        if (!is_there) continue;
        if (open < 0) {
            open = static_cast<int>(streets_.size());
            streets_.push_back({width, is_upright, line, at, at, ""});
        }
        streets_[static_cast<std::size_t>(open)].to = at + 1;
        (is_upright ? upright_at_[static_cast<std::size_t>(line * Ground::rows + at)]
                    : level_at_[static_cast<std::size_t>(line * Ground::columns + at)]) = open;
    }
}

bool StreetNet::exists(bool is_upright, int line, int at, int from, int to) const {
    const auto width = (is_upright ? upright_lines_ : level_lines_)[static_cast<std::size_t>(line)];
    const Mesh here = is_upright ? Mesh{line, at} : Mesh{at, line};
    const Mesh before = is_upright ? Mesh{line - 1, at} : Mesh{at, line - 1};
    const bool is_here = settlement_.at(here) >= 0, is_before = settlement_.at(before) >= 0;
    if (width == StreetClass::road) return is_here || is_before;
    if (width == StreetClass::lane) {
        if (!is_here || !is_before) return false;
        return !(is_upright ? joins_east_ : joins_north_)[index(before)];
    }
    const double v = is_upright ? at + 0.5 : line;
    const double u0 = is_upright ? line : at, u1 = is_upright ? line : at + 1;
    const bool is_west = u1<ground_.west_shore(v) - 0.3, is_east = u0> ground_.east_shore(v) + 0.3;
    if (width == StreetClass::canal) return is_here && is_before && u0 > 62 && is_west;
    return at >= from && at <= to && (is_west || is_east);
}

void StreetNet::name_streets(Random& random) {
    Names names(random);
    std::vector<std::string> upright(upright_lines_.size()), level(level_lines_.size());
    for (auto& street : streets_) {
        if (street.width == StreetClass::road_main) {
            // One name for the whole line, on both sides of the bay.
            auto& name =
                (street.is_upright ? upright : level)[static_cast<std::size_t>(street.line)];
            if (name.empty()) name = names.take(main_endings, street.is_upright ? 1 : 2);
            street.name = name;
        }
    }
    for (auto& street : streets_) {
        if (street.width == StreetClass::road)
            street.name = names.take(road_endings, street.is_upright ? 1 : 2);
        if (street.width == StreetClass::lane) street.name = names.take(lane_endings, 3);
        if (street.width == StreetClass::canal)
            street.name = street.line > 80 ? "北溪涌" : "南浦涌";
    }
}

int StreetNet::street_at(bool is_upright, int line, int at) const {
    const int lines = is_upright ? Ground::columns : Ground::rows;
    const int length = is_upright ? Ground::rows : Ground::columns;
    if (line < 0 || line > lines || at < 0 || at >= length) return -1;
    return is_upright ? upright_at_[static_cast<std::size_t>(line * Ground::rows + at)]
                      : level_at_[static_cast<std::size_t>(line * Ground::columns + at)];
}

StreetClass StreetNet::upright_class(int line, int row) const {
    const int street = street_at(true, line, row);
    return street < 0 ? StreetClass::none : streets_[static_cast<std::size_t>(street)].width;
}

StreetClass StreetNet::level_class(int line, int column) const {
    const int street = street_at(false, line, column);
    return street < 0 ? StreetClass::none : streets_[static_cast<std::size_t>(street)].width;
}

CellStreets StreetNet::streets_of(Mesh mesh) const {
    const auto [i, j] = mesh;
    // The mesh's own sides first, then those of meshes farther away.
    for (int reach = 0; reach < 12; ++reach) {
        std::vector<int> found;
        for (const int side : {-reach, reach + 1}) {
            found.push_back(street_at(true, i + side, j));
            found.push_back(street_at(false, j + side, i));
        }
        std::erase_if(found, [&](int street) {
            return street < 0 ||
                   streets_[static_cast<std::size_t>(street)].width == StreetClass::canal;
        });
        if (found.empty()) continue;
        std::ranges::stable_sort(found, std::greater(), [&](int street) {
            return static_cast<int>(streets_[static_cast<std::size_t>(street)].width);
        });
        const auto& widest = streets_[static_cast<std::size_t>(found[0])];
        CellStreets answer;
        answer.street = widest.name;
        const int numbers = widest.width == StreetClass::road_main ? 4 : 8; // a mesh's length
        answer.number_from = 1 + numbers * std::max(0, (widest.is_upright ? j : i) - widest.from);
        for (const int street : found)
            if (streets_[static_cast<std::size_t>(street)].is_upright != widest.is_upright) {
                answer.cross_street = streets_[static_cast<std::size_t>(street)].name;
                break;
            }
        return answer;
    }
    return {};
}

} // namespace chengge::demo
