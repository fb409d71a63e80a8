#include "rules/taxonomy.hpp"

#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "kit/scratch_folder.hpp"
#include "rules/rules.hpp"
#include "rules/rules_report.hpp"

namespace rules_taxonomy_test {

using namespace chengge;
using namespace chengge::rules;
namespace files = std::filesystem;

namespace {

const std::string data = CHENGGE_SOURCE "/data";

// A copy of the rules in a folder of its own, to be spoilt.
class Folder {
public:
    void copy_rules() { files::copy(data, path, files::copy_options::recursive); }
    void replace(const std::string& file, const std::string& from, const std::string& to) {
        auto text = *load_file((path / file).string());
        const auto at = text.find(from);
        ASSERT_NE(at, std::string::npos) << from;
        write(file, text.replace(at, from.size(), to));
    }
    void write(const std::string& file, const std::string& text) {
        files::create_directories((path / file).parent_path());
        std::ofstream(path / file) << text;
    }
    std::string faults() const {
        const auto loaded = load_rules({.folder = path.string()});
        return loaded ? std::string() : print_faults(loaded.error());
    }

private:
    const kit::ScratchFolder scratch_;

public:
    const files::path path = scratch_.path();
};

std::shared_ptr<const Rules> load(const std::string& overlay = "") {
    auto loaded = load_rules({.folder = data, .overlay_folder = overlay});
    EXPECT_TRUE(loaded) << (loaded ? "" : print_faults(loaded.error()));
    return *loaded;
}

std::size_t count(const Rules& rules, std::string_view edition, std::string_view kind,
                  std::string_view major = "") {
    return static_cast<std::size_t>(
        std::ranges::count_if(rules.taxonomy.classes(), [&](const auto& problem) {
            return problem.edition == edition && problem.kind == kind &&
                   problem.code.starts_with(major);
        }));
}

} // namespace

TEST(Taxonomy, HasTheWholeEditionOf2026) {
    const auto rules = load();
    EXPECT_EQ(count(*rules, "2026", "component"), 153u);
    EXPECT_EQ(count(*rules, "2026", "event"), 250u);
    const std::pair<const char*, std::size_t> events[] = {
        {"06", 51}, {"07", 7}, {"08", 16}, {"09", 21}, {"10", 2}};
    for (const auto& [major, expected] : events)
        EXPECT_EQ(count(*rules, "2026", "event", major), expected);
    const std::pair<const char*, std::size_t> components[] = {
        {"01", 76}, {"02", 44}, {"03", 16}, {"04", 14}, {"05", 3}};
    for (const auto& [major, expected] : components) {
        EXPECT_EQ(count(*rules, "2026", "component", major), expected);
        EXPECT_EQ(count(*rules, "2026", "event", major), expected);
    }
    EXPECT_EQ(rules->taxonomy.find_class("2026", "event", "01066")->name, "紧急报警点异常SOS");
    EXPECT_EQ(rules->taxonomy.find_class("2026", "event", "01004")->name, "雨水箅子异常");
    EXPECT_EQ(rules->taxonomy.find_class("2026", "event", "06031"), nullptr);
    EXPECT_EQ(rules->taxonomy.find_class("2026", "component", "06010"), nullptr);
}

TEST(Taxonomy, MajorClassesHaveEnglishNamesOfTheirOwn) {
    const auto rules = load();
    std::set<std::string> names;
    for (const auto& one : rules->major_classes) {
        EXPECT_FALSE(one.name_en.empty()) << one.name;
        EXPECT_TRUE(names.insert(one.edition + one.kind + one.name_en).second) << one.name_en;
        EXPECT_EQ(name_in(one, "en"), one.name_en);
        EXPECT_EQ(name_in(one, "zh"), one.name);
    }
    const auto* grate = rules->taxonomy.find_class("2026", "component", "01004");
    ASSERT_NE(grate, nullptr);
    EXPECT_EQ(grate->major_name_en, "Public utilities");
    EXPECT_EQ(name_in(*grate, "en"), "Storm grate");
    // A city's own table may do without.
    MajorClass own;
    own.name = "本市专项";
    EXPECT_EQ(name_in(own, "en"), "本市专项");
}

TEST(Taxonomy, EveryMatterMirrorsItsComponent) {
    const auto rules = load();
    for (const auto& problem : rules->taxonomy.classes()) {
        if (problem.edition != "2026" || problem.kind != "component") continue;
        const auto* mirror = rules->taxonomy.find_class("2026", "event", problem.code);
        ASSERT_NE(mirror, nullptr) << problem.code;
        const bool is_irregular = problem.code == "01066"; // 紧急报警点异常SOS
        EXPECT_EQ(mirror->name == problem.name + "异常", !is_irregular) << mirror->name;
        EXPECT_EQ(mirror->major_name, problem.major_name + "类");
        EXPECT_EQ(rules->taxonomy.rows_of("2026", "component", problem.code).size(),
                  rules->taxonomy.rows_of("2026", "event", problem.code).size());
    }
}

TEST(Taxonomy, EveryClassHasANameInEnglishAndARow) {
    const auto rules = load();
    for (const auto& problem : rules->taxonomy.classes()) {
        EXPECT_FALSE(problem.name_en.empty()) << problem.code;
        const auto rows = rules->taxonomy.rows_of(problem.edition, problem.kind, problem.code);
        ASSERT_FALSE(rows.empty()) << problem.edition << problem.kind << problem.code;
        for (const auto* row : rows) EXPECT_EQ(rules->taxonomy.find_row(row->id), row);
    }
}

TEST(Taxonomy, RowsCarryTheMunicipalLimits) {
    const auto rules = load();
    const auto grate = rules->taxonomy.rows_of("2026", "component", "01004");
    ASSERT_EQ(grate.size(), 5u);
    EXPECT_EQ(grate[0]->limit, (Limit{2, LimitUnit::urgent_hour}));
    EXPECT_EQ(grate[4]->limit, (Limit{1, LimitUnit::working_day}));
    EXPECT_EQ(grate[4]->condition, "箅子堵塞三分之一以上");
    EXPECT_EQ(grate[0]->basis, "mapped");
    const auto garbage = rules->taxonomy.rows_of("2013", "event", "0110");
    ASSERT_EQ(garbage.size(), 1u);
    EXPECT_EQ(garbage[0]->limit, (Limit{4, LimitUnit::working_hour}));
    EXPECT_EQ(garbage[0]->basis, "sourced");
    EXPECT_EQ(rules->taxonomy.rows_of("2026", "event", "06023")[0]->basis, "default");
}

TEST(Taxonomy, MapsTheEditionsBothWays) {
    const auto rules = load();
    const auto& taxonomy = rules->taxonomy;
    EXPECT_EQ(taxonomy.counterpart("2013", "event", "0110"), "2026/event/06010");
    EXPECT_EQ(taxonomy.counterpart("2026", "component", "01070"), "2013/component/0507");
    EXPECT_EQ(taxonomy.counterpart("2013", "event", "0508"), "2026/event/10002");
    EXPECT_EQ(taxonomy.counterpart("2026", "event", "06040"), "");
    EXPECT_EQ(taxonomy.counterpart("2013", "component", "0504"), "");
}

TEST(Rules, StageLimitsAreAllThere) {
    const auto rules = load();
    EXPECT_EQ(rules->stage_limits.size(), 18u);
    EXPECT_EQ(rules->stage_limits.at("check"), (Limit{2, LimitUnit::working_hour}));
    EXPECT_EQ(rules->stage_limits.at("accept"), (Limit{0.25, LimitUnit::working_hour}));
    EXPECT_EQ(rules->version_sm3.size(), 64u);
}

TEST(Rules, EveryFaultIsNamedWithFileAndLine) {
    Folder folder;
    folder.copy_rules();
    folder.replace("time_limits/filing_rows.csv", "4,working_hour,,sanitation,mapped",
                   "0,working_hour,,sanitation,mapped");
    folder.replace("time_limits/filing_rows.csv", "2,working_day,,water,sourced",
                   "2,workday,,water,sourced");
    folder.replace("time_limits/stages.csv", "gate,", "gait,");
    folder.replace("taxonomy/classes_2026.csv", "2026,event,06010,", "2026,event,06111,");
    folder.replace("calendar/2026.json", "2026-10-01", "2026-10-32");
    folder.replace("taxonomy/major_classes.csv", "2026,event,09,街面秩序类,Street order,21",
                   "2026,event,09,街面秩序类,Street order,22");
    const auto faults = folder.faults();
    EXPECT_THAT(faults, testing::HasSubstr("limit must be above 0: 0"));
    EXPECT_THAT(faults, testing::ContainsRegex("filing_rows.csv:4:unknown unit workday"));
    EXPECT_THAT(faults, testing::HasSubstr("unknown stage gait"));
    EXPECT_THAT(faults, testing::HasSubstr("no limit for the stage gate"));
    EXPECT_THAT(faults, testing::HasSubstr("no row for the class 2026/event/06111"));
    EXPECT_THAT(faults, testing::HasSubstr("unknown class 2026/event/06010"));
    EXPECT_THAT(faults, testing::ContainsRegex("2026.json:[0-9]+:a day needs a date"));
    EXPECT_THAT(faults, testing::HasSubstr("has 21 classes, must have 22"));
}

TEST(Rules, RepeatedRowsAndBrokenFilesAreFaults) {
    Folder folder;
    folder.copy_rules();
    const auto file = "time_limits/stages.csv";
    folder.write(file, *load_file((folder.path / file).string()) +
                           "sign,2,working_hour,签收,Signing,local\n");
    folder.write(
        "calendar/sessions.json",
        R"({"sessions": [{"from": "14:00", "to": "18:00"}, {"from": "08:00", "to": "12:00"}]})");
    folder.write("calendar/2025.json", "{");
    const auto faults = folder.faults();
    EXPECT_THAT(faults, testing::HasSubstr("is a second row with the key sign"));
    EXPECT_THAT(faults, testing::HasSubstr("without overlap"));
    EXPECT_THAT(faults, testing::HasSubstr("2025.json:1:is not JSON"));
}

TEST(Rules, AnOverlayReplacesAndAdds) {
    Folder overlay;
    overlay.write("time_limits/stages.csv",
                  "stage,value,unit,zh,en,origin\nsign,2,working_hour,签收,Signing for,local\n");
    overlay.write("taxonomy/classes_2026.csv",
                  "edition,kind,code,name,name_en,major_code,major_name,evidence,is_local\n"
                  "2026,event,06099,占道养蜂,Beehives on the road,06,市容环境类,L,1\n");
    overlay.write(
        "time_limits/filing_rows.csv",
        "id,edition,kind,class_code,condition,closing_condition,limit,unit,area_class,responsible_kind,basis,source\n"
        "2026-event-06099-1,2026,event,06099,占道养蜂,清离,3,working_hour,,enforcement,local,本市\n"
        "2026-event-06010-1,2026,event,06010,裸露垃圾,清理干净,1.5,working_hour,A,sanitation,local,本市\n");
    overlay.write(
        "calendar/2027.json",
        R"({"year": 2027, "sources": ["notice"], "days": [{"date": "2027-01-01", "is_off": true}]})");
    const auto base = load();
    const auto rules = load(overlay.path.string());
    EXPECT_EQ(rules->stage_limits.at("sign"), (Limit{2, LimitUnit::working_hour}));
    EXPECT_EQ(rules->stage_limits.at("gate"), base->stage_limits.at("gate"));
    EXPECT_EQ(rules->taxonomy.find_row("2026-event-06010-1")->limit.value, 1.5);
    EXPECT_TRUE(rules->taxonomy.find_class("2026", "event", "06099")->is_local_extension);
    EXPECT_EQ(rules->taxonomy.rows().size(), base->taxonomy.rows().size() + 1);
    EXPECT_TRUE(rules->calendar.has_year(2027));
    EXPECT_NE(rules->version_sm3, base->version_sm3);
}

TEST(Rules, AMisspeltOverlayFileIsAFault) {
    Folder overlay;
    overlay.write("time_limits/stage.csv", "stage,value\n");
    const auto loaded = load_rules({.folder = data, .overlay_folder = overlay.path.string()});
    ASSERT_FALSE(loaded);
    EXPECT_THAT(print_faults(loaded.error()),
                testing::HasSubstr("no file of the rules has this name"));
}

TEST(RulesReport, PrintsClassesAndCounts) {
    const auto rules = load();
    const auto text = print_classes(*rules, "2026", "event");
    ASSERT_TRUE(text);
    EXPECT_EQ(split(*text, '\n').size(), 252u); // header, 250, the empty end
    EXPECT_TRUE(text->starts_with("edition,kind,code,name,major_code,major_name,evidence\n"));
    EXPECT_THAT(*text, testing::HasSubstr("2026,event,06010,暴露垃圾,06,市容环境类,C\n"));
    EXPECT_EQ(print_classes(*rules, "2031", "event").error().code, "bad_argument");
    EXPECT_THAT(print_validation(*rules, {}),
                testing::ContainsRegex("edition 2026 component +classes 153"));
}

} // namespace rules_taxonomy_test
