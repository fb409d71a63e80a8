// A whole server over a small city on a loopback port. Every answer a test gets is held against the
// contract, and every Chinese sentence in it is looked at.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <sys/time.h>

#include "kit/contract_kit.hpp"
#include "kit/small_city.hpp"
#include "platform/serve.hpp"

namespace chengge::kit {

class HttpCity;

struct Answer {
    int status = 0;
    std::string body;
    json::value json; // null when the body is none
    http::Response response;
    std::string header(std::string_view name) const;
    // The code of a problem document; empty when the answer is none.
    std::string code() const;
    std::string detail() const;
    const json::value& at(std::string_view name) const; // of a JSON object; throws when absent
    std::string text(std::string_view name) const;
};

struct Call {
    http::Method method = http::Method::get;
    std::string path; // with the query
    std::string body;
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
};

// Somebody with a session of their own (or, without a token, a stranger).
class HttpClient {
public:
    HttpClient(HttpCity& city, std::string token) : city_(&city), token_(std::move(token)) {}
    Answer send(const Call& call);
    Answer get(const std::string& path);
    Answer post(const std::string& path, const json::value& body);
    Answer put(const std::string& path, const json::value& body);
    Answer del(const std::string& path);
    const std::string& token() const { return token_; }
    // Every byte this client was sent, headers included.
    const std::string& received() const { return received_; }

    // As a face does it: takes the action from allowed_actions, fills in what it needs (the first
    // receiver of the list, the first filing row, a photo); `edit` may change the step first.
    Answer act(const std::string& case_id, const std::string& action, const std::function<void(json::object&)>& edit = {});
    std::string upload(const std::string& photo); // the media id
    std::string upload(); // a new photo
    json::object report_at(const std::string& cell); // a body for POST /reports
    std::string report(const std::string& cell);     // sends it; the case id

private:
    HttpCity* city_;
    std::string token_;
    std::string received_;
};

class HttpCity {
public:
    explicit HttpCity(storage::Engine engine, SmallCityOptions options = {});
    ~HttpCity();

    // The client of a post of the small city, signed in by the demo's door once.
    HttpClient& as(const std::string& who);
    // All sign in anew when next asked: days have passed.
    void forget_sessions() { clients_.clear(); }
    HttpClient& stranger();
    // Signed in by name and password.
    HttpClient sign_in(const std::string& login, const std::string& password);
    // Makes system_admin, security_admin and audit_admin through the one-time link; their logins are
    // the roles' names.
    void set_up();
    std::string closed_case(const std::string& cell = "A1"); // through HTTP, by everybody's hands
    void close(const std::string& case_id); // a reported case, the same way
    std::int64_t count_rows(const std::string& table);
    // Row counts of everything a refused request must not add to.
    std::map<std::string, std::int64_t> stored();
    // The server ends and begins again over the same data.
    void restart();

    std::string url() const;
    http::Response fetch(const http::ClientRequest& request); // checked
    Contract contract;
    std::map<std::string, std::set<int>> answered; // "GET /api/v1/cases" → statuses

    SmallCity city; // to look into; the server has its own services over the same database
    std::unique_ptr<platform::Installation> installation;
    std::unique_ptr<platform::RunningServer> server;

private:
    void check(const http::ClientRequest& request, const std::string& path, const http::Response& answer);
    void start();
    std::map<std::string, HttpClient> clients_;
};

// Raw bytes in and out, as no proper client would send them; and event streams.
class RawSocket {
public:
    explicit RawSocket(std::uint16_t port, int time_out_ms = 10'000);
    ~RawSocket();
    RawSocket(const RawSocket&) = delete;
    RawSocket& operator=(const RawSocket&) = delete;
    bool send(std::string_view bytes) const;
    void set_time_out(const timeval& wait);
    // Reads until the text has come (true), or the peer closed or the time was up.
    bool read_until(std::string_view text);
    const std::string& received() const { return received_; }

private:
    int socket_;
    std::string received_;
};

// One GET /api/v1/stream.
class EventListener {
public:
    struct Event {
        std::string id;
        json::value entry;
    };
    EventListener(HttpCity& city, const HttpClient& client, const std::string& last_event_id = "");
    // Waits until an event for the case has come (of that kind, when one is named).
    bool wait_for(const std::string& case_id, const std::string& kind = "");
    // Waits until an entry at or past the position has come.
    bool wait_past(const std::string& position);
    // Takes in what is still on its way.
    void drain();
    // Reads until the server has ended the stream; false when it still stood after `seconds`.
    bool wait_closed(int seconds = 5);
    std::vector<Event> events() const; // so far, each checked against the contract
    const std::string& received() const { return socket_.received(); }

private:
    bool wait(const std::function<bool(const Event&)>& is_it);
    HttpCity& city_;
    RawSocket socket_;
};

bool has_han(std::string_view text);
// Words of Latin letters with an underscore, as codes have; nothing a person should read.
bool has_raw_code(std::string_view text);

} // namespace chengge::kit
