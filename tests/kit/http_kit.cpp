#include "kit/http_kit.hpp"

#include <chrono>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/csv.hpp"
#include "base/text.hpp"
#include "http/wire.hpp"
#include "kit/photo_kit.hpp"

namespace chengge::kit {

using http::Method;

namespace {

class BorrowedClock final : public Clock {
public:
    explicit BorrowedClock(const Clock& clock) : clock_(clock) {}
    std::int64_t now_ms() const override { return clock_.now_ms(); }

private:
    const Clock& clock_;
};

const json::value& load_the_contract() {
    static const auto contract = platform::load_contract(CHENGGE_SOURCE "/api/openapi.yaml");
    if (!contract) throw std::runtime_error("api/openapi.yaml: " + contract.error().facts.at("reason"));
    return *contract;
}

// What chengge demo writes beside a city it has made.
constexpr const char* demo_file = R"({"city_name": "小城", "seed": 1, "months": 3, "made_for": "2026-09-29T09:00:00+08:00", "district_count": 2, "subdistrict_count": 2,
    "community_count": 3, "cell_count": 11, "password": "-", "play": {"lon": 110.3605, "lat": 21.2695, "logins": {"collector": "collector"}}})";

std::string name_of(Method method) {
    switch (method) {
    case Method::get: return "GET";
    case Method::head: return "HEAD";
    case Method::post: return "POST";
    case Method::put: return "PUT";
    case Method::patch: return "PATCH";
    case Method::del: return "DELETE";
    }
    return "";
}

// Paths are written in the tests as a person would.
std::string to_url(std::string_view path) {
    std::string url;
    for (const char letter : path) {
        char escaped[4];
        std::snprintf(escaped, sizeof escaped, "%%%02X", static_cast<unsigned char>(letter));
        if (static_cast<unsigned char>(letter) < 0x80 && letter != ' ') url += letter;
        else url += escaped;
    }
    return url;
}

// Every text of the request: a person may be shown the own words again.
void collect_texts(const json::value& value, std::vector<std::string>& into) {
    if (value.is_string()) into.emplace_back(value.get_string());
    if (value.is_array())
        for (const auto& item : value.get_array()) collect_texts(item, into);
    if (value.is_object())
        for (const auto& member : value.get_object()) collect_texts(member.value(), into);
}

std::string without(std::string text, const std::vector<std::string>& words) {
    for (const auto& word : words)
        for (auto at = word.empty() ? std::string::npos : text.find(word); at != std::string::npos; at = text.find(word)) text.erase(at, word.size());
    return text;
}

// The words that an operator reads must be Chinese ones.
void check_labels(const json::value& value, const std::string& where, std::vector<std::string>& faults) {
    if (value.is_array())
        for (const auto& item : value.get_array()) check_labels(item, where + "[]", faults);
    if (!value.is_object()) return;
    for (const auto& member : value.get_object()) {
        const std::string name(member.key());
        const bool is_label = name == "label" || name == "zh" || name.ends_with("_label");
        if (is_label && member.value().is_string() && !member.value().get_string().empty() && !has_han(member.value().get_string()))
            faults.push_back(where + "." + name + ": not Chinese: " + to_json_text(member.value()));
        check_labels(member.value(), where + "." + name, faults);
    }
}

// The names between braces in a sentence of errors.csv.
std::vector<std::string> placeholders_of(std::string_view sentence) {
    std::vector<std::string> names;
    for (auto open = sentence.find('{'); open != std::string_view::npos; open = sentence.find('{', open + 1))
        names.emplace_back(sentence.substr(open + 1, sentence.find('}', open) - open - 1));
    return names;
}

