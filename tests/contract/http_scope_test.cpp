// Who may know what, byte by byte: canaries in every personal column, and everything that was ever
// sent to somebody is searched for what that somebody must not learn. Streams included.
#include <algorithm>
#include <thread>

#include "kit/http_kit.hpp"
#include "kit/photo_kit.hpp"

namespace http_scope_test {

using namespace chengge;
using http::Method;
using kit::EventListener;
using kit::HttpClient;

namespace {

struct Canaries {
    std::string mark;                     // in the description: whoever sees it sees the case
    std::string id, no;                   // of the case
    std::vector<std::string> media;
    std::vector<std::string> personal;    // for the supervision centre only
};

class HttpScope : public kit::OnBothEngines {
protected:
    kit::HttpCity city{GetParam()};
    std::map<std::string, Canaries> cases;

    std::string position() { return city.as("leader").get("/api/v1/cases?limit=1").text("feed_position"); }

    // A report with canaries in each text that may hold personal data.
    void report(const std::string& name, const std::string& who, const std::string& cell, const std::string& source, int number) {
        auto& client = city.as(who);
        auto& canaries = cases[name];
        const auto digits = std::to_string(number);
        canaries.mark = "标记" + name;
        canaries.media = {client.upload(kit::make_photo({.width = 30 + number, .height = 20, .seed = number}))};
        canaries.personal = {"金丝雀" + name, "1391111000" + digits, "1392222000" + digits, "1393333000" + digits, "1394444000" + digits};
        auto body = client.report_at(cell);
        body["source"] = source;
        body["description"] = canaries.mark + "路边垃圾，请回电 1392222000" + digits;
        body["address"] = "幸福路口，联系 1394444000" + digits;
        body["media"] = json::array{json::value(canaries.media[0])};
        body["contact"] = json::object{{"name", "金丝雀" + name}, {"phone", "1391111000" + digits}, {"public", true}, {"call_back", true}};
        const auto made = client.post("/api/v1/reports", body);
        ASSERT_EQ(made.status, 201) << made.body;
        canaries.id = made.text("case_id");
    }

