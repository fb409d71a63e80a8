// Changes of organisations, people, posts and passwords, each with its line in the access log.
#include <algorithm>

#include "base/assert.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "identity/queries.hpp"
#include "identity/state.hpp"
#include "storage/feed.hpp"

namespace chengge::identity {

namespace {

constexpr std::int64_t setup_link_ms = day_ms;
constexpr std::string_view administration_code = "administration";

std::string subject_of(const Uuid& id) { return "person " + format_uuid(id); }

storage::Value blob_or_null(const std::string& bytes) {
    if (bytes.empty()) return std::monostate{};
    return storage::Blob{bytes};
}

} // namespace

bool is_organisation_code(std::string_view code) {
    return !code.empty() && code.size() <= 64 && code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string_view::npos;
}

std::vector<std::string> sorted_words(std::vector<std::string> words) {
    std::ranges::sort(words);
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
}

std::optional<std::int64_t> find_organisation_key(storage::Transaction& transaction,
                                                  const std::string& code) {
    const auto rows = transaction.run(sql::find_organisation_key, {{"code", code}});
    if (rows.empty()) return std::nullopt;
    return rows[0].integer("organisation_key");
}

std::optional<std::int64_t>
insert_organisation(storage::Transaction& transaction,
                    const IdentityService::NewOrganisation& organisation,
                    std::optional<std::int64_t> parent_key, std::int64_t now_ms) {
    const auto rows =
        transaction.run(sql::add_organisation, {{"code", organisation.code},
                                                {"name", organisation.name},
                                                {"kind", organisation.kind},
                                                {"parent_key", parent_key},
                                                {"region_code", organisation.region_code},
                                                {"valid_from_ms", now_ms},
                                                {"short_name", organisation.short_name}});
    if (rows.empty()) return std::nullopt;
    const auto key = rows[0].integer("organisation_key");
    storage::append_feed(transaction,
                         {.kind = "directory", .subject_key = key, .recorded_ms = now_ms});
    return key;
}

std::optional<std::int64_t> insert_person(storage::Transaction& transaction, const SecretKeys& keys,
                                          const IdentityService::NewPerson& person,
                                          std::int64_t organisation_key,
                                          const std::optional<std::string>& password_hash,
                                          std::int64_t now_ms) {
    const auto sealed = [&](const std::string& plain) {
        return plain.empty() ? plain : seal(keys, plain);
    };
    const auto index = person.phone.empty() ? "" : blind_index(keys, person.phone);
    const auto rows =
        transaction.run(sql::add_person, {{"person_id", storage::Blob{person.id.raw()}},
                                          {"login", person.login},
                                          {"name_sealed", storage::Blob{seal(keys, person.name)}},
                                          {"phone_sealed", blob_or_null(sealed(person.phone))},
                                          {"phone_index", blob_or_null(index)},
                                          {"organisation_key", organisation_key},
                                          {"password_hash", password_hash},
                                          {"must_change_password", person.must_change_password},
                                          {"now_ms", now_ms}});
    if (rows.empty()) return std::nullopt;
    const auto key = rows[0].integer("person_key");
    for (const auto& role : person.roles)
        transaction.run(sql::add_person_role, {{"person_key", key}, {"role", role}});
    storage::append_feed(transaction,
                         {.kind = "directory", .subject_key = key, .recorded_ms = now_ms});
    return key;
}

Result<void> IdentityService::add_all(const std::vector<NewOrganisation>& organisations,
                                      const std::vector<NewPerson>& people) {
    auto& state = *state_;
    std::vector<NewPerson> ready;
    std::vector<std::optional<std::string>> hashes;
    // A demo's accounts share one password, known to all: one digest serves them, or a city of
    // hundreds would take a minute.
    std::map<std::string, std::string> demo_hashes;
    for (auto person : people) {
        TRY_ASSIGN(login, normal_login(person.login));
        person.login = login;
        for (const auto& role : person.roles)
            if (state.posts.find_role(role) == nullptr)
                return fail("role_unknown", {{"role", role}});
        if (!person.phone.empty()) {
            TRY_ASSIGN(phone, normal_phone(person.phone));
            person.phone = phone;
        }
        if (person.id.is_nil()) person.id = make_uuid(state.clock.now_ms());
        std::optional<std::string> hash;
        if (person.password) {
            if (!state.options.is_demo) TRY(check_password(*person.password, person.login));
            auto& shared = demo_hashes[*person.password];
            if (!state.options.is_demo || shared.empty()) {
                TRY_ASSIGN(made, state.passwords.make_hash(*person.password));
                shared = made;
            }
            hash = shared;
        }
        hashes.push_back(std::move(hash));
        ready.push_back(std::move(person));
    }
    const auto now_ms = state.clock.now_ms();
    TRY(state.write_and_forget([&](storage::Transaction& transaction) -> Result<void> {
        for (const auto& organisation : organisations) {
            if (!is_organisation_code(organisation.code))
                return fail("organisation_code_invalid", {{"code", organisation.code}});
            if (state.posts.find_kind(organisation.kind) == nullptr)
                return fail("organisation_kind_unknown", {{"kind", organisation.kind}});
            const auto parent = organisation.parent_code.empty()
                                    ? std::nullopt
                                    : find_organisation_key(transaction, organisation.parent_code);
            if (!parent && !organisation.parent_code.empty())
                return fail("organisation_unknown", {{"organisation", organisation.parent_code}});
            (void)insert_organisation(transaction, organisation, parent, now_ms);
        }
        for (std::size_t i = 0; i < ready.size(); ++i) {
            const auto organisation =
                find_organisation_key(transaction, ready[i].organisation_code);
            if (!organisation)
                return fail("organisation_unknown", {{"organisation", ready[i].organisation_code}});
            (void)insert_person(transaction, state.keys, ready[i], *organisation, hashes[i],
                                now_ms);
        }
        return {};
    }));
    state.reload();
    return {};
}

// Administrators' posts are given by the security administrator, all others by the system
// administrator, nobody's own by himself; an administrator has no other post.
Result<void> IdentityService::State::check_roles(const Viewer& viewer,
                                                 const std::vector<std::string>& before,
                                                 const std::vector<std::string>& after) const {
    if (after.empty()) return fail("roles_missing");
    for (const auto& role : after)
        if (posts.find_role(role) == nullptr) return fail("role_unknown", {{"role", role}});
    const auto has_administrator = [](const auto& roles) {
        return std::any_of(roles.begin(), roles.end(), is_administrator);
    };
    if (has_administrator(after) && after.size() > 1) return fail("roles_not_separate");
    const bool is_about_administrators = has_administrator(before) || has_administrator(after);
    if (!viewer.may(is_about_administrators ? "account.write" : "directory.write"))
        return fail("role_not_yours_to_give");
    return {};
}

Result<std::int64_t> IdentityService::State::add_organisation(const Viewer& viewer,
                                                              const NewOrganisation& organisation) {
    if (!is_organisation_code(organisation.code))
        return fail("organisation_code_invalid", {{"code", organisation.code}});
    if (posts.find_kind(organisation.kind) == nullptr)
        return fail("organisation_kind_unknown", {{"kind", organisation.kind}});
    const auto now_ms = clock.now_ms();
    auto added = write_and_forget([&](storage::Transaction& transaction) -> Result<std::int64_t> {
        std::optional<std::int64_t> parent;
        if (!organisation.parent_code.empty()) {
            parent = find_organisation_key(transaction, organisation.parent_code);
            if (!parent)
                return fail("organisation_unknown", {{"organisation", organisation.parent_code}});
        }
        const auto key = insert_organisation(transaction, organisation, parent, now_ms);
        if (!key) return fail("organisation_code_taken", {{"code", organisation.code}});
        log_access(transaction, {.person_key = viewer.person_key,
                                 .act = "organisation_added",
                                 .subject = "organisation " + organisation.code,
                                 .remote_address = viewer.remote_address});
        return *key;
    });
    if (added) reload();
    return added;
}

Result<std::int64_t> IdentityService::State::add_person(const Viewer& viewer, NewPerson person) {
    TRY_ASSIGN(login, normal_login(person.login));
    person.login = login;
    person.roles = sorted_words(std::move(person.roles));
    TRY(check_roles(viewer, {}, person.roles));
    if (!person.phone.empty()) {
        TRY_ASSIGN(phone, normal_phone(person.phone));
        person.phone = phone;
    }
    TRY_ASSIGN(hash, passwords.make_hash(*person.password));
    const auto now_ms = clock.now_ms();
    person.id = make_uuid(now_ms);
    auto added = write_and_forget([&](storage::Transaction& transaction) -> Result<std::int64_t> {
        const auto organisation = find_organisation_key(transaction, person.organisation_code);
        if (!organisation)
            return fail("organisation_unknown", {{"organisation", person.organisation_code}});
        const auto key = insert_person(transaction, keys, person, *organisation, hash, now_ms);
        if (!key) return fail("login_taken", {{"login", person.login}});
        log_access(transaction, {.person_key = viewer.person_key,
                                 .act = "person_added",
                                 .subject = subject_of(person.id),
                                 .remote_address = viewer.remote_address});
        return *key;
    });
    if (added) reload();
    return added;
}

Result<void> IdentityService::State::change_person(const Viewer& viewer, const Person& person,
                                                   const PersonChange& change) {
    if (change.roles) {
        if (person.key == viewer.person_key) return fail("role_not_yours_to_give");
        TRY(check_roles(viewer, person.roles, sorted_words(*change.roles)));
    }
    const bool changes_data = change.name || change.phone || change.organisation_code;
    if (changes_data && !viewer.may("directory.write")) return fail("forbidden");
    if (change.is_active && person.key == viewer.person_key) return fail("account_is_your_own");
    std::optional<std::string> phone = change.phone;
    if (phone && !phone->empty()) {
        TRY_ASSIGN(normal, normal_phone(*phone));
        phone = normal;
    }
    const auto now_ms = clock.now_ms();
    TRY(write_and_forget([&](storage::Transaction& transaction) -> Result<void> {
        const auto rows = transaction.run(sql::load_person, {{"person_key", person.key}});
        if (rows.empty()) return fail("person_unknown");
        auto organisation_key = std::optional(rows[0].integer("organisation_key"));
        if (change.organisation_code)
            organisation_key = find_organisation_key(transaction, *change.organisation_code);
        if (!organisation_key)
            return fail("organisation_unknown", {{"organisation", *change.organisation_code}});
        const bool is_active = change.is_active.value_or(rows[0].flag("is_active"));
        storage::Value phone_sealed = rows[0].value("phone_sealed");
        storage::Value phone_index = rows[0].value("phone_index");
        if (phone) {
            phone_sealed = phone->empty() ? storage::Value() : storage::Blob{seal(keys, *phone)};
            phone_index =
                phone->empty() ? storage::Value() : storage::Blob{blind_index(keys, *phone)};
        }
        transaction.run(sql::change_person,
                        {{"person_key", person.key},
                         {"name_sealed", storage::Blob{change.name ? seal(keys, *change.name)
                                                                   : rows[0].bytes("name_sealed")}},
                         {"phone_sealed", phone_sealed},
                         {"phone_index", phone_index},
                         {"organisation_key", *organisation_key},
                         {"is_active", is_active},
                         {"now_ms", now_ms}});
        if (change.roles) {
            transaction.run(sql::remove_person_roles, {{"person_key", person.key}});
            for (const auto& role : sorted_words(*change.roles))
                transaction.run(sql::add_person_role, {{"person_key", person.key}, {"role", role}});
        }
        if (!is_active)
            end_sessions(transaction, person.key, 0);
        storage::append_feed(
            transaction, {.kind = "directory", .subject_key = person.key, .recorded_ms = now_ms});
        log_access(transaction, {.person_key = viewer.person_key,
                                 .act = "person_changed",
                                 .subject = subject_of(person.id),
                                 .remote_address = viewer.remote_address});
        return {};
    }));
    reload();
    return {};
}

Result<std::string> IdentityService::State::reset_password(const Viewer& viewer,
                                                           const Person& person) {
    if (person.key == viewer.person_key) return fail("account_is_your_own");
    const auto password = make_first_password();
    TRY_ASSIGN(hash, passwords.make_hash(password));
    const auto now_ms = clock.now_ms();
    TRY(write_and_forget([&](storage::Transaction& transaction) -> Result<void> {
        transaction.run(sql::set_password, {{"person_key", person.key},
                                            {"password_hash", hash},
                                            {"must_change_password", true},
                                            {"now_ms", now_ms}});
        end_sessions(transaction, person.key, 0);
        transaction.run(sql::remove_attempts_of_person, {{"person_key", person.key}});
        log_access(transaction, {.person_key = viewer.person_key,
                                 .act = "password_reset",
                                 .subject = subject_of(person.id),
                                 .remote_address = viewer.remote_address});
        return {};
    }));
    return password;
}

Result<void> IdentityService::State::change_password(const Viewer& viewer,
                                                     const std::string& old_password,
                                                     const std::string& new_password) {
    const auto rows = database.read([&](storage::Transaction& transaction) {
        return transaction.run(sql::load_password, {{"person_key", viewer.person_key}});
    });
    if (rows.empty()) return fail("unauthorized");
    TRY_ASSIGN(fits, passwords.fits(rows[0].maybe_text("password_hash"), old_password));
    if (!fits) return fail("old_password_wrong");
    if (new_password == old_password) return fail("password_unchanged");
    TRY(check_password(new_password, viewer.login));
    TRY_ASSIGN(hash, passwords.make_hash(new_password));
    return write_and_forget([&](storage::Transaction& transaction) -> Result<void> {
        transaction.run(sql::set_password, {{"person_key", viewer.person_key},
                                            {"password_hash", hash},
                                            {"must_change_password", false},
                                            {"now_ms", clock.now_ms()}});
        end_sessions(transaction, viewer.person_key, viewer.session_key);
        log_access(transaction, {.person_key = viewer.person_key,
                                 .act = "password_changed",
                                 .subject = "",
                                 .remote_address = viewer.remote_address});
        return {};
    });
}

std::optional<std::string> IdentityService::make_setup_secret() {
    const auto secret = to_base64url(random_bytes(32));
    const auto now_ms = state_->clock.now_ms();
    const auto made =
        state_->write_and_forget([&](storage::Transaction& transaction) -> Result<void> {
            if (transaction.run(sql::count_administrators)[0].integer("administrators") > 0)
                return fail("setup_done");
            transaction.run(sql::remove_setup_links);
            transaction.run(sql::add_setup_link, {{"secret_sha256", storage::Blob{sha256(secret)}},
                                                  {"now_ms", now_ms},
                                                  {"expires_ms", now_ms + setup_link_ms}});
            return {};
        });
    if (!made) return std::nullopt;
    return secret;
}

bool has_administrators(storage::Database& database) {
    return database.read([](storage::Transaction& transaction) {
        return transaction.run(sql::count_administrators)[0].integer("administrators") > 0;
    });
}

std::optional<std::int64_t> IdentityService::setup_link_until() const {
    const auto rows = state_->database.read([&](storage::Transaction& transaction) {
        return transaction.run(sql::find_open_setup_link, {{"now_ms", state_->clock.now_ms()}});
    });
    if (rows.empty()) return std::nullopt;
    return rows[0].integer("expires_ms");
}

Result<void> IdentityService::State::set_up(const std::string& secret,
                                            const std::vector<SetUpAccount>& accounts,
                                            const std::string& remote_address) {
    std::vector<std::string> roles;
    std::vector<std::string> logins;
    std::vector<NewPerson> people;
    for (const auto& account : accounts) {
        TRY_ASSIGN(login, normal_login(account.login));
        TRY(check_password(account.password, login));
        roles.push_back(account.role);
        logins.push_back(login);
        people.push_back({.id = make_uuid(clock.now_ms()),
                          .login = login,
                          .name = account.name,
                          .roles = {account.role},
                          .must_change_password = false});
    }
    if (sorted_words(roles) !=
            std::vector<std::string>{"audit_admin", "security_admin", "system_admin"} ||
        accounts.size() != 3 || sorted_words(logins).size() != 3)
        return fail("setup_accounts_incomplete");
    const auto now_ms = clock.now_ms();
    const storage::Params link{{"secret_sha256", storage::Blob{sha256(secret)}},
                               {"now_ms", now_ms}};
    // Whether the link is good comes first: digests are not computed for strangers.
    if (database.read([&](storage::Transaction& transaction) {
            return transaction.run(sql::find_setup_link, link).empty();
        }))
        return fail("setup_link_unknown");
    std::vector<std::string> hashes;
    for (const auto& account : accounts) {
        TRY_ASSIGN(hash, passwords.make_hash(account.password));
        hashes.push_back(hash);
    }
    TRY(write_and_forget([&](storage::Transaction& transaction) -> Result<void> {
        if (transaction.run(sql::use_setup_link, link).affected != 1)
            return fail("setup_link_unknown");
        if (transaction.run(sql::count_administrators)[0].integer("administrators") > 0)
            return fail("setup_done");
        auto organisation = find_organisation_key(transaction, std::string(administration_code));
        if (!organisation)
            organisation = insert_organisation(transaction,
                                               {.code = std::string(administration_code),
                                                .name = "系统管理",
                                                .kind = "administration"},
                                               std::nullopt, now_ms);
        for (std::size_t i = 0; i < people.size(); ++i) {
            const auto key =
                insert_person(transaction, keys, people[i], *organisation, hashes[i], now_ms);
            if (!key) return fail("login_taken", {{"login", people[i].login}});
            log_access(transaction, {.person_key = key,
                                     .act = "administrators_made",
                                     .subject = subject_of(people[i].id),
                                     .remote_address = remote_address});
        }
        return {};
    }));
    reload();
    return {};
}

} // namespace chengge::identity