void check_problem(const json::object& problem, const std::vector<std::string>& own_words, std::vector<std::string>& faults) {
    static const auto table = *load_csv(CHENGGE_SOURCE "/api/errors.csv");
    const auto text = [&](const char* name) {
        const auto* value = problem.if_contains(name);
        return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
    };
    for (const auto name : {"detail", "zh"}) {
        if (!has_han(text(name))) faults.push_back(std::string(name) + " is not Chinese: " + text(name));
        if (has_raw_code(without(text(name), own_words))) faults.push_back(std::string(name) + " shows a code: " + text(name));
    }
    if (has_han(without(text("en"), own_words))) faults.push_back("en is not English: " + text("en"));
    bool is_known = false;
    for (const auto& row : table.rows) {
        if (row.fields[0] != text("code")) continue;
        is_known = true;
        for (const auto& sentence : {row.fields[2], row.fields[3]})
            for (const auto& name : placeholders_of(sentence))
                if (text(name.c_str()).empty() && problem.if_contains(name) == nullptr) faults.push_back("nothing fills {" + name + "} of " + text("code"));
    }
    if (!is_known) faults.push_back("the code " + text("code") + " has no row in errors.csv");
}

} // namespace

// --- answers and clients -----------------------------------------------------------------------

std::string Answer::header(std::string_view name) const {
    for (const auto& [key, value] : response.headers)
        if (to_lower_ascii(key) == to_lower_ascii(name)) return value;
    return "";
}

std::string Answer::code() const {
    const auto* code = status >= 400 && json.is_object() ? json.get_object().if_contains("code") : nullptr;
    return code != nullptr ? std::string(code->as_string()) : "";
}

std::string Answer::detail() const { return text("detail"); }

const json::value& Answer::at(std::string_view name) const {
    const auto* value = json.is_object() ? json.get_object().if_contains({name.data(), name.size()}) : nullptr;
    if (value == nullptr) throw std::runtime_error("no member " + std::string(name) + " in " + std::to_string(status) + " " + body.substr(0, 300));
    return *value;
}

std::string Answer::text(std::string_view name) const {
    const auto& value = at(name);
    return value.is_string() ? std::string(value.get_string()) : to_json_text(value);
}

Answer HttpClient::send(const Call& call) {
    http::ClientRequest request{.method = call.method, .url = city_->url() + to_url(call.path), .headers = call.headers, .body = call.body, .time_out_seconds = 60};
    if (!token_.empty()) request.headers.emplace_back("Authorization", "Bearer " + token_);
    if (!call.body.empty() && !call.content_type.empty()) request.headers.emplace_back("Content-Type", call.content_type);
    Answer answer;
    answer.response = city_->fetch(request);
    answer.status = answer.response.status;
    answer.body = answer.response.body;
    for (const auto& [name, value] : answer.response.headers) received_ += name + ": " + value + "\n";
    received_ += answer.body + "\n";
    if (answer.header("content-type").find("json") != std::string::npos) answer.json = parse_json(answer.body).value_or(nullptr);
    return answer;
}

Answer HttpClient::get(const std::string& path) { return send({.method = Method::get, .path = path}); }
Answer HttpClient::post(const std::string& path, const json::value& body) { return send({.method = Method::post, .path = path, .body = to_json_text(body)}); }
Answer HttpClient::put(const std::string& path, const json::value& body) { return send({.method = Method::put, .path = path, .body = to_json_text(body)}); }
Answer HttpClient::del(const std::string& path) { return send({.method = Method::del, .path = path}); }

std::string HttpClient::upload(const std::string& photo) {
    const auto answer = send({.method = Method::post, .path = "/api/v1/media", .body = photo, .content_type = "image/jpeg"});
    return answer.text("media_id");
}

std::string HttpClient::upload() {
    auto& random = city_->city.random;
    return upload(make_photo({.width = 24 + static_cast<int>(random.below(40)), .height = 18, .seed = 1 + static_cast<int>(random.below(8))}));
}

json::object HttpClient::report_at(const std::string& cell) {
    const auto report = city_->city.report_at(cell);
    return {{"case_id", format_uuid(report.case_id)}, {"lon", report.lon}, {"lat", report.lat}, {"coord_type", "cgcs2000"}, {"description", report.description},
            {"kind", report.kind}, {"class_code", report.class_code}, {"source", report.source}};
}

