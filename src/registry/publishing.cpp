// A publication: rows written unseen in small transactions, shown by the last (docs/adr/0012); what one that died leaves
// is taken away.
#include <chrono>
#include <future>
#include <thread>
#include <unordered_set>

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/process.hpp"
#include "base/text.hpp"
#include "registry/queries.hpp"
#include "registry/registry_state.hpp"
#include "registry/snapshot_pack.hpp"
#include "storage/feed.hpp"

namespace chengge::registry {

using storage::Transaction;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t chunk_rows = 3'000; // of one transaction: the writer is held for some 20 ms, each costs a sync and a pause
constexpr std::int64_t told_rows = 1'000;
constexpr std::int64_t snapshot_rows_min = 20'000; // from here on the map's snapshot is made from what is written, not read back
constexpr std::int64_t silent_ms_max = 600'000; // a writer elsewhere that is not heard of so long is dead

// Writes chunks. Between two of them the writer is left to others: a millisecond, in which another process finds it free; and when
// somebody has written meanwhile for as long as the chunk took, at most 10 ms.
class PacedWriter {
public:
    PacedWriter(storage::Database& database, const Layer& layer, std::int64_t writing, const std::string& owner, const Clock& clock)
        : database_(database), layer_(layer), writing_(writing), owner_(owner), clock_(clock) {}

    template <class Act>
    Result<void> write(Act&& act) {
        std::this_thread::sleep_until(free_until_);
        const auto begin = std::chrono::steady_clock::now();
        const auto kept_before = kept_;
        TRY(database_.write([&](Transaction& transaction) -> Result<void> {
            if (transaction.run(sql::touch_writing, {{"layer", layer_.id}, {"writing", writing_}, {"owner", owner_}, {"now_ms", clock_.now_ms()}}).affected == 0)
                return fail("publication_lost");
            act(transaction);
            return {};
        }));
        CRASH_POINT("registry.writing");
        const auto end = std::chrono::steady_clock::now();
        kept_ = database_.write_counts().kept;
        const bool have_others_written = kept_ > kept_before + 1;
        free_until_ = end + std::min<std::chrono::steady_clock::duration>(end - begin, have_others_written ? 10ms : 1ms);
        return {};
    }

private:
    storage::Database& database_;
    const Layer& layer_;
    const std::int64_t writing_;
    const std::string& owner_;
    const Clock& clock_;
    std::uint64_t kept_ = database_.write_counts().kept; // writes of all in this process
    std::chrono::steady_clock::time_point free_until_{};
};

struct Chunk {
    std::vector<storage::Params> ended, begun;
    void write(Transaction& transaction) const {
        transaction.run_batch(sql::end_feature, ended);
        transaction.run_batch(sql::insert_feature, begun);
    }
    void clear() { ended.clear(), begun.clear(); }
};

} // namespace

bool is_alive(const std::string& process, std::int64_t touched_ms, std::int64_t now_ms) { return is_process_running(process).value_or(now_ms - touched_ms < silent_ms_max); }

void RegistryService::State::remove_written(const Layer& layer, std::int64_t writing, const std::string& name) {
    PacedWriter writer(parts.database, layer, writing, name, parts.clock);
    // What was begun first: an id has one row in force.
    for (const auto* statement : {&sql::remove_begun, &sql::reopen_ended})
        for (std::int64_t rows = 1; rows > 0;) {
            const auto done = writer.write([&](Transaction& transaction) {
                rows = transaction.run(*statement, {{"layer", layer.id}, {"version", writing}, {"rows", static_cast<std::int64_t>(chunk_rows)}}).affected;
            });
            if (!done) return; // somebody else does it
        }
    (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
        transaction.run(sql::drop_writing, {{"layer", layer.id}, {"writing", writing}, {"owner", name}});
        return {};
    });
}

