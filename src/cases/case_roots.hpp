// Signed daily roots (docs/chain.md): a Merkle root over the steps of a range of the feed, chained to
// the root before and signed with a key that lives outside the database.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/signing.hpp"
#include "storage/database.hpp"
#include "storage/feed.hpp"

namespace chengge::cases {

// A public key of the city, signed by itself and by the key before it.
struct RootKey {
    std::int64_t number = 0; // from 1
    std::string key_id;
    PublicKey key;
    std::int64_t made_ms = 0;
    std::string previous_id; // empty for the first and after a loss
    std::string signature;   // by the key itself: who made it had the private half
    std::string endorsement; // by the key before; empty as previous_id
};

struct SignedRoot {
    std::int64_t number = 0; // from 1, without gaps
    std::string platform;
    std::string day;            // of the city's time, "2026-11-21"
    std::int64_t until_ms = 0;  // the range ends before the first step recorded at or after this
    storage::FeedPosition after, through; // entries after the one, up to the other
    std::int64_t leaf_count = 0;
    std::string merkle_root; // 32 bytes
    std::string previous;    // hash of the root before, 32 bytes; empty for the first
    std::int64_t signed_ms = 0;
    std::string key_id, algorithm, signature;
};

// "CGR1" and "CGK1" with their fields: what is signed.
std::string root_bytes(const SignedRoot& root);
std::string key_bytes(const std::string& platform, const RootKey& key);
// SM3(0x04 ‖ root_bytes): what the next root names.
std::string root_hash(const SignedRoot& root);

json::object to_json(const SignedRoot& root);
json::object to_json(const RootKey& key);
Result<SignedRoot> root_of_json(const json::value& value); // bad_member
Result<RootKey> key_of_json(const json::value& value);     // bad_member, key_unreadable

std::vector<SignedRoot> load_roots(storage::Transaction& transaction, std::int64_t after_number = 0);
std::vector<RootKey> load_root_keys(storage::Transaction& transaction);

// Whether an entry of the feed announces a step of a case.
bool announces_step(std::string_view kind);
// An entry with the chain value of its step; empty when the step is gone.
struct FeedStep {
    storage::FeedEntry entry;
    std::string chain;
};
// The next page of the feed, every kind of entry.
std::vector<FeedStep> read_feed_steps(storage::Transaction& transaction, storage::FeedPosition after, int rows);
// The tree's leaf of an announced step; a step that is gone still has its place.
std::string leaf_of(const FeedStep& step);

// What the configuration says; the folder defaults to keys/ of the city's own.
struct RootSettings {
    std::string keys_folder;       // root-<id>.key (0600) and root-<id>.pub
    std::string algorithm = "sm2"; // of a key made anew: sm2, ed25519
};

class RootSigner {
public:
    RootSigner(storage::Database& database, const Clock& clock, RootSettings settings, std::string platform);

    // A root for each day of the city's time that has ended and has none; how many were signed.
    // The first one ever makes the first key. Refusals: root_key_missing, key_unreadable.
    Result<int> sign_ended_days();
    // And one for today up to now.
    Result<int> sign_now();
    // A new key, endorsed by the one before; `is_lost`: that one is gone and cannot. Refusals:
    // algorithm_unknown, root_key_missing, root_key_present (it is not lost).
    Result<RootKey> rotate_key(const std::string& algorithm, bool is_lost);
    // Where the private half of a key lies.
    std::string private_path(const std::string& key_id) const;

private:
    struct Tip;
    Tip load_tip();
    Result<KeyPair> load_private(const std::string& key_id) const;
    Result<RootKey> add_key(const std::string& algorithm, const RootKey* previous, const KeyPair* endorser);
    Result<std::pair<RootKey, KeyPair>> current_key();
    Result<int> sign_until(std::int64_t now_ms, bool includes_today);
    Result<bool> sign_one(const Tip& tip, std::int64_t until_ms);
    void count_leaves(SignedRoot& root);

    storage::Database& database_;
    const Clock& clock_;
    RootSettings settings_;
    std::string platform_;
};

// Signs shortly after each midnight of the city and what was missed before; a served city only.
class RootJob {
public:
    RootJob(RootSigner& signer, const Clock& clock);
    ~RootJob();

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace chengge::cases
