// chengge import people: accounts without passwords, and the links by which people choose one.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "identity/import_file.hpp"
#include "identity/queries.hpp"
#include "identity/state.hpp"
#include "storage/feed.hpp"

namespace chengge::identity {

namespace {

using NewPerson = IdentityService::NewPerson;

struct Stored {
    std::string phone;
    bool has_password = false;
};

std::map<std::int64_t, Stored> load_stored(const IdentityService::State& state) {
    return state.database.read([&](storage::Transaction& transaction) {
        std::map<std::int64_t, Stored> stored;
        for (const auto row : transaction.run(sql::list_people_phones)) {
            auto& one = stored[row.integer("person_key")];
            one.has_password = row.flag("has_password");
            if (!row.is_null("phone_sealed")) one.phone = unseal(state.keys, row.bytes("phone_sealed")).value_or("");
        }
        return stored;
    });
}

struct Wanted {
    NewPerson person;
    const Person* old = nullptr; // none: to be added
    bool needs_link = false;
    bool is_changed = true;
};

class PeopleReader {
public:
    PeopleReader(const IdentityService::State& state, const Directory& directory, const std::string& file, bool renews_links, ImportReport& report)
        : state_(state), directory_(directory), stored_(load_stored(state)), file_(file), renews_links_(renews_links), report_(report) {}

    std::vector<Wanted> run() {
        std::vector<Wanted> wanted;
        for (const auto& line : load_import_lines(file_, {"login", "name", "phone", "organisation_code", "roles"}, report_)) {
            auto person = read(line);
            if (!person) {
                ++report_.skipped;
                continue;
            }
            auto one = compare(std::move(*person));
            if (one.is_changed || one.needs_link) wanted.push_back(std::move(one));
        }
        return wanted;
    }

private:
    std::optional<NewPerson> read(const ImportLine& line) {
        NewPerson person{.login = line.field("login"), .name = line.field("name"), .phone = line.field("phone"), .organisation_code = line.field("organisation_code")};
        bool is_good = true;
        const auto refuse = [&](Words words) {
            is_good = false;
            report_.faults.push_back({file_, line.line, false, std::move(words)});
        };
        const auto who = person.login;
        if (const auto login = normal_login(person.login)) person.login = *login;
        else refuse({"登录名 " + who + " 须为 2 至 64 位小写字母、数字或 . _ - @", "the login " + who + " must have 2 to 64 lower-case letters, digits or . _ - @"});
        if (const auto [first, is_new] = line_of_.emplace(person.login, line.line); !is_new)
            refuse({fmt::format("登录名 {} 重复，前面第 {} 行已有", who, first->second), fmt::format("the login {} stands twice, before on line {}", who, first->second)});
        if (person.name.empty() || count_characters(person.name) > 50) refuse({who + " 的姓名须为 1 至 50 个字", "the name of " + who + " must have 1 to 50 characters"});
        if (!person.phone.empty()) {
            if (const auto phone = normal_phone(person.phone)) person.phone = *phone;
            else refuse({who + " 的电话不对：须为 11 位手机号，或带区号的座机号", "the phone of " + who + " is neither a mobile number nor a land line with its area code"});
        }
        if (directory_.find_organisation(person.organisation_code) == nullptr)
            refuse({who + " 的机构 " + person.organisation_code + " 不存在，请先导入机构", "the organisation " + person.organisation_code + " of " + who + " does not exist; import the organisations first"});
        for (const auto& word : split(line.field("roles"), ' ')) {
            if (word.empty()) continue;
            const auto role = std::ranges::find_if(state_.posts.roles, [&](const Role& of) { return of.code == word || of.zh == word; });
            if (role == state_.posts.roles.end()) refuse({who + " 的岗位 " + word + " 不存在", "there is no post " + word + ", of " + who});
            else if (is_administrator(role->code)) refuse({who + "：三类管理员不能导入，由一次性链接建立", who + ": administrators are not imported; the one-time link makes them"});
            else person.roles.push_back(role->code);
        }
        person.roles = sorted_words(std::move(person.roles));
        if (person.roles.empty() && is_good) refuse({who + " 没有岗位", who + " has no post"});
        if (const auto* old = directory_.find_person_by_login(person.login); old != nullptr && std::ranges::any_of(old->roles, is_administrator))
            refuse({who + " 是管理员账号，不能由导入更改", who + " is an administrator's account, which an import does not change"});
        return is_good ? std::optional(std::move(person)) : std::nullopt;
    }

