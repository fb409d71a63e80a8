// Who is who, who may do what, who sees which cases: organisations, people, roles, sessions.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/import_report.hpp"
#include "base/result.hpp"
#include "http/http.hpp"
#include "storage/database.hpp"

namespace chengge::identity {

struct Organisation {
    std::int64_t key = 0;
    std::string code; // stable text id, "city-command", "dept-sanitation"
    std::string name;
    std::string kind; // a row of data/organisations/kinds.csv
    std::optional<std::int64_t> parent_key;
    std::string region_code;    // the managing district it belongs to; empty = whole city
    bool sees_all_cases = false; // from its kind: supervision centre and city command centre
    bool is_open = true;         // within its validity dates
    std::string short_name = "";
    // What it was called before, oldest first.
    struct FormerName {
        std::string name, short_name;
        std::int64_t until_ms = 0;
    };
    std::vector<FormerName> former = {};
    std::vector<std::int64_t> successors = {}; // who took over from it
    const std::string& name_at(std::int64_t at_ms) const {
        for (const auto& one : former)
            if (at_ms < one.until_ms) return one.name;
        return name;
    }
};

struct Person {
    std::int64_t key = 0;
    Uuid id;
    std::string login;
    std::string name;
    std::int64_t organisation_key = 0;
    std::vector<std::string> roles; // rows of data/organisations/roles.csv
    bool is_active = true;
};

// An immutable snapshot of all organisations and people, decrypted names included.
class Directory {
public:
    const Organisation* find_organisation(std::int64_t key) const;
    const Organisation* find_organisation(std::string_view code) const;
    const Person* find_person(std::int64_t key) const;
    const Person* find_person(const Uuid& id) const;
    const Person* find_person_by_login(std::string_view login) const;
    // The organisation and everything below it, and what it took over from.
    std::vector<std::int64_t> subtree(std::int64_t organisation_key) const;
    // The command centre that stands above a unit: its district's, else the city's; nothing above
    // the city's.
    const Organisation* command_center_of(std::int64_t organisation_key) const;
    // Active people only; of exactly that organisation when one is given.
    std::vector<const Person*> people_with_role(std::string_view role,
                                                std::optional<std::int64_t> organisation_key) const;
    const std::vector<Organisation>& organisations() const { return organisations_; }
    const std::vector<Person>& people() const { return people_; }
    // Fills the indexes; called once by whoever builds a snapshot.
    static std::shared_ptr<const Directory> make(std::vector<Organisation>, std::vector<Person>);

private:
    std::vector<Organisation> organisations_;
    std::vector<Person> people_;
    std::unordered_map<std::int64_t, std::size_t> organisation_at_;
    std::unordered_map<std::string, std::size_t> organisation_by_code_;
    std::unordered_map<std::int64_t, std::size_t> person_at_;
    std::unordered_map<Uuid, std::size_t> person_by_id_;
    std::unordered_map<std::string, std::size_t> person_by_login_;
    std::unordered_map<std::int64_t, std::vector<std::int64_t>> children_;
};

// Which cases a person may see. Widest first: everything; a region's; those in which one of the
// organisations has a part; the person's own reports and tasks.
struct Scope {
    bool sees_all = false;
    std::string region_code;                     // empty = none
    std::vector<std::int64_t> organisation_keys; // sorted
    std::int64_t person_key = 0;
    bool sees_reporter = false; // supervision centre only
};

// The person behind a request.
struct Viewer {
    std::int64_t person_key = 0;
    Uuid person_id;
    std::string login;
    std::string name;
    std::int64_t organisation_key = 0;
    std::string organisation_code;
    std::set<std::string, std::less<>> roles;
    std::vector<std::string_view> permissions; // sorted; words of the service's roles.csv
    Scope scope;
    std::int64_t session_key = 0;
    std::string remote_address;
    bool must_change_password = false;
    // Who acts for the person (授权), when it is not the person; the person's rights and scope, the deputy's hand.
    Uuid deputy_id;
    std::int64_t deputy_key = 0;
    std::shared_ptr<const Directory> directory;
    bool may(std::string_view permission) const { return std::binary_search(permissions.begin(), permissions.end(), permission); }
};

// Keys of the installation: file DIR/keys/identity.key (0600), made at first start.
struct SecretKeys {
    std::string encryption; // 16 bytes, SM4
    std::string index;      // 32 bytes, HMAC-SM3 of the blind index
};

// SM4-CTR with a random nonce and an HMAC-SM3 tag over both: nonce(16) ‖ text ‖ tag(16).
std::string seal(const SecretKeys& keys, std::string_view plain);
// Nothing when the tag does not fit.
std::optional<std::string> unseal(const SecretKeys& keys, std::string_view sealed);
// Equal texts give equal values: look-up by phone number without storing it.
std::string blind_index(const SecretKeys& keys, std::string_view plain);
// The same of a phone number, however its digits are grouped.
std::string phone_index(const SecretKeys& keys, std::string_view phone);
std::string mask_phone(std::string_view phone);        // 138 **** 2406
std::string mask_phones_in(std::string_view sentence); // every phone number inside a text

struct IdentityOptions {
    std::string data_folder;  // of the rules: organisations/kinds.csv, roles.csv
    std::string overlay_folder = {}; // the city's own rows over them; empty = none
    std::string keys_folder;  // DIR/keys
    bool is_demo = false;     // permits the demo's known passwords
    std::int64_t session_idle_ms = 24 * 3'600'000;         // unused that long, a session has ended
    std::int64_t session_age_ms = 30 * 24 * 3'600'000ll;   // the longest a session lives
};

// Whether the three administrators have been made; needs no keys.
bool has_administrators(storage::Database& database);

class IdentityService {
public:
    // Loads roles, kinds and keys, reads the directory.
    static Result<std::unique_ptr<IdentityService>> open(storage::Database& database, const Clock& clock,
                                                         IdentityOptions options);
    ~IdentityService();

