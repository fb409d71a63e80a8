// The inbox: open work before a person and his roles, most urgent first.
#include <algorithm>
#include <map>
#include <optional>

#include "base/time.hpp"
#include "cases/case_state.hpp"
#include "storage/list_builder.hpp"

namespace chengge::cases {

using storage::ListBuilder;
using storage::Transaction;
using storage::Value;

namespace {

constexpr std::string_view inbox_columns =
    "w.clock_key, w.stage AS work_stage, w.subject_kind, w.subject_id, w.started_ms, w.deadline_ms AS work_deadline_ms, w.yellow_ms AS work_yellow_ms";

// Open work comes from two sides: given to anybody of a role in the unit (one question a role), or to the
// person. Asked one by one, each is a short range of an index that holds all that is counted and sorted.
using WorkSide = std::optional<std::string>; // a role; nothing: the person

std::vector<WorkSide> work_sides(const identity::Viewer& viewer) {
    std::vector<WorkSide> sides(viewer.roles.begin(), viewer.roles.end());
    sides.emplace_back(std::nullopt);
    return sides;
}

void limit_to_work(ListBuilder& list, const identity::Viewer& viewer, const WorkSide& side) {
    list.where("w.stopped_ms IS NULL");
    if (side) list.where("w.person_id IS NULL AND w.organisation = :unit AND w.role = :role", {{"unit", viewer.organisation_code}, {"role", *side}});
    else list.where("w.person_id IS NOT NULL AND w.person_id = :me", {"me", to_value(viewer.person_id)});
}

// Of everything, whatever the page is filtered by.
StageCounts count_side(Transaction& transaction, const identity::Viewer& viewer, const WorkSide& side, std::int64_t now_ms) {
    StageCounts by_stage;
    ListBuilder counting("SELECT w.stage, COUNT(*) AS all_work, SUM(CASE WHEN w.deadline_ms < :now THEN 1 ELSE 0 END) AS red, "
                         "SUM(CASE WHEN w.deadline_ms >= :now AND w.yellow_ms <= :now THEN 1 ELSE 0 END) AS yellow FROM case_clocks w");
    counting.where("1 = 1", {"now", now_ms});
    limit_to_work(counting, viewer, side);
    for (const auto row : counting.group_by("w.stage").run(transaction)) by_stage[row.text("stage")] = {row.integer("all_work"), row.integer("red"), row.integer("yellow")};
    return by_stage;
}

struct SideWork {
    WorkSide side;
    StageCounts by_stage;
};

std::vector<SideWork> count_work(CountedWork& counted, Transaction& transaction, const identity::Viewer& viewer, std::int64_t now_ms) {
    std::vector<SideWork> work;
    for (const auto& side : work_sides(viewer)) {
        const auto count = [&] { return count_side(transaction, viewer, side, now_ms); };
        work.push_back({side, side ? counted.get(viewer.organisation_code + "/" + *side, count) : count()});
    }
    return work;
}

// Work without a limit comes last.
constexpr std::int64_t no_deadline = 9'000'000'000'000;

using FoundWork = std::vector<std::pair<std::int64_t, std::int64_t>>; // (sort, clock key)

// Of one side, and where that is thousands of one stage: the index then brings them in their order, those without a limit after the others.
Result<void> find_side(Transaction& transaction, const InboxFilter& filter, const identity::Viewer& viewer, std::int64_t now_ms, const WorkSide& side, const std::string& stage, FoundWork& found) {
    const auto limited = [&](const std::string& sort) -> Result<ListBuilder> {
        ListBuilder list("SELECT w.clock_key, " + sort + " AS sort_ms FROM case_clocks w");
        limit_to_work(list, viewer, side);
        const auto& wanted = stage.empty() ? filter.stage : stage;
        if (!wanted.empty()) list.where("w.stage = :stage", {"stage", wanted});
        if (filter.light == "red") list.where("w.deadline_ms < :now", {"now", now_ms});
        if (filter.light == "yellow") list.where("w.deadline_ms >= :now AND w.yellow_ms <= :now", {"now", now_ms});
        if (filter.light == "green") list.where("(w.deadline_ms IS NULL OR (w.deadline_ms >= :now AND w.yellow_ms > :now))", {"now", now_ms});
        if (!filter.cursor.empty()) {
            TRY_ASSIGN(place, storage::decode_numbers(filter.cursor, 2));
            list.where("(" + sort + ", w.clock_key) > (:sort, :key)", {{"sort", place[0]}, {"key", place[1]}});
        }
        list.order_by("sort_ms, w.clock_key").limit(filter.limit + 1);
        return list;
    };
    const auto add = [&](ListBuilder& list) {
        const auto rows = list.run(transaction);
        for (const auto row : rows) found.emplace_back(row.integer("sort_ms"), row.integer("clock_key"));
        return rows.size();
    };
    const auto none = std::to_string(no_deadline);
    if (stage.empty()) {
        TRY_ASSIGN(list, limited("COALESCE(w.deadline_ms, " + none + ")"));
        add(list);
        return {};
    }
    TRY_ASSIGN(list, limited("w.deadline_ms"));
    if (add(list.where("w.deadline_ms IS NOT NULL")) > static_cast<std::size_t>(filter.limit)) return {};
    TRY_ASSIGN(rest, limited(none));
    add(rest.where("w.deadline_ms IS NULL"));
    return {};
}

// A page of work, most urgent first; at most one more than the page holds.
Result<FoundWork> find_work(Transaction& transaction, const InboxFilter& filter, const identity::Viewer& viewer, std::int64_t now_ms, const std::vector<SideWork>& work) {
    FoundWork found;
    for (const auto& [side, by_stage] : work) {
        if (!CountedWork::is_much(by_stage)) {
            TRY(find_side(transaction, filter, viewer, now_ms, side, "", found));
            continue;
        }
        for (const auto& [stage, counts] : by_stage) {
            if (!filter.stage.empty() && filter.stage != stage) continue;
            TRY(find_side(transaction, filter, viewer, now_ms, side, stage, found));
        }
    }
    std::ranges::sort(found);
    found.resize(std::min(found.size(), static_cast<std::size_t>(filter.limit) + 1));
    return found;
}

// The clocks of a page and their cases: read when the page is known, not for all work that was sorted.
class WorkPage {
public:
    WorkPage(Transaction& transaction, const FoundWork& found) {
        std::vector<Value> clock_keys, case_keys;
        for (const auto& [sort_ms, clock_key] : found) {
            clock_keys.emplace_back(clock_key);
            case_keys.emplace_back(clock_key / parts_max);
        }
        clocks_ = ListBuilder("SELECT " + std::string(inbox_columns) + " FROM case_clocks w").where_in("w.clock_key", clock_keys).run(transaction);
        cases_ = ListBuilder("SELECT " + std::string(summary_columns) + " FROM cases c").where_in("c.case_key", case_keys).run(transaction);
        for (std::size_t i = 0; i < clocks_.size(); ++i) clock_at_[clocks_[i].integer("clock_key")] = i;
        for (std::size_t i = 0; i < cases_.size(); ++i) case_at_[cases_[i].integer("case_key")] = i;
    }
    storage::Rows::Row clock(std::int64_t clock_key) const { return clocks_[clock_at_.at(clock_key)]; }
    storage::Rows::Row summary(std::int64_t clock_key) const { return cases_[case_at_.at(clock_key / parts_max)]; }

private:
    storage::Rows clocks_, cases_;
    std::map<std::int64_t, std::size_t> clock_at_, case_at_;
};

} // namespace

Result<json::object> CaseService::inbox(const InboxFilter& filter, const identity::Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto now = parts.clock.now_ms();
    const auto set = parts.rules.current();
    const ViewContext view{*set, parts.identity, viewer, parts.grid, language, now};
    return parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        const auto work_of_sides = count_work(state_->counted, transaction, viewer, now);
        StageCounts by_stage;
        LightCounts counts;
        for (const auto& side : work_of_sides)
            for (const auto& [stage, one] : side.by_stage) {
                by_stage[stage] += one;
                counts += one;
            }
        TRY_ASSIGN(found, find_work(transaction, filter, viewer, now, work_of_sides));
        const bool has_more = found.size() > static_cast<std::size_t>(filter.limit);
        if (has_more) found.pop_back();
        const WorkPage page(transaction, found);
        json::array items;
        for (const auto& [sort_ms, clock_key] : found) {
            const auto row = page.clock(clock_key);
            auto summary = summary_json(page.summary(clock_key), view);
            const auto subject = row.is_null("subject_id") ? std::string(summary["case_id"].as_string()) : format_uuid(uuid_from_raw(row.bytes("subject_id")));
            const auto& stage = row.text("work_stage");
            json::object work{{"stage", stage},
                              {"label", view.label(set->workflow.stages, stage)},
                              {"subject", json::object{{"kind", row.text("subject_kind")}, {"id", subject}}},
                              {"light", std::string(rules::light_of(row.maybe_integer("work_deadline_ms"), row.maybe_integer("work_yellow_ms"), now))},
                              {"started_at", format_rfc3339(row.integer("started_ms"))},
                              {"deadline_at", instant_json(row.maybe_integer("work_deadline_ms"))}};
            items.push_back(json::object{{"case", std::move(summary)}, {"work", std::move(work)}});
        }
        json::value next = nullptr;
        if (has_more) next = storage::encode_cursor({found.back().first, found.back().second});
        json::array stages;
        for (const auto& stage : set->workflow.stages)
            if (const auto one = by_stage.find(stage.code); one != by_stage.end())
                stages.push_back(json::object{{"stage", stage.code}, {"label", view.pick(stage.zh, stage.en)}, {"count", one->second.all}, {"red", one->second.red}});
        return json::object{{"items", std::move(items)},
                            {"counts", json::object{{"all", counts.all}, {"red", counts.red}, {"yellow", counts.yellow}, {"green", counts.green()}}},
                            {"by_stage", std::move(stages)},
                            {"next_cursor", std::move(next)},
                            {"feed_position", storage::format_position(storage::feed_end(transaction))},
                            {"now", format_rfc3339(now)}};
    });
}

} // namespace chengge::cases
