// Opening, the directory, what a person may see and do, the guard of every route.
#include "identity/identity_service.hpp"

#include <algorithm>
#include <filesystem>

#include "base/assert.hpp"
#include "base/csv.hpp"
#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "identity/queries.hpp"
#include "identity/state.hpp"

namespace chengge::identity {

namespace {

Result<SecretKeys> read_keys(const std::string& path) {
    TRY_ASSIGN(text, load_file(path));
    SecretKeys keys;
    for (const auto& line : split(text, '\n')) {
        const auto equals = line.find('=');
        if (equals == std::string::npos) continue;
        const auto bytes = from_hex(trim(std::string_view(line).substr(equals + 1)));
        if (line.starts_with("encryption=")) keys.encryption = bytes;
        if (line.starts_with("index=")) keys.index = bytes;
    }
    if (keys.encryption.size() != 16 || keys.index.size() != 32)
        return fail("bad_data",
                    {{"file", path}, {"line", "1"}, {"reason", "does not hold the two keys"}});
    return keys;
}

// New keys are made for an empty database only: what was sealed with lost ones is lost, and must be
// told, not hidden under new ones.
Result<SecretKeys> load_or_make_keys(storage::Database& database, const std::string& folder) {
    const auto path = folder + "/identity.key";
    if (std::filesystem::exists(path)) return read_keys(path);
    const auto people = database.read([](storage::Transaction& transaction) {
        return transaction.run(sql::count_people)[0].integer("people");
    });
    if (people > 0) return fail("identity_keys_missing", {{"file", path}});
    make_folders(folder);
    const SecretKeys keys{random_bytes(16), random_bytes(32)};
    save_file(path,
              "encryption=" + to_hex(keys.encryption) + "\nindex=" + to_hex(keys.index) + "\n",
              0600);
    return keys;
}

std::vector<Organisation> load_organisations(storage::Transaction& transaction, const Posts& posts,
                                             std::int64_t now_ms) {
    std::vector<Organisation> organisations;
    const auto rows = transaction.run(sql::list_organisations);
    for (const auto row : rows) {
        Organisation organisation{.key = row.integer("organisation_key"),
                                  .code = row.text("code"),
                                  .name = row.text("name"),
                                  .kind = row.text("kind"),
                                  .parent_key = row.maybe_integer("parent_key"),
                                  .region_code = row.text("region_code")};
        const auto* kind = posts.find_kind(organisation.kind);
        organisation.short_name = row.text("short_name");
        organisation.sees_all_cases = kind != nullptr && kind->sees_all;
        organisation.is_open = row.integer("valid_from_ms") <= now_ms &&
                               row.maybe_integer("valid_to_ms").value_or(INT64_MAX) > now_ms;
        organisations.push_back(std::move(organisation));
    }
    const auto find = [&](std::int64_t key) {
        return std::find_if(organisations.begin(), organisations.end(), [&](const Organisation& one) { return one.key == key; });
    };
    const auto names = transaction.run(sql::list_organisation_names), successions = transaction.run(sql::list_successions);
    for (const auto row : names)
        if (const auto one = find(row.integer("organisation_key")); one != organisations.end())
            one->former.push_back({row.text("name"), row.text("short_name"), row.integer("until_ms")});
    for (const auto row : successions)
        if (const auto one = find(row.integer("organisation_key")); one != organisations.end()) one->successors.push_back(row.integer("successor_key"));
    return organisations;
}

std::vector<Person> load_people(storage::Transaction& transaction, const SecretKeys& keys) {
    std::vector<Person> people;
    std::int64_t unreadable = 0, first_unreadable = 0;
    const auto rows = transaction.run(sql::list_people);
    for (const auto row : rows) {
        auto name = unseal(keys, row.bytes("name_sealed"));
        if (!name && unreadable++ == 0) first_unreadable = row.integer("person_key");
        people.push_back({.key = row.integer("person_key"),
                          .id = uuid_from_raw(row.bytes("person_id")),
                          .login = row.text("login"),
                          .name = name.value_or("?"),
                          .organisation_key = row.integer("organisation_key"),
                          .is_active = row.flag("is_active")});
    }
    // One line also when it is everybody: the key is another city's.
    if (unreadable > 0)
        log_error("people's names cannot be read with the key", {{"people", std::to_string(unreadable)}, {"first_person_key", std::to_string(first_unreadable)}});
    // Both lists are in the order of the person's key.
    auto person = people.begin();
    const auto roles = transaction.run(sql::list_person_roles);
    for (const auto row : roles) {
        while (person != people.end() && person->key < row.integer("person_key")) ++person;
        if (person != people.end() && person->key == row.integer("person_key"))
            person->roles.push_back(row.text("role"));
    }
    return people;
}

// Unsafe methods with a cookie need the Origin check; a bearer token is never sent by a browser on
// its own.
bool needs_origin_check(const http::Request& request) {
    const bool is_read =
        request.method == http::Method::get || request.method == http::Method::head;
    return !is_read && request.header("Authorization").empty();
}

template <class Row>
std::string label_of(const Row* row, std::string_view code, std::string_view language) {
    if (row == nullptr) return std::string(code);
    return language == "en" ? row->en : row->zh;
}

} // namespace

IdentityService::IdentityService(std::unique_ptr<State> state) : state_(std::move(state)) {}
IdentityService::~IdentityService() = default;

Result<std::unique_ptr<IdentityService>>
IdentityService::open(storage::Database& database, const Clock& clock, IdentityOptions options) {
    auto state = std::make_unique<State>(database, clock, std::move(options));
    TRY_ASSIGN(posts, Posts::load(state->options.data_folder, state->options.overlay_folder));
    state->posts = std::move(posts);
    TRY_ASSIGN(keys, load_or_make_keys(database, state->options.keys_folder));
    state->keys = std::move(keys);
    state->reload();
    return std::unique_ptr<IdentityService>(new IdentityService(std::move(state)));
}

std::shared_ptr<const Directory> IdentityService::directory() const {
    return state_->get_directory();
}
void IdentityService::reload_directory() { state_->reload(); }
const SecretKeys& IdentityService::keys() const { return state_->keys; }

void IdentityService::State::reload() {
    auto fresh = database.read([&](storage::Transaction& transaction) {
        return Directory::make(load_organisations(transaction, posts, clock.now_ms()),
                               load_people(transaction, keys));
    });
    const std::scoped_lock lock(mutex);
    directory = std::move(fresh);
}

Viewer IdentityService::viewer_of(const Person& person) const {
    return state_->make_viewer(state_->get_directory(), person);
}

Viewer IdentityService::State::make_viewer(const std::shared_ptr<const Directory>& of,
                                           const Person& person) const {
    Viewer viewer{.person_key = person.key,
                  .person_id = person.id,
                  .login = person.login,
                  .name = person.name,
                  .organisation_key = person.organisation_key,
                  .roles = {person.roles.begin(), person.roles.end()}};
    viewer.directory = of;
    viewer.scope.person_key = person.key;
    const auto* organisation = of->find_organisation(person.organisation_key);
    const auto* kind = organisation == nullptr ? nullptr : posts.find_kind(organisation->kind);
    if (organisation != nullptr) viewer.organisation_code = organisation->code;
    for (const auto& code : person.roles) {
        const auto* role = posts.find_role(code);
        if (role == nullptr) continue;
        viewer.permissions.insert(viewer.permissions.end(), role->permissions.begin(), role->permissions.end());
        if (organisation == nullptr || kind == nullptr) continue;
        viewer.scope.sees_reporter |= role->sees_reporter && kind->sees_reporter;
        if (role->scope == RoleScope::own) continue;
        auto& keys_seen = viewer.scope.organisation_keys;
        if (role->scope == RoleScope::crew) {
            keys_seen.push_back(organisation->key);
            continue;
        }
        viewer.scope.sees_all |= kind->sees_all;
        if (role->scope == RoleScope::region) viewer.scope.region_code = organisation->region_code;
        const auto below = of->subtree(organisation->key);
        keys_seen.insert(keys_seen.end(), below.begin(), below.end());
    }
    auto& seen = viewer.scope.organisation_keys;
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    auto& may = viewer.permissions;
    std::sort(may.begin(), may.end());
    may.erase(std::unique(may.begin(), may.end()), may.end());
    if (!viewer.scope.sees_reporter) std::erase(may, "contact.read");
    return viewer;
}

bool is_own_origin(const http::Request& request) {
    const auto origin = request.header("Origin");
    if (origin.empty()) {
        const auto site = request.header("Sec-Fetch-Site");
        return site.empty() || site == "same-origin" || site == "none";
    }
    const auto scheme_end = origin.find("://");
    if (scheme_end == std::string_view::npos) return false;
    const auto forwarded = request.header("X-Forwarded-Host");
    const auto host = forwarded.empty() ? request.header("Host") : forwarded;
    return to_lower_ascii(origin.substr(scheme_end + 3)) == to_lower_ascii(host);
}

http::Handler IdentityService::guard(const std::string& permission, GuardedHandler handler) {
    const auto any_of = split(permission, '|');
    for (const auto& name : any_of) ASSERT(is_permission(name));
    return [this, any_of, handler = std::move(handler)](const http::Request& request) {
        ASSERT(state_->problems.has_value());
        const auto refuse = [&](std::string code) {
            return state_->problems->answer({std::move(code), {}}, request);
        };
        const auto viewer = authenticate(request);
        if (!viewer) return state_->problems->answer(viewer.error(), request);
        if (needs_origin_check(request) && !is_own_origin(request)) return refuse("foreign_origin");
        if (viewer->must_change_password && any_of.front() != "session.own")
            return refuse("password_must_change");
        if (std::none_of(any_of.begin(), any_of.end(),
                         [&](const auto& name) { return viewer->may(name); }))
            return refuse("forbidden");
        return handler(request, *viewer);
    };
}

http::QuickHandler IdentityService::guard_from_memory(const std::string& permission, GuardedQuickHandler handler) {
    ASSERT(is_permission(permission));
    return [this, permission, handler = std::move(handler)](const http::Request& request) -> std::optional<http::Response> {
        const auto digest = digest_of_token(request);
        if (digest.empty()) return std::nullopt;
        const auto viewer = state_->find_remembered(digest, request);
        if (!viewer || viewer->must_change_password || !viewer->may(permission)) return std::nullopt;
        return handler(request, *viewer);
    };
}

void IdentityService::State::log_access(storage::Transaction& transaction,
                                        const AccessLine& line) const {
    transaction.run(sql::add_access, {{"at_ms", clock.now_ms()},
                                      {"person_key", line.person_key},
                                      {"act", line.act},
                                      {"subject", line.subject},
                                      {"remote_address", line.remote_address},
                                      {"outcome", line.outcome}});
}

void IdentityService::record_access(const Viewer& viewer, std::string_view act,
                                    std::string_view subject) {
    (void)state_->database.write([&](storage::Transaction& transaction) -> Result<void> {
        // Whose hand it was, not for whom.
        state_->log_access(transaction, {.person_key = viewer.deputy_key != 0 ? viewer.deputy_key : viewer.person_key,
                                         .act = act,
                                         .subject = std::string(subject),
                                         .remote_address = viewer.remote_address});
        return {};
    });
}

std::string IdentityService::role_label(std::string_view role, std::string_view language) const {
    return label_of(state_->posts.find_role(role), role, language);
}

std::string IdentityService::kind_label(std::string_view kind, std::string_view language) const {
    return label_of(state_->posts.find_kind(kind), kind, language);
}

json::array IdentityService::role_labels() const {
    json::array labels;
    for (const auto& role : state_->posts.roles)
        labels.push_back({{"code", role.code}, {"zh", role.zh}, {"en", role.en}});
    return labels;
}

json::array IdentityService::kind_labels() const {
    json::array labels;
    for (const auto& kind : state_->posts.kinds)
        labels.push_back({{"code", kind.code}, {"zh", kind.zh}, {"en", kind.en}});
    return labels;
}

} // namespace chengge::identity