    Wanted compare(NewPerson person) {
        Wanted one{.person = std::move(person), .old = nullptr};
        one.old = directory_.find_person_by_login(one.person.login);
        if (one.old == nullptr) {
            ++report_.added;
            one.needs_link = true;
            return one;
        }
        const auto* organisation = directory_.find_organisation(one.old->organisation_key);
        const auto stored = stored_.find(one.old->key);
        const bool is_same = one.old->name == one.person.name && organisation != nullptr && organisation->code == one.person.organisation_code &&
                             sorted_words(one.old->roles) == one.person.roles && stored != stored_.end() && stored->second.phone == one.person.phone;
        one.is_changed = !is_same;
        ++(is_same ? report_.unchanged : report_.changed);
        one.needs_link = renews_links_ && stored != stored_.end() && !stored->second.has_password;
        return one;
    }

    const IdentityService::State& state_;
    const Directory& directory_;
    const std::map<std::int64_t, Stored> stored_;
    const std::string& file_;
    const bool renews_links_;
    ImportReport& report_;
    std::map<std::string, int> line_of_;
};

// The person's key.
std::int64_t store(storage::Transaction& transaction, const IdentityService::State& state, const Wanted& one, std::int64_t now_ms) {
    const auto organisation = *find_organisation_key(transaction, one.person.organisation_code);
    if (one.old == nullptr) {
        auto person = one.person;
        person.id = make_uuid(now_ms);
        return insert_person(transaction, state.keys, person, organisation, std::nullopt, now_ms).value();
    }
    const auto key = one.old->key;
    if (!one.is_changed) return key;
    const auto sealed = [&](const std::string& plain, auto&& make) { return plain.empty() ? storage::Value() : storage::Value(storage::Blob{make(state.keys, plain)}); };
    transaction.run(sql::change_person, {{"person_key", key},
                                         {"name_sealed", storage::Blob{seal(state.keys, one.person.name)}},
                                         {"phone_sealed", sealed(one.person.phone, seal)},
                                         {"phone_index", sealed(one.person.phone, blind_index)},
                                         {"organisation_key", organisation},
                                         {"is_active", one.old->is_active},
                                         {"now_ms", now_ms}});
    transaction.run(sql::remove_person_roles, {{"person_key", key}});
    for (const auto& role : one.person.roles) transaction.run(sql::add_person_role, {{"person_key", key}, {"role", role}});
    storage::append_feed(transaction, {.kind = "directory", .subject_key = key, .recorded_ms = now_ms});
    return key;
}

} // namespace

IdentityService::PeopleImport IdentityService::import_people(const std::string& file, const ImportOptions& options, bool renews_links) {
    auto& state = *state_;
    PeopleImport import;
    auto& report = import.report;
    const auto directory = state.get_directory();
    const auto wanted = PeopleReader(state, *directory, file, renews_links, report).run();
    if (!is_to_be_stored(report, options)) return import;
    report.is_stored = true;
    if (wanted.empty()) return import;
    const auto now_ms = state.clock.now_ms();
    (void)state.write_and_forget([&](storage::Transaction& transaction) -> Result<void> {
        import.links.clear(); // the closure may run again
        for (const auto& one : wanted) {
            const auto key = store(transaction, state, one, now_ms);
            if (!one.needs_link) continue;
            import.links.push_back({.login = one.person.login,
                                    .name = one.person.name,
                                    .organisation = directory->find_organisation(one.person.organisation_code)->name,
                                    .secret = add_password_link(transaction, key, now_ms),
                                    .expires_ms = now_ms + password_link_ms});
        }
        state.log_access(transaction, {.act = "people_imported", .subject = std::to_string(wanted.size()) + " people", .remote_address = "command line"});
        return {};
    });
    state.reload();
    return import;
}

std::string IdentityService::export_people() const {
    const auto directory = this->directory();
    const auto stored = load_stored(*state_);
    std::string text = "login,name,phone,organisation_code,roles\n";
    for (const auto& person : directory->people()) {
        if (std::ranges::any_of(person.roles, is_administrator)) continue;
        const auto* organisation = directory->find_organisation(person.organisation_key);
        const auto phone = stored.find(person.key);
        text += join({csv_field(person.login), csv_field(person.name), phone == stored.end() ? "" : phone->second.phone, organisation == nullptr ? "" : organisation->code, join(person.roles, " ")}, ",") + "\n";
    }
    return text;
}

} // namespace chengge::identity
