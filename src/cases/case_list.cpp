// Lists: search, export. Filters come from the one list builder.
#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>

#include "base/text.hpp"
#include "base/time.hpp"
#include "cases/case_state.hpp"
#include "storage/bigrams.hpp"
#include "cases/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::cases {

using storage::ListBuilder;
using storage::Transaction;
using storage::Value;

namespace {


std::vector<Value> to_values(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

bool looks_like_number(std::string_view words) {
    return !words.empty() && words.size() <= 24 && std::all_of(words.begin(), words.end(), [](char letter) { return (letter >= '0' && letter <= '9') || letter == '-'; });
}

// A whole 案卷号, or its last digits ("318" finds …-00318).
void where_number(ListBuilder& list, const std::string& words) {
    if (words.find('-') != std::string::npos) {
        list.where("c.case_no = :number", {"number", words});
        return;
    }
    std::string tail = words;
    while (tail.size() < 5) tail.insert(tail.begin(), '0');
    list.where("SUBSTR(c.case_no, LENGTH(c.case_no) - :tail_less_one) = :tail", {{"tail_less_one", static_cast<std::int64_t>(tail.size()) - 1}, {"tail", tail}});
}

// Of a word that stands in every third case only the newest few are wanted: on SQLite a search reads all that
// match before it sorts, so a list asks range by range of keys.
struct KeyRange {
    std::int64_t from = 0, end = std::numeric_limits<std::int64_t>::max();
    bool is_all() const { return from == 0 && end == std::numeric_limits<std::int64_t>::max(); }
};

// What a list is asked for.
struct Asked {
    Asked(Transaction& transaction_in, const CaseFilter& filter_in, const identity::Viewer& viewer_in, std::int64_t now)
        : transaction(transaction_in), filter(filter_in), viewer(viewer_in), now_ms(now), words(trim(filter_in.words)), is_number(looks_like_number(words)) {}
    // What full text is asked for; a number is not.
    std::string text() const { return is_number ? "" : words; }

    Transaction& transaction;
    const CaseFilter& filter;
    const identity::Viewer& viewer;
    std::int64_t now_ms;
    std::string words;
    bool is_number;
    FeedTail tail;        // what the search index has not reached yet and where the feed ends: known once run_page has asked
    bool is_few = false;  // the viewer sees few cases: they lead the list
};

// The keys a list is asked for, within the viewer's scope and with the words already; none: both are conditions of the list.
using FoundKeys = std::vector<std::int64_t>;

void where_words(ListBuilder& list, const Asked& asked, const KeyRange& range) {
    const auto engine = asked.transaction.engine();
    const auto match = storage::to_match(asked.words, engine);
    if (match.empty()) {
        list.where("1 = 0");
        return;
    }
    std::string condition = engine == storage::Engine::sqlite ? "c.case_key IN (SELECT rowid FROM case_search WHERE case_search MATCH " + list.bind(match)
                                                               : "c.case_key IN (SELECT s.case_key FROM case_search s WHERE s.tokens @@ to_tsquery('simple', " + list.bind(match) + ")";
    if (!range.is_all()) {
        condition += " AND rowid >= " + list.bind(range.from) + " AND rowid < " + list.bind(range.end);
        // Before a case is read: of all that match a viewer may see none.
        if (!asked.viewer.scope.sees_all) condition += " AND (" + scope_of_key(list, asked.viewer, "case_search.rowid") + ")";
    }
    condition += ")";
    for (const auto key : asked.tail.unindexed)
        if (key >= range.from && key < range.end) condition += " OR c.case_key = " + list.bind(key);
    list.where(condition);
}

// A region by the length of its code: managing district, subdistrict, community, cell.
void where_region(ListBuilder& list, const std::string& code) {
    if (code.size() <= 6) list.where("c.district_code = :region", {"region", code});
    else if (code.size() == 9) list.where("SUBSTR(c.community_code, 1, 9) = :region", {"region", code});
    else if (code.size() == 12) list.where("c.community_code = :region", {"region", code});
    else list.where("c.cell_code = :region", {"region", code});
}

// Cases in which a unit's part was offered in the period and came to what is asked.
void where_offered(ListBuilder& list, const CaseFilter& filter) {
    if (filter.offered_to.empty() && filter.returned_by.empty() && filter.automatic.empty()) return;
    std::string condition = "c.case_key IN (SELECT o.case_key FROM assignments o WHERE o.level = 'unit'";
    if (filter.offered_from_ms) condition += " AND o.offered_ms >= " + list.bind(*filter.offered_from_ms);
    if (filter.offered_until_ms) condition += " AND o.offered_ms < " + list.bind(*filter.offered_until_ms);
    if (!filter.offered_to.empty()) condition += " AND o.organisation = " + list.bind(filter.offered_to);
    if (!filter.returned_by.empty()) condition += " AND o.state = 'sent_back' AND o.organisation = " + list.bind(filter.returned_by);
    if (!filter.return_reason.empty())
        condition += " AND EXISTS (SELECT 1 FROM requests r WHERE r.case_key = o.case_key AND r.assignment_id = o.id AND r.kind = 'send_back' AND r.state = 'approved' AND r.return_reason = " +
                     list.bind(filter.return_reason) + ")";
    if (!filter.automatic.empty()) condition += " AND o.is_automatic = 1";
    if (filter.automatic == "wrong") condition += " AND o.state IN ('sent_back', 'replaced')";
    list.where(condition + ")");
}

// The rank of a case's class in a priority list; NULL when it is in none. The prefixes are parameters :rank_0 ….
std::string rank_of(const CaseFilter& filter) {
    std::string rank = "CASE";
    for (std::size_t i = 0; i < filter.priority.size(); ++i)
        rank += " WHEN SUBSTR(c.edition || '/' || c.kind || '/' || c.class_code, 1, " + std::to_string(filter.priority[i].second.size()) + ") = :rank_" + std::to_string(i) + " THEN " + std::to_string(filter.priority[i].first);
    return rank + " END";
}

void where_regions(ListBuilder& list, const std::vector<std::string>& regions) {
    std::string any;
    for (const auto& code : regions) {
        any += any.empty() ? "" : " OR ";
        if (code.size() <= 6) any += "c.district_code = " + list.bind(code);
        else if (code.size() < 15) any += "SUBSTR(c.community_code, 1, " + std::to_string(code.size()) + ") = " + list.bind(code);
        else any += "c.cell_code = " + list.bind(code);
    }
    if (!any.empty()) list.where(any);
}

void add_filter(ListBuilder& list, const Asked& asked, const KeyRange& range, const FoundKeys& keys = {}) {
    const auto& filter = asked.filter;
    const bool is_within_scope = !range.is_all() && !asked.text().empty(); // by where_words
    if (!keys.empty()) list.where_in("c.case_key", {keys.begin(), keys.end()});
    else if (asked.is_few) limit_to_few(list, asked.viewer);
    else if (!is_within_scope) limit_to_scope(list, asked.viewer);
    if (asked.is_number) where_number(list, asked.words);
    else if (!asked.words.empty() && keys.empty()) where_words(list, asked, range);
    if (!filter.states.empty()) list.where_in("c.state", to_values(filter.states));
    if (!filter.stages.empty()) list.where("c.is_open = 1").where_in("c.stage", to_values(filter.stages));
    if (!filter.kind.empty()) list.where("c.kind = :kind", {"kind", filter.kind});
    if (filter.class_code.size() == 2) list.where("SUBSTR(c.class_code, 1, 2) = :class_code", {"class_code", filter.class_code});
    else if (!filter.class_code.empty()) list.where("c.class_code = :class_code", {"class_code", filter.class_code});
    if (!filter.asset_id.empty()) list.where("c.asset_id = :asset_id", {"asset_id", filter.asset_id});
    if (!filter.source.empty()) list.where("c.source = :source", {"source", filter.source});
    if (!filter.region.empty()) where_region(list, filter.region);
    if (!filter.organisation.empty())
        list.where("c.case_key IN (SELECT p.case_key FROM assignments p WHERE p.organisation = :organisation)", {"organisation", filter.organisation});
    where_offered(list, filter);
    where_regions(list, filter.regions);
    if (filter.decision_key != 0)
        list.where("c.case_key IN (SELECT r.case_key FROM case_decision_cases r WHERE r.decision_key = :decision_key AND r.outcome = 'done')", {"decision_key", filter.decision_key});
    if (filter.from_ms) list.where("c.reported_ms >= :from_ms", {"from_ms", *filter.from_ms});
    if (filter.to_ms) list.where("c.reported_ms < :to_ms", {"to_ms", *filter.to_ms});
    if (filter.is_open) list.where(*filter.is_open ? "c.is_open = 1" : "c.is_open = 0");
    if (filter.is_supervised) list.where("c.supervise_count > 0");
    if (filter.is_simple) list.where("c.is_simple = 1");
    if (filter.is_disputed) list.where("c.is_disputed > 0");
    if (filter.is_overdue)
        list.where("c.is_open = 1 AND (c.handling_deadline_ms < " + list.bind(asked.now_ms) + " OR c.stage_deadline_ms < " + list.bind(asked.now_ms) + ")");
    if (filter.is_mine)
        list.where("c.case_key IN (SELECT m.case_key FROM case_people m WHERE m.person_id = :me)", {"me", to_value(asked.viewer.person_id)});
    if (filter.box)
        list.where("c.lon >= :west AND c.lon <= :east AND c.lat >= :south AND c.lat <= :north",
                   {{"west", filter.box->west}, {"east", filter.box->east}, {"south", filter.box->south}, {"north", filter.box->north}});
}

struct Order {
    std::string_view by;      // ORDER BY
    std::string_view after;   // keyset condition
    std::string_view column;  // besides the key; empty = the key alone
    bool is_newest = false;
};

Order order_of(const std::string& name) {
    if (name == "oldest") return {"c.case_key", "c.case_key > :key", ""};
    if (name == "deadline") return {"c.stage_deadline_ms, c.case_key", "(c.stage_deadline_ms, c.case_key) > (:sort, :key)", "stage_deadline_ms"};
    if (name == "priority") return {"", "", "priority_rank"};
    if (name == "resuming") return {"c.suspended_until_ms, c.case_key", "(c.suspended_until_ms, c.case_key) > (:sort, :key)", "suspended_until_ms"};
    return {"c.case_key DESC", "c.case_key < :key", "", true};
}

// What goes first, then what was reported first.
Result<ListBuilder> list_by_priority(const Asked& asked, int rows_max) {
    const auto& filter = asked.filter;
    const auto rank = rank_of(filter);
    ListBuilder list("SELECT " + std::string(summary_columns) + ", " + rank + " AS priority_rank FROM cases c");
    add_filter(list, asked, {});
    std::vector<std::string> names;
    for (std::size_t i = 0; i < filter.priority.size(); ++i) names.push_back("rank_" + std::to_string(i));
    std::vector<storage::Params::Param> prefixes;
    for (std::size_t i = 0; i < names.size(); ++i) prefixes.emplace_back(names[i], filter.priority[i].second);
    list.where("c.class_code <> '' AND (" + rank + ") IS NOT NULL", prefixes);
    if (!filter.cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_numbers(filter.cursor, 2));
        list.where("((" + rank + ") > :sort OR ((" + rank + ") = :sort AND c.case_key > :key))", {{"sort", place[0]}, {"key", place[1]}});
    }
    list.order_by("priority_rank, c.case_key").limit(rows_max);
    return list;
}

Result<ListBuilder> list_of_range(const Asked& asked, const KeyRange& range, int rows_max) {
    const auto& filter = asked.filter;
    if (filter.order == "priority") return list_by_priority(asked, rows_max);
    const auto order = order_of(filter.order);
    ListBuilder list("SELECT " + std::string(summary_columns) + " FROM cases c");
    add_filter(list, asked, range);
    if (order.column == "stage_deadline_ms") list.where("c.is_open = 1 AND c.stage_deadline_ms IS NOT NULL");
    if (order.column == "suspended_until_ms") list.where("c.suspended_until_ms IS NOT NULL");
    if (!filter.cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_numbers(filter.cursor, order.column.empty() ? 1 : 2));
        if (order.column.empty()) list.where(order.after, {"key", place[0]});
        else list.where(order.after, {{"sort", place[0]}, {"key", place[1]}});
    }
    list.order_by(order.by).limit(rows_max);
    return list;
}

