// 承诺人数 and who was there: roll calls, and where there is none the collectors' own acts.
#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "patrol/patrol_state.hpp"
#include "patrol/queries.hpp"

namespace chengge::patrol {

using identity::Viewer;
using storage::Transaction;

namespace {

struct RollCallRow {
    std::vector<Uuid> people;
    std::string words;
};
using RollCalls = std::map<std::pair<std::string, std::string>, RollCallRow>; // of a day and shift, the last one

RollCalls load_roll_calls(Transaction& transaction, const StoredLot& lot, const std::string& from_day, const std::string& to_day) {
    RollCalls calls;
    for (const auto row : transaction.run(sql::list_roll_calls, {{"lot_key", lot.key}, {"from_day", from_day}, {"to_day", to_day}}))
        calls[{row.text("day"), row.text("shift")}] = {ids_of(row.text("people")), row.text("words")};
    return calls;
}

// Instants of acts by person, sorted.
using Acts = std::map<Uuid, std::vector<std::int64_t>>;

Acts load_acts(Transaction& transaction, const LotBook& book, const StoredLot& lot, std::int64_t from_ms, std::int64_t to_ms) {
    Acts acts;
    for (const auto& one : book.members) {
        if (one.lot_key != lot.key || acts.contains(one.person)) continue;
        auto& list = acts[one.person];
        for (const auto row : transaction.run(sql::list_acts, {{"person_id", blob_of(one.person)}, {"from_ms", from_ms}, {"to_ms", to_ms}}))
            if (const auto at = row.maybe_integer("at_ms")) list.push_back(*at);
        std::sort(list.begin(), list.end());
    }
    return acts;
}

std::int64_t count_between(const std::vector<std::int64_t>& sorted, std::int64_t from_ms, std::int64_t to_ms) {
    return std::lower_bound(sorted.begin(), sorted.end(), to_ms) - std::lower_bound(sorted.begin(), sorted.end(), from_ms);
}

} // namespace

std::vector<CountedShift> count_presence(const PatrolParts& parts, Transaction& transaction, const LotBook& book, const StoredLot& lot, const std::string& from_day, const std::string& to_day) {
    std::vector<CountedShift> shifts;
    const auto first = days_from_date(*parse_date(std::max(from_day, lot.valid_from))), last = days_from_date(*parse_date(std::min(to_day, lot.valid_to)));
    if (last < first) return shifts;
    const auto now = parts.clock.now_ms();
    const auto set = parts.rules.current();
    const auto calls = load_roll_calls(transaction, lot, from_day, to_day);
    const auto acts = load_acts(transaction, book, lot, city_midnight_ms(date_from_days(first)), city_midnight_ms(date_from_days(last)) + 2 * day_ms);
    for (auto number = first; number <= last; ++number) {
        const auto date = date_from_days(number);
        const auto day = format_date(date);
        const auto midnight = city_midnight_ms(date);
        for (const auto& promise : lot.promises) {
            const auto* shift = parts.data->find_shift(promise.shift);
            if (shift == nullptr || midnight + shift->to_minute * minute_ms > now) continue;
            CountedShift counted;
            counted.day = day;
            counted.shift = promise.shift;
            counted.promised = set->calendar.is_workday(date) ? promise.workday : promise.restday;
            const auto call = calls.find({day, promise.shift});
            counted.method = call != calls.end() ? "roll_call" : "acts";
            if (call != calls.end()) counted.words = call->second.words;
            for (const auto& one : book.members) {
                if (one.lot_key != lot.key || !one.covers(day)) continue;
                const bool is_there = call != calls.end()
                                          ? std::find(call->second.people.begin(), call->second.people.end(), one.person) != call->second.people.end()
                                          : count_between(acts.at(one.person), midnight + shift->from_minute * minute_ms, midnight + shift->to_minute * minute_ms) >= parts.data->settings.present_acts_min;
                if (is_there) counted.people.push_back(one.person);
            }
            counted.present = static_cast<std::int64_t>(counted.people.size());
            shifts.push_back(std::move(counted));
        }
    }
    return shifts;
}

Result<json::object> PatrolService::take_roll_call(const Uuid& lot_id, const RollCall& call, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto date = parse_date(call.day);
    if (!date) return fail("bad_dates");
    const auto* shift = parts.data->find_shift(call.shift);
    if (shift == nullptr) return fail("shift_unknown");
    const auto now = parts.clock.now_ms();
    if (now < city_midnight_ms(*date) + shift->from_minute * minute_ms) return fail("roll_call_early");
    TRY(parts.database.write([&](Transaction& transaction) -> Result<void> {
        const auto book = load_lots(transaction);
        const auto* lot = book.find(lot_id);
        if (lot == nullptr) return fail("lot_unknown");
        if (!lot->is_valid_on(call.day)) return fail("bad_dates");
        const auto sheets = transaction.run(sql::find_sheet_of_month, {{"lot_key", lot->key}, {"month", call.day.substr(0, 7)}});
        if (!sheets.empty() && sheets[0].text("state") == "confirmed") return fail("sheet_confirmed");
        for (const auto& person : call.people)
            if (std::none_of(book.members.begin(), book.members.end(), [&](const Membership& one) { return one.lot_key == lot->key && one.person == person && one.covers(call.day); }))
                return fail("collector_not_of_lot");
        transaction.run(sql::insert_roll_call, {{"roll_call_id", blob_of(call.id)}, {"lot_key", lot->key}, {"day", call.day}, {"shift", call.shift}, {"people", ids_text(call.people)}, {"words", call.words},
                                                {"taken_by", blob_of(viewer.person_id)}, {"taken_ms", now}});
        return {};
    }));
    return presence(lot_id, call.day.substr(0, 7), viewer, language);
}

Result<json::object> PatrolService::presence(const Uuid& lot_id, const std::string& month, const Viewer& viewer, const std::string& language) {
    auto& parts = state_->parts;
    const auto days = month_of(month);
    if (!days) return fail("bad_month");
    return parts.database.read([&](Transaction& transaction) -> Result<json::object> {
        const auto book = load_lots(transaction);
        const auto* lot = book.find(lot_id);
        if (lot == nullptr || !may_see_lot(viewer, *lot)) return fail("lot_unknown");
        json::array items;
        std::int64_t promised = 0, present = 0, missing = 0;
        for (const auto& one : count_presence(parts, transaction, book, *lot, days->first_day, days->last_day)) {
            json::array people;
            for (const auto& id : one.people) people.push_back(json::object{{"person_id", format_uuid(id)}, {"name", state_->person_name(id)}});
            const auto* shift = parts.data->find_shift(one.shift);
            promised += one.promised;
            present += one.present;
            missing += one.missing();
            items.push_back(json::object{{"day", one.day}, {"shift", one.shift}, {"shift_label", pick(language, shift->zh, shift->en)}, {"promised", one.promised}, {"present", one.present}, {"missing", one.missing()},
                                         {"method", one.method}, {"words", maybe_text(one.words)}, {"people", std::move(people)}});
        }
        return json::object{{"items", std::move(items)}, {"promised", promised}, {"present", present}, {"missing", missing}};
    });
}

} // namespace chengge::patrol
