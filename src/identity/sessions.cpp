// Signing in: counted attempts, locks, sessions by the digest of their token.
#include "base/digest.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "identity/queries.hpp"
#include "identity/state.hpp"
#include "storage/feed.hpp"

namespace chengge::identity {

namespace {

constexpr std::int64_t window_ms = 15 * minute_ms;
constexpr std::int64_t lock_ms = 15 * minute_ms;
constexpr std::int64_t touch_every_ms = 5 * minute_ms;

// Three counters: the pair locks first, so a stranger elsewhere cannot lock an account's owner out;
// the account's stops guessing from many addresses; the address's stops trying many accounts. The
// last is wide because a whole office may stand behind one address.
struct Counter {
    std::string subject;
    int failures_max;
    const char* code;
};

std::vector<Counter> counters_of(const SecretKeys& keys, const std::string& login,
                                 const std::string& address) {
    return {{blind_index(keys, "pair:" + login + "|" + address), 5, "account_locked"},
            {blind_index(keys, "account:" + login), 50, "account_locked"},
            {blind_index(keys, "address:" + address), 60, "too_many_attempts"}};
}

auto refuse_until(const char* code, std::int64_t until_ms, std::int64_t now_ms) {
    return fail(code, {{"until", format_rfc3339(until_ms)},
                       {"minutes", std::to_string((until_ms - now_ms + minute_ms - 1) / minute_ms)},
                       {"retry_after_seconds", std::to_string((until_ms - now_ms + 999) / 1000)}});
}

// Counts before the password is looked at; a right one takes it back.
Result<void> count_attempt(storage::Transaction& transaction, const std::vector<Counter>& counters,
                           std::optional<std::int64_t> person_key, std::int64_t now_ms) {
    for (const auto& counter : counters) {
        const auto rows =
            transaction.run(sql::find_attempts, {{"subject", storage::Blob{counter.subject}}});
        if (!rows.empty() && rows[0].integer("locked_until_ms") > now_ms)
            return refuse_until(counter.code, rows[0].integer("locked_until_ms"), now_ms);
    }
    for (const auto& counter : counters) {
        const bool is_of_person = &counter != &counters.back();
        const auto rows = transaction.run(sql::count_attempt,
                                          {{"subject", storage::Blob{counter.subject}},
                                           {"person_key", is_of_person ? person_key : std::nullopt},
                                           {"now_ms", now_ms},
                                           {"window_since_ms", now_ms - window_ms},
                                           {"failures_max", counter.failures_max},
                                           {"lock_until_ms", now_ms + lock_ms}});
        if (rows[0].integer("failures") > counter.failures_max)
            return refuse_until(counter.code, now_ms + lock_ms, now_ms);
    }
    transaction.run(sql::remove_old_attempts, {{"before_ms", now_ms - day_ms}});
    return {};
}

void take_back(storage::Transaction& transaction, const std::vector<Counter>& counters) {
    transaction.run(sql::remove_attempts, {{"subject", storage::Blob{counters[0].subject}}});
    transaction.run(sql::take_back_attempt, {{"subject", storage::Blob{counters[1].subject}}});
    transaction.run(sql::take_back_attempt, {{"subject", storage::Blob{counters[2].subject}}});
}

struct Credentials {
    std::int64_t person_key = 0;
    std::optional<std::string> password_hash;
    bool must_change = false;
    bool is_active = false;
};

std::optional<Credentials> find_credentials(storage::Database& database, const std::string& login) {
    return database.read([&](storage::Transaction& transaction) -> std::optional<Credentials> {
        const auto rows = transaction.run(sql::find_credentials, {{"login", login}});
        if (rows.empty()) return std::nullopt;
        return Credentials{rows[0].integer("person_key"), rows[0].maybe_text("password_hash"),
                           rows[0].flag("must_change_password"), rows[0].flag("is_active")};
    });
}

} // namespace

std::string session_cookie_line(const http::Request& request, std::string_view token,
                                std::int64_t seconds) {
    std::string line(session_cookie);
    line.append("=")
        .append(token)
        .append("; Path=/; HttpOnly; SameSite=Strict; Max-Age=")
        .append(std::to_string(seconds));
    if (request.header("X-Forwarded-Proto") == "https") line += "; Secure";
    return line;
}

Result<IdentityService::SessionGiven> IdentityService::sign_in(const std::string& login,
                                                               const std::string& password,
                                                               const std::string& remote_address,
                                                               const std::string& user_agent) {
    auto& state = *state_;
    // A name that cannot be one is counted and refused as an unknown one is.
    const auto name = to_lower_ascii(trim(login));
    const auto counters = counters_of(state.keys, name, remote_address);
    const auto known = find_credentials(state.database, name);
    const auto person_key = known ? std::optional(known->person_key) : std::nullopt;
    TRY(state.database.write([&](storage::Transaction& transaction) {
        return count_attempt(transaction, counters, person_key, state.clock.now_ms());
    }));
    TRY_ASSIGN(fits, state.passwords.fits(known ? known->password_hash : std::nullopt, password));
    if (fits && known->is_active) {
        (void)state.database.write([&](storage::Transaction& transaction) -> Result<void> {
            take_back(transaction, counters);
            return {};
        });
        return state.open_session(known->person_key, known->must_change, remote_address,
                                  user_agent);
    }
    (void)state.database.write([&](storage::Transaction& transaction) -> Result<void> {
        state.log_access(transaction, {.person_key = person_key,
                                       .act = "sign_in_refused",
                                       .subject = "",
                                       .remote_address = remote_address,
                                       .outcome = "refused"});
        return {};
    });
    // Only who knows the password learns that the account is closed.
    return fail(fits ? "account_closed" : "bad_credentials");
}

Result<IdentityService::SessionGiven> IdentityService::sign_in_demo(const std::string& login) {
    if (!state_->options.is_demo) return fail("forbidden");
    const auto* person = state_->get_directory()->find_person_by_login(to_lower_ascii(trim(login)));
    if (person == nullptr || !person->is_active) return fail("person_unknown");
    // In a demo nobody has to change a password that everybody knows.
    return state_->open_session(person->key, false, "", "demo");
}

Result<IdentityService::SessionGiven>
IdentityService::State::open_session(std::int64_t person_key, bool must_change,
                                     const std::string& remote_address,
                                     const std::string& user_agent) {
    const auto now_ms = clock.now_ms();
    const auto token = to_base64url(random_bytes(32));
    auto people = get_directory();
    if (people->find_person(person_key) == nullptr) {
        reload(); // made by another process a moment ago
        people = get_directory();
    }
    const auto* person = people->find_person(person_key);
    if (person == nullptr) return fail("person_unknown");
    SessionGiven given{token, make_viewer(people, *person)};
    TRY_ASSIGN(
        session_key, database.write([&](storage::Transaction& transaction) -> Result<std::int64_t> {
            transaction.run(sql::remove_old_sessions, {{"now_ms", now_ms}});
            const auto rows = transaction.run(
                sql::add_session, {{"token_sha256", storage::Blob{sha256(token)}},
                                   {"person_key", person_key},
                                   {"now_ms", now_ms},
                                   {"expires_ms", now_ms + options.session_age_ms},
                                   {"remote_address", remote_address},
                                   // A header may hold any bytes; PostgreSQL takes only text.
                                   {"user_agent", is_utf8(user_agent) ? std::string(take_characters(user_agent, 200)) : ""}});
            log_access(transaction, {.person_key = person_key,
                                     .act = "signed_in",
                                     .subject = "",
                                     .remote_address = remote_address});
            return rows[0].integer("session_key");
        }));
    given.viewer.session_key = session_key;
    given.viewer.remote_address = remote_address;
    given.viewer.must_change_password = must_change;
    return given;
}

std::optional<Viewer> IdentityService::State::find_remembered(const std::string& digest, const http::Request& request) const {
    const auto now_ms = clock.now_ms();
    auto found = sessions.find(digest, now_ms);
    // What has ended or is to be noted as seen is looked at where it stands; so is everybody when the directory is new.
    if (!found || found->expires_ms <= now_ms || now_ms - found->last_seen_ms > std::min(touch_every_ms, options.session_idle_ms)) return std::nullopt;
    if (found->viewer.directory != get_directory()) return std::nullopt;
    found->viewer.remote_address = request.remote_address;
    return std::move(found->viewer);
}

std::string digest_of_token(const http::Request& request) {
    const auto authorization = request.header("Authorization");
    const auto token = authorization.starts_with("Bearer ") ? std::string(trim(authorization.substr(7))) : request.cookie(session_cookie).value_or("");
    return token.empty() || token.size() > 100 ? std::string() : sha256(token);
}

Result<Viewer> IdentityService::authenticate(const http::Request& request) {
    auto& state = *state_;
    const auto digest = digest_of_token(request);
    if (digest.empty()) return fail("unauthorized");
    if (auto viewer = state.find_remembered(digest, request)) return std::move(*viewer);
    const auto now_ms = state.clock.now_ms();
    const auto epoch = state.sessions.epoch();
    const auto rows = state.database.read([&](storage::Transaction& transaction) {
        return transaction.run(sql::find_session, {{"token_sha256", storage::Blob{digest}}});
    });
    if (rows.empty()) return fail("unauthorized");
    const auto row = rows[0];
    SessionMemory::Session session{{}, row.integer("expires_ms"), row.integer("last_seen_ms")};
    const auto idle_ms = now_ms - session.last_seen_ms;
    if (session.expires_ms <= now_ms || idle_ms > state.options.session_idle_ms || !row.flag("is_active"))
        return fail("unauthorized");
    const auto person_key = row.integer("person_key");
    auto people = state.get_directory();
    const auto* person = people->find_person(person_key);
    if (person == nullptr) {
        state.reload();
        people = state.get_directory();
        person = people->find_person(person_key);
        if (person == nullptr) return fail("unauthorized");
    }
    session.viewer = state.make_viewer(people, *person);
    session.viewer.session_key = row.integer("session_key");
    session.viewer.must_change_password = row.flag("must_change_password");
    if (idle_ms > touch_every_ms) {
        (void)state.database.write([&](storage::Transaction& transaction) -> Result<void> {
            transaction.run(sql::touch_session,
                            {{"session_key", session.viewer.session_key}, {"now_ms", now_ms}});
            return {};
        });
        session.last_seen_ms = now_ms;
    }
    state.sessions.keep(digest, session, now_ms, epoch);
    session.viewer.remote_address = request.remote_address;
    return std::move(session.viewer);
}

std::optional<SessionMemory::Session> SessionMemory::find(const std::string& digest, std::int64_t now_ms) const {
    const std::scoped_lock lock(mutex_);
    const auto found = kept_.find(digest);
    if (found == kept_.end() || now_ms < found->second.read_ms || now_ms - found->second.read_ms >= age_most_ms) return std::nullopt;
    return found->second.session;
}

void SessionMemory::keep(const std::string& digest, Session session, std::int64_t now_ms, std::uint64_t epoch) {
    constexpr std::size_t kept_most = 10'000;
    const std::scoped_lock lock(mutex_);
    if (epoch != epoch_) return;
    if (kept_.size() >= kept_most) std::erase_if(kept_, [&](const auto& one) { return now_ms - one.second.read_ms >= age_most_ms; });
    if (kept_.size() >= kept_most) kept_.clear();
    kept_[digest] = {std::move(session), now_ms};
}

std::uint64_t SessionMemory::epoch() const {
    const std::scoped_lock lock(mutex_);
    return epoch_;
}

void SessionMemory::forget_all() {
    const std::scoped_lock lock(mutex_);
    ++epoch_;
    kept_.clear();
}

void end_all_sessions(storage::Database& database) {
    (void)database.write([](storage::Transaction& transaction) -> Result<void> {
        transaction.run(sql::end_all_sessions);
        return {};
    });
}

std::optional<Viewer> IdentityService::renew(const Viewer& viewer) {
    auto& state = *state_;
    const auto rows = state.database.read([&](storage::Transaction& transaction) {
        return transaction.run(sql::find_session_by_key, {{"session_key", viewer.session_key}});
    });
    if (rows.empty()) return std::nullopt;
    const auto row = rows[0];
    const auto now_ms = state.clock.now_ms();
    if (row.integer("person_key") != viewer.person_key || !row.flag("is_active") ||
        row.integer("expires_ms") <= now_ms ||
        now_ms - row.integer("last_seen_ms") > state.options.session_idle_ms)
        return std::nullopt;
    const auto people = state.get_directory();
    const auto* person = people->find_person(viewer.person_key);
    if (person == nullptr) return std::nullopt;
    auto renewed = state.make_viewer(people, *person);
    renewed.session_key = viewer.session_key;
    renewed.remote_address = viewer.remote_address;
    renewed.must_change_password = row.flag("must_change_password");
    return renewed;
}

std::set<std::int64_t> IdentityService::people_seen_since(std::int64_t since_ms) {
    std::set<std::int64_t> people;
    const auto rows = state_->database.read([&](storage::Transaction& transaction) { return transaction.run(sql::list_people_seen, {{"since", since_ms}}); });
    for (const auto row : rows) people.insert(row.integer("person_key"));
    return people;
}

void IdentityService::State::end_sessions(storage::Transaction& transaction,
                                          std::int64_t person_key, std::int64_t kept_key) const {
    const auto ended = transaction.run(sql::end_other_sessions,
                                       {{"person_key", person_key}, {"kept_key", kept_key}});
    if (ended.affected == 0) return;
    storage::append_feed(transaction, {.kind = "session_ended",
                                       .subject_key = person_key,
                                       .recorded_ms = clock.now_ms()});
}

} // namespace chengge::identity