constexpr std::int64_t first_range = 64; // cases; each further range is at most eight times as wide
constexpr int scope_block_max = 2000;    // keys of a viewer's part that are looked at together
constexpr int scope_looked_max = 2400;   // of a large part before the list is led by its filter
constexpr std::int64_t many_matches = 10'000; // with so many, the keys of who sees few lead a list, not the matches

void append(storage::Rows& all, storage::Rows&& rows) {
    if (all.columns().empty()) all = std::move(rows);
    else std::move(rows.values().begin(), rows.values().end(), std::back_inserter(all.values()));
}

// The newest rows that match, range by range from the newest case down.
Result<storage::Rows> run_from_newest(const Asked& asked, int rows_max) {
    KeyRange range{0, asked.transaction.run(sql::last_case_key)[0].integer("case_key") + 1};
    if (!asked.filter.cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_numbers(asked.filter.cursor, 1));
        range.end = std::min(range.end, place[0]);
    }
    const auto newest = range.end;
    storage::Rows all;
    for (auto width = first_range; range.end > 0 && all.size() < static_cast<std::size_t>(rows_max);) {
        range.from = std::max<std::int64_t>(range.end - width, 0);
        TRY_ASSIGN(list, list_of_range(asked, range, rows_max - static_cast<int>(all.size())));
        append(all, list.run(asked.transaction));
        range.end = range.from;
        // Of a range all that match are read: twice what should hold the rest of the page, by what has been found so far.
        const auto looked = newest - range.end, found = static_cast<std::int64_t>(all.size());
        width *= 8;
        if (found > 0) width = std::clamp(2 * (rows_max - found) * looked / found, std::max(first_range, looked / 2), std::max(width, looked / 2));
    }
    return all;
}

