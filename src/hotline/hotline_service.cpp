#include "hotline/hotline_service.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <tuple>

#include "base/csv.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "hotline/hotline_state.hpp"
#include "hotline/queries.hpp"

#include <fmt/format.h>

namespace chengge::hotline {

using namespace std::chrono_literals;
using storage::Transaction;

namespace {

constexpr int feed_page = 200;
constexpr std::int64_t training_rows_max = 200'000;

json::object label_json(const Label& label, const std::string& language) { return {{"code", label.code}, {"label", language == "en" ? label.en : label.zh}}; }

} // namespace

HotlineService::HotlineService(HotlineParts parts) : state_(std::make_unique<State>(std::move(parts))) {
    if (const auto loaded = load_model(); !loaded) log_error("the class model cannot be used; chengge train makes a new one", {{"reason", loaded.error().facts.at("reason")}});
}

HotlineService::~HotlineService() = default;

Result<void> HotlineService::load_model() {
    TRY_ASSIGN(model, ClassModel::load(state_->parts.model_file));
    const std::lock_guard lock(state_->model_mutex);
    state_->model = model;
    return {};
}

Result<FoundCase> find_case(const HotlineParts& parts, const std::string& reference, const identity::Viewer& viewer) {
    TRY_ASSIGN(detail, parts.cases.get(reference, viewer));
    const auto* clock = rules::leading_clock(detail.stored.c);
    return FoundCase{detail.stored.key, detail.stored.c.id, clock == nullptr ? "" : clock->stage};
}

bool follow_feed(const HotlineParts& parts) {
    FoundWork work;
    storage::FeedPosition from, end;
    const auto entries = parts.database.read([&](Transaction& transaction) {
        work = {};
        from = storage::load_reader_position(transaction, "hotline");
        const auto page = storage::read_feed(transaction, from, feed_page);
        for (const auto& entry : page) {
            if (entry.kind == "case_closed") find_call_backs(parts, transaction, entry.subject_key, entry.version, work);
            if (entry.kind == "case_reported") find_address(parts, transaction, entry.subject_key, work);
            if (entry.kind == "case_accepted") find_repeats(parts, transaction, entry.subject_key, work);
        }
        if (!page.empty()) end = page.back().position;
        return page.size();
    });
    if (entries == 0) return false;
    (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
        if (storage::load_reader_position(transaction, "hotline") != from) return fail("nothing_to_do"); // another node was faster
        transaction.run_batch(sql::insert_call_back, work.call_backs);
        transaction.run_batch(sql::insert_link, work.links);
        transaction.run_batch(sql::insert_case_address, work.addresses);
        storage::store_reader_position(transaction, "hotline", end);
        return {};
    });
    return entries == static_cast<std::size_t>(feed_page);
}

void HotlineService::run_jobs_once() {
    while (continue_handovers(state_->parts)) {}
    while (follow_feed(state_->parts)) {}
}

void HotlineService::start_jobs(storage::FeedFollower& follower) {
    state_->follower = std::jthread([this, &follower](std::stop_token stop) {
        storage::FeedPosition at;
        while (!stop.stop_requested()) {
            const auto end = follower.position();
            try {
                run_jobs_once();
                at = end;
            } catch (const std::exception& error) {
                log_error("the intake desk's job failed, tried again", {{"what", error.what()}});
            }
            while (!stop.stop_requested() && !follower.wait_past(at, 1s, stop)) {}
        }
    });
}

void HotlineService::stop_jobs() { state_->follower = {}; }

json::object HotlineService::settings(const std::string& language) const {
    const auto& data = *state_->parts.data;
    json::object lists;
    for (const auto& label : data.labels) {
        auto& list = lists[label.list];
        if (!list.is_array()) list = json::array();
        list.as_array().push_back(label_json(label, language));
    }
    json::array shifts, questions;
    for (const auto& one : data.shifts) shifts.push_back(json::object{{"code", one.code}, {"label", language == "en" ? one.en : one.zh}, {"from", one.from}, {"to", one.to}});
    for (const auto& one : data.questions) {
        auto question = label_json(one.words, language);
        json::array choices;
        for (const auto& choice : one.choices) choices.push_back(label_json(choice, language));
        question["choices"] = std::move(choices);
        questions.push_back(std::move(question));
    }
    const auto words = [&](const Label& label) { return language == "en" ? label.en : label.zh; };
    return {{"labels", std::move(lists)},
            {"shifts", std::move(shifts)},
            {"script", json::object{{"opening", words(data.opening)}, {"closing", words(data.closing)}, {"questions", std::move(questions)}}},
            {"claim_minutes", data.settings.claim_minutes},
            {"repeat_days", data.settings.repeat_days}};
}

