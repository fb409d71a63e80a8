// chengge.yaml: faults with their line, what is near, what is kept secret, what a reload may change.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/csv.hpp"
#include "kit/scratch_folder.hpp"
#include "platform/config.hpp"
#include "platform/init.hpp"

namespace platform_config_test {

using namespace chengge;
using namespace chengge::platform;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class ConfigTest : public testing::Test {
protected:
    LoadedConfig load(const std::string& text) const {
        save_file(folder_ + "/chengge.yaml", text);
        return load_config(folder_ + "/chengge.yaml");
    }
    // "line: sentence" of each fault.
    std::vector<std::string> faults(const std::string& text) const {
        std::vector<std::string> lines;
        for (const auto& fault : load(text).faults) lines.push_back(std::to_string(fault.line) + ": " + fault.words.en);
        return lines;
    }
    const kit::ScratchFolder scratch_;
    const std::string folder_ = scratch_.path();
};

} // namespace

TEST_F(ConfigTest, AnEmptyFileIsTheDefaults) {
    const auto loaded = load("# nothing\n");
    EXPECT_TRUE(loaded.faults.empty());
    EXPECT_THAT(compare_configs(loaded.config, Config{}), testing::IsEmpty());
}

TEST_F(ConfigTest, ReadsSectionsListsAndPaths) {
    std::filesystem::create_directories(folder_ + "/rules");
    const auto loaded = load("platform: {code: 440800, name: 湛江}\nmap:\n  lon: 110.5\n  zoom: 12\noverlay: rules\n"
                             "trusted_proxies: [10.1.0.0/16, \"fd00::/8\"]\nlog: {level: debug, rotate_mb: 5}\n");
    EXPECT_THAT(loaded.faults, testing::IsEmpty());
    EXPECT_EQ(loaded.config.platform.code, "440800");
    EXPECT_EQ(loaded.config.platform.name, "湛江");
    EXPECT_DOUBLE_EQ(loaded.config.map.lon, 110.5);
    EXPECT_EQ(loaded.config.overlay, folder_ + "/rules");
    EXPECT_THAT(loaded.config.trusted_proxies, ElementsAre("10.1.0.0/16", "fd00::/8"));
    EXPECT_EQ(loaded.config.log.rotate_mb, 5);
}

TEST_F(ConfigTest, NamesEveryFaultWithItsLine) {
    EXPECT_THAT(faults("lisen: 1.2.3.4:80\nmap:\n  lon: x\n  lat: 99\nlimits: {queue: 1.5}\ntls: yes\nlisten: nowhere\nmap: {lon: 110}\n"),
                ElementsAre("1: there is no key lisen; did you mean listen?", "3: map.lon must be a number from 73 to 136", "4: map.lat must be a number from 3 to 54",
                            "5: limits.queue must be a whole number from 1 to 100000", "6: tls must hold keys of its own", HasSubstr("7: listen must be ADDRESS:PORT"), "8: map stands twice"));
    EXPECT_THAT(faults("certificate: a.pem\nqqqqqqqq: 1\n"), ElementsAre("1: there is no key certificate; did you mean tls.certificate?", "2: there is no key qqqqqqqq"));
    EXPECT_THAT(faults("platform: {code: 4408}\ndatabase: mysql://x\ntrusted_proxies: [1.2.3.4/99]\n"),
                ElementsAre(HasSubstr("1: platform.code must be a division code"), HasSubstr("2: database must be empty"), HasSubstr("3: trusted_proxies must be an address")));
    EXPECT_THAT(faults("map: [1, 2\n"), ElementsAre(HasSubstr("is not YAML")));
    EXPECT_THAT(faults("just words\n"), ElementsAre(HasSubstr("must be a list of")));
}

TEST_F(ConfigTest, LooksAtWhatLiesOutsideTheFile) {
    EXPECT_THAT(faults("tls:\n  certificate: a.pem\n"), ElementsAre("1: tls.certificate and tls.key go together"));
    EXPECT_THAT(faults("tls:\n  certificate: a.pem\n  key: b.pem\n"), ElementsAre(HasSubstr("2: no PEM certificate can be read from " + folder_ + "/a.pem")));
    EXPECT_THAT(faults("overlay: nowhere\n"), ElementsAre(HasSubstr("1: there is no folder")));
    EXPECT_THAT(print_config_faults(load("listen: 0.0.0.0:80\n").warnings, Language::zh), HasSubstr(":1:在本机以外的地址上用明文 HTTP 服务"));
}