// Those that the viewer may see.
FoundKeys within_scope(const Asked& asked, const FoundKeys& keys) {
    ListBuilder list("SELECT c.case_key FROM cases c");
    list.where_in("c.case_key", {keys.begin(), keys.end()});
    limit_to_scope(list, asked.viewer);
    FoundKeys found;
    for (const auto row : list.run(asked.transaction)) found.push_back(row.integer("case_key"));
    return found;
}

// Those whose text has the words (SQLite). The text of each is read, where the index keeps it: the matches may be every third case.
FoundKeys with_words(const Asked& asked, const FoundKeys& keys) {
    if (asked.text().empty() || keys.empty()) return keys;
    const auto phrases = storage::to_phrases(asked.words);
    if (phrases.empty()) return {};
    ListBuilder list("SELECT x.id FROM case_search_content x");
    list.where_in("x.id", {keys.begin(), keys.end()});
    for (const auto& phrase : phrases) list.where("INSTR(' ' || x.c0 || ' ', " + list.bind(phrase) + ") > 0");
    FoundKeys found;
    for (const auto row : list.run(asked.transaction)) found.push_back(row.integer("id"));
    std::ranges::copy_if(keys, std::back_inserter(found), [&](auto key) { return std::ranges::find(asked.tail.unindexed, key) != asked.tail.unindexed.end(); });
    return found;
}