bool RegistryService::State::clear_leftovers(LayerState& state) {
    const auto& layer = *state.layer;
    std::int64_t writing = 0, touched_ms = 0;
    std::string writer;
    const auto rows = parts.database.read([&](Transaction& transaction) { return transaction.run(sql::list_layers); });
    for (const auto row : rows)
        if (row.text("layer") == layer.id) writing = row.integer("writing"), writer = row.text("owner"), touched_ms = row.integer("touched_ms");
    if (writing == 0) return true;
    const auto now = parts.clock.now_ms();
    if (is_alive(writer, touched_ms, now)) return false;
    const auto taken = parts.database.write([&](Transaction& transaction) -> Result<std::int64_t> {
        return transaction.run(sql::take_over_writing, {{"layer", layer.id}, {"writing", writing}, {"owner", owner}, {"old_owner", writer}, {"now_ms", now}}).affected;
    });
    if (*taken == 0) return false;
    log_info("a publication that did not come to its end is taken back", {{"layer", layer.id}, {"version", std::to_string(writing)}});
    remove_written(layer, writing, owner);
    return true;
}

namespace {

// What a publication reads, compares and writes, chunk by chunk.
class Publisher {
public:
    // `keeps`: the snapshot can be made of what was written.
    Publisher(const LayerState& state, std::int64_t writing, PacedWriter& writer, const Progress& progress, FeatureForm form, bool keeps)
        : keeps_(keeps), layer_(*state.layer), now_(state.now()), writing_(writing), writer_(writer), progress_(progress), form_(form), keys_(attribute_keys(layer_)), given_(now_->slots(), false), gone_(now_->slots(), false), written_features_(state.layer) {}

    Result<void> take_all(const FeatureSource& next) {
        for (auto feature = next(); feature; feature = next()) {
            if (++done_ % told_rows == 0) TRY(tell());
            TRY(take(form_ == FeatureForm::kept ? std::move(*feature) : to_canonical(layer_, std::move(*feature))));
            if (chunk_.begun.size() >= chunk_rows) TRY(flush());
        }
        return {};
    }
    Result<void> remove_others() {
        for (std::size_t at = 0; at < now_->slots(); ++at) {
            if (!now_->is_there(at) || given_[at]) continue;
            chunk_.ended.push_back({{"layer", layer_.id}, {"id", now_->id(at)}, {"version", writing_}});
            gone_[at] = true;
            ++removed;
            if (chunk_.ended.size() >= chunk_rows) TRY(flush());
        }
        return {};
    }
    // Hands the chunk to a thread that writes it while the next is made; what the one before met with is said here.
    Result<void> flush() {
        TRY(wait());
        if (chunk_.begun.empty() && chunk_.ended.empty()) return {};
        // What was written before is given back here: a thread that frees what another has taken makes both wait.
        std::swap(chunk_, writing_chunk_);
        chunk_.clear();
        written_ = std::async(std::launch::async, [this] { return writer_.write([&](Transaction& transaction) { writing_chunk_.write(transaction); }); });
        return tell();
    }
    // Until everything handed over is written.
    Result<void> wait() { return written_.valid() ? written_.get() : Result<void>{}; }
    std::int64_t added = 0, changed = 0, removed = 0;

    // The layer as it is once the version is in force; null when reading what differs from the database is cheaper. Once, at the end.
    std::shared_ptr<const LayerSnapshot> make_snapshot(std::int64_t made_ms) {
        if (!keeps_ || added + changed < snapshot_rows_min) return nullptr;
        for (std::size_t at = 0; at < now_->slots(); ++at)
            if (now_->is_there(at) && !gone_[at]) written_features_.add(now_->feature(at));
        return written_features_.finish(writing_, made_ms);
    }

private:
    Result<void> take(Feature feature) {
        if (const auto at = now_->find(feature.id)) {
            if (given_[*at]) return twice(feature.id);
            given_[*at] = true;
            if (is_same(now_->feature(*at), feature)) return {};
            gone_[*at] = true;
            chunk_.ended.push_back({{"layer", layer_.id}, {"id", feature.id}, {"version", writing_}});
            ++changed;
        } else {
            if (!is_fresh(feature.id)) return twice(feature.id);
            ++added;
        }
        chunk_.begun.push_back(feature_params(layer_, feature, writing_, keys_));
        if (keeps_) written_features_.add(feature);
        return {};
    }
    // Whether it has not come before. As long as ids come in their order, the last one says it.
    bool is_fresh(const std::string& id) {
        if (is_in_order_ && (fresh_in_order_.size() == 0 || fresh_in_order_.get(fresh_in_order_.size() - 1) < id)) {
            fresh_in_order_.add(id);
            return true;
        }
        is_in_order_ = false;
        for (; told_apart_ < fresh_in_order_.size(); ++told_apart_) fresh_.emplace(fresh_in_order_.get(told_apart_));
        return fresh_.insert(id).second;
    }
    Result<void> twice(const std::string& id) const {
        return tl::unexpected(bad_feature(id, {"", "duplicate", {"同一编码出现两次", "the same id stands twice"}}, layer_));
    }
    Result<void> tell() const {
        if (progress_.tell) progress_.tell(done_, 0);
        if (progress_.is_stopped && progress_.is_stopped()) return fail("publication_stopped");
        return {};
    }

