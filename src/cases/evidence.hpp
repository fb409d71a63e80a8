// The evidence pack of a case: one ZIP file with everything that proves it — steps and their chain bytes,
// words, originals, Merkle proofs, signed roots, public keys, the rule sets to read it by — and a page
// for people. It is audited alone, on another machine, without a database (docs/chain.md).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/zip.hpp"
#include "cases/case_audit.hpp"
#include "cases/case_roots.hpp"
#include "cases/chain.hpp"
#include "rules/rules.hpp"

namespace chengge::cases {

struct MerkleProof {
    std::int64_t root = 0; // number of the signed root
    std::int64_t index = 0;
    std::vector<std::string> siblings; // 32 bytes each, nearest first
};

struct EvidenceStep {
    rules::Step step;
    std::string salt, body_hash, chain;
    std::optional<MerkleProof> proof; // none: recorded after the newest root
};

// What case.json of a pack says; the page is made from it and from the rule sets.
struct EvidenceCase {
    Uuid case_id;
    std::string case_no;
    std::string platform;
    std::int64_t made_ms = 0;
    std::string program; // that made the pack
    std::vector<EvidenceStep> steps;
    std::string contact_state; // "none", "given", "left_out"
    std::string contact_name, contact_phone;
    std::map<std::string, std::string> photos; // SM3 in hex → the file in the pack
    std::map<std::string, std::string> people, organisations, roles; // names on the day of the pack; not part of the proof
};
using EvidenceRules = std::map<std::string, std::shared_ptr<const rules::Rules>>; // by version

json::object to_json(const EvidenceCase& evidence);
// The page for people, in Chinese.
std::string evidence_page(const EvidenceCase& evidence, const EvidenceRules& rules, const std::vector<SignedRoot>& roots);

struct EvidenceParts {
    storage::Database& database;
    RuleSets& rules;
    media::MediaService& media;
    const identity::IdentityService& identity;
};

struct EvidenceOptions {
    bool has_contact = true;                  // without it the report's own words cannot be proven
    std::int64_t bytes_max = INT64_MAX;       // of the originals together
    std::int64_t now_ms = 0;
    std::string program;
};

struct EvidenceFacts {
    std::string case_no, case_id;
    std::int64_t steps = 0, photos = 0, bytes = 0;
    std::int64_t unsigned_steps = 0; // recorded after the newest root
};

// `reference` is a case id or a 案卷号. Refusals: case_unknown, evidence_too_large, contact_unreadable.
Result<EvidenceFacts> write_evidence(const EvidenceParts& parts, const std::string& reference, const EvidenceOptions& options, const ZipWriter::Sink& sink);

// Everything that the pack proves by itself; with a trusted key also that its city signed it.
// `program` is this program's version: the page of another cannot be compared. Refusals:
// archive_broken, pack_unreadable.
Result<AuditReport> audit_pack(std::string_view bytes, const std::optional<PublicKey>& trusted, const std::string& program);

} // namespace chengge::cases
