// HTTPS, changes while the server runs, counts, the stop: over real loopback sockets.
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/csv.hpp"
#include "http/address_list.hpp"
#include "http/certificate.hpp"
#include "http/http.hpp"
#include "http/wire.hpp"
#include "kit/scratch_folder.hpp"

namespace http_operations_test {

using namespace chengge;
using namespace chengge::http;
using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

std::string output_of(const std::string& command) {
    std::string text;
    auto* pipe = ::popen((command + " 2>&1").c_str(), "r");
    char piece[4096];
    while (const auto got = std::fread(piece, 1, sizeof piece, pipe)) text.append(piece, got);
    ::pclose(pipe);
    return text;
}

class OperationsTest : public testing::Test {
protected:
    OperationsTest() {
        std::filesystem::create_directories(folder_);
        router_.add(Method::get, "/quick", [](const Request& request) { return Response::text("quick " + std::string(request.header("X-Forwarded-Proto"))); });
        router_.add(Method::get, "/direct", [](const Request&) { return Response::text("direct"); }, {.is_direct = true});
        router_.add(Method::get, "/kept/{name}", [](const Request& request) { return Response::text("made " + request.path_values.at("name")); },
                    {.from_memory = [](const Request& request) -> std::optional<Response> {
                        const auto& name = request.path_values.at("name");
                        if (name == "broken") throw std::runtime_error("a broken memory");
                        return name == "new" ? std::nullopt : std::optional(Response::text("kept " + name));
                    }});
        router_.add(Method::post, "/upload", [](const Request& request) { return Response::text(std::to_string(request.body.size())); }, {.body_bytes_max = 4u << 20});
        router_.add(Method::get, "/large", [](const Request&) { return Response::text(std::string(3u << 20, 'x'), "application/octet-stream"); });
        router_.add(Method::get, "/slow", [this](const Request&) {
            std::unique_lock lock(mutex_);
            ++slow_running_;
            wake_.notify_all();
            wake_.wait_for(lock, 10s, [this] { return is_released_; });
            return Response::text("slow");
        });
        router_.add(Method::get, "/stream", [](const Request&) {
            Response response;
            response.on_stream = [](std::shared_ptr<EventStream> stream) { stream->send("1", "hello"); };
            return response;
        });
    }
    ~OperationsTest() override {
        release();
        server_.reset();
    }
    TlsFiles make_certificate(const std::string& name, const std::string& key = "ec -pkeyopt ec_paramgen_curve:P-256") const {
        const TlsFiles files{folder_ + "/" + name + ".pem", folder_ + "/" + name + ".key"};
        output_of("openssl req -x509 -newkey " + key + " -nodes -days 30 -subj /CN=" + name + " -addext subjectAltName=IP:127.0.0.1 -keyout " + files.key + " -out " + files.certificate);
        return files;
    }
    void start(ServerOptions options) {
        auto problems = Problems::load(CHENGGE_SOURCE "/api/errors.csv");
        ASSERT_TRUE(problems);
        server_ = std::make_unique<Server>(std::move(options), router_, *problems);
        server_->start();
    }
    std::string place() const { return "127.0.0.1:" + std::to_string(server_->port()); }
    Response get(const std::string& path, const std::string& ca_file = "") const {
        return fetch({.url = (ca_file.empty() ? "http://" : "https://") + place() + path, .ca_file = ca_file});
    }
    void release() {
        const std::scoped_lock lock(mutex_);
        is_released_ = true;
        wake_.notify_all();
    }
    void wait_for_slow() {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(wake_.wait_for(lock, 10s, [this] { return slow_running_ > 0; }));
    }

    const kit::ScratchFolder scratch_;
    const std::string folder_ = scratch_.path();
    Router router_;
    std::unique_ptr<Server> server_;
    std::mutex mutex_;
    std::condition_variable wake_;
    int slow_running_ = 0;
    bool is_released_ = false;
};

} // namespace