    const bool keeps_;
    const Layer& layer_;
    const std::shared_ptr<const LayerSnapshot> now_;
    const std::int64_t writing_;
    PacedWriter& writer_;
    const Progress& progress_;
    const FeatureForm form_;
    const std::vector<std::string> keys_;
    std::vector<bool> given_, gone_; // of the version in force
    SnapshotBuilder written_features_;
    TextArena fresh_in_order_; // added, until one comes out of order
    bool is_in_order_ = true;
    std::size_t told_apart_ = 0; // of those in order: in the set
    std::unordered_set<std::string> fresh_; // added
    Chunk chunk_, writing_chunk_; // being made, and written
    std::int64_t done_ = 0;
    std::future<Result<void>> written_; // last: ends before the rest
};

} // namespace

Result<VersionInfo> RegistryService::State::publish(LayerState& state, const Publication& publication, const Progress& progress) {
    const auto& layer = *state.layer;
    const auto begin = [&] {
        return parts.database.write([&](Transaction& transaction) -> Result<std::int64_t> {
            const auto rows = transaction.run(sql::begin_writing, {{"layer", layer.id}, {"owner", owner}, {"now_ms", parts.clock.now_ms()}});
            if (rows.empty()) return fail("layer_is_busy");
            return rows[0].integer("writing");
        });
    };
    auto begun = begin();
    if (!begun && clear_leftovers(state)) begun = begin();
    if (!begun) return tl::unexpected(begun.error());
    const auto writing = *begun;
    CRASH_POINT("registry.begun");
    PacedWriter writer(parts.database, layer, writing, owner, parts.clock);
    Result<VersionInfo> made = fail("publication_stopped");
    try {
        refresh(state); // no edit can come between: the layer is ours
        const bool is_moved = publication.base_version && state.now()->version() != *publication.base_version;
        Publisher publisher(state, writing, writer, progress, publication.form, publication.grid_changes == nullptr && publication.is_looked_at);
        made = [&]() -> Result<VersionInfo> {
            if (is_moved) return fail("layer_changed");
            TRY(publisher.take_all(publication.next));
            if (publication.is_complete) TRY(publisher.remove_others());
            TRY(publisher.flush());
            TRY(publisher.wait());
            if (publisher.added + publisher.changed + publisher.removed == 0) return fail("nothing_to_change");
            VersionInfo info;
            info.version = writing;
            info.layer = layer.id;
            info.kind = publication.author.kind;
            info.reason = publication.author.reason;
            info.source = publication.author.source;
            info.made_by = publication.author.person;
            info.made_ms = parts.clock.now_ms();
            info.added = publisher.added, info.changed = publisher.changed, info.removed = publisher.removed;
            info.size = static_cast<std::int64_t>(state.now()->size()) + info.added - info.removed;
            const auto before = state.now();
            const auto snapshot = publisher.make_snapshot(info.made_ms);
            // Who hears of the version meanwhile waits for it instead of reading it.
            const std::lock_guard lock(state.refreshing);
            const auto stored = parts.database.write([&](Transaction& transaction) -> Result<VersionInfo> {
                if (transaction.run(sql::end_writing, {{"layer", layer.id}, {"writing", writing}, {"owner", owner}}).affected == 0) return fail("publication_lost");
                const auto key = transaction.run(sql::insert_version, version_params(info))[0].integer("version_key");
                storage::append_feed(transaction, {.kind = "registry", .subject_key = key, .version = info.version, .recorded_ms = info.made_ms});
                if (publication.grid_changes != nullptr) parts.grid.store(transaction, *publication.grid_changes);
                return info;
            });
            if (stored && snapshot != nullptr && state.now() == before) {
                state.snapshot.store(snapshot, std::memory_order_release);
                teller.tell(layer.id, writing);
            }
            return stored;
        }();
    } catch (...) {
        // The database may be gone: the next start, or the next who wants the layer, takes the rows away.
        try {
            remove_written(layer, writing, owner);
        } catch (const std::exception& error) {
            log_warning("a publication's rows could not be taken back yet", {{"layer", layer.id}, {"what", error.what()}});
        }
        throw;
    }
    if (!made) {
        remove_written(layer, writing, owner);
        return made;
    }
    CRASH_POINT("registry.published");
    if (publication.grid_changes != nullptr && !publication.grid_changes->empty()) parts.grid.reload();
    if (publication.is_looked_at) refresh(state);
    if (progress.tell) progress.tell(made->size, made->size);
    return made;
}

