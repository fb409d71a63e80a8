// The cases under the audit: recomputes every chain, folds every step's changes and compares with the
// rows. Ranges of cases are read in order, several at a time; nothing of one case needs another.
#include "cases/case_audit.hpp"

#include <charconv>
#include <map>
#include <unordered_map>

#include "base/digest.hpp"
#include "base/text.hpp"
#include "cases/audit_parts.hpp"
#include "cases/case_state.hpp"
#include "cases/chain.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using storage::Transaction;

namespace {

constexpr int cases_at_once = 100; // read in one snapshot

using Fields = std::unordered_map<std::string_view, std::string_view>;

// An empty or zero field says as much as none.
bool says_nothing(std::string_view value) { return value.empty() || value == "0"; }

void fold(Fields& fields, std::string_view changes) {
    while (!changes.empty()) {
        const auto end = changes.find('\n');
        const auto line = changes.substr(0, end);
        changes.remove_prefix(end == std::string_view::npos ? changes.size() : end + 1);
        if (const auto equals = line.find('='); equals != std::string_view::npos) fields.insert_or_assign(line.substr(0, equals), line.substr(equals + 1));
    }
}

// The numbers of a platform's day: which of them were met.
class NumberCensus {
public:
    explicit NumberCensus(const storage::Rows& sequences) {
        for (const auto row : sequences) met_[row.text("platform") + "-" + row.text("day")].resize(static_cast<std::size_t>(row.integer("last")));
    }
    void add(std::string_view case_no) {
        const auto dash = case_no.rfind('-');
        std::size_t number = 0;
        std::from_chars(case_no.data() + dash + 1, case_no.data() + case_no.size(), number);
        const std::lock_guard lock(mutex_);
        const auto day = met_.find(std::string(case_no.substr(0, dash)));
        // Later ones were given while the audit ran.
        if (day != met_.end() && number > 0 && number <= day->second.size()) day->second[number - 1] = true;
    }
    void tell(FaultList& faults) const {
        for (const auto& [day, met] : met_)
            for (std::size_t i = 0; i < met.size(); ++i) {
                if (met[i]) continue;
                auto digits = std::to_string(i + 1);
                digits.insert(0, 5 - std::min<std::size_t>(5, digits.size()), '0');
                faults.add(order_of_feed - 1, day + "-" + digits + ": no case has this number");
            }
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::vector<bool>> met_;
};

// Photo files that were read already; each is read once.
struct CheckedPhotos {
    std::mutex mutex;
    std::map<std::string, std::string> faults; // SM3 → fault or empty
    std::int64_t count = 0;
};

struct Shared {
    const AuditParts& parts;
    FaultList faults;
    CheckedPhotos photos;
    FeedCensus* feed = nullptr;      // none: the cases alone are audited
    NumberCensus* numbers = nullptr;
    std::mutex mutex;
    std::int64_t next_key = 0;
    bool is_done = false;
    std::int64_t cases = 0, steps = 0, sealed = 0;
    std::map<std::int64_t, std::pair<std::int64_t, std::string>> unannounced; // case key → version, name
};

class CaseAuditor {
public:
    explicit CaseAuditor(Shared& shared) : shared_(shared) {}

    void audit(const AuditedCase& one, const std::vector<media::Media>& photos) {
        const auto& stored = one.stored;
        key_ = stored.key;
        name_ = stored.case_no.empty() ? format_uuid(stored.c.id) : stored.case_no;
        ++cases;
        if (shared_.numbers != nullptr && !stored.case_no.empty()) shared_.numbers->add(stored.case_no);
        const bool is_announced = shared_.feed == nullptr || shared_.feed->check(key_, stored.c.version);
        if (one.steps.empty()) return add(0, "has no steps");
        if (!audit_chain(one)) return;
        if (!one.misplaced.empty()) return add(0, "a row of " + one.misplaced + " stands in the wrong place");
        const auto& first = one.steps.front().step;
        if (stored.description != first.opinion) add(1, "the description differs from the report's words");
        audit_summary(one);
        audit_media(one, photos);
        if (is_announced) return;
        const std::lock_guard lock(shared_.mutex);
        shared_.unannounced[key_] = {stored.c.version, name_};
    }

    std::int64_t cases = 0, steps = 0, sealed = 0;

private:
    bool audit_chain(const AuditedCase& one) {
        const auto& stored = one.stored;
        std::string chain = chain_start(stored.c.id);
        Fields folded;
        folded.reserve(512);
        std::int64_t expected_seq = 0;
        for (const auto& step : one.steps) {
            ++steps;
            if (step.step.seq != ++expected_seq) return refuse(expected_seq, "is missing");
            if (!audit_words(one, step)) return false;
            if (chain_next(chain, chain_bytes(step.step, step.body_hash)) != step.chain) return refuse(step.step.seq, "does not fit the chain");
            chain = step.chain;
            fold(folded, step.step.changes);
        }
        if (stored.c.version != expected_seq) return refuse(expected_seq, "is the last step, the case says version " + std::to_string(stored.c.version));
        if (stored.chain != chain) return refuse(expected_seq, "does not end where the case says");
        compare(stored.c, folded);
        return true;
    }

