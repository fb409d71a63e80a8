// The routes of identity: sessions, me, organisations, people, access log, set-up.
#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "base/time.hpp"
#include "http/query.hpp"
#include "identity/queries.hpp"
#include "storage/feed.hpp"
#include "identity/state.hpp"
#include "storage/list_builder.hpp"

namespace chengge::identity {

namespace {

using http::Method;
using http::Request;
using http::Response;
using State = IdentityService::State;

json::object label(std::string_view code, const std::string& zh, const std::string& en) {
    return {{"code", std::string(code)}, {"zh", zh}, {"en", en}};
}

json::array role_labels_of(const Posts& posts, const std::vector<std::string>& codes) {
    json::array out;
    // In the order of the table, not of the alphabet.
    for (const auto& role : posts.roles)
        if (std::find(codes.begin(), codes.end(), role.code) != codes.end())
            out.push_back(label(role.code, role.zh, role.en));
    return out;
}

// What the scope means, for a person to read.
std::string scope_words(const Viewer& viewer, const Organisation* organisation,
                        std::string_view language) {
    const bool is_english = language == "en";
    if (!viewer.may("case.read")) return is_english ? "sees no cases" : "不查看案件";
    if (viewer.scope.sees_all) return is_english ? "all cases of the city" : "全市案件";
    const auto name = organisation == nullptr ? std::string() : organisation->name;
    if (!viewer.scope.region_code.empty())
        return is_english ? "all cases of the district of " + name : name + "辖区内的案件";
    if (viewer.scope.organisation_keys.empty())
        return is_english ? "own reports and tasks" : "本人上报和经办的案件";
    return is_english ? "cases in which " + name + " has a part" : name + "参与的案件";
}

json::object me_json(const State& state, const Viewer& viewer, std::string_view language) {
    const auto* organisation = viewer.directory->find_organisation(viewer.organisation_key);
    json::object of{{"code", ""}, {"name", ""}};
    if (organisation != nullptr)
        of = {{"code", organisation->code},
              {"name", organisation->name},
              {"kind", organisation->kind},
              {"region_code", organisation->region_code}};
    json::array permissions;
    for (const auto& name : viewer.permissions) permissions.emplace_back(name);
    return {{"person_id", format_uuid(viewer.person_id)},
            {"login", viewer.login},
            {"name", viewer.name},
            {"organisation", std::move(of)},
            {"roles", role_labels_of(state.posts, {viewer.roles.begin(), viewer.roles.end()})},
            {"permissions", std::move(permissions)},
            {"scope", scope_words(viewer, organisation, language)}};
}

json::object organisation_json(const State& state, const Directory& directory,
                               const Organisation& organisation, std::int64_t people_count,
                               const std::string& language) {
    const auto* kind = state.posts.find_kind(organisation.kind);
    json::object out{{"code", organisation.code},
                     {"name", organisation.name},
                     {"kind", organisation.kind},
                     {"kind_label", kind == nullptr    ? organisation.kind
                                    : language == "en" ? kind->en
                                                       : kind->zh},
                     {"parent_code", nullptr},
                     {"region_code", organisation.region_code},
                     {"people_count", people_count},
                     {"is_open", organisation.is_open}};
    if (organisation.parent_key)
        if (const auto* parent = directory.find_organisation(*organisation.parent_key))
            out["parent_code"] = parent->code;
    return out;
}

// Parents before children, siblings in the order in which they were made.
std::vector<const Organisation*> in_tree_order(const Directory& directory) {
    std::multimap<std::int64_t, const Organisation*> by_parent;
    for (const auto& organisation : directory.organisations())
        by_parent.emplace(organisation.parent_key.value_or(0), &organisation);
    std::vector<const Organisation*> ordered;
    std::vector<std::int64_t> open{0};
    while (!open.empty()) {
        const auto parent = open.back();
        open.pop_back();
        if (parent != 0) ordered.push_back(directory.find_organisation(parent));
        const auto [first, last] = by_parent.equal_range(parent);
        std::vector<std::int64_t> children;
        for (auto child = first; child != last; ++child) children.push_back(child->second->key);
        open.insert(open.end(), children.rbegin(), children.rend());
    }
    return ordered;
}

struct PersonExtra {
    std::string phone_masked;
    bool is_locked = false;
};

std::map<std::int64_t, PersonExtra> load_extras(const State& state,
                                                const std::vector<storage::Value>& keys) {
    return state.database.read([&](storage::Transaction& transaction) {
        std::map<std::int64_t, PersonExtra> extras;
        const auto rows = storage::ListBuilder("SELECT person_key, phone_sealed FROM people")
                              .where_in("person_key", keys)
                              .run(transaction);
        for (const auto row : rows) {
            auto& extra = extras[row.integer("person_key")];
            if (!row.is_null("phone_sealed"))
                extra.phone_masked =
                    mask_phone(unseal(state.keys, row.bytes("phone_sealed")).value_or(""));
        }
        const auto locked =
            transaction.run(sql::list_locked_people, {{"now_ms", state.clock.now_ms()}});
        for (const auto row : locked)
            if (const auto found = extras.find(row.integer("person_key")); found != extras.end())
                found->second.is_locked = true;
        return extras;
    });
}

json::object person_json(const State& state, const Directory& directory, const Person& person,
                         const PersonExtra& extra) {
    const auto* organisation = directory.find_organisation(person.organisation_key);
    return {{"person_id", format_uuid(person.id)},
            {"login", person.login},
            {"name", person.name},
            {"phone_masked", extra.phone_masked},
            {"organisation_code", organisation == nullptr ? "" : organisation->code},
            {"organisation_name", organisation == nullptr ? "" : organisation->name},
            {"roles", role_labels_of(state.posts, person.roles)},
            {"is_active", person.is_active},
            {"is_locked", extra.is_locked}};
}

// As the directory has it now, after a change.
json::object person_json(const State& state, std::int64_t person_key) {
    const auto directory = state.get_directory();
    auto extras = load_extras(state, {storage::Value(person_key)});
    return person_json(state, *directory, *directory->find_person(person_key), extras[person_key]);
}

Result<std::vector<std::string>> read_texts(const json::value* value, std::string_view name) {
    std::vector<std::string> out;
    const auto* array = value == nullptr ? nullptr : value->if_array();
    if (array == nullptr || array->size() > 20)
        return fail("bad_member",
                    {{"member", std::string(name)}, {"reason", "must be a list of texts"}});
    for (const auto& item : *array) {
        if (!item.is_string())
            return fail("bad_member",
                        {{"member", std::string(name)}, {"reason", "must be a list of texts"}});
        out.emplace_back(item.get_string());
    }
    return out;
}

Result<const Person*> find_person(const Directory& directory, const Request& request) {
    const auto id = parse_uuid(request.path_values.at("person_id"));
    const auto* person = id ? directory.find_person(*id) : nullptr;
    if (person == nullptr) return fail("person_unknown");
    return person;
}

// --- sessions and me ---------------------------------------------------------------------------

Result<Response> begin_session(IdentityService& service, const Request& request) {
    if (!is_own_origin(request)) return fail("foreign_origin");
    TRY_ASSIGN(body, parse_json(request.body));
    JsonReader reader(body);
    const auto login = reader.text("name", 200);
    const auto password = reader.text("password", 200);
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY_ASSIGN(given, service.sign_in(login, password, request.remote_address,
                                      std::string(request.header("User-Agent"))));
    return service.session_answer(request, given);
}

Result<Response> list_sessions(const State& state, const Request&, const Viewer& viewer) {
    const auto now_ms = state.clock.now_ms();
    const auto rows = state.database.read([&](storage::Transaction& transaction) {
        return transaction.run(sql::list_sessions,
                               {{"person_key", viewer.person_key},
                                {"now_ms", now_ms},
                                {"idle_since_ms", now_ms - state.options.session_idle_ms - 1}});
    });
    json::array items;
    for (const auto row : rows)
        items.push_back({{"session_id", std::to_string(row.integer("session_key"))},
                         {"created_at", format_rfc3339(row.integer("created_ms"))},
                         {"last_seen_at", format_rfc3339(row.integer("last_seen_ms"))},
                         {"address", row.text("remote_address")},
                         {"device", row.text("user_agent")},
                         {"is_current", row.integer("session_key") == viewer.session_key}});
    return Response::json({{"items", std::move(items)}});
}

Result<Response> end_session(const State& state, const Request& request, const Viewer& viewer) {
    const auto given = request.path_values.find("session_id");
    std::int64_t key = viewer.session_key;
    if (given != request.path_values.end()) {
        key = 0;
        std::from_chars(given->second.data(), given->second.data() + given->second.size(), key);
    }
    TRY(state.write_and_forget([&](storage::Transaction& transaction) -> Result<void> {
        const auto ended = transaction.run(
            sql::end_session, {{"session_key", key}, {"person_key", viewer.person_key}});
        if (ended.affected == 0) return fail("session_unknown");
        storage::append_feed(transaction, {.kind = "session_ended",
                                           .subject_key = viewer.person_key,
                                           .recorded_ms = state.clock.now_ms()});
        state.log_access(transaction,
                         {.person_key = viewer.person_key,
                          .act = key == viewer.session_key ? "signed_out" : "session_revoked",
                          .subject = "",
                          .remote_address = viewer.remote_address});
        return {};
    }));
    auto response = Response::empty();
    if (key == viewer.session_key) response.with("Set-Cookie", session_cookie_line(request, "", 0));
    return response;
}

Result<Response> change_password(State& state, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(body, parse_json(request.body));
    JsonReader reader(body);
    const auto old_password = reader.text("old_password", 200);
    const auto new_password = reader.text("new_password", 200);
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY(state.change_password(viewer, old_password, new_password));
    return Response::empty();
}

Result<Response> set_up(State& state, const Request& request) {
    TRY_ASSIGN(body, parse_json(request.body));
    JsonReader reader(body);
    const auto secret = reader.text("secret", 100);
    const auto* list = reader.find("accounts");
    if (list == nullptr || !list->is_array() || list->get_array().size() != 3)
        return fail("setup_accounts_incomplete");
    std::vector<State::SetUpAccount> accounts;
    for (const auto& item : list->get_array()) {
        JsonReader account(item);
        accounts.push_back({account.text("role", 40), account.text("login", 100),
                            account.text("name", 50), account.text("password", 200)});
        if (account.error()) return tl::unexpected(*account.error());
    }
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY(state.set_up(secret, accounts, request.remote_address));
    return Response::empty();
}

Result<Response> take_password_link(State& state, const Request& request) {
    TRY_ASSIGN(body, parse_json(request.body));
    JsonReader reader(body);
    const auto secret = reader.text("secret", 100);
    const auto password = reader.text("password", 200);
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY(state.take_password_link(secret, password, request.remote_address));
    return Response::empty();
}

// --- organisations and people --------------------------------------------------------------------

Result<Response> list_organisations(const State& state, const Request& request,
                                    const Viewer& viewer) {
    const auto& directory = *viewer.directory;
    std::map<std::int64_t, std::int64_t> counts;
    for (const auto& person : directory.people())
        counts[person.organisation_key] += person.is_active;
    json::array items;
    for (const auto* organisation : in_tree_order(directory))
        items.push_back(organisation_json(state, directory, *organisation,
                                          counts[organisation->key], request.language()));
    return Response::json({{"items", std::move(items)}});
}

Result<Response> add_organisation(State& state, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(body, parse_json(request.body));
    JsonReader reader(body);
    IdentityService::NewOrganisation organisation;
    organisation.code = reader.text("code", 64);
    organisation.name = reader.text("name", 100);
    organisation.kind = reader.text("kind", 40);
    organisation.parent_code = reader.maybe_text("parent_code", 64).value_or("");
    organisation.region_code = reader.maybe_text("region_code", 20).value_or("");
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY_ASSIGN(key, state.add_organisation(viewer, organisation));
    const auto directory = state.get_directory();
    return Response::json(organisation_json(state, *directory, *directory->find_organisation(key),
                                            0, request.language()),
                          201);
}

bool fits_search(const Person& person, const std::string& words) {
    return words.empty() || person.login.find(to_lower_ascii(words)) != std::string::npos ||
           person.name.find(words) != std::string::npos;
}

// Names are sealed in the database, so the search runs over the directory in memory.
Result<Response> list_people(const State& state, const Request& request, const Viewer& viewer) {
    const auto& directory = *viewer.directory;
    std::int64_t after = 0;
    if (const auto text = request.query_value("cursor"); text && !text->empty()) {
        TRY_ASSIGN(cursor, storage::decode_cursor(*text, 1));
        const auto* key = std::get_if<std::int64_t>(&cursor[0]);
        if (key == nullptr) return fail("bad_cursor");
        after = *key;
    }
    std::optional<std::vector<std::int64_t>> units;
    if (const auto code = request.query_value("organisation"); code && !code->empty()) {
        const auto* organisation = directory.find_organisation(std::string_view(*code));
        if (organisation == nullptr) return fail("organisation_unknown", {{"organisation", *code}});
        units = directory.subtree(organisation->key);
    }
    const auto role = request.query_value("role").value_or("");
    const std::string words(trim(request.query_value("q").value_or("")));
    std::vector<const Person*> page;
    TRY_ASSIGN(limit, http::query_limit(request, 50));
    const auto rows = static_cast<std::size_t>(limit);
    for (const auto& person : directory.people()) {
        if (page.size() > rows) break;
        if (person.key <= after || !fits_search(person, words)) continue;
        if (units && !std::binary_search(units->begin(), units->end(), person.organisation_key))
            continue;
        if (!role.empty() &&
            std::find(person.roles.begin(), person.roles.end(), role) == person.roles.end())
            continue;
        page.push_back(&person);
    }
    json::value next = nullptr;
    if (page.size() > rows) {
        page.pop_back();
        next = storage::encode_cursor({storage::Value(page.back()->key)});
    }
    std::vector<storage::Value> keys;
    for (const auto* person : page) keys.emplace_back(person->key);
    auto extras = load_extras(state, keys);
    json::array items;
    for (const auto* person : page)
        items.push_back(person_json(state, directory, *person, extras[person->key]));
    return Response::json({{"items", std::move(items)}, {"next_cursor", std::move(next)}});
}

Result<Response> add_person(State& state, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(body, parse_json(request.body));
    JsonReader reader(body);
    IdentityService::NewPerson person;
    person.login = reader.text("login", 64);
    person.name = reader.text("name", 50);
    person.phone = reader.maybe_text("phone", 30).value_or("");
    person.organisation_code = reader.text("organisation_code", 64);
    if (reader.error()) return tl::unexpected(*reader.error());
    TRY_ASSIGN(roles, read_texts(reader.find("roles"), "roles"));
    person.roles = roles;
    const auto password = make_first_password();
    person.password = password;
    TRY_ASSIGN(key, state.add_person(viewer, person));
    return Response::json({{"person", person_json(state, key)}, {"first_password", password}}, 201);
}

Result<Response> change_person(State& state, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(person, find_person(*viewer.directory, request));
    TRY_ASSIGN(body, parse_json(request.body));
    JsonReader reader(body);
    State::PersonChange change;
    if (reader.find("name") != nullptr) change.name = reader.text("name", 50);
    change.phone = reader.maybe_text("phone", 30);
    change.organisation_code = reader.maybe_text("organisation_code", 64);
    if (reader.find("is_active") != nullptr) change.is_active = reader.flag("is_active", true);
    if (reader.error()) return tl::unexpected(*reader.error());
    if (reader.find("roles") != nullptr) {
        TRY_ASSIGN(roles, read_texts(reader.find("roles"), "roles"));
        change.roles = roles;
    }
    TRY(state.change_person(viewer, *person, change));
    return Response::json(person_json(state, person->key));
}

Result<Response> reset_password(State& state, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(person, find_person(*viewer.directory, request));
    TRY_ASSIGN(password, state.reset_password(viewer, *person));
    return Response::json(
        {{"person", person_json(state, person->key)}, {"first_password", password}});
}

Result<Response> get_phone(const State& state, const Request& request, const Viewer& viewer) {
    TRY_ASSIGN(person, find_person(*viewer.directory, request));
    if (person->key != viewer.person_key && !viewer.may("contact.read")) return fail("forbidden");
    // The line is written with the read: without it there is no number.
    TRY_ASSIGN(
        phone, state.database.write([&](storage::Transaction& transaction) -> Result<std::string> {
            const auto rows = transaction.run(sql::load_person, {{"person_key", person->key}});
            if (rows.empty()) return fail("person_unknown");
            state.log_access(transaction, {.person_key = viewer.person_key,
                                           .act = "phone_read",
                                           .subject = "person " + format_uuid(person->id),
                                           .remote_address = viewer.remote_address});
            return rows[0].is_null("phone_sealed")
                       ? ""
                       : unseal(state.keys, rows[0].bytes("phone_sealed")).value_or("");
        }));
    return Response::json({{"phone", phone}});
}

// --- access log
// ------------------------------------------------------------------------------------

Result<Response> list_access(const State& state, const Request& request, const Viewer& viewer) {
    storage::ListBuilder list(
        "SELECT access_key, at_ms, person_key, act, subject, remote_address, outcome FROM access_log");
    if (const auto text = request.query_value("cursor"); text && !text->empty()) {
        TRY_ASSIGN(cursor, storage::decode_cursor(*text, 1));
        if (!std::holds_alternative<std::int64_t>(cursor[0])) return fail("bad_cursor");
        list.where("access_key < :before_key", {"before_key", cursor[0]});
    }
    TRY_ASSIGN(limit, http::query_limit(request, 50));
    list.order_by("access_key DESC").limit(limit + 1);
    const auto rows = state.database.read(
        [&](storage::Transaction& transaction) { return list.run(transaction); });
    const auto language = request.language();
    json::array items;
    json::value next = nullptr;
    std::int64_t last_key = 0;
    for (const auto row : rows) {
        if (items.size() == static_cast<std::size_t>(limit)) {
            next = storage::encode_cursor({storage::Value(last_key)});
            break;
        }
        last_key = row.integer("access_key");
        const auto person_key = row.maybe_integer("person_key");
        const auto* person = person_key ? viewer.directory->find_person(*person_key) : nullptr;
        std::string act_label = row.text("act");
        for (const auto& act : state.posts.acts)
            if (act.code == row.text("act")) act_label = language == "en" ? act.en : act.zh;
        items.push_back({{"at", format_rfc3339(row.integer("at_ms"))},
                         {"act", row.text("act")},
                         {"act_label", act_label},
                         {"person_name", person == nullptr ? "" : person->name},
                         {"login", person == nullptr ? "" : person->login},
                         {"subject", row.text("subject")},
                         {"address", row.text("remote_address")},
                         {"outcome", row.text("outcome")}});
    }
    return Response::json({{"items", std::move(items)}, {"next_cursor", std::move(next)}});
}

} // namespace

http::Response IdentityService::session_answer(const Request& request,
                                               const SessionGiven& given) const {
    auto response = Response::json({{"token", given.token},
                                    {"must_change_password", given.viewer.must_change_password},
                                    {"person", me_json(*state_, given.viewer, request.language())}},
                                   201);
    return response.with("Set-Cookie", session_cookie_line(request, given.token,
                                                           state_->options.session_age_ms / 1000));
}

void IdentityService::add_routes(http::Router& router, const http::Problems& problems) {
    state_->problems = problems;
    auto& state = *state_;
    const auto answer = [&state](const Request& request, Result<Response> result) {
        return result ? std::move(*result) : state.problems->answer(result.error(), request);
    };
    const auto open = [&](Method method, const std::string& path, auto act) {
        router.add(method, std::move(path),
                   [answer, act](const Request& request) { return answer(request, act(request)); });
    };
    const auto guarded = [&](Method method, const std::string& path, const std::string& permission, auto act) {
        router.add(method, std::move(path),
                   guard(std::move(permission),
                         [&state, answer, act](const Request& request, const Viewer& viewer) {
                             return answer(request, act(state, request, viewer));
                         }));
    };
    open(Method::post, "/api/v1/sessions",
         [this](const Request& request) { return begin_session(*this, request); });
    open(Method::post, "/api/v1/setup",
         [&state](const Request& request) { return set_up(state, request); });
    open(Method::post, "/api/v1/password-links",
         [&state](const Request& request) { return take_password_link(state, request); });
    guarded(Method::get, "/api/v1/sessions", "session.own", list_sessions);
    guarded(Method::del, "/api/v1/sessions/current", "session.own", end_session);
    guarded(Method::del, "/api/v1/sessions/{session_id}", "session.own", end_session);
    guarded(Method::get, "/api/v1/me", "session.own",
            [](const State& of, const Request& request, const Viewer& viewer) -> Result<Response> {
                return Response::json(me_json(of, viewer, request.language()));
            });
    guarded(Method::put, "/api/v1/me/password", "session.own", change_password);
    guarded(Method::get, "/api/v1/organisations", "directory.read", list_organisations);
    guarded(Method::post, "/api/v1/organisations", "directory.write", add_organisation);
    guarded(Method::get, "/api/v1/people", "directory.read", list_people);
    guarded(Method::post, "/api/v1/people", "directory.write|account.write", add_person);
    guarded(Method::put, "/api/v1/people/{person_id}", "directory.write|account.write",
            change_person);
    guarded(Method::post, "/api/v1/people/{person_id}/password-reset", "account.write",
            reset_password);
    guarded(Method::get, "/api/v1/people/{person_id}/phone", "contact.read|session.own", get_phone);
    guarded(Method::get, "/api/v1/access-log", "audit.read", list_access);
}

} // namespace chengge::identity
