// 机构调整 as the directory sees it: names, validity, who stands below whom, who took over, where people work.
#include "identity/queries.hpp"
#include "identity/state.hpp"
#include "storage/feed.hpp"

namespace chengge::identity {

using storage::Blob;

Result<void> IdentityService::check_organisation(const NewOrganisation& organisation) const {
    const auto directory = state_->get_directory();
    if (!is_organisation_code(organisation.code)) return fail("organisation_code_invalid", {{"code", organisation.code}});
    if (state_->posts.find_kind(organisation.kind) == nullptr) return fail("organisation_kind_unknown", {{"kind", organisation.kind}});
    if (directory->find_organisation(organisation.code) != nullptr) return fail("organisation_code_taken", {{"code", organisation.code}});
    if (!organisation.parent_code.empty() && directory->find_organisation(organisation.parent_code) == nullptr) return fail("organisation_unknown", {{"organisation", organisation.parent_code}});
    return {};
}

Result<void> IdentityService::reorganise(storage::Transaction& transaction, const Reorganisation& plan, std::int64_t at_ms) {
    const auto key_of = [&](const std::string& code) -> Result<std::int64_t> {
        const auto key = find_organisation_key(transaction, code);
        if (!key) return fail("organisation_unknown", {{"organisation", code}});
        return *key;
    };
    for (const auto& one : plan.added) {
        std::optional<std::int64_t> parent;
        if (!one.parent_code.empty()) {
            TRY_ASSIGN(key, key_of(one.parent_code));
            parent = key;
        }
        if (!insert_organisation(transaction, one, parent, at_ms)) return fail("organisation_code_taken", {{"code", one.code}});
    }
    for (const auto& one : plan.renamed) {
        TRY(key_of(one.code));
        transaction.run(sql::keep_organisation_name, {{"code", one.code}, {"at_ms", at_ms}});
        transaction.run(sql::rename_organisation, {{"code", one.code}, {"name", one.name}, {"short_name", one.short_name}});
    }
    for (const auto& code : plan.closed) {
        TRY(key_of(code));
        transaction.run(sql::close_organisation, {{"code", code}, {"at_ms", at_ms}});
    }
    for (const auto& [from, to] : plan.successions) transaction.run(sql::add_succession, {{"from_code", from}, {"to_code", to}, {"at_ms", at_ms}});
    for (const auto& [code, parent] : plan.parents) {
        TRY_ASSIGN(key, key_of(parent));
        transaction.run(sql::move_organisation, {{"code", code}, {"parent_key", key}});
    }
    for (const auto& [person, organisation] : plan.people) {
        TRY_ASSIGN(key, key_of(organisation));
        transaction.run(sql::move_person, {{"person_id", Blob{person.raw()}}, {"organisation_key", key}, {"at_ms", at_ms}});
    }
    storage::append_feed(transaction, {.kind = "directory", .recorded_ms = at_ms});
    return {};
}

} // namespace chengge::identity