    // Erased personal text leaves an empty salt; then only its hash is left to prove.
    bool audit_words(const AuditedCase& one, const StoredStep& step) {
        if (step.salt.empty()) return true;
        std::string contact;
        if (step.step.seq == 1 && one.has_contact) {
            if (shared_.parts.keys == nullptr) {
                ++sealed;
                return true;
            }
            const auto open = [&](const std::string& text) { return text.empty() ? std::optional<std::string>("") : identity::unseal(*shared_.parts.keys, text); };
            const auto name = open(one.sealed_name), phone = open(one.sealed_phone);
            if (!name || !phone) return refuse(1, "the sealed contact was changed");
            contact = contact_text(*name, *phone);
        }
        if (body_hash(step.salt, step.step.opinion, contact) != step.body_hash) return refuse(step.step.seq, "its words or the reporter's contact were changed");
        return true;
    }

    void compare(const rules::Case& c, Fields& folded) {
        for (const auto& [field, value] : rules::flatten(c)) {
            if (says_nothing(value)) continue;
            const auto found = folded.find(field);
            if (found == folded.end() || says_nothing(found->second)) return add(0, field + " is " + value + ", no step says so");
            if (found->second != value) return add(0, field + " is " + value + ", the steps say " + std::string(found->second));
            folded.erase(found);
        }
        for (const auto& [field, value] : folded)
            if (!says_nothing(value)) return add(0, std::string(field) + " is gone, the steps say " + std::string(value));
    }

    // The columns made for lists must follow from the case.
    void audit_summary(const AuditedCase& one) {
        const auto& stored = one.stored;
        if (rules_ == nullptr || rules_->version_sm3 != stored.c.rules_version) rules_ = shared_.parts.rules.find(stored.c.rules_version);
        if (!(one.summary == summarise(*rules_, stored.c))) add(0, "the list columns do not follow from the case");
        if (!stored.case_no.empty() && !stored.case_no.starts_with(stored.c.platform + "-" + stored.c.accepted_day + "-")) add(0, "the case number is not of its platform and day");
    }

    void audit_media(const AuditedCase& one, const std::vector<media::Media>& photos) {
        std::size_t expected = 0;
        for (const auto& step : one.steps) {
            std::vector<std::string> of_step, linked;
            for (const auto& photo : step.step.media) of_step.push_back(photo.sm3_hex);
            for (const auto& row : one.media) {
                if (row.seq != step.step.seq) continue;
                linked.push_back(row.sm3_hex);
                if (row.moment != moment_of(step.step.action)) add(row.seq, "a photo was moved to another moment");
            }
            expected += of_step.size();
            if (of_step != linked) add(step.step.seq, "its photos were changed");
        }
        if (one.media.size() != expected) add(0, "a photo is linked that no step has");
        if (shared_.parts.media == nullptr) return;
        for (const auto& row : one.media) {
            const auto photo = std::find_if(photos.begin(), photos.end(), [&](const media::Media& each) { return each.id == row.media_id; });
            if (photo == photos.end()) {
                add(row.seq, "a photo's record is gone");
                continue;
            }
            if (to_hex(photo->sm3) != row.sm3_hex) add(row.seq, "a photo's record is another's");
            if (const auto fault = check_file(*photo, row.sm3_hex); !fault.empty()) add(row.seq, "a photo's file: " + fault);
        }
    }

    std::string check_file(const media::Media& photo, const std::string& sm3_hex) {
        auto& photos = shared_.photos;
        {
            const std::lock_guard lock(photos.mutex);
            if (const auto known = photos.faults.find(sm3_hex); known != photos.faults.end()) return known->second;
        }
        auto fault = shared_.parts.media->check_file(photo).value_or("");
        const std::lock_guard lock(photos.mutex);
        photos.count += photos.faults.emplace(sm3_hex, fault).second;
        return fault;
    }

    bool refuse(std::int64_t seq, const std::string& reason) {
        add(seq, reason);
        return false;
    }

    void add(std::int64_t seq, const std::string& reason) {
        shared_.faults.add(key_, name_ + (seq > 0 ? " step " + std::to_string(seq) : "") + ": " + reason);
    }