    std::shared_ptr<const Directory> directory() const;
    void reload_directory(); // after a change, also of another process (feed kind "directory")
    const SecretKeys& keys() const;

    // A permission of roles.csv named beside the path in the route table. The wrapped handler
    // refuses with unauthorized / forbidden / password_must_change, checks the Origin of cookie
    // requests that change something, and gives the viewer. "a|b": one of them is enough.
    // add_routes must have been called before the first request; this service outlives the server.
    using GuardedHandler = std::function<http::Response(const http::Request&, const Viewer&)>;
    http::Handler guard(const std::string& permission, GuardedHandler handler);
    // The same for http::RouteOptions::from_memory of a route that only reads: of a session seen within the last second;
    // nothing of any other, and nothing instead of a refusal, which is then left to the guarded handler of the route.
    using GuardedQuickHandler = std::function<std::optional<http::Response>(const http::Request&, const Viewer&)>;
    http::QuickHandler guard_from_memory(const std::string& permission, GuardedQuickHandler handler);
    // The viewer of a session cookie or bearer token; refusal unauthorized.
    Result<Viewer> authenticate(const http::Request& request);
    // The same session's viewer as of now, for connections that stay open; nothing when the session
    // has ended or the account was closed. Feed kinds "session_ended" (subject: person key) and
    // "directory" say when to ask.
    std::optional<Viewer> renew(const Viewer& viewer);
    // Keys of the people who have been at the platform since then.
    std::set<std::int64_t> people_seen_since(std::int64_t since_ms);
    // What a person would see and may do (decide, tests, simulation): no session.
    Viewer viewer_of(const Person& person) const;

    struct NewOrganisation {
        std::string code, name, kind, parent_code, region_code, short_name = "";
    };
    struct NewPerson {
        Uuid id;
        std::string login, name, phone, organisation_code;
        std::vector<std::string> roles;
        std::optional<std::string> password; // none: a one-time link must be made
        bool must_change_password = true;
    };
    // Seeds many at once (import, demo); one transaction; the same code or login again is left alone.
    Result<void> add_all(const std::vector<NewOrganisation>& organisations, const std::vector<NewPerson>& people);

