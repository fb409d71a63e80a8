// What lists and streams are asked with: cursors, Last-Event-ID, filters of the query.
#include "cases/case_bodies.hpp"
#include "fuzz.hpp"
#include "http/wire.hpp"
#include "storage/feed.hpp"
#include "storage/list_builder.hpp"

using namespace chengge;

FUZZ(input) {
    for (const std::size_t count : {1u, 2u})
        if (const auto values = storage::decode_cursor(input, count)) {
            ASSERT(values->size() == count);
            const auto again = storage::decode_cursor(storage::encode_cursor(*values), count);
            ASSERT(again && *again == *values);
        }
    if (const auto position = storage::parse_position(input)) {
        ASSERT(position->txid >= 0 && position->key >= 0);
        ASSERT(storage::parse_position(storage::format_position(*position)) == position);
    }
    const auto target = http::parse_target("/api/v1/cases?" + std::string(input));
    if (!target) return;
    http::Request request;
    request.query = target->query;
    if (const auto filter = cases::read_filter(request)) {
        ASSERT(filter->limit >= 1 && filter->limit <= 200);
        if (filter->box) ASSERT(filter->box->west <= filter->box->east && filter->box->south <= filter->box->north);
    }
}
