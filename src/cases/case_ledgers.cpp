// 台账: every request of a kind, who asked, when, why, who decided; and the share of the month's filed cases that
// may be approved.
#include <limits>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "cases/case_state.hpp"
#include "cases/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::cases {

using storage::ListBuilder;
using storage::Transaction;

namespace {


std::int64_t month_start_ms(std::int64_t now_ms) {
    auto date = city_date(now_ms);
    date.day = 1;
    return city_midnight_ms(date);
}

// The steps by which a request was asked and decided lie at their numbers: two reads by key.
constexpr std::string_view ledger_columns =
    "SELECT r.request_key, r.id, r.kind, r.state, r.organisation, r.decider, r.asked_ms, r.until_ms, r.decided_ms, r.level AS target, r.round, "
    "c.case_id, c.case_no, c.state AS case_state, c.edition, c.kind AS problem_kind, c.class_code, c.address, c.community_code, c.district_code, c.unit, "
    "a.actor_id AS asked_by, a.role AS asked_role, a.opinion AS reason, d.actor_id AS decided_by, d.role AS decided_role, d.organisation AS decided_organisation, d.opinion AS decision "
    "FROM requests r JOIN cases c ON c.case_key = r.case_key "
    "LEFT JOIN case_steps a ON a.step_key = r.case_key * 4096 + r.asked_seq AND r.asked_seq > 0 "
    "LEFT JOIN case_steps d ON d.step_key = r.case_key * 4096 + r.decided_seq AND r.decided_seq > 0";

void limit_to_viewer(ListBuilder& list, const identity::Viewer& viewer) {
    limit_to_scope(list, viewer);
    if (viewer.scope.sees_all || !viewer.scope.region_code.empty()) return;
    // A unit has its own requests in its ledger, not what others have asked about the same case.
    std::vector<storage::Value> own{viewer.organisation_code};
    list.where_in("r.organisation", own);
}

Result<storage::Rows> run_ledger(Transaction& transaction, const LedgerFilter& filter, const identity::Viewer& viewer, int rows_max) {
    ListBuilder list(ledger_columns);
    list.where("r.kind = :ledger", {"ledger", filter.kind});
    limit_to_viewer(list, viewer);
    if (!filter.state.empty()) list.where("r.state = :state", {"state", filter.state});
    if (!filter.organisation.empty()) list.where("r.organisation = :asker", {"asker", filter.organisation});
    if (filter.from_ms) list.where("r.asked_ms >= :from_ms", {"from_ms", *filter.from_ms});
    if (filter.to_ms) list.where("r.asked_ms < :to_ms", {"to_ms", *filter.to_ms});
    if (!filter.cursor.empty()) {
        TRY_ASSIGN(place, storage::decode_numbers(filter.cursor, 1));
        list.where(filter.is_oldest_first ? "r.request_key > :after" : "r.request_key < :after", {"after", place[0]});
    }
    return list.order_by(filter.is_oldest_first ? "r.request_key" : "r.request_key DESC").limit(rows_max).run(transaction);
}

// Who is named: never the reporter to those who may not know them.
std::string name_of(const ViewContext& view, const storage::Rows::Row& row, const char* column, const char* role_column) {
    if (row.is_null(column)) return "";
    const auto id = uuid_from_raw(row.bytes(column));
    const auto& role = row.text(role_column);
    if (!view.viewer.scope.sees_reporter && (role == "collector" || role == "citizen")) return "";
    return view.person_name(id);
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

json::object entry_json(const ViewContext& view, const storage::Rows::Row& row) {
    const auto id = format_uuid(uuid_from_raw(row.bytes("case_id")));
    const auto number = row.text_or_empty("case_no");
    const auto words = [&](const char* column) {
        const auto text = row.text_or_empty(column);
        return view.viewer.scope.sees_reporter ? text : identity::mask_phones_in(text);
    };
    const auto* problem = view.rules.taxonomy.find_class(row.text("edition"), row.text("problem_kind"), row.text("class_code"));
    const auto* region = view.grid.find_region(row.text("district_code"));
    const auto& kind = row.text("kind");
    return {{"request_id", format_uuid(uuid_from_raw(row.bytes("id")))},
            {"case_id", id},
            {"case_name", number.empty() ? id.substr(0, 8) : number},
            {"class_name", problem != nullptr ? json::value(view.pick(problem->name, problem->name_en)) : json::value(nullptr)},
            {"place", (region != nullptr ? region->name : "") + words("address")},
            {"unit_name", text_or_null(view.organisation_name(row.text("unit")))},
            {"case_state_label", view.state_label("case", "", row.text("case_state"))},
            {"state", row.text("state")},
            {"state_label", view.state_label("request", kind, row.text("state"))},
            {"organisation_name", view.organisation_name(row.text("organisation"))},
            {"asked_by", text_or_null(name_of(view, row, "asked_by", "asked_role"))},
            {"asked_at", format_rfc3339(row.integer("asked_ms"))},
            {"reason", words("reason")},
            {"until", instant_json(row.maybe_integer("until_ms"))},
            {"target_label", kind == "admin_hand" ? text_or_null(view.state_label("case", "", row.text("target"))) : json::value(nullptr)},
            {"decider_name", text_or_null(view.organisation_name(row.is_null("decided_role") ? row.text("decider") : row.text("decided_organisation")))},
            {"decided_by", text_or_null(row.is_null("decided_role") ? "" : row.text("decided_role") == platform_role ? view.pick("系统", "The platform") : name_of(view, row, "decided_by", "decided_role"))},
            {"decided_at", instant_json(row.maybe_integer("decided_ms"))},
            {"decision", words("decision")}};
}

std::string percent(double share) {
    auto text = rules::field_text(share * 100);
    return text + "%";
}

json::object ledger_json(const ViewContext& view, const rules::Ledger& ledger, const rules::LedgerCount& count) {
    const auto limit = ledger.limit(count.filed);
    const bool is_capped = limit != std::numeric_limits<std::int64_t>::max();
    json::object object{{"kind", ledger.kind}, {"label", view.pick(ledger.zh, ledger.en)}, {"approved", count.approved}, {"filed", count.filed},
                        {"limit", is_capped ? json::value(limit) : json::value(nullptr)}, {"share", ledger.share}, {"light", "none"}, {"warning", nullptr}};
    if (!is_capped) return object;
    const auto near = static_cast<double>(count.approved) >= view.rules.workflow.settings.ledger_warning_share * static_cast<double>(limit);
    object["light"] = count.approved >= limit ? "red" : near ? "yellow" : "green";
    const auto role = view.identity.role_label(ledger.higher_role, view.language);
    const auto numbers = std::pair{std::to_string(count.approved), std::to_string(limit)};
    if (count.approved >= limit)
        object["warning"] = view.pick("本月“" + ledger.zh + "”已批准 " + numbers.first + " 件，到了上限 " + numbers.second + " 件（本月立案 " + std::to_string(count.filed) + " 件）。" + (ledger.higher_role.empty() ? "本月不能再批准。" : "再批准须提请" + role + "。"),
                                      numbers.first + " were approved this month, the cap is " + numbers.second + " (" + std::to_string(count.filed) + " cases filed)." + (ledger.higher_role.empty() ? "" : " More need the " + role + "."));
    else if (near)
        object["warning"] = view.pick("本月“" + ledger.zh + "”已批准 " + numbers.first + " 件，上限 " + numbers.second + " 件（立案数的 " + percent(ledger.share) + "），快到上限了，请从严把握。",
                                      numbers.first + " were approved this month and the cap is " + numbers.second + ": be strict.");
    return object;
}

std::string csv_text(const json::object& entry, const char* name) {
    const auto* value = entry.if_contains(name);
    if (value == nullptr || !value->is_string()) return "";
    auto text = std::string(value->get_string());
    const std::string_view key = name;
    if (key.ends_with("_at") || key == "until") {
        text.resize(std::min<std::size_t>(text.size(), 19));
        if (text.size() > 10) text[10] = ' ';
    }
    return text;
}

} // namespace

rules::LedgerCount count_ledger(Transaction& transaction, const std::string& kind, std::int64_t now_ms) {
    const auto since = month_start_ms(now_ms);
    return {transaction.run(sql::count_approved, {{"kind", kind}, {"since", since}})[0].integer("approved"),
            transaction.run(sql::sum_filed, {{"day", (since + city_offset_minutes * minute_ms) / day_ms}})[0].integer("filed")};
}

void add_ledger_count(Transaction& transaction, const rules::Case& c, const Uuid& request_id, rules::Context& context) {
    if (const auto* request = rules::find_request(c, request_id)) context.ledgers[request->kind] = count_ledger(transaction, request->kind, context.now_ms);
}

bool is_ledger_as_counted(Transaction& transaction, const rules::Context& context) {
    for (const auto& [kind, counted] : context.ledgers) {
        transaction.run(sql::take_ledger_turn, {{"kind", kind}});
        if (count_ledger(transaction, kind, context.now_ms).approved != counted.approved) return false;
    }
    return true;
}

Result<json::object> CaseService::ledger(const LedgerFilter& filter, const identity::Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto set = parts.rules.current();
    if (set->workflow.find_ledger(filter.kind) == nullptr) return fail("ledger_unknown");
    const ViewContext view{*set, parts.identity, viewer, parts.grid, language, parts.clock.now_ms()};
    return parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        TRY_ASSIGN(rows, run_ledger(transaction, filter, viewer, filter.limit + 1));
        const auto limit = static_cast<std::size_t>(filter.limit);
        json::array items;
        for (std::size_t i = 0; i < rows.size() && i < limit; ++i) items.push_back(entry_json(view, rows[i]));
        json::value next = nullptr;
        if (rows.size() > limit) next = storage::encode_cursor({rows[limit - 1].integer("request_key")});
        return json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}, {"feed_position", storage::format_position(storage::feed_end(transaction))}};
    });
}

