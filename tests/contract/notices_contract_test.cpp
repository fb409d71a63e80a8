// Notices over both databases: who is told of what in which words, the outbox, and the sending against real servers.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "kit/http_kit.hpp"
#include "kit/receiver_kit.hpp"
#include "kit/small_city.hpp"
#include "notices/notices_service.hpp"

namespace notices_contract_test {

using namespace chengge;
using namespace std::chrono_literals;
using notices::ChannelSettings;
using notices::NoticesService;

namespace {

storage::Statement sql(const std::string& text) { return {"test", text, text}; }

class Notices : public kit::OnBothEngines {
protected:
    Notices() {
        data = *notices::load_notice_data(CHENGGE_SOURCE "/data", "", *city.rules);
        channels.platform_name = "湛江城管";
        channels.public_url = "https://cg.example.gov.cn";
        channels.sms.url = "http://127.0.0.1:1/"; // nobody is there
        channels.sms.body = "{{\"to\":\"{phone}\",\"text\":\"{text}\",\"id\":\"{id}\"}}";
        begin();
    }
    // The service as after a start.
    void begin() {
        service = std::make_unique<NoticesService>(notices::NoticeParts{*city.database, city.clock, *city.identity, *city.grid, *city.cases, *city.rule_sets, data});
        service->use_channels(channels);
        service->make_notices();
    }
    void use(const std::function<void(ChannelSettings&)>& change) {
        change(channels);
        service->use_channels(channels);
    }
    void make() {
        city.cases->run_jobs_once(); // numbers
        service->make_notices();
    }
    // A caller's report, by the operator.
    std::string called(const std::string& cell = "A1", const std::string& phone = "13800138000") {
        auto report = city.report_at(cell);
        report.source = "hotline_12319";
        report.description = "门口有垃圾，电话13900139000";
        report.contact = cases::Contact{"何先生", phone, false, false};
        EXPECT_TRUE(city.cases->report(report, city.viewer("operator")));
        return format_uuid(report.case_id);
    }
    void act(const std::string& id, std::initializer_list<std::pair<const char*, const char*>> path) {
        for (const auto& [who, action] : path) {
            city.clock.advance(minute_ms);
            const auto done = city.act(who, id, action);
            ASSERT_TRUE(done) << who << " " << action << " " << (done ? "" : done.error().code);
        }
    }
    json::array inbox(const std::string& who) { return service->inbox(false, "", 100, city.viewer(who), "zh")->at("items").as_array(); }
    // The newest notice's subject; empty when there is none.
    std::string newest(const std::string& who) {
        const auto items = inbox(who);
        return items.empty() ? "" : std::string(items.front().at("subject").as_string());
    }
    std::int64_t count(const std::string& condition = "1 = 1") {
        return city.database->read([&](storage::Transaction& transaction) { return transaction.run(sql("SELECT COUNT(*) AS n FROM notices WHERE " + condition))[0].integer("n"); });
    }
    std::string texts(const std::string& condition) {
        return city.database->read([&](storage::Transaction& transaction) {
            std::string all;
            for (const auto row : transaction.run(sql("SELECT subject, body FROM notices WHERE " + condition + " ORDER BY notice_key"))) all += row.text("subject") + "|" + row.text("body") + "\n";
            return all;
        });
    }
    std::string state_of(const std::string& channel) {
        return city.database->read([&](storage::Transaction& transaction) {
            const auto rows = transaction.run(sql("SELECT state, reason, attempts FROM notices WHERE channel = '" + channel + "' ORDER BY notice_key DESC LIMIT 1"));
            return rows.empty() ? std::string("none") : rows[0].text("state") + " " + rows[0].text("reason") + " " + std::to_string(rows[0].integer("attempts"));
        });
    }
    void run(const std::string& text) {
        (void)city.database->write([&](storage::Transaction& transaction) -> Result<void> {
            transaction.run_script(text);
            return {};
        });
    }
    // Rounds until nothing is due.
    void send(const std::string& channel) {
        for (int i = 0; i < 20 && service->send_round(channel) > 0; ++i) {}
    }
    void set_email(const std::string& who, const std::string& address) {
        notices::Preferences wanted;
        wanted.email = address;
        ASSERT_TRUE(service->set_preferences(wanted, city.viewer(who)));
    }
    // A case of a caller, dispatched to sanitation in district a.
    std::string dispatched() {
        const auto id = called();
        act(id, {{"operator", "accept"}, {"leader", "file_case"}, {"dispatcher", "dispatch"}, {"district_a", "dispatch"}});
        return id;
    }

