// chengge audit: what the chains, the signed roots and the files prove, held against what the tables say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/signing.hpp"
#include "cases/case_roots.hpp"
#include "identity/identity_service.hpp"
#include "media/media_service.hpp"
#include "storage/database.hpp"

namespace chengge::cases {

class RuleSets;

// What was found wrong, the first fault of each case; the numbers are what was looked at.
struct AuditReport {
    std::int64_t cases = 0, steps = 0, photos = 0, roots = 0;
    std::string signed_until;         // the newest signed day; empty when no day is signed
    std::vector<std::string> faults;  // "440800-20261120-00318 step 4: …", "root of 2026-11-20: …"
    std::int64_t faults_found = 0;    // all of them, also those beyond the list
    std::vector<std::string> notes;   // what could not be proven, and why
};

struct AuditParts {
    storage::Database& database;
    RuleSets& rules;
    const identity::SecretKeys* keys = nullptr; // without them sealed contacts stay unproven
    media::MediaService* media = nullptr;       // without it photo files are not read
};

struct AuditOptions {
    int faults_max = 100;
    int threads = 2;
    std::int64_t now_ms = INT64_MAX; // days after this need no root yet
    std::optional<PublicKey> trusted; // every root must go back to this key
    std::string witness;              // JSON of chengge roots export, kept elsewhere; or empty
};

// Cases, numbers, feed and signed roots. Refusals: bad_json, bad_member (the witness).
Result<AuditReport> audit_city(const AuditParts& parts, const AuditOptions& options);
// The cases alone, without the roots.
AuditReport audit_cases(storage::Database& database, RuleSets& rules, const identity::SecretKeys& keys, media::MediaService* media, int faults_max = 100);

// What a copy of the city must have as much of.
struct CityCounts {
    std::int64_t cases = 0, steps = 0, media = 0, roots = 0;
    bool operator==(const CityCounts&) const = default;
};
CityCounts count_city(storage::Transaction& transaction);

// What keys and roots say of themselves: endorsements, signatures, order, days. Roots in their order;
// `is_whole`: they begin with the first ever signed.
struct RootProof {
    std::vector<std::string> faults, notes;
};
RootProof prove_roots(const std::vector<RootKey>& keys, const std::vector<SignedRoot>& roots, const std::optional<PublicKey>& trusted, bool is_whole);

} // namespace chengge::cases
