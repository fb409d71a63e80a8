// The server over a real loopback socket.
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/csv.hpp"
#include "base/failure.hpp"
#include "http/http.hpp"
#include "http/wire.hpp"
#include "kit/scratch_folder.hpp"

namespace http_server_test {

using namespace chengge;
using namespace chengge::http;
using testing::HasSubstr;
using testing::Not;

namespace {

// Raw bytes in and out, as no proper client would send them.
class RawClient {
public:
    explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        const timeval wait{.tv_sec = 10, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    }
    ~RawClient() { ::close(socket_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    // Until the text has come, or the connection ended.
    std::string read_until(std::string_view text) {
        while (received_.find(text) == std::string::npos && read_some()) {}
        const auto at = received_.find(text);
        if (at == std::string::npos) return std::exchange(received_, {});
        auto out = received_.substr(0, at + text.size());
        received_.erase(0, at + text.size());
        return out;
    }
    std::string read_all() {
        while (read_some()) {}
        return std::exchange(received_, {});
    }
    pollfd poll_item() const { return {socket_, POLLIN, 0}; }
    bool is_ended() { return !read_some() && received_.empty(); }

private:
    bool read_some() {
        char piece[65536];
        const auto got = ::recv(socket_, piece, sizeof piece, 0);
        if (got > 0) received_.append(piece, static_cast<std::size_t>(got));
        return got > 0;
    }
    int socket_;
    std::string received_;
};

class ServerTest : public testing::Test {
protected:
    void SetUp() override {
        std::filesystem::create_directories(folder_ + "/app/assets");
        save_file(folder_ + "/app/index.html", "<title>desk</title>");
        save_file(folder_ + "/app/assets/main-1a2b.mjs", "export const a = 1;");
        save_file(folder_ + "/app/assets/main-1a2b.mjs.gz", gzip("export const a = 1;"));
        save_file(folder_ + "/app/.hidden", "secret");
        save_file(folder_ + "/outside.txt", "outside");
        std::filesystem::create_symlink(folder_ + "/outside.txt", folder_ + "/app/link.txt");

        router_.add(Method::get, "/api/v1/echo/{name}", [](const Request& request) {
            return Response::text(request.path_values.at("name") + "|" +
                                  request.query_value("q").value_or("-") + "|" +
                                  request.remote_address);
        });
        router_.add(Method::post, "/api/v1/echo/{name}",
                    [](const Request& request) { return Response::text(request.body); },
                    {.body_bytes_max = 1000});
        router_.add(Method::post, "/api/v1/large",
                    [](const Request& request) {
                        return Response::text(std::to_string(request.body.size()));
                    },
                    {.body_bytes_max = 4u << 20});
        router_.add(Method::get, "/api/v1/throws",
                    [](const Request&) -> Response { throw std::runtime_error("disk is gone"); });
        router_.add(Method::get, "/api/v1/full",
                    [](const Request&) -> Response { throw Failure("storage_full", "no space"); });
        const auto slow = [this](const Request& request) {
            std::unique_lock lock(mutex_);
            ++slow_running_;
            wake_.notify_all();
            wake_.wait(lock, [this] { return is_released_; });
            return Response::text("slow " + std::to_string(request.body.size()));
        };
        router_.add(Method::get, "/api/v1/slow", slow);
        router_.add(Method::post, "/api/v1/slow", slow, {.body_bytes_max = 4u << 20});
        router_.add(Method::get, "/api/v1/stream", [this](const Request&) {
            Response response;
            response.on_stream = [this](std::shared_ptr<EventStream> stream) {
                const std::scoped_lock lock(mutex_);
                stream_ = std::move(stream);
                wake_.notify_all();
            };
            return response;
        });
        router_.serve_folder("/", folder_ + "/app");
    }
    void TearDown() override {
        release();
        server_.reset();
    }
    void start(ServerOptions options = {}) {
        options.io_threads = 2;
        auto problems = Problems::load(CHENGGE_SOURCE "/api/errors.csv");
        ASSERT_TRUE(problems);
        server_ = std::make_unique<Server>(options, router_, *problems);
        server_->start();
    }
    std::string url(std::string_view target) const {
        return "http://127.0.0.1:" + std::to_string(server_->port()) + std::string(target);
    }
    Response get(std::string_view target,
                 std::vector<std::pair<std::string, std::string>> headers = {}) const {
        return fetch({.url = url(target), .headers = std::move(headers)});
    }
    std::shared_ptr<EventStream> wait_for_stream() {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, std::chrono::seconds(10), [this] { return stream_ != nullptr; });
        return stream_;
    }
    void wait_for_slow(int count) {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, std::chrono::seconds(10), [&] { return slow_running_ >= count; });
    }
    void release() {
        const std::scoped_lock lock(mutex_);
        is_released_ = true;
        wake_.notify_all();
    }

