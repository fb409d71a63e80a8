// The threads beside the requests: numbers for accepted cases, the search index and the streams, all
// following the feed; what dispatches by itself; and the sweep that notices what has become late.
#include <array>
#include <deque>
#include <set>
#include <thread>

#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "cases/case_state.hpp"
#include "storage/bigrams.hpp"
#include "cases/queries.hpp"

namespace chengge::cases {

using namespace std::chrono_literals;
using storage::FeedEntry;
using storage::FeedPosition;
using storage::Transaction;

namespace {

constexpr auto sweep_interval = 30s;
constexpr auto index_interval = 250ms; // a round costs a commit; a search looks at the tail itself
constexpr auto dispatch_interval = 1s; // between two looks at what waits for a dispatcher
constexpr std::size_t remembered_entries_max = 20'000; // for listeners that come back
constexpr int feed_page = 500;
constexpr auto renew_interval = 5min; // of the listeners' sessions

std::string format_case_no(const std::string& platform, const std::string& day, std::int64_t sequence) {
    auto digits = std::to_string(sequence);
    while (digits.size() < 5) digits.insert(digits.begin(), '0');
    return platform + "-" + day + "-" + digits;
}

// What search knows of a case: its own words and the names of its class and place, no person.
std::string searchable_text(const storage::Rows::Row& row, const rules::Rules& rules, const grid::GridService& grid) {
    std::string text = row.text("description") + "\n" + row.text("address");
    if (const auto* problem = rules.taxonomy.find_class(row.text("edition"), row.text("kind"), row.text("class_code"))) text += "\n" + problem->name;
    const auto& community = row.text("community_code");
    for (const auto& code : {row.text("district_code"), community.substr(0, 9), community})
        if (const auto* region = grid.find_region(code)) text += "\n" + region->name;
    return text;
}

} // namespace

bool number_cases(storage::Database& database, std::int64_t now_ms) {
    bool has_more = false;
    (void)database.write([&](Transaction& transaction) -> Result<void> {
        has_more = false;
        transaction.run(sql::take_numberer_lock);
        const auto waiting = transaction.run(sql::list_unnumbered);
        for (const auto row : waiting) {
            const auto& platform = row.text("platform");
            const auto& day = row.text("accepted_day");
            const auto sequence = transaction.run(sql::next_case_sequence, {{"platform", platform}, {"day", day}})[0].integer("last");
            transaction.run(sql::set_case_no, {{"case_key", row.integer("case_key")}, {"case_no", format_case_no(platform, day, sequence)}});
            storage::append_feed(transaction, {"case_numbered", row.integer("case_key"), row.integer("version"), now_ms});
        }
        has_more = waiting.size() == 500;
        if (waiting.empty()) return fail("nothing_to_do"); // leaves no trace
        CRASH_POINT("numberer.numbered");
        return {};
    });
    return has_more;
}

bool index_cases(storage::Database& database, RuleSets& rules, grid::GridService& grid) {
    const auto set = rules.current();
    bool has_more = false;
    (void)database.write([&](Transaction& transaction) -> Result<void> {
        const auto from = storage::load_reader_position(transaction, "search");
        const auto entries = storage::read_feed(transaction, from, feed_page * 4);
        has_more = entries.size() == static_cast<std::size_t>(feed_page) * 4;
        if (entries.empty()) return fail("nothing_to_do");
        std::set<std::int64_t> texts;
        std::set<std::pair<std::int64_t, std::int64_t>> steps;
        for (const auto& entry : entries) {
            if (entry.kind == "case_reported" || entry.kind == "case_accepted") texts.insert(entry.subject_key);
            if (entry.kind.starts_with("case_") && entry.kind != "case_numbered") steps.insert({entry.subject_key, entry.version});
        }
        std::vector<storage::Params> documents, people;
        for (const auto key : texts) {
            const auto rows = transaction.run(sql::load_case_text, {{"case_key", key}});
            if (!rows.empty()) documents.push_back({{"case_key", key}, {"tokens", storage::to_bigrams(searchable_text(rows[0], *set, grid))}});
        }
        for (const auto& [key, seq] : steps) {
            const auto rows = transaction.run(sql::load_step_actor, {{"step_key", key * parts_max + seq}});
            if (!rows.empty() && !rows[0].is_null("actor_id")) people.push_back({{"case_key", key}, {"person_id", rows[0].value("actor_id")}});
        }
        transaction.run_batch(sql::index_case_text, documents);
        transaction.run_batch(sql::add_case_person, people);
        CRASH_POINT("search.indexed");
        storage::store_reader_position(transaction, "search", entries.back().position);
        return {};
    });
    return has_more;
}

std::vector<storage::Question> tail_questions(const std::string& words) {
    std::vector<storage::Question> questions{{storage::feed_end_statement()}};
    if (!words.empty()) questions.push_back({sql::list_unindexed, {{"rows", 2000}}});
    return questions;
}

FeedTail read_tail(Transaction& transaction, const std::string& words, std::span<const storage::Rows> answers) {
    FeedTail tail{storage::feed_end_of(answers[0]), {}};
    if (words.empty()) return tail;
    std::set<std::int64_t> seen;
    for (const auto row : answers[1]) {
        const auto key = row.integer("subject_key");
        if (!seen.insert(key).second) continue;
        const auto texts = transaction.run(sql::load_case_text, {{"case_key", key}});
        if (!texts.empty() && storage::matches_text(words, texts[0].text("description") + "\n" + texts[0].text("address"))) tail.unindexed.push_back(key);
    }
    return tail;
}

struct CaseJobs::State {
    struct Listener {
        std::shared_ptr<http::EventStream> stream;
        identity::Viewer viewer;
        FeedPosition at;
    };
    // An entry with what decides who may hear of it, looked up when somebody listens; shared by all listeners.
    struct Heard {
        FeedEntry entry;
        std::string case_id;
        CaseVisibility visibility;
        bool is_case = false;
        bool is_looked_up = false;
    };

