// long: one interpreter, a sentence a function
// Interprets tests/scenarios/*.story over the real services on both engines (README.md).
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "base/csv.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "kit/small_city.hpp"
#include "notices/notices_service.hpp"

using namespace chengge;
using kit::SmallCity;

namespace {

struct StoryError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Verb {
    const char* word;
    std::vector<const char*> actions; // the first that is allowed is meant
};
const std::vector<Verb> verbs{
    {"accepts", {"accept"}}, {"declines", {"decline"}}, {"sends_to_verify", {"send_verify"}}, {"confirms", {"confirm"}}, {"does_not_find", {"not_found"}},
    {"files", {"file_case"}}, {"does_not_file", {"refuse_filing"}}, {"returns", {"return_to_intake", "return_to_filing"}}, {"dispatches", {"dispatch"}},
    {"redispatches", {"redispatch"}}, {"signs", {"sign"}}, {"assigns", {"assign"}}, {"revokes", {"revoke_assign"}}, {"feeds_back", {"feed_back"}},
    {"approves", {"approve_review"}}, {"rejects", {"reject_review"}}, {"passes", {"approve_gate"}}, {"reworks", {"rework", "rework_failed"}},
    {"asks_back", {"ask_send_back"}}, {"agrees_back", {"approve_send_back"}}, {"refuses_back", {"refuse_send_back"}}, {"withdraws", {"withdraw_request", "withdraw"}},
    {"sends_to_check", {"send_check"}}, {"passes_check", {"check_pass"}}, {"fails_check", {"check_fail"}}, {"closes", {"close"}}, {"marks_disputed", {"mark_disputed"}}, {"records_site", {"record_site"}}, {"rules", {"rule_dispute"}},
    {"sends_back_to_dispatch", {"return_to_dispatch"}}, {"comments", {"comment"}}, {"adds_photo", {"add_photo"}}, {"reminds", {"remind"}},
    {"supervises", {"supervise"}}, {"replies", {"reply_supervision"}}, {"settles", {"confirm_reply"}}, {"asks_again", {"return_reply"}}, {"takes_order_back", {"withdraw_supervision"}},
    {"asks_extension", {"ask_extension"}}, {"asks_deferral", {"ask_deferral"}}, {"asks_suspension", {"ask_suspension"}}, {"asks_cancel", {"ask_cancel"}}, {"appeals", {"appeal"}},
    {"asks_quick_close", {"ask_quick_close"}}, {"asks_admin_hand", {"ask_admin_hand"}}, {"endorses", {"endorse"}}, {"asks_higher", {"give_to_higher"}},
    {"agrees", {"approve_extension", "approve_deferral", "approve_suspension", "approve_cancel", "approve_appeal", "approve_quick_close", "approve_admin_hand"}},
    {"refuses", {"refuse_request"}}, {"resumes", {"resume"}}, {"recalls", {"recall"}}, {"contests", {"contest"}}, {"sends_to_recheck", {"send_recheck"}},
    {"upholds", {"recheck_pass"}}, {"overturns", {"recheck_fail"}}, {"reopens", {"reopen"}}, {"reassigns", {"reassign"}}, {"waives", {"waive"}}, {"reworks_again", {"rework_approved"}},
    {"instructs", {"instruct"}}, {"answers", {"reply_instruction"}}, {"accepts_answer", {"confirm_instruction"}}, {"handles", {"handle_simple"}}, {"hands_over", {"simple_to_ordinary", "take_over_simple"}},
    {"archives", {"archive"}}, {"sends_to_spot_check", {"send_spot_check"}}, {"finds_good", {"spot_pass"}}, {"finds_bad", {"spot_fail"}}, {"checks_by_photo", {"check_by_photo"}},
    {"checks_by_video", {"check_by_video"}}, {"has_it_confirmed", {"check_by_reporter"}}, {"merges", {"merge"}}, {"undoes_merge", {"unmerge"}}};

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

City load_city(const std::string& folder) {
    const auto value = parse_json(*load_file(folder + "/city.json"));
    if (!value) throw StoryError(folder + "/city.json is no JSON");
    JsonReader reader(*value);
    City city{std::filesystem::path(folder).filename().string(), folder, {}};
    city.codes = {.platform = reader.text("platform", 12), .name = reader.text("name", 40),
                  .district_a = reader.text("district_a", 12), .district_a_name = reader.text("district_a_name", 40),
                  .district_b = reader.text("district_b", 12), .district_b_name = reader.text("district_b_name", 40),
                  .north_west = {reader.number("lon"), reader.number("lat")}};
    if (reader.error()) throw StoryError(folder + "/city.json: " + reader.error()->facts.at("member"));
    return city;
}

class Story {
public:
    Story(std::string path, storage::Engine engine, const City& city) : path_(std::move(path)), engine_(engine), home_(city) {}

    // The reasons of failure; empty when the story came true.
    std::vector<std::string> run() {
        const auto text = load_file(path_);
        if (!text) return {"cannot be read"};
        for (const auto& line : split(*text, '\n')) lines_.push_back(of_city(line));
        try {
            prepare();
            for (line_ = 0; line_ < lines_.size(); ++line_) run_line(lines_[line_]);
        } catch (const std::exception& error) {
            complain(error.what());
        }
        if (!failures_.empty() && city_) print_time_lines();
        return failures_;
    }

private:
    // "[lianhu] expect …" is said of that city only, "[model] …" of the model city; {platform} is its code.
    std::string of_city(std::string line) const {
        if (line.starts_with("[")) {
            const auto end = line.find("] ");
            if (end == std::string::npos) return line;
            if (line.substr(1, end - 1) != (home_.name.empty() ? "model" : home_.name)) return "";
            line = line.substr(end + 2);
        }
        for (auto at = line.find("{platform}"); at != std::string::npos; at = line.find("{platform}")) line.replace(at, 10, home_.codes.platform);
        for (auto at = line.find("{district_a}"); at != std::string::npos; at = line.find("{district_a}")) line.replace(at, 12, home_.codes.district_a);
        return line;
    }

    void complain(const std::string& reason) { failures_.push_back("line " + std::to_string(line_ + 1) + ": " + reason); }

    static std::vector<std::string> words_of(const std::string& line) {
        std::vector<std::string> words;
        std::istringstream in(line);
        for (std::string word; in >> word;) words.push_back(word);
        return words;
    }

