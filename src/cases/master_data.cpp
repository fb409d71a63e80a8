// How much is open: what operators count.
#include "cases/case_state.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using storage::Transaction;

std::map<std::string, std::int64_t> CaseService::count_cases_of_cells(std::int64_t from_ms) const {
    return state_->parts.database.read([&](Transaction& transaction) {
        std::map<std::string, std::int64_t> counts;
        for (const auto row : transaction.run(sql::count_cases_of_cells, {{"from_ms", from_ms}})) counts[row.text("cell_code")] = row.integer("cases");
        return counts;
    });
}

std::map<std::string, std::int64_t> CaseService::count_open_cases() const {
    return state_->parts.database.read([](Transaction& transaction) {
        std::map<std::string, std::int64_t> counts;
        for (const auto row : transaction.run(sql::count_open_cases)) counts[row.text("state")] = row.integer("cases");
        return counts;
    });
}

} // namespace chengge::cases