// The newest rows that match of what a viewer of a part of the city may see: from the side of the part, whose newest keys
// an index gives. Where a narrow filter finds too little among the newest of a large part, from the side of the filter.
Result<storage::Rows> run_from_scope(const Asked& asked, int rows_max) {
    auto end = std::numeric_limits<std::int64_t>::max();
    if (!asked.filter.cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_numbers(asked.filter.cursor, 1));
        end = place[0];
    }
    storage::Rows all;
    const auto wanted = [&] { return rows_max - static_cast<int>(all.size()); };
    for (int block = rows_max, looked = 0; asked.is_few || looked < scope_looked_max; block = std::min(8 * block, scope_block_max)) {
        const auto keys = newest_in_scope(asked.transaction, asked.viewer, end, block);
        const auto found = with_words(asked, keys);
        ListBuilder list("SELECT " + std::string(summary_columns) + " FROM cases c");
        if (found.empty()) list.where("1 = 0");
        else add_filter(list, asked, {}, found);
        append(all, list.order_by("c.case_key DESC").limit(wanted()).run(asked.transaction));
        if (wanted() == 0 || static_cast<int>(keys.size()) < block) return all;
        end = keys.back();
        looked += block;
    }
    auto filter = asked.filter;
    filter.cursor = storage::encode_cursor({end});
    const Asked rest(asked.transaction, filter, asked.viewer, asked.now_ms);
    TRY_ASSIGN(list, list_of_range(rest, {}, wanted()));
    append(all, list.run(asked.transaction));
    return all;
}

