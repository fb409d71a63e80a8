// What people look at all day, over HTTP with a million cases in the file: a case, an inbox, the newest of a
// search; and the search beside PostgreSQL's own query.
#include <filesystem>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "base/text.hpp"
#include "http/http.hpp"
#include "kit/city.hpp"
#include "kit/load.hpp"
#include "kit/postgres.hpp"
#include "kit/server.hpp"
#include "storage/bigrams.hpp"

namespace chengge::bench {

namespace {

namespace files = std::filesystem;

struct Words {
    std::string name, text;
    bool is_middling = false;
    std::string in_url() const {
        std::string encoded;
        for (const unsigned char byte : text) encoded += fmt::format("%{:02X}", byte);
        return encoded;
    }
};

// In about every second case, in some thousands, in a handful: a house number of the city at hand.
std::vector<Words> words_of(const Options& options) {
    const auto database = storage::Database::open({.url = options.city + "/chengge.db", .readers = 1, .cache_mb = 8});
    const storage::Statement counting("bench", "SELECT COUNT(*) AS n FROM (SELECT 1 FROM case_search WHERE case_search MATCH :match LIMIT 21) m", "");
    for (int number = 1; number < 400; ++number) {
        const auto rare = "勤耕里" + std::to_string(number) + "号";
        const auto found = database->read([&](storage::Transaction& transaction) { return transaction.run(counting, {{"match", storage::to_match(rare, storage::Engine::sqlite)}})[0].integer("n"); });
        if (found >= 1 && found <= 20) return {{"common word (垃圾)", "垃圾"}, {"middling word (井盖)", "井盖", true}, {"rare word (" + rare + ")", rare}};
    }
    throw std::runtime_error("no house of 勤耕里 is rare in this city");
}

std::vector<double> ask(const Served& served, int clients, double seconds, const std::function<std::string(std::int64_t)>& next) {
    const auto result = drive({.port = served.port(), .connections = clients, .seconds = seconds, .next = next, .hear = {}});
    if (result.failures() > 0) throw std::runtime_error("not every answer was good");
    return result.ms;
}

void append(std::vector<double>& to, const std::vector<double>& from) { to.insert(to.end(), from.begin(), from.end()); }

// All pages of a search, newest first, hold what the index holds, each case once: true.
bool finds_all(const Options& options, const Words& words, const Served& served, const std::string& token) {
    const auto database = storage::Database::open({.url = options.city + "/chengge.db", .readers = 1, .cache_mb = 8});
    const storage::Statement matching("bench", "SELECT COUNT(*) AS n FROM case_search WHERE case_search MATCH :match", "");
    const auto wanted = database->read([&](storage::Transaction& transaction) { return transaction.run(matching, {{"match", storage::to_match(words.text, storage::Engine::sqlite)}})[0].integer("n"); });
    std::set<std::string> seen;
    std::int64_t rows = 0;
    http::ClientConnection line;
    std::string cursor;
    do {
        const auto answer = line.send({.url = served.url() + "/api/v1/cases?limit=200&q=" + words.in_url() + (cursor.empty() ? "" : "&cursor=" + cursor), .headers = {{"Authorization", "Bearer " + token}}, .body = "", .ca_file = ""});
        const auto page = parse_json(answer.body);
        if (answer.status != 200 || !page) throw std::runtime_error("a page was refused: " + answer.body);
        for (const auto& item : page->at("items").as_array()) {
            seen.insert(std::string(item.at("case_id").as_string()));
            ++rows;
        }
        cursor = page->at("next_cursor").is_null() ? "" : std::string(page->at("next_cursor").as_string());
    } while (!cursor.empty());
    return rows == wanted && rows == static_cast<std::int64_t>(seen.size());
}

void read_over_http(Report& report, const Options& options, const std::vector<std::string>& ids, const std::vector<Words>& searched) {
    const Served served(options);
    served.rest();
    const auto leader = served.sign_in("leader");
    const std::vector<std::string> desks{"operator", "leader", "dispatcher", "dispatcher-440802", "municipal-440802", "sanitation-440803-crew-3-handler-1"};
    std::vector<std::string> tokens;
    for (const auto& one : desks) tokens.push_back(served.sign_in(one));
    const auto case_of = [&](std::int64_t number) { return get_request("/api/v1/cases/" + ids[static_cast<std::size_t>(number) % ids.size()], leader); };
    // What was read once is in memory, as in a served city.
    (void)ask(served, 1, options.seconds, case_of);
    for (const auto& token : tokens) (void)ask(served, 1, options.seconds / 4, [&](std::int64_t) { return get_request("/api/v1/inbox?limit=50", token); });

    // Who sees a part of the city only: what he reported or was sent to, what his unit or his district has a part in.
    const std::vector<std::string> parts{"collector-001", "sanitation-440802", "dispatcher-440802"};
    std::vector<std::string> part_tokens;
    for (const auto& login : parts) part_tokens.push_back(served.sign_in(login));
    const auto search_of = [](const Words& words, const std::string& token) { return get_request(std::string("/api/v1/cases?limit=50&q=") + words.in_url(), token); };

    std::vector<double> one, sixteen;
    std::vector<std::vector<double>> inboxes(desks.size()), searches(searched.size()), lists(parts.size());
    std::vector<std::vector<std::vector<double>>> part_searches(parts.size(), std::vector<std::vector<double>>(searched.size()));
    for (int round = 0; round < options.rounds; ++round) {
        append(one, ask(served, 1, options.seconds, case_of));
        append(sixteen, ask(served, 16, options.seconds, case_of));
        for (std::size_t i = 0; i < desks.size(); ++i) append(inboxes[i], ask(served, 1, options.seconds / 2, [&](std::int64_t) { return get_request("/api/v1/inbox?limit=50", tokens[i]); }));
        for (std::size_t i = 0; i < searches.size(); ++i)
            append(searches[i], ask(served, 1, options.seconds / 2, [&](std::int64_t) { return search_of(searched[i], leader); }));
        for (std::size_t i = 0; i < parts.size(); ++i) {
            append(lists[i], ask(served, 1, options.seconds / 4, [&](std::int64_t) { return get_request("/api/v1/cases?limit=50", part_tokens[i]); }));
            for (std::size_t k = 0; k < searched.size(); ++k) append(part_searches[i][k], ask(served, 1, options.seconds / 4, [&](std::int64_t) { return search_of(searched[k], part_tokens[i]); }));
        }
    }
    bool is_whole = true;
    for (const auto* words : {&searched[1], &searched[2]}) is_whole = is_whole && finds_all(options, *words, served, leader);
    report.target("searches whose pages hold other cases than the index", is_whole ? 0 : 1, "", Sense::at_most, 0);
    report.figure("a case with its steps p50", percentile(one, 0.5), "ms", 1);
    report.target("a case with its steps p99", percentile(one, 0.99), "ms", Sense::at_most, 2, 1);
    report.figure("a case with its steps p99", percentile(sixteen, 0.99), "ms", 16);
    double worst = 0;
    for (std::size_t i = 0; i < desks.size(); ++i) {
        report.figure("inbox of " + desks[i] + " p99", percentile(inboxes[i], 0.99), "ms", 1);
        worst = std::max(worst, percentile(inboxes[i], 0.99));
    }
    report.target("the slowest inbox p99", worst, "ms", Sense::at_most, 10, 1);
    for (std::size_t i = 0; i < searches.size(); ++i) {
        report.figure(std::string("newest 50 of a ") + searched[i].name + " p50", percentile(searches[i], 0.5), "ms", 1);
        report.target(std::string("newest 50 of a ") + searched[i].name + " p99", percentile(searches[i], 0.99), "ms", Sense::at_most, 20, 1);
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        report.figure("newest 50 of what " + parts[i] + " sees p99", percentile(lists[i], 0.99), "ms", 1);
        for (std::size_t k = 0; k < searched.size(); ++k) {
            const auto name = "newest 50 of a " + searched[k].name + ", as " + parts[i] + " p99";
            const auto value = percentile(part_searches[i][k], 0.99);
            if (searched[k].is_middling) report.figure(name, value, "ms", 1);
            else report.target(name, value, "ms", Sense::at_most, 20, 1);
        }
    }
}

// Our list on PostgreSQL beside the query one would write there by hand.
void search_on_postgres(Report& report, const Options& options, const std::vector<Words>& searched) {
    Cluster cluster(options.city + ".postgres");
    load_cases(cluster, "cases", options.city);
    // What other benches have taken out again still lies in the pages: autovacuum is off here, in life it is on.
    Postgres(cluster.url("cases")).run("VACUUM ANALYZE feed_entries");
    Postgres(cluster.url("cases")).run("VACUUM ANALYZE cases");
    platform::InstallationOptions installation;
    installation.data = options.scratch + "/postgres_city";
    installation.database = cluster.url("cases");
    installation.home = platform::default_home();
    installation.backs_up_before_upgrade = false;
    files::remove_all(installation.data);
    files::create_directories(installation.data);
    files::copy(options.city + "/keys", installation.data + "/keys", files::copy_options::recursive);
    auto opened = platform::Installation::open(installation);
    if (!opened) throw std::runtime_error("the city cannot be opened on PostgreSQL: " + opened.error().code);
    auto& city = **opened;
    const auto directory = city.identity->directory();
    Postgres postgres(cluster.url("cases"));
    const auto prepare = [&](const std::string& name, const std::string& condition) {
        postgres.prepare(name, "SELECT c.* FROM case_search s JOIN cases c ON c.case_key = s.case_key WHERE s.tokens @@ to_tsquery('simple', $1)" + condition + " ORDER BY s.case_key DESC LIMIT 50");
    };
    prepare("search", "");
    // What the same person may see: their own reports and errands, and what their organisations have a part in.
    prepare("search_of_part", " AND (c.reporter_id = $2::bytea OR EXISTS (SELECT 1 FROM tasks t WHERE t.case_key = c.case_key AND t.person_id = $2::bytea)"
                              " OR EXISTS (SELECT 1 FROM assignments a WHERE a.case_key = c.case_key AND a.organisation = ANY (string_to_array($3, ','))))");
    const auto compare = [&](const char* login, const Words& words) {
        const auto* person = directory->find_person_by_login(login);
        if (person == nullptr) throw std::runtime_error(std::string("nobody is ") + login);
        const auto viewer = city.identity->viewer_of(*person);
        std::vector<double> ours, theirs;
        cases::CaseFilter filter;
        filter.words = words.text;
        std::vector<storage::Value> asked{storage::Value(storage::to_match(words.text, storage::Engine::postgres))};
        if (!viewer.scope.sees_all) {
            std::vector<std::string> codes;
            for (const auto key : viewer.scope.organisation_keys) codes.push_back(directory->find_organisation(key)->code);
            asked.emplace_back(storage::Blob{viewer.person_id.raw()});
            asked.emplace_back(join(codes, ","));
        }
        const auto until = now_s() + options.seconds * options.rounds;
        for (int i = 0; i < 3 || now_s() < until; ++i) {
            auto from = now_s();
            if (!city.cases->list(filter, viewer, "zh")) throw std::runtime_error("the list was refused");
            ours.push_back((now_s() - from) * 1000);
            from = now_s();
            postgres.execute(viewer.scope.sees_all ? "search" : "search_of_part", asked);
            theirs.push_back((now_s() - from) * 1000);
        }
        const auto who = viewer.scope.sees_all ? words.name : words.name + ", as " + login;
        report.figure("on PostgreSQL, newest 50 of a " + who + " p99", percentile(ours, 0.99), "ms", 1);
        report.figure("PostgreSQL's own query, " + who + " p99", percentile(theirs, 0.99), "ms", 1);
        if (words.is_middling && !viewer.scope.sees_all) report.figure("ours on PostgreSQL to its own, " + who, median(ours) / median(theirs), "x", 1);
        else report.target("ours on PostgreSQL to its own, " + who, median(ours) / median(theirs), "x", Sense::at_most, 2, 1);
    };
    for (const auto* login : {"leader", "dispatcher-440802"})
        for (const auto& words : searched) compare(login, words);
}

int run(const Options& options) {
    Report report("reads", options);
    const Bookmark bookmark(options.city);
    std::vector<std::string> ids;
    {
        const auto database = storage::Database::open({.url = options.city + "/chengge.db", .readers = 1});
        const auto last = query_number(*database, "SELECT MAX(case_key) AS n FROM cases");
        report.figure("cases in the file", static_cast<double>(query_number(*database, "SELECT COUNT(*) AS n FROM cases")), "cases");
        report.figure("open work", static_cast<double>(query_number(*database, "SELECT COUNT(*) AS n FROM case_clocks k WHERE k.stopped_ms IS NULL")), "clocks");
        Random random(11);
        for (int i = 0; i < 2000; ++i) {
            const auto rows = query(*database, "SELECT c.case_id FROM cases c WHERE c.case_key = :key", {{"key", random.between(1, last)}});
            if (!rows.empty()) ids.push_back(format_uuid(uuid_from_raw(rows[0].bytes("case_id"))));
        }
    }
    const auto searched = words_of(options);
    const auto wants = [&](const char* part) { return options.more.empty() || options.more[0] == part; };
    if (wants("http")) read_over_http(report, options, ids, searched);
    if (wants("postgres")) search_on_postgres(report, options, searched);
    return report.finish();
}

} // namespace

} // namespace chengge::bench

int main(int argc, char** argv) { return chengge::bench::run(chengge::bench::read_options(argc, argv)); }
