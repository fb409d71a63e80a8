// Inside of identity: what the service holds, and the pieces its files share.
#pragma once

#include <atomic>
#include <mutex>
#include <unordered_map>

#include "identity/identity_service.hpp"
#include "identity/passwords.hpp"
#include "identity/posts.hpp"

namespace chengge::identity {

inline constexpr std::string_view session_cookie = "chengge_session";

struct AccessLine {
    std::optional<std::int64_t> person_key;
    std::string_view act; // a row of data/organisations/access_acts.csv
    std::string subject;
    std::string remote_address;
    std::string_view outcome = "done"; // done | refused
};

// Viewers of sessions as they were read a moment ago: who is signed in asks many times a second, and asking the database
// and putting the permissions together was a fifth of what a tile costs. Whatever this process changes about people and
// sessions forgets them all with its commit; what another process changes is seen within `age_most_ms`.
class SessionMemory {
public:
    struct Session {
        Viewer viewer; // but for the address of the request
        std::int64_t expires_ms = 0, last_seen_ms = 0;
    };
    static constexpr std::int64_t age_most_ms = 1000;

    // By the digest of the token.
    std::optional<Session> find(const std::string& digest, std::int64_t now_ms) const;
    // `epoch` as it was before the session was read: one read before a change is not kept after it.
    void keep(const std::string& digest, Session session, std::int64_t now_ms, std::uint64_t epoch);
    std::uint64_t epoch() const;
    void forget_all();

private:
    struct Kept {
        Session session;
        std::int64_t read_ms = 0;
    };
    mutable std::mutex mutex_;
    std::uint64_t epoch_ = 0;
    std::unordered_map<std::string, Kept> kept_;
};

struct IdentityService::State {
    State(storage::Database& given_database, const Clock& given_clock,
          IdentityOptions given_options)
        : database(given_database), clock(given_clock), options(std::move(given_options)) {}

    storage::Database& database;
    const Clock& clock;
    const IdentityOptions options;
    Posts posts;
    SecretKeys keys;
    Passwords passwords;
    std::optional<http::Problems> problems; // set by add_routes, before the server starts
    mutable std::mutex mutex;               // guards `directory`
    std::shared_ptr<const Directory> directory;

    mutable SessionMemory sessions;
    // The viewer of a session that needs nothing from the database now.
    std::optional<Viewer> find_remembered(const std::string& digest, const http::Request& request) const;

    // A write that changes people, posts or sessions.
    template <class Work>
    auto write_and_forget(Work&& work) const {
        auto done = database.write(std::forward<Work>(work));
        sessions.forget_all();
        return done;
    }
    std::shared_ptr<const Directory> get_directory() const {
        const std::scoped_lock lock(mutex);
        return directory;
    }
    void reload();
    Viewer make_viewer(const std::shared_ptr<const Directory>& of, const Person& person) const;
    // Ends sessions of a person (all but `kept_key`, 0 keeps none) and tells open connections.
    void end_sessions(storage::Transaction& transaction, std::int64_t person_key,
                      std::int64_t kept_key) const;
    void log_access(storage::Transaction& transaction, const AccessLine& line) const;
    Result<SessionGiven> open_session(std::int64_t person_key, bool must_change,
                                      const std::string& remote_address,
                                      const std::string& user_agent);
    std::string sealed_or_empty(std::string_view plain) const;

    // The routes' own acts (administration.cpp, password_links.cpp).
    struct PersonChange {
        std::optional<std::string> name, phone, organisation_code;
        std::optional<std::vector<std::string>> roles;
        std::optional<bool> is_active;
    };
    struct SetUpAccount {
        std::string role, login, name, password;
    };
    Result<void> check_roles(const Viewer& viewer, const std::vector<std::string>& before,
                             const std::vector<std::string>& after) const;
    Result<std::int64_t> add_organisation(const Viewer& viewer,
                                          const NewOrganisation& organisation);
    Result<std::int64_t> add_person(const Viewer& viewer, NewPerson person);
    Result<void> change_person(const Viewer& viewer, const Person& person,
                               const PersonChange& change);
    Result<std::string> reset_password(const Viewer& viewer, const Person& person);
    Result<void> change_password(const Viewer& viewer, const std::string& old_password,
                                 const std::string& new_password);
    // Uses up a person's link. Refusals: password_link_unknown, those of check_password.
    Result<void> take_password_link(const std::string& secret, const std::string& password,
                                    const std::string& remote_address);
    Result<void> set_up(const std::string& secret, const std::vector<SetUpAccount>& accounts,
                        const std::string& remote_address);
};

// Inserts in the transaction; nothing when the code, login or id exists already.
std::optional<std::int64_t>
insert_organisation(storage::Transaction& transaction,
                    const IdentityService::NewOrganisation& organisation,
                    std::optional<std::int64_t> parent_key, std::int64_t now_ms);
std::optional<std::int64_t> insert_person(storage::Transaction& transaction, const SecretKeys& keys,
                                          const IdentityService::NewPerson& person,
                                          std::int64_t organisation_key,
                                          const std::optional<std::string>& password_hash,
                                          std::int64_t now_ms);
std::optional<std::int64_t> find_organisation_key(storage::Transaction& transaction,
                                                  const std::string& code);
bool is_organisation_code(std::string_view code);
// In order, each once.
std::vector<std::string> sorted_words(std::vector<std::string> words);
// A link by which a person chooses a password; earlier ones of the person end. The secret.
std::string add_password_link(storage::Transaction& transaction, std::int64_t person_key,
                              std::int64_t now_ms);
inline constexpr std::int64_t password_link_ms = 30 * 24 * 3'600'000ll;

// Of the session that a request names by bearer token or cookie; empty when it names none.
std::string digest_of_token(const http::Request& request);
// A browser says from where it asks; a page of another site must not use the visitor's session.
bool is_own_origin(const http::Request& request);
std::string session_cookie_line(const http::Request& request, std::string_view token,
                                std::int64_t seconds);

} // namespace chengge::identity