// All that match, the tail of the feed in the same round trip: mostly there is nothing in it, and the list is not asked again.
Result<storage::Rows> run_with_tail(Asked& asked, int rows_max) {
    TRY_ASSIGN(list, list_of_range(asked, {}, rows_max));
    const auto statement = list.statement();
    auto questions = tail_questions(asked.text());
    questions.push_back({statement, list.params()});
    auto answers = asked.transaction.run_together(questions);
    asked.tail = read_tail(asked.transaction, asked.text(), answers);
    if (asked.tail.unindexed.empty()) return std::move(answers.back());
    TRY_ASSIGN(whole, list_of_range(asked, {}, rows_max));
    return whole.run(asked.transaction);
}

// Newest first on SQLite, which sorts whatever it is asked for: from the side that has the least to be read.
Result<storage::Rows> run_newest(Asked& asked, int rows_max) {
    const bool is_of_part = !asked.viewer.scope.sees_all, has_text = !asked.text().empty();
    if (!is_of_part && !has_text) return run_with_tail(asked, rows_max);
    asked.tail = read_tail(asked.transaction, asked.text(), asked.transaction.run_together(tail_questions(asked.text())));
    if (!is_of_part) return run_from_newest(asked, rows_max);
    if (!has_text) return run_from_scope(asked, rows_max);
    const auto match = storage::to_match(asked.words, storage::Engine::sqlite);
    if (asked.is_few && !match.empty() && asked.transaction.run(sql::count_matches, {{"match", match}, {"most", many_matches}})[0].integer("n") == many_matches)
        return run_from_scope(asked, rows_max);
    asked.is_few = false;
    asked.tail.unindexed = within_scope(asked, asked.tail.unindexed);
    return run_from_newest(asked, rows_max);
}

// One page of summary rows; the cursor of the next page when there is one.
Result<std::pair<storage::Rows, std::string>> run_page(Asked& asked) {
    const auto& filter = asked.filter;
    const auto order = order_of(filter.order);
    const bool is_one_number = asked.is_number && asked.words.find('-') != std::string::npos; // found by its own index
    asked.is_few = !is_one_number && sees_few(asked.transaction, asked.viewer);
    const bool is_newest = order.is_newest && asked.transaction.engine() == storage::Engine::sqlite && !is_one_number;
    const int rows_max = filter.limit + 1;
    TRY_ASSIGN(rows, is_newest ? run_newest(asked, rows_max) : run_with_tail(asked, rows_max));
    std::string next;
    if (rows.size() > static_cast<std::size_t>(filter.limit)) {
        const auto last = rows[static_cast<std::size_t>(filter.limit) - 1];
        next = order.column.empty() ? storage::encode_cursor({last.integer("case_key")})
                                    : storage::encode_cursor({last.integer(order.column), last.integer("case_key")});
    }
    return std::pair{std::move(rows), next};
}

std::string csv_instant(const json::object& item, const char* name) {
    const auto* value = item.if_contains(name);
    if (value == nullptr || !value->is_string()) return "";
    auto text = std::string(value->get_string()).substr(0, 19);
    if (text.size() > 10) text[10] = ' ';
    return text;
}

