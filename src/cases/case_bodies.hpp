// Foreign bytes into values: bodies and query of the case routes. Touches nothing else; the fuzzers
// begin here.
#pragma once

#include <string>

#include "cases/case_service.hpp"
#include "http/http.hpp"

namespace chengge::cases {

// Refusals: bad_json, bad_member, subject_unknown.
Result<NewReport> read_report(const std::string& body);
Result<NewStep> read_step(const std::string& body);
Result<Delegation> read_delegation(const std::string& body);
Result<NewStep> read_step(const json::value& value);
// {items: [{case_id, step}]}: several acts in one go, each its own.
struct BatchStep {
    std::string case_id;
    NewStep step;
};
inline constexpr std::size_t batch_steps_max = 100;
Result<std::vector<BatchStep>> read_batch(const std::string& body);
// Refusal bad_query_value.
Result<LedgerFilter> read_ledger_filter(const http::Request& request);
Result<CaseFilter> read_filter(const http::Request& request);

} // namespace chengge::cases