TEST(AddressList, KnowsAddressesAndNetworks) {
    const auto list = AddressList::parse({"127.0.0.1", "10.1.0.0/16", "fd00::/8"});
    ASSERT_TRUE(list);
    for (const auto* in : {"127.0.0.1", "10.1.255.3", "::ffff:10.1.2.3", "fdab::1"}) EXPECT_TRUE(list->contains(in)) << in;
    for (const auto* out : {"127.0.0.2", "10.2.0.1", "fe80::1", "", "x"}) EXPECT_FALSE(list->contains(out)) << out;
    for (const auto* bad : {"x", "10.0.0.0/33", "10.0.0.0/", "::/129", "1.2.3"}) EXPECT_FALSE(AddressList::parse({bad})) << bad;
    EXPECT_TRUE(AddressList::parse({"0.0.0.0/0"})->contains("8.8.8.8"));
    EXPECT_FALSE(AddressList::parse({"0.0.0.0/0"})->contains("::1"));
}

TEST_F(OperationsTest, WhatMemoryHoldsIsAnsweredWhileAllWorkersAreBusy) {
    start({.worker_threads = 1});
    EXPECT_EQ(get("/kept/new").body, "made new");
    EXPECT_EQ(get("/kept/broken").status, 503); // logged and answered, the loop goes on
    std::jthread slow([this] { get("/slow"); });
    wait_for_slow();
    EXPECT_EQ(get("/kept/old").body, "kept old");
    std::string made;
    std::jthread waits([&] { made = get("/kept/new").body; });
    EXPECT_EQ(get("/kept/old").body, "kept old");
    release();
    waits.join();
    EXPECT_EQ(made, "made new");
    EXPECT_EQ(fetch({.method = Method::head, .url = "http://" + place() + "/kept/old"}).body, "");
}

TEST_F(OperationsTest, ServesHttpsWithAuthenticatedEncryptionOnly) {
    const auto files = make_certificate("one");
    start({.tls = files});
    const auto answer = get("/quick", files.certificate);
    EXPECT_EQ(answer.body, "quick https"); // so that cookies are marked secure
    EXPECT_EQ(header_of(answer, "Strict-Transport-Security"), "max-age=15552000");
    EXPECT_EQ(get("/large", files.certificate).body.size(), 3u << 20);
    EXPECT_EQ(fetch({.method = Method::post, .url = "https://" + place() + "/upload", .body = std::string(2u << 20, 'x'), .ca_file = files.certificate}).body, std::to_string(2u << 20));
    EXPECT_THROW(get("/quick", make_certificate("stranger").certificate), std::runtime_error);
    const auto client = [&](const std::string& options) { return output_of("echo | openssl s_client -connect " + place() + " " + options); };
    EXPECT_THAT(client("-tls1_2"), HasSubstr("ECDHE-ECDSA-AES128-GCM-SHA256"));
    EXPECT_THAT(client("-tls1_3"), HasSubstr("TLS_AES_256_GCM_SHA384"));
    EXPECT_THAT(client("-tls1_1 -cipher DEFAULT@SECLEVEL=0"), HasSubstr("Cipher is (NONE)"));
    EXPECT_THAT(client("-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256"), HasSubstr("Cipher is (NONE)")); // CBC
    EXPECT_THAT(client("-tls1_2 -cipher AES128-GCM-SHA256"), HasSubstr("Cipher is (NONE)"));         // no forward secrecy
    EXPECT_GE(server_->counts().failed_handshakes, 3u);
}

TEST_F(OperationsTest, ServesHttpsWithAnRsaKeyAndStreams) {
    const auto files = make_certificate("rsa", "rsa:2048");
    start({.tls = files});
    EXPECT_EQ(get("/quick", files.certificate).body, "quick https");
    const auto stream = output_of("(printf 'GET /stream HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'; sleep 2) | timeout 2 openssl s_client -quiet -connect " + place());
    EXPECT_THAT(stream, HasSubstr("id: 1\ndata: hello"));
}