    void act(const std::string& name, const std::string& who, const std::string& action, const std::string& organisation = "") {
        city.city.clock.advance(60'000);
        const auto& phone = cases[name].personal[3];
        const auto done = city.as(who).act(cases[name].id, action, [&](json::object& step) {
            step["opinion"] = "已电话联系 " + phone;
            if (!organisation.empty()) step["receiver"] = json::object{{"organisation", organisation}};
        });
        ASSERT_EQ(done.status, 200) << who << " " << action << " " << done.body;
    }

    void make_cases() {
        report("甲", "operator", "A1", "hotline_12345", 1);
        act("甲", "operator", "accept");
        act("甲", "leader", "file_case");
        act("甲", "dispatcher", "dispatch", "command-a");
        act("甲", "district_a", "dispatch", "sanitation-a");
        act("甲", "a_sanitation", "ask_send_back");
        act("甲", "district_a", "refuse_send_back");
        act("甲", "a_sanitation", "sign");
        act("甲", "a_sanitation", "assign", "crew-a");
        act("甲", "a_crew", "feed_back");
        act("甲", "a_sanitation", "approve_review");
        act("甲", "district_a", "approve_gate");
        act("甲", "operator", "send_check");
        act("甲", "inspector", "check_pass");
        report("乙", "collector2", "N1", "collector", 2);
        act("乙", "operator", "accept");
        act("乙", "leader", "file_case");
        act("乙", "dispatcher", "dispatch", "command-b");
        act("乙", "district_b", "dispatch", "sanitation-b");
        act("乙", "b_sanitation", "sign");
        report("丙", "collector", "A2", "collector", 3);
        act("丙", "operator", "accept");
        act("丙", "leader", "file_case");
        act("丙", "dispatcher", "dispatch", "power");
        report("丁", "citizen", "A3", "citizen_app", 4);
        act("丁", "operator", "comment");
        for (auto& [name, canaries] : cases) {
            const auto seen = city.as("leader").get("/api/v1/cases/" + canaries.id);
            if (!seen.at("case_no").is_null()) canaries.no = seen.text("case_no");
            canaries.media.clear();
            for (const auto& photo : seen.at("media").as_array()) canaries.media.emplace_back(photo.at("media_id").as_string());
        }
    }

    // Everything somebody can think of asking.
    void ask_everything(HttpClient& client) {
        std::vector<std::string> paths{"/api/v1/cases", "/api/v1/cases?order=oldest", "/api/v1/cases?order=deadline", "/api/v1/cases?open=true", "/api/v1/cases?mine=true",
                                       "/api/v1/cases?overdue=true", "/api/v1/cases?region=440802", "/api/v1/cases?region=440803", "/api/v1/cases?organisation=sanitation-a",
                                       "/api/v1/cases?organisation=sanitation-b", "/api/v1/cases?bbox=110,21,111,22", "/api/v1/cases?class_code=06010", "/api/v1/cases?source=collector",
                                       "/api/v1/cases?q=垃圾", "/api/v1/cases?q=标记", "/api/v1/cases?q=1", "/api/v1/cases.csv", "/api/v1/cases.csv?q=垃圾&lang=en", "/api/v1/inbox", "/api/v1/me"};
        for (const auto& [name, canaries] : cases) {
            for (const auto& words : canaries.personal) paths.push_back("/api/v1/cases?q=" + words);
            for (const auto& reference : {canaries.id, canaries.no}) {
                if (reference.empty()) continue;
                const auto path = "/api/v1/cases/" + reference;
                for (const auto* rest : {"", "?lang=en", "/contact", "/receivers?action=dispatch", "/receivers?action=assign", "/receivers?action=send_check", "/receivers?action=redispatch"}) paths.push_back(path + rest);
                paths.push_back("/api/v1/cases?q=" + reference);
            }
            for (const auto& media : canaries.media)
                for (const auto* size : {"thumbnail", "large", "original"}) paths.push_back("/api/v1/media/" + media + "/" + size);
        }
        for (const auto& path : paths) client.get(path);
        for (const auto& [name, canaries] : cases) {
            const json::object step{{"step_id", format_uuid(city.city.new_id())}, {"action", "close"}, {"version", 1}};
            client.post("/api/v1/cases/" + canaries.id + "/steps", step);
        }
    }
};

} // namespace

TEST_P(HttpScope, NobodyIsSentWhatIsNotTheirs) {
    city.set_up();
    const auto start = position();
    std::map<std::string, std::unique_ptr<EventListener>> listeners;
    const std::map<std::string, std::set<std::string>> sees{
        {"operator", {"甲", "乙", "丙", "丁"}}, {"leader", {"甲", "乙", "丙", "丁"}},   {"inspector", {"甲", "乙", "丙", "丁"}}, {"evaluator", {"甲", "乙", "丙", "丁"}},
        {"dispatcher", {"甲", "乙", "丙", "丁"}}, {"commander", {"甲", "乙", "丙", "丁"}}, {"district_a", {"甲"}},   {"a_sanitation", {"甲"}},
        {"a_crew", {"甲"}},                     {"commander_a", {"甲", "丙", "丁"}},     {"district_b", {"乙"}},   {"b_sanitation", {"乙"}},
        {"b_crew", {}},                         {"power", {"丙"}},                       {"sanitation", {}},       {"collector", {"丙"}},
        {"collector2", {"乙"}},                 {"citizen", {"丁"}},                     {"citizen2", {}},         {"system_admin", {}},
        {"security_admin", {}},                 {"audit_admin", {}}};
    for (const auto& [who, names] : sees)
        if (!who.ends_with("_admin")) listeners[who] = std::make_unique<EventListener>(city, city.as(who), start);
    make_cases();
    for (int i = 0; i < 100 && city.as("leader").get("/api/v1/cases?q=标记").at("items").as_array().size() < 4; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ASSERT_TRUE(listeners["leader"]->wait_for(cases["丁"].id, "case_step"));
    const std::map<std::string, std::string> reporters{{"乙", "人员collector2"}, {"丙", "人员collector\""}, {"丁", "人员citizen\""}};
    for (const auto& [who, names] : sees) {
        HttpClient client(city, city.as(who).token());
        ask_everything(client);
        auto all = client.received();
        if (const auto found = listeners.find(who); found != listeners.end()) {
            found->second->drain();
            all += found->second->received();
        }
        for (const auto& [name, canaries] : cases) {
            const bool is_theirs = names.contains(name);
            EXPECT_EQ(all.find(canaries.mark) != std::string::npos, is_theirs) << who << " " << name;
            EXPECT_EQ(all.find(canaries.id) != std::string::npos, is_theirs) << who << " " << name;
            for (const auto& media : canaries.media) EXPECT_EQ(client.get("/api/v1/media/" + media + "/large").status, is_theirs ? 200 : who.ends_with("_admin") && who != "system_admin" ? 403 : 404) << who << " " << name;
            if (is_theirs) continue;
            if (!canaries.no.empty()) {
                EXPECT_EQ(all.find(canaries.no), std::string::npos) << who << " " << name;
            }
        }
        const bool is_centre = who == "operator" || who == "leader";
        for (const auto& [name, canaries] : cases)
            for (const auto& words : canaries.personal) EXPECT_EQ(all.find(words) != std::string::npos, is_centre) << who << " is sent " << words << " of " << name;
        for (const auto& [name, person] : reporters) {
            const bool is_self = names.contains(name) && (who == "collector" || who == "collector2" || who == "citizen");
            if (is_centre || is_self) continue;
            EXPECT_EQ(all.find(person), std::string::npos) << who << " learns who reported " << name;
        }
    }
    // Plain contacts were read by two people, and each read was noted.
    const auto log = city.as("audit_admin").get("/api/v1/access-log?limit=200").body;
    EXPECT_NE(log.find("contact_read"), std::string::npos);
    EXPECT_EQ(log.find("金丝雀"), std::string::npos);
    // Neither the search index nor the steps' texts outside opinions hold a name.
    const storage::Statement names("names", "SELECT COUNT(*) AS n FROM case_search WHERE case_search MATCH '\"金丝\"'", "SELECT COUNT(*) AS n FROM case_search s WHERE s.tokens @@ to_tsquery('simple', '金丝')");
    EXPECT_EQ(city.city.database->read([&](storage::Transaction& transaction) { return transaction.run(names)[0].integer("n"); }), 0);
}

TEST_P(HttpScope, AStreamTakenUpAgainMissesNothingAndRepeatsNothing) {
    const auto start = position();
    EventListener whole(city, city.as("leader"), start);
    EventListener of_b(city, city.as("district_b"), start);
    make_cases();
    ASSERT_TRUE(whole.wait_for(cases["丁"].id, "case_step"));
    ASSERT_TRUE(of_b.wait_for(cases["乙"].id));

    // What the feed says happened.
    std::vector<std::string> expected;
    city.city.database->read([&](storage::Transaction& transaction) {
        for (const auto& entry : storage::read_feed(transaction, *storage::parse_position(start), 1000))
            if (entry.kind.starts_with("case_")) expected.push_back(storage::format_position(entry.position));
    });
    const auto ids_of = [](const EventListener& listener) {
        std::vector<std::string> ids;
        for (const auto& event : listener.events())
            if (event.entry.at("kind").as_string() != "notice") ids.push_back(event.id); // the bell's own, not of the cases
        return ids;
    };
    ASSERT_GT(expected.size(), 20u);
    EXPECT_TRUE(whole.wait_past(expected.back()));
    EXPECT_EQ(ids_of(whole), expected);
    for (const auto& event : of_b.events()) {
        const bool is_bell = event.entry.at("kind").as_string() == "notice";
        EXPECT_EQ(event.entry.at("case_id"), is_bell ? json::value(nullptr) : json::value(cases["乙"].id));
    }

    for (std::size_t from = 0; from < expected.size(); from += 3) {
        EventListener again(city, city.as("leader"), expected[from]);
        if (from + 1 < expected.size()) {
            EXPECT_TRUE(again.wait_past(expected.back()));
        }
        EXPECT_EQ(ids_of(again), std::vector<std::string>(expected.begin() + static_cast<std::ptrdiff_t>(from) + 1, expected.end()));
    }
}

TEST_P(HttpScope, AStreamEndsWithItsSession) {
    const auto sign_in = [&] { return HttpClient(city, city.stranger().post("/api/v1/demo/sessions", json::object{{"login", "leader"}}).text("token")); };
    auto phone = sign_in(), desk = sign_in();
    EventListener on_phone(city, phone), on_desk(city, desk);
    const auto sessions = phone.get("/api/v1/sessions");
    for (const auto& session : sessions.at("items").as_array()) {
        if (session.at("is_current") != json::value(true)) continue;
        ASSERT_EQ(desk.del("/api/v1/sessions/" + std::string(session.at("session_id").as_string())).status, 204);
    }
    EXPECT_TRUE(on_phone.wait_closed());
    const auto id = city.as("collector").report("A1");
    EXPECT_TRUE(on_desk.wait_for(id, "case_reported"));
    EXPECT_EQ(on_phone.received().find(id), std::string::npos);
}

TEST_P(HttpScope, AStreamFollowsThePostOfItsListener) {
    city.set_up();
    make_cases();
    const auto people = city.city.identity->directory();
    const auto* person = people->find_person_by_login("district_b");
    const auto* other = people->find_person_by_login("district_a");
    ASSERT_TRUE(person != nullptr && other != nullptr);
    const auto path = "/api/v1/people/" + format_uuid(person->id);
    EventListener stream(city, city.as("district_b"), position());
    const auto say_on_case_of_a = [&] {
        EXPECT_EQ(city.as("leader").act(cases["甲"].id, "comment", [](json::object& step) { step["opinion"] = "再看"; }).status, 200);
    };
    say_on_case_of_a();
    stream.drain();
    EXPECT_EQ(stream.received().find(cases["甲"].id), std::string::npos);
    // Moved to the other district: the same stream tells that district's cases from then on.
    ASSERT_EQ(city.as("system_admin").put(path, json::object{{"organisation_code", people->find_organisation(other->organisation_key)->code}}).status, 200);
    say_on_case_of_a();
    EXPECT_TRUE(stream.wait_for(cases["甲"].id));
    // Closed: the stream ends.
    ASSERT_EQ(city.as("security_admin").put(path, json::object{{"is_active", false}}).status, 200);
    EXPECT_TRUE(stream.wait_closed());
}

TEST_P(HttpScope, AReaderWhoComesAndGoesWhileOthersWriteHearsAllOnce) {
    const auto id = city.as("collector").report("A1");
    auto last = position();
    constexpr std::int64_t comments = 24;
    std::jthread writer([&] {
        auto client = HttpClient(city, city.as("operator").token());
        for (std::int64_t i = 0; i < comments; ++i)
            EXPECT_EQ(client.act(id, "comment", [](json::object& step) { step["opinion"] = "再看"; }).status, 200);
    });
    std::vector<std::int64_t> versions;
    while (versions.size() < static_cast<std::size_t>(comments)) {
        EventListener listener(city, city.as("leader"), last);
        ASSERT_TRUE(listener.wait_for(id)) << versions.size();
        for (const auto& event : listener.events()) {
            if (event.entry.at("version").as_int64() < 2) continue; // the report itself
            versions.push_back(event.entry.at("version").as_int64());
            last = event.id;
        }
    }
    std::vector<std::int64_t> expected;
    for (std::int64_t i = 0; i < comments; ++i) expected.push_back(i + 2);
    EXPECT_EQ(versions, expected);
}

TEST_P(HttpScope, APositionNobodyRemembersIsAnsweredWithResync) {
    const auto old = position();
    const auto id = city.as("collector").report("A1");
    for (int i = 0; i < 3; ++i) ASSERT_EQ(city.as("operator").act(id, "comment", [](json::object& step) { step["opinion"] = "再看"; }).status, 200);
    city.restart();
    EventListener listener(city, city.as("leader"), old);
    const auto is_resync = [&] {
        const auto events = listener.events();
        return !events.empty() && events[0].entry.at("kind").as_string() == "resync";
    };
    ASSERT_EQ(city.as("operator").act(id, "comment", [](json::object& step) { step["opinion"] = "重启之后"; }).status, 200);
    ASSERT_TRUE(listener.wait_for(id));
    EXPECT_TRUE(is_resync());
    EXPECT_EQ(listener.events().back().entry.at("version"), json::value(5));
}

ON_BOTH_ENGINES(HttpScope);

} // namespace http_scope_test
