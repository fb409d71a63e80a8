// Whom a happening concerns: audiences of data/notices/audiences.csv as people.
#include <algorithm>
#include <set>

#include "notices/notice_state.hpp"
#include "notices/queries.hpp"

namespace chengge::notices {

using identity::Directory;
using identity::Person;

namespace {

bool has_role(const Person& person, const std::vector<std::string>& roles) {
    return std::any_of(person.roles.begin(), person.roles.end(), [&](const std::string& role) { return std::find(roles.begin(), roles.end(), role) != roles.end(); });
}

bool is_citizen(const Person& person) { return has_role(person, {"citizen"}); }

// Adds each person once and never the one whose act it was.
class Found {
public:
    explicit Found(const Happening& happening) : happening_(happening) {}

    void add(const Person* person, const rules::StageClock* clock = nullptr, std::string case_name = "", bool has_left_number = false) {
        if (person == nullptr || !person->is_active || person->id == happening_.actor_id || !seen_.insert(person->id.raw()).second) return;
        people.push_back({person, std::nullopt, {}, clock, has_left_number, std::move(case_name)});
    }
    void add_posts(const Directory& directory, std::string_view organisation_code, const std::vector<std::string>& roles, const rules::StageClock* clock = nullptr) {
        const auto* organisation = directory.find_organisation(organisation_code);
        if (organisation == nullptr) return;
        for (const auto& role : roles)
            for (const auto* person : directory.people_with_role(role, organisation->key)) add(person, clock);
    }
    std::vector<Recipient> people;

private:
    const Happening& happening_;
    std::set<std::string> seen_;
};

void find_reporters(const Directory& directory, const Happening& happening, const std::vector<Reporter>& reporters, bool finds_staff, Found& found) {
    for (const auto& reporter : reporters) {
        const auto name = reporter.case_key == happening.case_key ? "" : name_of_case(reporter.case_id, reporter.case_no);
        const auto* person = reporter.person_id.is_nil() ? nullptr : directory.find_person(reporter.person_id);
        const bool is_staff = person != nullptr && !is_citizen(*person);
        if (finds_staff) {
            if (is_staff) found.add(person, nullptr, name);
            continue;
        }
        if (person != nullptr && !is_staff) found.add(person, nullptr, name, reporter.has_phone);
        // An operator registers for a caller: the number is the caller's, the account the operator's.
        if (reporter.has_phone) found.people.push_back({nullptr, reporter.case_key, reporter.case_id, nullptr, true, name});
    }
}

void find_holders(const Directory& directory, const Happening& happening, const std::vector<std::string>& roles, Found& found) {
    for (const auto index : happening.clocks) {
        const auto& clock = happening.stored.c.clocks[index];
        if (!clock.person_id.is_nil()) {
            const auto* person = directory.find_person(clock.person_id);
            const bool is_meant = std::find(roles.begin(), roles.end(), clock.role) != roles.end() || (person != nullptr && has_role(*person, roles));
            if (is_meant) found.add(person, &clock);
        } else if (std::find(roles.begin(), roles.end(), clock.role) != roles.end()) {
            found.add_posts(directory, clock.organisation, {clock.role}, &clock);
        }
    }
}

// Units and crews whose part is not over.
void find_parts(const Directory& directory, const Happening& happening, const std::vector<std::string>& roles, Found& found) {
    static const std::set<std::string, std::less<>> over{"sent_back", "replaced", "waived", "recalled"};
    for (const auto& part : happening.stored.c.assignments) {
        if (over.contains(part.state)) continue;
        const auto* person = part.person_id.is_nil() ? nullptr : directory.find_person(part.person_id);
        if (person != nullptr && has_role(*person, roles)) found.add(person);
        else found.add_posts(directory, part.organisation, roles);
    }
}

void find_commanders(const Directory& directory, const Happening& happening, const std::vector<std::string>& roles, Found& found) {
    for (const auto& organisation : directory.organisations()) {
        const bool is_city = organisation.kind == "city_command_center";
        const bool is_district = organisation.kind == "district_command_center" && organisation.region_code == happening.stored.c.district_code;
        if (is_city || is_district) found.add_posts(directory, organisation.code, roles);
    }
}

} // namespace

std::vector<Reporter> load_reporters(storage::Transaction& transaction, const Happening& happening) {
    std::vector<Reporter> reporters;
    const bool is_only_own = happening.event == "numbered"; // each case has a number of its own
    for (const auto row : transaction.run(sql::list_reporters, {{"case_key", happening.case_key}, {"case_id", blob_of(happening.stored.c.id)}})) {
        if (is_only_own && row.integer("case_key") != happening.case_key) continue;
        reporters.push_back({row.integer("case_key"), uuid_from_raw(row.bytes("case_id")), row.is_null("reporter_id") ? Uuid{} : uuid_from_raw(row.bytes("reporter_id")), row.text_or_empty("case_no"), row.flag("has_phone")});
    }
    return reporters;
}

std::vector<Recipient> find_recipients(const NoticeParts& parts, const Audience& audience, const Happening& happening, const std::vector<Reporter>& reporters) {
    const auto directory = parts.identity.directory();
    Found found(happening);
    switch (audience.finds) {
        case Finds::reporter: find_reporters(*directory, happening, reporters, false, found); break;
        case Finds::finder: find_reporters(*directory, happening, reporters, true, found); break;
        case Finds::holder: find_holders(*directory, happening, audience.roles, found); break;
        case Finds::part: find_parts(*directory, happening, audience.roles, found); break;
        case Finds::asker:
            if (const auto* request = happening.subject_kind == "request" ? rules::find_request(happening.stored.c, happening.subject_id) : nullptr) found.add(directory->find_person(request->asked_by));
            break;
        case Finds::command: find_commanders(*directory, happening, audience.roles, found); break;
        case Finds::post:
            for (const auto& role : audience.roles)
                for (const auto* person : directory->people_with_role(role, std::nullopt)) found.add(person);
            break;
    }
    return std::move(found.people);
}

} // namespace chengge::notices
