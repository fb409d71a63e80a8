#include "simulation/agents.hpp"

#include <cmath>
#include <map>
#include <stdexcept>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "mix/case_mix.hpp"

namespace chengge::simulation {

namespace {

// How likely each act is among those allowed; the shares of going wrong are the published ones.
const std::map<std::string, double, std::less<>>& weights() {
    static const std::map<std::string, double, std::less<>> table{
        {"accept", 98.3}, {"decline", 1.7},           {"file_case", 99.4},      {"refuse_filing", 0.6},   {"dispatch", 100},
        {"sign", 99.3},   {"ask_send_back", 0.7},     {"assign", 70},           {"feed_back", 30},        {"approve_review", 99},
        {"reject_review", 1}, {"approve_gate", 99.4}, {"rework", 0.6},          {"send_check", 100},      {"confirm", 94},
        {"not_found", 6}, {"check_pass", 97.8},       {"check_fail", 2.2},      {"close", 100},           {"approve_send_back", 90},
        {"refuse_send_back", 10}, {"rework_failed", 90}, {"redispatch", 10},    {"reply_supervision", 100}, {"confirm_reply", 90},
        {"return_reply", 10}};
    return table;
}

constexpr double other_receiver_share = 0.03; // dispatched to somebody who then sends it back
constexpr double double_click_share = 0.01;
constexpr double forgotten_words_share = 0.02;

// A comment inside the JPEG makes each photo another file, as from a real phone.
std::string with_comment(const std::string& jpeg, Random& random) {
    if (jpeg.size() < 4) return jpeg;
    auto text = std::to_string(random.next());
    const auto length = text.size() + 2;
    std::string segment{'\xff', '\xfe', static_cast<char>(length >> 8), static_cast<char>(length & 0xff)};
    return jpeg.substr(0, 2) + segment + text + jpeg.substr(2);
}

bool needs(const json::value& action, std::string_view what) {
    for (const auto& need : rows_of(action, "needs"))
        if (need.is_string() && need.get_string() == what) return true;
    return false;
}

const json::value& member(const json::value& value, std::string_view name) {
    static const json::value nothing;
    const auto* object = value.if_object();
    const auto* found = object != nullptr ? object->if_contains({name.data(), name.size()}) : nullptr;
    return found != nullptr ? *found : nothing;
}

} // namespace

std::vector<Agent> sign_in_all(Api& api, std::uint64_t seed) {
    const auto operator_token = api.sign_in("operator");
    if (operator_token.empty()) throw std::runtime_error("the server does not let demo people in: only a demo city can be simulated");
    std::vector<Agent> agents;
    std::string cursor;
    do {
        const auto page = api.get("/api/v1/people?limit=200" + (cursor.empty() ? "" : "&cursor=" + cursor), operator_token);
        if (!page.is_good()) throw std::runtime_error("the list of people was refused: " + page.code());
        for (const auto& person : rows_of(page.body, "items")) {
            const auto& roles = rows_of(person, "roles");
            if (roles.empty()) continue;
            Agent agent{text_of(person, "login"), text_of(roles[0], "code"), text_of(person, "organisation_code"), "", static_cast<int>(agents.size() % 3), Random(seed * 7919 + agents.size())};
            if (agent.role.ends_with("_admin") || agent.role == "evaluator" || agent.role == "citizen") continue;
            agent.token = api.sign_in(agent.login);
            if (!agent.token.empty()) agents.push_back(std::move(agent));
        }
        cursor = page.text("next_cursor");
    } while (!cursor.empty());
    return agents;
}

World look_around(Api& api, const Agent& anyone, std::shared_ptr<const rules::Rules> rules) {
    World world{.rules = std::move(rules), .places = {}, .photo_before = "", .photo_after = ""};
    const auto regions = api.get("/api/v1/regions", anyone.token);
    for (const auto& region : rows_of(regions.body, "items"))
        if (text_of(region, "level") == "community") world.places.emplace_back(member(region, "lon").to_number<double>(), member(region, "lat").to_number<double>());
    const auto demo = api.get("/api/v1/demo", anyone.token);
    const auto& play = member(demo.body, "play");
    world.photo_before = api.get("/api/v1/media/" + text_of(play, "before_photo") + "/large", anyone.token).raw;
    world.photo_after = api.get("/api/v1/media/" + text_of(play, "after_photo") + "/large", anyone.token).raw;
    if (world.places.empty() || world.photo_after.size() < 4) throw std::runtime_error("the server has no demo city");
    return world;
}

std::string Behaviour::photo_of(Agent& agent, const std::string& jpeg) { return api_.upload(with_comment(jpeg, agent.random), agent.token); }

bool Behaviour::report(Agent& agent, double since_ms) {
    const auto finding = mix::draw_finding(world_.rules->taxonomy, agent.random);
    const bool is_call = agent.role == "intake_operator";
    // Around a community's middle; what falls into the sea or beyond the border is refused and tried elsewhere.
    for (int tries = 0; tries < 4; ++tries) {
        const auto& [lon, lat] = world_.places[agent.random.below(world_.places.size())];
        json::object body{{"case_id", format_uuid(make_uuid(SystemClock().now_ms()))},
                          {"lon", lon + (agent.random.unit() - 0.5) * 0.004},
                          {"lat", lat + (agent.random.unit() - 0.5) * 0.004},
                          {"coord_type", "cgcs2000"},
                          {"description", finding.description},
                          {"edition", finding.problem->edition},
                          {"kind", finding.problem->kind},
                          {"class_code", finding.problem->code},
                          {"source", is_call ? "hotline_12319" : "collector"}};
        if (is_call)
            body["contact"] = json::object{{"name", "模拟来电" + std::to_string(agent.random.below(1000))}, {"phone", "1390000" + std::to_string(1000 + agent.random.below(9000))}, {"public", false}, {"call_back", agent.random.chance(0.4)}};
        else if (agent.random.chance(world_.photo_share)) {
            const auto photo = photo_of(agent, world_.photo_before);
            if (!photo.empty()) body["media"] = json::array{json::value(photo)};
        }
        auto reply = api_.post("/api/v1/reports", body, agent.token, since_ms);
        if (agent.random.chance(double_click_share)) {
            const auto again = api_.post("/api/v1/reports", body, agent.token);
            if (!reply.is_good()) reply = again;
        }
        if (reply.is_good()) {
            tally_.count("report");
            tally_.accept(text_of(body, "case_id"));
            return true;
        }
        if (reply.code() != "outside_city") return false;
    }
    return false;
}

// A crew is finished when its share of the limit has passed; everybody else acts when they get to it.
bool Behaviour::is_ripe(Agent& agent, const json::value& item, std::int64_t now_ms) const {
    const auto& work = member(item, "work");
    if (text_of(work, "stage") != "handle" || agent.role != "handler") return true;
    const auto from = parse_instant(text_of(work, "started_at")), until = parse_instant(text_of(work, "deadline_at"));
    if (!from || !until || *until <= *from) return true;
    // The same draw every time this piece of work is looked at.
    std::uint64_t seed = 0;
    for (const char letter : text_of(member(work, "subject"), "id")) seed = seed * 131 + static_cast<unsigned char>(letter);
    Random of_work(seed);
    return now_ms >= *from + static_cast<std::int64_t>(static_cast<double>(*until - *from) * mix::draw_length_share(of_work));
}

bool Behaviour::work(Agent& agent, std::int64_t now_ms) {
    const auto inbox = api_.get("/api/v1/inbox?limit=20", agent.token);
    const auto& items = rows_of(inbox.body, "items");
    if (items.empty()) return false;
    // Mostly the most urgent; sometimes what lies next to it, so that two people meet over one case.
    auto at = agent.random.chance(0.7) ? 0 : agent.random.below(std::min<std::size_t>(items.size(), 5));
    while (at < items.size() && !is_ripe(agent, items[at], now_ms)) ++at;
    if (at >= items.size()) return false;
    const auto case_id = text_of(member(items[at], "case"), "case_id");
    const auto found = api_.get("/api/v1/cases/" + case_id, agent.token);
    if (!found.is_good()) return false;
    const auto* action = choose_action(agent, found.body, member(member(items[at], "work"), "subject"));
    if (action == nullptr) {
        tally_.count("nothing allowed");
        return false;
    }
    auto step = fill(agent, found.body, *action);
    return step && send_step(agent, case_id, std::move(*step));
}

const json::value* Behaviour::choose_action(Agent& agent, const json::value& found, const json::value& subject) {
    // A call is looked at before it is accepted; what was not found is declined.
    const auto source = text_of(found, "source");
    bool was_verified = source == "collector" || source == "video", was_not_found = false;
    for (const auto& task : rows_of(found, "tasks")) {
        was_verified |= text_of(task, "kind") == "verify";
        was_not_found |= text_of(task, "kind") == "verify" && text_of(task, "state") == "failed";
    }
    double total = 0;
    std::vector<std::pair<const json::value*, double>> choices;
    for (const auto& action : rows_of(found, "allowed_actions")) {
        const auto name = text_of(action, "action");
        if (text_of(member(action, "subject"), "id") != text_of(subject, "id")) continue;
        auto weight = weights().find(name) == weights().end() ? 0 : weights().find(name)->second;
        if (name == "send_verify") weight = was_verified ? 0 : 600;
        if (was_not_found && name == "decline") weight = 2000;
        if (weight > 0) choices.emplace_back(&action, weight);
        total += weight;
    }
    double at = agent.random.unit() * total;
    for (const auto& [action, weight] : choices)
        if ((at -= weight) < 0) return action;
    return nullptr;
}

std::optional<json::object> Behaviour::fill(Agent& agent, const json::value& found, const json::value& action) {
    const auto name = text_of(action, "action");
    const auto case_id = text_of(found, "case_id");
    const auto& subject = member(action, "subject");
    json::object step{{"step_id", format_uuid(make_uuid(SystemClock().now_ms()))}, {"action", name}, {"version", member(found, "version")}, {"subject", subject}};
    auto words = mix::draw_opinion(name, agent.random);
    if (words.empty() && needs(action, "opinion")) words = "按要求办理";
    if (!words.empty() && !agent.random.chance(forgotten_words_share)) step["opinion"] = words;
    if (needs(action, "media")) {
        const auto photo = photo_of(agent, name == "confirm" || name == "check_fail" ? world_.photo_before : world_.photo_after);
        if (photo.empty()) return std::nullopt;
        step["media"] = json::array{json::value(photo)};
    }
    if (needs(action, "receiver")) {
        const auto receivers = api_.get("/api/v1/cases/" + case_id + "/receivers?action=" + name + "&subject_kind=" + text_of(subject, "kind") + "&subject_id=" + text_of(subject, "id"), agent.token);
        const auto& rows = rows_of(receivers.body, "items");
        if (rows.empty()) return std::nullopt;
        const bool is_errand = name == "send_check" || name == "send_verify";
        const auto& chosen = rows[is_errand || agent.random.chance(other_receiver_share) ? agent.random.below(rows.size()) : 0];
        json::object receiver{{"organisation", text_of(chosen, "organisation")}};
        if (const auto person = text_of(chosen, "person"); !person.empty()) receiver["person"] = person;
        step["receiver"] = std::move(receiver);
    }
    if (needs(action, "return_reason")) {
        const auto& reasons = world_.rules->workflow.return_reasons;
        step["return_reason"] = reasons[agent.random.below(reasons.size())].code;
    }
    if (needs(action, "filing_row")) {
        const auto rows = api_.get("/api/v1/rules/filing-rows?edition=" + text_of(found, "edition") + "&kind=" + text_of(found, "kind") + "&class_code=" + text_of(found, "class_code"), agent.token);
        const auto& items = rows_of(rows.body, "items");
        if (items.empty()) return std::nullopt;
        step["filing_row"] = text_of(items[agent.random.below(items.size())], "id");
    }
    if (needs(action, "class")) {
        const auto finding = mix::draw_finding(world_.rules->taxonomy, agent.random);
        step["edition"] = finding.problem->edition;
        step["kind"] = finding.problem->kind;
        step["class_code"] = finding.problem->code;
    }
    if (needs(action, "supervision_level")) step["supervision_level"] = agent.random.chance(0.8) ? "general" : "urgent";
    return step;
}

bool Behaviour::send_step(Agent& agent, const std::string& case_id, json::object step) {
    const auto path = "/api/v1/cases/" + case_id + "/steps";
    auto reply = api_.post(path, step, agent.token);
    if (reply.code() == "needs_opinion") { // written after all
        step["opinion"] = "按要求办理";
        reply = api_.post(path, step, agent.token);
    } else if (reply.is_good() && agent.random.chance(double_click_share)) {
        reply = api_.post(path, step, agent.token);
    }
    if (reply.is_good()) tally_.count(std::string(step["action"].as_string()));
    return reply.is_good();
}

void Behaviour::browse(Agent& agent) {
    const auto page = api_.get(agent.random.chance(0.5) ? "/api/v1/cases?limit=50" : "/api/v1/inbox?limit=50", agent.token);
    const auto& items = rows_of(page.body, "items");
    if (items.empty() || !agent.random.chance(0.5)) return;
    const auto& row = items[agent.random.below(items.size())];
    const auto id = text_of(row, "case_id").empty() ? text_of(member(row, "case"), "case_id") : text_of(row, "case_id");
    api_.get("/api/v1/cases/" + id, agent.token);
    if (agent.random.chance(0.1)) api_.get("/api/v1/cases?limit=50&q=%E5%9E%83%E5%9C%BE", agent.token);
}

void Behaviour::look_after_late(Agent& agent) {
    const auto late = api_.get("/api/v1/cases?overdue=true&order=deadline&limit=5", agent.token);
    for (const auto& row : rows_of(late.body, "items")) {
        const auto case_id = text_of(row, "case_id");
        const auto found = api_.get("/api/v1/cases/" + case_id, agent.token);
        if (member(found.body, "supervise_count").is_int64() && member(found.body, "supervise_count").get_int64() > 0) continue;
        for (const auto& action : rows_of(found.body, "allowed_actions")) {
            if (text_of(action, "action") != "supervise") continue;
            auto step = fill(agent, found.body, action);
            if (!step) continue;
            (*step)["opinion"] = "已超时限，请今天内处理并说明原因";
            send_step(agent, case_id, std::move(*step));
            return;
        }
    }
}

} // namespace chengge::simulation