    static bool is_map_row(const std::string& line) {
        const auto words = words_of(line);
        return !words.empty() && std::all_of(words.begin(), words.end(), [](const std::string& word) { return word.size() == 1 && (word[0] == '.' || (word[0] >= 'A' && word[0] <= 'Z')); });
    }

    // Map, overlay and the filing rows a story invents are needed before the city stands.
    void prepare() {
        kit::SmallCityOptions options;
        options.codes = home_.codes;
        if (!home_.folder.empty()) options.overlay = home_.folder + "/overlay";
        std::vector<std::string> map;
        std::string overlay, rows, settings;
        std::map<std::string, std::string> class_of_case;
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            const auto words = words_of(lines_[i]);
            if (words.empty() || words[0].starts_with("#")) continue;
            if (words[0] == "grid")
                for (auto next = i + 1; next < lines_.size() && is_map_row(lines_[next]); ++next) map.push_back(lines_[next]);
            if (words[0] == "rules" && words.size() > 2 && words[1] == "overlay") overlay = words[2];
            if (words[0] == "setting" && words.size() > 2) settings += (settings.empty() ? "" : ", ") + ("\"" + words[1] + "\": ") + (words[2][0] >= '0' && words[2][0] <= '9' ? words[2] : "\"" + words[2] + "\"");
            if (words.size() > 6 && (words[1] == "reports" || words[1] == "finds")) class_of_case[words.back()] = words[2];
            if (words.size() > 6 && (words[1] == "reports" || words[1] == "finds"))
                for (std::size_t w = 3; w + 1 < words.size(); ++w)
                    if (words[w] == "as") class_of_case[words[w + 1]] = words[2];
            for (std::size_t w = 0; w + 3 < words.size(); ++w)
                if (words[w] == "with" && words[w + 1] == "limit") rows += made_row(class_of_case[words[2]], words[w + 2], words[w + 3]);
        }
        if (!map.empty()) options.map = map;
        if (!overlay.empty() || !rows.empty() || !settings.empty()) options.overlay = make_overlay(overlay, rows, settings);
        city_ = std::make_unique<SmallCity>(engine_, options);
    }

    std::string made_row(const std::string& class_code, const std::string& value, const std::string& unit) {
        const auto kind = class_code >= "06" ? "event" : "component";
        const auto id = row_id(class_code, value, unit);
        if (!made_rows_.insert(id).second) return "";
        return id + ",2026," + kind + "," + class_code + ",故事里的条件,故事里的结案条件," + value + "," + unit + ",,sanitation,local,story\n";
    }
    static std::string row_id(const std::string& class_code, const std::string& value, const std::string& unit) {
        return std::string("2026-") + (class_code >= "06" ? "event" : "component") + "-" + class_code + "-story-" + value + "-" + unit;
    }

    std::string make_overlay(const std::string& name, const std::string& rows, const std::string& settings) {
        const auto target = overlay_.path() + "/overlay";
        std::filesystem::create_directories(target + "/workflow");
        std::filesystem::create_directories(target + "/time_limits");
        if (!home_.folder.empty()) lay_over(home_.folder + "/overlay", target);
        if (!name.empty()) lay_over(std::filesystem::path(path_).parent_path() / "overlays" / name, target);
        if (!rows.empty()) {
            const auto path = target + "/time_limits/filing_rows.csv";
            const auto before = load_file(path).value_or("id,edition,kind,class_code,condition,closing_condition,limit,unit,area_class,responsible_kind,basis,source\n");
            save_file(path, before + rows);
        }
        if (!settings.empty()) lay_over_json(target + "/workflow/settings.json", "{" + settings + "}");
        return target;
    }

