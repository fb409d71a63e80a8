#include <map>
#include <mutex>

#include "base/crash_point.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "cases/case_service.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

struct RuleSets::State {
    explicit State(storage::Database& database_) : database(database_) {}
    storage::Database& database;
    std::mutex mutex;
    std::shared_ptr<const rules::Rules> current;
    std::map<std::string, std::shared_ptr<const rules::Rules>> known;
};

RuleSets::RuleSets(storage::Database& database, std::shared_ptr<const rules::Rules> current) : state_(std::make_shared<State>(database)) {
    state_->known[current->version_sm3] = current;
    state_->current = std::move(current);
}

std::shared_ptr<const rules::Rules> RuleSets::current() const {
    const std::lock_guard lock(state_->mutex);
    return state_->current;
}

void RuleSets::publish(std::shared_ptr<const rules::Rules> set, std::int64_t now_ms) {
    store(*set, now_ms);
    CRASH_POINT("rules.published");
    use(std::move(set));
}

void RuleSets::store(const rules::Rules& set, std::int64_t now_ms) {
    json::object files;
    for (const auto& [name, text] : set.files) files[name] = text;
    const auto bytes = to_json_text(files);
    (void)state_->database.write([&](storage::Transaction& transaction) -> Result<void> {
        transaction.run(sql::store_rule_set, {{"version_sm3", set.version_sm3}, {"loaded_ms", now_ms}, {"files", storage::Blob{bytes}}});
        return {};
    });
}

void RuleSets::use(std::shared_ptr<const rules::Rules> set) {
    const std::lock_guard lock(state_->mutex);
    state_->known[set->version_sm3] = set;
    state_->current = std::move(set);
}

std::shared_ptr<const rules::Rules> RuleSets::find(const std::string& version) {
    {
        const std::lock_guard lock(state_->mutex);
        if (const auto found = state_->known.find(version); found != state_->known.end()) return found->second;
    }
    auto set = current();
    const auto rows = state_->database.read([&](storage::Transaction& transaction) {
        return transaction.run(sql::load_rule_set, {{"version_sm3", version}});
    });
    if (!rows.empty()) {
        std::map<std::string, std::string> files;
        if (const auto parsed = parse_json(rows[0].bytes("files")); parsed && parsed->is_object())
            for (const auto& member : parsed->get_object()) files[std::string(member.key())] = std::string(member.value().as_string());
        if (auto loaded = rules::load_rules(rules::RulesOptions{.folder = "", .overlay_folder = "", .files = files})) set = *loaded;
        else log_error("a stored rule set cannot be read; the current one is used", {{"version", version}});
    }
    const std::lock_guard lock(state_->mutex);
    state_->known[version] = set;
    return set;
}

} // namespace chengge::cases
