// Notices: texts with placeholders, quiet hours, retries, letters, signatures, and what the data says to whom.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/digest.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "kit/scratch_folder.hpp"
#include "kit/workflow_kit.hpp"
#include "notices/channels.hpp"
#include "outgoing/outgoing.hpp"
#include "notices/notice_data.hpp"
#include "notices/send_rules.hpp"

namespace notices_test {

using namespace chengge;
using namespace chengge::notices;

namespace {

std::int64_t at(const char* text) { return *parse_instant(text); }

TemplateText parsed(const char* text) { return *TemplateText::parse(text, notice_placeholders()); }

std::shared_ptr<const NoticeData> product_data() {
    static const auto rules = kit::test_rules();
    static const auto data = load_notice_data(CHENGGE_SOURCE "/data", "", *rules);
    EXPECT_TRUE(data) << (data ? "" : data.error().facts.at("file") + ":" + data.error().facts.at("line") + ": " + data.error().facts.at("reason"));
    return *data;
}

// A city's own templates laid over the product's; the refusal's reason, empty when they are taken.
std::string reason_for(const std::string& row) {
    const kit::ScratchFolder folder;
    std::filesystem::create_directories(folder.path() + "/notices");
    std::ofstream(folder.path() + "/notices/templates.csv") << "code,on,stage,class,audience,channels,urgent,subject_zh,zh,subject_en,en\n" << row << "\n";
    const auto data = load_notice_data(CHENGGE_SOURCE "/data", folder.path(), *kit::test_rules());
    return data ? "" : data.error().facts.at("reason");
}

} // namespace

TEST(NoticeText, FillsPlaceholdersAndKeepsBraces) {
    EXPECT_EQ(parsed("“{类别}”（{地点}）{{甲}}{单位}").fill({{"类别", "暴露垃圾"}, {"地点", "人民大道"}}), "“暴露垃圾”（人民大道）{甲}");
    EXPECT_EQ(parsed("没有占位词").fill({}), "没有占位词");
}

TEST(NoticeText, RefusesWhatItDoesNotKnow) {
    for (const auto* text : {"{报告人}", "{电话}", "{类别", "类别}", "{}"}) EXPECT_EQ(TemplateText::parse(text, notice_placeholders()).error().code, "template_wrong") << text;
}

TEST(NoticeText, EscapesForWhereItStands) {
    const Values values{{"意见", "说\"停\"\n再来\\&=中"}};
    const auto json_body = parsed("{{\"text\":\"{意见}\"}}").fill(values, Escaping::json);
    EXPECT_EQ(parse_json(json_body)->as_object().at("text").as_string(), values.at("意见"));
    EXPECT_EQ(parsed("{意见}").fill(values, Escaping::form), "%E8%AF%B4%22%E5%81%9C%22%0A%E5%86%8D%E6%9D%A5%5C%26%3D%E4%B8%AD");
    EXPECT_EQ(parsed("{意见}").fill({{"意见", "a\r\nBcc: x@y"}}, Escaping::header), "a  Bcc: x@y");
}

TEST(QuietHours, ReachOverMidnight) {
    const QuietHours night{22 * 60, 7 * 60};
    EXPECT_EQ(after_quiet_hours(night, at("2026-09-29T21:59")), at("2026-09-29T21:59"));
    EXPECT_EQ(after_quiet_hours(night, at("2026-09-29T22:00")), at("2026-09-30T07:00"));
    EXPECT_EQ(after_quiet_hours(night, at("2026-09-30T00:00")), at("2026-09-30T07:00"));
    EXPECT_EQ(after_quiet_hours(night, at("2026-09-30T06:59")), at("2026-09-30T07:00"));
    EXPECT_EQ(after_quiet_hours(night, at("2026-09-30T07:00")), at("2026-09-30T07:00"));
    const QuietHours noon{12 * 60, 14 * 60 + 30};
    EXPECT_EQ(after_quiet_hours(noon, at("2026-09-30T13:00")), at("2026-09-30T14:30"));
    EXPECT_EQ(after_quiet_hours(noon, at("2026-09-30T23:00")), at("2026-09-30T23:00"));
    EXPECT_EQ(after_quiet_hours({0, 0}, at("2026-09-30T03:00")), at("2026-09-30T03:00"));
}

TEST(Retries, DoubleUpToTheMostAndScatter) {
    NoticeSettings settings;
    settings.retry_first_seconds = 30;
    settings.retry_most_seconds = 300;
    EXPECT_EQ(retry_wait_ms(settings, 1, 0), 30'000);
    EXPECT_EQ(retry_wait_ms(settings, 2, 0), 60'000);
    EXPECT_EQ(retry_wait_ms(settings, 4, 0), 240'000);
    EXPECT_EQ(retry_wait_ms(settings, 5, 0), 300'000);
    EXPECT_EQ(retry_wait_ms(settings, 1'000'000, 0), 300'000);
    EXPECT_GT(retry_wait_ms(settings, 1, 0.5), 30'000);
    EXPECT_LE(retry_wait_ms(settings, 1, 0.999), 37'500);
}

TEST(NoticeTemplates, TheLongestClassThatFitsIsTaken) {
    NoticeData data;
    const auto add = [&](const char* code, const char* kind, const char* beginning) {
        Template one;
        one.code = code;
        one.on = {"dispatch"};
        one.channels = {"sms"};
        one.audience = "department";
        one.kind = kind;
        one.class_beginning = beginning;
        data.templates.push_back(one);
    };
    add("all", "", "");
    add("events", "event", "");
    add("waste", "event", "060");
    const auto chosen = [&](const char* kind, const char* class_code) { return data.choose("dispatch", "department", "sms", "", kind, class_code)->code; };
    EXPECT_EQ(chosen("event", "06010"), "waste");
    EXPECT_EQ(chosen("event", "07001"), "events");
    EXPECT_EQ(chosen("component", "06010"), "all");
    EXPECT_EQ(data.choose("dispatch", "department", "email", "", "event", "06010"), nullptr);
    EXPECT_EQ(data.choose("close", "department", "sms", "", "event", "06010"), nullptr);
}

TEST(NoticeTemplates, OfTheProductSayInBothLanguagesWhatTheCitizenIsTold) {
    const auto data = product_data();
    for (const auto* event : {"numbered", "decline", "refuse_filing", "close", "reopen"})
        for (const auto* channel : {"in_app", "sms"}) {
            const auto* one = data->choose(event, "reporter", channel, "", "event", "06010");
            ASSERT_NE(one, nullptr) << event << " " << channel;
            EXPECT_FALSE(one->en.empty());
        }
    for (const auto& one : data->templates) EXPECT_LE(count_characters(one.zh.source()), 120u) << one.code << " is too long for a message";
}

TEST(NoticeTemplates, AFaultNamesItsReason) {
    EXPECT_EQ(reason_for("own,dispatch,sign,,department,sms,no,甲,乙{单位},a,b"), "");
    EXPECT_EQ(reason_for("own,dispatches,,,department,sms,no,甲,乙,a,b"), "the workflow has no action dispatches");
    EXPECT_EQ(reason_for("own,dispatch,,,everybody,sms,no,甲,乙,a,b"), "there is no audience everybody");
    EXPECT_EQ(reason_for("own,dispatch,,,department,pigeon,no,甲,乙,a,b"), "there is no channel pigeon; webhooks carry data, not words");
    EXPECT_EQ(reason_for("own,dispatch,,,department,sms,no,甲,{报告人},a,b"), "zh: there is no placeholder {报告人}");
    EXPECT_EQ(reason_for("own,dispatch,nowhere,,department,sms,no,甲,乙,a,b"), "there is no stage nowhere");
    EXPECT_EQ(reason_for("own,dispatch,,,department,sms,perhaps,甲,乙,a,b"), "urgent must be yes or no");
}

TEST(Letters, AreAsciiOutsideAndSayOneThingOnEachLine) {
    EmailSettings settings;
    settings.from = "no-reply@example.gov.cn";
    settings.from_name = "湛江城管";
    const auto letter = write_email(settings, {"0192-id", "zhang@example.gov.cn", "已超期：440800-20260929-00001 处置，这是一个很长很长很长很长很长很长的主题\r\nBcc: evil@example.com", "请立即办理。\n", at("2026-09-29T09:05:00")});
    EXPECT_TRUE(std::all_of(letter.begin(), letter.end(), [](char byte) { return static_cast<unsigned char>(byte) < 0x80; }));
    EXPECT_EQ(letter.find("\r\nBcc"), std::string::npos);
    EXPECT_NE(letter.find("Date: Tue, 29 Sep 2026 09:05:00 +0800\r\n"), std::string::npos);
    EXPECT_NE(letter.find("Message-ID: <0192-id@example.gov.cn>\r\n"), std::string::npos);
    EXPECT_NE(letter.find("\r\n\r\n6K+356uL5Y2z5Yqe55CG44CCCg==\r\n"), std::string::npos) << letter;
    for (const auto& line : split(letter, '\n')) EXPECT_LE(line.size(), 79u) << line;
}

TEST(Webhooks, AreSignedSoThatTheReceiverCanCheck) {
    // printf '%s' 'id-1.1790000000.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef
    EXPECT_EQ(webhook_signature("hmac-sha256", "0123456789abcdef", "id-1", 1790000000, "{\"a\":1}"), "hmac-sha256=59f62cbd79729631dab5a821a9572b92ad9eaa6794ae2fbd27181da99d2b4fc2");
    EXPECT_NE(webhook_signature("hmac-sm3", "0123456789abcdef", "id-1", 1790000000, "{\"a\":1}"), webhook_signature("hmac-sm3", "0123456789abcdef", "id-1", 1790000001, "{\"a\":1}"));
    // RFC 4231, test case 2.
    EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Webhooks, InnerAddressesAreKnownInEveryForm) {
    for (const auto* inner : {"127.0.0.1", "10.2.3.4", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"})
        EXPECT_TRUE(outgoing::is_inner_address(inner)) << inner;
    for (const auto* outer : {"1.1.1.1", "172.32.0.1", "2400:3200::1", "::ffff:8.8.8.8"}) EXPECT_FALSE(outgoing::is_inner_address(outer)) << outer;
}

TEST(Webhooks, TheFileOfEndpointsIsChecked) {
    const kit::ScratchFolder folder;
    const auto file = folder.path() + "/webhooks.json";
    std::ofstream(folder.path() + "/secret") << "0123456789abcdef\n";
    std::ofstream(folder.path() + "/short") << "abc\n";
    const auto load = [&](const std::string& text) {
        save_file(file, text);
        return load_webhooks(file);
    };
    const auto good = load(R"([{"name": "provincial", "url": "https://hooks.example.gov.cn/a", "secret_file": "secret", "events": ["close", "red"]}])");
    ASSERT_TRUE(good);
    EXPECT_TRUE(good->front().wants("close"));
    EXPECT_FALSE(good->front().wants("accept"));
    EXPECT_EQ(good->front().secret_file, folder.path() + "/secret");
    for (const auto* text : {R"({})", R"([{"name": "a", "url": "ftp://x", "secret_file": "secret"}])", R"([{"name": "a", "url": "https://x", "secret_file": "none"}])", R"([{"name": "a", "url": "https://x", "secret_file": "short"}])",
                             R"([{"name": "a", "url": "https://x", "secret_file": "secret", "algorithm": "md5"}])", R"([{"name": "a", "url": "https://x", "secret_file": "secret"}, {"name": "a", "url": "https://y", "secret_file": "secret"}])"})
        EXPECT_EQ(load(text).error().code, "bad_data") << text;
}

} // namespace notices_test
