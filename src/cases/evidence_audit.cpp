// The audit of an evidence pack by itself: what came from elsewhere is believed nothing.
#include <algorithm>
#include <set>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "cases/audit_parts.hpp"
#include "cases/case_service.hpp"
#include "cases/evidence.hpp"
#include "cases/merkle.hpp"

namespace chengge::cases {

namespace {

using Members = std::map<std::string, std::string_view, std::less<>>;

// A member of a pack that must be an object; JSON of any kind may come.
std::map<std::string, std::string> read_names(JsonReader& reader, std::string_view name) {
    std::map<std::string, std::string> names;
    const auto* value = reader.find(name);
    if (value == nullptr) return names;
    if (!value->is_object()) {
        reader.refuse(name, "must be an object");
        return names;
    }
    for (const auto& member : value->get_object())
        if (member.value().is_string()) names[std::string(member.key())] = std::string(member.value().get_string());
    return names;
}

// Texts of ours, read back byte for byte: no trimming, no normal form.
std::string read_exact(const json::value& object, std::string_view name) {
    const auto* value = object.as_object().if_contains({name.data(), name.size()});
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::optional<MerkleProof> read_proof(JsonReader& step) {
    const auto* value = step.find("proof");
    if (value == nullptr) return std::nullopt;
    JsonReader reader(*value);
    MerkleProof proof;
    proof.root = reader.integer("root");
    proof.index = reader.integer("index");
    const auto* siblings = reader.find("siblings");
    if (siblings == nullptr || !siblings->is_array() || siblings->get_array().size() > 64) reader.refuse("siblings", "must be a short list");
    else
        for (const auto& sibling : siblings->get_array()) proof.siblings.push_back(sibling.is_string() ? from_hex(std::string_view(sibling.get_string())) : "");
    if (reader.error()) step.refuse("proof", "cannot be read");
    return proof;
}

class PackAuditor {
public:
    PackAuditor(Members members, const std::optional<PublicKey>& trusted, const std::string& program) : members_(std::move(members)), trusted_(trusted), program_(program) {}

    Result<AuditReport> run() {
        audit_manifest();
        TRY(read_case());
        TRY(read_roots());
        read_rules();
        audit_chain();
        audit_photos();
        audit_proofs();
        audit_texts();
        report_.cases = 1;
        report_.steps = static_cast<std::int64_t>(evidence_.steps.size());
        report_.roots = static_cast<std::int64_t>(roots_.size());
        if (!roots_.empty()) report_.signed_until = roots_.back().day;
        if (!trusted_ && !roots_.empty()) report_.notes.push_back("signed with " + roots_.back().key_id + "; that this is the city's key is not proven: ask for it and give it with --key");
        report_.faults_found = static_cast<std::int64_t>(report_.faults.size());
        return report_;
    }

private:
    void add(const std::string& fault) { report_.faults.push_back(fault); }
    void add(std::int64_t seq, const std::string& reason) { add("step " + std::to_string(seq) + ": " + reason); }

    std::string_view member(std::string_view name) const {
        const auto found = members_.find(name);
        return found == members_.end() ? std::string_view() : found->second;
    }

    void audit_manifest() {
        const auto parsed = parse_json(member("manifest.json"));
        const auto* object = parsed ? parsed->if_object() : nullptr;
        const auto* files = object == nullptr ? nullptr : object->if_contains("files");
        if (files == nullptr || !files->is_array()) return add("manifest.json is missing or cannot be read");
        std::set<std::string, std::less<>> listed{"manifest.json"};
        for (const auto& one : files->get_array()) {
            JsonReader reader(one);
            const auto path = reader.text("path"), digest = reader.text("sm3");
            if (reader.error()) return add("manifest.json cannot be read");
            listed.insert(path);
            if (!members_.contains(path)) add(path + " is missing");
            else if (to_hex(sm3(member(path))) != digest) add(path + " is not the file that was packed");
        }
        for (const auto& [name, bytes] : members_)
            if (!listed.contains(name)) add(name + " is not listed");
    }

    Result<void> read_case() {
        const auto unreadable = [](const std::string& reason) { return fail("pack_unreadable", {{"reason", reason}}); };
        const auto parsed = parse_json(member("case.json"));
        if (!parsed || !parsed->is_object()) return unreadable("case.json is missing or no JSON");
        JsonReader reader(*parsed);
        if (reader.text("format") != "chengge-evidence-1") return unreadable("case.json is of another format");
        const auto id = parse_uuid(reader.text("case_id", 36));
        evidence_.case_no = read_exact(*parsed, "case_no");
        evidence_.platform = reader.text("platform", 64);
        evidence_.made_ms = reader.integer("made_ms");
        evidence_.program = reader.text("program", 64);
        evidence_.contact_state = reader.text("contact", 16);
        evidence_.contact_name = read_exact(*parsed, "contact_name");
        evidence_.contact_phone = read_exact(*parsed, "contact_phone");
        evidence_.photos = read_names(reader, "photos");
        evidence_.people = read_names(reader, "people");
        evidence_.organisations = read_names(reader, "organisations");
        evidence_.roles = read_names(reader, "roles");
        const auto* steps = reader.find("steps");
        if (reader.error() || !id || steps == nullptr || !steps->is_array() || steps->get_array().empty()) return unreadable("case.json lacks what a case has");
        evidence_.case_id = *id;
        for (const auto& value : steps->get_array()) {
            if (!value.is_object()) return unreadable("case.json has a step that is none");
            JsonReader step(value);
            const auto seq = static_cast<std::int64_t>(evidence_.steps.size()) + 1;
            auto digits = std::to_string(seq);
            digits.insert(0, 4 - std::min<std::size_t>(4, digits.size()), '0');
            const auto chained = parse_chain_bytes(member("chain/" + digits + ".bin"));
            if (!chained) return unreadable("chain/" + digits + ".bin is missing or holds no step");
            EvidenceStep one{chained->step, from_hex(read_exact(value, "salt")), chained->body_hash, from_hex(read_exact(value, "chain")), read_proof(step)};
            one.step.opinion = read_exact(value, "opinion");
            if (step.error()) return unreadable("step " + std::to_string(seq) + " has a proof that is none");
            evidence_.steps.push_back(std::move(one));
        }
        return {};
    }

    Result<void> read_roots() {
        const auto parsed = parse_json(member("roots.json"));
        const auto* object = parsed ? parsed->if_object() : nullptr;
        const auto* keys = object == nullptr ? nullptr : object->if_contains("keys");
        const auto* roots = object == nullptr ? nullptr : object->if_contains("roots");
        if (keys == nullptr || roots == nullptr || !keys->is_array() || !roots->is_array()) return fail("pack_unreadable", {{"reason", "roots.json is missing or no JSON"}});
        for (const auto& value : keys->get_array()) {
            auto key = key_of_json(value);
            if (!key) return fail("pack_unreadable", {{"reason", "roots.json holds a key that is none"}});
            keys_.push_back(std::move(*key));
        }
        for (const auto& value : roots->get_array()) {
            auto root = root_of_json(value);
            if (!root) return fail("pack_unreadable", {{"reason", "roots.json holds a root that is none"}});
            roots_.push_back(std::move(*root));
        }
        return {};
    }

    void read_rules() {
        std::set<std::string> versions;
        for (const auto& one : evidence_.steps) versions.insert(one.step.rules_version);
        for (const auto& version : versions) {
            const auto name = "rules/" + version + ".json";
            if (!members_.contains(name)) {
                report_.notes.push_back("the rule set " + version + " is not in the pack: its words are codes");
                continue;
            }
            const auto parsed = parse_json(member(name));
            std::map<std::string, std::string> files;
            if (parsed && parsed->is_object())
                for (const auto& one : parsed->get_object())
                    if (one.value().is_string()) files[std::string(one.key())] = std::string(one.value().get_string());
            if (files.empty()) {
                add(name + " is no rule set");
                continue;
            }
            auto loaded = rules::load_rules(rules::RulesOptions{.folder = "", .overlay_folder = "", .files = std::move(files)});
            if (!loaded) report_.notes.push_back(name + " cannot be read by this program: " + loaded.error().front().reason);
            else if ((*loaded)->version_sm3 != version) add(name + " is not the rule set of that SM3");
            else rules_.emplace(version, std::move(*loaded));
        }
    }

    void audit_chain() {
        auto chain = chain_start(evidence_.case_id);
        std::int64_t seq = 0;
        bool is_left_out = false;
        for (const auto& one : evidence_.steps) {
            if (one.step.seq != ++seq || one.step.case_id != evidence_.case_id) return add(seq, "is missing, another stands in its place");
            if (chain_next(chain, chain_bytes(one.step, one.body_hash)) != one.chain) return add(seq, "does not fit the chain");
            chain = one.chain;
            if (one.step.platform != evidence_.platform && seq == 1) add(seq, "is of another platform");
            // Erased words leave an empty salt; then only their hash is left.
            if (one.salt.empty()) {
                report_.notes.push_back("the words of step " + std::to_string(seq) + " were erased");
                continue;
            }
            if (seq == 1 && evidence_.contact_state == "left_out") {
                is_left_out = true;
                continue;
            }
            const auto contact = seq == 1 ? contact_text(evidence_.contact_name, evidence_.contact_phone) : std::string();
            if (body_hash(one.salt, one.step.opinion, contact) != one.body_hash) add(seq, "its words or the reporter's contact were changed");
        }
        if (is_left_out) report_.notes.emplace_back("the reporter's contact was left out: the words of step 1 are not proven");
        if (!evidence_.case_no.empty() && !evidence_.case_no.starts_with(evidence_.platform + "-")) add("the case number is not of its platform");
    }

    void audit_photos() {
        std::set<std::string> wanted;
        for (const auto& one : evidence_.steps)
            for (const auto& photo : one.step.media) {
                if (!wanted.insert(photo.sm3_hex).second) continue;
                const auto found = evidence_.photos.find(photo.sm3_hex);
                if (found == evidence_.photos.end() || !members_.contains(found->second)) add(one.step.seq, "a photo is missing");
                else if (to_hex(sm3(member(found->second))) != photo.sm3_hex) add(one.step.seq, "a photo is not the one that was taken");
                else ++report_.photos;
            }
        for (const auto& [sm3_hex, path] : evidence_.photos)
            if (!path.starts_with("media/") || !wanted.contains(sm3_hex)) add(path + " belongs to no step");
    }

    void audit_proofs() {
        auto proof = prove_roots(keys_, roots_, roots_.empty() ? std::nullopt : trusted_, false);
        report_.faults.insert(report_.faults.end(), proof.faults.begin(), proof.faults.end());
        report_.notes.insert(report_.notes.end(), proof.notes.begin(), proof.notes.end());
        if (trusted_ && roots_.empty()) add("no step of this pack is signed: the given key proves nothing");
        std::string unsigned_steps;
        for (const auto& one : evidence_.steps) {
            if (!one.proof) {
                unsigned_steps += (unsigned_steps.empty() ? "" : ", ") + std::to_string(one.step.seq);
                continue;
            }
            const auto root = std::find_if(roots_.begin(), roots_.end(), [&](const SignedRoot& each) { return each.number == one.proof->root; });
            if (root == roots_.end()) add(one.step.seq, "the root that proves it is missing");
            else if (root_of_proof(merkle_leaf(one.chain), one.proof->index, root->leaf_count, one.proof->siblings) != root->merkle_root) add(one.step.seq, "is not under the signed root of " + root->day);
            else if (root->platform != evidence_.platform) add(one.step.seq, "is signed by another platform");
        }
        if (!unsigned_steps.empty()) report_.notes.push_back("not under a signed root yet: step " + unsigned_steps);
    }

    // What people read must say what was proven.
    void audit_texts() {
        if (to_json_text(to_json(evidence_)) + "\n" != member("case.json")) add("case.json does not say what the chain says");
        if (evidence_.program != program_) report_.notes.push_back("the page was written by version " + evidence_.program + " and is not compared");
        else if (evidence_page(evidence_, rules_, roots_) != member("index.html")) add("index.html does not say what the steps say");
    }

    Members members_;
    const std::optional<PublicKey>& trusted_;
    const std::string& program_;
    EvidenceCase evidence_;
    std::vector<RootKey> keys_;
    std::vector<SignedRoot> roots_;
    EvidenceRules rules_;
    AuditReport report_;
};

} // namespace

Result<AuditReport> audit_pack(std::string_view bytes, const std::optional<PublicKey>& trusted, const std::string& program) {
    TRY_ASSIGN(members, read_zip(bytes));
    return PackAuditor(std::move(members), trusted, program).run();
}

} // namespace chengge::cases