    const kit::ScratchFolder scratch_;
    const std::string folder_ = scratch_.path();
    Router router_;
    std::unique_ptr<Server> server_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::shared_ptr<EventStream> stream_;
    int slow_running_ = 0;
    bool is_released_ = false;
};

const std::string no_body = " HTTP/1.1\r\nHost: x\r\n\r\n";

} // namespace

TEST_F(ServerTest, KeepsConnectionsForMoreRequests) {
    start();
    RawClient client(server_->port());
    client.send("GET /api/v1/echo/a?q=1" + no_body + "GET /api/v1/echo/b" + no_body); // pipelined
    EXPECT_THAT(client.read_until("a|1|127.0.0.1"), HasSubstr("200 OK"));
    EXPECT_THAT(client.read_until("b|-|127.0.0.1"), HasSubstr("Connection: keep-alive"));
    client.send(
        "POST /api/v1/echo/c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    EXPECT_THAT(client.read_until("abcde"), HasSubstr("200 OK"));
    client.send("GET /api/v1/echo/d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(client.read_all(), HasSubstr("d|-|"));
}

TEST_F(ServerTest, TellsUnknownPathsAndMethodsAsProblems) {
    start();
    const auto unknown =
        get("/api/v1/nothing", {{"Accept-Language", "en"}, {"X-Request-Id", "my-request-1"}});
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(header_of(unknown, "Content-Type"), "application/problem+json");
    EXPECT_EQ(header_of(unknown, "X-Request-Id"), "my-request-1");
    EXPECT_EQ(json::parse(unknown.body).at("code"), "not_found");
    const auto wrong = fetch({.method = Method::put, .url = url("/api/v1/echo/a"), .body = "x"});
    EXPECT_EQ(wrong.status, 405);
    EXPECT_EQ(header_of(wrong, "Allow"), "GET, HEAD, POST");
    RawClient client(server_->port());
    client.send("TRACE /api/v1/echo/a" + no_body);
    EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("405"));
}

TEST_F(ServerTest, RefusesBadRequestsWithAnAnswer) {
    start();
    const std::vector<std::pair<std::string, std::string>> bad{
        {"GET /%00" + no_body, "bad_path"},
        {"GET /a/../../etc/passwd" + no_body, "bad_path"},
        {"GET /api/v1/echo/a?q=%G1" + no_body, "bad_query"},
        {"GET / HTTP/1.1\r\n\r\n", "bad_request"},
        {"nonsense\r\n\r\n", "bad_request"},
        {"GET / HTTP/1.1\r\nHost: x\r\nBroken\r\n\r\n", "bad_request"},
        {"POST /api/v1/echo/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
         "bad_request"},
        {"GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n",
         "header_too_large"},
    };
    for (const auto& [bytes, code] : bad) {
        RawClient client(server_->port());
        client.send(bytes);
        EXPECT_THAT(client.read_until("}"), HasSubstr("\"code\":\"" + code + "\""))
            << bytes.substr(0, 60);
    }
}

TEST_F(ServerTest, RefusesAnOversizedUploadBeforeReadingIt) {
    start();
    RawClient client(server_->port());
    client.send("POST /api/v1/echo/a HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n");
    // Sends on, as a client does that reads the answer only afterwards.
    const std::string piece(1 << 20, 'x');
    std::uint64_t sent = 0;
    while (sent < (64u << 20) && client.send(piece)) sent += piece.size();
    EXPECT_EQ(sent, 64u << 20);
    const auto answer = client.read_until("}");
    EXPECT_THAT(answer, HasSubstr("413 Content Too Large"));
    EXPECT_THAT(answer, HasSubstr("Connection: close"));
    EXPECT_THAT(answer, HasSubstr("body_too_large"));
}

TEST_F(ServerTest, BoundsChunkedBodiesAndAsksToContinue) {
    start();
    RawClient chunked(server_->port());
    chunked.send("POST /api/v1/echo/a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 3; ++i) chunked.send("190\r\n" + std::string(400, 'x') + "\r\n");
    EXPECT_THAT(chunked.read_until("}"), HasSubstr("body_too_large"));
    RawClient polite(server_->port());
    polite.send(
        "POST /api/v1/echo/a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_THAT(polite.read_until("\r\n\r\n"), HasSubstr("100 Continue"));
    polite.send("abc");
    EXPECT_THAT(polite.read_until("abc"), HasSubstr("200 OK"));
}

TEST_F(ServerTest, KeepsTheBodyBudget) {
    start({.body_budget_bytes = 100'000});
    const std::string body(90'000, 'x');
    const auto post = [&] {
        return fetch({.method = Method::post, .url = url("/api/v1/large"), .body = body});
    };
    EXPECT_EQ(post().body, "90000");
    // While its handler runs, the first body counts as a whole. (While it is still being read it is
    // chance which of two grows over the budget.)
    RawClient first(server_->port());
    first.send("POST /api/v1/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n" + body);
    wait_for_slow(1);
    const auto second = post();
    EXPECT_EQ(second.status, 503);
    EXPECT_EQ(header_of(second, "Retry-After"), "2");
    release();
    EXPECT_THAT(first.read_until("slow 90000"), HasSubstr("200 OK"));
    EXPECT_EQ(post().status, 200);
}

TEST_F(ServerTest, EndsSlowAndIdleConnections) {
    start({.idle_seconds = 1, .request_seconds = 1});
    RawClient idle(server_->port());
    RawClient slow_header(server_->port());
    RawClient slow_body(server_->port());
    slow_header.send("GET / HTTP/1.1\r\nHost:");
    slow_body.send("POST /api/v1/echo/a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx");
    EXPECT_TRUE(idle.is_ended());
    EXPECT_TRUE(slow_header.is_ended());
    EXPECT_TRUE(slow_body.is_ended());
}

TEST_F(ServerTest, AnswersBusyWhenTheQueueIsFull) {
    start({.worker_threads = 1, .queue_max = 1});
    RawClient first(server_->port());
    first.send("GET /api/v1/slow" + no_body);
    wait_for_slow(1);
    // Of two more one waits; which, is chance. The other is refused while the first still runs.
    RawClient others[2]{RawClient(server_->port()), RawClient(server_->port())};
    for (const auto& one : others) one.send("GET /api/v1/slow" + no_body);
    pollfd sockets[2]{others[0].poll_item(), others[1].poll_item()};
    ASSERT_EQ(::poll(sockets, 2, 10'000), 1);
    auto& refused = others[sockets[0].revents == 0 ? 1 : 0];
    auto& waiting = others[sockets[0].revents == 0 ? 0 : 1];
    EXPECT_THAT(refused.read_until("\r\n"), HasSubstr("503"));
    release();
    EXPECT_THAT(first.read_until("slow 0"), HasSubstr("200 OK"));
    EXPECT_THAT(waiting.read_until("slow 0"), HasSubstr("200 OK"));
}

TEST_F(ServerTest, ReadsDoNotWaitBehindWrites) {
    start({.worker_threads = 1, .writer_threads = 1});
    RawClient writer(server_->port());
    writer.send("POST /api/v1/slow HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
    wait_for_slow(1);
    EXPECT_EQ(get("/api/v1/echo/a").status, 200);
    release();
    EXPECT_THAT(writer.read_until("slow 1"), HasSubstr("200 OK"));
}

TEST_F(ServerTest, TellsWhichFailureOfTheWorldItWas) {
    start();
    const auto response = get("/api/v1/full");
    EXPECT_EQ(response.status, 503);
    EXPECT_THAT(response.body, HasSubstr("storage_full"));
    EXPECT_THAT(response.body, Not(HasSubstr("no space")));
}

TEST_F(ServerTest, TurnsAFailingWorldInto503) {
    start();
    const auto response = get("/api/v1/throws");
    EXPECT_EQ(response.status, 503);
    EXPECT_THAT(response.body, HasSubstr("temporarily_unavailable"));
    EXPECT_THAT(response.body, Not(HasSubstr("disk is gone")));
}

TEST_F(ServerTest, AnswersHeadWithoutABody) {
    start();
    RawClient client(server_->port());
    client.send("HEAD /api/v1/echo/abc" + no_body + "HEAD /assets/main-1a2b.mjs" + no_body +
                "GET /api/v1/echo/z" + no_body);
    EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("Content-Length: 15"));
    EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("Content-Length: 19"));
    EXPECT_THAT(client.read_until("\r\n"), HasSubstr("HTTP/1.1 200 OK"));
}

TEST_F(ServerTest, ServesAnApplication) {
    start();
    const auto page = get("/cases/17");
    EXPECT_EQ(page.body, "<title>desk</title>");
    EXPECT_EQ(header_of(page, "Cache-Control"), "no-cache");
    EXPECT_THAT(std::string(header_of(page, "Content-Security-Policy")),
                HasSubstr("worker-src 'self' blob:"));
    const auto script = get("/assets/main-1a2b.mjs");
    EXPECT_EQ(header_of(script, "Content-Type"), "text/javascript; charset=utf-8");
    EXPECT_THAT(std::string(header_of(script, "Cache-Control")), HasSubstr("immutable"));
    EXPECT_EQ(
        get("/assets/main-1a2b.mjs", {{"If-None-Match", std::string(header_of(script, "ETag"))}})
            .status,
        304);
    const auto packed = get("/assets/main-1a2b.mjs", {{"Accept-Encoding", "gzip"}});
    EXPECT_EQ(header_of(packed, "Content-Encoding"), "gzip");
    EXPECT_EQ(header_of(packed, "Content-Type"), "text/javascript; charset=utf-8");
    EXPECT_NE(header_of(packed, "ETag"), header_of(script, "ETag"));
    EXPECT_EQ(get("/assets/missing.js").status, 404);
    EXPECT_EQ(get("/.hidden").status, 404);
    EXPECT_EQ(get("/link.txt").status, 404);
}

TEST_F(ServerTest, SendsRanges) {
    start();
    const auto range = [&](std::string value) {
        return get("/assets/main-1a2b.mjs", {{"Range", std::move(value)}});
    };
    EXPECT_EQ(range("bytes=0-5").body, "export");
    EXPECT_EQ(range("bytes=0-5").status, 206);
    EXPECT_EQ(header_of(range("bytes=7-11"), "Content-Range"), "bytes 7-11/19");
    EXPECT_EQ(range("bytes=-4").body, "= 1;");
    EXPECT_EQ(range("bytes=13-").body, "a = 1;");
    EXPECT_EQ(range("bytes=19-").status, 416);
    EXPECT_EQ(header_of(range("bytes=19-"), "Content-Range"), "bytes */19");
    EXPECT_EQ(range("bytes=5-2").status, 200);
    EXPECT_EQ(range("bytes=0-1,3-4").status, 200);
    EXPECT_EQ(range("lines=1-2").status, 200);
}

TEST_F(ServerTest, StreamsEvents) {
    start({.stream_comment_seconds = 1});
    RawClient client(server_->port());
    client.send("GET /api/v1/stream" + no_body);
    EXPECT_THAT(client.read_until("retry: 2000\n\n"), HasSubstr("Content-Type: text/event-stream"));
    const auto stream = wait_for_stream();
    ASSERT_NE(stream, nullptr);
    EXPECT_TRUE(stream->send("5-7", "{\"a\":1}\nsecond\rline"));
    EXPECT_EQ(client.read_until("\n\n"), "id: 5-7\ndata: {\"a\":1}\ndata: secondline\n\n");
    EXPECT_TRUE(stream->send("bad\nid", "x"));
    EXPECT_EQ(client.read_until("\n\n"), "data: x\n\n");
    EXPECT_EQ(client.read_until("\n\n"), ": still here\n\n");
    stream->close();
    EXPECT_TRUE(client.is_ended());
    EXPECT_FALSE(stream->send("6", "y"));
}

TEST_F(ServerTest, NoticesAListenerThatLeft) {
    start();
    {
        RawClient client(server_->port());
        client.send("GET /api/v1/stream" + no_body);
        client.read_until("retry");
        ASSERT_NE(wait_for_stream(), nullptr);
    }
    for (int i = 0; i < 1000 && stream_->is_open(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_FALSE(stream_->is_open());
}

TEST_F(ServerTest, CutsOffAListenerThatDoesNotKeepUp) {
    start();
    RawClient client(server_->port());
    client.send("GET /api/v1/stream" + no_body);
    const auto stream = wait_for_stream();
    ASSERT_NE(stream, nullptr);
    const std::string event(100'000, 'x');
    int sent = 0;
    while (sent < 10'000 && stream->send("1", event)) ++sent;
    EXPECT_LT(sent, 10'000);
    EXPECT_FALSE(stream->is_open());
}

TEST_F(ServerTest, BelievesForwardedAddressesOfTrustedPeersOnly) {
    start();
    const std::vector<std::pair<std::string, std::string>> forwarded{
        {"X-Forwarded-For", "6.6.6.6, 203.0.113.9, 127.0.0.1"}};
    EXPECT_EQ(get("/api/v1/echo/a", forwarded).body, "a|-|203.0.113.9");
    server_.reset();
    start({.trusted_proxies = {}});
    EXPECT_EQ(get("/api/v1/echo/a", forwarded).body, "a|-|127.0.0.1");
}

TEST_F(ServerTest, StopsGracefully) {
    start();
    RawClient idle(server_->port());
    RawClient busy(server_->port());
    RawClient listener(server_->port());
    listener.send("GET /api/v1/stream" + no_body);
    ASSERT_NE(wait_for_stream(), nullptr);
    busy.send("GET /api/v1/slow" + no_body);
    wait_for_slow(1);
    const auto began = std::chrono::steady_clock::now();
    std::jthread stopper([this] { server_->stop(); });
    EXPECT_TRUE(idle.is_ended());
    release();
    EXPECT_THAT(busy.read_all(), HasSubstr("slow"));
    stopper.join();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
    EXPECT_FALSE(stream_->is_open());
}

} // namespace http_server_test
