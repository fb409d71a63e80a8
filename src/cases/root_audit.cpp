// The signed roots: what they say of themselves, and whether the feed still gives the same trees.
#include <exception>
#include <map>
#include <set>
#include <thread>

#include "base/digest.hpp"
#include "base/time.hpp"
#include "cases/audit_parts.hpp"
#include "cases/merkle.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using storage::FeedPosition;
using storage::Transaction;

namespace {

constexpr int audited_page = 4000;
// How long after a day's end its root may still be under way.
constexpr std::int64_t signing_time_ms = hour_ms;

std::string name_of(const SignedRoot& root) { return "root " + std::to_string(root.number) + " of " + root.day; }

std::string days_between(std::int64_t from_ms, std::int64_t until_ms) {
    const auto first = format_date(city_date(from_ms)), last = format_date(city_date(until_ms - 1));
    return first == last ? first : first + " to " + last;
}

const RootKey* find_key(const std::vector<RootKey>& keys, const std::string& key_id) {
    for (const auto& key : keys)
        if (key.key_id == key_id) return &key;
    return nullptr;
}

// The keys that hang together with the trusted one by endorsements, in both directions.
std::set<std::string> trusted_ids(const std::vector<RootKey>& keys, const std::string& trusted_id) {
    std::set<std::string> ids;
    if (find_key(keys, trusted_id) == nullptr) return ids;
    ids.insert(trusted_id);
    for (bool has_grown = true; has_grown;) {
        has_grown = false;
        for (const auto& key : keys) {
            if (key.previous_id.empty()) continue;
            if (ids.contains(key.key_id) && find_key(keys, key.previous_id) != nullptr) has_grown |= ids.insert(key.previous_id).second;
            if (ids.contains(key.previous_id)) has_grown |= ids.insert(key.key_id).second;
        }
    }
    return ids;
}

void prove_keys(const std::string& platform, const std::vector<RootKey>& keys, RootProof& proof) {
    std::int64_t number = 0;
    for (const auto& key : keys) {
        const auto name = "signing key " + key.key_id;
        const auto add = [&](const std::string& reason) { proof.faults.push_back(name + ": " + reason); };
        if (key.number != ++number) add("a key before it is missing");
        number = key.number;
        if (key_id_of(key.key) != key.key_id) add("is not the key of that name");
        const auto bytes = key_bytes(platform, key);
        if (!is_signed_by(key.key, bytes, key.signature)) add("its own signature is wrong");
        if (key.number == 1) continue;
        if (key.previous_id.empty()) {
            proof.notes.push_back(name + " was made without the key before it (declared lost on " + format_date(city_date(key.made_ms)) + ")");
            continue;
        }
        const auto* previous = find_key(keys, key.previous_id);
        if (previous == nullptr || previous->number != key.number - 1) add("the key before it is missing");
        else if (!is_signed_by(previous->key, bytes, key.endorsement)) add("the endorsement by the key before it is wrong");
    }
}

// How a root follows the one before; `previous` may be null for the first that is at hand.
void prove_order(const SignedRoot& root, const SignedRoot* previous, bool is_whole, std::vector<std::string>& faults) {
    const auto add = [&](const std::string& reason) { faults.push_back(name_of(root) + ": " + reason); };
    if (root.day != format_date(city_date(root.until_ms - 1))) add("its day is not that of its end");
    if (previous == nullptr) {
        if (is_whole && root.number != 1) faults.push_back("roots 1 to " + std::to_string(root.number - 1) + " are missing");
        if (root.number == 1 && (root.after != FeedPosition{} || !root.previous.empty())) add("says that there was a root before the first");
        return;
    }
    if (root.number > previous->number + 1) {
        const auto from = previous->until_ms;
        const auto until = std::max(from + 1, city_midnight_ms(city_date(root.until_ms - 1)));
        const auto count = root.number - previous->number - 1;
        faults.push_back((count == 1 ? "root " + std::to_string(previous->number + 1) + " is" : "roots " + std::to_string(previous->number + 1) + " to " + std::to_string(root.number - 1) + " are") +
                         " missing: " + days_between(from, until));
        return;
    }
    if (root.number != previous->number + 1) return add("stands out of order");
    if (root.previous != root_hash(*previous)) add("does not follow from root " + std::to_string(previous->number));
    if (root.after != previous->through) add("does not begin where the root before ended");
    if (root.until_ms <= previous->until_ms) add("ends before the root before it");
    const auto midnight = city_midnight_ms(city_date(previous->until_ms)) + day_ms;
    if (root.until_ms > midnight) faults.push_back("no root for " + days_between(previous->until_ms, city_midnight_ms(city_date(root.until_ms - 1))));
}

} // namespace

