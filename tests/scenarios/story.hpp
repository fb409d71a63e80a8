// Interprets a story over the real services (README.md): lines are read, the city's office acts, people act, what is expected is looked at.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "kit/small_city.hpp"
#include "notices/notices_service.hpp"

namespace chengge::scenarios {

using kit::SmallCity;

struct StoryError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// What stands after the verb and the case.
struct Details {
    std::string to, limit_value, limit_unit, row, words, cell, name, coord_type, refused, level, target, for_whom, part_of, reason, lead;
    std::vector<std::string> assisting;
    std::optional<std::int64_t> until_ms;
    bool wants_no_reply = false;
    std::optional<std::int64_t> version;
    std::optional<bool> has_photo;
    bool has_no_words = false;
};

// Where the stories happen: the model city, or a folder of cities/ with a city.json (codes, names, place) and an
// overlay of its own rules.
struct City {
    std::string name; // empty = the model city
    std::string folder;
    kit::CityCodes codes;
};

City load_city(const std::string& folder);

class Story {
public:
    Story(std::string path, storage::Engine engine, const City& city) : path_(std::move(path)), engine_(engine), home_(city) {}

    // The reasons of failure; empty when the story came true.
    std::vector<std::string> run();

private:
    // "[lianhu] expect …" is said of that city only, "[model] …" of the model city; {platform} is its code.
    std::string of_city(std::string line) const;

    void complain(const std::string& reason);

    static std::vector<std::string> words_of(const std::string& line);

    static bool is_map_row(const std::string& line);

    // Map, overlay and the filing rows a story invents are needed before the city stands.
    void prepare();

    std::string made_row(const std::string& class_code, const std::string& value, const std::string& unit);
    static std::string row_id(const std::string& class_code, const std::string& value, const std::string& unit);

    std::string make_overlay(const std::string& name, const std::string& rows, const std::string& settings);

    // What a story changes stands over what its city changes.
    static void lay_over(const std::filesystem::path& from, const std::filesystem::path& target);

    // Members of the second replace those of the first; rows are added behind.
    static void lay_over_json(const std::string& path, const std::string& text);

    void run_line(const std::string& line);

    static std::string kind_of(const std::string& class_code);

    // row CODE CLASS PLACE-KIND [PLACE] unit UNIT [from DAY] [until DAY]: a line of the responsibility list. CLASS may be
    // a major class or "any"; PLACE is a cell of the map for cell, community and area.
    void add_row(const std::vector<std::string>& words);
    static geo::Polygon square_at(geo::Point middle);

    static std::string refused_in(const std::vector<std::string>& words);
    template <class T>
    void check_done(const Result<T>& outcome, const std::string& refused) {
        if (refused.empty() && !outcome) complain("was refused: " + outcome.error().code + (outcome.error().facts.contains("reason_en") ? ", " + outcome.error().facts.at("reason_en") : ""));
        if (!refused.empty() && (outcome || outcome.error().code != refused)) complain("was not refused " + refused);
    }
    json::object target_of(const std::string& code) const;

    // reorganise rename UNIT to NAME | merge UNIT… into CODE | split UNIT PART… rest CODE; each [from DAY]. A PART is
    // "part CODE" with "classes KEY…" or "regions CODE…" (of the map: a, b for districts).
    void reorganise(const std::vector<std::string>& words);

    // WHO begins mode NAME [stages S…] [regions a b] [classes KEY…] [at DATE TIME]; WHO ends mode NAME [at DATE TIME].
    void command_mode(const std::vector<std::string>& words, const std::string&);

    // WHO asks_exclusion|agrees_exclusion|refuses_exclusion NAME
    void exclude(const std::vector<std::string>& words);

    // expect mode NAME [reached N] [held N] [excluded N] [STATE]
    void expect_mode(const std::vector<std::string>& words);

    // automatic CLASS on|off
    void set_automatic(const std::vector<std::string>& words);

    // expect list CLASS at CELL names UNIT… by ROW | names nobody; "fallback" where it is one.
    void expect_list(const std::vector<std::string>& words);

    Details read_details(const std::vector<std::string>& words, std::size_t from, const std::string& line);

    void check_outcome(const Result<cases::CaseDetail>& outcome, const Details& details);

    void report(const std::string& who, const std::vector<std::string>& words, const std::string& line);

    std::string case_id(const std::string& name) const;

    // The action that the verb means for this person now; the first one when none is allowed.
    std::string action_of(const std::string& who, const std::string& id, const std::string& verb);

    void act(const std::vector<std::string>& words, const std::string& line);

    // WHO delegates to WHOM until DATE TIME: from now on.
    void delegate(const std::vector<std::string>& words, const std::string& line);

    // What a person's page no longer offers is asked for all the same: of the newest part that their organisation has.
    void name_own_part(cases::NewStep& step, const std::string& who, const rules::Case& c) const;

    void fill(cases::NewStep& step, const std::string& who, const std::string& id, const Details& details);

    // What an act would be about that is not allowed now: the newest open request or errand, the own part before another's.
    void find_subject(cases::NewStep& step, const std::string& who, const std::string& id);

    void expect_equal(const std::string& what, const std::string& is, const std::string& wanted);

    static std::string local_text(rules::MaybeMs at_ms);

    void expect(const std::vector<std::string>& words, const std::string& line);

    // expect reorganisations STATE REACHED: of the newest.
    void expect_reorganisation(const std::vector<std::string>& words);

    // Somewhere in its history the case names an organisation so.
    void expect_history(const cases::CaseDetail& detail, const std::string& name);

    void expect_told(const std::string& line);

    // "notices": from here on the city tells people, by SMS too; nothing is sent.
    void begin_notices();

    // expect notice to WHO TEXT…, expect no_notice to WHO TEXT…; "caller" is who left a number with a report.
    void expect_notice(const std::vector<std::string>& words, const std::string& line);

    void expect_person(const std::vector<std::string>& words);

    void expect_case(const std::vector<std::string>& words);

    // The newest supervision order: its state and until when a reply is due ("none none").
    void expect_order(const rules::Case& c, const std::string& state, const std::string& until);

    // The newest request of a kind.
    void expect_request(const rules::Case& c, const std::string& kind, const std::string& state);

    const rules::Assignment* newest_part(const rules::Case& c, const std::string& organisation);
    void expect_part(const rules::Case& c, const std::string& organisation, const std::string& state);
    void expect_part_deadline(const rules::Case& c, const std::string& organisation, const std::string& deadline);

    // Whose hand the newest step was, and for whom ("itself" when nobody else's).
    void expect_hand(const cases::CaseDetail& detail, const std::string& who, const std::string& for_whom);

    // "expect ledger extension 2 of 5 light yellow": approved this month, the cap, its light.
    void expect_ledger(const std::vector<std::string>& words);

    // "expect WHO reads N in ledger KIND".
    void expect_entries(const std::string& who, const std::string& count, const std::string& kind);

    void expect_used(const cases::CaseDetail& detail, const rules::Assignment* lead, const std::string& minutes);

    void print_time_lines();

    std::string path_;
    storage::Engine engine_;
    City home_;
    kit::ScratchFolder overlay_;
    std::unique_ptr<SmallCity> city_;
    std::unique_ptr<notices::NoticesService> notices_; // after the city: it goes first
    std::vector<std::string> lines_;
    std::size_t line_ = 0;
    std::map<std::string, std::string> cases_;
    std::map<std::string, Uuid> modes_;
    std::set<std::string> made_rows_;
    std::vector<std::string> failures_;
};

} // namespace chengge::scenarios