TEST_F(OperationsTest, APlainPortOnlySendsOnToHttps) {
    start({.redirect_address = "127.0.0.1", .tls = make_certificate("one")});
    const auto plain = "http://127.0.0.1:" + std::to_string(server_->redirect_port());
    const auto answer = fetch({.method = Method::post, .url = plain + "/upload?a=1", .body = "secret"});
    EXPECT_EQ(answer.status, 308);
    EXPECT_EQ(header_of(answer, "Location"), "https://" + place() + "/upload?a=1");
    EXPECT_EQ(header_of(answer, "Strict-Transport-Security"), "");
    const auto port = std::to_string(server_->redirect_port());
    const auto evil = output_of("timeout 9 bash -c 'exec 3<>/dev/tcp/127.0.0.1/" + port + "; printf \"GET /x HTTP/1.1\\r\\nHost: evil<host\\r\\nConnection: close\\r\\n\\r\\n\" >&3; cat <&3'");
    EXPECT_THAT(evil, testing::StartsWith("HTTP/1.1 400 "));
}

TEST_F(OperationsTest, TakesANewCertificateForNewConnections) {
    const auto first = make_certificate("first"), second = make_certificate("second");
    const auto current = make_certificate("current");
    const auto install = [&](const TlsFiles& files) {
        save_file(current.certificate, *load_file(files.certificate));
        save_file(current.key, *load_file(files.key));
    };
    install(first);
    start({.tls = current});
    EXPECT_EQ(get("/quick", first.certificate).status, 200);
    install(second);
    EXPECT_EQ(get("/quick", first.certificate).status, 200); // nobody said that it changed
    ASSERT_TRUE(server_->reload({.tls = current}));
    EXPECT_EQ(get("/quick", second.certificate).status, 200);
    EXPECT_THROW(get("/quick", first.certificate), std::runtime_error);
    // A pair that does not fit, and one that is none, leave the old in force.
    save_file(current.key, *load_file(first.key));
    EXPECT_EQ(server_->reload({.tls = current}).error().code, "certificate_key_other");
    save_file(current.certificate, "no certificate");
    EXPECT_EQ(server_->reload({.tls = current}).error().code, "certificate_unreadable");
    EXPECT_EQ(server_->reload({.tls = second, .trusted_proxies = {"nonsense"}}).error().code, "trusted_proxies_invalid");
    EXPECT_EQ(get("/quick", second.certificate).status, 200);
}

TEST_F(OperationsTest, ReadsWhatACertificateSays) {
    const auto files = make_certificate("one");
    const auto facts = read_certificate(files.certificate, files.key);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->subject, "/CN=one");
    EXPECT_THAT(facts->names, testing::ElementsAre("127.0.0.1"));
    EXPECT_EQ((facts->until_ms - facts->from_ms) / 86'400'000, 30);
    output_of("openssl ec -aes128 -passout pass:geheim -in " + files.key + " -out " + folder_ + "/sealed.key");
    EXPECT_EQ(read_certificate(files.certificate, folder_ + "/sealed.key").error().code, "certificate_key_unreadable");
}

TEST_F(OperationsTest, LosesNoRequestWhileSettingsChange) {
    const auto first = make_certificate("first"), second = make_certificate("second");
    start({.worker_threads = 2, .tls = first});
    save_file(folder_ + "/both.pem", *load_file(first.certificate) + *load_file(second.certificate));
    std::atomic<bool> is_over{false};
    std::atomic<int> asked{0}, answered{0};
    {
        std::vector<std::jthread> clients;
        for (int i = 0; i < 3; ++i)
            clients.emplace_back([&] {
                while (!is_over) {
                    ++asked;
                    try {
                        answered += get("/quick", folder_ + "/both.pem").body == "quick https";
                    } catch (const std::exception& error) {
                        ADD_FAILURE() << error.what();
                    }
                }
            });
        for (int i = 0; i < 60; ++i) {
            ASSERT_TRUE(server_->reload({.tls = i % 2 == 0 ? second : first, .queue_max = 100 + i, .idle_seconds = 10 + i}));
            std::this_thread::sleep_for(20ms);
        }
        is_over = true;
    }
    EXPECT_EQ(answered, asked);
    EXPECT_GT(asked, 100);
}

