#include "demo/city_people.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace chengge::demo {

namespace {

struct Trade {
    const char* kind; // of responsibility, and the front of the organisation's code
    const char* city_name;
    const char* district_name; // empty: the city's unit works in every district
    std::vector<const char*> crews;
};

// What every district has of its own, under a bureau of the city.
const std::vector<Trade>& district_trades() {
    static const std::vector<Trade> trades{
        {"sanitation", "市环境卫生管理处", "环境卫生管理所", {"清扫一班", "清扫二班", "清运班"}},
        {"municipal", "市市政设施管理处", "市政维护所", {"道路抢修班", "排水管养班", "路灯班"}},
        {"landscaping", "市园林绿化中心", "园林绿化所", {"绿化养护班", "古树巡护班"}},
        {"enforcement", "市城市管理综合执法支队", "城管执法大队", {"执法一中队", "执法二中队"}},
        {"traffic", "市公安局交通警察支队", "交警大队", {"设施中队"}},
        {"housing", "市住房和城乡建设局", "住房和建设局", {"工地巡查组"}},
        {"market", "市市场监督管理局", "市场监管分局", {"街面组"}}};
    return trades;
}

struct CityUnit {
    const char* code;
    const char* name;
    const char* kind;           // of organisation
    const char* responsibility; // empty: answers for none by default
};

constexpr CityUnit city_units[] = {{"police", "市公安局治安管理支队", "department", "police"},
                                   {"fire", "市消防救援支队", "department", "fire"},
                                   {"river", "市水务局", "department", "river"},
                                   {"environment", "市生态环境局", "department", "environment"},
                                   {"civil", "市民政局", "department", "civil"},
                                   {"culture", "市文化广电旅游局", "department", "culture"},
                                   {"company-water", "城区供水公司", "company", "water"},
                                   {"company-power", "城区供电公司", "company", "power"},
                                   {"company-gas", "城区燃气公司", "company", "gas"},
                                   {"company-telecom", "通信线路维护公司", "company", "telecom"},
                                   {"company-broadcast", "广播电视网络公司", "company", ""},
                                   {"company-bus", "公共交通集团", "company", "transport"},
                                   {"company-bike", "共享单车运营公司", "company", ""},
                                   {"company-port", "港口码头公司", "company", ""},
                                   {"central-rail", "铁路工务段", "central_unit", ""},
                                   {"central-maritime", "海事管理处", "central_unit", ""},
                                   {"central-highway", "省高速公路路段公司", "central_unit", ""},
                                   {"central-post", "邮政投递局", "central_unit", ""}};

constexpr std::pair<const char*, const char*> neighbour_counties[] = {{"440823", "遂溪县"},
                                                            {"440825", "徐闻县"},
                                                            {"440881", "廉江市"},
                                                            {"440882", "雷州市"},
                                                            {"440883", "吴川市"}};

constexpr const char* surnames[] = {"陈", "林", "李", "梁", "黄", "吴", "许", "莫", "庞", "劳",
                                    "王", "张", "杨", "周", "郑", "冯", "何", "罗", "邓", "苏",
                                    "蔡", "叶", "钟", "曾", "谢", "韩", "符", "柯"};
constexpr const char* given_first[] = {"晓", "志", "思", "海", "雅", "文", "国", "嘉", "俊",
                                       "丽", "建", "静", "永", "佩", "伟", "慧", "景", "燕",
                                       "子", "春", "家", "玉", "振", "诗", "康", "美"};
constexpr const char* given_second[] = {"岚", "强", "敏", "怡", "栋", "华", "燕", "明", "玲",
                                        "峰", "婷", "辉", "兰", "杰", "萍", "宁", "凯", "珊",
                                        "涛", "霞", "斌", "雯", "鹏", "洁", "轩", "欣"};

class Staff {
public:
    Staff(City& city, const Settlement& settlement, std::uint64_t seed)
        : city_(city), settlement_(settlement), random_(seed ^ 0x70656f706c65) {}

    void run() {
        add_centres();
        add_collectors();
        add_city_units();
        for (const auto& district : settlement_.districts) add_district(district);
        for (const auto& [code, name] : neighbour_counties) {
            const auto organisation = fmt::format("county-{}", code);
            add_organisation(organisation, fmt::format("{}城市管理和综合执法局", name), "county",
                             "city-command", "");
            add_team(organisation, 2);
        }
        for (int c = 1; c <= 3; ++c)
            add_person(fmt::format("company-{}", c), fmt::format("collection-{}", c),
                       {"contractor_manager"});
    }

private:
    void add_organisation(std::string code, std::string name, std::string kind, std::string parent,
                          std::string region) {
        city_.organisations.push_back({std::move(code), std::move(name), std::move(kind),
                                       std::move(parent), std::move(region)});
    }

    void add_person(std::string login, const std::string& organisation,
                    std::vector<std::string> roles) {
        const auto number = city_.people.size();
        // 1990000xxxx: numbers that belong to nobody.
        city_.people.push_back({std::move(login), make_name(), fmt::format("1990000{:04}", number),
                                organisation, std::move(roles)});
    }

