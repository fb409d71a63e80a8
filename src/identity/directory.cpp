// The directory snapshot: look-ups over immutable vectors.
#include <algorithm>

#include "base/assert.hpp"
#include "identity/identity_service.hpp"

namespace chengge::identity {

std::shared_ptr<const Directory> Directory::make(std::vector<Organisation> organisations,
                                                 std::vector<Person> people) {
    auto directory = std::make_shared<Directory>();
    directory->organisations_ = std::move(organisations);
    directory->people_ = std::move(people);
    for (std::size_t i = 0; i < directory->organisations_.size(); ++i) {
        const auto& organisation = directory->organisations_[i];
        ASSERT(directory->organisation_at_.emplace(organisation.key, i).second);
        directory->organisation_by_code_.emplace(organisation.code, i);
        if (organisation.parent_key)
            directory->children_[*organisation.parent_key].push_back(organisation.key);
    }
    // Whoever took over sees what was handled before.
    for (const auto& organisation : directory->organisations_)
        for (const auto successor : organisation.successors)
            if (successor != organisation.key) directory->children_[successor].push_back(organisation.key);
    for (std::size_t i = 0; i < directory->people_.size(); ++i) {
        const auto& person = directory->people_[i];
        ASSERT(directory->person_at_.emplace(person.key, i).second);
        directory->person_by_id_.emplace(person.id, i);
        directory->person_by_login_.emplace(person.login, i);
    }
    return directory;
}

const Organisation* Directory::find_organisation(std::int64_t key) const {
    const auto found = organisation_at_.find(key);
    return found == organisation_at_.end() ? nullptr : &organisations_[found->second];
}

const Organisation* Directory::find_organisation(std::string_view code) const {
    const auto found = organisation_by_code_.find(std::string(code));
    return found == organisation_by_code_.end() ? nullptr : &organisations_[found->second];
}

const Person* Directory::find_person(std::int64_t key) const {
    const auto found = person_at_.find(key);
    return found == person_at_.end() ? nullptr : &people_[found->second];
}

const Person* Directory::find_person(const Uuid& id) const {
    const auto found = person_by_id_.find(id);
    return found == person_by_id_.end() ? nullptr : &people_[found->second];
}

const Person* Directory::find_person_by_login(std::string_view login) const {
    const auto found = person_by_login_.find(std::string(login));
    return found == person_by_login_.end() ? nullptr : &people_[found->second];
}

std::vector<std::int64_t> Directory::subtree(std::int64_t organisation_key) const {
    std::vector<std::int64_t> keys{organisation_key};
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto found = children_.find(keys[i]);
        if (found == children_.end()) continue;
        for (const auto key : found->second)
            if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    }
    std::sort(keys.begin(), keys.end());
    return keys;
}

const Organisation* Directory::command_center_of(std::int64_t organisation_key) const {
    const auto* unit = find_organisation(organisation_key);
    if (unit == nullptr || unit->kind == "city_command_center") return nullptr;
    const auto find_center = [&](auto&& fits) -> const Organisation* {
        for (const auto& organisation : organisations_)
            if (organisation.is_open && fits(organisation)) return &organisation;
        return nullptr;
    };
    if (unit->kind != "district_command_center") {
        const auto* above = unit;
        for (std::size_t steps = 0; above->parent_key && steps < organisations_.size(); ++steps) {
            above = find_organisation(*above->parent_key);
            if (above == nullptr) break;
            if (above->kind == "district_command_center" && above->is_open) return above;
        }
        if (!unit->region_code.empty())
            if (const auto* center = find_center([&](const Organisation& organisation) {
                    return organisation.kind == "district_command_center" &&
                           organisation.region_code == unit->region_code;
                }))
                return center;
    }
    return find_center([](const Organisation& organisation) {
        return organisation.kind == "city_command_center";
    });
}

std::vector<const Person*>
Directory::people_with_role(std::string_view role,
                            std::optional<std::int64_t> organisation_key) const {
    std::vector<const Person*> found;
    for (const auto& person : people_)
        if (person.is_active &&
            (!organisation_key || person.organisation_key == *organisation_key) &&
            std::find(person.roles.begin(), person.roles.end(), role) != person.roles.end())
            found.push_back(&person);
    return found;
}

} // namespace chengge::identity