    State(CaseServiceParts given, storage::FeedFollower& given_follower, std::function<void()> given_due) : parts(std::move(given)), follower(given_follower), act_when_due(std::move(given_due)) {
        heard_from = follower.position();
        heard_to = heard_from;
        numberer = std::jthread([this](std::stop_token stop) { number_loop(stop); });
        indexer = std::jthread([this](std::stop_token stop) { index_loop(stop); });
        streamer = std::jthread([this](std::stop_token stop) { stream_loop(stop); });
        sweeper = std::jthread([this](std::stop_token stop) { sweep_loop(stop); });
        dispatcher = std::jthread([this](std::stop_token stop) { dispatch_loop(stop); });
        opener = std::jthread([this](std::stop_token stop) { opening_loop(stop); });
    }

    template <class Act>
    void guarded(const char* name, Act&& act) {
        try {
            act();
        } catch (const std::exception& error) {
            log_error("a job failed and will try again", {{"job", name}, {"reason", error.what()}});
            std::this_thread::sleep_for(500ms);
        }
    }

    void number_loop(std::stop_token stop) {
        while (!stop.stop_requested()) {
            std::uint64_t wanted = 0;
            {
                // The sweep: what a crash or another node left gets its number within a second.
                std::unique_lock lock(number_mutex);
                number_wake.wait_for(lock, stop, 1s, [&] { return number_asked > number_done; });
                wanted = number_asked;
            }
            guarded("numberer", [&] {
                while (number_cases(parts.database, parts.clock.now_ms())) {}
            });
            const std::lock_guard lock(number_mutex);
            number_done = wanted;
            number_told.notify_all();
        }
    }

    void index_loop(std::stop_token stop) {
        FeedPosition at;
        while (!stop.stop_requested()) {
            if (!follower.wait_past(at, 1s, stop)) continue;
            const auto end = follower.position();
            guarded("search index", [&] {
                while (!stop.stop_requested() && index_cases(parts.database, parts.rules, parts.grid)) {}
                at = end;
            });
            std::unique_lock lock(index_mutex);
            index_wake.wait_for(lock, stop, index_interval, [] { return false; });
        }
    }

    void opening_loop(std::stop_token stop) {
        while (!stop.stop_requested()) {
            std::vector<Opening> some;
            {
                std::unique_lock lock(opening_mutex);
                opening_wake.wait(lock, stop, [&] { return !openings.empty(); });
                some.swap(openings);
            }
            // What cannot be stored is let go: at worst a step may be taken back that somebody has seen.
            if (!some.empty()) guarded("openings of cases", [&] { store_openings(parts.database, some); });
        }
    }

    void dispatch_loop(std::stop_token stop) {
        FeedPosition at;
        while (!stop.stop_requested()) {
            if (!follower.wait_past(at, 1s, stop)) continue;
            at = follower.position();
            guarded("automatic dispatch", [&] {
                while (!stop.stop_requested() && dispatch_by_itself(parts)) {}
            });
            std::unique_lock lock(dispatch_mutex);
            dispatch_wake.wait_for(lock, stop, dispatch_interval, [] { return false; });
        }
    }

