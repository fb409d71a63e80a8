// chengge audit: recomputes what the chain proves and compares it with what the tables say.
#include <algorithm>
#include <map>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "cases/case_state.hpp"
#include "cases/chain.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using storage::Blob;
using storage::Transaction;

namespace {

using Fields = std::map<std::string, std::string>;

void set_field(Fields& fields, const std::string& name, const std::string& value) {
    // An empty or zero field says as much as none.
    if (value.empty() || value == "0") fields.erase(name);
    else fields[name] = value;
}

void fold(Fields& fields, const std::string& changes) {
    for (const auto& line : split(changes, '\n')) {
        const auto equals = line.find('=');
        if (equals != std::string::npos) set_field(fields, line.substr(0, equals), line.substr(equals + 1));
    }
}

class Auditor {
public:
    Auditor(RuleSets& rules, const identity::SecretKeys& keys, media::MediaService* media, AuditReport& report, int faults_max)
        : rules_(rules), keys_(keys), media_(media), report_(report), faults_max_(faults_max) {}

    void audit_case(Transaction& transaction, std::int64_t key) {
        const auto stored = load_case(transaction, key);
        if (!stored) return;
        name_ = stored->case_no.empty() ? format_uuid(stored->c.id) : stored->case_no;
        ++report_.cases;
        const auto steps = load_steps(transaction, key);
        if (steps.empty()) return add(0, "has no steps");
        std::string chain = chain_start(stored->c.id);
        Fields folded;
        std::int64_t expected_seq = 0;
        for (auto one : steps) {
            ++report_.steps;
            one.step.case_id = stored->c.id;
            if (one.step.seq != ++expected_seq) return add(expected_seq, "is missing");
            if (!audit_step(transaction, key, *stored, one, chain)) return;
            chain = one.chain;
            fold(folded, one.step.changes);
        }
        if (stored->c.version != expected_seq) return add(expected_seq, "is the last step, the case says version " + std::to_string(stored->c.version));
        if (stored->chain != chain) return add(expected_seq, "does not end where the case says");
        compare(stored->c, folded);
        if (stored->description != steps.front().step.opinion) add(1, "the description differs from the report's words");
        const auto set = rules_.find(stored->c.rules_version);
        audit_summary(transaction, key, *stored, *set);
        audit_media(transaction, key, steps);
    }

private:
    bool audit_step(Transaction& transaction, std::int64_t key, const StoredCase&, const StoredStep& one, const std::string& previous) {
        std::string contact;
        if (one.step.seq == 1) {
            const auto rows = transaction.run(sql::load_contact, {{"case_key", key}});
            if (!rows.empty()) {
                const auto open = [&](const char* column) -> std::optional<std::string> {
                    if (rows[0].is_null(column)) return std::string();
                    return identity::unseal(keys_, rows[0].bytes(column));
                };
                const auto name = open("sealed_name");
                const auto phone = open("sealed_phone");
                if (!name || !phone) {
                    add(1, "the sealed contact was changed");
                    return false;
                }
                contact = contact_text(*name, *phone);
            }
        }
        // Erased personal text leaves an empty salt; then only its hash is left to prove.
        if (!one.salt.empty() && body_hash(one.salt, one.step.opinion, contact) != one.body_hash) {
            add(one.step.seq, "its words or the reporter's contact were changed");
            return false;
        }
        if (chain_next(previous, chain_bytes(one.step, one.body_hash)) != one.chain) {
            add(one.step.seq, "does not fit the chain");
            return false;
        }
        return true;
    }

    void compare(const rules::Case& c, const Fields& folded) {
        Fields present;
        for (const auto& [field, value] : rules::flatten(c)) set_field(present, field, value);
        for (const auto& [field, value] : folded) {
            const auto found = present.find(field);
            if (found == present.end()) return add(0, field + " is gone, the steps say " + value);
            if (found->second != value) return add(0, field + " is " + found->second + ", the steps say " + value);
        }
        for (const auto& [field, value] : present)
            if (!folded.contains(field)) return add(0, field + " is " + value + ", no step says so");
    }