    std::string make_name() {
        for (;;) {
            std::string name = surnames[random_.below(std::size(surnames))];
            name += given_first[random_.below(std::size(given_first))];
            if (random_.chance(0.85)) name += given_second[random_.below(std::size(given_second))];
            if (names_.insert(name).second) return name;
        }
    }

    // `front`, `front-2`, `front-3` …: the first has the plain login.
    void add_posts(const std::string& front, int count, const std::string& organisation,
                   const std::string& role) {
        for (int i = 1; i <= count; ++i)
            add_person(i == 1 ? front : fmt::format("{}-{}", front, i), organisation, {role});
    }

    // A unit's contact and its handlers; the contact's login is the unit's code.
    void add_team(const std::string& organisation, int handlers) {
        add_person(organisation, organisation, {"department_manager"});
        for (int i = 1; i <= handlers; ++i)
            add_person(fmt::format("{}-handler-{}", organisation, i), organisation, {"handler"});
    }

    void add_centres() {
        add_organisation("supervision", "湛江市数字城管监督中心", "supervision_center", "", "");
        add_organisation("city-command", "湛江市数字城管指挥中心", "city_command_center", "", "");
        add_organisation("administration", "系统管理室", "administration", "", "");
        add_organisation("public", "社会公众", "public", "", "");
        add_posts("operator", 16, "supervision", "intake_operator");
        add_posts("leader", 6, "supervision", "shift_leader");
        add_posts("inspector", 10, "supervision", "inspector");
        add_posts("evaluator", 4, "supervision", "evaluator");
        add_posts("dispatcher", 6, "city-command", "dispatcher");
        add_posts("commander", 2, "city-command", "commander");
        add_person("system-admin", "administration", {"system_admin"});
        add_person("security-admin", "administration", {"security_admin"});
        add_person("audit-admin", "administration", {"audit_admin"});
        add_posts("citizen", 3, "public", "citizen");
    }

    void add_collectors() {
        constexpr const char* companies[] = {"采集一标段", "采集二标段", "采集三标段"};
        int number = 1;
        for (int c = 0; c < 3; ++c) {
            const auto code = fmt::format("collection-{}", c + 1);
            add_organisation(code, companies[c], "contractor", "supervision", "");
            for (int i = 0; i < 100; ++i)
                add_person(fmt::format("collector-{:03}", number++), code, {"collector"});
        }
    }

    void add_city_units() {
        for (const auto& trade : district_trades()) {
            add_organisation(trade.kind, trade.city_name, "department", "city-command", "");
            add_team(trade.kind, 4);
            city_.responsibilities.push_back({trade.kind, "", trade.kind});
        }
        for (const auto& unit : city_units) {
            add_organisation(unit.code, unit.name, unit.kind, "city-command", "");
            add_team(unit.code, 4);
            if (*unit.responsibility)
                city_.responsibilities.push_back({unit.responsibility, "", unit.code});
        }
    }

    void add_district(const DistrictPlan& district) {
        const auto command = "command-" + district.code;
        add_organisation(command, district.name + "数字城管指挥中心", "district_command_center",
                         "city-command", district.code);
        add_posts("dispatcher-" + district.code, 3, command, "dispatcher");
        add_posts("commander-" + district.code, 1, command, "commander");
        for (const auto& trade : district_trades()) {
            const auto code = fmt::format("{}-{}", trade.kind, district.code);
            add_organisation(code, district.name + trade.district_name, "department", command,
                             district.code);
            add_person(code, code, {"department_manager"});
            add_person(code + "-2", code, {"department_manager"});
            city_.responsibilities.push_back({trade.kind, district.code, code});
            int number = 1;
            for (const auto* crew : trade.crews) {
                const auto crew_code = fmt::format("{}-crew-{}", code, number++);
                add_organisation(crew_code, district.name + trade.district_name + crew, "crew",
                                 code, district.code);
                for (int i = 1; i <= 5; ++i)
                    add_person(fmt::format("{}-handler-{}", crew_code, i), crew_code, {"handler"});
            }
        }
        add_subdistricts(district, command);
    }

    void add_subdistricts(const DistrictPlan& district, const std::string& command) {
        std::set<std::string> seen;
        for (const auto& plan : settlement_.communities) {
            if (plan.managing_district_code != district.code ||
                !seen.insert(plan.subdistrict_code).second)
                continue;
            const auto code = "street-" + plan.subdistrict_code;
            const bool is_town = plan.subdistrict_name.ends_with("镇");
            add_organisation(code, plan.subdistrict_name + (is_town ? "人民政府" : "办事处"),
                             "subdistrict", command, district.code);
            add_team(code, 4);
            // 属地兜底: what nobody else answers for is the subdistrict's.
            city_.responsibilities.push_back({"street", plan.subdistrict_code, code});
            city_.responsibilities.push_back({"owner", plan.subdistrict_code, code});
        }
    }

    City& city_;
    const Settlement& settlement_;
    Random random_;
    std::set<std::string> names_;
};

} // namespace

void add_people(City& city, const Settlement& settlement, std::uint64_t seed) {
    Staff(city, settlement, seed).run();
}

} // namespace chengge::demo
