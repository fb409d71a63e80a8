#include "kit/small_city.hpp"

#include <stdexcept>

#include "base/time.hpp"
#include "geo/partition.hpp"
#include "kit/photo_kit.hpp"

namespace chengge::kit {

namespace {

// About 100 m.
constexpr double width = 0.000965, height = 0.000903;

struct Post {
    const char* who;
    const char* organisation;
    const char* role;
};
struct Unit {
    const char* code;
    const char* kind;
    const char* parent;
    const char* region; // "a", "b": one of the two districts
};
constexpr Unit units[] = {
    {"supervision", "supervision_center", "", ""},
    {"city-command", "city_command_center", "", ""},
    {"contractor", "contractor", "supervision", ""},
    {"public", "public", "", ""},
    {"sanitation", "department", "city-command", ""},
    {"sanitation-crew", "crew", "sanitation", ""},
    {"power", "company", "city-command", ""},
    {"command-a", "district_command_center", "city-command", "a"},
    {"sanitation-a", "department", "command-a", "a"},
    {"crew-a", "crew", "sanitation-a", "a"},
    {"street-a", "subdistrict", "command-a", "a"},
    {"command-b", "district_command_center", "city-command", "b"},
    {"sanitation-b", "department", "command-b", "b"},
    {"crew-b", "crew", "sanitation-b", "b"}};
constexpr Post posts[] = {
    {"operator", "supervision", "intake_operator"}, {"operator2", "supervision", "intake_operator"},
    {"leader", "supervision", "shift_leader"},      {"inspector", "supervision", "inspector"},
    {"evaluator", "supervision", "evaluator"},      {"collector", "contractor", "collector"},
    {"collector2", "contractor", "collector"},      {"citizen", "public", "citizen"},
    {"citizen2", "public", "citizen"},              {"dispatcher", "city-command", "dispatcher"},
    {"commander", "city-command", "commander"},     {"sanitation", "sanitation", "department_manager"},
    {"crew", "sanitation-crew", "handler"},         {"power", "power", "department_manager"},
    {"district_a", "command-a", "dispatcher"},      {"commander_a", "command-a", "commander"},
    {"a_sanitation", "sanitation-a", "department_manager"}, {"a_handler", "sanitation-a", "handler"},
    {"a_crew", "crew-a", "handler"},                {"a_street", "street-a", "department_manager"},
    {"district_b", "command-b", "dispatcher"},      {"b_sanitation", "sanitation-b", "department_manager"},
    {"b_crew", "crew-b", "handler"},                {"leader2", "supervision", "shift_leader"},
    {"inspector2", "supervision", "inspector"}};

// A square of about 60 m around the place.
geo::Polygon red_line_around(const rules::Case& c) {
    constexpr double reach = 0.0003;
    return {{{{c.lon - reach, c.lat - reach}, {c.lon + reach, c.lat - reach}, {c.lon + reach, c.lat + reach}, {c.lon - reach, c.lat + reach}, {c.lon - reach, c.lat - reach}}}};
}

// Read once each.
std::shared_ptr<const rules::Rules> rules_of(const std::string& overlay) {
    static std::map<std::string, std::shared_ptr<const rules::Rules>> read;
    auto& one = read[overlay];
    if (one == nullptr) {
        const auto loaded = rules::load_rules({.folder = CHENGGE_SOURCE "/data", .overlay_folder = overlay});
        if (!loaded) throw std::runtime_error(loaded.error().front().file + ": " + loaded.error().front().reason);
        one = *loaded;
    }
    return one;
}

template <class T>
T need(Result<T> result) {
    if (!result) throw std::runtime_error("refused: " + result.error().code);
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

} // namespace

SmallCity::SmallCity(storage::Engine engine, SmallCityOptions given) : options(std::move(given)), clock(*parse_instant("2026-09-29T09:00")), database(engine, options.database_url) {
    rules = rules_of(options.overlay);
    open_services();
    draw(options.map);
    add_people();
}

void SmallCity::open_services() {
    identity = need(identity::IdentityService::open(*database, clock, {.data_folder = CHENGGE_SOURCE "/data", .overlay_folder = options.overlay, .keys_folder = folder.path() + "/keys", .is_demo = true}));
    grid = need(grid::GridService::open(*database, clock));
    media = media::MediaService::open(*database, clock, folder.path() + "/media");
    rule_sets = std::make_unique<cases::RuleSets>(*database, rules);
    rule_sets->publish(rules, clock.now_ms());
    responsibility = std::make_unique<responsibility::ResponsibilityService>(responsibility::ServiceParts{*database, clock, *identity, *grid, [this] { return rule_sets->current(); }});
    cases = std::make_unique<cases::CaseService>(cases::CaseServiceParts{*database, clock, *identity, *grid, *media, *responsibility, *rule_sets, options.codes.platform});
    reorganisation = std::make_unique<reorganisation::ReorganisationService>(reorganisation::ReorganisationParts{clock, *identity, *grid, *responsibility, *cases, [this] { return rule_sets->current(); }});
    emergency = std::make_unique<emergency::EmergencyService>(
        emergency::EmergencyParts{*database, clock, *identity, *grid, *media, *cases, *rule_sets, need(emergency::load_emergency_data(CHENGGE_SOURCE "/data", options.overlay))});
}

void SmallCity::reopen() {
    emergency.reset();
    reorganisation.reset();
    cases.reset();
    responsibility.reset();
    rule_sets.reset();
    media.reset();
    grid.reset();
    identity.reset();
    database.reopen();
    open_services();
}

void SmallCity::draw(const std::vector<std::string>& map) {
    std::map<std::string, std::vector<geo::Polygon>> outlines;
    std::map<std::string, int> counts;
    std::vector<grid::Cell> cells;
    const auto& codes = options.codes;
    const auto [west, north] = codes.north_west;
    for (std::size_t row = 0; row < map.size(); ++row) {
        int column = 0;
        for (const char letter : map[row]) {
            if (letter == ' ') continue;
            const int left = column++;
            const double x = west + left * width, y = north - static_cast<double>(row + 1) * height;
            if (letter == '.') continue;
            // A–M lie in the first district, N–Z in the second.
            const std::string district = letter < 'N' ? codes.district_a : codes.district_b;
            const std::string community = district + "001" + std::to_string(101 + letter - 'A');
            const std::string letter_name(1, letter);
            const int number = ++counts[letter_name];
            const auto code = community + std::to_string(1000 + number).substr(1);
            // Each corner by the same sum, whichever cell it is of.
            const auto corner = [&](int right, int down) { return geo::to_whole(geo::Point{west + (left + right) * width, north - static_cast<double>(static_cast<int>(row) + down) * height}); };
            const geo::Polygon outline{{{corner(0, 1), corner(1, 1), corner(1, 0), corner(0, 0), corner(0, 1)}}};
            outlines[community].push_back(outline);
            cells_[letter_name + std::to_string(number)] = {code, {x + width / 2, y + height / 2}};
            cells.push_back({.code = code, .community_code = community, .outline = outline, .area_m2 = 10'000, .initial_date = "2026-01-01", .terminal_date = ""});
        }
    }
    std::vector<grid::Region> regions;
    const auto add = [&](std::string code, std::string name, grid::RegionLevel level, std::string parent, std::string managed_by, geo::MultiPolygon outline) {
        regions.push_back({.code = std::move(code), .name = std::move(name), .level = level, .parent_code = std::move(parent), .managed_by_code = std::move(managed_by),
                           .area_class = "", .label_point = codes.north_west, .outline = std::move(outline), .initial_date = "2026-01-01", .terminal_date = ""});
    };
    add(codes.platform, codes.name, grid::RegionLevel::city, "", "", {});
    for (const auto& [district, name] : {std::pair{codes.district_a, codes.district_a_name}, {codes.district_b, codes.district_b_name}}) {
        add(district, name, grid::RegionLevel::district, codes.platform, district, {});
        add(district + "001", name + "一街道", grid::RegionLevel::subdistrict, district, district, {});
    }
    for (auto& [community, parts] : outlines) {
        if (auto whole = geo::join(parts)) parts = {std::move(*whole)};
        add(community, "社区" + community.substr(9), grid::RegionLevel::community, community.substr(0, 9), community.substr(0, 6), parts);
    }
    need(grid->replace_all(regions, cells, {}));
}

void SmallCity::add_people() {
    std::vector<identity::IdentityService::NewOrganisation> organisations;
    const auto& codes = options.codes;
    for (const auto& unit : units) {
        const std::string region = unit.region;
        organisations.push_back({unit.code, std::string("单位") + unit.code, unit.kind, unit.parent, region == "a" ? codes.district_a : region == "b" ? codes.district_b : ""});
    }
    std::vector<identity::IdentityService::NewPerson> people;
    for (const auto& post : posts) {
        people.push_back({.id = new_id(), .login = post.who, .name = std::string("人员") + post.who, .phone = "", .organisation_code = post.organisation, .roles = {post.role}, .password = std::nullopt, .must_change_password = false});
    }
    need(identity->add_all(organisations, people));
    std::vector<responsibility::Row> rows;
    for (const auto& [trade, place, unit] : {std::tuple<std::string, std::string, std::string>{"sanitation", codes.district_a, "sanitation-a"}, {"sanitation", codes.district_b, "sanitation-b"}, {"power", "", "power"}}) {
        responsibility::Row row;
        row.code = "T-" + trade + "-" + place;
        row.trade = trade;
        row.place_kind = place.empty() ? "city" : "district";
        row.place = place;
        row.competent = unit;
        row.origin = "generated";
        rows.push_back(std::move(row));
    }
    responsibility->add_all(std::move(rows), "故事");
}

identity::Viewer SmallCity::viewer(const std::string& who) const {
    const auto* person = identity->directory()->find_person_by_login(who);
    if (person == nullptr) throw std::runtime_error("nobody is called " + who);
    return identity->viewer_of(*person);
}

std::string SmallCity::organisation_of(const std::string& who) const {
    return viewer(who).organisation_code;
}

geo::Point SmallCity::center(const std::string& cell) const {
    const auto found = cells_.find(cell);
    if (found == cells_.end()) throw std::runtime_error("the map has no cell " + cell);
    return found->second.second;
}

std::string SmallCity::cell_code(const std::string& cell) const {
    center(cell);
    return cells_.at(cell).first;
}

Uuid SmallCity::photo(const std::string& who) {
    const auto id = new_id();
    need(media->add({.id = id, .bytes = make_photo({.width = 24 + static_cast<int>(random.below(40)), .height = 18, .seed = 1 + static_cast<int>(random.below(8))}), .owner_person_key = viewer(who).person_key, .is_simulated = false}));
    return id;
}

cases::NewReport SmallCity::report_at(const std::string& cell, const std::string& class_code) {
    const auto point = center(cell);
    cases::NewReport report;
    report.case_id = new_id();
    report.lon = point.lon;
    report.lat = point.lat;
    report.coord_type = "cgcs2000";
    report.description = "路边有一堆垃圾";
    report.source = "collector";
    report.class_code = class_code;
    report.kind = rules->taxonomy.find_class("2026", "event", class_code) != nullptr && class_code >= "06" ? "event" : "component";
    return report;
}

Result<cases::CaseDetail> SmallCity::act(const std::string& who, const std::string& case_id, const std::string& action, const std::function<void(cases::NewStep&)>& edit, const std::string& for_whom) {
    auto me = viewer(who);
    if (!for_whom.empty()) {
        auto other = cases->act_for(viewer(for_whom).person_id, me);
        if (!other) return tl::unexpected(other.error());
        me = *other;
    }
    cases::NewStep step;
    step.step_id = new_id();
    step.action = action;
    const auto detail = cases->get(case_id, me);
    if (detail) {
        step.version = detail->stored.c.version;
        for (const auto& allowed : detail->allowed) {
            if (allowed.row->code != action) continue;
            step.subject_kind = allowed.row->machine;
            step.subject_id = allowed.subject_id;
            for (const auto& need_ : allowed.needs) {
                if (need_ == "opinion") step.opinion = "按要求办理";
                if (need_ == "media") step.media = {photo(who)};
                if (need_ == "filing_row") {
                    const auto& c = detail->stored.c;
                    step.filing_row = rules->taxonomy.rows_of(c.edition, c.kind, c.class_code).front()->id;
                }
                if (need_ == "target" && !allowed.row->targets.empty()) step.target = allowed.row->targets.front();
                if (need_ == "place") step.place = cases::StepPlace{detail->stored.c.lon, detail->stored.c.lat, "cgcs2000"};
                if (need_ == "until") step.until_ms = clock.now_ms() + 10 * day_ms;
                if (need_ == "return_reason") step.return_reason = rules->workflow.return_reasons.front().code;
                if (need_ == "red_line") step.red_line = red_line_around(detail->stored.c);
                if (need_ == "supervision_level") step.supervision_level = rules->workflow.supervision_levels.front().code;
                if (need_ == "receiver") {
                    const auto choices = cases->receivers(case_id, action, step.subject_kind, step.subject_id, me);
                    if (choices && !choices->empty()) {
                        step.receiver_organisation = choices->front().receiver.organisation;
                        step.receiver_person = choices->front().receiver.person_id;
                    }
                }
            }
            break;
        }
    }
    if (edit) edit(step);
    return cases->act(case_id, step, me);
}

std::string SmallCity::closed_case(const std::string& cell) {
    auto report = report_at(cell);
    report.media = {photo("collector")};
    const auto id = format_uuid(report.case_id);
    need(cases->report(report, viewer("collector")));
    const std::pair<const char*, const char*> path[] = {
        {"operator", "accept"}, {"leader", "file_case"}, {"dispatcher", "dispatch"}, {"district_a", "dispatch"}, {"a_sanitation", "sign"}, {"a_sanitation", "assign"},
        {"a_crew", "feed_back"}, {"a_sanitation", "approve_review"}, {"district_a", "approve_gate"}, {"operator", "send_check"}, {"inspector", "check_pass"}, {"leader", "close"}};
    for (const auto& [who, action] : path) {
        clock.advance(7 * minute_ms);
        const auto done = act(who, id, action);
        if (!done) throw std::runtime_error(std::string(who) + " may not " + action + ": " + done.error().code);
    }
    return id;
}

} // namespace chengge::kit