    // 机构调整, in the caller's transaction; who follows the feed reads the directory again. Codes name organisations.
    struct Reorganisation {
        std::vector<NewOrganisation> added;
        struct Name {
            std::string code, name, short_name;
        };
        std::vector<Name> renamed;
        std::vector<std::string> closed;
        std::vector<std::pair<std::string, std::string>> successions; // from, to
        std::vector<std::pair<std::string, std::string>> parents;     // organisation, its new parent
        std::vector<std::pair<Uuid, std::string>> people;             // person, their new organisation
    };
    // Refusals: organisation_unknown, organisation_code_taken.
    Result<void> reorganise(storage::Transaction& transaction, const Reorganisation& plan, std::int64_t at_ms);
    // Whether an organisation may have this code, kind and name. Refusals: organisation_code_invalid, organisation_kind_unknown,
    // organisation_code_taken, organisation_unknown (its parent).
    Result<void> check_organisation(const NewOrganisation& organisation) const;

    // CSV files of a city's own: code,name,kind,parent_code,region_code. Nothing is stored when there
    // is a fault, unless skips_faulty; an organisation that the file does not have is left alone.
    // `is_region` knows the districts' and subdistricts' codes.
    ImportReport import_organisations(const std::string& file, const ImportOptions& options,
                                      const std::function<bool(const std::string&)>& is_region);
    // login,name,phone,organisation_code,roles (separated by spaces; codes or Chinese names). People
    // get no password but a link, by which they choose one themselves within 30 days.
    struct LinkGiven {
        std::string login, name, organisation, secret;
        std::int64_t expires_ms = 0;
    };
    struct PeopleImport {
        ImportReport report;
        std::vector<LinkGiven> links; // of those added, or of all without a password if asked for
    };
    PeopleImport import_people(const std::string& file, const ImportOptions& options,
                               bool renews_links);
    // The files that these imports read, of what is in the city now. People's phones are in it.
    std::string export_organisations() const;
    std::string export_people() const;

    struct SessionGiven {
        std::string token; // 256 bits, base64url; only its SHA-256 is stored
        Viewer viewer;
    };
    // Refusals: bad_credentials, account_locked (with until), too_many_attempts, account_closed.
    Result<SessionGiven> sign_in(const std::string& login, const std::string& password,
                                 const std::string& remote_address, const std::string& user_agent);
    // Demo only: a session without a password; refusal forbidden on a real city.
    Result<SessionGiven> sign_in_demo(const std::string& login);
    // Makes the one-time link's secret for the first three administrators; nothing when they exist.
    // Earlier ones stop working.
    std::optional<std::string> make_setup_secret();
    // Until when one that was made still works.
    std::optional<std::int64_t> setup_link_until() const;

    // One line of the access log: reads of personal data, sign-ins, administration.
    void record_access(const Viewer& viewer, std::string_view act, std::string_view subject);

    // The answer to a sign-in: 201, the cookie, {token, must_change_password, person}.
    http::Response session_answer(const http::Request& request, const SessionGiven& given) const;
    // "zh" or "en" name of a role or an organisation's kind; the code itself when unknown.
    std::string role_label(std::string_view role, std::string_view language) const;
    std::string kind_label(std::string_view kind, std::string_view language) const;
    // Every role as {code, zh, en}, in the order of the table.
    json::array role_labels() const;
    // Every kind of organisation, the same way.
    json::array kind_labels() const;

    void add_routes(http::Router& router, const http::Problems& problems);

    struct State; // of the implementation

private:
    explicit IdentityService(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Signs everybody out: after a restore, sessions that had been ended must not live again.
void end_all_sessions(storage::Database& database);

} // namespace chengge::identity
