#include "faults/kit_city.hpp"

#include <algorithm>
#include <atomic>
#include <set>
#include <stdexcept>

#include <signal.h>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/ids.hpp"
#include "faults/kit_cluster.hpp"
#include "kit/small_city.hpp"

namespace chengge::faults {

namespace files = std::filesystem;
using storage::Engine;
using storage::Statement;
using storage::Transaction;

namespace {

constexpr int start_seconds = 30;
constexpr const char* demo_file = R"({"city_name": "小城", "seed": 1, "months": 3, "made_for": "2026-09-29T09:00:00+08:00", "district_count": 2, "subdistrict_count": 2,
    "community_count": 3, "cell_count": 11, "password": "-", "play": {"lon": 110.3605, "lat": 21.2695, "logins": {"collector": "collector"}}})";

// Made once an engine, copied for every test: a small city with one closed case.
class Template {
public:
    static const Template& of(Engine engine) {
        static const Template sqlite(Engine::sqlite), postgres(Engine::postgres);
        return engine == Engine::sqlite ? sqlite : postgres;
    }
    static constexpr const char* name = "city_template";
    kit::ScratchFolder folder;
    geo::Point center;

private:
    explicit Template(Engine engine) {
        std::string url = folder.path() + "/chengge.db";
        if (engine == Engine::postgres) {
            Cluster::shared().make_database(name);
            url = Cluster::shared().url(name);
        }
        kit::SmallCity city(engine, {.database_url = url});
        // Who keeps the registry; the small city has no administrators of its own.
        const auto added = city.identity->add_all({}, {{.id = city.new_id(), .login = "system_admin", .name = "管理员", .phone = "", .organisation_code = "supervision", .roles = {"system_admin"}, .password = std::nullopt, .must_change_password = false}});
        if (!added) throw std::runtime_error("no administrator: " + added.error().code);
        city.closed_case();
        city.cases->run_jobs_once();
        center = city.center("A2");
        for (const auto* part : {"/keys", "/media"}) files::copy(city.folder.path() + part, folder.path() + part, files::copy_options::recursive);
        save_file(folder.path() + "/demo.json", demo_file);
    }
};

Statement same(const char* sql) { return {"test", sql, sql}; }

// The numbers of a day are 1 … n, each once.
void check_numbers(Transaction& transaction, std::vector<std::string>& faults) {
    static const auto list = same("SELECT case_no, accepted_day FROM cases WHERE accepted_day <> ''");
    std::map<std::string, std::multiset<int>> days;
    for (const auto row : transaction.run(list)) {
        if (row.is_null("case_no")) {
            faults.push_back("an accepted case has no number");
            continue;
        }
        const auto& no = row.text("case_no");
        days[no.substr(0, no.rfind('-'))].insert(std::atoi(no.c_str() + no.rfind('-') + 1));
    }
    for (const auto& [day, numbers] : days) {
        int expected = 0;
        for (const int number : numbers)
            if (number != ++expected) {
                faults.push_back("the numbers of " + day + " are not 1 … n: after " + std::to_string(expected - 1) + " comes " + std::to_string(number));
                break;
            }
    }
}

// Whoever follows the feed hears of every step once.
void check_feed(Transaction& transaction, std::vector<std::string>& faults) {
    static const auto steps = same("SELECT COUNT(*) AS n FROM case_steps");
    static const auto told = same("SELECT COUNT(*) AS n FROM feed_entries WHERE kind LIKE 'case_%' AND kind NOT IN ('case_numbered', 'case_overdue')");
    static const auto cases = same("SELECT COUNT(*) AS n FROM cases WHERE case_no IS NOT NULL");
    static const auto numbered = same("SELECT COUNT(*) AS n FROM feed_entries WHERE kind = 'case_numbered'");
    const auto count = [&](const Statement& statement) { return transaction.run(statement)[0].integer("n"); };
    if (count(steps) != count(told)) faults.push_back("the feed tells of " + std::to_string(count(told)) + " steps, there are " + std::to_string(count(steps)));
    if (count(cases) != count(numbered)) faults.push_back("the feed tells of " + std::to_string(count(numbered)) + " numbers, there are " + std::to_string(count(cases)));
}

} // namespace

FaultCity::FaultCity(Engine engine) : engine_(engine) {
    static std::atomic<int> count{0};
    const auto& made = Template::of(engine);
    files::create_directories(data());
    files::copy(made.folder.path(), data(), files::copy_options::recursive);
    if (engine == Engine::postgres) {
        name_ = "city_" + std::to_string(++count);
        Cluster::shared().make_database(name_, Template::name);
        database_url_ = Cluster::shared().url(name_);
    }
    before = look();
    disk.keep_all();
}

FaultCity::~FaultCity() {
    server_.reset();
    if (!name_.empty()) Cluster::shared().drop_database(name_);
}

double FaultCity::lon() const { return Template::of(engine_).center.lon; }
double FaultCity::lat() const { return Template::of(engine_).center.lat; }