Result<VersionInfo> RegistryService::publish(std::string_view id, const FeatureSource& next, bool is_complete, const Author& author, const Progress& progress, const PublishOptions& options) {
    TRY_ASSIGN(state, state_->need(id));
    if (author.reason.empty()) return fail("needs_reasons");
    std::unique_lock lock(state->writing, std::try_to_lock);
    if (!lock.owns_lock()) return fail("layer_is_busy");
    State::Publication publication{.next = next, .is_complete = is_complete, .author = author, .form = options.form, .base_version = options.base_version, .is_looked_at = !state_->parts.is_for_one_act || state->layer->kept_by == "grid"};
    if (state->layer->kept_by != "grid") {
        auto made = state_->publish(*state, publication, progress);
        lock.unlock();
        // A version brought back names cells of its own time. Where the process ends, the next one's start looks.
        if (made && publication.is_looked_at) state_->follow_places(*this, *state, {}, follower(author));
        return made;
    }
    // Few and to be judged as a whole before anything is written.
    std::vector<Feature> all;
    for (auto feature = next(); feature; feature = next()) all.push_back(to_canonical(*state->layer, std::move(*feature)));
    TRY_ASSIGN(planned, state_->plan_grid(*state, all, {}, is_complete));
    std::size_t at = 0;
    publication.next = [&]() -> std::optional<Feature> { return at < all.size() ? std::optional(std::move(all[at++])) : std::nullopt; };
    publication.grid_changes = &planned;
    const auto before = state->now();
    auto made = state_->publish(*state, publication, progress);
    if (made && state->layer->id == "cells") state_->follow_places(*this, changed_cells(*before, *state->now()), follower(author));
    return made;
}

Result<VersionInfo> RegistryService::restore(std::string_view id, std::int64_t version, const Author& author, const Progress& progress) {
    TRY_ASSIGN(wanted, snapshot_at(id, version, progress));
    auto by = author;
    by.kind = "restore";
    by.source = std::to_string(version);
    // By id: rows then lie in the indices as they are written, not a page each.
    std::vector<std::size_t> order;
    for (std::size_t at = 0; at < wanted->slots(); ++at)
        if (wanted->is_there(at)) order.push_back(at);
    std::ranges::sort(order, {}, [&](std::size_t at) { return wanted->id(at); });
    std::size_t next_at = 0;
    const auto next = [&]() -> std::optional<Feature> { return next_at < order.size() ? std::optional(wanted->feature(order[next_at++])) : std::nullopt; };
    return publish(id, next, true, by, progress, {.form = FeatureForm::kept});
}

} // namespace chengge::registry