void run_threads(int threads, const std::function<void()>& act) {
    std::mutex mutex;
    std::exception_ptr failure;
    const auto guarded = [&] {
        try {
            act();
        } catch (...) {
            const std::lock_guard lock(mutex);
            if (!failure) failure = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> others;
        for (int i = 1; i < threads; ++i) others.emplace_back(guarded);
        guarded();
    }
    if (failure) std::rethrow_exception(failure);
}

RootProof prove_roots(const std::vector<RootKey>& keys, const std::vector<SignedRoot>& roots, const std::optional<PublicKey>& trusted, bool is_whole) {
    RootProof proof;
    const auto platform = roots.empty() ? std::string() : roots.front().platform;
    if (!roots.empty()) prove_keys(platform, keys, proof);
    const auto trusted_set = trusted ? trusted_ids(keys, key_id_of(*trusted)) : std::set<std::string>{};
    if (trusted && trusted_set.empty()) proof.faults.push_back("the given key " + key_id_of(*trusted) + " signed none of these roots");
    const SignedRoot* previous = nullptr;
    for (const auto& root : roots) {
        const auto add = [&](const std::string& reason) { proof.faults.push_back(name_of(root) + ": " + reason); };
        if (root.platform != platform) add("is of another platform");
        prove_order(root, previous, is_whole, proof.faults);
        const auto* key = find_key(keys, root.key_id);
        if (key == nullptr) add("the key " + root.key_id + " that signed it is missing");
        else if (key->key.algorithm != root.algorithm || !is_signed_by(key->key, root_bytes(root), root.signature)) add("its signature is wrong");
        else if (trusted && !trusted_set.empty() && !trusted_set.contains(root.key_id)) add("is signed by the key " + root.key_id + ", which the given key does not vouch for");
        previous = &root;
    }
    return proof;
}

// --- the feed under the roots -----------------------------------------------------------------------

namespace {

// A stretch of the feed; with a root it must give that root's tree.
struct Stretch {
    FeedPosition after;
    std::optional<FeedPosition> through; // none: to the end
    const SignedRoot* root = nullptr;
};

std::vector<Stretch> stretches_of(const std::vector<SignedRoot>& roots) {
    std::vector<Stretch> stretches;
    FeedPosition at;
    for (const auto& root : roots) {
        // What lies between roots is unsigned (prove_roots has said so), but it is counted.
        if (at < root.after) stretches.push_back({at, root.after, nullptr});
        stretches.push_back({root.after, root.through, &root});
        at = root.through;
    }
    stretches.push_back({at, std::nullopt, nullptr});
    return stretches;
}

class FeedAuditor {
public:
    FeedAuditor(storage::Database& database, const std::vector<SignedRoot>& roots, FeedCensus& census, FaultList& faults)
        : database_(database), stretches_(stretches_of(roots)), census_(census), faults_(faults) {}

    void run(int threads) {
        run_threads(threads, [&] {
            for (auto i = next_.fetch_add(1); i < stretches_.size(); i = next_.fetch_add(1)) audit(stretches_[i]);
        });
        name_missing();
    }

    FeedPosition end() const { return end_; }
    // When the newest step behind all roots was recorded; 0 when there is none.
    std::int64_t newest_ms() const { return newest_ms_; }

private:
    struct Missing {
        std::int64_t first_seq = INT64_MAX, count = 0, recorded_ms = 0;
    };

    void audit(const Stretch& stretch) {
        MerkleTree tree;
        auto at = stretch.after;
        for (bool has_more = true; has_more;) {
            const auto page = database_.read([&](Transaction& transaction) { return read_feed_steps(transaction, at, audited_page); });
            has_more = page.size() == static_cast<std::size_t>(audited_page);
            for (const auto& step : page) {
                if (stretch.through && step.entry.position > *stretch.through) {
                    has_more = false;
                    break;
                }
                at = step.entry.position;
                if (!announces_step(step.entry.kind)) continue;
                if (!stretch.through) newest_ms_ = std::max(newest_ms_, step.entry.recorded_ms);
                count(step, stretch.root != nullptr ? &tree : nullptr);
            }
        }
        if (!stretch.through) end_ = at;
        if (stretch.root == nullptr) return;
        const auto& root = *stretch.root;
        if (tree.count() != root.leaf_count)
            faults_.add(order_of_roots + root.number, name_of(root) + ": " + std::to_string(root.leaf_count) + " steps were signed, the feed has " + std::to_string(tree.count()) + " there");
        else if (tree.root() != root.merkle_root)
            faults_.add(order_of_roots + root.number, name_of(root) + ": its " + std::to_string(root.leaf_count) + " steps are not the ones that were signed");
    }

    void count(const FeedStep& step, MerkleTree* tree) {
        if (tree != nullptr) tree->add(leaf_of(step));
        census_.add(step.entry.subject_key, step.entry.version);
        if (!step.chain.empty()) return;
        const std::lock_guard lock(mutex_);
        auto& missing = missing_[step.entry.subject_key];
        ++missing.count;
        if (step.entry.version < missing.first_seq) missing.recorded_ms = step.entry.recorded_ms;
        missing.first_seq = std::min(missing.first_seq, step.entry.version);
    }

    void name_missing() {
        for (const auto& [case_key, missing] : missing_) {
            const auto rows = database_.read([&, key = case_key](Transaction& transaction) { return transaction.run(sql::name_case, {{"case_key", key}}); });
            const auto day = format_date(city_date(missing.recorded_ms));
            census_.check(case_key, 0); // named here, once
            if (rows.empty())
                faults_.add(order_of_feed, "a case of " + day + " (key " + std::to_string(case_key) + ") is gone with its " + std::to_string(missing.count) + " steps");
            else
                faults_.add(order_of_feed, (rows[0].is_null("case_no") ? format_uuid(uuid_from_raw(rows[0].bytes("case_id"))) : rows[0].text("case_no")) + " step " +
                                            std::to_string(missing.first_seq) + ": was recorded on " + day + " and is gone");
        }
    }

    storage::Database& database_;
    const std::vector<Stretch> stretches_;
    FeedCensus& census_;
    FaultList& faults_;
    std::atomic<std::size_t> next_{0};
    // Written by the one thread that has the last stretch.
    FeedPosition end_;
    std::int64_t newest_ms_ = 0;
    std::mutex mutex_;
    std::map<std::int64_t, Missing> missing_;
};

// A witness knew these roots; what is signed later is not its business.
void compare_witness(const json::value& witness, const std::vector<SignedRoot>& roots, const std::function<void(std::string)>& add) {
    const auto* object = witness.if_object();
    const auto* known = object == nullptr ? nullptr : object->if_contains("roots");
    if (known == nullptr || !known->is_array()) return add("the witness file holds no roots");
    for (const auto& one : known->get_array()) {
        const auto root = root_of_json(one);
        if (!root) return add("the witness file cannot be read");
        const auto found = std::find_if(roots.begin(), roots.end(), [&](const SignedRoot& mine) { return mine.number == root->number; });
        if (found == roots.end()) add(name_of(*root) + ": the witness has it, the city does not");
        else if (root_hash(*found) != root_hash(*root)) add(name_of(*root) + ": the witness has another");
    }
}

} // namespace

FeedPosition audit_feed(storage::Database& database, const AuditOptions& options, FeedCensus& census, FaultList& faults, AuditReport& report) {
    std::vector<SignedRoot> roots;
    std::vector<RootKey> keys;
    database.read([&](Transaction& transaction) {
        roots = load_roots(transaction);
        keys = load_root_keys(transaction);
    });
    auto proof = prove_roots(keys, roots, options.trusted, true);
    for (auto& fault : proof.faults) faults.add(order_of_roots, std::move(fault));
    report.notes.insert(report.notes.end(), proof.notes.begin(), proof.notes.end());
    if (!options.witness.empty())
        compare_witness(*parse_json(options.witness), roots, [&](std::string fault) { faults.add(order_of_roots, std::move(fault)); });
    report.roots = static_cast<std::int64_t>(roots.size());
    FeedAuditor auditor(database, roots, census, faults);
    auditor.run(options.threads);
    if (roots.empty()) {
        if (!keys.empty()) faults.add(order_of_roots, "there are signing keys, and every signed root is gone");
        else if (auditor.newest_ms() > 0) report.notes.emplace_back("no day is signed yet: chengge serve signs each day after its end, chengge roots sign at once");
        return auditor.end();
    }
    report.signed_until = roots.back().day;
    const auto signed_ms = roots.back().until_ms;
    const auto newest_ms = std::min(auditor.newest_ms(), options.now_ms);
    if (const auto ended_ms = city_midnight_ms(city_date(newest_ms - signing_time_ms)); newest_ms > 0 && ended_ms > signed_ms)
        faults.add(order_of_roots, "no root for " + days_between(signed_ms, ended_ms) + ": chengge roots sign makes it; if the city served on these days, ask who took it away");
    return auditor.end();
}

} // namespace chengge::cases
