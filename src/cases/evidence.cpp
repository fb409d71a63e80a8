#include "cases/evidence.hpp"

#include <algorithm>
#include <set>

#include "base/csv.hpp"
#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "cases/case_service.hpp"
#include "cases/case_store.hpp"
#include "cases/merkle.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using storage::Transaction;

namespace {

constexpr int steps_page = 4000;

constexpr std::string_view read_me =
    "这是一件城市管理案件的证据包。用浏览器打开 index.html 阅读；核验请运行：\n"
    "    chengge audit --pack 本文件.zip --key 签发单位的公钥.pem\n"
    "The evidence pack of a case of urban management. Read index.html in a browser; to prove it run\n"
    "    chengge audit --pack THIS.zip --key PUBLIC_KEY_OF_THE_CITY.pem\n\n"
    "case.json         facts, steps, words, salts, Merkle proofs\n"
    "chain/NNNN.bin    the bytes of each step that are chained (CG1)\n"
    "roots.json        signed roots and public keys\n"
    "rules/VERSION.json  the rule sets under which the steps were taken\n"
    "media/            original photographs, named by their SM3\n"
    "manifest.json     SM3 of every file\n";

std::string file_of_photo(const media::Media& photo) {
    return "media/" + to_hex(photo.sm3) + (photo.content_type == "image/png" ? ".png" : ".jpg");
}

// Finds where the steps of one case lie under the signed roots, and proves each.
class Prover {
public:
    Prover(storage::Database& database, std::int64_t case_key, std::vector<EvidenceStep>& steps) : database_(database), case_key_(case_key), steps_(steps) {}

    // The roots in order from the first that is needed to the last.
    std::vector<SignedRoot> run(const std::vector<SignedRoot>& roots) {
        std::int64_t first = 0, last = 0;
        for (const auto& root : roots) {
            if (!may_hold(root)) continue;
            prove(root);
            for (const auto& one : steps_)
                if (one.proof && one.proof->root == root.number) {
                    if (first == 0) first = root.number;
                    last = root.number;
                }
        }
        std::vector<SignedRoot> needed;
        for (const auto& root : roots)
            if (first != 0 && root.number >= first && root.number <= last) needed.push_back(root);
        return needed;
    }

private:
    // A step enters the root of its day or, committed late, a later one.
    bool may_hold(const SignedRoot& root) const {
        return std::any_of(steps_.begin(), steps_.end(), [&](const EvidenceStep& one) { return !one.proof && one.step.recorded_ms < root.until_ms; });
    }

    void prove(const SignedRoot& root) {
        std::vector<std::string> leaves;
        std::map<std::int64_t, std::size_t> found; // seq → index
        auto at = root.after;
        for (bool has_more = true; has_more;) {
            const auto page = database_.read([&](Transaction& transaction) { return read_feed_steps(transaction, at, steps_page); });
            has_more = page.size() == static_cast<std::size_t>(steps_page);
            for (const auto& step : page) {
                if (step.entry.position > root.through) {
                    has_more = false;
                    break;
                }
                at = step.entry.position;
                if (!announces_step(step.entry.kind)) continue;
                if (step.entry.subject_key == case_key_) found.emplace(step.entry.version, leaves.size());
                leaves.push_back(leaf_of(step));
            }
        }
        for (auto& one : steps_)
            if (const auto place = found.find(one.step.seq); place != found.end())
                one.proof = MerkleProof{root.number, static_cast<std::int64_t>(place->second), inclusion_proof(leaves, place->second)};
    }

