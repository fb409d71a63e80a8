// The program killed between claiming a message, handing it over and writing down that it went: no citizen is told twice, and
// what may have arrived waits for a person.
#include <chrono>
#include <filesystem>
#include <thread>

#include <signal.h>

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/ids.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "faults/kit_city.hpp"
#include "kit/receiver_kit.hpp"
#include "storage/database.hpp"

namespace notices_test {

using namespace chengge;
using namespace chengge::faults;
using namespace std::chrono_literals;

namespace {

class NoticesKilled : public kit::OnBothEngines {
protected:
    NoticesKilled() {
        // At any hour of the day.
        std::filesystem::create_directories(city.data() + "/overlay/notices");
        save_file(city.data() + "/overlay/notices/settings.json", R"({"quiet_from": "", "quiet_to": ""})");
        save_file(city.data() + "/chengge.yaml", "sms:\n  url: " + gateway.url("/send") + "\n  body: '{{\"to\":\"{phone}\",\"id\":\"{id}\"}}'\n");
        city.disk.keep_all();
        // A city that has begun to tell.
        city.need_start();
        EXPECT_TRUE(comes([&] { return city.ask({.path = "/metrics"}).body.find("feed_reader_lag_seconds{reader=\"notices\"}") != std::string::npos; }));
        city.sign_in({"operator", "leader"});
        city.stop();
    }
    template <class Condition>
    static bool comes(Condition&& condition, int seconds = 20) {
        for (int i = 0; i < seconds * 20; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(50ms);
        }
        return false;
    }
    // A caller's report is accepted: the caller is to be told. The program may die over it.
    void accept_a_call() {
        const auto id = format_uuid(make_uuid(SystemClock().now_ms()));
        const json::object report{{"case_id", id}, {"lon", city.lon()}, {"lat", city.lat()}, {"coord_type", "cgcs2000"}, {"description", "门口有垃圾"}, {"kind", "event"}, {"class_code", "06010"},
                                  {"source", "hotline_12319"}, {"contact", json::object{{"name", "何先生"}, {"phone", "13800138000"}}}, {"media", json::array{}}};
        ASSERT_EQ(city.ask({.who = "operator", .method = http::Method::post, .path = "/api/v1/reports", .body = to_json_text(report)}).status, 201);
        const json::object step{{"step_id", format_uuid(make_uuid(SystemClock().now_ms()))}, {"action", "accept"}, {"version", 1}};
        accept_ = {.who = "operator", .method = http::Method::post, .path = "/api/v1/cases/" + id + "/steps", .body = to_json_text(step)};
        try {
            EXPECT_EQ(city.ask(accept_).status, 200);
        } catch (const std::exception&) {
            // It died before it could answer, over this or already over the report.
        }
    }
    std::string states() {
        std::string text;
        const auto record = city.get("leader", "/api/v1/notices/outbox?channel=sms");
        for (const auto& one : record.at("items").as_array()) text += (text.empty() ? "" : " ") + std::string(one.at("state").as_string());
        return text;
    }
    // As if the three minutes of the claim were over.
    void let_claims_run_out() const {
        const auto database = storage::Database::open({.url = city.database().empty() ? city.data() + "/chengge.db" : city.database(), .readers = 1, .writers = 1, .cache_mb = 16});
        static const storage::Statement expire("test", "UPDATE notices SET lease_ms = 1 WHERE lease_ms IS NOT NULL", "UPDATE notices SET lease_ms = 1 WHERE lease_ms IS NOT NULL");
        (void)database->write([](storage::Transaction& transaction) -> Result<void> {
            transaction.run(expire);
            return {};
        });
    }
    void kill_at(const char* point) {
        city.need_start({std::string("CHENGGE_CRASH_POINT=") + point + ":1"});
        accept_a_call();
        EXPECT_TRUE(comes([&] { return !city.is_running(); })) << point << " was not reached";
        city.kill();
        EXPECT_EQ(city.last.signal, SIGKILL) << city.last.log;
        city.disk.cut_power(0.5, 1);
        let_claims_run_out();
        city.disk.keep_all();
        city.need_start();
        // Who heard nothing sends it again; it is the same step.
        EXPECT_EQ(city.ask(accept_).status, 200);
    }

    kit::HttpReceiver gateway;
    FaultCity city{GetParam()};
    FaultCity::Ask accept_;
};

} // namespace

TEST_P(NoticesKilled, BeforeTheRowsAreThereTheyAreMadeOnceAfterwards) {
    kill_at("notices.made");
    EXPECT_TRUE(comes([&] { return states() == "sent"; })) << states();
    EXPECT_EQ(gateway.got().size(), 1u);
}

TEST_P(NoticesKilled, AClaimedMessageGoesOutOnceAfterwards) {
    kill_at("notices.claimed");
    EXPECT_TRUE(comes([&] { return states() == "sent"; })) << states();
    EXPECT_EQ(gateway.got().size(), 1u);
}

TEST_P(NoticesKilled, AMessageThatWasGoingOutIsNotSentByItselfAgain) {
    kill_at("notices.sending");
    EXPECT_TRUE(comes([&] { return states() == "unknown"; })) << states();
    std::this_thread::sleep_for(2500ms); // two rounds of the sender
    EXPECT_EQ(gateway.got().size(), 0u);
    // A person decides; then it goes.
    const auto id = std::string(city.get("leader", "/api/v1/notices/outbox?channel=sms").at("items").as_array().at(0).at("notice_id").as_string());
    EXPECT_EQ(city.ask({.who = "leader", .method = http::Method::post, .path = "/api/v1/notices/outbox/" + id + "/decisions", .body = R"({"decision":"resend"})"}).status, 200);
    EXPECT_TRUE(comes([&] { return states() == "sent"; })) << states();
    EXPECT_EQ(gateway.got().size(), 1u);
}

TEST_P(NoticesKilled, AMessageThatWentOutUnrecordedIsNotSentAgain) {
    kill_at("notices.handed");
    EXPECT_TRUE(comes([&] { return states() == "unknown"; })) << states();
    std::this_thread::sleep_for(2500ms);
    EXPECT_EQ(gateway.got().size(), 1u);
}

ON_BOTH_ENGINES(NoticesKilled);

} // namespace notices_test