std::string HttpClient::report(const std::string& cell) {
    auto body = report_at(cell);
    body["media"] = json::array{json::value(upload())};
    const auto answer = post("/api/v1/reports", body);
    if (answer.status != 201) throw std::runtime_error("the report was refused: " + answer.body);
    return answer.text("case_id");
}

namespace {

// As drawn on a map around a place, about 60 m wide.
json::object square_around(double lon, double lat) {
    constexpr double reach = 0.0003;
    const auto corner = [&](double x, double y) { return json::array{lon + x * reach, lat + y * reach}; };
    return {{"type", "Polygon"}, {"coordinates", json::array{json::array{corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1), corner(-1, -1)}}}};
}

} // namespace

Answer HttpClient::act(const std::string& case_id, const std::string& action, const std::function<void(json::object&)>& edit) {
    const auto path = "/api/v1/cases/" + case_id;
    const auto seen = get(path);
    json::object step{{"step_id", format_uuid(city_->city.new_id())}, {"action", action}, {"version", seen.status == 200 ? seen.at("version") : json::value(1)}};
    if (seen.status == 200)
        for (const auto& allowed : seen.at("allowed_actions").as_array()) {
            if (allowed.at("action").as_string() != action) continue;
            step["subject"] = allowed.at("subject");
            for (const auto& need : allowed.at("needs").as_array()) {
                if (need.as_string() == "opinion") step["opinion"] = "按要求办理";
                if (need.as_string() == "media") step["media"] = json::array{json::value(upload())};
                if (need.as_string() == "return_reason") step["return_reason"] = get("/api/v1/rules/labels").at("return_reasons").as_array().front().at("code");
                if (need.as_string() == "red_line") step["red_line"] = square_around(seen.at("lon").to_number<double>(), seen.at("lat").to_number<double>());
                if (need.as_string() == "filing_row") {
                    const auto rows = get("/api/v1/rules/filing-rows?kind=" + seen.text("kind") + "&class_code=" + seen.text("class_code"));
                    step["filing_row"] = rows.at("items").as_array().front().at("id");
                }
                if (need.as_string() == "receiver") {
                    const auto& subject = allowed.at("subject").as_object();
                    const auto choices = get(path + "/receivers?action=" + action + "&subject_kind=" + std::string(subject.at("kind").as_string()) +
                                             "&subject_id=" + std::string(subject.at("id").as_string()));
                    const auto& first = choices.at("items").as_array().front();
                    json::object receiver{{"organisation", first.at("organisation")}};
                    if (!first.at("person").is_null()) receiver["person"] = first.at("person");
                    step["receiver"] = std::move(receiver);
                }
            }
            break;
        }
    if (edit) edit(step);
    return post(path + "/steps", step);
}

// --- the city ----------------------------------------------------------------------------------

HttpCity::HttpCity(storage::Engine engine, SmallCityOptions options) : contract(load_the_contract()), city(engine, std::move(options)) {
    save_file(city.folder.path() + "/demo.json", demo_file);
    start();
}

HttpCity::~HttpCity() = default;

void HttpCity::start() {
    platform::InstallationOptions options{.data = city.folder.path(), .database = city.database.url(), .home = CHENGGE_SOURCE, .overlay = ""};
    auto opened = platform::Installation::open(options, std::make_unique<BorrowedClock>(city.clock));
    if (!opened) throw std::runtime_error("the installation was refused: " + opened.error().code);
    installation = std::move(*opened);
    server = std::make_unique<platform::RunningServer>(*installation, platform::ServeOptions{.listen = "127.0.0.1:0"});
}

void HttpCity::restart() {
    server.reset();
    installation.reset();
    start();
}

std::string HttpCity::url() const { return "http://127.0.0.1:" + std::to_string(server->port()); }

HttpClient& HttpCity::as(const std::string& who) {
    const auto found = clients_.find(who);
    if (found != clients_.end()) return found->second;
    HttpClient nobody(*this, "");
    const auto given = nobody.post("/api/v1/demo/sessions", json::object{{"login", who}});
    return clients_.emplace(who, HttpClient(*this, given.text("token"))).first->second;
}