    storage::Database& database_;
    std::int64_t case_key_;
    std::vector<EvidenceStep>& steps_;
};

// A case as its pack needs it, before photographs are read.
struct Collected {
    EvidenceCase evidence;
    std::vector<media::Media> photos; // each content once
    std::vector<RootKey> keys;
    std::vector<SignedRoot> roots;
    EvidenceRules rules;
};

std::optional<std::int64_t> find_key(Transaction& transaction, const std::string& reference) {
    const auto id = parse_uuid(reference);
    const auto rows = id ? transaction.run(sql::find_case_by_id, {{"case_id", storage::Blob{id->raw()}}}) : transaction.run(sql::find_case_by_no, {{"case_no", reference}});
    return rows.empty() ? std::nullopt : std::optional(rows[0].integer("case_key"));
}

Result<void> add_contact(const EvidenceParts& parts, const AuditedCase& stored, bool is_wanted, EvidenceCase& evidence) {
    evidence.contact_state = !stored.has_contact || (stored.sealed_name.empty() && stored.sealed_phone.empty()) ? "none" : is_wanted ? "given" : "left_out";
    if (evidence.contact_state != "given") return {};
    const auto open = [&](const std::string& sealed) { return sealed.empty() ? std::optional<std::string>("") : identity::unseal(parts.identity.keys(), sealed); };
    const auto name = open(stored.sealed_name), phone = open(stored.sealed_phone);
    if (!name || !phone) return fail("contact_unreadable");
    evidence.contact_name = *name;
    evidence.contact_phone = *phone;
    return {};
}

void add_names(const EvidenceParts& parts, EvidenceCase& evidence) {
    const auto directory = parts.identity.directory();
    const auto add_person = [&](const Uuid& id) {
        if (const auto* person = id.is_nil() ? nullptr : directory->find_person(id)) evidence.people[format_uuid(id)] = person->name;
    };
    const auto add_organisation = [&](const std::string& code) {
        if (const auto* organisation = directory->find_organisation(code)) evidence.organisations[code] = organisation->former.empty() ? organisation->name : organisation->name + "（原" + organisation->former.back().name + "）";
    };
    for (const auto& one : evidence.steps) {
        // Without the contact the reporter is not named either, except who reports by profession.
        if (evidence.contact_state != "left_out" || one.step.role != "citizen") add_person(one.step.actor_id);
        add_person(one.step.receiver_person);
        add_organisation(one.step.organisation);
        add_organisation(one.step.receiver_organisation);
        if (!one.step.role.empty()) evidence.roles[one.step.role] = parts.identity.role_label(one.step.role, "zh");
    }
}

Result<Collected> collect(const EvidenceParts& parts, const std::string& reference, const EvidenceOptions& options) {
    Collected all;
    std::optional<AuditedCase> found;
    std::vector<SignedRoot> roots;
    parts.database.read([&](Transaction& transaction) {
        found.reset();
        const auto key = find_key(transaction, reference);
        if (!key) return;
        found = load_case_range(transaction, *key, *key).at(0);
        std::vector<Uuid> ids;
        for (const auto& row : found->media) ids.push_back(row.media_id);
        all.photos = ids.empty() ? std::vector<media::Media>{} : parts.media.find_all(transaction, ids);
        all.keys = load_root_keys(transaction);
        roots = load_roots(transaction);
    });
    if (!found || found->steps.empty()) return fail("case_unknown");
    auto& evidence = all.evidence;
    evidence.case_id = found->stored.c.id;
    evidence.case_no = found->stored.case_no;
    evidence.platform = found->stored.c.platform;
    evidence.made_ms = options.now_ms;
    evidence.program = options.program;
    TRY(add_contact(parts, *found, options.has_contact, evidence));
    for (const auto& one : found->steps) {
        evidence.steps.push_back({one.step, one.salt, one.body_hash, one.chain, std::nullopt});
        // The chain names photographs by their hashes in order; who proves the pack has them from there.
        std::ranges::sort(evidence.steps.back().step.media, {}, &rules::MediaRef::sm3_hex);
    }
    all.roots = Prover(parts.database, found->stored.key, evidence.steps).run(roots);
    std::sort(all.photos.begin(), all.photos.end(), [](const auto& a, const auto& b) { return a.sm3 < b.sm3; });
    all.photos.erase(std::unique(all.photos.begin(), all.photos.end(), [](const auto& a, const auto& b) { return a.sm3 == b.sm3; }), all.photos.end());
    std::int64_t bytes = 0;
    for (const auto& photo : all.photos) {
        evidence.photos[to_hex(photo.sm3)] = file_of_photo(photo);
        bytes += photo.bytes;
    }
    if (bytes > options.bytes_max) return fail("evidence_too_large", {{"limit_mb", std::to_string(options.bytes_max >> 20)}});
    add_names(parts, evidence);
    for (const auto& one : evidence.steps) {
        auto set = parts.rules.find(one.step.rules_version);
        // A set that was lost is not replaced by another in what shall prove something.
        if (set->version_sm3 == one.step.rules_version) all.rules.emplace(one.step.rules_version, std::move(set));
    }
    return all;
}

std::string rules_text(const rules::Rules& rules) {
    json::object files;
    for (const auto& [name, text] : rules.files) files[name] = text;
    return to_json_text(files) + "\n";
}

std::string roots_text(const Collected& all) {
    json::array keys, roots;
    for (const auto& key : all.keys) keys.push_back(to_json(key));
    for (const auto& root : all.roots) roots.push_back(to_json(root));
    return to_json_text(json::object{{"format", "chengge-roots-1"}, {"keys", std::move(keys)}, {"roots", std::move(roots)}}) + "\n";
}

std::string chain_name(std::int64_t seq) {
    auto digits = std::to_string(seq);
    digits.insert(0, 4 - std::min<std::size_t>(4, digits.size()), '0');
    return "chain/" + digits + ".bin";
}

} // namespace

Result<EvidenceFacts> write_evidence(const EvidenceParts& parts, const std::string& reference, const EvidenceOptions& options, const ZipWriter::Sink& sink) {
    TRY_ASSIGN(all, collect(parts, reference, options));
    const auto& evidence = all.evidence;
    ZipWriter zip(sink, options.now_ms);
    json::array listed;
    const auto add = [&](const std::string& name, std::string_view bytes) {
        zip.add(name, bytes);
        listed.push_back(json::object{{"path", name}, {"bytes", static_cast<std::int64_t>(bytes.size())}, {"sm3", to_hex(sm3(bytes))}});
    };
    add("index.html", evidence_page(evidence, all.rules, all.roots));
    add("README.txt", read_me);
    add("case.json", to_json_text(to_json(evidence)) + "\n");
    for (const auto& one : evidence.steps) add(chain_name(one.step.seq), chain_bytes(one.step, one.body_hash));
    add("roots.json", roots_text(all));
    for (const auto& [version, set] : all.rules) add("rules/" + version + ".json", rules_text(*set));
    for (const auto& photo : all.photos)
        // A lost original is told by the pack's own audit.
        if (const auto bytes = load_file(parts.media.original_path(photo))) add(evidence.photos.at(to_hex(photo.sm3)), *bytes);
    zip.add("manifest.json", to_json_text(json::object{{"format", "chengge-evidence-1"}, {"files", std::move(listed)}}) + "\n");
    zip.finish();
    EvidenceFacts facts{evidence.case_no, format_uuid(evidence.case_id), static_cast<std::int64_t>(evidence.steps.size()), static_cast<std::int64_t>(all.photos.size()), zip.written(), 0};
    for (const auto& one : evidence.steps) facts.unsigned_steps += !one.proof;
    return facts;
}

} // namespace chengge::cases