Result<std::string> CaseService::ledger_csv(const LedgerFilter& filter, const identity::Viewer& viewer, const std::string& language) {
    std::string csv = "\xef\xbb\xbf";
    csv += language == "en" ? "Case,Class,Place,Unit,Asked by,Person,Asked,Why,Until,Target,Outcome,Decided by,Person,Decided,Decision\r\n"
                            : "案卷号,小类,地点,责任单位,申请单位,申请人,申请时间,理由,期限,处理到,结果,审批单位,审批人,审批时间,审批意见\r\n";
    auto page = filter;
    page.limit = 1000;
    for (int rows_left = export_rows_max; rows_left > 0; rows_left -= page.limit) {
        TRY_ASSIGN(answer, ledger(page, viewer, language));
        for (const auto& item : answer.at("items").as_array()) {
            bool is_first = true;
            for (const auto* name : {"case_name", "class_name", "place", "unit_name", "organisation_name", "asked_by", "asked_at", "reason", "until", "target_label", "state_label", "decider_name", "decided_by", "decided_at", "decision"}) {
                if (!is_first) csv += ",";
                is_first = false;
                csv += csv_field(csv_text(item.as_object(), name));
            }
            csv += "\r\n";
        }
        if (!answer.at("next_cursor").is_string()) break;
        page.cursor = std::string(answer.at("next_cursor").as_string());
    }
    return csv;
}

json::object CaseService::ledgers(const identity::Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto set = parts.rules.current();
    const ViewContext view{*set, parts.identity, viewer, parts.grid, language, parts.clock.now_ms()};
    return parts.database.read([&](Transaction& transaction) {
        json::array items;
        for (const auto& one : set->workflow.ledgers) items.push_back(ledger_json(view, one, count_ledger(transaction, one.kind, view.now_ms)));
        return json::object{{"items", std::move(items)}};
    });
}

} // namespace chengge::cases