HttpClient& HttpCity::stranger() { return clients_.emplace("", HttpClient(*this, "")).first->second; }

HttpClient HttpCity::sign_in(const std::string& login, const std::string& password) {
    return {*this, stranger().post("/api/v1/sessions", json::object{{"name", login}, {"password", password}}).text("token")};
}

void HttpCity::set_up() {
    json::array accounts;
    for (const std::string role : {"system_admin", "security_admin", "audit_admin"})
        accounts.push_back(json::object{{"role", role}, {"login", role}, {"name", "管理员"}, {"password", "xin-hai-an-1949"}});
    const auto secret = installation->identity->make_setup_secret();
    if (!secret) throw std::runtime_error("there are administrators already");
    const auto made = stranger().post("/api/v1/setup", json::object{{"secret", *secret}, {"accounts", accounts}});
    if (made.status != 204) throw std::runtime_error("the administrators were refused: " + made.body);
}

std::string HttpCity::closed_case(const std::string& cell) {
    auto id = as("collector").report(cell);
    close(id);
    return id;
}

void HttpCity::close(const std::string& id) {
    const std::pair<const char*, const char*> path[] = {
        {"operator", "accept"}, {"leader", "file_case"}, {"dispatcher", "dispatch"}, {"district_a", "dispatch"}, {"a_sanitation", "sign"}, {"a_sanitation", "assign"},
        {"a_crew", "feed_back"}, {"a_sanitation", "approve_review"}, {"district_a", "approve_gate"}, {"operator", "send_check"}, {"inspector", "check_pass"}, {"leader", "close"}};
    for (const auto& [who, action] : path) {
        city.clock.advance(7 * 60'000);
        // Whoever the policy would choose: the check is the inspector's whose hands are used here.
        const auto name_checker = [&](json::object& step) {
            if (std::string_view(action) == "send_check") step["receiver"] = json::object{{"person", format_uuid(city.viewer("inspector").person_id)}};
        };
        const auto done = as(who).act(id, action, name_checker);
        if (done.status != 200) throw std::runtime_error(std::string(who) + " may not " + action + ": " + done.body);
    }
}

std::int64_t HttpCity::count_rows(const std::string& table) {
    const storage::Statement query("count", "SELECT COUNT(*) AS n FROM " + table, "SELECT COUNT(*) AS n FROM " + table);
    return city.database->read([&](storage::Transaction& transaction) { return transaction.run(query)[0].integer("n"); });
}

std::map<std::string, std::int64_t> HttpCity::stored() {
    std::map<std::string, std::int64_t> counts;
    for (const std::string table : {"cases", "case_steps", "assignments", "tasks", "requests", "case_clocks", "case_media", "case_contacts", "media", "feed_entries", "people", "organisations"})
        counts[table] = count_rows(table);
    return counts;
}

http::Response HttpCity::fetch(const http::ClientRequest& request) {
    auto answer = http::fetch(request);
    const auto path = request.url.substr(url().size());
    check(request, path.substr(0, path.find('?')), answer);
    return answer;
}

void HttpCity::check(const http::ClientRequest& request, const std::string& path, const http::Response& answer) {
    const auto method = name_of(request.method);
    auto faults = contract.check_answer(method, path, answer);
    if (const auto* operation = contract.find(method, path)) answered[method + " " + operation->path].insert(answer.status);
    const bool is_english = request.url.find("lang=en") != std::string::npos;
    const auto body = parse_json(answer.body);
    if (body && path != "/api/openapi.json" && !is_english) {
        check_labels(*body, "", faults);
        if (answer.status >= 400) {
            std::vector<std::string> own_words{request.url};
            if (const auto sent = parse_json(request.body)) collect_texts(*sent, own_words);
            for (const auto& pair : split(request.url.substr(request.url.find('?') + 1), '&'))
                own_words.push_back(http::percent_decode(pair.substr(pair.find('=') + 1), true).value_or(""));
            check_problem(body->as_object(), own_words, faults);
        }
    }
    for (const auto& fault : faults) ADD_FAILURE() << method << " " << path << " " << answer.status << ": " << fault;
}

// --- raw bytes ---------------------------------------------------------------------------------

RawSocket::RawSocket(std::uint16_t port, int time_out_ms) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("no connection");
    set_time_out({.tv_sec = time_out_ms / 1000, .tv_usec = time_out_ms % 1000 * 1000});
}

