#include "storage/status.hpp"

#include "storage/queries.hpp"

namespace chengge::storage {

namespace {

constexpr std::int64_t behind_max = 100'000;

} // namespace

std::string find_write_obstacle(Transaction& transaction) {
    return transaction.run(sql::find_write_obstacle)[0].text("obstacle");
}

std::int64_t last_recorded_ms(Transaction& transaction) {
    const auto rows = transaction.run(sql::last_recorded);
    return rows.empty() ? 0 : rows[0].integer("recorded_ms");
}

std::vector<FeedReaderStatus> list_feed_readers(Transaction& transaction) {
    std::vector<FeedReaderStatus> readers;
    for (const auto row : transaction.run(sql::list_feed_readers)) {
        FeedReaderStatus reader{row.text("name"), {row.integer("txid"), row.integer("entry_key")}};
        const auto next = read_feed(transaction, reader.position, 1);
        if (!next.empty()) {
            reader.waiting_since_ms = next.front().recorded_ms;
            const Params place{{"txid", reader.position.txid}, {"entry_key", reader.position.key}, {"bound", behind_max}};
            reader.entries_behind = transaction.run(sql::count_feed_after, place)[0].integer("entries");
        }
        readers.push_back(std::move(reader));
    }
    return readers;
}

} // namespace chengge::storage