    // What a story changes stands over what its city changes.
    static void lay_over(const std::filesystem::path& from, const std::filesystem::path& target) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(from)) {
            if (!entry.is_regular_file()) continue;
            const auto to = target / std::filesystem::relative(entry.path(), from);
            std::filesystem::create_directories(to.parent_path());
            if (to.extension() == ".json") lay_over_json(to.string(), *load_file(entry.path().string()));
            else if (std::filesystem::exists(to)) throw StoryError("both change " + to.filename().string());
            else std::filesystem::copy_file(entry.path(), to);
        }
    }

    // Members of the second replace those of the first; rows are added behind.
    static void lay_over_json(const std::string& path, const std::string& text) {
        auto under = parse_json(load_file(path).value_or("{}")), over = parse_json(text);
        if (!under || !over) throw StoryError(path + " is no JSON");
        for (auto& [name, value] : over->as_object()) {
            auto& place = under->as_object()[name];
            if (place.is_array() && value.is_array()) place.as_array().insert(place.as_array().end(), value.as_array().begin(), value.as_array().end());
            else place = value;
        }
        save_file(path, to_json_text(*under));
    }

    void run_line(const std::string& line) {
        const auto words = words_of(line);
        if (words.empty() || words[0].starts_with("#") || words[0] == "grid" || words[0] == "rules" || words[0] == "setting" || words[0] == "calendar" || is_map_row(line)) return;
        if (words[0] == "at" && words.size() == 3) {
            const auto at = parse_instant(words[1] + "T" + words[2]);
            if (!at || *at < city_->clock.now_ms() - 400 * day_ms) throw StoryError("no such time");
            city_->clock.set(*at);
            return;
        }
        if (words[0] == "expect") return expect(words, line);
        if (words[0] == "restart") {
            notices_.reset();
            return city_->reopen();
        }
        if (words[0] == "night") return city_->cases->run_jobs_once(); // what is done by itself
        if (words[0] == "jobs") return city_->cases->run_jobs_once();
        if (words[0] == "notices") return begin_notices();
        if (words[0] == "row") return add_row(words);
        if (words[0] == "automatic") return set_automatic(words);
        if (words[0] == "reorganise") return reorganise(words);
        if (words.size() > 3 && (words[1] == "begins" || words[1] == "ends") && words[2] == "mode") return command_mode(words, line);
        if (words.size() > 2 && words[1].ends_with("_exclusion")) return exclude(words);
        if (words.size() < 3) throw StoryError("not understood: " + line);
        act(words, line);
    }

    static std::string kind_of(const std::string& class_code) { return class_code >= "06" ? "event" : "component"; }

    // row CODE CLASS PLACE-KIND [PLACE] unit UNIT [from DAY] [until DAY]: a line of the responsibility list. CLASS may be
    // a major class or "any"; PLACE is a cell of the map for cell, community and area.
    void add_row(const std::vector<std::string>& words) {
        if (words.size() < 6) throw StoryError("row CODE CLASS PLACE-KIND [PLACE] unit UNIT");
        responsibility::Row row;
        row.code = words[1];
        if (words[2] != "any") row.edition = "2026", row.kind = kind_of(words[2]), row.class_code = words[2];
        row.place_kind = words[3];
        for (std::size_t i = 4; i + 1 < words.size(); ++i) {
            if (words[i] == "unit") row.competent = words[++i];
            else if (words[i] == "from") row.valid_from = words[++i];
            else if (words[i] == "until") row.valid_to = words[++i];
            else if (row.place_kind == "cell") row.place = city_->cell_code(words[i]);
            else if (row.place_kind == "community") row.place = city_->cell_code(words[i]).substr(0, 12);
            else if (row.place_kind == "district") row.place = words[i] == "a" ? home_.codes.district_a : home_.codes.district_b;
            else if (row.place_kind == "area") row.place = words[i], row.shape = {square_at(city_->center(words[i]))};
            else row.place = words[i];
        }
        if (const auto saved = city_->responsibility->save(row, "故事"); !saved) throw StoryError("the row was refused: " + saved.error().code + " " + saved.error().facts.at("reason_en"));
    }
    static geo::Polygon square_at(geo::Point middle) {
        constexpr double reach = 0.0002;
        return {{{{middle.lon - reach, middle.lat - reach}, {middle.lon + reach, middle.lat - reach}, {middle.lon + reach, middle.lat + reach}, {middle.lon - reach, middle.lat + reach}, {middle.lon - reach, middle.lat - reach}}}};
    }

    static std::string refused_in(const std::vector<std::string>& words) {
        for (std::size_t i = 0; i + 2 < words.size(); ++i)
            if (words[i] == "->") return words[i + 2];
        return "";
    }
    template <class T>
    void check_done(const Result<T>& outcome, const std::string& refused) {
        if (refused.empty() && !outcome) complain("was refused: " + outcome.error().code + (outcome.error().facts.contains("reason_en") ? ", " + outcome.error().facts.at("reason_en") : ""));
        if (!refused.empty() && (outcome || outcome.error().code != refused)) complain("was not refused " + refused);
    }
    json::object target_of(const std::string& code) const {
        const bool is_new = city_->identity->directory()->find_organisation(code) == nullptr;
        return {{"code", code}, {"name", "单位" + code}, {"is_new", is_new}};
    }

    // reorganise rename UNIT to NAME | merge UNIT… into CODE | split UNIT PART… rest CODE; each [from DAY]. A PART is
    // "part CODE" with "classes KEY…" or "regions CODE…" (of the map: a, b for districts).
    void reorganise(const std::vector<std::string>& words) {
        json::object plan{{"reorganisation_id", format_uuid(city_->new_id())}, {"kind", words.at(1)}, {"reason", "机构改革"}, {"document", "编办〔2026〕1号"}, {"day", format_date(city_date(city_->clock.now_ms()))}};
        json::array units, parts, list;
        json::object part;
        std::string list_name;
        const auto end_list = [&] {
            if (!list_name.empty()) part[list_name] = std::move(list);
            list = {};
            list_name.clear();
        };
        const auto end_part = [&] {
            end_list();
            if (!part.empty()) parts.push_back(std::move(part));
            part = {};
        };
        for (std::size_t i = 2; i < words.size() && words[i] != "->"; ++i) {
            const auto next = [&] { return words.at(++i); };
            if (words[i] == "from") plan["day"] = next();
            else if (words[i] == "to") plan["target"] = json::object{{"name", next()}};
            else if (words[i] == "into") plan["target"] = target_of(next());
            else if (words[i] == "part" || words[i] == "rest") {
                end_part();
                part["target"] = target_of(next());
            } else if (words[i] == "classes" || words[i] == "regions") {
                end_list();
                list_name = words[i];
            } else if (!list_name.empty()) list.emplace_back(words[i] == "a" ? home_.codes.district_a : words[i] == "b" ? home_.codes.district_b : words[i]);
            else units.emplace_back(words[i]);
        }
        end_part();
        plan["units"] = std::move(units);
        if (!parts.empty()) plan["parts"] = std::move(parts);
        check_done(city_->reorganisation->record(plan, city_->viewer("leader"), "zh"), refused_in(words));
    }

    // WHO begins mode NAME [stages S…] [regions a b] [classes KEY…] [at DATE TIME]; WHO ends mode NAME [at DATE TIME].
    void command_mode(const std::vector<std::string>& words, const std::string&) {
        const auto viewer = city_->viewer(words[0]);
        const auto& name = words[3];
        std::optional<std::int64_t> at_ms;
        emergency::NewMode mode;
        std::vector<std::string>* list = nullptr;
        for (std::size_t i = 4; i < words.size() && words[i] != "->"; ++i) {
            if (words[i] == "at") at_ms = parse_instant(words.at(i + 1) + "T" + words.at(i + 2)), i += 2;
            else if (words[i] == "stages") list = &mode.stages;
            else if (words[i] == "regions") list = &mode.regions;
            else if (words[i] == "classes") list = &mode.classes;
            else if (list != nullptr) list->push_back(words[i] == "a" ? home_.codes.district_a : words[i] == "b" ? home_.codes.district_b : words[i]);
            else throw StoryError("not understood: " + words[i]);
        }
        if (words[1] == "ends") return check_done(city_->emergency->end_mode(modes_.at(name), "解除防风", at_ms, viewer, "zh"), refused_in(words));
        mode.id = city_->new_id();
        mode.name = "台风“" + name + "”防御";
        mode.from_ms = at_ms;
        if (mode.stages.empty()) mode.stages = {"handle", "check"};
        if (refused_in(words).empty()) modes_[name] = mode.id;
        check_done(city_->emergency->begin_mode(mode, viewer, "zh"), refused_in(words));
    }

    // WHO asks_exclusion|agrees_exclusion|refuses_exclusion NAME
    void exclude(const std::vector<std::string>& words) {
        const auto viewer = city_->viewer(words[0]);
        const auto& mode = modes_.at(words[2]);
        if (words[1] == "asks_exclusion") return check_done(city_->emergency->ask_exclusion(mode, city_->new_id(), "台风期间", viewer, "zh"), refused_in(words));
        check_done(city_->emergency->decide_exclusion(mode, words[1] == "agrees_exclusion", "已阅", viewer, "zh"), refused_in(words));
    }

    // expect mode NAME [reached N] [held N] [excluded N] [STATE]
    void expect_mode(const std::vector<std::string>& words) {
        const auto mode = city_->emergency->mode(modes_.at(words[2]), "zh");
        if (!mode) return complain(mode.error().code);
        for (std::size_t i = 3; i < words.size(); ++i) {
            if (words[i] == "reached" || words[i] == "held") expect_equal("cases " + words[i], to_json_text(mode->at(words[i])), words.at(i + 1)), ++i;
            else expect_equal("the mode", mode->at("is_on").as_bool() ? "on" : "over", words[i]);
        }
    }

    // automatic CLASS on|off
    void set_automatic(const std::vector<std::string>& words) {
        if (!city_->responsibility->set_switch({"2026", kind_of(words[1]), words[1], words.at(2) == "on", 0, ""}, "故事")) throw StoryError("no such class");
    }

    // expect list CLASS at CELL names UNIT… by ROW | names nobody; "fallback" where it is one.
    void expect_list(const std::vector<std::string>& words) {
        const auto point = city_->center(words.at(4));
        const auto question = city_->responsibility->question_at(point.lon, point.lat, "cgcs2000", "2026", "", words.at(2));
        if (!question) throw StoryError(question.error().code);
        const auto answer = city_->responsibility->answer(*question);
        std::string wanted, found = join(answer.units, " ");
        for (std::size_t i = 6; i < words.size() && words[i] != "by" && words[i] != "fallback"; ++i) wanted += (wanted.empty() ? "" : " ") + words[i];
        expect_equal("who answers", found.empty() ? "nobody" : found, wanted);
        for (std::size_t i = 6; i + 1 < words.size(); ++i)
            if (words[i] == "by") expect_equal("the row", answer.matches.empty() ? "none" : answer.matches.front().row.code, words[i + 1]);
        expect_equal("a fallback", answer.is_fallback ? "yes" : "no", words.back() == "fallback" ? "yes" : "no");
    }

    Details read_details(const std::vector<std::string>& words, std::size_t from, const std::string& line) {
        Details details;
        for (std::size_t i = from; i < words.size(); ++i) {
            const auto next = [&](std::size_t ahead = 1) {
                if (i + ahead >= words.size()) throw StoryError("something is missing after " + words[i]);
                return words[i + ahead];
            };
            if (words[i] == "->") {
                if (next() != "refused") throw StoryError("-> refused CODE");
                details.refused = next(2);
                i += 2;
            } else if (words[i] == "to") details.to = next(), ++i;
            else if (words[i] == "target") details.target = next(), ++i;
            else if (words[i] == "for") details.for_whom = next(), ++i;
            else if (words[i] == "of") details.part_of = next(), ++i;
            else if (words[i] == "assisted" && next() == "by") details.assisting.push_back(next(2)), i += 2;
            else if (words[i] == "and" && !details.assisting.empty()) details.assisting.push_back(next()), ++i;
            else if (words[i] == "into") details.lead = next(), ++i;
            else if (words[i] == "as") details.name = next(), ++i;
            else if (words[i] == "from") details.coord_type = next(), ++i;
            else if (words[i] == "with" && next() == "limit") details.limit_value = next(2), details.limit_unit = next(3), i += 3;
            else if (words[i] == "level") details.level = next(), ++i;
            else if (words[i] == "reason") details.reason = next(), ++i;
            else if (words[i] == "until") details.until_ms = parse_instant(next() + "T" + next(2)), i += 2;
            else if (words[i] == "without" && next() == "reply") details.wants_no_reply = true, ++i;
            else if (words[i] == "with" && next() == "row") details.row = next(2), i += 2;
            else if (words[i] == "with" && next() == "photo") details.has_photo = true, ++i;
            else if (words[i] == "without" && next() == "photo") details.has_photo = false, ++i;
            else if (words[i] == "without" && next() == "words") details.has_no_words = true, ++i;
            else if (words[i] == "at" && next() == "version") details.version = std::stoll(next(2)), i += 2;
            else if (words[i] == "at") details.cell = next(), ++i;
            else if (words[i] == "saying") {
                auto rest = line.substr(line.find("saying") + 7);
                if (const auto arrow = rest.find("->"); arrow != std::string::npos) {
                    rest.resize(arrow);
                    while (i + 1 < words.size() && words[i + 1] != "->") ++i;
                } else i = words.size();
                details.words = std::string(trim(rest));
            } else throw StoryError("not understood: " + words[i]);
        }
        return details;
    }

    void check_outcome(const Result<cases::CaseDetail>& outcome, const Details& details) {
        if (details.refused.empty() && !outcome) complain("was refused: " + outcome.error().code);
        if (!details.refused.empty() && outcome) complain("was not refused");
        if (!details.refused.empty() && !outcome && outcome.error().code != details.refused) complain("was refused " + outcome.error().code + ", not " + details.refused);
    }

    void report(const std::string& who, const std::vector<std::string>& words, const std::string& line) {
        const auto details = read_details(words, 3, line);
        auto report = city_->report_at(details.cell.empty() || details.cell == "outside" ? "A1" : details.cell, words[2] == "something" ? "" : words[2]);
        if (details.cell == "outside") report.lat = 39.9;
        if (words[2] == "something") report.kind.clear();
        if (!details.words.empty()) report.description = details.words;
        if (!details.coord_type.empty()) {
            const auto type = geo::parse_coord_type(details.coord_type);
            if (!type) throw StoryError("no such coordinates: " + details.coord_type);
            const auto point = geo::from_cgcs2000({report.lon, report.lat}, *type);
            report.lon = point.lon;
            report.lat = point.lat;
            report.coord_type = details.coord_type;
        }
        if (details.has_photo.value_or(false)) report.media = {city_->photo(who)};
        report.is_simple = words[1] == "finds"; // and will handle it on the spot
        if (who == "citizen" || who == "citizen2") report.source = "citizen_app";
        if (who.starts_with("operator")) {
            report.source = "hotline_12319";
            report.contact = cases::Contact{"来电人", "13800001234", false, true};
        }
        if (!details.name.empty()) cases_[details.name] = format_uuid(report.case_id);
        check_outcome(city_->cases->report(report, city_->viewer(who)), details);
    }

    std::string case_id(const std::string& name) const {
        const auto found = cases_.find(name);
        if (found == cases_.end()) throw StoryError("there is no case " + name);
        return found->second;
    }

    // The action that the verb means for this person now; the first one when none is allowed.
    std::string action_of(const std::string& who, const std::string& id, const std::string& verb) {
        const auto found = std::find_if(verbs.begin(), verbs.end(), [&](const Verb& one) { return one.word == verb; });
        if (found == verbs.end()) throw StoryError("there is no verb " + verb);
        const auto detail = city_->cases->get(id, city_->viewer(who));
        for (const auto* action : found->actions)
            if (detail)
                for (const auto& allowed : detail->allowed)
                    if (allowed.row->code == action) return action;
        return found->actions.front();
    }

    void act(const std::vector<std::string>& words, const std::string& line) {
        const auto& who = words[0];
        if (words[1] == "reports" || words[1] == "finds") return report(who, words, line);
        if (words[1] == "delegates") return delegate(words, line);
        if (words[1] == "opens") {
            if (!city_->cases->open(case_id(words[2]), city_->viewer(who))) complain(who + " may not open " + words[2]);
            return;
        }
        const bool is_plain = words[1] == "does";
        const auto id = case_id(words[is_plain ? 3 : 2]);
        const auto details = read_details(words, is_plain ? 4 : 3, line);
        const auto action = is_plain ? words[2] : action_of(details.for_whom.empty() ? who : details.for_whom, id, words[1]);
        const auto outcome = city_->act(who, id, action, [&](cases::NewStep& step) { fill(step, who, id, details); }, details.for_whom);
        check_outcome(outcome, details);
    }

    // WHO delegates to WHOM until DATE TIME: from now on.
    void delegate(const std::vector<std::string>& words, const std::string& line) {
        const auto details = read_details(words, 2, line);
        cases::Delegation wanted;
        wanted.to_person = city_->viewer(details.to).person_id;
        wanted.from_ms = city_->clock.now_ms();
        wanted.to_ms = details.until_ms.value_or(0);
        wanted.reason = "出差";
        const auto made = city_->cases->delegate(wanted, city_->viewer(words[0]));
        if (details.refused.empty() && !made) complain("was refused: " + made.error().code);
        if (!details.refused.empty() && (made || made.error().code != details.refused)) complain("was not refused " + details.refused);
    }

    // What a person's page no longer offers is asked for all the same: of the newest part that their organisation has.
    void name_own_part(cases::NewStep& step, const std::string& who, const rules::Case& c) const {
        const auto& actions = city_->rules->workflow.machine("assignment").actions;
        const auto own = city_->organisation_of(who);
        for (const auto& one : c.assignments)
            for (const auto& row : actions)
                if (row.code == step.action && row.by == "holder" && one.organisation == own && row.fits(one.level, one.state)) {
                    step.subject_kind = "assignment";
                    step.subject_id = one.id;
                }
    }

    void fill(cases::NewStep& step, const std::string& who, const std::string& id, const Details& details) {
        if (step.version == 0) {
            // Not allowed to this person: it still has to be refused by the server, with the version at hand.
            const auto seen = city_->cases->get(id, city_->viewer("leader"));
            if (seen) step.version = seen->stored.c.version;
        }
        if (step.subject_kind == "case") find_subject(step, who, id);
        if (const auto own = city_->cases->get(id, city_->viewer(who)); own && std::none_of(own->allowed.begin(), own->allowed.end(), [&](const rules::AllowedAction& one) { return one.row->code == step.action; }))
            name_own_part(step, who, own->stored.c);
        if (details.version) step.version = *details.version;
        if (!details.words.empty()) step.opinion = details.words;
        if (details.has_no_words) step.opinion.clear();
        if (details.has_photo) {
            if (*details.has_photo && step.media.empty()) step.media = {city_->photo(who)};
            if (!*details.has_photo) step.media.clear();
        }
        if (!details.target.empty()) step.target = details.target;
        for (const auto& one : details.assisting) step.assisting.push_back(city_->identity->directory()->find_person_by_login(one) != nullptr ? city_->organisation_of(one) : one);
        if (!details.cell.empty()) step.place = cases::StepPlace{city_->center(details.cell).lon, city_->center(details.cell).lat, "cgcs2000"};
        if (!details.part_of.empty()) {
            const auto seen = city_->cases->get(id, city_->viewer("leader"));
            for (const auto& one : seen->stored.c.assignments)
                if (one.organisation == details.part_of) step.subject_kind = "assignment", step.subject_id = one.id;
        }
        if (!details.reason.empty()) step.return_reason = details.reason == "none" ? "" : details.reason;
        if (!details.level.empty()) step.supervision_level = details.level;
        if (details.until_ms) step.until_ms = details.until_ms;
        if (details.wants_no_reply) step.needs_reply = false;
        if (!details.lead.empty()) step.lead = case_id(details.lead);
        if (!details.row.empty()) step.filing_row = details.row;
        if (!details.limit_value.empty()) {
            const auto seen = city_->cases->get(id, city_->viewer("leader"));
            step.filing_row = row_id(seen->stored.c.class_code, details.limit_value, details.limit_unit);
        }
        if (!details.to.empty()) {
            step.receiver_person = {};
            const auto* person = city_->identity->directory()->find_person_by_login(details.to);
            const bool is_person = person != nullptr && (step.action == "send_check" || step.action == "send_verify" || step.action == "send_recheck" || step.action == "send_spot_check" || step.action == "reassign" || details.to.ends_with("handler"));
            step.receiver_organisation = person != nullptr ? city_->organisation_of(details.to) : details.to;
            if (is_person) step.receiver_person = person->id;
        }
    }

    // What an act would be about that is not allowed now: the newest open request or errand, the own part before another's.
    void find_subject(cases::NewStep& step, const std::string& who, const std::string& id) {
        const auto seen = city_->cases->get(id, city_->viewer("leader"));
        if (!seen) return;
        const auto of_machine = [&](const char* machine) {
            const auto& actions = seen->rules->workflow.machine(machine).actions;
            return std::any_of(actions.begin(), actions.end(), [&](const rules::ActionRow& row) { return row.code == step.action; });
        };
        if (of_machine("case")) return;
        const auto& c = seen->stored.c;
        const auto mean = [&](const char* kind, const Uuid& subject) { step.subject_kind = kind, step.subject_id = subject; };
        if (of_machine("request") && !c.requests.empty()) return mean("request", c.requests.back().id);
        if (of_machine("task") && !c.tasks.empty()) return mean("task", c.tasks.back().id);
        if (!of_machine("assignment") || c.assignments.empty()) return;
        mean("assignment", c.assignments.back().id);
        for (const auto& one : c.assignments)
            if (one.organisation == city_->organisation_of(who)) mean("assignment", one.id);
    }

    // --- expectations -------------------------------------------------------------------------------

    void expect_equal(const std::string& what, const std::string& is, const std::string& wanted) {
        if (is != wanted) complain(what + " is " + (is.empty() ? "nothing" : is) + ", not " + wanted);
    }

    static std::string local_text(rules::MaybeMs at_ms) {
        if (!at_ms) return "";
        auto text = format_rfc3339(*at_ms).substr(0, 16);
        text[10] = ' ';
        return text;
    }

    void expect(const std::vector<std::string>& words, const std::string& line) {
        if (words.size() < 3) throw StoryError("expect what?");
        if (words[1] == "audit") {
            const auto audit = cases::audit_cases(*city_->database, *city_->rule_sets, city_->identity->keys(), city_->media.get());
            if (!audit.faults.empty()) complain("the audit found: " + audit.faults.front());
            return;
        }
        if (words[1] == "ledger" && words.size() > 5) return expect_ledger(words);
        if (words.size() == 7 && words[2] == "reads") return expect_entries(words[1], words[3], words[6]);
        if (words[1] == "list") return expect_list(words);
        if (words[1] == "mode") return expect_mode(words);
        if (words[1] == "reorganisations" && words.size() == 4) return expect_reorganisation(words);
        if (words[1] == "reporter") return expect_told(line);
        if (words[1] == "notice" || words[1] == "no_notice") return expect_notice(words, line);
        if (cases_.contains(words[1])) return expect_case(words);
        expect_person(words);
    }

    // expect reorganisations STATE REACHED: of the newest.
    void expect_reorganisation(const std::vector<std::string>& words) {
        const auto list = city_->reorganisation->list("", 1, "zh");
        if (!list || list->at("items").as_array().empty()) return complain("there is no reorganisation");
        const auto& newest = list->at("items").as_array().front().as_object();
        expect_equal("the reorganisation", std::string(newest.at("state").as_string()), words[2]);
        expect_equal("cases moved", to_json_text(newest.at("reached")), words[3]);
    }

    // Somewhere in its history the case names an organisation so.
    void expect_history(const cases::CaseDetail& detail, const std::string& name) {
        const auto object = city_->cases->detail_json(detail, city_->viewer("leader"), "zh");
        for (const auto& step : object.at("steps").as_array())
            for (const auto* member : {"organisation_name", "receiver_name"})
                if (step.at(member).is_string() && step.at(member).as_string() == name) return;
        complain("the history does not name " + name);
    }

    void expect_told(const std::string& line) {
        const auto wanted = std::string(trim(line.substr(line.find("told") + 5)));
        std::string all;
        for (const auto& [name, id] : cases_) {
            const auto viewer = city_->viewer("operator");
            if (const auto detail = city_->cases->get(id, viewer)) {
                const auto object = city_->cases->detail_json(*detail, viewer, "zh");
                if (object.at("reporter_sentence").is_string()) all += std::string(object.at("reporter_sentence").as_string()) + "\n";
            }
        }
        if (all.find(wanted) == std::string::npos) complain("the reporter is told “" + all + "”, not “" + wanted + "”");
    }

    // "notices": from here on the city tells people, by SMS too; nothing is sent.
    void begin_notices() {
        const auto data = notices::load_notice_data(CHENGGE_SOURCE "/data", city_->options.overlay, *city_->rules);
        if (!data) throw StoryError(data.error().facts.at("reason"));
        notices_ = std::make_unique<notices::NoticesService>(notices::NoticeParts{*city_->database, city_->clock, *city_->identity, *city_->grid, *city_->cases, *city_->rule_sets, *data});
        notices::ChannelSettings channels;
        channels.sms.url = "https://sms.invalid/";
        notices_->use_channels(std::move(channels));
        notices_->make_notices();
    }

    // expect notice to WHO TEXT…, expect no_notice to WHO TEXT…; "caller" is who left a number with a report.
    void expect_notice(const std::vector<std::string>& words, const std::string& line) {
        if (!notices_ || words.size() < 5 || words[2] != "to") throw StoryError("expect notice to WHO TEXT, after a line `notices`");
        city_->cases->run_jobs_once();
        notices_->make_notices();
        static const storage::Statement all("story", "SELECT person_id, recipient, subject, body FROM notices ORDER BY notice_key", "SELECT person_id, recipient, subject, body FROM notices ORDER BY notice_key");
        const auto wanted = std::string(trim(line.substr(line.find(" " + words[3] + " ") + words[3].size() + 2)));
        std::string told;
        city_->database->read([&](storage::Transaction& transaction) {
            told.clear();
            for (const auto row : transaction.run(all)) {
                const bool is_caller = row.is_null("person_id") && row.text("recipient").starts_with("contact:");
                const bool is_meant = words[3] == "caller" ? is_caller : !row.is_null("person_id") && uuid_from_raw(row.bytes("person_id")) == city_->viewer(words[3]).person_id;
                if (is_meant) told += row.text("subject") + "：" + row.text("body") + "\n";
            }
        });
        if ((told.find(wanted) != std::string::npos) != (words[1] == "notice")) complain(words[3] + " is told “" + told + "”, " + (words[1] == "notice" ? "not “" : "among it “") + wanted + "”");
    }

    void expect_person(const std::vector<std::string>& words) {
        const auto& who = words[1];
        const auto viewer = city_->viewer(who);
        if (words[2] == "sees" || words[2] == "does_not_see") {
            const bool sees = city_->cases->get(case_id(words[3]), viewer).has_value();
            if (sees != (words[2] == "sees")) complain(who + (sees ? " sees " : " does not see ") + words[3]);
        } else if (words[2] == "has" && words.size() == 6) {
            const auto inbox = city_->cases->inbox({}, viewer, "zh");
            expect_equal("the inbox of " + who, to_json_text(inbox->at("counts").at("all")), words[3]);
        } else if (words[2] == "may" || words[2] == "may_not") {
            const auto detail = city_->cases->get(case_id(words[4]), viewer);
            const bool may = detail && std::any_of(detail->allowed.begin(), detail->allowed.end(), [&](const rules::AllowedAction& one) { return one.row->code == words[3]; });
            if (may != (words[2] == "may")) complain(who + (may ? " may " : " may not ") + words[3]);
        } else {
            throw StoryError("not understood: " + words[2]);
        }
    }

    void expect_case(const std::vector<std::string>& words) {
        const auto detail = city_->cases->get(case_id(words[1]), city_->viewer("leader"));
        if (!detail) throw StoryError("the case is gone");
        const auto& stored = detail->stored;
        const auto& c = stored.c;
        const auto summary = cases::summarise(*detail->rules, c);
        const auto* lead = rules::lead_assignment(c);
        const auto now = city_->clock.now_ms();
        const auto handling_light = std::string(rules::light_of(summary.handling_deadline_ms, summary.handling_yellow_ms, now));
        for (std::size_t i = 2; i < words.size(); ++i) {
            const auto next = [&](std::size_t ahead = 1) {
                if (i + ahead >= words.size()) throw StoryError("something is missing after " + words[i]);
                return words[i + ahead];
            };
            if (words[i] == "stage" && next() == "deadline") expect_equal("the stage deadline", local_text(summary.stage_deadline_ms), next(2) + " " + next(3)), i += 3;
            else if (words[i] == "stage") expect_equal("the stage", summary.stage, next()), ++i;
            else if (words[i] == "handling" && next() == "deadline") expect_equal("the handling deadline", local_text(lead != nullptr ? lead->deadline_ms : std::nullopt), next(2) + " " + next(3)), i += 3;
            else if (words[i] == "handling" && next() == "light") expect_equal("the handling light", handling_light, next(2)), i += 2;
            else if (words[i] == "light") {
                // The later of the two clocks a unit has: signing for it, and handling it.
                const auto stage_light = std::string(rules::light_of(summary.stage_deadline_ms, summary.stage_yellow_ms, now));
                expect_equal("the light", handling_light == "none" ? stage_light : handling_light, next()), ++i;
            } else if (words[i] == "cell") expect_equal("the cell", c.cell_code, city_->cell_code(next())), ++i;
            else if (words[i] == "unit") expect_equal("the unit", summary.unit, next()), ++i;
            else if (words[i] == "no" && next() == "number") expect_equal("the number", stored.case_no.empty() ? "none" : stored.case_no, "none"), ++i;
            else if (words[i] == "number") expect_equal("the number", stored.case_no, next()), ++i;
            else if (words[i] == "rework") expect_equal("rework", std::to_string(c.rework_count), next()), ++i;
            else if (words[i] == "redispatched") expect_equal("redispatched", std::to_string(c.redispatch_count), next()), ++i;
            else if (words[i] == "sent_back") expect_equal("sent back", std::to_string(c.send_back_count), next()), ++i;
            else if (words[i] == "reminded") expect_equal("reminded", std::to_string(c.remind_count), next()), ++i;
            else if (words[i] == "supervised") expect_equal("supervised", std::to_string(c.supervise_count), next()), ++i;
            else if (words[i] == "instruction") expect_request(c, "instruction", next()), ++i;
            else if (words[i] == "request") expect_request(c, next(), next(2)), i += 2;
            else if (words[i] == "part") expect_part(c, next(), next(2)), i += 2;
            else if (words[i] == "part_deadline") expect_part_deadline(c, next(), next(2) + " " + next(3)), i += 3;
            else if (words[i] == "held") expect_equal("held", c.hold_decision.empty() ? "no" : "yes", next()), ++i;
            else if (words[i] == "out_of_evaluation") expect_equal("out of the evaluation", c.excluded_by.empty() ? "no" : "yes", next()), ++i;
            else if (words[i] == "no_deadline") expect_equal("the handling deadline", local_text(lead != nullptr ? lead->deadline_ms : std::nullopt), "");
            else if (words[i] == "history") expect_history(*detail, next()), ++i;
            else if (words[i] == "ruled_unit") expect_equal("the ruling", c.ruled_unit, next()), ++i;
            else if (words[i] == "extended") expect_equal("extended", std::to_string(lead != nullptr ? lead->extension_count : 0), next()), ++i;
            else if (words[i] == "excluded") expect_equal("excluded", lead != nullptr && lead->is_excluded != 0 ? "yes" : "no", next()), ++i;
            else if (words[i] == "deferred") expect_equal("deferred", c.is_deferred != 0 ? "yes" : "no", next()), ++i;
            else if (words[i] == "simple") expect_equal("simple", c.is_simple != 0 ? "yes" : "no", next()), ++i;
            else if (words[i] == "until") expect_equal("suspended until", local_text(c.suspended_until_ms), next() + " " + next(2)), i += 2;
            else if (words[i] == "by") expect_hand(*detail, next(), next(2)), i += 2;
            else if (words[i] == "stands_for") expect_equal("cases it stands for", std::to_string(detail->merged_cases.size()), next()), ++i;
            else if (words[i] == "order") expect_order(c, next(), next(2) + " " + next(3)), i += 3;
            else if (words[i] == "dispute") expect_equal("the dispute", c.is_disputed == 1 ? "open" : c.is_disputed == 2 ? "ruled" : "none", next()), ++i;
            else if (words[i] == "row") expect_equal("the row", lead == nullptr || lead->responsibility_row.empty() ? "none" : lead->responsibility_row, next()), ++i;
            else if (words[i] == "automatic") expect_equal("dispatched by itself", lead != nullptr && lead->is_automatic != 0 ? "yes" : "no", next()), ++i;
            else if (words[i] == "steps") expect_equal("steps", std::to_string(detail->steps.size()), next()), ++i;
            else if (words[i] == "photos") expect_equal("photos", std::to_string(detail->media_rows.size()), next()), ++i;
            else if (words[i] == "used") expect_used(*detail, lead, next()), i += 2;
            else expect_equal("the state", c.state, words[i]);
        }
    }

    // The newest supervision order: its state and until when a reply is due ("none none").
    void expect_order(const rules::Case& c, const std::string& state, const std::string& until) {
        const auto found = std::find_if(c.requests.rbegin(), c.requests.rend(), [](const rules::Request& one) { return one.kind == "supervision"; });
        if (found == c.requests.rend()) return complain("there is no supervision order");
        expect_equal("the order", found->state, state);
        const auto due = local_text(found->until_ms);
        expect_equal("the reply's deadline", due.empty() ? "none none" : due, until);
    }

    // The newest request of a kind.
    void expect_request(const rules::Case& c, const std::string& kind, const std::string& state) {
        const auto found = std::find_if(c.requests.rbegin(), c.requests.rend(), [&](const rules::Request& one) { return one.kind == kind; });
        expect_equal("the request for " + kind, found == c.requests.rend() ? "none" : found->state, state);
    }

    const rules::Assignment* newest_part(const rules::Case& c, const std::string& organisation) {
        const auto found = std::find_if(c.assignments.rbegin(), c.assignments.rend(), [&](const rules::Assignment& one) { return one.organisation == organisation; });
        if (found == c.assignments.rend()) complain(organisation + " has no part");
        return found == c.assignments.rend() ? nullptr : &*found;
    }
    void expect_part(const rules::Case& c, const std::string& organisation, const std::string& state) {
        if (const auto* part = newest_part(c, organisation)) expect_equal("the part of " + organisation, part->state, state);
    }
    void expect_part_deadline(const rules::Case& c, const std::string& organisation, const std::string& deadline) {
        if (const auto* part = newest_part(c, organisation)) expect_equal("the deadline of " + organisation, local_text(part->deadline_ms), deadline);
    }

    // Whose hand the newest step was, and for whom ("itself" when nobody else's).
    void expect_hand(const cases::CaseDetail& detail, const std::string& who, const std::string& for_whom) {
        const auto* person = city_->identity->directory()->find_person(detail.steps.back().step.actor_id);
        expect_equal("whose hand it was", person != nullptr ? person->login : detail.steps.back().step.role, who);
        const auto* other = city_->identity->directory()->find_person(detail.stored.c.acted_for);
        expect_equal("for whom", other != nullptr ? other->login : "itself", for_whom);
    }

    // "expect ledger extension 2 of 5 light yellow": approved this month, the cap, its light.
    void expect_ledger(const std::vector<std::string>& words) {
        const auto answer = city_->cases->ledgers(city_->viewer("leader"), "zh");
        for (const auto& item : answer.at("items").as_array()) {
            if (item.at("kind").as_string() != words[2]) continue;
            expect_equal("approved", to_json_text(item.at("approved")), words[3]);
            expect_equal("the cap", to_json_text(item.at("limit")), words[5]);
            if (words.size() > 7) expect_equal("the ledger's light", std::string(item.at("light").as_string()), words[7]);
            return;
        }
        complain("there is no ledger " + words[2]);
    }

    // "expect WHO reads N in ledger KIND".
    void expect_entries(const std::string& who, const std::string& count, const std::string& kind) {
        cases::LedgerFilter filter;
        filter.kind = kind;
        const auto page = city_->cases->ledger(filter, city_->viewer(who), "zh");
        if (!page) return complain("was refused: " + page.error().code);
        expect_equal("the ledger of " + who, std::to_string(page->at("items").as_array().size()), count);
    }

    void expect_used(const cases::CaseDetail& detail, const rules::Assignment* lead, const std::string& minutes) {
        if (lead == nullptr) throw StoryError("no unit has it");
        auto used = lead->used_ms;
        if (lead->clock_from_ms) used += detail.rules->calendar.elapsed_ms({lead->limit_value, *rules::parse_limit_unit(lead->limit_unit)}, *lead->clock_from_ms, city_->clock.now_ms());
        expect_equal("the time charged in minutes", std::to_string(used / minute_ms), minutes);
    }

    void print_time_lines() {
        for (const auto& [name, id] : cases_) {
            const auto detail = city_->cases->get(id, city_->viewer("leader"));
            if (!detail) continue;
            std::fprintf(stderr, "    %s %s %s\n", name.c_str(), detail->stored.case_no.c_str(), detail->stored.c.state.c_str());
            for (const auto& one : detail->steps) {
                const auto* person = city_->identity->directory()->find_person(one.step.actor_id);
                std::fprintf(stderr, "      %2lld %s  %-12s %-18s %s → %s  %s\n", static_cast<long long>(one.step.seq), local_text(one.step.at_ms).c_str(),
                             person != nullptr ? person->login.c_str() : "?", one.step.action.c_str(), one.step.from.c_str(), one.step.to.c_str(), one.step.opinion.c_str());
            }
        }
    }

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

} // namespace

