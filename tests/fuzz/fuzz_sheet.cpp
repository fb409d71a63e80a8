// Excel workbooks: a table comes out whole or not at all, and what we write of it is read the same.
#include "base/spreadsheet.hpp"
#include "fuzz.hpp"

using namespace chengge;

FUZZ(input) {
    const auto table = read_xlsx(input, "fuzz.xlsx");
    if (!table) return;
    ASSERT(!table->header.empty());
    for (const auto& row : table->rows) ASSERT(row.fields.size() == table->header.size());
    date_of_serial(input.substr(0, 40));
}
