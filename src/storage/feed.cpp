#include "storage/feed.hpp"

#include <charconv>

#include "base/log.hpp"
#include "storage/queries.hpp"

namespace chengge::storage {

namespace {

using namespace std::chrono_literals;

Params params_of(const FeedAppend& entry) {
    return {{"kind", entry.kind},
            {"subject_key", entry.subject_key},
            {"version", entry.version},
            {"recorded_ms", entry.recorded_ms}};
}

} // namespace

std::string format_position(FeedPosition position) {
    return std::to_string(position.txid) + "-" + std::to_string(position.key);
}

std::optional<FeedPosition> parse_position(std::string_view text) {
    FeedPosition position;
    const char* const end = text.data() + text.size();
    const auto txid = std::from_chars(text.data(), end, position.txid);
    if (txid.ec != std::errc() || txid.ptr == end || *txid.ptr != '-') return std::nullopt;
    const auto key = std::from_chars(txid.ptr + 1, end, position.key);
    if (key.ec != std::errc() || key.ptr != end || position.txid < 0 || position.key < 0) return std::nullopt;
    return position;
}

FeedPosition append_feed(Transaction& transaction, const FeedAppend& entry) {
    const auto rows = transaction.run(sql::append_feed_entry, params_of(entry));
    // SQLite has one writer: the entry's key is its whole place.
    return {transaction.engine() == Engine::sqlite ? 0 : rows[0].integer("txid"), rows[0].integer("entry_key")};
}

void append_feed(Transaction& transaction, std::span<const FeedAppend> entries) {
    std::vector<Params> many;
    many.reserve(entries.size());
    for (const auto& entry : entries) many.push_back(params_of(entry));
    transaction.run_batch(sql::append_feed_entry, many);
}

std::vector<FeedEntry> read_feed(Transaction& transaction, FeedPosition after, int limit) {
    std::vector<FeedEntry> entries;
    for (const auto row : transaction.run(sql::read_feed_entries,
                                          {{"txid", after.txid}, {"entry_key", after.key}, {"rows", limit}}))
        entries.push_back({{row.integer("txid"), row.integer("entry_key")},
                           row.text("kind"),
                           row.integer("subject_key"),
                           row.integer("version"),
                           row.integer("recorded_ms")});
    return entries;
}

const Statement& feed_end_statement() { return sql::feed_end; }

FeedPosition feed_end_of(const Rows& answer) {
    if (answer.empty()) return {};
    return {answer[0].integer("txid"), answer[0].integer("entry_key")};
}

FeedPosition feed_end(Transaction& transaction) { return feed_end_of(transaction.run(sql::feed_end)); }

FeedPosition load_reader_position(Transaction& transaction, std::string_view reader) {
    const auto rows = transaction.run(sql::load_feed_reader, {{"name", reader}});
    if (rows.empty()) return {};
    return {rows[0].integer("txid"), rows[0].integer("entry_key")};
}

void store_reader_position(Transaction& transaction, std::string_view reader, FeedPosition position) {
    transaction.run(sql::store_feed_reader,
                    {{"name", reader}, {"txid", position.txid}, {"entry_key", position.key}});
}

struct FeedFollower::State {
    explicit State(Database& database_) : database(database_) {
        position = database.read([](Transaction& transaction) { return feed_end(transaction); });
        thread = std::jthread([this](std::stop_token stop) { follow(stop); });
    }

    void follow(std::stop_token stop) {
        auto wait = 250ms;
        int quick_rounds = 0;
        while (!stop.stop_requested()) {
            // Under load many commits are noticed in one look.
            std::this_thread::sleep_for(5ms);
            // On PostgreSQL a committed entry stays hidden while an older transaction is open: after
            // a notice the end is asked for again soon, then at leisure.
            if (database.wait_for_commit(wait)) quick_rounds = 10;
            wait = quick_rounds-- > 0 && database.engine() == Engine::postgres ? 20ms : 250ms;
            try {
                const auto end = database.read([](Transaction& transaction) { return feed_end(transaction); });
                const std::lock_guard lock(mutex);
                if (end <= position) continue;
                position = end;
            } catch (const std::exception& error) {
                log_warning("cannot read the end of the feed", {{"reason", error.what()}});
                std::this_thread::sleep_for(250ms);
                continue;
            }
            moved.notify_all();
        }
    }

    Database& database;
    std::mutex mutex;
    std::condition_variable_any moved;
    FeedPosition position;
    std::jthread thread;
};

FeedFollower::FeedFollower(Database& database) : state_(std::make_unique<State>(database)) {}
FeedFollower::~FeedFollower() = default;

FeedPosition FeedFollower::position() const {
    const std::lock_guard lock(state_->mutex);
    return state_->position;
}

bool FeedFollower::wait_past(FeedPosition after, std::chrono::milliseconds time_out, std::stop_token stop) {
    std::unique_lock lock(state_->mutex);
    return state_->moved.wait_for(lock, stop, time_out, [&] { return state_->position > after; });
}

bool FeedFollower::wait_for(FeedPosition position, std::chrono::milliseconds time_out) {
    std::unique_lock lock(state_->mutex);
    return state_->moved.wait_for(lock, time_out, [&] { return state_->position >= position; });
}

} // namespace chengge::storage