TEST_F(OperationsTest, ChangesLimitsAndProxiesForTheNextRequest) {
    start({.trusted_proxies = {}});
    const auto say_https = [&] { return fetch({.url = "http://" + place() + "/quick", .headers = {{"X-Forwarded-Proto", "https"}}}).body; };
    EXPECT_EQ(say_https(), "quick ");
    ASSERT_TRUE(server_->reload({.trusted_proxies = {"127.0.0.0/8"}}));
    EXPECT_EQ(say_https(), "quick https");
    ASSERT_TRUE(server_->reload({.streams_max = 0}));
    EXPECT_EQ(get("/stream").status, 503);
}

TEST_F(OperationsTest, CountsAnswersByRouteAndStatus) {
    start({});
    for (int i = 0; i < 3; ++i) get("/quick");
    get("/direct");
    get("/nothing");
    fetch({.method = Method::post, .url = "http://" + place() + "/upload", .body = std::string(5u << 20, 'x')});
    const auto counts = server_->counts();
    std::map<std::string, std::map<int, std::uint64_t>> seen;
    for (const auto& route : counts.routes) {
        seen[route.method + " " + route.pattern] = route.by_status;
        std::uint64_t answers = 0;
        for (const auto& [status, count] : route.by_status) answers += count;
        EXPECT_EQ(route.latency.total(), answers) << route.pattern;
    }
    EXPECT_EQ(seen, (std::map<std::string, std::map<int, std::uint64_t>>{{"GET /quick", {{200, 3}}}, {"GET /direct", {{200, 1}}}, {"POST /upload", {{413, 1}}}, {" none", {{404, 1}}}}));
    EXPECT_EQ(counts.accepted, 6u);
}

TEST_F(OperationsTest, DirectAnswersDoNotWaitForWorkers) {
    start({.worker_threads = 1});
    std::jthread slow([&] { get("/slow"); });
    wait_for_slow();
    EXPECT_EQ(server_->counts().reading.running, 1u);
    EXPECT_EQ(get("/direct").body, "direct");
    release();
}

TEST_F(OperationsTest, AStopFinishesWhatRunsAndRefusesWhatIsNew) {
    start({.drain_seconds = 10});
    std::string body;
    std::jthread slow([&] { body = get("/slow").body; });
    wait_for_slow();
    std::string stream;
    const auto port = std::to_string(server_->port());
    std::jthread listener([&] { stream = output_of("timeout 9 bash -c 'exec 3<>/dev/tcp/127.0.0.1/" + port + "; printf \"GET /stream HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\" >&3; cat <&3'"); });
    while (server_->counts().streams == 0) std::this_thread::sleep_for(5ms);
    const auto address = place();
    std::jthread stopper([&] { server_->stop(); });
    while (true) { // the port closes while the slow one goes on
        try {
            fetch({.url = "http://" + address + "/direct"});
        } catch (const std::exception&) {
            break;
        }
    }
    EXPECT_EQ(body, "");
    release();
    slow.join();
    EXPECT_EQ(body, "slow");
    listener.join();
    EXPECT_THAT(stream, testing::ContainsRegex("retry: 2000\n\nid: 1\ndata: hello\n\nretry: [0-9]+\n: the server is stopping"));
    stopper.join();
}

TEST_F(OperationsTest, AStopDoesNotWaitForever) {
    start({.drain_seconds = 1});
    // A client that never ends its request.
    const auto port = std::to_string(server_->port());
    std::jthread hanging([&] { output_of("timeout 9 bash -c 'exec 3<>/dev/tcp/127.0.0.1/" + port + "; printf \"POST /upload HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 9\\r\\n\\r\\nabc\" >&3; cat <&3'"); });
    while (server_->counts().connections == 0) std::this_thread::sleep_for(5ms);
    std::this_thread::sleep_for(100ms);
    const auto begin = std::chrono::steady_clock::now();
    server_->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
}

} // namespace http_operations_test
