// 公共池: open work of the centre that is nobody's own, and who is at it. A claim is no lock: whoever may act,
// acts; it only says who is at it, and ends by itself.
#include <algorithm>

#include "base/text.hpp"
#include "hotline/hotline_state.hpp"
#include "hotline/queries.hpp"
#include "storage/list_builder.hpp"

namespace chengge::hotline {

using identity::Viewer;
using storage::ListBuilder;
using storage::Transaction;
using storage::Value;

namespace {

constexpr std::int64_t no_deadline = 9'000'000'000'000; // after all that have one

struct Claim {
    Uuid person_id;
    std::int64_t claimed_ms = 0, until_ms = 0;
};

// One that still holds, of the stage that is open.
std::optional<Claim> load_claim(Transaction& transaction, const FoundCase& found, std::int64_t now_ms) {
    const auto rows = transaction.run(sql::load_claim, {{"case_key", found.key}});
    if (rows.empty() || rows[0].integer("until_ms") <= now_ms || rows[0].text("stage") != found.stage) return std::nullopt;
    return Claim{uuid_from_raw(rows[0].bytes("person_id")), rows[0].integer("claimed_ms"), rows[0].integer("until_ms")};
}

json::value claim_json(const HotlineService::State& state, const std::optional<Claim>& claim, const Viewer& viewer) {
    if (!claim) return nullptr;
    return json::object{{"person_name", state.person_name(claim->person_id)},
                        {"is_mine", claim->person_id == viewer.person_id},
                        {"claimed_at", format_rfc3339(claim->claimed_ms)},
                        {"until_at", format_rfc3339(claim->until_ms)}};
}

constexpr std::string_view open_work = "FROM case_clocks w LEFT JOIN case_claims k ON k.case_key = w.case_key AND k.stage = w.stage AND k.until_ms > :now";

// What waits for the viewer's posts in the viewer's organisation, given to no person.
void limit_to_pool(ListBuilder& list, const Viewer& viewer, std::int64_t now_ms) {
    std::vector<Value> roles(viewer.roles.begin(), viewer.roles.end());
    list.where("w.stopped_ms IS NULL AND w.person_id IS NULL AND w.organisation = :organisation", {"organisation", viewer.organisation_code});
    list.where("k.until_ms IS NULL OR k.until_ms > :now", {"now", now_ms}).where_in("w.role", roles);
}

json::object count_pool(Transaction& transaction, const Viewer& viewer, const std::string& stage, std::int64_t now_ms) {
    json::object counts{{"all", 0}, {"free", 0}, {"mine", 0}, {"others", 0}};
    ListBuilder list("SELECT k.person_id AS person_id, COUNT(*) AS n " + std::string(open_work));
    limit_to_pool(list, viewer, now_ms);
    if (!stage.empty()) list.where("w.stage = :stage", {"stage", stage});
    std::int64_t all = 0;
    std::map<std::string, std::int64_t> by_holder;
    for (const auto row : list.group_by("k.person_id").run(transaction)) {
        const auto holder = row.is_null("person_id") ? "free" : uuid_from_raw(row.bytes("person_id")) == viewer.person_id ? "mine" : "others";
        by_holder[holder] += row.integer("n");
        all += row.integer("n");
    }
    for (const auto& [holder, n] : by_holder) counts[holder] = n;
    counts["all"] = all;
    return counts;
}

} // namespace

Result<json::object> HotlineService::pool(const PoolFilter& filter, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto now = parts.clock.now_ms();
    struct Row {
        std::int64_t sort = 0, clock_key = 0, case_key = 0, started_ms = 0;
        std::optional<std::int64_t> deadline_ms, yellow_ms;
        std::string stage;
        std::optional<Claim> claim;
    };
    std::vector<Row> rows;
    json::object counts;
    TRY(parts.database.read([&](Transaction& transaction) -> Result<void> {
        counts = count_pool(transaction, viewer, filter.stage, now);
        ListBuilder list("SELECT w.clock_key, w.case_key, w.stage, w.started_ms, w.deadline_ms, w.yellow_ms, COALESCE(w.deadline_ms, :no_deadline) AS sort_ms, "
                         "k.person_id, k.claimed_ms, k.until_ms " + std::string(open_work));
        limit_to_pool(list, viewer, now);
        list.where("1 = 1", {"no_deadline", no_deadline});
        if (!filter.stage.empty()) list.where("w.stage = :stage", {"stage", filter.stage});
        if (filter.holder == "free") list.where("k.person_id IS NULL");
        if (filter.holder == "mine") list.where("k.person_id = :me", {"me", blob_of(viewer.person_id)});
        if (filter.holder == "others") list.where("k.person_id <> :me", {"me", blob_of(viewer.person_id)});
        if (!filter.cursor.empty()) {
            TRY_ASSIGN(place, storage::decode_cursor(filter.cursor, 2));
            if (!std::holds_alternative<std::int64_t>(place[0]) || !std::holds_alternative<std::int64_t>(place[1])) return fail("bad_cursor");
            list.where("(COALESCE(w.deadline_ms, :no_deadline), w.clock_key) > (:sort, :key)", {{"sort", place[0]}, {"key", place[1]}});
        }
        for (const auto row : list.order_by("sort_ms, w.clock_key").limit(filter.limit + 1).run(transaction)) {
            Row one{row.integer("sort_ms"), row.integer("clock_key"), row.integer("case_key"), row.integer("started_ms"), row.maybe_integer("deadline_ms"), row.maybe_integer("yellow_ms"), row.text("stage"), std::nullopt};
            if (!row.is_null("person_id")) one.claim = Claim{uuid_from_raw(row.bytes("person_id")), row.integer("claimed_ms"), row.integer("until_ms")};
            rows.push_back(std::move(one));
        }
        return {};
    }));
    json::value next = nullptr;
    if (rows.size() > static_cast<std::size_t>(filter.limit)) {
        rows.pop_back();
        next = storage::encode_cursor({rows.back().sort, rows.back().clock_key});
    }
    std::vector<std::int64_t> keys;
    for (const auto& row : rows) keys.push_back(row.case_key);
    auto summaries = parts.cases.summaries(keys, viewer, language);
    const auto set = parts.rules.current();
    json::array items;
    for (const auto& row : rows) {
        const auto found = summaries.find(row.case_key);
        if (found == summaries.end()) continue;
        const auto* stage = set->workflow.find_label(set->workflow.stages, row.stage);
        items.push_back(json::object{{"case", found->second},
                                     {"stage", row.stage},
                                     {"stage_label", stage == nullptr ? row.stage : language == "en" ? stage->en : stage->zh},
                                     {"light", std::string(rules::light_of(row.deadline_ms, row.yellow_ms, now))},
                                     {"started_at", format_rfc3339(row.started_ms)},
                                     {"deadline_at", maybe_instant(row.deadline_ms)},
                                     {"claim", claim_json(*state_, row.claim, viewer)}});
    }
    return json::object{{"items", std::move(items)}, {"counts", std::move(counts)}, {"next_cursor", std::move(next)}, {"now", format_rfc3339(now)}};
}

Result<json::object> HotlineService::find_claim(const std::string& reference, const Viewer& viewer) {
    auto& parts = state_->parts;
    TRY_ASSIGN(found, find_case(parts, reference, viewer));
    const auto claim = parts.database.read([&](Transaction& transaction) { return load_claim(transaction, found, parts.clock.now_ms()); });
    return json::object{{"claim", claim_json(*state_, claim, viewer)}};
}

Result<json::object> HotlineService::claim(const std::string& reference, bool takes, const Viewer& viewer) {
    auto& parts = state_->parts;
    TRY_ASSIGN(found, find_case(parts, reference, viewer));
    if (found.stage.empty()) return json::object{{"claim", nullptr}}; // ended: there is nothing to be at
    const auto now = parts.clock.now_ms();
    std::optional<Claim> claim;
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        claim = load_claim(transaction, found, now);
        if (claim && claim->person_id != viewer.person_id && !takes) return {};
        const bool is_new = !claim || claim->person_id != viewer.person_id;
        claim = Claim{viewer.person_id, is_new ? now : claim->claimed_ms, std::max(claim && !is_new ? claim->until_ms : 0, now + parts.data->settings.claim_minutes * minute_ms)};
        transaction.run(sql::store_claim, {{"case_key", found.key}, {"stage", found.stage}, {"person_id", blob_of(viewer.person_id)}, {"claimed_ms", claim->claimed_ms}, {"until_ms", claim->until_ms}});
        if (is_new) storage::append_feed(transaction, {"case_claimed", found.key, 0, now});
        return {};
    }));
    return json::object{{"claim", claim_json(*state_, claim, viewer)}};
}

Result<void> HotlineService::release(const std::string& reference, const Viewer& viewer) {
    auto& parts = state_->parts;
    TRY_ASSIGN(found, find_case(parts, reference, viewer));
    const auto now = parts.clock.now_ms();
    return parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto claim = load_claim(transaction, found, now);
        if (!claim) return {};
        if (claim->person_id != viewer.person_id && !viewer.may("hotline.manage")) return fail("claim_not_mine");
        transaction.run(sql::drop_claim, {{"case_key", found.key}});
        storage::append_feed(transaction, {"case_claimed", found.key, 0, now});
        return {};
    });
}

} // namespace chengge::hotline