TEST_F(ConfigTest, ShowsNoPassword) {
    const auto loaded = load("database: \"postgresql://chengge:geheim@db/city?sslpassword=auch&x=1\"\n");
    const auto text = print_config(loaded, Language::en);
    EXPECT_THAT(text, HasSubstr("postgresql://chengge:***@db/city?sslpassword=***&x=1"));
    EXPECT_THAT(text, testing::Not(testing::AnyOf(HasSubstr("geheim"), HasSubstr("auch"))));
    EXPECT_THAT(text, HasSubstr("  code: \"440800\"   # default; a change needs a restart\n"));
    EXPECT_THAT(text, HasSubstr("  level: info   # default\n"));
}

TEST_F(ConfigTest, KnowsWhatAReloadMayChange) {
    Config before, after;
    after.listen = "0.0.0.0:443";
    after.log.level = "debug";
    std::vector<std::pair<std::string, bool>> changes;
    for (const auto& one : compare_configs(before, after)) changes.emplace_back(one.path, one.is_live);
    EXPECT_THAT(changes, ElementsAre(std::pair("listen", false), std::pair("log.level", true)));
}

TEST_F(ConfigTest, WhatInitWritesIsReadBackTheSame) {
    Config config;
    config.platform = {"440300", "深圳: \"城管\" #1", "https://cg.sz.example"};
    config.map.lat = 22.5;
    config.database = "postgresql://chengge:geheim@db/city";
    config.backup.folder = folder_;
    for (const auto language : {Language::zh, Language::en}) {
        const auto loaded = load(make_config_text(config, language));
        EXPECT_THAT(print_config_faults(loaded.faults, Language::en), "");
        auto read = loaded.config;
        EXPECT_THAT(compare_configs(read, config), testing::IsEmpty());
    }
}

TEST_F(ConfigTest, ChannelsOfNoticesAreCheckedBeforeTheyAreUsed) {
    EXPECT_THAT(faults("email:\n  server: smtp.example.gov.cn\n"), ElementsAre("2: email.server must be SERVER:PORT such as smtp.example.gov.cn:587"));
    EXPECT_THAT(faults("email:\n  server: smtp.example.gov.cn:587\n"), ElementsAre("1: e-mail needs email.from"));
    EXPECT_THAT(faults("email:\n  server: smtp.example.gov.cn:587\n  from: no-reply@example.gov.cn\n  security: ssl\n"), ElementsAre("4: email.security must be starttls, tls or none"));
    EXPECT_THAT(faults("email:\n  user: chengge\n"), ElementsAre(HasSubstr("email.user goes with email.password_file")));
    EXPECT_THAT(faults("sms:\n  url: https://sms.example/\n  body: '{phone} {telephone}'\n"), ElementsAre(HasSubstr("there is no placeholder {telephone}")));
    EXPECT_THAT(faults("sms:\n  url: https://sms.example/\n  body: '{{\"a\":\"{phone}\"}}'\n  headers: [nothing]\n"), ElementsAre(HasSubstr("a header is written Name: value")));
    EXPECT_THAT(faults("sms:\n  secret_file: /none/such\n"), ElementsAre(HasSubstr("the file cannot be read: /none/such")));
    EXPECT_THAT(faults("webhooks:\n  file: none.json\n"), ElementsAre(HasSubstr("the file of endpoints is wrong")));
    EXPECT_THAT(faults("webhooks:\n  private_networks: [10.0.0.0/8, intranet]\n"), ElementsAre("2: webhooks.private_networks must be an address or a network such as 10.1.0.0/16"));
    EXPECT_THAT(faults("base_maps:\n  file: none.json\n"), ElementsAre(HasSubstr("the file of base maps is wrong")));
    EXPECT_THAT(faults("base_maps:\n  ca_file: /none/such\n"), ElementsAre(HasSubstr("the file cannot be read: /none/such")));
    EXPECT_TRUE(faults("email:\n  server: smtp.example.gov.cn:587\n  from: no-reply@example.gov.cn\nsms:\n  url: https://sms.example/\n  body: '{{\"to\":\"{phone}\"}}'\n").empty());
}

} // namespace platform_config_test
