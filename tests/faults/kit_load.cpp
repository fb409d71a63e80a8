#include "faults/kit_load.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/clock.hpp"
#include "kit/photo_kit.hpp"

namespace chengge::faults {

using http::Method;
using namespace std::chrono_literals;

namespace {

constexpr auto settle_time = 60s;

// Who does what at each version on the straight path through the first district.
const std::pair<const char*, const char*> straight_path[] = {
    {"operator", "accept"},   {"leader", "file_case"},         {"dispatcher", "dispatch"},     {"district_a", "dispatch"},
    {"a_sanitation", "sign"}, {"a_sanitation", "assign"},      {"a_crew", "feed_back"},        {"a_sanitation", "approve_review"},
    {"district_a", "approve_gate"}, {"operator", "send_check"}, {"inspector", "check_pass"},   {"leader", "close"}};

const std::vector<std::string> people{"collector", "collector2", "operator", "leader", "dispatcher", "district_a", "a_sanitation", "a_crew", "inspector"};

bool is_sure(int status) { return status != 0 && status != 503 && status != 429; }

} // namespace

Load::Load(FaultCity& city, LoadOptions options) : city_(city), options_(options), own_random_(options.seed * 1000 + 999) {
    city_.sign_in(people);
}

void Load::start() {
    is_stopping_ = false;
    for (int i = 0; i < options_.clients; ++i) clients_.emplace_back([this, i] { run(i); });
}

void Load::stop() {
    is_stopping_ = true;
    clients_.clear();
}

bool Load::wait_for(std::int64_t acknowledged, int seconds) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (acknowledged_ < acknowledged) {
        if (!city_.is_running() || std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

std::string Load::new_id(Random& random) { return format_uuid(make_uuid(SystemClock().now_ms(), random)); }

void Load::send(Deed& deed) {
    try {
        const auto answer = city_.ask(deed.ask);
        deed.status = answer.status;
        deed.answer = answer.body;
        if (answer.status / 100 == 2) deed.outcome = Deed::Outcome::acknowledged;
        else if (is_sure(answer.status)) deed.outcome = Deed::Outcome::refused;
    } catch (const std::runtime_error& error) {
        deed.status = 0;
        deed.answer = error.what();
    }
}

void Load::keep(Deed deed) {
    if (deed.outcome == Deed::Outcome::acknowledged) ++acknowledged_;
    const std::lock_guard lock(mutex_);
    if (deed.kind == Deed::Kind::report && deed.outcome == Deed::Outcome::acknowledged) cases_.push_back(deed.case_id);
    deeds.push_back(std::move(deed));
}

std::string Load::some_case(Random& random) {
    const std::lock_guard lock(mutex_);
    // Among the newest, so that some come to their end.
    return cases_.empty() ? "" : cases_[cases_.size() - 1 - random.below(std::min<std::size_t>(cases_.size(), 8))];
}

Deed Load::make_photo(const std::string& who, Random& random) {
    Deed deed;
    deed.kind = Deed::Kind::photo;
    deed.id = new_id(random);
    const auto bytes = kit::make_photo({.width = 24 + static_cast<int>(random.below(40)), .height = 18, .seed = static_cast<int>(random.below(1000))});
    deed.sm3_hex = to_hex(sm3(bytes));
    deed.ask = {.who = who, .method = Method::post, .path = "/api/v1/media", .body = bytes, .content_type = "image/jpeg", .headers = {{"X-Media-Id", deed.id}}};
    return deed;
}

Deed Load::make_report(const std::string& who, Random& random) {
    Deed deed;
    deed.id = deed.case_id = new_id(random);
    json::object body{{"case_id", deed.id}, {"lon", city_.lon()}, {"lat", city_.lat()}, {"coord_type", "cgcs2000"}, {"description", "路边有一堆垃圾 " + deed.id.substr(24)},
                      {"kind", "event"}, {"class_code", "06010"}, {"source", "collector"}};
    if (random.chance(options_.photo_chance)) {
        auto photo = make_photo(who, random);
        send(photo);
        if (photo.outcome == Deed::Outcome::acknowledged) body["media"] = json::array{json::value(photo.id)};
        keep(std::move(photo));
    }
    deed.ask = {.who = who, .method = Method::post, .path = "/api/v1/reports", .body = to_json_text(body)};
    return deed;
}

bool Load::fill_needs(json::object& step, const json::value& seen, const std::string& who, const std::string& action, Random& random) {
    const auto path = "/api/v1/cases/" + std::string(seen.at("case_id").as_string());
    for (const auto& allowed : seen.at("allowed_actions").as_array()) {
        if (allowed.at("action").as_string() != action) continue;
        step["subject"] = allowed.at("subject");
        for (const auto& need : allowed.at("needs").as_array()) {
            const std::string name(need.as_string());
            if (name == "opinion") step["opinion"] = "按要求办理";
            if (name == "media") {
                auto photo = make_photo(who, random);
                send(photo);
                const bool is_there = photo.outcome == Deed::Outcome::acknowledged;
                step["media"] = json::array{json::value(photo.id)};
                keep(std::move(photo));
                if (!is_there) return false;
            }
            if (name == "filing_row")
                step["filing_row"] = city_.get(who, "/api/v1/rules/filing-rows?kind=event&class_code=06010").at("items").at(0).at("id");
            if (name == "receiver") {
                const auto& subject = allowed.at("subject").as_object();
                const auto choices = city_.get(who, path + "/receivers?action=" + action + "&subject_kind=" + std::string(subject.at("kind").as_string()) +
                                                        "&subject_id=" + std::string(subject.at("id").as_string()));
                const auto& first = choices.at("items").at(0);
                json::object receiver{{"organisation", first.at("organisation")}};
                if (!first.at("person").is_null()) receiver["person"] = first.at("person");
                step["receiver"] = std::move(receiver);
            }
        }
        return true;
    }
    return false;
}

// The next step of the straight path; nothing when the case is at its end or somebody was faster.
std::optional<Deed> Load::make_step(const std::string& case_id, Random& random) {
    const auto version = city_.get("operator", "/api/v1/cases/" + case_id).at("version").as_int64();
    if (version > static_cast<std::int64_t>(std::size(straight_path))) return std::nullopt;
    const auto& [who, action] = straight_path[version - 1];
    const auto seen = city_.get(who, "/api/v1/cases/" + case_id);
    Deed deed;
    deed.kind = Deed::Kind::step;
    deed.id = new_id(random);
    deed.case_id = case_id;
    json::object step{{"step_id", deed.id}, {"action", action}, {"version", version}};
    if (seen.at("version").as_int64() != version || !fill_needs(step, seen, who, action, random)) return std::nullopt;
    deed.ask = {.who = who, .method = Method::post, .path = "/api/v1/cases/" + case_id + "/steps", .body = to_json_text(step)};
    return deed;
}

void Load::run(int number) {
    Random random(options_.seed * 1000 + static_cast<std::uint64_t>(number));
    for (int i = 0; i < options_.deeds_max && !is_stopping_; ++i) {
        std::optional<Deed> deed;
        try {
            const auto known = some_case(random);
            if (known.empty() || random.chance(0.3)) deed = make_report(number % 2 == 0 ? "collector" : "collector2", random);
            else deed = make_step(known, random);
        } catch (const std::runtime_error&) {
            // No answer to a question, or a refusal for the moment.
            if (!city_.is_running()) return;
            std::this_thread::sleep_for(5ms);
            continue;
        }
        if (!deed) continue;
        send(*deed);
        const bool was_answered = deed->status != 0;
        keep(std::move(*deed));
        if (!was_answered && !city_.is_running()) return;
    }
}

Deed Load::report(const std::string& who) {
    auto deed = make_report(who, own_random_);
    send(deed);
    keep(deed);
    return deed;
}

Deed Load::step(const std::string& case_id) {
    auto deed = make_step(case_id, own_random_);
    if (!deed) throw std::runtime_error("the case has come to its end");
    send(*deed);
    keep(*deed);
    return *deed;
}

void Load::settle() {
    const auto until = std::chrono::steady_clock::now() + settle_time;
    for (auto& deed : deeds)
        while (deed.outcome == Deed::Outcome::unknown) {
            send(deed);
            if (deed.outcome == Deed::Outcome::acknowledged) ++acknowledged_;
            if (deed.outcome != Deed::Outcome::unknown) break;
            if (std::chrono::steady_clock::now() > until || !city_.is_running()) return;
            std::this_thread::sleep_for(20ms);
        }
    // The numberer's sweep comes within a second. Asked over HTTP: a look into the file would write.
    while (has_unnumbered() && city_.is_running() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(20ms);
}

bool Load::has_unnumbered() {
    std::string cursor;
    do {
        const auto page = city_.get("operator", "/api/v1/cases?limit=200" + cursor);
        for (const auto& item : page.at("items").as_array()) {
            const auto state = item.at("state").as_string();
            if (state != "reported" && state != "declined" && item.at("case_no").is_null()) return true;
        }
        const auto& next = page.at("next_cursor");
        cursor = next.is_null() ? "" : "&cursor=" + std::string(next.as_string());
    } while (!cursor.empty());
    return false;
}

std::vector<std::string> Load::judge() {
    if (city_.is_running()) city_.stop();
    const auto audit = city_.audit();
    const auto stored = city_.look();
    auto faults = stored.faults;
    if (audit.code != 0) faults.push_back("the audit ended with " + std::to_string(audit.code) + ":\n" + audit.out + audit.log);
    std::map<std::string, int> there;
    for (const auto& id : stored.steps) ++there[id];
    for (const auto& [id, count] : there)
        if (count > 1) faults.push_back("step " + id + " is there " + std::to_string(count) + " times");
    std::set<std::string> told(city_.before.steps.begin(), city_.before.steps.end());
    told.insert(stored.by_itself.begin(), stored.by_itself.end());
    for (const auto& deed : deeds) {
        const auto name = std::string(deed.kind == Deed::Kind::photo ? "photo " : deed.kind == Deed::Kind::report ? "report " : "step ") + deed.id;
        const auto photo = stored.photos.find(deed.id);
        const bool is_there = deed.kind == Deed::Kind::photo ? photo != stored.photos.end() : there.contains(deed.id);
        if (deed.kind != Deed::Kind::photo) told.insert(deed.id);
        if (deed.outcome == Deed::Outcome::unknown) faults.push_back(name + " could not be settled: " + std::to_string(deed.status) + " " + deed.answer);
        if (deed.outcome == Deed::Outcome::acknowledged && !is_there) faults.push_back(name + " was acknowledged and is lost");
        if (deed.outcome == Deed::Outcome::acknowledged && is_there && deed.kind == Deed::Kind::photo && photo->second != deed.sm3_hex) faults.push_back(name + " is another photo");
        if (deed.outcome == Deed::Outcome::refused && is_there) faults.push_back(name + " was refused and is there: " + deed.answer);
        if (deed.outcome == Deed::Outcome::refused && deed.status != 409) faults.push_back(name + " was refused: " + std::to_string(deed.status) + " " + deed.answer);
    }
    for (const auto& [id, count] : there)
        if (!told.contains(id)) faults.push_back("step " + id + " is there and nobody sent it");
    city_.disk.keep_all(); // the audit and the look have written past the disk
    return faults;
}

bool is_long() { return std::getenv("CHENGGE_LONG") != nullptr; }

std::string Load::summary() const {
    std::map<std::pair<int, int>, int> counts;
    for (const auto& deed : deeds) ++counts[{static_cast<int>(deed.kind), static_cast<int>(deed.outcome)}];
    const auto text = [&](Deed::Kind kind) {
        const auto count = [&](Deed::Outcome outcome) { return counts[{static_cast<int>(kind), static_cast<int>(outcome)}]; };
        return fmt::format("{} ({} refused, {} unknown)", count(Deed::Outcome::acknowledged), count(Deed::Outcome::refused), count(Deed::Outcome::unknown));
    };
    return "photos " + text(Deed::Kind::photo) + ", reports " + text(Deed::Kind::report) + ", steps " + text(Deed::Kind::step);
}

} // namespace chengge::faults