    // The columns made for lists must follow from the case.
    void audit_summary(Transaction& transaction, std::int64_t key, const StoredCase& stored, const rules::Rules& rules) {
        const auto row_values = transaction.run(sql::load_case, {{"case_key", key}});
        const auto row = row_values[0];
        CaseSummaryFields present{row.integer("is_open"), row.text("stage"), row.maybe_integer("stage_deadline_ms"), row.maybe_integer("stage_yellow_ms"),
                                  row.maybe_integer("handling_deadline_ms"), row.maybe_integer("handling_yellow_ms"), row.text("unit")};
        if (!(present == summarise(rules, stored.c))) add(0, "the list columns do not follow from the case");
        if (!stored.case_no.empty() && !stored.case_no.starts_with(stored.c.platform + "-" + stored.c.accepted_day + "-")) add(0, "the case number is not of its platform and day");
    }

    void audit_media(Transaction& transaction, std::int64_t key, const std::vector<StoredStep>& steps) {
        const auto rows = load_case_media(transaction, key);
        std::size_t expected = 0;
        for (const auto& one : steps) {
            std::vector<std::string> of_step, linked;
            for (const auto& photo : one.step.media) of_step.push_back(photo.sm3_hex);
            for (const auto& row : rows)
                if (row.seq == one.step.seq) {
                    linked.push_back(row.sm3_hex);
                    if (row.moment != moment_of(one.step.action)) add(row.seq, "a photo was moved to another moment");
                }
            expected += of_step.size();
            if (of_step != linked) add(one.step.seq, "its photos were changed");
        }
        if (rows.size() != expected) add(0, "a photo is linked that no step has");
        if (media_ == nullptr) return;
        std::vector<Uuid> ids;
        for (const auto& row : rows) ids.push_back(row.media_id);
        if (ids.empty()) return;
        const auto photos = media_->find_all(transaction, ids);
        for (const auto& row : rows) {
            const auto photo = std::find_if(photos.begin(), photos.end(), [&](const media::Media& one) { return one.id == row.media_id; });
            if (photo == photos.end()) {
                add(row.seq, "a photo's record is gone");
                continue;
            }
            if (to_hex(photo->sm3) != row.sm3_hex) add(row.seq, "a photo's record is another's");
            const auto [known, is_new] = checked_.try_emplace(row.sm3_hex);
            if (is_new) {
                ++report_.photos;
                known->second = media_->check_file(*photo).value_or("");
            }
            if (!known->second.empty()) add(row.seq, "a photo's file: " + known->second);
        }
    }

    void add(std::int64_t seq, const std::string& reason) {
        if (report_.faults.size() >= static_cast<std::size_t>(faults_max_)) return;
        report_.faults.push_back(name_ + (seq > 0 ? " step " + std::to_string(seq) : "") + ": " + reason);
    }

    RuleSets& rules_;
    const identity::SecretKeys& keys_;
    media::MediaService* media_;
    AuditReport& report_;
    int faults_max_;
    std::string name_;
    std::map<std::string, std::string> checked_; // photo → fault or empty
};

} // namespace

AuditReport audit_cases(storage::Database& database, RuleSets& rules, const identity::SecretKeys& keys, media::MediaService* media, int faults_max) {
    AuditReport report;
    Auditor auditor(rules, keys, media, report, faults_max);
    std::int64_t after = 0;
    for (bool has_more = true; has_more;) {
        has_more = database.read([&](Transaction& transaction) {
            const auto rows = transaction.run(sql::list_case_keys, {{"after", after}});
            for (const auto row : rows) {
                after = row.integer("case_key");
                auditor.audit_case(transaction, after);
            }
            return !rows.empty();
        });
    }
    return report;
}

} // namespace chengge::cases
