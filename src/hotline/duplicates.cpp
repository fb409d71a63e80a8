// Duplicates of a report, at intake and at filing, and repeats of a place: found by cells, judged by likeness.cpp.
#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "hotline/hotline_state.hpp"
#include "hotline/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::hotline {

using identity::Viewer;
using storage::ListBuilder;
using storage::Transaction;
using storage::Value;

namespace {

constexpr int candidates_max = 300, shown_max = 10;
constexpr double reach_max_m = 500;
// Suspended for a year is the longest that a case stays open without being looked at.
constexpr std::int64_t open_at_most_ms = 400 * day_ms;

Problem problem_of(const storage::Rows::Row& row) {
    return {row.text("edition"), row.text("kind"), row.text("class_code"), row.text("asset_id"), row.text("description"), row.number("lon"), row.number("lat"), row.integer("reported_ms"), row.maybe_integer("closed_ms"),
            row.text("address_key"), row.text("address_name")};
}

// What the job has not come to yet.
void find_address(const HotlineParts& parts, const std::string& words, Problem& problem) {
    if (!problem.address_key.empty() || words.empty()) return;
    if (auto standard = parts.addresses.standard_address(words, {problem.lon, problem.lat})) std::tie(problem.address_key, problem.address_name) = std::tie(standard->key, standard->name);
}

// The cells within reach of a place: those of points on a fine raster around it.
std::vector<Value> cells_around(const grid::GridService& grid, double lon, double lat, double metres) {
    std::set<std::string> codes;
    constexpr double metres_per_degree = 111'320;
    const auto reach = std::min(metres, reach_max_m);
    const auto step = std::min(reach, 40.0); // cells are about a hundred metres wide
    const auto count = static_cast<int>(std::ceil(reach / step));
    for (int x = -count; x <= count; ++x)
        for (int y = -count; y <= count; ++y) {
            const auto index = grid.find_cell(lon + x * step / metres_per_degree / std::cos(lat * 3.14159265358979 / 180), lat + y * step / metres_per_degree);
            if (index >= 0) codes.insert(grid.cells()[static_cast<std::size_t>(index)].code);
        }
    return {codes.begin(), codes.end()};
}

struct Candidate {
    std::int64_t case_key = 0;
    Problem problem;
    Likeness likeness;
};

// Reported from then until then; open, or ended since.
struct Window {
    std::int64_t from_ms = 0, until_ms = 0, closed_from_ms = 0;
};

std::vector<Candidate> find_near(const HotlineParts& parts, Transaction& transaction, const Problem& problem, const Window& window, std::int64_t without_key) {
    const auto metres = problem.kind.empty() ? std::max(parts.data->distance_of("event", ""), parts.data->distance_of("component", "")) : parts.data->distance_of(problem.kind, problem.class_code);
    const auto cells = cells_around(parts.grid, problem.lon, problem.lat, problem.address_key.empty() ? metres : address_reach * metres);
    std::vector<Candidate> found;
    if (cells.empty()) return found;
    ListBuilder list("SELECT c.case_key, c.edition, c.kind, c.class_code, c.asset_id, c.description, c.lon, c.lat, c.reported_ms, c.closed_ms, "
                     "COALESCE(a.address_key, '') AS address_key, COALESCE(a.name, '') AS address_name FROM cases c LEFT JOIN case_addresses a ON a.case_key = c.case_key");
    list.where_in("c.cell_code", cells).where("c.reported_ms >= :from", {"from", window.from_ms}).where("c.reported_ms <= :until", {"until", window.until_ms});
    list.where("c.is_open = 1 OR (c.state = 'closed' AND c.closed_ms >= :closed_from)", {"closed_from", window.closed_from_ms}).where("c.case_key <> :without", {"without", without_key});
    for (const auto row : list.order_by("c.reported_ms DESC").limit(candidates_max).run(transaction)) {
        Candidate one{row.integer("case_key"), problem_of(row), {}};
        one.likeness = compare(*parts.data, problem, one.problem);
        if (one.likeness.score > 0) found.push_back(std::move(one));
    }
    std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) { return std::tie(b.likeness.score, a.case_key) < std::tie(a.likeness.score, b.case_key); });
    return found;
}

std::string whole(double number) { return std::to_string(std::llround(number)); }

json::array reasons_of(const Candidate& one, std::int64_t now_ms, const std::string& language) {
    const bool is_en = language == "en";
    const auto& likeness = one.likeness;
    json::array reasons;
    const auto add = [&](const std::string& zh, const std::string& en) { reasons.emplace_back(is_en ? en : zh); };
    if (likeness.is_same_asset) add("同一部件", "the same component");
    if (likeness.is_same_address) add("同一地址：" + one.problem.address_name, "the same address: " + one.problem.address_name);
    add("相距 " + whole(likeness.metres) + " 米", whole(likeness.metres) + " m apart");
    if (likeness.is_same_class) add("同一小类", "the same class");
    if (likeness.words >= 0.3) add("描述相近", "similar words");
    if (one.problem.closed_ms) {
        const auto days = whole(static_cast<double>(now_ms - *one.problem.closed_ms) / static_cast<double>(day_ms));
        add(days + " 天前刚结案", "closed " + days + " days ago");
    }
    return reasons;
}

