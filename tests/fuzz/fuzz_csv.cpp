// CSV tables as officials send them.
#include "base/csv.hpp"
#include "fuzz.hpp"

using namespace chengge;

FUZZ(input) {
    const auto table = parse_csv(input, "fuzz.csv");
    if (!table) return;
    ASSERT(!table->header.empty());
    int line = 0;
    for (const auto& row : table->rows) {
        ASSERT(row.fields.size() == table->header.size());
        ASSERT(row.line > line);
        line = row.line;
    }
    ASSERT(table->column("no such column") == -1 || !table->header.empty());
}