    // Late work is announced once, so that inboxes change colour and screens notice.
    void sweep_loop(std::stop_token stop) {
        auto last = parts.clock.now_ms();
        std::unique_lock lock(sweep_mutex);
        while (!stop.stop_requested()) {
            sweep_wake.wait_for(lock, stop, sweep_interval, [] { return false; });
            if (stop.stop_requested()) return;
            guarded("overdue sweep", [&] {
                const auto now = parts.clock.now_ms();
                // Looked for outside the transaction: it would hold every writer up.
                const auto rows = parts.database.read([&](Transaction& transaction) { return transaction.run(sql::list_overdue_work, {{"after", last}, {"now", now}}); });
                std::vector<storage::FeedAppend> late;
                for (const auto row : rows) late.push_back({"case_overdue", row.integer("case_key"), 0, now});
                if (!late.empty())
                    (void)parts.database.write([&](Transaction& transaction) -> Result<void> {
                        storage::append_feed(transaction, late);
                        return {};
                    });
                last = now;
            });
            guarded("what is due", [&] { act_when_due(); });
        }
    }

    static void look_up(Transaction& transaction, Heard& heard) {
        heard.is_looked_up = true;
        const auto key = heard.entry.subject_key;
        const auto rows = transaction.run(sql::load_case_scope, {{"case_key", key}});
        if (rows.empty()) return;
        heard.case_id = format_uuid(uuid_from_raw(rows[0].bytes("case_id")));
        heard.visibility.district_code = rows[0].text("district_code");
        if (!rows[0].is_null("reporter_id")) heard.visibility.people.insert(uuid_from_raw(rows[0].bytes("reporter_id")));
        const storage::Params range{{"first", key * parts_max}, {"last", key * parts_max + parts_max - 1}};
        for (const auto row : transaction.run(sql::load_case_organisations, range)) heard.visibility.organisations.insert(row.text("organisation"));
        for (const auto row : transaction.run(sql::load_case_task_people, range)) heard.visibility.people.insert(uuid_from_raw(row.bytes("person_id")));
    }

    // What a listener who is that far has still to be told is looked up.
    void look_up_after(FeedPosition at) {
        auto first = std::upper_bound(memory.begin(), memory.end(), at, [](FeedPosition place, const Heard& heard) { return place < heard.entry.position; });
        const auto wants = [](const Heard& heard) { return heard.is_case && !heard.is_looked_up; };
        if (std::none_of(first, memory.end(), wants)) return;
        parts.database.read([&](Transaction& transaction) {
            for (auto one = first; one != memory.end(); ++one)
                if (wants(*one)) look_up(transaction, *one);
        });
    }

    static std::string entry_text(const Heard& heard) {
        return to_json_text(json::object{{"position", storage::format_position(heard.entry.position)},
                                         {"kind", heard.entry.kind},
                                         {"case_id", heard.case_id.empty() ? json::value(nullptr) : json::value(heard.case_id)},
                                         {"version", heard.entry.version}});
    }

    // Thousands listen: of a viewer they keep what decides what they may hear of.
    static identity::Viewer slim(identity::Viewer viewer) {
        std::vector<std::string_view>().swap(viewer.permissions);
        viewer.roles.clear();
        if (viewer.scope.sees_all) viewer.scope.organisation_keys = {};
        return viewer;
    }

    // What changes who may listen; looked at once a round, before anything more is told.
    void notice(const FeedEntry& entry) {
        if (entry.kind == "directory") has_new_directory = true;
        if (entry.kind == "session_ended") ended_people.insert(entry.subject_key);
    }

    // A stream outlives neither its session nor the post by which it was opened. Expiry by time is
    // noticed every few minutes.
    void renew_listeners() {
        const auto now = std::chrono::steady_clock::now();
        const bool renews_all = has_new_directory || now - renewed_all_at > renew_interval;
        if (!renews_all && ended_people.empty()) return;
        if (has_new_directory) parts.identity.reload_directory(); // perhaps changed by another node
        std::erase_if(listeners, [&](Listener& listener) {
            if (!renews_all && !ended_people.contains(listener.viewer.person_key)) return false;
            auto viewer = parts.identity.renew(listener.viewer);
            if (viewer && viewer->may("stream.read")) {
                listener.viewer = slim(std::move(*viewer));
                return false;
            }
            listener.stream->close();
            return true;
        });
        if (renews_all) renewed_all_at = now;
        has_new_directory = false;
        ended_people.clear();
    }