json::array duplicates_json(const HotlineParts& parts, const std::vector<Candidate>& found, const Viewer& viewer, const std::string& language) {
    std::vector<std::int64_t> keys;
    for (const auto& one : found)
        if (one.likeness.score >= parts.data->settings.duplicate_score_min && keys.size() < shown_max) keys.push_back(one.case_key);
    auto summaries = parts.cases.summaries(keys, viewer, language);
    json::array items;
    for (const auto& one : found) {
        const auto summary = summaries.find(one.case_key);
        if (summary == summaries.end()) continue;
        items.push_back(json::object{{"case", summary->second},
                                     {"score", static_cast<double>(std::lround(one.likeness.score * 100)) / 100},
                                     {"metres", std::llround(one.likeness.metres)},
                                     {"reasons", reasons_of(one, parts.clock.now_ms(), language)},
                                     {"is_closed", one.problem.closed_ms.has_value()}});
    }
    return items;
}

} // namespace

Result<json::object> HotlineService::duplicates(const PlaceAsked& asked, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    TRY_ASSIGN(place, parts.grid.locate(asked.lon, asked.lat, asked.coord_type));
    const auto now = parts.clock.now_ms();
    Problem problem{asked.edition, asked.kind, asked.class_code, asked.asset_id, asked.words, place.lon, place.lat, now, std::nullopt};
    find_address(parts, asked.address, problem);
    const Window window{now - open_at_most_ms, now, now - parts.data->settings.duplicate_closed_days * day_ms};
    const auto found = parts.database.read([&](Transaction& transaction) { return find_near(parts, transaction, problem, window, 0); });
    return json::object{{"items", duplicates_json(parts, found, viewer, language)}};
}

Result<json::object> HotlineService::case_duplicates(const std::string& reference, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    TRY_ASSIGN(seen, find_case(parts, reference, viewer));
    std::vector<Candidate> found;
    struct Link {
        std::int64_t key = 0, metres = 0, days = 0;
    };
    std::vector<Link> links;
    json::array orders;
    parts.database.read([&](Transaction& transaction) {
        const auto rows = transaction.run(sql::load_case_problem, {{"case_key", seen.key}});
        const auto row = rows[0];
        auto problem = problem_of(row);
        find_address(parts, row.text("address"), problem);
        if (!problem.closed_ms && row.text("state") != "merged") found = find_near(parts, transaction, problem, {problem.reported_ms - open_at_most_ms, parts.clock.now_ms(), problem.reported_ms - parts.data->settings.duplicate_closed_days * day_ms}, seen.key);
        for (const auto link : transaction.run(sql::list_links, {{"case_key", seen.key}})) links.push_back({link.integer("other_key"), link.integer("metres"), link.integer("days")});
        std::vector<std::int64_t> keys{seen.key};
        for (const auto follower : transaction.run(sql::list_followers, {{"case_key", seen.key}})) keys.push_back(follower.integer("case_key"));
        for (const auto key : keys)
            for (const auto call : transaction.run(sql::list_case_calls, {{"case_key", key}}))
                orders.push_back(json::object{{"call_id", format_uuid(uuid_from_raw(call.bytes("call_id")))},
                                              {"called_at", format_rfc3339(call.integer("called_ms"))},
                                              {"source", call.text("source")},
                                              {"outside_no", maybe_text(call.text("outside_no"))},
                                              {"outside_due_at", maybe_instant(call.maybe_integer("outside_due_ms"))},
                                              {"outside_call_id", maybe_text(call.text("outside_call_id"))},
                                              {"recording", maybe_text(call.text("recording"))},
                                              {"is_merged", key != seen.key}});
    });
    std::vector<std::int64_t> keys;
    for (const auto& link : links) keys.push_back(link.key);
    auto summaries = parts.cases.summaries(keys, viewer, language);
    json::array repeats;
    for (const auto& link : links)
        if (const auto summary = summaries.find(link.key); summary != summaries.end())
            repeats.push_back(json::object{{"case", summary->second}, {"metres", link.metres}, {"days", link.days}});
    return json::object{{"items", duplicates_json(parts, found, viewer, language)}, {"repeats", std::move(repeats)}, {"calls", std::move(orders)}};
}

void find_address(const HotlineParts& parts, Transaction& transaction, std::int64_t case_key, FoundWork& work) {
    const auto rows = transaction.run(sql::load_case_problem, {{"case_key", case_key}});
    if (rows.empty()) return;
    auto problem = problem_of(rows[0]);
    find_address(parts, rows[0].text("address"), problem);
    if (!problem.address_key.empty()) work.addresses.push_back({{"case_key", case_key}, {"address_key", problem.address_key}, {"name", problem.address_name}});
}

void find_repeats(const HotlineParts& parts, Transaction& transaction, std::int64_t case_key, FoundWork& work) {
    const auto rows = transaction.run(sql::load_case_problem, {{"case_key", case_key}});
    if (rows.empty() || rows[0].text("class_code").empty()) return;
    auto problem = problem_of(rows[0]);
    find_address(parts, rows[0].text("address"), problem);
    const auto span = parts.data->settings.repeat_days * day_ms;
    const auto since = problem.reported_ms - span;
    for (const auto& one : find_near(parts, transaction, problem, {since, problem.reported_ms, since}, case_key)) {
        if (!one.likeness.is_same_class || one.case_key > case_key) continue;
        work.links.push_back({{"case_key", case_key}, {"earlier_key", one.case_key}, {"metres", std::llround(one.likeness.metres)}, {"days", (problem.reported_ms - one.problem.reported_ms) / day_ms}});
    }
}

} // namespace chengge::hotline
