// A whole small city in a test database: cells drawn in ASCII, two districts, a handful of units, the
// real services over them, a clock the test owns.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "cases/case_service.hpp"
#include "emergency/emergency_service.hpp"
#include "kit/database_kit.hpp"
#include "reorganisation/reorganisation_service.hpp"

namespace chengge::kit {

// What another city has of its own: codes, names, where it lies.
struct CityCodes {
    std::string platform = "440800", name = "湛江市";
    std::string district_a = "440802", district_a_name = "赤坎区";
    std::string district_b = "440803", district_b_name = "霞山区";
    geo::Point north_west{110.36, 21.27};
};

struct SmallCityOptions {
    std::vector<std::string> map = {"A A A B", "A A . B", "N N N N"}; // letters are communities, '.' is outside
    std::string overlay; // folder laid over data/
    std::string database_url; // empty: a database of its own, gone with the city
    CityCodes codes;
};

class SmallCity {
public:
    explicit SmallCity(storage::Engine engine, SmallCityOptions options = {});

    // "operator", "leader", "dispatcher", "district_a", "sanitation", "a_sanitation", "a_crew" …
    identity::Viewer viewer(const std::string& who) const;
    // The centre of a cell by its name on the map: "A2" is the second A in reading order.
    geo::Point center(const std::string& cell) const;
    std::string cell_code(const std::string& cell) const;
    // A photo taken by somebody, stored through the media service.
    Uuid photo(const std::string& who);
    Uuid new_id() { return make_uuid(clock.now_ms(), random); }
    cases::NewReport report_at(const std::string& cell, const std::string& class_code = "06010");
    // Acts through the service with what the action needs filled in; `edit` may change it first.
    Result<cases::CaseDetail> act(const std::string& who, const std::string& case_id, const std::string& action,
                                  const std::function<void(cases::NewStep&)>& edit = {}, const std::string& for_whom = "");
    // Takes a fresh report to the state "closed" by the straight path through district a.
    std::string closed_case(const std::string& cell = "A1");
    std::string organisation_of(const std::string& who) const; // now
    // After a restart: the services again over the same database.
    void reopen();

    const SmallCityOptions options;
    ScratchFolder folder{ScratchFolder::On::memory};
    FixedClock clock;
    Random random{1};
    TestDatabase database;
    std::shared_ptr<const rules::Rules> rules;
    std::unique_ptr<cases::RuleSets> rule_sets;
    std::unique_ptr<identity::IdentityService> identity;
    std::unique_ptr<grid::GridService> grid;
    std::unique_ptr<media::MediaService> media;
    std::unique_ptr<responsibility::ResponsibilityService> responsibility;
    std::unique_ptr<cases::CaseService> cases;
    std::unique_ptr<reorganisation::ReorganisationService> reorganisation;
    std::unique_ptr<emergency::EmergencyService> emergency;

private:
    void open_services();
    void draw(const std::vector<std::string>& map);
    void add_people();
    std::map<std::string, std::pair<std::string, geo::Point>> cells_; // name → code, centre
};

} // namespace chengge::kit