    kit::SmallCity city{GetParam()};
    std::shared_ptr<const notices::NoticeData> data;
    ChannelSettings channels;
    std::unique_ptr<NoticesService> service;
};

} // namespace

TEST_P(Notices, EveryStepTellsWhoHasToActNextOnce) {
    const auto id = dispatched();
    make();
    EXPECT_TRUE(newest("a_sanitation").starts_with("新派遣：440800-20260929-00001")) << newest("a_sanitation");
    EXPECT_NE(std::string(inbox("a_sanitation").front().at("text").as_string()).find("9月29日10:04"), std::string::npos) << to_json_text(inbox("a_sanitation"));
    EXPECT_TRUE(inbox("b_sanitation").empty());
    EXPECT_TRUE(inbox("district_a").empty()) << "whoever acted is not told";
    act(id, {{"a_sanitation", "sign"}, {"a_sanitation", "assign"}, {"a_crew", "feed_back"}, {"a_sanitation", "approve_review"}, {"district_a", "approve_gate"}, {"operator", "send_check"}});
    make();
    EXPECT_TRUE(newest("a_crew").starts_with("新任务："));
    EXPECT_TRUE(newest("a_sanitation").starts_with("待审核："));
    EXPECT_TRUE(newest("inspector").starts_with("核查任务：")) << newest("inspector");
    const auto all = count();
    make();
    EXPECT_EQ(count(), all);
    // Even a reader that is set back tells nobody twice.
    run("UPDATE feed_readers SET txid = 0, entry_key = 0 WHERE name = 'notices'");
    make();
    EXPECT_EQ(count(), all);
}

TEST_P(Notices, TheCallerIsToldAtAcceptanceAndClosingAndDepartmentsNeverWhoItWas) {
    const auto id = dispatched();
    make();
    const auto accepted = texts("audience = 'reporter' AND channel = 'sms'");
    EXPECT_NE(accepted.find("【湛江城管】您反映的“暴露垃圾”（赤坎区社区101）已经受理，编号440800-20260929-00001"), std::string::npos) << accepted;
    act(id, {{"a_sanitation", "sign"}, {"a_sanitation", "assign"}, {"a_crew", "feed_back"}, {"a_sanitation", "approve_review"}, {"district_a", "approve_gate"}, {"operator", "send_check"}, {"inspector", "check_pass"}, {"leader", "close"}});
    make();
    EXPECT_EQ(count("audience = 'reporter' AND channel = 'sms'"), 2);
    EXPECT_NE(texts("event = 'close' AND channel = 'sms'").find("已处理完毕并核查合格"), std::string::npos);
    const auto all = texts("1 = 1");
    for (const auto* secret : {"13800138000", "13900139000", "何先生", "人员operator"}) EXPECT_EQ(all.find(secret), std::string::npos) << secret << " in " << all;
}

TEST_P(Notices, WhoReportedWhatWasMergedIsToldOfTheLeadsEndUnderTheirOwnNumber) {
    const auto lead = called("A1", "13800138001"), other = called("A1", "13800138002");
    act(lead, {{"operator", "accept"}});
    act(other, {{"operator", "accept"}});
    city.cases->run_jobs_once();
    ASSERT_TRUE(city.act("operator", other, "merge", [&](cases::NewStep& step) { step.lead = lead; }));
    act(lead, {{"leader", "file_case"}, {"dispatcher", "dispatch"}, {"district_a", "dispatch"}, {"a_sanitation", "sign"}, {"a_sanitation", "assign"}, {"a_crew", "feed_back"}, {"a_sanitation", "approve_review"},
               {"district_a", "approve_gate"}, {"operator", "send_check"}, {"inspector", "check_pass"}, {"leader", "close"}});
    make();
    EXPECT_EQ(count("event = 'close' AND channel = 'sms'"), 2);
    const auto closings = texts("event = 'close' AND channel = 'sms'");
    for (const auto* number : {"编号440800-20260929-00001", "编号440800-20260929-00002"}) EXPECT_NE(closings.find(number), std::string::npos) << closings;
}

TEST_P(Notices, AClockTellsItsHolderWhenItTurnsYellowAndRedAndLeadersNothing) {
    const auto id = dispatched();
    act(id, {{"a_sanitation", "sign"}, {"a_sanitation", "assign"}});
    make();
    const auto before = inbox("a_crew").size();
    city.clock.advance(day_ms);
    make();
    EXPECT_TRUE(newest("a_crew").starts_with("已超期：")) << newest("a_crew");
    EXPECT_FALSE(newest("commander").starts_with("处置超期：")) << "leaders have the list of what is late; each case of it would bury what is meant for them";
    EXPECT_FALSE(newest("commander_a").starts_with("处置超期："));
    EXPECT_EQ(inbox("a_crew").size(), before + 1) << "what turned both ways in one look is only red";
    make();
    EXPECT_EQ(inbox("a_crew").size(), before + 1);
    EXPECT_EQ(count("event = 'red' AND audience = 'leader'"), 0);
}

TEST_P(Notices, AClockIsYellowOnceAndRedOnceAlsoAfterARestart) {
    auto report = city.report_at("A1");
    ASSERT_TRUE(city.cases->report(report, city.viewer("collector")));
    const auto id = format_uuid(report.case_id);
    act(id, {{"operator", "accept"}, {"leader", "file_case"}, {"dispatcher", "dispatch"}, {"district_a", "dispatch"}});
    make();
    city.clock.advance(50 * minute_ms); // the limit of signing is an hour
    make();
    EXPECT_TRUE(newest("a_sanitation").starts_with("即将超期：")) << newest("a_sanitation");
    begin(); // the process was away
    city.clock.advance(20 * minute_ms);
    make();
    EXPECT_TRUE(newest("a_sanitation").starts_with("已超期："));
    EXPECT_EQ(count("event = 'yellow' AND person_id IS NOT NULL AND body LIKE '%签收%'"), 1);
    EXPECT_EQ(count("event = 'red' AND body LIKE '%签收%'"), 1);
}

TEST_P(Notices, OrdersRequestsAndFailedChecksReachThoseConcerned) {
    const auto id = dispatched();
    act(id, {{"a_sanitation", "sign"}, {"a_sanitation", "ask_extension"}});
    make();
    EXPECT_TRUE(newest("district_a").starts_with("待审批：申请延期")) << newest("district_a");
    act(id, {{"leader", "remind"}});
    make();
    EXPECT_TRUE(newest("a_sanitation").starts_with("催办："));
    ASSERT_TRUE(city.act("leader", id, "supervise", [](cases::NewStep& step) { step.receiver_organisation = "sanitation-a", step.receiver_person = {}; }));
    make();
    EXPECT_TRUE(newest("a_sanitation").starts_with("一般督办：")) << newest("a_sanitation");
    EXPECT_TRUE(newest("commander").starts_with("一般督办："));
    ASSERT_TRUE(city.act("a_sanitation", id, "reply_supervision"));
    make();
    EXPECT_TRUE(newest("leader").starts_with("已回复：")) << newest("leader");
}

TEST_P(Notices, ACityThatBeginsTellsByTelephoneOnlyOfWhatComesAfter) {
    run("DELETE FROM notice_marks; DELETE FROM feed_readers WHERE name = 'notices'; DELETE FROM notices");
    const auto old = called();
    act(old, {{"operator", "accept"}});
    city.cases->run_jobs_once();
    city.clock.advance(minute_ms);
    service->make_notices();
    EXPECT_EQ(count("channel = 'sms'"), 0);
    act(called("A2"), {{"operator", "accept"}});
    make();
    EXPECT_EQ(count("channel = 'sms'"), 1);
}

TEST_P(Notices, ASwitchedOffChannelMakesNoNotices) {
    use([](ChannelSettings& settings) { settings.sms.url = ""; });
    dispatched();
    make();
    EXPECT_EQ(count("channel = 'sms'"), 0);
    EXPECT_GT(count("channel = 'in_app'"), 0);
}

TEST_P(Notices, CitizensAreNotWokenUrgentWordsAre) {
    city.clock.set(*parse_instant("2026-09-29T22:30"));
    act(called(), {{"operator", "accept"}});
    make();
    kit::HttpReceiver gateway;
    use([&](ChannelSettings& settings) { settings.sms.url = gateway.url(); });
    send("sms");
    EXPECT_TRUE(gateway.got().empty());
    city.clock.set(*parse_instant("2026-09-30T06:59"));
    send("sms");
    EXPECT_TRUE(gateway.got().empty());
    city.clock.set(*parse_instant("2026-09-30T07:00"));
    send("sms");
    EXPECT_EQ(gateway.got().size(), 1u);
}

TEST_P(Notices, TheGatewayIsAskedAgainAfterADefiniteFailureUntilItSaysYes) {
    kit::HttpReceiver gateway;
    gateway.answer({"500", "200 {\"code\":9}", "200 {\"code\":0}"});
    save_file(city.folder.path() + "/secret", "s3cret-token\n");
    use([&](ChannelSettings& settings) {
        settings.sms.url = gateway.url("/send?key={secret}");
        settings.sms.headers = {"Authorization: Bearer {secret}"};
        settings.sms.success = "\"code\":0";
        settings.sms.secret_file = city.folder.path() + "/secret";
    });
    const auto id = called();
    ASSERT_TRUE(city.act("operator", id, "decline", [](cases::NewStep& step) { step.opinion = "说\"不\"\n请找物业\\电话13900139000"; }));
    make();
    send("sms");
    EXPECT_EQ(state_of("sms"), "waiting answer 1");
    send("sms");
    EXPECT_EQ(gateway.got().size(), 1u) << "not before its time";
    city.clock.advance(40'000);
    send("sms");
    EXPECT_EQ(state_of("sms"), "waiting answer 2");
    city.clock.advance(80'000);
    send("sms");
    EXPECT_EQ(state_of("sms"), "sent  3");
    const auto got = gateway.got();
    ASSERT_EQ(got.size(), 3u);
    const auto body = parse_json(got[2].body);
    ASSERT_TRUE(body) << got[2].body;
    EXPECT_EQ(body->at("to").as_string(), "13800138000");
    EXPECT_NE(std::string(body->at("text").as_string()).find("说\"不\"\n请找物业\\电话"), std::string::npos);
    EXPECT_EQ(got[2].body.find("13900139000"), std::string::npos);
    EXPECT_EQ(got[0].body, got[2].body);
    EXPECT_EQ(got[2].headers.at("authorization"), "Bearer s3cret-token");
    EXPECT_EQ(got[2].target, "/send?key=s3cret-token");
}

TEST_P(Notices, AfterTheLastAttemptItHasFailedAndAPersonResends) {
    act(called(), {{"operator", "accept"}});
    make();
    for (int i = 0; i < 12; ++i) {
        send("sms");
        city.clock.advance(41 * minute_ms); // more than the longest wait that comes to pass
    }
    EXPECT_EQ(state_of("sms"), "failed connect 8");
    const auto leader = city.viewer("leader");
    auto failed = service->outbox({.channel = "sms", .state = "failed"}, leader, "zh");
    ASSERT_EQ(failed->at("items").as_array().size(), 1u);
    const auto& row = failed->at("items").as_array()[0];
    EXPECT_EQ(row.at("reason_label").as_string(), "连不上对方服务器");
    const auto id = *parse_uuid(std::string(row.at("notice_id").as_string()));
    EXPECT_EQ(service->decide(id, "delivered", leader, "zh").error().code, "notice_not_open");
    ASSERT_TRUE(service->decide(id, "resend", leader, "zh"));
    kit::HttpReceiver gateway;
    use([&](ChannelSettings& settings) { settings.sms.url = gateway.url(); });
    send("sms");
    EXPECT_EQ(state_of("sms"), "sent  1");
    EXPECT_EQ(service->decide(id, "resend", leader, "zh").error().code, "notice_not_open");
    EXPECT_EQ(service->decide(make_uuid(1), "resend", leader, "zh").error().code, "notice_unknown");
}

TEST_P(Notices, AMessageThatMayHaveArrivedIsNotRepeatedButShown) {
    for (const std::string way : {"drop", "silence", "504"}) {
        kit::HttpReceiver gateway;
        gateway.answer({way});
        use([&](ChannelSettings& settings) {
            settings.sms.url = gateway.url();
            settings.sms.time_out_seconds = 1;
        });
        act(called("A1", "1380013800" + std::to_string(way.size())), {{"operator", "accept"}});
        make();
        send("sms");
        EXPECT_EQ(state_of("sms"), "unknown broken_off 1") << way;
        city.clock.advance(hour_ms);
        send("sms");
        EXPECT_EQ(gateway.got().size(), 1u) << way;
    }
    const auto doubtful = service->outbox({.state = "unknown"}, city.viewer("leader"), "zh");
    ASSERT_EQ(doubtful->at("items").as_array().size(), 3u);
    EXPECT_EQ(doubtful->at("items").as_array()[0].at("may"), json::value(json::array{"resend", "delivered", "drop"}));
    ASSERT_TRUE(service->decide(*parse_uuid(std::string(doubtful->at("items").as_array()[0].at("notice_id").as_string())), "delivered", city.viewer("leader"), "zh"));
    EXPECT_EQ(count("state = 'unknown'"), 2);
}

TEST_P(Notices, WhatAProcessThatIsGoneLeftIsDoubtedOrSentAsFarAsItHadCome) {
    kit::HttpReceiver gateway;
    use([&](ChannelSettings& settings) { settings.sms.url = gateway.url(); });
    act(called("A1", "13800138001"), {{"operator", "accept"}});
    act(called("A2", "13800138002"), {{"operator", "accept"}});
    make();
    // One was claimed and one was being handed over when another process died.
    run("UPDATE notices SET state = 'claimed', lease_ms = 1, owner = notice_id WHERE channel = 'sms' AND body LIKE '%00001%'; UPDATE notices SET state = 'sending', lease_ms = 1, owner = notice_id WHERE channel = 'sms' AND body LIKE '%00002%'");
    send("sms");
    EXPECT_EQ(gateway.got().size(), 1u);
    EXPECT_EQ(count("state = 'sent' AND channel = 'sms'"), 1);
    EXPECT_EQ(count("state = 'unknown' AND reason = 'stopped'"), 1);
}

TEST_P(Notices, OneNumberGetsSoManyAnHour) {
    kit::HttpReceiver gateway;
    use([&](ChannelSettings& settings) { settings.sms.url = gateway.url(); });
    for (int i = 0; i < 8; ++i) act(called(), {{"operator", "accept"}});
    make();
    send("sms");
    EXPECT_EQ(gateway.got().size(), 6u);
    EXPECT_EQ(count("state = 'waiting' AND reason = 'too_many'"), 2);
    city.clock.advance(61 * minute_ms);
    send("sms");
    EXPECT_EQ(gateway.got().size(), 8u);
}

TEST_P(Notices, TwoSendersAtOnceSendEachMessageOnce) {
    kit::HttpReceiver gateway;
    use([&](ChannelSettings& settings) { settings.sms.url = gateway.url(); });
    for (int i = 0; i < 12; ++i) act(called("A1", "138001380" + std::to_string(10 + i)), {{"operator", "accept"}});
    make();
    NoticesService second({*city.database, city.clock, *city.identity, *city.grid, *city.cases, *city.rule_sets, data});
    second.use_channels(channels);
    {
        std::jthread one([&] { send("sms"); }), two([&] { while (second.send_round("sms") > 0) {} });
    }
    EXPECT_EQ(gateway.got().size(), 12u);
    EXPECT_EQ(count("state = 'sent' AND channel = 'sms'"), 12);
}

TEST_P(Notices, WebhooksCarryASignatureAndNoWordsAndAreRepeatedUnderOneId) {
    kit::HttpReceiver receiver;
    receiver.answer({"500", "drop", "200"});
    save_file(city.folder.path() + "/hook", "0123456789abcdef0123\n");
    use([&](ChannelSettings& settings) {
        settings.webhooks = {{.name = "provincial", .url = receiver.url("/hook"), .algorithm = "hmac-sm3", .secret_file = city.folder.path() + "/hook", .events = {"accept"}}};
        settings.private_networks = {"127.0.0.0/8"};
    });
    act(called(), {{"operator", "accept"}, {"leader", "file_case"}});
    make();
    EXPECT_EQ(count("channel = 'webhook'"), 1);
    for (int i = 0; i < 3; ++i) {
        send("webhook");
        city.clock.advance(5 * minute_ms);
    }
    EXPECT_TRUE(state_of("webhook").starts_with("sent")) << state_of("webhook");
    const auto got = receiver.got();
    ASSERT_EQ(got.size(), 3u);
    for (const auto& one : got) {
        EXPECT_EQ(one.headers.at("x-chengge-id"), got[0].headers.at("x-chengge-id"));
        EXPECT_EQ(one.body, got[0].body);
        const auto signed_text = one.headers.at("x-chengge-id") + "." + one.headers.at("x-chengge-timestamp") + "." + one.body;
        EXPECT_EQ(one.headers.at("x-chengge-signature"), "hmac-sm3=" + to_hex(hmac_sm3("0123456789abcdef0123", signed_text)));
    }
    const auto body = *parse_json(got[0].body);
    EXPECT_EQ(body.at("event").as_string(), "accept");
    EXPECT_EQ(body.at("case").at("class_code").as_string(), "06010");
    EXPECT_EQ(got[0].body.find("13800138000"), std::string::npos);
    EXPECT_EQ(got[0].body.find("垃圾"), std::string::npos);
}

TEST_P(Notices, AWebhookReachesNoInnerAddressThatIsNotPermitted) {
    kit::HttpReceiver receiver;
    save_file(city.folder.path() + "/hook", "0123456789abcdef0123\n");
    use([&](ChannelSettings& settings) {
        auto by_name = receiver.url("/hook");
        by_name.replace(by_name.find("127.0.0.1"), 9, "localhost");
        settings.webhooks = {{.name = "one", .url = receiver.url("/hook"), .secret_file = city.folder.path() + "/hook"}, {.name = "two", .url = by_name, .secret_file = city.folder.path() + "/hook"}};
    });
    act(called(), {{"operator", "accept"}});
    make();
    send("webhook");
    EXPECT_TRUE(receiver.got().empty());
    EXPECT_EQ(count("channel = 'webhook' AND state = 'failed' AND reason = 'not_permitted'"), count("channel = 'webhook'"));
    EXPECT_EQ(service->send_trial("webhook", "one", "zh").error().code, "notice_not_sent");
}

TEST_P(Notices, ALetterReachesARealMailServerOverTlsAndSignedIn) {
    kit::MailServer server({.has_tls = true, .user = "chengge", .password = "口令 p@ss"});
    save_file(city.folder.path() + "/mail", "口令 p@ss\n");
    use([&](ChannelSettings& settings) {
        settings.email.server = server.address();
        settings.email.from = "no-reply@example.gov.cn";
        settings.email.from_name = "湛江城管";
        settings.email.user = "chengge";
        settings.email.password_file = city.folder.path() + "/mail";
        settings.email.ca_file = server.ca_file();
    });
    set_email("a_sanitation", "liaison@example.gov.cn");
    dispatched();
    make();
    EXPECT_EQ(count("channel = 'email'"), 1);
    send("email");
    ASSERT_EQ(state_of("email"), "sent  1");
    ASSERT_EQ(server.letters().size(), 1u);
    const auto letter = server.letters()[0];
    EXPECT_NE(letter.find("To: <liaison@example.gov.cn>"), std::string::npos);
    EXPECT_NE(letter.find("Subject: =?UTF-8?B?5paw5rS+6YGj77ya"), std::string::npos) << letter;
    EXPECT_NE(letter.find("@example.gov.cn>\r\nAuto-Submitted: auto-generated"), std::string::npos) << letter;
    send("email");
    EXPECT_EQ(server.letters().size(), 1u);
    ASSERT_TRUE(service->send_trial("email", "chief@example.gov.cn", "zh"));
    EXPECT_EQ(server.letters().size(), 2u);
    // Somebody else's certificate, a wrong password: no letter, and the reason says which.
    use([](ChannelSettings& settings) { settings.email.ca_file = ""; });
    EXPECT_EQ(service->send_trial("email", "a@example.gov.cn", "zh").error().facts.at("reason"), "加密连接不被信任");
    save_file(city.folder.path() + "/mail", "wrong\n");
    use([&](ChannelSettings& settings) { settings.email.ca_file = server.ca_file(); });
    EXPECT_EQ(service->send_trial("email", "a@example.gov.cn", "zh").error().facts.at("reason"), "对方不认账号或口令");
    EXPECT_EQ(server.letters().size(), 2u);
}

TEST_P(Notices, ALetterThatIsRefusedIsNotTriedAgainAndOneThatMayHaveArrivedNeither) {
    kit::MailServer server;
    use([&](ChannelSettings& settings) {
        settings.email.server = server.address();
        settings.email.security = "none";
        settings.email.from = "no-reply@example.gov.cn";
    });
    for (const auto& [address, state, letters] : {std::tuple{"refused@example.gov.cn", "failed address_refused 1", 0u}, {"lost@example.gov.cn", "unknown broken_off 1", 1u}, {"later@example.gov.cn", "waiting refused 1", 1u}}) {
        set_email("a_sanitation", address);
        dispatched();
        make();
        send("email");
        EXPECT_EQ(state_of("email"), state) << address;
        EXPECT_EQ(server.letters().size(), letters) << address;
    }
    set_email("a_sanitation", "good@example.gov.cn");
    city.clock.advance(hour_ms);
    send("email"); // the one that was to come later, to the address of now
    EXPECT_EQ(count("channel = 'email' AND state = 'sent'"), 1);
    EXPECT_EQ(server.letters().size(), 2u);
}

TEST_P(Notices, APersonIsToldInTheirLanguageAndByTheWaysTheyWant) {
    const auto manager = city.viewer("a_sanitation");
    use([](ChannelSettings& settings) { settings.email.server = "127.0.0.1:1"; });
    notices::Preferences wanted;
    wanted.email = "Liaison@Example.gov.cn";
    wanted.has_email = false;
    wanted.language = "en";
    ASSERT_TRUE(service->set_preferences(wanted, manager));
    EXPECT_EQ(service->preferences(manager).at("email").at("address_masked").as_string(), "L***@Example.gov.cn");
    dispatched();
    make();
    EXPECT_EQ(count("channel = 'email'"), 0);
    EXPECT_TRUE(newest("a_sanitation").starts_with("Dispatched: 440800-20260929-00001")) << newest("a_sanitation");
    wanted.email.reset();
    wanted.has_email = true;
    ASSERT_TRUE(service->set_preferences(wanted, manager));
    dispatched();
    make();
    EXPECT_EQ(count("channel = 'email'"), 1) << "the address stayed";
    for (const auto* bad : {"zhang", "@x.cn", "a@b@c.cn", "a b@c.cn", "a@b.cn\r\nBcc: x@y.cn", "张@b.cn", "a@.cn"}) {
        wanted.email = bad;
        EXPECT_EQ(service->set_preferences(wanted, manager).error().code, "email_not_fitting") << bad;
    }
}

TEST_P(Notices, OldOnesAreDroppedAndThoseToDecideStay) {
    act(called(), {{"operator", "accept"}});
    make();
    run("UPDATE notices SET state = 'failed' WHERE channel = 'sms'");
    const auto shown = count("channel = 'in_app'");
    city.clock.advance(181 * day_ms);
    service->drop_old_notices();
    EXPECT_EQ(count("channel = 'in_app'"), 0) << shown;
    EXPECT_EQ(count("channel = 'sms'"), 1);
}

ON_BOTH_ENGINES(Notices);

namespace {

class NoticesOverHttp : public kit::OnBothEngines {
protected:
    kit::HttpCity city{GetParam()};
    // The job works beside: until it has come that far.
    template <class Condition>
    static bool comes(Condition&& condition) {
        for (int i = 0; i < 200; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(50ms);
        }
        return false;
    }
    std::int64_t unread(const std::string& who) { return city.as(who).get("/api/v1/notices/unread").at("unread").to_number<std::int64_t>(); }
    std::string dispatched() {
        const auto id = city.as("collector").report("A1");
        for (const auto& [who, action] : {std::pair{"operator", "accept"}, {"leader", "file_case"}, {"dispatcher", "dispatch"}, {"district_a", "dispatch"}}) EXPECT_EQ(city.as(who).act(id, action).status, 200) << action;
        return id;
    }
};

} // namespace

TEST_P(NoticesOverHttp, TheBellRingsAndIsReadAndOnlyOnesOwn) {
    ASSERT_TRUE(comes([&] { return city.count_rows("notice_marks") == 2; })); // the city has begun to tell
    kit::EventListener listener(city, city.as("a_sanitation")), other(city, city.as("b_sanitation"));
    const auto id = dispatched();
    ASSERT_TRUE(comes([&] { return unread("a_sanitation") == 1; }));
    EXPECT_TRUE(comes([&] {
        listener.drain();
        for (const auto& event : listener.events())
            if (event.entry.at("kind").as_string() == "notice") return event.entry.at("version").to_number<int>() == 1 && event.entry.at("case_id").is_null();
        return false;
    }));
    const auto list = city.as("a_sanitation").get("/api/v1/notices");
    ASSERT_EQ(list.at("items").as_array().size(), 1u);
    const auto& one = list.at("items").as_array()[0];
    EXPECT_EQ(one.at("case_id").as_string(), id);
    const std::string notice(one.at("notice_id").as_string());
    EXPECT_EQ(city.as("b_sanitation").post("/api/v1/notices/read", json::object{{"notice_ids", json::array{notice}}}).status, 200);
    EXPECT_EQ(unread("a_sanitation"), 1) << "another's is left alone";
    EXPECT_EQ(city.as("a_sanitation").post("/api/v1/notices/read", json::object{{"notice_ids", json::array{notice}}}).at("unread").to_number<int>(), 0);
    EXPECT_EQ(city.as("a_sanitation").get("/api/v1/notices?unread=true").at("items").as_array().size(), 0u);
    other.drain();
    EXPECT_EQ(other.received().find("\"notice\""), std::string::npos);
    EXPECT_EQ(city.as("a_sanitation").post("/api/v1/notices/read", json::object{}).code(), "bad_member");
    EXPECT_EQ(city.as("a_sanitation").get("/api/v1/notices?cursor=x").code(), "bad_cursor");
    EXPECT_EQ(city.stranger().get("/api/v1/notices").code(), "unauthorized");
}

TEST_P(NoticesOverHttp, TheRecordIsForThoseWhoLookAfterIt) {
    ASSERT_TRUE(comes([&] { return city.count_rows("notice_marks") == 2; }));
    const auto id = dispatched();
    ASSERT_TRUE(comes([&] { return unread("a_sanitation") == 1; }));
    const auto record = city.as("leader").get("/api/v1/notices/outbox?case=" + id + "&channel=in_app&order=oldest");
    ASSERT_FALSE(record.at("items").as_array().empty());
    EXPECT_TRUE(record.at("items").as_array().back().at("text").is_string());
    EXPECT_EQ(city.as("a_sanitation").get("/api/v1/notices/outbox").code(), "forbidden");
    EXPECT_EQ(city.as("leader").get("/api/v1/notices/outbox?state=lost").code(), "bad_query_value");
    city.set_up();
    // The system administrator sees that it went, not what of.
    const auto bare = city.as("system_admin").get("/api/v1/notices/outbox");
    ASSERT_FALSE(bare.at("items").as_array().empty());
    for (const auto& row : bare.at("items").as_array()) EXPECT_TRUE(row.at("text").is_null() && row.at("case_id").is_null());
    const auto csv = city.as("leader").get("/api/v1/notices/outbox.csv?channel=in_app");
    EXPECT_NE(csv.body.find("专业部门联络员"), std::string::npos) << csv.body;
    EXPECT_NE(city.as("audit_admin").get("/api/v1/access-log?limit=100").body.find("notices_exported"), std::string::npos);
    EXPECT_NE(city.stranger().get("/metrics").body.find("chengge_feed_reader_lag_seconds{reader=\"notices\"}"), std::string::npos);
}

TEST_P(NoticesOverHttp, ATemplateIsShownAsItWouldReadForACase) {
    const auto id = dispatched();
    const auto seen = city.as("leader").get("/api/v1/notices/templates/department-dispatched/preview?case=" + id);
    EXPECT_NE(seen.text("text_zh").find("“暴露垃圾”"), std::string::npos);
    EXPECT_NE(seen.text("text_zh").find("派给单位sanitation-a"), std::string::npos) << seen.text("text_zh");
    EXPECT_NE(seen.text("text_en").find("please sign for it"), std::string::npos);
    EXPECT_EQ(city.as("leader").get("/api/v1/notices/templates/none/preview?case=" + id).code(), "template_unknown");
    EXPECT_EQ(city.as("leader").get("/api/v1/notices/templates/department-dispatched/preview?case=440800-20200101-00001").code(), "case_unknown");
}

ON_BOTH_ENGINES(NoticesOverHttp);

} // namespace notices_contract_test
