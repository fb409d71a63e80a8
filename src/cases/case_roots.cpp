#include "cases/case_roots.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/assert.hpp"
#include "base/crash_point.hpp"
#include "base/csv.hpp"
#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "cases/chain.hpp"
#include "cases/merkle.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using namespace std::chrono_literals;
using storage::Blob;
using storage::FeedPosition;
using storage::Transaction;

namespace {

constexpr int roots_page = 2000;
// A day is signed a little after its end, when what was being recorded at midnight has been committed.
constexpr std::int64_t settle_ms = minute_ms;
constexpr auto job_interval = 20s;

std::int64_t next_midnight_ms(std::int64_t at_ms) { return city_midnight_ms(city_date(at_ms)) + day_ms; }

// When the first step of the feed was recorded.
std::optional<std::int64_t> find_first_step(Transaction& transaction) {
    FeedPosition at;
    for (;;) {
        const auto page = storage::read_feed(transaction, at, roots_page);
        if (page.empty()) return std::nullopt;
        for (const auto& entry : page)
            if (announces_step(entry.kind)) return entry.recorded_ms;
        at = page.back().position;
    }
}

SignedRoot root_of(const storage::Rows::Row& row) {
    SignedRoot root;
    root.number = row.integer("number");
    root.platform = row.text("platform");
    root.day = row.text("day");
    root.until_ms = row.integer("until_ms");
    root.after = {row.integer("after_txid"), row.integer("after_key")};
    root.through = {row.integer("through_txid"), row.integer("through_key")};
    root.leaf_count = row.integer("leaf_count");
    root.merkle_root = row.bytes("merkle_root");
    root.previous = row.bytes("previous");
    root.signed_ms = row.integer("signed_ms");
    root.key_id = row.text("key_id");
    root.algorithm = row.text("algorithm");
    root.signature = row.bytes("signature");
    return root;
}

} // namespace

std::vector<SignedRoot> load_roots(Transaction& transaction, std::int64_t after_number) {
    std::vector<SignedRoot> roots;
    for (const auto row : transaction.run(sql::list_roots, {{"after", after_number}})) roots.push_back(root_of(row));
    return roots;
}

std::vector<RootKey> load_root_keys(Transaction& transaction) {
    std::vector<RootKey> keys;
    for (const auto row : transaction.run(sql::list_root_keys))
        keys.push_back({row.integer("number"), row.text("key_id"), {row.text("algorithm"), row.bytes("public_key")},
                        row.integer("made_ms"), row.text("previous_id"), row.bytes("signature"), row.bytes("endorsement")});
    return keys;
}

