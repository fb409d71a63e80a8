// rows ↔ values
#include <fmt/format.h>

#include "base/assert.hpp"
#include "responsibility/queries.hpp"
#include "responsibility/responsibility_state.hpp"
#include "storage/feed.hpp"

namespace chengge::responsibility {

using storage::Blob;
using storage::Rows;
using storage::Transaction;

namespace {

Row row_of(const Rows::Row& stored) {
    Row row{.code = stored.text("code"), .version = stored.integer("version"), .edition = stored.text("edition"), .kind = stored.text("kind"), .class_code = stored.text("class_code"),
            .trade = stored.text("trade"), .filing_row = stored.text("filing_row"), .place_kind = stored.text("place_kind"), .place = stored.text("place"), .side = stored.text("side"),
            .shape = {}, .competent = stored.text("competent"), .owner = stored.text("owner"), .maintenance = stored.text("maintenance"), .valid_from = stored.text("valid_from"),
            .valid_to = stored.text("valid_to"), .source = stored.text("source"), .note = stored.text("note"), .origin = stored.text("origin"),
            .changed_ms = stored.integer("changed_ms"), .changed_by = stored.text("changed_by")};
    if (!stored.is_null("shape")) {
        const auto shape = geo::from_wkb(stored.bytes("shape"));
        ASSERT(shape && std::holds_alternative<geo::MultiPolygon>(*shape));
        row.shape = std::get<geo::MultiPolygon>(*shape);
    }
    return row;
}

} // namespace

std::vector<Row> load_rows(Transaction& transaction) {
    std::vector<Row> rows;
    for (const auto stored : transaction.run(sql::list_rows)) rows.push_back(row_of(stored));
    return rows;
}

std::vector<Row> load_versions(Transaction& transaction, const std::string& code) {
    std::vector<Row> rows;
    for (const auto stored : transaction.run(sql::list_versions, {{"code", code}})) rows.push_back(row_of(stored));
    return rows;
}

std::map<SwitchKey, Switch> load_switches(Transaction& transaction) {
    std::map<SwitchKey, Switch> switches;
    for (const auto stored : transaction.run(sql::list_switches)) {
        Switch one{stored.text("edition"), stored.text("kind"), stored.text("class_code"), stored.flag("is_on"), stored.integer("changed_ms"), stored.text("changed_by")};
        switches[{one.edition, one.kind, one.class_code}] = one;
    }
    return switches;
}

bool store_row(Transaction& transaction, Row& row, const std::string& by, std::int64_t now_ms) {
    if (row.code.empty()) row.code = fmt::format("Q{:06}", transaction.run(sql::last_number)[0].integer("last") + 1);
    if (row.version > 0 && transaction.run(sql::retire_version, {{"code", row.code}, {"version", row.version}}).affected == 0) return false;
    ++row.version;
    row.changed_ms = now_ms;
    row.changed_by = by;
    storage::Value shape;
    if (!row.shape.empty()) shape = Blob{geo::to_wkb(row.shape)};
    transaction.run(sql::insert_row, {{"code", row.code}, {"version", row.version}, {"edition", row.edition}, {"kind", row.kind}, {"class_code", row.class_code}, {"trade", row.trade},
                                      {"filing_row", row.filing_row}, {"place_kind", row.place_kind}, {"place", row.place}, {"side", row.side}, {"shape", shape},
                                      {"competent", row.competent}, {"owner", row.owner}, {"maintenance", row.maintenance}, {"valid_from", row.valid_from}, {"valid_to", row.valid_to},
                                      {"source", row.source}, {"note", row.note}, {"origin", row.origin}, {"changed_ms", row.changed_ms}, {"changed_by", row.changed_by}});
    return true;
}

} // namespace chengge::responsibility