    // True while the listener keeps up.
    bool tell(Listener& listener) {
        for (const auto& heard : memory) {
            if (heard.entry.position <= listener.at) continue;
            listener.at = heard.entry.position;
            // Something to read has come for one person; version: how many are unread.
            if (heard.entry.kind == "notice" && heard.entry.subject_key == listener.viewer.person_key && !listener.stream->send(storage::format_position(heard.entry.position), entry_text(heard))) return false;
            if (!heard.is_case || heard.case_id.empty() || !may_see(listener.viewer, heard.visibility)) continue;
            if (!listener.stream->send(storage::format_position(heard.entry.position), entry_text(heard))) return false;
        }
        return listener.stream->is_open();
    }

    void stream_loop(std::stop_token stop) {
        while (!stop.stop_requested()) {
            const bool has_moved = follower.wait_past(heard_to, 500ms, stop);
            guarded("streams", [&] {
                if (has_moved) {
                    const auto fresh = parts.database.read([&](Transaction& transaction) { return storage::read_feed(transaction, heard_to, feed_page); });
                    const std::lock_guard lock(listeners_mutex);
                    for (const auto& entry : fresh) {
                        memory.push_back({entry, "", {}, entry.kind.starts_with("case_")});
                        heard_to = entry.position;
                        notice(entry);
                    }
                    while (memory.size() > remembered_entries_max) {
                        heard_from = memory.front().entry.position;
                        memory.pop_front();
                    }
                }
                const std::lock_guard lock(listeners_mutex);
                renew_listeners();
                if (!listeners.empty())
                    look_up_after(std::min_element(listeners.begin(), listeners.end(), [](const Listener& a, const Listener& b) { return a.at < b.at; })->at);
                std::erase_if(listeners, [&](Listener& listener) { return !tell(listener); });
            });
        }
    }

    CaseServiceParts parts;
    storage::FeedFollower& follower;
    std::function<void()> act_when_due;

    std::mutex number_mutex;
    std::condition_variable_any number_wake;
    std::condition_variable number_told;
    std::uint64_t number_asked = 0, number_done = 0;

    std::mutex listeners_mutex; // of what follows
    std::vector<Listener> listeners;
    std::deque<Heard> memory;
    FeedPosition heard_from, heard_to;
    bool has_new_directory = false;
    std::set<std::int64_t> ended_people;
    std::chrono::steady_clock::time_point renewed_all_at = std::chrono::steady_clock::now();

    std::mutex sweep_mutex, index_mutex, dispatch_mutex;
    std::condition_variable_any sweep_wake, index_wake, dispatch_wake;
    std::mutex opening_mutex; // of what follows
    std::condition_variable_any opening_wake;
    std::vector<Opening> openings;
    std::jthread numberer, indexer, streamer, sweeper, dispatcher, opener;
};

CaseJobs::CaseJobs(const CaseServiceParts& parts, storage::FeedFollower& follower, std::function<void()> act_when_due)
    : state_(std::make_unique<State>(parts, follower, std::move(act_when_due))) {}

CaseJobs::~CaseJobs() {
    for (auto& listener : state_->listeners) listener.stream->close();
}

void CaseJobs::keep_opening(const Opening& opening) {
    constexpr std::size_t openings_max = 10'000; // while the disk is slow
    {
        const std::lock_guard lock(state_->opening_mutex);
        if (state_->openings.size() >= openings_max) return;
        state_->openings.push_back(opening);
    }
    state_->opening_wake.notify_one();
}

void CaseJobs::number_soon(std::chrono::milliseconds wait) {
    std::unique_lock lock(state_->number_mutex);
    const auto mine = ++state_->number_asked;
    state_->number_wake.notify_all();
    state_->number_told.wait_for(lock, wait, [&] { return state_->number_done >= mine; });
}

void CaseJobs::add_listener(std::shared_ptr<http::EventStream> stream, const identity::Viewer& viewer, std::optional<FeedPosition> after) {
    const std::lock_guard lock(state_->listeners_mutex);
    if (!state_->parts.identity.renew(viewer)) return stream->close(); // ended a moment ago
    const auto from = after.value_or(state_->heard_to);
    // Older than what is remembered: the listener has to read its lists again.
    if (from < state_->heard_from)
        stream->send(storage::format_position(state_->heard_to),
                     to_json_text(json::object{{"position", storage::format_position(state_->heard_to)}, {"kind", "resync"}, {"case_id", nullptr}, {"version", 0}}));
    state_->listeners.push_back({std::move(stream), State::slim(viewer), std::max(from, state_->heard_from)});
    auto& listener = state_->listeners.back();
    state_->look_up_after(listener.at);
    if (!state_->tell(listener)) state_->listeners.pop_back();
}

} // namespace chengge::cases