RawSocket::~RawSocket() { ::close(socket_); }

void RawSocket::set_time_out(const timeval& wait) { ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait); }

bool RawSocket::send(std::string_view bytes) const {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

bool RawSocket::read_until(std::string_view text) {
    char buffer[16 * 1024];
    while (text.empty() || received_.find(text) == std::string::npos) {
        const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
        if (got <= 0) return false;
        received_.append(buffer, static_cast<std::size_t>(got));
        if (text.empty()) return true;
    }
    return true;
}

EventListener::EventListener(HttpCity& city, const HttpClient& client, const std::string& last_event_id) : city_(city), socket_(city.server->port()) {
    std::string request = "GET /api/v1/stream HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(city.server->port()) + "\r\nAuthorization: Bearer " + client.token() + "\r\n";
    if (!last_event_id.empty()) request += "Last-Event-ID: " + last_event_id + "\r\n";
    socket_.send(request + "\r\n");
    // The first comment says that the headers are out; listening begins right after.
    if (!socket_.read_until("retry: ")) throw std::runtime_error("no stream: " + socket_.received());
    city.answered["GET /api/v1/stream"].insert(200);
}

std::vector<EventListener::Event> EventListener::events() const {
    std::vector<Event> events;
    const auto& received = socket_.received();
    auto at = received.find("\r\n\r\n");
    at = at == std::string::npos ? received.size() : at + 4;
    for (auto end = received.find("\n\n", at); end != std::string::npos; at = end + 2, end = received.find("\n\n", at)) {
        Event event;
        for (const auto& line : split(std::string_view(received).substr(at, end - at), '\n')) {
            if (line.starts_with("id: ")) event.id = line.substr(4);
            if (line.starts_with("data: ")) event.entry = parse_json(line.substr(6)).value_or(nullptr);
        }
        if (event.entry.is_null()) continue;
        for (const auto& fault : city_.contract.check_value("StreamEntry", event.entry)) ADD_FAILURE() << "stream: " << fault;
        events.push_back(std::move(event));
    }
    return events;
}

bool EventListener::wait(const std::function<bool(const Event&)>& is_it) {
    do {
        for (const auto& event : events())
            if (is_it(event)) return true;
    } while (socket_.read_until(""));
    return false;
}

void EventListener::drain() {
    const timeval wait{.tv_sec = 0, .tv_usec = 300'000};
    socket_.set_time_out(wait);
    while (socket_.read_until("")) {}
}

bool EventListener::wait_closed(int seconds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    socket_.set_time_out({.tv_sec = seconds, .tv_usec = 0});
    while (socket_.read_until("")) {}
    return std::chrono::steady_clock::now() < end;
}

bool EventListener::wait_for(const std::string& case_id, const std::string& kind) {
    return wait([&](const Event& event) { return event.entry.at("case_id") == json::value(case_id) && (kind.empty() || event.entry.at("kind").as_string() == kind); });
}

bool EventListener::wait_past(const std::string& position) {
    return wait([&](const Event& event) { return storage::parse_position(event.id) >= storage::parse_position(position); });
}

// --- words -------------------------------------------------------------------------------------

bool has_han(std::string_view text) {
    for (const auto letter : to_code_points(text))
        if (letter >= 0x4e00 && letter <= 0x9fff) return true;
    return false;
}

bool has_raw_code(std::string_view text) {
    // Names that people use as they are.
    static const std::vector<std::string> names{"wgs84", "cgcs2000", "gcj02", "bd09"};
    std::size_t run = 0;
    for (const char letter : without(std::string(text), names)) {
        const bool is_part = (letter >= 'a' && letter <= 'z') || letter == '_';
        run = is_part ? run + 1 : 0;
        if (run >= 3) return true;
    }
    return false;
}

} // namespace chengge::kit