bool announces_step(std::string_view kind) {
    static constexpr std::array<std::string_view, 4> kinds{"case_step", "case_reported", "case_accepted", "case_closed"};
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

std::vector<FeedStep> read_feed_steps(Transaction& transaction, FeedPosition after, int rows) {
    std::vector<FeedStep> steps;
    for (const auto row : transaction.run(sql::list_feed_steps, {{"txid", after.txid}, {"entry_key", after.key}, {"rows", rows}})) {
        FeedStep step;
        step.entry = {{row.integer("txid"), row.integer("entry_key")}, row.text("kind"), row.integer("subject_key"),
                      row.integer("version"), row.integer("recorded_ms")};
        if (announces_step(step.entry.kind) && !row.is_null("chain")) step.chain = row.bytes("chain");
        steps.push_back(std::move(step));
    }
    return steps;
}

std::string leaf_of(const FeedStep& step) { return merkle_leaf(step.chain); }

// --- the signer ---------------------------------------------------------------------------------

struct RootSigner::Tip {
    std::int64_t number = 0; // 0 = nothing is signed yet
    std::int64_t until_ms = 0;
    FeedPosition through;
    std::string hash;
    bool has_steps = false; // nothing is signed before the first step
};

RootSigner::RootSigner(storage::Database& database, const Clock& clock, RootSettings settings, std::string platform)
    : database_(database), clock_(clock), settings_(std::move(settings)), platform_(std::move(platform)) {}

std::string RootSigner::private_path(const std::string& key_id) const {
    return settings_.keys_folder + "/root-" + key_id + ".key";
}

RootSigner::Tip RootSigner::load_tip() {
    return database_.read([](Transaction& transaction) {
        const auto newest = transaction.run(sql::last_root_number)[0].integer("number");
        if (newest == 0) {
            const auto first_ms = find_first_step(transaction);
            return first_ms ? Tip{.until_ms = city_midnight_ms(city_date(*first_ms)), .has_steps = true} : Tip{};
        }
        const auto last = load_roots(transaction, newest - 1).at(0);
        return Tip{last.number, last.until_ms, last.through, root_hash(last), true};
    });
}

Result<KeyPair> RootSigner::load_private(const std::string& key_id) const {
    const auto path = private_path(key_id);
    const auto pem = load_file(path);
    if (!pem) return fail("root_key_missing", {{"file", path}});
    TRY_ASSIGN(pair, read_private_key(*pem));
    if (key_id_of(pair.public_key) != key_id) return fail("root_key_missing", {{"file", path}});
    return pair;
}

Result<RootKey> RootSigner::add_key(const std::string& algorithm, const RootKey* previous, const KeyPair* endorser) {
    TRY_ASSIGN(pair, make_key_pair(algorithm));
    RootKey key;
    key.number = previous == nullptr ? 1 : previous->number + 1;
    key.key_id = key_id_of(pair.public_key);
    key.key = pair.public_key;
    key.made_ms = clock_.now_ms();
    if (endorser != nullptr) key.previous_id = previous->key_id;
    const auto bytes = key_bytes(platform_, key);
    key.signature = sign_bytes(pair, bytes);
    if (endorser != nullptr) key.endorsement = sign_bytes(*endorser, bytes);
    // The file first: a key in the database that nobody can sign with would stop the roots.
    std::filesystem::create_directories(settings_.keys_folder);
    save_file(private_path(key.key_id), pair.private_pem, 0600);
    save_file(settings_.keys_folder + "/root-" + key.key_id + ".pub", public_pem(key.key));
    TRY(database_.write([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(sql::add_root_key, {{"number", key.number}, {"key_id", key.key_id}, {"algorithm", key.key.algorithm},
                                                              {"public_key", Blob{key.key.der}}, {"made_ms", key.made_ms}, {"previous_id", key.previous_id},
                                                              {"signature", Blob{key.signature}}, {"endorsement", Blob{key.endorsement}}});
        if (rows.affected != 1) return fail("root_overtaken");
        return {};
    }));
    log_info("a signing key was made", {{"key", key.key_id}, {"algorithm", key.key.algorithm}});
    return key;
}

Result<std::pair<RootKey, KeyPair>> RootSigner::current_key() {
    auto keys = database_.read([](Transaction& transaction) { return load_root_keys(transaction); });
    if (keys.empty()) {
        TRY_ASSIGN(first, add_key(settings_.algorithm, nullptr, nullptr));
        keys.push_back(std::move(first));
    }
    TRY_ASSIGN(pair, load_private(keys.back().key_id));
    return std::pair{std::move(keys.back()), std::move(pair)};
}

// Leaves, tree and end of the range that begins after root.after and ends before root.until_ms.
void RootSigner::count_leaves(SignedRoot& root) {
    MerkleTree tree;
    auto at = root.through = root.after;
    for (bool has_more = true; has_more;) {
        const auto page = database_.read([&](Transaction& transaction) { return read_feed_steps(transaction, at, roots_page); });
        has_more = page.size() == static_cast<std::size_t>(roots_page);
        for (const auto& step : page) {
            at = step.entry.position;
            if (!announces_step(step.entry.kind)) continue;
            if (step.entry.recorded_ms >= root.until_ms) {
                has_more = false;
                break;
            }
            root.through = at;
            if (step.chain.empty())
                log_error("a step is gone before it was signed", {{"case_key", std::to_string(step.entry.subject_key)}, {"seq", std::to_string(step.entry.version)}});
            tree.add(leaf_of(step));
        }
    }
    root.leaf_count = tree.count();
    root.merkle_root = tree.root();
}

// False when another node signed this number first.
Result<bool> RootSigner::sign_one(const Tip& tip, std::int64_t until_ms) {
    TRY_ASSIGN(current, current_key());
    SignedRoot root;
    root.number = tip.number + 1;
    root.platform = platform_;
    root.day = format_date(city_date(until_ms - 1));
    root.until_ms = until_ms;
    root.after = tip.through;
    root.previous = tip.hash;
    count_leaves(root);
    root.signed_ms = clock_.now_ms();
    root.key_id = current.first.key_id;
    root.algorithm = current.first.key.algorithm;
    root.signature = sign_bytes(current.second, root_bytes(root));
    bool is_kept = false;
    TRY(database_.write([&](Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(
            sql::add_root, {{"number", root.number}, {"platform", root.platform}, {"day", root.day}, {"until_ms", root.until_ms}, {"after_txid", root.after.txid},
                            {"after_key", root.after.key}, {"through_txid", root.through.txid},
                            {"through_key", root.through.key}, {"leaf_count", root.leaf_count}, {"merkle_root", Blob{root.merkle_root}},
                            {"previous", Blob{root.previous}}, {"signed_ms", root.signed_ms}, {"key_id", root.key_id}, {"algorithm", root.algorithm},
                            {"signature", Blob{root.signature}}});
        is_kept = rows.affected == 1;
        return {};
    }));
    CRASH_POINT("root.signed");
    if (is_kept) log_info("a root was signed", {{"day", root.day}, {"number", std::to_string(root.number)}, {"steps", std::to_string(root.leaf_count)}});
    return is_kept;
}

Result<int> RootSigner::sign_until(std::int64_t now_ms, bool includes_today) {
    int count = 0;
    for (;;) {
        const auto tip = load_tip();
        if (!tip.has_steps) return count;
        auto until = next_midnight_ms(tip.until_ms);
        if (until > now_ms) {
            if (!includes_today || now_ms <= tip.until_ms) return count;
            until = now_ms;
        }
        TRY_ASSIGN(is_kept, sign_one(tip, until));
        count += is_kept;
    }
}

Result<int> RootSigner::sign_ended_days() { return sign_until(clock_.now_ms() - settle_ms, false); }

Result<int> RootSigner::sign_now() { return sign_until(clock_.now_ms(), true); }

Result<RootKey> RootSigner::rotate_key(const std::string& algorithm, bool is_lost) {
    const auto keys = database_.read([](Transaction& transaction) { return load_root_keys(transaction); });
    if (keys.empty()) return add_key(algorithm, nullptr, nullptr);
    const auto endorser = load_private(keys.back().key_id);
    if (is_lost && endorser) return fail("root_key_present", {{"file", private_path(keys.back().key_id)}});
    if (!is_lost && !endorser) return tl::unexpected(endorser.error());
    return add_key(algorithm, &keys.back(), endorser ? &*endorser : nullptr);
}

// --- the job ------------------------------------------------------------------------------------

struct RootJob::State {
    State(RootSigner& given, const Clock& given_clock) : signer(given), clock(given_clock) {
        thread = std::jthread([this](std::stop_token stop) { run(stop); });
    }

    void run(std::stop_token stop) {
        std::unique_lock lock(mutex);
        std::string told;
        while (!stop.stop_requested()) {
            try {
                const auto count = signer.sign_ended_days();
                const auto code = count ? std::string() : count.error().code;
                if (!count && code != told) {
                    const auto file = count.error().facts.find("file");
                    log_error("the days are not signed", {{"code", code}, {"file", file == count.error().facts.end() ? "" : file->second}});
                }
                told = code;
            } catch (const std::exception& error) {
                log_error("a job failed and will try again", {{"job", "roots"}, {"reason", error.what()}});
            }
            wake.wait_for(lock, stop, job_interval, [] { return false; });
        }
    }

    RootSigner& signer;
    const Clock& clock;
    std::mutex mutex;
    std::condition_variable_any wake;
    std::jthread thread;
};

RootJob::RootJob(RootSigner& signer, const Clock& clock) : state_(std::make_unique<State>(signer, clock)) {}
RootJob::~RootJob() = default;

} // namespace chengge::cases