std::vector<std::string> FaultCity::words(const std::string& command) const {
    std::vector<std::string> words{command, "--data", data()};
    if (!database_url_.empty()) words.insert(words.end(), {"--database", database_url_});
    return words;
}

Ended FaultCity::run(std::vector<std::string> command, const std::vector<std::string>& added, const std::vector<std::string>& environment) const {
    const auto city = words("");
    command.insert(command.end(), city.begin() + 1, city.end());
    command.insert(command.end(), added.begin(), added.end());
    auto all = disk.environment();
    all.insert(all.end(), environment.begin(), environment.end());
    return run_chengge(command, all);
}

bool FaultCity::start(const std::vector<std::string>& environment) {
    kill();
    auto all = wrapper.empty() ? disk.environment() : std::vector<std::string>{};
    all.insert(all.end(), environment.begin(), environment.end());
    auto program = wrapper;
    program.emplace_back(CHENGGE_PROGRAM);
    for (const auto& word : words("serve")) program.push_back(word);
    program.insert(program.end(), {"--listen", "127.0.0.1:0"});
    server_ = std::make_unique<Process>(program, all);
    const auto url = server_->wait_for_line("listening on ", start_seconds);
    if (url) url_ = *url;
    else kill();
    return url.has_value();
}

void FaultCity::need_start(const std::vector<std::string>& environment) {
    if (!start(environment)) throw std::runtime_error("the server did not start: " + last.out + last.log);
}

void FaultCity::kill() {
    if (!server_) return;
    server_->kill();
    last = server_->wait(1);
    server_.reset();
}

void FaultCity::stop() {
    server_->signal(SIGTERM);
    last = server_->wait(30);
    server_.reset();
    if (last.code != 0) throw std::runtime_error("the server did not end well: code " + std::to_string(last.code) + ", signal " + std::to_string(last.signal) + "\n" + last.log);
}

http::Response FaultCity::ask(const Ask& ask) {
    http::ClientRequest request{.method = ask.method, .url = url_ + ask.path, .headers = ask.headers, .body = ask.body, .time_out_seconds = ask.time_out_seconds};
    if (!ask.who.empty()) request.headers.emplace_back("Authorization", "Bearer " + tokens_.at(ask.who));
    if (!ask.body.empty()) request.headers.emplace_back("Content-Type", ask.content_type);
    return http::fetch(request);
}

json::value FaultCity::get(const std::string& who, const std::string& path) {
    const auto answer = ask({.who = who, .path = path});
    if (answer.status != 200) throw std::runtime_error("GET " + path + ": " + std::to_string(answer.status) + " " + answer.body);
    return parse_json(answer.body).value();
}

void FaultCity::sign_in(const std::vector<std::string>& people) {
    for (const auto& who : people) {
        if (tokens_.contains(who)) continue;
        const auto answer = ask({.method = http::Method::post, .path = "/api/v1/demo/sessions", .body = to_json_text(json::object{{"login", who}})});
        if (answer.status / 100 != 2) throw std::runtime_error(who + " may not sign in: " + answer.body);
        tokens_[who] = parse_json(answer.body).value().at("token").as_string();
    }
}

Ended FaultCity::audit() const {
    // Days that a kill left without their root: the next start would sign them.
    if (auto ended = run({"roots", "sign"}); ended.code != 0) return ended;
    return run_chengge(words("audit"));
}

Stored FaultCity::look() const {
    const auto database = storage::Database::open({.url = database_url_.empty() ? data() + "/chengge.db" : database_url_, .readers = 1, .writers = 1, .cache_mb = 16});
    static const auto steps = same("SELECT step_id FROM case_steps");
    static const auto by_itself = same("SELECT step_id FROM case_steps WHERE action IN ('move_units', 'hold_clocks', 'release_clocks', 'exclude_case')");
    static const auto cases = same("SELECT COUNT(*) AS n FROM cases");
    static const auto photos = same("SELECT media_id, sm3 FROM media");
    auto stored = database->read([](Transaction& transaction) {
        Stored found;
        for (const auto row : transaction.run(steps)) found.steps.push_back(format_uuid(uuid_from_raw(row.bytes("step_id"))));
        for (const auto row : transaction.run(by_itself)) found.by_itself.push_back(format_uuid(uuid_from_raw(row.bytes("step_id"))));
        for (const auto row : transaction.run(photos)) found.photos[format_uuid(uuid_from_raw(row.bytes("media_id")))] = to_hex(row.bytes("sm3"));
        found.cases = transaction.run(cases)[0].integer("n");
        check_numbers(transaction, found.faults);
        check_feed(transaction, found.faults);
        return found;
    });
    for (const auto& [id, hex] : stored.photos) {
        const auto bytes = load_file(data() + "/media/originals/" + hex.substr(0, 2) + "/" + hex);
        if (!bytes) stored.faults.push_back("photo " + id + " has a row and no file");
        else if (to_hex(sm3(*bytes)) != hex) stored.faults.push_back("photo " + id + ": the file is another");
    }
    return stored;
}

} // namespace chengge::faults
