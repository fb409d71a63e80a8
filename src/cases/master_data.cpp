// Who answers for what where, and how much is open: what operators set and count.
#include "cases/case_state.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using storage::Transaction;

void CaseService::set_responsible_units(ResponsibleUnits units) {
    const auto now_ms = state_->parts.clock.now_ms();
    (void)state_->parts.database.write([&](Transaction& transaction) -> Result<void> {
        for (const auto& [where, organisation] : units)
            transaction.run(sql::set_responsible_unit, {{"kind", where.first}, {"place", where.second}, {"organisation", organisation}});
        storage::append_feed(transaction, {.kind = "responsible_units", .recorded_ms = now_ms});
        return {};
    });
    reload_responsible_units();
}

ResponsibleUnits CaseService::responsible_units() const { return *state_->responsible_units(); }

void CaseService::reload_responsible_units() {
    auto units = state_->parts.database.read([](Transaction& transaction) {
        ResponsibleUnits stored;
        for (const auto row : transaction.run(sql::list_responsible_units)) stored[{row.text("kind"), row.text("place")}] = row.text("organisation");
        return stored;
    });
    const std::lock_guard lock(state_->units_mutex);
    state_->units = std::make_shared<ResponsibleUnits>(std::move(units));
}

std::map<std::string, std::int64_t> CaseService::count_open_cases() const {
    return state_->parts.database.read([](Transaction& transaction) {
        std::map<std::string, std::int64_t> counts;
        for (const auto row : transaction.run(sql::count_open_cases)) counts[row.text("state")] = row.integer("cases");
        return counts;
    });
}

} // namespace chengge::cases