    Shared& shared_;
    std::shared_ptr<const rules::Rules> rules_;
    std::int64_t key_ = 0;
    std::string name_;
};

// The next range of keys for one thread; nothing when all are given out.
std::optional<std::pair<std::int64_t, std::int64_t>> take_range(Shared& shared) {
    const std::lock_guard lock(shared.mutex);
    if (shared.is_done) return std::nullopt;
    const auto keys = shared.parts.database.read([&](Transaction& transaction) {
        return transaction.run(sql::list_case_keys, {{"after", shared.next_key}, {"rows", cases_at_once}});
    });
    shared.is_done = keys.empty();
    if (keys.empty()) return std::nullopt;
    shared.next_key = keys[keys.size() - 1].integer("case_key");
    return std::pair{keys[0].integer("case_key"), shared.next_key};
}

void audit_ranges(Shared& shared) {
    CaseAuditor auditor(shared);
    while (const auto range = take_range(shared)) {
        std::vector<media::Media> photos;
        const auto all = shared.parts.database.read([&](Transaction& transaction) {
            auto loaded = load_case_range(transaction, range->first, range->second);
            std::vector<Uuid> ids;
            for (const auto& one : loaded)
                for (const auto& row : one.media) ids.push_back(row.media_id);
            std::sort(ids.begin(), ids.end());
            ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
            photos = shared.parts.media != nullptr && !ids.empty() ? shared.parts.media->find_all(transaction, ids) : std::vector<media::Media>{};
            return loaded;
        });
        for (const auto& one : all) auditor.audit(one, photos);
    }
    const std::lock_guard lock(shared.mutex);
    shared.cases += auditor.cases;
    shared.steps += auditor.steps;
    shared.sealed += auditor.sealed;
}

// Cases whose steps the feed did not announce each once; a step recorded while the audit ran stands
// behind the place where it left the feed.
void tell_unannounced(Shared& shared, storage::FeedPosition feed_end) {
    if (shared.unannounced.empty()) return;
    std::map<std::int64_t, std::uint64_t> later;
    for (bool has_more = true; has_more;) {
        const auto page = shared.parts.database.read([&](Transaction& transaction) { return storage::read_feed(transaction, feed_end, 5000); });
        has_more = !page.empty();
        for (const auto& entry : page) {
            feed_end = entry.position;
            const auto found = shared.unannounced.find(entry.subject_key);
            if (announces_step(entry.kind) && found != shared.unannounced.end() && entry.version <= found->second.first) later[entry.subject_key] += FeedCensus::entry(entry.version);
        }
    }
    for (const auto& [key, one] : shared.unannounced)
        if (shared.feed->of(key) + later[key] != FeedCensus::expected(one.first)) shared.faults.add(key, one.second + ": the feed does not announce each of its steps once");
}

void tell(Shared& shared, AuditReport& report, int faults_max) {
    report.cases = shared.cases;
    report.steps = shared.steps;
    report.photos = shared.photos.count;
    if (shared.sealed > 0) report.notes.push_back(std::to_string(shared.sealed) + " reporters' contacts could not be proven: the key that unseals them is not here");
    shared.faults.tell(report, faults_max);
}

} // namespace

AuditReport audit_cases(storage::Database& database, RuleSets& rules, const identity::SecretKeys& keys, media::MediaService* media, int faults_max) {
    const AuditParts parts{database, rules, &keys, media};
    Shared shared{parts};
    audit_ranges(shared);
    AuditReport report;
    tell(shared, report, faults_max);
    return report;
}

Result<AuditReport> audit_city(const AuditParts& parts, const AuditOptions& options) {
    if (!options.witness.empty()) TRY(parse_json(options.witness));
    AuditReport report;
    Shared shared{parts};
    // Numbers and feed are counted up to what was there at the beginning.
    std::int64_t last_key = 0;
    NumberCensus numbers(parts.database.read([&](Transaction& transaction) {
        last_key = transaction.run(sql::last_case_key)[0].integer("case_key");
        return transaction.run(sql::list_case_sequences);
    }));
    FeedCensus feed(last_key);
    const auto feed_end = audit_feed(parts.database, options, feed, shared.faults, report);
    shared.feed = &feed;
    shared.numbers = &numbers;
    run_threads(options.threads, [&] { audit_ranges(shared); });
    tell_unannounced(shared, feed_end);
    for (auto key = feed.next_unseen(0); key != 0; key = feed.next_unseen(key))
        shared.faults.add(order_of_feed, "the case with the key " + std::to_string(key) + " is gone, its steps are announced");
    numbers.tell(shared.faults);
    tell(shared, report, options.faults_max);
    return report;
}

CityCounts count_city(Transaction& transaction) {
    const auto rows = transaction.run(sql::count_city);
    return {rows[0].integer("cases"), rows[0].integer("steps"), rows[0].integer("media"), rows[0].integer("roots")};
}

} // namespace chengge::cases