int main(int argc, char** argv) {
    std::vector<std::string> paths(argv + 1, argv + argc);
    if (paths.empty())
        for (const auto& entry : std::filesystem::directory_iterator(CHENGGE_SOURCE "/tests/scenarios"))
            if (entry.path().extension() == ".story") paths.push_back(entry.path().string());
    std::sort(paths.begin(), paths.end());
    std::vector<City> cities{City{}};
    for (const auto& entry : std::filesystem::directory_iterator(CHENGGE_SOURCE "/tests/scenarios/cities"))
        if (entry.is_directory()) cities.push_back(load_city(entry.path().string()));
    int passed = 0, failed = 0;
    for (const auto& city : cities)
        for (const auto engine : {storage::Engine::sqlite, storage::Engine::postgres}) {
            const auto name = std::string(engine == storage::Engine::sqlite ? "sqlite" : "postgres") + (city.name.empty() ? "" : " " + city.name);
            int of_engine = 0;
            for (const auto& path : paths) {
                const auto failures = Story(path, engine, city).run();
                ++of_engine;
                (failures.empty() ? passed : failed)++;
                std::printf("%-16s %-50s %s\n", name.c_str(), std::filesystem::path(path).stem().c_str(), failures.empty() ? "came true" : "FAILED");
                for (const auto& failure : failures) std::printf("         %s: %s\n", path.c_str(), failure.c_str());
            }
            std::printf("%s: %d stories\n", name.c_str(), of_engine);
        }
    std::printf("%d passed, %d failed\n", passed, failed);
    return failed == 0 && passed > 0 ? 0 : 1;
}