std::string csv_line(const json::object& item, const std::string& language) {
    const auto text = [&](const char* name) {
        const auto* value = item.if_contains(name);
        if (value == nullptr || value->is_null()) return std::string();
        return value->is_string() ? std::string(value->get_string()) : to_json_text(*value);
    };
    const auto kind = text("kind") == "component" ? (language == "en" ? "Component" : "部件") : text("kind") == "event" ? (language == "en" ? "Event" : "事件") : "";
    std::string line;
    bool is_first = true;
    for (const auto& field : {text("name"), text("stage_label"), std::string(kind), text("class_name"), text("condition"), text("description"), text("district_name"),
                              text("subdistrict_name"), text("community_name"), text("cell_code"), text("address"), text("source_label"), csv_instant(item, "reported_at"),
                              csv_instant(item, "filed_at"), csv_instant(item, "handling_deadline_at"), csv_instant(item, "closed_at"), text("unit_name"), text("rework_count"),
                              text("lon"), text("lat")}) {
        if (!is_first) line += ",";
        is_first = false;
        line += csv_field(field);
    }
    return line + "\r\n";
}

} // namespace

Result<json::object> CaseService::list(const CaseFilter& filter, const identity::Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto now = parts.clock.now_ms();
    const auto set = parts.rules.current();
    const ViewContext view{*set, parts.identity, viewer, parts.grid, language, now};
    return parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        Asked asked(transaction, filter, viewer, now);
        TRY_ASSIGN(page, run_page(asked));
        json::array items;
        for (std::size_t i = 0; i < page.first.size() && i < static_cast<std::size_t>(filter.limit); ++i)
            items.push_back(summary_json(page.first[i], view));
        return json::object{{"items", std::move(items)},
                            {"next_cursor", page.second.empty() ? json::value(nullptr) : json::value(page.second)},
                            {"feed_position", storage::format_position(asked.tail.end)}};
    });
}

Result<std::string> CaseService::export_csv(const CaseFilter& filter, const identity::Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto set = parts.rules.current();
    const ViewContext view{*set, parts.identity, viewer, parts.grid, language, parts.clock.now_ms()};
    std::string csv = "\xef\xbb\xbf";
    csv += language == "en" ? "No,State,Kind,Class,Filing condition,Description,District,Subdistrict,Community,Cell,Address,Source,Reported,Filed,Handling deadline,Closed,Unit,Reworks,Longitude,Latitude\r\n"
                            : "案卷号,状态,类型,小类,立案条件,问题描述,区,街道,社区,单元网格,位置,来源,上报时间,立案时间,处置截止,结案时间,责任单位,返工次数,经度,纬度\r\n";
    auto page_filter = filter;
    page_filter.limit = 2000;
    page_filter.cursor.clear();
    // Short snapshots, page by page: an export must not hold the log back.
    for (int rows_left = export_rows_max; rows_left > 0; rows_left -= page_filter.limit) {
        TRY_ASSIGN(next, parts.database.read([&](Transaction& transaction) -> Result<std::string> {
            Asked asked(transaction, page_filter, viewer, view.now_ms);
            TRY_ASSIGN(page, run_page(asked));
            for (std::size_t i = 0; i < page.first.size() && i < static_cast<std::size_t>(page_filter.limit); ++i)
                csv += csv_line(summary_json(page.first[i], view), language);
            return page.second;
        }));
        if (next.empty()) break;
        page_filter.cursor = next;
    }
    return csv;
}

std::map<std::int64_t, json::object> CaseService::summaries(const std::vector<std::int64_t>& case_keys, const identity::Viewer& viewer, const std::string& language) {
    std::map<std::int64_t, json::object> found;
    if (case_keys.empty()) return found;
    auto& parts = state_->parts;
    const auto set = parts.rules.current();
    const ViewContext view{*set, parts.identity, viewer, parts.grid, language, parts.clock.now_ms()};
    parts.database.read([&](Transaction& transaction) {
        ListBuilder list("SELECT " + std::string(summary_columns) + " FROM cases c");
        limit_to_scope(list, viewer);
        for (const auto row : list.where_in("c.case_key", {case_keys.begin(), case_keys.end()}).run(transaction)) found.emplace(row.integer("case_key"), summary_json(row, view));
    });
    return found;
}

} // namespace chengge::cases