Result<TrainingReport> HotlineService::train() {
    auto& parts = state_->parts;
    const auto set = parts.rules.current();
    std::vector<TrainingText> own, standard;
    TrainingReport report;
    parts.database.read([&](Transaction& transaction) {
        for (const auto row : transaction.run(sql::list_training_texts, {{"rows", training_rows_max}}))
            if (row.text("edition") == "2026") own.push_back({row.text("description"), row.text("kind"), row.text("class_code")});
    });
    report.cases = own.size();
    const auto order = [](const TrainingText& a, const TrainingText& b) { return std::tie(a.words, a.kind, a.class_code) < std::tie(b.words, b.kind, b.class_code); };
    const auto same = [](const TrainingText& a, const TrainingText& b) { return std::tie(a.words, a.kind, a.class_code) == std::tie(b.words, b.kind, b.class_code); };
    std::sort(own.begin(), own.end(), order);
    std::vector<TrainingText> different;
    for (auto& one : own) {
        if (!different.empty() && same(different.back(), one)) ++different.back().times;
        else different.push_back(std::move(one));
    }
    own = std::move(different);
    std::set<std::string> classes;
    for (const auto& one : set->taxonomy.classes()) {
        if (one.edition != "2026") continue;
        classes.insert(one.kind + one.code);
        standard.push_back({one.name, one.kind, one.code});
        for (const auto* row : set->taxonomy.rows_of(one.edition, one.kind, one.code)) standard.push_back({one.name + " " + row->condition, one.kind, one.code});
    }
    report.classes = classes.size();
    // Measured with every tenth text held out; kept is a model that has seen them all.
    auto seen = standard;
    std::vector<TrainingText> held_out;
    for (std::size_t i = 0; i < own.size(); ++i) (i % 10 == 9 ? held_out : seen).push_back(own[i]);
    if (!held_out.empty()) {
        const auto trial = parts.model_file + ".trial";
        TRY(ClassModel::train(seen, trial));
        TRY_ASSIGN(model, ClassModel::load(trial));
        std::filesystem::remove(trial);
        for (const auto& one : held_out) {
            const auto guesses = model->guess(one.words, 3);
            const auto is_it = [&](const ClassGuess& guess) { return guess.kind == one.kind && guess.class_code == one.class_code; };
            report.right_first += !guesses.empty() && is_it(guesses.front());
            report.right_of_three += std::any_of(guesses.begin(), guesses.end(), is_it);
        }
        report.held_out = held_out.size();
        seen.insert(seen.end(), held_out.begin(), held_out.end());
    }
    report.texts = seen.size();
    TRY(ClassModel::train(seen, parts.model_file));
    TRY(load_model());
    return report;
}

Result<std::string> HotlineService::measure(const std::string& csv_file) {
    TRY_ASSIGN(table, load_csv(csv_file));
    const auto model = state_->current_model();
    if (!model) return fail("model_missing");
    const auto set = state_->parts.rules.current();
    const int words = table.column("words"), kind = table.column("kind"), code = table.column("code");
    if (words < 0 || kind < 0 || code < 0) return fail("bad_data", {{"file", csv_file}, {"line", "1"}, {"reason", "the columns are words,kind,code"}});
    const auto name_of = [&](const std::string& of_kind, const std::string& of_code) {
        const auto* problem = set->taxonomy.find_class("2026", of_kind, of_code);
        return of_code + (problem == nullptr ? "" : " " + problem->name);
    };
    std::size_t first = 0, three = 0;
    std::map<std::string, std::map<std::string, int>> taken; // for what, how often
    for (const auto& row : table.rows) {
        const auto at = [&](int column) { return row.fields[static_cast<std::size_t>(column)]; };
        const auto guesses = model->guess(at(words), 3);
        const auto is_it = [&](const ClassGuess& guess) { return guess.kind == at(kind) && guess.class_code == at(code); };
        first += !guesses.empty() && is_it(guesses.front());
        three += std::any_of(guesses.begin(), guesses.end(), is_it);
        ++taken[name_of(at(kind), at(code))][guesses.empty() ? "-" : name_of(guesses.front().kind, guesses.front().class_code)];
    }
    const auto share = [&](std::size_t part) { return fmt::format("{:.1f} %", table.rows.empty() ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(table.rows.size())); };
    std::string out = "| texts | first right | one of three right |\n|---|---|---|\n| " + std::to_string(table.rows.size()) + " | " + share(first) + " | " + share(three) + " |\n\n| class | taken for |\n|---|---|\n";
    for (const auto& [truth, guesses] : taken) {
        out += "| " + truth + " |";
        for (const auto& [guess, times] : guesses) out += (guess == truth ? " **right**" : " " + guess) + " × " + std::to_string(times) + ";";
        out.back() = ' ';
        out += "|\n";
    }
    return out;
}

json::object HotlineService::suggest(const std::string& words, const std::string& kind) {
    const auto set = state_->parts.rules.current();
    json::array items;
    const auto model = state_->current_model();
    if (model)
        for (const auto& guess : model->guess(words, 3, kind)) {
            const auto* problem = set->taxonomy.find_class("2026", guess.kind, guess.class_code);
            if (problem == nullptr) continue; // the city no longer has it
            items.push_back(json::object{{"edition", problem->edition}, {"kind", problem->kind}, {"code", problem->code}, {"name", problem->name}, {"name_en", problem->name_en},
                                         {"major_code", problem->major_code}, {"major_name", problem->major_name}, {"major_name_en", problem->major_name_en}, {"confidence", static_cast<double>(std::lround(guess.confidence * 1000)) / 1000}});
        }
    return {{"items", std::move(items)}, {"has_model", model != nullptr}};
}

json::object HotlineService::summary(std::int64_t from_ms, std::int64_t to_ms) {
    return state_->parts.database.read([&](Transaction& transaction) {
        const storage::Params span{{"from_ms", from_ms}, {"to_ms", to_ms}};
        json::array calls, call_backs;
        for (const auto row : transaction.run(sql::count_calls, span))
            calls.push_back(json::object{{"outcome", row.text("outcome")}, {"source", row.text("source")}, {"count", row.integer("n")}});
        for (const auto row : transaction.run(sql::count_call_backs, span))
            call_backs.push_back(json::object{{"state", row.text("state")}, {"outcome", maybe_text(row.text("outcome"))}, {"count", row.integer("n")}});
        return json::object{{"calls", std::move(calls)}, {"call_backs", std::move(call_backs)}};
    });
}

} // namespace chengge::hotline
