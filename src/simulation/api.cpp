#include "simulation/api.hpp"

#include <chrono>

namespace chengge::simulation {

double steady_ms() {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string text_of(const json::value& value, std::string_view name) {
    const auto* object = value.if_object();
    const auto* member = object != nullptr ? object->if_contains({name.data(), name.size()}) : nullptr;
    return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
}

const json::array& rows_of(const json::value& value, std::string_view name) {
    static const json::array none;
    const auto* object = value.if_object();
    const auto* member = object != nullptr ? object->if_contains({name.data(), name.size()}) : nullptr;
    return member != nullptr && member->is_array() ? member->get_array() : none;
}

std::string Reply::code() const { return is_good() ? "" : status == 0 ? "no_answer" : text("code"); }
std::string Reply::text(std::string_view name) const { return text_of(body, name); }

Reply Api::send(const std::string& kind, http::ClientRequest request, const std::string& token, double since_ms) {
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    request.headers.emplace_back("Accept-Language", "zh");
    request.url = server_ + request.url;
    request.time_out_seconds = 30;
    const auto begin = since_ms > 0 ? since_ms : steady_ms();
    Reply reply;
    try {
        const auto response = connection_.send(request);
        reply.status = response.status;
        for (const auto& [name, value] : response.headers) {
            if (name == "Retry-After") reply.retry_after = value;
            if (name == "Content-Type" && value.find("json") != std::string::npos) reply.body = parse_json(response.body).value_or(nullptr);
        }
        reply.raw = response.body;
    } catch (const std::exception&) {
        reply.status = 0;
    }
    if ((reply.status == 429 || reply.status == 503) && reply.retry_after.empty()) tally_.count("shed without Retry-After");
    tally_.add(kind, reply.status, steady_ms() - begin, reply.code());
    return reply;
}

Reply Api::get(const std::string& path, const std::string& token, double since_ms) {
    return send("read", {.method = http::Method::get, .url = path, .headers = {}, .body = ""}, token, since_ms);
}

Reply Api::post(const std::string& path, const json::value& body, const std::string& token, double since_ms) {
    return send("write", {.method = http::Method::post, .url = path, .headers = {{"Content-Type", "application/json"}}, .body = to_json_text(body)}, token, since_ms);
}

std::string Api::upload(const std::string& jpeg, const std::string& token) {
    return send("upload", {.method = http::Method::post, .url = "/api/v1/media", .headers = {{"Content-Type", "image/jpeg"}}, .body = jpeg}, token, 0).text("media_id");
}

std::string Api::sign_in(const std::string& login) {
    return send("sign_in", {.method = http::Method::post, .url = "/api/v1/demo/sessions", .headers = {{"Content-Type", "application/json"}}, .body = to_json_text(json::object{{"login", login}})}, "", 0).text("token");
}

} // namespace chengge::simulation
